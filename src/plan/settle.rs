//! Settling jobs that wait for a visit: by a command's debts, as the service does, or as somebody else would.

use super::choose::{Choice, choose_one};
use super::desk::{Desk, Question};
use super::estimate;
use crate::board::decision::{Cause, Decision, Outcome};
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::Demand;
use crate::board::progress::Report;
use crate::board::{Command, Event, Refusal};
use crate::units::Time;
use std::sync::Arc;

impl Desk {
    /// Judges a command, applies what it makes happen, and settles every job that is then owed a decision.
    /// The events have been applied in the order returned.
    ///
    /// # Errors
    /// The command's refusal; nothing has changed then.
    pub fn step(&mut self, now: Time, command: &Command) -> Result<Vec<Event>, Refusal> {
        if let Some(events) = self.book(now, command)? {
            return Ok(events);
        }
        let (mut events, owed) = self.take(now, command)?;
        for (job, cause) in owed {
            events.extend(self.settle_or_divert(now, &job, cause));
        }
        Ok(events)
    }

    /// As [`Desk::step`], but leaves the jobs that are owed a decision to the caller.
    ///
    /// # Errors
    /// As [`Desk::step`].
    #[allow(clippy::type_complexity, reason = "events, and jobs with why")]
    pub fn take(
        &mut self,
        now: Time,
        command: &Command,
    ) -> Result<(Vec<Event>, Vec<(JobId, Cause)>), Refusal> {
        let step = match command {
            Command::Adopt(wish) => self.board().adopt(now, wish, self.travel(), self.holders())?,
            _ => self.board().decide(now, command, self.travel())?,
        };
        self.apply(&step.events, now);
        if crate::units::planted::is("unjournalled") && matches!(command, Command::Report { .. }) {
            self.apply(&[Event::StockAdjusted { lines: Vec::new(), reason: String::new() }], now);
        }
        let mut events = step.events;
        if let Command::Report { report: Report::Departed(job), .. } = command
            && let Some(window) = self.narrowed(now, job)
        {
            let told = Command::Narrow { job: job.clone(), window };
            let step = self.board().decide(now, &told, self.travel()).expect("a part of it can be told");
            self.apply(&step.events, now);
            events.extend(step.events);
        }
        Ok((events, step.owed))
    }

    /// Settles a job that waits for a visit.
    pub fn settle_now(&mut self, now: Time, job: &JobId, cause: Cause) -> Vec<Event> {
        let choice = self.choice_for(now, &self.board().jobs[job], cause);
        self.settle_by(now, choice, job)
    }

    /// What would be decided about a job that waits for a visit; `None` where there is no such job.
    pub fn decision(&self, now: Time, job: &JobId) -> Option<Decision> {
        let job = self.board().jobs.get(job).filter(|j| j.waits())?;
        Some(self.choice_for(now, job, Cause::Create).decision)
    }

    /// Settles a job that waits for a visit with whoever gets there first: how the usual product decides.
    pub fn settle_soonest(&mut self, now: Time, job: &JobId, cause: Cause) -> Vec<Event> {
        let waiting = &self.board().jobs[job];
        let at_once = estimate::at_once(&self.board().region.policy);
        let demand = Demand { respond_by: Some(now), lateness_permille: 0, ..waiting.demand.clone() };
        let question = Question { policy: &at_once, ..self.question(job, &waiting.need, &demand, now) };
        let choice = self.choice(now, &question, cause);
        self.settle_by(now, choice, job)
    }

    /// Settles a job that waits for a visit with one technician, the cheapest way; `None` where that does not fit.
    pub fn settle_with(
        &mut self,
        now: Time,
        job: &JobId,
        technician: &TechnicianId,
        cause: Cause,
    ) -> Option<Vec<Event>> {
        let waiting = &self.board().jobs[job];
        let question = self.question(job, &waiting.need, &waiting.demand, waiting.created);
        let choice = self.by(now, &question, |ask, known| choose_one(ask, known, technician, cause))?;
        Some(self.settle_by(now, choice, job))
    }

    /// Settles a job that waits for a visit by a choice that was made.
    pub(super) fn settle_by(&mut self, now: Time, choice: Choice, id: &JobId) -> Vec<Event> {
        let settled = self.settled(now, choice, id);
        self.apply(&settled, now);
        settled
    }

    /// The events that settle an open job: the first proposal that the board verifies, or nobody.
    fn settled(&self, now: Time, choice: Choice, id: &JobId) -> Vec<Event> {
        let job = &self.board().jobs[id];
        debug_assert!(job.waits(), "only waiting jobs are owed a decision");
        let Choice { mut decision, told } = choice;
        for told in told {
            if decision.chosen.as_ref() != Some(&told.candidate) {
                decision.chosen = Some(told.candidate.clone());
                decision.runners_up.retain(|c| *c != told.candidate);
            }
            let settle = Command::Settle {
                job: id.clone(),
                assignment: Some(told.assignment),
                decision: Arc::new(decision.clone()),
            };
            match self.board().decide(now, &settle, self.travel()) {
                Ok(step) => return step.events,
                Err(refusal) => debug_assert!(false, "the board refuses its planner: {refusal}"),
            }
        }
        if decision.outcome == Outcome::Assigned {
            decision.outcome = Outcome::NobodyFits;
            decision.chosen = None;
            decision.runners_up.clear();
        }
        if decision.cause == Cause::Retried
            && job.decisions.first().is_some_and(|had| is_known(had, &decision))
        {
            return Vec::new();
        }
        let settle = Command::Settle { job: id.clone(), assignment: None, decision: Arc::new(decision) };
        let step = self.board().decide(now, &settle, self.travel());
        step.expect("an open job can be left open").events
    }
}

/// Whether a decision that nobody comes says what the one before said: the same rules stand against it. Who is closest
/// and by how little changes with every minute.
fn is_known(had: &Decision, new: &Decision) -> bool {
    let rules = |d: &Decision| d.rejections.iter().map(|r| r.rule).collect::<Vec<_>>();
    had.outcome == Outcome::NobodyFits && rules(had) == rules(new)
}
