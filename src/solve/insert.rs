//! Where a job goes into a route, and what that costs: one scan over the stops.

use super::cache::Place;
use super::dense::Dense;
use super::problem::{Break, Depot, Tick};
use super::random::Random;
use super::route::{Route, Stop};
use super::segment::Segment;
use super::supply::{Reach, reach, supplied, with_depot};
use super::timeline::{Along, Begun, begins, pair};
use std::ops::Range;
use std::sync::Arc;

/// Chance in 65,536 that a position is overlooked (SISR's blink, 1 %).
const BLINK: u32 = 655;

/// Whether counts allow job `j` in the route at all.
#[inline]
pub(crate) fn room(d: &Dense, route: &Route, j: usize, v: usize) -> bool {
    d.needs(j).iter().all(|(dim, q)| route.load[*dim as usize] <= d.cap[v * d.dims + *dim as usize] - q)
}

/// The cheapest feasible place for `j` in route `v` where that costs less than `bar`; else [`Place::least`] where it is
/// quicker to say no more. `blinks` as for [`scan`].
pub(crate) fn below(
    d: &Dense,
    route: &Route,
    j: usize,
    v: usize,
    blinks: Option<&mut Random>,
    bar: i64,
) -> Place {
    if d.rich { exact(d, route, j, v, blinks, bar) } else { scan(d, route, j, v, blinks) }
}

/// The cheapest feasible place for `j` in route `v`; with `blinks`, each improving one may be overlooked.
pub(crate) fn scan(d: &Dense, route: &Route, j: usize, v: usize, blinks: Option<&mut Random>) -> Place {
    if d.rich {
        return exact(d, route, j, v, blinks, i64::MAX);
    }
    let mut first = route.pinned as usize;
    if d.supply {
        match reach(d, route, j, v) {
            Reach::Anywhere => {}
            Reach::After(i) => first = first.max(i),
            Reach::WithDepot => return with_depot(d, route, j, v),
            Reach::Nowhere => return Place::NONE,
        }
    }
    if d.timed {
        walk::<true>(d, route, j, v, first, blinks)
    } else {
        walk::<false>(d, route, j, v, first, blinks)
    }
}

fn walk<const TIMED: bool>(
    d: &Dense,
    route: &Route,
    j: usize,
    v: usize,
    first: usize,
    mut blinks: Option<&mut Random>,
) -> Place {
    let crew = &d.crew[v];
    let (open, close, service) = (d.open[j], d.close[j], d.service[crew.pace as usize + j]);
    let (to, from) = (&d.time_in[j * d.stride..][..d.stride], &d.time[j * d.stride..][..d.stride]);
    let (cost_to, cost_from) = (&d.cost_in[j * d.stride..][..d.stride], &d.cost[j * d.stride..][..d.stride]);
    let own = Segment::stop(open, close, service);
    let mut base = d.pair(j, v);
    let mut hop_out = 0;
    if route.is_empty() {
        base += crew.fixed;
        hop_out = i64::from(route.stops[0].hop); // an empty route stays at home: splitting it saves nothing
    }
    let last = route.stops.len() - 1;
    let worked = if TIMED && !route.is_empty() { i64::from(route.front[last].duration) } else { 0 };
    let mut best = Place::NONE;
    let mut prev = route.stops[first];
    for (i, next) in route.stops.iter().enumerate().skip(first + 1) {
        // most places fall by their times alone, before travel is looked up
        if prev.ready > close {
            break;
        }
        if next.latest - prev.ready.max(open) < service {
            prev = *next;
            continue;
        }
        let arrival = prev.ready + to[prev.node as usize];
        if arrival > close {
            break;
        }
        let leave = arrival.max(open) + service;
        let on = from[next.node as usize];
        if leave + on <= next.latest {
            let hop = i64::from(cost_to[prev.node as usize]) + i64::from(cost_from[next.node as usize])
                - i64::from(prev.hop)
                + hop_out;
            let mut delta = base + d.travel_weight * hop;
            if delta < best.delta || (TIMED && d.working_weight != 0) {
                let mut allowed = true;
                if TIMED {
                    let ahead = route.front[i - 1].join(to[prev.node as usize], own);
                    let whole = ahead.join(on, route.back[i]);
                    allowed = whole.duration <= crew.limit;
                    delta += d.working_weight * (i64::from(whole.duration) - worked);
                }
                if allowed && delta < best.delta && !blinks.as_deref_mut().is_some_and(|b| b.chance(BLINK)) {
                    best = Place::at(delta, i);
                }
            }
        }
        prev = *next;
    }
    best
}

