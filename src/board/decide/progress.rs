//! Progress as technicians report it: what is under way takes its true times, what is ahead is worked out
//! again from there, and what no longer fits goes to others in the same step.

use super::not_found;
use crate::board::command::Step;
use crate::board::decision::{Cause, Rule};
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Stop, Technician};
use crate::board::id::{DepotId, JobId, Location, TechnicianId};
use crate::board::job::{Commitment, JobState, Visit};
use crate::board::progress::{Actual, Report, Whereabouts};
use crate::board::refusal::{Noun, Refusal};
use crate::board::schedule::{Miss, Origin, Sheet, schedule};
use crate::board::{Board, Legs};
use crate::units::{Span, Time};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How early a shift may be reported to have begun.
const EARLY: Span = Span::hours(4);
/// How long after a shift and its allowance reports of it are still taken.
const AFTERWARDS: Span = Span::hours(12);

/// One technician's shift while a report about it is judged.
pub(super) struct Duty<'a> {
    pub board: &'a Board,
    pub now: Time,
    /// When it happened: not before the newest report, not after now.
    pub at: Time,
    pub technician: &'a Technician,
    pub shift: Cow<'a, Shift>,
    pub route: Option<&'a Route>,
    pub was: Whereabouts,
    pub legs: &'a dyn Legs,
}

/// What stays in front of a route, under way, and what is left to do after it.
pub(super) struct Left {
    pub front: Vec<Stop>,
    pub errands: Vec<Errand>,
}

impl Board {
    pub(super) fn report(
        &self,
        now: Time,
        id: &TechnicianId,
        at: Time,
        report: &Report,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let duty = self.duty(now, id, at, report, legs)?;
        match report {
            Report::ShiftStarted => Ok(duty.shift_started()),
            Report::ShiftEnded => Ok(duty.leave(duty.shift.window.end)),
            Report::Absent(until) => {
                let until = until.unwrap_or(duty.shift.window.end);
                Ok(duty.leave(until))
            }
            Report::BreakStarted => duty.break_started(),
            Report::BreakEnded => Ok(duty.break_ended()),
            Report::Departed(job) => duty.departed(job),
            Report::Arrived(job) => duty.on_site(job, |a, at| a.arrived = a.arrived.or(Some(at)), None),
            Report::Started(job) => duty.on_site(job, |a, at| a.started = a.started.or(Some(at)), None),
            Report::Remaining(job, span) => {
                duty.on_site(job, |a, at| a.started = a.started.or(Some(at)), Some(*span))
            }
            Report::PartsUsed(job, parts) => duty.parts_used(job, parts),
            Report::Finished(job, finish) => duty.finished(job, finish),
            Report::CannotComplete(job, why, finish, needed) => {
                duty.cannot_complete(job, *why, finish, needed)
            }
        }
    }

    /// The shift a report is about: that of the visit it names where that is under way, even if the shift is no
    /// more; else the one that is on, or else the one begun last.
    fn duty<'a>(
        &'a self,
        now: Time,
        id: &TechnicianId,
        at: Time,
        report: &Report,
        legs: &'a dyn Legs,
    ) -> Result<Duty<'a>, Refusal> {
        let technician = self.technicians.get(id).ok_or_else(|| not_found(Noun::Technician, id.as_str()))?;
        let known = self.whereabouts.get(id);
        let at = at.max(known.map_or(Time::MIN, |w| w.heard)).min(now);
        let begun = |s: &&Shift| s.window.start <= at && at < s.window.end;
        let shifts = || technician.shifts.iter();
        let same = known
            .and_then(|w| shifts().find(|s| s.window.start == w.shift && at < s.window.end + AFTERWARDS));
        let newer = |s: &&Shift| same.is_none_or(|had| s.window.start > had.window.start);
        let near = |s: &&Shift| s.window.start - EARLY <= at && at < s.window.end + AFTERWARDS;
        let nearest = || shifts().filter(near).min_by_key(|s| (s.window.start - at).0.abs());
        let shift = match report {
            Report::ShiftStarted => nearest(),
            _ => shifts().filter(newer).find(begun).or(same).or_else(nearest),
        };
        let on_its_way = report.job().and_then(|job| self.shift_under_way(technician, job));
        let shift = on_its_way.or(shift.map(Cow::Borrowed));
        let shift = shift.ok_or_else(|| not_found(Noun::Shift, id.as_str()))?;
        Ok(self.on_duty(now, at, technician, shift, legs))
    }

    /// The shift in which the technician is on the way to a job or at it. Where the shift was changed meanwhile, what
    /// is under way keeps the window it had.
    fn shift_under_way<'a>(&'a self, technician: &'a Technician, job: &JobId) -> Option<Cow<'a, Shift>> {
        let visit = self.jobs.get(job)?.visit.as_ref()?;
        let going = visit.technician == technician.id && visit.commitment >= Commitment::EnRoute;
        let route = self.route(&technician.id, visit.shift).filter(|_| going)?;
        let had = technician.shifts.iter().find(|s| s.window.start == visit.shift);
        let gone = || Cow::Owned(Shift { window: route.shift, breaks: Vec::new() });
        Some(had.map_or_else(gone, Cow::Borrowed))
    }

    pub(super) fn on_duty<'a>(
        &'a self,
        now: Time,
        at: Time,
        technician: &'a Technician,
        shift: Cow<'a, Shift>,
        legs: &'a dyn Legs,
    ) -> Duty<'a> {
        let id = &technician.id;
        let route = self.route(id, shift.window.start);
        let fresh = Whereabouts {
            shift: shift.window.start,
            place: route.map_or(technician.start, |r| r.from),
            free: shift.window.start.min(at),
            rested: 0,
            heard: at,
            slid: Span::ZERO,
        };
        let was = self.whereabouts(id, shift.window.start).cloned().unwrap_or(fresh);
        Duty { board: self, now, at, technician, shift, route, was, legs }
    }
}

