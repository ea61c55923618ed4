//! The problem checked and laid out for the search: flat arrays, bitsets, transposed travel, neighbours.
//!
//! Everything that can be known before the search is worked out here, once: who may serve whom, counted
//! needs, price of leaving out, nearest jobs. After `Dense::seal` nothing is re-checked.

use super::cache::Place;
use super::counts::{counted, parts};
use super::insert::{room, scan};
use super::nearby::Nearby;
use super::order::Order;
use super::problem::{Job, NEVER, Prize, Problem, Tick};
use super::route::Route;
use std::sync::Arc;

/// Why a problem cannot be solved as given: the field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct Malformed {
    pub field: String,
    pub fault: String,
}

/// Up to so many able technicians a job looks at all of them, not only at those of its neighbours.
const FEW: u32 = 128;

/// A technician as the search sees one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crew {
    pub start: u32,
    pub end: u32,
    pub open: Tick,
    /// Shift end with the overtime allowance: the hard end.
    pub close: Tick,
    /// Offset of this technician's pace into `Dense::service`.
    pub pace: u32,
    /// Longest duration, `NEVER` when free.
    pub limit: Tick,
    pub fixed: i64,
    /// Technicians alike in everything share a class.
    pub class: u32,
}

/// The sealed problem.
#[derive(Debug)]
pub struct Dense {
    pub(crate) n: usize,
    pub(crate) m: usize,
    pub(crate) stride: usize,
    pub(crate) time: Arc<Vec<i32>>,
    pub(crate) time_in: Arc<Vec<i32>>,
    pub(crate) cost: Arc<Vec<i32>>,
    pub(crate) cost_in: Arc<Vec<i32>>,
    pub(crate) open: Vec<Tick>,
    pub(crate) close: Vec<Tick>,
    pub(crate) service: Vec<Tick>,
    pub(crate) dims: usize,
    need_at: Vec<u32>,
    need: Vec<(u32, i32)>,
    /// Parts that each job takes, and where each job's begin.
    part: Vec<(u32, i32)>,
    part_at: Vec<u32>,
    pub(crate) cap: Vec<i32>,
    pub(crate) prize: Vec<i64>,
    able: Vec<u64>,
    words: usize,
    pub(crate) able_count: Vec<u32>,
    /// Some technician cannot serve some job.
    pub(crate) picky: bool,
    /// Technicians who may serve each job, ascending, and where each job's begin.
    able_list: Vec<u32>,
    able_at: Vec<u32>,
    /// Pair costs with promise changes in, row by job; empty when there are none.
    pub(crate) pair: Vec<i64>,
    pub(crate) crew: Vec<Crew>,
    /// Technicians by class, and where each class begins.
    pub(crate) by_class: Vec<u32>,
    pub(crate) class_at: Vec<u32>,
    pub(crate) travel_weight: i64,
    pub(crate) working_weight: i64,
    /// Soft lateness, breaks, dayparts, several windows, overtime or fairness: routes are costed by a pass.
    pub(crate) rich: bool,
    /// No rate and no price is below zero: what a route has cost up to a stop it costs in the end.
    pub(crate) grows: bool,
    /// Putting a stop into a route makes nothing else in it cheaper, but where ways break the triangle rule.
    pub(crate) bounded: bool,
    /// Durations matter (working time or a limit): routes carry duration segments.
    pub(crate) timed: bool,
    /// Parts or tools can be picked up on the way.
    pub(crate) supply: bool,
    pub(crate) near: Nearby,
    /// Jobs that nobody could serve even with nothing else to do.
    pub(crate) hopeless: Vec<bool>,
    /// The caller's problem, in the search's numbers.
    pub(crate) problem: Problem,
    pub(crate) order: Order,
}

fn bad(field: impl Into<String>, fault: impl Into<String>) -> Malformed {
    Malformed { field: field.into(), fault: fault.into() }
}

/// The price of leaving out a job that must be served: above any travel, and small enough to sum.
pub const MUST: i64 = 1 << 40;

