//! From below: what fetching parts from a depot costs at least, for technicians whose vans lack
//! one of them altogether.
//!
//! A depot stop costs its handling and the policy's price, and the way there: either it comes right before
//! the visit, or on an earlier leg of the same shift. Whoever passes a depot already may fetch for nothing.

use super::ask::Ask;
use super::bound::{Bound, Ends, Reach};
use super::gap::{AFTER_BREAK, Gap};
use super::index::{Index, Row};
use super::travel::Travel;
use super::vans::Bits;
use crate::board::id::{DepotId, Location};
use crate::geo::Point;

/// The depots that may give parts, and whose vans hold some of each, or of any.
#[derive(Debug)]
pub struct Fetch {
    stocked: Bits,
    some: Bits,
    /// Those that may give all of them first, which are so many.
    depots: Vec<Depot>,
    whole: usize,
    travel: i64,
    waiting: i64,
    /// The least that a depot stop costs wherever it lies.
    cheapest: i64,
}

#[derive(Debug)]
struct Depot {
    id: DepotId,
    reach: Reach,
    /// Least seconds from the depot to the visit.
    onward: i64,
    handling: i64,
    price: i64,
}

/// Least seconds by way of a depot.
#[derive(Clone, Copy, Debug)]
pub struct ByWay {
    /// To the depot.
    pub there: i64,
    /// At it.
    pub handling: i64,
    /// From it to the visit.
    pub to_visit: i64,
    /// From it to the next place.
    pub onward: i64,
}

/// A position with the places before and after it.
pub type Placed = (Gap, [Point; 2]);

impl Fetch {
    /// `None` where no parts are asked for.
    pub fn of(ask: &Ask<'_>, index: &Index, travel: &Travel) -> Option<Fetch> {
        let parts = &ask.demand.parts;
        if parts.is_empty() {
            return None;
        }
        let here = Ends { cells: [index.cell(ask.need.place, travel); 2], places: [ask.need.place; 2] };
        let gives = |d: &&crate::board::fleet::Depot| {
            let depot = Location::Depot(d.id.clone());
            parts.iter().any(|p| ask.may_give(&depot, &p.part))
        };
        let known = |d: &crate::board::fleet::Depot| {
            let reach = Reach::of(d.place, index, travel);
            let (_, onward) = reach.least(&here);
            let price = d.pickup.paid() + ask.policy.depot_stop.paid();
            Depot { id: d.id.clone(), reach, onward, handling: d.pickup.0, price: price.0 }
        };
        let parted = |d: &&crate::board::fleet::Depot| {
            ask.board.stock.deliveries().is_empty() && !ask.has(&Location::Depot(d.id.clone()), parts)
        };
        let (parted, whole): (Vec<_>, Vec<_>) = ask.board.depots.values().filter(gives).partition(parted);
        let depots: Vec<Depot> = whole.iter().chain(&parted).map(|d| known(d)).collect();
        let (travel, waiting) =
            (i64::from(ask.policy.travel_permille), i64::from(ask.policy.waiting_permille));
        // A longer detour costs more than it saves in waiting, unless waiting is the dearer.
        let stop = |d: &Depot| d.price - waiting * d.handling;
        let cheapest = depots.iter().map(stop).min().filter(|_| waiting <= travel).unwrap_or(i64::MIN / 4);
        let (stocked, some) = index.stocked(parts);
        Some(Fetch { stocked, some, depots, whole: whole.len(), travel, waiting, cheapest })
    }

    /// Whether a technician may have parts at all: from the van or from some depot.
    pub fn may_supply(&self, slot: u32) -> bool {
        !self.depots_of(slot).is_empty() || self.stocked.has(slot)
    }

    /// The depots that may give what a technician's van lacks: all of it to one whose van holds nothing.
    fn depots_of(&self, slot: u32) -> &[Depot] {
        if self.some.has(slot) { &self.depots } else { &self.depots[..self.whole] }
    }

    /// Whether a technician's van holds none of one of the parts.
    pub fn is_bare(&self, slot: u32) -> bool {
        !self.stocked.has(slot)
    }

    /// The least that a depot stop costs wherever it lies.
    pub fn cheapest(&self) -> i64 {
        self.cheapest
    }

    /// The least that fetching costs a technician in a shift.
    pub fn least(&self, slot: u32, row: &Row) -> i64 {
        if self.is_bare(slot) && !row.depot { self.cheapest } else { 0 }
    }

    /// What a visit of a technician at a position costs at least where parts are fetched right before it, given least
    /// seconds to the visit and from it; `None` where that cannot fit.
    pub fn right_before(&self, bound: &Bound, slot: u32, placed: &Placed, least: (i64, i64)) -> Option<i64> {
        self.depots_of(slot).iter().filter_map(|depot| depot.right_before(bound, placed, least)).min()
    }

