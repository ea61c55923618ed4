//! Plans for VROOM files: lines `Tech <vehicle id>: job ids`, or VROOM's own output JSON.

use crate::instance::fields::{Fault, Field};
use crate::instance::plan;
use serde_json::Value;

/// A step of a route between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A job, and when the plan says it is reached (seconds).
    Job {
        id: i64,
        told: Option<i64>,
    },
    Break {
        id: i64,
    },
}

/// One vehicle's route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub vehicle: i64,
    pub steps: Vec<Step>,
    /// The plan says where breaks are taken; where it does not, they are put at the best places.
    pub breaks_told: bool,
}

/// A plan of somebody's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub routes: Vec<Route>,
    /// The cost that the plan claims to have.
    pub told_cost: Option<f64>,
}

impl Plan {
    /// Reads either form.
    ///
    /// # Errors
    /// The line or the field that cannot be read.
    pub fn read(text: &str) -> Result<Plan, Fault> {
        if text.trim_start().starts_with('{') { from_json(text) } else { from_lines(text) }
    }
}

fn from_lines(text: &str) -> Result<Plan, Fault> {
    let one = |w: plan::Written| {
        let job = |s: &plan::Step| match s {
            plan::Step::Job(id) => Ok(Step::Job { id: *id, told: None }),
            plan::Step::Depot => Err(Fault::new(format!("Tech {}", w.label), "there are no depots to visit")),
        };
        let steps = w.steps.iter().map(job).collect::<Result<_, _>>()?;
        Ok(Route { vehicle: w.label, steps, breaks_told: false })
    };
    let routes = plan::read(text)?.into_iter().map(one).collect::<Result<_, _>>()?;
    Ok(Plan { routes, told_cost: None })
}

fn from_json(text: &str) -> Result<Plan, Fault> {
    let value: Value = serde_json::from_str(text).map_err(|e| Fault::json(&e))?;
    let Some(routes) = value.get("routes") else {
        return Err(Fault::new("routes", "is expected: the output of a solver, or lines `Tech <id>: ids`"));
    };
    let routes = Field::new("routes", routes).list()?.iter().map(route).collect::<Result<_, _>>()?;
    Ok(Plan { routes, told_cost: value["summary"]["cost"].as_f64() })
}

fn route(f: &Field) -> Result<Route, Fault> {
    let mut steps = Vec::new();
    for step in f.at("steps").list()? {
        let id = || match step.at("id").is_given() || step.at("job").is_given() {
            true => step.at(if step.at("id").is_given() { "id" } else { "job" }).whole(0, i64::MAX, 0),
            false => Err(step.at("id").fault("is expected")),
        };
        let told =
            step.at("arrival").is_given().then(|| step.at("arrival").whole(0, i64::MAX, 0)).transpose()?;
        match step.at("type").text()?.as_deref() {
            Some("job") => steps.push(Step::Job { id: id()?, told }),
            Some("break") => steps.push(Step::Break { id: id()? }),
            Some("start" | "end") => {}
            _ => return Err(step.at("type").fault("start, job, break or end is expected")),
        }
    }
    if !f.at("vehicle").is_given() {
        return Err(f.at("vehicle").fault("is expected"));
    }
    Ok(Route { vehicle: f.at("vehicle").whole(0, i64::MAX, 0)?, steps, breaks_told: true })
}
