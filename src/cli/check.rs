//! `callout check`: anybody's plan, judged from the files alone.

use super::files::{Input, Instance, text};
use crate::instance::plan;
use crate::judge;
use clap::Args;

/// Judge a plan: exit 0 feasible, 1 violations, 2 unreadable.
#[derive(Clone, Debug, Args)]
pub struct Check {
    #[command(flatten)]
    input: Input,
    /// The plan file.
    plan: std::path::PathBuf,
}

impl Check {
    /// Prints the finding. True when feasible.
    pub fn run(&self) -> Result<bool, String> {
        let instance = self.input.read()?;
        let plan = plan::read(&text(&self.plan)?).map_err(|e| format!("{}: {e}", self.plan.display()))?;
        let finding = match &instance {
            Instance::Solomon(f) => judge::solomon(f, &plan, self.input.rounding()),
            Instance::Sdvrptw(f) => judge::sdvrptw(f, &plan),
            Instance::Trsp(f) => judge::trsp(f, &plan),
            Instance::Tech(f) => judge::tech(f, &plan),
        };
        finding.violations.iter().for_each(|v| println!("{v}"));
        println!("# cost {}", (finding.cost * 1000.0).round() / 1000.0);
        println!("# vehicles {}", finding.routes);
        println!("# unassigned {}", finding.unassigned);
        println!("# violations {}", finding.violations.len());
        Ok(finding.is_feasible())
    }
}
