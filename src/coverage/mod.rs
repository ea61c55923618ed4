//! Coverage: the odds that somebody qualified, with the kit, is at a call in time, wherever in the region it comes
//! from.
//!
//! [`measure`] is the arithmetic, over numbers of cells, classes and units; planning may use it without a board.
//! [`demand`] says what is called in where and when, learned from the board's counts or given. [`live`] keeps the
//! measure of a board as it stands, unit by unit. [`moves`] says who had better wait elsewhere. [`staffing`] plans with it. Whole numbers throughout: increments end where a rebuild ends.

pub mod classes;
pub mod demand;
pub mod grid;
pub mod live;
pub mod measure;
pub mod moves;
pub mod odds;
pub mod reach;
pub mod staffing;
pub mod standing;
pub mod words;

pub use classes::{Class, Kit};
pub use demand::{Demand, Slot};
pub use grid::{Atlas, Grid};
pub use live::Cover;
pub use measure::{CALL, MOST_CLASSES, Measure, Rates, Standing};
