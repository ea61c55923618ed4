//! The measure of a board as it stands: a pure function of the board and the minute, kept up unit by unit.
//!
//! Whoever holds it tells it what changed ([`Cover::touch`]) and brings it to a moment ([`Cover::bring`]). A
//! technician whose standing is the same costs nothing; one whose standing only time can change is looked at when
//! that time comes. The hour's travel and rates change with the hour, classes when counts or the catalogue do.

use super::classes::Class;
use super::demand::{Demand, Slot};
use super::grid::{Atlas, Grid};
use super::measure::{ByClass, Ground, MOST_CLASSES, Measure, Standing, at_rate};
use super::standing::{Stood, stood};
use crate::board::Board;
use crate::board::id::TechnicianId;
use crate::units::{Cost, Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Instants are taken down to a whole minute.
const MINUTE: i64 = 60;

/// The measure of one board.
#[derive(Clone, Debug)]
pub struct Cover {
    atlas: Atlas,
    minute: Time,
    /// What the demand was made of: the counts' hour, the clock's offset, and how often facts were changed.
    basis: (i64, i64, u64),
    facts: u64,
    slot: Slot,
    hour: u8,
    demand: Arc<Demand>,
    measure: Measure,
    numbers: BTreeMap<TechnicianId, usize>,
    names: Vec<Option<TechnicianId>>,
    free: Vec<usize>,
    /// When a unit is looked at again, and the same by unit.
    due: BTreeSet<(Time, usize)>,
    due_of: Vec<Time>,
    touched: BTreeSet<TechnicianId>,
}

/// What changed on a board.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// A technician's facts, route, whereabouts or van.
    Technician(&'a TechnicianId),
    /// The catalogue, the policy, the region or the rates given.
    Facts,
}

/// An instant down to the minute.
pub fn minute(at: Time) -> Time {
    Time(at.0.div_euclid(MINUTE) * MINUTE)
}

/// A table that a measure rests on and that is not made yet. Making one may take a second, and takes no board.
#[derive(Clone, Debug)]
pub struct Lacking {
    atlas: Atlas,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Grid(u8),
    Reach { grid: Arc<Grid>, hour: u8, longest: Span },
}

impl Lacking {
    /// Makes it, for everybody who shares the atlas.
    pub fn make(self) {
        match self.what {
            What::Grid(resolution) => drop(self.atlas.grid(resolution)),
            What::Reach { grid, hour, longest } => self.atlas.make(&grid, hour, longest),
        }
    }
}

/// What the measure of a board at a moment lacks; `cover` is what is kept of it, if anything. Ask again once that is
/// made: `None` where a measure is a matter of milliseconds.
pub fn lacking(board: &Board, atlas: &Atlas, cover: Option<&Cover>, now: Time) -> Option<Lacking> {
    let resolution = board.region.grid_resolution;
    let lacks = |what| Some(Lacking { atlas: atlas.clone(), what });
    if !atlas.has_grid(resolution) {
        return lacks(What::Grid(resolution));
    }
    let longest = |classes: &[Class]| classes.iter().map(|c| c.target).max();
    let longest = match cover {
        Some(cover) => longest(cover.classes()),
        None => longest(Demand::of(board, atlas, minute(now)).classes()),
    }?;
    let (grid, hour) = (atlas.grid(resolution), atlas.hour(minute(now)));
    if atlas.has_reach(&grid, hour, longest) { None } else { lacks(What::Reach { grid, hour, longest }) }
}

impl Cover {
    /// The measure of a board at a moment.
    pub fn of(board: &Board, atlas: &Atlas, now: Time) -> Cover {
        let minute = minute(now);
        let demand = Arc::new(Demand::of(board, atlas, minute));
        let (slot, hour) = (Slot::of(atlas.dayparts(), minute), atlas.hour(minute));
        let measure = Measure::new(ground(atlas, &demand, hour), Arc::new(demand.rates(slot)));
        let mut cover = Cover {
            atlas: atlas.clone(),
            minute,
            basis: basis(board, atlas, minute, 0),
            facts: 0,
            slot,
            hour,
            demand,
            measure,
            numbers: BTreeMap::new(),
            names: Vec::new(),
            free: Vec::new(),
            due: BTreeSet::new(),
            due_of: Vec::new(),
            touched: BTreeSet::new(),
        };
        cover.rebuild(board);
        cover
    }

    /// Takes note of a change; it counts from the next [`Cover::bring`] on.
    pub fn touch(&mut self, change: Change<'_>) {
        match change {
            Change::Technician(id) => drop(self.touched.insert(id.clone())),
            Change::Facts => self.facts += 1,
        }
    }

    /// Whether [`Cover::bring`] to that moment would have anything to do.
    pub fn is_at(&self, board: &Board, now: Time) -> bool {
        let minute = minute(now);
        minute == self.minute
            && self.touched.is_empty()
            && self.basis == basis(board, &self.atlas, minute, self.facts)
    }

    /// Brings it to a moment, forward or back.
    pub fn bring(&mut self, board: &Board, now: Time) {
        let minute = minute(now);
        let back = minute < self.minute;
        self.minute = minute;
        let basis = basis(board, &self.atlas, minute, self.facts);
        let (slot, hour) = (Slot::of(self.atlas.dayparts(), minute), self.atlas.hour(minute));
        if basis != self.basis || back {
            self.basis = basis;
            (self.slot, self.hour) = (slot, hour);
            self.demand = Arc::new(Demand::of(board, &self.atlas, minute));
            return self.rebuild(board);
        }
        if hour != self.hour {
            let ground = ground(&self.atlas, &self.demand, hour);
            self.measure = Measure::of(ground, Arc::new(self.demand.rates(slot)), self.measure.units());
        } else if slot != self.slot {
            self.measure.reweigh(Arc::new(self.demand.rates(slot)));
        }
        (self.slot, self.hour) = (slot, hour);
        let mut changes = Vec::new();
        while let Some((_, unit)) = self.due.first().filter(|(at, _)| *at <= minute).copied() {
            let id = self.names[unit].clone().expect("who is due is there");
            changes.extend(self.look(board, &id));
        }
        for id in std::mem::take(&mut self.touched) {
            changes.extend(self.look(board, &id));
        }
        self.measure.set_all(&changes);
    }

    /// Everything from nothing.
    fn rebuild(&mut self, board: &Board) {
        self.touched.clear();
        self.due.clear();
        (self.numbers, self.names, self.free, self.due_of) = Default::default();
        let mut units = Vec::with_capacity(board.technicians.len());
        for id in board.technicians.keys() {
            let unit = self.number(id);
            let stood = self.stood(board, id);
            self.note(unit, stood.until);
            units.push(stood.standing);
        }
        let ground = ground(&self.atlas, &self.demand, self.hour);
        self.measure = Measure::of(ground, Arc::new(self.demand.rates(self.slot)), &units);
    }

    fn number(&mut self, id: &TechnicianId) -> usize {
        if let Some(unit) = self.numbers.get(id) {
            return *unit;
        }
        let unit = self.free.pop().unwrap_or_else(|| {
            self.names.push(None);
            self.due_of.push(Time::MAX);
            self.names.len() - 1
        });
        self.names[unit] = Some(id.clone());
        self.numbers.insert(id.clone(), unit);
        unit
    }

    fn note(&mut self, unit: usize, until: Time) {
        self.due.remove(&(self.due_of[unit], unit));
        self.due_of[unit] = until;
        if until < Time::MAX {
            self.due.insert((until, unit));
        }
    }

    fn stood(&self, board: &Board, id: &TechnicianId) -> Stood {
        let technician = &board.technicians[id];
        stood(board, self.grid(), self.classes(), technician, self.minute)
    }

    /// Looks at one technician again: which unit stands how.
    fn look(&mut self, board: &Board, id: &TechnicianId) -> Option<(usize, Option<Standing>)> {
        if board.technicians.contains_key(id) {
            let unit = self.number(id);
            let stood = self.stood(board, id);
            self.note(unit, stood.until);
            return Some((unit, stood.standing));
        }
        let unit = self.numbers.remove(id)?;
        self.note(unit, Time::MAX);
        self.names[unit] = None;
        self.free.push(unit);
        Some((unit, None))
    }

    /// The minute it stands at.
    pub fn minute(&self) -> Time {
        self.minute
    }

    /// The hour whose rates it weighs by.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// What is called in.
    pub fn demand(&self) -> &Arc<Demand> {
        &self.demand
    }

    /// The classes.
    pub fn classes(&self) -> &[Class] {
        self.demand.classes()
    }

    /// The cells.
    pub fn grid(&self) -> &Arc<Grid> {
        self.demand.grid()
    }

    /// The measure; its units are [`Cover::unit`]'s numbers.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// The odds that somebody comes in time to a call of that class that comes in from that cell now, in shares of
    /// [`super::odds::ONE`]. The measure itself is about the next quarter of an hour, in which who is at work gets on.
    pub fn at_call(&self, class: usize, cell: u16) -> u32 {
        let (target, steps) = (self.classes()[class].target, self.measure.steps(class));
        let odds = self.atlas.odds_at_call(self.grid(), target, steps);
        self.measure.chance_by(&odds, class, cell)
    }

    /// A technician's number among the units.
    pub fn unit(&self, id: &TechnicianId) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// What a minute of a technician costs in coverage: the calls an hour that nobody else would be in time for, each
    /// at its class's rate of lateness for a quarter of an hour. Never below zero; not calibrated and not capped.
    pub fn a_minute(&self, id: &TechnicianId) -> Cost {
        let Some(unit) = self.unit(id) else { return Cost::ZERO };
        worth(&self.measure.loss(unit), self.classes())
    }

    /// Whether two are the same to the bit, whatever numbers their units have.
    pub fn same(&self, other: &Cover) -> bool {
        let named = |c: &Cover| -> BTreeMap<TechnicianId, _> {
            let unit = |(id, unit): (&TechnicianId, &usize)| c.measure.unit(*unit).map(|s| (id.clone(), *s));
            c.numbers.iter().filter_map(unit).collect()
        };
        (self.minute, self.slot, self.hour) == (other.minute, other.slot, other.hour)
            && self.demand == other.demand
            && named(self) == named(other)
            && self.measure.same_sums(&other.measure)
    }
}

/// What an amount of calls an hour that are not covered costs a minute.
pub fn worth(lost: &ByClass, classes: &[Class]) -> Cost {
    debug_assert!(classes.len() <= MOST_CLASSES);
    let each = |(lost, class): (&u64, &Class)| at_rate(i128::from(*lost), class.lateness_permille);
    let an_hour: i128 = lost.iter().zip(classes).map(each).sum();
    Cost((an_hour / 60).min(1 << 40) as i64)
}

fn basis(board: &Board, atlas: &Atlas, minute: Time, facts: u64) -> (i64, i64, u64) {
    (board.calls.until(), atlas.dayparts().offset_seconds(minute), facts)
}

fn ground(atlas: &Atlas, demand: &Demand, hour: u8) -> Ground {
    let targets: Vec<Span> = demand.classes().iter().map(|c| c.target).collect();
    let odds = atlas.odds(demand.grid(), &targets);
    let steps = odds.first().map_or(0, |o| o.steps());
    Ground { reach: atlas.reach(demand.grid(), hour, steps), odds, missed: atlas.missed() }
}
