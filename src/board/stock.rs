//! Parts by location: free and reserved, never negative, conserved.

use super::catalog::PartCount;
use super::delivery::{Awaited, Delivery};
use super::event::StockLine;
use super::id::{DeliveryId, JobId, Location, PartId};
use super::job::Source;
use crate::units::Time;
use crate::units::planted;
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
    /// Recalled, by part.
    written_off: BTreeMap<PartId, i64>,
    /// On their way.
    deliveries: BTreeMap<DeliveryId, Delivery>,
}

/// What lies at one place.
#[derive(Clone, Copy, Debug)]
pub struct Shelf<'a>(Option<&'a BTreeMap<PartId, Level>>);

impl Shelf<'_> {
    /// How many of a part are free there.
    pub fn free(&self, part: &PartId) -> u32 {
        self.0.and_then(|parts| parts.get(part)).map_or(0, |level| level.free)
    }
}

impl Stock {
    /// The level of a part at a place.
    pub fn level(&self, location: &Location, part: &PartId) -> Level {
        self.levels.get(location).and_then(|parts| parts.get(part)).copied().unwrap_or_default()
    }

    /// How many of a part are free at a place.
    pub fn free(&self, location: &Location, part: &PartId) -> u32 {
        self.shelf(location).free(part)
    }

    /// Whether all of `parts` are free at a place.
    pub fn has(&self, location: &Location, parts: &[PartCount]) -> bool {
        let there = self.shelf(location);
        parts.iter().all(|p| there.free(&p.part) >= p.count)
    }

