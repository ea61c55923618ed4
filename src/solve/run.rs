//! A whole solve: epochs of rounds until told to stop.

use super::anneal::{Anneal, Expected, done};
use super::answer::Answer;
use super::dense::Dense;
use super::random::Random;
use super::reason::reasons;
use super::search::Search;
use super::state::State;
use super::workers::Workers;
use std::sync::Arc;

/// How much of what the caller allows is used up; asked at every epoch's end.
pub trait Budget {
    /// Parts per million of the budget spent; 1,000,000 and more stop the search.
    fn spent(&mut self) -> u64;
}

/// When to stop.
pub enum Stop<'a> {
    /// After this many rounds: the same answer everywhere.
    Rounds(u64),
    /// When the caller says so.
    Spent(&'a mut dyn Budget),
    /// The schedule and number of epochs another solve logged.
    Replay(Expected, u32),
}

/// How to search.
#[derive(Clone, Debug)]
pub struct Options {
    pub seed: u64,
    pub threads: usize,
    /// First and last temperature as shares of the mean cost of a job; by the kind of problem where not given.
    pub heat: Option<(f64, f64)>,
    pub mean: f64,
    pub longest: f64,
    /// A plan to start from: nodes by technician. It is heated little. A route that breaks a rule is begun
    /// anew, and so is a job's second naming: `inherit` widens the rules first where they must be lived with.
    pub start: Option<Vec<Vec<u32>>>,
    /// A plan started from stays as it is unless it gets cheaper by more than this many millionths of its cost
    /// (jobs left out are never weighed against it: serving one more is always taken).
    pub adopt: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options { seed: 1, threads: 1, heat: None, mean: 10.0, longest: 10.0, start: None, adopt: 5_000 }
    }
}

/// Where the search stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub epoch: u32,
    pub cost: i64,
    pub unassigned: usize,
    pub rounds: u64,
}

/// Rounds of each worker between two looks at the budget: one worker, and several, who must be brought together.
const EPOCH: [u32; 2] = [1000, 2000];
/// First and last temperature of a plan to start from at most: it is good already, and what was promised should stay.
const WARM: (f64, f64) = (0.1, 0.02);

/// Most of the search that goes into doing with fewer technicians where that comes first, and the share of the
/// cooling it is done at.
const FEWEST: f64 = 0.4;
const SQUEEZE: f64 = 0.5;

/// Searches until `stop`.
pub fn solve(d: &Arc<Dense>, options: &Options, mut stop: Stop, watch: &mut dyn FnMut(Progress)) -> Answer {
    let (mut workers, anneal, start) = begin(d, options);
    let each = EPOCH[usize::from(workers.count() > 1)];
    let whole = u64::from(each) * workers.count() as u64;
    let mut expected: Expected = vec![(0, u32::MAX)];
    match &stop {
        Stop::Rounds(n) => expected = vec![(0, n.div_ceil(whole) as u32)],
        Stop::Replay(log, _) => expected = log.clone(),
        Stop::Spent(_) => {}
    }
    let mut fewest = start.is_none() && d.fewest_first(workers.travelled);
    if fewest {
        workers.squeeze();
    }
    let mut since = 0.0;
    let mut epoch = 0;
    let mut next_look = 1;
    loop {
        let mut share = done(&expected, epoch);
        if fewest && (share >= FEWEST || !workers.squeezes()) {
            workers.squeezed();
            (fewest, since) = (false, share);
        }
        share = if fewest { SQUEEZE } else { (share - since) / (1.0 - since).max(1e-9) };
        let mean = (workers.travelled as f64 / workers.served.max(1) as f64).max(1.0);
        let rounds = match &stop {
            Stop::Rounds(n) => {
                (n - u64::from(epoch) * whole).min(whole).div_ceil(workers.count() as u64) as u32
            }
            _ => each,
        };
        workers.epoch(options.seed, epoch, rounds, anneal.temperature(share, mean));
        epoch += 1;
        watch(Progress {
            epoch,
            cost: workers.best_cost,
            unassigned: d.n - workers.best.iter().flatten().filter(|x| (**x as usize) < d.n).count(),
            rounds: workers.stats().rounds,
        });
        match &mut stop {
            Stop::Rounds(n) if u64::from(epoch) * whole >= *n => break,
            Stop::Replay(_, epochs) if epoch >= *epochs => break,
            Stop::Spent(budget) => {
                let spent = budget.spent();
                if spent >= 1_000_000 {
                    break;
                }
                if epoch == next_look {
                    let total = (u64::from(epoch) * 1_000_000 / spent.max(1)).max(u64::from(epoch) + 1);
                    if epoch == 1 {
                        expected.clear();
                        expected.push((0, total as u32));
                    } else {
                        expected.push((epoch, total as u32));
                    }
                    next_look = epoch + (epoch / 4).max(1);
                }
            }
            _ => {}
        }
    }
    if let Some(start) = start.filter(|s| !worth(d, s, &workers, options.adopt)) {
        (workers.best, workers.best_cost) = (start.plan, start.cost);
    }
    finish(d, workers, epoch, expected)
}

