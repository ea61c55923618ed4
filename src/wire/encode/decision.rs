//! Decisions: the winner, the next two, or why nobody fits.

use super::job::{eta, part_count};
use super::{int, span, time};
use crate::board::decision::{Candidate, Cause, CostKind, Decision, Outcome, Rejection, Remedy, Rule, Terms};
use crate::board::id::RegionId;
use crate::board::job::Source;
use crate::wire::{name, v1};

/// A decision.
pub fn decision(region: &RegionId, d: &Decision) -> v1::Decision {
    v1::Decision {
        outcome: outcome(d.outcome).into(),
        chosen: d.chosen.as_ref().map(|c| candidate(region, c)),
        runners_up: d.runners_up.iter().map(|c| candidate(region, c)).collect(),
        rejections: d.rejections.iter().map(|r| rejection(region, r)).collect(),
        remedies: d.remedies.iter().map(|r| remedy(region, r)).collect(),
        travel_model: d.travel_model.clone(),
        technicians_considered: int(d.considered),
        technicians_certified: int(d.certified),
        decide_time: Some(time(d.decided)),
        cause: cause(d.cause).to_owned(),
        coverage_note: d.coverage.clone().unwrap_or_default(),
    }
}

/// Named parts of a cost.
pub fn terms(terms: &Terms) -> Vec<v1::CostTerm> {
    let term =
        |(of, cost): (CostKind, crate::units::Cost)| v1::CostTerm { kind: kind(of).into(), millis: cost.0 };
    terms.iter().map(term).collect()
}

/// A technician who could do it.
pub fn candidate(region: &RegionId, c: &Candidate) -> v1::Candidate {
    v1::Candidate {
        technician: name::of_technician(region, &c.technician),
        position: int(c.position),
        eta: Some(eta(&c.eta)),
        start_time: Some(time(c.start)),
        cost_terms: terms(&c.terms),
        total_cost_millis: c.terms.total().0,
        depot: c.depot.as_ref().map(|d| name::of_depot(region, d)).unwrap_or_default(),
        part_sources: c.sources.iter().map(|s| source(region, s)).collect(),
        added_travel: Some(span(c.added_travel)),
        added_meters: c.added_metres,
    }
}

/// Where parts come from.
pub fn source(region: &RegionId, s: &Source) -> v1::PartSource {
    v1::PartSource {
        location: name::of_location(region, &s.location),
        part_count: Some(part_count(region, &s.part_count)),
    }
}

/// Why technicians do not fit.
pub fn rejection(region: &RegionId, r: &Rejection) -> v1::Rejection {
    v1::Rejection {
        rule: rule(r.rule).into(),
        technician_count: int(r.technicians),
        closest_technician: name::of_technician(region, &r.closest),
        missed: r.missed.clone(),
        missed_by: r.missed_by.map(span),
    }
}

fn remedy(region: &RegionId, r: &Remedy) -> v1::Remedy {
    let candidate = Some(candidate(region, &r.candidate));
    v1::Remedy { description: r.description.clone(), rule: rule(r.rule).into(), candidate }
}

fn outcome(outcome: Outcome) -> v1::Outcome {
    match outcome {
        Outcome::Assigned => v1::Outcome::Assigned,
        Outcome::NobodyFits => v1::Outcome::NobodyFits,
        Outcome::NoVisitNeeded => v1::Outcome::NoVisitNeeded,
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Create => "create",
        Cause::Update => "update",
        Cause::TechnicianChanged => "technician changed",
        Cause::Progress => "progress",
        Cause::FollowUp => "follow-up",
        Cause::Manual => "manual",
        Cause::Unassigned => "unassigned",
        Cause::Declined => "declined",
        Cause::PartsLost => "parts lost",
        Cause::PartsArrived => "parts arrived",
        Cause::Evaluate => "evaluate",
        Cause::Improved => "improved",
        Cause::Hold => "hold",
        Cause::Reschedule => "reschedule",
        Cause::Retried => "retried",
        Cause::Diverted => "diverted",
    }
}

fn kind(kind: CostKind) -> v1::CostKind {
    match kind {
        CostKind::Travel => v1::CostKind::Travel,
        CostKind::Lateness => v1::CostKind::Lateness,
        CostKind::Overtime => v1::CostKind::Overtime,
        CostKind::Waiting => v1::CostKind::Waiting,
        CostKind::PartsDetour => v1::CostKind::PartsDetour,
        CostKind::PromiseChange => v1::CostKind::PromiseChange,
        CostKind::Scarcity => v1::CostKind::Scarcity,
        CostKind::Response => v1::CostKind::Response,
        CostKind::Risk => v1::CostKind::Risk,
        CostKind::Preference => v1::CostKind::Preference,
        CostKind::Language => v1::CostKind::Language,
        CostKind::Patience => v1::CostKind::Patience,
        CostKind::Partner => v1::CostKind::Partner,
        CostKind::Coverage => v1::CostKind::Coverage,
        CostKind::Divert => v1::CostKind::Divert,
    }
}

/// A rule.
pub fn rule(rule: Rule) -> v1::Rule {
    match rule {
        Rule::Certification => v1::Rule::Certification,
        Rule::CertificationValidity => v1::Rule::CertificationValidity,
        Rule::Exclusion => v1::Rule::Exclusion,
        Rule::Parts => v1::Rule::Parts,
        Rule::Reach => v1::Rule::Reach,
        Rule::Shift => v1::Rule::Shift,
        Rule::Access => v1::Rule::Access,
        Rule::Overtime => v1::Rule::Overtime,
        Rule::Break => v1::Rule::Break,
        Rule::Promise => v1::Rule::Promise,
        Rule::Language => v1::Rule::Language,
        Rule::Declined => v1::Rule::Declined,
    }
}
