//! What random days do to a board: often wrong, which the board has to see.

use crate::board::{DAY, decision, job, place, technician};
use callout::board::Board;
use callout::board::catalog::PartCount;
use callout::board::clocks::ClockKind;
use callout::board::command::{Assignment, Command, MoveWish};
use callout::board::decision::Outcome;
use callout::board::delivery::{Awaited, Delivery};
use callout::board::event::StockLine;
use callout::board::fleet::{Errand, Window};
use callout::board::id::{JobId, Location, TechnicianId};
use callout::board::job::{Job, Need, Source};
use callout::board::progress::{Finish, Hindrance, Report};
use callout::board::schedule::{frozen_stops, idle_errands};
use callout::units::{Cost, Span, Time};
use proptest::prelude::*;

/// What a test may do to a board.
#[derive(Clone, Debug)]
pub enum Act {
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
    Seek { technician: u8, spot: (u8, u8) },
    Go(u8, bool),
    Narrow { n: u8, from: u8, length: u8 },
}

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let n = 0..9u8;
    let report = (0..3u8, 0..3u8, 0..13u8, 0..20u8);
    let spot = (0..40u8, 0..40u8);
    let act = prop_oneof![
        6 => (n.clone(), spot.clone(), 0..3u8, 0..3u8).prop_map(|(n, spot, gas, pumps)| Act::Job { n, spot, gas, pumps }),
        16 => (n.clone(), 0..3u8, 0..5u8, any::<bool>())
            .prop_map(|(n, technician, at, by_depot)| Act::Settle { n, technician, at, by_depot }),
        1 => (n.clone(), spot.clone()).prop_map(|(n, spot)| Act::Move { n, spot }),
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
        2 => (0..6u8).prop_map(|n| if n == 0 { Act::Recall } else { Act::CancelDelivery(n % 4) }),
        2 => (n.clone(), any::<bool>()).prop_map(|(n, accepts)| Act::Answer(n, accepts)),
        9 => (n.clone(), any::<bool>()).prop_map(|(n, replan)| Act::Unassign(n, replan)),
        1 => (0..3u8, 0..4u8, 0..4u8).prop_map(|(technician, from, to)| Act::Reorder { technician, from, to }),
        4 => (0..3u8, spot.clone()).prop_map(|(technician, spot)| Act::Seek { technician, spot }),
        6 => (0..3u8, 0..4u8).prop_map(|(technician, n)| Act::Go(technician, n > 0)),
        8 => (n.clone(), 0..6u8, 1..6u8).prop_map(|(n, from, length)| Act::Narrow { n, from, length }),
        12 => report.prop_map(|(technician, nth, what, ago)| Act::Report { technician, nth, what, ago }),
        1 => (0..3u8, 0..3u8, 1..13u8).prop_map(|(technician, levels, hours)| Act::Change { technician, levels, hours }),
        1 => (any::<bool>(), -2..4i8).prop_map(|(van, delta)| Act::Stock { van, delta }),
        4 => (0..60u8).prop_map(Act::Wait),
        1 => (150..=255u8).prop_map(Act::Wait),
    ];
    prop::collection::vec(act, 1..120)
}

/// Days of the technician with two shifts alone: long waits, work that overruns, shifts that are changed away.
pub fn overruns() -> impl Strategy<Value = Vec<Act>> {
    let technician = 2;
    let act = prop_oneof![
        12 => (0..9u8, 0..6u8).prop_map(move |(n, at)| Act::Settle { n, technician, at, by_depot: false }),
        16 => (0..4u8, 0..7u8, 0..20u8)
            .prop_map(move |(nth, what, ago)| Act::Report { technician, nth: nth % 3, what, ago }),
        4 => (0..3u8, 7..13u8).prop_map(move |(nth, what)| Act::Report { technician, nth, what, ago: 0 }),
        4 => (0..60u8).prop_map(Act::Wait),
        2 => (150..=255u8).prop_map(Act::Wait),
        1 => (1..13u8).prop_map(move |hours| Act::Change { technician, levels: 1, hours }),
        1 => (0..9u8, any::<bool>()).prop_map(|(n, replan)| Act::Unassign(n, replan)),
    ];
    let spot = || (0..40u8, 0..40u8);
    let jobs = prop::collection::vec(spot(), 9).prop_map(|spots| {
        let each = spots.into_iter().zip(0u8..);
        each.map(|(spot, n)| Act::Job { n, spot, gas: 0, pumps: 0 }).collect::<Vec<Act>>()
    });
    (jobs, prop::collection::vec(act, 1..80)).prop_map(|(jobs, acts)| jobs.into_iter().chain(acts).collect())
}

