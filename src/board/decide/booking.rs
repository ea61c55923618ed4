//! Slots, promises and prices: keeping a slot, telling the customer, agreeing on another window.

use super::demand::resolve;
use super::{not_found, unchanged_since};
use crate::board::booking::{Hold, Promise, Why};
use crate::board::command::{NewJob, Step};
use crate::board::decision::{Cause, Rule};
use crate::board::event::Event;
use crate::board::fleet::Window;
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Commitment, Customer, Demand, Job, JobState, Need};
use crate::board::quote::PriceList;
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::board::{Board, Legs};
use crate::units::{Span, Time};

/// What a customer is told of a visit.
pub(super) struct Told<'a> {
    pub window: Option<Window>,
    pub named: bool,
    pub customer: &'a Option<Customer>,
    pub order_number: &'a Option<String>,
}

/// Another window that is wished for.
pub(super) struct Wish<'a> {
    pub window: Window,
    pub technician: Option<&'a TechnicianId>,
    pub day: &'a Window,
}

impl Board {
    pub(super) fn set_prices(
        &self,
        prices: &PriceList,
        revision: Option<u64>,
    ) -> Result<Vec<Event>, Refusal> {
        let had = self.prices.as_ref().map_or(0, |p| p.revision);
        unchanged_since(revision, had, Noun::PriceList, self.region.id.as_str())?;
        Ok(vec![Event::PricesSet(PriceList { revision: had + 1, ..prices.clone() })])
    }

    pub(super) fn hold_slot(
        &self,
        now: Time,
        new: &NewJob,
        technician: Option<&TechnicianId>,
        day: &Window,
    ) -> Result<Step, Refusal> {
        if self.jobs.contains_key(&new.id) {
            return Err(Refusal::AlreadyExists { noun: Noun::Job, id: new.id.to_string() });
        }
        self.order_is_free(new.order_number.as_ref(), None)?;
        self.knows(technician)?;
        let wrong = |field: &str, description: &str| {
            Refusal::Invalid(vec![Violation { field: field.into(), description: description.into() }])
        };
        let window = new.need.promised.ok_or_else(|| wrong("window", "has to be set"))?;
        if window.end <= now {
            return Err(wrong("window.end", "is past: search slots again"));
        }
        if !new.need.takes_a_visit() {
            return Err(wrong("need.kind", "a REMOTE job takes no visit: create it without a slot"));
        }
        let demand = resolve(self, &new.need, now).map_err(Refusal::Invalid)?;
        self.may_be_sold(&new.need, &demand, day, None)?;
        let quote = self.quote(&new.need, &demand);
        let expires = now + self.region.policy.hold;
        let hold = Hold { expires, technician: technician.cloned(), quote };
        Ok(self.taken_in(now, new, demand, Some(hold), Cause::Hold))
    }

    fn knows(&self, technician: Option<&TechnicianId>) -> Result<(), Refusal> {
        match technician {
            Some(id) if !self.technicians.contains_key(id) => Err(not_found(Noun::Technician, id.as_str())),
            _ => Ok(()),
        }
    }

    /// Whether the day has time left for a level that is not for emergencies; `own` is a visit that moves.
    ///
    /// # Errors
    /// How much is left and how much is wanted.
    pub fn may_be_sold(
        &self,
        need: &Need,
        demand: &Demand,
        day: &Window,
        own: Option<&Job>,
    ) -> Result<(), Refusal> {
        if self.catalog.levels[&need.level].emergency {
            return Ok(());
        }
        let moves = own.and_then(|job| {
            let visit = job.visit.as_ref().filter(|v| day.start <= v.shift && v.shift < day.end)?;
            let (_, stop) = self.route(&visit.technician, visit.shift)?.stop_of(&job.id)?;
            Some(stop.end - stop.start + Span(i64::from(stop.seconds)))
        });
        let (left, wanted) = (self.day_time(day).left() + moves.unwrap_or(Span::ZERO), demand.service);
        if wanted <= left {
            return Ok(());
        }
        Err(Refusal::KeptForUrgent { day: *day, left, wanted })
    }

