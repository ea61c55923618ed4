//! The best three technicians without looking at everybody, and without missing anybody.
//!
//! 1. Technicians with a stop near the place (R-tree) are weighed first, so that the third best is known early.
//! 2. One flat pass over all open positions leaves out what cannot fit or cannot beat the third best.
//! 3. What is left is taken by least cost first; exact travel tightens the bound, and only when that is the
//!    least of all is the true forward pass run.
//!
//! The result does not depend on the order of anything: fits are ranked by cost, technician, shift, position.

use super::ask::Ask;
use super::bound::{Bound, Ends};
use super::choose::{Knowledge, TOLD};
use super::fans::Fans;
use super::fetch::{Fetch, Placed};
use super::gap::{AFTER_BREAK, AFTER_DEPOT, BEFORE_BREAK, Gap, HOMEWARD, JUMPY, floor};
use super::index::{Row, TILES};
use super::parts::{Supply, ways};
use super::position::FRESH;
use super::scan::{Fit, Who, admissible, fit};
use super::stand::{Stand, stand};
use super::travel::Quick;
use super::weigh::{LOST_WAIT, lost_wait, weigh};
use crate::board::Legs;
use crate::board::fleet::{Errand, Window};
use crate::board::id::TechnicianId;
use crate::geo::Point;
use crate::units::{Cost, Span, Time};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

/// Technicians near the place who are weighed first.
const SEEDS: usize = 6;
/// Tree entries looked at for them.
const LOOKED_AT: usize = 96;
/// Shifts from which the flat pass is worth a second thread.
const SHIFTS_FOR_THREADS: usize = 8_192;
/// Shifts from which it is worth asking which tiles are near.
const SHIFTS_FOR_TILES: usize = 512;
/// Less than any cost: what is not known is looked at.
const UNKNOWN: i64 = i64::MIN / 2;

/// A position that may win: least cost, whether by exact travel, technician's slot, shift, before which errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    least: i64,
    exact: bool,
    slot: u32,
    shift: u32,
    at: u16,
}

/// A position as its true shift has it: where the technician comes from and goes on to, and when.
#[derive(Clone, Copy, Debug)]
struct Spot {
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
    let leg = if ready < now { gap.leg_most } else { gap.leg };
    Spot { from, to, gap: Gap { leg, ..*gap }, until: (ready.max(now), held) }
}

/// Where an idle technician is taken to be.
#[derive(Clone, Copy, Debug)]
enum Idle {
    /// Where the plan says.
    Planned,
    /// Seen there; the next leg takes so long at most, and leaving it out may save so much overtime.
    Seen { place: Point, cell: u16, leg: u32, relief: u32 },
    /// Seen where the plan may not be met any more: no bound holds.
    Astray,
}

/// What a depot stop on an earlier open leg may save besides: waiting, relief, and a flag to go with them.
#[derive(Clone, Copy, Debug, Default)]
struct Generous {
    lost: u32,
    relief: u32,
    flags: u16,
}

impl Generous {
    fn of(self, gap: &Gap) -> Gap {
        let (lost, relief) = (self.lost.max(gap.lost), self.relief.max(gap.relief));
        Gap { lost, relief, flags: gap.flags | self.flags, ..*gap }
    }

    /// The depot stop may come at this gap too.
    fn past(&mut self, gap: &Gap) {
        self.lost = self.lost.max(gap.lost);
        self.relief = self.relief.max(gap.relief);
        self.flags |= if gap.flags & BEFORE_BREAK > 0 { JUMPY } else { 0 };
    }
}

/// An insertion as the search ranks it before the true forward pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// What it costs at least, by exact travel.
    pub least: Cost,
    /// Who.
    pub technician: TechnicianId,
    /// Start of the shift.
    pub shift: Time,
    /// Before which errand of the route.
    pub position: u32,
}

