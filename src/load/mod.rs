//! Load on a running server, through the public API: regions set up, jobs called in, what a day does with them, arrivals
//! asked for, positions reported, each at its moment whether or not the server keeps up.
//!
//! Open loop: a call's latency counts from when it was meant to be sent, so a server that stalls is charged for all
//! that had to wait. Speaks to this machine only. Knows nothing of the server's inside.

pub mod drive;
pub mod mix;
pub mod plan;
pub mod process;
pub mod report;
pub mod setup;

use crate::city::day::{Day, nautical_zone};
use crate::city::{City, CityError};
use crate::demo::call_centre::CallCentre;
use crate::demo::names::seconds;
use crate::wire::v1;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use plan::{Plan, Site};
use report::Report;
use std::net::SocketAddr;

/// What load is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server, on this machine.
    pub server: SocketAddr,
    /// How many regions, all in one city on one network.
    pub regions: usize,
    /// How many technicians in all.
    pub technicians: usize,
    /// Jobs a technician has planned before it begins.
    pub planned: usize,
    /// Calls for a job a second.
    pub rate: f64,
    /// Other commands a second: see [`mix`].
    pub mix_rate: f64,
    /// Arrivals asked for a second.
    pub eta_rate: f64,
    /// Seconds between two positions of a technician; none are reported where 0.
    pub positions_every: f64,
    /// Seconds.
    pub seconds: f64,
    /// Connections that calls go over.
    pub connections: usize,
    /// The seed of all draws.
    pub seed: u64,
    /// The name of the network's file in the server's roads directory; straight lines where `None`.
    pub roads_file: Option<String>,
}

/// Why no load could be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The city.
    #[error(transparent)]
    City(#[from] CityError),
    /// The zone.
    #[error(transparent)]
    Zone(#[from] jiff::Error),
    /// A file, a directory or a process.
    #[error("{what}: {error}")]
    System {
        /// What could not be had.
        what: String,
        /// Why.
        error: std::io::Error,
    },
    /// Nobody answers.
    #[error("no server answers at {0}: is `callout serve` running there?")]
    Dial(SocketAddr),
    /// The server refused the set-up.
    #[error("the server refused {what}: {} ({:?})", .status.message(), .status.code())]
    Refused {
        /// What was asked of it.
        what: String,
        /// Its answer.
        status: Box<tonic::Status>,
    },
    /// An address that is not this machine's.
    #[error("{0} is not on this machine: load is made on loopback only")]
    Elsewhere(SocketAddr),
}

/// Told how far the work is: done, in all, what.
pub type Progress<'a> = &'a (dyn Fn(u64, u64, &str) + Sync);

/// Sets the regions up and drives the load.
///
/// # Errors
/// Where the server does not answer, refuses the set-up, or is not on this machine.
pub async fn run(options: &Options, progress: Progress<'_>) -> Result<Report, LoadError> {
    if !options.server.ip().is_loopback() {
        return Err(LoadError::Elsewhere(options.server));
    }
    let mut lines = Vec::new();
    for _ in 0..options.connections {
        let dialled = CallCentre::dial(&format!("http://{}", options.server)).await;
        lines.push(dialled.map_err(|_| LoadError::Dial(options.server))?);
    }
    let clock = lines[0].clock.get_clock(v1::GetClockRequest {}).await;
    let clock =
        clock.map_err(|status| LoadError::Refused { what: "its clock".into(), status: status.into() })?;
    let (now, set_up) = (seconds(&clock.into_inner().now), tokio::time::Instant::now());
    let zone = morning_in(now)?;
    let (city, day) = (City::embedded(Some(&zone))?, Day::of(Timestamp::from_second(now)?, &zone)?);
    let sites = Site::all(options, now);
    let mut plan = Plan::of(options, &city, &day, &sites);
    let before = std::mem::take(&mut plan.before);
    let planned = setup::set_up(options, &city, &day, &sites, before, &lines, progress).await?;
    Ok(drive::drive(options, plan, planned, (now, set_up), &lines, progress).await)
}

/// A zone in which it is [`plan::HOUR`] or a little later: shifts are on.
fn morning_in(now: i64) -> Result<String, jiff::Error> {
    let hour = i64::from(Timestamp::from_second(now)?.to_zoned(TimeZone::UTC).hour());
    let ahead = (plan::HOUR as i64 - hour + 12).rem_euclid(24) - 12;
    Ok(nautical_zone(ahead as f64 * 15.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ten_in_the_morning_somewhere() {
        for hour in 0..24 {
            let now = 1_799_971_200 + hour * 3600 + 1234; // 2027-01-15, midnight UTC and later
            let zone = TimeZone::get(&morning_in(now).unwrap()).unwrap();
            assert_eq!(Timestamp::from_second(now).unwrap().to_zoned(zone).hour(), 10);
        }
    }
}
