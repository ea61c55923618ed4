//! Plan files: lines `Route #k: 5 3 7` or `Tech <id>: 5 D 3`; anything else is a remark.

use super::fields::Fault;

/// A stop of a written plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Job(i64),
    Depot,
}

/// One written route: its label's number and its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub label: i64,
    pub steps: Vec<Step>,
}

/// Reads a plan's text. Lines that are not routes (remarks, `Cost:`) are passed over; a route line that
/// cannot be read is a fault.
pub fn read(text: &str) -> Result<Vec<Written>, Fault> {
    let mut plan = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(rest) = line.strip_prefix("Route #").or_else(|| line.strip_prefix("Tech ")) else {
            continue;
        };
        let fault =
            || Fault::new(format!("line {}", i + 1), "`Route #k: ids` or `Tech <id>: ids` is expected");
        let (label, ids) = rest.split_once(':').ok_or_else(fault)?;
        let steps = ids
            .split_whitespace()
            .map(|w| if w == "D" { Ok(Step::Depot) } else { w.parse().map(Step::Job).map_err(|_| fault()) })
            .collect::<Result<_, _>>()?;
        plan.push(Written { label: label.trim().parse().map_err(|_| fault())?, steps });
    }
    Ok(plan)
}
