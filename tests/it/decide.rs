//! Decisions: nobody better is missed, whatever the board, the order, the model; what is told is true.

use crate::day::*;
use callout::board::catalog::PartCount;
use callout::board::decision::{Decision, Outcome, Remedy, Rule};
use callout::board::event::StockLine;
use callout::board::fleet::{Certification, Depot, Shift, Technician, Traits, Window};
use callout::board::id::{JobId, Location, TechnicianId};
use callout::board::job::{JobKind, JobState, Need, Wishes};
use callout::board::{Board, Command, Event, audit::audit};
use callout::geo::Point;
use callout::plan::{Desk, Position, Reported, Travel};
use callout::units::{Cost, Span, Time};

fn told(decision: &Decision) -> Vec<(TechnicianId, Time, u32, Cost)> {
    let all = decision.chosen.iter().chain(&decision.runners_up);
    all.map(|c| (c.technician.clone(), c.shift, c.position, c.terms.total())).collect()
}

fn nobody_better_is_missed(travel: impl Fn() -> Travel, days: std::ops::Range<u64>) -> [u32; 3] {
    let mut outcomes = [0; 3];
    for seed in days {
        let mut dice = dice(seed);
        let technicians = if dice.one_in(4) { 60 + dice.roll(40) } else { 4 + dice.roll(30) };
        let mut desk = open(travel(), &mut dice, technicians);
        let acts = 10 + dice.roll(3 * technicians);
        let mut now = play(&mut desk, &mut dice, acts, technicians);
        assert!(desk.is_in_step(), "day {seed}: the index has drifted");
        assert_eq!(audit(desk.board(), now), Vec::<String>::new(), "day {seed}");
        for n in 0..6 {
            for t in 0..technicians {
                if dice.one_in(3) {
                    let who = TechnicianId::from(format!("t{t:03}").as_str());
                    let place = dice.place();
                    desk.report(now, &who, Position { place, device_time: now, accuracy_metres: 10 });
                }
            }
            let need = need(&mut dice, now);
            let (quick, slow) = (desk.evaluate(now, &need).unwrap(), desk.evaluate_all(now, &need).unwrap());
            assert_eq!(told(&quick), told(&slow), "day {seed}, need {n} at {now:?}: {need:?}");
            assert_eq!(quick.outcome, slow.outcome);
            assert_eq!(quick.remedies, slow.remedies, "day {seed}, need {n}");
            if quick.outcome == Outcome::NobodyFits {
                assert_eq!(quick.rejections, slow.rejections, "day {seed}, need {n}");
            }
            outcomes[quick.outcome as usize] += 1;
            now = now + Span::minutes(dice.roll(15) as i64);
            while desk.wake(now).is_some() {}
        }
    }
    outcomes
}

#[test]
fn nobody_better_is_missed_on_straight_lines() {
    let outcomes = nobody_better_is_missed(beeline, days(1..30));
    assert!(outcomes[0] > 50 && outcomes[1] > 20, "{outcomes:?}");
}

#[test]
fn nobody_better_is_missed_on_roads_by_the_hour() {
    let outcomes = nobody_better_is_missed(roads, days(100..115));
    assert!(outcomes[0] > 30 && outcomes[1] > 10, "{outcomes:?}");
}

/// A calm board: each technician holds everything, one shift, no breaks, no stock.
fn calm(technicians: u64) -> (Desk, Dice) {
    let mut dice = dice(7);
    let mut desk = Desk::open(Board::new(region()), beeline());
    desk.step(MORNING, &catalog()).unwrap();
    let fleet = (0..technicians).map(|n| able(&mut dice, n)).collect();
    desk.step(MORNING, &Command::AddTechnicians(fleet)).unwrap();
    (desk, dice)
}

fn able(dice: &mut Dice, n: u64) -> Technician {
    let all = KINDS.map(|kind| Certification {
        kind: kind.into(),
        level: 2,
        valid_from: Time::MIN,
        valid_to: Time::MAX,
    });
    let mut able = technician(dice, n);
    able.certifications = all.to_vec();
    able.certifications.sort();
    able.shifts = vec![Shift { window: window(MORNING + Span::hours(1), Span::hours(9)), breaks: vec![] }];
    able.end = able.start;
    able.overtime_allowance = None;
    able.traits = Traits::default();
    able
}

