//! The three clocks of a job: confirmed, solution filed, closed. State of the board, never a reading of a clock.

use super::job::{JobKind, Need};
use crate::units::{Span, Time};
use serde::{Deserialize, Serialize};

/// What a clock runs for, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClockKind {
    /// Until the customer has been told a window that the plan holds.
    Confirmed,
    /// Until a solution is filed.
    Solution,
    /// Until the job is done.
    Closed,
}

/// What a service level promises besides its response target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelTerms {
    /// How long the window is that a customer is told, at least.
    pub window: Span,
    /// From the call to the confirmation; no clock where `None`.
    pub confirm: Option<Span>,
    /// From the call to the solution.
    pub solution: Option<Span>,
    /// From the call to the end.
    pub close: Option<Span>,
    /// Thousandths of a clock's span after which it warns.
    pub warn_permille: u32,
}

impl Default for LevelTerms {
    fn default() -> LevelTerms {
        LevelTerms {
            window: Span::hours(2),
            confirm: Some(Span::minutes(3)),
            solution: Some(Span::hours(3)),
            close: Some(Span::hours(72)),
            warn_permille: 800,
        }
    }
}

/// Where a clock stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockState {
    /// It runs.
    Running,
    /// It stands still; the time does not count.
    Paused {
        /// Since when.
        since: Time,
        /// Why.
        reason: String,
    },
    /// In time.
    Met,
    /// Too late.
    Breached,
    /// The job was called off, or its level has no such clock any more.
    Dropped,
}

/// One clock of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What for.
    pub kind: ClockKind,
    /// How long it may run.
    pub target: Span,
    /// When it is breached; later by what it was paused for.
    pub due: Time,
    /// When it warns; `None` once it has.
    pub warns: Option<Time>,
    /// Where it stands.
    pub state: ClockState,
    /// When it was met, in time or late.
    pub met: Option<Time>,
}

/// A clock that is near its end, or past it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Which.
    pub clock: ClockKind,
    /// Past its end; a warning before it where not.
    pub breach: bool,
    /// The end.
    pub due: Time,
    /// When it was raised.
    pub at: Time,
}

impl LevelTerms {
    /// How long a clock may run.
    pub fn target(&self, kind: ClockKind) -> Option<Span> {
        match kind {
            ClockKind::Confirmed => self.confirm,
            ClockKind::Solution => self.solution,
            ClockKind::Closed => self.close,
        }
    }

    /// The clocks of a job called in at `called`. Nobody is told a window of a job that takes no visit.
    pub fn clocks(&self, need: &Need, called: Time) -> Vec<Clock> {
        let kinds = [ClockKind::Confirmed, ClockKind::Solution, ClockKind::Closed];
        let meant = |kind: &ClockKind| need.kind != JobKind::Remote || *kind != ClockKind::Confirmed;
        let start = |kind| {
            let target = self.target(kind)?;
            let warns = Some(called + target - self.notice(target));
            Some(Clock { kind, target, due: called + target, warns, state: ClockState::Running, met: None })
        };
        kinds.into_iter().filter(meant).filter_map(start).collect()
    }

    /// How long before its end a clock warns.
    fn notice(&self, target: Span) -> Span {
        Span(target.0 - target.0 * i64::from(self.warn_permille) / 1000)
    }

    /// The clock under these terms: what it has run and was paused for stays. `None` where nothing changes.
    pub fn again(&self, clock: &Clock) -> Option<Clock> {
        if !matches!(clock.state, ClockState::Running | ClockState::Paused { .. }) {
            return None;
        }
        let mut new = clock.clone();
        match self.target(clock.kind) {
            None => new.state = ClockState::Dropped,
            Some(target) => {
                new.due = clock.due + (target - clock.target);
                new.warns = clock.warns.map(|_| new.due - self.notice(target));
                new.target = target;
            }
        }
        (new != *clock).then_some(new)
    }
}

impl Clock {
    /// When it is to be looked at next: a warning or a breach; never where it does not run.
    pub fn rings(&self) -> Option<Time> {
        (self.state == ClockState::Running).then(|| self.warns.unwrap_or(self.due).min(self.due))
    }

    /// What it raises at `now`: a warning, a breach or both.
    pub fn raises(&self, now: Time) -> impl Iterator<Item = Escalation> {
        let running = self.state == ClockState::Running;
        let raise = |breach| Escalation { clock: self.kind, breach, due: self.due, at: now };
        let warns = running && self.warns.is_some_and(|at| at <= now);
        let breaks = running && self.due <= now;
        warns.then(|| raise(false)).into_iter().chain(breaks.then(|| raise(true)))
    }

    /// Takes in what was raised.
    pub(super) fn raise(&mut self, breach: bool) {
        self.warns = None;
        if breach {
            self.state = ClockState::Breached;
        }
    }

    /// Notes that what it runs for has happened.
    pub(super) fn meet(&mut self, at: Time) {
        match self.state {
            ClockState::Running | ClockState::Paused { .. } => {
                self.state = ClockState::Met;
                self.met = Some(at);
            }
            ClockState::Breached => self.met = self.met.or(Some(at)),
            ClockState::Met | ClockState::Dropped => {}
        }
    }

    /// Stops it for good where it is not over.
    pub(super) fn stop(&mut self) {
        if matches!(self.state, ClockState::Running | ClockState::Paused { .. }) {
            self.state = ClockState::Dropped;
        }
    }

    /// The clock, paused for `reason`; paused before, it takes the reason.
    pub fn paused(&self, now: Time, reason: &str) -> Option<Clock> {
        let since = match self.state {
            ClockState::Running => now,
            ClockState::Paused { since, .. } => since,
            ClockState::Met | ClockState::Breached | ClockState::Dropped => return None,
        };
        Some(Clock { state: ClockState::Paused { since, reason: reason.to_owned() }, ..self.clone() })
    }

    /// The clock, running again: its ends are later by what it was paused for.
    pub fn resumed(&self, now: Time) -> Option<Clock> {
        match self.state {
            ClockState::Running => Some(self.clone()),
            ClockState::Paused { since, .. } => {
                let stood = (now - since).or_zero();
                let warns = self.warns.map(|at| at + stood);
                Some(Clock { state: ClockState::Running, due: self.due + stood, warns, ..self.clone() })
            }
            ClockState::Met | ClockState::Breached | ClockState::Dropped => None,
        }
    }
}
