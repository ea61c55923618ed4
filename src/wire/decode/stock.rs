//! Depots and stock adjustments.

use super::{Scope, label, place, span};
use crate::board::catalog::{EntryId, PartCount};
use crate::board::event::StockLine;
use crate::board::fleet::Depot;
use crate::board::id::{DepotId, Location};
use crate::plan::Desk;
use crate::units::Span;
use crate::wire::check::At;
use crate::wire::{name, v1};

/// Most lines an adjustment.
pub const LINES_MOST: usize = 5_000;

/// A depot's facts.
pub fn depot(at: &At<'_>, desk: &Desk, id: DepotId, d: &v1::Depot) -> Option<Depot> {
    let display_name = label(&at.field("display_name"), &d.display_name);
    let place_at = at.field("place");
    let place = place_at.need(&d.place).and_then(|p| place(&place_at, desk, p));
    let pickup = match &d.pickup_duration {
        None => Some(Span::minutes(5)),
        Some(d) => span(&at.field("pickup_duration"), d, 0, 86_400),
    };
    Some(Depot { id, display_name: display_name?, place: place?, pickup: pickup? })
}

/// The lines of an adjustment; location and part are there, a pair occurs once.
pub fn lines(at: &At<'_>, desk: &Desk, list: &[v1::StockAdjustment]) -> Option<Vec<StockLine>> {
    if list.is_empty() {
        return at.no("has to have an element");
    }
    at.each_once(list, LINES_MOST, ("", |a| (&a.location, &a.part)), |at, a| {
        let location = location(&at.field("location"), desk, &a.location);
        let scope = Scope::of(desk);
        let part = scope.entry(&at.field("part"), "parts", &a.part, |id| EntryId::Part(id.into()));
        let delta = match a.delta {
            0 => at.field("delta").no("has to be set"),
            n if n.unsigned_abs() > 1_000_000 => at.field("delta").no("is not in -1000000..1000000"),
            n => Some(n),
        };
        Some(StockLine { location: location?, part: part?.into(), delta: delta? })
    })
}

/// Parts to move or announce.
pub fn moved(at: &At<'_>, desk: &Desk, list: &[v1::PartCount]) -> Option<Vec<PartCount>> {
    if list.is_empty() {
        return at.no("has to have an element");
    }
    Scope::of(desk).parts(at, list, 200)
}

/// A stock location that is there.
pub fn location(at: &At<'_>, desk: &Desk, said: &str) -> Option<Location> {
    let board = desk.board();
    let location = name::location(at, &board.region.id, said)?;
    let known = match &location {
        Location::Van(t) => board.technicians.contains_key(t),
        Location::Depot(d) => board.depots.contains_key(d),
    };
    if known { Some(location) } else { at.no(format!("there is no {said}")) }
}
