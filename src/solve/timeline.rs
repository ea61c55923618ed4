//! The exact pass over one route: times, soft terms, breaks, dayparts.
//!
//! Used for every candidate of a rich problem and for the times of any answer. Breaks are taken in their
//! order, before a leg or on arrival; for each number taken the earliest schedule is kept. A leg never
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
    let mut visits: Vec<Visit> = Vec::new();
    // with breaks, several schedules run side by side: the last one told for a stop has most breaks taken
    let terms = terms(d, v, nodes, &mut |x| match visits.last_mut() {
        Some(last) if last.node == x.node => *last = x,
        _ => visits.push(x),
    });
    (visits, terms.unwrap_or_default())
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
}

/// Cost of `v` visiting these nodes, or `None` where a hard rule of time is broken.
pub(crate) fn cost(d: &Dense, v: usize, visits: impl Iterator<Item = u32>) -> Option<i64> {
    let nodes: Vec<u32> = visits.collect();
    terms(d, v, &nodes, &mut |_| {}).map(|t| t.total())
}

/// Cost terms of `v` visiting `nodes`; `see` gets every visit's times (of the schedule without breaks' choice:
/// the last state extended). `None` where a hard rule of time is broken.
pub(crate) fn terms(d: &Dense, v: usize, nodes: &[u32], see: &mut dyn FnMut(Visit)) -> Option<Terms> {
    let mut terms = Terms::default();
    if nodes.is_empty() {
        return Some(terms);
    }
    let (crew, person) = (&d.crew[v], &d.problem.crew[v]);
    let breaks = &person.breaks;
    let mut tracks: Vec<Option<Track>> = vec![None; breaks.len() + 1];
    tracks[0] = Some(Track { now: crew.open, late: 0, travel: 0, busy: 0, wait: 0, slack: NEVER });
    let mut from = crew.start as usize;
    for node in nodes.iter().map(|n| *n as usize) {
        go(d, &mut tracks, person, from, node);
        for track in &mut tracks {
            *track = track.and_then(|t| serve(d, v, node, t, see));
        }
        from = node;
    }
    go(d, &mut tracks, person, from, crew.end as usize);
    let end = tracks[breaks.len()].filter(|t| t.now <= crew.close)?;
    let late_start = if d.problem.travel.time.len() > 1 { 0 } else { end.slack.min(end.wait).max(0) };
    let duration = end.now - crew.open - late_start;
    if duration > crew.limit {
        return None;
    }
    terms.travel = d.travel_weight * end.travel;
    terms.working = d.working_weight * i64::from(duration);
    terms.vehicles = crew.fixed;
    terms.lateness = end.late;
    terms.overtime = i64::from((end.now - person.shift.close).max(0)) * person.overtime_rate;
    let busy = end.busy / 1024;
    terms.fairness = d.problem.weights.fairness * busy * busy;
    for j in nodes.iter().map(|n| *n as usize).filter(|j| *j < d.n) {
        let promised = d.problem.jobs[j].promised.filter(|p| p.0 as usize != v).map_or(0, |p| p.1);
        terms.changes += promised;
        terms.preference += d.pair(j, v) - promised;
    }
    Some(terms)
}

/// Breaks before the leg, the leg, breaks on arrival.
fn go(d: &Dense, tracks: &mut [Option<Track>], person: &super::problem::Technician, from: usize, to: usize) {
    rest(tracks, person);
    for track in tracks.iter_mut().flatten() {
        let (arrive, cost) = leg(d, from, to, track.now);
        track.travel += cost;
        track.busy += i64::from(arrive - track.now);
        track.now = arrive;
    }
    rest(tracks, person);
}

fn rest(tracks: &mut [Option<Track>], person: &super::problem::Technician) {
    for (k, pause) in person.breaks.iter().enumerate() {
        let Some(t) = tracks[k] else { continue };
        let start = t.now.max(pause.window.open);
        if start > pause.window.close {
            tracks[k] = None; // this break can no longer be taken, nor any after it
            continue;
        }
        let wait = t.wait + start - t.now;
        let slack = t.slack.min(wait.saturating_add(pause.window.close - start));
        let rested = Track { now: start + pause.length, wait, slack, ..t };
        if tracks[k + 1].is_none_or(|o| (rested.now, rested.late) < (o.now, o.late)) {
            tracks[k + 1] = Some(rested);
        }
    }
}

fn serve(d: &Dense, v: usize, node: usize, t: Track, see: &mut dyn FnMut(Visit)) -> Option<Track> {
    let (open, close, service) = d.hours(node, v);
    let mut start = t.now.max(open);
    let (mut late, mut due) = (0, close);
    if node < d.n {
        let job = &d.problem.jobs[node];
        let window = job.windows.iter().find(|w| w.close >= t.now)?;
        start = t.now.max(window.open);
        due = window.close;
        for hinge in &job.lateness {
            late += hinge.rate * i64::from((start - hinge.after).max(0));
            due = due.min(hinge.after.max(start));
        }
    } else if start > close {
        return None;
    }
    see(Visit { node: node as u32, arrive: t.now, start, leave: start + service });
    let wait = t.wait + start - t.now;
    Some(Track {
        now: start + service,
        late: t.late + late,
        busy: t.busy + i64::from(service),
        wait,
        slack: t.slack.min(wait.saturating_add(due - start)),
        ..t
    })
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
