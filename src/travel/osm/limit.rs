//! Speeds: signed and implied limits, and what the surface allows.
//!
//! The free-flow speed of a way with a limit is four fifths of it, which is what the established open
//! engines drive; without a limit it is the class's own speed. Surfaces, track grades and smoothness then
//! cap it. Never decides whether a car may drive at all.

use super::{Tags, tag};

/// The share of a speed limit that cars average over a way.
const SHARE_OF_LIMIT: f64 = 0.8;
/// Kilometres in a statute mile.
const MILE: f64 = 1.609_344;

/// Free-flow speed in km/h along and against the drawing direction, before any hour of day.
pub(super) fn speeds(tags: &Tags, class_kmh: f64) -> [f64; 2] {
    let cap = surface_cap(tags);
    ["forward", "backward"].map(|way| {
        let signed = signed_limit(tags, way).map(|limit| limit * SHARE_OF_LIMIT);
        signed.unwrap_or(class_kmh).min(cap)
    })
}

/// The limit in km/h that holds in a direction, most specific tag first.
fn signed_limit(tags: &Tags, direction: &str) -> Option<f64> {
    ["maxspeed:advisory", "maxspeed", "source:maxspeed", "maxspeed:type"].iter().find_map(|key| {
        let directed = tags.iter().find(|(k, _)| k.strip_prefix(key) == Some(&format!(":{direction}")[..]));
        let value = directed.map(|(_, v)| *v).or_else(|| tag(tags, key))?;
        parse(value).filter(|limit| *limit > 0.0)
    })
}

/// A maxspeed value in km/h: `50`, `50 km/h`, `30 mph`, `IT:urban`, `walk`, `none`.
pub(super) fn parse(value: &str) -> Option<f64> {
    let value = value.split(';').next()?.trim();
    let digits: String = value.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    if let Ok(number) = digits.parse::<f64>() {
        let unit = value[digits.len()..].trim();
        return match unit {
            "" | "km/h" | "kmh" | "kph" => Some(number),
            "mph" => Some(number * MILE),
            "knots" => Some(number * 1.852),
            _ => None,
        };
    }
    match value.to_ascii_lowercase().as_str() {
        "none" => Some(140.0),
        "walk" => Some(7.0),
        lower => implied(lower),
    }
}

/// Limits that a country's law implies, `country:zone` in lower case.
fn implied(value: &str) -> Option<f64> {
    let (country, zone) = value.split_once(':')?;
    if let Some(limit) = zone.strip_prefix("zone").map(|rest| rest.trim_start_matches(':')) {
        return limit.parse().ok();
    }
    if let Ok(limit) = zone.parse() {
        return Some(limit);
    }
    let own = match (country, zone) {
        ("gb" | "uk", "nsl_single") => 60.0 * MILE,
        ("gb" | "uk", "nsl_dual" | "motorway") => 70.0 * MILE,
        ("gb" | "uk", "nsl_restricted") => 30.0 * MILE,
        ("de" | "at" | "pl" | "ro" | "ru" | "hu" | "it" | "cz" | "sk", "living_street") => 10.0,
        ("be-bru", "urban") => 30.0,
        ("be-bru" | "be-vlg", "rural") => 70.0,
        ("ca-on" | "ch" | "dk" | "fr" | "nl" | "no" | "se", "rural") => 80.0,
        ("at" | "de" | "za", "rural") => 100.0,
        ("at" | "ch" | "nl" | "ro" | "hu", "trunk") => 100.0,
        ("es" | "se", "trunk") => 90.0,
        ("pl", "trunk") => 120.0,
        ("be" | "ch" | "es" | "se" | "pt", "motorway") => 120.0,
        ("by" | "no" | "ru" | "se:110", "motorway") => 110.0,
        ("pl", "motorway") => 140.0,
        ("by" | "ru" | "ua" | "za", "urban") => 60.0,
        (_, "urban") => 50.0,
        (_, "rural") => 90.0,
        (_, "trunk") => 110.0,
        (_, "motorway") => 130.0,
        (_, "living_street" | "bicycle_road") => 20.0,
        _ => return None,
    };
    Some(own)
}

/// The most the surface lets a car do, in km/h.
fn surface_cap(tags: &Tags) -> f64 {
    let surface = tag(tags, "surface").map_or(f64::INFINITY, |value| match value {
        "cement" | "compacted" | "fine_gravel" => 80.0,
        "paving_stones" | "metal" | "bricks" => 60.0,
        "grass" | "wood" | "sett" | "grass_paver" | "gravel" | "unpaved" | "ground" | "dirt"
        | "pebblestone" | "tartan" => 40.0,
        "cobblestone" | "clay" => 30.0,
        "earth" | "stone" | "rocky" | "sand" => 20.0,
        "mud" => 10.0,
        _ => f64::INFINITY,
    });
    let track = tag(tags, "tracktype").map_or(f64::INFINITY, |value| match value {
        "grade1" => 60.0,
        "grade2" => 40.0,
        "grade3" => 30.0,
        "grade4" => 25.0,
        "grade5" => 20.0,
        _ => f64::INFINITY,
    });
    let smooth = tag(tags, "smoothness").map_or(f64::INFINITY, |value| match value {
        "intermediate" => 80.0,
        "bad" => 40.0,
        "very_bad" => 20.0,
        "horrible" => 10.0,
        "very_horrible" | "impassable" => 5.0,
        _ => f64::INFINITY,
    });
    surface.min(track).min(smooth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_signed_all_over_the_world() {
        let said =
            ["50", "50 km/h", "30 mph", "IT:urban", "DE:zone:30", "IT:zone30", "none", "walk", "signals"];
        let read: Vec<Option<i64>> = said.iter().map(|v| parse(v).map(|k| k.round() as i64)).collect();
        let want = [Some(50), Some(50), Some(48), Some(50), Some(30), Some(30), Some(140), Some(7), None];
        assert_eq!(read, want);
    }

    #[test]
    fn a_limit_in_one_direction_holds_in_that_direction_only() {
        let tags = [("maxspeed", "50"), ("maxspeed:backward", "30")];
        assert_eq!(speeds(&tags, 25.0), [40.0, 24.0]);
    }

    #[test]
    fn the_surface_caps_what_the_sign_allows() {
        let tags = [("maxspeed", "90"), ("surface", "gravel"), ("tracktype", "grade3")];
        assert_eq!(speeds(&tags, 25.0), [30.0, 30.0]);
        assert_eq!(speeds(&[("surface", "asphalt")], 25.0), [25.0, 25.0]);
    }
}
