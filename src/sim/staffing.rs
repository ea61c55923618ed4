//! How many technicians a scenario would take to keep its promises: by bisection, with the bound (fewer do not
//! suffice, whatever the policy) and with simulated days of a policy (as many do, on these seeds).

use super::bound::bound;
use super::day::play;
use super::policy::Named;
use super::report::mean;
use super::scenario::Scenario;
use super::world::{Place, draw};
use rayon::prelude::*;
use serde::Serialize;

/// Jobs begun late that are borne with, in percent.
pub const LATE: f64 = 5.0;
/// Bisection looks no further than so many times the technicians there are.
const REACH: usize = 8;
/// Seeds that the policy is tried on.
const SEEDS: usize = 3;

/// What it would take.
#[derive(Clone, Debug, Serialize)]
pub struct Staffing {
    /// Jobs begun late that are borne with, in percent.
    pub late: f64,
    /// Technicians of the scenario.
    pub now: usize,
    /// With fewer than these no policy keeps to it, on average over the seeds; `None` where more than eight times
    /// as many do not do either.
    pub at_least: Option<usize>,
    /// The policy tried.
    pub policy: String,
    /// The seeds it was tried on.
    pub seeds: Vec<u64>,
    /// With so many the policy keeps to it on these seeds, and with fewer it was not seen to; `None` as above.
    pub enough: Option<usize>,
}

impl Staffing {
    /// In words.
    pub fn told(&self) -> String {
        let number = |n: Option<usize>| n.map_or("more than eight times as many".into(), |n| n.to_string());
        format!(
            "to begin at most {} % late, instead of {} technicians it takes at least {} whatever the policy; {} was \
             seen to do it with {} ({} seeds)",
            self.late,
            self.now,
            number(self.at_least),
            self.policy,
            number(self.enough),
            self.seeds.len(),
        )
    }
}

/// Finds out.
pub fn staffing(scenario: &Scenario, place: &Place, policy: &Named, seeds: &[u64]) -> Staffing {
    let with = |technicians: usize| {
        let mut other = scenario.clone();
        other.fleet.technicians = technicians;
        other
    };
    let least_late = |technicians: usize| {
        let other = with(technicians);
        let one = |seed: &u64| {
            let b = bound(&draw(&other, place, *seed));
            b.late(b.most)
        };
        mean(&seeds.par_iter().map(one).collect::<Vec<f64>>()).unwrap_or(0.0)
    };
    let now = scenario.fleet.technicians;
    let at_least = least(1, now * REACH, |n| least_late(n) <= LATE);
    let tried = &seeds[..seeds.len().min(SEEDS)];
    let played = |technicians: usize| {
        let other = with(technicians);
        let one = |seed: &u64| {
            let tally = play(&draw(&other, place, *seed), policy.make(*seed).as_mut());
            let late = tally.figures().into_iter().find(|f| f.0 == "late").map(|f| f.2);
            // no job is due: none is late
            late.filter(|late| late.is_finite()).unwrap_or(0.0)
        };
        mean(&tried.par_iter().map(one).collect::<Vec<f64>>()).unwrap_or(0.0)
    };
    let enough = at_least.and_then(|from| least(from, now * REACH, |n| played(n) <= LATE));
    Staffing { late: LATE, now, at_least, policy: policy.name.into(), seeds: tried.to_vec(), enough }
}

/// The least number from `from` on that will do, taken to do from there on: doubling, then bisection to a
/// fiftieth; `None` where `most` does not do.
fn least(from: usize, most: usize, mut does: impl FnMut(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (from, from);
    while !does(high) {
        if high >= most {
            return None;
        }
        low = high + 1;
        high = (high + high / 2 + 1).min(most);
    }
    while high - low > high / 50 {
        let middle = low + (high - low) / 2;
        if does(middle) { high = middle } else { low = middle + 1 }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_found_or_none() {
        assert_eq!(least(1, 400, |n| n >= 37), Some(37));
        assert_eq!(least(40, 400, |n| n >= 37), Some(40));
        assert_eq!(least(1, 36, |n| n >= 37), None);
    }
}
