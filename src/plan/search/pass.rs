//! The passes: positions that may win by least travel, out of everybody's.

use super::near::Near;
use super::{Open, Search, UNKNOWN};
use crate::board::Legs;
use crate::geo::Point;
use crate::plan::bands::Member;
use crate::plan::bound::Ends;
use crate::plan::fetch::{Fetch, Placed};
use crate::plan::gap::{ADRIFT, AFTER_BREAK, AFTER_DEPOT, BEFORE_BREAK, Gap, HOMEWARD, JUMPY};
use crate::plan::index::Row;
use crate::plan::position::FRESH;
use crate::plan::push::Push;
use crate::plan::travel::Quick;
use crate::units::Time;
use rayon::prelude::*;
use std::ops::Range;

/// Shifts from which the pass over shifts is worth a second thread.
const SHIFTS_FOR_THREADS: usize = 8_192;
/// Positions that are weighed before others are looked for.
const AT_ONCE: usize = 64;

/// Where an idle technician is taken to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Idle {
    /// Where the plan says.
    Planned,
    /// Seen there; the next leg takes so long at most, and leaving it out may save so much overtime.
    Seen { place: Point, cell: u16, leg: u32, relief: u32 },
    /// Seen where the plan may not be met any more: no bound holds.
    Astray,
}

/// What a depot stop on an earlier open leg may save besides: waiting, relief, and a flag to go with them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Generous {
    lost: u32,
    relief: u32,
    flags: u16,
}

impl Generous {
    pub(super) fn of(self, gap: &Gap) -> Gap {
        let (lost, relief) = (self.lost.max(gap.lost), self.relief.max(gap.relief));
        Gap { lost, relief, flags: gap.flags | self.flags, ..*gap }
    }

    /// The depot stop may come at this gap too.
    pub(super) fn past(&mut self, gap: &Gap) {
        self.lost = self.lost.max(gap.lost);
        self.relief = self.relief.max(gap.relief);
        self.flags |= if gap.flags & BEFORE_BREAK > 0 { JUMPY } else { 0 };
    }
}

fn position(slot: u32, shift: u32, at: u16, least: i64) -> Open {
    Open { least, exact: false, slot, shift, at, astray: false, bare: UNKNOWN }
}

impl Search<'_, '_> {
    /// Where parts may have to be fetched, or travel is by straight lines: shift by shift.
    pub(super) fn pass_by_shift(&self, seeds: &[u32], range: Range<usize>) -> Vec<Open> {
        let (rows, held) = self.known.index.rows();
        let (rows, held) = (&rows[range.clone()], &held[range]);
        let bar = self.bar();
        let near = Near::of(&self.bound, bar);
        let wanted = self.wanted;
        let scan = |(rows, held): (&[Row], &[u128])| {
            let mut found = Vec::new();
            for (row, _) in rows.iter().zip(held).filter(|(_, held)| **held & wanted == wanted) {
                let slot = row.technician;
                let may = || match &self.fetch {
                    Some(fetch) if !fetch.may_supply(slot) => false,
                    _ if !self.is_planned(row) => true,
                    Some(fetch) => near.may_fetch(row, fetch.least(slot, row)),
                    None => near.may(row),
                };
                if self.may_pass(row, seeds) && may() {
                    self.open_in(row, bar, &mut found);
                }
            }
            found
        };
        if rows.len() < SHIFTS_FOR_THREADS {
            return scan((rows, held));
        }
        let chunk = SHIFTS_FOR_THREADS / 4;
        rows.par_chunks(chunk).zip(held.par_chunks(chunk)).flat_map_iter(scan).collect()
    }

    /// On roads, where nothing has to be fetched: who may stand elsewhere than planned, the numbers of their rows, in
    /// order, and their positions.
    pub(super) fn pass_over_idle(&self, seeds: &[u32]) -> (Vec<u32>, Vec<Open>) {
        let (mut elsewhere, mut found) = (Vec::new(), Vec::new());
        for (number, row) in self.known.index.lulls(self.ask.now, self.wanted) {
            if self.may_pass(row, seeds) && !self.is_planned(row) {
                elsewhere.push(number);
                self.open_in(row, self.bar(), &mut found);
            }
        }
        (elsewhere, found)
    }

