//! Which file format, objective and convention a command was given, and what they make of a file.

use crate::instance::{sdvrptw, solomon, tech, trsp};
use crate::solve::{Problem, Weights};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Formats of instance files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Solomon,
    Sdvrptw,
    Trsp,
    Tech,
}

/// What a plan is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Objective {
    Distance,
    Vehicles,
    WorkingTime,
    Served,
}

/// How a Solomon file's distances are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rounding {
    Dimacs,
    Float,
}

/// The flags `solve` and `check` share.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// The instance file.
    pub file: PathBuf,
    /// Told by the file's ending and content where not given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The format's own where not given.
    #[arg(long, value_enum)]
    pub objective: Option<Objective>,
    /// For Solomon files.
    #[arg(long, value_enum, default_value = "dimacs")]
    pub convention: Rounding,
}

/// A file read.
pub enum Instance {
    Solomon(solomon::Solomon),
    Sdvrptw(sdvrptw::Sdvrptw),
    Trsp(trsp::Trsp),
    Tech(tech::Day),
}

/// More than any distance: a vehicle less is better than any detour.
const VEHICLE: i64 = 1 << 33;

impl Input {
    /// Reads and parses the file.
    pub fn read(&self) -> Result<Instance, String> {
        let text = text(&self.file)?;
        let say = |e: crate::instance::fields::Fault| format!("{}: {e}", self.file.display());
        Ok(match self.format.unwrap_or_else(|| guess(&self.file, &text)) {
            Format::Solomon => Instance::Solomon(solomon::read(&text).map_err(say)?),
            Format::Sdvrptw => Instance::Sdvrptw(sdvrptw::read(&text).map_err(say)?),
            Format::Trsp => Instance::Trsp(trsp::read(&text).map_err(say)?),
            Format::Tech => Instance::Tech(tech::read(&text).map_err(say)?),
        })
    }

    pub fn rounding(&self) -> solomon::Convention {
        match self.convention {
            Rounding::Dimacs => solomon::Convention::Dimacs,
            Rounding::Float => solomon::Convention::Float,
        }
    }

    /// The dense problem under the objective asked for.
    pub fn problem(&self, instance: &Instance) -> Problem {
        let mut problem = match instance {
            Instance::Solomon(f) => f.problem(self.rounding(), 0),
            Instance::Sdvrptw(f) => f.problem(),
            Instance::Trsp(f) => f.problem(),
            Instance::Tech(f) => f.problem(),
        };
        match self.objective {
            None => {}
            Some(Objective::Distance | Objective::Served) => problem.weights = Weights::default(),
            Some(Objective::WorkingTime) => problem.weights = Weights { travel: 0, working: 1, fairness: 0 },
            Some(Objective::Vehicles) => problem.crew.iter_mut().for_each(|t| t.fixed = VEHICLE),
        }
        problem
    }

    /// Price of a vehicle that the objective put into the cost.
    pub fn vehicle_price(&self) -> i64 {
        if self.objective == Some(Objective::Vehicles) { VEHICLE } else { 0 }
    }
}

fn guess(file: &Path, text: &str) -> Format {
    if file.extension().is_some_and(|e| e == "json") {
        Format::Tech
    } else if text.contains("VEHICLES_ALLOWED_CLIENTS_SECTION") {
        Format::Sdvrptw
    } else if text.contains("SPARE PARTS") {
        Format::Trsp
    } else {
        Format::Solomon
    }
}

/// A file's text.
pub fn text(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
}

impl Instance {
    /// Ticks a unit of the file, as the cost is shown.
    pub fn scale(&self, rounding: solomon::Convention) -> f64 {
        match self {
            Instance::Solomon(_) => solomon::Solomon::scale(rounding),
            Instance::Trsp(_) => trsp::SCALE,
            Instance::Sdvrptw(_) | Instance::Tech(_) => 1.0,
        }
    }

    /// The id the file gives job `j`.
    pub fn job_id(&self, j: usize) -> i64 {
        match self {
            Instance::Solomon(_) | Instance::Sdvrptw(_) => j as i64 + 1,
            Instance::Trsp(f) => i64::from(f.requests[j].id),
            Instance::Tech(f) => f.jobs[j].id,
        }
    }

    /// The id the file gives technician or vehicle `v`.
    pub fn crew_id(&self, v: usize) -> i64 {
        match self {
            Instance::Solomon(_) | Instance::Sdvrptw(_) => v as i64 + 1,
            Instance::Trsp(f) => i64::from(f.crew[v].id),
            Instance::Tech(f) => f.techs[v].id,
        }
    }

    /// Whether routes are written by technician.
    pub fn by_technician(&self) -> bool {
        matches!(self, Instance::Trsp(_) | Instance::Tech(_))
    }
}
