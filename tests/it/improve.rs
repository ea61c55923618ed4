//! The plan that keeps improving: what is proposed holds, gains, and touches nothing it may not; what has become
//! stale, dear or impossible is refused.

use crate::day::{MORNING, beeline, dice, open, play, roads};
use callout::board::audit::audit;
use callout::board::command::Adoption;
use callout::board::cost;
use callout::board::decide::{LEAST_GAIN, fixed_stops};
use callout::board::decision::Cause;
use callout::board::fleet::Errand;
use callout::board::id::JobId;
use callout::board::job::{Commitment, JobState};
use callout::board::schedule::{Task, frozen_stops};
use callout::board::{Board, Command, Event, Refusal};
use callout::plan::improve::{Effort, Focus, Proposal};
use callout::plan::{Desk, Travel};
use callout::units::{Cost, Span, Time};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const TECHNICIANS: u64 = 12;

/// A day in the middle: jobs planned one by one, some under way, some of those ahead locked.
fn midday(seed: u64, travel: Travel, acts: u64) -> (Desk, Time) {
    let mut dice = dice(seed);
    let mut desk = open(travel.clone(), &mut dice, TECHNICIANS);
    let now = play(&mut desk, &mut dice, acts, TECHNICIANS);
    let mut board = desk.board().clone();
    for job in board.jobs.values_mut().map(Arc::make_mut) {
        let lock = job.visit.as_mut().filter(|_| dice.one_in(12));
        if let Some(visit) = lock {
            visit.commitment = Commitment::Locked;
            job.state = JobState::of(visit.commitment);
        }
    }
    (Desk::open(board, travel), now)
}

fn adopt(proposal: &Proposal) -> Command {
    Command::Adopt(proposal.adoption.clone())
}

/// What stays: for each route the errands under way and up to the last locked visit.
fn fixed(board: &Board, now: Time) -> BTreeMap<(String, Time), Vec<Errand>> {
    let all =
        board.routes.iter().flat_map(|(t, routes)| routes.iter().map(move |(s, r)| ((t.to_string(), *s), r)));
    let front = all.map(|(key, r)| {
        let stops = r.stops[..fixed_stops(board, r, now)].iter();
        (key, stops.map(|s| s.errand.clone()).collect())
    });
    front.collect()
}

fn late_visits(board: &Board) -> usize {
    let stops = board.routes.values().flat_map(|r| r.values()).flat_map(|r| &r.stops);
    let late = stops.filter(|s| match &s.errand {
        Errand::Visit(id) => {
            let job = &board.jobs[id];
            cost::late(Task { need: &job.need, demand: &job.demand }, s.start) > Span::ZERO
        }
        Errand::Depot(_) | Errand::Break(_) => false,
    });
    late.count()
}

