//! What one way of inserting a visit costs, term by term, by the true forward pass.
//!
//! All terms compare the shift with the visit to the same shift without it, both seen from now. Rates are
//! thousandths of a paid second a second (`_permille`), so seconds x rate is [`Cost`] already.
//!
//! | term | formula |
//! |---|---|
//! | Travel | `travel_permille x (leg to the visit + leg from it - leg they replace + max(0, change of all other legs))` |
//! | PartsDetour | new depot stop: `travel_permille x max(0, leg to it + leg from it - leg they replace) + its handling + policy.depot_stop` |
//! | Lateness | own and others' change: `lateness_permille x` seconds that a start is after the promised end or `respond_by` |
//! | Overtime | `overtime_permille x` change of seconds home after the end of the shift |
//! | Waiting | `waiting_permille x` change of lost waiting: at most [`LOST_WAIT`] before each stop, since a longer wait leaves time for another visit |
//! | PromiseChange | `policy.promise_change` for each other promised visit that now starts after its window and did not before |
//! | Scarcity, Preference, Language, Patience, Partner | see `own` |
//! | Coverage | a minute's worth of the technician x minutes of the next hour away for it, at most 10 min; see `cover` |
//! | Response | with a response target: `response_permille x` seconds from call to start (the arrival, but where access opens later) |
//!
//! Legs pushed into a quieter hour are no merit of this visit, hence the `max` in Travel; the travel told
//! beside the terms is the plain difference.

use super::ask::Ask;
use super::own::Own;
use super::parts::Way;
use super::stand::Stand;
use crate::board::Legs;
pub use crate::board::cost::{
    LOST_WAIT, STEPS, coverage, late, late_or_at_risk, lost_wait, past_due, rate, risk,
};
use crate::board::decision::{CostKind, Rule, Terms};
use crate::board::delivery::{Awaited, ready};
use crate::board::fleet::{Errand, Route, Stop};
use crate::board::id::{DepotId, JobId};
use crate::board::schedule::{Errands, Miss, PROMISE_SLACK, Task, keeps_promise, schedule_as};
use crate::geo::Point;
use crate::units::{Span, Time};

/// A way that fits, with its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// The terms; their sum is the cost.
    pub terms: Terms,
    /// The route as it would be.
    pub after: Route,
    /// The visit's place in it.
    pub at: usize,
}

impl Weighed {
    /// The visit's stop.
    pub fn stop(&self) -> &Stop {
        &self.after.stops[self.at]
    }
}

/// Weighs one way of inserting the visit; `own` is what the technician costs whatever the route.
///
/// # Errors
/// The first hard rule it breaks.
pub fn weigh(
    ask: &Ask<'_>,
    stand: &Stand<'_>,
    way: &Way,
    own: &Own,
    legs: &dyn Legs,
) -> Result<Weighed, Miss> {
    let about = About { ask, stand, awaits: &way.awaits };
    let after = schedule_as(&stand.sheet, &way.errands, &stand.base.stops, &about, legs)?;
    if !ask.by_hand {
        in_time(ask, &after.stops[way.at])?;
        keeps_promises(stand, way, &after)?;
    }
    let mut terms = Terms::default();
    travel(ask, stand, way, &after, legs, &mut terms);
    lateness(ask, stand, way, &after, &mut terms);
    let policy = ask.policy;
    let over = |r: &Route| (r.home.arrive - r.shift.end).or_zero();
    terms.add(CostKind::Overtime, rate(policy.overtime_permille, over(&after) - over(&stand.base)));
    let lost = |r: &Route| lost_wait(stand.sheet.origin.free, &r.stops[stand.sheet.frozen.len()..]);
    let lost = lost(&after) - lost(&stand.base);
    terms.add(CostKind::Waiting, rate(policy.waiting_permille, lost));
    own.tell(&mut terms);
    let stop = &after.stops[way.at];
    terms.add(CostKind::Coverage, coverage(own.stake, ask.now, stop.depart, stop.end));
    if ask.demand.respond_by.is_some() {
        let response = after.stops[way.at].start - ask.called;
        terms.add(CostKind::Response, rate(policy.response_permille, response));
    }
    Ok(Weighed { terms, after, at: way.at })
}

