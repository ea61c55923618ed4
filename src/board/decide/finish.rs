//! The end of a visit: done, or another one is needed.

use super::demand::{expected, resolve, work_of};
use super::not_found;
use super::progress::Duty;
use crate::board::Board;
use crate::board::booking::Why;
use crate::board::catalog::PartCount;
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::Window;
use crate::board::id::{JobId, Location, PartId, TechnicianId};
use crate::board::job::{Job, Need, Visit};
use crate::board::learned::Timed;
use crate::board::progress::{Actual, Ending, Finish, Hindrance, PastVisit};
use crate::board::refusal::{Noun, Refusal};
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// How long after nobody opened it is tried again at the soonest, where the customer's access says nothing else.
const TRY_AGAIN: Span = Span::hours(2);

impl Duty<'_> {
    pub(super) fn parts_used(&self, job: &JobId, parts: &[PartCount]) -> Result<Step, Refusal> {
        let visit = self.visit(job)?;
        let used = sum(visit.actual.used.iter().chain(parts));
        self.at_hand(visit, &used)?;
        let actual = Actual { used, ..visit.actual.clone() };
        Ok(Step { events: vec![Event::VisitProgressed { job: job.clone(), actual }], owed: Vec::new() })
    }

    /// Whether the van holds what is said to be used: what was kept for this visit and what is free.
    fn at_hand(&self, visit: &Visit, used: &[PartCount]) -> Result<(), Refusal> {
        for p in used {
            let free = self.within_reach(visit, &p.part);
            if free < p.count {
                let location = Location::Van(self.technician.id.clone()).to_string();
                let part = p.part.to_string();
                return Err(Refusal::InsufficientStock { location, part, free, wanted: p.count });
            }
        }
        Ok(())
    }

    /// How many of a part there are for a visit: kept for it and free in the van.
    pub(super) fn within_reach(&self, visit: &Visit, part: &PartId) -> u32 {
        let kept = visit.sources.iter().filter(|s| s.part_count.part == *part);
        let van = Location::Van(self.technician.id.clone());
        self.board.stock.free(&van, part) + kept.map(|s| s.part_count.count).sum::<u32>()
    }

    pub(super) fn finished(&self, job: &JobId, finish: &Finish) -> Result<Step, Refusal> {
        let mut step = Step::default();
        self.end(job, (Ending::Finished, &[]), finish, &mut step)?;
        Ok(step)
    }

    /// Ends the visit at the moment of the report; the technician goes on from there.
    fn end(
        &self,
        job: &JobId,
        (ending, needed): (Ending, &[PartCount]),
        finish: &Finish,
        step: &mut Step,
    ) -> Result<(), Refusal> {
        let visit = self.visit(job)?;
        let (mut left, mut was, mut actual) = self.arrive(job, step)?;
        let front = left.front.pop().expect("it is in front");
        actual.started = actual.started.or(Some(front.arrive));
        let kept = || sum(visit.sources.iter().map(|s| &s.part_count));
        let used = match (&finish.used, ending) {
            (Some(used), _) => used.clone(),
            (None, Ending::Finished) if actual.used.is_empty() => kept(),
            (None, _) => actual.used.clone(),
        };
        self.at_hand(visit, &used)?;
        actual.used.clone_from(&used);
        (was.place, was.free) = (front.place, self.at);
        let past = PastVisit {
            visit: Visit { actual, ..visit.clone() },
            at: self.at,
            ending,
            used,
            note: finish.note.clone(),
        };
        step.events.push(Event::VisitEnded { job: job.clone(), past });
        if ending == Ending::Finished {
            step.events.extend(self.timed(&self.board.jobs[job], visit).map(Event::WorkTimed));
        }
        if let Ending::Incomplete(why) = ending {
            self.board.follow_up(self.now, &self.board.jobs[job], why, &self.technician.id, needed, step);
        }
        self.resume(left, was, step);
        Ok(())
    }

    /// What a finished visit tells of such work: its start was reported, and nobody knew how long it takes.
    fn timed(&self, job: &Job, visit: &Visit) -> Option<Timed> {
        let took = self.at - visit.actual.started?;
        let work = work_of(&self.board.catalog, &job.need).filter(|_| job.need.service.is_none())?;
        let expected = expected(self.board, &job.need);
        let technician = self.technician.id.clone();
        (took >= Span::minutes(1) && expected > Span::ZERO).then_some(Timed {
            work,
            technician,
            expected,
            took,
        })
    }

    pub(super) fn cannot_complete(
        &self,
        job: &JobId,
        why: Hindrance,
        finish: &Finish,
        needed: &[PartCount],
    ) -> Result<Step, Refusal> {
        let unknown = needed.iter().find(|p| !self.board.catalog.parts.contains_key(&p.part));
        if let Some(p) = unknown {
            return Err(not_found(Noun::Part, p.part.as_str()));
        }
        let mut step = Step::default();
        self.end(job, (Ending::Incomplete(why), needed), finish, &mut step)?;
        Ok(step)
    }
}

