//! The bridge between the board and everything derived from it: who should go, in what order, and why.
//!
//! [`Desk`] is the door: it holds a board, keeps what is derived from it, and lets nothing happen that the
//! board has not verified. This room reads no clock, starts no runtime, and never changes the board by itself.

mod ask;
mod bands;
mod booking;
mod bound;
mod choose;
mod cover;
mod desk;
mod digest;
mod divert;
mod estimate;
mod eta;
mod explain;
mod fans;
mod fetch;
mod forecast;
mod frame;
mod gap;
pub mod improve;
mod index;
mod lulls;
mod manual;
mod moves;
mod own;
mod parts;
mod place;
mod position;
mod push;
mod remedy;
mod scan;
mod search;
mod settle;
mod slots;
mod soonest;
mod stand;
mod tiles;
mod touched;
mod travel;
mod unfit;
mod vans;
mod weigh;
mod whole;

pub use desk::Desk;
pub use estimate::Estimate;
pub use eta::Arrival;
pub use forecast::Forecast;
pub use manual::{Breach, ByHand, Evaluation, LockPrice, Soft, Wish};
pub use place::Snap;
pub use position::{FRESH, Position, Reported};
pub use search::Insertion;
pub use slots::{Mark, Slot, SlotSearch, SlotWish, Slots, Withheld};
pub use travel::{Quick, Travel};
