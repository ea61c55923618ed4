//! Depots and stock: what is taken was there, and free.

use super::catalog::{part_there, unknown};
use super::none_wrong;
use crate::board::Board;
use crate::board::event::{Event, StockLine};
use crate::board::fleet::Depot;
use crate::board::id::{Location, PartId};
use crate::board::refusal::{Noun, Refusal, Violation};
use std::collections::BTreeMap;

/// The most of one part that a place may hold.
const MOST: i64 = 1_000_000;

impl Board {
    pub(super) fn add_depot(&self, depot: &Depot) -> Result<Vec<Event>, Refusal> {
        if self.depots.contains_key(&depot.id) {
            return Err(Refusal::AlreadyExists { noun: Noun::Depot, id: depot.id.to_string() });
        }
        Ok(vec![Event::DepotSet(depot.clone())])
    }

    pub(super) fn adjust_stock(&self, lines: &[StockLine], reason: &str) -> Result<Vec<Event>, Refusal> {
        let wrong = lines.iter().enumerate().flat_map(|(i, l)| self.nowhere(&format!("adjustments[{i}]"), l));
        none_wrong(wrong.collect())?;
        let mut net: BTreeMap<(&Location, &PartId), i64> = BTreeMap::new();
        for (i, line) in lines.iter().enumerate() {
            // Line by line: applying in order must never pass below zero on the way.
            let delta = net.entry((&line.location, &line.part)).or_default();
            *delta += i64::from(line.delta);
            self.stays_in_bounds(line, *delta, i)?;
        }
        Ok(vec![Event::StockAdjusted { lines: lines.to_vec(), reason: reason.into() }])
    }

    fn nowhere(&self, at: &str, line: &StockLine) -> Vec<Violation> {
        let field = format!("{at}.location");
        let place = match &line.location {
            Location::Van(t) if !self.technicians.contains_key(t) => {
                Some(unknown(&field, Noun::Technician, t.as_str()))
            }
            Location::Depot(d) if !self.depots.contains_key(d) => {
                Some(unknown(&field, Noun::Depot, d.as_str()))
            }
            Location::Van(_) | Location::Depot(_) => None,
        };
        let part = part_there(&self.catalog, &format!("{at}.part"), &line.part);
        place.into_iter().chain(part).collect()
    }

    fn stays_in_bounds(&self, line: &StockLine, net: i64, i: usize) -> Result<(), Refusal> {
        let free = self.stock.free(&line.location, &line.part);
        let after = i64::from(free) + net;
        if after < 0 {
            return Err(Refusal::InsufficientStock {
                location: line.location.to_string(),
                part: line.part.to_string(),
                free,
                wanted: u32::try_from(-net).unwrap_or(u32::MAX),
            });
        }
        if after > MOST {
            let description = format!("a place holds at most {MOST} of a part");
            return Err(Refusal::Invalid(vec![Violation {
                field: format!("adjustments[{i}].delta"),
                description,
            }]));
        }
        Ok(())
    }
}