impl Board {
    /// What follows a visit that did not do: a need with the right parts, owed a visit and a promise of its own;
    /// the end of the job where the customer does not want it.
    pub(super) fn follow_up(
        &self,
        now: Time,
        job: &Job,
        why: Hindrance,
        technician: &TechnicianId,
        needed: &[PartCount],
        step: &mut Step,
    ) {
        if why == Hindrance::CustomerRefuses {
            let reason = "the customer refused".to_owned();
            return step.events.push(Event::JobCancelled { job: job.id.clone(), reason });
        }
        step.events.push(self.corrected(now, job, why, technician, needed));
        if job.booking.promise.is_some() {
            let (job, why) = (job.id.clone(), Why::FollowUp);
            step.events.push(Event::PromiseSet { job, promise: None, why });
        }
        step.owed.push((job.id.clone(), Cause::FollowUp));
    }

    fn corrected(
        &self,
        now: Time,
        job: &Job,
        why: Hindrance,
        technician: &TechnicianId,
        needed: &[PartCount],
    ) -> Event {
        let mut need = job.need.clone();
        need.promised = None;
        need.access = later_access(&job.need, now, why);
        if !needed.is_empty() {
            // the fault is known now: its parts, and no longer those that were likely
            need.requirements.clone_from(&job.demand.requirements);
            need.service = Some(job.demand.service);
            need.parts = sum(needed.iter());
            need.kits.clear();
            need.faults.clear();
            need.inspect_only = false;
        }
        if why == Hindrance::WrongSkill && !need.excluded.contains(technician) {
            need.excluded.push(technician.clone());
            need.excluded.sort();
        }
        let demand = resolve(self, &need, now).unwrap_or_else(|_| job.demand.clone());
        Event::JobCorrected { job: job.id.clone(), order_number: job.order_number.clone(), need, demand }
    }
}

/// The customer's access windows that are still ahead; any time where none is left.
fn later_access(need: &Need, now: Time, why: Hindrance) -> Vec<Window> {
    let from = if why == Hindrance::NoAccess { now + TRY_AGAIN } else { now };
    let ahead = need.access.iter().filter_map(|w| Window::new(w.start.max(from), w.end)).collect::<Vec<_>>();
    if ahead.is_empty() && why == Hindrance::NoAccess {
        return Window::new(from, from + Span::hours(24 * 14)).into_iter().collect();
    }
    ahead
}

/// Counts of the same part added up, sorted by part.
pub(super) fn sum<'a>(parts: impl Iterator<Item = &'a PartCount>) -> Vec<PartCount> {
    let mut counts = BTreeMap::new();
    for p in parts {
        *counts.entry(p.part.clone()).or_insert(0_u32) += p.count;
    }
    counts.into_iter().map(|(part, count)| PartCount { part, count }).collect()
}
