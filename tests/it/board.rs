//! Random command sequences against the board: after every event each invariant holds, what was refused
//! changed nothing, parts are conserved, and the board is the fold of its events.

use crate::board_acts::{Act, acts, command, settle};
use callout::board::catalog::{CertificationKind, Entry, Part, PartCount, Requirement, ServiceLevel};
use callout::board::clocks::LevelTerms;
use callout::board::command::{Command, NewJob};
use callout::board::decision::{Cause, Decision, Outcome};
use callout::board::event::StockLine;
use callout::board::fleet::{Break, Certification, Depot, Route, Shift, Technician, Traits, Window};
use callout::board::id::{JobId, Location, PartId, TechnicianId};
use callout::board::job::{Customer, JobKind, JobState, Need, Wishes};
use callout::board::region::{Network, NetworkKind, Policy, Region};
use callout::board::{Board, Event, Leg, Legs, Refusal, audit::audit};
use callout::geo::Point;
use callout::units::{Span, Time};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

pub const DAY: Time = Time(1_800_000_000);

/// 10 m/s as the crow flies.
struct Crow;

impl Legs for Crow {
    fn leg(&self, from: Point, to: Point, _: Time) -> Option<Leg> {
        let metres = from.metres_to(to).round() as u32;
        Some(Leg { seconds: metres / 10, metres })
    }
}

pub fn place(east: i32, north: i32) -> Point {
    Point { lon: 91_900_000 + east * 10_000, lat: 454_600_000 + north * 10_000 }
}

pub fn region() -> Region {
    let beeline = NetworkKind::Beeline {
        detour_permille: 1300,
        speed_metres_per_hour: 30_000,
        centre: place(0, 0),
        radius_metres: 50_000,
    };
    Region {
        id: "milan".into(),
        display_name: "Milan".into(),
        tenant: "default".into(),
        time_zone: "Europe/Rome".into(),
        network: Network { kind: beeline, snap_cap_metres: 1000, dayparts: vec![] },
        grid_resolution: 8,
        policy: Policy { moves_at_once: 2, ..Policy::default() },
        created: DAY,
        revision: 1,
    }
}

/// The third has a second shift that begins where the first ends.
pub fn technician(n: u8, levels: u8) -> Technician {
    let window = Window::new(DAY, DAY + Span::hours(9)).unwrap();
    let noon = Window::new(DAY + Span::hours(3), DAY + Span::hours(5)).unwrap();
    let by_day = Shift { window, breaks: vec![Break { window: noon, duration: Span::minutes(30) }] };
    let night = Window::new(window.end, window.end + Span::hours(5)).unwrap();
    let by_night = Shift { window: night, breaks: vec![] };
    let lapse = if levels == 2 { DAY + Span::hours(4) } else { Time::MAX };
    Technician {
        id: format!("t{n}").as_str().into(),
        display_name: format!("Technician {n}"),
        certifications: vec![Certification {
            kind: "gas".into(),
            level: levels.max(1),
            valid_from: Time::MIN,
            valid_to: lapse,
        }],
        shifts: iter::once(by_day).chain((n == 2).then_some(by_night)).collect(),
        start: place(i32::from(n) * 7, 3),
        end: place(i32::from(n) * 7, 3),
        overtime_allowance: None,
        traits: Traits::default(),
        revision: 1,
    }
}

pub fn setup() -> Vec<Command> {
    let kind = CertificationKind { display_name: "Gas".into(), max_level: 2, issuer: String::new() };
    let part = Part { display_name: "Pump".into(), sku: "P".into() };
    let level = ServiceLevel {
        display_name: "Standard".into(),
        response_target: Some(Span::hours(2)),
        lateness_permille: 3000,
        emergency: false,
        terms: LevelTerms::default(),
        offers: false,
        coverage_target: None,
    };
    let fast = LevelTerms { solution: None, close: Some(Span::hours(2)), ..LevelTerms::default() };
    let depot = Depot {
        id: "north".into(),
        display_name: "North".into(),
        place: place(10, 20),
        pickup: Span::minutes(5),
    };
    let stock = |location, delta| StockLine { location, part: "pump".into(), delta };
    vec![
        Command::Import(vec![
            Entry::CertificationKind("gas".into(), kind),
            Entry::Part("pump".into(), part),
            Entry::Level("standard".into(), level.clone()),
            Entry::Level("on-call".into(), ServiceLevel { offers: true, ..level.clone() }),
            Entry::Level("fast".into(), ServiceLevel { terms: fast, ..level }),
        ]),
        Command::AddTechnicians((0..3).map(|n| technician(n, n)).collect()),
        Command::AddDepot(depot),
        Command::AdjustStock {
            lines: vec![stock(Location::Depot("north".into()), 2), stock(Location::Van("t0".into()), 1)],
            reason: "opening".into(),
        },
    ]
}