    /// A hold that nobody confirmed is called off and frees all. One whose technician is on the way already is
    /// kept as if it had been confirmed.
    pub(super) fn end_hold(&self, now: Time, id: &JobId, legs: &dyn Legs) -> Result<Step, Refusal> {
        let job = &self.jobs[id];
        let under_way = job.visit.as_ref().is_some_and(|v| v.commitment >= Commitment::EnRoute);
        match (job.need.promised, &job.booking.hold) {
            (Some(window), Some(hold)) if under_way => {
                let goes = job.visit.as_ref().map(|v| v.technician.clone());
                let (technician, quote) = (goes.filter(|_| hold.technician.is_some()), hold.quote.clone());
                let promise = Some(Promise { window, technician, quote, told: now, narrowed: None });
                let event = Event::PromiseSet { job: id.clone(), promise, why: Why::UnderWay };
                Ok(Step { events: vec![event], owed: Vec::new() })
            }
            _ => self.cancel_job(now, id, "the hold ended before it was confirmed", None, legs),
        }
    }

    pub(super) fn confirm(
        &self,
        now: Time,
        id: &JobId,
        told: &Told<'_>,
        revision: Option<u64>,
    ) -> Result<Vec<Event>, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        self.order_is_free(told.order_number.as_ref(), Some(id))?;
        let wrong = || Refusal::WrongState { job: id.to_string(), state: job.state };
        if job.state.is_over() {
            return Err(wrong());
        }
        let mut events = Vec::new();
        if let Some(customer) = told.customer {
            events.push(Event::CustomerSet { job: id.clone(), customer: Some(customer.clone()) });
        }
        let hold_quote = job.booking.hold.as_ref().and_then(|h| h.quote.clone());
        if told.order_number.is_some() && *told.order_number != job.order_number {
            let (need, demand) = (job.need.clone(), job.demand.clone());
            let order_number = told.order_number.clone();
            events.push(Event::JobCorrected { job: id.clone(), order_number, need, demand });
        }
        if job.booking.promise.is_some() {
            return Ok(events);
        }
        let visit = job.visit.as_ref().ok_or_else(wrong)?;
        let window = job.need.promised.or(told.window).ok_or_else(wrong)?;
        self.holds_window(job, &window)?;
        let held = job.booking.hold.as_ref().and_then(|h| h.technician.clone());
        let technician = held.or_else(|| told.named.then(|| visit.technician.clone()));
        let technician = technician.map(|_| visit.technician.clone());
        let quote = hold_quote.or_else(|| self.quote(&job.need, &job.demand));
        let promise = Some(Promise { window, technician, quote, told: now, narrowed: None });
        events.push(Event::PromiseSet { job: id.clone(), promise, why: Why::Confirmed });
        if visit.commitment == Commitment::Planned {
            events.push(Event::CommitmentSet { job: id.clone(), commitment: Commitment::Promised });
        }
        Ok(events)
    }

    /// Whether the visit as planned starts inside the window.
    fn holds_window(&self, job: &Job, window: &Window) -> Result<(), Refusal> {
        let visit = job.visit.as_ref().expect("a visit is confirmed");
        let route = self.route(&visit.technician, visit.shift).expect("a live visit has its route");
        let (_, stop) = route.stop_of(&job.id).expect("a live visit has its stop");
        if visit.commitment < Commitment::EnRoute && (stop.start < window.start || window.end < stop.start) {
            let missed = "the plan does not hold the window any more: reschedule the job".to_owned();
            return Err(Refusal::Breaks { rule: Rule::Promise, missed, by: None });
        }
        Ok(())
    }

    pub(super) fn reschedule(
        &self,
        now: Time,
        id: &JobId,
        wish: &Wish<'_>,
        revision: Option<u64>,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        self.knows(wish.technician)?;
        self.not_too_late(job, now)?;
        let wrong = || Refusal::WrongState { job: id.to_string(), state: job.state };
        if !job.need.takes_a_visit() {
            return Err(wrong());
        }
        if wish.window.end <= now {
            let description = "is past: search slots again".to_owned();
            return Err(Refusal::Invalid(vec![Violation { field: "window.end".into(), description }]));
        }
        let need = Need { promised: Some(wish.window), ..job.need.clone() };
        let demand = resolve(self, &need, job.created).map_err(Refusal::Invalid)?;
        self.may_be_sold(&need, &demand, wish.day, Some(job))?;
        let mut step = Step::default();
        self.take_back(now, job, legs, &mut step);
        if !step.owed.is_empty() {
            let missed = "other visits of the route would not fit without it".to_owned();
            return Err(Refusal::Breaks { rule: Rule::Promise, missed, by: None });
        }
        let event = self.rescheduled(now, job, wish, &demand);
        let (order_number, held) = (job.order_number.clone(), job.booking.hold.is_some());
        step.events.push(Event::JobCorrected { job: id.clone(), order_number, need, demand });
        step.events.extend((!held).then_some(event));
        step.owed.push((id.clone(), Cause::Reschedule));
        Ok(step)
    }

    /// The window changes, the price does not.
    fn rescheduled(&self, now: Time, job: &Job, wish: &Wish<'_>, demand: &Demand) -> Event {
        let had = job.booking.promise.as_ref();
        let named = had.and_then(|p| p.technician.as_ref());
        let promise = Promise {
            window: wish.window,
            technician: wish.technician.or(named).cloned(),
            quote: had.map_or_else(|| self.quote(&job.need, demand), |p| p.quote.clone()),
            told: now,
            narrowed: None,
        };
        Event::PromiseSet { job: job.id.clone(), promise: Some(promise), why: Why::Rescheduled }
    }

    /// The promise that a job comes in with, where its need names a window.
    pub(super) fn told_already(&self, now: Time, new: &NewJob) -> Option<Event> {
        let window = new.need.promised?;
        let quote = resolve(self, &new.need, now).ok().and_then(|d| self.quote(&new.need, &d));
        let promise = Some(Promise { window, technician: None, quote, told: now, narrowed: None });
        Some(Event::PromiseSet { job: new.id.clone(), promise, why: Why::Created })
    }

    /// What a corrected need changes of what was told: the promise, its price where the work is another, the
    /// clocks where the level is another.
    pub(super) fn told_anew(&self, now: Time, job: &Job, need: &Need, demand: &Demand) -> Vec<Event> {
        let mut events = Vec::new();
        let had = job.booking.promise.as_ref();
        let promise = need.promised.filter(|_| job.booking.hold.is_none()).map(|window| {
            let same_work = job.same_price(need, demand);
            let quote = had.filter(|_| same_work).map(|p| p.quote.clone());
            let quote = quote.unwrap_or_else(|| self.quote(need, demand));
            let same = had.filter(|p| p.window == window && p.quote == quote);
            let technician = had.and_then(|p| p.technician.clone());
            same.cloned().unwrap_or(Promise { window, technician, quote, told: now, narrowed: None })
        });
        if promise.as_ref() != had {
            events.push(Event::PromiseSet { job: job.id.clone(), promise, why: Why::Corrected });
        }
        if need.level != job.need.level {
            let terms = &self.catalog.levels[&need.level].terms;
            let again = job.booking.clocks.iter().filter_map(|clock| terms.again(clock));
            events.extend(again.map(|clock| Event::ClockSet { job: job.id.clone(), clock }));
        }
        events
    }

    /// Tells the customer a part of what was promised, the technician being on the way. What was told before of the
    /// same way is never widened.
    pub(super) fn narrow(&self, id: &JobId, window: Window) -> Result<Vec<Event>, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        let wrong = || Refusal::WrongState { job: id.to_string(), state: job.state };
        let promise =
            job.booking.promise.as_ref().filter(|_| job.state == JobState::EnRoute).ok_or_else(wrong)?;
        let told = promise.narrowed.unwrap_or(promise.window);
        let inside = told.start <= window.start && window.end <= told.end && window.start < window.end;
        match inside && window != told {
            true => Ok(vec![Event::WindowNarrowed { job: id.clone(), window }]),
            false => Err(wrong()),
        }
    }

    /// Where a technician was named and another one goes, that is said.
    pub(super) fn other_than_named(&self, now: Time, job: &Job, goes: &TechnicianId) -> Option<Event> {
        let had = job.booking.promise.as_ref()?;
        had.technician.as_ref().filter(|named| *named != goes)?;
        let promise = Promise { technician: Some(goes.clone()), told: now, ..had.clone() };
        Some(Event::PromiseSet { job: job.id.clone(), promise: Some(promise), why: Why::TechnicianChanged })
    }
}
