//! Moves of idle technicians: proposed where they are worth the way, taken or declined, and ended by whatever else
//! happens to the technician.

use super::not_found;
use super::settle::breaks;
use crate::board::command::{MoveWish, Step};
use crate::board::cost::rate;
use crate::board::decision::Rule;
use crate::board::event::Event;
use crate::board::fleet::{Break, Errand, Route, Shift, Stop, Technician};
use crate::board::id::TechnicianId;
use crate::board::job::Commitment;
use crate::board::moves::{COOLING, DWELL, EVERY, LEAST_STAY, Move, MoveEnding, REST};
use crate::board::progress::Whereabouts;
use crate::board::refusal::{Noun, Refusal};
use crate::board::schedule::{Miss, Origin, Sheet, idle_errands, schedule};
use crate::board::{Board, Leg, Legs};
use crate::geo::Point;
use crate::units::{Cost, Span, Time};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Who is about to rest is left alone.
const NEAR_BREAK: Span = Span::minutes(10);
/// The longest that nobody is looked for while nobody is at work.
const NIGHT: Span = Span::hours(1);

/// Somebody at work who has nothing to do for now.
#[derive(Clone, Copy, Debug)]
pub struct Idle<'a> {
    /// Who.
    pub technician: &'a Technician,
    /// The shift that is on.
    pub shift: &'a Shift,
    /// Where.
    pub place: Point,
    /// When the next stop is left for, or the shift ends.
    pub until: Time,
    route: Option<&'a Route>,
    known: &'a Whereabouts,
    frozen: usize,
}

/// Waiting elsewhere, as it would come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The way there.
    pub leg: Leg,
    /// When the technician gets there.
    pub arrives: Time,
    /// When the next stop is left for from there, or the way home so that the shift ends there.
    pub until: Time,
    /// What all driving costs more than it does from here.
    pub cost: Cost,
}

impl Posting {
    /// Whether it is worth its way at so much a minute.
    pub fn pays(&self, a_minute: Cost) -> bool {
        let stay = (self.until - self.arrives).0.min(DWELL.0);
        i128::from(a_minute.0) * i128::from(stay) / 60 > i128::from(self.cost.0)
    }
}

