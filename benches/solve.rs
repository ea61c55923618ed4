//! How fast the optimiser searches: `cargo bench --bench solve`. One thread, through `solve` alone.
//!
//! Three families of seeded problems at 100, 1,000 and 10,000 jobs, as dense on the map at every size: alike
//! vehicles with windows and capacity; technicians with homes, certificates and shifts; the same with parts,
//! a break, soft lateness and paid hours, where every candidate takes an exact pass over its route. The cost
//! of a round depends on the jobs removed (10 on average), the routes of their neighbours and the length of
//! those routes, not on the number of jobs; what grows with size is what no longer fits the caches.
//!
//! "insertion" is the greedy construction: every job into its cheapest place, once. Single moves cannot be
//! told apart from outside. The machine is shared, so each figure is the best of a few runs.

#![allow(clippy::disallowed_methods)]

use callout::solve::{
    Break, Dense, Hinge, Job, Options, Problem, Stop, Technician, Travel, Weights, Window, solve,
};
use std::sync::Arc;
use std::time::Instant;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: i32) -> i32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % below as u64) as i32
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Family {
    Vehicles,
    Technicians,
    Rich,
}

/// Seconds at 30 km/h on a map that grows with the number of jobs: about four a square kilometre.
fn travel(dice: &mut Dice, size: usize, jobs: usize) -> Travel {
    let side = (500.0 * (jobs as f64).sqrt()) as i32;
    let points: Vec<(i32, i32)> = (0..size).map(|_| (dice.roll(side), dice.roll(side))).collect();
    let mut ticks = Vec::with_capacity(size * size);
    for a in &points {
        ticks
            .extend(points.iter().map(|b| (f64::from(a.0 - b.0).hypot(f64::from(a.1 - b.1)) * 0.156) as i32));
    }
    Travel::plain(size, ticks)
}

fn problem(family: Family, jobs: usize) -> Problem {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    // crews are just about large enough
    let crew = match family {
        Family::Vehicles => jobs / 8 + 2,
        Family::Technicians | Family::Rich => jobs / 7 + 2,
    };
    let rich = family == Family::Rich;
    let certified = family != Family::Vehicles;
    let travel = travel(&mut dice, jobs + crew, jobs);
    let skills: Vec<[i32; 4]> = (0..crew).map(|_| [0; 4].map(|_| dice.roll(12))).collect();
    let one = |dice: &mut Dice| {
        let open = dice.roll(7) * 3600;
        let skill = dice.roll(12);
        let able = (0..crew as u32).filter(|v| skills[*v as usize].contains(&skill)).collect();
        Job {
            windows: vec![Window { open, close: open + 7200 }],
            lateness: if rich { vec![Hinge { after: open + 3600, rate: 1 }] } else { vec![] },
            service: vec![900 + dice.roll(5) * 600],
            load: if certified { vec![] } else { vec![1 + dice.roll(20)] },
            parts: if rich { vec![i32::from(dice.roll(4) == 0)] } else { vec![] },
            able: certified.then_some(able),
            ..Job::default()
        }
    };
    let jobs: Vec<Job> = (0..jobs).map(|_| one(&mut dice)).collect();
    let n = jobs.len();
    let crew = (0..crew)
        .map(|v| {
            let home = if certified { n + v } else { n } as u32;
            let noon = Break { window: Window { open: 4 * 3600, close: 6 * 3600 }, length: 1800 };
            Technician {
                start: Some(home),
                end: Some(home),
                shift: Window { open: 0, close: 9 * 3600 },
                breaks: if rich { vec![noon] } else { vec![] },
                capacity: if certified { vec![] } else { vec![120] },
                stock: if rich { vec![2] } else { vec![] },
                ..Technician::default()
            }
        })
        .collect();
    let weights = Weights { travel: 1, working: i64::from(rich), fairness: 0 };
    Problem { jobs, crew, travel, weights, ..Problem::default() }
}

fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}

fn main() {
    println!(
        "{:<12} {:>6} {:>6} {:>9} {:>14} {:>12} {:>9} {:>9} {:>7}",
        "family", "jobs", "crew", "seal ms", "insertion us", "rounds/s", "accepted", "improved", "left"
    );
    for family in [Family::Vehicles, Family::Technicians, Family::Rich] {
        for jobs in [100, 1_000, 10_000] {
            let problem = problem(family, jobs);
            let crew = problem.crew.len();
            let (seal, dense) = seconds(|| Arc::new(Dense::seal(problem).expect("a sound problem")));
            let run = |rounds| {
                let options = Options::default();
                seconds(|| solve(&dense, &options, Stop::Rounds(rounds), &mut |_| {}))
            };
            let least = |rounds: u64| {
                let runs = (0..3).map(|_| run(rounds));
                runs.min_by(|a, b| a.0.total_cmp(&b.0)).expect("three runs")
            };
            let rounds = if family == Family::Rich { 5_000 } else { 20_000 };
            let (built, _) = least(0);
            let (searched, answer) = least(rounds);
            let share = |n: u64| format!("{:.1} %", 100.0 * n as f64 / answer.stats.rounds as f64);
            println!(
                "{:<12} {jobs:>6} {crew:>6} {:>9.1} {:>14.1} {:>12.0} {:>9} {:>9} {:>7}",
                format!("{family:?}").to_lowercase(),
                seal * 1e3,
                built / jobs as f64 * 1e6,
                rounds as f64 / (searched - built).max(1e-9),
                share(answer.stats.accepted),
                share(answer.stats.improved),
                answer.unassigned.len(),
            );
        }
    }
}
