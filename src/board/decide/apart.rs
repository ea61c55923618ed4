//! One technician's shifts beside each other: nobody is in two places, and what overruns one shift puts off the next.
//!
//! What is under way by report comes first, and the whereabouts are of its shift. All else that a technician was to do
//! meanwhile, in whatever shift and whether or not it had begun by plan, comes after it.

use super::ahead::Left;
use super::progress::Duty;
use crate::board::Board;
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Technician};
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Commitment, JobState, Visit};
use crate::board::progress::Whereabouts;
use crate::board::refusal::Refusal;
use crate::board::schedule::{Origin, Sheet};
use crate::units::Time;
use std::borrow::Cow;

impl Board {
    /// What a technician is on the way to or at by report, by shift. Work that ended by plan before `since` without a
    /// word of its end, of somebody not heard of for long, stands in nobody's way.
    pub(super) fn under_way(
        &self,
        technician: &TechnicianId,
        since: Time,
    ) -> impl Iterator<Item = (&Route, &JobId, &Visit)> {
        let known = self.whereabouts.get(technician).map(|w| w.shift);
        let routes = self.routes.get(technician).into_iter().flat_map(|r| r.values());
        let lasting = routes.filter(move |r| r.home.arrive > since || known == Some(r.shift.start));
        lasting.filter_map(|route| self.going(route).map(|(job, visit)| (route, job, visit)))
    }

    /// The shift that starts then; of one that was changed away while something is left of it, the window it had.
    pub(super) fn shift_or_left<'a>(
        &'a self,
        technician: &'a Technician,
        start: Time,
    ) -> Option<Cow<'a, Shift>> {
        let left = || {
            let window = self.route(&technician.id, start)?.shift;
            Some(Cow::Owned(Shift { window, breaks: Vec::new() }))
        };
        technician.shift(start).map(Cow::Borrowed).or_else(left)
    }
}

impl Duty<'_> {
    /// Whether the shift was taken out of the rota, or moved, while a visit of it was under way.
    pub(super) fn is_gone(&self) -> bool {
        self.technician.shift(self.shift.window.start).is_none()
    }

    /// What is not under way in a shift that is no more goes to others.
    pub(super) fn hand_back(&self, left: &mut Left, step: &mut Step) {
        give_back(std::mem::take(&mut left.errands), step);
    }

    /// Who has been under way to a job of this shift from `since` on has turned round from whatever else was under way.
    ///
    /// # Errors
    /// The technician is at work there.
    pub(super) fn leave_others(&self, job: &JobId, since: Time, step: &mut Step) -> Result<(), Refusal> {
        let here = self.under_way().map(|(other, visit, _)| (other, visit));
        let there = self.elsewhere(since).map(|(_, other, visit)| (other, visit));
        for (other, visit) in here.into_iter().chain(there).filter(|(other, _)| *other != job) {
            if visit.commitment == Commitment::OnSite {
                return Err(Refusal::WrongState { job: other.to_string(), state: JobState::OnSite });
            }
            self.turn_round(other, visit, step);
        }
        Ok(())
    }

    /// The same for whoever goes on with what is under way here.
    ///
    /// # Errors
    /// As [`Duty::leave_others`].
    pub(super) fn stay(&self, step: &mut Step) -> Result<(), Refusal> {
        self.under_way().map_or(Ok(()), |(job, _, stop)| self.leave_others(job, stop.depart, step))
    }

    /// Where the technician is by another shift, in which something is under way.
    pub(super) fn busy_elsewhere(&self) -> Option<Whereabouts> {
        let (route, ..) = self.elsewhere(self.at).next()?;
        let shift = self.board.shift_or_left(self.technician, route.shift.start)?;
        let there = self.board.on_duty(self.now, self.at, self.technician, shift, self.legs);
        Some(Whereabouts { heard: self.at, ..there.was })
    }

    /// What other shifts ask for meanwhile begins when `route`, or without one whatever is under way, is over, one shift
    /// after another: put off where it can be, owed to others where not. What waited for this shift waits no longer.
    pub(super) fn put_after(&self, route: Option<&Route>, step: &mut Step) {
        let busy = self.elsewhere(self.at).map(|(r, ..)| r.home.arrive).fold(self.now, Time::max);
        let (since, mut over) = route.map_or((busy, busy), |r| (r.leaves(), r.home.arrive));
        let is_set = |r: &Route, step: &Step| {
            step.events.iter().any(|e| matches!(e, Event::RouteSet { shift, .. } if *shift == r.shift.start))
        };
        let mut behind: Vec<&Route> =
            self.others().filter(|r| r.home.arrive > since && !is_set(r, step)).collect();
        behind.sort_by_key(|r| r.leaves());
        for later in behind {
            let stays = later.leaves() >= over && !self.kept_waiting(later);
            let home = if stays { Some(later.home.arrive) } else { self.begin_after(over, later, step) };
            over = home.map_or(over, |home| over.max(home));
        }
    }

    /// Whether what this shift was thought to take reached into the other, which was then to begin when that is over.
    fn kept_waiting(&self, later: &Route) -> bool {
        let had = self.route.map(|r| r.home.arrive);
        had.is_some_and(|had| later.shift.start < had && had <= later.leaves())
    }

    /// The moment the technician is home then; `None` where nothing is left to do.
    fn begin_after(&self, over: Time, later: &Route, step: &mut Step) -> Option<Time> {
        let withdrawn = |job: &JobId| step.owed.iter().any(|(gone, _)| gone == job);
        let errands = later.stops.iter().map(|s| s.errand.clone());
        let left: Vec<Errand> =
            errands.filter(|e| !matches!(e, Errand::Visit(job) if withdrawn(job))).collect();
        let after = match self.technician.shift(later.shift.start) {
            None => {
                give_back(left, step);
                None
            }
            Some(shift) => {
                let board = self.board;
                let duty = board.on_duty(self.now, self.at, self.technician, Cow::Borrowed(shift), self.legs);
                let free = over.max(shift.window.start).max(self.now);
                let sheet = Sheet { origin: Origin { place: later.from, free }, ..duty.sheet() };
                duty.fit(Sheet { from: later.from, ..sheet }, left, step)
            }
        };
        let home = after.as_ref().map(|r| r.home.arrive);
        if after.as_ref() != Some(later) {
            let technician = self.technician.id.clone();
            step.events.push(Event::RouteSet { technician, shift: later.shift.start, route: after });
        }
        home
    }

    fn elsewhere(&self, since: Time) -> impl Iterator<Item = (&Route, &JobId, &Visit)> {
        let all = self.board.under_way(&self.technician.id, since);
        all.filter(|(route, ..)| route.shift.start != self.shift.window.start)
    }

    fn others(&self) -> impl Iterator<Item = &Route> {
        let routes = self.board.routes.get(&self.technician.id).into_iter().flat_map(|r| r.values());
        routes.filter(|r| r.shift.start != self.shift.window.start)
    }

    /// When the last other shift that is over by now was over.
    pub(super) fn back_from_others(&self) -> Time {
        self.others().map(|r| r.home.arrive).filter(|back| *back <= self.at).fold(Time::MIN, Time::max)
    }
}

fn give_back(errands: Vec<Errand>, step: &mut Step) {
    for errand in errands {
        if let Errand::Visit(job) = errand {
            step.withdraw(job, Cause::Progress);
        }
    }
}
