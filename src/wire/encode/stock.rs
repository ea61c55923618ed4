//! Depots and stock levels.

use super::job::{awaited, parts};
use super::{int, place, snap, span, time};
use crate::board::Board;
use crate::board::delivery::Delivery;
use crate::board::event::StockLine;
use crate::board::fleet::Depot;
use crate::board::id::{Location, PartId, RegionId};
use crate::board::stock::Level;
use crate::plan::Desk;
use crate::wire::{name, v1};

/// A depot.
pub fn depot(desk: &Desk, d: &Depot) -> v1::Depot {
    v1::Depot { snap: Some(snap(desk, d.place)), ..facts(&desk.board().region.id, d) }
}

/// What a depot says of itself.
pub fn facts(region: &RegionId, d: &Depot) -> v1::Depot {
    v1::Depot {
        name: name::of_depot(region, &d.id),
        display_name: d.display_name.clone(),
        place: Some(place(d.place)),
        pickup_duration: Some(span(d.pickup)),
        snap: None,
    }
}

/// A line of a stock adjustment.
pub fn adjustment(region: &RegionId, line: &StockLine) -> v1::StockAdjustment {
    v1::StockAdjustment {
        location: name::of_location(region, &line.location),
        part: format!("regions/{region}/parts/{}", line.part),
        delta: line.delta,
    }
}

/// Parts on their way, with what is kept of them.
pub fn delivery(board: &Board, d: &Delivery) -> v1::Delivery {
    let region = &board.region.id;
    let kept = d.kept.keys().filter_map(|job| board.jobs[job].visit.as_ref().map(|visit| (job, visit)));
    let kept = kept.flat_map(|(job, visit)| {
        let here = visit.awaits.iter().filter(|a| a.delivery == d.id);
        here.map(|a| awaited(region, job, visit.number, a)).collect::<Vec<_>>()
    });
    v1::Delivery {
        name: name::of_delivery(region, &d.id),
        from: d.from.as_ref().map(|from| name::of_location(region, from)).unwrap_or_default(),
        to: name::of_location(region, &d.to),
        parts: parts(region, &d.parts),
        send_time: Some(time(d.sent)),
        arrive_time: Some(time(d.arrives)),
        reservations: kept.collect(),
    }
}

/// What lies of a part at a place.
pub fn level(region: &RegionId, location: &Location, part: &PartId, level: Level) -> v1::StockLevel {
    v1::StockLevel {
        location: name::of_location(region, location),
        part: format!("regions/{region}/parts/{part}"),
        free_count: int(level.free),
        reserved_count: int(level.reserved),
    }
}
