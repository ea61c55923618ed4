//! A record: what one request changed in one region, with all that an auditor asks for.

use crate::board::Event;
use crate::board::fleet::Errand;
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::job::Customer;
use crate::units::Time;

/// One change of one region.
#[derive(Clone, Debug)]
pub struct Record {
    /// Which region.
    pub region: RegionId,
    /// 1 for the region's first, without a gap.
    pub seq: u64,
    /// When it was decided.
    pub now: Time,
    /// Who asked.
    pub actor: &'static str,
    /// Whose region it is.
    pub tenant: String,
    /// The method that was called.
    pub kind: &'static str,
    /// What happened.
    pub events: Vec<Event>,
    /// The reply, where the caller wants to be able to repeat the request.
    pub receipt: Option<Receipt>,
}

/// A reply kept under its request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The caller's id.
    pub request_id: String,
    /// Method and body.
    pub digest: String,
    /// What was answered.
    pub reply: Vec<u8>,
    /// When.
    pub at: Time,
}

impl Record {
    /// The first job it is about.
    pub fn job(&self) -> Option<&JobId> {
        self.events.iter().find_map(|event| match event {
            Event::JobCreated(job) => Some(&job.id),
            Event::JobCorrected { job, .. }
            | Event::JobCancelled { job, .. }
            | Event::CustomerSet { job, .. }
            | Event::VisitPlanned { job, .. }
            | Event::VisitWithdrawn { job }
            | Event::VisitProgressed { job, .. }
            | Event::PartsPickedUp { job, .. }
            | Event::VisitEnded { job, .. }
            | Event::CommitmentSet { job, .. }
            | Event::PromiseSet { job, .. }
            | Event::ClockSet { job, .. }
            | Event::Escalated { job, .. }
            | Event::SolutionFiled { job, .. }
            | Event::JobSetAside { job, .. }
            | Event::OfferMade { job, .. }
            | Event::OfferEnded { job, .. }
            | Event::JobRetried { job }
            | Event::WindowNarrowed { job, .. }
            | Event::VisitDiverted { job, .. }
            | Event::Decided { job, .. } => Some(job),
            Event::VisitsMoved { visits } => visits.first().map(|(job, _)| job),
            Event::RouteSet { route, .. } => {
                route.as_ref().and_then(|r| r.stops.first()).and_then(|s| match &s.errand {
                    Errand::Visit(job) => Some(job),
                    Errand::Depot(_) | Errand::Break(_) => None,
                })
            }
            Event::RegionSet(_)
            | Event::EntrySet(_)
            | Event::EntryRemoved(_)
            | Event::TechnicianSet(_)
            | Event::TechnicianRemoved(_)
            | Event::DepotSet(_)
            | Event::WhereaboutsSet { .. }
            | Event::PricesSet(_)
            | Event::DemandGiven(_)
            | Event::LeftAlone { .. }
            | Event::MoveProposed { .. }
            | Event::MoveAccepted { .. }
            | Event::MoveEnded { .. }
            | Event::MovesSought { .. }
            | Event::WorkTimed(_)
            | Event::StockTransferred { .. }
            | Event::DeliverySet(_)
            | Event::DeliveryArrived { .. }
            | Event::DeliveryCancelled { .. }
            | Event::PartRecalled { .. }
            | Event::StockAdjusted { .. } => None,
        })
    }

    /// The first technician it is about.
    pub fn technician(&self) -> Option<&TechnicianId> {
        self.events.iter().find_map(|event| match event {
            Event::TechnicianSet(t) => Some(&t.id),
            Event::TechnicianRemoved(id)
            | Event::RouteSet { technician: id, .. }
            | Event::LeftAlone { technician: id, .. }
            | Event::VisitDiverted { technician: id, .. }
            | Event::MoveProposed { technician: id, .. }
            | Event::MoveAccepted { technician: id, .. }
            | Event::MoveEnded { technician: id, .. }
            | Event::WhereaboutsSet { technician: id, .. } => Some(id),
            Event::VisitEnded { past, .. } => Some(&past.visit.technician),
            Event::VisitPlanned { visit, .. } => Some(&visit.technician),
            Event::VisitsMoved { visits } => visits.first().map(|(_, visit)| &visit.technician),
            Event::OfferMade { offer, .. } => Some(&offer.technician),
            Event::WorkTimed(timed) => Some(&timed.technician),
            Event::RegionSet(_)
            | Event::EntrySet(_)
            | Event::EntryRemoved(_)
            | Event::DepotSet(_)
            | Event::StockAdjusted { .. }
            | Event::StockTransferred { .. }
            | Event::DeliverySet(_)
            | Event::DeliveryArrived { .. }
            | Event::DeliveryCancelled { .. }
            | Event::PartRecalled { .. }
            | Event::JobCreated(_)
            | Event::JobCorrected { .. }
            | Event::JobCancelled { .. }
            | Event::CustomerSet { .. }
            | Event::VisitWithdrawn { .. }
            | Event::VisitProgressed { .. }
            | Event::PartsPickedUp { .. }
            | Event::CommitmentSet { .. }
            | Event::PricesSet(_)
            | Event::DemandGiven(_)
            | Event::PromiseSet { .. }
            | Event::ClockSet { .. }
            | Event::Escalated { .. }
            | Event::SolutionFiled { .. }
            | Event::JobSetAside { .. }
            | Event::OfferEnded { .. }
            | Event::JobRetried { .. }
            | Event::WindowNarrowed { .. }
            | Event::MovesSought { .. }
            | Event::Decided { .. } => None,
        })
    }

    /// Personal data it sets or erases, by job.
    pub fn customers(&self) -> impl Iterator<Item = (&JobId, Option<&Customer>)> {
        self.events.iter().filter_map(|event| match event {
            Event::CustomerSet { job, customer } => Some((job, customer.as_ref())),
            _ => None,
        })
    }

    /// Whether it replaces or erases personal data that was written before.
    pub fn erases(&self) -> bool {
        self.customers().next().is_some() && !self.events.iter().any(|e| matches!(e, Event::JobCreated(_)))
    }

    /// Its events as they are written down: without personal data.
    pub fn payload(&self) -> Vec<u8> {
        payload(&bare(self.events.clone()))
    }
}

/// Events without personal data.
pub fn bare(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        if let Event::CustomerSet { customer, .. } = event {
            *customer = None;
        }
    }
    events
}

/// Bare events as they are written down.
pub fn payload(bare: &[Event]) -> Vec<u8> {
    serde_json::to_vec(bare).expect("events can always be written as JSON")
}
