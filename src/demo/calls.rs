//! The jobs of the day: who calls when, about what, and what was agreed.
//!
//! Shares are exact, not drawn: a tenth is urgent, one in twenty-five is solved from afar, a storm hits one
//! quarter at two, a few cannot be done at all (see `trouble`), most have a booked window of two hours.

use super::names::{Names, minutes, place, window};
use super::trouble;
use crate::city::City;
use crate::city::catalog::faults::{FAMILIES, FAULTS, FamilyRow, FaultRow, family_of, known};
use crate::city::catalog::{BRANDS, faults};
use crate::city::chance::Chance;
use crate::city::day::Day;
use crate::geo::Point;
use crate::wire::v1::{self, JobKind};

/// Metres around the middle of the quarter that the storm hits.
const STORM_RADIUS: f64 = 1_300.0;
/// First hours of the windows on offer.
const SLOTS: [f64; 6] = [8.0, 10.0, 12.0, 14.0, 16.0, 18.0];

/// One call for a job.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it comes in, seconds since 1970.
    pub at: i64,
    /// What is asked.
    pub request: v1::CreateJobRequest,
    /// In the words of the person at the phone.
    pub about: String,
}

/// What all calls are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// Where.
    pub city: &'a City,
    /// When.
    pub day: &'a Day,
    /// The names of the region.
    pub names: &'a Names,
    /// The seed.
    pub chance: Chance,
    /// How many technicians there are.
    pub technicians: usize,
}

/// How a job comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Trouble(usize),
    Emergency,
    Urgent,
    StormUrgent,
    Storm,
    Remote,
    Flexible,
    Booked,
}

/// A job's id.
pub fn job_id(n: usize) -> String {
    format!("j{:04}", n + 1)
}

/// Every call, in the order of time.
pub fn calls(world: World<'_>, count: usize) -> Vec<Call> {
    let mut shuffled: Vec<usize> = (0..count).collect();
    shuffled.sort_by_key(|n| world.chance.draw(&job_id(*n), "manner"));
    let storm = world.city.busiest();
    let mut calls: Vec<Call> =
        shuffled.iter().zip(manners(count)).map(|(n, manner)| call(world, *n, manner, storm)).collect();
    calls.sort_by(|a, b| (a.at, &a.request.job_id).cmp(&(b.at, &b.request.job_id)));
    calls
}

/// So many of each manner, in a fixed order.
fn manners(count: usize) -> impl Iterator<Item = Manner> {
    let share = |per_mille: usize| count * per_mille / 1000;
    let troubles = if count >= 30 { (count / 50).max(trouble::KINDS) } else { 0 };
    let fixed = [
        (Manner::Emergency, share(36)),
        (Manner::Urgent, share(34)),
        (Manner::StormUrgent, share(30)),
        (Manner::Storm, share(30)),
        (Manner::Remote, share(40)),
        (Manner::Flexible, share(120)),
    ];
    let first = (0..troubles).map(|n| Manner::Trouble(n % trouble::KINDS));
    let fixed = fixed.into_iter().flat_map(|(manner, n)| std::iter::repeat_n(manner, n));
    first.chain(fixed).chain(std::iter::repeat(Manner::Booked)).take(count)
}

fn call(world: World<'_>, n: usize, manner: Manner, storm: Point) -> Call {
    let id = job_id(n);
    let home = match manner {
        Manner::Storm | Manner::StormUrgent => world.city.home_near(world.chance, &id, storm, STORM_RADIUS),
        _ => world.city.home(world.chance, &id),
    };
    let (at, need, about) = match manner {
        Manner::Trouble(kind) => trouble::need(world, &id, kind, home),
        Manner::Booked => booked(world, &id, home),
        Manner::Emergency | Manner::Urgent => today(world, &id, home, manner),
        Manner::Storm | Manner::StormUrgent => storm_hit(world, &id, home, manner),
        Manner::Remote => remote(world, &id, home),
        Manner::Flexible => flexible(world, &id, home),
    };
    Call { at, request: request(world, &id, need), about }
}

