//! From below: what it costs the stops after a gap that the next place is reached later than planned.
//!
//! A visit's lateness and risk of lateness are convex in its start, overtime is convex in the arrival at home, and a
//! stop that is reached `d` later is left no less than `d` later less what may be made up on the way: waiting, and legs
//! that are quicker at another hour. So the sum is at least `sum of w x (d - h)`, each where positive, over the hinges
//! `h` of all stops up to the next break, which moves freely. Two lines that touch it from below are kept.

use crate::units::{Span, Time};

/// Two lines from below, each a rate and the instant from which on it counts; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Push {
    lines: [Line; 2],
    /// The lines are not known to hold for arrivals after this: those cost as much at least.
    until: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Line {
    /// Quarters of a thousandth of a paid second a second.
    rate: u32,
    /// Seconds since 1970.
    after: u32,
}

/// By how much the next place is reached later where the lines touch.
const TOUCH: [i64; 2] = [20 * 60, 50 * 60];

/// The hinges of what follows a gap, collected from the next place on.
#[derive(Clone, Debug, Default)]
pub struct Hinges {
    /// What may be made up so far.
    made_up: i64,
    /// Seconds later than planned from which on a second costs so many quarters more.
    hinges: Vec<(i64, i64)>,
}

impl Hinges {
    /// How much later than planned a place is taken to be reached at most.
    pub const MOST: Span = Span::hours(2);

    /// Between the last place and the next, so much may be made up.
    pub fn make_up(&mut self, by: Span) {
        self.made_up += by.or_zero().0;
    }

    /// From an instant `ahead` of the plan on, a second costs `quarters` more.
    pub fn add(&mut self, ahead: Span, quarters: i64) {
        self.hinges.push((self.made_up + ahead.or_zero().0, quarters));
    }

    /// The lines, where the next place is reached at `planned`.
    pub fn push(&self, planned: Time) -> Push {
        let line = |touch: i64| {
            let below = || self.hinges.iter().filter(|(at, _)| *at < touch);
            let rate: i64 = below().map(|(_, quarters)| quarters).sum();
            let cost: i64 = below().map(|(at, quarters)| quarters * (touch - at)).sum();
            let after = planned.0 + touch - if rate > 0 { cost / rate } else { 0 };
            match (u32::try_from(rate), u32::try_from(after)) {
                (Ok(rate), Ok(after)) => Line { rate, after },
                _ => Line::default(),
            }
        };
        let until = u32::try_from((planned + Self::MOST).0).unwrap_or(0);
        Push { lines: TOUCH.map(line), until }
    }
}

impl Push {
    /// What it costs at least that the next place is reached at `arrives` (seconds since 1970), in thousandths.
    #[inline]
    pub fn cost(&self, arrives: i64) -> i64 {
        let arrives = arrives.min(self.until.into());
        let of = |line: &Line| i64::from(line.rate) * (arrives - i64::from(line.after));
        self.lines.iter().map(of).fold(0, i64::max) / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of the hinges, against which the lines are held.
    fn exact(hinges: &Hinges, later: i64) -> i64 {
        hinges.hinges.iter().map(|(at, quarters)| quarters * (later - at).max(0)).sum::<i64>() / 4
    }

    #[test]
    fn lines_touch_the_sum_of_hinges_from_below() {
        let mut hinges = Hinges::default();
        hinges.add(Span::minutes(5), 2000);
        hinges.make_up(Span::minutes(7));
        hinges.add(Span::minutes(-3), 1000);
        hinges.add(Span::minutes(40), 4000);
        let push = hinges.push(Time(1_000_000));
        for later in (0..7200).step_by(30) {
            let (low, high) = (push.cost(1_000_000 + later), exact(&hinges, later));
            assert!(low <= high, "{low} over {high} at {later}");
            assert!(!TOUCH.contains(&later) || high - low < 2_000, "{low} far below {high} at {later}");
        }
        assert_eq!(push.cost(1_000_000 + 7200), push.cost(1_000_000 + 9999));
        assert_eq!(Push::default().cost(i64::MAX), 0);
    }
}