    /// What fetching costs at least where it comes on one of `open`, a shift's open positions before that of
    /// the visit, or before the breaks right before the visit, which is `there` seconds from where they were and may wait
    /// `waits` less for it.
    pub fn earlier(
        &self,
        slot: u32,
        open: impl Iterator<Item = Placed> + Clone,
        placed: &Placed,
        (there, waits): (i64, i64),
    ) -> i64 {
        let of = |depot: &Depot| {
            let (mut detour, mut lost) = (depot.past_breaks(placed, there), i64::from(placed.0.lost));
            for placed in open.clone() {
                detour = depot.detour(&placed).min(detour);
                lost = i64::from(placed.0.lost).max(lost);
            }
            self.stop(depot, detour, lost + waits)
        };
        self.depots_of(slot).iter().map(of).min().unwrap_or(0)
    }

    /// The way over a depot from one place to another; `None` where the depot is not known.
    pub fn by_way(&self, depot: &DepotId, ends: &Ends) -> Option<ByWay> {
        let depot = self.depots.iter().find(|d| d.id == *depot)?;
        let (there, onward) = depot.reach.least(ends);
        Some(ByWay { there, handling: depot.handling, to_visit: depot.onward, onward })
    }

    /// The least of [`Fetch::way`] over a technician's depots and all positions; `None` where none can fit.
    pub fn any_way(&self, bound: &Bound, slot: u32, open: &[Placed], from: (i64, (i64, i64))) -> Option<i64> {
        let depots = self.depots_of(slot).iter();
        let ways = depots.flat_map(|depot| (0..open.len()).map(move |stop| (depot, stop)));
        ways.filter_map(|(depot, stop)| self.way_by(bound, depot, open, stop, from)).min()
    }

    /// As [`Fetch::right_before`] and [`Fetch::earlier`] of one depot, before one errand: what the visit at the last of
    /// `open`, a shift's open positions up to it, costs at least where a new stop at the depot comes at the `stop`th of
    /// them. `base` is what it costs at least where nothing has to be fetched. `None` where it cannot fit.
    pub fn way(
        &self,
        bound: &Bound,
        depot: &DepotId,
        open: &[Placed],
        stop: usize,
        from: (i64, (i64, i64)),
    ) -> Option<i64> {
        match self.depots.iter().find(|d| d.id == *depot) {
            Some(depot) => self.way_by(bound, depot, open, stop, from),
            None => Some(from.0),
        }
    }

    fn way_by(
        &self,
        bound: &Bound,
        depot: &Depot,
        open: &[Placed],
        stop: usize,
        (base, least): (i64, (i64, i64)),
    ) -> Option<i64> {
        let (placed, earlier) = open.split_last()?;
        let Some(before) = earlier.get(stop) else { return depot.right_before(bound, placed, least) };
        let breaks = open[stop + 1..].iter().all(|(gap, _)| gap.flags & AFTER_BREAK > 0);
        let past_breaks = if breaks { depot.past_breaks(placed, least.0) } else { i64::MAX / 4 };
        let lost = open.iter().map(|(gap, _)| i64::from(gap.lost)).max().unwrap_or(0);
        let lost = lost + bound.may_wait(&placed.0, least.0);
        Some(base + self.stop(depot, depot.detour(before).min(past_breaks), lost))
    }

    /// What a stop with a detour costs at least. It moves what comes after, which may wait less for that.
    fn stop(&self, depot: &Depot, detour: i64, lost: i64) -> i64 {
        depot.price + self.travel * detour - self.waiting * (depot.handling + detour).min(lost)
    }
}

impl Depot {
    fn right_before(&self, bound: &Bound, (gap, places): &Placed, least: (i64, i64)) -> Option<i64> {
        // Nothing changes before.
        let gap = Gap { since: gap.ready, early: 0, ..*gap };
        let from = self.reach.there(gap.from, places[0]);
        let there = least.0.max(from + self.onward);
        let cost = bound.cost_with(&gap, (there, least.1), self.handling).ok()?;
        Some(cost + self.price)
    }

    /// A break is taken where the technician is: the depot's way on leads to the visit.
    fn past_breaks(&self, (gap, places): &Placed, there: i64) -> i64 {
        match gap.flags & AFTER_BREAK {
            0 => i64::MAX / 4,
            _ => (self.reach.there(gap.from, places[0]) + self.onward - there).max(0),
        }
    }

    /// The least detour by way of it at a position.
    fn detour(&self, (gap, places): &Placed) -> i64 {
        let (from, to) = self.reach.least(&Ends { cells: [gap.from, gap.to], places: *places });
        (from + to - i64::from(gap.leg)).max(0)
    }
}
