//! An independent audit of any plan against a `Problem`: hard rules and cost terms, from nothing.
//!
//! Shares no code with the search: it reads the caller's problem, not the dense one, and finds break
//! placements by trying them all. Slow, and meant to be.

use super::problem::{Prize, Problem, Technician, Tick};
use super::timeline::Terms;

/// A hard rule a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    UnknownNode { technician: usize, node: u32 },
    Twice { job: u32 },
    NotAble { technician: usize, job: u32 },
    OverLoad { technician: usize, dimension: usize },
    Unsupplied { technician: usize, job: u32 },
    Pinned { technician: usize },
    TooMany { technician: usize },
    Time { technician: usize },
}

/// The cost terms of `routes`, or every breach. Jobs not named are left out at their price.
pub fn audit(p: &Problem, routes: &[Vec<u32>], must: i64) -> Result<Terms, Vec<Breach>> {
    let n = p.jobs.len();
    let mut breaches = Vec::new();
    let mut terms = Terms::default();
    let mut served = vec![0; n];
    for (v, route) in routes.iter().enumerate().filter(|r| !r.1.is_empty()) {
        let jobs: Vec<u32> = route.iter().copied().filter(|x| (*x as usize) < n).collect();
        jobs.iter().for_each(|j| served[*j as usize] += 1);
        counts(p, v, route, &jobs, &mut breaches);
        match best_day(p, v, route) {
            Some(day) => terms.add(&day),
            None => breaches.push(Breach::Time { technician: v }),
        }
    }
    for (v, t) in p.crew.iter().enumerate() {
        if !routes.get(v).is_some_and(|r| r.starts_with(&t.pinned)) && !t.pinned.is_empty() {
            breaches.push(Breach::Pinned { technician: v });
        }
    }
    for (j, times) in served.iter().enumerate() {
        match times {
            0 => terms.left_out += if let Prize::Worth(w) = p.jobs[j].prize { w } else { must },
            1 => {}
            _ => breaches.push(Breach::Twice { job: j as u32 }),
        }
    }
    if breaches.is_empty() { Ok(terms) } else { Err(breaches) }
}

fn counts(p: &Problem, v: usize, route: &[u32], jobs: &[u32], breaches: &mut Vec<Breach>) {
    let t = &p.crew[v];
    let depot = |x: &u32| p.depots.iter().find(|d| d.node == *x);
    for x in route.iter().filter(|x| **x as usize >= p.jobs.len() && depot(x).is_none()) {
        breaches.push(Breach::UnknownNode { technician: v, node: *x });
    }
    for j in jobs {
        if p.jobs[*j as usize].able.as_ref().is_some_and(|a| !a.contains(&(v as u32))) {
            breaches.push(Breach::NotAble { technician: v, job: *j });
        }
    }
    for (dimension, room) in t.capacity.iter().enumerate() {
        let load: i64 =
            jobs.iter().map(|j| i64::from(*p.jobs[*j as usize].load.get(dimension).unwrap_or(&0))).sum();
        if load > i64::from(*room) {
            breaches.push(Breach::OverLoad { technician: v, dimension });
        }
    }
    if t.most.is_some_and(|m| jobs.len() > m as usize) {
        breaches.push(Breach::TooMany { technician: v });
    }
    let mut stock = t.stock.clone();
    let (mut tools, mut free) = (t.tools, Vec::new());
    for x in route {
        if let Some(d) = depot(x) {
            tools |= d.tools;
            free.clone_from(&d.parts);
            continue;
        }
        let Some(job) = p.jobs.get(*x as usize) else { continue };
        stock.resize(stock.len().max(job.parts.len()), 0);
        let mut short = job.tools & !tools != 0;
        for (part, q) in job.parts.iter().enumerate() {
            if !free.get(part).copied().unwrap_or(false) {
                stock[part] -= q;
                short |= *q > 0 && stock[part] < 0;
            }
        }
        if short {
            breaches.push(Breach::Unsupplied { technician: v, job: *x });
        }
    }
}

/// What one day costs: the least over all ways of taking the breaks.
fn best_day(p: &Problem, v: usize, route: &[u32]) -> Option<Terms> {
    let t = &p.crew[v];
    let legs = route.len() + 1;
    let mut best: Option<Terms> = None;
    // each break goes before (even) or after (odd) a leg, in order
    let mut slots = vec![0usize; t.breaks.len()];
    loop {
        if slots.windows(2).all(|w| w[0] <= w[1])
            && let Some(terms) = walk(p, v, t, route, &slots)
            && best.as_ref().is_none_or(|b| terms.total() < b.total())
        {
            best = Some(terms);
        }
        let Some(k) = (0..slots.len()).rev().find(|k| slots[*k] + 1 < 2 * legs) else { break };
        slots[k] += 1;
        slots[k + 1..].iter_mut().for_each(|s| *s = 0);
    }
    best
}

