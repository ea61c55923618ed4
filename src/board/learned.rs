//! How long work really takes, learned from visits that were finished: whole numbers, so that every machine
//! learns the same.
//!
//! What is added up is `log2(taken / expected)` in thousandths, by fault (or kind of work at a family), by
//! family and by technician. A mean is shrunk to its parent's, as if [`PRIOR`] visits had taken what the parent
//! says: a fault to its family, a family to the catalogue, a technician to what the work usually takes. What
//! comes of it is kept within 50 and 200 %.

use super::id::{FamilyId, FaultId, TechnicianId};
use super::job::JobKind;
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Visits that the parent's mean counts for.
const PRIOR: i64 = 10;
/// Variance before anything is learned, in millionths: of a lognormal law with a coefficient of variation of 0.5.
const VARIANCE: i64 = 464_430;
/// A visit that took more than four times as long, or less than a quarter, counts as that.
const FARTHEST: i64 = 2_000;
/// The least and the most that a mean may stretch an expectation, in thousandths.
pub const CLAMP: (i64, i64) = (500, 2000);

/// What kind of work it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Work {
    /// At what.
    pub family: FamilyId,
    /// The fault, where one is likelier than not.
    pub fault: Option<FaultId>,
    /// What for.
    pub kind: JobKind,
}

/// A visit that was finished and timed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    /// What was done.
    pub work: Work,
    /// By whom.
    pub technician: TechnicianId,
    /// What the catalogue says it takes.
    pub expected: Span,
    /// What it took, over zero.
    pub took: Span,
}

/// Visits added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub count: i64,
    /// Sum of their logarithms.
    sum: i64,
    /// Sum of the squares of those.
    squares: i64,
}

/// What was learned of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// From how many visits.
    pub count: i64,
    /// How long it takes against what was expected, in thousandths.
    pub permille: i64,
    /// Variance of `log2(taken / expected)`, in millionths.
    pub variance: i64,
}

/// All that was learned in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    faults: BTreeMap<FaultId, (FamilyId, Tally)>,
    kinds: BTreeMap<FamilyId, BTreeMap<JobKind, Tally>>,
    families: BTreeMap<FamilyId, Tally>,
    technicians: BTreeMap<TechnicianId, Tally>,
}

impl Tally {
    fn add(&mut self, log: i64) {
        self.count += 1;
        self.sum += log;
        self.squares += log * log;
    }

    /// The mean, shrunk to the parent's.
    fn mean(&self, parent: i64) -> i64 {
        (self.sum + PRIOR * parent).div_euclid(self.count + PRIOR)
    }

    /// The variance around a mean, shrunk to `parent`.
    fn variance(&self, mean: i64, parent: i64) -> i64 {
        let around = self.squares - 2 * mean * self.sum + self.count * mean * mean;
        (around + PRIOR * parent).div_euclid(self.count + PRIOR)
    }

    fn learned(&self, (mean, variance): (i64, i64)) -> Learned {
        let (mean, variance) = (self.mean(mean), self.variance(self.mean(mean), variance));
        Learned { count: self.count, permille: permille(mean), variance }
    }
}

/// Nothing is known: what the catalogue says.
const NOTHING: (i64, i64) = (0, VARIANCE);

impl Durations {
    /// Takes a finished visit in.
    pub fn learn(&mut self, timed: &Timed) {
        let Timed { work, technician, expected, took } = timed;
        let log = log2(took.0, expected.0).clamp(-FARTHEST, FARTHEST);
        let usual = self.mean_of(work);
        match &work.fault {
            Some(fault) => {
                let row = self.faults.entry(fault.clone());
                row.or_insert_with(|| (work.family.clone(), Tally::default())).1.add(log);
            }
            None => {
                let row = self.kinds.entry(work.family.clone()).or_default();
                row.entry(work.kind).or_default().add(log);
            }
        }
        self.families.entry(work.family.clone()).or_default().add(log);
        self.technicians.entry(technician.clone()).or_default().add(log - usual);
    }

