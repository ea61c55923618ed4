//! A fleet with shifts as planning sees it: read from a board, then laid over the hours of a day.

use super::super::demand::{Demand, Slot};
use super::super::grid::Atlas;
use super::super::measure::{CALL, MOST_CLASSES};
use super::super::odds::{GRADES, ONE};
use super::super::standing::{EXCURSION, certified, equipped};
use super::field::{Amount, BUSY, Depot, Field, Ground, Unit, steps};
use super::menu::Pattern;
use crate::board::Board;
use crate::board::calls::WHOLE;
use crate::board::catalog::{Catalog, Requirement};
use crate::board::fleet::{Shift, Technician};
use crate::board::id::{DepotId, Location, TechnicianId};
use crate::travel::Dayparts;
use crate::units::{Span, Time};
use std::sync::Arc;

/// Travel to a visit, where work is reckoned.
pub const TRAVEL: Span = Span::minutes(15);
/// A visit takes so long where nothing is known of any.
const VISIT: Span = Span::hours(1);
/// The busy share where no work is known of.
const USUAL: u32 = 600;
/// Nobody is taken to be less or more busy, in parts of [`BUSY`].
const BOUNDS: [u32; 2] = [50, 950];

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The share of the time that people at work are busy, in parts of [`BUSY`]; from the day's work where `None`.
    pub busy: Option<u32>,
    /// A target for all classes in place of their own.
    pub target: Option<Span>,
    /// Hours of the day that count; all where empty.
    pub hours: Vec<u8>,
    /// Classes that count; all where empty.
    pub classes: Vec<usize>,
}

/// A technician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id.
    pub id: TechnicianId,
    /// What people call the technician.
    pub name: String,
    /// Where and when they work, and what with.
    pub unit: Unit,
    /// The shift.
    pub pattern: Pattern,
    /// Certificates with their highest level.
    pub certificates: Vec<Requirement>,
    /// By class: how much of what it takes is in the van, in parts of [`GRADES`].
    pub kit: [u8; MOST_CLASSES],
}

/// What planning takes from a board: read under its lock, worked on without.
#[derive(Clone, Debug)]
pub struct Basis {
    /// What is called in.
    pub demand: Arc<Demand>,
    /// Names.
    pub catalog: Catalog,
    /// Midnight of the day, by the region's clock.
    pub midnight: Time,
    /// Whether rates of the weekend count.
    pub weekend: bool,
    /// Everybody with a shift that day, by id.
    pub members: Vec<Member>,
    /// Depots, by id.
    pub depots: Vec<(DepotId, Depot)>,
    /// Work of all calls of such a day, travel included; `None` where nothing was called in yet.
    pub work: Option<Span>,
    /// Overtime that may be planned.
    pub allowance: Span,
}

/// A basis laid over the hours of a day.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// What it was made of.
    pub basis: Arc<Basis>,
    /// The share of the time that people at work are busy, in parts of [`BUSY`].
    pub busy: u32,
    /// The measure.
    pub field: Field,
}

/// Midnight of the day of an instant, by a region's clock.
pub fn midnight(dayparts: &Dayparts, at: Time) -> Time {
    let day = (at.0 + dayparts.offset_seconds(at)).div_euclid(86_400) * 86_400;
    let noon = Time(day + 43_200 - dayparts.offset_seconds(at));
    Time(day - dayparts.offset_seconds(noon))
}

