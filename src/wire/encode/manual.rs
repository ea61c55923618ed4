//! What changes by hand do, and what locks cost.

use super::decision::{candidate, terms};
use super::span;
use crate::board::id::RegionId;
use crate::board::job::Job;
use crate::plan::{Breach, Evaluation, LockPrice, Soft};
use crate::units::Cost;
use crate::wire::{name, v1};

/// What a change does.
pub fn evaluation(region: &RegionId, e: &Evaluation) -> v1::ManualEvaluation {
    v1::ManualEvaluation {
        before_terms: terms(&e.before),
        after_terms: terms(&e.after),
        change_millis: (e.after.total() - e.before.total()).0,
        violations: e.breaches.iter().map(|b| breach(region, b)).collect(),
        chosen: e.chosen.as_ref().map(|c| candidate(region, c)),
        cheapest: e.cheapest.as_ref().map(|c| candidate(region, c)),
    }
}

fn breach(region: &RegionId, b: &Breach) -> v1::SoftViolation {
    let rule = match b.kind {
        Soft::Lateness => v1::SoftRule::Lateness,
        Soft::Overtime => v1::SoftRule::Overtime,
        Soft::Promise => v1::SoftRule::Promise,
        Soft::NotCheapest => v1::SoftRule::NotCheapest,
        Soft::Scarcity => v1::SoftRule::Scarcity,
    };
    v1::SoftViolation {
        rule: rule.into(),
        job: b.job.as_ref().map(|job| name::of_job(region, job)).unwrap_or_default(),
        description: b.words.clone(),
        violated_by: b.by.map(span),
        cost_millis: b.cost.map_or(0, |cost| cost.0),
    }
}

/// A lock and its price.
pub fn lock(region: &RegionId, job: &Job, price: &LockPrice) -> Option<v1::Lock> {
    let visit = job.visit.as_ref()?;
    Some(v1::Lock {
        visit: name::of_visit(region, &job.id, visit.number),
        technician: name::of_technician(region, &visit.technician),
        locked_terms: terms(&price.locked),
        price_millis: price.price().map_or(0, |Cost(price)| price.max(0)),
        best: price.best.as_ref().map(|c| candidate(region, c)),
    })
}
