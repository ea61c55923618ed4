//! The annealing schedule: temperature as a function of the epoch index and of a logged plan.
//!
//! The plan is a list of (epoch, epochs expected in all). It is made from the budget and written into the
//! answer, so that a replay with the same list gives the same temperatures, whatever the clock did.

use super::random::{exp, ln};

/// First and last temperature, as shares of the mean cost of a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anneal {
    pub hot: f64,
    pub cold: f64,
}

/// How many epochs there were thought to be, and from which epoch on that was thought.
pub type Expected = Vec<(u32, u32)>;

/// Share of the search done at `epoch`, in [0, 1].
pub(crate) fn done(expected: &Expected, epoch: u32) -> f64 {
    let mut share = 0.0;
    for (i, (from, total)) in expected.iter().enumerate() {
        if *from > epoch {
            break;
        }
        let until = expected.get(i + 1).map_or(epoch, |next| next.0.min(epoch));
        let left = f64::from(total.saturating_sub(*from).max(1));
        share += (1.0 - share) * (f64::from(until - from) / left).min(1.0);
    }
    share
}

impl super::dense::Dense {
    /// First and last temperature for routes of `length` jobs. Measured: where not everybody can serve every job
    /// the landscape is rougher (tech200x1500 after 1.1 M rounds, 8 seeds: 99.5 h and none left out against 100.3 h and
    /// 0.6 when begun at 3), more so with parts to be had (tech200x1500p, 3 seeds: 7.3 left out from 8, 8.3 from 5,
    /// 107.5 h both), less so where working time counts, for a job's cost holds its service then, or where all go out
    /// from one depot, for it holds a share of the way there and back (sdvrptw in 10 CPU-seconds: 1.47 % against
    /// 1.60 %); where routes are long, heat joins routes that cold never parts again (R2_10_1 3.7 % against 1.7 %).
    pub(crate) fn heat(&self, length: f64) -> (f64, f64) {
        let cool = (10.0 / length.max(1.0)).sqrt().clamp(0.5, 1.0);
        match (self.picky, self.working_weight > 0) {
            (false, _) => (cool, 0.04 * cool),
            (true, false) if self.supply => (8.0, 0.15),
            (true, false) if self.one_depot() => (1.5, 0.1),
            (true, false) => (5.0, 0.15),
            // a job's cost holds its service too
            (true, true) => (1.5, 0.15),
        }
    }

    fn one_depot(&self) -> bool {
        self.crew.windows(2).all(|two| two[0].start == two[1].start)
    }

    /// Whether the number of routes is free: anybody can serve anything, and going out has no price of its own.
    pub(crate) fn wide_open(&self) -> bool {
        !self.picky && self.crew.iter().all(|c| c.fixed == 0)
    }
}

impl Anneal {
    /// Temperature in cost units.
    pub(crate) fn temperature(&self, share: f64, mean: f64) -> f64 {
        let (hot, cold) = (ln(self.hot), ln(self.cold));
        mean * exp(hot + (cold - hot) * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_rises_to_one_and_bends_where_the_plan_was_changed() {
        assert!((done(&vec![(0, 10)], 5) - 0.5).abs() < 1e-12);
        assert!((done(&vec![(0, 10), (5, 25)], 5) - 0.5).abs() < 1e-12);
        assert!((done(&vec![(0, 10), (5, 25)], 15) - 0.75).abs() < 1e-12);
        assert!((done(&vec![(0, 10)], 99) - 1.0).abs() < 1e-12);
    }
}
