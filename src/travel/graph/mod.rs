//! From drivable ways to a graph: junctions, segments between them, arcs that honour turn restrictions,
//! and the part of it from which everywhere can be reached and left.
//!
//! Never reads a file or a tag; never orders or contracts anything (that is `hierarchy`).

mod chain;
mod component;
mod edge;
mod junction;
mod turn;

pub(super) use chain::chains;
pub(super) use component::strongest;
pub(super) use junction::charge;
pub(super) use turn::arcs;

use super::class::Class;
use crate::geo::Point;

/// A travel time that does not exist: the direction is closed.
pub(super) const CLOSED: u32 = u32::MAX;

/// A road between two junctions with nothing to decide on the way.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Junctions it joins, in drawing order.
    pub ends: [u32; 2],
    /// What kind of road it is.
    pub class: Class,
    /// Hundredths of a second at free flow, along and against; [`CLOSED`] where not allowed.
    pub travel: [u32; 2],
    /// Hundredths of a second lost at the junction it leads to, along and against.
    pub delay: [u32; 2],
    /// Hundredths of a second it takes to turn into it, along and against.
    pub entry: [u32; 2],
    /// Length in decimetres.
    pub decimetres: u32,
    /// The line, both ends included.
    pub line: Vec<Point>,
    /// Way ids at the first end (`[along, against]`) and at the last.
    pub ways: [[i64; 2]; 2],
}

/// One way of passing from node to node: a direction of a segment, `segment * 2 + (0 along, 1 against)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arc {
    /// Which direction of which segment it drives.
    pub lane: u32,
    /// Node it leaves.
    pub tail: u32,
    /// Node it reaches.
    pub head: u32,
}
