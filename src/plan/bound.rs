//! From below: what inserting a visit at a position costs at least, in a few nanoseconds.
//!
//! `cost >= travel x detour + waiting x (own - min(lost, service + detour + own wait - idle)) + own lateness and
//! risk of it + response + what others pay for being reached later (`push`)`,
//! where detour rests on least seconds (between cells on roads, between the places on straight lines) and
//! every instant on the earliest possible; own is what of its own wait for its window counts as lost; idle is what
//! the technician waits before the next errand beyond what counts as lost: a visit that fits into it moves nothing.
//! The detour may be negative: a leg may be replaced by two that are driven in quieter hours. What is left out
//! (promises, depots, what is beyond a break) is never negative, but where a break comes right after:
//! it is taken where the visit is, and may shorten the way that was late (`Gap::relief`).

use super::ask::Ask;
use super::gap::{ADRIFT, AFTER_BREAK, BEFORE_BREAK, Gap, HOMEWARD, Hot, JUMPY, NEVER};
use super::index::Index;
use super::tiles::{TILES, tile};
use super::travel::Travel;
use super::weigh::{LOST_WAIT, late_or_at_risk};
use crate::board::decision::Rule;
use crate::geo::Point;
use crate::travel::{Model, Nearness};
use crate::units::Span;

/// A visit to insert, with all that its bounds need.
#[derive(Clone, Debug)]
pub struct Bound {
    reach: Reach,
    now: i64,
    opens: i64,
    /// Last second at which work may start.
    start_by: i64,
    service: i64,
    /// The end of the promise, else the response target.
    due: i64,
    margin: Span,
    called: i64,
    lateness: i64,
    response: i64,
    /// Whether waiting may be saved whatever the detour: there are several access windows, parts may be waited
    /// for, or waiting costs more than travel or handling.
    loose: bool,
    /// Whether waiting costs more than travel or handling.
    dear: bool,
    /// Whether parts may have to be fetched.
    parts: bool,
    travel: i64,
    waiting: i64,
    /// The rule that a start after `start_by` breaks.
    too_late: Rule,
}

/// What bounds travel to and from a place.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Least seconds from each cell to the place, and from the place to each; one more for no cell.
    Cells(Vec<[u16; 2]>),
    /// Straight lines are as quick to work out as to look up, and tighter.
    Lines(Nearness),
}

/// Where a gap lies, as [`Reach`] asks for it: the cells and the places before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Cells.
    pub cells: [u16; 2],
    /// Places.
    pub places: [Point; 2],
}

/// How an insertion is known not to fit: the rule, and at least how many seconds are short.
pub type Short = (Rule, i64);

impl Bound {
    /// The bounds of a question.
    pub fn of(ask: &Ask<'_>, index: &Index, travel: &Travel) -> Bound {
        let asked = ask.asked();
        let policy = ask.policy;
        let far = i64::MAX / 4;
        let dear = policy.waiting_permille > policy.travel_permille.min(1000);
        let respond_by = ask.demand.respond_by;
        let due = ask.need.promised.map(|w| w.end).or(respond_by);
        Bound {
            reach: Reach::of(ask.need.place, index, travel),
            now: ask.now.0,
            opens: asked.start.0,
            start_by: asked.end.0 - 1,
            service: ask.demand.service.0,
            due: due.map_or(far, |t| t.0),
            margin: policy.lateness_margin,
            called: ask.called.0,
            lateness: ask.demand.lateness_permille.into(),
            response: if respond_by.is_some() { policy.response_permille.into() } else { 0 },
            loose: ask.need.access.len() > 1
                || !ask.demand.parts.is_empty() && !ask.board.stock.deliveries().is_empty()
                || dear,
            dear,
            parts: !ask.demand.parts.is_empty(),
            travel: policy.travel_permille.into(),
            waiting: policy.waiting_permille.into(),
            too_late: match (ask.need.promised, ask.need.access.is_empty()) {
                (_, false) => Rule::Access,
                (Some(_), true) => Rule::Promise,
                (None, true) => Rule::Shift,
            },
        }
    }

    /// Least seconds to the place from before a gap, and from it to what comes after.
    #[inline]
    pub fn least(&self, ends: &Ends) -> (i64, i64) {
        self.reach.least(ends)
    }

    /// Whether [`Bound::glance`] is over `bar` by travel, waiting and response alone.
    #[inline]
    pub fn is_far(&self, hot: Hot, (there, onward): (i64, i64), bar: i64) -> bool {
        let since = i64::from(hot.ready).max(self.now) + there - self.called;
        let cost = self.travel * (there + onward - i64::from(hot.leg))
            - self.waiting * i64::from(hot.lost & !Hot::LOOSE)
            + self.response * since.max(0);
        cost > bar && hot.leg != Hot::LONG
    }

