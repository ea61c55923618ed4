//! What is told on the way of a day, of arrivals and of coverage: read from the desk, changing nothing.

use super::{DRAIN, Day, Turn};
use crate::board::fleet::Errand;
use crate::board::id::JobId;
use crate::board::job::Commitment;
use crate::sim::arrivals::{Stage, Word};
use crate::units::Span;

/// How often coverage is measured.
const MEASURED: Span = Span::minutes(5);
/// How often somebody looks who is expected soon.
const LOOKED: Span = Span::minutes(1);
/// How long before the planned arrival it is told once more.
const AHEAD: Span = Span::minutes(30);

impl Day<'_> {
    pub(super) fn measure(&mut self) {
        let now = self.driver.now();
        self.tally.measured(&self.driver.desk().coverage(now));
        if now + MEASURED <= self.ends - DRAIN {
            self.at(now + MEASURED, Turn::Measure);
        }
    }

    /// Takes note of a job's arrival as it is told now, where a visit is planned.
    pub(super) fn word(&mut self, job: &JobId, stage: Stage) {
        let (now, board) = (self.driver.now(), self.driver.board());
        let Some(visit) = board.jobs[job].visit.as_ref().filter(|_| self.tally.arrivals.lacks(job, stage))
        else {
            return;
        };
        let Ok(told) = self.driver.desk().arrival(now, job, visit.number) else { return };
        let ahead = board.route(&visit.technician, visit.shift).into_iter().flat_map(|r| r.jobs());
        let before = ahead.take_while(|ahead| *ahead != job).cloned().collect();
        let word = Word { eta: told.eta, technician: visit.technician.clone(), before, kept: true };
        self.tally.arrivals.told(job, stage, word);
    }

    /// Takes note of arrivals that are half an hour off by plan.
    pub(super) fn look_ahead(&mut self) {
        let now = self.driver.now();
        let board = self.driver.board();
        let ahead = |job: &JobId| {
            let visit = board.jobs[job].visit.as_ref();
            visit.is_some_and(|v| v.commitment < Commitment::EnRoute)
        };
        let mut soon: Vec<JobId> = Vec::new();
        for stop in board.routes.values().flat_map(|shifts| shifts.values()).flat_map(|r| &r.stops) {
            let Errand::Visit(job) = &stop.errand else { continue };
            let near = now < stop.arrive && stop.arrive <= now + AHEAD;
            if near && self.tally.arrivals.lacks(job, Stage::Ahead) && ahead(job) {
                soon.push(job.clone());
            }
        }
        soon.iter().for_each(|job| self.word(job, Stage::Ahead));
        if now + LOOKED <= self.ends {
            self.at(now + LOOKED, Turn::LookAhead);
        }
    }
}