struct Search<'a, 'k> {
    ask: &'k Ask<'a>,
    known: &'k Knowledge<'a>,
    asked: Window,
    bound: Bound,
    wanted: u128,
    overtime: i64,
    excluded: Vec<u32>,
    who: BTreeMap<u32, (Who<'a>, Option<Supply>)>,
    stands: BTreeMap<(u32, u32), Option<Arc<Stand<'a>>>>,
    best: Vec<(u32, Who<'a>, Fit<'a>)>,
    /// The best by exact travel, where that is all that is asked.
    ranked: Option<Vec<Open>>,
    fans: Fans<'k>,
    fetch: Option<Fetch>,
}

/// The best technicians, the best first, each with the cheapest way.
pub fn search<'a>(ask: &Ask<'a>, known: &Knowledge<'a>) -> Vec<(Who<'a>, Fit<'a>)> {
    let Ok(here) = known.travel.spot(ask.need.place) else { return Vec::new() };
    let mut search = start(ask, known, here);
    search.run();
    search.best.into_iter().map(|(_, who, found)| (who, found)).collect()
}

/// The same search without the true forward pass.
pub fn insertions(ask: &Ask<'_>, known: &Knowledge<'_>) -> Vec<Insertion> {
    let Ok(here) = known.travel.spot(ask.need.place) else { return Vec::new() };
    let mut search = Search { ranked: Some(Vec::new()), ..start(ask, known, here) };
    search.run();
    let tell = |open: Open| {
        let id = known.index.name(open.slot);
        Insertion {
            least: Cost(open.least),
            technician: id.clone(),
            shift: ask.board.technicians[id].shifts[open.shift as usize].window.start,
            position: open.at.into(),
        }
    };
    search.ranked.into_iter().flatten().map(tell).collect()
}

/// Whether the bounds of this fit's position are no higher than its cost; in words where they are.
///
/// # Errors
/// What is wrong with the bounds.
pub fn check(ask: &Ask<'_>, known: &Knowledge<'_>, found: &Fit<'_>) -> Result<(), String> {
    let here = known.travel.spot(ask.need.place).map_err(|e| e.to_string())?;
    let mut search = start(ask, known, here);
    let sheet = &found.stand.sheet;
    let slot = known.index.slot(&sheet.technician.id).ok_or("the technician is not in the index")?;
    let mut open = Vec::new();
    known.index.rows_of(slot).for_each(|row| search.open_in(row, i64::MAX, &mut open));
    let at = found.way.at - usize::from(found.way.depot_at.is_some());
    let shift = sheet.shift.window.start;
    let here = |o: &&Open| {
        usize::from(o.at) == at && sheet.technician.shifts[o.shift as usize].window.start == shift
    };
    let open = *open.iter().find(here).ok_or_else(|| format!("left out: {:?}", found.way))?;

    let spot = search.spot(&open).ok_or("no spot")?;
    let exact = match open.least {
        UNKNOWN => UNKNOWN,
        _ => search.least(&spot).ok_or_else(|| format!("exact travel rules out {spot:?}"))?,
    };
    if open.least > found.cost.0 || exact > found.cost.0 {
        return Err(format!("{} and {exact} over {:?}: {spot:?} {:?}", open.least, found.cost, found));
    }
    Ok(())
}

fn start<'a, 'k>(ask: &'k Ask<'a>, known: &'k Knowledge<'a>, here: crate::travel::Spot) -> Search<'a, 'k> {
    Search {
        ask,
        known,
        asked: ask.asked(),
        bound: Bound::of(ask, known.index, known.travel),
        wanted: known.index.wanted(&ask.demand.requirements),
        overtime: ask.policy.overtime_permille.into(),
        excluded: ask.need.excluded.iter().filter_map(|id| known.index.slot(id)).collect(),
        who: BTreeMap::new(),
        stands: BTreeMap::new(),
        best: Vec::new(),
        ranked: None,
        fans: Fans::new(known.travel, here),
        fetch: Fetch::of(ask, known.index, known.travel),
    }
}

