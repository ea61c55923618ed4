//! Duration segments: what a piece of a route means for the whole route's duration, joined in O(1).
//!
//! After the DurationSegment of Vidal and others (2013), as PyVRP keeps it, without the time-warp terms:
//! the search never leaves hard feasibility.

use super::problem::Tick;

/// A feasible stretch of stops: least duration, and the starts that reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub duration: Tick,
    /// Earliest start that has the least duration.
    pub early: Tick,
    /// Latest feasible start.
    pub late: Tick,
}

impl Segment {
    pub(crate) fn stop(open: Tick, close: Tick, service: Tick) -> Segment {
        Segment { duration: service, early: open, late: close }
    }

    /// This stretch, then `hop` ticks, then `next`. Both and their join must be feasible.
    #[inline]
    pub(crate) fn join(self, hop: Tick, next: Segment) -> Segment {
        let at = self.duration + hop;
        let wait = (next.early - at - self.late).max(0);
        Segment {
            duration: at + next.duration + wait,
            early: self.early.max(next.early - at) - wait,
            late: self.late.min(next.late - at),
        }
    }
}
