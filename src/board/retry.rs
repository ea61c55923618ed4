//! Trying a job again that somebody declined and nobody else took: when a cool-down ends, and when ground is freed.
//! Without either, each time after as long again as it has waited since what is said of it changed last.
//!
//! The improver leaves jobs alone that are put to technicians first, so the board sees to them by timers of its own.

use super::Board;
use super::decision::Rule;
use super::event::Event;
use super::id::JobId;
use super::job::Job;
use super::timer::Timer;
use crate::geo::Point;
use crate::units::{Span, Time};
use std::sync::Arc;

/// How soon after ground was freed it is tried again: what is freed meanwhile is looked at in one go.
pub const SOON: Span = Span::minutes(1);
/// How long after it was tried it is tried again at least, where nobody has a cool-down to wait for.
pub const EACH: Span = Span::minutes(15);
/// How long at most.
pub const SELDOM: Span = Span::hours(4);
/// How many jobs at most one event has tried again soon, the nearest.
const HURRIED: usize = 20;
/// How far from where ground was freed, in metres: technicians of a region work within some tens of kilometres of home,
/// and who is farther is tried in time all the same.
const NEAR: u64 = 50_000;

impl Board {
    /// Whether a job waits because of who would not take it: its board tries it again.
    pub fn retries(&self, job: &Job) -> bool {
        let told = |rule| job.decisions.first().is_some_and(|d| d.rejections.iter().any(|r| r.rule == rule));
        job.waits()
            && job.set_aside.is_none()
            && job.need.takes_a_visit()
            && (self.offers.was_cooled(&job.id) || told(Rule::Declined))
    }

    /// Keeps the timers of jobs that are to be tried again, after an event was applied.
    pub(super) fn note_retries(&mut self, event: &Event, now: Time) {
        if let Some(job) = concerned(event) {
            let waits = self.jobs.get(job).filter(|j| self.retries(j));
            let due = waits.map(|j| self.offers.free_again(job, now).unwrap_or_else(|| now + waited(j, now)));
            self.timers.set(Timer::Retry(job.clone()), due);
        }
        match event {
            Event::VisitWithdrawn { job } | Event::VisitEnded { job, .. } => {
                let place = self.jobs[job].need.place;
                self.hurry(place, now);
            }
            Event::TechnicianSet(technician) => self.hurry(technician.start, now),
            _ => {}
        }
    }

    /// Sets the timers that a snapshot of before there were any lacks: such jobs are tried at once.
    pub fn mend_retries(&mut self, now: Time) {
        let lacks =
            |job: &&Job| self.retries(job) && self.timers.due(&Timer::Retry(job.id.clone())).is_none();
        let lacking: Vec<JobId> =
            self.jobs.values().map(Arc::as_ref).filter(lacks).map(|j| j.id.clone()).collect();
        lacking.into_iter().for_each(|job| self.timers.set(Timer::Retry(job), Some(now)));
    }

    /// Ground was freed around a place.
    fn hurry(&mut self, place: Point, now: Time) {
        let later = self.timers.retries().filter(|(_, due)| *due > now + SOON);
        let mut near: Vec<(u64, JobId)> =
            later.map(|(job, _)| (self.jobs[job].need.place.metres_to(place) as u64, job.clone())).collect();
        near.retain(|(metres, _)| *metres <= NEAR);
        near.sort_unstable();
        near.truncate(HURRIED);
        near.into_iter().for_each(|(_, job)| self.timers.set(Timer::Retry(job), Some(now + SOON)));
    }
}

/// How long a job has waited since it was decided, within bounds: trying in vain decides nothing new.
fn waited(job: &Job, now: Time) -> Span {
    let since = job.decisions.first().map_or(Span::ZERO, |d| now - d.decided);
    since.max(EACH).min(SELDOM)
}

/// Jobs whose waiting an event begins, ends or makes another.
fn concerned(event: &Event) -> Option<&JobId> {
    match event {
        Event::LeftAlone { job, .. } => job.as_ref(),
        Event::JobRetried { job }
        | Event::Decided { job, .. }
        | Event::JobCorrected { job, .. }
        | Event::JobCancelled { job, .. }
        | Event::JobSetAside { job, .. }
        | Event::SolutionFiled { job, .. }
        | Event::VisitPlanned { job, .. }
        | Event::VisitWithdrawn { job }
        | Event::VisitEnded { job, .. } => Some(job),
        _ => None,
    }
}
