//! Jobs and decisions told: for a dispatcher as text, for programs as JSON.

use super::line::{moment, stamp};
use crate::demo::figures::said;
use crate::demo::names::{id, span};
use crate::demo::table::{added, cost_minutes, cost_word, terms};
use crate::wire::v1::{Candidate, Decision, Job, Money, Outcome, Visit};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The short word of an enum's protobuf name: `JOB_STATE_OPEN` gives `open`.
pub fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// An amount as "EUR 89.50"; nothing where there is none.
pub fn money(amount: &Option<Money>) -> String {
    let Some(m) = amount else { return String::new() };
    let cents = i128::from(m.units) * 100 + i128::from(m.nanos) / 10_000_000;
    let sign = if cents < 0 { "-" } else { "" };
    format!("{} {sign}{}.{:02}", m.currency_code, cents.abs() / 100, cents.abs() % 100)
}

/// A job for people or for programs.
pub fn one(job: &Job, visit: Option<&Visit>, zone: &TimeZone, json: bool) -> String {
    if json { job_json(job, visit).to_string() } else { self::job(job, visit, zone) }
}

/// A job with what was decided about it, for people or for programs.
pub fn decided(job: &Job, visit: Option<&Visit>, decision: &Decision, zone: &TimeZone, json: bool) -> String {
    if json {
        return json!({ "job": job_json(job, visit), "decision": decision_json(decision) }).to_string();
    }
    format!("{}\n{}", self::job(job, visit, zone), self::decision(decision, zone))
}

/// A decision: who comes and why, or why nobody fits and what would help.
pub fn decision(decision: &Decision, zone: &TimeZone) -> String {
    let mut lines = Vec::new();
    let heading =
        |word: &str| format!("{word} ({}, {})", decision.cause, moment(&decision.decide_time, zone));
    match decision.outcome() {
        Outcome::Assigned => {
            lines.push(heading("assigned"));
            let all = decision.chosen.iter().chain(&decision.runners_up);
            lines.extend(all.enumerate().flat_map(|(n, c)| candidate(n, c, zone)));
        }
        Outcome::NobodyFits => {
            lines.push(heading("nobody fits"));
            for r in &decision.rejections {
                let (rule, who) = (said(r.rule()), id(&r.closest_technician));
                lines.push(format!("  {:>4} {rule:<34} closest {who}: {}", r.technician_count, r.missed));
            }
            for remedy in &decision.remedies {
                let who = remedy.candidate.as_ref().map_or("", |c| id(&c.technician));
                lines.push(format!("  would fit {} -> {who}", remedy.description));
            }
            if decision.remedies.is_empty() {
                lines.push("  no single change was found that would help".to_owned());
            }
        }
        Outcome::NoVisitNeeded => lines.push(heading("no visit needed")),
        Outcome::Unspecified => lines.push(heading("unknown")),
    }
    lines.push(format!(
        "  {} of {} technicians hold the certificates; travel by {}",
        decision.technicians_certified, decision.technicians_considered, decision.travel_model
    ));
    lines.join("\n")
}

