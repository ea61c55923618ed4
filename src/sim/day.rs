//! A day as it is lived: technicians follow their routes, meet the truth, and report what happens.
//!
//! The dispatcher sees reports only. A technician leaves when the plan says, takes as long as it takes, and does
//! with the parts at hand what the appliance really needs: otherwise another visit follows.

mod moves;
mod told;
mod troubles;
mod work;

use super::arrivals::Stage;
use super::driver::Driver;
use super::film::{Film, Stay, Way};
use super::mishap::Mishaps;
use super::policy::Policy;
use super::tally::Tally;
use super::truth::lognormal;
use super::world::{Call, World};
use crate::board::decision::Cause;
use crate::board::fleet::{Errand, Stop};
use crate::board::id::{DepotId, JobId, TechnicianId};
use crate::board::progress::Report;
use crate::board::{Command, Event};
use crate::geo::Point;
use crate::units::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a technician waits where nobody opens.
const WAIT: Span = Span::minutes(10);
/// How long before the end "done in ten minutes" is said.
const NOTICE: Span = Span::minutes(10);
/// How long after the last shift what is under way may still end.
const DRAIN: Span = Span::hours(8);

/// What turns other than looks at a route come later by within a second: more than a day has turns.
const LATER: u64 = 1 << 40;

/// What happens next.
#[derive(Clone, Debug)]
enum Turn {
    Call(usize),
    CallOff(JobId),
    Move(usize),
    Sight,
    Blow(usize),
    Begin(TechnicianId, Time),
    /// Look at the route; the number tells stale turns from live ones.
    Look(TechnicianId, u64),
    There(TechnicianId, u64),
    Notice(TechnicianId, u64),
    Done(TechnicianId, u64),
    Rested(TechnicianId, u64),
    Fetched(TechnicianId, u64),
    /// Somebody who was asked to wait elsewhere answers.
    Answer(TechnicianId, u32),
    Posted(TechnicianId, u64),
    Tick,
    /// Coverage is measured.
    Measure,
    /// What is told of arrivals that are near is noted.
    LookAhead,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Doing {
    Idle,
    Driving(JobId),
    Fetching(DepotId),
    Working(JobId),
    Resting,
    /// On the way to where to wait.
    Posting,
}

#[derive(Clone, Debug)]
struct Agent {
    doing: Doing,
    stamp: u64,
    shift: Time,
    ends: Time,
    fetched: Option<DepotId>,
}

struct Day<'a> {
    world: &'a World,
    driver: Driver,
    turns: BTreeMap<(Time, u64), Turn>,
    number: u64,
    agents: BTreeMap<TechnicianId, Agent>,
    calls: BTreeMap<&'a JobId, &'a Call>,
    tally: Tally,
    film: Film,
    ends: Time,
    watch: Option<Stopwatch<'a>>,
}

/// Reads a clock that the caller lends.
pub type Stopwatch<'a> = &'a (dyn Fn() -> Duration + Sync);

/// A day that was lived.
#[derive(Debug)]
pub struct Lived {
    /// What is counted of it.
    pub tally: Tally,
    /// What there was to see.
    pub film: Film,
    /// What befell the service, where mishaps were asked for.
    pub mishaps: Option<Mishaps>,
}

/// How a day is played.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Asked before each turn.
    pub goes_on: &'a dyn Fn() -> bool,
    /// Measures how long deciding takes.
    pub watch: Option<Stopwatch<'a>>,
    /// Draws mishaps that befall the service; the day goes as it goes without them.
    pub mishaps: Option<u64>,
}

impl Default for How<'_> {
    fn default() -> Self {
        How { goes_on: &|| true, watch: None, mishaps: None }
    }
}

/// Plays a world under a policy, to its end; everything that was ever wanted is counted.
pub fn play(world: &World, policy: &mut dyn Policy) -> Tally {
    live(world, policy, How::default()).expect("nobody stops it").tally
}

/// As [`play`], as `how` says; `None` where it says not to go on.
pub fn live(world: &World, policy: &mut dyn Policy, how: How<'_>) -> Option<Lived> {
    let last = world.board.technicians.values().flat_map(|t| &t.shifts).map(|s| s.window.end).max();
    let mut board = world.board.clone();
    policy.rates(&mut board.region.policy);
    board.arm_moves(world.opens);
    let mut day = Day {
        world,
        driver: Driver::new(board, world.travel.clone(), world.opens),
        turns: BTreeMap::new(),
        number: 0,
        agents: BTreeMap::new(),
        calls: world.calls.iter().map(|c| (&c.job.id, c)).collect(),
        tally: Tally::new(world),
        film: Film::default(),
        ends: last.unwrap_or(world.opens) + DRAIN,
        watch: how.watch,
    };
    how.mishaps.into_iter().for_each(|seed| day.driver.tempt(seed));
    day.set_up(policy);
    while let Some(((at, _), turn)) = day.turns.pop_first() {
        if at > day.ends {
            break;
        }
        if !(how.goes_on)() {
            return None;
        }
        if !matches!(turn, Turn::Look(..)) || at > day.driver.now() {
            day.driver.advance(at);
        }
        match turn {
            Turn::Measure => {
                day.measure();
                continue;
            }
            Turn::LookAhead => {
                day.look_ahead();
                continue;
            }
            _ => {}
        }
        day.take(turn, policy);
        policy.turned(&mut day.driver);
        day.catch_up();
    }
    day.tally.clocks(day.driver.board());
    Some(Lived { tally: day.tally, film: day.film, mishaps: day.driver.mishaps() })
}