fn request(world: World<'_>, id: &str, need: v1::Need) -> v1::CreateJobRequest {
    let customer = v1::Customer {
        customer_id: format!("c-{id}"),
        display_name: format!("Customer {id}"),
        ..Default::default()
    };
    let job = v1::Job {
        order_number: format!("order-{id}"),
        need: Some(need),
        customer: Some(customer),
        ..Default::default()
    };
    v1::CreateJobRequest {
        parent: world.names.region(),
        job_id: id.to_owned(),
        job: Some(job),
        request_id: format!("demo-create-{id}"),
    }
}

/// A repair of a fault: the likely one, and now and then a second that it may be instead.
pub(super) fn repair(world: World<'_>, id: &str, home: Point, fault: &FaultRow, level: &str) -> v1::Need {
    let sure = 0.7 + 0.3 * world.chance.unit(id, "sure");
    let mut likely = vec![(fault.id, (sure * 100.0).round() / 100.0)];
    let others: Vec<&FaultRow> =
        FAULTS.iter().filter(|f| f.family == fault.family && f.id != fault.id && f.weight > 0.0).collect();
    if sure < 0.85 && !others.is_empty() && fault.weight > 0.0 {
        likely.push((world.chance.pick(id, "second fault", &others).id, 0.15));
    }
    let fault_of = |(fault, probability): (&str, f64)| v1::LikelyFault {
        fault: world.names.of("faults", fault),
        probability,
    };
    v1::Need {
        kind: JobKind::Repair.into(),
        place: Some(place(home)),
        service_level: world.names.of("serviceLevels", level),
        appliance_family: world.names.of("applianceFamilies", fault.family),
        faults: likely.into_iter().map(fault_of).collect(),
        required_certifications: brand(world, id).into_iter().collect(),
        ..Default::default()
    }
}

/// Under warranty, three in five, the brand's product certification is asked for beside the licence.
fn brand(world: World<'_>, id: &str) -> Option<v1::CertificationRequirement> {
    let warranty = world.chance.hits(id, "warranty", 0.6);
    warranty.then(|| world.names.requirement((world.chance.pick::<&str>(id, "brand", &BRANDS), 1)))
}

