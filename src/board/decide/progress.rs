//! Progress as technicians report it: what is under way takes its true times, what is ahead is worked out
//! again from there, and what no longer fits goes to others in the same step.

use super::ahead::{Left, picked_up};
use super::not_found;
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Stop, Technician};
use crate::board::id::{DepotId, JobId, Location, TechnicianId};
use crate::board::job::{Commitment, Visit};
use crate::board::progress::{Actual, Report, Whereabouts};
use crate::board::refusal::{Noun, Refusal};
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
            Report::ShiftStarted => duty.shift_started(),
            Report::ShiftEnded => Ok(duty.leave(duty.shift.window.end)),
            Report::Absent(until) => {
                let until = until.unwrap_or(duty.shift.window.end);
                Ok(duty.leave(until))
            }
            Report::BreakStarted => duty.break_started(),
            Report::BreakEnded => duty.break_ended(),
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

    /// The shift a report is about: that of the visit it names, even if the shift is no more, or that in which another
    /// is under way; else the one that is on, or else the one begun last.
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
        let same = known.and_then(|w| technician.shift(w.shift)).filter(|s| at < s.window.end + AFTERWARDS);
        let newer = |s: &&Shift| same.is_none_or(|had| s.window.start > had.window.start);
        let near = |s: &&Shift| s.window.start - EARLY <= at && at < s.window.end + AFTERWARDS;
        let nearest = || shifts().filter(near).min_by_key(|s| (s.window.start - at).0.abs());
        let busy = || {
            let (route, ..) = self.under_way(id, at).next()?;
            self.shift_or_left(technician, route.shift.start)
        };
        let about = match report {
            Report::ShiftStarted => busy().or_else(|| nearest().map(Cow::Borrowed)),
            Report::BreakStarted => {
                busy().filter(|s| s.breaks.len() > self.rested(id, s.window.start).into())
            }
            Report::BreakEnded => busy(),
            Report::ShiftEnded => same.filter(|s| self.may_still_end(technician, s, at)).map(Cow::Borrowed),
            _ => report.job().and_then(|job| self.shift_of_visit(technician, job, at)),
        };
        let on = || shifts().filter(newer).find(begun).or(same).or_else(nearest);
        let shift = about.or_else(|| on().map(Cow::Borrowed));
        let shift = shift.ok_or_else(|| not_found(Noun::Shift, id.as_str()))?;
        Ok(self.on_duty(now, at, technician, shift, legs))
    }

    /// Whether the end of a shift that is known of by report can be told now: something of it is left, or it went on as
    /// long as overtime may.
    fn may_still_end(&self, technician: &Technician, shift: &Shift, at: Time) -> bool {
        let overtime = technician.overtime_allowance.unwrap_or(self.region.policy.overtime_allowance);
        at <= shift.window.end + overtime || self.route(&technician.id, shift.window.start).is_some()
    }

    /// The shift of a technician's live visit that is under way by report or could be: the shift, or the way there, has
    /// begun by plan.
    fn shift_of_visit<'a>(
        &'a self,
        technician: &'a Technician,
        job: &JobId,
        at: Time,
    ) -> Option<Cow<'a, Shift>> {
        let visit = self.jobs.get(job)?.visit.as_ref().filter(|v| v.technician == technician.id)?;
        let (_, stop) = self.route(&technician.id, visit.shift)?.stop_of(job)?;
        let shift = self.shift_or_left(technician, visit.shift)?;
        let begun = stop.depart.min(shift.window.start) <= at && at < shift.window.end + AFTERWARDS;
        (begun || visit.commitment >= Commitment::EnRoute).then_some(shift)
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
    pub(super) fn under_way(&self) -> Option<(&'a JobId, &'a Visit, &'a Stop)> {
        let (job, visit) = self.board.going(self.route?)?;
        Some((job, visit, self.route?.stop_of(job)?.1))
    }

    fn is_going(&self, job: &JobId) -> bool {
        self.under_way().is_some_and(|(going, ..)| going == job)
    }

    fn shift_started(&self) -> Result<Step, Refusal> {
        let mut step = Step::default();
        self.stay(&mut step)?;
        let mut was = Whereabouts { place: self.technician.start, free: self.at, ..self.heard() };
        if self.board.whereabouts(&self.technician.id, self.shift.window.start).is_some() {
            was = self.heard();
        }
        let left = self.left(&mut step, &mut was);
        self.resume(left, was, &mut step);
        Ok(step)
    }

    fn break_started(&self) -> Result<Step, Refusal> {
        let mut was = self.heard();
        let Some(rest) = self.shift.breaks.get(usize::from(was.rested)) else {
            return Err(not_found(Noun::Break, self.technician.id.as_str()));
        };
        let mut step = Step::default();
        self.stay(&mut step)?;
        was.rested += 1;
        was.free = was.free.max(self.at + rest.duration);
        let left = self.left(&mut step, &mut was);
        self.resume(left, was, &mut step);
        Ok(step)
    }

    fn break_ended(&self) -> Result<Step, Refusal> {
        let mut step = Step::default();
        self.stay(&mut step)?;
        let mut was = Whereabouts { free: self.at, ..self.heard() };
        let left = self.left(&mut step, &mut was);
        self.resume(left, was, &mut step);
        Ok(step)
    }

    /// On the way to a job that may be any of the route's; who was on the way elsewhere has turned round.
    fn departed(&self, job: &JobId) -> Result<Step, Refusal> {
        let visit = self.visit(job)?;
        if visit.commitment >= Commitment::EnRoute {
            return Ok(Step::default());
        }
        let mut step = Step::default();
        self.leave_others(job, self.at, &mut step)?;
        let mut was = self.heard();
        let left = self.head_for(job, &mut step, &mut was);
        let actual = Actual { departed: Some(self.at), ..visit.actual.clone() };
        step.events.push(Event::VisitProgressed { job: job.clone(), actual });
        self.resume(left, was, &mut step);
        Ok(step)
    }

    /// The technician is no longer on the way there. One who had left before the parts came has none for it.
    pub(super) fn turn_round(&self, job: &JobId, visit: &Visit, step: &mut Step) {
        step.events.push(Event::VisitProgressed { job: job.clone(), actual: Actual::default() });
        let had: u32 = visit.sources.iter().map(|s| s.part_count.count).sum();
        let takes: u32 = self.board.jobs[job].demand.parts.iter().map(|p| p.count).sum();
        if had < takes {
            step.withdraw(job.clone(), Cause::Progress);
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
        let going = self.under_way().filter(|(going, ..)| *going == job);
        let stop = left.front.last_mut().expect("it is in front");
        if going.is_some() {
            self.stay(&mut step)?;
        }
        let service = self.board.jobs[job].demand.service;
        stop.start = match actual.started {
            Some(started) => started.max(stop.arrive),
            None => self.opening(job, stop.arrive),
        };
        stop.end = match remaining {
            Some(span) => self.at + span,
            None if going.is_some_and(|(_, v, s)| v.actual.started.is_some() && s.end > self.at) => stop.end,
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
        let mut left = if self.is_going(job) {
            self.left(step, &mut was)
        } else {
            self.leave_others(job, self.at, step)?;
            self.head_for(job, step, &mut was)
        };
        let stop = left.front.last_mut().expect("it is in front");
        if actual.arrived.is_none() {
            actual.arrived = Some(self.at);
            stop.arrive = self.at;
            // a departure that nobody reported lies one leg before the arrival, not before being free
            let free = was.free.max(self.back_from_others()).min(self.at);
            let implied = (self.at - Span(i64::from(stop.seconds))).max(free);
            stop.depart = actual.departed.unwrap_or(implied).min(self.at);
            actual.departed = Some(stop.depart);
            stop.seconds = u32::try_from((stop.arrive - stop.depart).0).unwrap_or(0);
        }
        Ok((left, was, actual))
    }
}
