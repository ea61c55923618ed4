//! Judges plans for VROOM files and times their routes, in hundredths of a second.
//!
//! A break may be taken anywhere between two tasks, on the way too. Where a plan does not say where, the
//! breaks are put where the least is late and the end is earliest. A route leaves as late as that allows.

use super::routes::{Must, cover};
use super::{Finding, Violation};
use crate::instance::plan::{Step as PlainStep, Written};
use crate::instance::vroom::{Job, Matrix, NO_WAY, Plan, Route, Step, Vehicle, Vroom};

/// Hundredths a second.
const CENTI: i64 = 100;

/// What a stop of a timetable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Start,
    /// The file's `jobs[_]`.
    Job(usize),
    /// The vehicle's `breaks[_]`, in the order they are taken.
    Break(usize),
    End,
}

/// A stop with its times, in hundredths of a second, and what was travelled until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub kind: Kind,
    pub arrival: i64,
    pub waiting: i64,
    pub setup: i64,
    pub service: i64,
    pub travel: i64,
    pub metres: i64,
    /// On board when the stop is left.
    pub load: Vec<i64>,
}

/// One route, timed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timetable {
    pub stops: Vec<Stop>,
    pub cost: f64,
    pub violations: Vec<Violation>,
}

/// Judges `plan`; cost is VROOM's, from the file's `costs` and matrices.
pub fn vroom(file: &Vroom, plan: &Plan) -> Finding {
    let mut finding = Finding::default();
    let ids: Vec<i64> = file.jobs.iter().map(|j| j.id).collect();
    let vehicles: Vec<i64> = file.vehicles.iter().map(|v| v.id).collect();
    let job = |s: &Step| if let Step::Job { id, .. } = s { Some(PlainStep::Job(*id)) } else { None };
    let plain = |r: &Route| Written { label: r.vehicle, steps: r.steps.iter().filter_map(job).collect() };
    let written: Vec<Written> = plan.routes.iter().map(plain).collect();
    cover(&written, &ids, Some(&vehicles), Must::Any, &mut finding);
    for route in &plan.routes {
        let Some(v) = file.vehicles.iter().position(|v| v.id == route.vehicle) else { continue };
        let table = timetable(file, v, route);
        finding.cost += table.cost;
        finding.violations.extend(table.violations);
    }
    // a solver may drop the fractions of each part of a route's cost, and round a speed factor
    let rounded = if file.vehicles.iter().any(|v| v.pace != CENTI) { 0.01 * finding.cost } else { 0.0 };
    let slack = 4.0 * (finding.routes as f64 + 1.0) + rounded;
    if let Some(by) = plan.told_cost.map(|told| finding.cost - told).filter(|by| *by > slack) {
        finding.violations.push(Violation::ToldCost { by: by.round() });
    }
    finding
}

/// Times one route of vehicle `v`.
pub fn timetable(file: &Vroom, v: usize, route: &Route) -> Timetable {
    let vehicle = &file.vehicles[v];
    let at = |id: i64| file.jobs.iter().position(|j| j.id == id);
    let mut table = Timetable::default();
    let (mut jobs, mut told, mut slots) = (Vec::new(), Vec::new(), vec![Vec::new()]);
    for step in &route.steps {
        match step {
            Step::Job { id, told: when } => {
                let Some(j) = at(*id) else { continue };
                jobs.push(j);
                told.push(*when);
                slots.push(Vec::new());
            }
            Step::Break { id } => match vehicle.breaks.iter().position(|b| b.id == *id) {
                Some(b) => slots[jobs.len()].push(b),
                None => table.violations.push(Violation::Unknown { route: vehicle.id, id: *id }),
            },
        }
    }
    if jobs.is_empty() {
        return table;
    }
    let day = Day { file, vehicle, matrix: &file.matrices[&vehicle.profile], jobs: &jobs };
    if route.breaks_told {
        for (b, pause) in vehicle.breaks.iter().enumerate() {
            let times = slots.iter().flatten().filter(|x| **x == b).count();
            if times != 1 {
                table.violations.push(Violation::BreakCount { route: vehicle.id, id: pause.id, times });
            }
        }
    } else {
        slots = day.best_slots();
    }
    let earliest = day.lay(day.opens(), &slots);
    for (k, stop) in earliest.stops.iter().filter(|s| matches!(s.kind, Kind::Job(_))).enumerate() {
        // told in whole seconds
        let early = told[k].map_or(0, |t| stop.arrival - (t + 1) * CENTI);
        if early > 0 {
            let by = size(early + CENTI);
            table.violations.push(Violation::Told { route: vehicle.id, id: file.jobs[jobs[k]].id, by });
        }
    }
    let laid = day.lay(day.latest(&earliest, &slots), &slots);
    day.limits(&laid, &mut table.violations);
    table.violations.extend(laid.violations.iter().cloned());
    table.cost = day.cost(&laid);
    table.stops = laid.stops;
    table
}

