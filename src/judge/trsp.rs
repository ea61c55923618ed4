//! Judges a plan of a technician routing file with tools and parts: `Tech <id>: ids`, `D` a depot visit.

use super::routes::{Leg, Must, cover, lacks, worked};
use super::{Finding, Violation};
use crate::instance::plan::{Step, Written};
use crate::instance::trsp::{Line, Trsp};

/// Judges `plan`; cost is the sum of working times, each departure chosen to make it least.
pub fn trsp(file: &Trsp, plan: &[Written]) -> Finding {
    let mut finding = Finding::default();
    let ids: Vec<i64> = file.requests.iter().map(|r| i64::from(r.id)).collect();
    let crew: Vec<i64> = file.crew.iter().map(|t| i64::from(t.id)).collect();
    cover(plan, &ids, Some(&crew), Must::All, &mut finding);
    for route in plan.iter().filter(|r| !r.steps.is_empty()) {
        let Some(t) = file.crew.iter().find(|t| i64::from(t.id) == route.label) else { continue };
        let stops: Vec<&Line> = route
            .steps
            .iter()
            .filter_map(|s| match s {
                Step::Depot => Some(&file.depot),
                Step::Job(id) => file.requests.iter().find(|r| i64::from(r.id) == *id),
            })
            .collect();
        supplies(file, route.label, t, &stops, &mut finding);
        day(route.label, t, &stops, &mut finding);
    }
    finding.cost = finding.working;
    finding
}

fn supplies(file: &Trsp, label: i64, t: &Line, stops: &[&Line], finding: &mut Finding) {
    let visits = stops.iter().filter(|s| s.id == file.depot.id).count();
    if visits > 1 {
        finding.violations.push(Violation::Depots { route: label, visits });
    }
    let mut stock: Vec<i64> = t.parts.iter().map(|q| i64::from(*q)).collect();
    stock.resize(file.parts, 0);
    let mut been = false;
    for s in stops {
        been |= s.id == file.depot.id;
        let id = i64::from(s.id);
        let skills = lacks(&s.skills, &t.skills);
        if !skills.is_empty() {
            finding.violations.push(Violation::Skill { route: label, id, lacks: skills });
        }
        let tools = lacks(&s.tools, &t.tools);
        if !been && !tools.is_empty() {
            finding.violations.push(Violation::Tools { route: label, id, lacks: tools });
        }
        if !been {
            s.parts.iter().enumerate().for_each(|(p, q)| stock[p] -= i64::from(*q));
        }
    }
    for (part, left) in stock.iter().enumerate().filter(|(_, left)| **left < 0) {
        finding.violations.push(Violation::Parts { route: label, part, by: -left });
    }
}

/// Walks forward as early as possible, then back from the end as late as possible.
fn day(label: i64, t: &Line, stops: &[&Line], finding: &mut Finding) {
    let (mut now, mut at, mut legs) = (t.open, t, Vec::new());
    for s in stops {
        let way = at.distance(s);
        finding.travel += way;
        now = (now + way).max(s.open);
        if now > s.close + 1e-6 {
            finding.violations.push(Violation::Late { route: label, id: i64::from(s.id), by: now - s.close });
        }
        now += s.service;
        legs.push(Leg { way, service: s.service, due: s.close });
        at = s;
    }
    let (home, end) = (at.distance(t), now + at.distance(t));
    finding.travel += home;
    if end > t.close + 1e-6 {
        finding.violations.push(Violation::Return { route: label, by: end - t.close });
    }
    finding.working += worked(end, home, &legs);
}
