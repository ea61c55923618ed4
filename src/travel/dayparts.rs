//! From an instant to the region's local hour, and to the instant the next one begins.
//!
//! Never asks what time it is.

use crate::units::Time;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A region's clock: an IANA time zone with its offsets laid out for quick look-up.
#[derive(Clone, Debug)]
pub struct Dayparts {
    zone: TimeZone,
    name: String,
    /// When each offset begins to hold (seconds since 1970) and the offset in seconds east of UTC.
    changes: Vec<(i64, i64)>,
    /// For each stretch of [`STRETCH`] from the first change on: how many changes there are before it.
    coarse: Vec<u16>,
    /// Where the look-up table ends.
    until: i64,
}

/// A time zone that is not in the database.
#[derive(Debug, thiserror::Error)]
#[error("time zone {name:?}: {source}")]
pub struct UnknownZone {
    /// The name asked for.
    pub name: String,
    /// What the database said.
    pub source: jiff::Error,
}

/// Seconds as a power of two, about twelve days: an instant is looked up in the changes of its stretch.
const STRETCH: u32 = 20;

/// Offsets are laid out from 1990 to 2060; outside they are looked up one by one.
const LAID_OUT: [i64; 2] = [631_152_000, 2_840_140_800];

impl Dayparts {
    /// The clock of an IANA zone such as `Europe/Rome`.
    ///
    /// # Errors
    /// When the zone is not known.
    pub fn of(name: &str) -> Result<Dayparts, UnknownZone> {
        let zone = TimeZone::get(name).map_err(|source| UnknownZone { name: name.to_owned(), source })?;
        Ok(Dayparts::lay_out(zone, name))
    }

    /// The clock of UTC.
    pub fn utc() -> Dayparts {
        Dayparts::lay_out(TimeZone::UTC, "UTC")
    }

    fn lay_out(zone: TimeZone, name: &str) -> Dayparts {
        let [begin, until] = LAID_OUT;
        let mut changes = vec![(begin, slow_offset(&zone, begin))];
        for change in zone.following(timestamp(begin)) {
            let at = change.timestamp().as_second();
            if at >= until {
                break;
            }
            changes.push((at, i64::from(change.offset().seconds())));
        }
        let stretches = 0..=(until - begin) >> STRETCH;
        let before = |n: i64| changes.partition_point(|(at, _)| *at <= begin + (n << STRETCH)) as u16;
        let coarse = stretches.map(before).collect();
        Dayparts { zone, name: name.to_owned(), changes, coarse, until }
    }

    /// The zone's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The local hour, 0..=23.
    pub fn hour(&self, at: Time) -> u8 {
        ((at.0 + self.offset(at).0).div_euclid(3600).rem_euclid(24)) as u8
    }

    /// Seconds since local midnight, as a wall clock shows them.
    pub fn of_day(&self, at: Time) -> u32 {
        (at.0 + self.offset(at).0).rem_euclid(86_400) as u32
    }

    /// Seconds east of UTC that hold at an instant.
    pub fn offset_seconds(&self, at: Time) -> i64 {
        self.offset(at).0
    }

    /// The next instant at which the local hour turns or the clocks change: always later than `at`.
    pub fn next(&self, at: Time) -> Time {
        let (offset, change) = self.offset(at);
        let turn = ((at.0 + offset).div_euclid(3600) + 1) * 3600 - offset;
        Time(turn.min(change))
    }

    /// The offset at an instant, and until when it holds at least.
    fn offset(&self, at: Time) -> (i64, i64) {
        if !(self.changes[0].0..self.until).contains(&at.0) {
            return (slow_offset(&self.zone, at.0), i64::MAX);
        }
        let stretch = (at.0 - self.changes[0].0) >> STRETCH;
        let mut next = usize::from(self.coarse[stretch as usize]);
        while self.changes.get(next).is_some_and(|change| change.0 <= at.0) {
            next += 1;
        }
        let until = self.changes.get(next).map_or(self.until, |change| change.0);
        (self.changes[next - 1].1, until)
    }
}

fn timestamp(second: i64) -> Timestamp {
    let bounds = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    let second = second.clamp(*bounds.start(), *bounds.end());
    Timestamp::from_second(second).expect("clamped to what is representable")
}

fn slow_offset(zone: &TimeZone, second: i64) -> i64 {
    i64::from(zone.to_offset(timestamp(second)).seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn hours_turn_with_the_region_s_clock_and_skip_and_repeat_with_it() {
        let rome = Dayparts::of("Europe/Rome").unwrap();
        assert_eq!(rome.hour(at("2026-01-15T07:30:00Z")), 8);
        assert_eq!(rome.hour(at("2026-07-15T06:30:00Z")), 8);
        // Spring: 01:59:59 is followed by 03:00.
        assert_eq!(rome.hour(at("2026-03-29T00:59:59Z")), 1);
        assert_eq!(rome.next(at("2026-03-29T00:30:00Z")), at("2026-03-29T01:00:00Z"));
        assert_eq!(rome.hour(at("2026-03-29T01:00:00Z")), 3);
        // Autumn: 02 comes twice.
        assert_eq!(rome.hour(at("2026-10-25T00:30:00Z")), 2);
        assert_eq!(rome.hour(at("2026-10-25T01:30:00Z")), 2);
        assert_eq!(rome.hour(at("2026-10-25T02:00:00Z")), 3);
    }

    #[test]
    fn half_hour_zones_turn_on_their_own_half_hour() {
        let delhi = Dayparts::of("Asia/Kolkata").unwrap();
        assert_eq!(delhi.hour(at("2026-05-01T03:29:59Z")), 8);
        assert_eq!(delhi.next(at("2026-05-01T03:10:00Z")), at("2026-05-01T03:30:00Z"));
        assert_eq!(delhi.of_day(at("2026-05-01T03:30:00Z")), 9 * 3600);
    }

    #[test]
    fn agrees_with_the_database_far_and_near_and_unknown_zones_say_so() {
        for name in ["Europe/Rome", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "UTC"] {
            let (parts, zone) = (Dayparts::of(name).unwrap(), TimeZone::get(name).unwrap());
            for step in 0..4_000 {
                let second = 500_000_000 + step * 700_001;
                let want = (second + slow_offset(&zone, second)).div_euclid(3600).rem_euclid(24);
                assert_eq!(i64::from(parts.hour(Time(second))), want, "{name} {second}");
                assert!(parts.next(Time(second)) > Time(second));
            }
        }
        assert!(Dayparts::of("Mars/Olympus").unwrap_err().to_string().contains("Mars/Olympus"));
    }
}
