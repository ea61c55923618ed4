//! What is called in: when, from where, about what, and what is true of it.

use super::{Call, Maker};
use crate::board::Board;
use crate::board::catalog::{PartCount, Requirement};
use crate::board::command::NewJob;
use crate::board::fleet::Window;
use crate::board::id::{JobId, KitId, PartId};
use crate::board::job::{Customer, JobKind, LikelyFault, Need};
use crate::city::catalog::BRANDS;
use crate::city::catalog::faults::{FAMILIES, FAULTS, FamilyRow, FaultRow, family_of};
use crate::city::catalog::parts::KITS;
use crate::geo::{Cell, Point};
use crate::sim::scenario::Trouble;
use crate::sim::truth::lognormal;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

impl Maker<'_> {
    pub(super) fn calls(&self, board: &Board) -> Vec<Call> {
        let mut calls = Vec::new();
        calls.extend(self.scenario.job.iter().map(|real| self.real_call(board, real)));
        let drawn = if self.scenario.job.is_empty() { self.scenario.demand.jobs } else { 0 };
        for day in 0..self.scenario.days {
            for n in 0..drawn {
                let id = format!("j{day}-{n:05}");
                calls.push(self.call(board, &id, day, &Wish::default()));
            }
            for (k, trouble) in self.scenario.event.iter().enumerate() {
                self.troubled(board, day, k, trouble, &mut calls);
            }
        }
        calls
    }

    fn troubled(&self, board: &Board, day: u32, k: usize, trouble: &Trouble, calls: &mut Vec<Call>) {
        match trouble {
            Trouble::Surge { from, to, factor, family } => {
                let d = &self.scenario.demand;
                let rate: f64 = d.by_hour.iter().sum();
                let within = (0..24).filter(|h| f64::from(*h) >= *from && f64::from(*h) < *to);
                let share = within.map(|h| d.by_hour[h as usize]).sum::<f64>() / rate;
                let weights: f64 = FAMILIES.iter().map(|f| self.weight(f)).sum();
                let weight = self.weight(family_of(family)) / weights;
                let extra = (d.jobs as f64 * share * weight * (factor - 1.0)).round() as usize;
                let wish = Wish { family: Some(family), hours: Some([*from, *to]), ..Wish::default() };
                calls
                    .extend((0..extra).map(|n| self.call(board, &format!("j{day}-s{k}-{n:05}"), day, &wish)));
            }
            Trouble::Storm { at, calls: n } => {
                let wish = Wish { hours: Some([*at, at + 1.0]), near: true, urgent: true, ..Wish::default() };
                calls.extend((0..*n).map(|n| self.call(board, &format!("j{day}-w{k}-{n:05}"), day, &wish)));
            }
            Trouble::Absence { .. }
            | Trouble::Illness { .. }
            | Trouble::Recall { .. }
            | Trouble::PositionsLost { .. } => {}
        }
    }

    fn weight(&self, family: &FamilyRow) -> f64 {
        self.scenario.demand.families.get(family.id).copied().unwrap_or(family.weight)
    }

    fn moment(&self, id: &str, day: u32, wish: &Wish<'_>) -> Time {
        if let Some([from, to]) = wish.hours {
            return Time(self.chance.between(id, "call", self.at(day, from).0, self.at(day, to).0));
        }
        let rates: Vec<f64> = self.scenario.demand.by_hour.clone();
        let hour = self.chance.weigh(id, "hour", &rates, |r| *r);
        Time(self.chance.between(id, "call", self.at(day, hour as f64).0, self.at(day, hour as f64 + 1.0).0))
    }

    /// What is told when it is called in, without the truth behind it.
    pub(in crate::sim) fn heard(&self, id: &str, day: u32, wish: &Wish<'_>) -> Heard {
        let (chance, d) = (self.chance, &self.scenario.demand);
        let at = self.moment(id, day, wish);
        let near = wish.near || chance.hits(id, "clustered", d.clustered);
        let home = match near {
            true => self.place.city.home_near(chance, id, self.middle, 1500.0),
            false => self.quarter(id),
        };
        let family = match wish.family {
            Some(family) => family_of(family),
            None => &FAMILIES[chance.weigh(id, "family", &FAMILIES, |f| self.weight(f))],
        };
        let kind = match chance.unit(id, "kind") {
            u if u < d.install => JobKind::Install,
            u if u < d.install + d.maintenance => JobKind::Maintenance,
            _ => JobKind::Repair,
        };
        let class = match chance.unit(id, "class") {
            _ if wish.urgent => Class::Urgent,
            u if u < d.emergency => Class::Emergency,
            u if u < d.emergency + d.urgent => Class::Urgent,
            u if u < d.emergency + d.urgent + d.booked => Class::Booked,
            _ => Class::Standard,
        };
        let class = if kind != JobKind::Repair && class < Class::Booked { Class::Standard } else { class };
        let (need, takes) = self.need(id, at, (family, kind, class), home);
        Heard { at, need, takes }
    }

    fn call(&self, board: &Board, id: &str, day: u32, wish: &Wish<'_>) -> Call {
        let (chance, d) = (self.chance, &self.scenario.demand);
        let Heard { at, need, takes } = self.heard(id, day, wish);
        let parts = match takes {
            Takes::Fault(said) => self.really_takes(id, said),
            Takes::Kit(contents) => contents,
        };
        let demand =
            crate::board::decide::resolve(board, &need, at).expect("the catalogue holds what is named");
        let moved = need.promised.filter(|_| chance.hits(id, "other window", d.rescheduled));
        let moved = moved.map(|had| self.other_window(id, at, had));
        let law = &self.scenario.truth;
        let mean = Span((demand.service.0 as f64 * law.service_mean) as i64);
        let cancelled = chance.hits(id, "cancelled", d.cancelled);
        Call {
            at,
            job: NewJob { id: JobId::from(id), order_number: None, need, customer: Customer::default() },
            service: lognormal(chance, id, "service", mean, law.service_cv),
            parts,
            absent: chance.hits(id, "nobody home", law.absent_customer),
            moved: moved.filter(|_| !cancelled),
            cancelled: cancelled.then(|| Time(chance.between(id, "called off", at.0 + 300, at.0 + 7200))),
        }
    }

    /// The need as it is told, and what settles the parts it really takes.
    fn need(
        &self,
        id: &str,
        at: Time,
        (family, kind, class): (&FamilyRow, JobKind, Class),
        place: Point,
    ) -> (Need, Takes) {
        let chance = self.chance;
        let faults = usual(family.id);
        let mut need = blank(kind, place, class.level(), family.id);
        let mut takes = Takes::Kit(Vec::new());
        match kind {
            JobKind::Repair if !faults.is_empty() => {
                let said = faults[chance.weigh(id, "fault", &faults, |f| f.weight)];
                need.faults.push(told(said));
                takes = Takes::Fault(said);
            }
            _ => {
                if let Some((kit, contents)) = kit(family.kits[usize::from(kind == JobKind::Maintenance)]) {
                    need.kits.push(kit);
                    takes = Takes::Kit(contents);
                }
            }
        }
        if chance.hits(id, "branded", self.scenario.demand.branded) {
            let brand = *chance.pick(id, "brand", &BRANDS);
            need.requirements.push(Requirement { kind: brand.into(), min_level: 1 });
        }
        if class == Class::Booked {
            need.promised = Some(self.window(id, at));
        }
        (need, takes)
    }

    /// The parts that a job told of as `said` really takes, sorted: now and then it is another fault of the family.
    pub(super) fn really_takes(&self, id: &str, said: &FaultRow) -> Vec<PartCount> {
        let others = usual(said.family);
        let wrong = self.chance.hits(id, "misdiagnosed", self.scenario.truth.misdiagnosed);
        let truly = match wrong && !others.is_empty() {
            true => others[self.chance.weigh(id, "other fault", &others, |f| f.weight)],
            false => said,
        };
        let takes = truly.odds.iter().filter(|(part, _, odds)| self.chance.hits(id, part, *odds));
        counted(takes.map(|(part, n, _)| (*part, *n)))
    }

    /// Where a call comes from, by the mixture of quarters.
    fn quarter(&self, id: &str) -> Point {
        let (city, chance) = (&self.place.city, self.chance);
        let mut left = match self.scenario.demand.quarter.is_empty() {
            true => return self.home(id),
            false => chance.unit(id, "part of the city"),
        };
        for q in &self.scenario.demand.quarter {
            left -= q.share;
            if left >= 0.0 {
                continue;
            }
            if let Some(cell) = q.cell.as_ref().and_then(|c| c.parse::<Cell>().ok()) {
                return city.home_in_cell(chance, id, cell);
            }
            let centre = q.at.and_then(|[lon, lat]| Point::from_degrees(lon, lat)).unwrap_or(self.middle);
            let ring = [q.from_km, q.to_km.unwrap_or(1e6)].map(|km| km * 1000.0);
            return city.home_between(chance, id, centre, ring);
        }
        self.home(id)
    }

    /// When a customer asks for another window, and which: half way to the one they had, for two to six hours later.
    fn other_window(&self, id: &str, at: Time, had: Window) -> (Time, Window) {
        let asks = Time(at.0 + (had.start.0 - at.0).max(0) / 2);
        let later = Span::hours(self.chance.between(id, "later by", 1, 4) * 2);
        let day = Span::hours(24);
        let next = Window { start: had.start + later, end: had.end + later };
        // not into the night
        let hour = (next.start.0 - self.place.day.midnight()).rem_euclid(86_400) / 3600;
        let next = if hour >= 18 { Window { start: had.start + day, end: had.end + day } } else { next };
        (asks, next)
    }

    /// A window of two hours on the even hours from 8 to 18, today if it is still early enough, else tomorrow.
    fn window(&self, id: &str, at: Time) -> Window {
        let fits = |day: u32| {
            let starts = [8.0, 10.0, 12.0, 14.0, 16.0].map(|h| self.at(day, h));
            starts.into_iter().filter(|s| *s >= at + Span::hours(1)).collect::<Vec<Time>>()
        };
        let day = ((at.0 - self.place.day.midnight()) / 86_400) as u32;
        let today = fits(day);
        let list = if today.is_empty() { fits(day + 1) } else { today };
        let start = *self.chance.pick(id, "window", &list);
        Window { start, end: start + Span::hours(2) }
    }
}

