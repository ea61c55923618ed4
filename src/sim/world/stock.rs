//! Parts at the start, and what befalls the region.

use super::{Blow, Maker, World};
use crate::board::event::StockLine;
use crate::board::fleet::Depot;
use crate::board::id::{Location, TechnicianId};
use crate::city::catalog::parts::{Carried, PARTS, Shelf, Trade};
use crate::sim::scenario::Trouble;
use crate::units::Time;
use std::collections::BTreeSet;

impl Maker<'_> {
    pub(super) fn stock(&self, depots: &[Depot]) -> Vec<StockLine> {
        let mut lines = Vec::new();
        let drawn = |n: usize| (format!("t{:04}", n + 1), self.trade(n));
        let crew: Vec<(String, Trade)> = match self.scenario.technician.is_empty() {
            true => (0..self.scenario.fleet.technicians).map(drawn).collect(),
            false => self.scenario.technician.iter().map(|t| (t.id.clone(), Self::real_trade(t))).collect(),
        };
        let technicians = crew.len();
        // what is filled up has to last a day only
        let days = if self.scenario.stock.replenish.is_empty() { self.scenario.days } else { 1 };
        let left = |part: &str| self.scenario.stock.parts.get(part).copied().unwrap_or(1.0);
        for part in &PARTS {
            for (n, depot) in depots.iter().enumerate() {
                let here = match part.shelf {
                    Shelf::All => true,
                    Shelf::Only(one) => one % depots.len() == n,
                    Shelf::Nowhere => false,
                };
                let scale =
                    (technicians as f64 / 40.0).max(1.0) * f64::from(days) * self.scenario.stock.depot;
                let delta = (f64::from(part.depot_count) * scale * left(part.id)).round() as i32;
                if here && delta > 0 {
                    let location = Location::Depot(depot.id.clone());
                    lines.push(StockLine { location, part: part.id.into(), delta });
                }
            }
        }
        for (id, trade) in crew {
            let carries = |c: Carried| match c {
                Carried::All => true,
                Carried::By(by) => by == trade || trade == Trade::Fitter,
                Carried::Nobody => false,
            };
            for part in PARTS.iter().filter(|p| carries(p.carried)) {
                if self.chance.hits(&id, part.id, self.scenario.stock.van_fill * left(part.id)) {
                    let delta = self.chance.between(&id, part.name, 1, 4) as i32 * days as i32;
                    let location = Location::Van(id.as_str().into());
                    lines.push(StockLine { location, part: part.id.into(), delta });
                }
            }
        }
        lines
    }

    pub(super) fn blows(&self, world: &World) -> Vec<(Time, Blow)> {
        let mut blows = Vec::new();
        for (k, trouble) in self.scenario.event.iter().enumerate() {
            match trouble {
                Trouble::Illness { at, share } => {
                    let ill = world
                        .present
                        .iter()
                        .filter(|t| self.chance.hits(t.as_str(), &format!("ill/{k}"), *share));
                    blows.extend(ill.map(|t| (self.at(0, *at), Blow::Ill(t.clone()))));
                }
                Trouble::Recall { at, part } => {
                    blows.push((self.at(0, *at), Blow::Recalled(part.as_str().into())));
                }
                Trouble::Surge { .. }
                | Trouble::Storm { .. }
                | Trouble::Absence { .. }
                | Trouble::PositionsLost { .. } => {}
            }
        }
        for day in 0..self.scenario.days {
            let hours = self.scenario.stock.replenish.iter();
            blows.extend(hours.map(|h| (self.at(day, *h), Blow::Replenished)));
        }
        blows.retain(|b| b.0 >= world.opens);
        blows.sort_by_key(|b| b.0);
        blows
    }

    /// Whose positions are lost, from when until when.
    pub(super) fn lost(&self, world: &World) -> Vec<(Time, Time, BTreeSet<TechnicianId>)> {
        let one = |(k, trouble): (usize, &Trouble)| {
            let Trouble::PositionsLost { from, to, share } = trouble else { return None };
            let silent = |t: &&TechnicianId| self.chance.hits(t.as_str(), &format!("silent/{k}"), *share);
            let who = world.present.iter().filter(silent).cloned().collect();
            Some((self.at(0, *from), self.at(0, *to), who))
        };
        self.scenario.event.iter().enumerate().filter_map(one).collect()
    }
}
