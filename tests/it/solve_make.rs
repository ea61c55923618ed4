//! Seeded problems for the tests of the optimiser, an audited run, and the optimum by brute force.

use callout::solve::{
    Answer, Break, Dense, Depot, Hinge, Job, MUST, Options, Prize, Problem, Stop, Technician, Travel,
    Weights, Window, audit, solve,
};
use std::sync::Arc;

/// A small generator, so that a failing case is its seed.
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, n: i32) -> i32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as i32
    }

    pub fn one_in(&mut self, n: i32) -> bool {
        self.below(n) == 0
    }
}

/// What a problem has beyond windows, loads and own homes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    pub certificates: bool,
    pub parts: bool,
    pub depot: bool,
    pub breaks: bool,
    pub asymmetric: bool,
    pub dayparts: bool,
    pub soft: bool,
    pub working: bool,
    pub prizes: bool,
    pub pins: bool,
    pub promises: bool,
    /// Some technicians have no start or no end place.
    pub open: bool,
}

/// One trait at a time, and then some together.
pub fn kinds() -> Vec<Traits> {
    let none = Traits::default();
    vec![
        none,
        Traits { certificates: true, ..none },
        Traits { parts: true, certificates: true, ..none },
        Traits { parts: true, depot: true, ..none },
        Traits { breaks: true, ..none },
        Traits { asymmetric: true, open: true, ..none },
        Traits { dayparts: true, asymmetric: true, ..none },
        Traits { soft: true, ..none },
        Traits { working: true, ..none },
        Traits { prizes: true, promises: true, ..none },
        Traits { pins: true, certificates: true, ..none },
        Traits { working: true, depot: true, parts: true, certificates: true, ..none },
        Traits {
            certificates: true,
            parts: true,
            breaks: true,
            asymmetric: true,
            soft: true,
            prizes: true,
            ..none
        },
        Traits { breaks: true, pins: true, promises: true, ..none },
    ]
}

fn travel(draw: &mut Draw, size: usize, t: Traits) -> Travel {
    let points: Vec<(i32, i32)> = (0..size).map(|_| (draw.below(60), draw.below(60))).collect();
    let apart =
        |a: &(i32, i32), b: &(i32, i32)| f64::from(a.0 - b.0).hypot(f64::from(a.1 - b.1)).ceil() as i32;
    let mut ticks: Vec<i32> = points.iter().flat_map(|a| points.iter().map(move |b| apart(a, b))).collect();
    if t.asymmetric {
        ticks.iter_mut().filter(|x| **x > 0).for_each(|x| *x += draw.below(15));
    }
    let mut travel = Travel::plain(size, ticks);
    if t.dayparts {
        let slow = travel.time[0].iter().map(|x| x * 3 / 2).collect();
        let free = travel.time[0].clone();
        travel.time = vec![free.clone(), Arc::new(slow), free];
        travel.turns = vec![90, 200];
    }
    travel
}

fn job(draw: &mut Draw, m: usize, t: Traits) -> Job {
    let open = draw.below(200);
    let close = open + 40 + draw.below(150);
    let mut windows = vec![Window { open, close }];
    if t.soft && draw.one_in(3) {
        windows.push(Window { open: close + 20, close: close + 60 });
    }
    let lateness = if t.soft && draw.one_in(2) {
        vec![Hinge { after: open + 20, rate: 1 + i64::from(draw.below(4)) }]
    } else {
        vec![]
    };
    let able = (t.certificates && draw.one_in(2))
        .then(|| (0..m as u32).filter(|v| *v == 0 || draw.one_in(2)).collect());
    Job {
        windows,
        lateness,
        service: vec![5 + draw.below(20)],
        load: vec![1 + draw.below(4)],
        parts: if t.parts { vec![draw.below(2), i32::from(draw.one_in(3))] } else { vec![] },
        tools: u64::from(t.depot && draw.one_in(4)),
        able,
        prize: if t.prizes && draw.one_in(2) {
            Prize::Worth(30 + i64::from(draw.below(60)))
        } else {
            Prize::Must
        },
        promised: (t.promises && draw.one_in(2)).then_some((0, 15)),
    }
}

