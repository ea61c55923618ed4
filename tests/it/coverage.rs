//! Coverage on random days: kept up it is what a fresh measure would be, its price is bounded and never saved, what is
//! learned survives, and what is said of it is so.

use crate::day::*;
use callout::board::calls::{Given, GivenRate, Kind};
use callout::board::catalog::Requirement;
use callout::board::cost::COVERAGE_MOST;
use callout::board::decision::{CostKind, Decision};
use callout::board::{Board, Command};
use callout::coverage::classes::class_of;
use callout::coverage::demand::Origin;
use callout::coverage::odds::{GRADES, Missed, ONE, Odds, SURE, WAIT};
use callout::coverage::{CALL, Cover, Demand, MOST_CLASSES, Slot};
use callout::geo::Cell;
use callout::plan::{Desk, Travel};
use callout::units::{Cost, Span, Time};

fn fresh(desk: &Desk, now: Time) -> Cover {
    Cover::of(desk.board(), desk.travel().atlas(), now)
}

/// Plays days in pieces, asking for coverage at odd moments between; tells how often it stood otherwise than before.
fn kept_up(travel: impl Fn() -> Travel, seeds: std::ops::Range<u64>) -> u32 {
    let mut changes = 0;
    for seed in seeds {
        let mut dice = dice(seed);
        let technicians = 3 * (3 + dice.roll(8));
        let mut desk = open(travel(), &mut dice, technicians);
        let mut now = play(&mut desk, &mut dice, 4 * technicians, technicians);
        let mut last = None;
        for _ in 0..12 {
            let cover = desk.coverage(now);
            assert!(cover.same(&fresh(&desk, now)), "day {seed} at {now:?}");
            assert!(desk.is_in_step());
            changes += u32::from(last != Some(cover.measure().covered()));
            last = Some(cover.measure().covered());
            let who = desk.board().routes.keys().next().cloned();
            if let Some(who) = who.filter(|_| dice.one_in(3)) {
                let at = Command::Report {
                    technician: who.clone(),
                    at: now,
                    report: callout::board::progress::Report::Absent(Some(now + Span::hours(2))),
                };
                drop(desk.step(now, &at));
            }
            now = now + Span(dice.roll(2400) as i64);
            while desk.wake(now).is_some() {}
            drop(desk.step(now, &job(10_000 + now.0 as u64, need(&mut dice, now))));
        }
        // and back: it knows nothing of what it was asked before
        let earlier = now - Span::hours(2);
        assert!(desk.coverage(earlier).same(&fresh(&desk, earlier)), "day {seed}, back");
    }
    changes
}

#[test]
fn kept_up_it_is_what_a_fresh_measure_would_be() {
    assert!(kept_up(beeline, 1..7) > 40);
    assert!(kept_up(roads, 20..23) > 20);
}

fn coverage(decision: &Decision) -> Vec<Cost> {
    let all = decision.chosen.iter().chain(&decision.runners_up);
    all.map(|c| c.terms.of(CostKind::Coverage)).collect()
}

#[test]
fn the_price_is_bounded_told_and_misses_nobody() {
    let (mut priced, mut said, mut flipped) = (0, 0, 0);
    for seed in 1..9 {
        let mut dice = dice(seed);
        let technicians = 3 * (3 + dice.roll(6));
        let mut desk = open(roads(), &mut dice, technicians);
        let now = play(&mut desk, &mut dice, 3 * technicians, technicians);
        for _ in 0..8 {
            let need = need(&mut dice, now);
            let (quick, slow) = (desk.evaluate(now, &need).unwrap(), desk.evaluate_all(now, &need).unwrap());
            let told = |d: &Decision| -> Vec<_> {
                d.chosen
                    .iter()
                    .chain(&d.runners_up)
                    .map(|c| (c.technician.clone(), c.terms.clone()))
                    .collect()
            };
            assert_eq!(told(&quick), told(&slow), "day {seed}");
            for cost in coverage(&quick) {
                assert!((Cost::ZERO..=COVERAGE_MOST).contains(&cost), "{cost:?}");
                priced += u32::from(cost > Cost::ZERO);
            }
            for candidate in quick.chosen.iter().chain(&quick.runners_up) {
                let sum: Cost = candidate.terms.iter().map(|(_, cost)| cost).sum();
                assert_eq!(sum, candidate.terms.total());
            }
            let Some(chosen) = &quick.chosen else { continue };
            let bare =
                |c: &callout::board::decision::Candidate| c.terms.total() - c.terms.of(CostKind::Coverage);
            let beaten = quick.runners_up.iter().any(|c| bare(c) < bare(chosen));
            let words = quick.coverage.clone().unwrap_or_default();
            assert_eq!(beaten, words.starts_with("chose "), "{words:?}");
            assert!(
                words.is_empty() || words.contains("cell") || words.contains("calls an hour"),
                "{words:?}"
            );
            flipped += u32::from(beaten);
            said += u32::from(!words.is_empty());
        }
        // without a say there is no term and no word
        let mut board = desk.board().clone();
        board.region.policy.coverage_permille = 0;
        let silent = Desk::open(board, roads());
        let decision = silent.evaluate(now, &need(&mut dice, now)).unwrap();
        assert!(coverage(&decision).iter().all(|c| *c == Cost::ZERO) && decision.coverage.is_none());
    }
    assert!(priced > 15 && said > 8 && flipped > 0, "{priced} {said} {flipped}");
}

