//! Ways to dispatch, each a small thing: what to do with a job that waits, and what to do when something turned.

mod improving;

use super::driver::Driver;
use super::matching::{NEVER, assign};
use crate::board::catalog::Requirement;
use crate::board::command::NewJob;
use crate::board::decision::Cause;
use crate::board::fleet::Technician;
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::Job;
use crate::board::{Board, Legs};
use crate::city::chance::Chance;
use crate::geo::Point;
use crate::plan::Quick;
use crate::units::{Span, Time};
use improving::{Full, Rolling};
use std::collections::BTreeMap;

/// A way to dispatch.
pub trait Policy: Send {
    /// How the call centre takes a job down.
    fn taken_down(&self, job: NewJob) -> NewJob {
        job
    }
    /// What the region's exchange rates are under it; coverage has no say, and nobody is asked to wait elsewhere,
    /// unless it is about that.
    fn rates(&self, rates: &mut crate::board::region::Policy) {
        (rates.coverage_permille, rates.moves_at_once) = (0, 0);
    }
    /// A job waits for a visit: it was called in, needs another visit, or lost the one it had.
    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause);
    /// Something happened in the region.
    fn turned(&mut self, _driver: &mut Driver) {}
    /// How often [`Policy::turned`] is called though nothing happens.
    fn every(&self) -> Option<Span> {
        None
    }
}

/// A policy as it is named on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    make: fn(u64) -> Box<dyn Policy>,
}

impl Named {
    /// One for a day with this seed.
    pub fn make(&self, seed: u64) -> Box<dyn Policy> {
        (self.make)(seed)
    }
}

/// Every policy.
pub const POLICIES: &[Named] = &[
    Named {
        name: "random",
        about: "any technician who fits",
        make: |seed| Box::new(Random(Chance::new(seed))),
    },
    Named {
        name: "nearest-idle",
        about: "the nearest idle technician, first in first out, parts by luck: the traditional hall",
        make: |_| Box::new(Hall::default()),
    },
    Named { name: "own-grid", about: "who lives nearest, at the call", make: |_| Box::new(OwnGrid) },
    Named {
        name: "best-eta",
        about: "who gets there first, bound at the call: the usual product",
        make: |_| Box::new(BestEta),
    },
    Named {
        name: "batch",
        about: "urgent jobs wait for an assignment each 30 s, bound when somebody is free; others as cheapest",
        make: |_| Box::new(Batch::default()),
    },
    Named {
        name: "full",
        about: "the service's own decision, improved all day; nothing is bound before departure",
        make: |seed| Box::new(Full::new(seed)),
    },
    Named {
        name: "coverage",
        about: "as full, and what a visit takes from coverage has its price",
        make: |seed| Box::new(Full::new(seed).priced()),
    },
    Named {
        name: "moves",
        about: "as coverage, and who is idle is asked to wait where calls would find nobody in time",
        make: |seed| Box::new(Full::new(seed).priced().moving()),
    },
    Named {
        name: "rolling",
        about: "every 15 min all that wait are taken in and the whole board is solved again",
        make: |seed| Box::new(Rolling::new(seed)),
    },
    Named {
        name: "cheapest",
        about: "the service's own decision, bound at the call",
        make: |_| Box::new(Cheapest),
    },
];

/// The policy of that name.
pub fn named(name: &str) -> Option<&'static Named> {
    POLICIES.iter().find(|p| p.name == name)
}

/// The service's own decision.
struct Cheapest;

impl Policy for Cheapest {
    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause) {
        driver.settle(job, cause);
    }
}

struct BestEta;

impl Policy for BestEta {
    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause) {
        driver.settle_soonest(job, cause);
    }
}

struct Random(Chance);

impl Policy for Random {
    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause) {
        let mut all = able(driver.board(), job);
        all.sort_by_cached_key(|t| self.0.draw(job.as_str(), t.as_str()));
        if !all.iter().any(|t| driver.settle_with(job, t, cause)) {
            driver.settle(job, cause);
        }
    }
}

struct OwnGrid;

impl Policy for OwnGrid {
    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause) {
        let board = driver.board();
        let place = board.jobs[job].need.place;
        let mut all = able(board, job);
        all.sort_by_cached_key(|t| (board.technicians[t].start.metres_to(place) as i64, t.clone()));
        if !all.iter().any(|t| driver.settle_with(job, t, cause)) {
            driver.settle(job, cause);
        }
    }
}

