//! Parts by location: free and reserved, never negative, conserved.

use super::catalog::PartCount;
use super::event::StockLine;
use super::id::{Location, PartId};
use super::job::Source;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What lies at one place of one part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// There and free.
    pub free: u32,
    /// There and kept for visits.
    pub reserved: u32,
}

/// All stock of a region. Levels of zero and zero are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    #[serde(with = "rows")]
    levels: BTreeMap<Location, BTreeMap<PartId, Level>>,
}

impl Stock {
    /// The level of a part at a place.
    pub fn level(&self, location: &Location, part: &PartId) -> Level {
        self.levels.get(location).and_then(|parts| parts.get(part)).copied().unwrap_or_default()
    }

    /// How many of a part are free at a place.
    pub fn free(&self, location: &Location, part: &PartId) -> u32 {
        self.level(location, part).free
    }

    /// Whether all of `parts` are free at a place.
    pub fn has(&self, location: &Location, parts: &[PartCount]) -> bool {
        parts.iter().all(|p| self.free(location, &p.part) >= p.count)
    }

    /// Everything at one place, by part.
    pub fn at(&self, location: &Location) -> impl Iterator<Item = (&PartId, Level)> {
        self.levels.get(location).into_iter().flatten().map(|(part, level)| (part, *level))
    }

    /// Everything, by location, then part.
    pub fn iter(&self) -> impl Iterator<Item = (&Location, &PartId, Level)> {
        self.levels.iter().flat_map(|(l, parts)| parts.iter().map(move |(p, level)| (l, p, *level)))
    }

    /// Adds or takes; the command was checked, so free stock never goes below zero.
    pub fn adjust(&mut self, line: &StockLine) {
        self.change(&line.location, &line.part, |level| {
            level.free = level.free.checked_add_signed(line.delta).expect("adjustments are checked");
        });
    }

    /// Keeps parts for a visit.
    pub fn reserve(&mut self, source: &Source) {
        let n = source.part_count.count;
        self.change(&source.location, &source.part_count.part, |level| {
            level.free = level.free.checked_sub(n).expect("reservations are checked");
            level.reserved += n;
        });
    }

    /// Gives reserved parts back.
    pub fn release(&mut self, source: &Source) {
        let n = source.part_count.count;
        self.change(&source.location, &source.part_count.part, |level| {
            level.reserved = level.reserved.checked_sub(n).expect("what is released was reserved");
            level.free += n;
        });
    }

    fn change(&mut self, location: &Location, part: &PartId, f: impl FnOnce(&mut Level)) {
        let parts = self.levels.entry(location.clone()).or_default();
        let level = parts.entry(part.clone()).or_default();
        f(level);
        if *level == Level::default() {
            parts.remove(part);
        }
        if parts.is_empty() {
            self.levels.remove(location);
        }
    }
}

/// Stock is written as rows: map keys that are not strings have no place in JSON.
mod rows {
    use super::{BTreeMap, Level, Location, PartId};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type Levels = BTreeMap<Location, BTreeMap<PartId, Level>>;

    pub fn serialize<S: Serializer>(levels: &Levels, s: S) -> Result<S::Ok, S::Error> {
        levels.iter().collect::<Vec<_>>().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Levels, D::Error> {
        Ok(Vec::<(Location, BTreeMap<PartId, Level>)>::deserialize(d)?.into_iter().collect())
    }
}
