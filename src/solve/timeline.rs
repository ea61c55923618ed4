//! The exact pass over one route: times, soft terms, breaks, dayparts.
//!
//! Used for every candidate of a rich problem and for the times of any answer. Breaks are taken in their
//! order, before a leg or on arrival; for each number taken every schedule is kept that another does not beat in
//! all respects. A leg never
//! arrives earlier for leaving later. With one daypart the departure is the latest that moves no visit past
//! its due time and does not delay the end, which makes the duration least.

use super::dense::Dense;
use super::problem::{Break, NEVER, Tick};

/// What a plan costs, term by term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub travel: i64,
    pub working: i64,
    pub vehicles: i64,
    pub lateness: i64,
    pub overtime: i64,
    pub changes: i64,
    pub preference: i64,
    pub fairness: i64,
    pub left_out: i64,
}

impl Terms {
    /// The one cost.
    pub fn total(&self) -> i64 {
        self.travel
            + self.working
            + self.vehicles
            + self.lateness
            + self.overtime
            + self.changes
            + self.preference
            + self.fairness
            + self.left_out
    }
}

impl Terms {
    /// Adds term by term.
    pub fn add(&mut self, o: &Terms) {
        self.travel += o.travel;
        self.working += o.working;
        self.vehicles += o.vehicles;
        self.lateness += o.lateness;
        self.overtime += o.overtime;
        self.changes += o.changes;
        self.preference += o.preference;
        self.fairness += o.fairness;
        self.left_out += o.left_out;
    }
}

/// Times and terms of a feasible route.
pub(crate) fn schedule(d: &Dense, v: usize, nodes: &[u32]) -> (Vec<Visit>, Terms) {
    let mut along = Along::new(d, v);
    let mut told = Vec::new();
    along.trail = Some(Vec::new());
    for node in nodes {
        along.on(d, v, *node);
    }
    let Some(end) = along.end(d, v).filter(|_| !nodes.is_empty()) else { return Default::default() };
    let trail = along.trail.unwrap_or_default();
    let mut at = end.last;
    while let Some((before, visit)) = trail.get(at as usize) {
        told.push(*visit);
        at = *before;
    }
    told.reverse();
    (told, terms(d, v, nodes, &end))
}

/// When a stop is reached, served and left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub node: u32,
    pub arrive: Tick,
    pub start: Tick,
    pub leave: Tick,
}

/// One schedule of the stops so far.
#[derive(Clone, Copy)]
struct Track {
    now: Tick,
    late: i64,
    travel: i64,
    busy: i64,
    wait: Tick,
    /// How much later the start may be without moving anything past its due time or the end.
    slack: Tick,
    /// How many breaks have been taken; [`BEATEN`] where another schedule is better in all respects.
    taken: u32,
    /// Its last stop in the trail, where times are asked for.
    last: u32,
}

const BEATEN: u32 = u32::MAX;
/// Before the first stop of a trail.
const NOWHERE: u32 = u32::MAX;

impl Track {
    /// Whether nothing can come of `o` that does not come of this one as well. Where ways take longer at some hours
    /// (`hourly`), being there sooner may cost more travel.
    fn beats(&self, o: &Track, hourly: bool) -> bool {
        (if hourly { self.now == o.now } else { self.now <= o.now })
            && self.late <= o.late
            && self.travel <= o.travel
            && self.busy <= o.busy
            && self.slack >= o.slack
    }
}

/// Cost of `v` visiting these nodes, or `None` where a hard rule of time is broken.
pub(crate) fn cost(d: &Dense, v: usize, visits: impl Iterator<Item = u32>) -> Option<i64> {
    let mut along = Along::new(d, v);
    let (mut some, mut pairs) = (false, 0);
    for node in visits {
        along.on(d, v, node);
        (some, pairs) = (true, pairs + pair(d, v, node));
    }
    if !some {
        return Some(0);
    }
    Some(pairs + routed(d, v, &along.end(d, v)?))
}

/// Schedules of a route's first stops that are worth going on with. A stop put in at several places shares what comes
/// before.
pub(crate) struct Along {
    tracks: Vec<Track>,
    from: usize,
    /// Each stop served with the one before it, where times are asked for.
    trail: Option<Vec<(u32, Visit)>>,
    /// The schedules of a stop that is tried.
    tried: Vec<Track>,
}

impl Along {
    /// At the start of the shift.
    pub(crate) fn new(d: &Dense, v: usize) -> Along {
        let crew = &d.crew[v];
        let begin = Track {
            now: crew.open,
            late: 0,
            travel: 0,
            busy: 0,
            wait: 0,
            slack: NEVER,
            taken: 0,
            last: NOWHERE,
        };
        // a schedule for each number of breaks taken, and one that is about to be beaten
        let room = d.problem.crew[v].breaks.len() + 3;
        let mut tracks = Vec::with_capacity(room);
        tracks.push(begin);
        Along { tracks, from: crew.start as usize, trail: None, tried: Vec::with_capacity(room) }
    }

