//! The server's clock: the wall clock, or one that an administrator of a test server sets. Never goes back.

use crate::units::{Span, Time};
use crate::wire::Failure;
use crate::wire::check::check;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Which clock a server runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The wall clock.
    #[default]
    Real,
    /// Set and advanced by calls; for test servers only.
    Controlled,
}

/// A clock that never goes back.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    floor: AtomicI64,
}

impl Clock {
    /// A clock that does not show less than `floor`.
    pub fn new(source: Source, floor: Time) -> Clock {
        let start = match source {
            Source::Real => floor,
            Source::Controlled => floor.max(wall()),
        };
        Clock { source, floor: AtomicI64::new(start.0) }
    }

    /// A controlled clock that starts at `start` (a journal may already be past it).
    pub fn starting(start: Time, floor: Time) -> Clock {
        Clock { source: Source::Controlled, floor: AtomicI64::new(start.max(floor).0) }
    }

    /// What it shows.
    pub fn now(&self) -> Time {
        match self.source {
            Source::Real => Time(self.floor.fetch_max(wall().0, Ordering::Relaxed).max(wall().0)),
            Source::Controlled => Time(self.floor.load(Ordering::Relaxed)),
        }
    }

    /// Whether it can be set.
    pub fn is_controlled(&self) -> bool {
        self.source == Source::Controlled
    }

    /// Sets it.
    ///
    /// # Errors
    /// On a real clock, and where it would go back.
    pub fn set(&self, to: Time) -> Result<Time, Failure> {
        self.controlled()?;
        let before = self.floor.fetch_max(to.0, Ordering::Relaxed);
        if before > to.0 {
            return check(|at| at.field("now").no("lies before what the clock shows: it never goes back"));
        }
        Ok(to)
    }

    /// Moves it on.
    ///
    /// # Errors
    /// On a real clock.
    pub fn advance(&self, by: Span) -> Result<Time, Failure> {
        self.controlled()?;
        Ok(Time(self.floor.fetch_add(by.0, Ordering::Relaxed) + by.0))
    }

    fn controlled(&self) -> Result<(), Failure> {
        if self.is_controlled() { Ok(()) } else { Err(Failure::ClockNotControlled) }
    }
}

#[allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 8))
}
