//! Fewest technicians first: where one technician less is worth more than all travel, routes go one by one.
//!
//! A route is closed and its jobs go to the bank; rounds then go on, with nobody else to send out, until everything is
//! served again, and the next route is closed. Meanwhile a plan stands if what it leaves out was left out less often
//! before, whatever it costs (the fleet minimisation of Christiaens and Vanden Berghe, 2020): cost alone would keep
//! the same hard jobs in the bank for good.

use super::dense::{Dense, MUST};
use super::search::Search;
use super::state::State;

impl Dense {
    /// Whether a technician less is worth more than `travel`, and one is as good as another.
    pub(crate) fn fewest_first(&self, travel: i64) -> bool {
        let alike = self.class_at.len() == 2;
        alike && self.crew[0].fixed > travel && self.prize.iter().all(|p| *p >= MUST)
    }

    /// How many technicians any plan of alike ones needs, by what has to be carried.
    fn least_crew(&self) -> usize {
        let mut sums = vec![0i64; self.dims];
        (0..self.n).flat_map(|j| self.needs(j)).for_each(|(dim, q)| sums[*dim as usize] += i64::from(*q));
        let needed = |(dim, sum): (usize, &i64)| (*sum as u64).div_ceil(self.cap[dim].max(1) as u64) as usize;
        sums.iter().enumerate().map(needed).max().unwrap_or(0).max(1)
    }
}

impl Search {
    /// From now on routes are closed one by one; ends once no plan can do with fewer.
    pub(crate) fn squeeze(&mut self) {
        self.squeezing = Some(self.state.d.least_crew());
        self.shrink();
    }

    /// Whether routes are still being closed.
    pub(crate) fn squeezes(&self) -> bool {
        self.squeezing.is_some()
    }

    /// Goes back to the best plan, with nobody to send out but those who go out in it.
    pub(crate) fn squeezed(&mut self) {
        self.squeezing = None;
        self.keep();
        self.state.load(&self.best);
        self.state.close_idle();
    }

    /// Closes the next route if everything is served: the one whose jobs have been easiest to place.
    pub(crate) fn shrink(&mut self) {
        let Some(least) = self.squeezing else { return };
        if !self.state.bank.is_empty() {
            return;
        }
        if self.state.used <= least {
            self.squeezing = None;
            return;
        }
        self.keep();
        let hard = |v: &usize| -> (u64, usize) {
            let jobs = self.state.routes[*v].visits();
            (jobs.map(|j| u64::from(self.absences[j as usize])).sum(), self.state.routes[*v].stops.len())
        };
        let going = (0..self.state.routes.len()).filter(|v| !self.state.routes[*v].is_empty());
        if let Some(v) = going.min_by_key(hard) {
            self.state.close_idle();
            self.state.close(v);
        }
    }
}

impl State {
    /// Nobody who is at home goes out any more.
    fn close_idle(&mut self) {
        for v in (0..self.routes.len()).filter(|v| self.routes[*v].is_empty()).collect::<Vec<_>>() {
            self.shut(v);
        }
    }

    /// Banks the jobs of route `v`, which stays empty from now on.
    fn close(&mut self, v: usize) {
        self.begin();
        let sound = self.remove(v, |_, _| true);
        debug_assert!(sound && self.routes[v].is_empty(), "an empty route is sound");
        self.shut(v);
    }

    fn shut(&mut self, v: usize) {
        self.mine[v] = false;
        self.mark(v, false);
        self.stamp(v);
    }
}
