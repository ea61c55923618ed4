//! VROOM's JSON input (its API documentation, version 1.15), its dense problem, and plans in its output form.
//!
//! The file is read whole: the judge knows every rule of it but shipments. `problem` refuses by field path
//! what the optimiser cannot plan (see there); a plan that another solver made for such a file can be judged.

mod plan;
mod problem;
mod read;
mod travel;

pub use plan::{Plan, Route, Step};
pub use problem::Translated;
pub use read::read;
pub use travel::NO_WAY;

use std::collections::BTreeMap;

/// A place: its row in the matrices, and what the file said of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub index: usize,
    /// Longitude and latitude in degrees.
    pub coordinates: Option<[f64; 2]>,
    /// `location_index` as given.
    pub given: Option<i64>,
}

/// A task in one place. Times are seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: i64,
    pub description: Option<String>,
    pub place: Place,
    pub setup: i64,
    pub service: i64,
    pub setup_per_type: BTreeMap<String, i64>,
    pub service_per_type: BTreeMap<String, i64>,
    pub delivery: Vec<i64>,
    pub pickup: Vec<i64>,
    pub skills: Vec<i64>,
    pub priority: i64,
    /// When service may start, both ends inclusive, ascending, disjoint. Empty: whenever.
    pub windows: Vec<[i64; 2]>,
}

/// A break of a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    pub id: i64,
    pub description: Option<String>,
    pub service: i64,
    /// When it may start. Empty: whenever.
    pub windows: Vec<[i64; 2]>,
    /// The most on board while it is taken, by dimension.
    pub max_load: Option<Vec<i64>>,
    /// Its place in the file's array.
    pub nth: usize,
}

/// What a vehicle costs. VROOM's own units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    pub fixed: i64,
    pub per_hour: i64,
    pub per_task_hour: i64,
    pub per_km: i64,
}

/// A vehicle with its day.
#[derive(Clone, Debug, PartialEq)]
pub struct Vehicle {
    pub id: i64,
    pub description: Option<String>,
    pub profile: String,
    pub start: Option<Place>,
    pub end: Option<Place>,
    pub capacity: Vec<i64>,
    pub costs: Costs,
    pub skills: Vec<i64>,
    pub kind: Option<String>,
    pub window: Option<[i64; 2]>,
    /// In the order in which they have to be taken: by first start, then by last end.
    pub breaks: Vec<Pause>,
    /// Hundredths of a second it takes for a second of the matrix: 100 / `speed_factor`, rounded.
    pub pace: i64,
    pub max_tasks: Option<i64>,
    pub max_travel_time: Option<i64>,
    pub max_distance: Option<i64>,
    /// Jobs of `steps`, in order: where a search may start.
    pub steps: Vec<i64>,
}

/// Travel between all places under one profile, row by row: seconds, metres, cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    pub size: usize,
    pub durations: Vec<u32>,
    pub distances: Option<Vec<u32>>,
    pub costs: Option<Vec<u32>>,
}

/// The file as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Vroom {
    pub jobs: Vec<Job>,
    pub vehicles: Vec<Vehicle>,
    /// By profile; empty where travel has to come from a model (see [`Vroom::needs_travel`]).
    pub matrices: BTreeMap<String, Matrix>,
    /// Dimensions of the amounts.
    pub dimensions: usize,
    /// What the travel times are, to be told with every answer.
    pub travel: String,
    /// Keys nobody knows: passed over as VROOM does, but told.
    pub unknown: Vec<String>,
}

impl Vroom {
    /// Setup and service seconds of a job for a vehicle, setup as charged on coming from elsewhere.
    pub fn task_seconds(&self, job: &Job, vehicle: &Vehicle) -> [i64; 2] {
        let by = |map: &BTreeMap<String, i64>, or| {
            vehicle.kind.as_ref().and_then(|k| map.get(k)).copied().unwrap_or(or)
        };
        [by(&job.setup_per_type, job.setup), by(&job.service_per_type, job.service)]
    }

    /// Whether a vehicle has every skill of a job.
    pub fn is_able(&self, vehicle: &Vehicle, job: &Job) -> bool {
        job.skills.iter().all(|s| vehicle.skills.contains(s))
    }
}
