//! The measure itself, over numbers only: units, cells, classes. It has heard of no board.
//!
//! ```text
//! U_ic = sum over units k of -ln(1 - p_kic)        C = sum over i, c of rate_ic (1 - exp(-U_ic))
//! loss of k = sum over i, c of rate_ic (exp(-(U_ic - u_kic)) - exp(-U_ic))
//! ```
//!
//! The maximum expected covering location model (Daskin 1983) with odds of each unit's own. Sums of log terms are
//! whole numbers, and what is covered is kept as a sum of whole numbers too, so that a change of one unit ends
//! where a rebuild ends, bit for bit. A change costs what lies in its reach: cells x classes it can do.

use super::odds::{LAST, Missed, ONE, Odds};
use super::reach::Reach;
use crate::units::Span;
use std::sync::Arc;

/// Most classes of demand.
pub const MOST_CLASSES: usize = 16;
/// Rates are in this many parts of a call an hour.
pub const CALL: u64 = 100_000_000;

/// Where a unit is, when it is free, and how well it is equipped for each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// The cell it is free in.
    pub cell: u16,
    /// Until then, in steps of [`super::odds::WAIT`]; under [`super::odds::WAITS`], plus [`super::odds::SURE`] where it
    /// is no estimate.
    pub wait: u8,
    /// By class, in parts of [`super::odds::GRADES`]; 0 where it cannot do it.
    pub grade: [u8; MOST_CLASSES],
}

/// Rates of demand: calls an hour in parts of [`CALL`], by class and cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    cells: usize,
    rates: Vec<u32>,
}

/// What the measure rests on.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Who reaches what.
    pub reach: Arc<Reach>,
    /// The odds of each class: classes of one target share theirs.
    pub odds: Vec<Arc<Odds>>,
    /// Shares missed.
    pub missed: Arc<Missed>,
}

/// The measure over units that come, go and change.
#[derive(Clone, Debug)]
pub struct Measure {
    ground: Ground,
    rates: Arc<Rates>,
    /// Log terms by class and cell.
    logs: Vec<u32>,
    /// Rate times share missed, summed, by class.
    missed: [u64; MOST_CLASSES],
    units: Vec<Option<Standing>>,
}

/// An amount by class, in calls an hour times [`CALL`] times [`ONE`].
pub type ByClass = [u64; MOST_CLASSES];

/// What somebody who is not covered waits beyond the target.
const LATE_BY: Span = Span::minutes(15);

/// What an amount of calls an hour that nobody is in time for costs an hour at a class's rate of lateness: thousandths
/// of a paid second.
pub fn at_rate(amount: i128, lateness_permille: u32) -> i128 {
    amount * i128::from(lateness_permille) * i128::from(LATE_BY.0) / (i128::from(CALL) * i128::from(ONE))
}

impl Rates {
    /// From rates in parts of [`CALL`], class by class over all cells.
    ///
    /// # Panics
    /// Where there are more than [`MOST_CLASSES`] or a class lacks a cell.
    pub fn new(cells: usize, rates: Vec<u32>) -> Rates {
        assert!(rates.len() <= cells * MOST_CLASSES && rates.len().is_multiple_of(cells));
        Rates { cells, rates }
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.rates.len().checked_div(self.cells).unwrap_or(0)
    }

    /// How many cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The rates of one class by cell.
    #[inline]
    pub fn of(&self, class: usize) -> &[u32] {
        &self.rates[class * self.cells..(class + 1) * self.cells]
    }

    /// Calls an hour of one class, in parts of [`CALL`].
    pub fn total(&self, class: usize) -> u64 {
        self.of(class).iter().map(|r| u64::from(*r)).sum()
    }
}

impl Ground {
    /// The classes that a unit can do, each with its log terms by step of the way.
    fn rows(&self, standing: &Standing) -> impl Iterator<Item = (usize, &[u16])> {
        let (grades, wait) = (standing.grade, standing.wait);
        let able = self.odds.iter().enumerate().filter(move |(class, _)| grades[*class] > 0);
        able.map(move |(class, odds)| (class, odds.row(grades[class], wait)))
    }
}