    /// Goes on to a node and serves it.
    pub(crate) fn on(&mut self, d: &Dense, v: usize, node: u32) {
        go(d, &mut self.tracks, v, self.from, node as usize);
        let trail = &mut self.trail;
        self.tracks.retain_mut(|t| serve(d, v, node as usize, t, trail));
        self.from = node as usize;
    }

    /// Goes home; the cheapest way to do all of it.
    fn end(&mut self, d: &Dense, v: usize) -> Option<Track> {
        home(d, v, &mut self.tracks, self.from)
    }

    /// Cost of going on from here by `first` and then `rest`, but for what pairs cost; `None` where a hard rule is broken
    /// or it costs `most` at least.
    pub(crate) fn by(
        &mut self,
        d: &Dense,
        v: usize,
        first: impl Iterator<Item = u32>,
        rest: impl Iterator<Item = u32>,
        most: i64,
    ) -> Option<i64> {
        self.tried.clone_from(&self.tracks);
        let mut from = self.from;
        // what has been paid is no less in the end
        let most = if d.grows { most } else { i64::MAX };
        let paid = |t: &Track| t.late + d.travel_weight * t.travel + d.crew[v].fixed;
        for node in first.chain(rest) {
            go(d, &mut self.tried, v, from, node as usize);
            self.tried.retain_mut(|t| serve(d, v, node as usize, t, &mut None) && paid(t) < most);
            if self.tried.is_empty() {
                return None;
            }
            from = node as usize;
        }
        let end = home(d, v, &mut self.tried, from)?;
        Some(routed(d, v, &end)).filter(|cost| *cost < most)
    }
}

/// The way home, and the cheapest schedule that is home in time with all breaks taken.
fn home(d: &Dense, v: usize, tracks: &mut Vec<Track>, from: usize) -> Option<Track> {
    let crew = &d.crew[v];
    go(d, tracks, v, from, crew.end as usize);
    let all = d.problem.crew[v].breaks.len() as u32;
    let ended =
        tracks.iter().filter(|t| t.taken == all && t.now <= crew.close && spent(d, v, t) <= crew.limit);
    ended.min_by_key(|t| routed(d, v, t)).copied()
}

/// Ticks between departure and return, the departure chosen to make them least.
fn spent(d: &Dense, v: usize, end: &Track) -> Tick {
    let late_start = if d.problem.travel.time.len() > 1 { 0 } else { end.slack.min(end.wait).max(0) };
    end.now - d.crew[v].open - late_start
}

/// What serving a job by `v` costs beyond the route.
pub(crate) fn pair(d: &Dense, v: usize, node: u32) -> i64 {
    if (node as usize) < d.n { d.pair(node as usize, v) } else { 0 }
}

/// What a route costs but for its pairs.
#[inline]
fn routed(d: &Dense, v: usize, end: &Track) -> i64 {
    but_pairs(d, v, end).total()
}

fn but_pairs(d: &Dense, v: usize, end: &Track) -> Terms {
    let person = &d.problem.crew[v];
    let busy = end.busy / 1024;
    Terms {
        travel: d.travel_weight * end.travel,
        working: d.working_weight * i64::from(spent(d, v, end)),
        vehicles: d.crew[v].fixed,
        lateness: end.late,
        overtime: i64::from((end.now - person.shift.close).max(0)) * person.overtime_rate,
        fairness: d.problem.weights.fairness * busy * busy,
        ..Terms::default()
    }
}

fn terms(d: &Dense, v: usize, nodes: &[u32], end: &Track) -> Terms {
    let mut terms = but_pairs(d, v, end);
    for j in nodes.iter().map(|n| *n as usize).filter(|j| *j < d.n) {
        let promised = d.problem.jobs[j].promised.filter(|p| p.0 as usize != v).map_or(0, |p| p.1);
        terms.changes += promised;
        terms.preference += d.pair(j, v) - promised;
    }
    terms
}

/// Breaks before the leg, the leg, breaks on arrival.
fn go(d: &Dense, tracks: &mut Vec<Track>, v: usize, from: usize, to: usize) {
    let hourly = d.problem.travel.time.len() > 1;
    let breaks = &d.problem.crew[v].breaks;
    rest(tracks, breaks, hourly);
    for track in tracks.iter_mut() {
        let (arrive, cost) = leg(d, from, to, track.now);
        track.travel += cost;
        track.busy += i64::from(arrive - track.now);
        track.now = arrive;
    }
    rest(tracks, breaks, hourly);
}

