//! What may win, the most promising first: looked at closer until none left can be as good as the third best.

use super::{Open, Search, UNKNOWN};
use crate::plan::parts::{Pickup, pickups, way};
use crate::plan::scan::{Fit, fit, keep};
use crate::plan::travel::Quick;
use crate::plan::weigh::weigh;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a closer look at a position tells.
enum Look<'a> {
    /// That it costs more than was thought, if not more than the bar.
    Closer(Open),
    /// The cheapest way there.
    Fits(Fit<'a>),
    /// That it does not fit, or not as cheaply as the bar.
    Nothing,
}

impl<'a> Search<'a, '_> {
    /// Weighs positions, the most promising first, until none left can be as good as the third best.
    pub(super) fn weigh_all(&mut self, open: Vec<Open>) {
        let mut queue: BinaryHeap<Reverse<Open>> = open.into_iter().map(Reverse).collect();
        while let Some(Reverse(open)) = queue.pop().filter(|open| open.0.least <= self.bar()) {
            let open = Open { exact: open.exact || !open.astray && self.is_close(&open), ..open };
            if self.ranked.is_some() && open.exact && !open.astray {
                self.rank(open);
                continue;
            }
            match self.look(&open) {
                Look::Closer(open) => queue.push(Reverse(open)),
                Look::Fits(found) => self.keep(open.slot, found),
                Look::Nothing => {}
            }
        }
    }

    /// What a technician costs whatever the route, where more than the insertion is asked for.
    fn own(&self, slot: u32) -> i64 {
        if self.ranked.is_some() { 0 } else { self.person(slot).own }
    }

    /// Looks at a position one step closer: by what its technician costs, by exact travel, by the true forward pass. One
    /// that may stand anywhere first by least travel from the shift as it stands now.
    fn look(&self, open: &Open) -> Look<'a> {
        let closer = |open: Option<Open>| open.map_or(Look::Nothing, Look::Closer);
        if open.astray {
            if open.exact {
                return self.weigh(open);
            }
            let exact = open.least != UNKNOWN;
            let least = self.astray(open, exact).map(|least| least + self.own(open.slot));
            return closer(least.map(|least| Open { least: least.max(open.least), exact, ..*open }));
        }
        if open.exact {
            return self.weigh(open);
        }
        let own = self.own(open.slot);
        if open.least + own > self.bar() {
            return Look::Nothing;
        }
        let exactly = || {
            let bare = self.least(&self.spot(open)?)?;
            let least = self.fetched(&Open { bare, ..*open })? + own;
            Some(Open { least: least.max(open.least), exact: true, bare, ..*open })
        };
        closer(exactly())
    }

    /// The cheapest way at a position by the true forward pass.
    fn weigh(&self, open: &Open) -> Look<'a> {
        let person = self.person(open.slot);
        let (Some(supply), Some(standing)) = (&person.supply, self.stand(open.slot, open.shift)) else {
            return Look::Nothing;
        };
        let stand = &standing.stand;
        let at = usize::from(open.at);
        if at < stand.sheet.frozen.len() {
            return Look::Nothing;
        }
        let mut all: Vec<(i64, Pickup<'_>)> = Vec::new();
        let open = &Open { bare: self.bare(open), ..*open };
        let before = self.before(open);
        for pickup in pickups(stand, supply, at) {
            let least = self.fetched_from(open, before.as_ref(), pickup);
            all.extend(least.map(|least| (least + person.own, pickup)));
        }
        all.sort_by_key(|(least, _)| *least);
        let mut best: Option<Fit<'a>> = None;
        for (least, pickup) in all {
            let bar = best.as_ref().map_or(self.bar(), |best| self.bar().min(best.cost.0));
            if least > bar {
                break;
            }
            // who lacks nothing was held against the same times before
            if pickup.1.is_some() && !self.may_fit(standing, at, pickup) {
                continue;
            }
            let way = way(self.ask, stand, supply, at, pickup);
            let weighed = weigh(self.ask, stand, &way, &person.who.own, &Quick(self.known.travel));
            if let Ok(weighed) = weighed {
                keep(&mut best, fit(stand, way, weighed));
            }
        }
        best.map_or(Look::Nothing, Look::Fits)
    }
}
