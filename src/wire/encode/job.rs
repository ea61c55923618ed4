//! Jobs, needs, visits, arrivals.

use super::{booking, int, odds, place, snap, span, time, window};
use crate::board::catalog::{PartCount, Requirement};
use crate::board::decision::Eta;
use crate::board::delivery::Awaited;
use crate::board::id::{JobId, RegionId};
use crate::board::job::{Commitment, Customer, Demand, Job, JobKind, JobState, Need, Source, Visit};
use crate::board::progress::{Ending, Hindrance, PastVisit};
use crate::plan::{Arrival, Desk};
use crate::units::Time;
use crate::wire::{name, v1};

/// A job.
pub fn job(desk: &Desk, job: &Job) -> v1::Job {
    v1::Job { customer: desk.board().customers.get(&job.id).map(customer), ..bare(desk, job) }
}

/// A job without who called.
pub fn bare(desk: &Desk, job: &Job) -> v1::Job {
    v1::Job {
        snap: Some(snap(desk, job.need.place)),
        cell: desk.cell(job.need.place).to_string(),
        quote: super::booking::price(desk.board(), job)
            .map(|q| super::booking::quote(&desk.board().region.id, &q)),
        ..facts(&desk.board().region.id, job)
    }
}

/// What a job says of itself: not who called, nor where the network meets it.
pub fn facts(region: &RegionId, job: &Job) -> v1::Job {
    v1::Job {
        name: name::of_job(region, &job.id),
        order_number: job.order_number.clone().unwrap_or_default(),
        need: Some(need(region, &job.need)),
        customer: None,
        state: state(job.state).into(),
        visit: job.visit.as_ref().map(|v| name::of_visit(region, &job.id, v.number)).unwrap_or_default(),
        create_time: Some(time(job.created)),
        update_time: Some(time(job.updated)),
        etag: job.revision.to_string(),
        demand: Some(demand(region, &job.demand)),
        snap: None,
        cell: String::new(),
        cancel_reason: job.cancel_reason.clone().unwrap_or_default(),
        set_aside_reason: job.set_aside.clone().unwrap_or_default(),
        past_visits: job.past.iter().map(|p| past(region, &job.id, p)).collect(),
        hold_expire_time: job.booking.hold.as_ref().map(|h| time(h.expires)),
        promise: job.booking.promise.as_ref().map(|p| booking::promise(region, p)),
        quote: None,
        clocks: job.booking.clocks.iter().map(booking::clock).collect(),
        escalations: job
            .booking
            .escalations
            .iter()
            .map(|e| booking::escalation(region, &job.id, e))
            .collect(),
        solution: job.booking.solution.as_ref().map(booking::solution),
    }
}

/// What a visit takes.
pub fn demand(region: &RegionId, d: &Demand) -> v1::Demand {
    v1::Demand {
        certifications: requirements(region, &d.requirements),
        parts: parts(region, &d.parts),
        service_duration: Some(span(d.service)),
    }
}

/// A need.
pub fn need(region: &RegionId, n: &Need) -> v1::Need {
    let name = |collection: &str, id: &str| format!("regions/{region}/{collection}/{id}");
    let fault = |f: &crate::board::job::LikelyFault| v1::LikelyFault {
        fault: name("faults", f.fault.as_str()),
        probability: odds(f.ppm),
    };
    v1::Need {
        kind: kind(n.kind).into(),
        place: Some(place(n.place)),
        service_level: name("serviceLevels", n.level.as_str()),
        access_windows: n.access.iter().copied().map(window).collect(),
        promised_window: n.promised.map(window),
        appliance_family: n
            .family
            .as_ref()
            .map(|f| name("applianceFamilies", f.as_str()))
            .unwrap_or_default(),
        faults: n.faults.iter().map(fault).collect(),
        required_certifications: requirements(region, &n.requirements),
        parts: parts(region, &n.parts),
        kits: n.kits.iter().map(|k| name("kits", k.as_str())).collect(),
        service_duration: n.service.map(span),
        inspect_only: n.inspect_only,
        excluded_technicians: n.excluded.iter().map(|t| name::of_technician(region, t)).collect(),
        warranty: n.warranty,
        preferred_technicians: n.wishes.preferred.iter().map(|t| name::of_technician(region, t)).collect(),
        language: n.wishes.language.clone().unwrap_or_default(),
        language_required: n.wishes.language_required,
        elderly_care: n.wishes.elderly_care,
    }
}

/// Who called.
pub fn customer(c: &Customer) -> v1::Customer {
    v1::Customer {
        customer_id: c.id.clone(),
        display_name: c.display_name.clone(),
        phone: c.phone.clone(),
        address: c.address.clone(),
        access_note: c.access_note.clone(),
    }
}

/// Required certificates.
pub fn requirements(region: &RegionId, list: &[Requirement]) -> Vec<v1::CertificationRequirement> {
    let one = |r: &Requirement| v1::CertificationRequirement {
        kind: format!("regions/{region}/certificationKinds/{}", r.kind),
        min_level: r.min_level.into(),
    };
    list.iter().map(one).collect()
}

/// Parts and how many.
pub fn parts(region: &RegionId, list: &[PartCount]) -> Vec<v1::PartCount> {
    list.iter().map(|p| part_count(region, p)).collect()
}

/// A part and how many.
pub fn part_count(region: &RegionId, p: &PartCount) -> v1::PartCount {
    v1::PartCount { part: format!("regions/{region}/parts/{}", p.part), count: int(p.count) }
}

