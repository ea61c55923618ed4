//! Where a job goes into a route, and what that costs: one scan over the stops.

use super::cache::Place;
use super::dense::Dense;
use super::random::Random;
use super::route::Route;
use super::segment::Segment;
use super::supply::{Reach, reach, supplied, with_depot};
use super::timeline;

/// Chance in 65,536 that a position is overlooked (SISR's blink, 1 %).
const BLINK: u32 = 655;

/// Whether counts allow job `j` in the route at all.
#[inline]
pub(crate) fn room(d: &Dense, route: &Route, j: usize, v: usize) -> bool {
    d.needs(j).iter().all(|(dim, q)| route.load[*dim as usize] <= d.cap[v * d.dims + *dim as usize] - q)
}

/// The cheapest feasible place for `j` in route `v`; with `blinks`, each improving one may be overlooked.
pub(crate) fn scan(d: &Dense, route: &Route, j: usize, v: usize, blinks: Option<&mut Random>) -> Place {
    if d.rich {
        return exact(d, route, j, v, blinks);
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
    let earliest = open + service;
    for (i, next) in route.stops.iter().enumerate().skip(first + 1) {
        // most places fall by their times alone, before travel is looked up
        if next.latest < earliest {
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
            if delta < best.delta || TIMED {
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

/// Rich problems: positions that pass the bounds are costed by a pass over the whole route.
fn exact(d: &Dense, route: &Route, j: usize, v: usize, mut blinks: Option<&mut Random>) -> Place {
    let last = route.stops.len() - 1;
    let mut best = Place::NONE;
    let nodes: Vec<u32> = route.visits().collect();
    let mut with: Vec<u32> = Vec::with_capacity(nodes.len() + 2);
    let has_depot = nodes.iter().any(|x| *x as usize >= d.n);
    for i in route.pinned as usize + 1..=last {
        let (prev, next) = (&route.stops[i - 1], &route.stops[i]);
        let arrival = prev.ready + d.time[prev.node as usize * d.stride + j];
        if arrival > d.close[j] {
            break;
        }
        let leave = arrival.max(d.open[j]) + d.service[d.crew[v].pace as usize + j];
        if leave + d.time[j * d.stride + next.node as usize] > next.latest {
            continue;
        }
        with.clone_from(&nodes);
        with.insert(i - 1, j as u32);
        let mut depot = 0;
        if d.supply && !supplied(d, v, with.iter().copied()) {
            let found = (!has_depot).then(|| near_depot(d, v, &mut with, i - 1)).flatten();
            let Some(k) = found else { continue };
            depot = k as u16 + 1;
        }
        let Some(cost) = timeline::cost(d, v, with.iter().copied()) else { continue };
        let delta = cost - route.cost;
        if delta < best.delta && !blinks.as_deref_mut().is_some_and(|b| b.chance(BLINK)) {
            best = Place { delta, at: i as u32, depot, before: i as u16 };
        }
    }
    best
}

/// Puts the first depot that helps right before place `at` of `with`.
fn near_depot(d: &Dense, v: usize, with: &mut Vec<u32>, at: usize) -> Option<usize> {
    for (k, depot) in d.problem.depots.iter().enumerate() {
        with.insert(at, depot.node);
        if supplied(d, v, with.iter().copied()) {
            return Some(k);
        }
        with.remove(at);
    }
    None
}
