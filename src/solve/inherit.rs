//! A day that is already late: what a plan in force breaks may stay or shrink, and never grow.
//!
//! The search knows only plans that hold. So the rules are widened first, each by just what the plan in force
//! breaks it by: no plan found can then break it by more, and no promised job is thrown out for it.

use super::dense::MUST;
use super::problem::{NEVER, Prize, Problem, Tick};
use std::fmt;

/// A rule that the plan in force breaks, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inherited {
    /// Service starts this many ticks after the job's last window closes.
    Late { job: u32, technician: u32, by: Tick },
    /// The technician is home this many ticks after shift end and allowed overtime.
    Over { technician: u32, by: Tick },
    /// The technician may not serve the job.
    Unable { job: u32, technician: u32 },
    /// More than the van carries of this counted dimension.
    Load { technician: u32, dimension: u32, by: i32 },
    /// More of this part than is on the van, where there is no depot to fetch it from.
    Parts { technician: u32, part: u32, by: i32 },
}

impl fmt::Display for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Inherited::Late { by, .. } => write!(f, "late by {by} ticks"),
            Inherited::Over { by, .. } => write!(f, "home {by} ticks after the shift"),
            Inherited::Unable { .. } => write!(f, "served by somebody who may not"),
            Inherited::Load { by, .. } => write!(f, "van over capacity by {by}"),
            Inherited::Parts { part, by, .. } => write!(f, "short of part {part} by {by}"),
        }
    }
}

/// Widens the rules of `p` by what `routes` (nodes by technician) break, and tells each. Times are those of
/// leaving as early as the shift allows, breaks left out of account. A job that must be served and is in the plan
/// counts twice one that is not: nobody is thrown out to let somebody in.
pub fn inherit(p: &mut Problem, routes: &[Vec<u32>]) -> Vec<Inherited> {
    let mut found = Vec::new();
    for (v, nodes) in routes.iter().enumerate().filter(|r| !r.1.is_empty()) {
        for node in nodes {
            match p.jobs.get_mut(*node as usize) {
                Some(job) if job.prize == Prize::Must => job.prize = Prize::Worth(2 * MUST),
                _ => {}
            }
        }
        able(p, v, nodes, &mut found);
        counts(p, v, nodes, &mut found);
        times(p, v, nodes, &mut found);
    }
    found
}

fn able(p: &mut Problem, v: usize, nodes: &[u32], found: &mut Vec<Inherited>) {
    for node in nodes {
        let Some(list) = p.jobs.get_mut(*node as usize).and_then(|j| j.able.as_mut()) else { continue };
        if let Err(at) = list.binary_search(&(v as u32)) {
            list.insert(at, v as u32);
            found.push(Inherited::Unable { job: *node, technician: v as u32 });
        }
    }
}

fn counts(p: &mut Problem, v: usize, nodes: &[u32], found: &mut Vec<Inherited>) {
    let sum = |of: &dyn Fn(&super::problem::Job) -> Vec<i32>| {
        let mut sum: Vec<i32> = Vec::new();
        for job in nodes.iter().filter_map(|x| p.jobs.get(*x as usize)) {
            let taken = of(job);
            sum.resize(sum.len().max(taken.len()), 0);
            sum.iter_mut().zip(&taken).for_each(|(s, q)| *s += q);
        }
        sum
    };
    let (load, parts) = (sum(&|j| j.load.clone()), sum(&|j| j.parts.clone()));
    let (technician, depots) = (v as u32, !p.depots.is_empty());
    let person = &mut p.crew[v];
    for (d, (most, used)) in person.capacity.iter_mut().zip(&load).enumerate() {
        if *used > *most {
            found.push(Inherited::Load { technician, dimension: d as u32, by: used - *most });
            *most = *used;
        }
    }
    if depots {
        return;
    }
    person.stock.resize(person.stock.len().max(parts.len()), 0);
    for (k, (held, used)) in person.stock.iter_mut().zip(&parts).enumerate() {
        if *used > *held {
            found.push(Inherited::Parts { technician, part: k as u32, by: used - *held });
            *held = *used;
        }
    }
}

fn times(p: &mut Problem, v: usize, nodes: &[u32], found: &mut Vec<Inherited>) {
    let (technician, person) = (v as u32, p.crew[v].clone());
    let size = p.travel.size;
    let hop = |p: &Problem, from: Option<u32>, to: Option<u32>, now: Tick| {
        let part = p.travel.turns.partition_point(|t| *t <= now);
        from.zip(to).map_or(0, |(a, b)| p.travel.time[part][a as usize * size + b as usize])
    };
    let (mut now, mut at) = (person.shift.open, person.start);
    for node in nodes {
        now += hop(p, at, Some(*node), now);
        at = Some(*node);
        if let Some(depot) = p.depots.iter().find(|d| d.node == *node) {
            now = now.max(depot.window.open) + depot.service;
            continue;
        }
        let Some(job) = p.jobs.get_mut(*node as usize) else { continue };
        match job.windows.iter().find(|w| now <= w.close) {
            Some(w) => now = now.max(w.open),
            None => {
                if let Some(w) = job.windows.last_mut() {
                    found.push(Inherited::Late { job: *node, technician, by: now - w.close });
                    w.close = now.min(NEVER);
                }
            }
        }
        let pace = if job.service.len() == 1 { 0 } else { person.pace as usize };
        now += job.service.get(pace).copied().unwrap_or(0);
    }
    now += hop(p, at, person.end, now);
    let by = now - person.shift.close - person.overtime;
    if by > 0 {
        found.push(Inherited::Over { technician, by });
        p.crew[v].shift.close += by;
    }
}