#[allow(clippy::too_many_lines, reason = "one arm an act")]
pub fn command(board: &Board, act: &Act, now: Time) -> Option<Command> {
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
            let (day, hours) = (&mut changed.shifts[0], i64::from(*hours));
            // a shift that begins at another time is another shift
            match hours {
                10.. => day.window.start = DAY + Span::hours(2 * (hours - 9)),
                _ => day.window.end = DAY + Span::hours(hours),
            }
            let window = day.window;
            day.breaks.retain(|b| window.start <= b.window.start && b.window.end <= window.end);
            Command::ChangeTechnician { technician: changed, revision: None }
        }
        Act::Stock { van, delta } => {
            let location = if *van { Location::Van("t1".into()) } else { Location::Depot("north".into()) };
            let lines = vec![StockLine { location, part: "pump".into(), delta: i32::from(*delta) }];
            Command::AdjustStock { lines, reason: "count".into() }
        }
        Act::Narrow { n, from, length } => {
            let told = board.jobs.values().filter(|j| j.booking.promise.is_some() && j.visit.is_some());
            let told: Vec<&Job> = told.map(AsRef::as_ref).collect();
            let job = *told.get(usize::from(*n) % told.len().max(1))?;
            let visit = job.visit.as_ref()?;
            if visit.actual.departed.is_none() {
                let (technician, report) = (visit.technician.clone(), Report::Departed(job.id.clone()));
                return Some(Command::Report { technician, at: now, report });
            }
            let start =
                job.booking.promise.as_ref()?.window.start + Span::minutes(20 * (i64::from(*from) - 1));
            let window = Window::new(start, start + Span::minutes(20 * i64::from(*length)))?;
            Command::Narrow { job: job.id.clone(), window }
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
        Act::Seek { .. } | Act::Go(..) => elsewhere(board, act)?,
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

/// Waiting elsewhere, asked of anybody.
fn elsewhere(board: &Board, act: &Act) -> Option<Command> {
    let id = |n: u8| TechnicianId::from(format!("t{n}").as_str());
    Some(match act {
        Act::Seek { technician, spot } => {
            let to = place(spot.0.into(), spot.1.into());
            let wish = MoveWish { technician: id(*technician), to, gain: 1_000_000, a_minute: Cost(90_000) };
            Command::SeekMoves(Some(wish))
        }
        Act::Go(technician, accepts) => {
            let technician = id(*technician);
            let number = board.moves.open(&technician).map_or(7, |open| open.number);
            match accepts {
                true => Command::AcceptMove { technician, number },
                false => Command::DeclineMove { technician, number, reason: "no".into() },
            }
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
        6 => Report::Remaining(job, Span::minutes([0, 20, 240][nth])),
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

/// A proposal for the first shift, or the second where `at` is 3 or more, as a careless planner would make it: often
/// wrong, which the board has to see.
pub fn settle(
    board: &Board,
    now: Time,
    id: &JobId,
    technician: &TechnicianId,
    at: usize,
    by_depot: bool,
) -> Option<Command> {
    let job = board.jobs.get(id)?;
    let shifts = &board.technicians[technician].shifts;
    let shift = shifts.get(at / 3).or(shifts.first())?;
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
