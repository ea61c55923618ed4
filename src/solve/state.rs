//! The plan under search: hard-feasible routes, a bank of jobs left out, and an undo log of touched routes.
//!
//! A round touches a handful of routes; each is copied once before its first change and put back if the
//! round is refused. Nothing else is ever copied.

use super::cache::{Cache, Place};
use super::dense::Dense;
use super::random::Random;
use super::route::{Route, Stop};
use super::supply::supplied;
use super::workers::Parts;
use std::sync::Arc;

/// `route_of` of a job in the bank.
pub(crate) const BANK: u32 = u32::MAX;
/// `route_of` of a job that belongs to another worker, or is out of play.
pub(crate) const AWAY: u32 = u32::MAX - 1;

/// Routes and bank.
pub(crate) struct State {
    pub d: Arc<Dense>,
    pub routes: Vec<Route>,
    pub route_of: Vec<u32>,
    pub bank: Vec<u32>,
    /// How many of the bank nobody could serve even alone.
    hopeless: usize,
    /// Sum of the routes' costs.
    pub routed: i64,
    /// Sum of the prices of the bank.
    pub left: i64,
    /// Jobs in routes, and routes with any.
    pub served: usize,
    pub used: usize,
    /// Technicians at home, by place in `by_class`.
    empty: Vec<u64>,
    /// Routes this worker may change.
    pub mine: Vec<bool>,
    class_pos: Vec<u32>,
    pub cache: Cache,
    /// By route: changes with every change of content; equal versions mean equal content.
    pub versions: Vec<u32>,
    version: u32,
    saved: Vec<(u32, u32, Route)>,
    saved_count: usize,
    touched: Vec<u32>,
    round: u32,
    bank_saved: Vec<u32>,
    sums_saved: (i64, i64, usize, usize),
}

impl State {
    /// Every job in the bank, every technician at home, except pinned jobs, which are placed.
    pub(crate) fn new(d: Arc<Dense>) -> State {
        let mut class_pos = vec![0; d.m];
        d.by_class.iter().enumerate().for_each(|(i, v)| class_pos[*v as usize] = i as u32);
        let mut state = State {
            routes: vec![Route::default(); d.m],
            route_of: vec![BANK; d.n],
            bank: Vec::new(),
            hopeless: 0,
            routed: 0,
            left: 0,
            served: 0,
            used: 0,
            empty: vec![0; d.m.div_ceil(64).max(1)],
            mine: vec![true; d.m],
            class_pos,
            cache: Cache::new(&d),
            versions: vec![0; d.m],
            version: 1,
            saved: Vec::new(),
            saved_count: 0,
            touched: vec![0; d.m],
            round: 0,
            bank_saved: Vec::new(),
            sums_saved: (0, 0, 0, 0),
            d,
        };
        let pinned: Vec<Vec<u32>> = state.d.problem.crew.iter().map(|t| t.pinned.clone()).collect();
        state.load(&pinned);
        state
    }

    /// Puts the plan `routes` (nodes by technician) in place; jobs it does not name go to the bank.
    /// False, and an empty plan for that technician, where a route is not feasible.
    pub(crate) fn load(&mut self, routes: &[Vec<u32>]) -> bool {
        self.mine.fill(true);
        self.cache.lay(&self.d, &self.mine);
        self.route_of.fill(BANK);
        self.lay(routes)
    }

    /// The same with part `me` of the plan only: other routes are closed, other jobs away.
    pub(crate) fn load_part(&mut self, routes: &[Vec<u32>], parts: &Parts, me: u8) -> bool {
        self.mine.iter_mut().zip(&parts.route).for_each(|(mine, w)| *mine = *w == me);
        self.cache.lay(&self.d, &self.mine);
        self.route_of.iter_mut().zip(&parts.job).for_each(|(r, w)| *r = if *w == me { BANK } else { AWAY });
        self.lay(routes)
    }