impl Measure {
    /// Without any unit.
    ///
    /// # Panics
    /// Where the rates are of other cells or classes than the ground.
    pub fn new(ground: Ground, rates: Arc<Rates>) -> Measure {
        assert_eq!((rates.cells(), rates.classes()), (ground.reach.cells(), ground.odds.len()));
        let logs = vec![0; rates.rates.len()];
        let mut missed = [0; MOST_CLASSES];
        for (class, missed) in missed.iter_mut().enumerate().take(rates.classes()) {
            *missed = rates.total(class) * u64::from(ONE);
        }
        Measure { ground, rates, logs, missed, units: Vec::new() }
    }

    /// With units as they stand: what a rebuild comes to.
    pub fn of(ground: Ground, rates: Arc<Rates>, units: &[Option<Standing>]) -> Measure {
        let mut measure = Measure::new(ground, rates);
        measure.units = units.to_vec();
        for standing in units.iter().flatten() {
            measure.count::<true>(standing);
        }
        measure.sum_up();
        measure
    }

    /// Weighs the same units by other rates.
    ///
    /// # Panics
    /// Where they are of other cells or classes.
    pub fn reweigh(&mut self, rates: Arc<Rates>) {
        assert_eq!((rates.cells(), rates.classes()), (self.rates.cells(), self.rates.classes()));
        self.rates = rates;
        self.sum_up();
    }

    /// Has a unit stand there; `None` where it is away. Says whether that is a change.
    pub fn set(&mut self, unit: usize, standing: Option<Standing>) -> bool {
        let Some(had) = self.replace(unit, standing) else { return false };
        had.iter().for_each(|had| self.shift::<false>(had));
        standing.iter().for_each(|new| self.shift::<true>(new));
        true
    }

    /// As [`Measure::set`] for several. Where they reach more than all cells x classes together, what is missed is
    /// summed up once instead of change by change.
    pub fn set_all(&mut self, changes: &[(usize, Option<Standing>)]) {
        let reached = |s: &Standing| self.ground.reach.from(s.cell).len() * self.ground.rows(s).count();
        let news = changes.iter().filter(|(unit, new)| self.unit(*unit) != new.as_ref());
        let all = news.flat_map(|(unit, new)| self.unit(*unit).into_iter().chain(new));
        if all.map(reached).sum::<usize>() <= self.logs.len() {
            for (unit, new) in changes {
                self.set(*unit, *new);
            }
            return;
        }
        for (unit, new) in changes {
            let Some(had) = self.replace(*unit, *new) else { continue };
            had.iter().for_each(|had| self.count::<false>(had));
            new.iter().for_each(|new| self.count::<true>(new));
        }
        self.sum_up();
    }

    /// Takes note of how a unit stands; how it stood, where that is a change.
    fn replace(&mut self, unit: usize, standing: Option<Standing>) -> Option<Option<Standing>> {
        if self.units.len() <= unit {
            self.units.resize(unit + 1, None);
        }
        let had = std::mem::replace(&mut self.units[unit], standing);
        (had != standing).then_some(had)
    }

    /// Adds or takes a unit's log terms, keeping what is missed.
    fn shift<const ADD: bool>(&mut self, standing: &Standing) {
        let near = self.ground.reach.from(standing.cell);
        let table = self.ground.missed.table();
        let cells = self.rates.cells;
        for (class, row) in self.ground.rows(standing) {
            let (rates, logs) = (self.rates.of(class), &mut self.logs[class * cells..(class + 1) * cells]);
            let mut change = 0u64;
            for n in near {
                let cell = usize::from(n.cell);
                let had = logs[cell];
                let term = u32::from(row[usize::from(n.step)]);
                let new = if ADD { had + term } else { had - term };
                logs[cell] = new;
                let (less, more) = if ADD { (new, had) } else { (had, new) };
                let gap = table[more.min(LAST) as usize] - table[less.min(LAST) as usize];
                change += u64::from(rates[cell]) * u64::from(gap);
            }
            if ADD { self.missed[class] -= change } else { self.missed[class] += change }
        }
    }

