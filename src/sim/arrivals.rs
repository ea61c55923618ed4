//! What customers were told of arrivals, held against when somebody came.
//!
//! A visit's arrival is told again and again; three of these words are kept, each the service's own answer at that
//! moment (`Desk::arrival`, as GetEta tells it). They end with an arrival, whoever it is that comes. Who never comes has
//! not come by then.
//!
//! A word foretells the plan that it was told of: how long work and ways take. That the dispatcher sends somebody else
//! or slips another visit in before is a decision, which no spread foretells and of which the customer is told anew. So
//! a word knows whether the plan behind it was kept, and shares are told of kept ones and of all.

use crate::board::decision::Eta;
use crate::board::id::{JobId, TechnicianId};
use crate::units::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Which word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As told when somebody was first planned.
    First,
    /// As told half an hour before the planned arrival, or when it was planned if that was later.
    Ahead,
    /// As told when the technician left; of several times the last.
    Left,
}

/// How many words are kept.
const STAGES: usize = 3;

/// What was told of an arrival, and of which plan.
#[derive(Clone, Debug)]
pub struct Word {
    /// The quantiles.
    pub eta: Eta,
    /// Who comes.
    pub technician: TechnicianId,
    /// What that technician goes to before, by plan.
    pub before: Vec<JobId>,
    /// Whether nothing else has been gone to since.
    pub kept: bool,
}

/// How many words there were, how many held by their P50, and by their P90.
type Count = [u32; 3];

/// Words told and whether they held.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    open: BTreeMap<JobId, [Option<Word>; STAGES]>,
    /// Customers who call it off or ask for another window, now or later: nothing is counted of them.
    unsteady: BTreeSet<JobId>,
    /// By stage, of plans kept and of all.
    counts: [[Count; 2]; STAGES],
}

impl Arrivals {
    /// Nothing is told yet; nothing is ever counted of `unsteady` jobs.
    pub fn new(unsteady: BTreeSet<JobId>) -> Arrivals {
        Arrivals { unsteady, ..Arrivals::default() }
    }

    /// Whether a word is still to be told.
    pub fn lacks(&self, job: &JobId, stage: Stage) -> bool {
        let told = || self.open.get(job).is_some_and(|told| told[stage as usize].is_some());
        !self.unsteady.contains(job) && (stage == Stage::Left || !told())
    }

    /// A word is told.
    pub fn told(&mut self, job: &JobId, stage: Stage, word: Word) {
        if self.lacks(job, stage) {
            self.open.entry(job.clone()).or_default()[stage as usize] = Some(word);
        }
    }

    /// Somebody leaves for a job: what else was told of that technician may not have reckoned with it.
    pub fn left(&mut self, technician: &TechnicianId, job: &JobId) {
        let others = self.open.iter_mut().filter(|(told, _)| *told != job);
        for word in others.flat_map(|(_, told)| told).flatten().filter(|w| w.technician == *technician) {
            word.kept &= word.before.contains(job);
        }
    }

    /// Somebody is there.
    pub fn came(&mut self, technician: Option<&TechnicianId>, job: &JobId, at: Time) {
        let told = self.open.remove(job).unwrap_or_default();
        for (counts, word) in self.counts.iter_mut().zip(told) {
            let Some(word) = word else { continue };
            let held = [true, at <= word.eta.p50, at <= word.eta.p90];
            let kept = word.kept && technician == Some(&word.technician);
            for count in counts.iter_mut().skip(usize::from(!kept)) {
                count.iter_mut().zip(held).for_each(|(n, held)| *n += u32::from(held));
            }
        }
    }

    /// Percent of the words of a stage whose P50 held, and whose P90 held, where the plan was kept.
    pub fn held(&self, stage: Stage) -> [f64; 2] {
        let [told, p50, p90] = self.counts[stage as usize][0].map(f64::from);
        [p50, p90].map(|n| n * 100.0 / told)
    }

    /// Percent of all words of a stage whose P90 held, and whose plan was kept; where nobody came neither did.
    pub fn of_all(&self, stage: Stage) -> [f64; 2] {
        let [kept, all] = self.counts[stage as usize];
        let waiting = self.open.values().filter(|told| told[stage as usize].is_some()).count();
        [all[2], kept[0]].map(|n| f64::from(n) * 100.0 / (f64::from(all[0]) + waiting as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_with_an_arrival_and_knows_whether_its_plan_was_kept() {
        let [one, two, off, between] = ["one", "two", "off", "between"].map(JobId::from);
        let [anna, bo] = ["anna", "bo"].map(TechnicianId::from);
        let word = |p50, p90, before: &[&JobId]| Word {
            eta: Eta { p50: Time(p50), p90: Time(p90) },
            technician: anna.clone(),
            before: before.iter().map(|job| (*job).clone()).collect(),
            kept: true,
        };
        let mut arrivals = Arrivals::new(BTreeSet::from([off.clone()]));
        arrivals.told(&one, Stage::First, word(100, 200, &[]));
        arrivals.told(&one, Stage::First, word(300, 400, &[&between]));
        arrivals.told(&one, Stage::Ahead, word(300, 400, &[&between]));
        arrivals.left(&anna, &between);
        arrivals.left(&bo, &two);
        arrivals.told(&one, Stage::Left, word(100, 140, &[]));
        arrivals.told(&one, Stage::Left, word(160, 180, &[]));
        arrivals.told(&two, Stage::First, word(100, 200, &[]));
        arrivals.told(&off, Stage::First, word(100, 200, &[]));
        arrivals.came(Some(&anna), &one, Time(150));
        arrivals.came(Some(&anna), &off, Time(150));
        assert!(arrivals.held(Stage::First)[1].is_nan(), "another visit came before");
        assert_eq!(arrivals.of_all(Stage::First), [50.0, 0.0], "nobody has come to the second");
        assert_eq!(arrivals.held(Stage::Ahead), [100.0, 100.0]);
        assert_eq!(arrivals.held(Stage::Left), [100.0, 100.0], "of two words on leaving the last counts");
        arrivals.came(Some(&bo), &two, Time(150));
        assert!(arrivals.held(Stage::First)[1].is_nan(), "somebody else came");
        assert_eq!(arrivals.of_all(Stage::First), [100.0, 0.0]);
        assert!(arrivals.lacks(&one, Stage::First) && !arrivals.lacks(&off, Stage::First));
    }
}
