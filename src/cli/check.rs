//! `callout check`: anybody's plan, judged from the files alone.

use super::Error;
use super::files::{Input, Instance, text};
use crate::instance::{fields::Fault, plan, vroom};
use crate::judge;
use clap::Args;
use serde_json::json;

/// Judge a plan: exit 0 feasible, 1 violations, 2 unreadable.
#[derive(Clone, Debug, Args)]
pub struct Check {
    #[command(flatten)]
    input: Input,
    /// The plan file.
    plan: std::path::PathBuf,
}

impl Check {
    /// Prints the finding; infeasible is an answer of no.
    ///
    /// # Errors
    /// [`Error::No`] with the number of violations, [`Error::Unusable`] where a file cannot be read.
    pub fn run(&self, as_json: bool) -> Result<(), Error> {
        let finding = self.judge().map_err(Error::Unusable)?;
        let cost = (finding.cost * 1000.0).round() / 1000.0;
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
        match finding.is_feasible() {
            true => Ok(()),
            false => Err(Error::No(format!("{} violations", violations.len()))),
        }
    }

    fn judge(&self) -> Result<judge::Finding, String> {
        let instance = self.input.read()?;
        let text = text(&self.plan)?;
        let say = |e: Fault| format!("{}: {e}", self.plan.display());
        if let Instance::Vroom(f) = &instance {
            return Ok(judge::vroom::vroom(f, &vroom::Plan::read(&text).map_err(say)?));
        }
        let plan = plan::read(&text).map_err(say)?;
        Ok(match &instance {
            Instance::Solomon(f) => judge::solomon(f, &plan, self.input.rounding()),
            Instance::Sdvrptw(f) => judge::sdvrptw(f, &plan),
            Instance::Trsp(f) => judge::trsp(f, &plan),
            Instance::Tech(f) => judge::tech(f, &plan),
            Instance::Vroom(_) => unreachable!("judged above"),
        })
    }
}
