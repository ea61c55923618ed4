//! The best three technicians without looking at everybody, and without missing anybody.
//!
//! 1. Technicians with a stop near the place (R-tree) are weighed first, so that the third best is known early.
//! 2. One flat pass over all open positions leaves out what cannot fit or cannot beat the third best.
//! 3. What is left is taken by least cost first; exact travel tightens the bound, and only then is the true
//!    forward pass run.
//!
//! The result does not depend on the order of anything: fits are ranked by cost, technician, shift, position.

use super::ask::Ask;
use super::bound::Bound;
use super::choose::{Knowledge, TOLD};
use super::fans::Fans;
use super::gap::{AFTER_BREAK, BEFORE_BREAK, Gap, HOMEWARD, JUMPY};
use super::index::Row;
use super::parts::{Supply, ways};
use super::position::FRESH;
use super::scan::{Fit, Who, admissible, fit};
use super::stand::{Stand, stand};
use super::travel::Quick;
use super::weigh::{lost_wait, weigh};
use crate::board::Legs;
use crate::board::fleet::{Errand, Window};
use crate::board::id::{DepotId, Location};
use crate::geo::Point;
use crate::units::Time;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Technicians near the place who are weighed first.
const SEEDS: usize = 6;
/// Tree entries looked at for them.
const LOOKED_AT: usize = 96;
/// Shifts from which the flat pass is worth a second thread.
const SHIFTS_FOR_THREADS: usize = 8_192;
/// Less than any cost: what is not known is looked at.
const UNKNOWN: i64 = i64::MIN / 2;

/// A position that may win: least cost, technician's slot, shift, before which errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    least: i64,
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
fn as_planned([from, to]: [Point; 2], gap: &Gap) -> Spot {
    let held = if gap.flags & HOMEWARD > 0 { Time::MIN } else { Time(gap.held.into()) };
    Spot { from, to, gap: *gap, until: (Time(gap.ready.into()), held) }
}

/// Where an idle technician is taken to be.
#[derive(Clone, Copy, Debug)]
enum Idle {
    /// Where the plan says.
    Planned,
    /// Seen there; the next leg takes so long at most, and leaving it out may save so much overtime.
    Seen { cell: u16, leg: u32, relief: u32 },
    /// Seen where the plan may not be met any more: no bound holds.
    Astray,
}

/// What an earlier depot stop may save besides: waiting, relief, and a flag to go with them.
#[derive(Clone, Copy, Debug)]
struct Generous(Option<(u32, u32, u16)>);

impl Generous {
    fn of(self, gap: &Gap) -> Gap {
        match self.0 {
            Some((lost, relief, flags)) => {
                Gap { lost, relief: relief.max(gap.relief), flags: gap.flags | flags, ..*gap }
            }
            None => *gap,
        }
    }
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
    stands: BTreeMap<(u32, u32), Option<Stand<'a>>>,
    best: Vec<(u32, Who<'a>, Fit<'a>)>,
    fans: Fans<'k>,
}

/// The best technicians, the best first, each with the cheapest way.
pub fn search<'a>(ask: &Ask<'a>, known: &Knowledge<'a>) -> Vec<(Who<'a>, Fit<'a>)> {
    let Ok(here) = known.travel.spot(ask.need.place) else { return Vec::new() };
    let mut search = start(ask, known, here);
    let seeds = search.seeds();
    let mut near = Vec::new();
    for row in seeds.iter().flat_map(|slot| known.index.rows_of(*slot)) {
        search.open_in(row, i64::MAX, &mut near);
    }
    search.weigh_all(near);
    let rest = search.pass(&seeds);
    search.weigh_all(rest);
    search.best.into_iter().map(|(_, who, found)| (who, found)).collect()
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
        fans: Fans::new(known.travel, here),
    }
}

