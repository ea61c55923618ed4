//! What can be asked of a region: the closed set of commands that [`super::Board::decide`] judges.

use super::catalog::{Entry, EntryId};
use super::decision::{Cause, Decision};
use super::delivery::{Awaited, Delivery};
use super::event::{Event, StockLine};
use super::fleet::{Depot, Errand, Technician};
use super::id::{DeliveryId, JobId, PartId, TechnicianId};
use super::job::{Customer, Need, Source};
use super::progress::Report;
use super::region::Region;
use crate::geo::Point;
use crate::units::Time;
use std::sync::Arc;

/// What a caller, or the planner, asks for. Values are well-formed: the door has checked them.
#[derive(Clone, Debug)]
pub enum Command {
    /// Change the region's own facts; `revision` guards where given.
    SetRegion {
        /// The region as it shall be.
        region: Region,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Add or replace catalogue entries, all or none.
    Import(Vec<Entry>),
    /// Remove an entry that nothing refers to.
    RemoveEntry(EntryId),
    /// Add technicians, all or none.
    AddTechnicians(Vec<Technician>),
    /// Replace a technician's facts. Visits that no longer hold are withdrawn.
    ChangeTechnician {
        /// The technician as it shall be (`revision` in it is not read).
        technician: Technician,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Remove a technician without visits, whose van is empty.
    RemoveTechnician(TechnicianId),
    /// Add a depot.
    AddDepot(Depot),
    /// Add to or take from stock, all lines or none.
    AdjustStock {
        /// The lines.
        lines: Vec<StockLine>,
        /// Why.
        reason: String,
    },
    /// Take a job in; it is open until settled.
    CreateJob(NewJob),
    /// Correct a job that is not over, on site or under way; a visit of it is withdrawn where the need changed.
    CorrectJob {
        /// The job.
        job: JobId,
        /// Its number as it shall be.
        order_number: Option<String>,
        /// The need as it shall be.
        need: Need,
        /// The customer as it shall be; unchanged where `None`.
        customer: Option<Customer>,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Call a job off before anybody is on site. Calling it off again changes nothing.
    CancelJob {
        /// The job.
        job: JobId,
        /// Why.
        reason: String,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Take a technician's word for what happened.
    Report {
        /// Who says so.
        technician: TechnicianId,
        /// When it happened; not after now.
        at: Time,
        /// What.
        report: Report,
    },
    /// Bind a live visit to its technician by a human's word, or loosen it again.
    SetLock {
        /// The job.
        job: JobId,
        /// Whether it is bound.
        locked: bool,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Put a job's visit where a human says: the machine's choice is asked for the way, not for leave.
    Place {
        /// The job.
        job: JobId,
        /// Who goes and how.
        assignment: Assignment,
        /// Whether the machine must leave it there.
        locked: bool,
        /// What was weighed.
        decision: Arc<Decision>,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Take a visit away from its technician.
    Unassign {
        /// The job.
        job: JobId,
        /// Why.
        reason: String,
        /// Whether the machine is to find somebody at once; else the job waits for a human.
        replan: bool,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Put a route's errands into another order.
    Reorder {
        /// Whose.
        technician: TechnicianId,
        /// Start of the shift.
        shift: Time,
        /// The whole route's errands as they shall be.
        errands: Vec<Errand>,
    },
    /// Take an offered visit on.
    AcceptOffer {
        /// The job.
        job: JobId,
        /// Number of its visit.
        visit: u32,
    },
    /// Decline an offered visit: the next candidate is asked.
    DeclineOffer {
        /// The job.
        job: JobId,
        /// Number of its visit.
        visit: u32,
        /// Why.
        reason: String,
    },
    /// Send parts from one place to another, or announce parts that arrive from outside. `sent` and `kept` are
    /// not read.
    Send(Delivery),
    /// A delivery will not come.
    CancelDelivery(DeliveryId),
    /// A part must not be used any more.
    RecallPart(PartId),
    /// Do what falls due first; only the driver gives it, when it is due.
    Wake,
    /// Settle an open job as the planner proposes; every hard rule is checked again.
    Settle {
        /// The job.
        job: JobId,
        /// Who goes and how; nobody where `None`.
        assignment: Option<Assignment>,
        /// What was weighed.
        decision: Arc<Decision>,
    },
}

/// A job as a caller gives it.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// The id to give it.
    pub id: JobId,
    /// The caller's own number.
    pub order_number: Option<String>,
    /// What is needed.
    pub need: Need,
    /// Who called.
    pub customer: Customer,
}

/// A proposal: the errands of one shift's route with the job's visit among them, and where parts come from.
/// Times are not part of it: the board works them out by a true forward pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Who.
    pub technician: TechnicianId,
    /// Start of the shift.
    pub shift: Time,
    /// The whole route's errands in order.
    pub errands: Vec<Errand>,
    /// Parts to reserve.
    pub sources: Vec<Source>,
    /// Parts to keep of deliveries; with the sources they are what the job takes.
    pub awaits: Vec<Awaited>,
    /// Where the idle technician is known to be now, where that is not where the plan has them.
    pub seen_at: Option<Point>,
}

/// What a command makes happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What to journal and apply, in order.
    pub events: Vec<Event>,
    /// Open jobs that the planner must settle next, with why; in the order to settle them.
    pub owed: Vec<(JobId, Cause)>,
}
