//! What is counted of a day, job by job, from events alone.

use super::arrivals::{Arrivals, Stage};
use super::world::World;
use crate::board::calls::Kind;
use crate::board::clocks::{ClockKind, ClockState};
use crate::board::command::NewJob;
use crate::board::decide::resolve;
use crate::board::fleet::Window;
use crate::board::id::{JobId, TechnicianId};
use crate::board::{Board, Event};
use crate::coverage::classes::{class_of, target};
use crate::coverage::odds::ONE;
use crate::coverage::{CALL, Cover};
use crate::plan::Desk;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// What became of one job.
#[derive(Clone, Debug, Default)]
pub struct JobTold {
    /// When it was called in.
    pub called: Option<Time>,
    /// The latest start by response target or promise.
    pub by: Option<Time>,
    /// Whether it had a response target of two hours at most.
    pub on_demand: bool,
    /// Whether a window was promised.
    pub promised: bool,
    /// When somebody was first planned.
    pub planned: Option<Time>,
    /// When work first began.
    pub started: Option<Time>,
    /// When somebody first arrived.
    pub arrived: Option<Time>,
    /// When it was done.
    pub done: Option<Time>,
    /// Visits that ended.
    pub visits: u32,
    /// How often another technician was planned than before.
    pub changes: u32,
    /// Whether the customer calls it off, unless somebody is there before: it counts under no policy.
    pub called_off: bool,
    /// How often the customer was given another window.
    pub moves: u32,
    /// Hour of the day it was called in, where coverage counts it.
    pub hour: Option<u8>,
    /// The odds at its call that somebody would be there within its class's target, of one.
    pub expected: Option<f64>,
    /// That target.
    pub target: Span,
    last: Option<TechnicianId>,
}

/// Figures of a day: name, unit, value.
pub type Figures = Vec<(&'static str, &'static str, f64)>;

impl JobTold {
    /// Seconds from the call to a moment.
    fn since(&self, at: Option<Time>) -> Option<i64> {
        at.zip(self.called).map(|(at, called)| (at - called).0)
    }

    fn given_to(&mut self, at: Time, technician: &TechnicianId) {
        self.planned = self.planned.or(Some(at));
        if self.last.as_ref().is_some_and(|last| last != technician) {
            self.changes += 1;
        }
        self.last = Some(technician.clone());
    }
}

/// A whole day.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By job.
    pub jobs: BTreeMap<JobId, JobTold>,
    /// True travel seconds by technician.
    pub travel: BTreeMap<TechnicianId, i64>,
    /// True service seconds by technician.
    pub work: BTreeMap<TechnicianId, i64>,
    /// Metres driven to visits and depots.
    pub metres: u64,
    /// Seconds of shifts of those who came.
    pub on_shift: i64,
    /// Technician-days.
    pub shifts: u32,
    /// Commands given.
    pub commands: u64,
    /// By hour of the day: calls an hour, and those that were covered, summed over measurements.
    pub coverage: [[f64; 2]; 24],
    /// What technicians and customers said that the board refused, and why: how often each.
    pub refused: BTreeMap<String, u32>,
    /// Seconds driven for nothing: broken off, to closed doors, or without the part.
    pub vain: i64,
    /// How often somebody went to wait elsewhere.
    pub moves: u32,
    /// Seconds driven to wait elsewhere.
    pub posting: i64,
    /// First visits at which somebody opened, and those of them with every part that it took at hand.
    pub opened: [u32; 2],
    /// What was told of arrivals.
    pub arrivals: Arrivals,
    /// Clocks for a solution at the end of the day: met, breached, paused.
    pub solutions: [u32; 3],
    /// How long deciding took, in microseconds, where it was measured.
    pub latency: Vec<u64>,
}

