//! What a route costs as it stands, term by term: for comparing a route with what a human would make of it.

use super::ask::Ask;
use super::own::Own;
use super::weigh::{late, lost_wait, rate};
use crate::board::Board;
use crate::board::decision::{CostKind, Terms};
use crate::board::fleet::{Errand, Route, Technician};
use crate::board::scarcity::Holders;
use crate::board::schedule::{Errands, Sheet, frozen_stops};
use crate::units::{Cost, Time};

/// The terms of all that lies ahead at `now`, by the same rates as `weigh`. A promise counts as changed where
/// its visit starts after its window.
pub fn terms(board: &Board, holders: &Holders, technician: &Technician, route: &Route, now: Time) -> Terms {
    let policy = &board.region.policy;
    let mut terms = Terms::default();
    let ahead = &route.stops[frozen_stops(route, now)..];
    let travel = ahead.iter().map(|s| i64::from(s.seconds)).sum::<i64>() + i64::from(route.home.seconds);
    terms.add(CostKind::Travel, Cost(travel * i64::from(policy.travel_permille)));
    let over = (route.home.arrive - route.shift.end).or_zero();
    terms.add(CostKind::Overtime, rate(policy.overtime_permille, over));
    if let Some(shift) = technician.shifts.iter().find(|s| s.window.start == route.shift.start) {
        let free = Sheet::at(board, now, technician, shift, Some(route)).origin.free;
        terms.add(CostKind::Waiting, rate(policy.waiting_permille, lost_wait(free, ahead)));
    }
    for stop in ahead {
        match &stop.errand {
            Errand::Break(_) => {}
            Errand::Depot(_) => {
                terms.add(CostKind::PartsDetour, (stop.end - stop.start).paid() + policy.depot_stop.paid());
            }
            Errand::Visit(id) => {
                let (job, task) = (&board.jobs[id], board.task(id));
                terms.add(CostKind::Lateness, rate(job.demand.lateness_permille, late(task, stop.start)));
                if job.need.promised.is_some_and(|w| stop.start > w.end) {
                    terms.add(CostKind::PromiseChange, policy.promise_change.paid());
                }
                if job.demand.respond_by.is_some() {
                    let response = rate(policy.response_permille, stop.start - job.created);
                    terms.add(CostKind::Response, response);
                }
                Own::of(&ask_of(board, job, now, None), holders, technician).tell(&mut terms);
            }
        }
    }
    terms
}

/// A question about a job that is there.
pub fn ask_of<'a>(
    board: &'a Board,
    job: &'a crate::board::job::Job,
    now: Time,
    unreached: Option<&'a str>,
) -> Ask<'a> {
    Ask {
        board,
        policy: &board.region.policy,
        now,
        job: &job.id,
        need: &job.need,
        demand: &job.demand,
        called: job.created,
        unreached,
        granted: &[],
        declined: &[],
        partners: true,
        by_hand: false,
    }
}