/// The traditional hall: jobs wait in a row, whoever is idle and nearest takes the first that fits.
#[derive(Default)]
struct Hall {
    row: Vec<(JobId, Cause)>,
}

/// How long before a promised window the hall begins to look for somebody.
const BEFORE_WINDOW: Span = Span::minutes(30);

impl Policy for Hall {
    /// Nobody asks what is broken: whoever goes finds out, and has the part or comes back.
    fn taken_down(&self, mut job: NewJob) -> NewJob {
        job.need.inspect_only = true;
        job
    }

    fn waits(&mut self, _: &mut Driver, job: &JobId, cause: Cause) {
        self.row.push((job.clone(), cause));
    }

    fn turned(&mut self, driver: &mut Driver) {
        let now = driver.now();
        let mut idle = idle(driver.board(), now);
        let row = std::mem::take(&mut self.row);
        for (job, cause) in row {
            let told = &driver.board().jobs[&job];
            if !told.waits() {
                continue;
            }
            let early = told.need.promised.is_some_and(|w| now < w.start - BEFORE_WINDOW);
            let place = told.need.place;
            let mut able: Vec<(usize, i64)> = Vec::new();
            if !early {
                let fits = |(_, (t, _)): &(usize, &(TechnicianId, Point))| {
                    holds(&driver.board().technicians[t], told)
                };
                let near = idle.iter().enumerate().filter(fits);
                able.extend(near.map(|(i, (_, at))| (i, at.metres_to(place) as i64)));
                able.sort_by_key(|(i, metres)| (*metres, *i));
            }
            match able.iter().find(|(i, _)| driver.settle_with(&job, &idle[*i].0, cause)) {
                Some((i, _)) => drop(idle.remove(*i)),
                None => self.row.push((job, cause)),
            }
        }
    }

    fn every(&self) -> Option<Span> {
        Some(Span::minutes(5))
    }
}

/// Urgent jobs wait and are matched with whoever is idle or soon free; a match with somebody busy is held, not bound.
#[derive(Default)]
struct Batch {
    row: Vec<(JobId, Cause)>,
    matched: Option<Time>,
}

/// From one match to the next.
const MATCHED: Span = Span(30);
/// Who is free within this is matched too.
const SOON: Span = Span::minutes(20);
/// How many technicians a job is matched with at most.
const BEST: usize = 32;

impl Policy for Batch {
    fn waits(&mut self, driver: &mut Driver, job: &JobId, cause: Cause) {
        let told = &driver.board().jobs[job];
        let urgent = told.demand.respond_by.is_some_and(|by| by - driver.now() <= Span::hours(3));
        if urgent {
            self.row.push((job.clone(), cause));
        } else {
            driver.settle(job, cause);
        }
    }

    fn turned(&mut self, driver: &mut Driver) {
        let now = driver.now();
        if self.row.is_empty() || self.matched.is_some_and(|at| now - at < MATCHED) {
            return;
        }
        self.matched = Some(now);
        let soon = soon_free(driver.board(), now);
        if soon.iter().all(|(_, _, free)| *free > now) {
            return;
        }
        self.row.retain(|(job, _)| driver.board().jobs[job].waits());
        // only who is free now is bound: what has nothing to do with them need not be matched
        let near = linked(near(driver.board(), &self.row, &soon, now), &soon, now);
        let cost: Vec<Vec<i64>> =
            near.iter().map(|(at, near)| costs(driver, &self.row[*at].0, near, &soon, now)).collect();
        for ((at, _), column) in near.iter().zip(assign(&cost)) {
            let Some(column) = column else { continue };
            let (job, cause) = self.row[*at].clone();
            let (technician, _, free) = &soon[column];
            if *free <= now && !driver.settle_with(&job, technician, cause) {
                // parts or a break are in the way: whoever the service would send
                driver.settle(&job, cause);
            }
        }
        self.row.retain(|(job, _)| driver.board().jobs[job].waits());
    }

    fn every(&self) -> Option<Span> {
        Some(MATCHED)
    }
}

