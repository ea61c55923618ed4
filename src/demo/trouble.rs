//! Jobs that cannot be done, one of each kind: what the dispatcher has to be told the reason of.

use super::calls::{World, about_fault, repair};
use super::fleet::masters;
use super::names::{place, window};
use crate::city::catalog::faults::known;
use crate::geo::Point;
use crate::wire::v1;

/// How many kinds there are.
pub const KINDS: usize = 6;

/// When the call comes, the need, and what it is about.
pub fn need(world: World<'_>, id: &str, kind: usize, home: Point) -> (i64, v1::Need, String) {
    let day = world.day;
    let at = world.chance.between(id, "call", day.at(9.0), day.at(12.0));
    let (need, about) = match kind {
        0 => no_certificate(world, id, home),
        1 => nobody_wanted(world, id, home),
        2 => part_nowhere(world, id, home),
        3 => off_the_roads(world, id, home),
        4 => at_night(world, id, home),
        _ => lapsed(world, id, home),
    };
    (at, need, about)
}

/// Gas at level 2 and refrigerant at level 2: nobody holds both.
fn no_certificate(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let mut need = repair(world, id, home, known("boiler-flue-alarm"), "standard");
    need.required_certifications = vec![world.names.requirement(("refrigerant", 2))];
    (need, "Gas heat pump: flue gas alarm".to_owned())
}

/// Only three hold the licence, and the customer will have none of them.
fn nobody_wanted(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let fault = known("boiler-flue-alarm");
    let mut need = repair(world, id, home, fault, "standard");
    need.required_certifications.clear();
    need.excluded_technicians =
        masters(world.technicians).iter().map(|t| world.names.technician(t)).collect();
    (need, about_fault(fault))
}

/// A part that lies in no van and no depot.
fn part_nowhere(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let fault = known("boiler-burner-cracked");
    let mut need = repair(world, id, home, fault, "standard");
    need.required_certifications.clear();
    (need, about_fault(fault))
}

/// A cabin that no road leads to; an ordinary home where the city has no such place.
fn off_the_roads(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let fault = known("fridge-fan-noisy");
    let mut need = repair(world, id, home, fault, "standard");
    need.place = Some(place(world.city.off_the_roads().unwrap_or(home)));
    (need, format!("{}, off the roads", about_fault(fault)))
}

/// Access between two and four in the night.
fn at_night(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let fault = known("oven-no-heat");
    let mut need = repair(world, id, home, fault, "standard");
    need.access_windows = vec![window(world.day.at(26.0), world.day.at(28.0))];
    (need, format!("{}, access at night only", about_fault(fault)))
}

/// A pressure vessel in the afternoon: both inspectors' certificates lapse at one.
fn lapsed(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let mut need = repair(world, id, home, known("heater-no-hot"), "care");
    need.kind = v1::JobKind::Inspection.into();
    need.faults.clear();
    need.required_certifications = vec![world.names.requirement(("pressure-vessel", 1))];
    need.promised_window = Some(window(world.day.at(15.0), world.day.at(17.0)));
    need.access_windows = vec![window(world.day.at(14.5), world.day.at(20.0))];
    (need, "Water heater: pressure vessel inspection".to_owned())
}