impl Dense {
    /// Checks the problem and lays it out.
    pub fn seal(problem: Problem) -> Result<Dense, Malformed> {
        check(&problem)?;
        let order = Order::of(&problem);
        let problem = order.renumber(problem);
        let (n, m) = (problem.jobs.len(), problem.crew.len());
        let (stride, time, cost) = matrices(&problem);
        let nowhere = (stride - 1) as u32;
        let time_in = transposed(&time, stride);
        let cost_in = if Arc::ptr_eq(&time, &cost) { time_in.clone() } else { transposed(&cost, stride) };
        let supply = !problem.depots.is_empty();
        let (dims, need_at, need, cap) = counted(&problem, supply);
        let (able, words, able_count) = eligibility(&problem, supply);
        let paces = problem.jobs.iter().map(|j| j.service.len()).max().unwrap_or(1);
        let service = services(&problem, paces);
        let mut crew = crew(&problem, nowhere, paces);
        let pair = pairs(&problem);
        let (by_class, class_at) = classes(&problem, &mut crew, &able, words, &pair);
        let rich = problem.jobs.iter().any(|j| j.windows.len() > 1 || !j.lateness.is_empty())
            || problem.crew.iter().any(|t| !t.breaks.is_empty() || (t.overtime > 0 && t.overtime_rate != 0))
            || problem.travel.time.len() > 1
            || problem.weights.fairness != 0;
        let timed = problem.weights.working != 0 || crew.iter().any(|c| c.limit < NEVER);
        let grows = grows(&problem);
        let bounded = grows && is_even(&problem);
        let (part_at, part) = parts(&problem);
        let prize = problem.jobs.iter().map(price).collect();
        let mut dense = Dense {
            n,
            m,
            stride,
            time,
            time_in,
            cost,
            cost_in,
            open: problem.jobs.iter().map(|j| j.windows[0].open).collect(),
            close: problem.jobs.iter().map(|j| j.windows.last().map_or(NEVER, |w| w.close)).collect(),
            service,
            dims,
            need_at,
            need,
            part,
            part_at,
            cap,
            prize,
            able,
            words,
            able_list: Vec::new(),
            able_at: Vec::new(),
            picky: able_count.iter().any(|c| (*c as usize) < m),
            able_count,
            pair,
            crew,
            by_class,
            class_at,
            travel_weight: problem.weights.travel,
            working_weight: problem.weights.working,
            rich,
            grows,
            bounded,
            timed,
            supply,
            near: Nearby::default(),
            hopeless: Vec::new(),
            problem,
            order,
        };
        dense.list_able();
        dense.near = Nearby::of(&dense);
        dense.hopeless = hopeless(&dense);
        Ok(dense)
    }

    /// Whether technician `v` may serve job `j`.
    #[inline]
    pub(crate) fn can(&self, j: usize, v: usize) -> bool {
        self.able[j * self.words + (v >> 6)] >> (v & 63) & 1 == 1
    }

    fn list_able(&mut self) {
        let mut list = Vec::new();
        self.able_at.push(0);
        for j in 0..self.n {
            list.extend((0..self.m as u32).filter(|v| self.can(j, *v as usize)));
            self.able_at.push(list.len() as u32);
        }
        self.able_list = list;
    }

    /// Technicians who may serve job `j`, ascending.
    #[inline]
    pub(crate) fn able(&self, j: usize) -> &[u32] {
        &self.able_list[self.able_at[j] as usize..self.able_at[j + 1] as usize]
    }

    /// Whether so few may serve job `j`, and not everybody, that all of them are looked at.
    #[inline]
    pub(crate) fn few(&self, j: usize) -> bool {
        self.picky && self.able_count[j] <= FEW
    }

    /// Whether two jobs have a technician in common.
    pub(crate) fn share(&self, i: usize, j: usize) -> bool {
        let (a, b) = (&self.able[i * self.words..][..self.words], &self.able[j * self.words..][..self.words]);
        a.iter().zip(b).any(|(x, y)| x & y != 0)
    }