/// Whether the best plan is to be taken over the one in force.
fn worth(d: &Dense, start: &Start, workers: &Workers, adopt: u32) -> bool {
    let mut served = vec![false; d.n];
    workers.best.iter().flatten().filter(|x| (**x as usize) < d.n).for_each(|j| served[*j as usize] = true);
    let left: i64 = (0..d.n).filter(|j| !served[*j]).map(|j| d.prize[j]).sum();
    let gain = (start.cost - start.left) - (workers.best_cost - left);
    let needed = i128::from(start.cost - start.left) * i128::from(adopt) / 1_000_000;
    left < start.left || i128::from(gain) > needed
}

/// A plan to start from that holds.
struct Start {
    plan: Vec<Vec<u32>>,
    cost: i64,
    left: i64,
}

/// The first plan, the workers who go on from it, and how they cool.
fn begin(d: &Arc<Dense>, options: &Options) -> (Workers, Anneal, Option<Start>) {
    let mut state = State::new(d.clone());
    let own = |start: &Vec<Vec<u32>>| -> Vec<Vec<u32>> {
        start.iter().map(|r| r.iter().map(|x| d.order.own(*x)).collect()).collect()
    };
    let held = options.start.as_ref().is_some_and(|start| state.load(&own(start)));
    let start = held.then(|| Start { plan: state.plan(), cost: state.cost(), left: state.left });
    let mut search = Search::new(state);
    search.shape.mean = options.mean;
    search.shape.longest = options.longest;
    search.construct(&mut Random::new(options.seed, 0, u64::MAX), 100);
    let routes = search.state.used;
    let length = search.state.served as f64 / routes.max(1) as f64;
    let (hot, cold) = options.heat.unwrap_or_else(|| match (d.heat(length), &options.start) {
        ((hot, cold), Some(_)) => (hot.min(WARM.0), cold.min(WARM.1)),
        (heat, None) => heat,
    });
    if options.start.is_none() && d.wide_open() {
        search.open_up(&mut Random::new(options.seed, 1, u64::MAX));
    }
    (Workers::new(search, routes, options.threads), Anneal { hot, cold }, start)
}

/// Loads the best plan once more: what is left out gets its reason.
fn finish(d: &Arc<Dense>, workers: Workers, epochs: u32, expected: Expected) -> Answer {
    let mut state = State::new(d.clone());
    // pins that break a rule of time by themselves do not load: they stay as they are, at the price of what is left out
    let _ = state.load(&workers.best);
    debug_assert_eq!(state.cost(), workers.best_cost, "the best plan costs what it was said to");
    let given = |x: &u32| d.order.given(*x);
    let mut reasons: Vec<_> = reasons(&state).iter().map(|(j, why)| (given(j), *why)).collect();
    reasons.sort_unstable_by_key(|r| r.0);
    Answer {
        cost: state.cost(),
        left: state.left,
        unassigned: reasons.iter().map(|r| r.0).collect(),
        reasons,
        stats: workers.stats(),
        routes: workers.best.iter().map(|r| r.iter().map(given).collect()).collect(),
        epochs,
        expected,
    }
}
