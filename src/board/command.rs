//! What can be asked of a region: the closed set of commands that [`super::Board::decide`] judges.

use super::calls::Given;
use super::catalog::{Entry, EntryId};
use super::clocks::ClockKind;
use super::decide::Diversion;
use super::decision::{Cause, Decision};
use super::delivery::{Awaited, Delivery};
use super::event::{Event, StockLine};
use super::fleet::{Depot, Errand, Technician, Window};
use super::id::{DeliveryId, JobId, PartId, TechnicianId};
use super::job::{Customer, Need, Source};
use super::progress::Report;
use super::quote::PriceList;
use super::region::Region;
use crate::geo::Point;
use crate::units::{Cost, Time};
use std::collections::BTreeMap;
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
    /// Look whether somebody idle had better wait elsewhere; only the driver gives it, when it is due.
    SeekMoves(Option<MoveWish>),
    /// Go where a move says.
    AcceptMove {
        /// Who.
        technician: TechnicianId,
        /// Number of the technician's move.
        number: u32,
    },
    /// Stay.
    DeclineMove {
        /// Who.
        technician: TechnicianId,
        /// Number of the technician's move.
        number: u32,
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
    /// Take better routes over, all or none; every hard rule is checked again.
    Adopt(Adoption),
    /// Have rates of demand be these; learned again where `None`.
    GiveDemand(Option<Given>),
    /// Set the region's prices.
    SetPrices {
        /// The list as it shall be (`revision` in it is not read).
        prices: PriceList,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Keep a slot for minutes: a job whose need names the window as promised. It is open until settled.
    HoldSlot {
        /// The job.
        job: NewJob,
        /// Who has to come.
        technician: Option<TechnicianId>,
        /// The day of the window by the region's clock.
        day: Window,
    },
    /// Tell the customer what the plan holds: a hold, or a visit that is planned, becomes a promise.
    Confirm {
        /// The job.
        job: JobId,
        /// What is told of a visit that was planned without a window; the planner fills it in.
        window: Option<Window>,
        /// Whether the technician is named too.
        named: bool,
        /// The customer as it shall be; unchanged where `None`.
        customer: Option<Customer>,
        /// The order number as it shall be; unchanged where `None`.
        order_number: Option<String>,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Agree on another window. The visit is taken back, the job owed a decision; the planner undoes all where
    /// nobody fits.
    Reschedule {
        /// The job.
        job: JobId,
        /// The new window.
        window: Window,
        /// Who has to come.
        technician: Option<TechnicianId>,
        /// The day of the window by the region's clock.
        day: Window,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// Call somebody away for an emergency; only the planner gives it, and settles both jobs.
    Divert(Diversion),
    /// Tell the customer a part of the promised window, the technician having left for it; only the planner gives it.
    Narrow {
        /// The job.
        job: JobId,
        /// Inside what was told before.
        window: Window,
    },
    /// Pause a clock, or let it run again.
    SetClock {
        /// The job.
        job: JobId,
        /// Which clock.
        clock: ClockKind,
        /// Why it stands still; `None` to let it run.
        paused: Option<String>,
        /// The revision the caller has seen.
        revision: Option<u64>,
    },
    /// File what was found to be done.
    FileSolution {
        /// The job.
        job: JobId,
        /// In words.
        text: String,
        /// The job is done with it.
        closes: bool,
        /// The revision the caller has seen.
        revision: Option<u64>,
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

/// Other routes for some shifts, with what they rest on. As with [`Assignment`], times are not part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The shifts whose routes change, each once.
    pub routes: Vec<Reroute>,
    /// What a minute of each technician was worth to coverage, where that was anything.
    pub stakes: BTreeMap<TechnicianId, Cost>,
    /// Every visit that lies ahead in them, each once.
    pub visits: Vec<Replan>,
}

/// Another order of errands for one shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reroute {
    /// Who.
    pub technician: TechnicianId,
    /// Start of the shift.
    pub shift: Time,
    /// The revision of the technician's facts that it rests on.
    pub revision: u64,
    /// The whole route's errands as they were read; the shift's breaks where there was no route.
    pub had: Vec<Errand>,
    /// The whole route's errands as they shall be.
    pub errands: Vec<Errand>,
    /// Where the idle technician is known to be now, where that is not where the plan has them.
    pub seen_at: Option<Point>,
}

/// A visit ahead in one of the routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replan {
    /// Its job.
    pub job: JobId,
    /// The revision of the job that it rests on.
    pub revision: u64,
    /// Parts to reserve.
    pub sources: Vec<Source>,
    /// Why, where it gets another technician, or its first one.
    pub decision: Option<Arc<Decision>>,
}

/// A move that the planner found worth while; the board works its times and costs out itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveWish {
    /// Who.
    pub technician: TechnicianId,
    /// Where to wait.
    pub to: Point,
    /// Calls an hour that somebody would be in time for besides, in millionths.
    pub gain: u64,
    /// What that is worth a minute.
    pub a_minute: Cost,
}

/// What a command makes happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What to journal and apply, in order.
    pub events: Vec<Event>,
    /// Open jobs that the planner must settle next, with why; in the order to settle them.
    pub owed: Vec<(JobId, Cause)>,
}

impl Step {
    /// A visit does not take place; its job is owed another.
    pub(super) fn withdraw(&mut self, job: JobId, why: Cause) {
        self.events.push(Event::VisitWithdrawn { job: job.clone() });
        self.owed.push((job, why));
    }
}
