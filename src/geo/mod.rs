//! Where things are: points and their datum, the H3 grid. Pure: no clock, no files, no roads.

pub mod cell;
pub mod point;

pub use cell::Cell;
pub use point::{Datum, Point};
