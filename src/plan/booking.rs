//! Commands about slots: nothing is taken on before somebody is found who can come.

use super::choose::{Choice, offer, reasons};
use super::desk::Desk;
use crate::board::booking::Around;
use crate::board::decision::Cause;
use crate::board::fleet::{Route, Window};
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Demand, Job, JobState, Need};
use crate::board::{Command, Event, Refusal};
use crate::units::{Span, Time};

/// Windows that are told begin and end on a quarter of an hour.
const QUARTER: i64 = 900;
/// Windows of technicians on the way begin and end on five minutes.
const FIVE: i64 = 300;

impl Desk {
    /// Takes the command, where it is one about a slot; `None` where it is not.
    pub(super) fn book(&mut self, now: Time, command: &Command) -> Result<Option<Vec<Event>>, Refusal> {
        match command {
            Command::HoldSlot { job, technician, .. } => {
                let step = self.board().decide(now, command, self.travel())?;
                let Some(Event::JobCreated(new)) = step.events.first() else {
                    unreachable!("a hold is a job")
                };
                let case = Case { id: &job.id, called: now, cause: Cause::Hold };
                let choice = self.coming(now, &case, &new.need, &new.demand, technician.as_ref())?;
                let mut events = step.events;
                self.apply(&events, now);
                events.extend(self.settle_by(now, choice, &job.id));
                Ok(Some(events))
            }
            Command::Reschedule { job, technician, .. } => {
                self.reschedule(now, command, job, technician.as_ref()).map(Some)
            }
            Command::Confirm { job, window: None, named, customer, order_number, revision } => {
                let window = self.board().jobs.get(job).and_then(|job| self.tellable(now, job));
                let Some(window) = window else { return Ok(None) };
                let (job, window, named, revision) = (job.clone(), Some(window), *named, *revision);
                let (customer, order_number) = (customer.clone(), order_number.clone());
                let told = Command::Confirm { job, window, named, customer, order_number, revision };
                self.step(now, &told).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Takes the visit back, looks for another one, and puts everything as it was where there is none.
    fn reschedule(
        &mut self,
        now: Time,
        command: &Command,
        id: &JobId,
        technician: Option<&TechnicianId>,
    ) -> Result<Vec<Event>, Refusal> {
        let step = self.board().decide(now, command, self.travel())?;
        let before = self.board().around(id);
        let route = before.job.visit.as_ref().map(|v| {
            let route = self.board().route(&v.technician, v.shift).expect("a live visit has its route");
            (v.technician.clone(), v.shift, route.clone())
        });
        // moves end once somebody was found: what is undone leaves them as they are
        let (ended, mut events): (Vec<Event>, Vec<Event>) =
            step.events.into_iter().partition(|e| matches!(e, Event::MoveEnded { .. }));
        self.apply(&events, now);
        let job = self.board().jobs[id].clone();
        let case = Case { id, called: job.created, cause: Cause::Reschedule };
        match self.coming(now, &case, &job.need, &job.demand, technician) {
            Ok(choice) => {
                events.extend(self.settle_by(now, choice, id));
                for event in ended {
                    let Event::MoveEnded { technician, .. } = &event else { continue };
                    if self.board().moves.open(technician).is_some() {
                        self.apply(std::slice::from_ref(&event), now);
                        events.push(event);
                    }
                }
                Ok(events)
            }
            Err(refusal) => {
                self.undo(now, before, route);
                Err(refusal)
            }
        }
    }

    fn undo(&mut self, now: Time, before: Around, route: Option<(TechnicianId, Time, Route)>) {
        if let (Some((technician, shift, route)), Some(visit)) = (route, before.job.visit.clone()) {
            let (job, id) = (before.job.id.clone(), technician.clone());
            let set = Event::RouteSet { technician, shift, route: Some(route) };
            self.apply(&[set, Event::VisitPlanned { job, visit }], now);
            self.put_back(before);
            self.reindex(&id, now);
        } else {
            self.put_back(before);
        }
    }

    /// Who comes inside the promised window of a need.
    fn coming(
        &self,
        now: Time,
        case: &Case<'_>,
        need: &Need,
        demand: &Demand,
        technician: Option<&TechnicianId>,
    ) -> Result<Choice, Refusal> {
        let window = need.promised.expect("a slot is asked for");
        let nobody = |reasons| Refusal::NobodyFits { window, reasons };
        let only: Vec<&TechnicianId> = technician.into_iter().collect();
        let Some(asked) = self.slot_need(need, window, &only) else {
            let why = "the customer gives no access in that window".to_owned();
            return Err(nobody(vec![(crate::board::decision::Rule::Access, why)]));
        };
        let question = self.question(case.id, &asked, demand, case.called);
        self.by(now, &question, |ask, known| {
            offer(ask, known, case.cause).ok_or_else(|| nobody(reasons(ask, known)))
        })
    }

    /// The need with its visit bound to begin inside the window, by one of `only` where any is named; `None`
    /// where the customer gives no access then.
    pub(super) fn slot_need(&self, need: &Need, window: Window, only: &[&TechnicianId]) -> Option<Need> {
        let cut = |w: &Window| Window::new(w.start.max(window.start), w.end.min(window.end));
        let access: Vec<Window> = match need.access.is_empty() {
            true => vec![window],
            false => need.access.iter().filter_map(cut).collect(),
        };
        let mut asked = Need { promised: Some(window), ..need.clone() };
        if !only.is_empty() {
            let others = self.board().technicians.keys().filter(|t| !only.contains(t));
            asked.excluded.extend(others.cloned());
            asked.excluded.sort();
            asked.excluded.dedup();
        }
        asked.access = access;
        (!asked.access.is_empty()).then_some(asked)
    }

    /// What may be told of a visit that is planned without a window: from one in ten arrivals to nine in ten,
    /// widened to the level's length, on quarters of an hour.
    fn tellable(&self, now: Time, job: &Job) -> Option<Window> {
        let visit = job.visit.as_ref().filter(|_| job.need.promised.is_none())?;
        let eta = self.arrival(now, &job.id, visit.number).ok()?.eta;
        let (_, stop) = self.board().route(&visit.technician, visit.shift)?.stop_of(&job.id)?;
        let spread = eta.p90 - eta.p50;
        let early = (eta.p50 - spread).max(now).min(stop.start);
        let start = Time(early.0.div_euclid(QUARTER) * QUARTER);
        let late = eta.p90.max(stop.start);
        let end = Time((late.0 + QUARTER - 1).div_euclid(QUARTER) * QUARTER);
        let length = self.board().catalog.levels[&job.need.level].terms.window;
        Window::new(start, end.max(start + length))
    }

    /// The part of a promised window that the customer is told of a technician on the way: from one in ten arrivals to
    /// nine in ten, on five minutes, of the policy's length at least; `None` where that tells nothing new.
    pub(super) fn narrowed(&self, now: Time, id: &JobId) -> Option<Window> {
        let least = self.board().region.policy.narrowed;
        let job = self.board().jobs.get(id).filter(|j| j.state == JobState::EnRoute && least > Span::ZERO)?;
        let promise = job.booking.promise.as_ref()?;
        let told = promise.narrowed.unwrap_or(promise.window);
        let eta = self.arrival(now, id, job.visit.as_ref()?.number).ok()?.eta;
        let early = Time((eta.p50 - (eta.p90 - eta.p50)).0.div_euclid(FIVE) * FIVE);
        let late = Time((eta.p90.0 + FIVE - 1).div_euclid(FIVE) * FIVE);
        // who is there before the window opens waits for it; who comes after it has broken the promise anyhow
        let start = early.max(told.start);
        let end = late.max(start + least).min(told.end);
        let start = start.min(end - least).max(told.start);
        let part = Window::new(start, end).filter(|part| *part != told && early < told.end)?;
        Some(part)
    }

    /// The day of an instant by the region's clock, midnight to midnight.
    pub fn day_of(&self, at: Time) -> Window {
        let local = at.0 + self.travel().dayparts().offset_seconds(at);
        let midnight = local.div_euclid(86_400) * 86_400;
        Window { start: self.by_wall_clock(midnight), end: self.by_wall_clock(midnight + 86_400) }
    }

    /// The first instant at which the region's wall clock shows this; as long after the clocks went on as it was
    /// skipped, where it never does.
    pub(super) fn by_wall_clock(&self, shown: i64) -> Time {
        const DAY: i64 = 86_400;
        let offset = |at: i64| self.travel().dayparts().offset_seconds(Time(at));
        let (before, after) = (offset(shown - DAY), offset(shown + DAY));
        let later = offset(shown - before) != before && offset(shown - after) == after;
        Time(shown - if later { after } else { before })
    }
}

struct Case<'a> {
    id: &'a JobId,
    called: Time,
    cause: Cause,
}

/// The length of a slot where the caller does not say: the level's window.
pub(super) fn usual_length(desk: &Desk, need: &Need) -> Span {
    desk.board().catalog.levels.get(&need.level).map_or(Span::hours(2), |l| l.terms.window)
}
