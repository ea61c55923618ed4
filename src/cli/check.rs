//! `callout check`: anybody's plan, judged from the files alone.

use super::Error;
use super::files::{Input, Instance, Objective, text};
use crate::instance::{fields::Fault, plan, vroom};
use crate::judge;
use clap::Args;
use serde_json::json;
use std::path::Path;

/// Judge anybody's plan for an instance file
#[derive(Clone, Debug, Args)]
#[command(after_help = HELP)]
pub struct Check {
    #[command(flatten)]
    input: Input,
    /// The plan file
    plan: std::path::PathBuf,
}

const HELP: &str = "\
The plan: lines `Route #3: 5 3 7` or `Tech 12: 5 D 7` as `callout solve` prints them (other lines are passed
over, so a whole output or a .sol file will do); for a VROOM file also VROOM's output JSON. Give the format,
objective and convention that the plan was made under.

It is judged from the files alone, by code that the search has no part in: every job at most once, windows,
shifts, capacities, skills, parts and tools, breaks. Every violation is a line with its size in the file's
own unit:
  route 3: job 17 late by 4.2
  route 12: short of part 2 by 1
then `# cost`, `# vehicles`, `# unassigned` and `# violations`. Jobs may be left out in tech and vroom only.

Exit codes: 0 the plan holds; 1 it does not; 2 a file cannot be read.

Example:
  callout solve R101.txt --time 2 > plan.txt && callout check R101.txt plan.txt";

impl Check {
    /// Prints the finding; infeasible is an answer of no.
    ///
    /// # Errors
    /// [`Error::No`] with the number of violations, [`Error::Unusable`] where a file cannot be read.
    pub fn run(&self, as_json: bool) -> Result<(), Error> {
        let finding = self.judge().map_err(Error::Unusable)?;
        let cost = match self.input.objective {
            None => finding.cost,
            Some(Objective::WorkingTime) => finding.working,
            Some(Objective::Distance | Objective::Vehicles | Objective::Served) => finding.travel,
        };
        let cost = (cost * 1000.0).round() / 1000.0;
        let violations: Vec<String> = finding.violations.iter().map(ToString::to_string).collect();
        if as_json {
            let (vehicles, unassigned) = (finding.routes, finding.unassigned);
            println!(
                "{}",
                json!({ "feasible": finding.is_feasible(), "cost": cost, "vehicles": vehicles,
                    "unassigned": unassigned, "violations": violations })
            );
        } else {
            violations.iter().for_each(|v| println!("{v}"));
            println!("# cost {cost}");
            println!("# vehicles {}", finding.routes);
            println!("# unassigned {}", finding.unassigned);
            println!("# violations {}", violations.len());
        }
        match violations.len() {
            0 => Ok(()),
            1 => Err(Error::No("1 violation".to_owned())),
            n => Err(Error::No(format!("{n} violations"))),
        }
    }

    fn judge(&self) -> Result<judge::Finding, String> {
        let instance = self.input.read()?;
        self.input.fits(&instance)?;
        finding(&self.input, &instance, &self.plan)
    }
}

/// What the judge says of a plan file.
pub fn finding(input: &Input, instance: &Instance, file: &Path) -> Result<judge::Finding, String> {
    let text = text(file)?;
    let say = |e: Fault| format!("{}: {e}", file.display());
    let lines = || plan::read(&text).map_err(say);
    Ok(match instance {
        Instance::Solomon(f) => judge::solomon(f, &lines()?, input.rounding()),
        Instance::Sdvrptw(f) => judge::sdvrptw(f, &lines()?),
        Instance::Trsp(f) => judge::trsp(f, &lines()?),
        Instance::Tech(f) => judge::tech(f, &lines()?),
        Instance::Vroom(f) => judge::vroom::vroom(f, &vroom::Plan::read(&text).map_err(say)?),
    })
}
