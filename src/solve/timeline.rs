//! The exact pass over one route: times, soft terms, breaks, dayparts.
//!
//! Used for every candidate of a rich problem and for the times of any answer. Breaks are taken in their
//! order, before a leg or on arrival; for each number taken every schedule is kept that another does not beat in
//! all respects. A leg never
//! arrives earlier for leaving later. With one daypart the departure is the latest that moves no visit past
//! its due time and does not delay the end, which makes the duration least.

use super::dense::Dense;
use super::problem::{NEVER, Tick};

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
    let (terms, visits) = walk(d, v, nodes, true).unwrap_or_default();
    (visits, terms)
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
#[derive(Clone)]
struct Track {
    now: Tick,
    late: i64,
    travel: i64,
    busy: i64,
    wait: Tick,
    /// How much later the start may be without moving anything past its due time or the end.
    slack: Tick,
    /// Times so far, where they are asked for.
    visits: Vec<Visit>,
}

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

/// Schedules worth going on with, by the number of breaks taken.
type Tracks = Vec<Vec<Track>>;

/// Cost of `v` visiting these nodes, or `None` where a hard rule of time is broken.
pub(crate) fn cost(d: &Dense, v: usize, visits: impl Iterator<Item = u32>) -> Option<i64> {
    let nodes: Vec<u32> = visits.collect();
    walk(d, v, &nodes, false).map(|w| w.0.total())
}

/// Cost terms of `v` visiting `nodes`, and the times where `told` asks for them. `None` where a hard rule of time
/// is broken.
fn walk(d: &Dense, v: usize, nodes: &[u32], told: bool) -> Option<(Terms, Vec<Visit>)> {
    if nodes.is_empty() {
        return Some((Terms::default(), Vec::new()));
    }
    let (crew, person) = (&d.crew[v], &d.problem.crew[v]);
    let breaks = &person.breaks;
    let mut tracks: Tracks = vec![Vec::new(); breaks.len() + 1];
    let begin =
        Track { now: crew.open, late: 0, travel: 0, busy: 0, wait: 0, slack: NEVER, visits: Vec::new() };
    tracks[0].push(begin);
    let mut from = crew.start as usize;
    for node in nodes.iter().map(|n| *n as usize) {
        go(d, &mut tracks, person, from, node);
        tracks.iter_mut().for_each(|some| some.retain_mut(|t| serve(d, v, node, t, told)));
        from = node;
    }
    go(d, &mut tracks, person, from, crew.end as usize);
    let mut ended = tracks.pop()?;
    ended.retain(|t| t.now <= crew.close && spent(d, v, t) <= crew.limit);
    let ends = ended.into_iter().map(|t| (terms(d, v, nodes, &t), t.visits));
    ends.min_by_key(|e| e.0.total())
}

/// Ticks between departure and return, the departure chosen to make them least.
fn spent(d: &Dense, v: usize, end: &Track) -> Tick {
    let late_start = if d.problem.travel.time.len() > 1 { 0 } else { end.slack.min(end.wait).max(0) };
    end.now - d.crew[v].open - late_start
}

fn terms(d: &Dense, v: usize, nodes: &[u32], end: &Track) -> Terms {
    let person = &d.problem.crew[v];
    let busy = end.busy / 1024;
    let mut terms = Terms {
        travel: d.travel_weight * end.travel,
        working: d.working_weight * i64::from(spent(d, v, end)),
        vehicles: d.crew[v].fixed,
        lateness: end.late,
        overtime: i64::from((end.now - person.shift.close).max(0)) * person.overtime_rate,
        fairness: d.problem.weights.fairness * busy * busy,
        ..Terms::default()
    };
    for j in nodes.iter().map(|n| *n as usize).filter(|j| *j < d.n) {
        let promised = d.problem.jobs[j].promised.filter(|p| p.0 as usize != v).map_or(0, |p| p.1);
        terms.changes += promised;
        terms.preference += d.pair(j, v) - promised;
    }
    terms
}

/// Breaks before the leg, the leg, breaks on arrival.
fn go(d: &Dense, tracks: &mut Tracks, person: &super::problem::Technician, from: usize, to: usize) {
    let hourly = d.problem.travel.time.len() > 1;
    rest(tracks, person, hourly);
    for track in tracks.iter_mut().flatten() {
        let (arrive, cost) = leg(d, from, to, track.now);
        track.travel += cost;
        track.busy += i64::from(arrive - track.now);
        track.now = arrive;
    }
    rest(tracks, person, hourly);
}

fn rest(tracks: &mut Tracks, person: &super::problem::Technician, hourly: bool) {
    for (k, pause) in person.breaks.iter().enumerate() {
        // a break that can no longer be taken ends a schedule
        tracks[k].retain(|t| t.now <= pause.window.close);
        for i in 0..tracks[k].len() {
            let t = tracks[k][i].clone();
            let start = t.now.max(pause.window.open);
            let wait = t.wait + start - t.now;
            let slack = t.slack.min(wait.saturating_add(pause.window.close - start));
            let rested = Track { now: start + pause.length, wait, slack, ..t };
            if !tracks[k + 1].iter().any(|o| o.beats(&rested, hourly)) {
                tracks[k + 1].retain(|o| !rested.beats(o, hourly));
                tracks[k + 1].push(rested);
            }
        }
    }
}

/// Serves `node`; false where it is too late for that.
fn serve(d: &Dense, v: usize, node: usize, t: &mut Track, told: bool) -> bool {
    let (open, close, service) = d.hours(node, v);
    let mut start = t.now.max(open);
    let mut due = close;
    if node < d.n {
        let job = &d.problem.jobs[node];
        let Some(window) = job.windows.iter().find(|w| w.close >= t.now) else { return false };
        start = t.now.max(window.open);
        due = window.close;
        for hinge in &job.lateness {
            t.late += hinge.rate * i64::from((start - hinge.after).max(0));
            due = due.min(hinge.after.max(start));
        }
    } else if start > close {
        return false;
    }
    if told {
        t.visits.push(Visit { node: node as u32, arrive: t.now, start, leave: start + service });
    }
    t.wait += start - t.now;
    t.slack = t.slack.min(t.wait.saturating_add(due - start));
    t.busy += i64::from(service);
    t.now = start + service;
    true
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