/// The live visit of a job, with its ETA at `now`.
pub fn visit(desk: &Desk, job: &Job, visit: &Visit, now: Time) -> v1::Visit {
    let board = desk.board();
    let region = &board.region.id;
    let route = board.route(&visit.technician, visit.shift);
    let stop = route.and_then(|r| r.stop_of(&job.id)).map(|(_, stop)| stop);
    let arrival = desk.arrival(now, &job.id, visit.number).ok();
    v1::Visit {
        name: name::of_visit(region, &job.id, visit.number),
        technician: name::of_technician(region, &visit.technician),
        commitment: commitment(visit.commitment).into(),
        arrive_time: stop.map(|s| time(s.arrive)),
        start_time: stop.map(|s| time(s.start)),
        end_time: stop.map(|s| time(s.end)),
        eta: arrival.map(|a| eta(&a.eta)),
        departed_time: visit.actual.departed.map(time),
        arrived_time: visit.actual.arrived.map(time),
        started_time: visit.actual.started.map(time),
        reservations: visit
            .sources
            .iter()
            .map(|s| reservation(region, job, visit.number, s))
            .chain(visit.awaits.iter().map(|a| awaited(region, &job.id, visit.number, a)))
            .collect(),
    }
}

/// A visit that is over.
pub fn past(region: &RegionId, job: &JobId, p: &PastVisit) -> v1::PastVisit {
    let hindrance = match p.ending {
        Ending::Finished => String::new(),
        Ending::Incomplete(why) => hindrance(why).as_str_name().trim_start_matches("HINDRANCE_").to_owned(),
    };
    v1::PastVisit {
        visit: name::of_visit(region, job, p.visit.number),
        technician: name::of_technician(region, &p.visit.technician),
        depart_time: p.visit.actual.departed.map(time),
        arrive_time: p.visit.actual.arrived.map(time),
        start_time: p.visit.actual.started.map(time),
        end_time: Some(time(p.at)),
        finished: p.ending == Ending::Finished,
        hindrance,
        used_parts: parts(region, &p.used),
        note: p.note.clone(),
    }
}

fn hindrance(why: Hindrance) -> v1::Hindrance {
    match why {
        Hindrance::PartMissing => v1::Hindrance::PartMissing,
        Hindrance::NoAccess => v1::Hindrance::NoAccess,
        Hindrance::WrongSkill => v1::Hindrance::WrongSkill,
        Hindrance::CustomerRefuses => v1::Hindrance::CustomerRefuses,
        Hindrance::AccessoryNeeded => v1::Hindrance::AccessoryNeeded,
        Hindrance::TechnicianLeft => v1::Hindrance::TechnicianLeft,
    }
}

/// Parts kept for a visit.
pub fn reservation(region: &RegionId, job: &Job, visit: u32, source: &Source) -> v1::Reservation {
    let held = job.booking.hold.is_some();
    let state = if held { v1::ReservationState::Held } else { v1::ReservationState::Committed };
    v1::Reservation {
        job: name::of_job(region, &job.id),
        visit: name::of_visit(region, &job.id, visit),
        location: name::of_location(region, &source.location),
        part_count: Some(part_count(region, &source.part_count)),
        state: state.into(),
    }
}

/// Parts kept of a delivery.
pub fn awaited(region: &RegionId, job: &JobId, visit: u32, a: &Awaited) -> v1::Reservation {
    let state = v1::ReservationState::Awaited.into();
    v1::Reservation {
        job: name::of_job(region, job),
        visit: name::of_visit(region, job, visit),
        location: name::of_location(region, &a.source.location),
        part_count: Some(part_count(region, &a.source.part_count)),
        state,
    }
}

/// The two quantiles.
pub fn eta(eta: &Eta) -> v1::EtaWindow {
    v1::EtaWindow { p50: Some(time(eta.p50)), p90: Some(time(eta.p90)) }
}

/// A visit's arrival.
pub fn arrival(desk: &Desk, visit: String, arrival: &Arrival, now: Time) -> v1::Eta {
    v1::Eta {
        visit,
        window: Some(eta(&arrival.eta)),
        position_age: arrival.position_age.map(span),
        position_stale: arrival.stale,
        as_of_time: Some(time(now)),
        travel_model: desk.travel_model().to_owned(),
        stops_before: int(arrival.stops_before),
    }
}

/// A kind of job.
pub fn kind(kind: JobKind) -> v1::JobKind {
    match kind {
        JobKind::Repair => v1::JobKind::Repair,
        JobKind::Install => v1::JobKind::Install,
        JobKind::Maintenance => v1::JobKind::Maintenance,
        JobKind::Inspection => v1::JobKind::Inspection,
        JobKind::Remote => v1::JobKind::Remote,
    }
}

/// A state.
pub fn state(state: JobState) -> v1::JobState {
    match state {
        JobState::Open => v1::JobState::Open,
        JobState::Planned => v1::JobState::Planned,
        JobState::Promised => v1::JobState::Promised,
        JobState::EnRoute => v1::JobState::EnRoute,
        JobState::OnSite => v1::JobState::OnSite,
        JobState::Done => v1::JobState::Done,
        JobState::FollowUp => v1::JobState::FollowUp,
        JobState::Cancelled => v1::JobState::Cancelled,
    }
}

/// How firmly a visit is bound.
pub fn commitment(commitment: Commitment) -> v1::Commitment {
    match commitment {
        Commitment::Planned => v1::Commitment::Planned,
        Commitment::Promised => v1::Commitment::Promised,
        Commitment::Locked => v1::Commitment::Locked,
        Commitment::EnRoute => v1::Commitment::EnRoute,
        Commitment::OnSite => v1::Commitment::OnSite,
    }
}
