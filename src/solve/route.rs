//! One technician's route with what makes an insertion an O(1) question.
//!
//! A stop keeps the earliest departure (from the front), the latest arrival (from the back) and the cost of
//! the hop to the next stop, side by side: a scan reads one cache line for four stops.

use super::dense::Dense;
use super::problem::Tick;
use super::segment::Segment;

/// A place in a route. Job `j` is node `j`; the first and last stop are the technician's own places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stop {
    pub node: u32,
    /// Earliest departure.
    pub ready: Tick,
    /// Latest arrival that keeps the rest feasible.
    pub latest: Tick,
    /// Travel cost to the next stop, unweighted.
    pub hop: i32,
}

/// A route: stops from start to end, and summaries.
#[derive(Debug, Default)]
pub(crate) struct Route {
    pub stops: Vec<Stop>,
    /// What the stops take of each counted dimension.
    pub load: Vec<i32>,
    /// Stops up to and including this index never move and nothing goes between them.
    pub pinned: u32,
    /// Travel, duration, pair and fixed cost, and every soft term.
    pub cost: i64,
    /// Segments of stops `..=i` and `i..`, where durations matter.
    pub front: Vec<Segment>,
    pub back: Vec<Segment>,
}

impl Clone for Route {
    fn clone(&self) -> Route {
        let mut copy = Route::default();
        copy.clone_from(self);
        copy
    }
    /// Reuses what is allocated: the undo log copies routes all day.
    fn clone_from(&mut self, from: &Route) {
        self.stops.clone_from(&from.stops);
        self.load.clone_from(&from.load);
        self.front.clone_from(&from.front);
        self.back.clone_from(&from.back);
        (self.pinned, self.cost) = (from.pinned, from.cost);
    }
}

