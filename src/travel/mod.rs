//! Travel times: a road network weighted by hour of day, or a straight line where there is none.
//!
//! [`Model`] is the one door: snap places to [`Spot`]s, then ask for tables, legs, paths and lower bounds.
//! Everything is synchronous, takes time as an argument, and answers alike on any number of threads.
//! Never reads a clock, never knows a technician or a job.

mod beeline;
mod cells;
mod class;
mod dayparts;
mod file;
mod geometry;
mod graph;
mod hierarchy;
mod leg;
mod network;
pub mod osm;
mod profile;
mod roads;
mod snap;
mod weights;
#[cfg(test)]
mod witness;

pub use beeline::{Beeline, Nearness};
pub use cells::CellTable;
pub use class::{CLASSES, Class};
pub use dayparts::{Dayparts, UnknownZone};
pub use file::{Fault, FileError};
pub use leg::{Leg, Path};
pub use network::{ATTRIBUTION, Network, NoRoads, OpenError};
pub use profile::{Measured, Profile};
pub use roads::{Label, Roads, Side};

use crate::geo::{Cell, Point};
use crate::units::Time;
use std::sync::Arc;

/// Told how far a long task is: its stage, how much is done, and of how much.
pub type Progress<'a> = &'a dyn Fn(&'static str, u64, u64);

/// No way from one place to another, in a list of whole seconds or metres.
pub const UNREACHABLE: u32 = u32::MAX;

/// Places farther than this from any road are not snapped, unless a model is told otherwise.
pub const SNAP_CAP_METRES: u32 = 2_000;

/// A place as a travel model sees it: where it was asked for and where that meets the road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    asked: Point,
    road: Point,
    segment: u32,
    share: u32,
    gap: u32,
}

impl Spot {
    /// The place as asked for.
    pub fn point(&self) -> Point {
        self.asked
    }

    /// Where it meets the road (the place itself in a straight-line model).
    pub fn on_road(&self) -> Point {
        self.road
    }

    /// Whole metres between the two.
    pub fn gap_metres(&self) -> u32 {
        self.gap
    }
}

/// A place that no road comes near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Unreachable {
    /// Metres to the nearest road, if there is any.
    pub nearest_metres: Option<u32>,
    /// How far a place may be from one.
    pub cap_metres: u32,
}

impl Unreachable {
    fn sentence(&self) -> String {
        match self.nearest_metres {
            Some(metres) => {
                format!("the nearest road is {metres} m away, the limit is {} m", self.cap_metres)
            }
            None => "there is no road at all".to_owned(),
        }
    }
}

/// Seconds and metres between places, row-major, [`UNREACHABLE`] where there is no way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Whole seconds.
    pub seconds: Vec<u32>,
    /// Whole metres of the fastest way.
    pub metres: Vec<u32>,
}

/// How long it takes to get around. Cheap to clone: what is large is shared.
#[derive(Clone, Debug)]
pub enum Model {
    /// Straight lines, stretched.
    Beeline(Beeline),
    /// A road network.
    Roads(Roads),
}

impl Model {
    /// The model's name, to be told with every answer that rests on it.
    pub fn name(&self) -> &str {
        match self {
            Model::Beeline(line) => line.name(),
            Model::Roads(roads) => roads.name(),
        }
    }

    /// Where a place meets the road.
    ///
    /// # Errors
    /// [`Unreachable`] when no road is within the model's cap; says how far the nearest is.
    pub fn snap(&self, place: Point) -> Result<Spot, Unreachable> {
        match self {
            Model::Beeline(line) => Ok(line.snap(place)),
            Model::Roads(roads) => roads.snap(place),
        }
    }

    /// Where the nearest road passes, however far it is; straight lines pass everywhere.
    pub fn nearest_road(&self, place: Point) -> Option<Point> {
        match self {
            Model::Beeline(_) => Some(place),
            Model::Roads(roads) => roads.nearest_road(place),
        }
    }

    /// Whole seconds from each of `from` to each of `to` when leaving within `hour` (0..=23, region-local),
    /// row-major into `out`, which is cleared first; [`UNREACHABLE`] where there is no way.
    pub fn seconds(&self, from: &[Spot], to: &[Spot], hour: u8, out: &mut Vec<u32>) {
        match self {
            Model::Beeline(line) => line.seconds(from, to, out),
            Model::Roads(roads) => roads.seconds(from, to, hour, out),
        }
    }

