//! What a planned route costs, term by term: the board's own costing, to compare one plan with another.
//!
//! Rates are thousandths of a paid second a second (`_permille`), so seconds x rate is [`Cost`] already.
//! Only what lies ahead is counted: what is under way or past costs the same in every plan.

use super::decision::{CostKind, Terms};
use super::fleet::{Errand, Route, Stop};
use super::job::Job;
use super::scarcity::Holders;
use super::schedule::{Sheet, Task};
use super::{Board, id::JobId};
use crate::units::{Cost, Span, Time};

/// The part of a wait before a stop that is lost; the rest is time for something else.
pub const LOST_WAIT: Span = Span::minutes(30);

/// How far ahead of its start a changed promise costs half of `policy.promise_change`.
const NEAR: Span = Span::hours(1);

/// Seconds at a rate in thousandths of a paid second.
pub fn rate(permille: u32, span: Span) -> Cost {
    Cost(span.0 * i64::from(permille))
}

/// Seconds by which a start is late. Starts count, not arrivals: who arrives before access opens helps nobody.
pub fn late(task: Task<'_>, start: Time) -> Span {
    past_due(task, start).map_or(Span::ZERO, Span::or_zero)
}

/// How far after its promise or response target a start lies, negative where before; `None` where it has neither.
pub fn past_due(task: Task<'_>, start: Time) -> Option<Span> {
    let due = task.need.promised.map(|w| w.end).or(task.demand.respond_by)?;
    Some(start - due)
}

/// Lateness and the risk of it together grow steeper so many margins after a start is due, by so many quarters of the
/// rate: see [`risk`].
pub const STEPS: [(i64, i64); 3] = [(-1, 1), (0, 2), (1, 1)];

/// Quarters of a second of lateness that count for a start `past` its due, the risk of it included; convex and never
/// falling.
#[inline]
pub fn late_or_at_risk(past: Span, margin: Span) -> i64 {
    STEPS.iter().map(|(at, quarters)| quarters * (past.0 - at * margin.0).max(0)).sum()
}

/// What lateness is to be expected of a start beyond what is planned, at the task's rate. With a start off by up to
/// `margin` either way, evenly, a start `x` after it is due is late by `(x + margin)^2 / (4 margin)` in the mean; the
/// convex line through that at `-margin`, 0 and `margin` is taken: a quarter, a half and a quarter of the rate more
/// from each of them on.
pub fn risk(task: Task<'_>, start: Time, margin: Span) -> Cost {
    let Some(past) = past_due(task, start) else { return Cost::ZERO };
    let quarters = late_or_at_risk(past, margin) - 4 * past.or_zero().0;
    Cost(quarters * i64::from(task.demand.lateness_permille) / 4)
}

/// Waiting that is lost before `stops`, the technician being free at `free`.
pub fn lost_wait(mut free: Time, stops: &[Stop]) -> Span {
    let mut lost = Span::ZERO;
    for stop in stops {
        let wait = stop.start - free - Span(i64::from(stop.seconds));
        lost += wait.or_zero().min(LOST_WAIT);
        free = stop.end;
    }
    lost
}

/// What another technician costs at a visit the customer was promised, planned to start `ahead` from now:
/// `promise_change` when the visit is due, half of it an hour before, a fifth at four hours, a 25th a day before.
pub fn promise_change(policy: Span, ahead: Span) -> Cost {
    Cost(policy.paid().0 * NEAR.0 / (NEAR.0 + ahead.or_zero().0))
}

/// How far ahead what a technician is worth to coverage now says anything.
pub const COVERED: Span = Span::hours(1);

/// The most that one visit is charged for coverage.
pub const COVERAGE_MOST: Cost = Span::minutes(10).paid();

