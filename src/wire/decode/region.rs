//! Regions: network, grid, zone, policy.

use super::{label, number, permille, point, span};
use crate::board::id::RegionId;
use crate::board::offer::Offering;
use crate::board::region::{DaypartMultiplier, Network, NetworkKind, Policy, Region};
use crate::units::{Span, Time};
use crate::wire::check::At;
use crate::wire::{name, v1};
use v1::network::Kind;

/// A new region; its roads are not looked for here.
pub fn region(at: &At<'_>, id: RegionId, r: &v1::Region, created: Time) -> Option<Region> {
    let display_name = label(&at.field("display_name"), &r.display_name);
    let tenant = match r.tenant.as_str() {
        "" => Some("default".to_owned()),
        t if name::is_id(t) => Some(t.to_owned()),
        _ => at.field("tenant").no("has to be letters, digits and hyphens, at most 63"),
    };
    let zone_at = at.field("time_zone");
    let time_zone = match r.time_zone.as_str() {
        "" => zone_at.no("has to be set"),
        zone if zone.len() <= 64 && jiff::tz::TimeZone::get(zone).is_ok() => Some(zone.to_owned()),
        _ => zone_at.no("is not an IANA time zone, such as Europe/Rome"),
    };
    let network_at = at.field("network");
    let network = network_at.need(&r.network).and_then(|n| network(&network_at, n));
    let resolution = number(&at.field("grid_resolution"), r.grid_resolution, 8, 6..=10);
    let policy = policy(&at.field("policy"), &r.policy.unwrap_or_default());
    Some(Region {
        id,
        display_name: display_name?,
        tenant: tenant?,
        time_zone: time_zone?,
        network: network?,
        grid_resolution: resolution? as u8,
        policy: policy?,
        created,
        revision: 1,
    })
}

fn network(at: &At<'_>, n: &v1::Network) -> Option<Network> {
    let kind = match &n.kind {
        None => at.no("roads_file or beeline has to be set"),
        Some(Kind::RoadsFile(file)) => roads_file(&at.field("roads_file"), file),
        Some(Kind::Beeline(b)) => beeline(&at.field("beeline"), b),
    };
    let cap = number(&at.field("snap_cap_meters"), n.snap_cap_meters, 1000, 1..=100_000);
    let dayparts = at.field("dayparts").each(&n.dayparts, 24 * 20, |at, d| {
        let hour = match d.hour {
            0..=23 => Some(d.hour as u8),
            _ => at.field("hour").no("is not in 0..23"),
        };
        let permille = number(&at.field("permille"), d.permille, 0, 500..=5000);
        let class_at = at.field("road_class");
        let class = match d.road_class.as_str() {
            "" => Some(None),
            c if c.len() <= 32 && c.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
                Some(Some(c.to_owned()))
            }
            _ => class_at.no("is not a highway class, such as primary"),
        };
        Some(DaypartMultiplier { hour: hour?, road_class: class?, permille: permille? })
    });
    Some(Network { kind: kind?, snap_cap_metres: cap?, dayparts: dayparts? })
}

fn roads_file(at: &At<'_>, file: &str) -> Option<NetworkKind> {
    let plain = file.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let known = file.ends_with(".roads") || file.ends_with(".osm.pbf");
    match plain && known && !file.starts_with('.') && file.len() <= 120 {
        true => Some(NetworkKind::Roads { file: file.to_owned() }),
        false => at.no("has to be the plain name of a .roads or .osm.pbf file in the roads directory"),
    }
}

fn beeline(at: &At<'_>, b: &v1::Beeline) -> Option<NetworkKind> {
    let detour_permille = number(&at.field("detour_permille"), b.detour_permille, 1300, 1000..=5000);
    let speed = number(&at.field("speed_meters_per_hour"), b.speed_meters_per_hour, 30_000, 1000..=200_000);
    let radius = number(&at.field("radius_meters"), b.radius_meters, 50_000, 100..=500_000);
    let centre_at = at.field("center");
    let centre = centre_at.need(&b.center).and_then(|p| point(&centre_at, p));
    Some(NetworkKind::Beeline {
        detour_permille: detour_permille?,
        speed_metres_per_hour: speed?,
        centre: centre?,
        radius_metres: radius?,
    })
}

