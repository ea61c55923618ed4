//! Random command sequences against the board: after every event each invariant holds, what was refused
//! changed nothing, parts are conserved, and the board is the fold of its events.

use callout::board::catalog::{CertificationKind, Entry, Part, PartCount, Requirement, ServiceLevel};
use callout::board::clocks::{ClockKind, LevelTerms};
use callout::board::command::{Assignment, Command, NewJob};
use callout::board::decision::{Cause, Decision, Outcome};
use callout::board::delivery::{Awaited, Delivery};
use callout::board::event::StockLine;
use callout::board::fleet::{Break, Certification, Depot, Errand, Shift, Technician, Traits, Window};
use callout::board::id::{JobId, Location, PartId, TechnicianId};
use callout::board::job::{Customer, Job, JobKind, JobState, Need, Source, Wishes};
use callout::board::progress::{Finish, Hindrance, Report};
use callout::board::region::{Network, NetworkKind, Policy, Region};
use callout::board::schedule::{frozen_stops, idle_errands};
use callout::board::{Board, Event, Leg, Legs, Refusal, audit::audit};
use callout::geo::Point;
use callout::units::{Span, Time};
use proptest::prelude::*;
use std::sync::Arc;

const DAY: Time = Time(1_800_000_000);

/// 10 m/s as the crow flies.
struct Crow;

impl Legs for Crow {
    fn leg(&self, from: Point, to: Point, _: Time) -> Option<Leg> {
        let metres = from.metres_to(to).round() as u32;
        Some(Leg { seconds: metres / 10, metres })
    }
}

fn place(east: i32, north: i32) -> Point {
    Point { lon: 91_900_000 + east * 10_000, lat: 454_600_000 + north * 10_000 }
}

fn region() -> Region {
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
        policy: Policy::default(),
        created: DAY,
        revision: 1,
    }
}

fn technician(n: u8, levels: u8) -> Technician {
    let window = Window::new(DAY, DAY + Span::hours(9)).unwrap();
    let noon = Window::new(DAY + Span::hours(3), DAY + Span::hours(5)).unwrap();
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
        shifts: vec![Shift { window, breaks: vec![Break { window: noon, duration: Span::minutes(30) }] }],
        start: place(i32::from(n) * 7, 3),
        end: place(i32::from(n) * 7, 3),
        overtime_allowance: None,
        traits: Traits::default(),
        revision: 1,
    }
}

