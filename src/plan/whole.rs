//! What a route costs as it stands, term by term: for comparing a route with what a human would make of it.

use super::ask::Ask;
use super::own::Own;
use crate::board::Board;
use crate::board::decision::{CostKind, Terms};
use crate::board::fleet::{Route, Technician};
use crate::board::scarcity::Holders;
use crate::board::schedule::{Sheet, frozen_stops};
use crate::units::Time;

/// The terms of all that lies ahead at `now`, by the board's own costing and what the technician costs of its own. A
/// promise counts as changed where its visit starts after its window.
pub fn terms(board: &Board, holders: &Holders, technician: &Technician, route: &Route, now: Time) -> Terms {
    let shift = technician.shift(route.shift.start);
    let free = shift.map(|shift| Sheet::at(board, now, technician, shift, Some(route)).origin.free);
    let ahead = &route.stops[frozen_stops(route, now)..];
    board.cost_ahead(free, ahead, route, |job, start, terms| {
        if job.need.promised.is_some_and(|w| start > w.end) {
            terms.add(CostKind::PromiseChange, board.region.policy.promise_change.paid());
        }
        Own::of(&ask_of(board, job, now, None), holders, technician).tell(terms);
    })
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
        cover: None,
    }
}
