//! The measure over the hours of a day, for people at work.
//!
//! Somebody on shift is busy a share `b` of the time. Asked at any moment, the odds of being at a cell in time are
//! `(1 - b) p(0) + b p(rest of a visit)`, p as in `super::super::odds`, the rest of a visit evenly up to 64 min (a
//! visit of an hour that is under way has half an hour to go on average). Where the van holds only some of what a class
//! takes, the rest is fetched: the odds of being in time by way of a depot count for what the depot holds of it.
//! Log terms and shares missed are whole numbers, so that adding and taking away are exact.

use super::super::measure::{MOST_CLASSES, Rates};
use super::super::odds::{GRADES, LAST, Missed, ONE, Odds, STEP, WAITS};
use super::super::reach::Reach;
use crate::units::Span;
use std::sync::Arc;

/// Busy shares are told in so many parts.
pub const BUSY: u32 = 1_000;

/// What is covered or missed, in calls an hour times [`super::super::CALL`] times [`ONE`], summed over hours.
pub type Amount = u64;

/// One hour and class.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Who reaches whom at that hour.
    pub reach: Arc<Reach>,
    /// Calls an hour by cell.
    pub rates: Vec<u32>,
    /// Odds by step of travel, in shares of [`ONE`], of somebody at work with all that the class takes.
    pub chance: Arc<Vec<u32>>,
}

/// What a field rests on: a layer for each hour and class.
#[derive(Clone, Debug)]
pub struct Ground {
    cells: usize,
    classes: usize,
    hours: Vec<u8>,
    layers: Vec<Layer>,
    logs: Arc<Vec<u16>>,
    missed: Arc<Missed>,
    /// What is called in, by layer.
    called: Vec<Amount>,
}

/// Somebody at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Where the shift starts.
    pub cell: u16,
    /// A bit for each hour of the day at work.
    pub hours: u32,
    /// By class: how much of what it takes is held, in parts of [`GRADES`].
    pub grade: [u8; MOST_CLASSES],
    /// By class: how much of it would have to be fetched, in parts of [`GRADES`]; 0 without the certificates.
    pub lacks: [u8; MOST_CLASSES],
}

/// A depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depot {
    /// Where it is.
    pub cell: u16,
    /// By class: how much of what it takes is there, in parts of [`GRADES`].
    pub holds: [u8; MOST_CLASSES],
    /// Time there, in steps of travel.
    pub steps: u16,
}

/// The measure of a fleet.
#[derive(Clone, Debug)]
pub struct Field {
    ground: Arc<Ground>,
    depots: Vec<Depot>,
    logs: Vec<Vec<u32>>,
    missed: Vec<Amount>,
}

/// The odds by step of travel of somebody who is busy so many parts of [`BUSY`] of the time.
pub fn chances(odds: &Odds, busy: u32, missed: &Missed) -> Vec<u32> {
    let p = |wait: usize, step: usize| ONE - missed.at(odds.row(GRADES, wait as u8)[step].into());
    let of = |step: usize| {
        let rest: u64 = (0..WAITS).map(|wait| u64::from(p(wait, step))).sum();
        let idle = u64::from(BUSY - busy) * u64::from(p(0, step)) * WAITS as u64;
        ((idle + u64::from(busy) * rest) / (u64::from(BUSY) * WAITS as u64)) as u32
    };
    (0..odds.steps()).map(of).collect()
}

/// The log term of each share of [`ONE`].
fn logs(missed: &Missed) -> Vec<u16> {
    let table = missed.table();
    let of = |p: u32| {
        let left = ONE - p;
        let at = table.partition_point(|m| *m > left);
        let nearer = at > 0 && (at > LAST as usize || table[at - 1] - left < left - table[at]);
        (at - usize::from(nearer)) as u16
    };
    (0..=ONE).map(of).collect()
}

impl Ground {
    /// Of layers, hour by hour, each hour class by class.
    ///
    /// # Panics
    /// Where their number is not hours times classes.
    pub fn new(cells: usize, hours: Vec<u8>, layers: Vec<Layer>, missed: Arc<Missed>) -> Ground {
        assert!(!hours.is_empty() && layers.len().is_multiple_of(hours.len()));
        let classes = layers.len() / hours.len();
        assert!(classes <= MOST_CLASSES);
        let sum = |layer: &Layer| layer.rates.iter().map(|r| u64::from(*r)).sum::<u64>() * u64::from(ONE);
        let called = layers.iter().map(sum).collect();
        Ground { cells, classes, hours, layers, logs: Arc::new(logs(&missed)), missed, called }
    }

    /// A layer of an hour: its reach, odds and rates.
    pub fn layers_of(
        reach: &Arc<Reach>,
        odds: &[Arc<Odds>],
        rates: &Rates,
        busy: u32,
        missed: &Missed,
    ) -> Vec<Layer> {
        let layer = |class: usize| Layer {
            reach: reach.clone(),
            rates: rates.of(class).to_vec(),
            chance: Arc::new(chances(&odds[class], busy, missed)),
        };
        (0..rates.classes()).map(layer).collect()
    }