    /// As [`Model::seconds`], with the metres of each way: about three times the work.
    pub fn table(&self, from: &[Spot], to: &[Spot], hour: u8) -> Table {
        match self {
            Model::Beeline(line) => line.table(from, to),
            Model::Roads(roads) => roads.table(from, to, hour),
        }
    }

    /// The way of one pair for a car that leaves within `hour`; `None` where there is none.
    pub fn pair(&self, from: &Spot, to: &Spot, hour: u8) -> Option<Leg> {
        match self {
            Model::Beeline(line) => Some(line.leg(from, to)),
            Model::Roads(roads) => roads.pair_leg(from, to, hour),
        }
    }

    /// As [`Model::pair`], the seconds only: about half the work.
    pub fn pair_seconds(&self, from: &Spot, to: &Spot, hour: u8) -> Option<u32> {
        match self {
            Model::Beeline(line) => Some(line.leg(from, to).seconds),
            Model::Roads(roads) => roads.pair_seconds(from, to, hour),
        }
    }

    /// The first hour that is travelled in like `hour`: what was asked of one holds for the other.
    pub fn like_hour(&self, hour: u8) -> u8 {
        match self {
            Model::Beeline(_) => 0,
            Model::Roads(roads) => roads.metric_of(hour),
        }
    }

    /// How much quicker a way may be within `other` than within `hour`: thousandths of its time that it takes at
    /// least, 1000 where it is no quicker; 0 where nothing is known.
    pub fn quicker(&self, hour: u8, other: u8) -> u16 {
        match self {
            Model::Beeline(_) => 1000,
            Model::Roads(roads) => roads.quicker(hour, other),
        }
    }

    /// The leg of a car that leaves at `depart`: first-in-first-out, so that leaving later never means
    /// arriving earlier. `None` where there is no way.
    pub fn leg(&self, from: &Spot, to: &Spot, depart: Time, parts: &Dayparts) -> Option<Leg> {
        match self {
            Model::Beeline(line) => Some(line.leg(from, to)),
            Model::Roads(roads) => roads.leg(from, to, depart, parts),
        }
    }

    /// As [`Model::leg`], the seconds only: a little less work.
    pub fn leg_seconds(&self, from: &Spot, to: &Spot, depart: Time, parts: &Dayparts) -> Option<u32> {
        match self {
            Model::Beeline(line) => Some(line.leg(from, to).seconds),
            Model::Roads(roads) => roads.leg_seconds(from, to, depart, parts),
        }
    }

    /// As [`Model::leg`], with the line that is driven.
    pub fn path(&self, from: &Spot, to: &Spot, depart: Time, parts: &Dayparts) -> Option<Path> {
        match self {
            Model::Beeline(line) => Some(line.path(from, to)),
            Model::Roads(roads) => roads.path(from, to, depart, parts),
        }
    }

    /// Lower bounds between H3 cells of `resolution`, built once and kept.
    pub fn cells(&self, resolution: u8) -> Arc<CellTable> {
        match self {
            Model::Beeline(line) => line.cells(resolution),
            Model::Roads(roads) => roads.cells(resolution),
        }
    }

    /// The cells that can be got to, ascending, each with the place on a road that is nearest its middle. Coarser
    /// than `resolution` where there would be more than `most`; none for straight lines that end nowhere.
    pub fn middles(&self, resolution: u8, most: usize) -> (u8, Vec<(Cell, Point)>) {
        let at = |resolution: u8| match self {
            Model::Beeline(line) => {
                // coarser than asked for by itself where there would be too many pairs
                let cells = line.cells(resolution);
                (cells.resolution(), cells.cells().iter().map(|c| (*c, c.centre())).collect())
            }
            Model::Roads(roads) => (resolution, roads.network().middles(resolution)),
        };
        let mut coarser = (0..=resolution).rev().map(at);
        coarser.find(|(_, cells): &(u8, Vec<_>)| cells.len() <= most).unwrap_or_default()
    }
}
