//! Outbound: the board's nouns to generated messages. Places are always told in WGS-84.

pub mod booking;
pub mod catalog;
pub mod coverage;
pub mod decision;
pub mod event;
pub mod fleet;
pub mod job;
pub mod manual;
pub mod moves;
pub mod offer;
pub mod region;
pub mod stock;
pub mod subject;

use super::v1;
use crate::board::fleet::Window;
use crate::geo::Point;
use crate::plan::Desk;
use crate::units::{Span, Time};
use prost_types::{Duration, Timestamp};

/// An instant.
pub fn time(t: Time) -> Timestamp {
    Timestamp { seconds: t.0, nanos: 0 }
}

/// A length of time.
pub fn span(s: Span) -> Duration {
    Duration { seconds: s.0, nanos: 0 }
}

/// Time measured on the server, to the nanosecond.
pub fn measured(d: std::time::Duration) -> Duration {
    let seconds = i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
    Duration { seconds, nanos: d.subsec_nanos().cast_signed() }
}

/// A window.
pub fn window(w: Window) -> v1::Window {
    v1::Window { start: Some(time(w.start)), end: Some(time(w.end)) }
}

/// A point.
pub fn place(p: Point) -> v1::Place {
    v1::Place { latitude: p.lat_deg(), longitude: p.lon_deg(), datum: v1::Datum::Wgs84.into() }
}

/// Where a point was put on the network.
pub fn snap(desk: &Desk, p: Point) -> v1::Snap {
    let snap = desk.snap(p);
    v1::Snap { gap_meters: int(snap.gap_metres), reachable: snap.reachable }
}

/// A count as the contract has it.
pub fn int(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

/// Thousandths as a rate.
pub fn rate(permille: u32) -> f64 {
    f64::from(permille) / 1000.0
}

/// Parts per million as odds.
pub fn odds(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}
