//! What an event is about: by this it is found by who follows a job, a technician or a place.
//!
//! The match names every event: a new one does not compile until it is said what it is about.

use crate::board::Event;
use crate::board::fleet::Route;
use crate::board::id::{JobId, Location, TechnicianId};
use crate::geo::Point;

/// What an event is about.
#[derive(Debug, Default)]
pub struct Subjects<'e> {
    /// Jobs.
    pub jobs: Vec<&'e JobId>,
    /// Technicians.
    pub technicians: Vec<&'e TechnicianId>,
    /// Places that the event itself names.
    pub places: Vec<Point>,
}

/// What an event is about.
#[allow(clippy::too_many_lines, reason = "one arm an event")]
pub fn subjects(event: &Event) -> Subjects<'_> {
    let nothing = Subjects::default();
    match event {
        Event::RegionSet(_)
        | Event::EntrySet(_)
        | Event::EntryRemoved(_)
        | Event::PricesSet(_)
        | Event::DemandGiven(_)
        | Event::MovesSought { .. }
        | Event::DeliveryArrived { .. }
        | Event::DeliveryCancelled { .. }
        | Event::PartRecalled { .. } => nothing,
        Event::StockTransferred { from, to, .. } => {
            Subjects { technicians: [from, to].into_iter().filter_map(van).collect(), ..nothing }
        }
        Event::DeliverySet(d) => Subjects { technicians: van(&d.to).into_iter().collect(), ..nothing },
        Event::OfferMade { job, offer } => {
            Subjects { jobs: vec![job], technicians: vec![&offer.technician], ..nothing }
        }
        Event::LeftAlone { job, technician, .. } => {
            Subjects { jobs: job.iter().collect(), technicians: vec![technician], ..nothing }
        }
        Event::MoveProposed { technician, proposed } => {
            Subjects { technicians: vec![technician], places: vec![proposed.from, proposed.to], ..nothing }
        }
        Event::MoveAccepted { technician, .. } | Event::MoveEnded { technician, .. } => {
            Subjects { technicians: vec![technician], ..nothing }
        }
        Event::WorkTimed(timed) => Subjects { technicians: vec![&timed.technician], ..nothing },
        Event::TechnicianSet(t) => {
            Subjects { technicians: vec![&t.id], places: vec![t.start, t.end], ..nothing }
        }
        Event::TechnicianRemoved(id) => Subjects { technicians: vec![id], ..nothing },
        Event::DepotSet(depot) => Subjects { places: vec![depot.place], ..nothing },
        Event::StockAdjusted { lines, .. } => {
            let vans = lines.iter().filter_map(|l| van(&l.location));
            Subjects { technicians: vans.collect(), ..nothing }
        }
        Event::JobCreated(job) => Subjects { jobs: vec![&job.id], places: vec![job.need.place], ..nothing },
        Event::JobCorrected { job, need, .. } => {
            Subjects { jobs: vec![job], places: vec![need.place], ..nothing }
        }
        Event::JobCancelled { job, .. }
        | Event::CustomerSet { job, .. }
        | Event::VisitWithdrawn { job }
        | Event::VisitProgressed { job, .. }
        | Event::PartsPickedUp { job, .. }
        | Event::CommitmentSet { job, .. }
        | Event::PromiseSet { job, .. }
        | Event::ClockSet { job, .. }
        | Event::Escalated { job, .. }
        | Event::SolutionFiled { job, .. }
        | Event::JobSetAside { job, .. }
        | Event::OfferEnded { job, .. }
        | Event::JobRetried { job }
        | Event::WindowNarrowed { job, .. }
        | Event::Decided { job, .. } => Subjects { jobs: vec![job], ..nothing },
        Event::VisitDiverted { job, to, technician } => {
            Subjects { jobs: vec![job, to], technicians: vec![technician], ..nothing }
        }
        Event::WhereaboutsSet { technician, .. } => Subjects { technicians: vec![technician], ..nothing },
        Event::VisitEnded { job, past } => {
            Subjects { jobs: vec![job], technicians: vec![&past.visit.technician], ..nothing }
        }
        Event::VisitsMoved { visits } => Subjects {
            jobs: visits.iter().map(|(job, _)| job).collect(),
            technicians: visits.iter().map(|(_, v)| &v.technician).collect(),
            ..nothing
        },
        Event::RouteSet { technician, route, .. } => Subjects {
            jobs: route.iter().flat_map(Route::jobs).collect(),
            technicians: vec![technician],
            places: route.iter().flat_map(|r| r.stops.iter().map(|s| s.place)).collect(),
        },
        Event::VisitPlanned { job, visit } => {
            Subjects { jobs: vec![job], technicians: vec![&visit.technician], ..nothing }
        }
    }
}

fn van(location: &Location) -> Option<&TechnicianId> {
    match location {
        Location::Van(technician) => Some(technician),
        Location::Depot(_) => None,
    }
}