    /// No more than [`Bound::by_least`], from the sixteen bytes of a gap that are read first. Holds
    /// where no parts have to be fetched and the shift goes as planned.
    #[inline]
    pub fn glance(&self, hot: Hot, (there, onward): (i64, i64)) -> i64 {
        let departs = i64::from(hot.ready).max(self.now);
        let arrive = departs + there;
        let start = arrive.max(self.opens);
        if hot.leg == Hot::LONG {
            return i64::MIN;
        }
        if start > self.start_by {
            return i64::MAX;
        }
        let detour = there + onward - i64::from(hot.leg);
        let lost = i64::from(hot.lost & !Hot::LOOSE);
        let loose = hot.lost & Hot::LOOSE > 0 || self.loose || self.opens - arrive > LOST_WAIT.0;
        let idle = (i64::from(hot.spare) - departs).max(0);
        let saved = if loose { lost } else { lost.min((self.service + detour - idle).max(0)) };
        self.travel * detour - self.waiting * saved
            + self.late(start)
            + self.response * (start - self.called).max(0)
    }

    /// Least cost of a gap by least travel.
    ///
    /// # Errors
    /// Where it cannot fit at all.
    pub fn by_least(&self, gap: &Gap, places: &[Point; 2]) -> Result<i64, Short> {
        self.cost(gap, self.least(&Ends { cells: [gap.from, gap.to], places: *places }))
    }

    /// Whether least travel is exact but for rounding.
    pub fn is_close(&self) -> bool {
        matches!(self.reach, Reach::Lines(_))
    }

    /// Straight lines from the place, where travel is by them.
    pub fn lines(&self) -> Option<Nearness> {
        let Reach::Lines(near) = &self.reach else { return None };
        Some(*near)
    }

    /// What a second costs: of travel, of waiting, of response.
    pub fn rates(&self) -> [f64; 3] {
        [self.travel, self.waiting, self.response].map(|rate| rate as f64)
    }

    /// Now, and when the call came.
    pub fn instants(&self) -> [i64; 2] {
        [self.now, self.called]
    }

    /// The service, where no insertion saves waiting that it does not take itself; `None` where one may.
    pub fn strict(&self) -> Option<i64> {
        (!self.loose && self.opens - self.now <= LOST_WAIT.0).then_some(self.service)
    }

    /// Least seconds to the place from before a gap, and from it to what comes after, where travel is known by cell.
    #[inline]
    pub fn by_cell(&self, hot: Hot) -> Option<(i64, i64)> {
        let Reach::Cells(least) = &self.reach else { return None };
        Some((least[usize::from(hot.from)][0].into(), least[usize::from(hot.to)][1].into()))
    }

    /// By tile of the index, the least seconds between the place and any place there; `None` where there
    /// are no cells.
    pub fn by_tile(&self) -> Option<[u16; TILES]> {
        let Reach::Cells(least) = &self.reach else { return None };
        let mut by_tile = [u16::MAX; TILES];
        let cells = least.len() - 1;
        for (cell, [there, onward]) in least[..cells].iter().enumerate() {
            let tile = &mut by_tile[tile(cell, cells)];
            *tile = (*tile).min(*there).min(*onward);
        }
        Some(by_tile)
    }

    /// Least cost of a gap, given least seconds to the place and from it.
    ///
    /// # Errors
    /// Where it cannot fit at all.
    #[inline]
    pub fn cost(&self, gap: &Gap, least: (i64, i64)) -> Result<i64, Short> {
        self.cost_with(gap, least, 0)
    }

    /// As [`Bound::cost`] where the way there takes in an errand of `errand` seconds.
    ///
    /// # Errors
    /// Where it cannot fit at all.
    #[inline]
    pub fn cost_with(&self, gap: &Gap, (there, onward): (i64, i64), errand: i64) -> Result<i64, Short> {
        let arrive = self.arrives(gap, there + errand);
        let start = arrive.max(self.opens);
        if start > self.start_by {
            return Err((self.too_late, start - self.start_by));
        }
        let end = start + self.service;
        if self.now <= i64::from(gap.expires) {
            if end > i64::from(gap.free_by) && gap.free_by != NEVER {
                return Err((Rule::Break, end - i64::from(gap.free_by)));
            }
            if end + onward > i64::from(gap.arrive_by) && gap.arrive_by != NEVER {
                let rule = if gap.flags & HOMEWARD > 0 { Rule::Overtime } else { Rule::Promise };
                return Err((rule, end + onward - i64::from(gap.arrive_by)));
            }
        }
        let detour = there + onward - i64::from(gap.leg);
        let own = self.own_wait(gap, there + errand);
        let mut saved = i64::from(gap.lost);
        // What the visit itself waits moves those after it: for nothing, beyond what counts as lost.
        if (own.is_some() || self.opens - arrive <= LOST_WAIT.0) && gap.flags & JUMPY == 0 && !self.loose {
            let idle = (i64::from(gap.spare) - i64::from(gap.ready).max(self.now)).max(0);
            saved = saved.min(self.moved(gap, there + errand + own.unwrap_or(0), onward, idle));
        }
        let waits = own.unwrap_or(0).min(LOST_WAIT.0) - saved;
        Ok(self.travel * detour + self.waiting * waits - i64::from(gap.relief)
            + gap.push.cost(end + onward)
            + self.late(start)
            + self.response * (start - self.called).max(0))
    }