    /// How many cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The hours of the day, ascending.
    pub fn hours(&self) -> &[u8] {
        &self.hours
    }

    /// The layers: hour by hour, class by class.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// All that is called in, times [`ONE`].
    pub fn all(&self) -> Amount {
        self.called.iter().sum()
    }

    /// What is called in of one layer, times [`ONE`].
    pub fn all_of(&self, layer: usize) -> Amount {
        self.called[layer]
    }

    /// Layers in which a unit counts.
    fn layers_with(&self, unit: &Unit) -> impl Iterator<Item = (usize, usize)> + '_ {
        let (hours, grade, lacks) = (unit.hours, unit.grade, unit.lacks);
        let on = self.hours.iter().enumerate().filter(move |(_, hour)| hours >> **hour & 1 == 1);
        let classes = self.classes;
        on.flat_map(move |(at, _)| (0..classes).map(move |class| (at * classes + class, class)))
            .filter(move |(_, class)| grade[*class] > 0 || lacks[*class] > 0)
    }

    /// The log term of odds in shares of [`ONE`].
    #[inline]
    pub fn log(&self, chance: u32) -> u32 {
        self.logs[chance as usize].into()
    }

    /// Tells a unit's log term in each cell that it reaches in one layer.
    fn terms(&self, unit: &Unit, depots: &[Depot], layer: usize, mut tell: impl FnMut(usize, u32)) {
        let class = layer % self.classes;
        let of = &self.layers[layer];
        let (grade, lacks) = (u32::from(unit.grade[class]), u32::from(unit.lacks[class]));
        let eighths = u32::from(GRADES);
        let fetched = (lacks > 0).then(|| self.fetched(unit, depots, layer)).flatten();
        for near in of.reach.from(unit.cell) {
            let by_hand = grade * of.chance[usize::from(near.step)];
            let by_way = fetched.as_ref().map_or(0, |f| f[usize::from(near.cell)]);
            let chance = (by_hand + by_way) / eighths;
            if chance > 0 {
                tell(near.cell.into(), self.log(chance));
            }
        }
    }

    /// What a unit could fetch on its way, by cell: odds by way of the best depot, times the parts of [`GRADES`] that
    /// count for it. `None` where there is none.
    fn fetched(&self, unit: &Unit, depots: &[Depot], layer: usize) -> Option<Vec<u32>> {
        let class = layer % self.classes;
        let of = &self.layers[layer];
        let mut best: Option<Vec<u32>> = None;
        for depot in depots {
            let share = (u32::from(unit.lacks[class]) * u32::from(depot.holds[class])) / u32::from(GRADES);
            let Some(there) = of.reach.travel(unit.cell, depot.cell).filter(|_| share > 0) else { continue };
            let before = (there.0 / STEP) as usize + usize::from(depot.steps);
            let best = best.get_or_insert_with(|| vec![0; self.cells]);
            for near in of.reach.from(depot.cell) {
                let Some(chance) = of.chance.get(before + usize::from(near.step)) else { continue };
                let had = &mut best[usize::from(near.cell)];
                *had = (*had).max(share * chance);
            }
        }
        best
    }
}

impl Unit {
    /// Somebody who can do everything at any hour.
    pub fn whole(cell: u16) -> Unit {
        Unit { cell, hours: (1 << 24) - 1, grade: [GRADES; MOST_CLASSES], lacks: [0; MOST_CLASSES] }
    }
}

impl Field {
    /// Without anybody at work.
    pub fn new(ground: Arc<Ground>, depots: Vec<Depot>) -> Field {
        let logs = vec![vec![0; ground.cells]; ground.layers.len()];
        let missed = ground.called.clone();
        Field { ground, depots, logs, missed }
    }

    /// With units.
    pub fn of(ground: Arc<Ground>, depots: Vec<Depot>, units: &[Unit]) -> Field {
        let mut field = Field::new(ground, depots);
        units.iter().for_each(|unit| field.add(unit));
        field
    }

    /// Has somebody come to work.
    pub fn add(&mut self, unit: &Unit) {
        self.shift::<true>(unit);
    }

    /// Sends somebody home who is at work.
    pub fn remove(&mut self, unit: &Unit) {
        self.shift::<false>(unit);
    }

    fn shift<const ADD: bool>(&mut self, unit: &Unit) {
        let ground = self.ground.clone();
        for (layer, _) in ground.layers_with(unit) {
            let (rates, logs) = (&ground.layers[layer].rates, &mut self.logs[layer]);
            let mut change = 0;
            ground.terms(unit, &self.depots, layer, |cell, term| {
                let had = logs[cell];
                let new = if ADD { had + term } else { had - term };
                logs[cell] = new;
                let gap = ground.missed.at(had.min(new)) - ground.missed.at(had.max(new));
                change += u64::from(rates[cell]) * u64::from(gap);
            });
            if ADD { self.missed[layer] -= change } else { self.missed[layer] += change }
        }
    }

