//! A simulated city day: the shipped core (same commands, same decision, same clocks) on a clock of its own.
//!
//! A [`Scenario`] describes a day; [`world`] draws it from a seed, entity by entity, so that two policies meet
//! the same day; [`Driver`] steps a region and what falls due in it; [`day`] lets technicians live the truth,
//! of which the dispatcher only learns what is reported; [`report`] compares policies on paired days.

pub mod arrivals;
pub mod bound;
mod catalog;
pub mod chart;
pub mod day;
pub mod driver;
pub mod film;
pub mod hindsight;
mod history;
pub mod import;
pub mod matching;
pub mod mishap;
pub mod policy;
pub mod ready;
pub mod replay;
pub mod report;
pub mod scenario;
pub mod staffing;
pub mod tally;
pub mod truth;
pub mod world;

pub use driver::Driver;
pub use policy::Policy;
pub use scenario::Scenario;
