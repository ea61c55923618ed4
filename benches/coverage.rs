//! What coverage costs to keep: `cargo bench --bench coverage`.
//!
//! Cells of 0.74 km2 in a square, driven at 30 km/h with a detour of 1.3; units stand anywhere, do a third of the
//! classes each, and change place, wait and grades at once. Told: a change (taking away and adding), what a unit
//! is worth, a rebuild from nothing, and the best move of anybody where all are free, as cells, units and classes grow.

#![allow(clippy::disallowed_methods)]

use callout::coverage::measure::{Ground, MOST_CLASSES, Measure, Rates, Standing};
use callout::coverage::moves::{Free, Terms, best};
use callout::coverage::odds::{Missed, Odds, WAITS};
use callout::coverage::reach::Reach;
use callout::units::Span;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Metres between the middles of neighbouring cells.
const PITCH: f64 = 860.0;
const CHANGES: usize = 20_000;
const LOOKS: u32 = 5;

struct Draw(u64);

impl Draw {
    fn upto(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn standing(&mut self, cells: usize, classes: usize) -> Option<Standing> {
        let mut grade = [0; MOST_CLASSES];
        for grade in grade.iter_mut().take(classes) {
            *grade = if self.upto(3) == 0 { 1 + self.upto(8) as u8 } else { 0 };
        }
        Some(Standing { cell: self.upto(cells) as u16, wait: self.upto(WAITS) as u8, grade })
    }
}

fn reach(cells: usize, steps: usize) -> Reach {
    let side = (cells as f64).sqrt() as usize;
    let at = |cell: usize| ((cell % side) as f64 * PITCH, (cell / side) as f64 * PITCH);
    Reach::of(cells, steps, Span(90), |from, row| {
        let (x, y) = at(from);
        let seconds = |to| {
            let (u, v) = at(to);
            (((x - u).powi(2) + (y - v).powi(2)).sqrt() * 1.3 * 3.6 / 30.0) as u32
        };
        row.clear();
        row.extend((0..cells).map(seconds));
    })
}

/// How long it takes to find the best move where all are free.
fn look(measure: &Measure, units: usize, classes: usize) -> Duration {
    let free: Vec<Free> = (0..units).map(|unit| Free { unit, left: Span::hours(4) }).collect();
    let lateness = [4000; MOST_CLASSES];
    let terms = Terms {
        lateness_permille: &lateness[..classes],
        drive: Span::minutes(18),
        travel_permille: 1000,
        stay: Span::hours(1),
        least_stay: Span::minutes(30),
    };
    let began = Instant::now();
    for _ in 0..LOOKS {
        black_box(best(measure, &free, &terms));
    }
    began.elapsed() / LOOKS
}

fn main() {
    println!("cells   units  classes  in reach   change us   worth us   rebuild ms   best move ms");
    let missed = Arc::new(Missed::default());
    let (target, inside) = (Span::minutes(30), Span(70));
    let steps = Odds::steps_of(target, inside);
    let odds = Arc::new(Odds::of(target, steps, inside, &missed));
    for cells in [400, 2_500, 10_000] {
        let reach = Arc::new(reach(cells, steps));
        for (units, classes) in [(100, 16), (1_000, 4), (1_000, 8), (1_000, 16), (2_000, 16)] {
            let mut draw = Draw(1);
            let each = (0..cells * classes).map(|_| draw.upto(1_000_000) as u32).collect();
            let rates = Arc::new(Rates::new(cells, each));
            let ground =
                Ground { reach: reach.clone(), odds: vec![odds.clone(); classes], missed: missed.clone() };
            let standing: Vec<_> = (0..units).map(|_| draw.standing(cells, classes)).collect();
            let began = Instant::now();
            let mut measure = Measure::of(ground.clone(), rates.clone(), &standing);
            let rebuild = began.elapsed();
            let changes: Vec<_> = (0..CHANGES).map(|_| draw.standing(cells, classes)).collect();
            let began = Instant::now();
            for (n, standing) in changes.iter().enumerate() {
                measure.set(n % units, *standing);
            }
            let change = began.elapsed() / CHANGES as u32;
            assert!(
                measure.same(&Measure::of(ground, rates, measure.units())),
                "increments end at a rebuild"
            );
            let began = Instant::now();
            for unit in 0..units {
                black_box(measure.loss(unit));
            }
            let worth = began.elapsed() / units as u32;
            let look = look(&measure, units, classes);
            let near = (0..cells as u16).map(|cell| reach.from(cell).len()).sum::<usize>() / cells;
            println!(
                "{cells:6}  {units:5}  {classes:7}  {near:8}   {:9.1}   {:8.1}   {:10.2}   {:12.2}",
                change.as_secs_f64() * 1e6,
                worth.as_secs_f64() * 1e6,
                rebuild.as_secs_f64() * 1e3,
                look.as_secs_f64() * 1e3,
            );
        }
    }
}
