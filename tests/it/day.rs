//! Random days that equal seeds make equal: a fleet of La Serena, its stock, what is needed, what happens.

use callout::board::calls::Kind;
use callout::board::catalog::{CertificationKind, Entry, Part, PartCount, Requirement, ServiceLevel};
use callout::board::clocks::LevelTerms;
use callout::board::command::NewJob;
use callout::board::delivery::Delivery;
use callout::board::event::StockLine;
use callout::board::fleet::{Break, Certification, Depot, Partner, Shift, Technician, Traits, Window};
use callout::board::id::{JobId, Location, TechnicianId};
use callout::board::job::{Customer, JobKind, Need, Wishes};
use callout::board::region::{Network as RegionNetwork, NetworkKind, Policy, Region};
use callout::board::{Board, Command};
use callout::geo::{Cell, Point};
use callout::plan::{Desk, Position, Travel};
use callout::travel::{Beeline, Dayparts, Model, Network, Profile, Roads};
use callout::units::{Span, Time};
use std::sync::{Arc, OnceLock};

/// 2027-01-15 07:00 in La Serena.
pub const MORNING: Time = Time(1_800_007_200);
pub const KINDS: [&str; 4] = ["electric", "gas", "cooling", "brand"];
pub const PARTS: [&str; 3] = ["pump", "valve", "board"];

/// A small generator: equal seeds give equal days.
pub struct Dice(u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
    pub fn one_in(&mut self, n: u64) -> bool {
        self.roll(n) == 0
    }
    pub fn place(&mut self) -> Point {
        let lon = -71.345 + self.roll(1000) as f64 * 0.000_11;
        let lat = -29.99 + self.roll(1000) as f64 * 0.000_12;
        Point::from_degrees(lon, lat).unwrap()
    }
}

pub fn dice(seed: u64) -> Dice {
    Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
}

pub fn beeline() -> Travel {
    static LINES: OnceLock<Model> = OnceLock::new();
    let corners = [[-71.36, -30.01], [-71.22, -29.85]].map(|[x, y]| Point::from_degrees(x, y).unwrap());
    let build = || Model::Beeline(Beeline::around(1300, 30, corners));
    Travel::new(LINES.get_or_init(build).clone(), Dayparts::of("America/Santiago").unwrap())
}

pub fn roads() -> Travel {
    static CITY: OnceLock<Model> = OnceLock::new();
    let build = || {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/la-serena.osm.pbf");
        let network = Network::open(file.as_ref(), &|_, _, _| {}).unwrap();
        Model::Roads(Roads::new(Arc::new(network), Profile::default()))
    };
    Travel::new(CITY.get_or_init(build).clone(), Dayparts::of("America/Santiago").unwrap())
}

pub fn region() -> Region {
    let kind = NetworkKind::Beeline {
        detour_permille: 1300,
        speed_metres_per_hour: 30_000,
        centre: Point::from_degrees(-71.29, -29.93).unwrap(),
        radius_metres: 20_000,
    };
    Region {
        id: "la-serena".into(),
        display_name: "La Serena".into(),
        tenant: "default".into(),
        time_zone: "America/Santiago".into(),
        network: RegionNetwork { kind, snap_cap_metres: 2000, dayparts: vec![] },
        grid_resolution: 8,
        policy: Policy::default(),
        created: MORNING,
        revision: 1,
    }
}

pub fn window(from: Time, length: Span) -> Window {
    Window::new(from, from + length).unwrap()
}

pub fn technician(dice: &mut Dice, n: u64) -> Technician {
    let home = dice.place();
    let mut certifications = Vec::new();
    for kind in KINDS {
        if dice.one_in(2) {
            let lapses = if dice.one_in(5) { MORNING + Span::hours(dice.roll(10) as i64) } else { Time::MAX };
            certifications.push(Certification {
                kind: kind.into(),
                level: 1 + dice.roll(3) as u8,
                valid_from: Time::MIN,
                valid_to: lapses,
            });
        }
    }
    certifications.sort();
    let day = |d: i64, dice: &mut Dice| {
        let start = MORNING + Span::hours(24 * d + 1 + dice.roll(3) as i64);
        let noon = window(start + Span::hours(3), Span::minutes(90));
        let breaks =
            if dice.one_in(3) { vec![] } else { vec![Break { window: noon, duration: Span::minutes(30) }] };
        Shift { window: window(start, Span::hours(8)), breaks }
    };
    Technician {
        id: format!("t{n:03}").as_str().into(),
        display_name: format!("Technician {n}"),
        certifications,
        shifts: (0..1 + dice.roll(2) as i64).map(|d| day(d, dice)).collect(),
        start: home,
        end: if dice.one_in(4) { dice.place() } else { home },
        overtime_allowance: dice.one_in(4).then(|| Span::minutes(dice.roll(90) as i64)),
        traits: traits(dice),
        revision: 1,
    }
}

