//! May a car drive this way, which way round, and how fast?
//!
//! The rules follow the car profile of the established open engines, so that free-flow times can be
//! held against theirs. Never looks at geometry: a ferry's speed is settled once its length is known.

use super::node::{access, admits, excludes};
use super::{Tags, limit, tag};
use crate::travel::class::{Carriageway, Class};

/// How a way is driven.
#[derive(Clone, Debug, PartialEq)]
pub struct Drive {
    /// What kind of road it is.
    pub class: Class,
    /// Free-flow km/h along and against the drawing direction; `None` where that is not allowed.
    pub kmh: [Option<f64>; 2],
    /// Minutes the whole way takes, where the map says so (ferries).
    pub minutes: Option<f64>,
}

/// Speed in km/h where a car is let in though the road was not made for cars.
const UNUSUAL_KMH: f64 = 10.0;

/// Judges a way's tags; `None` where no service car may drive it.
pub fn judge(tags: &Tags) -> Option<Drive> {
    if let Some("ferry" | "shuttle_train") = tag(tags, "route") {
        return ferry(tags);
    }
    let highway = tag(tags, "highway")?;
    if shut(tags) || access(tags).is_some_and(excludes) {
        return None;
    }
    let (class, kmh) = class_and_speed(highway, tags)?;
    let [along, against] = limit::speeds(tags, kmh);
    let open = directions(highway, tags)?;
    let kmh = [open[0].then_some(along), open[1].then_some(against)];
    Some(Drive { class, kmh, minutes: None })
}

/// Not a road at all, or none that can be driven now.
fn shut(tags: &Tags) -> bool {
    let is = |key, value| tag(tags, key) == Some(value);
    is("area", "yes")
        || is("impassable", "yes")
        || is("status", "impassable")
        || is("service", "emergency_access")
        || is("oneway", "reversible")
        || tags
            .iter()
            .any(|(k, v)| matches!(*k, "construction" | "proposed") && !matches!(*v, "no" | "minor"))
}

fn class_and_speed(highway: &str, tags: &Tags) -> Option<(Class, f64)> {
    let (name, road) = match highway.strip_suffix("_link") {
        Some(name) => (name, Carriageway::Link),
        None => (highway, Carriageway::Main),
    };
    let class = match name {
        "motorway" => Class::Motorway,
        "trunk" => Class::Trunk,
        "primary" => Class::Primary,
        "secondary" => Class::Secondary,
        "tertiary" => Class::Tertiary,
        "unclassified" => Class::Unclassified,
        "residential" => Class::Residential,
        "living_street" => Class::LivingStreet,
        "service" => Class::Service,
        _ => return unusual(highway, tags).then_some((Class::Service, UNUSUAL_KMH)),
    };
    Some((class, class.speed_kmh(road)))
}

/// Tracks, squares and roads of unknown kind that are expressly open to cars.
fn unusual(highway: &str, tags: &Tags) -> bool {
    let for_cars = ["motorcar", "motor_vehicle", "vehicle"].iter().find_map(|key| tag(tags, key));
    let open = match highway {
        "track" | "road" => access(tags),
        "pedestrian" | "path" | "footway" | "bridleway" | "busway" | "cycleway" => for_cars,
        _ => None,
    };
    open.is_some_and(admits)
}

/// Which directions are open: along and against the drawing direction.
fn directions(highway: &str, tags: &Tags) -> Option<[bool; 2]> {
    let keys = ["oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"];
    let said = keys.iter().find_map(|key| tag(tags, key));
    let ring = matches!(tag(tags, "junction"), Some("roundabout" | "circular"));
    let mut open = match said {
        Some("yes" | "true" | "1") => [true, false],
        Some("-1" | "reverse") => [false, true],
        Some("no" | "false" | "0") => [true, true],
        _ => [true, !(ring || highway == "motorway")],
    };
    for (at, way) in [(0, "forward"), (1, "backward")] {
        let keys = ["motorcar", "motor_vehicle", "vehicle", "access"];
        let directed = keys.iter().find_map(|key| tag(tags, &format!("{key}:{way}")));
        open[at] &= !directed.is_some_and(excludes);
    }
    (open != [false, false]).then_some(open)
}

