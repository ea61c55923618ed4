//! One worker: rounds of ruin, recreate, accept or undo, under an annealing temperature.

use super::random::Random;
use super::recreate::Recreate;
use super::ruin::{Ruin, strings};
use super::state::{AWAY, State};
use super::tails::exchange;
use super::workers::Parts;

/// How many temperatures of routed cost a bank of rarer jobs may cost.
const RARER: f64 = 30.0;
/// Chance in 65,536 that a round opens a route for its own sake, and how much more it removes then: greedy
/// insertion alone hardly ever pays for one.
const OPEN: u32 = 1_000;
const WIDE: f64 = 2.0;
/// Chance in 65,536 that removal starts from a job left out, where there is one that could be served.
const FROM_BANK: u32 = 32_768;
/// Chance in 65,536 that it starts then from whatever somebody does who could serve that job: such people may be far.
const BY_CREW: u32 = 32_768;
/// Exchanges of tails tried after each round.
const EXCHANGES: u32 = 4;

/// A worker's state, scratch and best plan.
pub(crate) struct Search {
    pub state: State,
    recreate: Recreate,
    pub shape: Ruin,
    pub best: Vec<Vec<u32>>,
    pub best_cost: i64,
    /// The current plan is the best one and not yet copied.
    fresh: bool,
    pub absences: Vec<u32>,
    /// Routes are being closed, down to this many.
    pub(super) squeezing: Option<usize>,
    seeds: Vec<u32>,
    pub stats: Stats,
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
            recreate: Recreate::new(),
            shape: Ruin::default(),
            best: state.plan(),
            best_cost: state.cost(),
            fresh: false,
            absences: vec![0; n],
            squeezing: None,
            seeds: Vec::new(),
            stats: Stats::default(),
            state,
        };
        search.reseed();
        search
    }

    /// Goes on with part `me` of a plan.
    pub(crate) fn take(&mut self, plan: &[Vec<u32>], parts: &Parts, me: u8, absences: &[u32]) {
        let sound = self.state.load_part(plan, parts, me);
        debug_assert!(sound, "a part of a sound plan is sound");
        self.absences.copy_from_slice(absences);
        self.reseed();
        self.best_cost = self.state.cost();
        self.fresh = true;
        self.keep();
    }

    /// Which jobs removal may start from: those of this worker.
    pub(crate) fn reseed(&mut self) {
        let state = &self.state;
        self.seeds.clear();
        self.seeds.extend((0..state.d.n as u32).filter(|j| state.route_of[*j as usize] != AWAY));
    }

    /// Fills the plan greedily from the bank. `opening`: what opening a route counts for, in percent.
    pub(crate) fn construct(&mut self, random: &mut Random, opening: i64) {
        self.state.begin();
        self.recreate.opening = opening;
        self.recreate.run(&mut self.state, random, i64::MAX);
        self.recreate.opening = 100;
        if self.state.cost() <= self.best_cost {
            self.fresh = true;
            self.best_cost = self.state.cost();
        }
        self.keep();
    }

    /// Begins again with a route for nearly every job, as far as technicians go: annealing joins routes
    /// readily, but hardly ever opens one. The old plan stays the best, and comes back if more would be left out.
    pub(crate) fn open_up(&mut self, random: &mut Random) {
        let left = self.state.bank.len();
        let old = self.state.plan();
        let pinned: Vec<Vec<u32>> = self.state.d.problem.crew.iter().map(|t| t.pinned.clone()).collect();
        self.state.load(&pinned);
        self.construct(random, 1);
        if self.state.bank.len() > left {
            self.state.load(&old);
        }
    }

    /// `rounds` rounds at `temperature` (cost units).
    pub(crate) fn rounds(&mut self, random: &mut Random, rounds: u32, temperature: f64) {
        if self.seeds.is_empty() {
            return;
        }
        for _ in 0..rounds {
            self.round(random, temperature);
            self.shrink();
            for _ in 0..EXCHANGES {
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
        let short = state.short();
        let bound = before + (temperature * random.exponential()) as i64;
        state.begin();
        let squeezing = short && self.squeezing.is_some();
        let from_bank = short && random.chance(FROM_BANK);
        let from = if from_bank { &state.bank } else { &self.seeds };
        let mut seed = from[random.below(from.len())] as usize;
        if from_bank && random.chance(BY_CREW) {
            seed = state.rival(random, seed).unwrap_or(seed);
        }
        self.recreate.opens = random.chance(OPEN);
        let mut shape = self.shape;
        if self.recreate.opens {
            shape.mean *= WIDE;
        }
        if !strings(state, random, &shape, seed) {
            state.undo();
            return;
        }
        // a rarer bank may cost some routed cost, or nothing would ever get in; without a limit the plan drifts
        let routed = before - state.left_before() + (temperature * RARER) as i64;
        let most = match (squeezing, short) {
            (true, _) => i64::MAX,
            (false, true) => routed.max(bound - state.left_before()),
            (false, false) => bound,
        };
        self.recreate.run(state, random, most);
        let after = state.cost();
        let mut accept = after < bound || after == before;
        if short && !accept && (squeezing || (state.left <= state.left_before() && state.routed <= routed)) {
            accept = self.rarer();
        }
        if short || self.state.short() {
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
