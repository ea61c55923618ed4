//! Which file format, objective and convention a command was given, and what they make of a file.

use crate::instance::vroom::{Plan, Route, Step, Vroom};
use crate::instance::{fields::Fault, plan, sdvrptw, solomon, tech, trsp, vroom};
use crate::solve::{Problem, Weights};
use crate::travel::{Beeline, Model};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Formats of instance files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Solomon's text: one depot, alike vehicles, capacities, time windows
    Solomon,
    /// Site-dependent VRPTW in VRPLIB form: which vehicle may serve which client
    Sdvrptw,
    /// Technician routing with skills, tools and spare parts
    Trsp,
    /// VROOM's JSON input (API 1.15; jobs, no shipments)
    Vroom,
    /// Technician days in JSON: homes, skills, shifts, stock
    Tech,
}

/// What a plan is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Objective {
    /// Least travel (solomon and sdvrptw have this without asking)
    Distance,
    /// Fewest vehicles, then least travel
    Vehicles,
    /// Least time between departures and returns (trsp)
    WorkingTime,
    /// Fewest jobs left out, then least travel (tech)
    Served,
}

/// How a Solomon file's distances are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rounding {
    /// Each distance truncated to one decimal
    Dimacs,
    /// Double precision
    Float,
}

/// The flags `solve` and `check` share.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// The instance file
    pub file: PathBuf,
    /// What kind of file it is [default: told by its ending and content]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// What a plan costs [default: what the format's literature counts]
    #[arg(long, value_enum)]
    pub objective: Option<Objective>,
    /// How distances of a Solomon file are rounded; best known values of the two are never comparable
    #[arg(long, value_enum, default_value = "dimacs")]
    pub convention: Rounding,
    /// CITY.roads or CITY.osm.pbf for a VROOM file with coordinates but no matrices [default: straight lines]
    #[arg(long, value_name = "FILE")]
    pub roads: Option<PathBuf>,
    /// Local time of departure on those roads, HH:MM on a usual working day [default: free flow]
    #[arg(long, value_name = "HH:MM", requires = "roads", value_parser = super::roads::clock)]
    pub at: Option<u32>,
}

/// A file read.
pub enum Instance {
    Solomon(solomon::Solomon),
    Sdvrptw(sdvrptw::Sdvrptw),
    Trsp(trsp::Trsp),
    Vroom(Box<Vroom>),
    Tech(tech::Day),
}

/// A problem ready to be sealed.
pub struct Task {
    pub problem: Problem,
    /// Cost units a unit of cost as it is shown.
    pub unit: f64,
    /// Ticks a unit of time as it is shown.
    pub ticks: f64,
    /// What the reader of the plan should know.
    pub notes: Vec<String>,
}

/// More than any distance: a vehicle less is better than any detour.
const VEHICLE: i64 = 1 << 33;
/// Straight lines are stretched by this many thousandths and driven at this many km/h.
const BEELINE: (u32, u32) = (1300, 30);

impl Input {
    /// Reads and parses the file.
    pub fn read(&self) -> Result<Instance, String> {
        let text = text(&self.file)?;
        let say = |e: Fault| format!("{}: {e}", self.file.display());
        Ok(match self.format.unwrap_or_else(|| guess(&self.file, &text)) {
            Format::Solomon => Instance::Solomon(solomon::read(&text).map_err(say)?),
            Format::Sdvrptw => Instance::Sdvrptw(sdvrptw::read(&text).map_err(say)?),
            Format::Trsp => Instance::Trsp(trsp::read(&text).map_err(say)?),
            Format::Tech => Instance::Tech(tech::read(&text).map_err(say)?),
            Format::Vroom => {
                let mut file = vroom::read(&text).map_err(say)?;
                self.travel(&mut file)?;
                Instance::Vroom(Box::new(file))
            }
        })
    }

    /// Gives a VROOM file without matrices its travel times.
    fn travel(&self, file: &mut Vroom) -> Result<(), String> {
        if !file.needs_travel() {
            return match &self.roads {
                Some(_) => Err(format!("{}: it has matrices, --roads has no say", self.file.display())),
                None => Ok(()),
            };
        }
        let model = match &self.roads {
            Some(roads) => super::roads::model(roads, self.at).map_err(|e| e.to_string())?,
            None => Model::Beeline(Beeline::new(BEELINE.0, BEELINE.1)),
        };
        let hour = super::roads::hour(self.at);
        file.travel_by(&model, hour).map_err(|e| format!("{}: {e}", self.file.display()))
    }

    pub fn rounding(&self) -> solomon::Convention {
        match self.convention {
            Rounding::Dimacs => solomon::Convention::Dimacs,
            Rounding::Float => solomon::Convention::Float,
        }
    }