    fn lay(&mut self, routes: &[Vec<u32>]) -> bool {
        let d = self.d.clone();
        debug_assert_eq!(routes.len(), d.m);
        self.empty.iter_mut().for_each(|w| *w = 0);
        (self.routed, self.left, self.served, self.used) = (0, 0, 0, 0);
        let mut sound = true;
        for (v, nodes) in routes.iter().enumerate() {
            self.version += 1;
            self.versions[v] = self.version;
            if !self.mine[v] {
                self.routes[v].lay(&d, v, std::iter::empty());
                self.routes[v].cost = 0;
                continue;
            }
            let pinned = &d.problem.crew[v].pinned;
            let route = &mut self.routes[v];
            let free = |x: &u32| *x as usize >= d.n || self.route_of[*x as usize] == BANK;
            sound &= nodes.iter().all(free);
            route.lay(&d, v, nodes.iter().copied().filter(free));
            route.pinned = pinned.len() as u32;
            if !(route.settle(&d, v) && fits(&d, route, v)) {
                sound = false;
                route.lay(&d, v, pinned.iter().copied());
                if !route.settle(&d, v) {
                    route.lay(&d, v, std::iter::empty());
                    route.settle(&d, v);
                    route.pinned = 0;
                }
            }
            self.routed += route.cost;
            for j in route.visits().filter(|j| (*j as usize) < d.n) {
                self.route_of[j as usize] = v as u32;
                self.served += 1;
            }
            self.used += usize::from(!route.is_empty());
            let empty = route.is_empty();
            self.mark(v, empty);
        }
        self.bank = (0..d.n as u32).filter(|j| self.route_of[*j as usize] == BANK).collect();
        self.hopeless = self.bank.iter().filter(|j| d.hopeless[**j as usize]).count();
        self.left = self.bank.iter().map(|j| d.prize[*j as usize]).sum();
        sound
    }

    /// Whether a job is left out that somebody could serve, had nobody else to be served.
    #[inline]
    pub(crate) fn short(&self) -> bool {
        self.bank.len() > self.hopeless
    }

    /// Routed cost and the price of what is left out.
    #[inline]
    pub(crate) fn cost(&self) -> i64 {
        self.routed + self.left
    }

    /// The routes' cost without the price of going out.
    pub(crate) fn travelled(&self) -> i64 {
        let out = (0..self.routes.len()).filter(|v| !self.routes[*v].is_empty());
        self.routed - out.map(|v| self.d.crew[v].fixed).sum::<i64>()
    }

    /// Begins a round: what follows can be taken back.
    pub(crate) fn begin(&mut self) {
        self.round += 1;
        self.saved_count = 0;
        self.bank_saved.clone_from(&self.bank);
        self.sums_saved = (self.routed, self.left, self.served, self.used);
    }

    /// Takes back everything since `begin`.
    pub(crate) fn undo(&mut self) {
        let saved = std::mem::take(&mut self.saved);
        let mut saved = saved;
        for (v, version, route) in &mut saved[..self.saved_count] {
            let v = *v as usize;
            self.versions[v] = *version;
            std::mem::swap(&mut self.routes[v], route);
            for s in &self.routes[v].stops[1..self.routes[v].stops.len() - 1] {
                if (s.node as usize) < self.d.n {
                    self.route_of[s.node as usize] = v as u32;
                }
            }
            let empty = self.routes[v].is_empty();
            self.mark(v, empty);
        }
        self.saved = saved;
        std::mem::swap(&mut self.bank, &mut self.bank_saved);
        self.bank.iter().for_each(|j| self.route_of[*j as usize] = BANK);
        (self.routed, self.left, self.served, self.used) = self.sums_saved;
    }

    /// Ends a round whose outcome stands: routes that came back as they were are known again.
    pub(crate) fn commit(&mut self) {
        for (v, version, route) in &self.saved[..self.saved_count] {
            if self.routes[*v as usize].stops == route.stops {
                self.versions[*v as usize] = *version;
            }
        }
    }

    /// Whether the route changed in this round.
    #[inline]
    pub(crate) fn is_touched(&self, v: usize) -> bool {
        self.touched[v] == self.round
    }

    /// The routes this round changed, as they were.
    pub(crate) fn before(&self) -> &[(u32, u32, Route)] {
        &self.saved[..self.saved_count]
    }

    /// A job that stands in the way of `j`, which few may serve: any of somebody who may.
    pub(crate) fn rival(&self, random: &mut Random, j: usize) -> Option<usize> {
        let slots = if self.d.few(j) { self.cache.slots(j) } else { 0..0 };
        if slots.is_empty() {
            return None;
        }
        let route = &self.routes[self.cache.whose(slots.start + random.below(slots.len())) as usize];
        let free = &route.stops[1 + route.pinned as usize..route.stops.len() - 1];
        let stop = free.get(random.below(free.len().max(1)))?;
        Some(stop.node as usize).filter(|x| *x < self.d.n)
    }

    /// The price of the bank as the round found it.
    pub(crate) fn left_before(&self) -> i64 {
        self.sums_saved.1
    }

    /// The bank as the round found it.
    pub(crate) fn bank_before(&self) -> &[u32] {
        &self.bank_saved
    }

    /// Copies route `v` to the undo log before its first change.
    pub(super) fn touch(&mut self, v: usize) {
        if self.touched[v] == self.round {
            return;
        }
        self.touched[v] = self.round;
        if self.saved_count == self.saved.len() {
            self.saved.push((0, 0, Route::default()));
        }
        let slot = &mut self.saved[self.saved_count];
        (slot.0, slot.1) = (v as u32, self.versions[v]);
        slot.2.clone_from(&self.routes[v]);
        self.saved_count += 1;
    }

