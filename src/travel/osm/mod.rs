//! From an OpenStreetMap extract to the ways a car may drive: tags are judged here and nowhere else.
//!
//! Never computes a travel time and never joins ways into a graph (that is `graph`).

mod limit;
mod node;
mod read;
mod way;

pub use read::{Fault, ReadError};
pub use way::{Drive, judge};

use super::Progress;
use crate::geo::Point;
use std::collections::BTreeMap;
use std::path::Path;

/// OpenStreetMap tags of one object, in any order.
pub type Tags<'a> = [(&'a str, &'a str)];

/// The value of `key`, if the object has it.
fn tag<'a>(tags: &Tags<'a>, key: &str) -> Option<&'a str> {
    tags.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
}

/// What a node does to a car that passes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Nothing with four wheels gets past.
    pub blocked: bool,
    /// A traffic light for cars going along their way, and against it.
    pub signal: [bool; 2],
}

/// One drivable way: its nodes as indices into [`Extract::points`], or [`MISSING`] where the extract was cut.
#[derive(Clone, Debug)]
pub struct Way {
    /// OpenStreetMap id.
    pub id: i64,
    /// Node indices in drawing order.
    pub refs: Vec<u32>,
    /// How it is driven.
    pub drive: Drive,
}

/// A node that the extract names but does not hold.
pub const MISSING: u32 = u32::MAX;

/// A turn restriction at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// OpenStreetMap id of the way the car comes from.
    pub from: i64,
    /// OpenStreetMap id of the node it turns at, or its index once the extract is complete.
    pub via: i64,
    /// OpenStreetMap id of the way it may not (or may only) take.
    pub to: i64,
    /// `only_*`: every other way out is forbidden instead.
    pub only: bool,
}

/// Everything a car needs to know from an extract.
#[derive(Clone, Debug, Default)]
pub struct Extract {
    /// Where each node of a drivable way is.
    pub points: Vec<Point>,
    /// What each node does to a car.
    pub marks: Vec<Mark>,
    /// Drivable ways.
    pub ways: Vec<Way>,
    /// Turn restrictions whose `via` is an index into `points`.
    pub turns: Vec<Turn>,
}

impl Extract {
    /// Reads `path` (`.osm.pbf`) in two passes: ways and relations, then the nodes they use.
    ///
    /// # Errors
    /// When the file cannot be opened or is not an OpenStreetMap PBF; the error names it.
    pub fn read(path: &Path, progress: Progress) -> Result<Extract, ReadError> {
        read::read(path, progress)
    }

    /// Reads the bytes of an `.osm.pbf` file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Extract, Fault> {
        read::from_bytes(bytes)
    }
}

/// An extract put together by hand: for tests, and for networks that do not come as PBF.
#[derive(Debug, Default)]
pub struct Draft {
    nodes: BTreeMap<i64, (Point, Mark)>,
    ways: Vec<(i64, Vec<i64>, Drive)>,
    turns: Vec<Turn>,
}

impl Draft {
    /// A node with its tags.
    pub fn node(&mut self, id: i64, at: Point, tags: &Tags) -> &mut Draft {
        self.nodes.insert(id, (at, node::mark(tags)));
        self
    }

    /// A way with its nodes and tags; ignored where a car may not drive it.
    pub fn way(&mut self, id: i64, refs: &[i64], tags: &Tags) -> &mut Draft {
        if let Some(drive) = judge(tags) {
            self.ways.push((id, refs.to_vec(), drive));
        }
        self
    }

    /// A way whose driving was judged elsewhere.
    pub fn judged(&mut self, id: i64, refs: Vec<i64>, drive: Drive) -> &mut Draft {
        self.ways.push((id, refs, drive));
        self
    }

    /// A turn restriction relation: `restriction` is its kind (`no_left_turn`, `only_straight_on`, ...).
    pub fn turn(&mut self, from: i64, via: i64, to: i64, restriction: &str) -> &mut Draft {
        self.turns.extend(node::turn(from, via, to, restriction));
        self
    }

    /// Numbers the nodes densely, in the order of their ids.
    pub fn finish(self) -> Extract {
        let ids: Vec<i64> = self.nodes.keys().copied().collect();
        let index = |id: &i64| ids.binary_search(id).map_or(MISSING, |at| at as u32);
        let way = |(id, refs, drive): &(i64, Vec<i64>, Drive)| {
            let refs = refs.iter().map(&index).collect();
            Way { id: *id, refs, drive: drive.clone() }
        };
        let known = |t: &Turn| (index(&t.via) != MISSING).then(|| Turn { via: index(&t.via).into(), ..*t });
        Extract {
            ways: self.ways.iter().map(way).collect(),
            turns: self.turns.iter().filter_map(known).collect(),
            points: self.nodes.values().map(|n| n.0).collect(),
            marks: self.nodes.values().map(|n| n.1).collect(),
        }
    }
}