pub fn job(n: u8, spot: (u8, u8), gas: u8, pumps: u8) -> Command {
    let need = Need {
        kind: JobKind::Repair,
        place: place(i32::from(spot.0), i32::from(spot.1)),
        level: if n % 4 == 1 { "on-call".into() } else { "standard".into() },
        access: vec![],
        promised: n.is_multiple_of(3).then(|| {
            let from = DAY + Span::hours(i64::from(n % 7));
            Window::new(from, from + Span::hours(2)).unwrap()
        }),
        family: None,
        faults: vec![],
        requirements: (gas > 0)
            .then(|| Requirement { kind: "gas".into(), min_level: gas })
            .into_iter()
            .collect(),
        parts: (pumps > 0)
            .then(|| PartCount { part: "pump".into(), count: pumps.into() })
            .into_iter()
            .collect(),
        kits: vec![],
        service: Some(Span::minutes(20 + i64::from(n))),
        inspect_only: false,
        excluded: if n.is_multiple_of(5) { vec!["t1".into()] } else { vec![] },
        warranty: false,
        wishes: Wishes::default(),
    };
    let order_number = n.is_multiple_of(2).then(|| format!("order-{n}"));
    let customer = Customer { display_name: "Ada".into(), ..Customer::default() };
    Command::CreateJob(NewJob { id: format!("j{n}").as_str().into(), order_number, need, customer })
}

pub fn decision(outcome: Outcome) -> Arc<Decision> {
    Arc::new(Decision {
        outcome,
        chosen: None,
        runners_up: vec![],
        rejections: vec![],
        remedies: vec![],
        travel_model: "crow".into(),
        considered: 0,
        certified: 0,
        decided: DAY,
        coverage: None,
        cause: Cause::Create,
    })
}

fn pumps(board: &Board) -> i64 {
    let lies: i64 = board.stock.iter().map(|(_, _, l)| i64::from(l.free) + i64::from(l.reserved)).sum();
    let away = board.stock.deliveries().values().filter(|d| d.from.is_some()).flat_map(|d| &d.parts);
    let lost: i64 = board.stock.written_off().values().sum();
    lies + away.map(|p| i64::from(p.count)).sum::<i64>() + lost
}

fn received(events: &[Event]) -> i64 {
    let lines = events.iter().flat_map(|e| match e {
        Event::StockAdjusted { lines, .. } => lines.as_slice(),
        _ => &[],
    });
    lines.map(|l| i64::from(l.delta)).sum()
}

fn used(events: &[Event]) -> i64 {
    let used = events.iter().flat_map(|e| match e {
        Event::VisitEnded { past, .. } => past.used.as_slice(),
        _ => &[],
    });
    used.map(|p| i64::from(p.count)).sum()
}

/// Decides and applies; the board is audited after the whole step.
pub fn step(board: &mut Board, now: Time, command: &Command) -> Result<Vec<Event>, Refusal> {
    let step = board.decide(now, command, &Crow)?;
    for event in &step.events {
        board.apply(event, now);
    }
    Ok(step.events)
}