    /// Adds or takes a unit's log terms, without keeping what is missed.
    fn count<const ADD: bool>(&mut self, standing: &Standing) {
        let near = self.ground.reach.from(standing.cell);
        let cells = self.rates.cells;
        for (class, row) in self.ground.rows(standing) {
            let logs = &mut self.logs[class * cells..(class + 1) * cells];
            for n in near {
                let term = u32::from(row[usize::from(n.step)]);
                let log = &mut logs[usize::from(n.cell)];
                *log = if ADD { *log + term } else { *log - term };
            }
        }
    }

    fn sum_up(&mut self) {
        for class in 0..self.rates.classes() {
            let pairs = self.rates.of(class).iter().zip(self.logs_of(class));
            self.missed[class] =
                pairs.map(|(r, log)| u64::from(*r) * u64::from(self.ground.missed.at(*log))).sum();
        }
    }

    fn logs_of(&self, class: usize) -> &[u32] {
        &self.logs[class * self.rates.cells..(class + 1) * self.rates.cells]
    }

    /// Who reaches what.
    pub fn reach(&self) -> &Reach {
        &self.ground.reach
    }

    /// Steps of travel that a class's odds know.
    pub fn steps(&self, class: usize) -> usize {
        self.ground.odds[class].steps()
    }

    /// The rates it weighs by.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// How a unit stands.
    pub fn unit(&self, unit: usize) -> Option<&Standing> {
        self.units.get(unit)?.as_ref()
    }

    /// All units, by number; `None` for who is away.
    pub fn units(&self) -> &[Option<Standing>] {
        &self.units
    }

    /// The odds that somebody comes to a call of that class from that cell in time, in shares of [`ONE`].
    pub fn chance(&self, class: usize, cell: u16) -> u32 {
        ONE - self.ground.missed.at(self.logs_of(class)[usize::from(cell)])
    }

    /// The same under other odds of the class: one unit after the other.
    pub fn chance_by(&self, odds: &Odds, class: usize, cell: u16) -> u32 {
        let able = self.units.iter().flatten().filter(|s| s.grade[class] > 0);
        let terms = able.filter_map(|s| {
            let step = self.ground.reach.step(s.cell, cell)?;
            Some(u32::from(odds.row(s.grade[class], s.wait)[usize::from(step)]))
        });
        ONE - self.ground.missed.at(terms.sum())
    }

    /// What is covered of each class, in calls an hour times [`CALL`] times [`ONE`].
    pub fn covered(&self) -> ByClass {
        let mut covered = [0; MOST_CLASSES];
        for (class, covered) in covered.iter_mut().enumerate().take(self.rates.classes()) {
            *covered = self.rates.total(class) * u64::from(ONE) - self.missed[class];
        }
        covered
    }

    /// The share covered of one class, in millionths; `None` where nothing is called in of it.
    pub fn share_of(&self, class: usize) -> Option<u32> {
        let all = u128::from(self.rates.total(class)) * u128::from(ONE);
        (all > 0).then(|| ((all - u128::from(self.missed[class])) * 1_000_000 / all) as u32)
    }

    /// The share covered of everything, in millionths; `None` where nothing is called in.
    pub fn share(&self) -> Option<u32> {
        let classes = 0..self.rates.classes();
        let all: u128 = classes.clone().map(|c| u128::from(self.rates.total(c)) * u128::from(ONE)).sum();
        let missed: u128 = classes.map(|c| u128::from(self.missed[c])).sum();
        (all > 0).then(|| ((all - missed) * 1_000_000 / all) as u32)
    }

    /// What is no longer covered while a unit is away, by class.
    pub fn loss(&self, unit: usize) -> ByClass {
        let Some(standing) = self.unit(unit) else { return [0; MOST_CLASSES] };
        self.weigh(standing, |had, term| [had - term, had])
    }

    /// What is covered besides once somebody more stands there, by class.
    pub fn gain(&self, standing: &Standing) -> ByClass {
        self.weigh(standing, |had, term| [had, had + term])
    }

