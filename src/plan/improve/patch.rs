//! Cutting a patch out of a desk: the shifts nearest to a seed, as a small board.

use crate::board::Board;
use crate::board::decide::fixed_stops;
use crate::board::event::StockLine;
use crate::board::fleet::{Errand, Shift, Technician, Window};
use crate::board::id::{JobId, Location, TechnicianId};
use crate::board::job::Job;
use crate::board::offer::Offering;
use crate::board::scarcity::Holders;
use crate::board::{cost, schedule::Task};
use crate::geo::Point;
use crate::plan::cover;
use crate::plan::{Desk, Travel};
use crate::units::{Cost, Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// Most shifts of a patch.
pub const SHIFTS: usize = 24;
/// Most visits ahead in a patch.
pub const VISITS: usize = 300;
/// Most open jobs in a patch.
const OPEN: usize = 20;
/// Tree entries looked at for the shifts.
const LOOKED_AT: usize = 4_000;
/// How far from the seed's moment a shift may begin.
const DAY: Span = Span::hours(12);
/// One seed in so many looks for a late visit.
const LATE: u64 = 4;

/// What a patch is cut out around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A job: one that has just changed, or whose visit is late.
    Job(JobId),
    /// What a technician does now or next.
    Technician(TechnicianId),
}

/// Some shifts with all that planning them takes. The board in it holds them alone.
#[derive(Clone, Debug)]
pub struct Patch {
    pub(super) now: Time,
    pub(super) board: Board,
    /// Who, and the start of the shift; sorted.
    pub(super) shifts: Vec<(TechnicianId, Time)>,
    /// Where idle technicians were seen.
    pub(super) seen: BTreeMap<TechnicianId, Point>,
    /// Jobs whose technician has been asked and has not answered.
    pub(super) asked: BTreeSet<JobId>,
    /// Jobs nobody goes to yet.
    pub(super) open: Vec<JobId>,
    /// What a minute of a technician is worth to coverage, where that is anything.
    pub(super) stakes: BTreeMap<TechnicianId, Cost>,
    /// Of the whole region.
    pub(super) holders: Holders,
    pub(super) travel: Travel,
}

impl Desk {
    /// What a seed is about: a late visit now and then, otherwise a technician with visits planned.
    pub fn draw(&self, now: Time, seed: u64) -> Option<Focus> {
        let routes = &self.board().routes;
        let chance = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        if seed.is_multiple_of(LATE) {
            let late = late_visits(self.board(), now);
            let drawn = late.get(chance as usize % late.len().max(1));
            if let Some(job) = drawn {
                return Some(Focus::Job((*job).clone()));
            }
        }
        let nth = chance as usize % routes.len().max(1);
        routes.keys().nth(nth).map(|id| Focus::Technician(id.clone()))
    }

    /// The patch around a focus; `None` where there is nothing to plan.
    pub fn patch(&self, now: Time, focus: &Focus) -> Option<Patch> {
        let board = self.board();
        let (place, asked) = about(board, now, focus)?;
        let known = self.knowledge();
        let mut near: Vec<(i64, &TechnicianId, &Shift)> = Vec::new();
        let mut seen = BTreeSet::new();
        let (mut visits, mut last) = (0, 0);
        for (distance, slot) in known.index.nearest_first(place).take(LOOKED_AT) {
            // Those equally far are all looked at: which comes first is chance.
            if distance > last && (near.len() >= SHIFTS || visits >= VISITS) {
                break;
            }
            last = distance;
            let id = known.index.name(slot);
            let technician = &board.technicians[id];
            if !seen.insert(id) {
                continue;
            }
            let shift = technician.shifts.iter().find(|s| s.window.end > asked.start);
            if let Some(shift) = shift.filter(|s| s.window.start < asked.end && plannable(board, id, s, now))
            {
                visits += board.route(id, shift.window.start).map_or(0, |r| r.jobs().count());
                near.push((distance, id, shift));
            }
        }
        near.sort_by_key(|n| (n.0, n.1));
        let mut shifts: Vec<_> = within(board, &near).map(|n| (n.1.clone(), n.2.window.start)).collect();
        shifts.sort_unstable();
        let mut patch = Patch {
            now,
            board: Board::new(board.region.clone()),
            shifts,
            seen: BTreeMap::new(),
            asked: BTreeSet::new(),
            open: open_jobs(self, place),
            stakes: BTreeMap::new(),
            holders: known.holders.clone(),
            travel: known.travel.clone(),
        };
        patch.fill(self, now);
        Some(patch)
    }
}

/// The nearest, as many as there is room for.
fn within<'n, 'a>(
    board: &'a Board,
    near: &'n [(i64, &'a TechnicianId, &'a Shift)],
) -> impl Iterator<Item = &'n (i64, &'a TechnicianId, &'a Shift)> {
    let mut visits = 0;
    near.iter().take(SHIFTS).take_while(move |(_, id, shift)| {
        let fits = visits < VISITS;
        visits += board.route(id, shift.window.start).map_or(0, |r| r.jobs().count());
        fits
    })
}

