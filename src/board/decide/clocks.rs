//! Clocks: pausing, resuming, ringing; and filing a solution.

use super::{not_found, unchanged_since};
use crate::board::Board;
use crate::board::booking::Solution;
use crate::board::clocks::{Clock, ClockKind, ClockState};
use crate::board::command::Step;
use crate::board::event::Event;
use crate::board::id::JobId;
use crate::board::job::{JobKind, JobState};
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::units::Time;

impl Board {
    pub(super) fn set_clock(
        &self,
        now: Time,
        id: &JobId,
        kind: ClockKind,
        paused: Option<&str>,
        revision: Option<u64>,
    ) -> Result<Vec<Event>, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        let had = job.booking.clocks.iter().find(|c| c.kind == kind);
        let set = had.and_then(|c| paused.map_or_else(|| c.resumed(now), |reason| c.paused(now, reason)));
        let stands = had.map_or("not there", stands);
        let clock = set.ok_or_else(|| Refusal::WrongClock { job: id.to_string(), clock: kind, stands })?;
        let changed = had != Some(&clock);
        Ok(changed.then(|| Event::ClockSet { job: id.clone(), clock }).into_iter().collect())
    }

    /// Raises all that is due of a job's clocks.
    pub(super) fn ring(&self, now: Time, id: &JobId) -> Step {
        let raised = self.jobs[id].booking.clocks.iter().flat_map(|clock| clock.raises(now));
        let events = raised.map(|escalation| Event::Escalated { job: id.clone(), escalation });
        Step { events: events.collect(), owed: Vec::new() }
    }

    pub(super) fn file_solution(
        &self,
        now: Time,
        id: &JobId,
        text: &str,
        closes: bool,
        revision: Option<u64>,
    ) -> Result<Vec<Event>, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        if job.state == JobState::Cancelled || closes && job.state.is_over() {
            return Err(Refusal::WrongState { job: id.to_string(), state: job.state });
        }
        if closes && job.need.kind != JobKind::Remote {
            let description = "only a REMOTE job is done with its solution: the others end with their visit";
            let wrong = Violation { field: "closes".into(), description: description.into() };
            return Err(Refusal::Invalid(vec![wrong]));
        }
        let solution = Solution { text: text.to_owned(), filed: now };
        Ok(vec![Event::SolutionFiled { job: id.clone(), solution, closes }])
    }
}

fn stands(clock: &Clock) -> &'static str {
    match clock.state {
        ClockState::Running => "running",
        ClockState::Paused { .. } => "paused",
        ClockState::Met => "met",
        ClockState::Breached => "breached",
        ClockState::Dropped => "dropped",
    }
}