impl Basis {
    /// Reads a board for the day that begins at `midnight`.
    pub fn of(board: &Board, demand: Arc<Demand>, dayparts: &Dayparts, midnight: Time) -> Basis {
        let noon = midnight + Span::hours(12);
        let grid = demand.grid();
        let classes = demand.classes();
        let member = |t: &Technician| {
            let allowance = t.overtime_allowance.unwrap_or(board.region.policy.overtime_allowance);
            let pattern = pattern_on(&t.shifts, midnight, allowance)?;
            let cell = grid.cell_of(t.start)?;
            let van = board.stock.shelf(&Location::Van(t.id.clone()));
            let kit = by_class(classes.len(), |c| equipped(van, &classes[c]));
            let held = by_class(classes.len(), |c| u8::from(certified(t, &classes[c], noon)));
            let unit = equip(Unit { hours: pattern.hours, ..Unit::whole(cell) }, &held, &kit);
            let certificates = t.certifications.iter().filter(|c| c.valid_from <= noon && noon < c.valid_to);
            let certificates =
                certificates.map(|c| Requirement { kind: c.kind.clone(), min_level: c.level }).collect();
            Some(Member { id: t.id.clone(), name: t.display_name.clone(), unit, pattern, certificates, kit })
        };
        let depot = |(id, d): (&DepotId, &crate::board::fleet::Depot)| {
            let here = board.stock.shelf(&Location::Depot(id.clone()));
            let holds = by_class(classes.len(), |c| equipped(here, &classes[c]));
            Some((id.clone(), Depot { cell: grid.cell_of(d.place)?, holds, steps: steps(d.pickup) }))
        };
        let weekend = Slot::of(dayparts, noon).weekend;
        Basis {
            catalog: board.catalog.clone(),
            midnight,
            weekend,
            members: board.technicians.values().filter_map(member).collect(),
            depots: board.depots.iter().filter_map(depot).collect(),
            work: work(board, dayparts, weekend),
            allowance: board.region.policy.overtime_allowance,
            demand,
        }
    }

    /// Time at work of everybody that day.
    pub fn at_work(&self) -> Span {
        Span(self.members.iter().map(|m| i64::from(m.pattern.minutes) * 60).sum())
    }

    /// The share of the time that everybody is busy by the day's work, in parts of [`BUSY`].
    pub fn busy(&self) -> u32 {
        let Some(work) = self.work.filter(|_| self.at_work() > Span::ZERO) else { return USUAL };
        let busy = work.0 * i64::from(BUSY) / self.at_work().0;
        busy.clamp(BOUNDS[0].into(), BOUNDS[1].into()) as u32
    }

    /// The ground of a question at a busy share.
    pub fn ground(&self, atlas: &Atlas, question: &Question, busy: u32) -> Ground {
        let grid = self.demand.grid();
        let targets: Vec<Span> =
            self.demand.classes().iter().map(|c| question.target.unwrap_or(c.target)).collect();
        let odds = atlas.odds(grid, &targets);
        let reach_steps = odds.first().map_or(0, |o| o.steps());
        let missed = atlas.missed();
        let wanted = |h: &u8| question.hours.is_empty() || question.hours.contains(h);
        let hours: Vec<u8> = (0..24).filter(wanted).collect();
        let mut layers = Vec::new();
        // hours that are travelled in alike are asked for one after the other: few tables are kept
        let like = |h: u8| atlas.hour(self.midnight + Span::hours(i64::from(h)));
        let mut reaches = std::collections::BTreeMap::new();
        for hour in &hours {
            reaches.entry(like(*hour)).or_insert_with(|| atlas.reach(grid, like(*hour), reach_steps));
            let rates = self.demand.rates(Slot { weekend: self.weekend, hour: *hour });
            let mut these = Ground::layers_of(&reaches[&like(*hour)], &odds, &rates, busy, &missed);
            for (class, layer) in these.iter_mut().enumerate() {
                if !question.classes.is_empty() && !question.classes.contains(&class) {
                    layer.rates.fill(0);
                }
            }
            layers.extend(these);
        }
        Ground::new(grid.cells().len(), hours, layers, missed)
    }

    /// The depots.
    pub fn depots(&self) -> Vec<Depot> {
        self.depots.iter().map(|(_, d)| *d).collect()
    }
}

impl Fleet {
    /// Lays a basis over a day. `None` where nothing is called in of what is asked for.
    pub fn of(basis: Arc<Basis>, atlas: &Atlas, question: &Question) -> Option<Fleet> {
        let busy = question.busy.unwrap_or_else(|| basis.busy()).min(BUSY);
        let ground = Arc::new(basis.ground(atlas, question, busy));
        if basis.demand.classes().is_empty() || ground.all() == 0 {
            return None;
        }
        let units: Vec<Unit> = basis.members.iter().map(|m| m.unit).collect();
        let field = Field::of(ground, basis.depots(), &units);
        Some(Fleet { basis, busy, field })
    }