/// Rich problems: positions that pass the bounds are costed by a pass over what comes after them.
fn exact(d: &Dense, route: &Route, j: usize, v: usize, mut blinks: Option<&mut Random>, bar: i64) -> Place {
    let last = route.stops.len() - 1;
    let (mut best, mut passed) = (Place::NONE, i64::MAX);
    let reach = if d.supply { reach(d, route, j, v) } else { Reach::Anywhere };
    let first = match reach {
        Reach::Nowhere => return best,
        Reach::After(i) => i + 1,
        Reach::Anywhere | Reach::WithDepot => 1,
    };
    let nodes = |stops: Range<usize>| route.stops[stops].iter().map(|s| s.node);
    // most routes are ruled out by bounds alone: what costing takes is made for the first place that is not
    let (mut along, mut pairs, mut done) = (None, 0, 1);
    let (to, from) = (&d.time_in[j * d.stride..][..d.stride], &d.time[j * d.stride..][..d.stride]);
    for i in first.max(route.pinned as usize + 1)..=last {
        let (prev, next) = (&route.stops[i - 1], &route.stops[i]);
        let arrival = prev.ready + to[prev.node as usize];
        if arrival > d.close[j] {
            break;
        }
        let leave = arrival.max(d.open[j]) + d.service[d.crew[v].pace as usize + j];
        if leave + from[next.node as usize] > next.latest {
            continue;
        }
        let bar = bar.min(best.delta);
        let least = least(d, route, j, v, i, reach == Reach::WithDepot, bar);
        if let Some(least) = least.filter(|least| *least >= bar) {
            passed = passed.min(least);
            continue;
        }
        let mut depot = None;
        if reach == Reach::WithDepot {
            depot = near_depot(d, v, route, j, i);
            if depot.is_none() {
                continue;
            }
        }
        let along = along.get_or_insert_with(|| {
            pairs = route.visits().chain([j as u32]).map(|x| pair(d, v, x)).sum();
            Along::new(d, v)
        });
        nodes(done..i).for_each(|node| along.on(d, v, node));
        done = i;
        let put = depot.map(|k| d.problem.depots[k].node).into_iter().chain([j as u32]);
        let most = bar.saturating_add(route.cost).saturating_sub(pairs);
        let Some(cost) = along.by(d, v, put, nodes(i..last), most) else {
            passed = passed.min(bar);
            continue;
        };
        let delta = cost + pairs - route.cost;
        debug_assert!(least.is_none_or(|least| least <= delta), "{least:?} is no bound of {delta}");
        if delta < best.delta && !blinks.as_deref_mut().is_some_and(|b| b.chance(BLINK)) {
            best = Place { delta, at: i as u32, depot: depot.map_or(0, |k| k as u16 + 1), before: i as u16 };
        }
    }
    if best.delta < bar { best } else { Place::least(passed) }
}

/// What putting `j` before stop `i` costs at least, by way of a depot where it takes one: the detour, and what it costs
/// by itself. Nothing else gets cheaper where nothing is reached sooner: a schedule with `j` less `j` is one without.
/// `None` where that cannot be said; where the detour alone is `bar` or more, no more than that is told.
fn least(d: &Dense, route: &Route, j: usize, v: usize, i: usize, with_depot: bool, bar: i64) -> Option<i64> {
    let (prev, next) = (&route.stops[i - 1], &route.stops[i]);
    let (from, to) = (prev.node as usize, next.node as usize);
    let time = |a: usize, b: usize| d.time[a * d.stride + b];
    let cost = |a: usize, b: usize| i64::from(d.cost[a * d.stride + b]);
    // rows of `j` alone: a column is a cache miss a place
    let row = j * d.stride;
    let there = |at: usize| (d.time_in[row + at], i64::from(d.cost_in[row + at]));
    let (on, cost_on) = (d.time[row + to], i64::from(d.cost[row + to]));
    let direct = if Arc::ptr_eq(&d.time, &d.cost) { prev.hop } else { time(from, to) };
    // a break that was taken at `j` may be taken on arrival at what comes next, unless the leg is longer than its window
    let past = |b: &Break| prev.ready < b.window.open && direct > b.window.close - b.window.open;
    if !d.bounded || d.problem.crew[v].breaks.iter().any(past) {
        return None;
    }
    let (had, out) = if route.is_empty() { (0, d.crew[v].fixed) } else { (prev.hop.into(), 0) };
    let by = |way: i64, takes: Tick, reached: Tick, at: usize| -> Option<i64> {
        let (there, cost_there) = there(at);
        if takes + there + on < direct {
            return None;
        }
        let detour = d.travel_weight * (way + cost_there + cost_on - had) + out + d.pair(j, v);
        if detour >= bar {
            return Some(detour);
        }
        let Some(Begun { late, .. }) = begins(d, v, j, reached + there) else { return Some(i64::MAX) };
        Some(detour + late)
    };
    if !with_depot {
        return by(0, 0, prev.ready, from);
    }
    let by_depot = |depot: &Depot| {
        let at = depot.node as usize;
        match begins(d, v, at, prev.ready + time(from, at)) {
            Some(Begun { start, service, .. }) => by(cost(from, at), time(from, at), start + service, at),
            None => Some(i64::MAX),
        }
    };
    d.problem.depots.iter().map(by_depot).try_fold(i64::MAX, |least, by| Some(least.min(by?)))
}

/// The first depot that helps right before `j` where that goes before stop `at` of a route without one.
fn near_depot(d: &Dense, v: usize, route: &Route, j: usize, at: usize) -> Option<usize> {
    let nodes = |stops: &[Stop]| stops.iter().map(|s| s.node).collect::<Vec<_>>();
    let (before, after) = (nodes(&route.stops[1..at]), nodes(&route.stops[at..route.stops.len() - 1]));
    let helps = |depot: &Depot| {
        let put = [depot.node, j as u32];
        supplied(d, v, before.iter().chain(&put).chain(&after).copied())
    };
    d.problem.depots.iter().position(helps)
}
