//! A whole solve: epochs of rounds until told to stop.

use super::anneal::{Anneal, Expected, done};
use super::answer::Answer;
use super::dense::Dense;
use super::random::Random;
use super::reason::reasons;
use super::search::Search;
use super::state::State;
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
    /// A plan to start from: nodes by technician.
    pub start: Option<Vec<Vec<u32>>>,
}

impl Default for Options {
    fn default() -> Options {
        Options { seed: 1, threads: 1, heat: None, mean: 10.0, longest: 10.0, start: None }
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

/// Rounds between two looks at the budget.
const EPOCH: u32 = 1000;

/// Searches until `stop`.
pub fn solve(d: &Arc<Dense>, options: &Options, mut stop: Stop, watch: &mut dyn FnMut(Progress)) -> Answer {
    let mut state = State::new(d.clone());
    if let Some(start) = &options.start {
        state.load(start);
    }
    let mut search = Search::new(state);
    search.shape.mean = options.mean;
    search.shape.longest = options.longest;
    search.construct(&mut Random::new(options.seed, 0, u64::MAX), 100);
    let length = search.state.served as f64 / search.state.used.max(1) as f64;
    let (hot, cold) = options.heat.unwrap_or_else(|| d.heat(length));
    let anneal = Anneal { hot, cold };
    if options.start.is_none() && d.wide_open() {
        search.open_up(&mut Random::new(options.seed, 1, u64::MAX));
    }
    let mut expected: Expected = vec![(0, u32::MAX)];
    match &stop {
        Stop::Rounds(n) => expected = vec![(0, n.div_ceil(u64::from(EPOCH)) as u32)],
        Stop::Replay(log, _) => expected = log.clone(),
        Stop::Spent(_) => {}
    }
    let mut epoch = 0;
    let mut next_look = 1;
    loop {
        let share = done(&expected, epoch);
        let mean = (search.state.routed as f64 / search.state.served.max(1) as f64).max(1.0);
        let rounds = match &stop {
            Stop::Rounds(n) => (n - u64::from(epoch) * u64::from(EPOCH)).min(u64::from(EPOCH)) as u32,
            _ => EPOCH,
        };
        search.rounds(
            &mut Random::new(options.seed, u64::from(epoch), 0),
            rounds,
            anneal.temperature(share, mean),
        );
        epoch += 1;
        watch(Progress {
            epoch,
            cost: search.best_cost,
            unassigned: search.state.bank.len(),
            rounds: search.stats.rounds,
        });
        match &mut stop {
            Stop::Rounds(n) if u64::from(epoch) * u64::from(EPOCH) >= *n => break,
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
    finish(d, search, epoch, expected)
}

/// Loads the best plan once more: what is left out gets its reason.
fn finish(d: &Arc<Dense>, mut search: Search, epochs: u32, expected: Expected) -> Answer {
    search.keep();
    let mut state = State::new(d.clone());
    let sound = state.load(&search.best);
    debug_assert!(sound && state.cost() == search.best_cost, "the best plan is what it was said to be");
    Answer {
        cost: state.cost(),
        left: state.left,
        unassigned: state.bank.clone(),
        reasons: reasons(&state),
        routes: search.best,
        epochs,
        expected,
        stats: search.stats,
    }
}