fn plain(dice: &mut Dice) -> Need {
    Need {
        promised: None,
        access: vec![],
        requirements: vec![],
        parts: vec![],
        excluded: vec![],
        warranty: false,
        level: "standard".into(),
        wishes: Wishes::default(),
        ..need(dice, MORNING)
    }
}

fn put(desk: &mut Desk, location: Location, part: &str, delta: i32) {
    let line = StockLine { location, part: part.into(), delta };
    desk.step(MORNING, &Command::AdjustStock { lines: vec![line], reason: "test".into() }).unwrap();
}

#[test]
fn the_last_part_is_promised_once() {
    let (mut desk, mut dice) = calm(5);
    put(&mut desk, Location::Van("t002".into()), "pump", 1);
    let pump = vec![PartCount { part: "pump".into(), count: 1 }];
    for n in 0..3 {
        let need = Need { parts: pump.clone(), ..plain(&mut dice) };
        desk.step(MORNING, &job(n, need)).unwrap();
    }
    let jobs = &desk.board().jobs;
    let planned: Vec<_> =
        jobs.values().filter(|j| j.state == JobState::Planned).map(|j| j.id.as_str()).collect();
    assert_eq!(planned, ["j0"], "one pump, one job");
    let second = &jobs[&JobId::from("j1")].decisions[0];
    assert_eq!(second.outcome, Outcome::NobodyFits);
    assert_eq!((second.rejections[0].rule, second.rejections[0].technicians), (Rule::Parts, 5));
    assert_eq!(audit(desk.board(), MORNING), Vec::<String>::new());
}

#[test]
fn a_depot_on_the_way_is_told_and_priced_and_a_stop_already_there_is_used() {
    let (mut desk, mut dice) = calm(1);
    let depot = Depot {
        id: "north".into(),
        display_name: "North".into(),
        place: dice.place(),
        pickup: Span::minutes(5),
    };
    desk.step(MORNING, &Command::AddDepot(depot)).unwrap();
    put(&mut desk, Location::Depot("north".into()), "pump", 2);
    let need = Need { parts: vec![PartCount { part: "pump".into(), count: 1 }], ..plain(&mut dice) };
    desk.step(MORNING, &job(0, need.clone())).unwrap();
    let first = desk.board().jobs[&JobId::from("j0")].decisions[0].chosen.clone().unwrap();
    assert_eq!(first.depot.as_ref().map(|d| d.as_str()), Some("north"));
    assert!(first.terms.of(callout::board::decision::CostKind::PartsDetour) >= Span::minutes(7).paid());
    assert_eq!(first.terms.total(), first.terms.iter().map(|t| t.1).sum());
    let again = desk.evaluate(MORNING, &need).unwrap().chosen.unwrap();
    assert_eq!(again.depot, None, "the stop is there already");
    assert_eq!(again.sources[0].location, Location::Depot("north".into()));
}

#[test]
fn the_order_in_which_technicians_came_does_not_matter() {
    let mut dice = dice(11);
    let fleet: Vec<Technician> = (0..40).map(|n| technician(&mut dice, n)).collect();
    let needs: Vec<Need> = (0..30).map(|_| need(&mut dice, MORNING)).collect();
    let decide = |fleet: Vec<Technician>| -> Vec<Decision> {
        let mut desk = Desk::open(Board::new(region()), beeline());
        desk.step(MORNING - Span::hours(24), &catalog()).unwrap();
        for technician in fleet {
            desk.step(MORNING - Span::hours(24), &Command::AddTechnicians(vec![technician])).unwrap();
        }
        for (n, need) in needs.iter().take(20).enumerate() {
            desk.step(MORNING, &job(n as u64, need.clone())).unwrap();
        }
        needs[20..].iter().map(|need| desk.evaluate(MORNING, need).unwrap()).collect()
    };
    let backwards = fleet.iter().rev().cloned().collect();
    assert_eq!(decide(fleet), decide(backwards));
}

