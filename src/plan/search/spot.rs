//! One position by exact travel at the hours in question.

use super::pass::{Generous, Idle};
use super::{Open, Search, UNKNOWN};
use crate::board::fleet::{Errand, Stop};
use crate::geo::Point;
use crate::plan::ask::Ask;
use crate::plan::bound::Ends;
use crate::plan::fetch::Placed;
use crate::plan::gap::{AFTER_BREAK, AFTER_DEPOT, BEFORE_BREAK, Gap, HOMEWARD, floor};
use crate::plan::index::Row;
use crate::plan::parts::Pickup;
use crate::plan::position::FRESH;
use crate::plan::push::Push;
use crate::plan::stand::Stand;
use crate::plan::weigh::{LOST_WAIT, late, lost_wait, rate, risk};
use crate::units::{Cost, Span, Time};

/// A position as its true shift has it: where the technician comes from and goes on to, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    from: Point,
    to: Point,
    gap: Gap,
    /// Latest departure towards the visit, and from it, that the hours of travel must cover.
    until: (Time, Time),
}

/// A position that goes as planned.
fn as_planned([from, to]: [Point; 2], gap: &Gap, now: Time) -> Spot {
    let held = if gap.flags & HOMEWARD > 0 { Time::MIN } else { Time(gap.held.into()) };
    let ready = Time(gap.ready.into());
    Spot { from, to, gap: Gap { leg: gap.leg_from(now), ..*gap }, until: (ready.max(now), held) }
}

/// What is left of a shift costs by lost waiting, overtime and lateness: no insertion saves more of these.
fn stands_for(ask: &Ask<'_>, stand: &Stand<'_>) -> i64 {
    let (policy, ahead) = (ask.policy, &stand.base.stops[stand.sheet.frozen.len()..]);
    let over = (stand.base.home.arrive - stand.sheet.shift.window.end).or_zero();
    let lost = lost_wait(stand.sheet.origin.free, ahead);
    let others = ahead.iter().zip(&stand.tasks).filter_map(|(stop, task)| Some((stop.start, (*task)?)));
    let late = others.map(|(start, task)| {
        rate(task.demand.lateness_permille, late(task, start)) + risk(task, start, policy.lateness_margin)
    });
    let all = late.sum::<Cost>() + rate(policy.overtime_permille, over) + rate(policy.waiting_permille, lost);
    all.0
}

impl Search<'_, '_> {
    /// Whether exact travel would tell nothing more of a position.
    pub(super) fn is_close(&self, open: &Open) -> bool {
        let index = self.known.index;
        let row = index.row(open.slot, open.shift);
        let gap = &index.gaps(row)[usize::from(open.at)];
        self.bound.is_close() && gap.flags & AFTER_BREAK == 0 && !self.may_differ(row)
    }

    /// The position with its true times and places; `None` where parts or present errands rule it out.
    pub(super) fn spot(&self, open: &Open) -> Option<Spot> {
        let lacking = match &self.fetch {
            None => false,
            Some(fetch) if fetch.is_bare(open.slot) => true,
            Some(_) => !self.person(open.slot).supply.as_ref()?.lacking.is_empty(),
        };
        let index = self.known.index;
        let row = index.row(open.slot, open.shift);
        let (gap, end) = (&index.gaps(row)[usize::from(open.at)], Time(row.end.into()));
        let now = self.ask.now.0;
        // After a break `ready` may be only the earliest, and what goes before the first open position too.
        let planned = gap.flags & AFTER_BREAK == 0 && !self.may_differ(row);
        let mut spot = match planned {
            true => as_planned(index.around(row)[usize::from(open.at)], gap, self.ask.now),
            false => self.seen_from_now(open, gap)?,
        };
        if lacking {
            let gaps = index.gaps(row);
            let first = gaps.partition_point(|g| i64::from(g.closes) <= now);
            let mut generous = Generous::default();
            gaps.get(first..usize::from(open.at)).into_iter().flatten().for_each(|g| generous.past(g));
            spot.gap = generous.of(&spot.gap);
        } else {
            (spot.gap.since, spot.gap.early) = (spot.gap.ready, 0);
        }
        if lacking || self.ask.need.access.len() > 1 {
            spot.until = (end, end);
        } else if gap.flags & BEFORE_BREAK > 0 {
            spot.until.1 = end;
        }
        spot.until.0 = spot.until.0.max(self.asked.start);
        Some(spot)
    }