impl Tally {
    /// A day about to be played.
    pub fn new(world: &World) -> Tally {
        let unsteady = world.calls.iter().filter(|c| c.cancelled.is_some() || c.moved.is_some());
        let arrivals = Arrivals::new(unsteady.map(|c| c.job.id.clone()).collect());
        let mut tally = Tally { arrivals, ..Tally::default() };
        for call in &world.calls {
            let need = &call.job.need;
            let level = &world.board.catalog.levels[&need.level];
            let target = level.response_target.filter(|_| need.promised.is_none());
            let told = JobTold {
                called: Some(call.at),
                by: need.promised.map(|w| w.end).or(target.map(|t| call.at + t)),
                on_demand: target.is_some_and(|t| t.0 <= 7200),
                promised: need.promised.is_some(),
                called_off: call.cancelled.is_some(),
                ..JobTold::default()
            };
            tally.jobs.insert(call.job.id.clone(), told);
        }
        tally
    }

    /// The customer has another window now.
    pub fn moved(&mut self, job: &JobId, window: Window) {
        let told = self.jobs.entry(job.clone()).or_default();
        (told.by, told.moves) = (Some(window.end), told.moves + 1);
    }

    /// Takes note of coverage at a moment.
    pub fn measured(&mut self, cover: &Cover) {
        let measure = cover.measure();
        let covered = measure.covered();
        for (class, covered) in covered.iter().enumerate().take(cover.classes().len()) {
            let [all, part] = &mut self.coverage[usize::from(cover.slot().hour)];
            *all += measure.rates().total(class) as f64 / CALL as f64;
            *part += *covered as f64 / (CALL as f64 * f64::from(ONE));
        }
    }

    /// Takes note of what coverage says of a job about to be called in.
    pub fn expected(&mut self, desk: &Desk, job: &NewJob, now: Time) {
        let board = desk.board();
        let Ok(demand) = resolve(board, &job.need, now) else { return };
        let level = board.catalog.levels.get(&job.need.level);
        let target = level.and_then(|level| target(level, board.region.policy.coverage_target));
        let wanted = demand.respond_by.map(|by| by - now);
        if wanted.zip(target).is_none_or(|(wanted, target)| wanted > target) {
            return;
        }
        let Some(kind) = Kind::of(&job.need, &demand) else { return };
        let cover = desk.coverage(now);
        let class = class_of(board, cover.classes(), &kind);
        let cell = cover.grid().cell_of(job.need.place);
        let (Some((class, cell)), Some(told)) = (class.zip(cell), self.jobs.get_mut(&job.id)) else { return };
        told.hour = Some(cover.slot().hour);
        told.expected = Some(f64::from(cover.at_call(class, cell)) / f64::from(ONE));
        told.target = cover.classes()[class].target;
    }

    /// By hour of the day, of calls that want somebody within their class's target: how many, how many were expected
    /// to be reached within it, how many were.
    pub fn hours(&self) -> [[f64; 3]; 24] {
        let mut hours = [[0.0; 3]; 24];
        for job in self.jobs.values().filter(|j| !j.called_off) {
            let (Some(hour), Some(expected), Some(called)) = (job.hour, job.expected, job.called) else {
                continue;
            };
            if job.by.is_none_or(|by| by - called > job.target) {
                continue;
            }
            let reached = job.arrived.is_some_and(|at| at - called <= job.target);
            let [calls, told, came] = &mut hours[usize::from(hour)];
            (*calls, *told, *came) = (*calls + 1.0, *told + expected, *came + f64::from(u8::from(reached)));
        }
        hours
    }

    /// Coverage over the day weighted by demand, and in the worst hour with a fortieth of the day's calls, in percent.
    fn coverage_shares(&self) -> [f64; 2] {
        let sum = |n: usize| self.coverage.iter().map(|h| h[n]).sum::<f64>();
        let (all, part) = (sum(0), sum(1));
        let busy = self.coverage.iter().filter(|h| h[0] * 40.0 >= all && h[0] > 0.0);
        let worst = busy.map(|h| h[1] * 100.0 / h[0]).min_by(f64::total_cmp);
        [part * 100.0 / all, worst.unwrap_or(f64::NAN)]
    }