impl Day<'_> {
    fn at(&mut self, at: Time, turn: Turn) {
        self.number += 1;
        // Who is to leave in this second leaves before the clock finds that overdue.
        let rank = if matches!(turn, Turn::Look(..)) { self.number } else { self.number + LATER };
        self.turns.insert((at.max(self.driver.now()), rank), turn);
    }

    fn set_up(&mut self, policy: &dyn Policy) {
        for n in 0..self.world.calls.len() {
            self.at(self.world.calls[n].at, Turn::Call(n));
            if let Some(at) = self.world.calls[n].cancelled {
                self.at(at, Turn::CallOff(self.world.calls[n].job.id.clone()));
            }
        }
        for n in 0..self.world.calls.len() {
            if let Some((at, _)) = self.world.calls[n].moved {
                self.at(at, Turn::Move(n));
            }
        }
        if self.world.truth.positions > 0.0 {
            self.at(self.world.opens, Turn::Sight);
        }
        for n in 0..self.world.blows.len() {
            self.at(self.world.blows[n].0, Turn::Blow(n));
        }
        let shifts: Vec<(TechnicianId, Time)> = self
            .world
            .board
            .technicians
            .values()
            .flat_map(|t| t.shifts.iter().map(|s| (t.id.clone(), s.window.start)))
            .collect();
        for (id, start) in shifts {
            self.at(start, Turn::Begin(id, start));
        }
        if policy.every().is_some() {
            self.at(self.world.opens, Turn::Tick);
        }
        self.at(self.world.opens, Turn::Measure);
        self.at(self.world.opens, Turn::LookAhead);
    }

    /// Gives a command; jobs it owes a decision are the policy's. False where it was refused.
    fn give(&mut self, command: &Command, policy: &mut dyn Policy) -> bool {
        self.tally.commands += 1;
        match self.driver.give_only(command) {
            Ok(owed) => {
                owed.into_iter().for_each(|(job, cause)| self.wait(&job, cause, policy));
                true
            }
            Err(refusal) => {
                *self.tally.refused.entry(troubles::said(command, &refusal)).or_default() += 1;
                false
            }
        }
    }

    fn wait(&mut self, job: &JobId, cause: Cause, policy: &mut dyn Policy) {
        if self.driver.board().jobs[job].waits() {
            let began = self.watch.map(|watch| watch());
            policy.waits(&mut self.driver, job, cause);
            if let Some((watch, began)) = self.watch.zip(began) {
                self.tally.latency.push((watch() - began).as_micros() as u64);
            }
        }
    }

    fn report(&mut self, id: &TechnicianId, report: Report, policy: &mut dyn Policy) -> bool {
        let at = self.driver.now();
        self.give(&Command::Report { technician: id.clone(), at, report }, policy)
    }

    fn take(&mut self, turn: Turn, policy: &mut dyn Policy) {
        match turn {
            Turn::Call(n) => {
                let job = policy.taken_down(self.world.calls[n].job.clone());
                let now = self.driver.now();
                self.tally.expected(self.driver.desk(), &job, now);
                self.give(&Command::CreateJob(job), policy);
            }
            Turn::CallOff(job) => {
                let reason = "the customer called it off".to_owned();
                self.give(&Command::CancelJob { job, reason, revision: None }, policy);
            }
            Turn::Move(n) => self.ask_other_window(n, policy),
            Turn::Sight => self.sight(),
            Turn::Blow(n) => self.befall(n, policy),
            Turn::Begin(id, shift) => self.begin(&id, shift, policy),
            Turn::Look(id, stamp) if self.live(&id, stamp) => self.look(&id, policy),
            Turn::There(id, stamp) if self.live(&id, stamp) => self.there(&id, policy),
            Turn::Notice(id, stamp) if self.live(&id, stamp) => {
                if let Doing::Working(job) = self.agents[&id].doing.clone() {
                    self.report(&id, Report::Remaining(job, NOTICE), policy);
                }
            }
            Turn::Done(id, stamp) if self.live(&id, stamp) => self.done(&id, policy),
            Turn::Rested(id, stamp) if self.live(&id, stamp) => {
                self.now_doing(&id, Doing::Idle);
                self.report(&id, Report::BreakEnded, policy);
            }
            Turn::Fetched(id, stamp) if self.live(&id, stamp) => {
                let Doing::Fetching(depot) = self.agents[&id].doing.clone() else { return };
                self.now_doing(&id, Doing::Idle);
                self.agents.get_mut(&id).expect("it is there").fetched = Some(depot);
                self.look(&id, policy);
            }
            Turn::Answer(id, number) => self.answer(&id, number, policy),
            Turn::Posted(id, stamp) if self.live(&id, stamp) => {
                self.now_doing(&id, Doing::Idle);
                self.look_later(&id);
            }
            Turn::Tick => {
                if let Some(every) = policy.every() {
                    self.at(self.driver.now() + every, Turn::Tick);
                }
            }
            Turn::Look(..)
            | Turn::There(..)
            | Turn::Notice(..)
            | Turn::Done(..)
            | Turn::Rested(..)
            | Turn::Fetched(..)
            | Turn::Posted(..)
            | Turn::Measure
            | Turn::LookAhead => {}
        }
    }

    fn live(&self, id: &TechnicianId, stamp: u64) -> bool {
        self.agents.get(id).is_some_and(|a| a.stamp == stamp)
    }

    /// A new thing to do: turns set before are stale. Returns the number of the new ones.
    fn now_doing(&mut self, id: &TechnicianId, doing: Doing) -> u64 {
        self.number += 1;
        let agent = self.agents.get_mut(id).expect("who does something is at work");
        (agent.doing, agent.stamp) = (doing, self.number);
        agent.stamp
    }

    fn begin(&mut self, id: &TechnicianId, shift: Time, policy: &mut dyn Policy) {
        let board = self.driver.board();
        let Some(found) = board.technicians.get(id).and_then(|t| t.shift(shift)) else {
            return;
        };
        let ends = found.window.end;
        if !self.world.present.contains(id) {
            self.report(id, Report::Absent(Some(ends)), policy);
            return;
        }
        self.tally.shifts += 1;
        self.tally.on_shift += (ends - shift).0;
        self.film.shifts.entry(id.clone()).or_default().push((shift, ends));
        self.agents.insert(id.clone(), Agent { doing: Doing::Idle, stamp: 0, shift, ends, fetched: None });
        self.now_doing(id, Doing::Idle);
        self.report(id, Report::ShiftStarted, policy);
        self.look_later(id);
    }

    /// Sets the turn at which an idle technician has something to do by plan.
    fn look_later(&mut self, id: &TechnicianId) {
        let Some(agent) = self.agents.get(id).filter(|a| a.doing == Doing::Idle) else { return };
        let (stamp, ends) = (agent.stamp, agent.ends);
        match self.next(id) {
            // a second before it is overdue
            Some(stop) => self.at(stop.depart - Span(1), Turn::Look(id.clone(), stamp)),
            None => self.at(ends, Turn::Look(id.clone(), stamp)),
        }
    }

    /// The first stop that is still to be done.
    fn next(&self, id: &TechnicianId) -> Option<Stop> {
        let agent = &self.agents[id];
        let route = self.driver.board().route(id, agent.shift)?;
        let rested = self.driver.board().rested(id, agent.shift);
        let to_do = |s: &&Stop| match &s.errand {
            Errand::Visit(_) => true,
            Errand::Break(n) => *n >= rested && s.end > self.driver.now(),
            Errand::Depot(depot) => agent.fetched.as_ref() != Some(depot),
        };
        route.stops.iter().find(to_do).cloned()
    }

    fn look(&mut self, id: &TechnicianId, policy: &mut dyn Policy) {
        if self.agents[id].doing != Doing::Idle {
            return;
        }
        let now = self.driver.now();
        let Some(stop) = self.next(id) else {
            if now >= self.agents[id].ends {
                self.agents.remove(id);
                self.film.leave(id, now);
                self.report(id, Report::ShiftEnded, policy);
            }
            return;
        };
        if stop.depart - Span(1) > now {
            return self.look_later(id);
        }
        match stop.errand {
            Errand::Visit(job) => self.drive(id, job, policy),
            Errand::Depot(depot) => {
                let leg = self.travelled(id, &format!("{id}/{depot}/{}", now.0), stop.seconds, stop.metres);
                let from = self.place(id);
                self.drives(id, None, [from, stop.place], leg);
                let stamp = self.now_doing(id, Doing::Fetching(depot));
                self.at(now + leg + (stop.end - stop.start), Turn::Fetched(id.clone(), stamp));
            }
            Errand::Break(_) => {
                let stamp = self.now_doing(id, Doing::Resting);
                let length = stop.end - stop.start;
                self.stays(id, None, length);
                self.report(id, Report::BreakStarted, policy);
                self.at(now + length.max(Span(60)), Turn::Rested(id.clone(), stamp));
            }
        }
    }

    /// How long a leg really takes, counted as driven.
    fn travelled(&mut self, id: &TechnicianId, entity: &str, seconds: u32, metres: u32) -> Span {
        let law = &self.world.truth;
        let mean = Span((f64::from(seconds) * law.travel_mean).round() as i64);
        let takes = if mean.0 == 0 {
            Span::ZERO
        } else {
            lognormal(self.world.chance, entity, "travel", mean, law.travel_cv)
        };
        *self.tally.travel.entry(id.clone()).or_default() += takes.0;
        self.tally.metres += u64::from(metres);
        takes
    }

    /// Where somebody at work is, or set out from.
    fn place(&self, id: &TechnicianId) -> Point {
        let board = self.driver.board();
        board.whereabouts.get(id).map_or(board.technicians[id].start, |w| w.place)
    }

    fn drives(&mut self, id: &TechnicianId, job: Option<&JobId>, [from, to]: [Point; 2], takes: Span) {
        let depart = self.driver.now();
        let (technician, job) = (id.clone(), job.cloned());
        self.film.ways.push(Way { technician, job, from, to, depart, arrive: depart + takes, cut: None });
    }

    fn stays(&mut self, id: &TechnicianId, job: Option<&JobId>, length: Span) {
        let from = self.driver.now();
        self.film.stays.push(Stay { technician: id.clone(), job: job.cloned(), from, until: from + length });
    }

    fn drive(&mut self, id: &TechnicianId, job: JobId, policy: &mut dyn Policy) {
        let from = self.place(id);
        let stamp = self.now_doing(id, Doing::Driving(job.clone()));
        if !self.report(id, Report::Departed(job.clone()), policy) {
            self.now_doing(id, Doing::Idle);
            return;
        }
        self.tally.arrivals.left(id, &job);
        self.word(&job, Stage::Left);
        self.agents.get_mut(id).expect("it is there").fetched = None;
        let shift = self.agents[id].shift;
        let board = self.driver.board();
        let leg = board.route(id, shift).and_then(|r| r.stop_of(&job)).map(|(_, s)| (s.seconds, s.metres));
        let (seconds, metres) = leg.unwrap_or((0, 0));
        let (visits, to) = (board.jobs[&job].visits, board.jobs[&job].need.place);
        let takes = self.travelled(id, &format!("{job}/{visits}/{id}"), seconds, metres);
        self.drives(id, Some(&job), [from, to], takes);
        self.at(self.driver.now() + takes, Turn::There(id.clone(), stamp));
    }

    /// Takes note of all that happened, and has those look whose plan it touched.
    fn catch_up(&mut self) {
        let mut touched = BTreeSet::new();
        for (at, event) in self.driver.news() {
            self.tally.note(at, &event);
            match &event {
                Event::RouteSet { technician, .. } | Event::WhereaboutsSet { technician, .. } => {
                    touched.insert(technician.clone());
                }
                Event::VisitPlanned { job, visit } => {
                    self.film.plan(at, job, Some(&visit.technician));
                    self.word(job, Stage::First);
                }
                Event::MoveProposed { technician, proposed } => self.asked(technician, proposed.number),
                Event::VisitsMoved { visits } => {
                    visits.iter().for_each(|(job, v)| self.film.plan(at, job, Some(&v.technician)));
                }
                Event::VisitWithdrawn { job } => {
                    self.film.plan(at, job, None);
                    self.turn_round(job);
                }
                _ => {}
            }
        }
        for id in touched {
            if self.agents.get(&id).is_some_and(|a| a.doing == Doing::Idle) {
                self.now_doing(&id, Doing::Idle);
                self.look_later(&id);
            }
        }
    }

    /// Whoever is on the way to a job that is not theirs any more is idle again.
    fn turn_round(&mut self, job: &JobId) {
        let heading = |a: &Agent| a.doing == Doing::Driving(job.clone());
        let Some(id) = self.agents.iter().find(|(_, a)| heading(a)).map(|(id, _)| id.clone()) else { return };
        let live = self.driver.board().jobs[job].visit.as_ref();
        if live.is_none_or(|v| v.technician != id) {
            let now = self.driver.now();
            self.tally.vain += self.film.last_way(&id).map_or(0, |w| (now.min(w.arrive) - w.depart).0);
            self.film.cut(&id, now);
            self.now_doing(&id, Doing::Idle);
        }
    }
}