    /// What job `j` takes of the counted dimensions.
    #[inline]
    pub(crate) fn needs(&self, j: usize) -> &[(u32, i32)] {
        &self.need[self.need_at[j] as usize..self.need_at[j + 1] as usize]
    }

    /// The parts that job `j` takes, and how many of each.
    #[inline]
    pub(crate) fn takes(&self, j: usize) -> &[(u32, i32)] {
        &self.part[self.part_at[j] as usize..self.part_at[j + 1] as usize]
    }

    /// Cost of serving job `j` by `v` beyond the route itself.
    #[inline]
    pub(crate) fn pair(&self, j: usize, v: usize) -> i64 {
        if self.pair.is_empty() { 0 } else { self.pair[j * self.m + v] }
    }

    /// How many jobs there are.
    pub fn jobs(&self) -> usize {
        self.n
    }

    /// Whether every job must be served.
    pub fn all_must(&self) -> bool {
        self.problem.jobs.iter().all(|j| j.prize == Prize::Must)
    }
}

/// Which jobs nobody could serve even with nothing else to do.
fn hopeless(d: &Dense) -> Vec<bool> {
    let mut hopeless = vec![true; d.n];
    let mut home = Route::default();
    for class in d.class_at.windows(2) {
        let v = d.by_class[class[0] as usize] as usize;
        home.lay(d, v, d.problem.crew[v].pinned.iter().copied());
        home.pinned = d.problem.crew[v].pinned.len() as u32;
        if !home.settle(d, v) {
            continue;
        }
        for (j, hopeless) in hopeless.iter_mut().enumerate().filter(|(_, h)| **h) {
            let pinned = d.problem.crew[v].pinned.contains(&(j as u32));
            let fits = || d.can(j, v) && room(d, &home, j, v) && scan(d, &home, j, v, None) != Place::NONE;
            *hopeless = !(pinned || fits());
        }
    }
    hopeless
}

fn crew(p: &Problem, nowhere: u32, paces: usize) -> Vec<Crew> {
    let n = p.jobs.len() as u32;
    p.crew
        .iter()
        .map(|t| Crew {
            start: t.start.unwrap_or(nowhere),
            end: t.end.unwrap_or(nowhere),
            open: t.shift.open,
            close: t.shift.close.saturating_add(t.overtime).min(NEVER),
            pace: if paces == 1 { 0 } else { t.pace * n },
            limit: t.limit.unwrap_or(NEVER),
            fixed: t.fixed,
            class: 0,
        })
        .collect()
}

/// Service by pace, then by job.
fn services(p: &Problem, paces: usize) -> Vec<Tick> {
    let one = |k: usize| p.jobs.iter().map(move |j| j.service[if j.service.len() == 1 { 0 } else { k }]);
    (0..paces).flat_map(one).collect()
}

