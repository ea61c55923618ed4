//! How long a decision takes: `cargo bench --bench decide`. One process, warm, no gRPC, no journal.
//!
//! Every technician has a shift of ten hours with eight planned visits. A job asks for two certificates;
//! the share of technicians who hold both is told. "Cached": all travel has been asked for before;
//! "fresh": an address nobody has asked about. "Insertion": the same search without the true forward pass,
//! the explanation and the proposals. "Idle": on straight lines, everybody is on shift with nothing planned. "Slots":
//! a search for each two-hour window of the day in which somebody works. The machine is shared, so each figure is the
//! best of rounds.

#![allow(clippy::disallowed_methods)]

use callout::board::catalog::{CertificationKind, Entry, Part, PartCount, Requirement, ServiceLevel};
use callout::board::clocks::LevelTerms;
use callout::board::decision::Outcome;
use callout::board::event::StockLine;
use callout::board::fleet::{Break, Certification, Depot, Errand, Route, Shift, Technician, Window};
use callout::board::id::{CertificationKindId, JobId, Location};
use callout::board::job::{Commitment, Demand, Job, JobKind, JobState, Need, Visit};
use callout::board::progress::Actual;
use callout::board::region::{Network as RegionNetwork, NetworkKind, Policy, Region};
use callout::board::schedule::{Errands, Sheet, schedule};
use callout::board::{Board, Event};
use callout::geo::Point;
use callout::plan::{Desk, SlotWish, Travel};
use callout::travel::{Beeline, Dayparts, Model, Network, Profile, Roads};
use callout::units::{Span, Time};
use hdrhistogram::Histogram;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const STOPS: usize = 8;
const PUMP: &str = "pump";
const ROUNDS: usize = 5;
/// 2027-01-15 07:00 UTC, a Friday.
const MORNING: Time = Time(1_799_996_400);

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
    fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.roll((high - low) as u64) as i32
    }
}

/// A city: its model, its clock, the corners of its middle.
struct City {
    travel: Travel,
    name: String,
    corners: [Point; 2],
}

