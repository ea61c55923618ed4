//! What every format's plan must satisfy: known ids, each once, routes that exist and are written once.

use super::{Finding, Violation};
use crate::instance::plan::{Step, Written};
use std::collections::BTreeMap;

/// Notes unknown, repeated and missing ids, and unknown or repeated routes.
pub(super) fn cover(
    plan: &[Written],
    ids: &[i64],
    routes: Option<&[i64]>,
    must: Must,
    finding: &mut Finding,
) {
    let mut seen: BTreeMap<i64, usize> = ids.iter().map(|i| (*i, 0)).collect();
    let mut labels: BTreeMap<i64, usize> = BTreeMap::new();
    for route in plan {
        *labels.entry(route.label).or_default() += 1;
        if routes.is_some_and(|r| !r.contains(&route.label)) {
            finding.violations.push(Violation::NoSuchRoute { route: route.label });
        }
        for step in &route.steps {
            let Step::Job(id) = step else { continue };
            match seen.get_mut(id) {
                Some(count) => *count += 1,
                None => finding.violations.push(Violation::Unknown { route: route.label, id: *id }),
            }
        }
    }
    let repeated =
        labels.iter().filter(|l| *l.1 > 1).map(|l| Violation::RouteTwice { route: *l.0, times: *l.1 });
    finding.violations.extend(repeated);
    for (id, count) in seen {
        match count {
            0 => {
                finding.unassigned += 1;
                if must == Must::All {
                    finding.violations.push(Violation::Missing { id });
                }
            }
            1 => {}
            times => finding.violations.push(Violation::Twice { id, times }),
        }
    }
    finding.routes = plan.iter().filter(|r| !r.steps.is_empty()).count();
}

/// Whether every job has to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Must {
    All,
    Any,
}

/// A stop on the way back through a route: the way to it, its service, and when it may start at the latest.
pub(super) struct Leg {
    pub way: f64,
    pub service: f64,
    pub due: f64,
}

/// Time from the latest departure that still ends at `end`, the last way home being `home`.
pub(super) fn worked(end: f64, home: f64, legs: &[Leg]) -> f64 {
    let back = |leave: f64, leg: &Leg| (leave - leg.service).min(leg.due) - leg.way;
    end - legs.iter().rev().fold(end - home, back)
}

/// What `needed` has that `held` has not.
pub(super) fn lacks(needed: &[u32], held: &[u32]) -> Vec<i64> {
    needed.iter().filter(|x| !held.contains(x)).map(|x| i64::from(*x)).collect()
}