/// Languages, patience, partners: some of each.
fn traits(dice: &mut Dice) -> Traits {
    let languages = ["es", "it", "qu"].into_iter().filter(|_| dice.one_in(2)).map(str::to_owned).collect();
    let visit_price = Span::minutes(dice.roll(40) as i64);
    let partner = dice.one_in(4).then(|| Partner { pool: "north".into(), visit_price });
    Traits { languages, patient: dice.one_in(2), partner }
}

fn wishes(dice: &mut Dice) -> Wishes {
    let preferred = if dice.one_in(4) { vec!["t002".into(), "t003".into()] } else { vec![] };
    let language = dice.one_in(4).then(|| "it".to_owned());
    let language_required = language.is_some() && dice.one_in(3);
    Wishes { preferred, language, language_required, elderly_care: dice.one_in(5) }
}

pub fn catalog() -> Command {
    let kind = |id: &str| {
        let kind = CertificationKind { display_name: id.into(), max_level: 3, issuer: String::new() };
        Entry::CertificationKind(id.into(), kind)
    };
    let part = |id: &str| Entry::Part(id.into(), Part { display_name: id.into(), sku: id.into() });
    let level = |id: &str, target, lateness_permille| {
        let level = ServiceLevel {
            display_name: id.into(),
            response_target: target,
            lateness_permille,
            emergency: false,
            terms: LevelTerms::default(),
            offers: false,
            coverage_target: None,
        };
        Entry::Level(id.into(), level)
    };
    let levels = [level("standard", None, 2000), level("urgent", Some(Span::hours(1)), 4000)];
    let kinds = KINDS.iter().map(|k| kind(k));
    Command::Import(kinds.chain(PARTS.iter().map(|p| part(p))).chain(levels).collect())
}

pub fn depots(dice: &mut Dice) -> Vec<Command> {
    let depot = |id: &str, dice: &mut Dice| {
        Command::AddDepot(Depot {
            id: id.into(),
            display_name: id.into(),
            place: dice.place(),
            pickup: Span::minutes(5),
        })
    };
    vec![depot("north", dice), depot("south", dice)]
}

pub fn stock(dice: &mut Dice, technicians: u64) -> Command {
    let mut lines = Vec::new();
    let mut put = |location: Location, part: &str, delta: u64| {
        if delta > 0 {
            lines.push(StockLine { location, part: part.into(), delta: delta as i32 });
        }
    };
    for part in PARTS {
        put(Location::Depot("north".into()), part, dice.roll(6));
        put(Location::Depot("south".into()), part, dice.roll(4));
        for n in 0..technicians {
            put(Location::Van(format!("t{n:03}").as_str().into()), part, dice.roll(3));
        }
    }
    Command::AdjustStock { lines, reason: "opening".into() }
}

/// Parts on their way to a depot and to vans, some from each other.
fn deliveries(dice: &mut Dice, technicians: u64) -> Vec<Command> {
    let van = |n: u64| Location::Van(format!("t{n:03}").as_str().into());
    let mut all = Vec::new();
    for (n, part) in PARTS.into_iter().enumerate() {
        let to = if dice.one_in(2) { Location::Depot("north".into()) } else { van(dice.roll(technicians)) };
        let count = 1 + dice.roll(3) as u32;
        let arrives = MORNING + Span::minutes(dice.roll(600) as i64);
        let parts = vec![PartCount { part: part.into(), count }];
        let id = format!("d{n}").as_str().into();
        let (sent, kept) = (MORNING, Default::default());
        all.push(Command::Send(Delivery { id, from: None, to, parts, sent, arrives, kept }));
    }
    all
}

