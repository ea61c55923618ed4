//! A shift laid out as gaps, from the back: each gap's bounds rest on those of the gap after.

use super::gap::{AFTER_BREAK, AFTER_DEPOT, BEFORE_BREAK, Gap, HOMEWARD, JUMPY, NEVER, ceil, floor};
use super::push::{Hinges, Push};
use super::tiles::cell;
use super::travel::{Quick, Travel};
use super::weigh::{LOST_WAIT, STEPS, late, past_due, rate, risk};
use crate::board::fleet::{Errand, Route, Shift, Stop, Technician};
use crate::board::schedule::{Errands, PROMISE_SLACK};
use crate::board::{Board, Legs};
use crate::geo::Point;
use crate::travel::CellTable;
use crate::units::{Span, Time};

/// One shift while its gaps are worked out: whose it is, what is planned, and what bounds travel.
pub struct Frame<'a> {
    pub board: &'a Board,
    pub technician: &'a Technician,
    pub shift: &'a Shift,
    pub route: Option<&'a Route>,
    pub table: &'a CellTable,
    pub travel: &'a Travel,
}

/// What holds of everything from one errand on.
#[derive(Clone, Copy)]
struct After {
    place: Point,
    cell: u16,
    leg: u32,
    arrive_by: Time,
    free_by: Time,
    expires: Time,
    lost: Span,
    flags: u16,
    /// Cost that earlier starts from here on can save.
    relief: i64,
    rest_by: Time,
    held: Time,
}

