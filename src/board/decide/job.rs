//! Jobs: taking them in, correcting them, calling them off.

use super::demand::resolve;
use super::withdraw::Rework;
use super::{not_found, unchanged_since};
use crate::board::booking::{Booking, Hold};
use crate::board::command::{NewJob, Step};
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::id::JobId;
use crate::board::job::{Customer, Demand, Job, JobKind, JobState, Need};
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::board::{Board, Legs};
use crate::units::Time;

/// A job as its caller wants it to be.
pub(super) struct Correction<'a> {
    pub order_number: &'a Option<String>,
    pub need: &'a Need,
    pub customer: &'a Option<Customer>,
    pub revision: Option<u64>,
}

impl Board {
    pub(super) fn create_job(&self, now: Time, new: &NewJob) -> Result<Step, Refusal> {
        if self.jobs.contains_key(&new.id) && !crate::units::planted::is("duplicate-job") {
            return Err(Refusal::AlreadyExists { noun: Noun::Job, id: new.id.to_string() });
        }
        self.order_is_free(new.order_number.as_ref(), None)?;
        let demand = resolve(self, &new.need, now).map_err(Refusal::Invalid)?;
        let mut step = self.taken_in(now, new, demand, None, Cause::Create);
        step.events.extend(self.told_already(now, new));
        Ok(step)
    }

    /// A new job, open, with its clocks running.
    pub(super) fn taken_in(
        &self,
        now: Time,
        new: &NewJob,
        demand: Demand,
        hold: Option<Hold>,
        cause: Cause,
    ) -> Step {
        let clocks = self.catalog.levels[&new.need.level].terms.clocks(&new.need, now);
        let job = Job {
            id: new.id.clone(),
            order_number: new.order_number.clone(),
            need: new.need.clone(),
            demand,
            state: JobState::Open,
            visit: None,
            past: Vec::new(),
            visits: 0,
            created: now,
            updated: now,
            revision: 1,
            decisions: Vec::new(),
            cancel_reason: None,
            booking: Booking { hold, clocks, ..Booking::default() },
            set_aside: None,
        };
        let mut events = vec![Event::JobCreated(Box::new(job))];
        if new.customer != Customer::default() {
            events.push(Event::CustomerSet { job: new.id.clone(), customer: Some(new.customer.clone()) });
        }
        Step { events, owed: vec![(new.id.clone(), cause)] }
    }

    pub(super) fn order_is_free(&self, number: Option<&String>, own: Option<&JobId>) -> Result<(), Refusal> {
        match number.and_then(|n| self.orders.get_key_value(n)) {
            Some((number, job)) if Some(job) != own => {
                Err(Refusal::AlreadyExists { noun: Noun::OrderNumber, id: number.clone() })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn correct_job(
        &self,
        now: Time,
        id: &JobId,
        wish: &Correction<'_>,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(wish.revision, job.revision, Noun::Job, id.as_str())?;
        self.order_is_free(wish.order_number.as_ref(), Some(id))?;
        if job.state.is_over() && *wish.order_number != job.order_number {
            return Err(Refusal::WrongState { job: id.to_string(), state: job.state });
        }
        let mut step = Step::default();
        if let Some(customer) = wish.customer {
            let customer = Some(customer.clone()).filter(|c| *c != Customer::default());
            step.events.push(Event::CustomerSet { job: id.clone(), customer });
        }
        let other_need = *wish.need != job.need;
        if job.booking.hold.is_some() && wish.need.promised.is_none() {
            let description = "the job is on hold for its window: confirm it or call it off".to_owned();
            let field = "job.need.promised_window".to_owned();
            return Err(Refusal::Invalid(vec![Violation { field, description }]));
        }
        if other_need {
            self.not_too_late(job, now)?;
            self.take_back(now, job, legs, &mut step);
        }
        if other_need || *wish.order_number != job.order_number {
            let demand = resolve(self, wish.need, job.created).map_err(Refusal::Invalid)?;
            let (order_number, need) = (wish.order_number.clone(), wish.need.clone());
            let told = self.told_anew(now, job, &need, &demand);
            step.events.push(Event::JobCorrected { job: id.clone(), order_number, need, demand });
            step.events.extend(told);
        }
        if other_need {
            step.owed.insert(0, (id.clone(), Cause::Update));
        }
        Ok(step)
    }

    /// Whether the need may still change: nobody is there or on the way.
    pub(super) fn not_too_late(&self, job: &Job, now: Time) -> Result<(), Refusal> {
        let departed = job.visit.as_ref().is_some_and(|v| {
            let stop = self.route(&v.technician, v.shift).and_then(|r| r.stop_of(&job.id));
            stop.is_some_and(|(_, stop)| stop.depart <= now)
        });
        let state = if departed { JobState::EnRoute } else { job.state };
        match state {
            JobState::Open | JobState::Planned | JobState::Promised | JobState::FollowUp => Ok(()),
            JobState::EnRoute | JobState::OnSite | JobState::Done | JobState::Cancelled => {
                Err(Refusal::WrongState { job: job.id.to_string(), state })
            }
        }
    }

    pub(super) fn take_back(&self, now: Time, job: &Job, legs: &dyn Legs, step: &mut Step) {
        if let Some(visit) = &job.visit {
            let technician = &self.technicians[&visit.technician];
            Rework { board: self, now, technician, legs }.without(&job.id, visit, step);
        }
    }

    pub(super) fn cancel_job(
        &self,
        now: Time,
        id: &JobId,
        reason: &str,
        revision: Option<u64>,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        let mut step = Step::default();
        match job.state {
            JobState::Cancelled => return Ok(step),
            JobState::OnSite | JobState::Done => {
                return Err(Refusal::WrongState { job: id.to_string(), state: job.state });
            }
            JobState::Open
            | JobState::Planned
            | JobState::Promised
            | JobState::EnRoute
            | JobState::FollowUp => {}
        }
        self.take_back(now, job, legs, &mut step);
        step.events.push(Event::JobCancelled { job: id.clone(), reason: reason.into() });
        Ok(step)
    }
}

impl Need {
    /// Whether anybody has to go there.
    pub fn takes_a_visit(&self) -> bool {
        self.kind != JobKind::Remote
    }
}
