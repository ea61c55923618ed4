//! Travel between one place and others while one question is answered: each way costs half of asking anew.

use super::travel::{Travel, Ways};
use crate::geo::Point;
use crate::travel::{Fan, Model, Side, Spot, UNREACHABLE};
use crate::units::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The place asked about, with its half of every search by hour and side.
#[derive(Debug)]
pub struct Fans<'t> {
    travel: &'t Travel,
    here: Spot,
    fans: BTreeMap<(u8, u8), Fan>,
    /// What others asked of this place before.
    known: Arc<Ways>,
    new: Ways,
}

impl<'t> Fans<'t> {
    /// Nothing is asked yet.
    pub fn new(travel: &'t Travel, here: Spot) -> Fans<'t> {
        let known = match travel.model() {
            Model::Beeline(_) => Arc::default(),
            Model::Roads(_) => travel.ways(here.point()),
        };
        Fans { travel, here, fans: BTreeMap::new(), known, new: Ways::default() }
    }

    /// Remembers what was asked for those who ask about the same place again.
    pub fn keep(&mut self) {
        if !self.new.is_empty() {
            self.travel.keep_ways(self.here.point(), &self.new);
        }
    }

    /// The least seconds to here from `other`, left between two instants.
    pub fn there(&mut self, other: Point, since: Time, until: Time) -> Option<u32> {
        let travel = self.travel;
        travel.least(since, until, |hour| self.within(other, Side::To, hour))
    }

    /// The least seconds from here to `other`, left between two instants.
    pub fn onward(&mut self, other: Point, since: Time, until: Time) -> Option<u32> {
        let travel = self.travel;
        travel.least(since, until, |hour| self.within(other, Side::From, hour))
    }

    fn within(&mut self, other: Point, side: Side, hour: u8) -> Option<u32> {
        let here = self.here.point();
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
        if let Some(seconds) = self.known.get(&key).or_else(|| self.new.get(&key)) {
            return (*seconds != UNREACHABLE).then_some(*seconds);
        }
        let seconds = self.travel.known(from, to, hour).or_else(|| {
            let seconds = self.ask(other, side, hour)?;
            self.travel.note(from, to, hour, seconds);
            Some(seconds)
        })?;
        self.new.insert(key, seconds);
        (seconds != UNREACHABLE).then_some(seconds)
    }

    fn ask(&mut self, other: Point, side: Side, hour: u8) -> Option<u32> {
        let other = self.travel.spot(other).ok()?;
        let Model::Roads(roads) = self.travel.model() else { return None };
        let here = &self.here;
        let fan = self.fans.entry((side as u8, hour)).or_insert_with(|| roads.fan(here, side, hour));
        Some(fan.seconds(&other).unwrap_or(UNREACHABLE))
    }
}
