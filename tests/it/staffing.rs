//! Staffing: what is found lies between the bound and what brute force finds, worths are measured differences.

use callout::coverage::measure::{Ground as Whole, MOST_CLASSES, Measure, Rates, Standing};
use callout::coverage::odds::{GRADES, Missed, Odds};
use callout::coverage::reach::Reach;
use callout::coverage::staffing::menu::Pick;
use callout::coverage::staffing::search::Heads;
use callout::coverage::staffing::{
    Depot as Shelf, Field, Ground, Menu, Pattern, Profile, Unit, Want, bound, search,
};
use callout::units::Span;
use std::sync::Arc;

struct Draw(u64);

impl Draw {
    fn upto(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A street of cells some minutes apart, hours and classes with random demand.
struct Street {
    reach: Arc<Reach>,
    odds: Vec<Arc<Odds>>,
    missed: Arc<Missed>,
    rates: Vec<Rates>,
}

impl Street {
    fn new(draw: &mut Draw, (cells, classes, hours): (usize, usize, usize)) -> Street {
        let missed = Arc::new(Missed::default());
        let (target, inside) = (Span::minutes(30), Span(70));
        let steps = Odds::steps_of(target, inside);
        let apart = 240 + draw.upto(600) as u32;
        let reach = Arc::new(Reach::of(cells, steps, Span(90), |from, row| {
            row.clear();
            row.extend((0..cells).map(|to| from.abs_diff(to) as u32 * apart));
        }));
        let odds = Arc::new(Odds::of(target, steps, inside, &missed));
        let rates = (0..hours)
            .map(|_| Rates::new(cells, (0..cells * classes).map(|_| draw.upto(1 << 20) as u32).collect()))
            .collect();
        Street { reach, odds: vec![odds; classes], missed, rates }
    }

    fn ground(&self, busy: u32) -> Arc<Ground> {
        let hours: Vec<u8> = (8..8 + self.rates.len() as u8).collect();
        let layers =
            self.rates.iter().flat_map(|r| Ground::layers_of(&self.reach, &self.odds, r, busy, &self.missed));
        Arc::new(Ground::new(self.reach.cells(), hours, layers.collect(), self.missed.clone()))
    }
}

fn unit(draw: &mut Draw, cells: usize, classes: usize) -> Unit {
    let mut unit =
        Unit { hours: 1 << 8 | 1 << (8 + draw.upto(3)), ..Unit::whole(draw.upto(cells as u64) as u16) };
    for class in 0..MOST_CLASSES {
        let held = class < classes && draw.upto(3) > 0;
        unit.grade[class] = if held { draw.upto(u64::from(GRADES) + 1) as u8 } else { 0 };
        unit.lacks[class] = if held { GRADES - unit.grade[class] } else { 0 };
    }
    unit
}

#[test]
fn idle_people_with_all_kits_are_measured_as_the_live_measure_does() {
    let mut draw = Draw(5);
    let (cells, classes) = (30, 3);
    let street = Street::new(&mut draw, (cells, classes, 1));
    let mut field = Field::new(street.ground(0), Vec::new());
    let whole =
        Whole { reach: street.reach.clone(), odds: street.odds.clone(), missed: street.missed.clone() };
    let mut live = Measure::new(whole, Arc::new(street.rates[0].clone()));
    for n in 0..12 {
        let cell = draw.upto(cells as u64) as u16;
        field.add(&Unit::whole(cell));
        live.set(n, Some(Standing { cell, wait: 0, grade: [GRADES; MOST_CLASSES] }));
        assert_eq!(field.covered(), live.covered().iter().sum::<u64>());
        assert_eq!(field.share(), live.share());
    }
}

#[test]
fn a_worth_is_the_measured_difference() {
    let mut draw = Draw(9);
    let (cells, classes) = (24, 4);
    let street = Street::new(&mut draw, (cells, classes, 3));
    let ground = street.ground(600);
    let depot = |draw: &mut Draw| {
        let holds = std::array::from_fn(|_| draw.upto(u64::from(GRADES) + 1) as u8);
        Shelf { cell: draw.upto(cells as u64) as u16, holds, steps: 15 }
    };
    let depots = vec![depot(&mut draw), depot(&mut draw)];
    let units: Vec<Unit> = (0..9).map(|_| unit(&mut draw, cells, classes)).collect();
    let field = Field::of(ground.clone(), depots.clone(), &units);
    let mut fetched = 0;
    for _ in 0..40 {
        let more = unit(&mut draw, cells, classes);
        let (mut with, gain) = (field.clone(), field.gain(&more));
        with.add(&more);
        assert_eq!(with.covered() - field.covered(), gain, "a technician");
        with.remove(&more);
        assert_eq!(with.covered(), field.covered(), "and away again");

        let at = draw.upto(units.len() as u64) as usize;
        let mut better = units.clone();
        let class = draw.upto(classes as u64) as usize;
        (better[at].grade[class], better[at].lacks[class]) = (GRADES, 0);
        let after = Field::of(ground.clone(), depots.clone(), &better);
        assert_eq!(after.covered() - field.covered(), field.gain_of_change(&units[at], &better[at]), "a kit");

        let third = Shelf { holds: [GRADES; MOST_CLASSES], ..depot(&mut draw) };
        let all: Vec<Shelf> = depots.iter().copied().chain([third]).collect();
        let after = Field::of(ground.clone(), all, &units);
        let gain = field.gain_of_depot(&units, &third);
        assert_eq!(after.covered() - field.covered(), gain, "a depot");
        fetched += u32::from(gain > 0);
    }
    assert!(fetched > 5, "depots matter: {fetched}");
}

/// The fewest and the cheapest that reach the target, by trying all.
fn brute(base: &Field, menu: &Menu, want: &Want, most: usize) -> Option<(usize, u64)> {
    let mut picks = Vec::new();
    for place in 0..menu.places.len() {
        for pattern in 0..menu.patterns.len() {
            picks.extend((0..menu.profiles.len()).map(|profile| Pick { place, pattern, profile }));
        }
    }
    let goal = (u128::from(base.ground().all()) * u128::from(want.share_ppm)).div_ceil(1_000_000) as u64;
    let mut best: Option<(usize, u64)> = None;
    let mut open = vec![(base.clone(), 0usize, 0usize, 0u64)];
    while let Some((field, from, n, cost)) = open.pop() {
        if field.covered() >= goal {
            let had = best.unwrap_or((usize::MAX, u64::MAX));
            best = Some((had.0.min(n), had.1.min(cost)));
            continue;
        }
        if n == most {
            continue;
        }
        for (at, pick) in picks.iter().enumerate().skip(from) {
            let mut next = field.clone();
            next.add(&menu.unit(*pick));
            open.push((next, at, n + 1, cost + menu.cost(*pick)));
        }
    }
    best
}

#[test]
fn what_is_found_lies_between_the_bound_and_brute_force() {
    let (mut tight, mut solved) = (0, 0);
    for seed in 1..=14 {
        let mut draw = Draw(seed * 77);
        let street = Street::new(&mut draw, (9, 2, 3));
        let ground = street.ground(300 + draw.upto(300) as u32);
        let there: Vec<Unit> = (0..draw.upto(2)).map(|_| unit(&mut draw, 9, 2)).collect();
        let base = Field::of(ground, Vec::new(), &there);
        let shift = |from: u16, hours: u32| Pattern { start: from * 60, minutes: 120, hours };
        let menu = Menu {
            places: vec![1, 4, 7],
            patterns: vec![shift(8, 0b11 << 8), shift(9, 0b11 << 9)],
            profiles: vec![Profile { classes: 0b01, cost: 1000 }, Profile { classes: 0b11, cost: 1400 }],
        };
        let share_ppm = 550_000 + draw.upto(120_000) as u32;
        let heads = Arc::new(Heads::none(3));
        let want = Want { share_ppm, heads, most: 30, beyond: 0 };
        let found = search(&base, &menu, &want, &|_| true);
        let Some((fewest, cheapest)) = brute(&base, &menu, &want, 5) else { continue };
        solved += 1;
        assert!(found.reached && found.share_ppm >= share_ppm, "seed {seed}");
        let mut again = base.clone();
        found.posts.iter().for_each(|post| again.add(&menu.unit(*post)));
        assert_eq!(again.share(), Some(found.share_ppm), "seed {seed}: what it says of itself");
        assert!(found.posts.len() >= fewest && found.cost >= cheapest, "seed {seed}: better than all");
        for steps in [1, 10, 60] {
            let bound = bound(&base, &menu, &want, &found.posts, steps, &|_| true);
            assert!(bound.technicians <= fewest as u64, "seed {seed}: {bound:?} {fewest}");
            assert!(bound.cost <= cheapest, "seed {seed}: {bound:?} {cheapest}");
            if steps == 60 {
                assert!(bound.cost > 0);
                tight += u32::from(bound.technicians + 1 >= fewest as u64);
            }
        }
    }
    assert!(solved >= 8, "only {solved} could be tried out");
    assert!(tight >= solved / 2, "{tight} of {solved} bounds within one technician of the least");
}

#[test]
fn work_asks_for_people_too() {
    let mut draw = Draw(3);
    let street = Street::new(&mut draw, (9, 2, 3));
    let base = Field::new(street.ground(500), Vec::new());
    let shift = |from: u16, hours: u32| Pattern { start: from * 60, minutes: 120, hours };
    let menu = Menu {
        places: vec![4],
        patterns: vec![shift(8, 0b11 << 8), shift(9, 0b11 << 9)],
        profiles: vec![Profile { classes: 0b01, cost: 1000 }, Profile { classes: 0b11, cost: 1400 }],
    };
    // three at eight, seven at nine, three at ten; at ten two of them do the second class
    let mut heads = Heads::none(3);
    for (at, n) in [3, 7, 3].into_iter().enumerate() {
        heads.0[at][MOST_CLASSES] = n;
    }
    heads.0[2][1] = 2;
    let want = Want { share_ppm: 10_000, heads: Arc::new(heads), most: 30, beyond: 0 };
    let found = search(&base, &menu, &want, &|_| true);
    assert_eq!(
        (found.posts.len(), found.cost, found.reached),
        (7, 5 * 1000 + 2 * 1400, true),
        "{:?}",
        found.posts
    );
    let least = bound(&base, &menu, &want, &found.posts, 5, &|_| true);
    assert_eq!(
        (least.technicians, least.cost),
        (7, 7000),
        "people by the busiest hour; cost by the cheapest of them"
    );
    assert!(!search(&base, &menu, &Want { most: 4, ..want }, &|_| true).reached);
}
