//! Where an event changes what is free or expected: what the index has to look at again.

use crate::board::id::{JobId, Location, PartId};
use crate::board::job::Visit;
use crate::board::{Board, Event};
use crate::coverage::live::Change;

/// Places and parts whose counts an event may change, told from the board before it.
pub fn touched(board: &Board, event: &Event) -> Vec<(Location, PartId)> {
    let live = |job: &JobId| board.jobs[job].visit.as_ref().map_or_else(Vec::new, drawn);
    match event {
        Event::StockAdjusted { lines, .. } => {
            lines.iter().map(|l| (l.location.clone(), l.part.clone())).collect()
        }
        Event::VisitPlanned { visit, .. } => drawn(visit),
        Event::VisitsMoved { visits } => {
            visits.iter().flat_map(|(job, visit)| live(job).into_iter().chain(drawn(visit))).collect()
        }
        Event::VisitWithdrawn { job }
        | Event::VisitProgressed { job, .. }
        | Event::PartsPickedUp { job, .. } => live(job),
        Event::VisitEnded { job, past } => {
            let van = Location::Van(past.visit.technician.clone());
            let used = past.used.iter().map(|p| (van.clone(), p.part.clone()));
            live(job).into_iter().chain(used).collect()
        }
        Event::StockTransferred { from, to, parts } => {
            let both = |p: &PartId| [(from.clone(), p.clone()), (to.clone(), p.clone())];
            parts.iter().flat_map(|p| both(&p.part)).collect()
        }
        Event::DeliverySet(d) => moved(d),
        Event::DeliveryArrived { delivery } | Event::DeliveryCancelled { delivery } => {
            board.stock.delivery(delivery).map_or_else(Vec::new, moved)
        }
        Event::PartRecalled { part } => {
            board.technicians.keys().map(|id| (Location::Van(id.clone()), part.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// Jobs that an event may make wait for a visit, or wait no longer.
pub fn turned(event: &Event) -> Vec<&JobId> {
    match event {
        Event::JobCreated(job) => vec![&job.id],
        Event::VisitsMoved { visits } => visits.iter().map(|(job, _)| job).collect(),
        Event::JobCancelled { job, .. }
        | Event::VisitPlanned { job, .. }
        | Event::VisitWithdrawn { job }
        | Event::VisitProgressed { job, .. }
        | Event::CommitmentSet { job, .. }
        | Event::SolutionFiled { job, .. }
        | Event::VisitEnded { job, .. } => vec![job],
        _ => Vec::new(),
    }
}

/// What an event that has been applied may change of coverage; `stock` is what it touched.
pub fn changes<'e>(board: &'e Board, event: &'e Event, stock: &'e [(Location, PartId)]) -> Vec<Change<'e>> {
    let mut all: Vec<Change<'e>> = stock
        .iter()
        .filter_map(|(place, _)| match place {
            Location::Van(id) => Some(Change::Technician(id)),
            Location::Depot(_) => None,
        })
        .collect();
    match event {
        Event::TechnicianSet(t) => all.push(Change::Technician(&t.id)),
        Event::TechnicianRemoved(id) => all.push(Change::Technician(id)),
        Event::RouteSet { technician, .. } | Event::WhereaboutsSet { technician, .. } => {
            all.push(Change::Technician(technician));
        }
        Event::PromiseSet { job, .. } | Event::JobCorrected { job, .. } => {
            let visit = board.jobs[job].visit.as_ref();
            all.extend(visit.map(|v| Change::Technician(&v.technician)));
        }
        Event::RegionSet(_) | Event::EntrySet(_) | Event::EntryRemoved(_) | Event::DemandGiven(_) => {
            all.push(Change::Facts);
        }
        _ => {}
    }
    all
}

fn drawn(visit: &Visit) -> Vec<(Location, PartId)> {
    let van = Location::Van(visit.technician.clone());
    let here = |p: &PartId| (van.clone(), p.clone());
    let all = visit.draws().map(|s| &s.part_count.part);
    let there = visit.draws().map(|s| (s.location.clone(), s.part_count.part.clone()));
    there.chain(all.map(here)).collect()
}

fn moved(d: &crate::board::delivery::Delivery) -> Vec<(Location, PartId)> {
    let places = d.from.iter().chain([&d.to]);
    places.flat_map(|place| d.parts.iter().map(move |p| (place.clone(), p.part.clone()))).collect()
}