/// Where the focus is, and when: a shift there begins before the end and ends after the start.
fn about(board: &Board, now: Time, focus: &Focus) -> Option<(Point, Window)> {
    let from = |at: Time| Window { start: at.max(now), end: at.max(now) + DAY };
    match focus {
        Focus::Job(id) => {
            let job = board.jobs.get(id).filter(|j| !j.state.is_over() && j.need.takes_a_visit())?;
            let promised = job.need.promised.map(|w| w.start);
            let planned = job.visit.as_ref().map(|v| v.shift);
            Some((job.need.place, from(planned.or(promised).unwrap_or(now))))
        }
        Focus::Technician(id) => {
            let technician = board.technicians.get(id)?;
            let shift = technician.shifts.iter().find(|s| s.window.end > now)?;
            let ahead = board.route(id, shift.window.start);
            let ahead = ahead.and_then(|r| r.stops.get(fixed_stops(board, r, now)));
            Some((ahead.map_or(technician.start, |s| s.place), from(shift.window.start)))
        }
    }
}

/// A route with several depot stops ahead is left alone: the search knows one a route.
fn plannable(board: &Board, id: &TechnicianId, shift: &Shift, now: Time) -> bool {
    let Some(route) = board.route(id, shift.window.start) else { return true };
    let ahead = &route.stops[fixed_stops(board, route, now)..];
    let awaits = |s: &crate::board::fleet::Stop| match &s.errand {
        Errand::Visit(job) => board.jobs[job].visit.as_ref().is_some_and(|v| !v.awaits.is_empty()),
        Errand::Depot(_) | Errand::Break(_) => false,
    };
    // the search knows nothing of deliveries: who waits for one is left alone
    !ahead.iter().any(awaits) && ahead.iter().filter(|s| matches!(s.errand, Errand::Depot(_))).count() <= 1
}

/// Jobs of visits ahead that are late by plan, in the order of routes.
fn late_visits(board: &Board, now: Time) -> Vec<&JobId> {
    let stops = board.routes.values().flat_map(|r| r.values()).flat_map(|r| &r.stops);
    let late = stops.filter(|s| s.depart > now).filter_map(|s| match &s.errand {
        Errand::Visit(id) => {
            let job = &board.jobs[id];
            let task = Task { need: &job.need, demand: &job.demand };
            (cost::late(task, s.start) > Span::ZERO).then_some(id)
        }
        Errand::Depot(_) | Errand::Break(_) => None,
    });
    late.collect()
}

/// The open jobs nearest to a place that a road leads to.
fn open_jobs(desk: &Desk, place: Point) -> Vec<JobId> {
    let travel = desk.knowledge().travel;
    // who is asked first, or wished for, is the decision's to choose
    let board = desk.board();
    let asked = |j: &Job| {
        board.catalog.levels.get(&j.need.level).is_some_and(|l| l.offers)
            || board.region.policy.offers != Offering::Never
    };
    let open = |j: &&Job| {
        // one that somebody has declined or was taken off is tried again by the board, without those
        let own = j.set_aside.is_none() && !j.tied() && !asked(j) && !board.retries(j);
        j.waits() && j.need.takes_a_visit() && own
    };
    let all = desk.waiting().filter(open);
    let mut all: Vec<_> = all.map(|j| (j.need.place.metres_to(place) as u64, &j.id, j.need.place)).collect();
    all.sort_unstable_by_key(|j| (j.0, j.1));
    all.truncate(OPEN);
    all.into_iter().filter(|j| travel.spot(j.2).is_ok()).map(|j| j.1.clone()).collect()
}

impl Patch {
    /// Copies what the shifts need.
    fn fill(&mut self, desk: &Desk, now: Time) {
        let from = desk.board();
        self.board.depots.clone_from(&from.depots);
        let cover = desk.stakes(now, &from.region.policy);
        for (id, start) in &self.shifts {
            let technician: &Technician = &from.technicians[id];
            self.board.technicians.insert(id.clone(), technician.clone());
            let stake = cover::stake(cover.as_deref(), &from.region.policy, id);
            self.stakes.extend((stake > Cost::ZERO).then(|| (id.clone(), stake)));
            let known = from.whereabouts(id, *start).map(|w| (id.clone(), w.clone()));
            self.board.whereabouts.extend(known);
            let position = desk.position(id).filter(|p| p.is_fresh(now));
            self.seen.extend(position.map(|p| (id.clone(), p.place)));
            let Some(route) = from.route(id, *start) else { continue };
            self.board.routes.entry(id.clone()).or_default().insert(*start, route.clone());
            for job in route.jobs() {
                self.board.jobs.insert(job.clone(), from.jobs[job].clone());
                self.asked.extend(from.offers.open(job).map(|_| job.clone()));
            }
        }
        for job in &self.open {
            self.board.jobs.insert(job.clone(), from.jobs[job].clone());
        }
        let vans = self.shifts.iter().map(|(id, _)| Location::Van(id.clone()));
        let places: Vec<_> = vans.chain(from.depots.keys().cloned().map(Location::Depot)).collect();
        self.board.stock = from.stock.free_at(places.iter());
        let kept = self.board.jobs.values().filter_map(|j| j.visit.as_ref()).flat_map(|v| &v.sources);
        for source in kept.cloned().collect::<Vec<_>>() {
            let (location, part) = (source.location.clone(), source.part_count.part.clone());
            let delta = source.part_count.count as i32;
            self.board.stock.adjust(&StockLine { location, part, delta });
            self.board.stock.reserve(&source);
        }
    }

    /// What a minute of a technician is worth to coverage.
    pub(super) fn stake(&self, technician: &Technician) -> Cost {
        self.stakes.get(&technician.id).copied().unwrap_or_default()
    }

    /// Whether a job is in it.
    pub fn holds(&self, job: &JobId) -> bool {
        self.board.jobs.contains_key(job)
    }

    /// How many shifts, and how many jobs in them or open.
    pub fn size(&self) -> (usize, usize) {
        (self.shifts.len(), self.board.jobs.len())
    }
}