pub fn need(dice: &mut Dice, now: Time) -> Need {
    let soon = now + Span::minutes(dice.roll(600) as i64);
    let promised = dice.one_in(3).then(|| window(soon, Span::minutes(60 + dice.roll(90) as i64)));
    let access = match dice.roll(5) {
        0 => vec![window(soon, Span::hours(3))],
        1 => vec![window(soon, Span::hours(1)), window(soon + Span::hours(3), Span::hours(2))],
        _ => vec![],
    };
    let mut kinds: Vec<&str> = KINDS.into_iter().filter(|_| dice.one_in(3)).collect();
    kinds.sort_unstable();
    let requirements =
        kinds.into_iter().map(|k| Requirement { kind: k.into(), min_level: 1 + dice.roll(2) as u8 });
    let requirements = requirements.collect();
    let parts = PARTS.into_iter().filter(|_| dice.one_in(5)).collect::<Vec<_>>();
    let excluded = if dice.one_in(6) { vec!["t001".into()] } else { vec![] };
    Need {
        kind: JobKind::Repair,
        place: dice.place(),
        level: if promised.is_none() && dice.one_in(3) { "urgent".into() } else { "standard".into() },
        access,
        promised,
        family: None,
        faults: vec![],
        requirements,
        parts: parts.into_iter().map(|p| PartCount { part: p.into(), count: 1 }).collect(),
        kits: vec![],
        service: Some(Span::minutes(15 + dice.roll(60) as i64)),
        inspect_only: false,
        excluded,
        warranty: false,
        wishes: wishes(dice),
    }
}

pub fn job(n: u64, need: Need) -> Command {
    let id = JobId::from(format!("j{n}").as_str());
    Command::CreateJob(NewJob { id, order_number: None, need, customer: Customer::default() })
}

/// Calls of the three days before, by dice of their own.
pub fn remember(board: &mut Board, seed: u64) {
    let mut dice = dice(seed + 77);
    let mut calls: Vec<(Time, u64)> =
        (0..300).map(|n| (MORNING - Span(dice.roll(3 * 86_400) as i64), n)).collect();
    calls.sort_unstable();
    for (at, _) in calls {
        let need = need(&mut dice, at);
        let mut kit: Vec<_> = need.parts.iter().map(|p| p.part.clone()).collect();
        kit.sort();
        let level = if dice.one_in(4) { "standard" } else { "urgent" }.into();
        let kind = Kind { level, requirements: need.requirements, kit };
        board.calls.count(Some(kind), Cell::of(need.place, board.region.grid_resolution), at);
    }
    board.note_carried();
}

/// A desk with `technicians` on an ordinary morning.
pub fn open(travel: Travel, dice: &mut Dice, technicians: u64) -> Desk {
    let mut region = region();
    region.policy.partner_after = dice.one_in(3).then(|| Span::hours(1));
    // a third of all days let coverage have its say; no dice are thrown for it
    region.policy.coverage_permille = if technicians.is_multiple_of(3) { 1000 } else { 0 };
    region.policy.moves_at_once = if technicians.is_multiple_of(2) { 3 } else { 0 };
    let mut board = Board::new(region);
    remember(&mut board, technicians);
    let mut desk = Desk::open(board, travel);
    let fleet = (0..technicians).map(|n| technician(dice, n)).collect();
    let mut commands = vec![catalog(), Command::AddTechnicians(fleet)];
    commands.extend(depots(dice));
    commands.push(stock(dice, technicians));
    commands.extend(deliveries(dice, technicians));
    for command in &commands {
        desk.step(MORNING - Span::hours(24), command).unwrap(); // no certificate has lapsed yet
    }
    desk
}

/// Jobs come in, time goes by, devices report, things change.
pub fn play(desk: &mut Desk, dice: &mut Dice, acts: u64, technicians: u64) -> Time {
    let mut now = MORNING;
    for n in 0..acts {
        while desk.wake(now).is_some() {}
        let who = TechnicianId::from(format!("t{:03}", dice.roll(technicians)).as_str());
        let some = JobId::from(format!("j{}", dice.roll(acts)).as_str());
        match dice.roll(12) {
            0..6 => drop(desk.step(now, &job(n, need(dice, now))).unwrap()),
            6 => drop(desk.step(now, &Command::CancelJob { job: some, reason: "no".into(), revision: None })),
            7 => {
                let place = dice.place();
                let back = Span::minutes(dice.roll(7) as i64);
                desk.report(now, &who, Position { place, device_time: now - back, accuracy_metres: 10 });
            }
            8 => {
                let mut changed = desk.board().technicians[&who].clone();
                changed.certifications.truncate(2);
                drop(desk.step(now, &Command::ChangeTechnician { technician: changed, revision: None }));
            }
            9 if desk.board().jobs.contains_key(&some) => {
                let need = need(dice, now);
                let (order_number, customer) = (None, None);
                drop(desk.step(
                    now,
                    &Command::CorrectJob { job: some, order_number, need, customer, revision: None },
                ));
            }
            _ => now = now + Span::minutes(dice.roll(40) as i64),
        }
    }
    now
}