/// Adopts what `seed` finds, checking everything that has to hold; how many visits moved and what was gained.
fn improve_once(desk: &mut Desk, now: Time, seed: u64) -> (u32, Cost) {
    let mut all = (0, Cost::ZERO);
    for proposal in desk.improve(now, seed, 2_000) {
        let before = desk.board().clone();
        let least = Cost(LEAST_GAIN.0 * i64::from(proposal.moved.max(1)));
        assert!(proposal.planned > 0 || proposal.gain() >= least);
        let events = match desk.step(now, &adopt(&proposal)) {
            Ok(events) => events,
            // Two proposals may want the last part of one depot.
            Err(Refusal::InsufficientStock { location, .. }) if location.starts_with("depot") => continue,
            Err(refusal) => panic!("refused: {refusal}"),
        };
        let after = desk.board();
        assert_eq!(audit(after, now), Vec::<String>::new());
        assert!(desk.is_in_step());
        let open = proposal.planned as usize;
        assert!(late_visits(after) <= late_visits(&before) + open, "more visits are late");
        let kept = fixed(&before, now);
        for (key, front) in &fixed(after, now) {
            assert!(kept.get(key).is_none_or(|had| front.starts_with(had)), "{key:?}");
        }
        for (id, had) in &before.jobs {
            let job = &after.jobs[id];
            assert_eq!(job.need, had.need, "a need, and so a promise, is never changed");
            let Some(was) = &had.visit else { continue };
            let is = job.visit.as_ref().expect("nobody loses a visit");
            assert_eq!((is.number, is.commitment), (was.number, was.commitment));
            let moved = is.technician != was.technician;
            assert!(!moved || was.commitment < Commitment::Locked);
            if moved {
                let told = &job.decisions[0];
                assert_eq!(told.cause, Cause::Improved);
                assert_eq!(told.chosen.as_ref().unwrap().technician, is.technician);
                assert_eq!(told.runners_up[0].technician, was.technician);
            }
        }
        assert!(events.iter().all(|e| !matches!(e, Event::VisitWithdrawn { .. })));
        all = (all.0 + proposal.moved, all.1 + proposal.gain());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_days_get_better_and_nothing_breaks(seed in 0u64..1_000_000) {
        let (mut desk, now) = midday(seed, beeline(), 90);
        for n in 0..6 {
            improve_once(&mut desk, now, seed + n);
        }
        let later = now + Span::minutes(25);
        improve_once(&mut desk, later, seed);
    }
}

#[test]
fn days_on_roads_get_better() {
    let (mut moved, mut gained) = (0, Cost::ZERO);
    for day in 0..4 {
        let (mut desk, now) = midday(100 + day, roads(), 90);
        for n in 0..4 {
            let (visits, gain) = improve_once(&mut desk, now, n);
            moved += visits;
            gained += gain;
        }
    }
    assert!(moved > 0 && gained > Cost::ZERO, "{moved} visits moved, {gained:?} gained");
}

/// A day with a proposal that moves a visit.
fn proposed() -> (Desk, Time, Proposal) {
    (0..50)
        .find_map(|seed| {
            let (desk, now) = midday(seed, beeline(), 90);
            let found =
                (0..4).flat_map(|n| desk.improve(now, n, 2_000)).find(|p| p.moved > 0 && p.planned == 0)?;
            Some((desk, now, found))
        })
        .expect("some day can be improved")
}

#[test]
fn what_has_changed_since_is_stale() {
    let (desk, now, proposal) = proposed();
    let stale = |desk: &mut Desk, now| {
        let before = desk.digest();
        let refused = desk.step(now, &adopt(&proposal)).unwrap_err();
        assert!(matches!(refused, Refusal::Stale { .. } | Refusal::NotFound { .. }), "{refused:?}");
        assert_eq!(desk.digest(), before);
    };
    let route = &proposal.adoption.routes[0];
    let job = proposal.adoption.visits[0].job.clone();

    let mut other = desk.clone();
    let cancel = Command::CancelJob { job: job.clone(), reason: "no".into(), revision: None };
    other.step(now, &cancel).unwrap();
    stale(&mut other, now);

    let mut other = desk.clone();
    let technician = other.board().technicians[&route.technician].clone();
    other.step(now, &Command::ChangeTechnician { technician, revision: None }).unwrap();
    stale(&mut other, now);

    // A new visit in one of the routes: by the errands.
    let mut other = desk.clone();
    other.step(now, &adopt(&proposal)).unwrap();
    stale(&mut other, now);

    // Locked meanwhile.
    let mut board = desk.board().clone();
    let moved = proposal.adoption.visits.iter().find(|v| v.decision.is_some()).unwrap();
    board.job_mut(&moved.job).visit.as_mut().unwrap().commitment = Commitment::Locked;
    stale(&mut Desk::open(board, beeline()), now);

    // Departed meanwhile: the visit that was to move is under way.
    let visit = desk.board().jobs[&moved.job].visit.clone().unwrap();
    let stop =
        desk.board().route(&visit.technician, visit.shift).unwrap().stop_of(&moved.job).unwrap().1.clone();
    stale(&mut desk.clone(), stop.depart);
}

#[test]
fn what_breaks_a_rule_or_gains_too_little_is_refused() {
    let (desk, now, proposal) = proposed();
    let refused = |wish: Adoption| desk.clone().step(now, &Command::Adopt(wish)).unwrap_err();
    let moved = proposal.adoption.visits.iter().position(|v| v.decision.is_some()).unwrap();

    let mut wish = proposal.adoption.clone();
    wish.visits[moved].decision = None;
    assert!(refused(wish).to_string().contains("without a reason"));

    let mut wish = proposal.adoption.clone();
    wish.visits.remove(moved);
    assert!(refused(wish).to_string().contains("are told of"));

    let mut wish = proposal.adoption.clone();
    let job = wish.visits[moved].job.clone();
    wish.routes.iter_mut().for_each(|r| r.errands.retain(|e| *e != Errand::Visit(job.clone())));
    assert!(refused(wish).to_string().contains("in no route any more"));

    let mut wish = proposal.adoption.clone();
    let to = wish.routes.iter().position(|r| r.errands.contains(&Errand::Visit(job.clone()))).unwrap();
    wish.routes[to].errands.push(Errand::Visit(job.clone()));
    assert!(matches!(refused(wish), Refusal::Invalid(_) | Refusal::Breaks { .. }));

    // The plan as it is gains nothing.
    let mut wish = proposal.adoption.clone();
    wish.routes.iter_mut().for_each(|r| r.errands.clone_from(&r.had));
    wish.visits = Vec::new();
    for r in &wish.routes {
        let frozen = desk.board().route(&r.technician, r.shift).map_or(0, |r| frozen_stops(r, now));
        for errand in &r.had[frozen..] {
            let Errand::Visit(id) = errand else { continue };
            let read = &desk.board().jobs[id];
            let sources = read.visit.as_ref().unwrap().sources.clone();
            wish.visits.push(callout::board::command::Replan {
                job: id.clone(),
                revision: read.revision,
                sources,
                decision: None,
            });
        }
    }
    assert!(matches!(refused(wish), Refusal::NotWorth { .. }));

    // The customer will not have the technician who would come; somebody who lacks a certificate would.
    let visit = proposal.adoption.visits[moved].clone();
    let to = proposal.adoption.routes[to].technician.clone();
    let mut board = desk.board().clone();
    board.job_mut(&visit.job).need.excluded.push(to.clone());
    let refused = Desk::open(board, beeline()).step(now, &adopt(&proposal)).unwrap_err();
    assert!(refused.to_string().contains("excludes"), "{refused}");
    let mut board = desk.board().clone();
    let wanted = callout::board::catalog::Requirement { kind: "unheard-of".into(), min_level: 1 };
    board.job_mut(&visit.job).demand.requirements.push(wanted);
    let refused = Desk::open(board, beeline()).step(now, &adopt(&proposal)).unwrap_err();
    assert!(refused.to_string().contains("Certification"), "{refused}");
}

#[test]
fn equal_seeds_propose_equally_on_any_number_of_threads() {
    let mut found = 0;
    for seed in 0..12 {
        let (desk, now) = midday(seed, beeline(), 90);
        let again = Desk::open(desk.board().clone(), beeline());
        let Some(focus) = desk.draw(now, seed) else { continue };
        // whose shift is over has nothing to plan
        let Some(patch) = desk.patch(now, &focus) else { continue };
        let search = |threads| patch.search(&Effort { seed, rounds: 2_000, threads });
        let one = search(1);
        assert_eq!((&one, &one), (&search(2), &search(4)));
        assert_eq!(one, again.improve(now, seed, 2_000));
        found += one.len();
    }
    assert!(found > 0, "nothing was compared");
}

#[test]
fn a_plan_improved_to_the_end_is_left_alone() {
    let mut improved = 0;
    for day in 0..6 {
        let (mut desk, now) = midday(day, beeline(), 90);
        let mut runs = 0;
        loop {
            // an open job that gets a visit costs: what counts is whether anything is adopted
            let before = desk.digest();
            improve_once(&mut desk, now, 5);
            if desk.digest() == before {
                break;
            }
            runs += 1;
            assert!(runs < 50, "each run gains a minute at least: there is an end");
        }
        improved += runs;
        let digest = desk.digest();
        assert!(desk.improve(now, 5, 2_000).iter().all(|p| p.planned > 0));
        assert_eq!(desk.digest(), digest);
    }
    assert!(improved > 0, "no day was improved");
}

#[test]
fn a_planned_urgent_visit_goes_to_whoever_is_better_until_departure() {
    // Somebody far off is planned; then somebody near comes on shift.
    let mut dice = dice(3);
    let mut desk = open(beeline(), &mut dice, 2);
    let mut board = desk.board().clone();
    let now = MORNING + Span::hours(4);
    for (n, t) in board.technicians.values_mut().enumerate() {
        t.certifications.clear();
        t.traits = Default::default();
        t.shifts.truncate(1);
        t.shifts[0].breaks.clear();
        t.shifts[0].window = crate::day::window(MORNING, Span::hours(12));
        let home = callout::geo::Point::from_degrees(-71.34 + n as f64 * 0.09, -29.95).unwrap();
        (t.start, t.end) = (home, home);
    }
    let near = board.technicians.pop_last().unwrap().1;
    desk = Desk::open(board, beeline());
    let mut need = crate::day::need(&mut dice, now);
    (need.requirements, need.parts, need.excluded, need.access) = Default::default();
    (need.promised, need.level) = (None, "urgent".into());
    need.wishes = Default::default();
    need.place = near.start;
    let urgent = JobId::from("j1");
    desk.step(now, &crate::day::job(1, need)).unwrap();
    let first = desk.board().jobs[&urgent].visit.clone().unwrap();
    // The far one leaves at once: bound. Seen a moment before, not yet.
    desk.step(now, &Command::AddTechnicians(vec![near.clone()])).unwrap();
    let patch = |desk: &Desk, now| desk.patch(now, &Focus::Job(urgent.clone())).unwrap();
    let effort = Effort { seed: 1, rounds: 500, threads: 1 };
    assert!(patch(&desk, now).search(&effort).is_empty(), "who is under way is not called back");
    let moment = now - Span(1);
    let found = patch(&desk, moment).search(&effort);
    assert_eq!(found.len(), 1);
    desk.step(moment, &adopt(&found[0])).unwrap();
    let visit = desk.board().jobs[&urgent].visit.clone().unwrap();
    assert_eq!((visit.technician, visit.number), (near.id, first.number));
}

#[test]
fn a_server_on_the_wall_clock_improves_and_goes_down() {
    let data = tempfile::tempdir().unwrap();
    let mut config = crate::town::config(data.path());
    (config.clock, config.clock_start) = (callout::serve::clock::Source::Real, None);
    assert!(config.improves());
    config.improver.rounds = 200;
    let running = callout::serve::start(&config).unwrap();
    let clients = crate::town::Clients::to(running.addr);
    crate::town::furnish(&clients);
    for n in 0..6 {
        clients.create(crate::town::create_job(&format!("j{n}"))).unwrap();
    }
    assert_eq!(running.panics(), 0);
    running.shutdown();
    config.improver.share = 0.0;
    let Err(refused) = callout::serve::start(&config) else { panic!("no share is no share") };
    assert!(refused.to_string().contains("improver.share is 0"), "{refused}");
}