    /// Takes note of an event.
    pub fn note(&mut self, at: Time, event: &Event) {
        match event {
            Event::VisitPlanned { job, visit } => {
                self.jobs.entry(job.clone()).or_default().given_to(at, &visit.technician);
            }
            Event::VisitsMoved { visits } => {
                for (job, visit) in visits {
                    self.jobs.entry(job.clone()).or_default().given_to(at, &visit.technician);
                }
            }
            Event::VisitProgressed { job, actual } => {
                let told = self.jobs.entry(job.clone()).or_default();
                told.arrived = told.arrived.or(actual.arrived);
                let who = told.last.clone();
                actual.arrived.into_iter().for_each(|at| self.arrivals.came(who.as_ref(), job, at));
                told.started = told.started.or(actual.started);
            }
            Event::VisitEnded { job, past } => {
                let told = self.jobs.entry(job.clone()).or_default();
                told.visits += 1;
                told.last = None;
                if past.ending == crate::board::progress::Ending::Finished {
                    told.done = Some(past.at);
                }
            }
            _ => {}
        }
    }

    /// Takes note of where the board's clocks for a solution stand. One that still runs has met and missed nothing.
    pub fn clocks(&mut self, board: &Board) {
        let wanted =
            board.jobs.iter().filter(|(id, _)| self.jobs.get(*id).is_some_and(|told| !told.called_off));
        let clocks =
            wanted.flat_map(|(_, job)| &job.booking.clocks).filter(|c| c.kind == ClockKind::Solution);
        for clock in clocks {
            match clock.state {
                ClockState::Met => self.solutions[0] += 1,
                ClockState::Breached => self.solutions[1] += 1,
                ClockState::Paused { .. } => self.solutions[2] += 1,
                ClockState::Running | ClockState::Dropped => {}
            }
        }
    }

    /// The figures of the day, in the order they are told: name, unit, value.
    pub fn figures(&self) -> Figures {
        let wanted: Vec<&JobTold> = self.jobs.values().filter(|j| !j.called_off).collect();
        [self.service(&wanted), self.effort(&wanted), self.words(&wanted), self.rest(&wanted)].concat()
    }

    /// What customers got.
    fn service(&self, wanted: &[&JobTold]) -> Figures {
        let due: Vec<&JobTold> = wanted.iter().copied().filter(|j| j.by.is_some()).collect();
        let urgent: Vec<&JobTold> = wanted.iter().copied().filter(|j| j.on_demand).collect();
        let promised: Vec<&JobTold> = wanted.iter().copied().filter(|j| j.promised).collect();
        let late = |j: &JobTold| j.started.is_none_or(|s| j.by.is_some_and(|by| s > by));
        let kept = |j: &JobTold| j.arrived.is_some_and(|s| j.by.is_some_and(|by| s <= by));
        let soon = |j: &JobTold| j.since(j.arrived).is_some_and(|s| s <= 1800);
        let mut response: Vec<f64> =
            urgent.iter().map(|j| j.since(j.arrived).map_or(1440.0, |s| s as f64 / 60.0)).collect();
        response.sort_by(f64::total_cmp);
        let quantile = |q: f64| match response.len() {
            0 => f64::NAN,
            n => response[((n - 1) as f64 * q).round() as usize],
        };
        let mean = response.iter().sum::<f64>() / response.len().max(1) as f64;
        vec![
            ("jobs", "", wanted.len() as f64),
            ("done", "%", of(wanted, |j| j.done.is_some())),
            ("late", "%", of(&due, late)),
            ("late on demand", "%", of(&urgent, late)),
            ("windows kept", "%", of(&promised, kept)),
            ("within 30 min", "%", of(&urgent, soon)),
            ("response mean", "min", mean),
            ("response P50", "min", quantile(0.5)),
            ("response P90", "min", quantile(0.9)),
        ]
    }

