//! What a customer was told: a hold for minutes, a promise for good; and how much of a day is sold.

use super::clocks::{Clock, ClockKind, Escalation};
use super::fleet::Window;
use super::id::{JobId, TechnicianId};
use super::job::{Commitment, Demand, Job, JobState, Need};
use super::offer::{Offer, PastOffer};
use super::quote::Quote;
use super::timer::Timer;
use super::{Board, Event};
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All that was told about a job, and what is counted against it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The slot is kept until then; there is no promise yet.
    pub hold: Option<Hold>,
    /// What the customer was told; its window is the need's promised one.
    pub promise: Option<Promise>,
    /// The level's clocks as they were when the job came in.
    pub clocks: Vec<Clock>,
    /// What was raised, the oldest first; at most [`KEPT_ESCALATIONS`].
    pub escalations: Vec<Escalation>,
    /// What was filed as the solution.
    pub solution: Option<Solution>,
}

/// How many escalations a job keeps.
pub const KEPT_ESCALATIONS: usize = 20;

/// A slot kept for minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// When it is given up.
    pub expires: Time,
    /// The technician to be named in the promise.
    pub technician: Option<TechnicianId>,
    /// The price that was told with it; none once the need was corrected.
    pub quote: Option<Quote>,
}

/// What the customer was told. Changes only by [`super::Event::PromiseSet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// When the technician arrives.
    pub window: Window,
    /// Who, where one was named.
    pub technician: Option<TechnicianId>,
    /// The price, frozen.
    pub quote: Option<Quote>,
    /// When it was told.
    pub told: Time,
    /// What the customer was told of it once the technician was on the way: a part of the window, which is still the
    /// one that counts.
    #[serde(default)]
    pub narrowed: Option<Window>,
}

/// Why a promise was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// The job came in with it.
    Created,
    /// It was confirmed.
    Confirmed,
    /// Another window was agreed.
    Rescheduled,
    /// The need was corrected.
    Corrected,
    /// Another technician than the one named goes.
    TechnicianChanged,
    /// The visit could not do: the next one has a promise of its own.
    FollowUp,
    /// The hold ended while the technician was on the way.
    UnderWay,
}

/// What was found to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    /// In words.
    pub text: String,
    /// When it was filed.
    pub filed: Time,
}

/// A day's technician time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTime {
    /// Shifts that begin that day, less their breaks.
    pub capacity: Span,
    /// Work and travel to it planned in them for levels that are not for emergencies.
    pub sold: Span,
    /// What may be sold to those levels in all.
    pub sellable: Span,
}

impl DayTime {
    /// What may still be sold to levels that are not for emergencies.
    pub fn left(&self) -> Span {
        self.sellable - self.sold
    }
}

impl Job {
    /// How firmly a visit of the job is bound where nobody has locked it and nothing is under way.
    pub fn unlocked(&self) -> Commitment {
        match self.need.promised.is_some() && self.booking.hold.is_none() {
            true => Commitment::Promised,
            false => Commitment::Planned,
        }
    }

    /// Whether a price for this need rests on the same as one for the job as it is.
    pub(super) fn same_price(&self, need: &Need, demand: &Demand) -> bool {
        let had = &self.need;
        (&had.level, &had.family, had.kind, had.place, had.warranty)
            == (&need.level, &need.family, need.kind, need.place, need.warranty)
            && self.demand.parts == demand.parts
            && self.demand.service == demand.service
    }

    /// When its hold is given up.
    pub(super) fn hold_ends(&self) -> Option<Time> {
        self.booking.hold.as_ref().map(|hold| hold.expires)
    }

    /// When the next of its clocks is to be looked at.
    pub(super) fn clock_rings(&self) -> Option<Time> {
        self.booking.clocks.iter().filter_map(Clock::rings).min()
    }
}

impl Board {
    /// Whether a job's level is for emergencies.
    pub fn is_urgent(&self, job: &Job) -> bool {
        self.catalog.levels.get(&job.need.level).is_some_and(|l| l.emergency)
    }

