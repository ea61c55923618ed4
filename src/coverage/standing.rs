//! Where a technician is free next, when, and for which classes: what the measure knows of one unit.
//!
//! Read from the board alone, so that the journal tells it again. A visit ahead keeps its technician busy where it
//! cannot wait: where it would be late if somebody took an hour for a call before it, or what follows would end after
//! shift and allowance. What can wait is pushed back for an urgent call, as the dispatcher does. An hour before the end of
//! shift and allowance nobody is counted on.

use super::classes::{Class, Kit};
use super::grid::Grid;
use super::measure::{MOST_CLASSES, Standing};
use super::odds::{GRADES, SURE, WAIT, WAITS};
use crate::board::Board;
use crate::board::catalog::Requirement;
use crate::board::fleet::{Certification, Errand, Shift, Stop, Technician};
use crate::board::id::{Location, PartId};
use crate::board::schedule::Sheet;
use crate::board::stock::Shelf;
use crate::units::{Span, Time};

/// What a call takes out of a plan: travel and work.
pub const EXCURSION: Span = Span::hours(1);
/// How far ahead anybody is looked for.
const AHEAD: Span = Span(WAIT * WAITS as i64);

/// A unit's standing at a moment, and until when it holds if nothing happens: the first later moment at which it may
/// be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stood {
    /// `None` where the technician is away, or free too late.
    pub standing: Option<Standing>,
    /// [`Time::MAX`] where it holds for good.
    pub until: Time,
}

/// The next moment of several that lies after `now`.
struct Until {
    now: Time,
    next: Time,
}

impl Until {
    fn note(&mut self, at: Time) {
        if at > self.now {
            self.next = self.next.min(at);
        }
    }
}

/// How a technician stands at `now`.
pub fn stood(board: &Board, grid: &Grid, classes: &[Class], technician: &Technician, now: Time) -> Stood {
    let mut until = Until { now, next: Time::MAX };
    let mut found = None;
    for shift in &technician.shifts {
        until.note(shift.window.start - AHEAD);
        let allowance = technician.allowance(&shift.window, board.region.policy.overtime_allowance);
        let last_call = shift.window.end + allowance - EXCURSION;
        until.note(last_call);
        let soon = shift.window.start - AHEAD <= now && now < last_call;
        if soon && found.is_none() {
            found = free(board, technician, shift, now, &mut until).filter(|(_, free)| *free < last_call);
        }
    }
    for certificate in &technician.certifications {
        until.note(certificate.valid_from);
        until.note(certificate.valid_to);
    }
    let standing = found.and_then(|(place, free)| {
        // nobody's work is in the way, the clock is
        let until_shift = free > now && technician.shifts.iter().any(|s| s.window.start == free);
        let wait = (free - now).or_zero().0;
        // the wait is told in whole steps; it is another one when the next is reached
        until.note(free - Span((wait - 1).max(0) / WAIT * WAIT));
        let steps = (wait + WAIT - 1) / WAIT;
        if steps >= WAITS as i64 {
            return None;
        }
        let grade = grades(board, classes, technician, now);
        let cell = grid.cell_of(place).filter(|_| grade.iter().any(|g| *g > 0))?;
        let sure = if until_shift { SURE } else { 0 };
        Some(Standing { cell, wait: steps as u8 + sure, grade })
    });
    Stood { standing, until: until.next }
}

/// Where and when a technician is free for a call in a shift.
fn free(
    board: &Board,
    technician: &Technician,
    shift: &Shift,
    now: Time,
    until: &mut Until,
) -> Option<(crate::geo::Point, Time)> {
    let route = board.route(&technician.id, shift.window.start);
    let sheet = Sheet::at(board, now, technician, shift, route);
    let (mut place, mut free) = (sheet.origin.place, sheet.origin.free);
    let allowance = sheet.allowance;
    let ahead = route.map_or(&[][..], |r| &r.stops[sheet.frozen.len()..]);
    ahead.first().iter().for_each(|stop| until.note(stop.depart));
    for (at, stop) in ahead.iter().enumerate() {
        until.note(stop.depart - EXCURSION + Span(1));
        // what comes after an hour's call has to be over by the end as well, less the time that is idle anyway
        let idle: i64 = ahead[at..].windows(2).map(|s| (s[1].depart - s[0].end).or_zero().0).sum();
        let home = route.map_or(Time::MIN, |r| r.home.arrive);
        let by = stop.depart + Span(idle) + (shift.window.end + allowance - home) - EXCURSION;
        until.note(by + Span(1));
        if stop.depart >= free + EXCURSION || free <= by && waits(board, shift, ahead, at) {
            break;
        }
        (place, free) = (stop.place, stop.end);
        if free >= now + AHEAD {
            break;
        }
    }
    Some((place, free))
}

/// Whether a stop can wait for an hour; a depot's can where the visit can that it is for.
fn waits(board: &Board, shift: &Shift, ahead: &[Stop], at: usize) -> bool {
    let stop = &ahead[at];
    let latest = match &stop.errand {
        Errand::Visit(job) => {
            let job = &board.jobs[job];
            job.need.promised.map(|w| w.end).or(job.demand.respond_by)
        }
        Errand::Break(n) => shift.breaks.get(usize::from(*n)).map(|b| b.window.end - b.duration),
        Errand::Depot(_) => return at + 1 >= ahead.len() || waits(board, shift, ahead, at + 1),
    };
    latest.is_none_or(|latest| latest - stop.start >= EXCURSION)
}

/// How well a technician is equipped for each class now.
fn grades(board: &Board, classes: &[Class], technician: &Technician, now: Time) -> [u8; MOST_CLASSES] {
    let mut grades = [0; MOST_CLASSES];
    let van = board.stock.shelf(&Location::Van(technician.id.clone()));
    for (grade, class) in grades.iter_mut().zip(classes) {
        if certified(technician, class, now) {
            *grade = equipped(van, class);
        }
    }
    grades
}

/// Whether a technician holds what a class asks for.
pub(super) fn certified(technician: &Technician, class: &Class, now: Time) -> bool {
    let valid = |c: &Certification| c.valid_from <= now && now < c.valid_to;
    let held = |r: &Requirement| {
        technician.certifications.iter().any(|c| c.grants(&r.kind, r.min_level) && valid(c))
    };
    class.requirements.iter().all(held)
}

/// How much of what a class takes is free at a van or depot, in parts of [`GRADES`].
pub(super) fn equipped(shelf: Shelf<'_>, class: &Class) -> u8 {
    let has = |kit: &[PartId]| kit.iter().all(|part| shelf.free(part) > 0);
    match &class.kit {
        Kit::Parts(kit) => u8::from(has(kit)) * GRADES,
        Kit::Mixed(kits) => {
            let all: u64 = kits.iter().map(|(_, calls)| calls).sum();
            let held: u64 = kits.iter().filter(|(kit, _)| has(kit)).map(|(_, calls)| calls).sum();
            ((held * u64::from(GRADES) + all / 2) / all.max(1)) as u8
        }
    }
}
