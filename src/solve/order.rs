//! Numbers the nodes by place, so that near ones lie side by side in memory.
//!
//! A scan asks the travel matrix for the ways between one job and the stops of a route near it. In the caller's order
//! each of those is a cache line of its own; in order of place they share a few.

use super::problem::{Problem, Technician, Tick};
use std::sync::Arc;

/// Nodes that are not split further.
const LEAF: usize = 4;

/// The search's own numbers and the caller's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// By own number: the caller's.
    given: Vec<u32>,
    /// By the caller's number: the own.
    own: Vec<u32>,
}

impl Order {
    /// Jobs in order of place, then the other nodes likewise.
    pub(crate) fn of(p: &Problem) -> Order {
        let (n, size) = (p.jobs.len(), p.travel.size);
        let cost = p.travel.cost.as_ref().unwrap_or(&p.travel.time[0]);
        let mut given: Vec<u32> = (0..size as u32).collect();
        let (jobs, rest) = given.split_at_mut(n);
        let mut keyed = Vec::with_capacity(n);
        split(jobs, cost, size, &mut keyed);
        split(rest, cost, size, &mut keyed);
        let mut own = vec![0; size];
        given.iter().enumerate().for_each(|(i, x)| own[*x as usize] = i as u32);
        Order { given, own }
    }

    /// The search's number of the caller's node.
    pub(crate) fn own(&self, node: u32) -> u32 {
        self.own[node as usize]
    }

    /// The caller's number of a node.
    pub(crate) fn given(&self, node: u32) -> u32 {
        self.given[node as usize]
    }

    /// The caller's problem with the search's numbers.
    pub(crate) fn renumber(&self, mut p: Problem) -> Problem {
        let (n, m, size) = (p.jobs.len(), p.crew.len(), p.travel.size);
        let own = |x: &mut u32| *x = self.own[*x as usize];
        let mut jobs: Vec<_> = p.jobs.into_iter().map(Some).collect();
        p.jobs = self.given[..n].iter().filter_map(|x| jobs[*x as usize].take()).collect();
        for Technician { start, end, pinned, .. } in &mut p.crew {
            start.iter_mut().chain(end).chain(pinned).for_each(own);
        }
        p.depots.iter_mut().for_each(|d| own(&mut d.node));
        if !p.pair.is_empty() {
            p.pair = self.given[..n].iter().flat_map(|x| &p.pair[*x as usize * m..][..m]).copied().collect();
        }
        let moved = |rows: &Arc<Vec<Tick>>| {
            let mut moved = Vec::with_capacity(size * size);
            for x in &self.given {
                let row = &rows[*x as usize * size..][..size];
                moved.extend(self.given.iter().map(|y| row[*y as usize]));
            }
            Arc::new(moved)
        };
        let same = p.travel.cost.as_ref().is_some_and(|c| Arc::ptr_eq(c, &p.travel.time[0]));
        p.travel.time = p.travel.time.iter().map(moved).collect();
        p.travel.cost = p.travel.cost.map(|c| if same { p.travel.time[0].clone() } else { moved(&c) });
        p
    }
}

/// Halves `nodes` along the line between two far ones, and each half again.
fn split(nodes: &mut [u32], cost: &[i32], size: usize, keyed: &mut Vec<(i64, u32)>) {
    if nodes.len() <= LEAF {
        return;
    }
    let way = |a: u32, b: u32| i64::from(cost[a as usize * size + b as usize]);
    let far = |from: u32| nodes.iter().copied().max_by_key(|x| (way(from, *x), *x)).unwrap_or(from);
    let a = far(nodes[0]);
    let b = far(a);
    keyed.clear();
    keyed.extend(nodes.iter().map(|x| (way(a, *x) - way(b, *x), *x)));
    keyed.sort_unstable();
    nodes.iter_mut().zip(keyed.iter()).for_each(|(x, k)| *x = k.1);
    let (one, two) = nodes.split_at_mut(nodes.len() / 2);
    split(one, cost, size, keyed);
    split(two, cost, size, keyed);
}
