//! Staffing: what coverage a fleet with shifts gives by hour and class, what one more technician, certificate, kit or
//! depot would add to it, and the fewest technicians that reach a target, with a bound below which nobody can.
//!
//! [`field`] is the measure of `super::measure` over the hours of a day, for people who are at work rather than for
//! people as they stand: everybody counts at the place where the shift starts and is busy the same share of the time.
//! [`search`] and [`bound`] are arithmetic over it; [`fleet`] reads a board, [`worth`] asks what if,
//! [`report`] is a plan whole.

pub mod bound;
pub mod field;
pub mod fleet;
pub mod menu;
pub mod report;
pub mod search;
pub mod worth;

pub use bound::{Bound, bound};
pub use field::{Depot, Field, Ground, Unit};
pub use fleet::{Basis, Fleet, Question};
pub use menu::{Menu, Pattern, Profile};
pub use report::{Ask, Plan, plan};
pub use search::{Found, Post, Want, search};