    /// On roads, where nothing has to be fetched: all others, by the hour in which gaps begin and by the tile that they
    /// come from, the nearest first. Gaps of one tile are ruled out together, then each by sixteen bytes.
    pub(super) fn pass_over_bands(&mut self, seeds: &[u32], elsewhere: &[u32]) {
        let index = self.known.index;
        let there = index.by_cell(self.ask.need.place, self.known.travel).map(|(there, _)| there);
        let tiles = index.bands().nearest_first(there);
        for band in index.bands().within(self.asked) {
            if self.bound.glance(band.all(), (0, 0)) > self.bar() {
                continue;
            }
            let mut found = Vec::new();
            for (there, tile) in &tiles {
                let Some((all, members)) = band.from(*tile) else { continue };
                if self.bound.glance(all, (i64::from(*there), 0)) > self.bar() {
                    continue;
                }
                self.pass_over(members, (seeds, elsewhere), &mut found);
                // what these come to rules out most of the rest
                if found.len() >= AT_ONCE {
                    self.weigh_all(std::mem::take(&mut found));
                }
            }
            self.weigh_all(found);
        }
    }

    fn pass_over(&self, members: &[Member], (seeds, elsewhere): (&[u32], &[u32]), found: &mut Vec<Open>) {
        let (bound, index, now, bar) = (&self.bound, self.known.index, self.ask.now, self.bar());
        let (rows, held) = index.rows();
        for Member { hot, row: number, n } in members {
            let least = bound.by_cell(*hot);
            if least.is_some_and(|least| bound.is_far(*hot, least, bar) || bound.glance(*hot, least) > bar)
                || held[*number as usize] & self.wanted != self.wanted
            {
                continue;
            }
            let row = &rows[*number as usize];
            let (gap, places) = (&index.gaps(row)[usize::from(*n)], &index.around(row)[usize::from(*n)]);
            if i64::from(gap.closes) <= now.0 {
                continue;
            }
            let planned = Gap { leg: gap.leg_from(now), ..*gap };
            let least = bound.by_least(&planned, places).ok().filter(|least| *least <= bar);
            let passed = || !self.may_pass(row, seeds) || elsewhere.binary_search(number).is_ok();
            if let Some(least) = least.filter(|_| !passed()) {
                found.push(position(row.technician, row.shift, gap.at, least));
            }
        }
    }

    /// Whether a shift is looked at at all.
    fn may_pass(&self, row: &Row, seeds: &[u32]) -> bool {
        !self.is_barred(row.technician) && self.asked_for(row) && !seeds.contains(&row.technician)
    }

    /// Whether a shift goes as planned.
    fn is_planned(&self, row: &Row) -> bool {
        i64::from(row.start) > self.ask.now.0 || matches!(self.standing(row).1, Idle::Planned)
    }

    /// Whether a technician has nothing to do now.
    pub(super) fn is_idle(&self, row: &Row) -> bool {
        self.first_open(row).1
    }

    /// The first open position of a shift, and whether its technician has nothing to do before it now.
    fn first_open(&self, row: &Row) -> (usize, bool) {
        let now = self.ask.now.0;
        let gaps = self.known.index.gaps(row);
        let first = gaps.iter().position(|g| i64::from(g.closes) > now).unwrap_or(gaps.len());
        let idle = |g: &Gap| i64::from(g.ready) <= now && i64::from(row.start) <= now;
        (first, gaps.get(first).is_some_and(idle))
    }

    /// Before which gaps a technician has nothing to do now, and where they are taken to be: the open
    /// positions up to the next place, breaks between included.
    pub(super) fn standing(&self, row: &Row) -> (Range<usize>, Idle) {
        let gaps = self.known.index.gaps(row);
        let (first, idle) = self.first_open(row);
        if !idle {
            return (first..first, Idle::Planned);
        }
        // They may stand elsewhere than planned; so too at the breaks that come before the next stop.
        let breaks = gaps[first + 1..].iter().take_while(|g| g.flags & AFTER_BREAK > 0).count();
        let same = first..first + 1 + breaks;
        let idle = self.idle(row, &gaps[same.clone()]);
        (same, idle)
    }

