//! Moves of idle technicians.

use super::{int, place, span, time};
use crate::board::id::{RegionId, TechnicianId};
use crate::board::moves::{Move, MoveEnding, PastMove};
use crate::units::Span;
use crate::wire::{name, v1};

/// One that is proposed or taken.
pub fn open(region: &RegionId, technician: &TechnicianId, open: &Move) -> v1::Move {
    let state = if open.arrives.is_some() { v1::MoveState::Accepted } else { v1::MoveState::Proposed };
    v1::Move {
        name: name::of_move(region, technician, open.number),
        technician: name::of_technician(region, technician),
        state: state.into(),
        from_place: Some(place(open.from)),
        to_place: Some(place(open.to)),
        calls_per_hour_gain: open.gain as f64 / 1e6,
        gain_rate: open.a_minute.0 as f64 / 1e3,
        cost: open.cost.0 as f64 / 1e3,
        drive_duration: Some(span(Span(open.seconds.into()))),
        drive_meters: int(open.metres),
        create_time: Some(time(open.made)),
        expire_time: Some(time(open.expires)),
        arrive_time: open.arrives.map(time),
        until_time: Some(time(open.until)),
        ..Default::default()
    }
}

/// One that is over.
pub fn past(region: &RegionId, technician: &TechnicianId, past: &PastMove) -> v1::Move {
    let (state, reason) = ending(&past.ending);
    let end_time = Some(time(past.ended));
    v1::Move { state: state.into(), reason, end_time, ..open(region, technician, &past.past) }
}

/// How one ended, and why it was declined.
pub fn ending(ending: &MoveEnding) -> (v1::MoveState, String) {
    match ending {
        MoveEnding::Declined(reason) => (v1::MoveState::Declined, reason.clone()),
        MoveEnding::TimedOut => (v1::MoveState::TimedOut, String::new()),
        MoveEnding::Withdrawn => (v1::MoveState::Withdrawn, String::new()),
        MoveEnding::Over => (v1::MoveState::Over, String::new()),
    }
}