fn size(centi: i64) -> f64 {
    centi as f64 / CENTI as f64
}

/// A route laid out from one departure.
#[derive(Default)]
struct Laid {
    stops: Vec<Stop>,
    late: i64,
    end: i64,
    violations: Vec<Violation>,
}

/// One vehicle's jobs in order.
struct Day<'a> {
    file: &'a Vroom,
    vehicle: &'a Vehicle,
    matrix: &'a Matrix,
    jobs: &'a [usize],
}

/// Where the clock stands while breaks are being placed.
#[derive(Clone)]
struct Track {
    late: i64,
    now: i64,
    slots: Vec<Vec<usize>>,
}

impl Day<'_> {
    fn opens(&self) -> i64 {
        self.vehicle.window.map_or(0, |w| w[0]) * CENTI
    }

    fn job(&self, k: usize) -> &Job {
        &self.file.jobs[self.jobs[k]]
    }

    /// Matrix rows at both ends of leg `k`; a leg to or from nowhere takes no time.
    fn rows(&self, k: usize) -> Option<(usize, usize)> {
        let from = if k == 0 { self.vehicle.start } else { Some(self.job(k - 1).place) };
        let to = if k == self.jobs.len() { self.vehicle.end } else { Some(self.job(k).place) };
        Some((from?.index, to?.index))
    }

    fn of(&self, list: &[u32], k: usize) -> i64 {
        self.rows(k).map_or(0, |(a, b)| i64::from(list[a * self.matrix.size + b]))
    }

    fn travel(&self, k: usize) -> i64 {
        self.of(&self.matrix.durations, k) * self.vehicle.pace
    }

    fn task(&self, k: usize) -> [i64; 2] {
        let [setup, service] = self.file.task_seconds(self.job(k), self.vehicle);
        let same = self.rows(k).is_some_and(|(a, b)| a == b);
        [if same { 0 } else { setup * CENTI }, service * CENTI]
    }

    /// Start of what is reached at `now` and may start inside `windows`, and how late that is.
    fn start(windows: &[[i64; 2]], now: i64) -> (i64, i64) {
        match windows.iter().find(|w| w[1] * CENTI >= now) {
            Some(w) => (now.max(w[0] * CENTI), 0),
            None => (now, windows.last().map_or(0, |w| now - w[1] * CENTI)),
        }
    }

    /// Drives leg `k` from `now` with `breaks` on the way, each as early as its window opens, driving until
    /// then; `see` gets break, arrival, start, lateness and the travel left. Returns arrival and lateness.
    fn leg(
        &self,
        k: usize,
        breaks: &[usize],
        mut now: i64,
        see: &mut dyn FnMut(usize, i64, i64, i64, i64),
    ) -> (i64, i64) {
        let (mut left, mut late) = (self.travel(k), 0);
        for b in breaks {
            let pause = &self.vehicle.breaks[*b];
            let (opens, _) = Day::start(&pause.windows, now);
            let driven = left.min(opens - now);
            (now, left) = (now + driven, left - driven);
            let (start, over) = Day::start(&pause.windows, now);
            see(*b, now, start, over, left);
            late += over;
            now = start + pause.service * CENTI;
        }
        (now + left, late)
    }

    /// The legs that breaks go into, in their order, so that least is late, then the end is earliest.
    fn best_slots(&self) -> Vec<Vec<usize>> {
        let count = self.vehicle.breaks.len();
        let mut tracks: Vec<Option<Track>> = vec![None; count + 1];
        tracks[0] = Some(Track { late: 0, now: self.opens(), slots: Vec::new() });
        for k in 0..=self.jobs.len() {
            let mut next: Vec<Option<Track>> = vec![None; count + 1];
            for (taken, track) in tracks.iter().enumerate().filter_map(|(t, x)| Some((t, x.as_ref()?))) {
                for (until, slot) in next.iter_mut().enumerate().skip(taken) {
                    let breaks: Vec<usize> = (taken..until).collect();
                    let (arrive, over) = self.leg(k, &breaks, track.now, &mut |_, _, _, _, _| {});
                    let mut then = Track { late: track.late + over, now: arrive, slots: track.slots.clone() };
                    then.slots.push(breaks);
                    if k < self.jobs.len() {
                        let (start, over) = Day::start(&self.job(k).windows, arrive);
                        then.late += over;
                        then.now = start + self.task(k).iter().sum::<i64>();
                    }
                    if slot.as_ref().is_none_or(|o| (then.late, then.now) < (o.late, o.now)) {
                        *slot = Some(then);
                    }
                }
            }
            tracks = next;
        }
        tracks.pop().flatten().map(|t| t.slots).unwrap_or_default()
    }

    /// The latest departure that ends no later and is no later anywhere: later never means earlier.
    fn latest(&self, earliest: &Laid, slots: &[Vec<usize>]) -> i64 {
        let (mut low, mut high) = (self.opens(), earliest.end);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let laid = self.lay(middle, slots);
            if (laid.late, laid.end) <= (earliest.late, earliest.end) {
                low = middle
            } else {
                high = middle - 1
            }
        }
        low
    }

    fn lay(&self, depart: i64, slots: &[Vec<usize>]) -> Laid {
        let route = self.vehicle.id;
        let zero = vec![0; self.file.dimensions];
        let add = |load: &mut Vec<i64>, what: &[i64], sign: i64| {
            load.iter_mut().zip(what).for_each(|(l, x)| *l += sign * x);
        };
        let mut load = zero.clone();
        self.jobs.iter().for_each(|j| add(&mut load, &self.file.jobs[*j].delivery, 1));
        let stop = |kind, arrival, load: &Vec<i64>| Stop {
            kind,
            arrival,
            waiting: 0,
            setup: 0,
            service: 0,
            travel: 0,
            metres: 0,
            load: load.clone(),
        };
        let mut laid = Laid { stops: vec![stop(Kind::Start, depart, &load)], ..Laid::default() };
        let (mut now, mut travel, mut metres) = (depart, 0, 0);
        for (k, breaks) in slots.iter().enumerate() {
            let way = self.matrix.distances.as_ref().map_or(0, |m| self.of(m, k));
            let whole = self.travel(k);
            let (stops, violations) = (&mut laid.stops, &mut laid.violations);
            let (arrive, over) = self.leg(k, breaks, now, &mut |b, arrival, start, over, left| {
                let pause = &self.vehicle.breaks[b];
                if over > 0 {
                    violations.push(Violation::Break { route, id: pause.id, by: size(over) });
                }
                let driven = whole - left;
                stops.push(Stop {
                    waiting: start - arrival,
                    service: pause.service * CENTI,
                    travel: travel + driven,
                    metres: metres + if whole > 0 { way * driven / whole } else { 0 },
                    ..stop(Kind::Break(b), arrival, &load)
                });
            });
            (travel, metres, laid.late) = (travel + whole, metres + way, laid.late + over);
            let Some(j) = self.jobs.get(k) else {
                laid.stops.push(Stop { travel, metres, ..stop(Kind::End, arrive, &load) });
                laid.end = arrive;
                break;
            };
            let job = &self.file.jobs[*j];
            let (start, over) = Day::start(&job.windows, arrive);
            if over > 0 {
                laid.violations.push(Violation::Late { route, id: job.id, by: size(over) });
            }
            let [setup, service] = self.task(k);
            add(&mut load, &job.delivery, -1);
            add(&mut load, &job.pickup, 1);
            let waiting = start - arrive;
            laid.stops.push(Stop {
                waiting,
                setup,
                service,
                travel,
                metres,
                ..stop(Kind::Job(*j), arrive, &load)
            });
            (now, laid.late) = (start + setup + service, laid.late + over);
        }
        laid
    }

    /// Rules that do not depend on the clock, and the end of the day.
    fn limits(&self, laid: &Laid, violations: &mut Vec<Violation>) {
        let (v, route) = (self.vehicle, self.vehicle.id);
        let over = v.window.map_or(0, |w| laid.end - w[1] * CENTI);
        if over > 0 {
            violations.push(Violation::Return { route, by: size(over) });
        }
        if let Some(k) =
            (0..=self.jobs.len()).find(|k| self.of(&self.matrix.durations, *k) >= i64::from(NO_WAY))
        {
            violations.push(Violation::NoWay { route, leg: k + 1 });
        }
        for job in self.jobs.iter().map(|j| &self.file.jobs[*j]).filter(|j| !self.file.is_able(v, j)) {
            let lacks = job.skills.iter().filter(|s| !v.skills.contains(s)).copied().collect();
            violations.push(Violation::Skill { route, id: job.id, lacks });
        }
        for (d, room) in v.capacity.iter().enumerate() {
            let most = laid.stops.iter().map(|s| s.load[d]).max().unwrap_or(0);
            if most > *room {
                violations.push(Violation::Load { route, by: most - room });
            }
        }
        for stop in &laid.stops {
            let Kind::Break(b) = stop.kind else { continue };
            let Some(most) = &v.breaks[b].max_load else { continue };
            let by = stop.load.iter().zip(most).map(|(l, m)| l - m).max().unwrap_or(0);
            if by > 0 {
                violations.push(Violation::BreakLoad { route, id: v.breaks[b].id, by });
            }
        }
        if let Some(by) = v.max_tasks.map(|m| self.jobs.len() as i64 - m).filter(|by| *by > 0) {
            violations.push(Violation::Tasks { route, by: by as usize });
        }
        let last = laid.stops.last().map_or((0, 0), |s| (s.travel, s.metres));
        if let Some(by) = v.max_travel_time.map(|m| last.0 - m * CENTI).filter(|by| *by > 0) {
            violations.push(Violation::Travel { route, by: size(by) });
        }
        if let Some(by) = v.max_distance.map(|m| last.1 - m).filter(|by| *by > 0) {
            violations.push(Violation::Distance { route, by });
        }
    }

    fn cost(&self, laid: &Laid) -> f64 {
        let costs = &self.vehicle.costs;
        let last = laid.stops.last().map_or((0, 0), |s| (s.travel, s.metres));
        // breaks count as tasks here, as VROOM counts them
        let task: i64 = laid.stops.iter().map(|s| s.setup + s.service).sum();
        let travel = match &self.matrix.costs {
            Some(own) => (0..=self.jobs.len()).map(|k| self.of(own, k)).sum::<i64>() as f64,
            None => {
                costs.per_hour as f64 * size(last.0) / 3600.0 + costs.per_km as f64 * last.1 as f64 / 1000.0
            }
        };
        costs.fixed as f64 + travel + costs.per_task_hour as f64 * size(task) / 3600.0
    }
}
