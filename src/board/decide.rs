//! Judging commands.
use super::command::Step;
use super::{Board, Command, Event, Legs, Refusal};
use crate::units::Time;
impl Board {
    /// Judges a command at `now`; nothing changes.
    pub fn decide(&self, now: Time, command: &Command, legs: &dyn Legs) -> Result<Step, Refusal> {
        let _ = (now, command, legs, Event::clone);
        Ok(Step::default())
    }
}
