//! The optimiser's schedule, pins and scales, on larger problems; every answer audited.

use crate::solve_make::{Traits, brute, kinds, problem, run, run_with};
use callout::solve::{
    Answer, Budget, Dense, Job, MUST, Options, Prize, Problem, Stop, Technician, Window, solve,
};
use std::sync::Arc;

#[test]
fn every_answer_passes_the_audit() {
    for (k, t) in kinds().into_iter().enumerate() {
        run(&problem(10 + k as u64, t, 40, 6), 2000, k as u64);
    }
}

/// A budget that is spent unevenly.
struct Epochs(u64);

impl Budget for Epochs {
    fn spent(&mut self) -> u64 {
        self.0 += 1;
        self.0 * 90_000 + self.0 % 3 * 20_000
    }
}

#[test]
fn a_replayed_schedule_gives_the_same_plan() {
    for t in [
        Traits { working: true, ..Traits::default() },
        Traits { certificates: true, parts: true, ..Traits::default() },
    ] {
        let dense = Arc::new(Dense::seal(problem(5, t, 30, 5)).expect("sound"));
        let options = Options::default();
        let first = solve(&dense, &options, Stop::Spent(&mut Epochs(0)), &mut |_| {});
        let again = solve(&dense, &options, Stop::Replay(first.expected.clone(), first.epochs), &mut |_| {});
        assert_eq!(first.routes, again.routes);
    }
}

#[test]
fn pinned_jobs_stay_first_and_in_order() {
    let mut p = problem(2, Traits::default(), 12, 3);
    for j in [4usize, 7] {
        p.jobs[j] = Job { service: vec![5], load: vec![1], ..Job::default() };
    }
    p.crew[1].pinned = vec![7, 4];
    let answer = run(&p, 3000, 1);
    assert!(answer.routes[1].starts_with(&[7, 4]), "{:?}", answer.routes);
}

#[test]
fn doubling_the_map_doubles_the_cost() {
    let p = problem(8, Traits { prizes: true, promises: true, ..Traits::default() }, 8, 2);
    let mut twice = p.clone();
    let double = |w: &mut Window| (w.open, w.close) = (w.open * 2, w.close * 2);
    twice.travel.time = vec![Arc::new(p.travel.time[0].iter().map(|t| t * 2).collect())];
    for j in &mut twice.jobs {
        j.windows.iter_mut().for_each(double);
        j.service.iter_mut().for_each(|s| *s *= 2);
        j.promised = j.promised.map(|(v, c)| (v, c * 2));
        if let Prize::Worth(w) = &mut j.prize {
            *w *= 2;
        }
    }
    for t in &mut twice.crew {
        double(&mut t.shift);
        t.fixed *= 2;
    }
    let (one, two) = (run(&p, 5000, 1), run(&twice, 5000, 1));
    let left = |a: &Answer, p: &Problem| {
        a.unassigned.iter().filter(|j| p.jobs[**j as usize].prize == Prize::Must).count() as i64
    };
    assert_eq!(left(&one, &p), left(&two, &twice));
    assert_eq!((one.cost - left(&one, &p) * MUST) * 2, two.cost - left(&two, &twice) * MUST);
}

/// A problem of technicians as good as each other, each of whom costs more than all travel.
fn costly(seed: u64, jobs: usize, crew: usize) -> Problem {
    let mut p = problem(seed, Traits::default(), jobs, crew);
    let one = Technician { fixed: 1 << 33, ..p.crew[0].clone() };
    p.crew = vec![one; crew];
    p
}

#[test]
fn where_one_technician_less_outweighs_all_travel_the_fewest_go_out() {
    for seed in 700..703 {
        let p = costly(seed, 7, 4);
        assert_eq!(run(&p, 8000, 1).cost, brute(&p), "seed {seed}");
    }
}

#[test]
fn workers_who_open_no_route_give_the_same_plan_on_any_number_of_threads() {
    let p = costly(704, 900, 330);
    let plan = |threads| run_with(&p, 8000, &Options { threads, ..Options::default() });
    let one = plan(1);
    assert!(one.unassigned.is_empty(), "{:?}", one.unassigned);
    assert_eq!(one.epochs, 2, "two workers of 2,000 rounds each an epoch");
    assert_eq!(one.routes, plan(2).routes);
}
