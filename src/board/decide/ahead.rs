//! What is ahead in a shift, worked out again from what is under way in it.

use super::progress::Duty;
use crate::board::command::Step;
use crate::board::decision::{Cause, Rule};
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Stop};
use crate::board::id::{DepotId, JobId, Location};
use crate::board::progress::Whereabouts;
use crate::board::schedule::{Miss, Origin, Sheet, idle_errands, schedule};
use crate::units::Span;
use std::collections::BTreeSet;

/// However late what is under way makes the way home.
const HOWEVER_LATE: Span = Span::hours(48);

/// What stays in front of a route, under way, and what is left to do after it.
pub(super) struct Left {
    pub front: Vec<Stop>,
    pub errands: Vec<Errand>,
}

impl Duty<'_> {
    /// What is left of the route: the stop that is under way by report in front, the rest behind it. Depot
    /// stops and breaks ahead of it, and those that are over by plan, are past: see [`Duty::pass`].
    pub(super) fn left(&self, step: &mut Step, was: &mut Whereabouts) -> Left {
        let Some(route) = self.route else { return Left { front: Vec::new(), errands: self.breaks(was) } };
        let going = self.under_way().map(|(id, _, _)| id);
        let mut left = Left { front: Vec::new(), errands: Vec::new() };
        let under_way =
            route.stops.iter().position(|s| matches!(&s.errand, Errand::Visit(j) if Some(j) == going));
        for (i, stop) in route.stops.iter().enumerate() {
            let over = under_way.is_some_and(|u| i < u) || stop.end <= self.at;
            match &stop.errand {
                Errand::Visit(job) if Some(job) == going => left.front.push(stop.clone()),
                Errand::Visit(_) => left.errands.push(stop.errand.clone()),
                Errand::Depot(_) | Errand::Break(_) if over => self.pass(i, route, step, was),
                Errand::Depot(_) | Errand::Break(_) => left.errands.push(stop.errand.clone()),
            }
        }
        left
    }

    fn breaks(&self, was: &Whereabouts) -> Vec<Errand> {
        idle_errands(&self.shift, was.rested)
    }

    /// A depot stop that is over: its parts lie in the van now. A break that is over is not taken again.
    pub(super) fn pass(&self, at: usize, route: &Route, step: &mut Step, was: &mut Whereabouts) {
        match &route.stops[at].errand {
            Errand::Break(n) => was.rested = was.rested.max(n + 1),
            Errand::Depot(depot) => {
                self.pick_up(depot, route, at, step);
                if self.under_way().is_none() {
                    (was.place, was.free) = (route.stops[at].place, was.free.max(route.stops[at].end));
                }
            }
            Errand::Visit(_) => {}
        }
    }

    fn pick_up(&self, depot: &DepotId, route: &Route, at: usize, step: &mut Step) {
        let from = Location::Depot(depot.clone());
        for stop in &route.stops[at..] {
            let Errand::Visit(job) = &stop.errand else { continue };
            let visit = self.board.jobs[job].visit.as_ref();
            if visit.is_some_and(|v| v.sources.iter().any(|s| s.location == from)) {
                step.events.push(Event::PartsPickedUp { job: job.clone(), depot: depot.clone() });
            }
        }
    }

    /// Works out what is ahead and notes it. Visits that no longer fit are withdrawn and owed a decision.
    pub(super) fn resume(&self, mut left: Left, was: Whereabouts, step: &mut Step) {
        let id = &self.technician.id;
        left.errands.retain(|e| !matches!(e, Errand::Break(n) if *n < was.rested));
        if self.is_gone() {
            self.hand_back(&mut left, step);
        }
        let last = left.front.last();
        // who is under way has left behind what another shift asked for
        let begins = match last {
            Some(_) => self.shift.window.start,
            None => self.board.begins(self.technician, self.shift.window.start),
        };
        let origin = Origin {
            place: last.map_or(was.place, |s| s.place),
            free: last.map_or(was.free, |s| s.end.max(was.free)).max(self.now).max(begins),
        };
        let front = std::mem::take(&mut left.front);
        let sheet = Sheet { frozen: &front, from: was.place, origin, ..self.sheet() };
        let route = self.fit(sheet, left.errands, step);
        let whereabouts = if front.is_empty() { self.busy_elsewhere().unwrap_or(was) } else { was };
        step.events.push(Event::WhereaboutsSet { technician: id.clone(), whereabouts: Some(whereabouts) });
        self.put_after(route.as_ref(), step);
        if route.as_ref() != self.route {
            let shift = self.shift.window.start;
            step.events.push(Event::RouteSet { technician: id.clone(), shift, route });
        }
    }

    /// The shift with nothing under way; as much overtime as is allowed, or there was by plan: it is not this report
    /// that made it.
    pub(super) fn sheet(&self) -> Sheet<'_> {
        let usual = self.board.region.policy.overtime_allowance;
        let usual = self.technician.allowance(&self.shift.window, usual);
        let planned = self.route.map_or(Span::ZERO, |r| r.home.arrive - self.shift.window.end);
        Sheet {
            technician: self.technician,
            shift: &self.shift,
            frozen: &[],
            from: self.was.place,
            origin: Origin { place: self.was.place, free: self.was.free },
            allowance: usual.max(planned),
        }
    }

    /// The route with as many of the errands ahead as fit, in their order; `None` without a visit. What does not fit is
    /// withdrawn and owed a decision.
    pub(super) fn fit(&self, mut sheet: Sheet<'_>, mut ahead: Vec<Errand>, step: &mut Step) -> Option<Route> {
        // the shift may have lost breaks since the route was planned
        let breaks = self.shift.breaks.len();
        ahead.retain(|e| !matches!(e, Errand::Break(n) if usize::from(*n) >= breaks));
        let route = loop {
            let front = sheet.frozen.iter().map(|s| s.errand.clone());
            let errands: Vec<Errand> = front.chain(ahead.iter().cloned()).collect();
            match schedule(&sheet, &errands, self.board, self.legs) {
                Ok(route) => break Some(route),
                Err(miss) => match drop_one(&mut ahead, &miss) {
                    Some(Errand::Visit(job)) => {
                        step.withdraw(job, Cause::Progress);
                        self.drop_idle_depots(&mut ahead, step);
                    }
                    Some(_) => {}
                    // what is under way ends when it ends
                    None if sheet.allowance < HOWEVER_LATE => sheet.allowance = HOWEVER_LATE,
                    None => break None,
                },
            }
        };
        route.filter(|r| r.jobs().next().is_some())
    }

    /// Depot stops that no visit behind them draws on any more.
    pub(super) fn drop_idle_depots(&self, ahead: &mut Vec<Errand>, step: &Step) {
        let gone: BTreeSet<&JobId> = step.owed.iter().map(|(job, _)| job).collect();
        let taken: BTreeSet<(&JobId, &DepotId)> = step.events.iter().filter_map(picked_up).collect();
        let draws = |e: &Errand, depot: &DepotId| {
            let Errand::Visit(job) = e else { return false };
            let visit = self.board.jobs[job].visit.as_ref().filter(|_| !gone.contains(job));
            let from = Location::Depot(depot.clone());
            !taken.contains(&(job, depot)) && visit.is_some_and(|v| v.draws().any(|s| s.location == from))
        };
        let errands = std::mem::take(ahead);
        let needed = |(i, e): &(usize, &Errand)| match e {
            Errand::Depot(depot) => errands[*i..].iter().any(|later| draws(later, depot)),
            Errand::Visit(_) | Errand::Break(_) => true,
        };
        *ahead = errands.iter().enumerate().filter(needed).map(|(_, e)| e.clone()).collect();
    }
}

pub(super) fn picked_up(event: &Event) -> Option<(&JobId, &DepotId)> {
    match event {
        Event::PartsPickedUp { job, depot } => Some((job, depot)),
        _ => None,
    }
}

/// Takes out the visit that misses; where none is named, the last one before the break that is missed, or the
/// last of all. Without any visit left, breaks and depots are in nobody's way.
fn drop_one(errands: &mut Vec<Errand>, miss: &Miss) -> Option<Errand> {
    let is_visit = |e: &Errand| matches!(e, Errand::Visit(_));
    let named = errands.iter().position(|e| matches!(e, Errand::Visit(j) if Some(j) == miss.job.as_ref()));
    let pause = errands.iter().position(|e| matches!(e, Errand::Break(_)));
    let missed = pause.filter(|_| miss.rule == Rule::Break);
    let before = missed.map(|pause| errands[..pause].iter().rposition(is_visit).unwrap_or(pause));
    let at = named.or(before).or_else(|| errands.iter().rposition(is_visit));
    let at = at.or_else(|| errands.len().checked_sub(1))?;
    Some(errands.remove(at))
}
