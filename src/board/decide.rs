//! Judging commands: what would happen, or why not. Nothing here changes the board.
//!
//! One file under `decide/` for each kind of thing commands are about; this one only sends them there.

mod adopt;
mod ahead;
mod apart;
mod booking;
mod catalog;
mod clocks;
mod coverage;
mod demand;
mod divert;
mod finish;
mod fleet;
mod job;
mod leave;
mod manual;
mod moves;
mod offer;
mod parts;
mod progress;
mod settle;
mod stock;
mod wake;
mod withdraw;

use super::command::{Adoption, Command, Step};
use super::event::Event;
use super::refusal::{Noun, Refusal};
use super::region::Region;
use super::scarcity::Holders;
use super::{Board, Legs};
use crate::units::Time;

pub use adopt::{Judged, LEAST_GAIN, fixed_stops};
pub use demand::{resolve, work_of};
pub use divert::Diversion;
pub use moves::{Idle, Posting};
pub use wake::is_said;

impl Board {
    /// Judges `command` at `now`, asking `legs` for travel. Nothing changes.
    ///
    /// # Errors
    /// A [`Refusal`] that says why it cannot be granted.
    pub fn decide(&self, now: Time, command: &Command, legs: &dyn Legs) -> Result<Step, Refusal> {
        let mut step = self.judge_alone(now, command, legs)?;
        self.end_moves(now, &mut step);
        Ok(step)
    }

    /// As [`Board::decide`] of an adoption, for who has the region's `holders` at hand: counting them takes longer
    /// than all else of it.
    ///
    /// # Errors
    /// See [`Board::judge`].
    pub fn adopt(
        &self,
        now: Time,
        wish: &Adoption,
        legs: &dyn Legs,
        holders: &Holders,
    ) -> Result<Step, Refusal> {
        let mut step = self.judge(now, wish, legs, holders).map(|judged| Step::of(judged.events))?;
        self.end_moves(now, &mut step);
        Ok(step)
    }

    /// As [`Board::decide`], but for what comes of it for moves.
    #[allow(clippy::too_many_lines, reason = "one arm a command")]
    fn judge_alone(&self, now: Time, command: &Command, legs: &dyn Legs) -> Result<Step, Refusal> {
        match command {
            Command::SetRegion { region, revision } => self.set_region(region, *revision).map(Step::of),
            Command::Import(entries) => self.import(entries).map(Step::of),
            Command::RemoveEntry(id) => self.remove_entry(id).map(Step::of),
            Command::AddTechnicians(all) => self.add_technicians(now, all).map(Step::of),
            Command::ChangeTechnician { technician, revision } => {
                self.change_technician(now, technician, *revision, legs)
            }
            Command::RemoveTechnician(id) => self.remove_technician(id).map(Step::of),
            Command::AddDepot(depot) => self.add_depot(depot).map(Step::of),
            Command::AdjustStock { lines, reason } => self.adjust_stock(lines, reason).map(Step::of),
            Command::CreateJob(job) => self.create_job(now, job),
            Command::CorrectJob { job, order_number, need, customer, revision } => {
                let wish = job::Correction { order_number, need, customer, revision: *revision };
                self.correct_job(now, job, &wish, legs)
            }
            Command::CancelJob { job, reason, revision } => {
                self.cancel_job(now, job, reason, *revision, legs)
            }
            Command::Report { technician, at, report } => self.report(now, technician, *at, report, legs),
            Command::SetLock { job, locked, revision } => self.set_lock(job, *locked, *revision),
            Command::Place { job, assignment, locked, decision, revision } => {
                let wish =
                    manual::Placing { job, assignment, locked: *locked, decision, revision: *revision };
                self.place(now, &wish, legs)
            }
            Command::Unassign { job, reason, replan, revision } => {
                self.unassign(now, job, (reason, *replan), *revision, legs)
            }
            Command::Reorder { technician, shift, errands } => {
                self.reorder_route(now, (technician, *shift), errands, legs)
            }
            Command::Send(delivery) => self.send(now, delivery),
            Command::CancelDelivery(id) => self.cancel_delivery(now, id, legs),
            Command::RecallPart(part) => self.recall(now, part, legs),
            Command::AcceptOffer { job, visit } => self.accept_offer(now, job, *visit).map(Step::of),
            Command::DeclineOffer { job, visit, reason } => {
                self.decline_offer(now, job, *visit, reason, legs)
            }
            Command::SeekMoves(wish) => Ok(self.seek_moves(now, wish.as_ref(), legs)),
            Command::AcceptMove { technician, number } => self.accept_move(now, technician, *number, legs),
            Command::DeclineMove { technician, number, reason } => {
                self.decline_move(now, technician, *number, reason)
            }
            Command::Wake => self.wake(now, legs),
            Command::GiveDemand(given) => self.give_demand(given.as_ref()).map(Step::of),
            Command::SetPrices { prices, revision } => self.set_prices(prices, *revision).map(Step::of),
            Command::HoldSlot { job, technician, day } => self.hold_slot(now, job, technician.as_ref(), day),
            Command::Confirm { job, window, named, customer, order_number, revision } => {
                let told = booking::Told { window: *window, named: *named, customer, order_number };
                self.confirm(now, job, &told, *revision).map(Step::of)
            }
            Command::Reschedule { job, window, technician, day, revision } => {
                let wish = booking::Wish { window: *window, technician: technician.as_ref(), day };
                self.reschedule(now, job, &wish, *revision, legs)
            }
            Command::Divert(wish) => self.divert(now, wish, legs),
            Command::Narrow { job, window } => self.narrow(job, *window).map(Step::of),
            Command::SetClock { job, clock, paused, revision } => {
                self.set_clock(now, job, *clock, paused.as_deref(), *revision).map(Step::of)
            }
            Command::FileSolution { job, text, closes, revision } => {
                self.file_solution(now, job, text, *closes, *revision).map(Step::of)
            }
            Command::Settle { job, assignment, decision } => {
                self.settle(now, job, assignment.as_ref(), decision, legs).map(Step::of)
            }
            Command::Adopt(wish) => self.adopt(now, wish, legs, &Holders::of(self)),
        }
    }

    fn set_region(&self, region: &Region, revision: Option<u64>) -> Result<Vec<Event>, Refusal> {
        let had = &self.region;
        unchanged_since(revision, had.revision, Noun::Region, had.id.as_str())?;
        Ok(vec![Event::RegionSet(Region { revision: had.revision + 1, ..region.clone() })])
    }
}

impl Step {
    fn of(events: Vec<Event>) -> Step {
        Step { events, owed: Vec::new() }
    }
}

/// Refuses where the caller has seen another revision than the one there is.
fn unchanged_since(seen: Option<u64>, revision: u64, noun: Noun, id: &str) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != revision => Err(Refusal::Stale { noun, id: id.into(), revision }),
        _ => Ok(()),
    }
}

fn not_found(noun: Noun, id: &str) -> Refusal {
    Refusal::NotFound { noun, id: id.into() }
}

/// Refuses where a field already has something wrong with it.
fn none_wrong(violations: Vec<super::refusal::Violation>) -> Result<(), Refusal> {
    if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations)) }
}
