//! The day in numbers. Counts what was played; judges nothing.

use super::names::{seconds, span};
use super::play::{Played, Taken};
use crate::wire::v1::{Decision, JobState, Outcome, Rejection, Rule};
use serde::Serialize;
use std::collections::BTreeMap;

/// The summary, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Calls for a job.
    pub jobs: usize,
    /// Answered with a technician.
    pub assigned: usize,
    /// Answered with the reasons why nobody fits.
    pub refused: usize,
    /// Solved from afar: no visit needed. `assigned + refused + remote = jobs`.
    pub remote: usize,
    /// Of the urgent jobs, the share (0 to 1) whose planned arrival lies within 30 min of the call.
    pub within_30_min: f64,
    /// Jobs of the service levels emergency and urgent.
    pub urgent_jobs: usize,
    /// As `within_30_min`, a count.
    pub urgent_within_30_min: usize,
    /// Jobs of the level emergency, whose target is 30 min.
    pub emergency_jobs: usize,
    /// Of these, reached within 30 min by plan.
    pub emergency_within_30_min: usize,
    /// Jobs with a booked window that were given a technician.
    pub booked_jobs: usize,
    /// Of these, planned to begin inside their window.
    pub booked_in_window: usize,
    /// Planned visits at the end of the day, tomorrow's included.
    pub visits: usize,
    /// Kilometres of all planned routes, the ways home included, per visit.
    pub travel_km_per_job: f64,
    /// Minutes of the same.
    pub travel_min_per_job: f64,
    /// Time the server spent deciding, milliseconds.
    pub decision_ms_p50: f64,
    /// As above.
    pub decision_ms_p99: f64,
    /// A CreateJob call with its durable answer, milliseconds.
    pub rpc_ms_p50: f64,
    /// As above.
    pub rpc_ms_p99: f64,
    /// Refused jobs by the rule that stopped those who came farthest.
    pub refused_by_rule: BTreeMap<String, usize>,
    /// Jobs corrected during the day.
    pub corrected: usize,
    /// Jobs called off.
    pub cancelled: usize,
    /// Jobs that another technician has at the end than the caller was told at first: the plan kept improving.
    pub moved: usize,
    /// Jobs that had a technician and are open at the end.
    pub lost: usize,
    /// The seed.
    pub seed: u64,
    /// Technicians.
    pub technicians: usize,
    /// How travel was measured.
    pub travel_model: String,
}

/// How a call was answered.
pub fn outcome(taken: &Taken) -> Outcome {
    taken.answer.decision.as_ref().map_or(Outcome::Unspecified, |d| d.outcome())
}

/// Whether a job is of a level with a target of two hours or less.
pub fn is_urgent(taken: &Taken) -> bool {
    ["emergency", "urgent"].contains(&level(taken))
}

/// The id of a job's service level.
pub fn level(taken: &Taken) -> &str {
    let need = taken.call.request.job.as_ref().and_then(|j| j.need.as_ref());
    need.map_or("", |n| super::names::id(&n.service_level))
}

/// Seconds from call to planned arrival.
pub fn response(taken: &Taken) -> Option<i64> {
    taken.answer.visit.as_ref().map(|v| seconds(&v.arrive_time) - taken.call.at)
}

/// The rejection that decided a refusal: rules are tried in order, and the last of them is where the
/// technicians who came farthest failed.
pub fn decisive(decision: &Decision) -> Option<&Rejection> {
    decision.rejections.iter().max_by_key(|r| r.rule)
}

/// The rule that decided a refusal.
pub fn deciding_rule(taken: &Taken) -> Option<Rule> {
    decisive(taken.answer.decision.as_ref()?).map(|r| r.rule())
}

/// A rule as people say it.
pub fn said(rule: Rule) -> &'static str {
    match rule {
        Rule::Unspecified => "unknown",
        Rule::Certification => "certificate missing",
        Rule::CertificationValidity => "certificate lapses",
        Rule::Exclusion => "technician excluded",
        Rule::Parts => "part not to be had",
        Rule::Reach => "off the roads",
        Rule::Shift => "no shift at that time",
        Rule::Access => "no access when someone could come",
        Rule::Overtime => "shift too short",
        Rule::Break => "break in the way",
        Rule::Promise => "promise in the way",
        Rule::Language => "language not spoken",
        Rule::Declined => "declined",
    }
}