/// Random days, one after another; what happened in all of them together is counted, so that a rule no day
/// ever came to would be seen.
pub fn random_days(cases: u32, days: impl Strategy<Value = Vec<Act>>) -> BTreeMap<String, u32> {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let happened = RefCell::new(BTreeMap::<String, u32>::new());
    let run = |acts: Vec<Act>| -> Result<(), TestCaseError> {
        let mut now = DAY;
        let mut board = Board::new(region());
        let mut history: Vec<(Time, Vec<Event>)> = Vec::new();
        for command in setup() {
            history.push((now, step(&mut board, now, &command).unwrap()));
        }
        for act in &acts {
            if let Act::Wait(minutes) = act {
                let until = now + Span::minutes(i64::from(*minutes));
                while let Some((due, _)) = board.timers.first().filter(|(due, _)| *due <= until) {
                    now = now.max(due);
                    let events = step(&mut board, now, &Command::Wake).unwrap();
                    prop_assert!(!events.is_empty(), "what is due does something");
                    history.push((now, events));
                    prop_assert_eq!(audit(&board, now), Vec::<String>::new(), "after waking at {:?}", now);
                }
                now = until;
            }
            let Some(command) = command(&board, act, now) else { continue };
            let before = board.clone();
            match step(&mut board, now, &command) {
                Ok(events) => {
                    prop_assert_eq!(pumps(&board), pumps(&before) + received(&events) - used(&events));
                    history.push((now, events));
                    if overruns(&board) {
                        *happened.borrow_mut().entry("an overrun".to_owned()).or_default() += 1;
                    }
                }
                Err(_) => prop_assert_eq!(&board, &before),
            }
            prop_assert_eq!(audit(&board, now), Vec::<String>::new(), "after {:?}", command);
        }
        let mut again = Board::new(region());
        history.iter().for_each(|(at, events)| events.iter().for_each(|e| again.apply(e, *at)));
        prop_assert_eq!(&again, &board);
        let text = serde_json::to_string(&board).unwrap();
        prop_assert_eq!(serde_json::from_str::<Board>(&text).unwrap(), board);
        let mut happened = happened.borrow_mut();
        for event in history.iter().flat_map(|(_, events)| events) {
            let text = format!("{event:?}");
            let kind = text.split([' ', '(', '{']).next().unwrap_or_default();
            *happened.entry(kind.to_owned()).or_default() += 1;
        }
        Ok(())
    };
    proptest::test_runner::TestRunner::new(config).run(&days, run).unwrap();
    happened.into_inner()
}

/// Whether somebody has work under way into another shift, in which something is planned.
fn overruns(board: &Board) -> bool {
    board.routes.values().filter(|routes| routes.len() > 1).any(|routes| {
        let under_way = routes.values().filter(|r| board.going(r).is_some());
        let into = |r: &Route| {
            routes.values().any(|o| r.shift.start != o.shift.start && r.home.arrive > o.shift.start)
        };
        under_way.into_iter().any(into)
    })
}

#[test]
fn whatever_is_asked_every_invariant_holds() {
    let happened = random_days(800, acts());
    let rare = [
        "VisitProgressed",
        "VisitEnded",
        "PartsPickedUp",
        "CommitmentSet",
        "WhereaboutsSet",
        "VisitWithdrawn",
        "PromiseSet",
        "ClockSet",
        "Escalated",
        "SolutionFiled",
        "JobCancelled",
        "JobSetAside",
        "StockTransferred",
        "DeliverySet",
        "DeliveryArrived",
        "DeliveryCancelled",
        "PartRecalled",
        "OfferMade",
        "OfferEnded",
        "LeftAlone",
        "JobRetried",
        "WindowNarrowed",
        "MoveProposed",
        "MoveAccepted",
        "MoveEnded",
    ];
    for kind in rare {
        assert!(happened.get(kind).is_some_and(|n| *n >= 10), "{kind}: {happened:?}");
    }
}

#[test]
fn what_left_the_van_after_it_was_said_to_be_used_is_not_used_up() {
    let mut board = Board::new(region());
    setup().iter().for_each(|c| drop(step(&mut board, DAY, c).unwrap()));
    let report = |what| Act::Report { technician: 1, nth: 0, what, ago: 0 };
    let stock = |delta| Act::Stock { van: true, delta };
    let acts = [
        Act::Job { n: 7, spot: (0, 0), gas: 0, pumps: 0 },
        Act::Settle { n: 7, technician: 1, at: 0, by_depot: false },
        report(4),
        stock(1),
        report(7),
        stock(-1),
        report(12),
    ];
    for act in acts {
        let command = command(&board, &act, DAY).unwrap();
        step(&mut board, DAY, &command).unwrap();
        assert_eq!(audit(&board, DAY), Vec::<String>::new(), "after {act:?}");
    }
    assert_eq!(board.jobs[&"j7".into()].past[0].used, vec![]);
}

