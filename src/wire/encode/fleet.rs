//! Technicians, routes, positions.

use super::{int, place, snap, span, time, window};
use crate::board::fleet::{Certification, Errand, Route, Shift, Stop, Technician};
use crate::board::id::{RegionId, TechnicianId};
use crate::plan::{Desk, Position};
use crate::units::{Span, Time};
use crate::wire::{name, v1};

/// A technician with the newest position.
pub fn technician(desk: &Desk, t: &Technician, now: Time) -> v1::Technician {
    v1::Technician {
        position: desk.position(&t.id).map(|p| position(p, now)),
        start_snap: Some(snap(desk, t.start)),
        end_snap: Some(snap(desk, t.end)),
        ..facts(&desk.board().region.id, t)
    }
}

/// What a technician's entry says: not where the device is, nor where the network meets home.
pub fn facts(region: &RegionId, t: &Technician) -> v1::Technician {
    v1::Technician {
        name: name::of_technician(region, &t.id),
        display_name: t.display_name.clone(),
        certifications: t.certifications.iter().map(|c| certification(region, c)).collect(),
        shifts: t.shifts.iter().map(shift).collect(),
        start_place: Some(place(t.start)),
        end_place: Some(place(t.end)),
        position: None,
        start_snap: None,
        end_snap: None,
        overtime_allowance: t.overtime_allowance.map(span),
        etag: t.revision.to_string(),
        languages: t.traits.languages.clone(),
        patient: t.traits.patient,
        partner: t
            .traits
            .partner
            .as_ref()
            .map(|p| v1::Partner { pool: p.pool.clone(), visit_price: Some(span(p.visit_price)) }),
    }
}

fn certification(region: &RegionId, c: &Certification) -> v1::Certification {
    v1::Certification {
        kind: format!("regions/{region}/certificationKinds/{}", c.kind),
        level: c.level.into(),
        valid_from: (c.valid_from > Time::MIN).then(|| time(c.valid_from)),
        valid_to: (c.valid_to < Time::MAX).then(|| time(c.valid_to)),
    }
}

fn shift(s: &Shift) -> v1::Shift {
    let rest = |b: &crate::board::fleet::Break| v1::Break {
        window: Some(window(b.window)),
        duration: Some(span(b.duration)),
    };
    v1::Shift { window: Some(window(s.window)), breaks: s.breaks.iter().map(rest).collect() }
}

/// A position as it stands at `now`.
pub fn position(p: &Position, now: Time) -> v1::Position {
    v1::Position {
        place: Some(place(p.place)),
        device_time: Some(time(p.device_time)),
        accuracy_meters: f64::from(p.accuracy_metres),
        age: Some(span((now - p.device_time).or_zero())),
    }
}

/// The planned route of one shift.
pub fn route(desk: &Desk, technician: &TechnicianId, route: &Route) -> v1::Route {
    let board = desk.board();
    let region = &board.region.id;
    let mut told = planned(region, technician, route);
    for (stop, s) in told.stops.iter_mut().zip(&route.stops) {
        if let Errand::Visit(job) = &s.errand {
            stop.visit = name::of_visit(region, job, board.jobs.get(job).map_or(0, |j| j.visits));
        }
    }
    told
}

/// A route by itself: its visits are named by their jobs.
pub fn planned(region: &RegionId, technician: &TechnicianId, route: &Route) -> v1::Route {
    let seconds = i64::try_from(route.travel_seconds()).unwrap_or(i64::MAX);
    v1::Route {
        technician: name::of_technician(region, technician),
        shift: Some(window(route.shift)),
        stops: route.stops.iter().map(|s| stop(region, s)).collect(),
        home_time: Some(time(route.home.arrive)),
        travel_duration: Some(span(Span(seconds))),
        travel_meters: i64::try_from(route.travel_metres()).unwrap_or(i64::MAX),
    }
}

fn stop(region: &RegionId, s: &Stop) -> v1::RouteStop {
    let mut told = v1::RouteStop {
        arrive_time: Some(time(s.arrive)),
        start_time: Some(time(s.start)),
        end_time: Some(time(s.end)),
        travel_duration: Some(span(Span(s.seconds.into()))),
        travel_meters: s.metres.into(),
        ..Default::default()
    };
    match &s.errand {
        Errand::Visit(job) => {
            told.job = name::of_job(region, job);
            told.place = Some(place(s.place));
        }
        Errand::Depot(depot) => {
            told.depot = name::of_depot(region, depot);
            told.place = Some(place(s.place));
        }
        Errand::Break(_) => told.is_break = true,
    }
    told
}

/// What became of a stream of positions.
pub fn reported(
    accepted: u64,
    stale: u64,
    rejected: u64,
    rejections: Vec<String>,
) -> v1::ReportPositionResponse {
    let count = |n: u64| i64::from(int(n));
    v1::ReportPositionResponse {
        accepted_count: count(accepted),
        stale_count: count(stale),
        rejected_count: count(rejected),
        rejections,
    }
}