impl<'a> Search<'a, '_> {
    fn run(&mut self) {
        let seeds = self.seeds();
        let mut near = Vec::new();
        for row in seeds.iter().flat_map(|slot| self.known.index.rows_of(*slot)) {
            self.open_in(row, i64::MAX, &mut near);
        }
        self.weigh_all(near);
        let rest = self.pass(&seeds);
        self.weigh_all(rest);
        self.fans.keep();
    }

    fn eligible(&self, slot: u32) -> bool {
        self.known.index.mask(slot) & self.wanted == self.wanted && !self.excluded.contains(&slot)
    }

    /// The cost of the third best; what cannot be as good is left out.
    fn bar(&self) -> i64 {
        let third = match &self.ranked {
            Some(ranked) => ranked.get(TOLD - 1).map(|open| open.least),
            None => self.best.get(TOLD - 1).map(|best| best.2.cost.0),
        };
        third.unwrap_or(i64::MAX)
    }

    /// Eligible technicians with a stop near the place.
    fn seeds(&self) -> Vec<u32> {
        let mut seeds = Vec::with_capacity(SEEDS);
        for slot in self.known.index.nearest(self.ask.need.place).take(LOOKED_AT) {
            if self.eligible(slot) && !seeds.contains(&slot) {
                seeds.push(slot);
                if seeds.len() == SEEDS {
                    break;
                }
            }
        }
        seeds
    }

    /// The flat pass over everybody but the seeds.
    fn pass(&self, seeds: &[u32]) -> Vec<Open> {
        let rows = self.known.index.rows();
        let bar = self.bar();
        let near = (rows.len() >= SHIFTS_FOR_TILES).then(|| self.bound.by_tile()).flatten();
        let near = near.and_then(|by_tile| Near::of(&self.bound, &by_tile, bar));
        let scan = |rows: &[Row]| {
            let mut found = Vec::new();
            for row in rows {
                let slot = row.technician;
                if !self.eligible(slot) || seeds.contains(&slot) || !self.asked_for(row) {
                    continue;
                }
                match &self.fetch {
                    Some(fetch) if !fetch.may_supply(slot) => {}
                    None if !self.is_idle(row) => {
                        if near.as_ref().is_none_or(|near| near.reaches(row)) {
                            self.glance_in(row, bar, &mut found);
                        }
                    }
                    Some(_) | None => self.open_in(row, bar, &mut found),
                }
            }
            found
        };
        if rows.len() < SHIFTS_FOR_THREADS {
            return scan(rows);
        }
        rows.par_chunks(SHIFTS_FOR_THREADS / 4).flat_map_iter(scan).collect()
    }

    /// Whether the shift is on and the technician has nothing to do before the first open position.
    fn is_idle(&self, row: &Row) -> bool {
        let now = self.ask.now.0;
        let first =
            |gaps: &[Gap]| gaps.iter().find(|g| i64::from(g.closes) > now).map(|g| i64::from(g.ready));
        i64::from(row.start) <= now && first(self.known.index.gaps(row)).is_some_and(|ready| ready <= now)
    }

    /// Whether a shift lies in the time asked for.
    fn asked_for(&self, row: &Row) -> bool {
        i64::from(row.end) > self.asked.start.0 && i64::from(row.start) < self.asked.end.0
    }

    /// As [`Search::open_in`] where the shift goes as planned and no parts are to be fetched: most positions
    /// are ruled out by twelve bytes each.
    fn glance_in(&self, row: &Row, bar: i64, found: &mut Vec<Open>) {
        let (now, index) = (self.ask.now.0, self.known.index);
        let beside = index.gaps(row).iter().zip(index.around(row));
        for (hot, (gap, places)) in index.hot(row).iter().zip(beside) {
            if self.bound.glance(*hot, places) > bar || i64::from(gap.closes) <= now {
                continue;
            }
            let leg = if i64::from(gap.ready) < now { gap.leg_most } else { gap.leg };
            let least = self.bound.by_least(&Gap { leg, ..*gap }, places);
            if let Some(least) = least.ok().filter(|least| *least <= bar) {
                found.push(Open { least, exact: false, slot: row.technician, shift: row.shift, at: gap.at });
            }
        }
    }

    /// The positions of a shift that may fit and may be as good as the bar.
    fn open_in(&self, row: &Row, bar: i64, found: &mut Vec<Open>) {
        let now = self.ask.now.0;
        if !self.asked_for(row) {
            return;
        }
        let Row { technician: slot, shift, .. } = *row;
        let (gaps, around) = (self.known.index.gaps(row), self.known.index.around(row));
        let first = gaps.partition_point(|g| i64::from(g.closes) <= now);
        let Some(gap) = gaps.get(first) else { return };
        let mut rest = first;
        let mut seen_there = None;
        if i64::from(gap.ready) <= now && i64::from(row.start) <= now {
            // The technician has nothing to do until the next stop, and may stand elsewhere than planned;
            // so too at the breaks that come before it.
            let breaks = gaps[first + 1..].iter().take_while(|g| g.flags & AFTER_BREAK > 0).count();
            rest += 1 + breaks;
            match self.idle(row, &gaps[first..rest]) {
                Idle::Planned => rest = first,
                Idle::Astray => {
                    let least = UNKNOWN;
                    found.extend(gaps[first..].iter().map(|g| Open {
                        least,
                        exact: false,
                        slot,
                        shift,
                        at: g.at,
                    }));
                    return;
                }
                Idle::Seen { place, cell, leg, relief } => seen_there = Some((place, cell, leg, relief)),
            }
        }
        let placed = |n: usize| -> Placed {
            let gap = gaps[n];
            match seen_there.filter(|_| n < rest) {
                // Who stands nearer than planned waits longer, who stands farther less.
                Some((place, cell, leg, relief)) => {
                    let (lost, relief) = (gap.lost + gap.leg, relief.max(gap.relief));
                    let spare = gap.spare.saturating_sub(leg.saturating_sub(gap.leg));
                    (Gap { from: cell, leg, lost, spare, relief, ..gap }, [place, around[n][1]])
                }
                None => {
                    let leg = if i64::from(gap.ready) < now { gap.leg_most } else { gap.leg };
                    (Gap { leg, ..gap }, around[n])
                }
            }
        };
        let mut open = |gap: &Gap, least: i64| {
            if least <= bar {
                found.push(Open { least, exact: false, slot, shift, at: gap.at });
            }
        };
        let Some(fetch) = &self.fetch else {
            for (gap, places) in (first..gaps.len()).map(placed) {
                self.bound.by_least(&gap, &places).into_iter().for_each(|least| open(&gap, least));
            }
            return;
        };
        let bare = fetch.is_bare(slot);
        let (mut generous, mut cheapest) = (Generous::default(), if bare { fetch.cheapest() } else { 0 });
        for n in first..gaps.len() {
            let (gap, places) = placed(n);
            if gap.flags & AFTER_DEPOT > 0 {
                cheapest = 0;
            }
            let ends = Ends { cells: [gap.from, gap.to], places };
            let least = self.bound.least(&ends);
            if let Some(cost) =
                self.bound.cost(&generous.of(&gap), least).ok().filter(|c| c + cheapest <= bar)
            {
                let fetching = if bare { fetch.least((first..=n).map(placed), least.0) } else { 0 };
                open(&gap, cost + fetching);
            }
            generous.past(&gap);
        }
    }

    /// Where an idle technician stands, by what is known of them; `same` are the gaps left from there.
    fn idle(&self, row: &Row, same: &[Gap]) -> Idle {
        let now = self.ask.now.0;
        let seen = self.known.index.seen(row.technician);
        let Some(seen) = seen.filter(|s| now - i64::from(s.at) <= FRESH.0) else {
            return if self.planned_from_there(row, same) { Idle::Planned } else { Idle::Astray };
        };
        let (Some(leg), Some(last)) = (seen.leg_most, same.last()) else { return Idle::Astray };
        let resting = same[0].flags & BEFORE_BREAK > 0;
        if last.flags & HOMEWARD > 0 {
            let home = i64::from(same[0].rest_by).max(now) + i64::from(leg);
            let over = (home - i64::from(row.over)).max(0) * self.overtime;
            let relief = if resting { over.min(i64::from(u32::MAX)) as u32 } else { 0 };
            return Idle::Seen { place: seen.place, cell: seen.cell, leg, relief };
        }
        // A break is taken where the technician is: what comes after it may be met sooner or later than
        // planned. Without one it can only be later, where the next stop would not be reached in time.
        let late = now + i64::from(leg) > i64::from(last.closes) + i64::from(last.leg);
        if resting || late {
            return Idle::Astray;
        }
        Idle::Seen { place: seen.place, cell: seen.cell, leg, relief: 0 }
    }

    /// Whether the way on was planned from the stop before, and not from where the technician was seen once.
    fn planned_from_there(&self, row: &Row, same: &[Gap]) -> bool {
        let (Some(first), Some(last)) = (same.first(), same.last()) else { return true };
        let around = self.known.index.around(row);
        let [from, to] = around[usize::from(last.at)];
        if around[usize::from(first.at)][0] != from {
            return false;
        }
        let leg = || Quick(self.known.travel).leg(from, to, Time(last.closes.into()));
        last.flags & HOMEWARD > 0 || leg().is_some_and(|l| l.seconds == last.leg)
    }

    /// Weighs positions, the most promising first, until none left can be as good as the third best. One
    /// that is only known by least travel goes back with its exact travel first.
    fn weigh_all(&mut self, open: Vec<Open>) {
        let mut queue: BinaryHeap<Reverse<Open>> = open.into_iter().map(Reverse).collect();
        while let Some(Reverse(open)) = queue.pop().filter(|open| open.0.least <= self.bar()) {
            let open = Open { exact: open.exact || self.is_close(&open), ..open };
            if let Some(ranked) = self.ranked.as_mut().filter(|_| open.exact) {
                rank(ranked, open);
            } else if open.exact || open.least == UNKNOWN {
                self.weigh(&open);
            } else if let Some(least) = self.spot(&open).and_then(|spot| self.least(&spot)) {
                // What fetching costs is in the least by cells alone.
                queue.push(Reverse(Open { least: least.max(open.least), exact: true, ..open }));
            }
        }
    }

    /// Whether exact travel would tell nothing more of a position.
    fn is_close(&self, open: &Open) -> bool {
        let index = self.known.index;
        let row = index.row(open.slot, open.shift);
        let gap = &index.gaps(row)[usize::from(open.at)];
        let known = self.bound.is_close() && open.least != UNKNOWN;
        known && gap.flags & AFTER_BREAK == 0 && !self.may_differ(row)
    }

    fn who(&mut self, slot: u32) -> &(Who<'a>, Option<Supply>) {
        let (ask, known) = (self.ask, self.known);
        self.who.entry(slot).or_insert_with(|| {
            let technician = &ask.board.technicians[known.index.name(slot)];
            let policy = ask.policy.scarcity;
            let scarcity = known.holders.cost(technician, &ask.demand.requirements, policy);
            let position = known.positions.get(&technician.id);
            (Who { technician, position, scarcity }, admissible(ask, technician).ok())
        })
    }

    fn stand(&mut self, slot: u32, shift: u32) -> Option<Arc<Stand<'a>>> {
        let who = self.who(slot).0;
        let (ask, quick) = (self.ask, Quick(self.known.travel));
        let shift_of = |n: u32| &who.technician.shifts[n as usize];
        let make = || stand(ask, who.technician, shift_of(shift), who.position, &quick).ok().map(Arc::new);
        self.stands.entry((slot, shift)).or_insert_with(make).clone()
    }

    /// The position with its true times and places; `None` where parts or present errands rule it out.
    fn spot(&mut self, open: &Open) -> Option<Spot> {
        let lacking = match &self.fetch {
            None => false,
            Some(fetch) if fetch.is_bare(open.slot) => true,
            Some(_) => !self.who(open.slot).1.as_ref()?.lacking.is_empty(),
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

    /// Whether the shift may not go as planned: it is on, and the technician was seen of late.
    fn may_differ(&self, row: &Row) -> bool {
        let now = self.ask.now.0;
        let seen = self.known.index.seen(row.technician);
        i64::from(row.start) <= now && seen.is_some_and(|s| now - i64::from(s.at) <= FRESH.0)
    }

    /// A position of a shift that is on, seen from now.
    fn seen_from_now(&mut self, open: &Open, gap: &Gap) -> Option<Spot> {
        let over = self.overtime;
        let stand = self.stand(open.slot, open.shift)?;
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
        let gap = Gap { ready: ready_at, leg, lost, spare, relief, ..*gap };
        Some(Spot { from, to, gap, until: (ready, held) })
    }

    /// The bound by exact travel at the hours in question; `None` where it cannot fit. Where the way there
    /// is too long already, the way onward is not asked for.
    fn least(&mut self, spot: &Spot) -> Option<i64> {
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

    /// The true forward pass of every way at a position.
    fn weigh(&mut self, open: &Open) {
        let (who, supply) = self.who(open.slot).clone();
        let Some(supply) = supply else { return };
        let Some(stand) = self.stand(open.slot, open.shift) else { return };
        if usize::from(open.at) < stand.sheet.frozen.len() {
            return;
        }
        for way in ways(self.ask, &stand, &supply, usize::from(open.at)) {
            let weighed = weigh(self.ask, &stand, &way, who.scarcity, &Quick(self.known.travel));
            if let Ok(weighed) = weighed {
                self.keep(open.slot, who, fit(&stand, way, weighed));
            }
        }
    }

    /// Keeps the best way of each technician, and the best technicians.
    fn keep(&mut self, slot: u32, who: Who<'a>, found: Fit<'a>) {
        if let Some(had) = self.best.iter().position(|b| b.0 == slot) {
            if self.best[had].2.rank() <= found.rank() {
                return;
            }
            self.best.remove(had);
        }
        let place = self.best.partition_point(|b| b.2.rank() < found.rank());
        self.best.insert(place, (slot, who, found));
        self.best.truncate(TOLD);
    }
}

/// Which tiles are near enough for an insertion to be as good as the bar: by how much a shift's own legs and
/// waiting can make up for the way.
struct Near {
    /// By minutes of the way, the tiles that are no farther.
    within: [u128; 64],
    bar: f64,
    /// Cost of a second of detour less the waiting that it saves, of waiting, of response.
    rates: [f64; 3],
    /// Now, when the call came, the service.
    since: [i64; 3],
}

impl Near {
    fn of(bound: &Bound, by_tile: &[u16; TILES], bar: i64) -> Option<Near> {
        let tiles = |minutes: usize| {
            let near = |(_, least): &(usize, &u16)| usize::from(**least) <= minutes * 60;
            by_tile.iter().enumerate().filter(near).fold(0, |bits, (tile, _)| bits | 1 << tile)
        };
        let ([travel, waiting, response], since) = bound.rates()?;
        let rates = [travel - waiting, waiting, response];
        let within = || std::array::from_fn(tiles);
        (travel > waiting).then(|| Near { within: within(), bar: bar as f64, rates, since })
    }

    /// Whether any position of a shift may be as good as the bar. Whatever the position, both its ways take
    /// as long as to the nearest tile at least, and replace no more than the longest leg; the waiting saved
    /// is no more than the service and the detour, or all there is where that may be saved.
    fn reaches(&self, row: &Row) -> bool {
        let ([detour, waiting, response], [now, called, service]) = (self.rates, self.since);
        let [leg, lost] = row.most.map(i64::from);
        let since = (i64::from(row.start).max(now) - called).max(0);
        let most = [leg, service.max(lost + leg), since].map(|seconds| seconds as f64);
        let left = self.bar + detour * most[0] + waiting * most[1] - response * most[2];
        if row.tiles == u128::MAX {
            return true;
        }
        let minutes = left / ((2.0 * detour + response) * 60.0);
        minutes >= 0.0 && self.within.get(minutes as usize + 1).is_none_or(|tiles| tiles & row.tiles > 0)
    }
}

/// Keeps the best position of each technician, and the best technicians.
fn rank(ranked: &mut Vec<Open>, open: Open) {
    ranked.retain(|had| had.slot != open.slot || *had < open);
    if ranked.iter().all(|had| had.slot != open.slot) {
        ranked.push(open);
    }
    ranked.sort_unstable();
    ranked.truncate(TOLD);
}
