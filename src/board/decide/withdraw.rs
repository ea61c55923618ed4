//! Taking visits out of a route, and re-working a route when its technician's facts have changed.

use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Technician, WayHome, Window};
use crate::board::id::{DepotId, JobId, Location};
use crate::board::job::{Commitment, Visit};
use crate::board::schedule::{Sheet, certified, frozen_stops, schedule};
use crate::board::{Board, Legs};
use crate::units::{Span, Time};
use std::collections::BTreeSet;

/// A technician's routes, to be worked out again at one moment.
pub(super) struct Rework<'a> {
    pub board: &'a Board,
    pub now: Time,
    /// The facts to go by, which may be newer than the board's.
    pub technician: &'a Technician,
    pub legs: &'a dyn Legs,
}

impl Rework<'_> {
    /// Takes one job's visit out of its route: the route closes up, its depot stops go if nobody needs them.
    pub(super) fn without(&self, job: &JobId, visit: &Visit, step: &mut Step) {
        let route = self.board.route(&visit.technician, visit.shift).expect("a live visit has its route");
        let keep = |e: &Errand| !matches!(e, Errand::Visit(j) if j == job);
        step.events.push(Event::VisitWithdrawn { job: job.clone() });
        let mut trimmed = route.clone();
        trimmed.stops.retain(|s| keep(&s.errand));
        self.close_up(&trimmed, job, step);
    }

    /// Takes several visits out of a route at once; their jobs are the caller's to owe.
    pub(super) fn without_all(&self, route: &Route, gone: &BTreeSet<&JobId>, step: &mut Step) {
        let keep = |e: &Errand| !matches!(e, Errand::Visit(j) if gone.contains(j));
        step.events.extend(gone.iter().map(|job| Event::VisitWithdrawn { job: (*job).clone() }));
        let mut trimmed = route.clone();
        trimmed.stops.retain(|s| keep(&s.errand));
        self.close_up(&trimmed, &JobId::from("-"), step);
    }

    /// Works a route out again with the technician's facts as they are now.
    pub(super) fn again(&self, route: &Route, step: &mut Step) {
        let ahead = &route.stops[frozen_stops(route, self.now)..];
        let mute: BTreeSet<&JobId> = ahead
            .iter()
            .filter_map(|s| match &s.errand {
                Errand::Visit(job) => Some(job),
                Errand::Depot(_) | Errand::Break(_) => None,
            })
            .filter(|job| !self.technician.speaks(&self.board.jobs[*job].need.wishes))
            .collect();
        if !mute.is_empty() {
            step.owed.extend(mute.iter().map(|job| ((*job).clone(), Cause::TechnicianChanged)));
            return self.without_all(route, &mute, step);
        }
        let Some(job) = self.heading_for_in_vain(route) else {
            return self.close_up(route, &JobId::from("-"), step);
        };
        step.withdraw(job.clone(), Cause::TechnicianChanged);
        let mut trimmed = route.clone();
        trimmed.stops.retain(|s| !matches!(&s.errand, Errand::Visit(j) if *j == job));
        self.close_up(&trimmed, &job, step);
    }

    /// The visit that is departed for but not begun, where the technician may not do it any more.
    fn heading_for_in_vain(&self, route: &Route) -> Option<JobId> {
        let stop = route.stops[..frozen_stops(route, self.now)].last().filter(|s| s.start > self.now)?;
        let Errand::Visit(job) = &stop.errand else { return None };
        // who waits at the door is there
        let visit = self.board.jobs[job].visit.as_ref()?;
        if visit.commitment == Commitment::OnSite {
            return None;
        }
        let span = Window { start: stop.start, end: stop.end };
        certified(self.technician, &self.board.jobs[job].demand, &span).is_err().then(|| job.clone())
    }

    /// Schedules what is left of a route without `gone`; what no longer fits is withdrawn and owed a decision.
    fn close_up(&self, route: &Route, gone: &JobId, step: &mut Step) {
        let frozen = frozen_stops(route, self.now);
        let errands = self.still_needed(route, frozen, gone);
        // what is under way or past is as it is, the way home after it too
        let ahead = errands.len() > frozen;
        if let Some(fits) = ahead.then(|| self.fits(route, frozen, &errands)).flatten() {
            return self.set(route, Some(fits), step);
        }
        for job in route.jobs().skip(visits_in(&route.stops[..frozen])) {
            step.withdraw(job.clone(), Cause::TechnicianChanged);
        }
        let mut past = route.clone();
        past.stops.truncate(frozen);
        past.home = way_home(&past, self.technician, self.legs);
        self.set(route, Some(past), step);
    }

    fn fits(&self, route: &Route, frozen: usize, errands: &[Errand]) -> Option<Route> {
        let shift = self.technician.shift(route.shift.start)?;
        let breaks = |n: &u8| usize::from(*n) < shift.breaks.len();
        let known = errands.iter().all(|e| !matches!(e, Errand::Break(n) if !breaks(n)));
        known.then(|| self.scheduled(route, frozen, errands, shift))?
    }

    fn scheduled(&self, route: &Route, frozen: usize, errands: &[Errand], shift: &Shift) -> Option<Route> {
        let mut was = route.clone();
        was.stops.truncate(frozen);
        // Who was not seen elsewhere starts where the facts say now.
        if self.board.technicians.get(&self.technician.id).is_some_and(|had| had.start == was.from) {
            was.from = self.technician.start;
        }
        let sheet = Sheet::at(self.board, self.now, self.technician, shift, Some(&was));
        // A violation inherited from reality may stay: it is not this change that made it.
        let inherited = (route.home.arrive - shift.window.end - sheet.allowance).or_zero();
        let slack = if inherited > Span::ZERO { inherited } else { Span::ZERO };
        let sheet = Sheet { allowance: sheet.allowance + slack, ..sheet };
        schedule(&sheet, errands, self.board, self.legs).ok()
    }

    fn set(&self, route: &Route, now: Option<Route>, step: &mut Step) {
        let now = now.filter(|r| r.jobs().next().is_some());
        let technician = self.technician.id.clone();
        step.events.push(Event::RouteSet { technician, shift: route.shift.start, route: now });
    }

    /// The route's errands less the depot stops ahead that no visit draws on any more.
    fn still_needed(&self, route: &Route, frozen: usize, gone: &JobId) -> Vec<Errand> {
        let draws = |depot: &DepotId, rest: usize| {
            let later = route.stops[rest..].iter().filter_map(|s| match &s.errand {
                Errand::Visit(job) if job != gone => self.board.jobs[job].visit.as_ref(),
                Errand::Visit(_) | Errand::Depot(_) | Errand::Break(_) => None,
            });
            let from = Location::Depot(depot.clone());
            later.flat_map(|v| v.draws()).any(|s| s.location == from)
        };
        let stops = route.stops.iter().enumerate();
        let kept = stops.filter(|(i, s)| match &s.errand {
            Errand::Depot(depot) => *i < frozen || draws(depot, i + 1),
            Errand::Visit(_) | Errand::Break(_) => true,
        });
        kept.map(|(_, s)| s.errand.clone()).collect()
    }
}

fn visits_in(stops: &[crate::board::fleet::Stop]) -> usize {
    stops.iter().filter(|s| matches!(s.errand, Errand::Visit(_))).count()
}

/// The way home from the last stop that is left; the one there was where no road leads home.
pub(super) fn way_home(left: &Route, technician: &Technician, legs: &dyn Legs) -> WayHome {
    let (from, depart) = left.stops.last().map_or((left.from, left.shift.start), |s| (s.place, s.end));
    let leg = legs.leg(from, technician.end, depart);
    leg.map_or(left.home, |leg| WayHome {
        depart,
        arrive: depart + Span(i64::from(leg.seconds)),
        seconds: leg.seconds,
        metres: leg.metres,
    })
}