/// By number of `row`, the numbers of those of `soon` who could come first as the crow flies.
fn near(
    board: &Board,
    row: &[(JobId, Cause)],
    soon: &[(TechnicianId, Point, Time)],
    now: Time,
) -> Vec<(usize, Vec<usize>)> {
    // many jobs take the same certificates
    let mut able: BTreeMap<&[Requirement], Vec<usize>> = BTreeMap::new();
    let mut all = Vec::new();
    for (at, (job, _)) in row.iter().enumerate() {
        let told = &board.jobs[job];
        let holds = |i: &usize| certified(&board.technicians[&soon[*i].0], &told.demand.requirements);
        let able =
            able.entry(&told.demand.requirements).or_insert_with(|| (0..soon.len()).filter(holds).collect());
        let by = |i: &usize| {
            let (_, at, free) = &soon[*i];
            (at.metres_to(told.need.place) as i64 / 8 + (*free - now).0.max(0), *i)
        };
        let wanted = able.iter().filter(|i| !told.need.excluded.contains(&soon[**i].0));
        let mut near: Vec<(i64, usize)> = wanted.map(by).collect();
        if near.len() > BEST {
            near.select_nth_unstable(BEST);
            near.truncate(BEST);
        }
        near.sort_unstable();
        all.push((at, near.into_iter().map(|(_, i)| i).collect()));
    }
    all
}

/// Those jobs whose match may change whom somebody free now is matched with.
fn linked(
    mut near: Vec<(usize, Vec<usize>)>,
    soon: &[(TechnicianId, Point, Time)],
    now: Time,
) -> Vec<(usize, Vec<usize>)> {
    let mut live: Vec<bool> = soon.iter().map(|(_, _, free)| *free <= now).collect();
    let mut linked = Vec::new();
    loop {
        let (new, rest): (Vec<_>, Vec<_>) =
            near.into_iter().partition(|(_, near)| near.iter().any(|i| live[*i]));
        near = rest;
        if new.is_empty() {
            break;
        }
        new.iter().flat_map(|(_, near)| near).for_each(|i| live[*i] = true);
        linked.extend(new);
    }
    linked.sort_unstable();
    linked
}

/// What sending each of `soon` to a job costs, but those who are not near: delay, travel, lateness.
fn costs(
    driver: &Driver,
    job: &JobId,
    near: &[usize],
    soon: &[(TechnicianId, Point, Time)],
    now: Time,
) -> Vec<i64> {
    let told = &driver.board().jobs[job];
    let by = told.demand.respond_by.unwrap_or(Time::MAX);
    let quick = Quick(driver.desk().travel());
    let mut row = vec![NEVER; soon.len()];
    for i in near {
        let (_, at, free) = &soon[*i];
        let leave = (*free).max(now);
        let Some(leg) = quick.leg(*at, told.need.place, leave) else { continue };
        let arrive = leave + Span(leg.seconds.into());
        let late = (arrive - by).or_zero().0;
        row[*i] = (arrive - now).0
            + i64::from(leg.seconds)
            + late * i64::from(told.demand.lateness_permille) / 1000;
    }
    row
}

/// Whether a technician holds the certificates, whenever, and is not excluded.
fn holds(technician: &Technician, job: &Job) -> bool {
    certified(technician, &job.demand.requirements) && !job.need.excluded.contains(&technician.id)
}

fn certified(technician: &Technician, requirements: &[Requirement]) -> bool {
    requirements.iter().all(|r| technician.holds(r))
}

fn able(board: &Board, job: &JobId) -> Vec<TechnicianId> {
    let job = &board.jobs[job];
    board.technicians.values().filter(|t| holds(t, job)).map(|t| t.id.clone()).collect()
}

/// Those on shift with nothing planned, and where they are.
fn idle(board: &Board, now: Time) -> Vec<(TechnicianId, Point)> {
    soon_free(board, now).into_iter().filter(|(_, _, free)| *free <= now).map(|(t, at, _)| (t, at)).collect()
}

/// Those on shift who have at most one visit left and are free soon: who, where, when.
fn soon_free(board: &Board, now: Time) -> Vec<(TechnicianId, Point, Time)> {
    let mut all = Vec::new();
    for (id, known) in &board.whereabouts {
        let on =
            board.technicians[id].shifts.iter().any(|s| s.window.start == known.shift && now < s.window.end);
        if !on {
            continue;
        }
        let free = match board.route(id, known.shift) {
            None => Some((known.place, known.free)),
            Some(route) if route.jobs().count() == 1 => {
                let last =
                    route.stops.last().filter(|s| matches!(s.errand, crate::board::fleet::Errand::Visit(_)));
                last.filter(|s| s.depart <= now).map(|s| (s.place, s.end))
            }
            Some(_) => None,
        };
        if let Some((place, free)) = free.filter(|(_, free)| *free <= now + SOON) {
            all.push((id.clone(), place, free));
        }
    }
    all
}
