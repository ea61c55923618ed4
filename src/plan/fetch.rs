//! From below: what fetching parts from a depot costs at least, for technicians whose vans hold none of them.
//!
//! A depot stop costs its handling and the policy's price, and the way there: either it comes right before
//! the visit, or on an earlier leg of the same shift. Whoever passes a depot already may fetch for nothing.

use super::ask::Ask;
use super::bound::{Ends, Reach};
use super::gap::{AFTER_DEPOT, Gap};
use super::index::Index;
use super::travel::Travel;
use super::vans::Bits;
use crate::geo::Point;

/// The depots that may give parts, and whose vans hold some.
#[derive(Debug)]
pub struct Fetch {
    stocked: Bits,
    depots: Vec<Depot>,
    travel: i64,
    waiting: i64,
}

#[derive(Debug)]
struct Depot {
    reach: Reach,
    /// Least seconds from the depot to the visit.
    onward: i64,
    handling: i64,
    price: i64,
}

/// One technician's open positions, taken in order.
#[derive(Debug)]
pub struct Trip<'f> {
    fetch: &'f Fetch,
    /// For each depot, the least detour on a leg that was passed.
    passed: Vec<i64>,
    free: bool,
}

impl Fetch {
    /// `None` where no parts are asked for.
    pub fn of(ask: &Ask<'_>, index: &Index, travel: &Travel) -> Option<Fetch> {
        let parts = &ask.demand.parts;
        if parts.is_empty() {
            return None;
        }
        let here = Ends { cells: [index.cell(ask.need.place, travel); 2], places: [ask.need.place; 2] };
        let gives = |d: &&crate::board::fleet::Depot| {
            let depot = crate::board::id::Location::Depot(d.id.clone());
            parts.iter().any(|p| ask.free(&depot, &p.part) > 0)
        };
        let known = |d: &crate::board::fleet::Depot| {
            let reach = Reach::of(d.place, index, travel);
            let (_, onward) = reach.least(&here);
            let price = d.pickup.paid() + ask.policy.depot_stop.paid();
            Depot { reach, onward, handling: d.pickup.0, price: price.0 }
        };
        Some(Fetch {
            stocked: index.stocked(parts),
            depots: ask.board.depots.values().filter(gives).map(known).collect(),
            travel: ask.policy.travel_permille.into(),
            waiting: ask.policy.waiting_permille.into(),
        })
    }

    /// Whether a technician may have parts at all: from the van or from some depot.
    pub fn may_supply(&self, slot: u32) -> bool {
        !self.depots.is_empty() || self.stocked.has(slot)
    }

    /// Before the first open position of a technician.
    pub fn trip(&self, slot: u32) -> Trip<'_> {
        let free = self.stocked.has(slot);
        let depots = if free { 0 } else { self.depots.len() };
        Trip { fetch: self, passed: vec![i64::MAX / 4; depots], free }
    }
}

impl Trip<'_> {
    /// What fetching costs at least where the visit comes at this position, `there` being the least seconds
    /// of the way to it.
    pub fn at(&mut self, gap: &Gap, places: &[Point; 2], there: i64) -> i64 {
        self.free |= gap.flags & AFTER_DEPOT > 0;
        if self.free {
            return 0;
        }
        let Fetch { travel, waiting, .. } = *self.fetch;
        let ends = Ends { cells: [gap.from, gap.to], places: *places };
        let mut least = i64::MAX / 4;
        for (depot, passed) in self.fetch.depots.iter().zip(&mut self.passed) {
            let (from, to) = depot.reach.least(&ends);
            let detour = (from + depot.onward - there).min(*passed).max(0);
            // The stop moves what comes after, which may wait less for that.
            let saved = (depot.handling + detour).min(i64::from(gap.lost));
            least = least.min(depot.price + travel * detour - waiting * saved);
            *passed = (from + to - i64::from(gap.leg)).min(*passed);
        }
        least
    }
}
