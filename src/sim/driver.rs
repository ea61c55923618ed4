//! The virtual-time driver: steps a region and what falls due in it on a clock of its own.
//!
//! Every command is given at a moment; what falls due before it is done first, each thing at its own moment.
//! Budgets are counted in rounds and what is advised takes effect after a stated delay, so equal inputs give
//! equal days on any machine.

use super::mishap::{Fate, Mishaps};
use crate::board::decision::Cause;
use crate::board::id::{JobId, TechnicianId};
use crate::board::{Board, Command, Event, Refusal};
use crate::geo::Point;
use crate::plan::{Desk, Position, Travel};
use crate::units::Time;

/// Metres that devices are off by.
const ACCURACY: u32 = 20;

/// A region on a virtual clock.
#[derive(Clone, Debug)]
pub struct Driver {
    desk: Desk,
    now: Time,
    /// What has happened since it was last asked for.
    fresh: Vec<(Time, Event)>,
    fate: Option<Fate>,
}

impl Driver {
    /// A region at a moment.
    pub fn new(board: Board, travel: Travel, now: Time) -> Driver {
        Driver { desk: Desk::open(board, travel), now, fresh: Vec::new(), fate: None }
    }

    /// From now on mishaps befall the region, drawn by a seed.
    pub fn tempt(&mut self, seed: u64) {
        self.fate = Some(Fate::new(seed, &self.desk));
    }

    /// What has befallen it so far.
    pub fn mishaps(&self) -> Option<Mishaps> {
        self.fate.as_ref().map(|f| f.told)
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The board.
    pub fn board(&self) -> &Board {
        self.desk.board()
    }

    /// The moment.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the clock on, doing what falls due on the way.
    pub fn advance(&mut self, to: Time) {
        while let Some(due) = self.desk.due().filter(|due| *due <= to) {
            self.now = due.max(self.now);
            let Some(events) = self.desk.wake(self.now) else { break };
            self.note(events);
        }
        self.now = to.max(self.now);
    }

    /// Gives a command at the present moment; jobs it owes a decision are settled as the service does.
    ///
    /// # Errors
    /// The command's refusal.
    pub fn give(&mut self, command: &Command) -> Result<(), Refusal> {
        let events = self.desk.step(self.now, command)?;
        self.note(events);
        Ok(())
    }

    /// Gives a command and leaves the jobs it owes a decision to the caller.
    ///
    /// # Errors
    /// The command's refusal.
    pub fn give_only(&mut self, command: &Command) -> Result<Vec<(JobId, Cause)>, Refusal> {
        if let Some(fate) = &mut self.fate {
            fate.before(&mut self.desk, self.now, command);
        }
        let (events, owed) = self.desk.take(self.now, command)?;
        self.note(events);
        if let Some(fate) = &mut self.fate {
            fate.after(&self.desk, self.now, command);
        }
        Ok(owed)
    }

    /// Settles a waiting job as the service would.
    pub fn settle(&mut self, job: &JobId, cause: Cause) {
        let events = self.desk.settle_now(self.now, job, cause);
        self.note(events);
    }

    /// Settles a waiting job with whoever gets there first.
    pub fn settle_soonest(&mut self, job: &JobId, cause: Cause) {
        let events = self.desk.settle_soonest(self.now, job, cause);
        self.note(events);
    }

    /// Settles a waiting job with this technician, the cheapest way; false where that does not fit.
    pub fn settle_with(&mut self, job: &JobId, technician: &TechnicianId, cause: Cause) -> bool {
        let events = self.desk.settle_with(self.now, job, technician, cause);
        let settled = events.is_some();
        self.note(events.unwrap_or_default());
        settled
    }

    /// A device says where its technician is.
    pub fn sight(&mut self, technician: &TechnicianId, place: Point) {
        let position = Position { place, device_time: self.now, accuracy_metres: ACCURACY };
        let _ = self.desk.report(self.now, technician, position);
    }

    fn note(&mut self, events: Vec<Event>) {
        #[cfg(debug_assertions)]
        {
            let wrong = crate::board::audit::audit(self.board(), self.now);
            assert!(wrong.is_empty(), "{wrong:?} after {events:?}");
        }
        let now = self.now;
        if let Some(fate) = &mut self.fate {
            fate.record(now, &events, &self.desk);
        }
        self.fresh.extend(events.into_iter().map(|e| (now, e)));
    }

    /// What has happened since this was last asked.
    pub fn news(&mut self) -> Vec<(Time, Event)> {
        std::mem::take(&mut self.fresh)
    }
}