fn setup() -> Vec<Command> {
    let kind = CertificationKind { display_name: "Gas".into(), max_level: 2, issuer: String::new() };
    let part = Part { display_name: "Pump".into(), sku: "P".into() };
    let level = ServiceLevel {
        display_name: "Standard".into(),
        response_target: Some(Span::hours(2)),
        lateness_permille: 3000,
        emergency: false,
        terms: LevelTerms::default(),
        offers: false,
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

fn job(n: u8, spot: (u8, u8), gas: u8, pumps: u8) -> Command {
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

fn decision(outcome: Outcome) -> Arc<Decision> {
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
        cause: Cause::Create,
    })
}

/// What a test may do to a board.
#[derive(Clone, Debug)]
enum Act {
    Job { n: u8, spot: (u8, u8), gas: u8, pumps: u8 },
    Settle { n: u8, technician: u8, at: u8, by_depot: bool },
    Move { n: u8, spot: (u8, u8) },
    Cancel(u8),
    Change { technician: u8, levels: u8, hours: u8 },
    Stock { van: bool, delta: i8 },
    Wait(u8),
    Report { technician: u8, nth: u8, what: u8, ago: u8 },
    Lock(u8, bool),
    Hold { n: u8, hour: u8 },
    Confirm { n: u8, named: bool },
    Reschedule { n: u8, hour: u8, named: bool },
    Pause { n: u8, clock: u8, paused: bool },
    Solve(u8),
    Level(u8, bool),
    Place { n: u8, technician: u8, at: u8, by_depot: bool, locked: bool },
    Unassign(u8, bool),
    Answer(u8, bool),
    Send { id: u8, from: u8, to: u8, count: u8, after: u8 },
    CancelDelivery(u8),
    Recall,
    Reorder { technician: u8, from: u8, to: u8 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let n = 0..9u8;
    let report = (0..3u8, 0..3u8, 0..13u8, 0..20u8);
    let spot = (0..40u8, 0..40u8);
    let act = prop_oneof![
        6 => (n.clone(), spot.clone(), 0..3u8, 0..3u8).prop_map(|(n, spot, gas, pumps)| Act::Job { n, spot, gas, pumps }),
        16 => (n.clone(), 0..3u8, 0..5u8, any::<bool>())
            .prop_map(|(n, technician, at, by_depot)| Act::Settle { n, technician, at, by_depot }),
        1 => (n.clone(), spot).prop_map(|(n, spot)| Act::Move { n, spot }),
        1 => n.clone().prop_map(Act::Cancel),
        3 => (n.clone(), 0..8u8).prop_map(|(n, hour)| Act::Hold { n, hour }),
        3 => (n.clone(), any::<bool>()).prop_map(|(n, named)| Act::Confirm { n, named }),
        2 => (n.clone(), 0..8u8, any::<bool>()).prop_map(|(n, hour, named)| Act::Reschedule { n, hour, named }),
        2 => (n.clone(), 0..3u8, any::<bool>()).prop_map(|(n, clock, paused)| Act::Pause { n, clock, paused }),
        1 => n.clone().prop_map(Act::Solve),
        1 => (n.clone(), any::<bool>()).prop_map(|(n, fast)| Act::Level(n, fast)),
        3 => (n.clone(), any::<bool>()).prop_map(|(n, locked)| Act::Lock(n, locked)),
        3 => (n.clone(), 0..3u8, 0..5u8, any::<bool>(), any::<bool>())
            .prop_map(|(n, technician, at, by_depot, locked)| Act::Place { n, technician, at, by_depot, locked }),
        3 => (0..4u8, 0..4u8, 0..3u8, 1..4u8, 0..200u8)
            .prop_map(|(id, from, to, count, after)| Act::Send { id, from, to, count, after }),
        1 => (0..6u8).prop_map(|n| if n == 0 { Act::Recall } else { Act::CancelDelivery(n % 4) }),
        2 => (n.clone(), any::<bool>()).prop_map(|(n, accepts)| Act::Answer(n, accepts)),
        3 => (n.clone(), any::<bool>()).prop_map(|(n, replan)| Act::Unassign(n, replan)),
        1 => (0..3u8, 0..4u8, 0..4u8).prop_map(|(technician, from, to)| Act::Reorder { technician, from, to }),
        12 => report.prop_map(|(technician, nth, what, ago)| Act::Report { technician, nth, what, ago }),
        1 => (0..3u8, 0..3u8, 1..10u8).prop_map(|(technician, levels, hours)| Act::Change { technician, levels, hours }),
        1 => (any::<bool>(), -2..4i8).prop_map(|(van, delta)| Act::Stock { van, delta }),
        4 => (0..60u8).prop_map(Act::Wait),
    ];
    prop::collection::vec(act, 1..120)
}

#[allow(clippy::too_many_lines, reason = "one arm an act")]
fn command(board: &Board, act: &Act, now: Time) -> Option<Command> {
    let id = |n: u8| JobId::from(format!("j{n}").as_str());
    Some(match act {
        Act::Job { n, spot, gas, pumps } => job(*n, *spot, *gas, *pumps),
        Act::Settle { n, technician, at, by_depot } => settle(
            board,
            now,
            &id(*n),
            &format!("t{technician}").as_str().into(),
            usize::from(*at),
            *by_depot,
        )?,
        Act::Move { n, spot } => {
            let job = board.jobs.get(&id(*n))?;
            let need = Need { place: place(spot.0.into(), spot.1.into()), ..job.need.clone() };
            let order_number = job.order_number.clone();
            Command::CorrectJob { job: id(*n), order_number, need, customer: None, revision: None }
        }
        Act::Cancel(n) => Command::CancelJob { job: id(*n), reason: "no".into(), revision: None },
        Act::Change { technician: t, levels, hours } => {
            let mut changed = technician(*t, *levels);
            let end = DAY + Span::hours(i64::from(*hours));
            changed.shifts[0].window.end = end;
            changed.shifts[0].breaks.retain(|b| b.window.end <= end);
            Command::ChangeTechnician { technician: changed, revision: None }
        }
        Act::Stock { van, delta } => {
            let location = if *van { Location::Van("t1".into()) } else { Location::Depot("north".into()) };
            let lines = vec![StockLine { location, part: "pump".into(), delta: i32::from(*delta) }];
            Command::AdjustStock { lines, reason: "count".into() }
        }
        Act::Lock(n, locked) => Command::SetLock { job: id(*n), locked: *locked, revision: None },
        Act::Report { technician, nth, what, ago } => {
            let technician = TechnicianId::from(format!("t{technician}").as_str());
            let at = now - Span::minutes(i64::from(*ago));
            let report = report(board, &technician, usize::from(*nth), *what);
            Command::Report { technician, at, report }
        }
        Act::Hold { n, hour } => {
            let Command::CreateJob(mut new) = job(*n, (*n, *hour), 0, n % 2) else { unreachable!() };
            new.need.promised = Some(hours(*hour));
            let technician = n.is_multiple_of(4).then(|| "t0".into());
            Command::HoldSlot { job: new, technician, day: today() }
        }
        Act::Confirm { n, named } => {
            let window = board.jobs.get(&id(*n)).and_then(|job| planned(board, job));
            let (job, named) = (id(*n), *named);
            Command::Confirm { job, window, named, customer: None, order_number: None, revision: None }
        }
        Act::Reschedule { n, hour, named } => {
            let technician = named.then(|| "t1".into());
            let (job, window) = (id(*n), hours(*hour));
            Command::Reschedule { job, window, technician, day: today(), revision: None }
        }
        Act::Pause { n, clock, paused } => {
            let clock = [ClockKind::Confirmed, ClockKind::Solution, ClockKind::Closed][usize::from(*clock)];
            let paused = paused.then(|| "the customer is away".to_owned());
            Command::SetClock { job: id(*n), clock, paused, revision: None }
        }
        Act::Solve(n) => {
            let (job, text) = (id(*n), "turn it on".to_owned());
            Command::FileSolution { job, text, closes: n.is_multiple_of(2), revision: None }
        }
        Act::Level(n, fast) => {
            let job = board.jobs.get(&id(*n))?;
            let need = Need { level: if *fast { "fast" } else { "standard" }.into(), ..job.need.clone() };
            let order_number = job.order_number.clone();
            Command::CorrectJob { job: id(*n), order_number, need, customer: None, revision: None }
        }
        Act::Wait(_) => return None,
        Act::Place { .. } | Act::Unassign(..) | Act::Reorder { .. } => by_hand(board, act, now)?,
        Act::Send { .. } | Act::CancelDelivery(_) | Act::Recall | Act::Answer(..) => parts(board, act, now)?,
    })
}

/// What a human does.
fn by_hand(board: &Board, act: &Act, now: Time) -> Option<Command> {
    let id = |n: u8| JobId::from(format!("j{n}").as_str());
    Some(match act {
        Act::Place { n, technician, at, by_depot, locked } => {
            let technician = format!("t{technician}").as_str().into();
            let Command::Settle { job, assignment: Some(mut assignment), decision } =
                settle(board, now, &id(*n), &technician, usize::from(*at), *by_depot)?
            else {
                return None;
            };
            // the visit is taken back before it is placed again
            let visit = Errand::Visit(job.clone());
            let at = assignment.errands.iter().rposition(|e| *e == visit)?;
            let mut nth = 0..;
            assignment.errands.retain(|e| nth.next() == Some(at) || *e != visit);
            Command::Place { job, assignment, locked: *locked, decision, revision: None }
        }
        Act::Unassign(n, replan) => {
            Command::Unassign { job: id(*n), reason: "no".into(), replan: *replan, revision: None }
        }
        Act::Reorder { technician, from, to } => {
            let technician = TechnicianId::from(format!("t{technician}").as_str());
            let (shift, route) = board.routes.get(&technician)?.first_key_value()?;
            let mut errands: Vec<Errand> = route.stops.iter().map(|s| s.errand.clone()).collect();
            let from = frozen_stops(route, now) + usize::from(*from);
            let errand = (from < errands.len()).then(|| errands.remove(from))?;
            errands.insert((frozen_stops(route, now) + usize::from(*to)).min(errands.len()), errand);
            Command::Reorder { technician, shift: *shift, errands }
        }
        _ => return None,
    })
}

/// What happens to parts and offers.
fn parts(board: &Board, act: &Act, now: Time) -> Option<Command> {
    let id = |n: u8| JobId::from(format!("j{n}").as_str());
    Some(match act {
        Act::Send { id, from, to, count, after } => {
            let places = ["north", "t0", "t1"].map(|name| match name {
                "north" => Location::Depot(name.into()),
                van => Location::Van(van.into()),
            });
            Command::Send(Delivery {
                id: format!("d{id}").as_str().into(),
                from: places.get(usize::from(*from)).cloned(),
                to: places[usize::from(*to)].clone(),
                parts: vec![PartCount { part: "pump".into(), count: (*count).into() }],
                sent: now,
                arrives: now + Span::minutes(i64::from(after.saturating_sub(80))),
                kept: Default::default(),
            })
        }
        Act::CancelDelivery(id) => Command::CancelDelivery(format!("d{id}").as_str().into()),
        Act::Recall => Command::RecallPart("pump".into()),
        Act::Answer(n, accepts) => {
            let (job, visit) = (id(*n), board.jobs.get(&id(*n))?.visits);
            match accepts {
                true => Command::AcceptOffer { job, visit },
                false => Command::DeclineOffer { job, visit, reason: "no".into() },
            }
        }
        _ => return None,
    })
}

fn hours(from: u8) -> Window {
    let from = DAY + Span::hours(i64::from(from));
    Window::new(from, from + Span::hours(2)).unwrap()
}

fn today() -> Window {
    Window::new(DAY, DAY + Span::hours(24)).unwrap()
}

/// A window around a visit as it is planned.
fn planned(board: &Board, job: &Job) -> Option<Window> {
    let visit = job.visit.as_ref()?;
    let (_, stop) = board.route(&visit.technician, visit.shift)?.stop_of(&job.id)?;
    Window::new(stop.start - Span::minutes(30), stop.start + Span::minutes(90))
}

/// A report, often of something that cannot be.
fn report(board: &Board, technician: &TechnicianId, nth: usize, what: u8) -> Report {
    let routes = board.routes.get(technician).into_iter().flat_map(|r| r.values());
    let jobs: Vec<JobId> = routes.flat_map(|r| r.jobs().cloned().collect::<Vec<_>>()).collect();
    let job = jobs.get(nth).or(jobs.first()).cloned().unwrap_or_else(|| "j1".into());
    let pump = |count| vec![PartCount { part: "pump".into(), count }];
    let finish = |used| Finish { used, note: "done".into() };
    match what {
        0 => Report::ShiftStarted,
        1 => Report::BreakStarted,
        2 => Report::BreakEnded,
        3 => Report::Departed(job),
        4 => Report::Arrived(job),
        5 => Report::Started(job),
        6 => Report::Remaining(job, Span::minutes(10 * nth as i64)),
        7 => Report::PartsUsed(job, pump(1)),
        8 => Report::Finished(job, finish(None)),
        9 => Report::Finished(job, finish(Some(pump(1 + nth as u32)))),
        10 => Report::CannotComplete(job, Hindrance::PartMissing, finish(None), pump(1)),
        11 => {
            let why = [Hindrance::WrongSkill, Hindrance::CustomerRefuses, Hindrance::NoAccess][nth];
            Report::CannotComplete(job, why, finish(None), vec![])
        }
        _ if nth == 0 => Report::ShiftEnded,
        _ => Report::Absent(Some(DAY + Span::hours(nth as i64 * 3))),
    }
}

/// A proposal as a careless planner would make it: often wrong, which the board has to see.
fn settle(
    board: &Board,
    now: Time,
    id: &JobId,
    technician: &TechnicianId,
    at: usize,
    by_depot: bool,
) -> Option<Command> {
    let job = board.jobs.get(id)?;
    let shift = board.technicians[technician].shifts.first()?;
    let route = board.route(technician, shift.window.start);
    let mut errands = match route {
        Some(r) => r.stops.iter().map(|s| s.errand.clone()).collect(),
        None => idle_errands(shift, board.rested(technician, shift.window.start)),
    };
    let at = (route.map_or(0, |r| frozen_stops(r, now)) + at).min(errands.len());
    errands.insert(at, Errand::Visit(id.clone()));
    let location = if by_depot { Location::Depot("north".into()) } else { Location::Van(technician.clone()) };
    if by_depot {
        errands.insert(at, Errand::Depot("north".into()));
    }
    let (mut sources, mut awaits) = (Vec::new(), Vec::new());
    for p in &job.demand.parts {
        let source = |count| {
            let part_count = PartCount { part: p.part.clone(), count };
            Source { location: location.clone(), part_count }
        };
        let mut left = p.count;
        for (delivery, arrives, unkept) in board.stock.incoming(&location, &p.part) {
            let count = unkept.min(left.saturating_sub(board.stock.free(&location, &p.part)));
            if count > 0 {
                awaits.push(Awaited { delivery: delivery.clone(), source: source(count), arrives });
                left -= count;
            }
        }
        sources.extend((left > 0).then(|| source(left)));
    }
    let technician = technician.clone();
    let assignment =
        Assignment { technician, shift: shift.window.start, errands, sources, awaits, seen_at: None };
    Some(Command::Settle {
        job: id.clone(),
        assignment: Some(assignment),
        decision: decision(Outcome::Assigned),
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
fn step(board: &mut Board, now: Time, command: &Command) -> Result<Vec<Event>, Refusal> {
    let step = board.decide(now, command, &Crow)?;
    for event in &step.events {
        board.apply(event, now);
    }
    Ok(step.events)
}

/// Random days, one after another; what happened in all of them together is counted, so that a rule no day
/// ever came to would be seen.
#[test]
#[allow(clippy::too_many_lines, reason = "a list of what has to happen")]
fn whatever_is_asked_every_invariant_holds() {
    let config = ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() };
    let happened = std::cell::RefCell::new(std::collections::BTreeMap::<String, u32>::new());
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
    proptest::test_runner::TestRunner::new(config).run(&acts(), run).unwrap();
    let happened = happened.into_inner();
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
    ];
    for kind in rare {
        assert!(happened.get(kind).is_some_and(|n| *n >= 5), "{kind}: {happened:?}");
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