fn city() -> City {
    let data = std::env::var_os("CALLOUT_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    let milan = data.join("osm/milan.osm.pbf");
    let embedded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/la-serena.osm.pbf");
    let (file, zone) = match milan.exists() {
        true => (milan, "Europe/Rome"),
        false => (embedded, "America/Santiago"),
    };
    let network = Network::open(&file, &|_, _, _| {}).expect("the extract opens");
    let corners = network.bounds();
    let roads = Roads::new(Arc::new(network), Profile::default());
    (0..24).for_each(|hour| roads.warm(hour));
    let name = roads.name().to_owned();
    City { travel: Travel::new(Model::Roads(roads), Dayparts::of(zone).unwrap()), name, corners }
}

impl City {
    /// Anywhere near a road.
    fn place(&self, dice: &mut Dice) -> Point {
        loop {
            let [low, high] = self.corners;
            let p = Point { lon: dice.between(low.lon, high.lon), lat: dice.between(low.lat, high.lat) };
            if self.travel.spot(p).is_ok_and(|s| s.gap_metres() < 300) {
                return p;
            }
        }
    }

    /// Within about three kilometres.
    fn near(&self, dice: &mut Dice, home: Point) -> Point {
        loop {
            let p = Point {
                lon: home.lon + dice.between(-350_000, 350_000),
                lat: home.lat + dice.between(-250_000, 250_000),
            };
            if self.travel.spot(p).is_ok_and(|s| s.gap_metres() < 300) {
                return p;
            }
        }
    }
}

fn board() -> Board {
    let region = Region {
        id: "bench".into(),
        display_name: "Bench".into(),
        tenant: "default".into(),
        time_zone: "UTC".into(),
        network: RegionNetwork {
            kind: NetworkKind::Roads { file: "bench.roads".into() },
            snap_cap_metres: 2000,
            dayparts: vec![],
        },
        grid_resolution: 8,
        policy: Policy::default(),
        created: MORNING,
        revision: 1,
    };
    let mut board = Board::new(region);
    for n in 0..8 {
        let kind =
            CertificationKind { display_name: kind(n).to_string(), max_level: 3, issuer: String::new() };
        board.apply(&Event::EntrySet(Entry::CertificationKind(self::kind(n), kind)), MORNING);
    }
    let level = ServiceLevel {
        display_name: "Standard".into(),
        response_target: Some(Span::hours(4)),
        lateness_permille: 2000,
        emergency: false,
        terms: LevelTerms::default(),
        offers: false,
        coverage_target: None,
    };
    board.apply(&Event::EntrySet(Entry::Level("standard".into(), level)), MORNING);
    let pump = Part { display_name: "Pump".into(), sku: String::new() };
    board.apply(&Event::EntrySet(Entry::Part(PUMP.into(), pump)), MORNING);
    board
}

fn kind(n: u64) -> CertificationKindId {
    format!("kind-{n}").as_str().into()
}

fn need(place: Point) -> Need {
    Need {
        kind: JobKind::Repair,
        place,
        level: "standard".into(),
        access: vec![],
        promised: None,
        family: None,
        faults: vec![],
        requirements: vec![],
        parts: vec![],
        kits: vec![],
        service: Some(Span::minutes(35)),
        inspect_only: false,
        excluded: vec![],
        warranty: false,
        wishes: callout::board::job::Wishes::default(),
    }
}

/// A fleet in which `share` per cent hold kinds 0 and 1; all hold some of the others.
fn fleet(city: &City, technicians: u64, share: u64) -> Desk {
    let mut dice = Dice(0x5EED + technicians);
    let mut board = board();
    for n in 0..technicians {
        let home = city.place(&mut dice);
        let mut held: Vec<u64> = if dice.roll(100) < share { vec![0, 1] } else { vec![dice.roll(2)] };
        held.push(2 + dice.roll(6));
        let certifications = held.into_iter().map(|k| Certification {
            kind: kind(k),
            level: 1 + dice.roll(3) as u8,
            valid_from: Time::MIN,
            valid_to: Time::MAX,
        });
        let technician = Technician {
            id: format!("t{n:05}").as_str().into(),
            display_name: String::new(),
            certifications: certifications.collect(),
            shifts: vec![Shift {
                window: Window { start: MORNING + Span::hours(1), end: MORNING + Span::hours(11) },
                breaks: vec![],
            }],
            start: home,
            end: home,
            overtime_allowance: None,
            traits: callout::board::fleet::Traits::default(),
            revision: 1,
        };
        plan(city, &mut board, &mut dice, &technician, n);
        board.apply(&Event::TechnicianSet(technician), MORNING);
    }
    Desk::open(board, city.travel.clone())
}

/// On shift on a grid of a kilometre with nothing planned but a break at noon; all hold both kinds.
fn idle(technicians: u64) -> Desk {
    let mut board = board();
    let held =
        [0, 1].map(|k| Certification { kind: kind(k), level: 2, valid_from: Time::MIN, valid_to: Time::MAX });
    let window =
        |from: i64, to: i64| Window { start: MORNING + Span::hours(from), end: MORNING + Span::hours(to) };
    for n in 0..technicians {
        let home =
            Point::from_degrees(9.10 + (n % 20) as f64 * 0.01, 45.40 + (n / 20) as f64 * 0.01).unwrap();
        let rest = Break { window: window(4, 6), duration: Span::minutes(30) };
        let technician = Technician {
            id: format!("t{n:05}").as_str().into(),
            display_name: String::new(),
            certifications: held.to_vec(),
            shifts: vec![Shift { window: window(0, 9), breaks: vec![rest] }],
            start: home,
            end: home,
            overtime_allowance: None,
            traits: Default::default(),
            revision: 1,
        };
        board.apply(&Event::TechnicianSet(technician), MORNING);
    }
    let place = Point::from_degrees(9.20, 45.50).unwrap();
    let north = Depot { id: "north".into(), display_name: String::new(), place, pickup: Span::minutes(5) };
    board.apply(&Event::DepotSet(north), MORNING);
    let held = |location: Location, delta| StockLine { location, part: PUMP.into(), delta };
    let lines = vec![held(Location::Depot("north".into()), 5), held(Location::Van("t00001".into()), 2)];
    board.apply(&Event::StockAdjusted { lines, reason: "opening".into() }, MORNING);
    let travel = Travel::new(Model::Beeline(Beeline::new(1300, 30)), Dayparts::of("UTC").unwrap());
    Desk::open(board, travel)
}

/// Eight visits in the order a nearest-neighbour round takes them; every other one is promised.
fn plan(city: &City, board: &mut Board, dice: &mut Dice, technician: &Technician, n: u64) {
    let mut left: Vec<Point> = (0..STOPS).map(|_| city.near(dice, technician.start)).collect();
    let (mut at, mut errands) = (technician.start, Vec::new());
    while !left.is_empty() {
        let next = (0..left.len()).min_by_key(|i| at.metres_to(left[*i]) as u32).unwrap();
        at = left.swap_remove(next);
        let id = JobId::from(format!("j{n}-{}", errands.len()).as_str());
        let need = need(at);
        let demand = Demand {
            requirements: vec![],
            parts: vec![],
            service: Span::minutes(35),
            respond_by: None,
            lateness_permille: 2000,
        };
        let job = Job {
            id: id.clone(),
            order_number: None,
            need,
            demand,
            state: JobState::Planned,
            visit: Some(Visit {
                pinned: false,
                number: 1,
                technician: technician.id.clone(),
                shift: technician.shifts[0].window.start,
                commitment: Commitment::Planned,
                sources: vec![],
                awaits: vec![],
                actual: Actual::default(),
            }),
            visits: 1,
            created: MORNING,
            updated: MORNING,
            revision: 1,
            decisions: vec![],
            cancel_reason: None,
            past: Vec::new(),
            booking: Default::default(),
            set_aside: None,
        };
        board.jobs.insert(id.clone(), job.into());
        errands.push(Errand::Visit(id));
    }
    let route = route(city, board, technician, &errands);
    for stop in route.stops.iter().step_by(2) {
        let Errand::Visit(job) = &stop.errand else { continue };
        let start = stop.start - Span::minutes(dice.roll(60) as i64);
        board.job_mut(job).need.promised = Window::new(start, start + Span::hours(2));
    }
    let route = self::route(city, board, technician, &errands);
    let shift = technician.shifts[0].window.start;
    let set = Event::RouteSet { technician: technician.id.clone(), shift, route: Some(route) };
    board.apply(&set, MORNING);
}

fn route(city: &City, board: &Board, technician: &Technician, errands: &[Errand]) -> Route {
    let sheet = Sheet::at(board, MORNING, technician, &technician.shifts[0], None);
    let sheet = Sheet { allowance: Span::hours(12), ..sheet };
    let _: &dyn Errands = board;
    schedule(&sheet, errands, board, &city.travel).expect("a day's round")
}

fn question(place: Point) -> Need {
    let required = [0, 1].map(|k| Requirement { kind: kind(k), min_level: 1 });
    Need { requirements: required.to_vec(), ..need(place) }
}

/// The whole decision.
fn decision(desk: &Desk, need: &Need) -> bool {
    desk.evaluate(MORNING, need).unwrap().outcome == Outcome::Assigned
}

/// Exact insertion alone.
fn insertion(desk: &Desk, need: &Need) -> bool {
    !desk.insertions(MORNING, need).unwrap().is_empty()
}

/// Four slots out of the day's five windows.
fn slots(desk: &Desk, need: &Need) -> bool {
    let until = MORNING + Span::hours(24);
    let wish = SlotWish { from: MORNING, until, length: None, count: 4, preferred: vec![] };
    !desk.slots(MORNING, need, &wish).unwrap().slots.is_empty()
}

/// The best round's quantiles.
fn measure(
    desk: &Desk,
    rounds: &[Vec<Need>],
    what: impl Fn(&Desk, &Need) -> bool,
) -> (Duration, Duration, usize) {
    let mut best: Option<(Duration, Duration)> = None;
    let mut assigned = 0;
    for needs in rounds {
        let mut times = Histogram::<u64>::new(3).unwrap();
        for need in needs {
            let began = Instant::now();
            let found = what(desk, need);
            times.record(began.elapsed().as_nanos() as u64).unwrap();
            assigned += usize::from(found);
        }
        let at = |q| Duration::from_nanos(times.value_at_quantile(q));
        let this = (at(0.5), at(0.99));
        best = Some(best.map_or(this, |b| if this.1 < b.1 { this } else { b }));
    }
    let (p50, p99) = best.unwrap();
    (p50, p99, assigned)
}

fn line(what: &str, technicians: u64, share: u64, got: (Duration, Duration, usize), goal: &str) {
    let us = |d: Duration| d.as_nanos() as f64 / 1000.0;
    println!(
        "| {what} | {technicians} | {share} % | {:.0} | {:.0} | {goal} | {} |",
        us(got.0),
        us(got.1),
        got.2
    );
}

/// Nothing planned, straight lines: with and without a part that all but one have to fetch.
fn idlers(only: Option<u64>) {
    for technicians in [200, 2_000].into_iter().filter(|n| only.is_none_or(|only| only == *n)) {
        let desk = idle(technicians);
        let mut dice = Dice(99);
        let mut place = || Point {
            lon: dice.between(91_000_000, 93_000_000),
            lat: dice.between(454_000_000, 455_000_000),
        };
        let mut rounds: Vec<Vec<Need>> =
            (0..ROUNDS).map(|_| (0..1_000).map(|_| question(place())).collect()).collect();
        line("decision, idle", technicians, 100, measure(&desk, &rounds, decision), "");
        let pump = || vec![PartCount { part: PUMP.into(), count: 1 }];
        rounds.iter_mut().flatten().for_each(|need| need.parts = pump());
        line("decision, idle, a part to fetch", technicians, 100, measure(&desk, &rounds, decision), "");
    }
}

fn main() {
    println!("{STOPS} planned visits each; best of {ROUNDS} rounds; microseconds\n");
    println!("| what | technicians | eligible | p50 | p99 | goal (p99) | assigned |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let only: Option<u64> = std::env::args().skip(1).find_map(|a| a.parse().ok());
    // words choose what is measured: idle, fresh, cached, slots, insertion; all without
    let words: Vec<String> =
        std::env::args().skip(1).filter(|a| a.starts_with(char::is_alphabetic)).collect();
    let asked = |what: &str| words.is_empty() || words.iter().any(|w| w == what);
    if asked("idle") {
        idlers(only);
    }
    if words == ["idle"] {
        return;
    }
    let city = city();
    eprintln!("roads: {}", city.name);
    let plans = [
        (200, 30, "", "1,000"),
        (200, 100, "", "1,000"),
        (1_000, 30, "100", ""),
        (1_000, 100, "100", ""),
        (2_000, 30, "", "2,000"),
        (2_000, 100, "", "2,000"),
        (10_000, 10, "250", ""),
        (10_000, 30, "250", ""),
        (10_000, 100, "250", ""),
        (20_000, 30, "", "10,000"),
        (20_000, 100, "", "10,000"),
    ];
    for (technicians, share, insert, fresh) in plans {
        if only.is_some_and(|n| n != technicians) {
            continue;
        }
        let mut dice = Dice(77 + technicians);
        let began = Instant::now();
        let desk = fleet(&city, technicians, share);
        eprintln!("{technicians} laid out in {:.1} s", began.elapsed().as_secs_f64());
        let mut addresses =
            |n: usize| -> Vec<Need> { (0..n).map(|_| question(city.place(&mut dice))).collect() };
        let warm = addresses(200);
        measure(&desk, &[warm], decision);
        if asked("fresh") {
            let rounds: Vec<Vec<Need>> = (0..ROUNDS).map(|_| addresses(400)).collect();
            line("decision, fresh address", technicians, share, measure(&desk, &rounds, decision), fresh);
        }
        let known = addresses(100);
        let again: Vec<Vec<Need>> =
            (0..ROUNDS + 1).map(|_| [known.clone(), known.clone()].concat()).collect();
        measure(&desk, &again[..1], decision);
        let over = |word: &str, what: fn(&Desk, &Need) -> bool, told: &str, goal: &str| {
            if asked(word) {
                line(told, technicians, share, measure(&desk, &again[1..], what), goal);
            }
        };
        over("cached", decision, "decision, cached travel", "");
        over("slots", slots, "slots of a day, cached travel", "");
        over("insertion", insertion, "insertion, cached travel", insert);
    }
}