fn check(p: &Problem) -> Result<(), Malformed> {
    let (n, m, size) = (p.jobs.len(), p.crew.len(), p.travel.size);
    if size < n {
        return Err(bad("travel.size", format!("{size} nodes for {n} jobs")));
    }
    if p.travel.time.is_empty() || p.travel.turns.len() + 1 != p.travel.time.len() {
        return Err(bad("travel.turns", "one fewer than the dayparts is needed"));
    }
    for (d, t) in p.travel.time.iter().enumerate() {
        if t.len() != size * size || t.iter().any(|x| !(0..=NEVER).contains(x)) {
            return Err(bad(format!("travel.time[{d}]"), "size x size ticks in 0..=500,000,000 are needed"));
        }
    }
    if p.travel.cost.as_ref().is_some_and(|c| c.len() != size * size) {
        return Err(bad("travel.cost", "size x size values are needed"));
    }
    if !p.pair.is_empty() && p.pair.len() != n * m {
        return Err(bad("pair", "jobs x crew values are needed"));
    }
    for (j, job) in p.jobs.iter().enumerate() {
        let ordered = job.windows.windows(2).all(|w| w[0].close < w[1].open);
        let sane = job.windows.iter().all(|w| 0 <= w.open && w.open <= w.close && w.close <= NEVER);
        if job.windows.is_empty() || !ordered || !sane {
            return Err(bad(format!("jobs[{j}].windows"), "ascending, disjoint, at least one is needed"));
        }
        if job.service.is_empty() || job.service.iter().any(|s| !(0..=NEVER).contains(s)) {
            return Err(bad(format!("jobs[{j}].service"), "at least one span in 0..=500,000,000 is needed"));
        }
        if job.load.iter().chain(&job.parts).any(|q| *q < 0) {
            return Err(bad(format!("jobs[{j}].load"), "negative"));
        }
        if job.able.iter().flatten().any(|v| *v as usize >= m)
            || job.promised.is_some_and(|(v, _)| v as usize >= m)
        {
            return Err(bad(format!("jobs[{j}].able"), "names a technician that is not there"));
        }
    }
    for (k, depot) in p.depots.iter().enumerate() {
        let node = depot.node as usize;
        if !(n..size).contains(&node) || p.depots[..k].iter().any(|x| x.node == depot.node) {
            return Err(bad(
                format!("depots[{k}].node"),
                "each depot needs a node of its own after the jobs",
            ));
        }
    }
    for (v, t) in p.crew.iter().enumerate() {
        let nodes = [t.start, t.end];
        if nodes.iter().flatten().any(|x| *x as usize >= size) {
            return Err(bad(format!("crew[{v}].start"), "a node outside the travel matrix"));
        }
        if t.shift.open < 0 || t.shift.open > t.shift.close || t.shift.close > NEVER || t.overtime < 0 {
            return Err(bad(format!("crew[{v}].shift"), "inverted or out of range"));
        }
        if p.jobs.iter().any(|j| j.service.len() > 1 && t.pace as usize >= j.service.len()) {
            return Err(bad(format!("crew[{v}].pace"), "a job has no service time for it"));
        }
        if t.pinned.iter().any(|j| *j as usize >= n) {
            return Err(bad(format!("crew[{v}].pinned"), "names a job that is not there"));
        }
    }
    Ok(())
}

/// The first daypart (or, with several, the fastest of each pair) and the cost; one row more where some
/// technician has no start or end.
fn matrices(p: &Problem) -> (usize, Arc<Vec<i32>>, Arc<Vec<i32>>) {
    let size = p.travel.size;
    let open_ended = p.crew.iter().any(|t| t.start.is_none() || t.end.is_none());
    let widen = |rows: &[i32]| -> Vec<i32> {
        let mut wide = vec![0; (size + 1) * (size + 1)];
        for i in 0..size {
            wide[i * (size + 1)..][..size].copy_from_slice(&rows[i * size..][..size]);
        }
        wide
    };
    let first = &p.travel.time[0];
    let cost = p.travel.cost.as_ref().unwrap_or(first);
    let time = if p.travel.time.len() == 1 {
        first.clone()
    } else {
        Arc::new((0..size * size).map(|i| p.travel.time.iter().map(|t| t[i]).min().unwrap_or(0)).collect())
    };
    if !open_ended {
        return (size.max(1), time, cost.clone());
    }
    let wide = Arc::new(widen(&time));
    let wide_cost = if Arc::ptr_eq(&time, cost) { wide.clone() } else { Arc::new(widen(cost)) };
    (size + 1, wide, wide_cost)
}

fn transposed(rows: &Arc<Vec<i32>>, size: usize) -> Arc<Vec<i32>> {
    let symmetric = (0..size).all(|i| (0..i).all(|j| rows[i * size + j] == rows[j * size + i]));
    if symmetric {
        return rows.clone();
    }
    let mut turned = vec![0; rows.len()];
    for i in 0..size {
        for j in 0..size {
            turned[j * size + i] = rows[i * size + j];
        }
    }
    Arc::new(turned)
}

fn price(job: &Job) -> i64 {
    match job.prize {
        Prize::Must => MUST,
        Prize::Worth(w) => w,
    }
}