    /// What it took.
    fn effort(&self, wanted: &[&JobTold]) -> Figures {
        let done: Vec<&JobTold> = wanted.iter().copied().filter(|j| j.done.is_some()).collect();
        let served = done.len().max(1) as f64;
        let changes: u32 = wanted.iter().map(|j| j.changes).sum();
        vec![
            ("travel a job", "min", self.travel.values().sum::<i64>() as f64 / 60.0 / served),
            ("km a job", "km", self.metres as f64 / 1000.0 / served),
            ("jobs a technician-day", "", done.len() as f64 / f64::from(self.shifts.max(1))),
            ("first-time fix", "%", of(&done, |j| j.visits == 1)),
            ("confirmed in 3 min", "%", of(wanted, |j| j.since(j.planned).is_some_and(|s| s <= 180))),
            ("changes a job", "", f64::from(changes) / wanted.len().max(1) as f64),
        ]
    }

    /// What was told or due to be told, and whether it held.
    fn words(&self, wanted: &[&JobTold]) -> Figures {
        let clocks = self.solutions.iter().sum::<u32>();
        let solution = |n: usize| share(self.solutions[n].into(), clocks.into());
        let arrivals = &self.arrivals;
        vec![
            ("solution in 3 h", "%", solution(0)),
            ("solution late", "%", solution(1)),
            ("solution paused", "%", solution(2)),
            ("closed in 3 days", "%", of(wanted, |j| j.since(j.done).is_some_and(|s| s <= 72 * 3600))),
            ("arrived by P90", "%", arrivals.held(Stage::Ahead)[1]),
            ("arrived by P50", "%", arrivals.held(Stage::Ahead)[0]),
            ("by P90 on departure", "%", arrivals.of_all(Stage::Left)[0]),
            ("by P90, as told first", "%", arrivals.held(Stage::First)[1]),
            ("by P90, plan kept or not", "%", arrivals.of_all(Stage::Ahead)[0]),
            ("plan kept from 30 min on", "%", arrivals.of_all(Stage::Ahead)[1]),
        ]
    }

    fn rest(&self, wanted: &[&JobTold]) -> Figures {
        let travel: i64 = self.travel.values().sum();
        let work: i64 = self.work.values().sum();
        let rescheduled: u32 = wanted.iter().map(|j| j.moves).sum();
        vec![
            ("moved by customers", "a job", f64::from(rescheduled) / wanted.len().max(1) as f64),
            ("parts at hand", "%", share(self.opened[1].into(), self.opened[0].into())),
            ("driving of time at work", "%", share(travel, travel + work)),
            ("driving in vain", "%", share(self.vain, travel)),
            ("moves", "", f64::from(self.moves)),
            ("driving to wait elsewhere", "%", share(self.posting, travel)),
            ("reports refused", "", f64::from(self.refused.values().sum::<u32>())),
            ("busy", "%", share(travel + work, self.on_shift)),
            ("work spread", "min", self.spread()),
            ("coverage", "%", self.coverage_shares()[0]),
            ("coverage, worst hour", "%", self.coverage_shares()[1]),
            ("in 30 min, expected", "%", share_of(&self.hours(), 1)),
            ("in 30 min, simulated", "%", share_of(&self.hours(), 2)),
        ]
    }

    /// Standard deviation of minutes worked between technicians.
    fn spread(&self) -> f64 {
        let minutes: Vec<f64> = self.work.values().map(|s| *s as f64 / 60.0).collect();
        let n = minutes.len().max(1) as f64;
        let mean = minutes.iter().sum::<f64>() / n;
        (minutes.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / n).sqrt()
    }
}

/// Percent; no number of nothing.
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 { f64::NAN } else { part.max(0) as f64 * 100.0 / whole as f64 }
}

/// Percent of the jobs of which something holds.
fn of(jobs: &[&JobTold], test: impl Fn(&JobTold) -> bool) -> f64 {
    share(jobs.iter().filter(|j| test(j)).count() as i64, jobs.len() as i64)
}

/// A part of what [`Tally::hours`] tells in percent of the calls.
fn share_of(hours: &[[f64; 3]; 24], part: usize) -> f64 {
    let sum = |n: usize| hours.iter().map(|h| h[n]).sum::<f64>();
    sum(part) * 100.0 / sum(0)
}
