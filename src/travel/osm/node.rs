//! What the tags of nodes and of restriction relations mean to a car.
//!
//! Never looks at ways; a node's mark holds whichever way passes it.

use super::{Mark, Tags, Turn, tag};

/// Barriers a car gets past unless access tags say otherwise: gates stand open or open themselves.
const PASSABLE: [&str; 13] = [
    "border_control",
    "cattle_grid",
    "entrance",
    "gate",
    "height_restrictor",
    "arch",
    "lift_gate",
    "swing_gate",
    "sliding_gate",
    "no",
    "sally_port",
    "toll_booth",
    "bump_gate",
];

/// Access values that let any car in.
pub(super) fn admits(value: &str) -> bool {
    matches!(value, "yes" | "motorcar" | "motor_vehicle" | "vehicle" | "permissive" | "designated" | "hov")
}

/// Access values that keep a service car out.
pub(super) fn excludes(value: &str) -> bool {
    matches!(value, "no" | "private" | "agricultural" | "forestry" | "emergency" | "psv" | "bus" | "military")
}

/// The most specific access value for a motor car.
pub(super) fn access<'a>(tags: &Tags<'a>) -> Option<&'a str> {
    ["motorcar", "motor_vehicle", "vehicle", "access"].iter().find_map(|key| tag(tags, key))
}

/// Judges a node's tags.
pub(super) fn mark(tags: &Tags) -> Mark {
    Mark { blocked: blocked(tags), signal: signal(tags) }
}

fn blocked(tags: &Tags) -> bool {
    if let Some(value) = access(tags)
        && (excludes(value) || admits(value))
    {
        return excludes(value);
    }
    let rising = tag(tags, "bollard") == Some("rising");
    let flat = |kind| kind == "kerb" && matches!(tag(tags, "kerb"), Some("flush" | "lowered" | "no"));
    tag(tags, "barrier").is_some_and(|kind| !PASSABLE.contains(&kind) && !rising && !flat(kind))
}

fn signal(tags: &Tags) -> [bool; 2] {
    if tag(tags, "highway") != Some("traffic_signals") {
        return [false; 2];
    }
    match tag(tags, "traffic_signals:direction").or_else(|| tag(tags, "direction")) {
        Some("forward") => [true, false],
        Some("backward") => [false, true],
        _ => [true; 2],
    }
}

/// A restriction's kind (`no_left_turn`, `only_straight_on`) as a turn; `None` for kinds that forbid no turn.
pub(super) fn turn(from: i64, via: i64, to: i64, kind: &str) -> Option<Turn> {
    let only = kind.starts_with("only_");
    (only || kind.starts_with("no_")).then_some(Turn { from, via, to, only })
}

/// The kind of restriction a relation lays on cars, if any: `restriction:motorcar` and its like before
/// `restriction`, and nothing where `except` lets cars off.
pub(super) fn restriction<'a>(tags: &Tags<'a>) -> Option<&'a str> {
    let ours = ["motorcar", "motor_vehicle", "vehicle"];
    if tag(tags, "except").is_some_and(|e| e.split(';').any(|v| ours.contains(&v.trim()))) {
        return None;
    }
    let keys = ["restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle", "restriction"];
    tag(tags, "type").filter(|kind| kind.starts_with("restriction"))?;
    keys.iter().find_map(|key| tag(tags, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_open_bollards_stay_and_access_has_the_last_word() {
        let says = |tags: &Tags| mark(tags).blocked;
        assert!(!says(&[("barrier", "gate")]));
        assert!(!says(&[("barrier", "lift_gate")]));
        assert!(says(&[("barrier", "bollard")]));
        assert!(!says(&[("barrier", "bollard"), ("bollard", "rising")]));
        assert!(says(&[("barrier", "gate"), ("access", "private")]));
        assert!(!says(&[("barrier", "block"), ("motor_vehicle", "yes"), ("access", "no")]));
    }

    #[test]
    fn restrictions_that_except_cars_are_none() {
        let base = [("type", "restriction"), ("restriction", "no_left_turn")];
        assert_eq!(restriction(&base), Some("no_left_turn"));
        assert_eq!(restriction(&[base[0], base[1], ("except", "bus;motorcar")]), None);
        assert_eq!(restriction(&[base[0], base[1], ("except", "bicycle")]), Some("no_left_turn"));
        assert_eq!(restriction(&[base[0], ("restriction:hgv", "no_left_turn")]), None);
        assert_eq!(turn(1, 2, 3, "hgv"), None);
    }
}