/// A need of a kind that nothing more is said of.
pub(super) fn blank(kind: JobKind, place: Point, level: &str, family: &str) -> Need {
    Need {
        kind,
        place,
        level: level.into(),
        access: Vec::new(),
        promised: None,
        family: Some(family.into()),
        faults: Vec::new(),
        requirements: Vec::new(),
        parts: Vec::new(),
        kits: Vec::new(),
        service: None,
        inspect_only: false,
        warranty: false,
        wishes: Default::default(),
        excluded: Vec::new(),
    }
}

/// A fault as the caller tells it.
pub(super) fn told(fault: &FaultRow) -> LikelyFault {
    LikelyFault { fault: fault.id.into(), ppm: 850_000 }
}

/// A kit with its contents, sorted.
pub(super) fn kit(id: &str) -> Option<(KitId, Vec<PartCount>)> {
    let (id, _, contents) = KITS.iter().find(|k| k.0 == id)?;
    Some(((*id).into(), counted(contents.iter().copied())))
}

/// The faults of a family that are called in.
fn usual(family: &str) -> Vec<&'static FaultRow> {
    FAULTS.iter().filter(|f| f.family == family && f.weight > 0.0).collect()
}

/// Sorted by part, each once.
fn counted<'p>(parts: impl Iterator<Item = (&'p str, i32)>) -> Vec<PartCount> {
    let counts: BTreeMap<PartId, u32> = parts.map(|(part, n)| (part.into(), n as u32)).collect();
    counts.into_iter().map(|(part, count)| PartCount { part, count }).collect()
}

/// A call as the dispatcher hears it.
pub(in crate::sim) struct Heard {
    /// When it comes in.
    pub at: Time,
    /// The need.
    pub need: Need,
    takes: Takes,
}

/// What settles the parts that a job really takes.
enum Takes {
    Fault(&'static FaultRow),
    Kit(Vec<PartCount>),
}

/// What a trouble wishes of a call beyond the usual draws.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sim) struct Wish<'a> {
    family: Option<&'a str>,
    hours: Option<[f64; 2]>,
    near: bool,
    urgent: bool,
}

/// What was agreed with the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Emergency,
    Urgent,
    Booked,
    Standard,
}

impl Class {
    fn level(self) -> &'static str {
        match self {
            Class::Emergency => "emergency",
            Class::Urgent => "urgent",
            Class::Booked => "standard",
            Class::Standard => "standard",
        }
    }
}
