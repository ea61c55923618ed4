//! Who of those who are free had better wait elsewhere: over numbers only, as [`super::measure`].
//!
//! ```text
//! gain of k at x = C(k at x) - C(k where it is)      worth while where gain x stay > the way's cost
//! ```
//!
//! What adding somebody at x gains while k still stands where it is bounds k's gain from above, whoever k is: that is
//! worked out once a place, with everything on the van. Units are then looked at exactly in the order of their best
//! bound, until no bound is above the best that was found, [`EXACT`] at most.
//!
//! Places are cells where calls come from, those with most of them first, none within [`APART`] of another: reach is
//! half an hour wide, so the best place is not missed by much.

use super::measure::{ByClass, CALL, MOST_CLASSES, Measure, Standing, at_rate};
use super::odds::{GRADES, ONE, STEP};
use crate::units::{Cost, Span};

/// Places looked at are so far from each other.
pub const APART: Span = Span::minutes(4);
/// Units looked at exactly, at most.
pub const EXACT: usize = 64;
/// No place.
const NONE: u32 = u32::MAX;

/// Somebody who may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free {
    /// Number of the unit.
    pub unit: usize,
    /// How long it has before it has to leave, the way included.
    pub left: Span,
}

/// What a way costs, and how long somebody is of use where it leads.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// By class: thousandths of a paid second a second of lateness.
    pub lateness_permille: &'a [u32],
    /// The longest way.
    pub drive: Span,
    /// Thousandths of a paid second a second of travel.
    pub travel_permille: u32,
    /// The longest stay that counts.
    pub stay: Span,
    /// The shortest that is worth while.
    pub least_stay: Span,
}

/// A move worth while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worthwhile {
    /// Which of those who may be sent.
    pub who: usize,
    /// The cell to go to.
    pub cell: u16,
    /// Calls an hour besides, in millionths.
    pub gain: u64,
    /// What that is worth a minute.
    pub a_minute: Cost,
    /// What it is worth over the stay less what the way costs.
    pub net: Cost,
}

/// A place to wait at, with what anybody who is there would add to what is covered now.
struct Post {
    cell: u16,
    most: ByClass,
}

/// Moves that are worth while, the best first, at most one for each of those who may be sent. Where two are worth the
/// same, who comes first in `free` does.
pub fn best(measure: &Measure, free: &[Free], terms: &Terms<'_>) -> Vec<Worthwhile> {
    let posts = posts(measure, free, terms);
    let mut place = vec![NONE; measure.reach().cells()];
    posts.iter().enumerate().for_each(|(n, post)| place[usize::from(post.cell)] = n as u32);
    let mut bounded: Vec<(i64, usize)> = Vec::new();
    for (who, one) in free.iter().enumerate() {
        let Some(standing) = measure.unit(one.unit) else { continue };
        let nets = within(measure, standing, one, &place, terms).map(|(post, travel, stay)| {
            let able = |(class, most): (usize, &u64)| if standing.grade[class] > 0 { *most } else { 0 };
            let most: i128 =
                posts[post].most.iter().enumerate().map(able).zip(terms.lateness_permille).map(late).sum();
            terms.net(most, travel, stay)
        });
        bounded.extend(nets.max().filter(|most| *most > 0).map(|most| (most, who)));
    }
    bounded.sort_unstable_by_key(|(most, who)| (-most, *who));
    let mut without = measure.clone();
    let (mut found, mut best): (Vec<Worthwhile>, i64) = (Vec::new(), 0);
    for (most, who) in bounded.into_iter().take(EXACT) {
        if most < best {
            break;
        }
        let one = &free[who];
        let standing = *measure.unit(one.unit).expect("it has a bound");
        let lost = measure.loss(one.unit);
        without.set(one.unit, None);
        let mut own: Option<Worthwhile> = None;
        for (post, travel, stay) in within(measure, &standing, one, &place, terms) {
            let there = Standing { cell: posts[post].cell, wait: 0, ..standing };
            let gained = without.gain(&there);
            let more = |a: &ByClass| a.iter().map(|n| i128::from(*n)).sum::<i128>();
            let each = |a: &ByClass| a.iter().copied().zip(terms.lateness_permille).map(late).sum::<i128>();
            let (worth, calls) = (each(&gained) - each(&lost), more(&gained) - more(&lost));
            let net = terms.net(worth, travel, stay);
            if calls > 0 && net > own.map_or(0, |o| o.net.0) {
                let gain = (calls * 1_000_000 / (i128::from(CALL) * i128::from(ONE))) as u64;
                let a_minute = Cost((worth / 60) as i64);
                own = Some(Worthwhile { who, cell: there.cell, gain, a_minute, net: Cost(net) });
            }
        }
        without.set(one.unit, Some(standing));
        best = best.max(own.map_or(0, |o| o.net.0));
        found.extend(own);
    }
    found.sort_unstable_by_key(|w| (-w.net.0, w.who));
    found
}

/// Calls an hour at their class's rate.
fn late((calls, rate): (u64, &u32)) -> i128 {
    at_rate(calls.into(), *rate)
}

impl Terms<'_> {
    /// What so much an hour is worth over a stay, less the way.
    fn net(&self, an_hour: i128, travel: Span, stay: Span) -> i64 {
        let worth =
            an_hour * i128::from(stay.0) / 3600 - i128::from(travel.0) * i128::from(self.travel_permille);
        worth.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

/// The places that somebody may be sent to, elsewhere: the number, the way and how long the stay would be.
fn within<'a>(
    measure: &'a Measure,
    standing: &Standing,
    one: &Free,
    place: &'a [u32],
    terms: &'a Terms<'_>,
) -> impl Iterator<Item = (usize, Span, Span)> + use<'a> {
    let (here, left) = (standing.cell, one.left);
    measure.reach().from(here).iter().filter_map(move |near| {
        let post = place[usize::from(near.cell)];
        let travel = Span(i64::from(near.step) * STEP + STEP / 2);
        let stay = Span((left - travel).0.min(terms.stay.0));
        let fits = post != NONE && near.cell != here && travel <= terms.drive && stay >= terms.least_stay;
        fits.then_some((post as usize, travel, stay))
    })
}