fn drawn_fault(world: World<'_>, id: &str) -> &'static FaultRow {
    let weight = |f: &FaultRow| f.weight * family_of(f.family).weight / weight_of(f.family);
    &FAULTS[world.chance.weigh(id, "fault", &FAULTS, weight)]
}

/// All weights of a family's faults together.
fn weight_of(family: &str) -> f64 {
    FAULTS.iter().filter(|f| f.family == family).map(|f| f.weight).sum()
}

fn drawn_family(world: World<'_>, id: &str) -> &'static FamilyRow {
    &FAMILIES[world.chance.weigh(id, "family", &FAMILIES, |f| f.weight)]
}

/// A job of any kind with a window of two hours, agreed the day before (two in three) or this morning.
fn booked(world: World<'_>, id: &str, home: Point) -> (i64, v1::Need, String) {
    let (chance, day) = (world.chance, world.day);
    let (mut need, about) = ordinary(world, id, home);
    let before = chance.hits(id, "day before", 0.67);
    let (from, to) = if before { (-10.0, -3.0) } else { (7.0, 10.5) };
    let at = chance.between(id, "call", day.at(from), day.at(to));
    let open: Vec<f64> = SLOTS.into_iter().filter(|s| day.at(*s) >= at + 2 * 3600).collect();
    let evening = |slot: &f64| if *slot >= 18.0 { 0.3 } else { 1.0 };
    let slot = open[chance.weigh(id, "slot", &open, evening)];
    need.promised_window = Some(window(day.at(slot), day.at(slot + 2.0)));
    (at, need, about)
}

/// Repair, install, maintenance or inspection, as they come.
fn ordinary(world: World<'_>, id: &str, home: Point) -> (v1::Need, String) {
    let drawn = world.chance.unit(id, "kind");
    if drawn < 0.66 {
        let fault = drawn_fault(world, id);
        return (repair(world, id, home, fault, "standard"), about_fault(fault));
    }
    let family = drawn_family(world, id);
    let (kind, level, kit, word) = match drawn {
        d if d < 0.80 => (JobKind::Install, "standard", family.kits[0], "to be put in"),
        d if d < 0.93 => (JobKind::Maintenance, "care", family.kits[1], "due for care"),
        _ => (JobKind::Inspection, "care", "", "to be looked at"),
    };
    let need = v1::Need {
        kind: kind.into(),
        place: Some(place(home)),
        service_level: world.names.of("serviceLevels", level),
        appliance_family: world.names.of("applianceFamilies", family.id),
        required_certifications: brand(world, id).into_iter().collect(),
        kits: Some(kit).filter(|k| !k.is_empty()).map(|k| world.names.of("kits", k)).into_iter().collect(),
        ..Default::default()
    };
    (need, format!("{}: {word}", family.name))
}

pub(super) fn about_fault(fault: &FaultRow) -> String {
    format!("{}: {}", family_of(fault.family).name, fault.name.to_lowercase())
}

/// An emergency (gas, water, electricity) or an urgent repair, between eight and eight.
fn today(world: World<'_>, id: &str, home: Point, manner: Manner) -> (i64, v1::Need, String) {
    let at = world.chance.between(id, "call", world.day.at(8.25), world.day.at(19.0));
    let (faults, level): (&[&str], _) = match manner {
        Manner::Emergency => (
            &[
                "hob-gas-smell",
                "heater-trips",
                "washer-leaks",
                "boiler-leaks",
                "heater-surge",
                "ac-water-inside",
            ],
            "emergency",
        ),
        _ => (&["fridge-not-cooling", "boiler-no-ignition", "heater-no-hot", "washer-leaks"], "urgent"),
    };
    let named = world.chance.pick(id, "fault", faults);
    let fault = FAULTS.iter().find(|f| f.id == *named).unwrap_or(&FAULTS[0]);
    let mut need = repair(world, id, home, fault, level);
    need.required_certifications.clear(); // nobody asks for the brand's paper when water runs
    (at, need, about_fault(fault))
}

/// A power surge in one quarter at two in the afternoon: refrigerators and heaters.
fn storm_hit(world: World<'_>, id: &str, home: Point, manner: Manner) -> (i64, v1::Need, String) {
    let at = world.chance.between(id, "call", world.day.at(14.0), world.day.at(14.75));
    let fault =
        known(world.chance.pick::<&str>(id, "fault", &["fridge-surge", "fridge-surge", "heater-surge"]));
    let level = if manner == Manner::StormUrgent { "urgent" } else { "standard" };
    let mut need = repair(world, id, home, fault, level);
    need.required_certifications.clear();
    (at, need, format!("{}, storm", about_fault(fault)))
}

/// Solved at the phone.
fn remote(world: World<'_>, id: &str, home: Point) -> (i64, v1::Need, String) {
    let at = world.chance.between(id, "call", world.day.at(8.0), world.day.at(19.0));
    let fault = drawn_fault(world, id);
    let mut need = repair(world, id, home, fault, "standard");
    need.kind = JobKind::Remote.into();
    (at, need, format!("{}, solved by phone", about_fault(fault)))
}

/// No window agreed: today or tomorrow, one in three with hours of access.
fn flexible(world: World<'_>, id: &str, home: Point) -> (i64, v1::Need, String) {
    let (chance, day) = (world.chance, world.day);
    let at = chance.between(id, "call", day.at(8.0), day.at(17.0));
    let (mut need, about) = ordinary(world, id, home);
    if chance.hits(id, "access", 0.33) {
        need.access_windows = vec![window(day.at(17.5), day.at(21.0)), window(day.at(32.0), day.at(36.0))];
    }
    if chance.hits(id, "longer", 0.1) {
        need.service_duration = Some(minutes(120));
    }
    (at, need, about)
}

/// The fault a job is corrected to: the family's most frequent.
pub fn frequent_fault(family: &str) -> Option<&'static FaultRow> {
    let of_family = faults::FAULTS.iter().filter(|f| f.family == family && f.weight > 0.0);
    of_family.max_by(|a, b| a.weight.total_cmp(&b.weight))
}