/// Counts.
pub fn figures(played: &Played, seed: u64, travel_model: &str) -> Figures {
    let all = &played.taken;
    let count = |wanted: &dyn Fn(&Taken) -> bool| all.iter().filter(|t| wanted(t)).count();
    let soon = |t: &Taken| response(t).is_some_and(|s| s <= 1800);
    let urgent = count(&is_urgent);
    let urgent_soon = count(&|t| is_urgent(t) && soon(t));
    let stops = played.routes.iter().flat_map(|r| &r.stops);
    let visits = stops.filter(|s| !s.visit.is_empty()).count();
    let per_visit = |total: f64| if visits == 0 { 0.0 } else { total / visits as f64 };
    let metres: i64 = played.routes.iter().map(|r| r.travel_meters).sum();
    let minutes: f64 = played.routes.iter().map(|r| span(&r.travel_duration) / 60.0).sum();
    let decided = sorted(all.iter().map(|t| span(&t.answer.decide_duration) * 1e3));
    let trips = sorted(all.iter().map(|t| t.round_trip.as_secs_f64() * 1e3));
    let mut refused_by_rule = BTreeMap::new();
    for taken in all.iter().filter(|t| outcome(t) == Outcome::NobodyFits) {
        *refused_by_rule.entry(said(deciding_rule(taken).unwrap_or_default()).to_owned()).or_default() += 1;
    }
    Figures {
        jobs: all.len(),
        assigned: count(&|t| outcome(t) == Outcome::Assigned),
        refused: count(&|t| outcome(t) == Outcome::NobodyFits),
        remote: count(&|t| outcome(t) == Outcome::NoVisitNeeded),
        within_30_min: if urgent == 0 { 0.0 } else { round(urgent_soon as f64 / urgent as f64, 1e4) },
        urgent_jobs: urgent,
        urgent_within_30_min: urgent_soon,
        emergency_jobs: count(&|t| level(t) == "emergency"),
        emergency_within_30_min: count(&|t| level(t) == "emergency" && soon(t)),
        booked_jobs: count(&|t| in_window(t).is_some()),
        booked_in_window: count(&|t| in_window(t) == Some(true)),
        visits,
        travel_km_per_job: round(per_visit(metres as f64 / 1e3), 1e3),
        travel_min_per_job: round(per_visit(minutes), 1e3),
        decision_ms_p50: quantile(&decided, 0.5),
        decision_ms_p99: quantile(&decided, 0.99),
        rpc_ms_p50: quantile(&trips, 0.5),
        rpc_ms_p99: quantile(&trips, 0.99),
        refused_by_rule,
        corrected: played.corrected,
        cancelled: played.cancelled,
        moved: count(&|t| is_moved(played, t)),
        lost: count(&|t| outcome(t) == Outcome::Assigned && state(played, t) == JobState::Open),
        seed,
        technicians: played.technicians.len(),
        travel_model: travel_model.to_owned(),
    }
}

fn state(played: &Played, taken: &Taken) -> JobState {
    played.jobs.get(&taken.call.request.job_id).map_or(JobState::Unspecified, |j| j.state())
}

/// Whether somebody else goes now than was told at first.
fn is_moved(played: &Played, taken: &Taken) -> bool {
    let Some(told) = &taken.answer.visit else { return false };
    let mut now = played.routes.iter().filter(|r| r.stops.iter().any(|s| s.visit == told.name));
    now.next().is_some_and(|route| route.technician != told.technician)
}

/// Whether a booked visit is planned to begin inside its window; nothing for jobs without.
fn in_window(taken: &Taken) -> Option<bool> {
    let window = taken.call.request.job.as_ref()?.need.as_ref()?.promised_window.as_ref()?;
    let visit = taken.answer.visit.as_ref()?;
    let start = seconds(&visit.start_time);
    Some(seconds(&window.start) <= start && start <= seconds(&window.end))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The smallest value that at least this share does not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).map_or(0.0, |v| round(*v, 1e3))
}

fn round(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}