    /// Whether nothing was learned yet.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    fn family_law(&self, family: &FamilyId) -> (i64, i64) {
        let tally = self.families.get(family).copied().unwrap_or_default();
        let mean = tally.mean(NOTHING.0);
        (mean, tally.variance(mean, NOTHING.1))
    }

    fn tally_of(&self, work: &Work) -> Tally {
        let found = match &work.fault {
            Some(fault) => self.faults.get(fault).map(|row| row.1),
            None => self.kinds.get(&work.family).and_then(|kinds| kinds.get(&work.kind)).copied(),
        };
        found.unwrap_or_default()
    }

    fn mean_of(&self, work: &Work) -> i64 {
        self.tally_of(work).mean(self.family_law(&work.family).0)
    }

    /// What is known of a kind of work.
    pub fn of_work(&self, work: &Work) -> Learned {
        self.tally_of(work).learned(self.family_law(&work.family))
    }

    /// What is known of a technician, against what the work usually takes.
    pub fn of_technician(&self, technician: &TechnicianId) -> Learned {
        self.technicians.get(technician).copied().unwrap_or_default().learned(NOTHING)
    }

    /// Every family, kind of work, fault and technician that something was learned of.
    pub fn all(&self) -> impl Iterator<Item = (Subject<'_>, Learned)> {
        let families = self.families.iter().map(|(id, t)| (Subject::Family(id), t.learned(NOTHING)));
        let kinds = self.kinds.iter().flat_map(move |(id, kinds)| {
            kinds.iter().map(move |(kind, t)| (Subject::Kind(id, *kind), t.learned(self.family_law(id))))
        });
        let faults = self
            .faults
            .iter()
            .map(|(id, (family, t))| (Subject::Fault(id), t.learned(self.family_law(family))));
        let technicians =
            self.technicians.iter().map(|(id, t)| (Subject::Technician(id), t.learned(NOTHING)));
        families.chain(kinds).chain(faults).chain(technicians)
    }
}

/// What something was learned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A family.
    Family(&'a FamilyId),
    /// A kind of work at a family, without a fault that is known.
    Kind(&'a FamilyId, JobKind),
    /// A fault.
    Fault(&'a FaultId),
    /// A technician.
    Technician(&'a TechnicianId),
}

impl Learned {
    /// A length stretched by what was learned.
    pub fn stretch(&self, expected: Span) -> Span {
        Span((expected.0 * self.permille / 1000).max(1))
    }
}

/// `log2(a / b)` in thousandths, both over zero.
fn log2(a: i64, b: i64) -> i64 {
    ((fixed_log2(a) - fixed_log2(b)) * 1000) >> FRACTION
}

/// Binary digits after the point.
const FRACTION: u32 = 20;

/// The binary logarithm by repeated squaring, as a fixed-point number.
fn fixed_log2(n: i64) -> i64 {
    let n = u64::try_from(n).unwrap_or(0).max(1);
    let whole = 63 - n.leading_zeros();
    // between 1 and 2, with 31 binary digits after the point
    let mut x = if whole > 31 { n >> (whole - 31) } else { n << (31 - whole) };
    let mut log = i64::from(whole);
    for _ in 0..FRACTION {
        x = (x * x) >> 31;
        let carry = x >> 32;
        x >>= carry;
        log = log * 2 + carry as i64;
    }
    log
}

/// The thousandths whose logarithm is `log`, within [`CLAMP`].
fn permille(log: i64) -> i64 {
    let (mut low, mut high) = (CLAMP.0, CLAMP.1);
    while low < high {
        let middle = (low + high + 1) / 2;
        if log2(middle, 1000) <= log { low = middle } else { high = middle - 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(fault: &str, technician: &str, minutes: i64) -> Timed {
        let work = Work { family: "washer".into(), fault: Some(fault.into()), kind: JobKind::Repair };
        let (expected, took) = (Span::minutes(60), Span::minutes(minutes));
        Timed { work, technician: technician.into(), expected, took }
    }

    #[test]
    fn logarithms_are_those_of_the_textbook() {
        for (a, b) in [(1, 1), (2, 1), (3, 1), (1, 7), (5400, 3600), (1_000_003, 17)] {
            let exact = (a as f64 / b as f64).log2() * 1000.0;
            assert!((log2(a, b) as f64 - exact).abs() < 1.5, "{a} {b}: {} {exact}", log2(a, b));
        }
        assert_eq!((permille(0), permille(9999), permille(-9999)), (1000, 2000, 500));
    }

    #[test]
    fn few_visits_say_little_and_many_are_believed_within_bounds() {
        let mut learned = Durations::default();
        let one = timed("pump", "ada", 90);
        assert_eq!(learned.of_work(&one.work).permille, 1000);
        learned.learn(&one);
        let early = learned.of_work(&one.work).permille;
        assert!((1030..1120).contains(&early), "{early}");
        (0..500).for_each(|_| learned.learn(&one));
        let late = learned.of_work(&one.work);
        assert!((1480..=1500).contains(&late.permille), "{late:?}");
        assert!(late.variance < VARIANCE / 20, "what takes the same each time is sure: {late:?}");
        // another fault of the family starts from what the family takes
        let other = timed("door", "bo", 60);
        assert!((1450..=1500).contains(&learned.of_work(&other.work).permille));
        (0..500).for_each(|_| learned.learn(&timed("slow", "cy", 600)));
        assert_eq!(learned.of_work(&timed("slow", "cy", 1).work).permille, 2000);
        assert!(learned.of_technician(&"ada".into()).permille < 1100, "it is the work that is slow");
    }
}