    /// Whether the shift may not go as planned: the technician has nothing to do now and was seen of late. Who is under
    /// way is where the plan says.
    fn may_differ(&self, row: &Row) -> bool {
        let now = self.ask.now.0;
        let seen = self.known.index.seen(row.technician);
        let fresh = i64::from(row.start) <= now && seen.is_some_and(|s| now - i64::from(s.at) <= FRESH.0);
        fresh && self.is_idle(row)
    }

    /// A position of a shift that is on, seen from now.
    fn seen_from_now(&self, open: &Open, gap: &Gap) -> Option<Spot> {
        let over = self.overtime;
        let standing = self.stand(open.slot, open.shift)?;
        let stand = &standing.stand;
        let at = usize::from(open.at);
        let sheet = &stand.sheet;
        if at < sheet.frozen.len() {
            return None;
        }
        let (from, ready) = match at.checked_sub(1) {
            Some(before) if before >= sheet.frozen.len() => {
                (stand.base.stops[before].place, stand.base.stops[before].end)
            }
            Some(_) | None => (sheet.origin.place, sheet.origin.free),
        };
        let next = stand.base.stops[at..].iter().find(|s| !matches!(s.errand, Errand::Break(_)));
        let (to, leg, held) = match next {
            Some(stop) => (stop.place, stop.seconds, stop.start),
            None => (sheet.technician.end, stand.base.home.seconds, Time::MIN),
        };
        let relief = (stand.base.home.arrive - sheet.shift.window.end).or_zero().0 * over;
        let relief = if gap.flags & BEFORE_BREAK > 0 { gap.relief.max(relief as u32) } else { gap.relief };
        let ready_at = ready.0.clamp(0, i64::from(u32::MAX)) as u32;
        let ahead = &stand.base.stops[at..];
        let lost = (lost_wait(ready, ahead).0 as u32).max(gap.lost);
        let spare = ahead.first().map_or(0, |s| floor(s.start - Span(i64::from(s.seconds)) - LOST_WAIT));
        let push = Push::default();
        let gap = Gap { ready: ready_at, leg, lost, spare, relief, push, ..*gap };
        Some(Spot { from, to, gap, until: (ready, held) })
    }

    /// What a position costs at least where the technician may stand anywhere, by the shift as it stands now: all that
    /// it would still cost counts as saved. By least travel, or by exact travel at the hours in question; `None`
    /// where it cannot fit.
    pub(super) fn astray(&self, open: &Open, exact: bool) -> Option<i64> {
        self.person(open.slot).supply.as_ref()?;
        let standing = self.stand(open.slot, open.shift)?;
        let stand = &standing.stand;
        let (at, frozen) = (usize::from(open.at), stand.sheet.frozen.len());
        if at < frozen || !self.may_fit(standing, at, (None, None)) {
            return None;
        }
        let (before, after) = stand.base.stops.get(frozen..)?.split_at_checked(at - frozen)?;
        let from = before.last().map_or(stand.sheet.origin.place, |stop| stop.place);
        let visit_or_depot = |s: &&Stop| !matches!(s.errand, Errand::Break(_));
        // parts may be fetched before a break, and part of the way be done by then
        let ready = before.iter().rfind(visit_or_depot).map_or(stand.sheet.origin.free, |stop| stop.end);
        let ready = ready.max(self.ask.now);
        let (to, leg) = match after.iter().find(visit_or_depot) {
            Some(stop) => (stop.place, stop.seconds),
            None => (stand.sheet.technician.end, stand.base.home.seconds),
        };
        let (there, onward) = if exact {
            let end = Time(self.known.index.row(open.slot, open.shift).end.into());
            let there = i64::from(self.fans.there(from, ready, end.max(ready))?);
            let done = Time(self.bound.done(ready.0 + there));
            (there, i64::from(self.fans.onward(to, done, end.max(done))?))
        } else {
            let cells = [from, to].map(|place| self.known.index.cell(place, self.known.travel));
            self.bound.least(&Ends { cells, places: [from, to] })
        };
        let detour = there + onward - i64::from(leg);
        self.bound.coarse(ready.0 + there, detour, stands_for(self.ask, stand))
    }

