//! Technicians, their certificates, shifts and planned routes; depots.

use super::id::{CertificationKindId, DepotId, JobId, TechnicianId};
use crate::geo::Point;
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A half-open stretch of time; `start < end` always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First second inside.
    pub start: Time,
    /// First second after.
    pub end: Time,
}

impl Window {
    /// `None` unless `start < end`.
    pub fn new(start: Time, end: Time) -> Option<Window> {
        (start < end).then_some(Window { start, end })
    }

    /// Whether the two share a second.
    pub fn overlaps(&self, other: &Window) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Its length.
    pub fn length(&self) -> Span {
        self.end - self.start
    }
}

/// A certificate held over `[valid_from, valid_to)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Certification {
    /// What kind.
    pub kind: CertificationKindId,
    /// 1..=9.
    pub level: u8,
    /// First second it counts; [`Time::MIN`] where always.
    pub valid_from: Time,
    /// First second it no longer counts; [`Time::MAX`] where never.
    pub valid_to: Time,
}

/// A break that must start and end inside its window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// When it may be taken.
    pub window: Window,
    /// How long; fits the window.
    pub duration: Span,
}

/// A stretch of work with its breaks, in order and inside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// From when to when.
    pub window: Window,
    /// In order, not overlapping.
    pub breaks: Vec<Break>,
}

/// A technician with what is planned. Routes are keyed by the start of their shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technician {
    /// The id.
    pub id: TechnicianId,
    /// What people call the technician.
    pub display_name: String,
    /// Sorted; a kind may occur more than once with different validity.
    pub certifications: Vec<Certification>,
    /// Sorted by start, not overlapping.
    pub shifts: Vec<Shift>,
    /// Where shifts start.
    pub start: Point,
    /// Where they end.
    pub end: Point,
    /// Own longest overtime; the policy's where `None`.
    pub overtime_allowance: Option<Span>,
    /// What customers may wish for, and whose employee it is.
    pub traits: Traits,
    /// Rises by one with each change of these facts (routes apart).
    pub revision: u64,
}

/// What there is to know of a technician besides what they may do and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// Languages spoken, such as `it`; sorted, each once.
    pub languages: Vec<String>,
    /// Takes time for elderly customers.
    pub patient: bool,
    /// Who employs the technician, where that is a partner.
    pub partner: Option<Partner>,
}

/// An outsourced technician's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// The pool the technician belongs to.
    pub pool: String,
    /// What a visit is billed at, as paid technician time.
    pub visit_price: Span,
}

/// What a stop of a route is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Errand {
    /// The live visit of a job.
    Visit(JobId),
    /// Picking up parts.
    Depot(DepotId),
    /// A break: the n-th of the shift, from 0. It is taken where the technician is.
    Break(u8),
}

/// One planned stop with the travel that leads to it. `depart <= arrive <= start < end` (a depot's or break's
/// `start` may equal its `end` where it takes no time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What for.
    pub errand: Errand,
    /// Where; for a break, where the stop before is.
    pub place: Point,
    /// When the technician leaves the stop before: as late as the window here allows, never before being free.
    pub depart: Time,
    /// When the technician gets here.
    pub arrive: Time,
    /// When work starts.
    pub start: Time,
    /// When the technician is free again.
    pub end: Time,
    /// Travel from the stop before, in seconds.
    pub seconds: u32,
    /// The same in metres.
    pub metres: u32,
}

/// The way home after the last stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayHome {
    /// When it is left.
    pub depart: Time,
    /// When home is reached.
    pub arrive: Time,
    /// Travel in seconds.
    pub seconds: u32,
    /// The same in metres.
    pub metres: u32,
}

/// A technician's planned stops of one shift. Never empty of visits: a route without a visit is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The shift it belongs to.
    pub shift: Window,
    /// Where it begins: the technician's start place, or where the idle technician was seen when it was planned.
    pub from: Point,
    /// In order.
    pub stops: Vec<Stop>,
    /// The way to the end place.
    pub home: WayHome,
}

/// A place where parts are picked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depot {
    /// The id.
    pub id: DepotId,
    /// What people call it.
    pub display_name: String,
    /// Where it is.
    pub place: Point,
    /// How long a pick-up takes.
    pub pickup: Span,
}

/// The routes of one technician, by start of shift.
pub type Routes = BTreeMap<Time, Route>;

impl Technician {
    /// The shift that starts then.
    pub fn shift(&self, start: Time) -> Option<&Shift> {
        self.shifts.iter().find(|s| s.window.start == start)
    }

    /// Longest overtime after a shift: the own or the `usual` one, as far as the next shift leaves room for it.
    pub fn allowance(&self, shift: &Window, usual: Span) -> Span {
        self.up_to_next(shift, self.overtime_allowance.unwrap_or(usual))
    }

    /// So much time after a shift, or what there is until the next one begins.
    pub fn up_to_next(&self, shift: &Window, longest: Span) -> Span {
        let next = self.shifts.iter().map(|s| s.window.start).find(|start| *start >= shift.end);
        next.map_or(longest, |start| longest.min(start - shift.end))
    }

    /// Whether a certificate that grants what is required is held, whenever it is valid.
    pub fn holds(&self, required: &super::catalog::Requirement) -> bool {
        self.certifications.iter().any(|c| c.grants(&required.kind, required.min_level))
    }

    /// Whether the language that a customer cannot do without is spoken.
    pub fn speaks(&self, wishes: &super::job::Wishes) -> bool {
        let needed = wishes.language.as_ref().filter(|_| wishes.language_required);
        needed.is_none_or(|language| self.traits.languages.contains(language))
    }
}

impl Certification {
    /// Whether it grants `kind` at `min_level` over all of `span`.
    pub fn covers(&self, kind: &CertificationKindId, min_level: u8, span: &Window) -> bool {
        self.grants(kind, min_level) && self.valid_from <= span.start && span.end <= self.valid_to
    }

    /// Whether it grants `kind` at `min_level`, whenever.
    pub fn grants(&self, kind: &CertificationKindId, min_level: u8) -> bool {
        let min_level = if crate::units::planted::is("certificate-level") { 1 } else { min_level };
        self.kind == *kind && self.level >= min_level
    }
}

impl Route {
    /// When the first stop is set out for.
    pub fn leaves(&self) -> Time {
        self.stops.first().map_or(self.home.depart, |s| s.depart)
    }

    /// Whether any of both is driven at the same time.
    pub fn meets(&self, other: &Route) -> bool {
        self.leaves() < other.home.arrive && other.leaves() < self.home.arrive
    }

    /// Travel seconds of the whole route, the way home included.
    pub fn travel_seconds(&self) -> u64 {
        self.stops.iter().map(|s| u64::from(s.seconds)).sum::<u64>() + u64::from(self.home.seconds)
    }

    /// Travel metres of the whole route, the way home included.
    pub fn travel_metres(&self) -> u64 {
        self.stops.iter().map(|s| u64::from(s.metres)).sum::<u64>() + u64::from(self.home.metres)
    }

    /// The jobs visited, in order.
    pub fn jobs(&self) -> impl Iterator<Item = &JobId> {
        self.stops.iter().filter_map(|s| match &s.errand {
            Errand::Visit(job) => Some(job),
            Errand::Depot(_) | Errand::Break(_) => None,
        })
    }

    /// The stop of a job's visit, with its number in the route.
    pub fn stop_of(&self, job: &JobId) -> Option<(usize, &Stop)> {
        self.stops.iter().enumerate().find(|(_, s)| matches!(&s.errand, Errand::Visit(j) if j == job))
    }
}
