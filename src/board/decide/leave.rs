//! A technician goes: the shift ends or an absence begins, and what was planned is owed to others in one step.

use super::progress::Duty;
use super::withdraw::way_home;
use crate::board::catalog::PartCount;
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Technician, Window};
use crate::board::id::{JobId, Location};
use crate::board::job::{Commitment, Visit};
use crate::board::progress::{Ending, Hindrance, PastVisit};
use crate::units::Time;

impl Duty<'_> {
    /// Takes the technician out of all work from the moment of the report until `until`.
    pub(super) fn leave(&self, until: Time) -> Step {
        let mut step = Step::default();
        let gone = Window::new(self.at, until);
        if let Some(gone) = gone {
            let had = &self.technician.shifts;
            let shifts: Vec<Shift> = had.iter().flat_map(|s| without(s, gone)).collect();
            if shifts != *had {
                let technician = self.technician.clone();
                let revision = technician.revision + 1;
                step.events.push(Event::TechnicianSet(Technician { shifts, revision, ..technician }));
            }
        }
        let routes = self.board.routes.get(&self.technician.id).into_iter().flat_map(|r| r.values());
        let under_way =
            self.board.under_way(&self.technician.id, self.at).map(|(route, ..)| route.shift.start);
        let left: Vec<Time> = under_way.chain([self.shift.window.start]).collect();
        let hit =
            |r: &&Route| left.contains(&r.shift.start) || gone.is_some_and(|gone| r.shift.overlaps(&gone));
        routes.filter(hit).for_each(|route| self.give_up(route, &mut step));
        self.put_after(None, &mut step);
        let technician = self.technician.id.clone();
        step.events.push(Event::WhereaboutsSet { technician, whereabouts: None });
        step.owed.sort_by_key(|(job, _)| {
            let job = &self.board.jobs[job];
            (
                job.need.promised.map(|w| w.start).or(job.demand.respond_by).unwrap_or(Time::MAX),
                job.id.clone(),
            )
        });
        step
    }

    /// Ends what is under way on site, withdraws the rest; what is over by plan stays.
    fn give_up(&self, route: &Route, step: &mut Step) {
        let reports = self.board.whereabouts(&self.technician.id, route.shift.start).is_some()
            || self.board.going(route).is_some();
        let over = if reports { 0 } else { route.stops.iter().take_while(|s| s.start <= self.at).count() };
        for stop in &route.stops[over..] {
            let Errand::Visit(job) = &stop.errand else { continue };
            let visit = self.board.jobs[job].visit.as_ref().expect("a route's visits are live");
            if visit.commitment == Commitment::OnSite {
                self.break_off(job, visit, step);
            } else {
                step.withdraw(job.clone(), Cause::TechnicianChanged);
            }
        }
        let mut past = route.clone();
        past.stops.truncate(over);
        past.home = way_home(&past, self.technician, self.legs);
        let left = Some(past).filter(|r| r.jobs().next().is_some());
        let technician = self.technician.id.clone();
        step.events.push(Event::RouteSet { technician, shift: route.shift.start, route: left });
    }

    fn break_off(&self, job: &JobId, visit: &Visit, step: &mut Step) {
        let why = Hindrance::TechnicianLeft;
        let used = self.still_there(visit);
        let past = PastVisit {
            visit: visit.clone(),
            at: self.at,
            ending: Ending::Incomplete(why),
            used,
            note: String::new(),
        };
        step.events.push(Event::VisitEnded { job: job.clone(), past });
        let (id, job) = (&self.technician.id, &self.board.jobs[job]);
        self.board.follow_up(self.now, job, why, id, &[], step);
    }

    /// Parts reported as used, as far as the van still holds them: some may have been taken out since.
    fn still_there(&self, visit: &Visit) -> Vec<PartCount> {
        let van = Location::Van(self.technician.id.clone());
        let kept = |p: &PartCount| -> u32 {
            let mine = visit.sources.iter().filter(|s| s.location == van && s.part_count.part == p.part);
            mine.map(|s| s.part_count.count).sum()
        };
        let there = |p: &PartCount| self.board.stock.free(&van, &p.part) + kept(p);
        let used = visit.actual.used.iter().map(|p| PartCount { count: p.count.min(there(p)), ..p.clone() });
        used.filter(|p| p.count > 0).collect()
    }
}

/// What is left of a shift around an absence: the part before it, the part after.
fn without(shift: &Shift, gone: Window) -> Vec<Shift> {
    if !shift.window.overlaps(&gone) {
        return vec![shift.clone()];
    }
    let part = |start: Time, end: Time| {
        let window = Window::new(start, end)?;
        let inside =
            |b: &&crate::board::fleet::Break| window.start <= b.window.start && b.window.end <= window.end;
        Some(Shift { window, breaks: shift.breaks.iter().filter(inside).cloned().collect() })
    };
    let before = part(shift.window.start, gone.start.min(shift.window.end));
    let after = part(gone.end.max(shift.window.start), shift.window.end);
    before.into_iter().chain(after).collect()
}