impl<'a> Duty<'a> {
    fn heard(&self) -> Whereabouts {
        Whereabouts { heard: self.at, slid: Span::ZERO, ..self.was.clone() }
    }

    /// The live visit of a job, which has to be this technician's.
    pub(super) fn visit(&self, job: &JobId) -> Result<&'a Visit, Refusal> {
        let job = self.board.jobs.get(job).ok_or_else(|| not_found(Noun::Job, job.as_str()))?;
        let own = |v: &&Visit| v.technician == self.technician.id && v.shift == self.shift.window.start;
        let visit = job.visit.as_ref().filter(own);
        visit.ok_or_else(|| Refusal::WrongState { job: job.id.to_string(), state: job.state })
    }

    /// The visit that is under way, by report.
    fn under_way(&self) -> Option<(&'a JobId, &'a Visit, &'a Stop)> {
        let mut jobs = self.route?.jobs().filter_map(|id| {
            let visit = self.board.jobs[id].visit.as_ref()?;
            Some((id, visit, self.route?.stop_of(id)?.1))
        });
        jobs.find(|(_, visit, _)| visit.commitment >= Commitment::EnRoute)
    }

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
        crate::board::schedule::idle_errands(&self.shift, was.rested)
    }

    /// A depot stop that is over: its parts lie in the van now. A break that is over is not taken again.
    fn pass(&self, at: usize, route: &Route, step: &mut Step, was: &mut Whereabouts) {
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
        // the shift may have lost breaks since the route was planned
        let breaks = self.shift.breaks.len();
        left.errands
            .retain(|e| !matches!(e, Errand::Break(n) if usize::from(*n) >= breaks || *n < was.rested));
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
        let allowance = self.allowance();
        let front = std::mem::take(&mut left.front);
        let mut sheet = Sheet {
            technician: self.technician,
            shift: &self.shift,
            frozen: &front,
            from: was.place,
            origin,
            allowance,
        };
        let route = loop {
            let errands: Vec<Errand> =
                front.iter().map(|s| s.errand.clone()).chain(left.errands.iter().cloned()).collect();
            match schedule(&sheet, &errands, self.board, self.legs) {
                Ok(route) => break Some(route),
                Err(miss) => match drop_one(&mut left.errands, &miss) {
                    Some(Errand::Visit(job)) => {
                        step.events.push(Event::VisitWithdrawn { job: job.clone() });
                        step.owed.push((job, Cause::Progress));
                        self.drop_idle_depots(&mut left, step);
                    }
                    Some(_) => {}
                    // what is under way ends when it ends, however late that makes the way home
                    None if sheet.allowance < Span::hours(48) => sheet.allowance = Span::hours(48),
                    None => break None,
                },
            }
        };
        step.events.push(Event::WhereaboutsSet { technician: id.clone(), whereabouts: Some(was) });
        let route = route.filter(|r| r.jobs().next().is_some());
        if let Some(route) = &route {
            self.put_after(route, step);
        }
        if route.as_ref() != self.route {
            let shift = self.shift.window.start;
            step.events.push(Event::RouteSet { technician: id.clone(), shift, route });
        }
    }

    /// Depot stops that no visit behind them draws on any more.
    pub(super) fn drop_idle_depots(&self, left: &mut Left, step: &Step) {
        let gone: BTreeSet<&JobId> = step.owed.iter().map(|(job, _)| job).collect();
        let taken: BTreeSet<(&JobId, &DepotId)> = step.events.iter().filter_map(picked_up).collect();
        let draws = |e: &Errand, depot: &DepotId| {
            let Errand::Visit(job) = e else { return false };
            let visit = self.board.jobs[job].visit.as_ref().filter(|_| !gone.contains(job));
            let from = Location::Depot(depot.clone());
            !taken.contains(&(job, depot)) && visit.is_some_and(|v| v.draws().any(|s| s.location == from))
        };
        let errands = std::mem::take(&mut left.errands);
        let needed = |(i, e): &(usize, &Errand)| match e {
            Errand::Depot(depot) => errands[*i..].iter().any(|later| draws(later, depot)),
            Errand::Visit(_) | Errand::Break(_) => true,
        };
        left.errands = errands.iter().enumerate().filter(needed).map(|(_, e)| e.clone()).collect();
    }

    /// The overtime allowed, and what overtime there was by plan: it is not this report that made it.
    fn allowance(&self) -> Span {
        let usual = self.board.region.policy.overtime_allowance;
        let usual = self.technician.allowance(&self.shift.window, usual);
        let planned = self.route.map_or(Span::ZERO, |r| r.home.arrive - self.shift.window.end);
        usual.max(planned)
    }

    fn shift_started(&self) -> Step {
        let mut step = Step::default();
        let mut was = Whereabouts { place: self.technician.start, free: self.at, ..self.heard() };
        if self.board.whereabouts(&self.technician.id, self.shift.window.start).is_some() {
            was = self.heard();
        }
        let left = self.left(&mut step, &mut was);
        self.resume(left, was, &mut step);
        step
    }

    fn break_started(&self) -> Result<Step, Refusal> {
        let mut was = self.heard();
        let Some(rest) = self.shift.breaks.get(usize::from(was.rested)) else {
            return Err(not_found(Noun::Break, self.technician.id.as_str()));
        };
        let mut step = Step::default();
        was.rested += 1;
        was.free = was.free.max(self.at + rest.duration);
        let left = self.left(&mut step, &mut was);
        self.resume(left, was, &mut step);
        Ok(step)
    }

    fn break_ended(&self) -> Step {
        let mut step = Step::default();
        let mut was = Whereabouts { free: self.at, ..self.heard() };
        let left = self.left(&mut step, &mut was);
        self.resume(left, was, &mut step);
        step
    }

    /// On the way to a job that may be any of the route's; who was on the way elsewhere has turned round.
    fn departed(&self, job: &JobId) -> Result<Step, Refusal> {
        let visit = self.visit(job)?;
        if visit.commitment >= Commitment::EnRoute {
            return Ok(Step::default());
        }
        let mut step = Step::default();
        if let Some((other, at, _)) = self.under_way() {
            if at.commitment == Commitment::OnSite {
                return Err(Refusal::WrongState { job: other.to_string(), state: JobState::OnSite });
            }
            self.turn_round(other, at, &mut step);
        }
        self.leave_others(&mut step)?;
        let mut was = self.heard();
        let left = self.head_for(job, &mut step, &mut was);
        let actual = Actual { departed: Some(self.at), ..visit.actual.clone() };
        step.events.push(Event::VisitProgressed { job: job.clone(), actual });
        self.resume(left, was, &mut step);
        Ok(step)
    }

    /// The technician is no longer on the way there. One who had left before the parts came has none for it.
    fn turn_round(&self, job: &JobId, visit: &Visit, step: &mut Step) {
        step.events.push(Event::VisitProgressed { job: job.clone(), actual: Actual::default() });
        let had: u32 = visit.sources.iter().map(|s| s.part_count.count).sum();
        let takes: u32 = self.board.jobs[job].demand.parts.iter().map(|p| p.count).sum();
        if had < takes {
            step.events.push(Event::VisitWithdrawn { job: job.clone() });
            step.owed.push((job.clone(), Cause::Progress));
        }
    }

    /// The route with the visit at `job` in front, departed for at the moment of the report.
    fn head_for(&self, job: &JobId, step: &mut Step, was: &mut Whereabouts) -> Left {
        let route = self.route.expect("a live visit has its route");
        let (place, stop) = route.stop_of(job).expect("a live visit has its stop");
        for (i, before) in route.stops[..place].iter().enumerate() {
            let for_it = |d: &DepotId| {
                let visit = self.board.jobs[job].visit.as_ref();
                visit.is_some_and(|v| v.sources.iter().any(|s| s.location == Location::Depot(d.clone())))
            };
            match &before.errand {
                Errand::Depot(depot) if before.end <= self.at || for_it(depot) => {
                    self.pass(i, route, step, was)
                }
                Errand::Break(_) if before.end <= self.at => self.pass(i, route, step, was),
                Errand::Depot(_) | Errand::Break(_) | Errand::Visit(_) => {}
            }
        }
        let passed: BTreeSet<(&JobId, &DepotId)> = step.events.iter().filter_map(picked_up).collect();
        let gone = |i: usize, e: &Errand| match e {
            Errand::Visit(j) => j == job || step.owed.iter().any(|(gone, _)| gone == j),
            Errand::Break(n) => *n < was.rested,
            Errand::Depot(depot) => {
                i < place && passed.iter().any(|(_, d)| *d == depot) && !self.awaited_at(depot, job, route)
            }
        };
        let rest = route.stops.iter().enumerate().filter(|(i, s)| !gone(*i, &s.errand));
        let errands = rest.map(|(_, s)| s.errand.clone()).collect();
        let leg = self.legs.leg(was.place, stop.place, self.at);
        let (seconds, metres) = leg.map_or((stop.seconds, stop.metres), |l| (l.seconds, l.metres));
        let arrive = self.at + Span(i64::from(seconds));
        // an arrival that is past already without a report of it will be put off when it is overdue
        let start = self.opening(job, arrive);
        let end = start + self.board.jobs[job].demand.service;
        let stop = Stop { depart: self.at, arrive, start, end, seconds, metres, ..stop.clone() };
        Left { front: vec![stop], errands }
    }

    /// Whether another visit of the route waits for parts that arrive at the depot.
    fn awaited_at(&self, depot: &DepotId, but: &JobId, route: &Route) -> bool {
        let from = Location::Depot(depot.clone());
        let visits = route.jobs().filter(|id| *id != but).filter_map(|id| self.board.jobs[id].visit.as_ref());
        visits.into_iter().any(|v| v.awaits.iter().any(|a| a.source.location == from))
    }

    fn opening(&self, job: &JobId, arrive: Time) -> Time {
        let need = &self.board.jobs[job].need;
        let ready = arrive.max(need.promised.map_or(Time::MIN, |w| w.start));
        let open = need.access.iter().find(|w| ready < w.end);
        open.map_or(ready, |w| ready.max(w.start))
    }

    /// There, at work, or at work for so long still. What was not reported before it is taken to have happened.
    fn on_site(
        &self,
        job: &JobId,
        note: impl Fn(&mut Actual, Time),
        remaining: Option<Span>,
    ) -> Result<Step, Refusal> {
        let mut step = Step::default();
        let (mut left, was, mut actual) = self.arrive(job, &mut step)?;
        note(&mut actual, self.at);
        let stop = left.front.last_mut().expect("it is in front");
        let service = self.board.jobs[job].demand.service;
        stop.start = match actual.started {
            Some(started) => started.max(stop.arrive),
            None => self.opening(job, stop.arrive),
        };
        stop.end = match remaining {
            Some(span) => self.at + span,
            None if self
                .under_way()
                .is_some_and(|(j, v, s)| j == job && v.actual.started.is_some() && s.end > self.at) =>
            {
                stop.end
            }
            None => stop.start + service,
        };
        stop.end = stop.end.max(stop.start);
        step.events.push(Event::VisitProgressed { job: job.clone(), actual });
        self.resume(left, was, &mut step);
        Ok(step)
    }

    /// The technician is at the job: its stop in front with its true arrival.
    pub(super) fn arrive(
        &self,
        job: &JobId,
        step: &mut Step,
    ) -> Result<(Left, Whereabouts, Actual), Refusal> {
        let visit = self.visit(job)?;
        let mut was = self.heard();
        let mut actual = visit.actual.clone();
        let mut left = match self.under_way() {
            Some((going, _, _)) if going == job => self.left(step, &mut was),
            Some((other, at, _)) if at.commitment == Commitment::OnSite => {
                return Err(Refusal::WrongState { job: other.to_string(), state: JobState::OnSite });
            }
            Some((other, visit, _)) => {
                self.turn_round(other, visit, step);
                self.head_for(job, step, &mut was)
            }
            None => {
                self.leave_others(step)?;
                self.head_for(job, step, &mut was)
            }
        };
        let stop = left.front.last_mut().expect("it is in front");
        if actual.arrived.is_none() {
            actual.arrived = Some(self.at);
            stop.arrive = self.at;
            // a departure that nobody reported lies one leg before the arrival, not before being free
            let implied = (self.at - Span(i64::from(stop.seconds))).max(was.free.min(self.at));
            stop.depart = actual.departed.unwrap_or(implied).min(self.at);
            actual.departed = Some(stop.depart);
            stop.seconds = u32::try_from((stop.arrive - stop.depart).0).unwrap_or(0);
        }
        Ok((left, was, actual))
    }
}

fn picked_up(event: &Event) -> Option<(&JobId, &DepotId)> {
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