#[test]
fn who_waits_on_site_for_the_window_stays_when_a_certificate_goes() {
    let mut board = Board::new(region());
    setup().iter().for_each(|c| drop(step(&mut board, DAY, c).unwrap()));
    let acts = [
        Act::Job { n: 6, spot: (0, 0), gas: 1, pumps: 0 },
        Act::Settle { n: 6, technician: 0, at: 1, by_depot: false },
        Act::Report { technician: 0, nth: 0, what: 4, ago: 0 },
        Act::Change { technician: 0, levels: 2, hours: 1 },
    ];
    for act in acts {
        let command = command(&board, &act, DAY).unwrap();
        step(&mut board, DAY, &command).unwrap();
        assert_eq!(audit(&board, DAY), Vec::<String>::new(), "after {act:?}");
    }
    assert_eq!(board.jobs[&"j6".into()].state, JobState::OnSite);
}

#[test]
fn the_last_part_goes_to_one_job_only() {
    let mut board = Board::new(region());
    setup().iter().for_each(|c| drop(step(&mut board, DAY, c).unwrap()));
    for n in [1, 2] {
        step(&mut board, DAY, &job(n, (n, n), 0, 1)).unwrap();
    }
    let van: PartId = "pump".into();
    let first = settle(&board, DAY, &"j1".into(), &"t0".into(), 0, false).unwrap();
    let second = settle(&board, DAY, &"j2".into(), &"t0".into(), 0, false).unwrap();
    step(&mut board, DAY, &first).unwrap();
    assert_eq!(board.stock.free(&Location::Van("t0".into()), &van), 0);
    // The second was proposed on the board as it was: stale in its order, and short of the part.
    assert!(matches!(step(&mut board, DAY, &second), Err(Refusal::Stale { .. })));
    let again = settle(&board, DAY, &"j2".into(), &"t0".into(), 0, false).unwrap();
    assert!(matches!(
        step(&mut board, DAY, &again),
        Err(Refusal::InsufficientStock { free: 0, wanted: 1, .. })
    ));
}

#[test]
fn a_certificate_that_lapses_during_the_work_does_not_do() {
    let mut board = Board::new(region());
    setup().iter().for_each(|c| drop(step(&mut board, DAY, c).unwrap()));
    let Command::CreateJob(mut late) = job(1, (5, 5), 2, 0) else { unreachable!() };
    let four = DAY + Span::hours(4);
    late.need.access = vec![Window::new(four - Span::minutes(5), four + Span::hours(1)).unwrap()];
    step(&mut board, DAY, &Command::CreateJob(late)).unwrap();
    let refused = settle(&board, DAY, &"j1".into(), &"t2".into(), 1, false).unwrap();
    match step(&mut board, DAY, &refused) {
        Err(Refusal::Breaks { rule, by: Some(by), .. }) => {
            assert_eq!(rule, callout::board::decision::Rule::CertificationValidity);
            assert_eq!(by, Span::minutes(21 - 5));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_left_of_a_route_goes_home_from_its_last_stop() {
    let mut board = Board::new(region());
    setup().iter().for_each(|c| drop(step(&mut board, DAY, c).unwrap()));
    let who = TechnicianId::from("t0");
    for n in [1, 2] {
        step(&mut board, DAY, &job(n, (n * 9, n * 9), 0, 0)).unwrap();
        let id = JobId::from(format!("j{n}").as_str());
        let at = usize::from(n) - 1;
        let command = settle(&board, DAY, &id, &who, at, false).unwrap();
        step(&mut board, DAY, &command).unwrap();
    }
    let route = |board: &Board| board.routes[&who].values().next().unwrap().clone();
    let first = route(&board).stops[0].clone();
    // The shift is cut short while the first visit is under way: the second no longer fits.
    let now = first.start + Span::minutes(1);
    let mut cut = board.technicians[&who].clone();
    cut.shifts[0].window.end = first.end + Span::minutes(1);
    cut.shifts[0].breaks.clear();
    cut.overtime_allowance = Some(Span::ZERO);
    step(&mut board, now, &Command::ChangeTechnician { technician: cut.clone(), revision: None }).unwrap();
    let left = route(&board);
    assert_eq!(left.stops.len(), 1, "{left:?}");
    let home = Crow.leg(first.place, cut.end, first.end).unwrap();
    assert_eq!((left.home.depart, left.home.seconds), (first.end, home.seconds));
    assert_eq!(left.home.arrive, first.end + Span(i64::from(home.seconds)));
}