/// Whether a route costs nothing for its length or fullness, and every hour is alike.
fn is_even(p: &Problem) -> bool {
    p.travel.time.len() == 1 && p.weights.working == 0 && p.weights.fairness == 0
}

fn grows(p: &Problem) -> bool {
    let w = p.weights;
    w.travel >= 0
        && w.working >= 0
        && w.fairness >= 0
        && p.jobs.iter().flat_map(|j| &j.lateness).all(|h| h.rate >= 0)
        && p.crew.iter().all(|t| t.overtime_rate >= 0)
        && p.travel.cost.iter().all(|cost| cost.iter().all(|c| *c >= 0))
}

fn eligibility(p: &Problem, supply: bool) -> (Vec<u64>, usize, Vec<u32>) {
    let words = p.crew.len().div_ceil(64).max(1);
    let mut able = vec![0u64; p.jobs.len() * words];
    let mut count = vec![0u32; p.jobs.len()];
    for (j, job) in p.jobs.iter().enumerate() {
        let mut put = |v: usize| {
            if supply || job.tools & !p.crew[v].tools == 0 {
                able[j * words + (v >> 6)] |= 1 << (v & 63);
            }
        };
        match &job.able {
            None => (0..p.crew.len()).for_each(&mut put),
            Some(list) => list.iter().for_each(|v| put(*v as usize)),
        }
        count[j] = able[j * words..][..words].iter().map(|w| w.count_ones()).sum();
    }
    (able, words, count)
}

fn pairs(p: &Problem) -> Vec<i64> {
    if p.pair.is_empty() && p.jobs.iter().all(|j| j.promised.is_none()) {
        return Vec::new();
    }
    let m = p.crew.len();
    let mut pair: Vec<i64> = p.pair.iter().map(|c| i64::from(*c)).collect();
    pair.resize(p.jobs.len() * m, 0);
    for (j, job) in p.jobs.iter().enumerate() {
        if let Some((told, price)) = job.promised {
            (0..m).filter(|v| *v != told as usize).for_each(|v| pair[j * m + v] += price);
        }
    }
    pair
}

/// Groups technicians that no plan can tell apart, so that one empty route stands for all of them.
fn classes(p: &Problem, crew: &mut [Crew], able: &[u64], words: usize, pair: &[i64]) -> (Vec<u32>, Vec<u32>) {
    let m = crew.len();
    let bit = |j: usize, v: usize| able[j * words + (v >> 6)] >> (v & 63) & 1;
    let alike = |a: usize, b: usize| {
        let (s, t) = (&p.crew[a], &p.crew[b]);
        (s.start, s.end, s.shift, s.overtime, s.overtime_rate)
            == (t.start, t.end, t.shift, t.overtime, t.overtime_rate)
            && (&s.breaks, s.limit, s.most, &s.capacity, &s.stock)
                == (&t.breaks, t.limit, t.most, &t.capacity, &t.stock)
            && (s.tools, s.pace, s.fixed) == (t.tools, t.pace, t.fixed)
            && s.pinned.is_empty()
            && t.pinned.is_empty()
            && (0..p.jobs.len())
                .all(|j| bit(j, a) == bit(j, b) && (pair.is_empty() || pair[j * m + a] == pair[j * m + b]))
    };
    let mut firsts: Vec<usize> = Vec::new();
    for (v, one) in crew.iter_mut().enumerate() {
        // Quadratic in the number of classes; the cheap fields settle nearly every comparison.
        match firsts.iter().position(|f| alike(*f, v)) {
            Some(c) => one.class = c as u32,
            None => {
                one.class = firsts.len() as u32;
                firsts.push(v);
            }
        }
    }
    let mut by_class: Vec<u32> = (0..m as u32).collect();
    by_class.sort_by_key(|v| (crew[*v as usize].class, *v));
    let mut at = vec![0u32; firsts.len() + 1];
    crew.iter().for_each(|c| at[c.class as usize + 1] += 1);
    (0..firsts.len()).for_each(|c| at[c + 1] += at[c]);
    (by_class, at)
}