    /// What lies at a place, to ask for part by part.
    pub fn shelf(&self, location: &Location) -> Shelf<'_> {
        Shelf(self.levels.get(location))
    }

    /// Everything at one place, by part.
    pub fn at(&self, location: &Location) -> impl Iterator<Item = (&PartId, Level)> {
        self.levels.get(location).into_iter().flatten().map(|(part, level)| (part, *level))
    }

    /// Everything, by location, then part.
    pub fn iter(&self) -> impl Iterator<Item = (&Location, &PartId, Level)> {
        self.levels.iter().flat_map(|(l, parts)| parts.iter().map(move |(p, level)| (l, p, *level)))
    }

    /// Recalled, by part.
    pub fn written_off(&self) -> &BTreeMap<PartId, i64> {
        &self.written_off
    }

    /// A delivery that is on its way.
    pub fn delivery(&self, id: &DeliveryId) -> Option<&Delivery> {
        self.deliveries.get(id)
    }

    /// All deliveries that are on their way, by id.
    pub fn deliveries(&self) -> &BTreeMap<DeliveryId, Delivery> {
        &self.deliveries
    }

    /// Parts for a place that nobody keeps yet, the soonest first: by delivery, when it arrives and how many.
    pub fn incoming<'a>(
        &'a self,
        to: &Location,
        part: &'a PartId,
    ) -> impl Iterator<Item = (&'a DeliveryId, Time, u32)> + use<'a> {
        let here = self.deliveries.values().filter(|d| d.to == *to).map(|d| (d, d.unkept(part)));
        let mut all: Vec<_> = here.filter(|(_, n)| *n > 0).map(|(d, n)| (&d.id, d.arrives, n)).collect();
        all.sort_by_key(|(id, arrives, _)| (*arrives, *id));
        all.into_iter()
    }

    /// Whether any of a part is for a place and nobody keeps it.
    pub fn expects(&self, to: &Location, part: &PartId) -> bool {
        !self.deliveries.is_empty() && self.incoming(to, part).next().is_some()
    }

    /// What lies at some places alone, and all deliveries.
    pub fn excerpt(&self, of: impl Fn(&Location) -> bool) -> Stock {
        let there = self.levels.iter().filter(|(location, _)| of(location));
        let levels = there.map(|(location, parts)| (location.clone(), parts.clone())).collect();
        Stock { levels, deliveries: self.deliveries.clone(), ..Stock::default() }
    }

    /// What is free at some places alone.
    pub fn free_at<'l>(&self, places: impl Iterator<Item = &'l Location>) -> Stock {
        let mut levels = BTreeMap::new();
        for location in places {
            let free = self.at(location).filter(|(_, level)| level.free > 0);
            let there: BTreeMap<_, _> =
                free.map(|(part, level)| (part.clone(), Level { reserved: 0, ..level })).collect();
            if !there.is_empty() {
                levels.insert(location.clone(), there);
            }
        }
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
            level.free += if planted::is("release-loses") { 0 } else { n };
        });
    }

    /// Uses up free parts at a place.
    pub fn consume(&mut self, location: &Location, used: &PartCount) {
        let times = if planted::is("consume-twice") { 2 } else { 1 };
        self.change(location, &used.part, |level| {
            level.free = level.free.checked_sub(used.count * times).expect("what is used was there");
        });
        *self.consumed.entry(used.part.clone()).or_default() += i64::from(used.count);
    }

    /// Carries free parts from one place to another.
    pub fn carry(&mut self, from: &Location, to: &Location, parts: &PartCount) {
        let n = parts.count;
        let leaves = if planted::is("carry-doubles") { 0 } else { n };
        self.change(from, &parts.part, |level| {
            level.free = level.free.checked_sub(leaves).expect("what is carried was there");
        });
        self.change(to, &parts.part, |level| level.free += n);
    }

    /// Puts a delivery on its way: what comes from a place of the region leaves it.
    pub fn send(&mut self, delivery: &Delivery) {
        for p in delivery.from.iter().flat_map(|_| &delivery.parts) {
            let from = delivery.from.as_ref().expect("it comes from a place");
            self.change(from, &p.part, |level| {
                level.free = level.free.checked_sub(p.count).expect("what is sent was there");
            });
        }
        self.deliveries.insert(delivery.id.clone(), delivery.clone());
    }

    /// Keeps parts of deliveries for a job's visit.
    pub fn keep(&mut self, job: &JobId, awaits: &[Awaited]) {
        for awaited in awaits {
            let delivery = self.deliveries.get_mut(&awaited.delivery).expect("it is on its way");
            let kept = delivery.kept.entry(job.clone()).or_default();
            kept.push(awaited.source.part_count.clone());
            kept.sort();
        }
    }

    /// Gives back what a job's visit kept of deliveries.
    pub fn unkeep(&mut self, job: &JobId, awaits: &[Awaited]) {
        for awaited in awaits {
            let delivery = self.deliveries.get_mut(&awaited.delivery).expect("it is on its way");
            delivery.kept.remove(job);
        }
    }

    /// Books a delivery in: all of it is free where it arrives. What was kept is the caller's to reserve.
    pub fn arrive(&mut self, id: &DeliveryId) -> Delivery {
        let delivery = self.deliveries.remove(id).expect("it is on its way");
        for p in &delivery.parts {
            self.change(&delivery.to, &p.part, |level| level.free += p.count);
            if delivery.from.is_none() {
                *self.received.entry(p.part.clone()).or_default() += i64::from(p.count);
            }
        }
        delivery
    }

    /// Takes a delivery back to where it came from.
    pub fn turn_back(&mut self, id: &DeliveryId) -> Delivery {
        let delivery = self.deliveries.remove(id).expect("it is on its way");
        if let Some(from) = &delivery.from {
            delivery.parts.iter().for_each(|p| self.change(from, &p.part, |level| level.free += p.count));
        }
        delivery
    }

    /// Writes off all of a part that is free or on its way; what is still outside is no longer expected.
    pub fn recall(&mut self, part: &PartId) {
        let mut lost: i64 = 0;
        let places: Vec<Location> = self.levels.keys().cloned().collect();
        for place in &places {
            if self.levels[place].contains_key(part) {
                self.change(place, part, |level| lost += i64::from(std::mem::take(&mut level.free)));
            }
        }
        for delivery in self.deliveries.values_mut() {
            lost += if delivery.from.is_some() { i64::from(delivery.brings(part)) } else { 0 };
            delivery.parts.retain(|p| p.part != *part);
        }
        if lost > 0 {
            *self.written_off.entry(part.clone()).or_default() += lost;
        }
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
