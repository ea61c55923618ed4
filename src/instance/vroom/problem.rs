//! The dense problem of a VROOM file, and what of the file it cannot say.
//!
//! Objective, as VROOM's: the highest sum of priorities served, then the fewest jobs left out, then the least
//! cost. Refused by field path: vehicles that differ in profile, speed or price of travel (travel is one
//! matrix for all), limits on a route's travel (`max_travel_time`, `max_distance`) that could bind, several
//! windows or a `max_load` for a break. Planned on the safe side, never broken: setup is charged at every
//! task although a second task in the same place would not pay it, and where loads both come and go a vehicle
//! is planned as if the larger of the two of every job were on board throughout. Breaks are taken between
//! visits, although the file would allow them in the middle of a way.

use super::travel::NO_WAY;
use super::{Costs, Matrix, Vehicle, Vroom};
use crate::instance::fields::Fault;
use crate::solve::{Break, Job, NEVER, Prize, Problem, Technician, Travel, Weights, Window};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A dense problem and how to read its answers: job `j` is the file's `j`-th, technician `v` its `v`-th vehicle.
pub struct Translated {
    pub problem: Problem,
    /// Cost units a unit of the file's cost.
    pub unit: f64,
    /// Ticks a second.
    pub ticks: f64,
    /// What was planned on the safe side.
    pub notes: Vec<String>,
}

/// The instants of the file on the problem's clock.
#[derive(Clone, Copy)]
struct Clock {
    /// The second that is tick 0.
    origin: i64,
    /// Ticks a second.
    ticks: i64,
}

impl Clock {
    fn instant(self, second: i64) -> i32 {
        ((second - self.origin).clamp(0, i64::from(NEVER)) * self.ticks).min(i64::from(NEVER)) as i32
    }

    fn window(self, w: [i64; 2]) -> Window {
        Window { open: self.instant(w[0]), close: self.instant(w[1]) }
    }

    fn windows(self, list: &[[i64; 2]]) -> Vec<Window> {
        if list.is_empty() { vec![Window::ALWAYS] } else { list.iter().map(|w| self.window(*w)).collect() }
    }
}

/// Longest span of a file's instants, in ticks; more would leave no room for what follows the last one.
const SPAN: i64 = 400_000_000;

impl Vroom {
    /// Translates, or says which field cannot be planned.
    ///
    /// # Errors
    /// The field and what is asked of it.
    pub fn problem(&self) -> Result<Translated, Fault> {
        let first = &self.vehicles[0];
        self.refuse(first)?;
        let matrix = &self.matrices[&first.profile];
        let clock = self.clock(first.pace)?;
        let rates = Rates::of(self, matrix, clock.ticks);
        let mut notes = Vec::new();
        let nodes = self.nodes();
        let travel = self.travel(matrix, &nodes, first.pace, clock, rates)?;
        let kinds = self.kinds();
        let crew: Vec<Technician> =
            self.vehicles.iter().map(|v| self.technician(v, &nodes, &kinds, clock, rates)).collect();
        let mut jobs: Vec<Job> = self.jobs.iter().map(|j| self.job(j, &kinds, clock)).collect();
        self.note_setups(&mut notes);
        self.note_loads(&mut notes);
        let pair = self.task_costs(clock, rates);
        let weights =
            Weights { travel: if travel.cost.is_some() { 1 } else { rates.per_tick }, ..Weights::default() };
        self.prizes(&mut jobs, &crew, &travel, weights.travel, &pair);
        let problem = Problem { jobs, crew, travel, depots: Vec::new(), pair, weights };
        Ok(Translated { problem, unit: rates.unit, ticks: clock.ticks as f64, notes })
    }