    /// What would be covered besides with somebody more.
    pub fn gain(&self, unit: &Unit) -> Amount {
        let layers = self.ground.layers_with(unit);
        layers.map(|(layer, _)| self.gain_in(unit, layer)).sum()
    }

    /// As [`Field::gain`], of one layer.
    pub fn gain_in(&self, unit: &Unit, layer: usize) -> Amount {
        let (rates, logs) = (&self.ground.layers[layer].rates, &self.logs[layer]);
        let mut gain = 0;
        self.ground.terms(unit, &self.depots, layer, |cell, term| {
            let had = logs[cell];
            let gap = self.ground.missed.at(had) - self.ground.missed.at(had + term);
            gain += u64::from(rates[cell]) * u64::from(gap);
        });
        gain
    }

    /// What would be covered besides if somebody at work were equipped otherwise.
    pub fn gain_of_change(&self, had: &Unit, new: &Unit) -> Amount {
        let ground = &*self.ground;
        let both = Unit { grade: most(&had.grade, &new.grade), lacks: most(&had.lacks, &new.lacks), ..*had };
        let changed =
            |class: usize| had.grade[class] != new.grade[class] || had.lacks[class] != new.lacks[class];
        let layers = ground.layers_with(&both).filter(|(_, class)| changed(*class));
        let gain = |(layer, _): (usize, usize)| {
            let mut logs = self.logs[layer].clone();
            ground.terms(had, &self.depots, layer, |cell, term| logs[cell] -= term);
            ground.terms(new, &self.depots, layer, |cell, term| logs[cell] += term);
            self.less_missed(layer, &logs)
        };
        layers.map(gain).sum()
    }

    /// What would be covered besides with one more depot, these being the units at work.
    pub fn gain_of_depot(&self, units: &[Unit], depot: &Depot) -> Amount {
        let ground = &*self.ground;
        let all: Vec<Depot> = self.depots.iter().chain([depot]).copied().collect();
        let mut gain = 0;
        for layer in 0..ground.layers.len() {
            let (hour, class) = (ground.hours[layer / ground.classes], layer % ground.classes);
            let fetches = |u: &&Unit| u.hours >> hour & 1 == 1 && u.lacks[class] > 0;
            let near = |u: &&Unit| ground.layers[layer].reach.travel(u.cell, depot.cell).is_some();
            let mut logs: Option<Vec<u32>> = None;
            for unit in units.iter().filter(fetches).filter(near) {
                let logs = logs.get_or_insert_with(|| self.logs[layer].clone());
                ground.terms(unit, &self.depots, layer, |cell, term| logs[cell] -= term);
                ground.terms(unit, &all, layer, |cell, term| logs[cell] += term);
            }
            gain += logs.map_or(0, |logs| self.less_missed(layer, &logs));
        }
        gain
    }

    /// How much less is missed of a layer by other sums of log terms, where that is less.
    fn less_missed(&self, layer: usize, logs: &[u32]) -> Amount {
        let rates = &self.ground.layers[layer].rates;
        let each =
            rates.iter().zip(logs).map(|(r, log)| u64::from(*r) * u64::from(self.ground.missed.at(*log)));
        self.missed[layer].saturating_sub(each.sum())
    }

    /// What it rests on.
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// The depots that vans fetch from.
    pub fn depots(&self) -> &[Depot] {
        &self.depots
    }

    /// The sums of log terms of a layer.
    pub fn logs(&self, layer: usize) -> &[u32] {
        &self.logs[layer]
    }

    /// What is covered of everything.
    pub fn covered(&self) -> Amount {
        self.ground.all() - self.missed.iter().sum::<Amount>()
    }

    /// The share covered of some layers, in millionths; `None` where nothing is called in of them.
    pub fn share_of(&self, layers: impl Iterator<Item = usize>) -> Option<u32> {
        let (all, missed) = layers.fold((0u128, 0u128), |(all, missed), layer| {
            (all + u128::from(self.ground.all_of(layer)), missed + u128::from(self.missed[layer]))
        });
        (all > 0).then(|| ((all - missed) * 1_000_000 / all) as u32)
    }

    /// The share covered of everything, in millionths.
    pub fn share(&self) -> Option<u32> {
        self.share_of(0..self.missed.len())
    }

    /// The odds in a cell, in shares of [`ONE`].
    pub fn chance(&self, layer: usize, cell: usize) -> u32 {
        ONE - self.ground.missed.at(self.logs[layer][cell])
    }
}

fn most(a: &[u8; MOST_CLASSES], b: &[u8; MOST_CLASSES]) -> [u8; MOST_CLASSES] {
    std::array::from_fn(|class| a[class].max(b[class]))
}

/// A span in steps of travel, at least so much.
pub fn steps(span: Span) -> u16 {
    ((span.or_zero().0 + STEP - 1) / STEP).min(i64::from(u16::MAX)) as u16
}