    /// Rates times the difference of what is missed at both sums of log terms, over a standing's reach.
    fn weigh(&self, standing: &Standing, sums: impl Fn(u32, u32) -> [u32; 2]) -> ByClass {
        let near = self.ground.reach.from(standing.cell);
        let table = self.ground.missed.table();
        let mut all = [0; MOST_CLASSES];
        for (class, row) in self.ground.rows(standing) {
            let (rates, logs) = (self.rates.of(class), self.logs_of(class));
            let mut sum = 0u64;
            for n in near {
                let cell = usize::from(n.cell);
                let [low, high] = sums(logs[cell], row[usize::from(n.step)].into());
                let gap = table[low.min(LAST) as usize] - table[high.min(LAST) as usize];
                sum += u64::from(rates[cell]) * u64::from(gap);
            }
            all[class] = sum;
        }
        all
    }

    /// How many cells would be left with odds under `share` (of [`ONE`]) for a class while a unit is away, that are
    /// over it now.
    pub fn left_bare(&self, unit: usize, class: usize, share: u32) -> usize {
        let Some(standing) = self.unit(unit).filter(|s| s.grade[class] > 0) else { return 0 };
        let row = self.ground.odds[class].row(standing.grade[class], standing.wait);
        let logs = self.logs_of(class);
        let near = self.ground.reach.from(standing.cell).iter();
        let bare = |log: u32| ONE - self.ground.missed.at(log) < share;
        let left = near.filter(|n| {
            let had = logs[usize::from(n.cell)];
            !bare(had) && bare(had - u32::from(row[usize::from(n.step)]))
        });
        left.count()
    }

    /// Whether two measures are the same to the bit.
    pub fn same(&self, other: &Measure) -> bool {
        let trimmed = |m: &Measure| m.units.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.same_sums(other) && self.units[..trimmed(self)] == other.units[..trimmed(other)]
    }

