//! One way from one place to another, at a time of day; kept first-in-first-out.
//!
//! Never chooses a weight: it is handed the travel time of each hour.

use super::Dayparts;
use crate::geo::Point;
use crate::units::{Span, Time};

/// How long and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Whole seconds from departure to arrival.
    pub seconds: u32,
    /// Whole metres driven.
    pub metres: u32,
}

/// A leg with the line that is driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// How long and how far.
    pub leg: Leg,
    /// From the place on the road to the other, both included.
    pub line: Vec<Point>,
}

/// Hours looked ahead: beyond a day nothing new can come.
const HORIZON: usize = 26;

/// The least, over this hour and those to come, of leaving when the hour begins (or now) and taking the
/// time of that hour: `min over k of max(depart, start of hour k) + T(k)`. A later departure has fewer
/// choices and none of them earlier, so it never arrives earlier. Returns the winner's value of `trip`
/// with the seconds from departure to arrival.
pub(super) fn first_in_first_out<T>(
    depart: Time,
    parts: &Dayparts,
    mut trip: impl FnMut(u8) -> Option<(u32, T)>,
) -> Option<(u32, T)> {
    let mut best: Option<(u32, T)> = None;
    let mut start = depart;
    for _ in 0..HORIZON {
        let waited = start - depart;
        if best.as_ref().is_some_and(|(seconds, _)| waited >= Span(i64::from(*seconds))) {
            break;
        }
        let (seconds, what) = trip(parts.hour(start))?;
        let total = seconds.saturating_add(waited.0 as u32);
        if best.as_ref().is_none_or(|(seconds, _)| total < *seconds) {
            best = Some((total, what));
        }
        start = parts.next(start);
    }
    best
}
