//! What the map knows, as JSON: jobs with their decisions, technicians with their routes, cells, depots.
//!
//! Times are seconds from the day's midnight, places metres on the sheet. Nobody's name or address but the
//! technicians' names goes in.

use crate::city::sketch::Sheet;
use crate::demo::Demo;
use crate::demo::figures::{level, outcome, said};
use crate::demo::names::{id, point, seconds, span};
use crate::demo::play::Taken;
use crate::demo::table::cost_word;
use crate::geo::{Cell, Point};
use crate::wire::v1::{self, JobKind, JobState, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Metres that a route's line may be thinned by.
const ROUTE_TOLERANCE: f64 = 6.0;

/// A day's facts with the means to write them.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The day.
    pub demo: &'a Demo,
    /// The sheet.
    pub sheet: &'a Sheet,
}

impl Facts<'_> {
    fn place(&self, place: Option<&v1::Place>) -> Value {
        place.and_then(point).map_or(Value::Null, |p| json!(self.sheet.at(p)))
    }

    fn time(&self, time: &Option<prost_types::Timestamp>) -> Value {
        time.as_ref().map_or(Value::Null, |t| json!(t.seconds - self.demo.day.midnight()))
    }

    fn window(&self, window: &v1::Window) -> Value {
        json!([self.time(&window.start), self.time(&window.end)])
    }

    fn times(&self, seconds: [i64; 4]) -> [i64; 4] {
        seconds.map(|t| t - self.demo.day.midnight())
    }

    /// Every job.
    pub fn jobs(&self) -> Vec<Value> {
        self.demo.played.taken.iter().map(|taken| self.job(taken)).collect()
    }

    fn job(&self, taken: &Taken) -> Value {
        let asked = taken.call.request.job.clone().unwrap_or_default();
        let job = self.demo.played.jobs.get(&taken.call.request.job_id).unwrap_or(&asked);
        let need = job.need.clone().unwrap_or_default();
        let decision = taken.answer.decision.clone().unwrap_or_default();
        let demand = job.demand.clone().unwrap_or_default();
        let certificate =
            |r: &v1::CertificationRequirement| format!("{} {}", id(&r.kind), r.min_level.max(1));
        let part = |p: &v1::PartCount| format!("{} x {}", p.count, id(&p.part));
        json!({
            "id": taken.call.request.job_id,
            "about": taken.call.about,
            "kind": kind_word(need.kind()),
            "level": level(taken),
            "at": self.place(need.place.as_ref()),
            "cell": job.cell,
            "called": taken.call.at - self.demo.day.midnight(),
            "outcome": outcome_word(outcome(taken)),
            "cancelled": job.state() == JobState::Cancelled,
            "cancelled_at": (job.state() == JobState::Cancelled).then(|| self.time(&job.update_time)),
            "promised": need.promised_window.as_ref().map(|w| self.window(w)),
            "access": need.access_windows.iter().map(|w| self.window(w)).collect::<Vec<_>>(),
            "needs": demand.certifications.iter().map(certificate).collect::<Vec<_>>(),
            "parts": demand.parts.iter().map(part).collect::<Vec<_>>(),
            "minutes": span(&demand.service_duration) / 60.0,
            "gap": job.snap.map(|s| s.gap_meters),
            "chosen": decision.chosen.as_ref().map(|c| self.candidate(c)),
            "next": decision.runners_up.iter().map(|c| self.candidate(c)).collect::<Vec<_>>(),
            "certified": decision.technicians_certified,
            "considered": decision.technicians_considered,
            "why": decision.rejections.iter().map(rejection).collect::<Vec<_>>(),
            "help": decision.remedies.iter().map(|r| &r.description).collect::<Vec<_>>(),
        })
    }

    fn candidate(&self, candidate: &v1::Candidate) -> Value {
        let eta = candidate.eta.unwrap_or_default();
        let term = |t: &v1::CostTerm| json!([cost_word(t.kind()), t.millis]);
        json!({
            "tech": id(&candidate.technician),
            "eta": [self.time(&eta.p50), self.time(&eta.p90)],
            "terms": candidate.cost_terms.iter().map(term).collect::<Vec<_>>(),
            "total": candidate.total_cost_millis,
            "depot": id(&candidate.depot),
            "km": candidate.added_meters as f64 / 1e3,
        })
    }

    /// Every technician with the routes planned at the end of the day.
    pub fn technicians(&self) -> Vec<Value> {
        let mut routes: BTreeMap<&str, Vec<&v1::Route>> = BTreeMap::new();
        for route in &self.demo.played.routes {
            routes.entry(&route.technician).or_default().push(route);
        }
        let one = |t: &v1::Technician| {
            let theirs = routes.get(t.name.as_str()).cloned().unwrap_or_default();
            let certificate = |c: &v1::Certification| {
                json!([id(&c.kind), c.level, c.valid_to.as_ref().map(|_| self.time(&c.valid_to))])
            };
            json!({
                "id": id(&t.name),
                "name": t.display_name,
                "home": self.place(t.start_place.as_ref()),
                "shifts": t.shifts.iter().filter_map(|s| s.window.as_ref()).map(|w| self.window(w)).collect::<Vec<_>>(),
                "holds": t.certifications.iter().map(certificate).collect::<Vec<_>>(),
                "routes": theirs.iter().map(|r| self.route(t, r)).collect::<Vec<_>>(),
            })
        };
        self.demo.played.technicians.iter().map(one).collect()
    }

    fn route(&self, technician: &v1::Technician, route: &v1::Route) -> Value {
        let start = technician.start_place.as_ref().and_then(point);
        let end = technician.end_place.as_ref().and_then(point).or(start);
        let mut at = start;
        let mut stops = Vec::new();
        for stop in &route.stops {
            let to = stop.place.as_ref().and_then(point).filter(|_| !stop.is_break);
            let arrive = seconds(&stop.arrive_time);
            let depart = arrive - span(&stop.travel_duration) as i64;
            stops.push(json!({
                "job": stop.visit.rsplit_once("/visits/").map(|(job, _)| id(job)),
                "depot": Some(id(&stop.depot)).filter(|d| !d.is_empty()),
                "t": self.times([depart, arrive, seconds(&stop.start_time), seconds(&stop.end_time)]),
                "m": stop.travel_meters,
                "line": self.way(at, to, depart),
            }));
            at = to.or(at);
        }
        let travelled: f64 = route.stops.iter().map(|s| span(&s.travel_duration)).sum();
        let home = seconds(&route.home_time);
        let depart = home - (span(&route.travel_duration) - travelled) as i64;
        stops.push(json!({
            "home": true,
            "t": self.times([depart, home, home, home]),
            "m": route.travel_meters - route.stops.iter().map(|s| s.travel_meters).sum::<i64>(),
            "line": self.way(at, end, depart),
        }));
        json!({ "stops": stops, "m": route.travel_meters, "s": span(&route.travel_duration) })
    }

    fn way(&self, from: Option<Point>, to: Option<Point>, depart: i64) -> Vec<i32> {
        let Some((from, to)) = from.zip(to).filter(|(a, b)| a != b) else { return Vec::new() };
        self.sheet.steps(&self.demo.city.path(from, to, depart), ROUTE_TOLERANCE)
    }

    /// Every cell with a job: how many, how many of them urgent, its outline.
    pub fn cells(&self) -> Vec<Value> {
        let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for taken in &self.demo.played.taken {
            let Some(job) = &taken.answer.job else { continue };
            let count = counts.entry(&job.cell).or_default();
            count[0] += 1;
            count[1] += usize::from(crate::demo::figures::is_urgent(taken));
        }
        let drawn = |(name, [jobs, urgent]): (&&str, &[usize; 2])| {
            let cell = Cell::try_from(u64::from_str_radix(name, 16).ok()?).ok()?;
            let ring: Vec<[i32; 2]> = cell.outline().iter().map(|p| self.sheet.at(*p)).collect();
            Some(json!({ "id": name, "jobs": jobs, "urgent": urgent, "ring": ring }))
        };
        counts.iter().filter_map(drawn).collect()
    }

    /// Every depot.
    pub fn depots(&self) -> Vec<Value> {
        let one = |d: &v1::Depot| json!({ "id": id(&d.name), "name": d.display_name, "at": self.place(d.place.as_ref()) });
        self.demo.played.depots.iter().map(one).collect()
    }
}

fn rejection(rejection: &v1::Rejection) -> Value {
    json!({
        "rule": said(rejection.rule()),
        "n": rejection.technician_count,
        "who": id(&rejection.closest_technician),
        "missed": rejection.missed,
    })
}

/// A kind of job in a word.
pub fn kind_word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Unspecified => "job",
        JobKind::Repair => "repair",
        JobKind::Install => "install",
        JobKind::Maintenance => "maintenance",
        JobKind::Inspection => "inspection",
        JobKind::Remote => "remote",
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unspecified => "unknown",
        Outcome::Assigned => "assigned",
        Outcome::NobodyFits => "refused",
        Outcome::NoVisitNeeded => "remote",
    }
}