#[test]
fn one_more_idle_technician_never_costs_more() {
    for seed in 0..20 {
        let mut dice = dice(500 + seed);
        let mut desk = open(beeline(), &mut dice, 12);
        let now = play(&mut desk, &mut dice, 30, 12);
        let needs: Vec<Need> = (0..10).map(|_| need(&mut dice, now)).collect();
        let cost = |desk: &Desk, need: &Need| {
            desk.evaluate(now, need).unwrap().chosen.map_or(Cost::MAX, |c| c.terms.total())
        };
        let before: Vec<Cost> = needs.iter().map(|n| cost(&desk, n)).collect();
        // One who holds no certificates changes nobody's scarcity.
        let mut more = technician(&mut dice, 99);
        more.certifications.clear();
        desk.step(now, &Command::AddTechnicians(vec![more])).unwrap();
        for (need, before) in needs.iter().zip(before) {
            assert!(cost(&desk, need) <= before, "day {seed}");
        }
    }
}

#[test]
fn work_from_afar_takes_no_visit_and_a_place_off_the_roads_says_how_far() {
    let (mut desk, mut dice) = calm(3);
    let remote = Need { kind: JobKind::Remote, ..plain(&mut dice) };
    assert_eq!(desk.evaluate(MORNING, &remote).unwrap().outcome, Outcome::NoVisitNeeded);
    desk.step(MORNING, &job(0, remote)).unwrap();
    assert_eq!(desk.board().jobs[&JobId::from("j0")].state, JobState::Open);

    let mut on_roads = Desk::open(desk.board().clone(), roads());
    let sea = Point::from_degrees(-71.45, -29.95).unwrap();
    let decision = on_roads.evaluate(MORNING, &Need { place: sea, ..plain(&mut dice) }).unwrap();
    assert_eq!((decision.outcome, decision.rejections[0].rule), (Outcome::NobodyFits, Rule::Reach));
    assert!(decision.rejections[0].missed.contains(" m from the nearest road"), "{decision:?}");
    assert!(!on_roads.snap(sea).reachable && on_roads.snap(sea).gap_metres > 2_000);
    let swapped = Point::from_degrees(-29.93, -71.29).unwrap();
    assert!(desk.in_region(swapped).unwrap_err().contains("swapped"));
    let report = Position { place: swapped, device_time: MORNING, accuracy_metres: 5 };
    assert!(matches!(on_roads.report(MORNING, &"t000".into(), report), Reported::Rejected(_)));
}

#[test]
fn the_newest_position_wins_and_an_idle_technician_starts_from_it() {
    let (mut desk, mut dice) = calm(2);
    let now = MORNING + Span::hours(2);
    let place = dice.place();
    let at = |minutes: i64| Position { place, device_time: now - Span::minutes(minutes), accuracy_metres: 5 };
    let who = TechnicianId::from("t000");
    assert_eq!(desk.report(now, &who, at(1)), Reported::Accepted);
    assert_eq!(desk.report(now, &who, at(2)), Reported::Stale);
    assert!(matches!(desk.report(now, &who, at(-6)), Reported::Rejected(_)));
    assert!(matches!(desk.report(now, &"nobody".into(), at(0)), Reported::Rejected(_)));
    desk.step(now, &job(0, Need { place, ..plain(&mut dice) })).unwrap();
    let job = &desk.board().jobs[&JobId::from("j0")];
    let chosen = job.decisions[0].chosen.as_ref().unwrap();
    assert_eq!((&chosen.technician, chosen.position_age), (&who, Some(Span::minutes(1))));
    assert_eq!(chosen.start, now, "the technician is there already");
    let arrival = desk.arrival(now, &job.id, 1).unwrap();
    assert_eq!((arrival.eta.p50, arrival.stops_before, arrival.stale), (now, 0, false));
    assert!(desk.arrival(now, &job.id, 2).is_err());
}

#[test]
fn the_soonest_need_not_be_the_cheapest() {
    let (mut desk, mut dice) = calm(2);
    let place = dice.place();
    let mut late = able(&mut dice, 10);
    (late.start, late.end) = (place, place);
    late.shifts[0].window = window(MORNING + Span::hours(4), Span::hours(6));
    desk.step(MORNING, &Command::AddTechnicians(vec![late])).unwrap();
    let need = Need { place, ..plain(&mut dice) };
    let chosen = desk.evaluate(MORNING, &need).unwrap().chosen.unwrap();
    assert_eq!((chosen.technician.as_str(), chosen.start), ("t010", MORNING + Span::hours(4)));
    let estimate = desk.estimate(MORNING, &need).unwrap();
    assert_eq!(estimate.chosen, Some(chosen.eta));
    assert!(estimate.soonest.unwrap().p50 < MORNING + Span::hours(2), "{estimate:?}");
}

