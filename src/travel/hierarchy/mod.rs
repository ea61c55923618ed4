//! A customisable contraction hierarchy: ordered once for a network, re-weighted in milliseconds an hour.
//!
//! After Dibbelt, Strasser and Wagner, "Customizable Contraction Hierarchies" (2014): nodes are ranked by
//! nested dissection, the graph is made chordal along that order, and weights flow up lower triangles.
//! Nodes are named by rank throughout. Never knows what a weight stands for, nor a place, nor an hour.

mod contract;
mod cut;
mod label;
mod metric;
mod order;
mod pair;
mod sweep;

pub(super) use contract::Hierarchy;
pub(super) use label::Label;
pub(super) use metric::{Metric, WHOLE, Weight};
pub(super) use order::order;
pub(super) use pair::{nearest, route};
pub(super) use sweep::{Seeds, sweep};

/// No node, no edge.
pub(super) const NONE: u32 = u32::MAX;