#[allow(clippy::too_many_lines, reason = "a line or two a field")]
fn policy(at: &At<'_>, p: &v1::Policy) -> Option<Policy> {
    let usual = Policy::default();
    let rate = |field: &'static str, value: Option<f64>, usual: u32| match value {
        None => Some(usual),
        Some(v) => permille(&at.field(field), v, 1000.0),
    };
    let cost = |field: &'static str, value: Option<f64>, usual: Span| match value {
        None => Some(usual),
        Some(v) if v.is_finite() && (0.0..=1e6).contains(&v) => Some(Span(v.round() as i64)),
        Some(_) => at.field(field).no("is not in 0..1000000 seconds"),
    };
    let stretch = |field: &'static str, value: &Option<prost_types::Duration>, usual: Span, most: i64| {
        value.as_ref().map_or(Some(usual), |d| span(&at.field(field), d, 0, most))
    };
    let travel = rate("travel_rate", p.travel_rate, usual.travel_permille);
    let lateness = rate("lateness_factor", p.lateness_factor, usual.lateness_permille);
    let overtime = rate("overtime_rate", p.overtime_rate, usual.overtime_permille);
    let waiting = rate("waiting_rate", p.waiting_rate, usual.waiting_permille);
    let response = rate("response_rate", p.response_rate, usual.response_permille);
    let change = cost("promise_change_cost", p.promise_change_cost, usual.promise_change);
    let scarcity = cost("scarcity_cost", p.scarcity_cost, usual.scarcity);
    let depot = cost("depot_stop_cost", p.depot_stop_cost, usual.depot_stop);
    let allowance = stretch("overtime_allowance", &p.overtime_allowance, usual.overtime_allowance, 43_200);
    let margin = stretch("lateness_margin", &p.lateness_margin, usual.lateness_margin, 14_400);
    let hold =
        p.hold_duration.as_ref().map_or(Some(usual.hold), |d| span(&at.field("hold_duration"), d, 30, 3600));
    let reserve = match p.urgent_reserve_permille {
        None => Some(usual.urgent_reserve_permille),
        Some(n @ 0..=1000) => Some(n.unsigned_abs()),
        Some(_) => at.field("urgent_reserve_permille").no("is not in 0..1000"),
    };
    let horizon = stretch("horizon", &p.horizon, usual.horizon, 60 * 86_400);
    let preference = cost("preference_cost", p.preference_cost, usual.preference);
    let language = cost("language_cost", p.language_cost, usual.language);
    let patience = cost("patience_cost", p.patience_cost, usual.patience);
    let partner = rate("partner_factor", p.partner_factor, usual.partner_permille);
    let elderly = match rate("elderly_factor", p.elderly_factor, usual.elderly_permille) {
        Some(n) if !(1000..=3000).contains(&n) => at.field("elderly_factor").no("is not in 1..3"),
        other => other,
    };
    let partner_after = match &p.partner_after {
        None => Some(None),
        Some(d) => span(&at.field("partner_after"), d, 0, 60 * 86_400).map(Some),
    };
    let offers = match v1::Offering::try_from(p.offers) {
        Ok(v1::Offering::Unspecified | v1::Offering::Never) => Some(Offering::Never),
        Ok(v1::Offering::Partners) => Some(Offering::Partners),
        Ok(v1::Offering::Everybody) => Some(Offering::Everybody),
        Err(_) => at.field("offers").no(format!("{} does not say who is asked", p.offers)),
    };
    let offer_timeout = match &p.offer_timeout {
        None => Some(usual.offer_timeout),
        Some(d) => span(&at.field("offer_timeout"), d, 1, 86_400),
    };
    let cooldown = stretch("decline_cooldown", &p.decline_cooldown, usual.decline_cooldown, 30 * 86_400);
    let pause = stretch("timeout_pause", &p.timeout_pause, usual.timeout_pause, 86_400);
    let target = match &p.coverage_target {
        None => Some(usual.coverage_target),
        Some(d) => span(&at.field("coverage_target"), d, 300, 3600),
    };
    let coverage = rate("coverage_factor", p.coverage_factor, usual.coverage_permille);
    let moves = match p.moves_at_once {
        None => Some(usual.moves_at_once),
        Some(n @ 0..=1000) => Some(n.unsigned_abs()),
        Some(_) => at.field("moves_at_once").no("is not in 0..1000"),
    };
    let drive = match &p.move_drive {
        None => Some(usual.move_drive),
        Some(d) => span(&at.field("move_drive"), d, 60, 3600),
    };
    let narrowed = stretch("narrowed_window", &p.narrowed_window, usual.narrowed, 14_400);
    Some(Policy {
        narrowed: narrowed?,
        divert: p.divert,
        moves_at_once: moves?,
        move_drive: drive?,
        coverage_target: target?,
        coverage_permille: coverage?,
        preference: preference?,
        language: language?,
        patience: patience?,
        elderly_permille: elderly?,
        partner_permille: partner?,
        partner_after: partner_after?,
        offers: offers?,
        offer_timeout: offer_timeout?,
        decline_cooldown: cooldown?,
        timeout_pause: pause?,
        travel_permille: travel?,
        lateness_permille: lateness?,
        overtime_permille: overtime?,
        waiting_permille: waiting?,
        promise_change: change?,
        scarcity: scarcity?,
        depot_stop: depot?,
        overtime_allowance: allowance?,
        horizon: horizon?,
        response_permille: response?,
        lateness_margin: margin?,
        hold: hold?,
        urgent_reserve_permille: reserve?,
    })
}