impl<'a> Search<'a, '_> {
    fn eligible(&self, slot: u32) -> bool {
        self.known.index.mask(slot) & self.wanted == self.wanted && !self.excluded.contains(&slot)
    }

    /// The cost of the third best; what cannot be as good is left out.
    fn bar(&self) -> i64 {
        if self.best.len() < TOLD { i64::MAX } else { self.best[TOLD - 1].2.cost.0 }
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

    /// The flat pass over everybody but the seeds. Where no depot holds all parts, only vans that do count.
    fn pass(&self, seeds: &[u32]) -> Vec<Open> {
        let rows = self.known.index.rows();
        let (bar, vans_only) = (self.bar(), self.vans_only());
        let fetching = !self.ask.demand.parts.is_empty();
        let scan = |rows: &[Row]| {
            let mut found = Vec::new();
            for row in rows {
                let slot = row.technician;
                if !self.eligible(slot) || seeds.contains(&slot) || !self.asked_for(row) {
                    continue;
                }
                if !fetching && !self.is_idle(row) {
                    self.glance_in(row, bar, &mut found);
                } else if !vans_only || self.supplied(slot) {
                    self.open_in(row, bar, &mut found);
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
        let (now, gaps) = (self.ask.now.0, self.known.index.gaps(row));
        for (gap, hot) in gaps.iter().zip(self.known.index.hot(row)) {
            if self.bound.glance(*hot) > bar || i64::from(gap.closes) <= now {
                continue;
            }
            let leg = if i64::from(gap.ready) < now { gap.leg_most } else { gap.leg };
            let least = self.bound.by_cells(&Gap { leg, ..*gap });
            if let Some(least) = least.ok().filter(|least| *least <= bar) {
                found.push(Open { least, slot: row.technician, shift: row.shift, at: gap.at });
            }
        }
    }

    fn vans_only(&self) -> bool {
        let parts = &self.ask.demand.parts;
        let holds = |d: &DepotId| self.ask.has(&Location::Depot(d.clone()), parts);
        !parts.is_empty() && !self.ask.board.depots.keys().any(holds)
    }

    fn supplied(&self, slot: u32) -> bool {
        let technician = &self.ask.board.technicians[self.known.index.name(slot)];
        admissible(self.ask, technician).is_ok()
    }

    /// The positions of a shift that may fit and may be as good as the bar.
    fn open_in(&self, row: &Row, bar: i64, found: &mut Vec<Open>) {
        let now = self.ask.now.0;
        if !self.asked_for(row) {
            return;
        }
        let Row { technician: slot, shift, .. } = *row;
        let gaps = self.known.index.gaps(row);
        let first = gaps.partition_point(|g| i64::from(g.closes) <= now);
        let Some(gap) = gaps.get(first) else { return };
        let generous = self.generous(&gaps[first..]);
        let mut take = |at, least: i64| {
            if least <= bar {
                found.push(Open { least, slot, shift, at });
            }
        };
        let mut rest = first;
        if i64::from(gap.ready) <= now && i64::from(row.start) <= now {
            // The technician has nothing to do until the next stop, and may stand elsewhere than planned;
            // so too at the breaks that come before it.
            let breaks = gaps[first + 1..].iter().take_while(|g| g.flags & AFTER_BREAK > 0).count();
            rest += 1 + breaks;
            match self.idle(row, &gaps[first..rest]) {
                Idle::Planned => rest = first,
                Idle::Astray => {
                    gaps[first..].iter().for_each(|g| take(g.at, UNKNOWN));
                    return;
                }
                Idle::Seen { cell, leg, relief } => {
                    for gap in &gaps[first..rest] {
                        let relief = relief.max(gap.relief);
                        // Who stands nearer than planned waits longer.
                        let lost = gap.lost + gap.leg;
                        let bounded =
                            self.bound.by_cells(&generous.of(&Gap { from: cell, leg, lost, relief, ..*gap }));
                        bounded.into_iter().for_each(|least| take(gap.at, least));
                    }
                }
            }
        }
        for gap in &gaps[rest..] {
            let leg = if i64::from(gap.ready) < now { gap.leg_most } else { gap.leg };
            let bounded = self.bound.by_cells(&generous.of(&Gap { leg, ..*gap }));
            bounded.into_iter().for_each(|least| take(gap.at, least));
        }
    }

    /// What a depot stop earlier than the visit may save besides, on a shift's open gaps.
    fn generous(&self, open: &[Gap]) -> Generous {
        if self.ask.demand.parts.is_empty() {
            return Generous(None);
        }
        let relief = open.iter().map(|g| g.relief).max().unwrap_or(0);
        let breaks = open.iter().fold(0, |flags, g| flags | g.flags & BEFORE_BREAK);
        Generous(Some((open.first().map_or(0, |g| g.lost), relief, if breaks > 0 { JUMPY } else { 0 })))
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
            return Idle::Seen { cell: seen.cell, leg, relief };
        }
        // A break is taken where the technician is: what comes after it may be met sooner or later than
        // planned. Without one it can only be later, where the next stop would not be reached in time.
        let late = now + i64::from(leg) > i64::from(last.closes) + i64::from(last.leg);
        if resting || late { Idle::Astray } else { Idle::Seen { cell: seen.cell, leg, relief: 0 } }
    }

    /// Whether the way on was planned from the stop before, and not from where the technician was seen once.
    fn planned_from_there(&self, row: &Row, same: &[Gap]) -> bool {
        let (Some(first), Some(last)) = (same.first(), same.last()) else { return true };
        let index = self.known.index;
        let [from, to] = index.around(row, last);
        if index.around(row, first)[0] != from {
            return false;
        }
        let leg = || Quick(self.known.travel).leg(from, to, Time(last.closes.into()));
        last.flags & HOMEWARD > 0 || leg().is_some_and(|l| l.seconds == last.leg)
    }

    /// Weighs positions, the most promising first, until none left can be as good as the third best.
    fn weigh_all(&mut self, mut open: Vec<Open>) {
        open.sort_unstable();
        for open in open {
            if open.least > self.bar() {
                return;
            }
            let Some(spot) = self.spot(&open) else { continue };
            let unknown = open.least == UNKNOWN;
            if unknown || self.least(&spot).is_some_and(|least| least <= self.bar()) {
                self.weigh(&open);
            }
        }
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

    fn stand(&mut self, slot: u32, shift: u32) -> Option<&Stand<'a>> {
        let who = self.who(slot).0;
        let (ask, quick) = (self.ask, Quick(self.known.travel));
        let make =
            || stand(ask, who.technician, &who.technician.shifts[shift as usize], who.position, &quick).ok();
        self.stands.entry((slot, shift)).or_insert_with(make).as_ref()
    }

    /// The position with its true times and places; `None` where parts or present errands rule it out.
    fn spot(&mut self, open: &Open) -> Option<Spot> {
        let lacking = match self.ask.demand.parts.is_empty() {
            true => false,
            false => !self.who(open.slot).1.as_ref()?.lacking.is_empty(),
        };
        let index = self.known.index;
        let row = index.row(open.slot, open.shift);
        let (gap, end) = (&index.gaps(row)[usize::from(open.at)], Time(row.end.into()));
        let now = self.ask.now.0;
        // After a break that nobody has planned yet, `ready` is only the earliest.
        let planned = gap.flags & AFTER_BREAK == 0 && i64::from(gap.ready) > now && !self.may_differ(row);
        let mut spot = match planned {
            true => as_planned(index.around(row, gap), gap),
            false => self.seen_from_now(open, gap)?,
        };
        if lacking {
            let gaps = index.gaps(row);
            let first = gaps.partition_point(|g| i64::from(g.closes) <= now);
            let own = spot.gap.lost;
            spot.gap = self.generous(&gaps[first..]).of(&spot.gap);
            spot.gap.lost = spot.gap.lost.max(own);
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
        let lost = lost_wait(ready, &stand.base.stops[at..]).0 as u32;
        let lost = lost.max(gap.lost);
        Some(Spot { from, to, gap: Gap { ready: ready_at, leg, lost, relief, ..*gap }, until: (ready, held) })
    }

    /// The bound by exact travel at the hours in question; `None` where it cannot fit. Where the way there
    /// is too long already, the way onward is not asked for.
    fn least(&mut self, spot: &Spot) -> Option<i64> {
        let gap = &spot.gap;
        let ready = Time(self.bound.departs(gap));
        let there = i64::from(self.fans.there(spot.from, ready, spot.until.0)?);
        let onward = self.bound.least(gap.from, gap.to).1;
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
        let Some(stand) = self.stand(open.slot, open.shift).cloned() else { return };
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