fn rest(tracks: &mut Vec<Track>, breaks: &[Break], hourly: bool) {
    if tracks.iter().all(|t| t.taken as usize == breaks.len()) {
        return;
    }
    for (k, pause) in (0..).zip(breaks) {
        for i in 0..tracks.len() {
            let t = tracks[i];
            if t.taken != k {
                continue;
            }
            if t.now > pause.window.close {
                // a break that can no longer be taken ends a schedule
                tracks[i].taken = BEATEN;
                continue;
            }
            let start = t.now.max(pause.window.open);
            let wait = t.wait + start - t.now;
            let slack = t.slack.min(wait.saturating_add(pause.window.close - start));
            let rested = Track { now: start + pause.length, wait, slack, taken: k + 1, ..t };
            if tracks.iter().any(|o| o.taken == k + 1 && o.beats(&rested, hourly)) {
                continue;
            }
            let beaten = tracks.iter_mut().filter(|o| o.taken == k + 1 && rested.beats(o, hourly));
            beaten.for_each(|o| o.taken = BEATEN);
            tracks.push(rested);
        }
    }
    if !breaks.is_empty() {
        tracks.retain(|t| t.taken != BEATEN);
    }
}

/// Serves `node`; false where it is too late for that.
fn serve(d: &Dense, v: usize, node: usize, t: &mut Track, trail: &mut Option<Vec<(u32, Visit)>>) -> bool {
    let Some(Begun { start, service, late, due }) = begins(d, v, node, t.now) else { return false };
    t.late += late;
    if let Some(trail) = trail {
        let visit = Visit { node: node as u32, arrive: t.now, start, leave: start + service };
        trail.push((t.last, visit));
        t.last = trail.len() as u32 - 1;
    }
    t.wait += start - t.now;
    t.slack = t.slack.min(t.wait.saturating_add(due - start));
    t.busy += i64::from(service);
    t.now = start + service;
    true
}

/// What a route through these nodes costs at least: as if no break had to be taken. `None` where even so a hard rule is
/// broken. It says something where [`Dense::grows`] holds and every hour is alike.
pub(crate) fn floor(d: &Dense, v: usize, nodes: impl Iterator<Item = u32>) -> Option<i64> {
    let (crew, person) = (&d.crew[v], &d.problem.crew[v]);
    let (mut now, mut travel, mut rest, mut from) = (crew.open, 0, None, crew.start as usize);
    for node in nodes.map(|n| n as usize) {
        let arc = from * d.stride + node;
        travel += i64::from(d.cost[arc]);
        let Begun { start, service, late, .. } = begins(d, v, node, now + d.time[arc])?;
        now = start + service;
        rest = Some(rest.unwrap_or(0) + late + pair(d, v, node as u32));
        from = node;
    }
    let Some(rest) = rest else { return Some(0) };
    let arc = from * d.stride + crew.end as usize;
    now += d.time[arc];
    travel += i64::from(d.cost[arc]);
    let over = i64::from((now - person.shift.close).max(0)) * person.overtime_rate;
    (now <= crew.close).then_some(d.travel_weight * travel + crew.fixed + rest + over)
}

/// How a node is served.
#[derive(Clone, Copy)]
pub(crate) struct Begun {
    pub start: Tick,
    pub service: Tick,
    /// What its lateness costs.
    pub late: i64,
    /// From a later start on it costs more, or is too late.
    due: Tick,
}

/// How a node that is reached at `now` is served; `None` where it is too late for that.
#[inline]
pub(crate) fn begins(d: &Dense, v: usize, node: usize, now: Tick) -> Option<Begun> {
    let (open, close, service) = d.hours(node, v);
    if node >= d.n {
        let start = now.max(open);
        return (start <= close).then_some(Begun { start, service, late: 0, due: close });
    }
    let job = &d.problem.jobs[node];
    let window = job.windows.iter().find(|w| w.close >= now)?;
    let start = now.max(window.open);
    let (mut late, mut due) = (0, window.close);
    for hinge in &job.lateness {
        late += hinge.rate * i64::from((start - hinge.after).max(0));
        due = due.min(hinge.after.max(start));
    }
    Some(Begun { start, service, late, due })
}

/// Arrival and cost of a leg left at `now`.
fn leg(d: &Dense, from: usize, to: usize, now: Tick) -> (Tick, i64) {
    let travel = &d.problem.travel;
    let arc = from * d.stride + to;
    if travel.time.len() == 1 || from >= travel.size || to >= travel.size {
        return (now + d.time[arc], i64::from(d.cost[arc]));
    }
    let raw = from * travel.size + to;
    let part = travel.turns.iter().filter(|t| **t <= now).count();
    let mut arrive = now + travel.time[part][raw];
    for (k, turn) in travel.turns.iter().enumerate().skip(part) {
        arrive = arrive.min(turn + travel.time[k + 1][raw]);
    }
    let cost = if travel.cost.is_some() { i64::from(d.cost[arc]) } else { i64::from(arrive - now) };
    (arrive, cost)
}