/// A car ferry or shuttle train: on foot only unless the tags let cars on.
fn ferry(tags: &Tags) -> Option<Drive> {
    let open = access(tags).map_or(tag(tags, "route") == Some("ferry"), |value| !excludes(value));
    let kmh = Class::Ferry.speed_kmh(Carriageway::Main);
    let sides = directions("ferry", tags)?;
    let minutes = tag(tags, "duration").and_then(minutes);
    let kmh = sides.map(|open| open.then_some(kmh));
    open.then_some(Drive { class: Class::Ferry, kmh, minutes })
}

/// A duration in minutes: `MM`, `HH:MM`, `HH:MM:SS` or `PT1H20M`.
fn minutes(value: &str) -> Option<f64> {
    if let Some(iso) = value.strip_prefix("PT") {
        return iso_minutes(iso);
    }
    let parts: Option<Vec<f64>> = value.split(':').map(|part| part.trim().parse().ok()).collect();
    let total = match parts?.as_slice() {
        [m] => *m,
        [h, m] => h * 60.0 + m,
        [h, m, s] => h * 60.0 + m + s / 60.0,
        _ => return None,
    };
    (total.is_finite() && total > 0.0).then_some(total)
}

fn iso_minutes(mut rest: &str) -> Option<f64> {
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let number: f64 = rest[..end].parse().ok()?;
        total += match &rest[end..=end] {
            "H" => number * 60.0,
            "M" => number,
            "S" => number / 60.0,
            _ => return None,
        };
        rest = &rest[end + 1..];
    }
    (total > 0.0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(tags: &Tags) -> Option<[bool; 2]> {
        judge(tags).map(|drive| drive.kmh.map(|kmh| kmh.is_some()))
    }

    #[test]
    fn one_ways_are_said_or_implied() {
        assert_eq!(open(&[("highway", "primary"), ("oneway", "-1")]), Some([false, true]));
        assert_eq!(open(&[("highway", "motorway")]), Some([true, false]));
        assert_eq!(open(&[("highway", "motorway"), ("oneway", "no")]), Some([true, true]));
        assert_eq!(open(&[("highway", "tertiary"), ("junction", "roundabout")]), Some([true, false]));
        assert_eq!(
            open(&[("highway", "residential"), ("oneway:motorcar", "no"), ("oneway", "yes")]),
            Some([true; 2])
        );
        assert_eq!(open(&[("highway", "residential"), ("vehicle:backward", "no")]), Some([true, false]));
    }

    #[test]
    fn access_goes_by_the_most_specific_tag() {
        let road = ("highway", "residential");
        assert_eq!(open(&[road, ("access", "private")]), None);
        assert_eq!(open(&[road, ("access", "no"), ("motor_vehicle", "yes")]), Some([true; 2]));
        assert_eq!(open(&[road, ("access", "destination")]), Some([true; 2]));
        assert_eq!(open(&[road, ("access", "customers")]), Some([true; 2]));
        assert_eq!(open(&[("highway", "footway"), ("access", "yes")]), None);
        assert_eq!(open(&[("highway", "track")]), None);
        assert_eq!(open(&[("highway", "track"), ("access", "yes")]), Some([true; 2]));
        assert_eq!(open(&[road, ("area", "yes")]), None);
    }

    #[test]
    fn ferries_take_the_time_they_say() {
        let ferry = judge(&[("route", "ferry"), ("duration", "01:20"), ("motor_vehicle", "yes")]).unwrap();
        assert_eq!((ferry.class, ferry.minutes), (Class::Ferry, Some(80.0)));
        assert_eq!(judge(&[("route", "ferry"), ("motor_vehicle", "no")]), None);
        assert_eq!(minutes("PT1H20M"), Some(80.0));
        assert_eq!(minutes("25"), Some(25.0));
        assert_eq!(minutes("soon"), None);
    }
}
