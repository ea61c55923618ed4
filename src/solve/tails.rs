//! Exchange of tails (2-opt*, Potvin and Rousseau 1995), the empty route included: splits and joins of routes.
//!
//! Ruin cuts strings of ten stops; where routes are long, half of one can only change hands in one piece.

use super::dense::Dense;
use super::random::Random;
use super::route::{Route, Stop};
use super::state::{AWAY, State, fits};
use super::timeline::floor;

/// How many of a job's likeliest route-mates a join is tried with.
const MATES: usize = 16;
/// Chance in 65,536 that a tail is offered to a technician at home.
const SPLIT: u32 = 4_000;
/// Chance in 65,536 that a place to part a route is overlooked.
const OVERLOOK: u32 = 16_384;

/// Where one tail is cut and another joined: stop `at` of route `r` is followed by stop `to` of route `s`.
struct Join {
    r: usize,
    at: usize,
    s: usize,
    to: usize,
}

/// Draws a join around job `x` and carries it out if the plan then costs less than `bound`.
/// A round of its own: true if something changed and stands.
pub(crate) fn exchange(state: &mut State, random: &mut Random, x: usize, bound: i64) -> bool {
    let Some(join) = draw(state, random, x) else { return false };
    let expected = state.cost() + least(state, &join);
    if expected >= bound || !in_time(state, &join) || !may(state, &join) || !pays(state, &join, bound) {
        return false;
    }
    state.begin();
    if state.exchange(join.r, join.at, join.s, join.to) && state.cost() < bound {
        debug_assert!(expected < i64::MIN / 8 || expected == state.cost(), "what an exchange changes");
        return true;
    }
    state.undo();
    false
}

fn draw(state: &State, random: &mut Random, x: usize) -> Option<Join> {
    let d = &*state.d;
    let r = state.route_of[x];
    if r >= AWAY {
        return None;
    }
    let r = r as usize;
    if random.chance(SPLIT) {
        let s = idle(state, random, x)?;
        return Some(Join { r, at: parting(state, random, r, s)?, s, to: 1 });
    }
    let mates = &d.near.insert(x)[..MATES.min(d.near.insert(x).len())];
    if mates.is_empty() {
        return None;
    }
    let y = mates[random.below(mates.len())] as usize;
    let s = state.route_of[y];
    if s >= AWAY || s as usize == r {
        return None;
    }
    let s = s as usize;
    let (i, k) = (position(state, r, x)?, position(state, s, y)?);
    // the order that their windows suggest
    if d.open[x] + d.close[x] <= d.open[y] + d.close[y] {
        Some(Join { r, at: i, s, to: k })
    } else {
        Some(Join { r: s, at: k, s: r, to: i })
    }
}

/// Behind which stop of `r` its tail is most cheaply given to `s`, who is at home; some stops are overlooked.
fn parting(state: &State, random: &mut Random, r: usize, s: usize) -> Option<usize> {
    let d = &*state.d;
    let route = &state.routes[r];
    let (end, start) = (d.crew[r].end as usize, d.crew[s].start as usize);
    let cost = |x: usize, y: usize| i64::from(d.cost[x * d.stride + y]);
    let first = 1 + route.pinned as usize;
    let last = route.stops.len() - 1;
    (first..last.saturating_sub(1)).filter(|_| !random.chance(OVERLOOK)).min_by_key(|i| {
        let (a, b) = (&route.stops[*i], &route.stops[*i + 1]);
        cost(a.node as usize, end) + cost(start, b.node as usize) - i64::from(a.hop)
    })
}

/// Where job `x` stands, if it may move.
fn position(state: &State, r: usize, x: usize) -> Option<usize> {
    let route = &state.routes[r];
    let first = 1 + route.pinned as usize;
    route.stops[first..].iter().position(|s| s.node as usize == x).map(|i| i + first)
}

/// A technician at home who might take over behind job `x`.
fn idle(state: &State, random: &mut Random, x: usize) -> Option<usize> {
    let d = &*state.d;
    let near = d.near.crew(x);
    if near.is_empty() {
        let class = random.below(d.class_at.len() - 1);
        let v = state.at_home(d.class_at[class] as usize).map(|p| d.by_class[p] as usize)?;
        return Some(v);
    }
    let v = near[random.below(near.len())] as usize;
    (state.mine[v]
        && state.routes[v].is_empty()
        && state.routes[v].pinned == 0
        && state.route_of[x] != v as u32)
        .then_some(v)
}

/// What the exchange changes, where travel and going out are all that counts; else nothing is known beforehand.
fn least(state: &State, join: &Join) -> i64 {
    let d = &*state.d;
    if d.rich || d.working_weight != 0 || !d.pair.is_empty() {
        return i64::MIN / 4;
    }
    let (r, s) = (&state.routes[join.r], &state.routes[join.s]);
    let (a, b) = (&r.stops[join.at], &s.stops[join.to]);
    let (before_b, after_a) = (&s.stops[join.to - 1], &r.stops[join.at + 1]);
    let (last_r, last_s) = (r.stops.len() - 1, s.stops.len() - 1);
    let hop = |x: u32, y: u32| i64::from(d.cost[x as usize * d.stride + y as usize]);
    let (end_r, end_s) = (d.crew[join.r].end, d.crew[join.s].end);
    // where a tail is empty the end itself is joined, and it is the technician's own
    let (b_is_end, a_is_last) = (join.to == last_s, join.at + 1 == last_r);
    let mut travel = hop(a.node, if b_is_end { end_r } else { b.node }) - i64::from(a.hop);
    let mut fixed = 0;
    if join.to == 1 && a_is_last {
        fixed -= d.crew[join.s].fixed;
    } else {
        travel += hop(before_b.node, if a_is_last { end_s } else { after_a.node });
    }
    if s.is_empty() {
        fixed += d.crew[join.s].fixed;
    } else {
        travel -= i64::from(before_b.hop);
    }
    if end_r != end_s {
        let home = |x: u32, new: u32, old: u32| hop(x, new) - hop(x, old);
        travel += if b_is_end { 0 } else { home(s.stops[last_s - 1].node, end_r, end_s) };
        travel += if a_is_last { 0 } else { home(r.stops[last_r - 1].node, end_s, end_r) };
    }
    d.travel_weight * travel + fixed
}