impl Board {
    /// Somebody who may be asked to wait elsewhere: at work by report, with nothing to do, not about to rest, asked
    /// for nothing else and not just asked for this.
    pub fn idle(&self, now: Time, id: &TechnicianId) -> Option<Idle<'_>> {
        let asked = self.moves.open(id).is_some() || self.moves.rests(id, now);
        let free = !asked && self.offers.paused(now).all(|t| t != id);
        let offered = || self.offers.all_open().any(|(_, offer)| offer.technician == *id);
        free.then(|| self.unoccupied(now, id)).flatten().filter(|_| !offered())
    }

    fn unoccupied(&self, now: Time, id: &TechnicianId) -> Option<Idle<'_>> {
        let (technician, known) = (self.technicians.get(id)?, self.whereabouts.get(id)?);
        let on = |s: &&Shift| s.window.start == known.shift && s.window.start <= now && now < s.window.end;
        let shift = technician.shifts.iter().find(on)?;
        let route = self.route(id, known.shift);
        let sheet = Sheet::at(self, now, technician, shift, route);
        let (frozen, place) = (sheet.frozen.len(), sheet.origin.place);
        let under_way = |route: &Route| {
            let visit = |job| self.jobs[job].visit.as_ref();
            route.jobs().filter_map(visit).any(|v| v.commitment >= Commitment::EnRoute)
        };
        let busy = sheet.origin.free > now
            || route.is_some_and(under_way)
            || sheet.frozen.iter().any(|s| !is_break(s));
        let ahead = route.map_or(&[][..], |r| &r.stops[frozen..]);
        let resting = ahead.first().is_some_and(|s| is_break(s) && s.start <= now + NEAR_BREAK);
        let until = ahead.iter().find(|s| !is_break(s)).map_or(shift.window.end, |s| s.depart);
        (!busy && !resting).then_some(Idle { technician, shift, place, until, route, known, frozen })
    }

    /// What comes of sending somebody idle to a place to wait there.
    ///
    /// # Errors
    /// The first rule that stands against it: the way is too long, the stay too short, a break would not fit any
    /// more, a visit would start later.
    pub fn posting(&self, now: Time, idle: &Idle<'_>, to: Point, legs: &dyn Legs) -> Result<Posting, Miss> {
        let policy = &self.region.policy;
        let lost = || Miss::plain(Rule::Reach, "no road leads there");
        let leg = legs.leg(idle.place, to, now).ok_or_else(lost)?;
        let drive = Span(i64::from(leg.seconds));
        let over = drive - policy.move_drive;
        if over > Span::ZERO {
            return Err(Miss::by(Rule::Reach, over, format!("the way there takes {drive}")));
        }
        let arrives = now + drive;
        let left = &idle.shift.breaks[usize::from(idle.known.rested).min(idle.shift.breaks.len())..];
        // one that can no longer begin was taken while there was nothing to do, as in a schedule
        let missed = |b: &&Break| (now..arrives).contains(&(b.window.end - b.duration));
        if let Some(rest) = left.iter().find(missed) {
            let by = arrives - (rest.window.end - rest.duration);
            return Err(Miss::by(Rule::Break, by, "a break would not fit any more"));
        }
        let ahead = idle.route.map_or(&[][..], |r| &r.stops[idle.frozen..]);
        let errands: Vec<Errand> = match idle.route {
            Some(_) => ahead.iter().map(|s| s.errand.clone()).collect(),
            None => idle_errands(idle.shift, idle.known.rested),
        };
        let allowance = idle.technician.allowance(&idle.shift.window, policy.overtime_allowance);
        let sheet = Sheet {
            technician: idle.technician,
            shift: idle.shift,
            frozen: &[],
            from: to,
            origin: Origin { place: to, free: arrives },
            allowance,
        };
        let after = schedule(&sheet, &errands, self, legs)?;
        let late = ahead.iter().zip(&after.stops).find(|(had, new)| !is_break(had) && new.start > had.start);
        if let Some((had, new)) = late {
            return Err(Miss::by(Rule::Promise, new.start - had.start, "a visit would start later"));
        }
        let home = Span(i64::from(after.home.seconds));
        let leaves = after.stops.iter().find(|s| !is_break(s)).map(|s| s.depart);
        let until = leaves.unwrap_or(idle.shift.window.end - home);
        let short = arrives + LEAST_STAY - until;
        if short > Span::ZERO {
            return Err(Miss::by(Rule::Shift, short, format!("there would be less than {LEAST_STAY} there")));
        }
        let was = match idle.route {
            Some(route) => route.travel_seconds(),
            None => legs.leg(idle.place, idle.technician.end, now).ok_or_else(lost)?.seconds.into(),
        };
        let more = drive + Span(after.travel_seconds() as i64) - Span(was as i64);
        Ok(Posting { leg, arrives, until, cost: rate(policy.travel_permille, more.or_zero()) })
    }

    /// One look: the move wished for, where it holds, and when to look again.
    pub(super) fn seek_moves(&self, now: Time, wish: Option<&MoveWish>, legs: &dyn Legs) -> Step {
        let mut step = Step::default();
        let policy = &self.region.policy;
        let room = self.moves.all_open().len() < policy.moves_at_once as usize;
        if let Some(wish) = wish.filter(|_| room)
            && let Some(idle) = self.idle(now, &wish.technician)
            && let Ok(posting) = self.posting(now, &idle, wish.to, legs)
            && posting.pays(wish.a_minute)
        {
            let technician = wish.technician.clone();
            let proposed = Move {
                number: self.moves.next_number(&technician),
                shift: idle.shift.window.start,
                from: idle.place,
                to: wish.to,
                gain: wish.gain,
                a_minute: wish.a_minute,
                cost: posting.cost,
                seconds: posting.leg.seconds,
                metres: posting.leg.metres,
                made: now,
                expires: now + policy.offer_timeout,
                arrives: None,
                until: posting.until,
            };
            step.events.push(Event::MoveProposed { technician, proposed });
        }
        step.events.push(Event::MovesSought { next: self.next_look(now) });
        step
    }

    /// While nobody is at work there is nobody to look for until a shift begins.
    fn next_look(&self, now: Time) -> Time {
        if !self.whereabouts.is_empty() {
            return now + EVERY;
        }
        let starts = self.technicians.values().flat_map(|t| &t.shifts).map(|s| s.window.start);
        let first = starts.filter(|s| *s > now).min().unwrap_or(Time::MAX);
        first.min(now + NIGHT).max(now + EVERY)
    }

    /// A technician's move that can be taken.
    fn proposed(&self, now: Time, technician: &TechnicianId, number: u32) -> Result<&Move, Refusal> {
        let open = self.moves.open(technician);
        let open = open.filter(|m| m.number == number && m.arrives.is_none() && now < m.expires);
        open.ok_or_else(|| not_found(Noun::Move, &format!("{technician}/moves/{number}")))
    }

    /// The technician goes: from now on the place to count with is the post, from the arrival on.
    pub(super) fn accept_move(
        &self,
        now: Time,
        id: &TechnicianId,
        number: u32,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let proposed = self.proposed(now, id, number)?;
        let busy = || breaks(Miss::plain(Rule::Shift, format!("{id} is not idle any more")));
        let idle = self.unoccupied(now, id).ok_or_else(busy)?;
        let Posting { arrives, until, .. } = self.posting(now, &idle, proposed.to, legs).map_err(breaks)?;
        let duty = self.on_duty(now, now, idle.technician, Cow::Borrowed(idle.shift), legs);
        let mut step = Step::default();
        let mut was = Whereabouts { heard: now, slid: Span::ZERO, ..duty.was.clone() };
        let left = duty.left(&mut step, &mut was);
        (was.place, was.free) = (proposed.to, arrives);
        duty.resume(left, was, &mut step);
        debug_assert!(step.owed.is_empty(), "a posting that holds costs nobody a visit");
        step.events.push(Event::MoveAccepted { technician: id.clone(), number, arrives, until });
        Ok(step)
    }

    pub(super) fn decline_move(
        &self,
        now: Time,
        id: &TechnicianId,
        number: u32,
        reason: &str,
    ) -> Result<Step, Refusal> {
        let proposed = self.proposed(now, id, number)?;
        let ending = MoveEnding::Declined(reason.to_owned());
        Ok(Step::of(vec![ended(id, proposed, ending, Some(now + COOLING))]))
    }

    /// Nobody answered, or the posting's time is over.
    pub(super) fn move_due(&self, now: Time, id: &TechnicianId) -> Step {
        let open = self.moves.open(id).expect("only an open move has a timer");
        let (ending, rest) = match open.arrives {
            Some(_) => (MoveEnding::Over, REST),
            None => (MoveEnding::TimedOut, COOLING),
        };
        Step::of(vec![ended(id, open, ending, Some(now + rest))])
    }

    /// Ends the moves that what happens in a step leaves without their ground.
    pub(super) fn end_moves(&self, now: Time, step: &mut Step) {
        let about_moves = |e: &Event| {
            matches!(e, Event::MoveProposed { .. } | Event::MoveAccepted { .. } | Event::MoveEnded { .. })
        };
        if self.moves.all_open().len() == 0 || step.events.iter().any(about_moves) {
            return;
        }
        let gone: BTreeMap<&TechnicianId, &Move> = step
            .events
            .iter()
            .filter_map(|e| self.takes_away(e))
            .filter_map(|id| Some((id, self.moves.open(id)?)))
            .collect();
        let rests = |open: &Move| open.arrives.map(|_| now + REST);
        let gone = gone.into_iter().map(|(id, open)| ended(id, open, MoveEnding::Withdrawn, rests(open)));
        let gone: Vec<Event> = gone.collect();
        step.events.extend(gone);
    }

    /// Whose move an event takes the ground from: the technician was heard of elsewhere or at something else, has
    /// other facts, or is to leave sooner than the posting ends.
    fn takes_away<'e>(&self, event: &'e Event) -> Option<&'e TechnicianId> {
        let open = |id: &TechnicianId| self.moves.open(id);
        match event {
            Event::TechnicianSet(t) => open(&t.id).map(|_| &t.id),
            Event::WhereaboutsSet { technician, whereabouts } => {
                let open = open(technician)?;
                let there = |w: &Whereabouts| w.place == open.to && w.shift == open.shift;
                let stays = open.arrives.is_some() && whereabouts.as_ref().is_some_and(there);
                (!stays).then_some(technician)
            }
            Event::RouteSet { technician, shift, route: Some(route) } => {
                let open = open(technician).filter(|m| m.shift == *shift)?;
                let leaves = route.stops.iter().find(|s| !is_break(s))?.depart;
                (leaves < open.until).then_some(technician)
            }
            _ => None,
        }
    }
}

fn ended(technician: &TechnicianId, open: &Move, ending: MoveEnding, rests: Option<Time>) -> Event {
    Event::MoveEnded { technician: technician.clone(), number: open.number, ending, rests }
}

fn is_break(stop: &Stop) -> bool {
    matches!(stop.errand, Errand::Break(_))
}
