//! One technician's shift as it stands now: what is frozen, what is still ahead, and what that costs.

use super::ask::Ask;
use super::position::Position;
use crate::board::Legs;
use crate::board::fleet::{Errand, Route, Shift, Stop, Technician};
use crate::board::schedule::{Errands, Miss, Sheet, Task, idle_errands, schedule, schedule_as};
use crate::geo::Point;
use crate::units::Span;
use std::borrow::Cow;

/// A shift to insert into.
#[derive(Clone, Debug)]
pub struct Stand<'a> {
    /// What the forward pass starts from.
    pub sheet: Sheet<'a>,
    /// The adopted route, where there is one.
    pub route: Option<&'a Route>,
    /// The errands as they would go if nothing were inserted, seen from now; frozen ones first.
    pub base: Cow<'a, Route>,
    /// What each stop ahead asks for, where it is a visit; beside `base.stops` from the first that is not frozen.
    pub tasks: Vec<Option<Task<'a>>>,
    /// Where the idle technician is, where a fresh position says so.
    pub seen_at: Option<Point>,
    /// How old that is.
    pub age: Option<Span>,
}

/// The shift of `technician` as it stands at `ask.now`.
///
/// # Errors
/// The rule that even the present errands break, seen from here and now.
pub fn stand<'a>(
    ask: &Ask<'a>,
    technician: &'a Technician,
    shift: &'a Shift,
    position: Option<&Position>,
    legs: &dyn Legs,
) -> Result<Stand<'a>, Miss> {
    let route = ask.board.route(&technician.id, shift.window.start);
    let planned = Sheet::at(ask.board, ask.now, technician, shift, route);
    let fresh = position.filter(|p| p.is_fresh(ask.now));
    let sheet = planned.seen(fresh.map(|p| p.place), ask.now);
    let seen = fresh.filter(|p| sheet.origin.place == p.place);
    // One who is idle may have been planned from where they were seen, and be taken to be elsewhere now.
    let idle = shift.window.start <= ask.now && sheet.origin.free == ask.now;
    let base = match route {
        Some(route) if !idle && route.stops.len() > sheet.frozen.len() => Cow::Borrowed(route),
        Some(route) => Cow::Owned(schedule_as(&sheet, &errands_of(route), &route.stops, ask, legs)?),
        None => {
            let rested = ask.board.rested(&technician.id, shift.window.start);
            Cow::Owned(schedule(&sheet, &idle_errands(shift, rested), ask, legs)?)
        }
    };
    let task = |s: &Stop| match &s.errand {
        Errand::Visit(job) => Some(ask.board.task(job)),
        Errand::Depot(_) | Errand::Break(_) => None,
    };
    let tasks = base.stops[sheet.frozen.len()..].iter().map(task).collect();
    let (seen_at, age) = (seen.map(|p| p.place), seen.map(|p| p.age(ask.now)));
    Ok(Stand { sheet, route, base, tasks, seen_at, age })
}

impl Stand<'_> {
    /// All errands in order, frozen ones first.
    pub fn errands(&self) -> Vec<Errand> {
        errands_of(&self.base)
    }
}

fn errands_of(route: &Route) -> Vec<Errand> {
    route.stops.iter().map(|s| s.errand.clone()).collect()
}