    /// [`Open::bare`] of a position, by least travel where exact travel was not asked for.
    pub(super) fn bare(&self, open: &Open) -> i64 {
        if open.bare != UNKNOWN || open.astray || self.fetch.is_none() {
            return open.bare;
        }
        let Some(spot) = self.spot(open) else { return UNKNOWN };
        let ends = Ends { cells: [spot.gap.from, spot.gap.to], places: [spot.from, spot.to] };
        self.bound.cost(&spot.gap, self.bound.least(&ends)).unwrap_or(UNKNOWN)
    }

    /// The open positions of a shift up to one, that one last, where its technician's van lacks a part altogether: what
    /// [`Fetch::way`] takes, and by how much less than [`Open::bare`] the visit may cost there. `None` where nothing bounds
    /// what fetching costs.
    pub(super) fn before(&self, open: &Open) -> Option<(Vec<Placed>, i64)> {
        let fetch = self.fetch.as_ref().filter(|_| !open.astray && open.bare != UNKNOWN)?;
        let row = self.known.index.row(open.slot, open.shift);
        let (same, idle) = self.standing(row);
        let spared = match idle {
            Idle::Planned => 0,
            // the stop may save all the waiting that standing elsewhere has added
            Idle::Seen { .. } => {
                let waits =
                    self.known.index.gaps(row)[same.clone()].iter().map(|gap| i64::from(gap.leg)).max();
                i64::from(self.ask.policy.waiting_permille) * waits.unwrap_or(0)
            }
            Idle::Astray => return None,
        };
        let at = usize::from(open.at);
        if !fetch.is_bare(open.slot) || at < same.start {
            return None;
        }
        Some(((same.start..=at).map(|n| self.placed(row, n, &same, idle)).collect(), spared))
    }

    /// What a visit at a position costs at least with parts from there; `before` as told by [`Search::before`].
    pub(super) fn fetched_from(
        &self,
        open: &Open,
        before: Option<&(Vec<Placed>, i64)>,
        pickup: Pickup<'_>,
    ) -> Option<i64> {
        let (Some(fetch), Some((before, spared)), (Some(depot), Some(stop))) = (&self.fetch, before, pickup)
        else {
            return Some(open.bare);
        };
        let (gap, places) = before.last()?;
        let least = self.bound.least(&Ends { cells: [gap.from, gap.to], places: *places });
        // frozen errands have no position
        let frozen = usize::from(open.at) + 1 - before.len();
        match stop.checked_sub(frozen) {
            Some(stop) => fetch.way(&self.bound, depot, before, stop, (open.bare - spared, least)),
            None => Some(open.bare),
        }
    }

    /// What a visit at a position costs at least with parts from anywhere.
    pub(super) fn fetched(&self, open: &Open) -> Option<i64> {
        let (Some(fetch), Some((before, spared))) = (&self.fetch, self.before(open)) else {
            return Some(open.bare);
        };
        let (gap, places) = before.last()?;
        // who passes a depot already may fetch for nothing
        if before.iter().any(|(gap, _)| gap.flags & AFTER_DEPOT > 0) {
            return Some(open.bare);
        }
        let least = self.bound.least(&Ends { cells: [gap.from, gap.to], places: *places });
        fetch.any_way(&self.bound, open.slot, &before, (open.bare - spared, least))
    }

    /// The bound by exact travel at the hours in question; `None` where it cannot fit. Where the way there
    /// is too long already, the way onward is not asked for.
    pub(super) fn least(&self, spot: &Spot) -> Option<i64> {
        let gap = &spot.gap;
        let ready = Time(self.bound.departs(gap));
        let there = i64::from(self.fans.there(spot.from, ready, spot.until.0)?);
        let ends = Ends { cells: [gap.from, gap.to], places: [spot.from, spot.to] };
        let onward = self.bound.least(&ends).1;
        let so_far = self.bound.cost(gap, (there, onward)).ok()?;
        if so_far > self.bar() {
            return Some(so_far);
        }
        let end = Time(self.bound.end(gap, there));
        let onward = i64::from(self.fans.onward(spot.to, end, end.max(spot.until.1))?);
        self.bound.cost(gap, (there, onward)).ok()
    }
}