    /// As [`Measure::same`], whatever numbers the units have.
    pub fn same_sums(&self, other: &Measure) -> bool {
        self.logs == other.logs && self.missed == other.missed && self.rates == other.rates
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::coverage::odds::{GRADES, WAITS};

    /// Cells in a row, three minutes apart.
    pub(in crate::coverage) fn ground(cells: usize, targets: &[i64]) -> Ground {
        let missed = Arc::new(Missed::default());
        let inside = Span(70);
        let longest = targets.iter().max().copied().unwrap();
        let steps = Odds::steps_of(Span::minutes(longest), inside);
        let reach = Reach::of(cells, steps, Span(90), |from, row| {
            row.clear();
            row.extend((0..cells).map(|to| from.abs_diff(to) as u32 * 180));
        });
        let odds = targets.iter().map(|t| Arc::new(Odds::of(Span::minutes(*t), steps, inside, &missed)));
        Ground { reach: Arc::new(reach), odds: odds.collect(), missed }
    }

    pub(in crate::coverage) struct Draw(pub u64);

    impl Draw {
        pub(in crate::coverage) fn upto(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }

        pub(in crate::coverage) fn standing(&mut self, cells: usize, classes: usize) -> Option<Standing> {
            if self.upto(5) == 0 {
                return None;
            }
            let mut grade = [0; MOST_CLASSES];
            for grade in grade.iter_mut().take(classes) {
                *grade = self.upto(u64::from(GRADES) + 3).saturating_sub(2) as u8;
            }
            let (cell, wait) = (self.upto(cells as u64) as u16, self.upto(WAITS as u64) as u8);
            Some(Standing { cell, wait, grade })
        }
    }

    pub(in crate::coverage) fn rates(draw: &mut Draw, cells: usize, classes: usize) -> Arc<Rates> {
        Arc::new(Rates::new(cells, (0..cells * classes).map(|_| draw.upto(1 << 22) as u32).collect()))
    }

    #[test]
    fn changes_end_where_a_rebuild_ends_bit_for_bit() {
        let mut draw = Draw(7);
        let (cells, units) = (90, 40);
        let ground = ground(cells, &[30, 30, 10, 60]);
        let mut rated = rates(&mut draw, cells, 4);
        let mut live = Measure::new(ground.clone(), rated.clone());
        for round in 0..3_000 {
            let unit = draw.upto(units) as usize;
            let (had, new) = (live.unit(unit).copied(), draw.standing(cells, 4));
            assert_eq!(live.set(unit, new), had != new);
            assert!(!live.set(unit, new), "the same again is no change");
            if round % 500 == 250 {
                rated = rates(&mut draw, cells, 4);
                live.reweigh(rated.clone());
            }
            if round % 50 == 0 {
                let rebuilt = Measure::of(ground.clone(), rated.clone(), live.units());
                assert!(live.same(&rebuilt), "round {round}");
            }
        }
        for unit in 0..units as usize {
            live.set(unit, None);
        }
        assert!(live.same(&Measure::new(ground, rated)), "and back to nothing");
        assert_eq!(live.share(), Some(0));
    }

    #[test]
    fn changes_at_once_end_where_they_end_one_by_one() {
        let (mut draw, ground) = (Draw(13), ground(90, &[30, 30, 10]));
        let mut live = Measure::new(ground.clone(), rates(&mut draw, 90, 3));
        // one reaches less than all cells x classes, forty more
        for many in [1, 40].repeat(100) {
            let mut single = live.clone();
            let all: Vec<_> = (0..many).map(|_| (draw.upto(40) as usize, draw.standing(90, 3))).collect();
            all.iter().for_each(|(unit, new)| _ = single.set(*unit, *new));
            live.set_all(&all);
            let rebuilt = Measure::of(ground.clone(), live.rates.clone(), live.units());
            assert!(live.same(&single) && live.same(&rebuilt));
        }
    }

    #[test]
    fn the_measure_is_that_of_the_formula() {
        let mut draw = Draw(11);
        let (cells, classes) = (60, 3);
        let ground = ground(cells, &[30, 20, 30]);
        let rated = rates(&mut draw, cells, classes);
        let units: Vec<_> = (0..12).map(|_| draw.standing(cells, classes)).collect();
        let live = Measure::of(ground.clone(), rated.clone(), &units);
        // by its own loops, in floats, each p from the log term it was rounded to
        let p = |unit: &Standing, class: usize, cell: usize| {
            let step = (unit.cell as usize).abs_diff(cell) as i64 * 180;
            let step = (step.max(90) / 20) as usize;
            let row = (unit.grade[class] > 0).then(|| ground.odds[class].row(unit.grade[class], unit.wait));
            row.and_then(|r| r.get(step)).map_or(0.0, |log| 1.0 - (-f64::from(*log) / 256.0).exp())
        };
        let covered = |units: &[Option<Standing>], class: usize| -> f64 {
            (0..cells)
                .map(|cell| {
                    let missed: f64 = units.iter().flatten().map(|u| 1.0 - p(u, class, cell)).product();
                    f64::from(rated.of(class)[cell]) * (1.0 - missed)
                })
                .sum()
        };
        let scale = f64::from(ONE);
        for class in 0..classes {
            let exact = covered(&units, class);
            let told = live.covered()[class] as f64 / scale;
            assert!((told / exact - 1.0).abs() < 1e-4, "class {class}: {told} {exact}");
            for unit in 0..units.len() {
                let mut without = units.clone();
                without[unit] = None;
                let (lost, loss) = (exact - covered(&without, class), live.loss(unit)[class] as f64 / scale);
                assert!((lost - loss).abs() < exact * 1e-4, "class {class} unit {unit}: {loss} {lost}");
            }
        }
    }

    #[test]
    fn losses_and_gains_are_what_taking_away_and_adding_changes() {
        let mut draw = Draw(3);
        let (cells, classes) = (50, 5);
        let ground = ground(cells, &[30; 5]);
        let rated = rates(&mut draw, cells, classes);
        let units: Vec<_> = (0..9).map(|_| draw.standing(cells, classes)).collect();
        let live = Measure::of(ground, rated, &units);
        for (unit, standing) in units.iter().enumerate() {
            let mut without = live.clone();
            without.set(unit, None);
            let fell: Vec<u64> = live.covered().iter().zip(without.covered()).map(|(a, b)| a - b).collect();
            assert_eq!(live.loss(unit).to_vec(), fell);
            if let Some(standing) = standing {
                assert_eq!(without.gain(standing), live.loss(unit), "putting it back gains what it lost");
            }
        }
    }
}
