//! Logical workers: each epoch they own disjoint routes, so their outcomes simply add up.
//!
//! How many there are depends on the problem alone, and each draws from its own stream of chance: one thread runs
//! them in turn, several side by side, and the plan is the same. Parts are cut anew each epoch, by travel, so that
//! what was a border once lies inside the next time.

use super::dense::Dense;
use super::random::Random;
use super::search::{Search, Stats};
use super::state::State;
use rayon::prelude::*;
use std::sync::Arc;

/// Jobs a worker should have at least: smaller parts have too much border.
const JOBS: usize = 400;
/// Routes a worker should have at least: long routes are everywhere, and a part would cut them off from each other.
const ROUTES: usize = 40;
/// Most workers. A power of two: parts are cut in halves.
const MOST: usize = 8;

/// The worker of a route that nobody may open.
const NOBODY: u8 = u8::MAX;

/// Which worker has which route and job this epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub route: Vec<u8>,
    pub job: Vec<u8>,
}

/// The workers, the plan they share, and the best one so far.
pub(crate) struct Workers {
    d: Arc<Dense>,
    searches: Vec<Search>,
    pool: Option<rayon::ThreadPool>,
    parts: Parts,
    plan: Vec<Vec<u32>>,
    absences: Vec<u32>,
    pub best: Vec<Vec<u32>>,
    pub best_cost: i64,
    /// The current plan's cost without what is left out and the price of going out.
    pub travelled: i64,
    /// Nobody goes out who is at home in the best plan.
    closed: bool,
    pub served: usize,
}