fn walk(p: &Problem, v: usize, t: &Technician, route: &[u32], slots: &[usize]) -> Option<Terms> {
    // (earliest start, latest start that is not late) of every fixed event, and the time since the last one
    let mut events: Vec<(Tick, Tick)> = vec![(t.shift.open, Tick::MAX)];
    let mut spans: Vec<Tick> = Vec::new();
    let mut terms = Terms { vehicles: t.fixed, ..Terms::default() };
    let (mut now, mut since, mut busy, mut from) = (t.shift.open, 0, 0i64, t.start);
    let stops = route.iter().map(|x| Some(*x)).chain([t.end]);
    for (leg, to) in stops.enumerate() {
        let mut rest = |slot: usize, now: &mut Tick, since: &mut Tick| -> Option<()> {
            for (k, _) in slots.iter().enumerate().filter(|(_, s)| **s == slot) {
                let pause = t.breaks[k];
                let start = (*now).max(pause.window.open);
                if start > pause.window.close {
                    return None;
                }
                events.push((start, pause.window.close));
                spans.push(*since);
                (*now, *since) = (start + pause.length, pause.length);
            }
            Some(())
        };
        rest(2 * leg, &mut now, &mut since)?;
        let (ticks, cost) = match (from, to) {
            (Some(a), Some(b)) => ride(p, a as usize, b as usize, now),
            _ => (0, 0),
        };
        (now, since, busy) = (now + ticks, since + ticks, busy + i64::from(ticks));
        terms.travel += p.weights.travel * cost;
        rest(2 * leg + 1, &mut now, &mut since)?;
        if leg == route.len() {
            break;
        }
        let x = route[leg] as usize;
        let (start, due, service) = if let Some(job) = p.jobs.get(x) {
            let window = job.windows.iter().find(|w| w.close >= now)?;
            let start = now.max(window.open);
            let kinks = job.lateness.iter().map(|h| h.after.max(start)).min().unwrap_or(Tick::MAX);
            terms.lateness +=
                job.lateness.iter().map(|h| h.rate * i64::from((start - h.after).max(0))).sum::<i64>();
            if let Some((told, price)) = job.promised.filter(|told| told.0 as usize != v) {
                debug_assert_ne!(told as usize, v);
                terms.changes += price;
            }
            if !p.pair.is_empty() {
                terms.preference += i64::from(p.pair[x * p.crew.len() + v]);
            }
            let pace = if job.service.len() == 1 { 0 } else { t.pace as usize };
            (start, window.close.min(kinks), job.service[pace])
        } else {
            let depot = p.depots.iter().find(|d| d.node as usize == x)?;
            let start = now.max(depot.window.open);
            if start > depot.window.close {
                return None;
            }
            (start, depot.window.close, depot.service)
        };
        events.push((start, due));
        spans.push(since);
        (now, since, from) = (start + service, service, Some(x as u32));
        busy += i64::from(service);
    }
    if now > t.shift.close + t.overtime {
        return None;
    }
    let leave = if p.travel.time.len() > 1 { t.shift.open } else { latest(&events, &spans, now - since) };
    if t.limit.is_some_and(|limit| now - leave > limit) {
        return None;
    }
    terms.working = p.weights.working * i64::from(now - leave);
    terms.overtime = i64::from((now - t.shift.close).max(0)) * t.overtime_rate;
    terms.fairness = p.weights.fairness * (busy / 1024) * (busy / 1024);
    Some(terms)
}

/// The latest departure: from the last event's time backwards, no event later than it is due.
fn latest(events: &[(Tick, Tick)], spans: &[Tick], last: Tick) -> Tick {
    let mut at = last;
    for k in (0..spans.len()).rev() {
        at = at.min(events[k + 1].1.max(events[k + 1].0)) - spans[k];
    }
    at.max(events[0].0)
}

fn ride(p: &Problem, a: usize, b: usize, now: Tick) -> (Tick, i64) {
    let arc = a * p.travel.size + b;
    let part = p.travel.turns.iter().filter(|t| **t <= now).count();
    let mut arrive = now + p.travel.time[part][arc];
    for k in part + 1..p.travel.time.len() {
        arrive = arrive.min(p.travel.turns[k - 1] + p.travel.time[k][arc]);
    }
    let cost = match &p.travel.cost {
        Some(c) => i64::from(c[arc]),
        None => i64::from(arrive - now),
    };
    (arrive - now, cost)
}
