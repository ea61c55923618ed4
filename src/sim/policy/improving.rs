//! Policies that search: the service as it is shipped, and a whole board solved again at set times.

use super::Policy;
use crate::board::Command;
use crate::board::command::Adoption;
use crate::board::decision::Cause;
use crate::board::id::{JobId, TechnicianId};
use crate::plan::improve::{Effort, Focus, Patch};
use crate::sim::driver::Driver;
use crate::units::{Span, Time};

/// The service as it is shipped: a job is answered at once, then patches of the plan are searched around what
/// changed and over the region; what is better is adopted after a delay, where it still holds.
#[derive(Default)]
pub(super) struct Full {
    seed: u64,
    priced: bool,
    moves: bool,
    count: u64,
    fresh: Vec<JobId>,
    advice: Vec<(Time, Adoption)>,
    rolled: Option<Time>,
    /// How long it rests before the next patch drawn over the region.
    rests: Span,
}

/// Rounds a patch is searched.
const ROUNDS: u64 = 150;
/// From reading the plan to taking advice on.
const DELAY: Span = Span(2);
/// How many wait elsewhere at a time, where the scenario does not say.
const MOVES: u32 = 10;
/// How often a patch drawn over the region is searched; while nothing is found and nothing comes in, each rest is twice
/// the one before, as the service's own are, up to the longest.
const ROLLING: Span = Span(120);
const LONGEST: Span = Span::minutes(30);

impl Full {
    pub(super) fn new(seed: u64) -> Full {
        Full { seed, ..Full::default() }
    }

    /// With coverage as a term of the decision.
    pub(super) fn priced(self) -> Full {
        Full { priced: true, ..self }
    }

    /// With moves proposed to who is idle.
    pub(super) fn moving(self) -> Full {
        Full { moves: true, ..self }
    }

    /// Searches a patch; whether it found anything.
    fn search(&mut self, now: Time, patch: &Patch) -> bool {
        self.count += 1;
        let seed = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.count;
        let found = patch.search(&Effort { seed, rounds: ROUNDS, threads: 1 });
        let any = !found.is_empty();
        self.advice.extend(found.into_iter().map(|p| (now + DELAY, p.adoption)));
        any
    }

    /// Searches around each job that waited; one that lies in a patch searched for another is searched with it.
    fn look_around(&mut self, driver: &Driver, fresh: Vec<JobId>) {
        let mut searched: Vec<Patch> = Vec::new();
        for job in fresh {
            if searched.iter().any(|p| p.holds(&job)) {
                continue;
            }
            let Some(patch) = driver.desk().patch(driver.now(), &Focus::Job(job)) else { continue };
            self.search(driver.now(), &patch);
            searched.push(patch);
        }
    }
}

impl Policy for Full {
    fn rates(&self, rates: &mut crate::board::region::Policy) {
        rates.coverage_permille = match (self.priced, rates.coverage_permille) {
            (false, _) => 0,
            (true, 0) => 1000,
            (true, said) => said,
        };
        rates.moves_at_once = match (self.moves, rates.moves_at_once) {
            (false, _) => 0,
            (true, 0) => MOVES,
            (true, said) => said,
        };
    }

    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause) {
        driver.settle(job, cause);
        self.fresh.push(job.clone());
    }

    fn turned(&mut self, driver: &mut Driver) {
        let now = driver.now();
        for (_, adoption) in self.advice.extract_if(.., |(due, _)| *due <= now).collect::<Vec<_>>() {
            // what has changed since it was read makes it stale: it is dropped
            let _ = driver.give(&Command::Adopt(adoption));
        }
        if !self.fresh.is_empty() {
            let fresh = std::mem::take(&mut self.fresh);
            self.look_around(driver, fresh);
            self.rests = ROLLING;
        }
        if self.rolled.is_none_or(|at| now - at >= self.rests) {
            self.rolled = Some(now);
            self.count += 1;
            let drawn = driver.desk().draw(now, self.seed.wrapping_add(self.count.wrapping_mul(7919)));
            let patch = drawn.and_then(|focus| driver.desk().patch(now, &focus));
            let found = patch.is_some_and(|patch| self.search(now, &patch));
            self.rests = if found { ROLLING } else { (self.rests + self.rests).clamp(ROLLING, LONGEST) };
        }
    }

    fn every(&self) -> Option<Span> {
        Some(Span(10))
    }
}

/// The whole board is solved again at set times; between them new jobs wait.
#[derive(Default)]
pub(super) struct Rolling {
    seed: u64,
    row: Vec<(JobId, Cause)>,
    solved: Option<Time>,
}

/// From one solution to the next.
const AGAIN: Span = Span::minutes(15);

impl Rolling {
    pub(super) fn new(seed: u64) -> Rolling {
        Rolling { seed, ..Rolling::default() }
    }
}

impl Policy for Rolling {
    fn waits(&mut self, _: &mut Driver, job: &JobId, cause: Cause) {
        self.row.push((job.clone(), cause));
    }

    fn turned(&mut self, driver: &mut Driver) {
        let now = driver.now();
        if self.solved.is_some_and(|at| now - at < AGAIN) {
            return;
        }
        self.solved = Some(now);
        for (job, cause) in std::mem::take(&mut self.row) {
            if driver.board().jobs[&job].waits() {
                driver.settle(&job, cause);
            }
        }
        // patch by patch, around everybody who has something planned
        let crew: Vec<TechnicianId> = driver.board().routes.keys().cloned().collect();
        for (n, technician) in crew.into_iter().enumerate() {
            let seed = self.seed ^ (now.0 as u64) << 16 ^ n as u64;
            let found = driver.desk().improve_around(now, &Focus::Technician(technician), seed, ROUNDS);
            for proposal in found {
                // what an earlier patch has changed is dropped
                let _ = driver.give(&Command::Adopt(proposal.adoption));
            }
        }
    }

    fn every(&self) -> Option<Span> {
        Some(Span::minutes(5))
    }
}
