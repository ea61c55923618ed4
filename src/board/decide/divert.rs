//! An announced divert: who is on the way to a visit that can wait is called away for an emergency.

use super::not_found;
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::Commitment;
use crate::board::progress::Whereabouts;
use crate::board::refusal::{Noun, Refusal};
use crate::board::{Board, Legs};
use crate::geo::Point;
use crate::units::Time;

/// Who is called away, from what, for what, and where that technician is by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diversion {
    /// Who.
    pub technician: TechnicianId,
    /// The job that is no longer driven to.
    pub from: JobId,
    /// The emergency.
    pub to: JobId,
    /// Where the technician is now.
    pub place: Point,
}

impl Board {
    /// The visit that a technician is on the way to by report, where it may be diverted from: one that is not for an
    /// emergency, and that no human pinned.
    pub fn divertible(&self, technician: &TechnicianId) -> Option<&JobId> {
        let known = self.whereabouts.get(technician)?;
        let id = self.route(technician, known.shift)?.jobs().next()?;
        let visit = self.jobs[id].visit.as_ref()?;
        (visit.commitment == Commitment::EnRoute && !visit.pinned && !self.is_urgent(&self.jobs[id]))
            .then_some(id)
    }

    pub(super) fn divert(&self, now: Time, wish: &Diversion, legs: &dyn Legs) -> Result<Step, Refusal> {
        let emergency = self.jobs.get(&wish.to).ok_or_else(|| not_found(Noun::Job, wish.to.as_str()))?;
        if !emergency.waits() || !self.is_urgent(emergency) {
            return Err(Refusal::WrongState { job: wish.to.to_string(), state: emergency.state });
        }
        if self.divertible(&wish.technician) != Some(&wish.from) {
            let job = self.jobs.get(&wish.from).ok_or_else(|| not_found(Noun::Job, wish.from.as_str()))?;
            return Err(Refusal::WrongState { job: wish.from.to_string(), state: job.state });
        }
        Ok(self.called_away(now, wish, legs))
    }

    /// What follows where a divert is taken: the visit is given back, the rest of the route goes on from where the
    /// technician is. The emergency, then the diverted job are owed a decision.
    pub fn called_away(&self, now: Time, wish: &Diversion, legs: &dyn Legs) -> Step {
        let technician = &self.technicians[&wish.technician];
        let known = &self.whereabouts[&wish.technician];
        let shift = self.shift_or_left(technician, known.shift).expect("who is on the way has a route");
        let (job, to) = (wish.from.clone(), wish.to.clone());
        let mut step = Step::default();
        let actual = crate::board::progress::Actual::default();
        step.events.push(Event::VisitDiverted {
            job: job.clone(),
            to: to.clone(),
            technician: technician.id.clone(),
        });
        step.events.push(Event::VisitProgressed { job: job.clone(), actual });
        step.events.push(Event::VisitWithdrawn { job: job.clone() });
        step.owed = vec![(to, Cause::Create), (job, Cause::Diverted)];
        let duty = self.on_duty(now, now, technician, shift, legs);
        let mut was = Whereabouts { place: wish.place, free: now, ..known.clone() };
        let mut left = duty.left(&mut step, &mut was);
        (was.place, was.free) = (wish.place, now);
        left.front.clear();
        duty.drop_idle_depots(&mut left.errands, &step);
        duty.resume(left, was, &mut step);
        step
    }
}
