//! Travel between one place and others while one question is answered, with the place's own labels at hand.

use super::travel::{Travel, Ways};
use crate::geo::Point;
use crate::travel::{Label, Model, Side, UNREACHABLE};
use crate::units::Time;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};

/// The place asked about, with what leads from and to it by hour.
#[derive(Debug)]
pub struct Fans<'t> {
    travel: &'t Travel,
    here: Point,
    /// By side and hour.
    labels: [[OnceLock<Arc<Label>>; 24]; 2],
    /// What others asked of this place before.
    known: Arc<Ways>,
    /// Locked, for the passes may look at a search from several threads; while weighing nobody else asks.
    new: Mutex<Ways>,
}

impl<'t> Fans<'t> {
    /// Nothing is asked yet.
    pub fn new(travel: &'t Travel, here: Point) -> Fans<'t> {
        let known = match travel.model() {
            Model::Beeline(_) => Arc::default(),
            Model::Roads(_) => travel.ways(here),
        };
        Fans { travel, here, labels: Default::default(), known, new: Mutex::default() }
    }

    /// Remembers what was asked for those who ask about the same place again.
    pub fn keep(&mut self) {
        let new = self.new.get_mut();
        if !new.is_empty() {
            self.travel.keep_ways(self.here, new);
        }
    }

    /// The least seconds to here from `other`, left between two instants, or a little less.
    pub fn there(&self, other: Point, since: Time, until: Time) -> Option<u32> {
        let travel = self.travel;
        travel.least_by_one(since, until, |hour| self.within(other, Side::To, hour))
    }

    /// The least seconds from here to `other`, left between two instants, or a little less.
    pub fn onward(&self, other: Point, since: Time, until: Time) -> Option<u32> {
        let travel = self.travel;
        travel.least_by_one(since, until, |hour| self.within(other, Side::From, hour))
    }

    fn within(&self, other: Point, side: Side, hour: u8) -> Option<u32> {
        let here = self.here;
        let (from, to) = match side {
            Side::From => (here, other),
            Side::To => (other, here),
        };
        if from == to {
            return Some(0);
        }
        if let Model::Beeline(line) = self.travel.model() {
            return Some(line.between(from, to).seconds);
        }
        let key = (other, side as u8, hour);
        let known = self.known.get(&key).copied().or_else(|| self.new.lock().get(&key).copied());
        if let Some(seconds) = known {
            return (seconds != UNREACHABLE).then_some(seconds);
        }
        let seconds = self.ask(other, side, hour)?;
        self.new.lock().insert(key, seconds);
        // what is worth looking at closer is scheduled with these ways next
        self.travel.at_hand(from, to, hour, seconds);
        (seconds != UNREACHABLE).then_some(seconds)
    }

    fn ask(&self, other: Point, side: Side, hour: u8) -> Option<u32> {
        let (travel, here) = (self.travel, self.here);
        let Model::Roads(roads) = travel.model() else { return None };
        let mine = &self.labels[side as usize][usize::from(hour)];
        let mine = match mine.get() {
            Some(mine) => mine,
            None => {
                let made = travel.label(roads, here, side, hour)?;
                mine.get_or_init(|| made)
            }
        };
        let seconds = match side {
            Side::From => roads.between(mine, &*travel.label(roads, other, Side::To, hour)?, hour),
            Side::To => roads.between(&*travel.label(roads, other, Side::From, hour)?, mine, hour),
        };
        Some(seconds.unwrap_or(UNREACHABLE))
    }
}
