//! Names and small messages of the contract, written short. Decides nothing.

use crate::geo::Point;
use crate::wire::v1;

/// A region's resource names.
#[derive(Clone, Debug)]
pub struct Names(String);

impl Names {
    /// Of the region with this id.
    pub fn new(region: &str) -> Names {
        Names(format!("regions/{region}"))
    }

    /// `regions/{region}`.
    pub fn region(&self) -> String {
        self.0.clone()
    }

    /// A member of one of its collections.
    pub fn of(&self, collection: &str, id: &str) -> String {
        format!("{}/{collection}/{id}", self.0)
    }

    /// A kind of certification.
    pub fn kind(&self, id: &str) -> String {
        self.of("certificationKinds", id)
    }

    /// A part.
    pub fn part(&self, id: &str) -> String {
        self.of("parts", id)
    }

    /// A technician.
    pub fn technician(&self, id: &str) -> String {
        self.of("technicians", id)
    }

    /// A depot.
    pub fn depot(&self, id: &str) -> String {
        self.of("depots", id)
    }

    /// A job.
    pub fn job(&self, id: &str) -> String {
        self.of("jobs", id)
    }

    /// A required certificate.
    pub fn requirement(&self, (kind, level): (&str, i32)) -> v1::CertificationRequirement {
        v1::CertificationRequirement { kind: self.kind(kind), min_level: level }
    }

    /// So many of a part.
    pub fn count(&self, (part, count): (&str, i32)) -> v1::PartCount {
        v1::PartCount { part: self.part(part), count }
    }
}

/// The last step of a resource name: `regions/a/jobs/b` gives `b`.
pub fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A moment, in seconds since 1970.
pub fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

/// A stretch of whole minutes.
pub fn minutes(minutes: i64) -> prost_types::Duration {
    prost_types::Duration { seconds: minutes * 60, nanos: 0 }
}

/// From one moment to another.
pub fn window(start: i64, end: i64) -> v1::Window {
    v1::Window { start: Some(at(start)), end: Some(at(end)) }
}

/// A WGS-84 place.
pub fn place(point: Point) -> v1::Place {
    let (latitude, longitude) = (point.lat_deg(), point.lon_deg());
    v1::Place { latitude, longitude, datum: v1::Datum::Wgs84.into() }
}

/// The point of a place in an answer, which is always WGS-84.
pub fn point(place: &v1::Place) -> Option<Point> {
    Point::from_degrees(place.longitude, place.latitude)
}

/// Seconds of a moment that an answer carries; zero where it does not.
pub fn seconds(time: &Option<prost_types::Timestamp>) -> i64 {
    time.as_ref().map_or(0, |t| t.seconds)
}

/// Seconds of a stretch that an answer carries; zero where it does not.
pub fn span(span: &Option<prost_types::Duration>) -> f64 {
    span.as_ref().map_or(0.0, |d| d.seconds as f64 + f64::from(d.nanos) / 1e9)
}
