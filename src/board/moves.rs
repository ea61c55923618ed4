//! Moves: idle technicians asked to wait elsewhere, where calls would find nobody in time.

use super::id::TechnicianId;
use crate::geo::Point;
use crate::units::{Cost, Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From one look for a move to the next; each proposes one at most.
pub const EVERY: Span = Span::minutes(5);
/// How long somebody who waits elsewhere is taken to be of use there: then a call has come, or the day has changed.
pub const DWELL: Span = Span::hours(1);
/// Nobody is sent anywhere for less.
pub const LEAST_STAY: Span = Span::minutes(30);
/// How long who has been posted is not asked again.
pub const REST: Span = Span::minutes(30);
/// How long who declined, or did not answer, is not asked again.
pub const COOLING: Span = Span::hours(1);

/// A technician asked to wait elsewhere, or posted there. There is at most one for a technician.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Counts the technician's moves, from 1.
    pub number: u32,
    /// Start of the shift.
    pub shift: Time,
    /// Where the technician was.
    pub from: Point,
    /// Where to wait.
    pub to: Point,
    /// Calls an hour that somebody is in time for besides, in millionths.
    pub gain: u64,
    /// What that is worth a minute.
    pub a_minute: Cost,
    /// What the driving costs: the way there, and how much longer the way on from there is.
    pub cost: Cost,
    /// The way there in seconds.
    pub seconds: u32,
    /// The same in metres.
    pub metres: u32,
    /// When it was proposed.
    pub made: Time,
    /// Until when it can be taken.
    pub expires: Time,
    /// When the technician gets there; `None` until it is taken.
    pub arrives: Option<Time>,
    /// When the posting ends: the next stop is left for, or the shift ends at home.
    pub until: Time,
}

/// How a move ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoveEnding {
    /// The technician does not want it, with the reason given.
    Declined(String),
    /// Nobody answered in time.
    TimedOut,
    /// A job, a break or the end of work came first, before or after it was taken.
    Withdrawn,
    /// It was taken, and its time is over.
    Over,
}

/// A move that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastMove {
    /// As it was.
    pub past: Move,
    /// When it ended.
    pub ended: Time,
    /// How.
    pub ending: MoveEnding,
}

/// How many past moves a technician keeps.
pub const KEPT_MOVES: usize = 5;

/// All moves of a region, and who is not to be asked for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    open: BTreeMap<TechnicianId, Move>,
    past: BTreeMap<TechnicianId, Vec<PastMove>>,
    resting: BTreeMap<TechnicianId, Time>,
}

impl Moves {
    /// A technician's open move: proposed, or taken.
    pub fn open(&self, technician: &TechnicianId) -> Option<&Move> {
        self.open.get(technician)
    }

    /// All that are open, by technician.
    pub fn all_open(&self) -> impl ExactSizeIterator<Item = (&TechnicianId, &Move)> {
        self.open.iter()
    }

    /// A technician's past moves, the newest first.
    pub fn past(&self, technician: &TechnicianId) -> &[PastMove] {
        self.past.get(technician).map_or(&[], Vec::as_slice)
    }

    /// All past moves, by technician.
    pub fn all_past(&self) -> impl Iterator<Item = (&TechnicianId, &PastMove)> {
        self.past.iter().flat_map(|(id, past)| past.iter().map(move |p| (id, p)))
    }

    /// Whether a technician is left alone at `now`.
    pub fn rests(&self, technician: &TechnicianId, now: Time) -> bool {
        self.resting.get(technician).is_some_and(|until| now < *until)
    }

    /// The number that a technician's next move gets.
    pub fn next_number(&self, technician: &TechnicianId) -> u32 {
        let open = self.open(technician).map(|m| m.number);
        let past = self.past(technician).first().map(|p| p.past.number);
        open.or(past).unwrap_or_default() + 1
    }

    /// Asks a technician.
    pub fn propose(&mut self, technician: &TechnicianId, proposed: &Move) {
        let before = self.open.insert(technician.clone(), proposed.clone());
        debug_assert!(before.is_none(), "a technician has one open move at most");
    }

    /// The technician goes.
    ///
    /// # Panics
    /// Where nobody was asked.
    pub fn accept(&mut self, technician: &TechnicianId, arrives: Time, until: Time) {
        let open = self.open.get_mut(technician).expect("only what was proposed is taken");
        (open.arrives, open.until) = (Some(arrives), until);
    }

    /// Ends a technician's open move, where there is one; he is left alone until then.
    pub fn end(&mut self, technician: &TechnicianId, ending: &MoveEnding, ended: Time, rests: Option<Time>) {
        let Some(past) = self.open.remove(technician) else { return };
        let kept = self.past.entry(technician.clone()).or_default();
        kept.insert(0, PastMove { past, ended, ending: ending.clone() });
        kept.truncate(KEPT_MOVES);
        match rests {
            Some(until) => drop(self.resting.insert(technician.clone(), until)),
            None => drop(self.resting.remove(technician)),
        }
    }

    /// Forgets a technician who is gone.
    pub fn forget(&mut self, technician: &TechnicianId) {
        self.open.remove(technician);
        self.past.remove(technician);
        self.resting.remove(technician);
    }
}

impl super::Board {
    /// Has moves be looked for from `now` on where the policy wants any, and no longer where it does not.
    pub fn arm_moves(&mut self, now: Time) {
        use super::timer::Timer;
        let had = self.timers.due(&Timer::Moves);
        let wanted = self.region.policy.moves_at_once > 0;
        self.timers.set(Timer::Moves, wanted.then(|| had.unwrap_or(now + EVERY)));
    }
}