#[test]
fn every_remedy_that_is_told_works_when_it_is_done() {
    let (mut tried, mut several) = (std::collections::BTreeMap::<&str, u32>::new(), 0);
    for seed in 0..200 {
        let mut dice = dice(900 + seed);
        let mut desk = open(beeline(), &mut dice, 6);
        let now = play(&mut desk, &mut dice, 30, 6);
        for _ in 0..10 {
            let need = need(&mut dice, now);
            let decision = desk.evaluate(now, &need).unwrap();
            if decision.outcome == Outcome::NobodyFits {
                assert!(!decision.remedies.is_empty(), "day {seed}: {need:?} {:?}", decision.rejections);
            }
            for remedy in &decision.remedies {
                let (board, need) = done(desk.board(), &need, remedy);
                let after = Desk::open(board, beeline()).evaluate(now, &need).unwrap();
                assert_eq!(after.outcome, Outcome::Assigned, "day {seed}: {}", remedy.description);
                for change in CHANGES.iter().filter(|c| remedy.description.contains(*c)) {
                    *tried.entry(*change).or_default() += 1;
                }
                several += u32::from(changes(remedy).len() > 1);
            }
        }
    }
    assert!(tried.len() >= 9 && several >= 5, "{several} of several changes; {tried:?}");
}

/// What a remedy says of each kind of change.
const CHANGES: [&str; 12] = [
    " spoke ",
    " held ",
    " were valid ",
    " would have ",
    " more were on ",
    " overtime",
    " worked ",
    " worked until ",
    "'s break could end ",
    "access were given ",
    "promised window ended ",
    "met at the nearest road",
];

fn changes(remedy: &Remedy) -> Vec<&'static str> {
    CHANGES.into_iter().filter(|c| *c != " worked until " && remedy.description.contains(c)).collect()
}

/// The board and the need once the remedy is done as it is told; at least as much as was said.
fn done(board: &Board, need: &Need, remedy: &Remedy) -> (Board, Need) {
    let (mut board, mut need) = (board.clone(), need.clone());
    let candidate = &remedy.candidate;
    let id = &candidate.technician;
    let usual = board.region.policy.overtime_allowance;
    let technician = board.technicians.get_mut(id).unwrap();
    for change in changes(remedy) {
        match change {
            " held " | " were valid " => {
                let all = need.requirements.iter().map(|r| Certification {
                    kind: r.kind.clone(),
                    level: r.min_level,
                    valid_from: Time::MIN,
                    valid_to: Time::MAX,
                });
                technician.certifications.extend(all);
                technician.certifications.sort();
            }
            " would have " => need.excluded.clear(),
            " spoke " => technician.traits.languages.extend(need.wishes.language.clone()),
            " more were on " => {
                for p in &need.parts {
                    let (location, delta) = (Location::Van(id.clone()), p.count as i32);
                    board.stock.adjust(&StockLine { location, part: p.part.clone(), delta });
                }
            }
            " overtime" => {
                let long = candidate.start + Span::hours(12) - candidate.shift;
                technician.overtime_allowance =
                    Some(technician.overtime_allowance.unwrap_or(usual).max(long));
            }
            " worked " => work(technician, candidate.shift, candidate.start + Span::hours(12)),
            "'s break could end " => {
                for shift in &mut technician.shifts {
                    shift.breaks.iter_mut().for_each(|b| b.window.end = shift.window.end);
                }
            }
            "access were given " => need.access.last_mut().unwrap().end = candidate.start + Span(1),
            "promised window ended " => need.promised.as_mut().unwrap().end = candidate.start,
            other => panic!("straight lines reach every place: {other}"),
        }
    }
    (board, need)
}

