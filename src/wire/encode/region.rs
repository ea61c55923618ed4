//! Regions, their counts, the clock.

use super::{int, place, rate, span, time};
use crate::board::job::JobState;
use crate::board::offer::Offering;
use crate::board::region::{DaypartMultiplier, Network, NetworkKind, Policy, Region};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::{name, v1};
use std::collections::BTreeMap;
use v1::network::Kind;

/// A region.
pub fn region(desk: &Desk) -> v1::Region {
    v1::Region { travel_model: desk.travel_model().to_owned(), ..facts(&desk.board().region) }
}

/// What a region says of itself: not how travel came to be measured.
pub fn facts(r: &Region) -> v1::Region {
    v1::Region {
        name: name::of(&r.id),
        display_name: r.display_name.clone(),
        tenant: r.tenant.clone(),
        time_zone: r.time_zone.clone(),
        network: Some(network(&r.network)),
        grid_resolution: r.grid_resolution.into(),
        policy: Some(policy(&r.policy)),
        create_time: Some(time(r.created)),
        etag: r.revision.to_string(),
        travel_model: String::new(),
    }
}

fn network(n: &Network) -> v1::Network {
    let kind = match &n.kind {
        NetworkKind::Roads { file } => Kind::RoadsFile(file.clone()),
        NetworkKind::Beeline { detour_permille, speed_metres_per_hour, centre, radius_metres } => {
            Kind::Beeline(v1::Beeline {
                detour_permille: int(*detour_permille),
                speed_meters_per_hour: int(*speed_metres_per_hour),
                center: Some(place(*centre)),
                radius_meters: int(*radius_metres),
            })
        }
    };
    let daypart = |d: &DaypartMultiplier| v1::DaypartMultiplier {
        hour: d.hour.into(),
        road_class: d.road_class.clone().unwrap_or_default(),
        permille: int(d.permille),
    };
    v1::Network {
        kind: Some(kind),
        snap_cap_meters: int(n.snap_cap_metres),
        dayparts: n.dayparts.iter().map(daypart).collect(),
    }
}

fn policy(p: &Policy) -> v1::Policy {
    v1::Policy {
        travel_rate: Some(rate(p.travel_permille)),
        lateness_factor: Some(rate(p.lateness_permille)),
        overtime_rate: Some(rate(p.overtime_permille)),
        waiting_rate: Some(rate(p.waiting_permille)),
        promise_change_cost: Some(p.promise_change.0 as f64),
        scarcity_cost: Some(p.scarcity.0 as f64),
        depot_stop_cost: Some(p.depot_stop.0 as f64),
        overtime_allowance: Some(span(p.overtime_allowance)),
        horizon: Some(span(p.horizon)),
        response_rate: Some(rate(p.response_permille)),
        lateness_margin: Some(span(p.lateness_margin)),
        hold_duration: Some(span(p.hold)),
        urgent_reserve_permille: Some(int(p.urgent_reserve_permille)),
        preference_cost: Some(p.preference.0 as f64),
        language_cost: Some(p.language.0 as f64),
        patience_cost: Some(p.patience.0 as f64),
        elderly_factor: Some(rate(p.elderly_permille)),
        partner_factor: Some(rate(p.partner_permille)),
        partner_after: p.partner_after.map(span),
        offers: offering(p.offers).into(),
        offer_timeout: Some(span(p.offer_timeout)),
        decline_cooldown: Some(span(p.decline_cooldown)),
        timeout_pause: Some(span(p.timeout_pause)),
        coverage_target: Some(span(p.coverage_target)),
        coverage_factor: Some(rate(p.coverage_permille)),
        moves_at_once: Some(int(p.moves_at_once)),
        move_drive: Some(span(p.move_drive)),
        narrowed_window: Some(span(p.narrowed)),
        divert: p.divert,
    }
}

fn offering(offers: Offering) -> v1::Offering {
    match offers {
        Offering::Never => v1::Offering::Never,
        Offering::Partners => v1::Offering::Partners,
        Offering::Everybody => v1::Offering::Everybody,
    }
}

/// What a region holds; `sequence` is its journal's.
pub fn summary(desk: &Desk, sequence: u64) -> v1::RegionSummary {
    v1::RegionSummary { state_digest: desk.digest(), ..counts(desk, sequence) }
}

/// The same without the checksum, which takes as long as writing the whole state down.
pub fn counts(desk: &Desk, sequence: u64) -> v1::RegionSummary {
    let board = desk.board();
    let mut counts: BTreeMap<JobState, i32> = BTreeMap::new();
    for job in board.jobs.values() {
        *counts.entry(job.state).or_default() += 1;
    }
    let kept = board.jobs.values().filter_map(|j| j.visit.as_ref()).map(|v| v.sources.len()).sum::<usize>();
    let count = |(state, count): (JobState, i32)| {
        let state = super::job::state(state).as_str_name().trim_start_matches("JOB_STATE_").to_owned();
        v1::JobCount { state, count }
    };
    v1::RegionSummary {
        name: name::of(&board.region.id),
        technicians: int(board.technicians.len()),
        job_counts: counts.into_iter().map(count).collect(),
        live_reservations: int(kept),
        sequence: i64::try_from(sequence).unwrap_or(i64::MAX),
        state_digest: String::new(),
    }
}

/// The clock.
pub fn clock(now: Time, controlled: bool) -> v1::Clock {
    v1::Clock { now: Some(time(now)), controlled }
}
