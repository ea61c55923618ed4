//! Jobs and their visits.

use super::booking::Booking;
use super::catalog::{PartCount, Requirement};
use super::decision::Decision;
use super::delivery::Awaited;
use super::fleet::Window;
use super::id::{FamilyId, FaultId, JobId, KitId, LevelId, Location, TechnicianId};
use super::progress::{Actual, PastVisit};
use crate::geo::Point;
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What kind of work a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum JobKind {
    /// Something is broken.
    Repair,
    /// Something new is put in.
    Install,
    /// Planned care.
    Maintenance,
    /// A look, no parts.
    Inspection,
    /// Solved from afar: no visit is planned.
    Remote,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum JobState {
    /// Nobody is planned.
    Open,
    /// A visit is planned.
    Planned,
    /// The customer has been promised a window or a technician.
    Promised,
    /// The technician is on the way.
    EnRoute,
    /// The technician is there.
    OnSite,
    /// Done.
    Done,
    /// Another visit is needed.
    FollowUp,
    /// Called off.
    Cancelled,
}

/// How firmly a visit is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Commitment {
    /// The machine may move it.
    Planned,
    /// Moving it costs.
    Promised,
    /// A human said so.
    Locked,
    /// On the way.
    EnRoute,
    /// Never moved.
    OnSite,
}

/// A fault that a job may have, in parts per million of odds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikelyFault {
    /// The fault.
    pub fault: FaultId,
    /// 1..=1_000_000; a job's sum to at most 1_000_000.
    pub ppm: u32,
}

/// What a job needs, as the caller said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// What kind of work.
    pub kind: JobKind,
    /// Where.
    pub place: Point,
    /// The service level.
    pub level: LevelId,
    /// The visit starts inside one of them, at any time where empty; sorted, disjoint.
    pub access: Vec<Window>,
    /// The promised arrival interval; not before its start, late after its end.
    pub promised: Option<Window>,
    /// The appliance.
    pub family: Option<FamilyId>,
    /// Known or likely.
    pub faults: Vec<LikelyFault>,
    /// Beyond those of family and faults.
    pub requirements: Vec<Requirement>,
    /// Beyond those of the faults.
    pub parts: Vec<PartCount>,
    /// Unpacked to parts.
    pub kits: Vec<KitId>,
    /// How long the work takes, where the caller knows.
    pub service: Option<Span>,
    /// A visit without parts will do.
    pub inspect_only: bool,
    /// Technicians the customer will not have; sorted.
    pub excluded: Vec<TechnicianId>,
    /// Warranty pays labour and parts.
    #[serde(default)]
    pub warranty: bool,
    /// What the customer would like of who comes.
    pub wishes: Wishes,
}

/// What a customer would like of who comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Technicians the customer knows and would like again; sorted.
    pub preferred: Vec<TechnicianId>,
    /// The language spoken at the door, such as `it`.
    pub language: Option<String>,
    /// Whether nobody else will do than who speaks it.
    pub language_required: bool,
    /// An elderly customer: work takes longer, a patient technician is preferred.
    pub elderly_care: bool,
}

/// What a visit takes once family, faults and kits are unpacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Sorted by kind, each once at its highest level.
    pub requirements: Vec<Requirement>,
    /// Sorted by part, each once.
    pub parts: Vec<PartCount>,
    /// How long the work takes, over zero.
    pub service: Span,
    /// Latest arrival by the service level's response target, where it has one and nothing was promised.
    pub respond_by: Option<Time>,
    /// Cost of a second of lateness in thousandths of a paid second, the policy's factor applied.
    pub lateness_permille: u32,
}

/// Who called. Personal: kept apart, never logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The caller's own id of the customer.
    pub id: String,
    /// As spoken.
    pub display_name: String,
    /// E.164.
    pub phone: String,
    /// In words.
    pub address: String,
    /// How to get in.
    pub access_note: String,
}

/// So many of a part, from a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Where it lies.
    pub location: Location,
    /// What and how many.
    pub part_count: PartCount,
}

/// One planned attendance. Its stop is in the technician's route of the shift that starts at `shift`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// 1 for a job's first.
    pub number: u32,
    /// Who goes.
    pub technician: TechnicianId,
    /// Start of the shift whose route holds the stop.
    pub shift: Time,
    /// How firmly it is bound.
    pub commitment: Commitment,
    /// Parts kept for it.
    pub sources: Vec<Source>,
    /// Parts that are still on their way and kept for it; the visit comes after they arrive.
    pub awaits: Vec<Awaited>,
    /// What was reported of it.
    pub actual: Actual,
    /// Whether a human had bound it when the technician left: it is not diverted from, and bound again by turning round.
    #[serde(default)]
    pub pinned: bool,
}

impl Visit {
    /// Everything it draws on, there already or awaited.
    pub fn draws(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().chain(self.awaits.iter().map(|a| &a.source))
    }
}

/// One customer's need and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The id.
    pub id: JobId,
    /// The caller's own number, unique in the region.
    pub order_number: Option<String>,
    /// What was said.
    pub need: Need,
    /// What it takes.
    pub demand: Demand,
    /// Where it stands.
    pub state: JobState,
    /// The live visit: there is one exactly in the states Planned, Promised, EnRoute, OnSite.
    pub visit: Option<Visit>,
    /// Visits that are over, the newest first, at most [`super::progress::KEPT_VISITS`].
    pub past: Vec<PastVisit>,
    /// How many visits there have been.
    pub visits: u32,
    /// When it was called in.
    pub created: Time,
    /// When it last changed.
    pub updated: Time,
    /// Rises by one with each change.
    pub revision: u64,
    /// The newest first, at most [`KEPT_DECISIONS`].
    pub decisions: Vec<Arc<Decision>>,
    /// Why it was called off.
    pub cancel_reason: Option<String>,
    /// What the customer was told, and the clocks on it.
    #[serde(default)]
    pub booking: Booking,
    /// Why a human took its visit away, while nobody is planned: the machine does not plan it by itself.
    pub set_aside: Option<String>,
}

/// How many decisions a job keeps.
pub const KEPT_DECISIONS: usize = 10;

impl Job {
    /// Whether it waits for a visit to be planned.
    pub fn waits(&self) -> bool {
        matches!(self.state, JobState::Open | JobState::FollowUp)
    }
}

impl Job {
    /// Whether its visit belongs to its technician whatever the plan: who was named to the customer, whom the
    /// customer wished for, who waits for its parts.
    pub fn tied(&self) -> bool {
        let named = self.booking.promise.as_ref().is_some_and(|p| p.technician.is_some());
        let awaits = self.visit.as_ref().is_some_and(|v| !v.awaits.is_empty());
        named || awaits || self.need.wishes != Wishes::default()
    }
}

impl JobState {
    /// The state a job takes from its live visit.
    pub fn of(commitment: Commitment) -> JobState {
        match commitment {
            Commitment::Planned => JobState::Planned,
            Commitment::Promised | Commitment::Locked => JobState::Promised,
            Commitment::EnRoute => JobState::EnRoute,
            Commitment::OnSite => JobState::OnSite,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, JobState::Done | JobState::Cancelled)
    }
}