/// Whether both routes may come to cost less than `bound` with all else: rich routes by what they cost without breaks.
fn pays(state: &State, join: &Join, bound: i64) -> bool {
    let d = &*state.d;
    if !d.rich || !d.bounded {
        return true;
    }
    let (r, s) = (&state.routes[join.r], &state.routes[join.s]);
    let (head_r, tail_r) = (&r.stops[1..=join.at], &r.stops[join.at + 1..r.stops.len() - 1]);
    let (head_s, tail_s) = (&s.stops[1..join.to], &s.stops[join.to..s.stops.len() - 1]);
    let floor = |v: usize, head: &[Stop], tail: &[Stop]| floor(d, v, head.iter().chain(tail).map(|x| x.node));
    let others = state.cost() - r.cost - s.cost;
    let first = floor(join.r, head_r, tail_s).filter(|first| others + first < bound);
    first.zip(floor(join.s, head_s, tail_r)).is_some_and(|(first, second)| others + first + second < bound)
}

/// Whether both joins are in time, as far as that shows at the joins.
fn in_time(state: &State, join: &Join) -> bool {
    let d = &*state.d;
    let (r, s) = (&state.routes[join.r], &state.routes[join.s]);
    let span = |x: u32, y: u32| d.time[x as usize * d.stride + y as usize];
    let (a, b) = (&r.stops[join.at], &s.stops[join.to]);
    let (before_b, after_a) = (&s.stops[join.to - 1], &r.stops[join.at + 1]);
    let alike = d.crew[join.r].class == d.crew[join.s].class;
    let reach = |from: &Stop, to: &Stop| {
        let latest = if alike {
            to.latest
        } else if (to.node as usize) < d.n {
            d.close[to.node as usize]
        } else {
            i32::MAX
        };
        from.ready + span(from.node, to.node) <= latest
    };
    reach(a, b) && reach(before_b, after_a)
}

/// Whether the tails may change hands: certifications and counts, as far as they can be told apart.
fn may(state: &State, join: &Join) -> bool {
    let d = &*state.d;
    let (r, s) = (&state.routes[join.r], &state.routes[join.s]);
    let (tail_r, tail_s) = (&r.stops[join.at + 1..r.stops.len() - 1], &s.stops[join.to..s.stops.len() - 1]);
    if d.crew[join.r].class != d.crew[join.s].class {
        let able = |tail: &[Stop], v: usize| {
            tail.iter().filter(|x| (x.node as usize) < d.n).all(|x| d.can(x.node as usize, v))
        };
        if !able(tail_r, join.s) || !able(tail_s, join.r) {
            return false;
        }
    }
    (0..d.dims).all(|dim| {
        let of = |tail: &[Stop]| -> i32 { tail.iter().map(|x| taken(d, x.node, dim)).sum() };
        let (from_r, from_s) = (of(tail_r), of(tail_s));
        r.load[dim] - from_r + from_s <= d.cap[join.r * d.dims + dim]
            && s.load[dim] - from_s + from_r <= d.cap[join.s * d.dims + dim]
    })
}

fn taken(d: &Dense, node: u32, dim: usize) -> i32 {
    let node = node as usize;
    if node >= d.n {
        return 0;
    }
    d.needs(node).iter().find(|n| n.0 as usize == dim).map_or(0, |n| n.1)
}

impl State {
    /// Exchanges the tails behind stop `at` of `r` and from stop `to` of `s` on. False where a rule is broken.
    fn exchange(&mut self, r: usize, at: usize, s: usize, to: usize) -> bool {
        self.touch(r);
        self.touch(s);
        let d = self.d.clone();
        let before = self.routes[r].cost + self.routes[s].cost;
        let used = usize::from(!self.routes[s].is_empty()) + 1;
        let mut tail: Vec<Stop> = self.routes[r].stops.split_off(at + 1);
        let end_r = tail.pop().expect("a route has an end");
        let end_s = self.routes[s].stops.pop().expect("a route has an end");
        let (one, two) = pair(&mut self.routes, r, s);
        one.stops.extend(two.stops.drain(to..));
        one.stops.push(end_r);
        two.stops.append(&mut tail);
        two.stops.push(end_s);
        for v in [r, s] {
            if !(self.routes[v].settle(&d, v) && (!d.supply || fits(&d, &self.routes[v], v))) {
                return false;
            }
        }
        for v in [r, s] {
            for k in 1..self.routes[v].stops.len() - 1 {
                let node = self.routes[v].stops[k].node as usize;
                if node < d.n {
                    self.route_of[node] = v as u32;
                }
            }
            let empty = self.routes[v].is_empty();
            self.mark(v, empty);
            self.stamp(v);
        }
        self.routed += self.routes[r].cost + self.routes[s].cost - before;
        self.used = self.used + [r, s].iter().filter(|v| !self.routes[**v].is_empty()).count() - used;
        true
    }
}

fn pair(routes: &mut [Route], r: usize, s: usize) -> (&mut Route, &mut Route) {
    if r < s {
        let (low, high) = routes.split_at_mut(s);
        (&mut low[r], &mut high[0])
    } else {
        let (low, high) = routes.split_at_mut(r);
        (&mut high[0], &mut low[s])
    }
}
