//! Where devices last said their technicians are. Not part of the board, not journalled, never logged.

use crate::geo::Point;
use crate::units::{Span, Time};

/// A position is relied on while it is no older than this.
pub const FRESH: Span = Span::minutes(5);
/// A device whose clock is further ahead than this is not believed.
pub const AHEAD: Span = Span::minutes(5);

/// What a device said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Where.
    pub place: Point,
    /// When, by the device.
    pub device_time: Time,
    /// How far off it may be.
    pub accuracy_metres: u32,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    /// It is the newest known.
    Accepted,
    /// A newer one is known, or the very same.
    Stale,
    /// It is not believed: why, in words.
    Rejected(String),
}

impl Position {
    /// How old it is at `now`, never negative.
    pub fn age(&self, now: Time) -> Span {
        (now - self.device_time).or_zero()
    }

    /// Whether it may be relied on at `now`.
    pub fn is_fresh(&self, now: Time) -> bool {
        self.age(now) <= FRESH
    }
}
