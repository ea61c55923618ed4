//! Whole-number units: instants, spans, cost, hours.
//!
//! Everything the core computes with is an integer with a name, so that equal inputs give equal plans
//! on every machine. No floats and no clock live here.

pub mod planted;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An instant: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

/// A length of time in whole seconds; may be negative where it is a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

/// Cost in thousandths of a second of paid technician time. Every preference is an exchange rate into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost(pub i64);

impl Time {
    /// Earlier than anything a caller can name.
    pub const MIN: Time = Time(i64::MIN / 4);
    /// Later than anything a caller can name.
    pub const MAX: Time = Time(i64::MAX / 4);
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// `n` minutes.
    pub const fn minutes(n: i64) -> Span {
        Span(n * 60)
    }
    /// `n` hours.
    pub const fn hours(n: i64) -> Span {
        Span(n * 3600)
    }
    /// This span as cost, at one paid second a second.
    pub const fn paid(self) -> Cost {
        Cost(self.0 * 1000)
    }
    /// Zero where negative.
    pub fn or_zero(self) -> Span {
        Span(self.0.max(0))
    }
}

impl Cost {
    /// Nothing.
    pub const ZERO: Cost = Cost(0);
    /// More than any sum of terms reaches.
    pub const MAX: Cost = Cost(i64::MAX / 4);
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, s: Span) -> Time {
        Time(self.0 + s.0)
    }
}
impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, s: Span) -> Time {
        Time(self.0 - s.0)
    }
}
impl Sub for Time {
    type Output = Span;
    fn sub(self, other: Time) -> Span {
        Span(self.0 - other.0)
    }
}

macro_rules! sums {
    ($t:ty) => {
        impl Add for $t {
            type Output = $t;
            fn add(self, o: $t) -> $t {
                Self(self.0 + o.0)
            }
        }
        impl Sub for $t {
            type Output = $t;
            fn sub(self, o: $t) -> $t {
                Self(self.0 - o.0)
            }
        }
        impl AddAssign for $t {
            fn add_assign(&mut self, o: $t) {
                self.0 += o.0;
            }
        }
        impl SubAssign for $t {
            fn sub_assign(&mut self, o: $t) {
                self.0 -= o.0;
            }
        }
        impl Neg for $t {
            type Output = $t;
            fn neg(self) -> $t {
                Self(-self.0)
            }
        }
        impl std::iter::Sum for $t {
            fn sum<I: Iterator<Item = $t>>(it: I) -> $t {
                Self(it.map(|v| v.0).sum())
            }
        }
    };
}
sums!(Span);
sums!(Cost);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, s) = (if self.0 < 0 { "-" } else { "" }, self.0.abs());
        match (s / 3600, s / 60 % 60, s % 60) {
            (0, 0, s) => write!(f, "{sign}{s} s"),
            (0, m, 0) => write!(f, "{sign}{m} min"),
            (0, m, s) => write!(f, "{sign}{m} min {s} s"),
            (h, m, _) => write!(f, "{sign}{h} h {m:02} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_a_person_would_say_them() {
        let said: Vec<String> = [5, 60, 95, 3600, -7500].map(|s| Span(s).to_string()).into();
        assert_eq!(said, ["5 s", "1 min", "1 min 35 s", "1 h 00 min", "-2 h 05 min"]);
    }
}