/// What it takes from coverage that a technician leaves for a visit and is done with it at these moments, a minute
/// being worth `stake`: the part of it that lies within the next hour, at most [`COVERAGE_MOST`].
pub fn coverage(stake: Cost, now: Time, left: Time, done: Time) -> Cost {
    let away = (done.min(now + COVERED) - left.max(now)).or_zero();
    Cost((i128::from(stake.0.max(0)) * i128::from(away.0) / 60).min(COVERAGE_MOST.0.into()) as i64)
}

/// What the visits among stops ahead take from coverage, each as in [`coverage`].
pub fn coverage_of(stake: Cost, now: Time, ahead: &[Stop]) -> Cost {
    let visits = ahead.iter().filter(|s| matches!(s.errand, Errand::Visit(_)));
    visits.map(|s| coverage(stake, now, s.depart, s.end)).sum()
}

impl Board {
    /// What is ahead in a route costs this: the stops after `sheet.frozen` and the way home. A depot's whole
    /// way is in Travel; Response counts from the call.
    pub fn cost(&self, sheet: &Sheet<'_>, route: &Route, holders: &Holders) -> Terms {
        let ahead = &route.stops[sheet.frozen.len()..];
        self.cost_ahead(Some(sheet.origin.free), ahead, route, |job, _, terms| {
            let scarcity = self.region.policy.scarcity;
            let required = &job.demand.requirements;
            terms.add(CostKind::Scarcity, holders.cost(sheet.technician, required, scarcity));
        })
    }

    /// What the stops `ahead` of a route and its way home cost, the technician being free at `free` (no wait counts
    /// where that is not known); `own` adds what a visit that starts then costs besides.
    pub fn cost_ahead(
        &self,
        free: Option<Time>,
        ahead: &[Stop],
        route: &Route,
        own: impl Fn(&Job, Time, &mut Terms),
    ) -> Terms {
        let policy = &self.region.policy;
        let mut terms = Terms::default();
        let seconds = ahead.iter().map(|s| i64::from(s.seconds)).sum::<i64>() + i64::from(route.home.seconds);
        terms.add(CostKind::Travel, rate(policy.travel_permille, Span(seconds)));
        terms.add(
            CostKind::Overtime,
            rate(policy.overtime_permille, (route.home.arrive - route.shift.end).or_zero()),
        );
        let lost = free.map_or(Span::ZERO, |free| lost_wait(free, ahead));
        terms.add(CostKind::Waiting, rate(policy.waiting_permille, lost));
        for stop in ahead {
            match &stop.errand {
                Errand::Visit(id) => {
                    let job = &self.jobs[id];
                    self.visit_cost(job, stop.start, &mut terms);
                    own(job, stop.start, &mut terms);
                }
                Errand::Depot(_) => {
                    terms.add(
                        CostKind::PartsDetour,
                        (stop.end - stop.start).paid() + policy.depot_stop.paid(),
                    );
                }
                Errand::Break(_) => {}
            }
        }
        terms
    }

    fn visit_cost(&self, job: &Job, start: Time, terms: &mut Terms) {
        let task = Task { need: &job.need, demand: &job.demand };
        terms.add(CostKind::Lateness, rate(job.demand.lateness_permille, late(task, start)));
        terms.add(CostKind::Risk, risk(task, start, self.region.policy.lateness_margin));
        if job.demand.respond_by.is_some() {
            let response = start - job.created;
            terms.add(CostKind::Response, rate(self.region.policy.response_permille, response));
        }
    }

    /// What it costs that a promised visit, planned to start at `had`, now starts at `start` by another
    /// technician (`other`) or after its window.
    pub fn changed_promise(&self, now: Time, id: &JobId, had: Time, start: Time, other: bool) -> Cost {
        let policy = self.region.policy.promise_change;
        let Some(window) = self.jobs[id].need.promised else { return Cost::ZERO };
        let missed = had <= window.end && start > window.end;
        let missed = if missed { policy.paid() } else { Cost::ZERO };
        if other { missed + promise_change(policy, had - now) } else { missed }
    }
}
