//! What technicians report of their day, and what is known from it.

use super::catalog::PartCount;
use super::id::JobId;
use super::job::Visit;
use crate::geo::Point;
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};

/// Where a technician who reports is in the shift that is on. One who never reports is taken to follow the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// Start of the shift it is about.
    pub shift: Time,
    /// Where the technician is, or was when last heard of; under way it is where the way began.
    pub place: Point,
    /// From when the technician is free there, what is under way apart.
    pub free: Time,
    /// How many of the shift's breaks are over or begun.
    pub rested: u8,
    /// The moment of the newest report.
    pub heard: Time,
    /// By how much the plan was last put off for want of a report; zero once there is one.
    pub slid: Span,
}

/// What really happened of a visit so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actual {
    /// When the technician left for it.
    pub departed: Option<Time>,
    /// When the technician got there.
    pub arrived: Option<Time>,
    /// When work began.
    pub started: Option<Time>,
    /// Parts reported as used so far; sorted, each once.
    pub used: Vec<PartCount>,
}

/// What a technician says happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The shift has begun.
    ShiftStarted,
    /// The shift is over: what is still planned goes to others.
    ShiftEnded,
    /// The next break has begun.
    BreakStarted,
    /// It is over.
    BreakEnded,
    /// On the way to a job.
    Departed(JobId),
    /// There.
    Arrived(JobId),
    /// Work has begun.
    Started(JobId),
    /// Work will be over in so long.
    Remaining(JobId, Span),
    /// Parts were used, beyond those said before.
    PartsUsed(JobId, Vec<PartCount>),
    /// Work is done.
    Finished(JobId, Finish),
    /// It cannot be done on this visit: another one is needed.
    CannotComplete(JobId, Hindrance, Finish, Vec<PartCount>),
    /// The technician cannot work until then, or for the rest of the shift: what is planned goes to others.
    Absent(Option<Time>),
}

impl Report {
    /// The job it is about, where it is about one.
    pub fn job(&self) -> Option<&JobId> {
        match self {
            Report::Departed(job)
            | Report::Arrived(job)
            | Report::Started(job)
            | Report::Remaining(job, _)
            | Report::PartsUsed(job, _)
            | Report::Finished(job, _)
            | Report::CannotComplete(job, ..) => Some(job),
            Report::ShiftStarted
            | Report::ShiftEnded
            | Report::BreakStarted
            | Report::BreakEnded
            | Report::Absent(_) => None,
        }
    }
}

/// How work ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finish {
    /// All parts used, sorted, each once; where `None`, those said before, or else all that were kept for the visit.
    pub used: Option<Vec<PartCount>>,
    /// What was found and done, in words.
    pub note: String,
}

/// Why a visit did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hindrance {
    /// A part is missing.
    PartMissing,
    /// Nobody opened, or the appliance cannot be reached.
    NoAccess,
    /// It takes another certificate or skill.
    WrongSkill,
    /// The customer does not want it done.
    CustomerRefuses,
    /// An accessory is needed.
    AccessoryNeeded,
    /// The technician had to leave.
    TechnicianLeft,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The work is done.
    Finished,
    /// Another visit is needed.
    Incomplete(Hindrance),
}

/// A visit that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastVisit {
    /// As it was; its parts are no longer kept.
    pub visit: Visit,
    /// When it ended.
    pub at: Time,
    /// How.
    pub ending: Ending,
    /// Parts used, sorted, each once.
    pub used: Vec<PartCount>,
    /// What was found and done, in words.
    pub note: String,
}

/// How many past visits a job keeps.
pub const KEPT_VISITS: usize = 10;