/// Places that somebody may be sent to, with their bounds.
fn posts(measure: &Measure, free: &[Free], terms: &Terms<'_>) -> Vec<Post> {
    let (reach, rates) = (measure.reach(), measure.rates());
    let (mut in_reach, mut able) = (vec![false; reach.cells()], [0; MOST_CLASSES]);
    let mut started = vec![false; reach.cells()];
    for standing in free.iter().filter_map(|one| measure.unit(one.unit)) {
        able.iter_mut().zip(standing.grade).filter(|(_, grade)| *grade > 0).for_each(|(a, _)| *a = GRADES);
        if !std::mem::replace(&mut started[usize::from(standing.cell)], true) {
            let near = reach.from(standing.cell).iter();
            let soon = near.filter(|n| i64::from(n.step) * STEP <= terms.drive.0);
            soon.for_each(|n| in_reach[usize::from(n.cell)] = true);
        }
    }
    let mut called = vec![0u64; reach.cells()];
    for class in (0..rates.classes()).filter(|class| able[*class] > 0) {
        let rate = u64::from(terms.lateness_permille[class]);
        called.iter_mut().zip(rates.of(class)).for_each(|(sum, n)| *sum += u64::from(*n) * rate);
    }
    let mut cells: Vec<u16> =
        (0..reach.cells()).filter(|c| in_reach[*c] && called[*c] > 0).map(|c| c as u16).collect();
    cells.sort_unstable_by_key(|cell| (std::cmp::Reverse(called[usize::from(*cell)]), *cell));
    let mut near_one = vec![false; reach.cells()];
    let mut posts = Vec::new();
    for cell in cells {
        if std::mem::replace(&mut near_one[usize::from(cell)], true) {
            continue;
        }
        let close = reach.from(cell).iter().filter(|n| i64::from(n.step) * STEP < APART.0);
        close.for_each(|n| near_one[usize::from(n.cell)] = true);
        posts.push(Post { cell, most: measure.gain(&Standing { cell, wait: 0, grade: able }) });
    }
    posts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::measure::tests::{Draw, ground, rates};

    const LATENESS: [u32; 3] = [4000, 1000, 2500];

    fn terms() -> Terms<'static> {
        Terms {
            lateness_permille: &LATENESS,
            drive: Span::minutes(18),
            travel_permille: 1000,
            stay: Span::hours(1),
            least_stay: Span::minutes(30),
        }
    }

    /// What a move comes to by setting the unit there and weighing the whole anew, as a net of `terms`.
    fn weighed(measure: &Measure, unit: usize, cell: u16) -> i128 {
        let standing = *measure.unit(unit).unwrap();
        let mut moved = measure.clone();
        moved.set(unit, Some(Standing { cell, wait: 0, ..standing }));
        let worth = |m: &Measure| m.covered().into_iter().zip(&LATENESS).map(late).sum::<i128>();
        worth(&moved) - worth(measure)
    }

    #[test]
    fn the_best_move_is_the_best_of_all_and_is_worth_what_it_says() {
        let mut draw = Draw(5);
        let (mut seen, cells) = (0, 90);
        for round in 0..60 {
            let ground = ground(cells, &[30, 30, 20]);
            let rated = rates(&mut draw, cells, 3);
            let units: Vec<_> = (0..3 + round / 4).map(|_| draw.standing(cells, 3)).collect();
            let measure = Measure::of(ground, rated, &units);
            let free: Vec<Free> = (0..units.len())
                .filter(|unit| measure.unit(*unit).is_some_and(|s| s.wait < 10))
                .map(|unit| Free { unit, left: Span::minutes(20 + draw.upto(200) as i64) })
                .collect();
            let terms = terms();
            let found = best(&measure, &free, &terms);
            assert!(found.is_sorted_by_key(|w| -w.net.0) && found.iter().all(|w| w.net > Cost::ZERO));
            // by hand: every place for everybody, without bounds
            let mut place = vec![NONE; cells];
            let posts = posts(&measure, &free, &terms);
            posts.iter().enumerate().for_each(|(n, p)| place[usize::from(p.cell)] = n as u32);
            let mut most = 0;
            for one in &free {
                let standing = *measure.unit(one.unit).unwrap();
                for (post, travel, stay) in within(&measure, &standing, one, &place, &terms) {
                    let there = weighed(&measure, one.unit, posts[post].cell);
                    most = most.max(terms.net(there, travel, stay));
                    let able = |c: usize| if standing.grade[c] > 0 { posts[post].most[c] } else { 0 };
                    let bound: i128 = (0..3).map(|c| late((able(c), &LATENESS[c]))).sum();
                    assert!(there <= bound + 3, "a bound holds: {there} {bound}");
                }
            }
            let net = found.first().map_or(0, |w| w.net.0);
            assert!(net.abs_diff(most) <= 3, "round {round}: {net} {most}");
            for w in &found {
                let an_hour = weighed(&measure, free[w.who].unit, w.cell);
                assert!((an_hour / 60 - i128::from(w.a_minute.0)).abs() <= 1, "{w:?} {an_hour}");
            }
            seen += usize::from(!found.is_empty());
        }
        assert!((10..60).contains(&seen), "some are worth while, not all: {seen}");
    }
}