fn candidate(n: usize, c: &Candidate, zone: &TimeZone) -> Vec<String> {
    let eta = c.eta.unwrap_or_default();
    let mark = if n == 0 { "->" } else { "  " };
    let mut lines = vec![
        format!(
            "  {mark} {:<8} there {}, nine of ten by {}",
            id(&c.technician),
            moment(&eta.p50, zone),
            moment(&eta.p90, zone)
        ),
        format!(
            "     cost {} min of paid time = {}  (adds {})",
            cost_minutes(c.total_cost_millis),
            terms(c),
            added(c)
        ),
    ];
    let source = |s: &crate::wire::v1::PartSource| {
        let part = s.part_count.clone().unwrap_or_default();
        format!("{} x {} from {}", part.count, id(&part.part), id(&s.location))
    };
    if !c.part_sources.is_empty() {
        lines
            .push(format!("     parts {}", c.part_sources.iter().map(source).collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// A job with its visit.
pub fn job(job: &Job, visit: Option<&Visit>, zone: &TimeZone) -> String {
    let need = job.need.clone().unwrap_or_default();
    let place = need.place.unwrap_or_default();
    let mut lines = vec![
        format!("{}  {}", job.name, word(job.state().as_str_name(), "JOB_STATE_").to_uppercase()),
        format!("  {} at level {}", word(need.kind().as_str_name(), "JOB_KIND_"), id(&need.service_level)),
        format!("  at {:.6},{:.6} (lon,lat), cell {}", place.longitude, place.latitude, job.cell),
        format!("  called {}", moment(&job.create_time, zone)),
    ];
    if !job.order_number.is_empty() {
        lines.push(format!("  order {}", job.order_number));
    }
    if let Some(snap) = &job.snap {
        let reach = if snap.reachable { "" } else { ": out of reach" };
        lines.push(format!("  nearest road {} m away{reach}", snap.gap_meters));
    }
    if let Some(w) = &need.promised_window {
        let (word, until) = match &job.hold_expire_time {
            Some(_) => ("held", format!(", until {}", moment(&job.hold_expire_time, zone))),
            None => ("promised", String::new()),
        };
        lines.push(format!("  {word} {} to {}{until}", moment(&w.start, zone), moment(&w.end, zone)));
    }
    if let Some(w) = job.promise.as_ref().and_then(|p| p.narrowed_window.as_ref()) {
        lines.push(format!("  on the way, there {} to {}", moment(&w.start, zone), moment(&w.end, zone)));
    }
    if let Some(named) = job.promise.as_ref().filter(|p| !p.technician.is_empty()) {
        lines.push(format!("  {} was named", id(&named.technician)));
    }
    if let Some(quote) = &job.quote {
        lines.push(format!("  price {}", money(&quote.total)));
    }
    if let Some(demand) = &job.demand {
        let certificates = demand.certifications.iter().map(|c| format!("{} {}", id(&c.kind), c.min_level));
        let parts = demand.parts.iter().map(|p| format!("{} x {}", p.count, id(&p.part)));
        let all: Vec<String> = certificates.chain(parts).collect();
        lines.push(format!("  takes {:.0} min; {}", span(&demand.service_duration) / 60.0, all.join(", ")));
    }
    if let Some(visit) = visit {
        let (who, start) = (id(&visit.technician), moment(&visit.start_time, zone));
        lines.push(format!("  {who} there {}, work from {start}", moment(&visit.arrive_time, zone)));
    }
    if !job.cancel_reason.is_empty() {
        lines.push(format!("  called off: {}", job.cancel_reason));
    }
    lines.join("\n")
}

/// As [`decision`], for programs.
pub fn decision_json(decision: &Decision) -> Value {
    let rejection = |r: &crate::wire::v1::Rejection| {
        json!({
            "rule": word(r.rule().as_str_name(), "RULE_"), "technicians": r.technician_count,
            "closest": r.closest_technician, "missed": r.missed, "missed_by_s": r.missed_by.as_ref().map(|d| d.seconds),
        })
    };
    let remedy = |r: &crate::wire::v1::Remedy| {
        json!({
            "description": r.description, "rule": word(r.rule().as_str_name(), "RULE_"),
            "candidate": r.candidate.as_ref().map(candidate_json),
        })
    };
    json!({
        "outcome": word(decision.outcome().as_str_name(), "OUTCOME_"),
        "cause": decision.cause,
        "decided": stamp(&decision.decide_time),
        "chosen": decision.chosen.as_ref().map(candidate_json),
        "runners_up": decision.runners_up.iter().map(candidate_json).collect::<Vec<_>>(),
        "rejections": decision.rejections.iter().map(rejection).collect::<Vec<_>>(),
        "remedies": decision.remedies.iter().map(remedy).collect::<Vec<_>>(),
        "technicians_considered": decision.technicians_considered,
        "technicians_certified": decision.technicians_certified,
        "travel_model": decision.travel_model,
    })
}

pub(super) fn candidate_json(c: &Candidate) -> Value {
    let eta = c.eta.unwrap_or_default();
    let terms: serde_json::Map<String, Value> =
        c.cost_terms.iter().map(|t| (cost_word(t.kind()).replace(' ', "_"), json!(t.millis))).collect();
    json!({
        "technician": c.technician, "p50": stamp(&eta.p50), "p90": stamp(&eta.p90),
        "cost_millis": terms, "total_cost_millis": c.total_cost_millis,
        "added_travel_s": span(&c.added_travel), "added_meters": c.added_meters, "depot": c.depot,
    })
}

/// As [`job`], for programs. Who called is left out.
pub fn job_json(job: &Job, visit: Option<&Visit>) -> Value {
    let need = job.need.clone().unwrap_or_default();
    let visit = visit.map(|v| {
        json!({
            "name": v.name, "technician": v.technician, "arrive": stamp(&v.arrive_time),
            "start": stamp(&v.start_time), "end": stamp(&v.end_time),
        })
    });
    let promise = job.promise.as_ref().map(|p| {
        let window = p.window.unwrap_or_default();
        let narrowed = p.narrowed_window.map(|w| json!({ "start": stamp(&w.start), "end": stamp(&w.end) }));
        json!({
            "start": stamp(&window.start), "end": stamp(&window.end), "technician": p.technician,
            "narrowed": narrowed,
        })
    });
    json!({
        "name": job.name,
        "promise": promise,
        "hold_expires": stamp(&job.hold_expire_time),
        "price": job.quote.as_ref().map(|q| money(&q.total)),
        "order_number": job.order_number,
        "state": word(job.state().as_str_name(), "JOB_STATE_"),
        "kind": word(need.kind().as_str_name(), "JOB_KIND_"),
        "service_level": need.service_level,
        "place": need.place.map(|p| json!([p.longitude, p.latitude])),
        "cell": job.cell,
        "created": stamp(&job.create_time),
        "updated": stamp(&job.update_time),
        "snap_gap_meters": job.snap.map(|s| s.gap_meters),
        "etag": job.etag,
        "visit": visit,
    })
}
