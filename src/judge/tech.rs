//! Judges a plan of a generated technician day: `Tech <id>: ids`.

use super::routes::{Leg, Must, cover, lacks, worked};
use super::{Finding, Violation};
use crate::instance::plan::{Step, Written};
use crate::instance::tech::Day;

/// Judges `plan`; cost is travel seconds, jobs may be left out.
pub fn tech(day: &Day, plan: &[Written]) -> Finding {
    let mut finding = Finding::default();
    let ids: Vec<i64> = day.jobs.iter().map(|j| j.id).collect();
    let crew: Vec<i64> = day.techs.iter().map(|t| t.id).collect();
    cover(plan, &ids, Some(&crew), Must::Any, &mut finding);
    let seconds = |a: [f64; 2], b: [f64; 2]| -> i64 {
        ((a[0] - b[0]).hypot(a[1] - b[1]) * day.detour / day.speed_kmh * 3600.0).ceil() as i64
    };
    let mut total = 0;
    for route in plan.iter().filter(|r| !r.steps.is_empty()) {
        let label = route.label;
        let Some(t) = day.techs.iter().find(|t| t.id == label) else { continue };
        let (mut at, mut now, mut legs) = (t.xy, i64::from(t.shift[0]), Vec::new());
        let mut used = vec![0i64; t.stock.len()];
        for step in &route.steps {
            let Step::Job(id) = step else {
                finding.violations.push(Violation::Depots { route: label, visits: 1 });
                continue;
            };
            let Some(j) = day.jobs.iter().find(|j| j.id == *id) else { continue };
            let lacks = lacks(&j.skills, &t.skills);
            if !lacks.is_empty() {
                finding.violations.push(Violation::Skill { route: label, id: *id, lacks });
            }
            for (p, q) in j.parts.iter().enumerate() {
                used.resize(used.len().max(p + 1), 0);
                used[p] += i64::from(*q);
            }
            let way = seconds(at, j.xy);
            total += way;
            legs.push(Leg { way: way as f64, service: f64::from(j.service), due: f64::from(j.tw[1]) });
            now = (now + way).max(i64::from(j.tw[0]));
            if now > i64::from(j.tw[1]) {
                finding.violations.push(Violation::Late {
                    route: label,
                    id: *id,
                    by: (now - i64::from(j.tw[1])) as f64,
                });
            }
            now += i64::from(j.service);
            at = j.xy;
        }
        total += seconds(at, t.xy);
        now += seconds(at, t.xy);
        finding.working += worked(now as f64, seconds(at, t.xy) as f64, &legs);
        if now > i64::from(t.shift[1]) {
            finding
                .violations
                .push(Violation::Return { route: label, by: (now - i64::from(t.shift[1])) as f64 });
        }
        for (p, q) in used.iter().enumerate() {
            let by = q - i64::from(t.stock.get(p).copied().unwrap_or(0));
            if by > 0 {
                finding.violations.push(Violation::Parts { route: label, part: p, by });
            }
        }
    }
    (finding.cost, finding.travel) = (total as f64, total as f64);
    finding
}
