//! Travel between one place and others while one question is answered: each way costs half of asking anew.

use super::travel::Travel;
use crate::geo::Point;
use crate::travel::{Fan, Model, Side, Spot, UNREACHABLE};
use crate::units::Time;
use std::collections::BTreeMap;

/// The place asked about, with its half of every search by hour and side.
#[derive(Debug)]
pub struct Fans<'t> {
    travel: &'t Travel,
    here: Spot,
    fans: BTreeMap<(u8, u8), Fan>,
}

impl<'t> Fans<'t> {
    /// Nothing is asked yet.
    pub fn new(travel: &'t Travel, here: Spot) -> Fans<'t> {
        Fans { travel, here, fans: BTreeMap::new() }
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
        let seconds = self.travel.known(from, to, hour).or_else(|| {
            let seconds = self.ask(other, side, hour)?;
            self.travel.note(from, to, hour, seconds);
            Some(seconds)
        })?;
        (seconds != UNREACHABLE).then_some(seconds)
    }

    fn ask(&mut self, other: Point, side: Side, hour: u8) -> Option<u32> {
        let other = self.travel.spot(other).ok()?;
        let here = &self.here;
        let seconds = match self.travel.model() {
            Model::Beeline(line) => Some(match side {
                Side::From => line.leg(here, &other).seconds,
                Side::To => line.leg(&other, here).seconds,
            }),
            Model::Roads(roads) => {
                let fan = self.fans.entry((side as u8, hour)).or_insert_with(|| roads.fan(here, side, hour));
                fan.seconds(&other)
            }
        };
        Some(seconds.unwrap_or(UNREACHABLE))
    }
}