#[test]
fn what_is_learned_survives_and_is_explained() {
    let mut dice = dice(5);
    let mut desk = open(beeline(), &mut dice, 9);
    let mut follower = desk.clone();
    let mut now = MORNING;
    for n in 0..40 {
        now = now + Span::minutes(dice.roll(50) as i64);
        for event in desk.step(now, &job(n, need(&mut dice, now))).unwrap() {
            follower.apply(std::slice::from_ref(&event), now);
        }
    }
    assert!(follower.coverage(now).same(&desk.coverage(now)), "a fold of the same events");
    let text = serde_json::to_string(desk.board()).unwrap();
    let board: Board = serde_json::from_str(&text).unwrap();
    assert_eq!(board.calls, desk.board().calls);
    let again = Desk::open(board, beeline());
    assert!(again.coverage(now).same(&desk.coverage(now)), "as a snapshot has it");

    let demand = desk.coverage(now).demand().clone();
    assert_eq!(demand.origin(), Origin::Learned);
    assert!(demand.classes().len() <= MOST_CLASSES);
    let kinds = desk.board().calls.kinds();
    let counted = kinds.iter().filter(|k| k.level.as_str() == "urgent").count();
    let merged: usize = demand.classes().iter().map(|c| c.kinds.len()).sum();
    assert_eq!(merged, counted, "every kind of a level on demand is in one class, no other is");
    let (mut seen, mut rate, mut by_rates) = (0, 0, 0);
    for slot in Slot::all() {
        let rates = demand.rates(slot);
        for class in 0..demand.classes().len() {
            by_rates += rates.total(class);
            let mut shares = 0;
            for cell in 0..demand.grid().cells().len() as u16 {
                let known = demand.known(class, cell, slot);
                seen += known.seen;
                shares += known.share_ppm;
                rate += known.rate;
                assert_eq!(u64::from(rates.of(class)[usize::from(cell)]), known.rate);
            }
            assert!((950_000..=1_000_000).contains(&shares), "shares of a class make one: {shares}");
        }
    }
    assert_eq!(rate, by_rates);
    let counts: u64 = {
        let urgent = |kind: u32| kinds[kind as usize].level.as_str() == "urgent";
        desk.board().calls.counts().filter(|c| urgent(c.0)).map(|c| u64::from(c.3)).sum()
    };
    assert_eq!(seen, counts, "every call counted is seen in one cell and hour");
    // over a week the rates come to about what was called in, an hour each
    let day = rate as f64 / CALL as f64 / 2.0;
    let hours: u32 = (0..168).map(|h| desk.board().calls.seen(h)).sum();
    let really = counts as f64 / f64::from(hours) * 24.0;
    assert!((day / really - 1.0).abs() < 0.25, "{day} calls a day of {really}");
    assert!(demand.classes()[0].calls >= demand.classes()[1].calls);
}

fn kind(certificates: &[(&str, u8)], kit: &[&str]) -> Kind {
    let requirement =
        |(kind, min_level): &(&str, u8)| Requirement { kind: (*kind).into(), min_level: *min_level };
    let mut requirements: Vec<Requirement> = certificates.iter().map(requirement).collect();
    requirements.sort();
    Kind { level: "urgent".into(), requirements, kit: kit.iter().map(|p| (*p).into()).collect() }
}

