//! The day that is played: its midnight in the region's zone, and hours told as people tell them.
//!
//! The date is fixed (Tuesday 24 November 2026): a demo gives the same answers whenever it is run.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A date in a zone.
#[derive(Clone, Debug)]
pub struct Day {
    zone: TimeZone,
    date: Date,
    midnight: i64,
}

/// An hour of the day, written 14.5 for half past two.
pub type Hour = f64;

impl Day {
    /// The day of the demo in an IANA zone.
    ///
    /// # Errors
    /// When the zone is not known.
    pub fn in_zone(name: &str) -> Result<Day, jiff::Error> {
        Day::on(name, Date::new(2026, 11, 24)?)
    }

    /// The day of a moment in an IANA zone.
    ///
    /// # Errors
    /// When the zone is not known.
    pub fn of(moment: Timestamp, name: &str) -> Result<Day, jiff::Error> {
        Day::on(name, moment.to_zoned(TimeZone::get(name)?).date())
    }

    /// A date in an IANA zone.
    ///
    /// # Errors
    /// When the zone is not known.
    pub fn on(name: &str, date: Date) -> Result<Day, jiff::Error> {
        let zone = TimeZone::get(name)?;
        let midnight = date.to_zoned(zone.clone())?.timestamp().as_second();
        Ok(Day { zone, date, midnight })
    }

    /// Seconds since 1970 of an hour of this day; negative hours and those from 24 lie on the days around.
    pub fn at(&self, hour: Hour) -> i64 {
        self.midnight + (hour * 3600.0).round() as i64
    }

    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Midnight, seconds since 1970.
    pub fn midnight(&self) -> i64 {
        self.midnight
    }

    /// The date, as "Tuesday 24 November 2026".
    pub fn spoken(&self) -> String {
        self.date.strftime("%A %-d %B %Y").to_string()
    }

    /// Hour and minute in the zone; with the weekday where it is another day.
    pub fn clock(&self, seconds: i64) -> String {
        let Ok(moment) = Timestamp::from_second(seconds) else { return String::new() };
        let local = moment.to_zoned(self.zone.clone());
        let format = if local.date() == self.date { "%H:%M" } else { "%a %H:%M" };
        local.strftime(format).to_string()
    }
}

/// A zone for a longitude where nobody named one: whole hours from Greenwich. `Etc/GMT-1` is an hour ahead.
pub fn nautical_zone(longitude: f64) -> String {
    match (longitude / 15.0).round() as i32 {
        0 => "Etc/GMT".to_owned(),
        ahead if ahead > 0 => format!("Etc/GMT-{}", ahead.min(14)),
        behind => format!("Etc/GMT+{}", (-behind).min(12)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_local_and_longitudes_have_zones() {
        let day = Day::in_zone("America/Santiago").unwrap();
        assert_eq!(day.clock(day.at(14.5)), "14:30");
        assert_eq!(day.clock(day.at(-6.0)), "Mon 18:00");
        assert_eq!(day.spoken(), "Tuesday 24 November 2026");
        assert_eq!(
            [9.2, -71.3, 117.0, 2.0].map(nautical_zone),
            ["Etc/GMT-1", "Etc/GMT+5", "Etc/GMT-8", "Etc/GMT"]
        );
    }
}