    /// Layers of a class.
    pub fn layers_of(&self, class: usize) -> impl Iterator<Item = usize> + '_ {
        let classes = self.field.ground().classes();
        (0..self.field.ground().hours().len()).map(move |at| at * classes + class)
    }

    /// Calls a day of an amount.
    pub fn calls(amount: Amount) -> f64 {
        amount as f64 / (CALL as f64 * f64::from(ONE))
    }
}

/// The part of [`GRADES`] that counts of each class, by certificates held and kit.
pub fn equip(unit: Unit, held: &[u8; MOST_CLASSES], kit: &[u8; MOST_CLASSES]) -> Unit {
    let grade = std::array::from_fn(|c| held[c] * kit[c]);
    let lacks = std::array::from_fn(|c| held[c] * (GRADES - kit[c]));
    Unit { grade, lacks, ..unit }
}

fn by_class(classes: usize, of: impl Fn(usize) -> u8) -> [u8; MOST_CLASSES] {
    std::array::from_fn(|c| if c < classes { of(c) } else { 0 })
}

/// The shift of a day with the hours at which its technician counts: as in the live measure, nobody is counted on in
/// the last hour before the end of shift and allowance. Shifts of the night before and of the day count together.
fn pattern_on(shifts: &[Shift], midnight: Time, allowance: Span) -> Option<Pattern> {
    let mut found: Option<Pattern> = None;
    for shift in shifts {
        let day = midnight + Span::hours(24);
        let (start, end) = (shift.window.start.max(midnight), shift.window.end.min(day));
        if start >= end {
            continue;
        }
        let rest: Span = Span(shift.breaks.iter().map(|b| b.duration.0).sum());
        let counts = |h: &u32| {
            let middle = midnight + Span::minutes(30) + Span::hours(i64::from(*h));
            shift.window.start <= middle && middle < shift.window.end + allowance - EXCURSION
        };
        let hours = (0..24).filter(counts).fold(0, |bits, h| bits | 1 << h);
        let minutes = ((end - start).0 / 60 - rest.0 / 60).max(0) as u16;
        let began = ((start - midnight).0 / 60) as u16;
        let one = found.get_or_insert(Pattern { start: began, minutes: 0, hours: 0 });
        one.minutes += minutes;
        one.hours |= hours;
    }
    found
}

/// The hours at which somebody on a shift counts.
pub fn hours_of(start: u16, minutes: u16, allowance: Span) -> u32 {
    let (start, end) = (i64::from(start), i64::from(start) + i64::from(minutes));
    let last = end + (allowance - EXCURSION).0 / 60;
    let counts = |h: &u32| {
        let middle = i64::from(*h) * 60 + 30;
        [middle, middle + 1440].iter().any(|m| start <= *m && *m < last)
    };
    (0..24).filter(counts).fold(0, |bits, h| bits | 1 << h)
}

/// Work of an average weekday's or weekend day's calls: what was counted times what a visit takes.
fn work(board: &Board, dayparts: &Dayparts, weekend: bool) -> Option<Span> {
    let seen_hours = |utc: u8| {
        let local = (i64::from(utc) + dayparts.offset_seconds(Time(0)).div_euclid(3600)).rem_euclid(168);
        (local / 24 >= 5) == weekend
    };
    let hours: u64 = (0..168u8).filter(|h| seen_hours(*h)).map(|h| u64::from(board.calls.seen(h))).sum();
    let calls: u64 =
        board.calls.counts().filter(|(_, _, h, _)| seen_hours(*h)).map(|(_, _, _, n)| u64::from(n)).sum();
    if hours < u64::from(WHOLE) || calls == 0 {
        return None;
    }
    let (jobs, total) =
        board.jobs.values().fold((0i64, 0i64), |(n, sum), job| (n + 1, sum + job.demand.service.0));
    let visit = if jobs > 0 { Span(total / jobs) } else { VISIT } + TRAVEL;
    Some(Span((i128::from(calls) * 24 * i128::from(visit.0) / i128::from(hours)) as i64))
}
