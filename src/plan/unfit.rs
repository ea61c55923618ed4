//! Why technicians do not fit: everybody's first failing rule, exact for those who came closest.

use super::ask::Ask;
use super::bound::{Bound, Short};
use super::choose::Knowledge;
use super::scan::{Who, admissible, best, missing, no_shift};
use super::travel::Quick;
use crate::board::decision::{Rejection, Rule};
use crate::board::fleet::Technician;
use crate::board::id::TechnicianId;
use crate::board::schedule::Miss;
use crate::units::Span;
use rayon::prelude::*;

/// Technicians put through the true forward pass to tell what they miss; beyond, bounds tell the rule.
const EXACT: usize = 48;
/// Technicians that a thread looks at together at least.
const TOGETHER: usize = 256;

/// Why each technician does not fit, where nobody does.
pub fn misses<'a>(ask: &Ask<'a>, known: &Knowledge<'a>) -> Vec<(&'a Technician, Miss)> {
    let bound = Bound::of(ask, known.index, known.travel);
    // somebody waits for these words, and each technician's are nobody else's
    let all: Vec<&Technician> = ask.board.technicians.values().collect();
    let looked_at = all.par_iter().with_min_len(TOGETHER).map(|technician| {
        let short = admissible(ask, technician).map(|_| short(ask, known, &bound, technician));
        (short, *technician)
    });
    let mut told = Vec::new();
    let mut timed: Vec<(Option<Short>, &Technician)> = Vec::new();
    for (short, technician) in looked_at.collect::<Vec<_>>() {
        match short {
            Err(miss) => told.push((technician, miss)),
            Ok(short) => timed.push((short, technician)),
        }
    }
    timed.sort_by_key(|(short, t)| (short.map_or(0, |s| s.1), &t.id));
    let missed = |(i, (short, technician)): (usize, (Option<Short>, &'a Technician))| match short {
        Some((rule, by)) if i >= EXACT => {
            (technician, Miss::by(rule, Span(by), format!("at least {} short", Span(by))))
        }
        Some(_) | None => (technician, exact(ask, known, technician)),
    };
    told.par_extend(timed.into_par_iter().enumerate().map(missed));
    told
}

fn exact<'a>(ask: &Ask<'a>, known: &Knowledge<'a>, technician: &'a Technician) -> Miss {
    let who = Who::of(ask, known, technician);
    match best(ask, &who, &Quick(known.travel)) {
        Err(miss) => miss,
        Ok(found) => {
            debug_assert!(false, "the search missed {} at {:?}", technician.id, found.rank());
            Miss::plain(Rule::Shift, "was passed over")
        }
    }
}

/// By how little a technician is known to miss; `None` where that is not known.
fn short(ask: &Ask<'_>, known: &Knowledge<'_>, bound: &Bound, technician: &Technician) -> Option<Short> {
    let asked = ask.asked();
    let slot = known.index.slot(&technician.id)?;
    let rows = known.index.rows_of(slot);
    let on = rows.filter(|r| i64::from(r.end) > asked.start.0 && i64::from(r.start) < asked.end.0);
    let mut least: Option<Short> = None;
    let mut any = false;
    let gaps = on.flat_map(|r| known.index.gaps(r).iter().zip(known.index.around(r)));
    for (gap, places) in gaps.filter(|(gap, _)| i64::from(gap.closes) > ask.now.0) {
        any = true;
        let Err(short) = bound.by_least(gap, places) else { return None };
        least = Some(least.map_or(short, |had| if short.1 < had.1 { short } else { had }));
    }
    if !any {
        let miss = no_shift(ask, technician);
        return Some((miss.rule, miss.by.map_or(i64::MAX / 8, |s| s.0)));
    }
    least
}

/// What is told of the others where somebody fits: who lacks certificates, whom the customer will not have, who
/// declined it.
pub fn at_a_glance(ask: &Ask<'_>, known: &Knowledge<'_>) -> Vec<Rejection> {
    let index = known.index;
    let wanted = index.wanted(&ask.demand.requirements);
    let near = |t: &Technician| {
        let [x, y] = t.start.plane_from(ask.need.place);
        (x * x + y * y) as i64
    };
    let distance = index.home_distances(ask.need.place);
    let mut lacking = 0;
    let mut closest: Option<(u32, i64, u32)> = None;
    for slot in index.taken() {
        let lacks = (wanted & !index.mask(slot)).count_ones();
        if lacks == 0 {
            continue;
        }
        lacking += 1;
        if closest.is_none_or(|c| lacks <= c.0) {
            let key = (lacks, distance(slot), slot);
            let nearer =
                |had: (u32, i64, u32)| (key.0, key.1, index.name(key.2)) < (had.0, had.1, index.name(had.2));
            if closest.is_none_or(nearer) {
                closest = Some(key);
            }
        }
    }
    let mut told = Vec::new();
    if let Some((_, _, slot)) = closest {
        let technician = &ask.board.technicians[index.name(slot)];
        let lacks: Vec<String> = missing(ask, technician).map(super::scan::named).collect();
        told.push(Rejection {
            rule: Rule::Certification,
            technicians: lacking,
            closest: technician.id.clone(),
            missed: format!("holds no {}", lacks.join(", no ")),
            missed_by: None,
        });
    }
    let certified = |t: &&Technician| missing(ask, t).next().is_none();
    let named: [(Rule, &[TechnicianId], &str); 2] = [
        (Rule::Exclusion, &ask.need.excluded, super::scan::EXCLUDED),
        (Rule::Declined, ask.declined, super::scan::DECLINED),
    ];
    for (rule, ids, missed) in named {
        let all = ids.iter().filter_map(|id| ask.board.technicians.get(id)).filter(certified);
        let all: Vec<&Technician> = all.collect();
        if let Some(closest) = all.iter().min_by_key(|t| (near(t), &t.id)) {
            told.push(Rejection {
                rule,
                technicians: all.len() as u32,
                closest: closest.id.clone(),
                missed: missed.into(),
                missed_by: None,
            });
        }
    }
    told
}