#[test]
fn given_rates_are_taken_as_they_are_and_rare_classes_merge_into_harder_ones() {
    let mut dice = dice(3);
    let desk = open(beeline(), &mut dice, 9);
    let mut board = desk.board().clone();
    let cells: Vec<Cell> = (0..4).map(|_| Cell::of(dice.place(), 8)).collect();
    let row = |kind: Kind, cells: Vec<Cell>, milli: u32| GivenRate {
        kind,
        cells,
        milli: [[milli; 24], [milli * 2; 24]],
    };
    let mut rates =
        vec![row(kind(&[("gas", 1)], &[]), cells.clone(), 500), row(kind(&[], &[]), vec![], 3_000)];
    // more kinds of certificates than there are classes: each level of each pair
    for (at, first) in KINDS.iter().enumerate() {
        for second in &KINDS[at + 1..] {
            for level in 1..=3 {
                rates.push(row(kind(&[(first, level), (second, 1)], &[]), vec![], 100 + u32::from(level)));
            }
        }
    }
    rates.push(row(kind(&[("gas", 2)], &[]), vec![], 1));
    board.given = Some(Given { rates });
    let demand = Demand::of(&board, desk.travel().atlas(), MORNING);
    assert_eq!((demand.origin(), demand.classes().len()), (Origin::Given, MOST_CLASSES));
    let weekday = Slot { weekend: false, hour: 10 };
    let of = |class: usize, slot: Slot| demand.rates(slot).total(class) as f64 / CALL as f64;
    let total: f64 = (0..MOST_CLASSES).map(|c| of(c, weekday)).sum();
    let said = 0.5 + 3.0 + 6.0 * (0.101 + 0.102 + 0.103) + 0.001;
    assert!((total - said).abs() < 0.001, "{total} of {said}: merging loses no call");
    assert!((of(0, Slot { weekend: true, hour: 10 }) - 6.0).abs() < 0.001, "as given for weekends");
    let gas = class_of(&board, demand.classes(), &kind(&[("gas", 1)], &[])).unwrap();
    let known = demand.known(gas, demand.grid().number(cells[0]).unwrap(), weekday);
    assert!(known.rate > CALL / 10 && known.seen == 0, "{known:?}");
    // what was rarest went to one that takes at least as much, where there is one
    let into = class_of(&board, demand.classes(), &kind(&[("gas", 2)], &[])).unwrap();
    let merged =
        demand.classes().iter().position(|c| c.merged.contains(&kind(&[("gas", 2)], &[]).requirements));
    assert_eq!(merged, Some(into));
    assert!(demand.classes()[into].requirements.iter().any(|r| r.kind.as_str() == "gas" && r.min_level >= 2));
}

#[test]
fn thin_cells_are_told_in_words_and_are_thin() {
    let mut dice = dice(12);
    let mut desk = open(roads(), &mut dice, 6);
    let now = play(&mut desk, &mut dice, 10, 6);
    let cover = desk.coverage(now);
    let thin = cover.thin(desk.board(), ONE / 2, 20);
    assert!(!thin.is_empty() && thin.len() <= 20, "six technicians cannot be everywhere");
    for t in &thin {
        assert!(t.chance < ONE / 2 && t.rate > 0);
        let cell = cover.grid().number(t.cell).unwrap();
        assert_eq!(cover.measure().chance(t.class, cell), t.chance);
        assert!(t.words.contains(&format!("within 30 min of {}", t.cell)), "{}", t.words);
        assert_eq!(t.words.starts_with("no "), t.chance < ONE / 20, "{}", t.words);
    }
    let missed = |t: &callout::coverage::words::Thin| t.rate * u64::from(ONE - t.chance);
    assert!(thin.is_sorted_by(|a, b| missed(a) >= missed(b)), "the worst come first");
}

#[test]
fn levels_have_targets_of_their_own() {
    let mut dice = dice(4);
    let mut desk = open(beeline(), &mut dice, 9);
    let share = |desk: &Desk| desk.coverage(MORNING + Span::hours(4)).measure().share().unwrap();
    let usual = share(&desk);
    let set = |desk: &mut Desk, minutes: i64| {
        let mut level = desk.board().catalog.levels[&"urgent".into()].clone();
        level.coverage_target = Some(Span::minutes(minutes));
        let entry = callout::board::catalog::Entry::Level("urgent".into(), level);
        desk.step(MORNING, &Command::Import(vec![entry])).unwrap();
        assert!(desk.is_in_step());
    };
    set(&mut desk, 10);
    let short = share(&desk);
    set(&mut desk, 60);
    let long = share(&desk);
    assert!(short < usual && usual < long, "{short} {usual} {long}");
}

#[test]
fn a_call_that_comes_now_finds_nobody_further_on_and_a_clock_is_no_estimate() {
    let (target, inside, missed) = (Span::minutes(30), Span(70), Missed::default());
    let steps = Odds::steps_of(target, inside);
    let soon = Odds::of(target, steps, inside, &missed);
    let now = Odds::at_call(target, steps, inside, &missed);
    for wait in 0..15 {
        let less = now.row(GRADES, wait).iter().zip(soon.row(GRADES, wait)).all(|(now, soon)| now <= soon);
        assert!(less, "{wait}");
    }
    assert_eq!(now.row(GRADES, 0), soon.row(GRADES, 0), "who is free is free");
    // next door: free in 40 min by the clock is too late, by estimate it may not be; in 20 min it is the other way round
    let wait = |minutes: i64| (minutes * 60 / WAIT) as u8;
    let odds = |wait| now.row(GRADES, wait)[0];
    assert!(odds(wait(40) + SURE) == 0 && odds(wait(40)) > 0);
    assert!(odds(wait(20) + SURE) > odds(wait(20)));
}
