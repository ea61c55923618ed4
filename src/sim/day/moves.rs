//! Waiting elsewhere: who is asked answers, and drives there.

use super::{Day, Doing, Turn};
use crate::board::Command;
use crate::board::id::TechnicianId;
use crate::sim::policy::Policy;
use crate::units::Span;

/// How long it takes to answer.
const ANSWER: Span = Span(20);
/// Odds that somebody would rather stay.
const STAYS: f64 = 0.1;

impl Day<'_> {
    pub(super) fn asked(&mut self, id: &TechnicianId, number: u32) {
        self.at(self.driver.now() + ANSWER, Turn::Answer(id.clone(), number));
    }

    pub(super) fn answer(&mut self, id: &TechnicianId, number: u32, policy: &mut dyn Policy) {
        let idle = self.agents.get(id).is_some_and(|a| a.doing == Doing::Idle);
        let open = self.driver.board().moves.open(id).filter(|m| m.number == number && m.arrives.is_none());
        // what was withdrawn needs no answer; who is not there gives none
        let Some(open) = open.cloned().filter(|_| idle) else { return };
        let technician = id.clone();
        if self.world.chance.hits(&format!("{id}/{number}"), "stays", STAYS) {
            let reason = "would rather stay".to_owned();
            self.give(&Command::DeclineMove { technician, number, reason }, policy);
            return;
        }
        let from = self.place(id);
        if !self.give(&Command::AcceptMove { technician, number }, policy) {
            return;
        }
        let stamp = self.now_doing(id, Doing::Posting);
        let takes = self.travelled(id, &format!("{id}/moves/{number}"), open.seconds, open.metres);
        self.drives(id, None, [from, open.to], takes);
        self.tally.moves += 1;
        self.tally.posting += takes.0;
        self.at(self.driver.now() + takes, Turn::Posted(id.clone(), stamp));
    }
}