/// A shift from then until `end`, or until the next one begins.
fn work(technician: &mut Technician, start: Time, end: Time) {
    let later = technician.shifts.iter().map(|s| s.window.start).filter(|s| *s > start).min();
    let end = end.min(later.unwrap_or(Time::MAX));
    match technician.shifts.iter_mut().find(|s| s.window.start == start) {
        Some(shift) => shift.window.end = shift.window.end.max(end),
        None => {
            technician.shifts.push(Shift { window: Window { start, end }, breaks: vec![] });
            technician.shifts.sort_by_key(|s| s.window);
        }
    }
}

#[test]
fn any_number_of_threads_decides_alike() {
    let mut dice = dice(4242);
    let mut board = Board::new(region());
    let mut desk = Desk::open(board.clone(), beeline());
    let early = MORNING - Span::hours(24);
    for event in desk.step(early, &catalog()).unwrap() {
        board.apply(&event, early);
    }
    // So many shifts that the flat pass takes several threads.
    for n in 0..6_500 {
        board.apply(&Event::TechnicianSet(technician(&mut dice, n)), early);
    }
    assert!(board.technicians.values().map(|t| t.shifts.len()).sum::<usize>() > 8_500);
    let mut desk = Desk::open(board, beeline());
    for n in 0..30 {
        desk.step(MORNING, &job(n, need(&mut dice, MORNING))).unwrap();
    }
    let now = MORNING + Span::hours(2);
    let needs: Vec<Need> = (0..12).map(|_| Need { parts: vec![], ..need(&mut dice, now) }).collect();
    let decide = |threads: usize| -> Vec<Decision> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| needs.iter().map(|need| desk.evaluate(now, need).unwrap()).collect())
    };
    let alone = decide(1);
    assert!(alone.iter().filter(|d| d.outcome == Outcome::Assigned).count() >= 6);
    assert_eq!(decide(2), alone);
    assert_eq!(decide(4), alone);
}

#[test]
fn an_insertion_costs_no_more_than_the_visit_it_stands_for() {
    for seed in 0..10 {
        let mut dice = dice(700 + seed);
        let mut desk = open(roads(), &mut dice, 20);
        let now = play(&mut desk, &mut dice, 40, 20);
        for _ in 0..10 {
            let need = need(&mut dice, now);
            let ranked = desk.insertions(now, &need).unwrap();
            assert!(ranked.is_sorted_by_key(|i| i.least), "{ranked:?}");
            let decision = desk.evaluate(now, &need).unwrap();
            if let (Some(first), Some(chosen)) = (ranked.first(), &decision.chosen) {
                assert!(first.least <= chosen.terms.total(), "day {seed}: {first:?} {chosen:?}");
            }
        }
    }
}

#[test]
fn a_plan_from_where_an_idle_technician_was_seen_begins_there() {
    let (mut desk, mut dice) = calm(1);
    let (now, who) = (MORNING + Span::hours(2), TechnicianId::from("t000"));
    let (seen, place) = (dice.place(), dice.place());
    desk.report(now, &who, Position { place: seen, device_time: now, accuracy_metres: 5 });
    let later = Some(window(now + Span::hours(3), Span::hours(1)));
    desk.step(now, &job(0, Need { place, promised: later, ..plain(&mut dice) })).unwrap();
    let route = |desk: &Desk| desk.board().routes[&who].values().next().unwrap().clone();
    let planned = route(&desk);
    assert_eq!(planned.from, seen);
    // The position is old by now, and still nobody has heard of another.
    let job = JobId::from("j0");
    let arrival = desk.arrival(now + Span::minutes(30), &job, 1).unwrap();
    assert_eq!(arrival.eta.p50, planned.stops[0].arrive);
    let mut moved = desk.board().technicians[&who].clone();
    moved.overtime_allowance = Some(Span::hours(1));
    desk.step(now + Span::minutes(30), &Command::ChangeTechnician { technician: moved, revision: None })
        .unwrap();
    assert_eq!(route(&desk), planned, "a change of other facts moves nobody");
}

/// More of them where `CALLOUT_DAYS` asks for it.
fn days(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let more = std::env::var("CALLOUT_DAYS").ok().and_then(|n| n.parse().ok());
    usual.start..more.map_or(usual.end, |n: u64| usual.start + n)
}
