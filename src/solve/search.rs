//! One worker: rounds of ruin, recreate, accept or undo, under an annealing temperature.

use super::random::Random;
use super::recreate::Recreate;
use super::ruin::{Ruin, strings};
use super::state::{AWAY, State};
use super::tails::exchange;

/// How many temperatures of routed cost a bank of rarer jobs may cost.
const RARER: f64 = 30.0;

/// A worker's state, scratch and best plan.
pub(crate) struct Search {
    pub state: State,
    recreate: Recreate,
    pub shape: Ruin,
    pub best: Vec<Vec<u32>>,
    pub best_cost: i64,
    /// The current plan is the best one and not yet copied.
    fresh: bool,
    absences: Vec<u32>,
    seeds: Vec<u32>,
    pub stats: Stats,
    pub exchanges: u32,
}

/// What happened, for progress lines and tuning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    pub rounds: u64,
    pub accepted: u64,
    pub improved: u64,
    pub exchanged: u64,
}

impl Search {
    pub(crate) fn new(state: State) -> Search {
        let n = state.d.n;
        let mut search = Search {
            recreate: Recreate::default(),
            shape: Ruin::default(),
            best: state.plan(),
            best_cost: state.cost(),
            fresh: false,
            absences: vec![0; n],
            seeds: Vec::new(),
            stats: Stats::default(),
            exchanges: std::env::var("EX").ok().and_then(|x| x.parse().ok()).unwrap_or(4),
            state,
        };
        search.reseed();
        search
    }

    /// Which jobs removal may start from: those of this worker.
    pub(crate) fn reseed(&mut self) {
        let state = &self.state;
        self.seeds.clear();
        self.seeds.extend((0..state.d.n as u32).filter(|j| state.route_of[*j as usize] != AWAY));
    }

    /// Fills the plan greedily from the bank.
    pub(crate) fn construct(&mut self, random: &mut Random) {
        self.state.begin();
        self.recreate.run(&mut self.state, random, i64::MAX);
        if self.state.cost() <= self.best_cost {
            self.fresh = true;
            self.best_cost = self.state.cost();
        }
        self.keep();
    }

    /// `rounds` rounds at `temperature` (cost units).
    pub(crate) fn rounds(&mut self, random: &mut Random, rounds: u32, temperature: f64) {
        if self.seeds.is_empty() {
            return;
        }
        for _ in 0..rounds {
            self.round(random, temperature);
            for _ in 0..self.exchanges {
                let bound = self.state.cost() + (temperature * random.exponential()) as i64;
                let x = self.seeds[random.below(self.seeds.len())] as usize;
                if exchange(&mut self.state, random, x, bound) {
                    self.stats.exchanged += 1;
                    let after = self.state.cost();
                    self.stand(after);
                }
            }
        }
        self.keep();
    }

    fn round(&mut self, random: &mut Random, temperature: f64) {
        self.stats.rounds += 1;
        let state = &mut self.state;
        let before = state.cost();
        let short = !state.bank.is_empty();
        let bound = before + (temperature * random.exponential()) as i64;
        state.begin();
        let seed = self.seeds[random.below(self.seeds.len())] as usize;
        if !strings(state, random, &self.shape, seed) {
            state.undo();
            return;
        }
        // a rarer bank may cost some routed cost, or nothing would ever get in; without a limit the plan drifts
        let routed = before - state.left_before() + (temperature * RARER) as i64;
        self.recreate.run(state, random, if short { routed.max(bound - state.left_before()) } else { bound });
        let after = state.cost();
        let mut accept = after < bound || after == before;
        if short && !accept && state.left <= state.left_before() && state.routed <= routed {
            accept = self.rarer();
        }
        if short || !self.state.bank.is_empty() {
            self.state.bank.iter().for_each(|j| self.absences[*j as usize] += 1);
        }
        if !accept {
            self.state.undo();
            return;
        }
        self.stats.accepted += 1;
        self.stand(after);
    }

    /// The round's outcome stands.
    fn stand(&mut self, after: i64) {
        if after < self.best_cost {
            self.stats.improved += 1;
            self.best_cost = after;
            self.fresh = true;
        } else if self.fresh && after != self.best_cost {
            self.keep_before();
        }
        self.state.commit();
    }

    /// SISR's acceptance by absence: what is left out now has been left out less often.
    fn rarer(&self) -> bool {
        let sum = |bank: &[u32]| bank.iter().map(|j| u64::from(self.absences[*j as usize])).sum::<u64>();
        sum(&self.state.bank) < sum(self.state.bank_before())
    }

    /// Copies the best plan, which is the current one.
    pub(crate) fn keep(&mut self) {
        if self.fresh {
            for (kept, route) in self.best.iter_mut().zip(&self.state.routes) {
                kept.clear();
                kept.extend(route.visits());
            }
            self.fresh = false;
        }
    }

    /// Copies the best plan, which is the one before this round.
    fn keep_before(&mut self) {
        for (kept, route) in self.best.iter_mut().zip(&self.state.routes) {
            kept.clear();
            kept.extend(route.visits());
        }
        for (v, _, route) in self.state.before() {
            let kept = &mut self.best[*v as usize];
            kept.clear();
            kept.extend(route.visits());
        }
        self.fresh = false;
    }
}
