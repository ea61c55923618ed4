//! What happened to a region: the closed set of facts that its board is a fold of.

use super::booking::{Promise, Solution, Why};
use super::calls::Given;
use super::catalog::{Entry, EntryId, PartCount};
use super::clocks::{Clock, Escalation};
use super::decision::Decision;
use super::delivery::Delivery;
use super::fleet::{Depot, Route, Technician, Window};
use super::id::{DeliveryId, DepotId, JobId, Location, PartId, TechnicianId};
use super::job::{Commitment, Customer, Demand, Job, Need, Visit};
use super::learned::Timed;
use super::moves::{Move, MoveEnding};
use super::offer::{Offer, OfferEnding};
use super::progress::{Actual, PastVisit, Whereabouts};
use super::quote::PriceList;
use super::region::Region;
use crate::units::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A line of a stock adjustment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// Where.
    pub location: Location,
    /// What.
    pub part: PartId,
    /// Added where positive, taken where negative.
    pub delta: i32,
}

/// One fact. Applying it cannot fail: it was checked when it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The region came to be, or its own facts changed.
    RegionSet(Region),
    /// An entry was added or replaced.
    EntrySet(Entry),
    /// An entry was removed.
    EntryRemoved(EntryId),
    /// A technician was added or changed.
    TechnicianSet(Technician),
    /// A technician left; there was no route any more.
    TechnicianRemoved(TechnicianId),
    /// A depot was added.
    DepotSet(Depot),
    /// Stock was added or taken.
    StockAdjusted {
        /// All lines.
        lines: Vec<StockLine>,
        /// Why.
        reason: String,
    },
    /// Free parts went from one place to another.
    StockTransferred {
        /// From where.
        from: Location,
        /// To where.
        to: Location,
        /// What.
        parts: Vec<PartCount>,
    },
    /// Parts are on their way.
    DeliverySet(Delivery),
    /// They are there: free, and reserved for those who kept them.
    DeliveryArrived {
        /// Which.
        delivery: DeliveryId,
    },
    /// They will not come; nobody keeps any of them any more.
    DeliveryCancelled {
        /// Which.
        delivery: DeliveryId,
    },
    /// All of a part that was free or on its way has left; no visit ahead keeps any.
    PartRecalled {
        /// Which.
        part: PartId,
    },
    /// A job came in, without a visit.
    JobCreated(Box<Job>),
    /// A job's caller-given facts were corrected.
    JobCorrected {
        /// The job.
        job: JobId,
        /// Its number now.
        order_number: Option<String>,
        /// What is needed now.
        need: Need,
        /// What that takes.
        demand: Demand,
    },
    /// A job was called off; it had no visit any more.
    JobCancelled {
        /// The job.
        job: JobId,
        /// Why.
        reason: String,
    },
    /// Who called. Personal: the journal keeps it apart so that it can be erased.
    CustomerSet {
        /// The job.
        job: JobId,
        /// The customer; `None` once erased.
        customer: Option<Customer>,
    },
    /// A technician's route of one shift is now this; `None` takes it away.
    RouteSet {
        /// Who.
        technician: TechnicianId,
        /// Start of the shift.
        shift: Time,
        /// The stops.
        route: Option<Route>,
    },
    /// A visit was planned: its parts are reserved, the job follows its commitment.
    VisitPlanned {
        /// The job.
        job: JobId,
        /// The visit.
        visit: Visit,
    },
    /// The live visit was taken back: its parts are free again, the job is open.
    VisitWithdrawn {
        /// The job.
        job: JobId,
    },
    /// Where a technician who reports is; `None` once the shift is over.
    WhereaboutsSet {
        /// Who.
        technician: TechnicianId,
        /// What is known.
        whereabouts: Option<Whereabouts>,
    },
    /// The live visit got on as reported; its commitment follows.
    VisitProgressed {
        /// The job.
        job: JobId,
        /// All that was reported of it so far.
        actual: Actual,
    },
    /// Parts kept at a depot for a visit lie in the technician's van now.
    PartsPickedUp {
        /// The job.
        job: JobId,
        /// Where they were.
        depot: DepotId,
    },
    /// The live visit is over: parts used are consumed from the van, others that were kept are free there.
    VisitEnded {
        /// The job.
        job: JobId,
        /// The visit as it was, with how it ended.
        past: PastVisit,
    },
    /// The live visit is bound more or less firmly than before.
    CommitmentSet {
        /// The job.
        job: JobId,
        /// How firmly.
        commitment: Commitment,
    },
    /// A human took the job's visit away: the machine leaves it alone until it is assigned or corrected.
    JobSetAside {
        /// The job.
        job: JobId,
        /// Why.
        reason: String,
    },
    /// A planned visit was put to its technician.
    OfferMade {
        /// The job.
        job: JobId,
        /// The offer.
        offer: Offer,
    },
    /// The open offer of a job ended.
    OfferEnded {
        /// The job.
        job: JobId,
        /// How.
        ending: OfferEnding,
    },
    /// A technician is not to be asked until then.
    LeftAlone {
        /// About this job; about any that would be offered where `None`.
        job: Option<JobId>,
        /// Who.
        technician: TechnicianId,
        /// Until when.
        until: Time,
    },
    /// A job that waits since it was declined is tried again: a cool-down is over, or ground was freed.
    JobRetried {
        /// The job.
        job: JobId,
    },
    /// An idle technician was asked to wait elsewhere.
    MoveProposed {
        /// Who.
        technician: TechnicianId,
        /// Where, and why.
        proposed: Move,
    },
    /// The technician goes there.
    MoveAccepted {
        /// Who.
        technician: TechnicianId,
        /// Number of the technician's move.
        number: u32,
        /// When the technician gets there.
        arrives: Time,
        /// When the posting ends.
        until: Time,
    },
    /// A technician's open move ended.
    MoveEnded {
        /// Who.
        technician: TechnicianId,
        /// Number of the technician's move.
        number: u32,
        /// How.
        ending: MoveEnding,
        /// Until when the technician is not asked again, where that is so.
        rests: Option<Time>,
    },
    /// It was looked whether somebody had better wait elsewhere.
    MovesSought {
        /// When it is looked again.
        next: Time,
    },
    /// A finished visit tells how long such work takes.
    WorkTimed(Timed),
    /// What was decided about a job.
    Decided {
        /// The job.
        job: JobId,
        /// The decision.
        decision: Arc<Decision>,
    },
    /// Live visits were exchanged: other technicians, other places for parts. They keep number and commitment.
    /// One event, since what one gives back another may keep.
    VisitsMoved {
        /// Each job with its visit as it is now.
        visits: Vec<(JobId, Visit)>,
    },
    /// The region's prices are now these.
    PricesSet(PriceList),
    /// A planner gave the region's rates of demand; `None` where they are learned again.
    DemandGiven(Option<Given>),
    /// The customer was told this; `None` takes a promise back. A hold ends with it.
    PromiseSet {
        /// The job.
        job: JobId,
        /// What was told.
        promise: Option<Promise>,
        /// Why.
        why: Why,
    },
    /// A technician on the way to a visit was called away for an emergency.
    VisitDiverted {
        /// The job that is no longer driven to; its visit is withdrawn in the same step.
        job: JobId,
        /// The emergency.
        to: JobId,
        /// Who.
        technician: TechnicianId,
    },
    /// The technician is on the way: the customer is told a part of the promised window. What was promised stays.
    WindowNarrowed {
        /// The job.
        job: JobId,
        /// When the technician arrives, inside the promised window.
        window: Window,
    },
    /// A clock was paused, resumed or set to another target.
    ClockSet {
        /// The job.
        job: JobId,
        /// The clock as it is now.
        clock: Clock,
    },
    /// A clock is near its end, or past it.
    Escalated {
        /// The job.
        job: JobId,
        /// What was raised.
        escalation: Escalation,
    },
    /// A solution was filed.
    SolutionFiled {
        /// The job.
        job: JobId,
        /// What.
        solution: Solution,
        /// The job is done with it.
        closes: bool,
    },
}