/// The visit's own promise and horizon.
fn in_time(ask: &Ask<'_>, stop: &Stop) -> Result<(), Miss> {
    if let Some(promised) = ask.need.promised {
        let late = stop.start - (promised.end + PROMISE_SLACK);
        if late > Span::ZERO {
            let missed = format!("the promised window would be missed by {}", late + PROMISE_SLACK);
            return Err(Miss::by(Rule::Promise, late, missed));
        }
    }
    let beyond = stop.start - ask.asked().end;
    if ask.need.promised.is_none() && ask.need.access.is_empty() && beyond >= Span::ZERO {
        let by = beyond + Span(1);
        return Err(Miss::by(Rule::Shift, by, format!("free {by} after the policy's horizon")));
    }
    Ok(())
}

/// What errands refer to, found beside the shift rather than in the whole board.
struct About<'s, 'a> {
    ask: &'s Ask<'a>,
    stand: &'s Stand<'a>,
    awaits: &'s [Awaited],
}

impl Errands for About<'_, '_> {
    fn task(&self, job: &JobId) -> Task<'_> {
        let ahead = &self.stand.base.stops[self.stand.sheet.frozen.len()..];
        let here = |s: &Stop| matches!(&s.errand, Errand::Visit(j) if std::ptr::eq(j.as_str(), job.as_str()));
        let known = ahead.iter().zip(&self.stand.tasks).find(|(s, _)| here(s)).and_then(|(_, task)| *task);
        known.unwrap_or_else(|| self.ask.task(job))
    }

    fn depot(&self, depot: &DepotId) -> (Point, Span) {
        self.ask.depot(depot)
    }

    fn ready(&self, errand: &Errand, rest: &[Errand]) -> Time {
        let planned = self.ask.ready(errand, rest);
        if self.awaits.is_empty() {
            return planned;
        }
        let own = |job: &JobId| if job == self.ask.job { self.awaits } else { &[] };
        planned.max(ready(errand, rest, &own))
    }
}

/// The stops ahead that were there before: each as it would be, as it is, and what it asks for.
fn kept<'s, 'a>(
    stand: &'s Stand<'a>,
    way: &'s Way,
    after: &'s Route,
) -> impl Iterator<Item = (&'s Stop, &'s Stop, Option<Task<'a>>)> {
    let frozen = stand.sheet.frozen.len();
    let new = move |i: usize| i == way.at || Some(i) == way.depot_at;
    let stops = after.stops.iter().enumerate().skip(frozen).filter(move |(i, _)| !new(*i));
    let before = stand.base.stops[frozen..].iter().zip(&stand.tasks);
    stops.zip(before).map(|((_, stop), (had, task))| {
        debug_assert_eq!(stop.errand, had.errand, "present errands keep their order");
        (stop, had, *task)
    })
}

/// No visit of the adopted route breaks what was promised.
fn keeps_promises(stand: &Stand<'_>, way: &Way, after: &Route) -> Result<(), Miss> {
    let Some(route) = stand.route else { return Ok(()) };
    let adopted = &route.stops[stand.sheet.frozen.len()..];
    for ((stop, _, task), adopted) in kept(stand, way, after).zip(adopted) {
        if let (Some(task), Errand::Visit(job)) = (task, &stop.errand) {
            keeps_promise(job, task.need, adopted.start, stop.start)?;
        }
    }
    Ok(())
}

/// The legs of both routes side by side: own detour, depot's detour, what else changed. In seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Legwork {
    own: i64,
    depot: i64,
    others: i64,
}