    /// Whether a shift lies in the time asked for.
    fn asked_for(&self, row: &Row) -> bool {
        i64::from(row.end) > self.asked.start.0 && i64::from(row.start) < self.asked.end.0
    }

    /// The positions of a shift that may fit and may be as good as the bar.
    pub(super) fn open_in(&self, row: &Row, bar: i64, found: &mut Vec<Open>) {
        if !self.asked_for(row) {
            return;
        }
        let Row { technician: slot, shift, .. } = *row;
        let gaps = self.known.index.gaps(row);
        let (same, idle) = self.standing(row);
        if matches!(idle, Idle::Astray) {
            let astray = |g: &Gap| Open { astray: true, ..position(slot, shift, g.at, UNKNOWN) };
            found.extend(gaps[same.start..].iter().map(astray));
            return;
        }
        let mut open = |gap: &Gap, least: i64| {
            if least <= bar {
                found.push(position(slot, shift, gap.at, least));
            }
        };
        let all = (same.start..gaps.len()).map(|n| self.placed(row, n, &same, idle));
        if let Some(fetch) = &self.fetch {
            return self.with_parts(fetch, slot, all, bar, open);
        }
        // One who has nothing to do is at the same place before and after each break.
        let mut last: Option<(Ends, (i64, i64))> = None;
        for (gap, places) in all {
            let ends = Ends { cells: [gap.from, gap.to], places };
            let least = last.filter(|had| had.0 == ends).map_or_else(|| self.bound.least(&ends), |had| had.1);
            last = Some((ends, least));
            self.bound.cost(&gap, least).into_iter().for_each(|cost| open(&gap, cost));
        }
    }

    /// A position of a shift as it is to be taken, by where its technician is, who has nothing to do before `same`.
    pub(super) fn placed(&self, row: &Row, n: usize, same: &Range<usize>, idle: Idle) -> Placed {
        let (gap, around) = (self.known.index.gaps(row)[n], self.known.index.around(row)[n]);
        let seen = matches!(idle, Idle::Seen { .. });
        match idle {
            // Who stands nearer than planned waits longer, who stands farther less.
            Idle::Seen { place, cell, leg, relief } if n < same.end => {
                let (lost, relief) = (gap.lost + gap.leg, relief.max(gap.relief));
                let spare = gap.spare.saturating_sub(leg.saturating_sub(gap.leg));
                let push = Push::default();
                (Gap { from: cell, leg, lost, spare, relief, push, ..gap }, [place, around[1]])
            }
            Idle::Planned | Idle::Seen { .. } | Idle::Astray => {
                let leg = gap.leg_from(self.ask.now);
                // Later stops may be due otherwise than planned once the technician stands elsewhere.
                let (push, adrift) = if seen { (Push::default(), ADRIFT) } else { (gap.push, 0) };
                (Gap { leg, push, flags: gap.flags | adrift, ..gap }, around)
            }
        }
    }

    /// The open positions of a shift where parts may have to be fetched.
    fn with_parts(
        &self,
        fetch: &Fetch,
        slot: u32,
        all: impl Iterator<Item = Placed> + Clone,
        bar: i64,
        mut open: impl FnMut(&Gap, i64),
    ) {
        let mut bare = fetch.is_bare(slot);
        let mut generous = Generous::default();
        for (n, placed) in all.clone().enumerate() {
            let (gap, places) = placed;
            // Whoever passes a depot already may fetch for nothing.
            bare &= gap.flags & AFTER_DEPOT == 0;
            let least = self.bound.least(&Ends { cells: [gap.from, gap.to], places });
            let here = self.bound.cost(&generous.of(&gap), least).ok();
            generous.past(&gap);
            let cheapest = if bare { fetch.cheapest() } else { 0 };
            let Some(here) = here.filter(|cost| cost + cheapest <= bar) else { continue };
            let cost = if bare {
                let there = (least.0, self.bound.may_wait(&gap, least.0));
                let earlier =
                    (n > 0).then(|| here + fetch.earlier(slot, all.clone().take(n), &placed, there));
                let before = fetch.right_before(&self.bound, slot, &placed, least);
                earlier.into_iter().chain(before).min()
            } else {
                Some(here)
            };
            cost.into_iter().for_each(|cost| open(&gap, cost));
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
}
