//! Judges a plan of a site-dependent file: `Route #k` is vehicle k, ids are file nodes less one.

use super::routes::{Leg, Must, cover, worked};
use super::{Finding, Violation};
use crate::instance::plan::{Step, Written};
use crate::instance::sdvrptw::{Node, SCALE, Sdvrptw};

/// Judges `plan`; cost is a thousand times the distance, each distance rounded first.
pub fn sdvrptw(file: &Sdvrptw, plan: &[Written]) -> Finding {
    let mut finding = Finding::default();
    let ids: Vec<i64> = (1..file.nodes.len() as i64).collect();
    let vehicles: Vec<i64> = (1..=file.capacity.len() as i64).collect();
    cover(plan, &ids, Some(&vehicles), Must::All, &mut finding);
    let whole = |x: f64| (x * SCALE).round() as i64;
    let apart = |a: &Node, b: &Node| whole(((a.x - b.x).powi(2) + (a.y - b.y).powi(2)).sqrt());
    let size = |x: i64| x as f64 / SCALE;
    let depot = &file.nodes[0];
    let mut total = 0;
    for route in plan.iter().filter(|r| !r.steps.is_empty()) {
        let stops: Vec<(i64, &Node)> = route
            .steps
            .iter()
            .filter_map(|s| if let Step::Job(id) = s { Some(*id) } else { None })
            .filter_map(|id| {
                usize::try_from(id).ok().filter(|i| *i > 0).and_then(|i| Some((id, file.nodes.get(i)?)))
            })
            .collect();
        let label = route.label;
        let (mut at, mut now, mut load, mut legs) = (depot, whole(depot.ready), 0i64, Vec::new());
        let allowed = usize::try_from(label - 1).ok().and_then(|v| file.allowed.get(v));
        for (id, node) in &stops {
            total += apart(at, node);
            let (way, service, due) =
                (apart(at, node) as f64, whole(node.service) as f64, whole(node.due) as f64);
            legs.push(Leg { way, service, due });
            now = (now + apart(at, node)).max(whole(node.ready));
            if now > whole(node.due) {
                finding.violations.push(Violation::Late {
                    route: label,
                    id: *id,
                    by: size(now - whole(node.due)),
                });
            }
            if allowed.is_some_and(|a| !a.contains(&(*id as usize + 1))) {
                finding.violations.push(Violation::Skill { route: label, id: *id, lacks: Vec::new() });
            }
            now += whole(node.service);
            load += i64::from(node.demand);
            at = node;
        }
        total += apart(at, depot);
        now += apart(at, depot);
        if now > whole(depot.due) {
            finding.violations.push(Violation::Return { route: label, by: size(now - whole(depot.due)) });
        }
        let capacity =
            usize::try_from(label - 1).ok().and_then(|v| file.capacity.get(v)).copied().unwrap_or(0);
        if load > i64::from(capacity) {
            finding.violations.push(Violation::Load { route: label, by: load - i64::from(capacity) });
        }
        let duration = worked(now as f64, apart(at, depot) as f64, &legs);
        finding.working += duration;
        let over = duration as i64 - file.longest.map_or(i64::MAX / 2, whole);
        if over > 0 {
            finding.violations.push(Violation::Duration { route: label, by: size(over) });
        }
    }
    (finding.cost, finding.travel) = (total as f64, total as f64);
    finding
}
