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
    /// Ever added less ever taken out by adjustment, by part.
    received: BTreeMap<PartId, i64>,
    /// Used up in visits, by part.
    consumed: BTreeMap<PartId, i64>,
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

    /// What lies at some places alone.
    pub fn excerpt(&self, of: impl Fn(&Location) -> bool) -> Stock {
        let there = self.levels.iter().filter(|(location, _)| of(location));
        let levels = there.map(|(location, parts)| (location.clone(), parts.clone())).collect();
        Stock { levels, ..Stock::default() }
    }

    /// Ever added less ever taken out by adjustment: lies somewhere or was consumed.
    pub fn received(&self) -> &BTreeMap<PartId, i64> {
        &self.received
    }

    /// Used up in visits.
    pub fn consumed(&self) -> &BTreeMap<PartId, i64> {
        &self.consumed
    }

    /// Adds or takes; the command was checked, so free stock never goes below zero.
    pub fn adjust(&mut self, line: &StockLine) {
        self.change(&line.location, &line.part, |level| {
            level.free = level.free.checked_add_signed(line.delta).expect("adjustments are checked");
        });
        *self.received.entry(line.part.clone()).or_default() += i64::from(line.delta);
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

    /// Uses up free parts at a place.
    pub fn consume(&mut self, location: &Location, used: &PartCount) {
        self.change(location, &used.part, |level| {
            level.free = level.free.checked_sub(used.count).expect("what is used was there");
        });
        *self.consumed.entry(used.part.clone()).or_default() += i64::from(used.count);
    }

    /// Carries free parts from one place to another.
    pub fn carry(&mut self, from: &Location, to: &Location, parts: &PartCount) {
        let n = parts.count;
        self.change(from, &parts.part, |level| {
            level.free = level.free.checked_sub(n).expect("what is carried was there");
        });
        self.change(to, &parts.part, |level| level.free += n);
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