fn travel(ask: &Ask<'_>, stand: &Stand<'_>, way: &Way, after: &Route, legs: &dyn Legs, terms: &mut Terms) {
    let policy = ask.policy;
    let work = legwork(stand, way, after, legs);
    terms.add(CostKind::Travel, rate(policy.travel_permille, Span(work.own + work.others.max(0))));
    if let Some(at) = way.depot_at {
        let stop = &after.stops[at];
        let detour = rate(policy.travel_permille, Span(work.depot.max(0)));
        terms.add(CostKind::PartsDetour, detour + (stop.end - stop.start).paid() + policy.depot_stop.paid());
    }
}

fn legwork(stand: &Stand<'_>, way: &Way, after: &Route, legs: &dyn Legs) -> Legwork {
    let frozen = stand.sheet.frozen.len();
    let mut work = Legwork::default();
    let mut base = stand.base.stops[frozen..].iter();
    // Whose detour the next leg that was there before belongs to.
    let mut after_visit = false;
    let mut after_depot = false;
    for (i, stop) in after.stops.iter().enumerate().skip(frozen) {
        let seconds = i64::from(stop.seconds);
        if Some(i) == way.depot_at {
            work.depot += seconds;
            after_depot = true;
        } else if i == way.at {
            let direct = if after_depot { straight(stand, way, after, legs, seconds) } else { seconds };
            work.depot += seconds - direct;
            work.own += direct;
            (after_depot, after_visit) = (false, true);
        } else {
            let had = base.next().expect("all present errands are kept");
            let change = seconds - i64::from(had.seconds);
            if matches!(had.errand, Errand::Break(_)) {
                continue;
            }
            *work.of(after_depot, after_visit) += change;
            (after_depot, after_visit) = (false, false);
        }
    }
    let change = i64::from(after.home.seconds) - i64::from(stand.base.home.seconds);
    *work.of(after_depot, after_visit) += change;
    debug_assert_eq!(base.next(), None, "all present errands are kept");
    work
}

impl Legwork {
    fn of(&mut self, after_depot: bool, after_visit: bool) -> &mut i64 {
        match (after_depot, after_visit) {
            (true, _) => &mut self.depot,
            (_, true) => &mut self.own,
            (false, false) => &mut self.others,
        }
    }
}

/// Where the depot comes right before the visit: the leg to the visit had the depot been left out.
fn straight(stand: &Stand<'_>, way: &Way, after: &Route, legs: &dyn Legs, otherwise: i64) -> i64 {
    let Some(depot) = way.depot_at else { return otherwise };
    let from = match depot.checked_sub(1) {
        Some(before) if before >= stand.sheet.frozen.len() => after.stops[before].place,
        Some(_) | None => stand.sheet.origin.place,
    };
    let leg = legs.leg(from, after.stops[way.at].place, after.stops[depot].depart);
    leg.map_or(otherwise, |l| i64::from(l.seconds))
}

fn lateness(ask: &Ask<'_>, stand: &Stand<'_>, way: &Way, after: &Route, terms: &mut Terms) {
    let own = Task { need: ask.need, demand: ask.demand };
    let late_by = late(own, after.stops[way.at].start);
    terms.add(CostKind::Lateness, rate(ask.demand.lateness_permille, late_by));
    let margin = ask.policy.lateness_margin;
    terms.add(CostKind::Risk, risk(own, after.stops[way.at].start, margin));
    for (stop, had, task) in kept(stand, way, after) {
        let Some(task) = task else { continue };
        let change = late(task, stop.start) - late(task, had.start);
        terms.add(CostKind::Lateness, rate(task.demand.lateness_permille, change));
        terms.add(CostKind::Risk, risk(task, stop.start, margin) - risk(task, had.start, margin));
        if task.need.promised.is_some_and(|w| had.start <= w.end && stop.start > w.end) {
            terms.add(CostKind::PromiseChange, ask.policy.promise_change.paid());
        }
    }
}