/// `n` jobs and `m` technicians.
pub fn problem(seed: u64, t: Traits, n: usize, m: usize) -> Problem {
    let mut draw = Draw(seed.wrapping_mul(977) + 13);
    let travel = travel(&mut draw, n + m + 1, t);
    let mut jobs: Vec<Job> = (0..n).map(|_| job(&mut draw, m, t)).collect();
    let breaks = [
        Break { window: Window { open: 90, close: 180 }, length: 20 },
        Break { window: Window { open: 220, close: 320 }, length: 10 },
    ];
    let mut crew: Vec<Technician> = (0..m)
        .map(|v| Technician {
            start: (!t.open || v != 1).then_some((n + v) as u32),
            end: (!t.open || v != 0).then_some((n + v) as u32),
            shift: Window { open: 0, close: 380 + draw.below(60) },
            overtime: if t.soft { 40 } else { 0 },
            overtime_rate: 3,
            breaks: if t.breaks { breaks[..1 + v % 2].to_vec() } else { vec![] },
            limit: (t.working && v == 0).then_some(330),
            most: (t.working && v == 1).then_some(4),
            capacity: vec![9],
            stock: if t.parts { vec![2, 1] } else { vec![] },
            fixed: 5,
            ..Technician::default()
        })
        .collect();
    if t.pins {
        // what is pinned has to be possible
        jobs[n - 1] = Job { service: vec![5], load: vec![1], ..Job::default() };
        crew[m - 1].pinned = vec![(n - 1) as u32];
    }
    let (parts, tools) = (vec![true; if t.parts { 2 } else { 0 }], 1);
    let place = Depot { node: (n + m) as u32, window: Window::ALWAYS, service: 2, parts, tools };
    let depots = if t.depot { vec![place] } else { vec![] };
    let weights = Weights { travel: 1, working: i64::from(t.working), fairness: i64::from(t.soft) };
    Problem { jobs, crew, travel, depots, pair: vec![], weights }
}

/// Solves, and holds the answer against the audit.
pub fn run(p: &Problem, rounds: u64, seed: u64) -> Answer {
    run_with(p, rounds, &Options { seed, ..Options::default() })
}

pub fn run_with(p: &Problem, rounds: u64, options: &Options) -> Answer {
    let dense = Arc::new(Dense::seal(p.clone()).expect("a sound problem"));
    let answer = solve(&dense, options, Stop::Rounds(rounds), &mut |_| {});
    let terms = audit(p, &answer.routes, MUST).unwrap_or_else(|b| panic!("{b:?}\n{:?}", answer.routes));
    assert_eq!(terms.total(), answer.cost, "audit {terms:?} against {:?}", answer.terms(&dense));
    assert_eq!(answer.terms(&dense), terms);
    let mut left: Vec<u32> = answer.reasons.iter().map(|r| r.0).collect();
    let mut out = answer.unassigned.clone();
    left.sort_unstable();
    out.sort_unstable();
    assert_eq!(left, out, "everybody left out is told why");
    for (_, reason) in &answer.reasons {
        assert!(!reason.to_string().to_lowercase().contains("unknown"), "{reason}");
    }
    answer
}

/// Calls `see` with every order of the jobs in `set`.
fn orders(set: &mut Vec<u32>, from: usize, see: &mut dyn FnMut(&[u32])) {
    if from == set.len() {
        return see(set);
    }
    for k in from..set.len() {
        set.swap(from, k);
        orders(set, from + 1, see);
        set.swap(from, k);
    }
}

/// What technician `v` pays at least for exactly the jobs of every subset; `i64::MAX` where it cannot be.
fn day_prices(p: &Problem, v: usize) -> Vec<i64> {
    let n = p.jobs.len();
    let mut alone = p.clone();
    // the others' pins are held in their own prices; nobody pays here for what is left out
    alone.crew.iter_mut().enumerate().filter(|(w, _)| *w != v).for_each(|(_, t)| t.pinned.clear());
    let price =
        |routes: &[Vec<u32>]| audit(&alone, routes, MUST).map_or(i64::MAX, |t| t.total() - t.left_out);
    (0..1usize << n)
        .map(|mask| {
            let mut set: Vec<u32> = (0..n as u32).filter(|j| mask >> j & 1 == 1).collect();
            let mut routes = vec![Vec::new(); p.crew.len()];
            let mut best = i64::MAX;
            orders(&mut set, 0, &mut |order| {
                routes[v] = order.to_vec();
                best = best.min(price(&routes));
                for (depot, at) in p.depots.iter().flat_map(|d| (0..order.len()).map(move |at| (d, at))) {
                    routes[v] = order.to_vec();
                    routes[v].insert(at, depot.node);
                    best = best.min(price(&routes));
                }
            });
            best
        })
        .collect()
}

/// The least cost over every assignment and order, a depot visit anywhere.
pub fn brute(p: &Problem) -> i64 {
    let n = p.jobs.len();
    let all = (1usize << n) - 1;
    let mut best: Vec<i64> = vec![i64::MAX; 1 << n];
    best[0] = 0;
    for v in 0..p.crew.len() {
        let prices = day_prices(p, v);
        let mut next = vec![i64::MAX; 1 << n];
        for served in (0..=all).filter(|s| best[*s] < i64::MAX) {
            let free = all & !served;
            let mut more = free;
            loop {
                if prices[more] < i64::MAX {
                    next[served | more] = next[served | more].min(best[served] + prices[more]);
                }
                if more == 0 {
                    break;
                }
                more = (more - 1) & free;
            }
        }
        best = next;
    }
    let left = |served: usize| -> i64 {
        let out = (0..n).filter(|j| served >> j & 1 == 0);
        out.map(|j| if let Prize::Worth(w) = p.jobs[j].prize { w } else { MUST }).sum()
    };
    (0..=all).filter(|s| best[*s] < i64::MAX).map(|s| best[s] + left(s)).min().unwrap_or(i64::MAX)
}