impl Route {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.stops.len() == 2
    }

    /// The nodes between start and end.
    pub(crate) fn visits(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.stops[1..self.stops.len() - 1].iter().map(|s| s.node)
    }

    /// The route of `v` through `nodes`, summaries still to be made.
    pub(crate) fn lay(&mut self, d: &Dense, v: usize, nodes: impl Iterator<Item = u32>) {
        let crew = &d.crew[v];
        let stop = |node| Stop { node, ..Stop::default() };
        self.stops.clear();
        self.stops.push(stop(crew.start));
        self.stops.extend(nodes.map(stop));
        self.stops.push(stop(crew.end));
    }

    /// Makes every summary anew from the nodes. False if the hard rules of time are broken.
    pub(crate) fn settle(&mut self, d: &Dense, v: usize) -> bool {
        let last = self.stops.len() - 1;
        let mut sound = self.forward(d, v, 1, last);
        sound &= self.backward(d, v, last - 1, 0);
        self.load.clear();
        self.load.resize(d.dims, 0);
        for s in &self.stops[1..last] {
            if (s.node as usize) < d.n {
                d.needs(s.node as usize).iter().for_each(|(dim, q)| self.load[*dim as usize] += q);
            }
        }
        if d.timed && sound {
            self.segments(d, v, None);
            sound &= self.front[last].duration <= d.crew[v].limit;
        }
        if sound {
            match self.costed(d, v) {
                Some(cost) => self.cost = cost,
                None => sound = false,
            }
        }
        sound
    }

    /// Earliest departures from stop `from` on. Stops early once, past `sure`, nothing changes.
    fn forward(&mut self, d: &Dense, v: usize, from: usize, sure: usize) -> bool {
        let crew = &d.crew[v];
        let last = self.stops.len() - 1;
        if from <= 1 {
            self.stops[0].ready = crew.open;
        }
        let mut prev = self.stops[from - 1];
        for i in from..=last {
            let node = self.stops[i].node as usize;
            let arc = prev.node as usize * d.stride + node;
            let arrival = prev.ready + d.time[arc];
            self.stops[i - 1].hop = d.cost[arc];
            let (open, close, service) = if i == last { (0, crew.close, 0) } else { d.hours(node, v) };
            if arrival > close {
                return false;
            }
            let ready = arrival.max(open) + service;
            if i > sure && self.stops[i].ready == ready {
                return true;
            }
            self.stops[i].ready = ready;
            prev = self.stops[i];
        }
        true
    }

    /// Latest arrivals from stop `from` down to the start. Stops early once, before `sure`, nothing changes.
    fn backward(&mut self, d: &Dense, v: usize, from: usize, sure: usize) -> bool {
        let crew = &d.crew[v];
        let last = self.stops.len() - 1;
        self.stops[last].latest = crew.close;
        let mut next = self.stops[from + 1];
        for i in (0..=from).rev() {
            let node = self.stops[i].node as usize;
            let leave = next.latest - d.time[node * d.stride + next.node as usize];
            let (open, close, service) = if i == 0 { (crew.open, crew.close, 0) } else { d.hours(node, v) };
            let latest = (leave - service).min(close);
            if latest < open {
                return false;
            }
            if i < sure && self.stops[i].latest == latest {
                return true;
            }
            self.stops[i].latest = latest;
            next = self.stops[i];
        }
        true
    }

    /// Summaries after a stop was put at `at`; the rest was sound before and the new stop fits.
    pub(crate) fn mend(&mut self, d: &Dense, v: usize, at: usize) -> bool {
        let sound = self.forward(d, v, at, at) && self.backward(d, v, at, at);
        if d.timed && sound {
            self.segments(d, v, Some(at));
        }
        sound
    }

    /// Segments anew: all of them, or those that a stop put at `put` has a part in.
    fn segments(&mut self, d: &Dense, v: usize, put: Option<usize>) {
        let last = self.stops.len() - 1;
        let mut front = std::mem::take(&mut self.front);
        let mut back = std::mem::take(&mut self.back);
        let own = |i: usize| self.own_segment(d, v, i);
        let hop = |i: usize| d.time[self.stops[i].node as usize * d.stride + self.stops[i + 1].node as usize];
        let (from, until) = match put.filter(|_| front.len() == last && back.len() == last) {
            Some(at) => {
                front.truncate(at);
                back.insert(at, own(at));
                (at, at)
            }
            None => {
                front.clear();
                front.push(own(0));
                back.clear();
                back.resize(last + 1, own(last));
                (1, last - 1)
            }
        };
        for i in from..=last {
            front.push(front[i - 1].join(hop(i - 1), own(i)));
        }
        for i in (0..=until).rev() {
            back[i] = own(i).join(hop(i), back[i + 1]);
        }
        (self.front, self.back) = (front, back);
    }

    fn own_segment(&self, d: &Dense, v: usize, i: usize) -> Segment {
        let crew = &d.crew[v];
        if i == 0 || i + 1 == self.stops.len() {
            return Segment::stop(crew.open, crew.close, 0);
        }
        let (open, close, service) = d.hours(self.stops[i].node as usize, v);
        Segment::stop(open, close, service)
    }

    /// The route's whole cost from its stops, or `None` where a hard rule is broken (rich problems only).
    pub(crate) fn costed(&self, d: &Dense, v: usize) -> Option<i64> {
        if d.rich {
            return super::timeline::cost(d, v, self.visits());
        }
        let last = self.stops.len() - 1;
        if last == 1 && !self.goes_out() {
            return Some(0);
        }
        let travel: i64 = self.stops[..last].iter().map(|s| i64::from(s.hop)).sum();
        let mut cost = d.travel_weight * travel + d.crew[v].fixed;
        if d.working_weight != 0 {
            cost += d.working_weight * i64::from(self.front[last].duration);
        }
        if !d.pair.is_empty() {
            cost += self.visits().filter(|j| (*j as usize) < d.n).map(|j| d.pair(j as usize, v)).sum::<i64>();
        }
        Some(cost)
    }

    /// An empty route stays at home and costs nothing.
    fn goes_out(&self) -> bool {
        !self.is_empty()
    }
}

impl Dense {
    /// Hours and service of a job or depot node for technician `v`.
    #[inline]
    pub(crate) fn hours(&self, node: usize, v: usize) -> (Tick, Tick, Tick) {
        if node < self.n {
            return (self.open[node], self.close[node], self.service[self.crew[v].pace as usize + node]);
        }
        let depot = self.problem.depots.iter().find(|d| d.node as usize == node);
        depot.map_or((0, super::problem::NEVER, 0), |d| (d.window.open, d.window.close, d.service))
    }
}
