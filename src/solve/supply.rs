//! Parts and tools: what the van carries, and when a depot must come first.
//!
//! From its stop on, a depot gives all its tools and any number of its parts; before it, the van's own
//! stock and tools must do. A route visits at most one depot.

use super::cache::Place;
use super::dense::Dense;
use super::problem::Depot;
use super::route::Route;
use super::segment::Segment;

/// Where a job may go in a route as far as parts and tools are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Before any stop.
    Anywhere,
    /// Before stops after this index only.
    After(usize),
    /// Only with a depot visit of its own before it.
    WithDepot,
    /// Not at all.
    Nowhere,
}

/// Whether the van's stock and tools, and the depot on the way, cover every job of `nodes`.
pub(crate) fn supplied(d: &Dense, v: usize, nodes: impl Iterator<Item = u32>) -> bool {
    if !d.supply {
        return true;
    }
    let person = &d.problem.crew[v];
    let mut used: Vec<i32> = Vec::new();
    let mut depot: Option<&Depot> = None;
    for node in nodes.map(|n| n as usize) {
        if node >= d.n {
            if depot.is_some() {
                return false;
            }
            depot = depot_at(d, node);
            continue;
        }
        let job = &d.problem.jobs[node];
        if job.tools & !(person.tools | depot.map_or(0, |x| x.tools)) != 0 {
            return false;
        }
        for (p, q) in d.takes(node).iter().map(|(p, q)| (*p as usize, q)).filter(|(p, _)| !gives(depot, *p)) {
            used.resize(used.len().max(job.parts.len()), 0);
            used[p] += q;
            if used[p] > person.stock.get(p).copied().unwrap_or(0) {
                return false;
            }
        }
    }
    true
}

fn depot_at(d: &Dense, node: usize) -> Option<&Depot> {
    d.problem.depots.iter().find(|x| x.node as usize == node)
}

fn gives(depot: Option<&Depot>, part: usize) -> bool {
    depot.is_some_and(|x| x.parts.get(part).copied().unwrap_or(false))
}

/// Where job `j` may go in this route.
pub(crate) fn reach(d: &Dense, route: &Route, j: usize, v: usize) -> Reach {
    let (job, person) = (&d.problem.jobs[j], &d.problem.crew[v]);
    let last = route.stops.len() - 1;
    let at = (1..last).find(|i| route.stops[*i].node as usize >= d.n);
    let depot = at.and_then(|i| depot_at(d, route.stops[i].node as usize));
    let mut own = job.tools & !person.tools == 0;
    // parts the depot gives count only before it, the others all along
    let mut short_after = false;
    for (p, q) in d.takes(j).iter().map(|(p, q)| (*p as usize, q)) {
        let until = if gives(depot, p) { at.unwrap_or(last) } else { last };
        let before: i32 = route.stops[1..until]
            .iter()
            .filter(|s| (s.node as usize) < d.n)
            .map(|s| d.problem.jobs[s.node as usize].parts.get(p).copied().unwrap_or(0))
            .sum();
        let enough = before + q <= person.stock.get(p).copied().unwrap_or(0);
        own &= enough;
        short_after |= !enough && !gives(depot, p);
    }
    if own {
        return Reach::Anywhere;
    }
    match (at, depot) {
        (Some(i), Some(x)) if !short_after && job.tools & !(person.tools | x.tools) == 0 => Reach::After(i),
        (Some(_), _) => Reach::Nowhere,
        (None, _) => Reach::WithDepot,
    }
}

/// The cheapest way of putting a depot and then `j` into a route that has none.
pub(crate) fn with_depot(d: &Dense, route: &Route, j: usize, v: usize) -> Place {
    let mut best = Place::NONE;
    for (k, depot) in d.problem.depots.iter().enumerate() {
        let person = &d.problem.crew[v];
        let tools = d.problem.jobs[j].tools & !(person.tools | depot.tools) == 0;
        let parts = d.takes(j).iter().all(|(p, _)| gives(Some(depot), *p as usize));
        if tools && parts {
            pair(d, route, j, v, k, &mut best);
        }
    }
    best
}

fn pair(d: &Dense, route: &Route, j: usize, v: usize, k: usize, best: &mut Place) {
    let crew = &d.crew[v];
    let node = d.problem.depots[k].node as usize;
    let last = route.stops.len() - 1;
    let span = |a: usize, b: usize| d.time[a * d.stride + b];
    let hop = |a: usize, b: usize| i64::from(d.cost[a * d.stride + b]);
    let own = |x: usize| {
        let (open, close, service) = d.hours(x, v);
        Segment::stop(open, close, service)
    };
    let empty = route.is_empty();
    let base = d.pair(j, v) + if empty { crew.fixed } else { 0 };
    let worked = if empty || !d.timed { 0 } else { i64::from(route.front[last].duration) };
    let home = if empty { hop(crew.start as usize, crew.end as usize) } else { 0 };
    for p in route.pinned as usize + 1..=last {
        let (before, here) = (route.stops[p - 1].node as usize, route.stops[p].node as usize);
        let Some(mut ahead) = append(d, route, v, p, node) else { continue };
        let detour = hop(before, node) + hop(node, here) - i64::from(route.stops[p - 1].hop) + home;
        let mut at_node = node;
        for q in p..=last {
            // the depot stands before stop p, the job before stop q
            let next = route.stops[q].node as usize;
            if let Some(whole) = chain(ahead, span(at_node, j), own(j))
                && let Some(whole) = chain(whole, span(j, next), back(d, route, v, q))
                && whole.duration <= crew.limit
            {
                let travel = detour + hop(at_node, j) + hop(j, next) - hop(at_node, next);
                let delta =
                    base + d.travel_weight * travel + d.working_weight * (i64::from(whole.duration) - worked);
                if delta < best.delta {
                    *best = Place { delta, at: q as u32, depot: k as u16 + 1, before: p as u16 };
                }
            }
            if q == last {
                break;
            }
            let Some(further) = chain(ahead, span(at_node, next), own(next)) else { break };
            (ahead, at_node) = (further, next);
        }
    }
}

/// The stretch from the start up to stop `p - 1`, then `node`.
fn append(d: &Dense, route: &Route, v: usize, p: usize, node: usize) -> Option<Segment> {
    let crew = &d.crew[v];
    let before = route.stops[p - 1].node as usize;
    let ahead = if d.timed {
        route.front[p - 1]
    } else {
        let mut ahead = Segment::stop(crew.open, crew.close, 0);
        for i in 1..p {
            let (a, b) = (route.stops[i - 1].node as usize, route.stops[i].node as usize);
            let (open, close, service) = d.hours(b, v);
            ahead = chain(ahead, d.time[a * d.stride + b], Segment::stop(open, close, service))?;
        }
        ahead
    };
    let (open, close, service) = d.hours(node, v);
    chain(ahead, d.time[before * d.stride + node], Segment::stop(open, close, service))
}

/// The stretch from stop `q` to the end.
fn back(d: &Dense, route: &Route, v: usize, q: usize) -> Segment {
    if d.timed {
        return route.back[q];
    }
    let late = route.stops[q].latest;
    let open =
        if q + 1 == route.stops.len() { d.crew[v].open } else { d.hours(route.stops[q].node as usize, v).0 };
    Segment { duration: 0, early: open.min(late), late }
}

/// Joins, or `None` where the join is late.
fn chain(a: Segment, hop: i32, b: Segment) -> Option<Segment> {
    (a.early + a.duration + hop <= b.late).then(|| a.join(hop, b))
}