    fn refuse(&self, first: &Vehicle) -> Result<(), Fault> {
        for (i, v) in self.vehicles.iter().enumerate() {
            let fault = |field: &str, what: String| Err(Fault::new(format!("vehicles[{i}].{field}"), what));
            let same = "vehicles that differ in this are not planned: one travel matrix serves all";
            if v.profile != first.profile && self.matrices[&v.profile] != self.matrices[&first.profile] {
                return fault("profile", format!("vehicles[0] has {}; {same}", first.profile));
            }
            if v.pace != first.pace {
                return fault("speed_factor", format!("is another than that of vehicles[0]; {same}"));
            }
            for (field, a, b) in [
                ("costs.per_hour", v.costs.per_hour, first.costs.per_hour),
                ("costs.per_km", v.costs.per_km, first.costs.per_km),
            ] {
                if a != b {
                    return fault(field, format!("{a}, that of vehicles[0] is {b}; {same}"));
                }
            }
            // a route inside its working hours cannot travel longer than they are
            let hours = v.window.map_or(i64::MAX, |w| w[1] - w[0]);
            if v.max_travel_time.is_some_and(|most| most < hours) {
                return fault(
                    "max_travel_time",
                    "a limit on travel below the working hours is not planned".to_owned(),
                );
            }
            if v.max_distance.is_some() {
                return fault("max_distance", "a limit on a route's distance is not planned".to_owned());
            }
            for b in &v.breaks {
                let field = |name: &str| format!("breaks[{}].{name}", b.nth);
                if b.windows.len() > 1 {
                    return fault(
                        &field("time_windows"),
                        "more than one window for a break is not planned".to_owned(),
                    );
                }
                if b.max_load.is_some() {
                    return fault(&field("max_load"), "a load limit for a break is not planned".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Ticks are seconds, or hundredths where a speed factor makes parts of seconds; timestamps are shifted.
    fn clock(&self, pace: i64) -> Result<Clock, Fault> {
        let ticks = if pace == 100 { 1 } else { 100 };
        let vehicles = self
            .vehicles
            .iter()
            .flat_map(|v| v.window.into_iter().chain(v.breaks.iter().flat_map(|b| b.windows.clone())));
        let all: Vec<[i64; 2]> = vehicles.chain(self.jobs.iter().flat_map(|j| j.windows.clone())).collect();
        let last = all.iter().map(|w| w[1]).max().unwrap_or(0);
        if last * ticks <= SPAN {
            return Ok(Clock { origin: 0, ticks });
        }
        // starting earlier than this before the first window opens helps nobody
        let lead = SPAN / ticks / 4;
        let origin = (all.iter().map(|w| w[0]).min().unwrap_or(0) - lead).max(0);
        // a window that ends in the far future is as good as open
        let far = |w: &[i64; 2]| (w[0] - origin) * ticks > SPAN;
        if let Some(w) = all.iter().find(|w| far(w)) {
            let fault =
                format!("[{}, {}] is more than {} days after the first", w[0], w[1], SPAN / ticks / 86_400);
            return Err(Fault::new("time_window", fault));
        }
        Ok(Clock { origin, ticks })
    }

    /// Start and end places by matrix row: nodes after the jobs.
    fn nodes(&self) -> BTreeMap<usize, u32> {
        let mut nodes = BTreeMap::new();
        for place in self.vehicles.iter().flat_map(|v| [v.start, v.end]).flatten() {
            let next = (self.jobs.len() + nodes.len()) as u32;
            nodes.entry(place.index).or_insert(next);
        }
        nodes
    }

    fn travel(
        &self,
        matrix: &Matrix,
        nodes: &BTreeMap<usize, u32>,
        pace: i64,
        clock: Clock,
        rates: Rates,
    ) -> Result<Travel, Fault> {
        let mut rows: Vec<usize> = self.jobs.iter().map(|j| j.place.index).collect();
        rows.resize(rows.len() + nodes.len(), 0);
        nodes.iter().for_each(|(row, node)| rows[*node as usize] = *row);
        let at = |list: &[u32], a: usize, b: usize| i64::from(list[a * matrix.size + b]);
        // what takes longer than any day is no way at all
        let limit = |x: i64| {
            if x >= i64::from(NO_WAY) * clock.ticks { NEVER } else { x.min(i64::from(NEVER)) as i32 }
        };
        let pairs = || rows.iter().flat_map(|a| rows.iter().map(move |b| (*a, *b)));
        let ticks = |a, b| at(&matrix.durations, a, b) * if clock.ticks == 1 { 1 } else { pace };
        let time = pairs().map(|(a, b)| limit(ticks(a, b))).collect();
        let cost = match (&matrix.costs, &matrix.distances) {
            (Some(costs), _) => Some(pairs().map(|(a, b)| at(costs, a, b) * rates.per_cost).collect()),
            (None, Some(metres)) if rates.per_metre != 0 => {
                let one = |(a, b)| ticks(a, b) * rates.per_tick + at(metres, a, b) * rates.per_metre;
                Some(pairs().map(one).collect())
            }
            _ => None,
        };
        let cost = cost.map(|list: Vec<i64>| {
            let small: Result<Vec<i32>, _> = list.into_iter().map(i32::try_from).collect();
            small.map(Arc::new).map_err(|_| {
                Fault::new(
                    "vehicles[0].costs",
                    "per_hour, per_km and fixed have no common unit that is coarse enough",
                )
            })
        });
        Ok(Travel {
            size: rows.len(),
            time: vec![Arc::new(time)],
            turns: Vec::new(),
            cost: cost.transpose()?,
        })
    }

    /// Vehicle types, each a pace of the problem.
    fn kinds(&self) -> Vec<usize> {
        let mut first: Vec<usize> = Vec::new();
        for (v, vehicle) in self.vehicles.iter().enumerate() {
            if !first.iter().any(|f| self.vehicles[*f].kind == vehicle.kind) {
                first.push(v);
            }
        }
        first
    }

    fn technician(
        &self,
        v: &Vehicle,
        nodes: &BTreeMap<usize, u32>,
        kinds: &[usize],
        clock: Clock,
        rates: Rates,
    ) -> Technician {
        let pause = |b: &super::Pause| Break {
            window: b.windows.first().map_or(Window::ALWAYS, |w| clock.window(*w)),
            length: (b.service * clock.ticks).min(i64::from(NEVER)) as i32,
        };
        Technician {
            start: v.start.map(|p| nodes[&p.index]),
            end: v.end.map(|p| nodes[&p.index]),
            shift: v.window.map_or(Window::ALWAYS, |w| clock.window(w)),
            breaks: v.breaks.iter().map(pause).collect(),
            most: v.max_tasks.map(|x| x.min(i64::from(u32::MAX)) as u32),
            capacity: v.capacity.iter().map(|x| *x as i32).collect(),
            pace: kinds.iter().position(|k| self.vehicles[*k].kind == v.kind).unwrap_or(0) as u32,
            fixed: v.costs.fixed * rates.per_cost
                + rates.tasks(v, v.breaks.iter().map(|b| b.service).sum(), clock),
            ..Technician::default()
        }
    }

    fn job(&self, job: &super::Job, kinds: &[usize], clock: Clock) -> Job {
        let able = |v: &Vehicle| self.is_able(v, job);
        let all = (0..self.vehicles.len() as u32).filter(|v| able(&self.vehicles[*v as usize])).collect();
        let seconds = |v: &usize| self.task_seconds(job, &self.vehicles[*v]).iter().sum::<i64>();
        let load = job.delivery.iter().zip(&job.pickup).map(|(d, p)| (*d).max(*p) as i32);
        Job {
            windows: clock.windows(&job.windows),
            service: kinds.iter().map(|v| (seconds(v) * clock.ticks).min(i64::from(NEVER)) as i32).collect(),
            load: load.collect(),
            able: (!job.skills.is_empty()).then_some(all),
            ..Job::default()
        }
    }

    /// `per_task_hour` by job and vehicle; empty where nobody asks for it.
    fn task_costs(&self, clock: Clock, rates: Rates) -> Vec<i32> {
        if self.vehicles.iter().all(|v| v.costs.per_task_hour == 0) {
            return Vec::new();
        }
        let one = |j: &super::Job, v: &Vehicle| {
            rates.tasks(v, self.task_seconds(j, v).iter().sum(), clock).min(i64::from(i32::MAX)) as i32
        };
        self.jobs.iter().flat_map(|j| self.vehicles.iter().map(move |v| one(j, v))).collect()
    }

    /// Prices of leaving jobs out, so that priorities outweigh numbers and numbers outweigh cost.
    fn prizes(&self, jobs: &mut [Job], crew: &[Technician], travel: &Travel, weight: i64, pair: &[i32]) {
        let common = self.jobs.iter().fold(0, |g, j| gcd(g, j.priority));
        if common == 0 {
            return; // all alike: every job is one that must be served
        }
        let n = jobs.len() as i64;
        let dearest = |list: &[i32]| i64::from(*list.iter().filter(|x| **x < NEVER).max().unwrap_or(&0));
        let arcs = travel.cost.as_ref().unwrap_or(&travel.time[0]);
        let most = (n + crew.len() as i64) * dearest(arcs) * weight
            + crew.iter().map(|t| t.fixed).sum::<i64>()
            + n * dearest(pair)
            + 1;
        let share = |priority: i64| 1 + priority / common * (n + 1);
        let shares: i64 = self.jobs.iter().map(|j| share(j.priority)).sum();
        // sums have to fit; where they would not, the order holds for all but the dearest plans
        let unit = most.min((1 << 60) / shares);
        jobs.iter_mut()
            .zip(&self.jobs)
            .for_each(|(job, j)| job.prize = Prize::Worth(unit * share(j.priority)));
    }

    fn note_setups(&self, notes: &mut Vec<String>) {
        let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
        self.jobs.iter().for_each(|j| *seen.entry(j.place.index).or_default() += 1);
        self.vehicles.iter().filter_map(|v| v.start).for_each(|p| *seen.entry(p.index).or_default() += 1);
        let pays = |j: &super::Job| j.setup > 0 || j.setup_per_type.values().any(|s| *s > 0);
        if let Some(j) = self.jobs.iter().position(|j| pays(j) && seen[&j.place.index] > 1) {
            notes.push(format!(
                "jobs[{j}].setup: planned as if charged at every task; times told charge it once a place"
            ));
        }
    }

    fn note_loads(&self, notes: &mut Vec<String>) {
        for d in 0..self.dimensions {
            let more = |f: fn(&super::Job, usize) -> bool| self.jobs.iter().position(|j| f(j, d));
            let given = more(|j, d| j.delivery[d] > j.pickup[d]);
            let taken = more(|j, d| j.delivery[d] < j.pickup[d]);
            if let (Some(_), Some(j)) = (given, taken) {
                notes.push(format!(
                    "jobs[{j}].pickup[{d}]: planned as if deliveries and pickups were on board at the same time"
                ));
            }
        }
    }
}

/// Cost units: `common` eighteen-thousandths (of a tick's second) make one, so that all rates are whole.
#[derive(Clone, Copy)]
struct Rates {
    common: i64,
    per_tick: i64,
    per_metre: i64,
    /// A unit of the file's own cost (`fixed`, matrices' `costs`).
    per_cost: i64,
    unit: f64,
}

impl Rates {
    /// What `seconds` of tasks or breaks cost with a vehicle.
    fn tasks(self, v: &Vehicle, seconds: i64, clock: Clock) -> i64 {
        let cost = i128::from(v.costs.per_task_hour) * i128::from(seconds) * i128::from(5 * clock.ticks);
        (cost / i128::from(self.common)).min(1 << 50) as i64
    }

    fn of(file: &Vroom, matrix: &Matrix, ticks: i64) -> Rates {
        let Costs { per_hour, per_km, .. } = file.vehicles[0].costs;
        let whole = 18_000 * ticks;
        // 1 / 3600 of an hour and 1 / 1000 of a kilometre are 5 and 18 of them
        let (tick, metre) = if matrix.costs.is_some() { (0, 0) } else { (5 * per_hour, 18 * ticks * per_km) };
        let own = matrix.costs.is_some() || file.vehicles.iter().any(|v| v.costs.fixed != 0);
        let tasks = file.vehicles.iter().fold(0, |g, v| gcd(g, 5 * v.costs.per_task_hour));
        let common = gcd(gcd(tick, metre), gcd(if own { whole } else { 0 }, tasks)).max(1);
        Rates {
            common,
            per_tick: tick / common,
            per_metre: metre / common,
            per_cost: if own { whole / common } else { 0 },
            unit: whole as f64 / common as f64,
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