    /// What a visit waits for its window that is reached in `there` seconds, where the departure is known: who drives
    /// longer waits less, which costs no less where waiting is not the dearer.
    fn own_wait(&self, gap: &Gap, there: i64) -> Option<i64> {
        let known = !self.dear && gap.flags & (AFTER_BREAK | ADRIFT) == 0;
        known.then(|| (self.opens - i64::from(gap.ready).max(self.now) - there).max(0))
    }

    /// How much of what a visit waits for its window counts as lost at most.
    pub fn may_wait(&self, gap: &Gap, there: i64) -> i64 {
        self.own_wait(gap, there).map_or(0, |waits| waits.min(LOST_WAIT.0))
    }

    /// Least cost of a visit reached at `arrives` at the earliest for a detour of so many seconds, where nothing is known
    /// of what comes after it but that it costs `spared` without it; `None` where it cannot fit.
    pub fn coarse(&self, arrives: i64, detour: i64, spared: i64) -> Option<i64> {
        let start = arrives.max(self.opens);
        let own = self.late(start) + self.response * (start - self.called).max(0);
        (start <= self.start_by).then_some(self.travel * detour - spared + own)
    }

    /// Earliest end of a visit that is reached at `arrives`; `None` where that is too late.
    pub fn ends(&self, arrives: i64) -> Option<i64> {
        (arrives.max(self.opens) <= self.start_by).then(|| self.done(arrives))
    }

    /// Earliest end of a visit that is reached at `arrives`.
    pub fn done(&self, arrives: i64) -> i64 {
        arrives.max(self.opens) + self.service
    }

    /// Lateness and risk of it, which grow with the start.
    #[inline]
    fn late(&self, start: i64) -> i64 {
        self.lateness * late_or_at_risk(Span(start - self.due), self.margin) / 4
    }

    /// By how much what comes after moves into waiting that counts as lost, where `idle` comes before.
    fn moved(&self, gap: &Gap, there: i64, onward: i64, idle: i64) -> i64 {
        let leg = i64::from(gap.leg);
        if gap.flags & BEFORE_BREAK == 0 {
            return (self.service + there + onward - leg - idle).max(0);
        }
        // The break is taken where the visit is: the way on from there moves what comes after the break.
        let longer = if gap.flags & HOMEWARD > 0 { 0 } else { (onward - leg).max(0) };
        (self.service + there - idle).max(0) + longer
    }

    /// Earliest end of a visit that is reached from the gap in `there` seconds.
    pub fn end(&self, gap: &Gap, there: i64) -> i64 {
        self.arrives(gap, there).max(self.opens) + self.service
    }

    /// Earliest departure towards the visit. Parts may be fetched before a break, and part of the way be
    /// done by then.
    pub fn departs(&self, gap: &Gap) -> i64 {
        let ready = if self.parts { gap.since.saturating_sub(gap.early) } else { gap.ready };
        i64::from(ready).max(self.now)
    }

    fn arrives(&self, gap: &Gap, there: i64) -> i64 {
        let early = if self.parts { gap.early } else { 0 };
        (self.departs(gap) + there).max(i64::from(gap.ready.saturating_sub(early)))
    }
}

impl Reach {
    /// Of a place.
    pub fn of(place: Point, index: &Index, travel: &Travel) -> Reach {
        if let Model::Beeline(line) = travel.model() {
            return Reach::Lines(line.nearness(place));
        }
        let both = |(to, from): (&u16, &u16)| [*to, *from];
        let mut least: Vec<[u16; 2]> = match index.by_cell(place, travel) {
            Some((to, from)) => to.iter().zip(from).map(both).collect(),
            None => vec![[0; 2]; index.cells()],
        };
        least.push([0; 2]);
        Reach::Cells(least)
    }

    /// Least seconds to the place from another one in a cell.
    #[inline]
    pub fn there(&self, cell: u16, from: Point) -> i64 {
        match self {
            Reach::Cells(least) => least[usize::from(cell)][0].into(),
            Reach::Lines(near) => near.seconds(from),
        }
    }

    /// Least seconds to the place from before a gap, and from it to what comes after.
    #[inline]
    pub fn least(&self, ends: &Ends) -> (i64, i64) {
        match self {
            Reach::Cells(least) => {
                let ([there, _], [_, onward]) =
                    (least[usize::from(ends.cells[0])], least[usize::from(ends.cells[1])]);
                (i64::from(there), i64::from(onward))
            }
            Reach::Lines(near) => {
                let [from, to] = ends.places;
                let there = near.seconds(from);
                (there, if to == from { there } else { near.seconds(to) })
            }
        }
    }
}
