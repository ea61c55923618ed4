//! The independent judge: feasibility and cost of anybody's plan, from the files alone.
//!
//! It reads the instance structs and the written plan, walks every route with plain arithmetic, and lists
//! every violation with its size. It never uses the search, the dense problem or its cost terms.

mod routes;
mod sdvrptw;
mod solomon;
mod tech;
mod trsp;
pub mod vroom;

pub use sdvrptw::sdvrptw;
pub use solomon::solomon;
pub use tech::tech;
pub use trsp::trsp;

use std::fmt;

/// What can be wrong with a plan. Sizes are in the file's own units.
#[derive(Clone, Debug, PartialEq)]
pub enum Violation {
    Unknown {
        route: i64,
        id: i64,
    },
    Twice {
        id: i64,
        times: usize,
    },
    Missing {
        id: i64,
    },
    Late {
        route: i64,
        id: i64,
        by: f64,
    },
    Return {
        route: i64,
        by: f64,
    },
    Duration {
        route: i64,
        by: f64,
    },
    Load {
        route: i64,
        by: i64,
    },
    Parts {
        route: i64,
        part: usize,
        by: i64,
    },
    /// The tools the technician lacks.
    Tools {
        route: i64,
        id: i64,
        lacks: Vec<i64>,
    },
    /// The skills the technician lacks; none where the file names no skills, only who may.
    Skill {
        route: i64,
        id: i64,
        lacks: Vec<i64>,
    },
    Depots {
        route: i64,
        visits: usize,
    },
    Vehicles {
        by: usize,
    },
    NoSuchRoute {
        route: i64,
    },
    RouteTwice {
        route: i64,
        times: usize,
    },
    Tasks {
        route: i64,
        by: usize,
    },
    Travel {
        route: i64,
        by: f64,
    },
    Distance {
        route: i64,
        by: i64,
    },
    Break {
        route: i64,
        id: i64,
        by: f64,
    },
    BreakCount {
        route: i64,
        id: i64,
        times: usize,
    },
    BreakLoad {
        route: i64,
        id: i64,
        by: i64,
    },
    NoWay {
        route: i64,
        leg: usize,
    },
    /// The plan says that it arrives earlier than it can.
    Told {
        route: i64,
        id: i64,
        by: f64,
    },
    /// The plan says that it costs less than it does.
    ToldCost {
        by: f64,
    },
}

/// A size to the thousandth, without the tail that arithmetic leaves.
fn thousandth(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Violation::Unknown { route, id } => write!(f, "route {route}: no job {id} in the file"),
            Violation::Twice { id, times } => write!(f, "job {id}: served {times} times"),
            Violation::Missing { id } => write!(f, "job {id}: not served"),
            Violation::Late { route, id, by } => {
                write!(f, "route {route}: job {id} late by {}", thousandth(*by))
            }
            Violation::Return { route, by } => write!(f, "route {route}: back late by {}", thousandth(*by)),
            Violation::Duration { route, by } => write!(f, "route {route}: too long by {}", thousandth(*by)),
            Violation::Load { route, by } => write!(f, "route {route}: over capacity by {by}"),
            Violation::Parts { route, part, by } => write!(f, "route {route}: short of part {part} by {by}"),
            Violation::Tools { route, id, lacks } => {
                write!(f, "route {route}: job {id} needs tools {lacks:?}")
            }
            Violation::Skill { route, id, lacks } if lacks.is_empty() => {
                write!(f, "route {route}: not allowed to serve job {id}")
            }
            Violation::Skill { route, id, lacks } => {
                write!(f, "route {route}: not allowed to serve job {id}, which needs skills {lacks:?}")
            }
            Violation::Depots { route, visits } => {
                write!(f, "route {route}: {visits} depot visits, one is allowed")
            }
            Violation::Vehicles { by } => write!(f, "{by} more vehicles than the file has"),
            Violation::NoSuchRoute { route } => write!(f, "route {route}: no such vehicle or technician"),
            Violation::RouteTwice { route, times } => write!(f, "route {route}: written {times} times"),
            Violation::Tasks { route, by } => write!(f, "route {route}: {by} jobs more than it may have"),
            Violation::Travel { route, by } => {
                write!(f, "route {route}: over its longest travel time by {}", thousandth(*by))
            }
            Violation::Distance { route, by } => {
                write!(f, "route {route}: over its longest distance by {by}")
            }
            Violation::Break { route, id, by } => {
                write!(f, "route {route}: break {id} late by {}", thousandth(*by))
            }
            Violation::BreakCount { route, id, times } => {
                write!(f, "route {route}: break {id} taken {times} times, not once")
            }
            Violation::BreakLoad { route, id, by } => {
                write!(f, "route {route}: break {id} with {by} too much on board")
            }
            Violation::NoWay { route, leg } => write!(f, "route {route}: there is no way for its leg {leg}"),
            Violation::Told { route, id, by } => {
                write!(
                    f,
                    "route {route}: job {id} is said to be reached {} earlier than it can be",
                    thousandth(*by)
                )
            }
            Violation::ToldCost { by } => {
                write!(f, "the plan is said to cost {} less than it does", thousandth(*by))
            }
        }
    }
}

/// The judge's finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    pub violations: Vec<Violation>,
    /// What the format counts: distance, travel or working time in the file's own units.
    pub cost: f64,
    /// Distance or travel time alone.
    pub travel: f64,
    /// Time between departure and return, each departure as late as the end allows. None for VROOM files.
    pub working: f64,
    pub unassigned: usize,
    pub routes: usize,
}

impl Finding {
    pub fn is_feasible(&self) -> bool {
        self.violations.is_empty()
    }
}
