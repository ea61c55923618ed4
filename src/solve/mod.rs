//! The optimiser: ruin and recreate over technicians' routes, in dense whole numbers.
//!
//! Give it a `Problem`, get a `Plan`. It has not heard of ids, boards, gRPC or clocks: when to stop is a value
//! (`Stop`), chance is a seed, and more threads never change the answer for a given number of rounds.

mod anneal;
mod answer;
mod audit;
mod cache;
mod counts;
mod dense;
mod fleet;
mod inherit;
mod insert;
mod nearby;
mod order;
mod problem;
mod random;
mod reason;
mod recreate;
mod route;
mod ruin;
mod run;
mod search;
mod segment;
mod state;
mod supply;
mod tails;
mod timeline;
mod workers;

pub use anneal::Expected;
pub use answer::{Answer, Reason, Schedule};
pub use audit::{Breach, audit};
pub use dense::{Dense, MUST, Malformed};
pub use inherit::{Inherited, inherit};
pub use problem::*;
pub use run::{Budget, Options, Progress, Stop, solve};
pub use search::Stats;
pub use timeline::{Terms, Visit};