impl Workers {
    /// Workers that go on from where `first` stands.
    pub(crate) fn new(first: Search, routes: usize, threads: usize) -> Workers {
        let d = first.state.d.clone();
        let count = 1usize << (d.n / JOBS).min(routes / ROUTES).clamp(1, MOST).ilog2();
        let mut searches = vec![first];
        for _ in 1..count {
            let mut one = Search::new(State::new(d.clone()));
            one.shape = searches[0].shape;
            searches.push(one);
        }
        let (best, best_cost) = (searches[0].best.clone(), searches[0].best_cost);
        let (travelled, served) = (searches[0].state.travelled(), searches[0].state.served);
        let threads = threads.min(count);
        let pool = (threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok())
            .flatten();
        let plan = searches[0].state.plan();
        Workers {
            absences: vec![0; d.n],
            parts: Parts::default(),
            d,
            searches,
            pool,
            plan,
            best,
            best_cost,
            travelled,
            closed: false,
            served,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.searches.len()
    }

    /// `rounds` rounds by each at `temperature`.
    pub(crate) fn epoch(&mut self, seed: u64, epoch: u32, rounds: u32, temperature: f64) {
        let stream = |w: usize| Random::new(seed, u64::from(epoch), w as u64);
        if self.count() == 1 || self.searches[0].squeezes() {
            let rounds = rounds * self.count() as u32;
            let one = &mut self.searches[0];
            one.rounds(&mut stream(0), rounds, temperature);
            (self.travelled, self.served) = (one.state.travelled(), one.state.served);
            if one.best_cost < self.best_cost {
                self.best_cost = one.best_cost;
                self.best.clone_from(&one.best);
            }
            return;
        }
        self.cut(&mut stream(usize::MAX - 1));
        let (plan, parts, absences) = (&self.plan, &self.parts, &self.absences);
        let work = |(w, one): (usize, &mut Search)| {
            one.take(plan, parts, w as u8, absences);
            one.rounds(&mut stream(w), rounds, temperature);
        };
        match &self.pool {
            Some(pool) => pool.install(|| self.searches.par_iter_mut().enumerate().for_each(work)),
            None => self.searches.iter_mut().enumerate().for_each(work),
        }
        self.merge();
    }

    fn merge(&mut self) {
        let best_cost = self.searches.iter().map(|s| s.best_cost).sum();
        let better = best_cost < self.best_cost;
        for (v, w) in self.parts.route.iter().enumerate() {
            let Some(one) = self.searches.get(*w as usize) else { continue };
            self.plan[v].clear();
            self.plan[v].extend(one.state.routes[v].visits());
            if better {
                self.best[v].clone_from(&one.best[v]);
            }
        }
        if better {
            self.best_cost = best_cost;
        }
        for (j, w) in self.parts.job.iter().enumerate() {
            self.absences[j] = self.searches[*w as usize].absences[j];
        }
        self.travelled = self.searches.iter().map(|s| s.state.travelled()).sum();
        self.served = self.searches.iter().map(|s| s.state.served).sum();
    }

    /// Closes routes one by one from now on.
    pub(crate) fn squeeze(&mut self) {
        self.searches[0].squeeze();
    }

    /// Whether routes are still being closed.
    pub(crate) fn squeezes(&self) -> bool {
        self.searches[0].squeezes()
    }

    /// All go on from the plan with the fewest routes, and no other is opened.
    pub(crate) fn squeezed(&mut self) {
        self.searches[0].squeezed();
        self.plan.clone_from(&self.best);
        self.closed = true;
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for s in self.searches.iter().map(|s| s.stats) {
            sum.rounds += s.rounds;
            sum.accepted += s.accepted;
            sum.improved += s.improved;
            sum.exchanged += s.exchanged;
        }
        sum
    }

    /// Cuts routes and what is left out into parts: in halves, along the line between two far jobs.
    fn cut(&mut self, random: &mut Random) {
        let d = self.d.clone();
        let mut items: Vec<Item> = Vec::with_capacity(d.m + d.n / 8);
        let mut banked = vec![true; d.n];
        self.parts.route.clear();
        self.parts.route.resize(d.m, 0);
        self.parts.job.clear();
        self.parts.job.resize(d.n, 0);
        for (v, nodes) in self.plan.iter().enumerate() {
            let jobs = || nodes.iter().filter(|x| (**x as usize) < d.n);
            jobs().for_each(|j| banked[*j as usize] = false);
            let class = d.crew[v].class as usize;
            let alike = d.class_at[class + 1] - d.class_at[class];
            if nodes.is_empty() && self.closed {
                self.parts.route[v] = NOBODY;
            } else if nodes.is_empty() && alike > 1 {
                self.parts.route[v] = (v % self.searches.len()) as u8;
            } else {
                items.push(Item {
                    route: true,
                    id: v as u32,
                    score: 0,
                    weight: jobs().count().max(1) as u32,
                });
            }
        }
        let left = (0..d.n as u32).filter(|j| banked[*j as usize]);
        items.extend(left.map(|id| Item { route: false, id, score: 0, weight: 1 }));
        let (mut low, count) = (0, self.searches.len());
        self.halve(&mut items, random, &mut low, count);
        for (v, nodes) in self.plan.iter().enumerate() {
            let w = self.parts.route[v];
            nodes.iter().filter(|x| (**x as usize) < d.n).for_each(|j| self.parts.job[*j as usize] = w);
        }
    }

    fn halve(&mut self, items: &mut [Item], random: &mut Random, next: &mut u8, count: usize) {
        if count == 1 || items.len() < 2 {
            for i in items.iter() {
                let slot = if i.route { &mut self.parts.route } else { &mut self.parts.job };
                slot[i.id as usize] = *next;
            }
            *next += count as u8;
            return;
        }
        let d = &*self.d;
        let hop = |x: usize, y: usize| i64::from(d.cost[x * d.stride + y]);
        // a far pair of places: the farthest from any, and the farthest from that
        let here = |i: &Item| place(d, &self.plan, i);
        let any = here(&items[random.below(items.len())]);
        let far = |from: usize| items.iter().map(here).max_by_key(|x| (hop(from, *x), *x)).unwrap_or(from);
        let a = far(any);
        let b = far(a);
        for i in items.iter_mut() {
            let stops = if i.route { &self.plan[i.id as usize][..] } else { &[] };
            let own = [place(d, &self.plan, i) as u32];
            let stops = if stops.is_empty() { &own[..] } else { stops };
            let sum: i64 = stops.iter().map(|x| hop(a, *x as usize) - hop(b, *x as usize)).sum();
            i.score = sum * 16 / stops.len() as i64;
        }
        items.sort_unstable_by_key(|i| (i.score, i.route, i.id));
        let all: u32 = items.iter().map(|i| i.weight).sum();
        let mut sum = 0;
        let at = items.iter().position(|i| {
            sum += i.weight;
            2 * sum >= all
        });
        let (one, two) = items.split_at_mut((at.unwrap_or(0) + 1).min(items.len() - 1));
        self.halve(one, random, next, count / 2);
        self.halve(two, random, next, count / 2);
    }
}

/// A route or a job left out, on its way into a part.
struct Item {
    route: bool,
    id: u32,
    score: i64,
    weight: u32,
}

/// A place that stands for the item: its middle stop, its technician's start, the job itself.
fn place(d: &Dense, plan: &[Vec<u32>], i: &Item) -> usize {
    if !i.route {
        return i.id as usize;
    }
    let nodes = &plan[i.id as usize];
    nodes.get(nodes.len() / 2).map_or(d.crew[i.id as usize].start, |x| *x) as usize
}
