//! A day as it is lived: technicians follow their routes, meet the truth, and report what happens.
//!
//! The dispatcher sees reports only. A technician leaves when the plan says, takes as long as it takes, and does
//! with the parts at hand what the appliance really needs: otherwise another visit follows.

use super::driver::Driver;
use super::policy::Policy;
use super::tally::Tally;
use super::truth::lognormal;
use super::world::{Blow, Call, World};
use crate::board::catalog::PartCount;
use crate::board::decision::Cause;
use crate::board::event::StockLine;
use crate::board::fleet::{Errand, Stop};
use crate::board::id::{DepotId, JobId, Location, TechnicianId};
use crate::board::progress::{Finish, Hindrance, Report};
use crate::board::{Command, Event};
use crate::units::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// How long a technician waits where nobody opens.
const WAIT: Span = Span::minutes(10);
/// How long before the end "done in ten minutes" is said.
const NOTICE: Span = Span::minutes(10);
/// How long after the last shift what is under way may still end.
const DRAIN: Span = Span::hours(8);

/// How often coverage is measured.
const MEASURED: Span = Span::minutes(5);

/// What happens next.
#[derive(Clone, Debug)]
enum Turn {
    Call(usize),
    CallOff(JobId),
    Blow(usize),
    Begin(TechnicianId, Time),
    /// Look at the route; the number tells stale turns from live ones.
    Look(TechnicianId, u64),
    There(TechnicianId, u64),
    Notice(TechnicianId, u64),
    Done(TechnicianId, u64),
    Rested(TechnicianId, u64),
    Fetched(TechnicianId, u64),
    Tick,
    /// Coverage is measured.
    Measure,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Doing {
    Away,
    Idle,
    Driving(JobId),
    Fetching(DepotId),
    Working(JobId),
    Resting,
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
    ends: Time,
}

/// Plays a world under a policy, to its end; everything that was ever wanted is counted.
pub fn play(world: &World, policy: &mut dyn Policy) -> Tally {
    let last = world.board.technicians.values().flat_map(|t| &t.shifts).map(|s| s.window.end).max();
    let mut board = world.board.clone();
    policy.rates(&mut board.region.policy);
    let mut day = Day {
        world,
        driver: Driver::new(board, world.travel.clone(), world.opens),
        turns: BTreeMap::new(),
        number: 0,
        agents: BTreeMap::new(),
        calls: world.calls.iter().map(|c| (&c.job.id, c)).collect(),
        tally: Tally::new(world),
        ends: last.unwrap_or(world.opens) + DRAIN,
    };
    day.set_up(policy);
    while let Some(((at, _), turn)) = day.turns.pop_first() {
        if at > day.ends {
            break;
        }
        day.driver.advance(at);
        if matches!(turn, Turn::Measure) {
            day.measure();
            continue;
        }
        day.take(turn, policy);
        policy.turned(&mut day.driver);
        day.catch_up();
    }
    day.tally
}

impl Day<'_> {
    fn at(&mut self, at: Time, turn: Turn) {
        self.number += 1;
        self.turns.insert((at.max(self.driver.now()), self.number), turn);
    }

    fn set_up(&mut self, policy: &dyn Policy) {
        for n in 0..self.world.calls.len() {
            self.at(self.world.calls[n].at, Turn::Call(n));
            if let Some(at) = self.world.calls[n].cancelled {
                self.at(at, Turn::CallOff(self.world.calls[n].job.id.clone()));
            }
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
    }

    /// Gives a command; jobs it owes a decision are the policy's. False where it was refused.
    fn give(&mut self, command: &Command, policy: &mut dyn Policy) -> bool {
        self.tally.commands += 1;
        match self.driver.give_only(command) {
            Ok(owed) => {
                owed.into_iter().for_each(|(job, cause)| self.wait(&job, cause, policy));
                true
            }
            Err(_) => false,
        }
    }

    fn wait(&mut self, job: &JobId, cause: Cause, policy: &mut dyn Policy) {
        if self.driver.board().jobs[job].waits() {
            policy.waits(&mut self.driver, job, cause);
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
                self.tally.expected(self.driver.board(), &self.driver.desk().coverage(now), &job, now);
                self.give(&Command::CreateJob(job), policy);
            }
            Turn::CallOff(job) => {
                let reason = "the customer called it off".to_owned();
                self.give(&Command::CancelJob { job, reason, revision: None }, policy);
            }
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
            | Turn::Measure => {}
        }
    }