    pub(super) fn stamp(&mut self, v: usize) {
        self.version = self.version.wrapping_add(1);
        if self.version == 0 {
            self.version = 1;
            self.cache.clear();
            for v in &mut self.versions {
                self.version += 1;
                *v = self.version;
            }
        }
        self.versions[v] = self.version;
    }

    pub(super) fn mark(&mut self, v: usize, empty: bool) {
        let p = self.class_pos[v] as usize;
        if empty {
            self.empty[p >> 6] |= 1 << (p & 63);
        } else {
            self.empty[p >> 6] &= !(1 << (p & 63));
        }
    }

    /// The first technician at home at or after place `from` in class order.
    #[inline]
    pub(crate) fn at_home(&self, from: usize) -> Option<usize> {
        let mut w = from >> 6;
        if w >= self.empty.len() {
            return None;
        }
        let mut bits = self.empty[w] & (!0u64 << (from & 63));
        while bits == 0 {
            w += 1;
            if w == self.empty.len() {
                return None;
            }
            bits = self.empty[w];
        }
        Some((w << 6) + bits.trailing_zeros() as usize)
    }

    /// Puts job `j` of the bank before stop `at` of route `v`; `delta` is what the scan promised.
    /// The caller takes `j` out of `bank`.
    pub(crate) fn insert(&mut self, j: usize, v: usize, place: Place) {
        let (at, delta) = (place.at as usize, place.delta);
        self.touch(v);
        let d = &self.d;
        let route = &mut self.routes[v];
        if route.is_empty() {
            self.used += 1;
        }
        route.stops.insert(at, Stop { node: j as u32, ..Stop::default() });
        let mut sound = route.mend(d, v, at);
        if place.depot > 0 {
            let node = d.problem.depots[place.depot as usize - 1].node;
            route.stops.insert(place.before as usize, Stop { node, ..Stop::default() });
            sound = route.mend(d, v, place.before as usize);
        }
        debug_assert!(sound && supplied(d, v, route.visits()), "job {j} into route {v} at {at}");
        d.needs(j).iter().for_each(|(dim, q)| route.load[*dim as usize] += q);
        route.cost += delta;
        debug_assert_eq!(route.costed(d, v), Some(route.cost), "delta of {j} into {v} at {at}");
        self.routed += delta;
        self.left -= d.prize[j];
        self.route_of[j] = v as u32;
        self.served += 1;
        self.mark(v, false);
        self.stamp(v);
    }

    /// Removes the stops of route `v` for which `gone` says so (index, node) and banks their jobs.
    /// False if what is left is not feasible (travel times that break the triangle rule).
    pub(crate) fn remove(&mut self, v: usize, mut gone: impl FnMut(usize, u32) -> bool) -> bool {
        self.touch(v);
        let d = self.d.clone();
        let route = &mut self.routes[v];
        let last = route.stops.len() - 1;
        let (first, before) = (1 + route.pinned as usize, route.cost);
        let mut kept = first;
        for i in first..last {
            let node = route.stops[i].node;
            if (node as usize) >= d.n || !gone(i, node) {
                route.stops[kept] = route.stops[i];
                kept += 1;
            } else {
                self.route_of[node as usize] = BANK;
                self.bank.push(node);
                self.left += d.prize[node as usize];
                self.served -= 1;
            }
        }
        route.stops[kept] = route.stops[last];
        route.stops.truncate(kept + 1);
        drop_idle_depot(&d, route, v);
        let sound = route.settle(&d, v);
        self.routed += route.cost - before;
        if route.is_empty() && last > 1 {
            self.used -= 1;
        }
        let empty = route.is_empty();
        self.mark(v, empty);
        self.stamp(v);
        sound
    }

    /// The nodes of every route.
    pub(crate) fn plan(&self) -> Vec<Vec<u32>> {
        self.routes.iter().map(|r| r.visits().collect()).collect()
    }
}

/// Whether eligibility and counts hold (time is `settle`'s affair).
pub(crate) fn fits(d: &Dense, route: &Route, v: usize) -> bool {
    let able = route.visits().filter(|j| (*j as usize) < d.n).all(|j| d.can(j as usize, v));
    able && supplied(d, v, route.visits())
        && (0..d.dims).all(|dim| route.load[dim] <= d.cap[v * d.dims + dim])
}

/// A depot visit nobody needs any more is left out.
fn drop_idle_depot(d: &Dense, route: &mut Route, v: usize) {
    if !d.supply {
        return;
    }
    let last = route.stops.len() - 1;
    let Some(at) = (1 + route.pinned as usize..last).find(|i| route.stops[*i].node as usize >= d.n) else {
        return;
    };
    if supplied(d, v, route.visits().filter(|x| (*x as usize) < d.n)) {
        route.stops.remove(at);
    }
}
