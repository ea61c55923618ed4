//! One technician's shifts beside each other: nobody is in two places, and what overruns one shift puts off the next.

use super::progress::{Duty, Left};
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route};
use crate::board::id::JobId;
use crate::board::job::{Commitment, JobState};
use crate::board::refusal::Refusal;
use crate::board::schedule::{Sheet, schedule};
use crate::units::Time;

impl Duty<'_> {
    /// Whether the shift was taken out of the rota, or moved, while a visit of it was under way.
    pub(super) fn is_gone(&self) -> bool {
        self.technician.shifts.iter().all(|s| s.window.start != self.shift.window.start)
    }

    /// What is not under way in a shift that is no more goes to others.
    pub(super) fn hand_back(&self, left: &mut Left, step: &mut Step) {
        let errands = std::mem::take(&mut left.errands);
        errands.into_iter().for_each(|errand| {
            if let Errand::Visit(job) = errand {
                withdraw(&job, step);
            }
        });
    }

    /// Who sets out in this shift has turned round from, or given up, what another one still asked for now.
    ///
    /// # Errors
    /// The technician is at work there.
    pub(super) fn leave_others(&self, step: &mut Step) -> Result<(), Refusal> {
        for route in self.others().filter(|r| leaves(r) <= self.at && self.at < r.home.arrive) {
            let visit = |job: &&JobId| self.board.jobs[*job].visit.as_ref();
            let at_work = |job: &&JobId| visit(job).is_some_and(|v| v.commitment == Commitment::OnSite);
            if let Some(job) = route.jobs().find(at_work) {
                return Err(Refusal::WrongState { job: job.to_string(), state: JobState::OnSite });
            }
            self.withdraw_all(route, step);
        }
        Ok(())
    }

    /// What a later shift asks for begins when `route` is over: put off where it can be, owed to others where not.
    pub(super) fn put_after(&self, route: &Route, step: &mut Step) {
        let meets = |r: &&Route| leaves(r) >= leaves(route) && leaves(r) < route.home.arrive;
        // those of which something is under way are left already: see `leave_others`
        for later in self.others().filter(meets).filter(|r| leaves(r) > self.at) {
            let shift = self.technician.shifts.iter().find(|s| s.window.start == later.shift.start);
            let put_off = shift.and_then(|shift| {
                let mut sheet = Sheet::at(self.board, self.now, self.technician, shift, None);
                sheet.from = later.from;
                sheet.origin.place = later.from;
                sheet.origin.free = sheet.origin.free.max(route.home.arrive);
                let errands: Vec<Errand> = later.stops.iter().map(|s| s.errand.clone()).collect();
                schedule(&sheet, &errands, self.board, self.legs).ok()
            });
            match put_off {
                Some(after) => self.set(later, Some(after), step),
                None => self.withdraw_all(later, step),
            }
        }
    }

    fn others(&self) -> impl Iterator<Item = &Route> {
        let routes = self.board.routes.get(&self.technician.id).into_iter().flat_map(|r| r.values());
        routes.filter(|r| r.shift.start != self.shift.window.start)
    }

    fn withdraw_all(&self, route: &Route, step: &mut Step) {
        route.jobs().for_each(|job| withdraw(job, step));
        self.set(route, None, step);
    }

    fn set(&self, had: &Route, route: Option<Route>, step: &mut Step) {
        let technician = self.technician.id.clone();
        step.events.push(Event::RouteSet { technician, shift: had.shift.start, route });
    }
}

fn leaves(route: &Route) -> Time {
    route.stops.first().map_or(route.home.depart, |s| s.depart)
}

fn withdraw(job: &JobId, step: &mut Step) {
    step.events.push(Event::VisitWithdrawn { job: job.clone() });
    step.owed.push((job.clone(), Cause::Progress));
}
