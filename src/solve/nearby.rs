//! Who is near whom: for each job the nearest jobs for removal and for insertion, and the nearest technicians.
//!
//! Removal looks at plain travel; insertion at travel plus a fifth of the least wait between the two, among
//! jobs that some technician could serve both.

use super::dense::Dense;
use super::problem::Tick;

/// How many neighbours removal may walk along.
const RUIN: usize = 100;
/// How many neighbours' routes an insertion looks at.
const INSERT: usize = 40;
/// How many technicians' own routes an insertion looks at.
const CREW: usize = 12;

/// Neighbour lists, flat.
#[derive(Debug, Default)]
pub(crate) struct Nearby {
    ruin: Vec<u32>,
    ruin_width: usize,
    insert: Vec<u32>,
    insert_width: usize,
    crew: Vec<u32>,
    crew_at: Vec<u32>,
}

impl Nearby {
    pub(crate) fn of(d: &Dense) -> Nearby {
        let others = d.n.saturating_sub(1);
        let (ruin_width, insert_width) = (RUIN.min(others), INSERT.min(others));
        let mut near = Nearby { ruin_width, insert_width, crew_at: vec![0], ..Nearby::default() };
        let mut keyed: Vec<(i64, u32)> = Vec::with_capacity(d.n);
        for j in 0..d.n {
            keyed.clear();
            keyed.extend((0..d.n).filter(|i| *i != j).map(|i| (apart(d, i, j), i as u32)));
            nearest(&mut keyed, ruin_width, &mut near.ruin);
            keyed.clear();
            keyed.extend((0..d.n).filter(|i| *i != j).map(|i| (fit(d, i, j), i as u32)));
            nearest(&mut keyed, insert_width, &mut near.insert);
            keyed.clear();
            let way = |v: usize| {
                d.cost_in[j * d.stride + d.crew[v].start as usize]
                    + d.cost[j * d.stride + d.crew[v].end as usize]
            };
            if d.class_at.len() > CREW {
                keyed.extend((0..d.m).filter(|v| d.can(j, *v)).map(|v| (i64::from(way(v)), v as u32)));
            }
            let width = CREW.min(keyed.len());
            nearest(&mut keyed, width, &mut near.crew);
            near.crew_at.push(near.crew.len() as u32);
        }
        near
    }

    /// Nearest first, for removal.
    #[inline]
    pub(crate) fn ruin(&self, j: usize) -> &[u32] {
        &self.ruin[j * self.ruin_width..][..self.ruin_width]
    }

    /// Likeliest route-mates first, for insertion.
    #[inline]
    pub(crate) fn insert(&self, j: usize) -> &[u32] {
        &self.insert[j * self.insert_width..][..self.insert_width]
    }

    /// Nearest able technicians, where they differ.
    #[inline]
    pub(crate) fn crew(&self, j: usize) -> &[u32] {
        &self.crew[self.crew_at[j] as usize..self.crew_at[j + 1] as usize]
    }
}

fn nearest(keyed: &mut Vec<(i64, u32)>, width: usize, into: &mut Vec<u32>) {
    if width == 0 {
        return;
    }
    if keyed.len() > width {
        keyed.select_nth_unstable(width - 1);
        keyed.truncate(width);
    }
    keyed.sort_unstable();
    into.extend(keyed.iter().map(|k| k.1));
}

fn apart(d: &Dense, i: usize, j: usize) -> i64 {
    i64::from(d.cost_in[j * d.stride + i]) + i64::from(d.cost[j * d.stride + i])
}

/// Travel plus waiting, the better of the two orders; far away where no technician could serve both.
fn fit(d: &Dense, i: usize, j: usize) -> i64 {
    let far = if d.share(i, j) { 0 } else { 1 << 40 };
    // rows of `j` only: at 10,000 jobs a column is a cache miss a step
    let at = j * d.stride + i;
    far + order(d, i, j, d.time_in[at], d.cost_in[at]).min(order(d, j, i, d.time[at], d.cost[at]))
}

/// `i` before `j`, `time` and `cost` apart.
fn order(d: &Dense, i: usize, j: usize, time: Tick, cost: i32) -> i64 {
    let time = i64::from(time);
    let ready = |x: Tick| i64::from(x) + i64::from(d.service[i]) + time;
    let wait = (i64::from(d.open[j]) - ready(d.close[i])).max(0);
    let late = if ready(d.open[i]) > i64::from(d.close[j]) { 1 << 38 } else { 0 };
    i64::from(cost) * 2 + wait * 2 / 5 + late
}
