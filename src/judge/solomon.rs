//! Judges a plan of a Solomon file.

use super::routes::{Leg, Must, cover, worked};
use super::{Finding, Violation};
use crate::instance::plan::{Step, Written};
use crate::instance::solomon::{Convention, Customer, Solomon};

/// Judges `plan` under `convention`; cost is the total distance.
pub fn solomon(file: &Solomon, plan: &[Written], convention: Convention) -> Finding {
    let mut finding = Finding::default();
    let ids: Vec<i64> = (1..file.customers.len() as i64).collect();
    cover(plan, &ids, None, Must::All, &mut finding);
    if finding.routes > file.vehicles {
        finding.violations.push(Violation::Vehicles { by: finding.routes - file.vehicles });
    }
    // whole tenths under dimacs, so that sums are exact
    let unit = if convention == Convention::Dimacs { 10.0 } else { 1.0 };
    let apart = |a: &Customer, b: &Customer| {
        let d = ((a.x - b.x).powi(2) + (a.y - b.y).powi(2)).sqrt();
        if convention == Convention::Dimacs { (d * 10.0).floor() } else { d }
    };
    let slack = if convention == Convention::Dimacs { 0.0 } else { 1e-6 };
    let depot = &file.customers[0];
    let mut total = 0.0;
    for route in plan.iter().filter(|r| !r.steps.is_empty()) {
        let (mut at, mut now, mut load, mut legs) = (depot, depot.ready * unit, 0i64, Vec::new());
        for step in &route.steps {
            let Step::Job(id) = step else { continue };
            let Some(c) = usize::try_from(*id).ok().filter(|i| *i > 0).and_then(|i| file.customers.get(i))
            else {
                continue;
            };
            total += apart(at, c);
            legs.push(Leg { way: apart(at, c), service: c.service * unit, due: c.due * unit });
            now = (now + apart(at, c)).max(c.ready * unit);
            if now > c.due * unit + slack {
                let by = (now - c.due * unit) / unit;
                finding.violations.push(Violation::Late { route: route.label, id: *id, by });
            }
            now += c.service * unit;
            load += i64::from(c.demand);
            at = c;
        }
        total += apart(at, depot);
        now += apart(at, depot);
        finding.working += worked(now, apart(at, depot), &legs) / unit;
        if now > depot.due * unit + slack {
            finding
                .violations
                .push(Violation::Return { route: route.label, by: (now - depot.due * unit) / unit });
        }
        if load > i64::from(file.capacity) {
            finding
                .violations
                .push(Violation::Load { route: route.label, by: load - i64::from(file.capacity) });
        }
    }
    (finding.cost, finding.travel) = (total / unit, total / unit);
    finding
}