    /// Refuses an objective that the file leaves no room for.
    pub fn fits(&self, instance: &Instance) -> Result<(), String> {
        match (instance, self.objective) {
            (Instance::Vroom(_), Some(_)) => {
                Err("a VROOM file says itself what counts (costs, priority): leave --objective out"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The dense problem under the objective asked for.
    pub fn task(&self, instance: &Instance) -> Result<Task, String> {
        let plain = |problem, unit: f64| Task { problem, unit, ticks: unit, notes: Vec::new() };
        self.fits(instance)?;
        let mut task = match instance {
            Instance::Solomon(f) => {
                plain(f.problem(self.rounding(), 0), solomon::Solomon::scale(self.rounding()))
            }
            Instance::Sdvrptw(f) => Task { ticks: sdvrptw::SCALE, ..plain(f.problem(), 1.0) },
            Instance::Trsp(f) => plain(f.problem(), trsp::SCALE),
            Instance::Tech(f) => plain(f.problem(), 1.0),
            Instance::Vroom(f) => {
                if self.objective.is_some_and(|o| o != Objective::Served) {
                    return Err(
                        "a VROOM file says itself what counts (costs, priority): no --objective".to_owned()
                    );
                }
                let told = f.problem().map_err(|e| format!("{}: {e}", self.file.display()))?;
                Task { problem: told.problem, unit: told.unit, ticks: told.ticks, notes: told.notes }
            }
        };
        match self.objective {
            None => {}
            Some(Objective::Distance | Objective::Served) => task.problem.weights = Weights::default(),
            Some(Objective::WorkingTime) => {
                task.problem.weights = Weights { travel: 0, working: 1, fairness: 0 };
            }
            Some(Objective::Vehicles) => task.problem.crew.iter_mut().for_each(|t| t.fixed = VEHICLE),
        }
        Ok(task)
    }

    /// Price of a vehicle that the objective put into the cost.
    pub fn vehicle_price(&self) -> i64 {
        if self.objective == Some(Objective::Vehicles) { VEHICLE } else { 0 }
    }
}

fn guess(file: &Path, text: &str) -> Format {
    if file.extension().is_some_and(|e| e == "json") {
        if text.contains("\"vehicles\"") { Format::Vroom } else { Format::Tech }
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

/// A plan as nodes by technician: what a search starts from.
pub fn nodes(file: &Path, instance: &Instance, problem: &Problem) -> Result<Vec<Vec<u32>>, String> {
    let text = text(file)?;
    let say = |e: Fault| format!("{}: {e}", file.display());
    let mut routes = vec![Vec::new(); problem.crew.len()];
    let job = |id: i64| {
        let found = (0..problem.jobs.len()).find(|j| instance.job_id(*j) == id);
        found.map(|j| j as u32).ok_or_else(|| format!("{}: no job {id}", file.display()))
    };
    let depot = || problem.depots.first().map(|d| d.node).ok_or("a depot visit, but the file has no depot");
    let crew = |label: i64| {
        let found = (0..problem.crew.len()).find(|v| instance.crew_id(*v) == label);
        found.ok_or_else(|| format!("{}: no technician or vehicle {label}", file.display()))
    };
    if let Instance::Vroom(_) = instance {
        for Route { vehicle, steps, .. } in Plan::read(&text).map_err(say)?.routes {
            let slot = &mut routes[crew(vehicle)?];
            for step in steps {
                if let Step::Job { id, .. } = step {
                    slot.push(job(id)?);
                }
            }
        }
        return Ok(routes);
    }
    for (k, route) in plan::read(&text).map_err(say)?.iter().enumerate() {
        let v = if matches!(instance, Instance::Solomon(_)) { k } else { crew(route.label)? };
        let slot =
            routes.get_mut(v).ok_or_else(|| format!("{}: more routes than vehicles", file.display()))?;
        for step in &route.steps {
            slot.push(match step {
                plan::Step::Depot => depot()?,
                plan::Step::Job(id) => job(*id)?,
            });
        }
    }
    Ok(routes)
}

impl Instance {
    /// The id the file gives job `j`.
    pub fn job_id(&self, j: usize) -> i64 {
        match self {
            Instance::Solomon(_) | Instance::Sdvrptw(_) => j as i64 + 1,
            Instance::Trsp(f) => i64::from(f.requests[j].id),
            Instance::Vroom(f) => f.jobs[j].id,
            Instance::Tech(f) => f.jobs[j].id,
        }
    }

    /// The id the file gives technician or vehicle `v`.
    pub fn crew_id(&self, v: usize) -> i64 {
        match self {
            Instance::Solomon(_) | Instance::Sdvrptw(_) => v as i64 + 1,
            Instance::Trsp(f) => i64::from(f.crew[v].id),
            Instance::Vroom(f) => f.vehicles[v].id,
            Instance::Tech(f) => f.techs[v].id,
        }
    }

    /// Whether routes are written by technician.
    pub fn by_technician(&self) -> bool {
        matches!(self, Instance::Trsp(_) | Instance::Vroom(_) | Instance::Tech(_))
    }
}