    /// Takes in what was told about a job, and sets the timers that hang on it.
    pub(super) fn book(&mut self, event: &Event, now: Time) {
        let id = match event {
            Event::JobCreated(job) => &job.id,
            Event::JobCancelled { job, .. } => {
                let booking = self.booking(job);
                booking.hold = None;
                booking.clocks.iter_mut().for_each(Clock::stop);
                job
            }
            Event::VisitEnded { job, .. } => {
                let done = self.jobs[job].state == JobState::Done;
                let booking = self.booking(job);
                booking.hold = None;
                booking.promise.iter_mut().for_each(|p| p.narrowed = None);
                if done {
                    booking.close(now);
                }
                job
            }
            Event::PromiseSet { job, promise, .. } => {
                self.promise(job, promise.as_ref(), now);
                job
            }
            Event::WindowNarrowed { job, window } => {
                self.note_narrowed(job, Some(*window));
                return;
            }
            // nobody is on the way any more
            Event::VisitWithdrawn { job } => return self.note_narrowed(job, None),
            Event::VisitProgressed { job, actual } if actual.departed.is_none() => {
                return self.note_narrowed(job, None);
            }
            Event::ClockSet { job, clock } => {
                let clocks = &mut self.booking(job).clocks;
                clocks.retain(|c| c.kind != clock.kind);
                clocks.push(clock.clone());
                clocks.sort_by_key(|c| c.kind);
                job
            }
            Event::Escalated { job, escalation } => {
                self.booking(job).escalate(escalation);
                job
            }
            Event::SolutionFiled { job, solution, closes } => {
                let booking = self.booking(job);
                booking.solution = Some(solution.clone());
                booking.meet(ClockKind::Solution, now);
                if *closes {
                    booking.close(now);
                    self.job_mut(job).state = JobState::Done;
                }
                job
            }
            _ => return,
        };
        self.rearm_booking(&id.clone());
    }

    fn booking(&mut self, job: &JobId) -> &mut Booking {
        &mut self.job_mut(job).booking
    }

    fn promise(&mut self, id: &JobId, promise: Option<&Promise>, now: Time) {
        let job = self.job_mut(id);
        job.need.promised = promise.map(|p| p.window);
        job.booking.promise = promise.cloned();
        if promise.is_some() {
            job.demand.respond_by = None;
            job.booking.hold = None;
            job.booking.meet(ClockKind::Confirmed, now);
        }
    }

    fn note_narrowed(&mut self, job: &JobId, window: Option<Window>) {
        self.booking(job).promise.iter_mut().for_each(|p| p.narrowed = window);
    }

    fn rearm_booking(&mut self, id: &JobId) {
        let job = &self.jobs[id];
        let (hold, clock) = (job.hold_ends(), job.clock_rings());
        self.timers.set(Timer::Hold(id.clone()), hold);
        self.timers.set(Timer::Clock(id.clone()), clock);
    }

    /// What withdrawing a job's visit changes besides the visit, to be put back where that was in vain.
    pub fn around(&self, id: &JobId) -> Around {
        Around {
            job: self.jobs[id].clone(),
            version: self.version,
            retries: self.timers.retries().map(|(job, due)| (job.clone(), due)).collect(),
            offer: self.offers.open(id).cloned(),
            past_offers: self.offers.past(id).to_vec(),
        }
    }

    /// Puts a job back as it was: for a planner that tried something in vain and has undone all else.
    pub fn put_back(&mut self, had: Around) {
        let id = had.job.id.clone();
        self.jobs.insert(id.clone(), had.job);
        self.version = had.version;
        self.rearm_booking(&id);
        let set: Vec<JobId> = self.timers.retries().map(|(job, _)| job.clone()).collect();
        set.into_iter().for_each(|job| self.timers.set(Timer::Retry(job), None));
        had.retries.into_iter().for_each(|(job, due)| self.timers.set(Timer::Retry(job), Some(due)));
        self.timers.set(Timer::Offer(id.clone()), had.offer.as_ref().map(|offer| offer.expires));
        self.offers.put_back(&id, had.offer, had.past_offers);
    }
}

/// See [`Board::around`].
#[derive(Clone, Debug)]
pub struct Around {
    /// The job.
    pub job: Arc<Job>,
    version: u64,
    /// When jobs are to be tried again.
    retries: Vec<(JobId, Time)>,
    offer: Option<Offer>,
    past_offers: Vec<PastOffer>,
}

impl Booking {
    /// The job is done: that is its solution too, and nobody waits for a confirmation any more.
    fn close(&mut self, at: Time) {
        self.meet(ClockKind::Solution, at);
        self.meet(ClockKind::Closed, at);
        self.clocks.iter_mut().for_each(Clock::stop);
    }

    fn meet(&mut self, kind: ClockKind, at: Time) {
        self.clocks.iter_mut().filter(|c| c.kind == kind).for_each(|c| c.meet(at));
    }

    fn escalate(&mut self, escalation: &Escalation) {
        self.clocks
            .iter_mut()
            .filter(|c| c.kind == escalation.clock)
            .for_each(|c| c.raise(escalation.breach));
        self.escalations.push(escalation.clone());
        let over = self.escalations.len().saturating_sub(KEPT_ESCALATIONS);
        self.escalations.drain(..over);
    }
}