impl Frame<'_> {
    /// The gaps in order, with the places before and after each.
    pub fn gaps(&self) -> (Vec<Gap>, Vec<[Point; 2]>) {
        let stops = self.stops();
        let mut after = self.home(&stops);
        let mut gaps = Vec::with_capacity(stops.len() + 1);
        let mut around = Vec::with_capacity(stops.len() + 1);
        for at in (0..=stops.len()).rev() {
            if let Some(stop) = stops.get(at) {
                after = self.before(&stops, at, stop, after);
            }
            let (place, ready) = match at.checked_sub(1) {
                // A break nobody has planned may turn out to be over already.
                Some(i) if self.route.is_none() => (stops[i].place, stops[i].start),
                Some(i) => (stops[i].place, stops[i].end),
                None => (self.begins(), self.opens()),
            };
            let closes = stops.get(at).filter(|_| self.route.is_some()).map_or(Time::MAX, |s| s.depart);
            around.push([place, after.place]);
            let resting = after.flags & BEFORE_BREAK > 0;
            gaps.push(Gap {
                ready: floor(ready),
                since: floor(ready),
                early: 0,
                relief: if resting { after.relief.clamp(0, i64::from(NEVER)) as u32 } else { 0 },
                held: ceil(after.held),
                rest_by: ceil(after.rest_by),
                closes: ceil(closes),
                free_by: ceil(after.free_by),
                arrive_by: ceil(after.arrive_by),
                expires: ceil(after.expires),
                leg: after.leg,
                leg_most: self.leg_most(&after, place, ready),
                lost: after.lost.0.clamp(0, i64::from(NEVER)) as u32,
                spare: self.spare(&stops, at),
                push: self.push(&stops, at),
                from: cell(self.table, place, self.travel),
                to: after.cell,
                at: at as u16,
                flags: after.flags | came_from(&stops, at),
            });
        }
        gaps.reverse();
        around.reverse();
        for i in 1..gaps.len() {
            let before = gaps[i - 1];
            gaps[i].early = before.early;
            if gaps[i].flags & AFTER_BREAK > 0 {
                gaps[i].since = before.since;
            } else if before.flags & AFTER_BREAK > 0 {
                gaps[i].early += before.leg;
            }
        }
        (gaps, around)
    }

    /// Where the shift begins.
    fn begins(&self) -> Point {
        let known = self.board.whereabouts(&self.technician.id, self.shift.window.start);
        self.route.map_or(known.map_or(self.technician.start, |w| w.place), |r| r.from)
    }

    /// From when the technician is free there.
    fn opens(&self) -> Time {
        let known = self.board.whereabouts(&self.technician.id, self.shift.window.start);
        let begins = self.board.begins(self.technician, self.shift.window.start);
        known.map_or(begins, |w| w.free.max(begins))
    }

    /// See [`Gap::spare`].
    fn spare(&self, stops: &[Stop], at: usize) -> u32 {
        // After a break that nobody has planned, nothing is known of when the technician is ready.
        let known = self.route.is_some() || at == 0;
        let next = stops.get(at).filter(|_| known);
        next.map_or(0, |s| floor(s.start - Span(i64::from(s.seconds)) - LOST_WAIT))
    }

    /// See [`Gap::push`]. A break takes up what comes late, in ways that depend on where it is taken.
    fn push(&self, stops: &[Stop], at: usize) -> Push {
        let Some(route) = self.route else { return Push::default() };
        let mut hinges = Hinges::default();
        for (i, stop) in stops.iter().enumerate().skip(at) {
            if matches!(stop.errand, Errand::Break(_)) {
                return if i == at { Push::default() } else { hinges.push(stops[at].start) };
            }
            if i > at {
                let left = stops[i - 1].end;
                let least = self.travel.at_least(stop.seconds, stop.depart, left, Hinges::MOST);
                hinges.make_up(stop.start - left - least);
            }
            self.hinges(stop, &mut hinges);
        }
        let policy = &self.board.region.policy;
        if let Some(last) = stops.last().filter(|_| at < stops.len()) {
            let least = self.travel.at_least(route.home.seconds, route.home.depart, last.end, Hinges::MOST);
            hinges.make_up(route.home.arrive - last.end - least);
        }
        hinges.add(route.shift.end - route.home.arrive, 4 * i64::from(policy.overtime_permille));
        hinges.push(stops.get(at).map_or(route.home.arrive, |s| s.start))
    }

    /// Where a stop's lateness and risk of it grow steeper.
    fn hinges(&self, stop: &Stop, hinges: &mut Hinges) {
        let Errand::Visit(job) = &stop.errand else { return };
        let task = self.board.task(job);
        let Some(after) = past_due(task, stop.start) else { return };
        let (margin, rate) = (self.board.region.policy.lateness_margin, task.demand.lateness_permille);
        for (at, quarters) in STEPS {
            hinges.add(Span(at * margin.0) - after, quarters * i64::from(rate));
        }
    }

    fn leg_most(&self, after: &After, from: Point, ready: Time) -> u32 {
        if after.flags & HOMEWARD == 0 {
            return after.leg;
        }
        let until = after.arrive_by.max(ready);
        let most = self.travel.most(from, after.place, ready, until);
        most.map_or(after.leg, |m| m.max(after.leg))
    }

    /// The planned stops, or the breaks of a shift nobody has planned yet.
    fn stops(&self) -> Vec<Stop> {
        if let Some(route) = self.route {
            return route.stops.clone();
        }
        let rested = self.board.rested(&self.technician.id, self.shift.window.start);
        let pauses = self.shift.breaks.iter().enumerate().skip(rested.into());
        let stop = |(n, b): (usize, &crate::board::fleet::Break)| Stop {
            errand: Errand::Break(n as u8),
            place: self.begins(),
            depart: b.window.start,
            arrive: b.window.start,
            start: b.window.start,
            end: b.window.start + b.duration,
            seconds: 0,
            metres: 0,
        };
        pauses.map(stop).collect()
    }

    fn home(&self, stops: &[Stop]) -> After {
        let policy = &self.board.region.policy;
        let allowance = self.technician.allowance(&self.shift.window, policy.overtime_allowance);
        let end = self.technician.end;
        let (from, depart) = stops.last().map_or((self.begins(), self.opens()), |s| (s.place, s.end));
        let leg = match self.route {
            Some(route) if route.home.depart == depart => route.home.seconds,
            Some(_) | None => Quick(self.travel).leg(from, end, depart).map_or(0, |l| l.seconds),
        };
        After {
            place: end,
            cell: cell(self.table, end, self.travel),
            leg,
            arrive_by: self.shift.window.end + allowance,
            free_by: Time::MAX,
            expires: Time::MAX,
            lost: Span::ZERO,
            flags: HOMEWARD,
            relief: self
                .route
                .map_or(0, |r| rate(policy.overtime_permille, (r.home.arrive - r.shift.end).or_zero()).0),
            rest_by: Time::MIN,
            held: Time::MIN,
        }
    }

    fn before(&self, stops: &[Stop], at: usize, stop: &Stop, after: After) -> After {
        let free = at.checked_sub(1).map_or(self.opens(), |i| stops[i].end);
        let wait = (stop.start - free - Span(i64::from(stop.seconds))).or_zero().min(LOST_WAIT);
        let lost = after.lost + wait;
        let takes = stop.end - stop.start;
        if let Errand::Break(n) = &stop.errand {
            let pause = self.shift.breaks.get(usize::from(*n));
            let rest_by = after.rest_by.max(pause.map_or(stop.end, |b| b.window.end.max(stop.end)));
            let flags = after.flags | BEFORE_BREAK;
            if takes == Span::ZERO {
                return After { lost, flags, rest_by, ..after };
            }
            let latest = pause.map_or(Time::MAX, |b| b.window.end - b.duration);
            return After {
                free_by: latest.min(after.free_by - takes),
                arrive_by: after.arrive_by - takes,
                expires: latest.min(after.expires),
                lost,
                flags,
                rest_by,
                ..after
            };
        }
        let here = cell(self.table, stop.place, self.travel);
        let onward = self.onward(here, after.cell);
        let leave_by = after.free_by.min(after.arrive_by - onward);
        let (start_by, jumpy) = self.start_by(stop);
        After {
            place: stop.place,
            cell: here,
            leg: stop.seconds,
            arrive_by: start_by.min(leave_by - takes),
            free_by: Time::MAX,
            expires: after.expires,
            lost,
            flags: (after.flags & JUMPY) | jumpy,
            relief: after.relief + self.lateness(stop),
            rest_by: Time::MIN,
            held: stop.start,
        }
    }

    /// The latest start of a stop by its own rules, and whether it has several access windows.
    fn start_by(&self, stop: &Stop) -> (Time, u16) {
        let Errand::Visit(job) = &stop.errand else { return (Time::MAX, 0) };
        let need = &self.board.jobs[job].need;
        let access = need.access.last().map_or(Time::MAX, |w| w.end);
        let promise = need.promised.map_or(Time::MAX, |w| (w.end + PROMISE_SLACK).max(stop.start));
        (access.min(promise), if need.access.len() > 1 { JUMPY } else { 0 })
    }

    /// What a stop's lateness costs as planned.
    fn lateness(&self, stop: &Stop) -> i64 {
        let Errand::Visit(job) = &stop.errand else { return 0 };
        let task = self.board.task(job);
        let margin = self.board.region.policy.lateness_margin;
        (rate(task.demand.lateness_permille, late(task, stop.start)) + risk(task, stop.start, margin)).0
    }

    fn onward(&self, from: u16, to: u16) -> Span {
        let (from, to, cells) = (usize::from(from), usize::from(to), self.table.cells().len());
        let least = if from < cells && to < cells { self.table.from_cell(from)[to] } else { 0 };
        Span(i64::from(least))
    }
}

fn came_from(stops: &[Stop], at: usize) -> u16 {
    match at.checked_sub(1).map(|i| &stops[i].errand) {
        Some(Errand::Break(_)) => AFTER_BREAK,
        Some(Errand::Depot(_)) => AFTER_DEPOT,
        Some(Errand::Visit(_)) | None => 0,
    }
}