    fn measure(&mut self) {
        let now = self.driver.now();
        self.tally.measured(&self.driver.desk().coverage(now));
        if now + MEASURED <= self.ends - DRAIN {
            self.at(now + MEASURED, Turn::Measure);
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
        let Some(found) =
            board.technicians.get(id).and_then(|t| t.shifts.iter().find(|s| s.window.start == shift))
        else {
            return;
        };
        let ends = found.window.end;
        if !self.world.present.contains(id) {
            self.report(id, Report::Absent(Some(ends)), policy);
            return;
        }
        self.tally.shifts += 1;
        self.tally.on_shift += (ends - shift).0;
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
                self.now_doing(id, Doing::Away);
                self.report(id, Report::ShiftEnded, policy);
                self.agents.remove(id);
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
                let stamp = self.now_doing(id, Doing::Fetching(depot));
                self.at(now + leg + (stop.end - stop.start), Turn::Fetched(id.clone(), stamp));
            }
            Errand::Break(_) => {
                let stamp = self.now_doing(id, Doing::Resting);
                let length = stop.end - stop.start;
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

    fn drive(&mut self, id: &TechnicianId, job: JobId, policy: &mut dyn Policy) {
        let stamp = self.now_doing(id, Doing::Driving(job.clone()));
        if !self.report(id, Report::Departed(job.clone()), policy) {
            self.now_doing(id, Doing::Idle);
            return;
        }
        self.agents.get_mut(id).expect("it is there").fetched = None;
        let shift = self.agents[id].shift;
        let board = self.driver.board();
        let leg = board.route(id, shift).and_then(|r| r.stop_of(&job)).map(|(_, s)| (s.seconds, s.metres));
        let (seconds, metres) = leg.unwrap_or((0, 0));
        let visits = board.jobs[&job].visits;
        let takes = self.travelled(id, &format!("{job}/{visits}/{id}"), seconds, metres);
        self.at(self.driver.now() + takes, Turn::There(id.clone(), stamp));
    }

    fn there(&mut self, id: &TechnicianId, policy: &mut dyn Policy) {
        let Doing::Driving(job) = self.agents[id].doing.clone() else { return };
        let now = self.driver.now();
        let stamp = self.now_doing(id, Doing::Working(job.clone()));
        self.report(id, Report::Arrived(job.clone()), policy);
        let told = &self.driver.board().jobs[&job];
        let first = told.past.is_empty();
        let call = self.calls[&job];
        if call.absent && first {
            return self.at(now + WAIT, Turn::Done(id.clone(), stamp));
        }
        // who is early waits for the window, as planned
        let start = told.need.promised.map_or(now, |w| w.start.max(now));
        let service = match first {
            true => call.service,
            false => {
                let entity = format!("{job}/{}", told.visits);
                lognormal(
                    self.world.chance,
                    &entity,
                    "service",
                    told.demand.service,
                    self.world.truth.service_cv,
                )
            }
        };
        let ends = start + service;
        *self.tally.work.entry(id.clone()).or_default() += service.0;
        if start == now {
            self.report(id, Report::Started(job), policy);
        }
        if service > NOTICE {
            self.at(ends - NOTICE, Turn::Notice(id.clone(), stamp));
        }
        self.at(ends, Turn::Done(id.clone(), stamp));
    }

    fn done(&mut self, id: &TechnicianId, policy: &mut dyn Policy) {
        let Doing::Working(job) = self.agents[id].doing.clone() else { return };
        self.now_doing(id, Doing::Idle);
        let call = self.calls[&job];
        let told = &self.driver.board().jobs[&job];
        let first = told.past.is_empty();
        let none = || Finish { used: Some(Vec::new()), note: String::new() };
        let report = if call.absent && first {
            Report::CannotComplete(job, Hindrance::NoAccess, none(), Vec::new())
        } else if self.at_hand(id, &job, &call.parts) {
            Report::Finished(job, Finish { used: Some(call.parts.clone()), note: String::new() })
        } else {
            Report::CannotComplete(job, Hindrance::PartMissing, none(), call.parts.clone())
        };
        self.report(id, report, policy);
    }

    /// Whether what the appliance really needs is in the van, kept for the visit or free.
    fn at_hand(&self, id: &TechnicianId, job: &JobId, parts: &[PartCount]) -> bool {
        let board = self.driver.board();
        let van = Location::Van(id.clone());
        let sources = board.jobs[job].visit.as_ref().map_or(&[][..], |v| &v.sources);
        parts.iter().all(|p| {
            let kept = sources.iter().filter(|s| s.part_count.part == p.part && s.location == van);
            kept.map(|s| s.part_count.count).sum::<u32>() + board.stock.free(&van, &p.part) >= p.count
        })
    }

    fn befall(&mut self, n: usize, policy: &mut dyn Policy) {
        match &self.world.blows[n].1 {
            Blow::Ill(id) => {
                if self.agents.remove(id).is_some() {
                    self.report(&id.clone(), Report::Absent(None), policy);
                }
            }
            Blow::Recalled(part) => {
                let board = self.driver.board();
                let held = board
                    .stock
                    .iter()
                    .filter(|(at, p, l)| matches!(at, Location::Depot(_)) && *p == part && l.free > 0);
                let line = |(at, part, level): (&Location, _, crate::board::stock::Level)| StockLine {
                    location: at.clone(),
                    part: Clone::clone(part),
                    delta: -(level.free as i32),
                };
                let lines: Vec<StockLine> = held.map(line).collect();
                self.give(&Command::AdjustStock { lines, reason: "recall".into() }, policy);
            }
        }
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
                Event::VisitWithdrawn { job } => self.turn_round(job),
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
            self.now_doing(&id, Doing::Idle);
        }
    }
}
