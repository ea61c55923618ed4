//! Unpacking a need: family, faults and kits become certificates, parts, a duration and a deadline.
//!
//! Certificates: all that the job, its family and each fault named ask for. Parts: those the job and its
//! kits name, and those that its faults take with odds of a half or more (odds of a part = sum over the
//! faults of fault odds x part odds). Duration: the caller's; else the faults' mean by odds, or the
//! family's for installation and maintenance; else an hour, or 40 min for maintenance; longer at an elderly
//! customer's, and stretched by what was learned of such work.

use super::catalog::{part_there, requirements_there, unknown};
use crate::board::catalog::{Catalog, PartCount, Requirement};
use crate::board::id::PartId;
use crate::board::job::{Demand, JobKind, Need};
use crate::board::learned::Work;
use crate::board::refusal::{Noun, Violation};
use crate::board::{Board, catalog};
use crate::units::{Span, Time};
use std::collections::BTreeMap;

const WHOLE: u64 = 1_000_000;

/// What `need` takes, called in at `called`.
///
/// # Errors
/// Every reference that does not resolve, with its field under `need`.
pub fn resolve(board: &Board, need: &Need, called: Time) -> Result<Demand, Vec<Violation>> {
    let wrong = dangling(board, need);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let level = &board.catalog.levels[&need.level];
    let target = if need.promised.is_some() { None } else { level.response_target };
    let factor = u64::from(board.region.policy.lateness_permille);
    Ok(Demand {
        requirements: requirements(&board.catalog, need),
        parts: parts(&board.catalog, need),
        service: service(board, need),
        respond_by: target.map(|t| called + t),
        lateness_permille: (u64::from(level.lateness_permille) * factor / 1000) as u32,
    })
}

fn dangling(board: &Board, need: &Need) -> Vec<Violation> {
    let known = &board.catalog;
    let mut wrong = Vec::new();
    if !known.levels.contains_key(&need.level) {
        wrong.push(unknown("need.service_level", Noun::Level, need.level.as_str()));
    }
    if let Some(family) = need.family.as_ref().filter(|f| !known.families.contains_key(f)) {
        wrong.push(unknown("need.appliance_family", Noun::Family, family.as_str()));
    }
    for (i, f) in need.faults.iter().enumerate() {
        let field = format!("need.faults[{i}].fault");
        match known.faults.get(&f.fault) {
            None => wrong.push(unknown(&field, Noun::Fault, f.fault.as_str())),
            Some(fault) if need.family.as_ref().is_some_and(|family| *family != fault.family) => {
                let description = format!("{:?} is a fault of {:?}", f.fault.as_str(), fault.family.as_str());
                wrong.push(Violation { field, description });
            }
            Some(_) => {}
        }
    }
    wrong.extend(requirements_there(known, "need.required_certifications", &need.requirements));
    for (i, p) in need.parts.iter().enumerate() {
        wrong.extend(part_there(known, &format!("need.parts[{i}].part"), &p.part));
    }
    for (i, kit) in need.kits.iter().enumerate().filter(|(_, k)| !known.kits.contains_key(k)) {
        wrong.push(unknown(&format!("need.kits[{i}]"), Noun::Kit, kit.as_str()));
    }
    let named = [("excluded", &need.excluded), ("preferred", &need.wishes.preferred)];
    for (which, all) in named {
        for (i, t) in all.iter().enumerate().filter(|(_, t)| !board.technicians.contains_key(t)) {
            let field = format!("need.{which}_technicians[{i}]");
            wrong.push(unknown(&field, Noun::Technician, t.as_str()));
        }
    }
    wrong
}

/// Each kind once, at the highest level that anything asks for.
fn requirements(known: &Catalog, need: &Need) -> Vec<Requirement> {
    let of_family = need.family.iter().flat_map(|f| &known.families[f].requirements);
    let of_faults = need.faults.iter().flat_map(|f| &known.faults[&f.fault].requirements);
    let mut levels = BTreeMap::new();
    for r in need.requirements.iter().chain(of_family).chain(of_faults) {
        let level = levels.entry(r.kind.clone()).or_insert(r.min_level);
        *level = r.min_level.max(*level);
    }
    levels.into_iter().map(|(kind, min_level)| Requirement { kind, min_level }).collect()
}

fn parts(known: &Catalog, need: &Need) -> Vec<PartCount> {
    if need.inspect_only || need.kind == JobKind::Inspection {
        return Vec::new();
    }
    let mut counts: BTreeMap<PartId, u32> = BTreeMap::new();
    let of_kits = need.kits.iter().flat_map(|k| &known.kits[k].parts);
    for p in need.parts.iter().chain(of_kits) {
        *counts.entry(p.part.clone()).or_default() += p.count;
    }
    for p in likely_parts(known, need) {
        let count = counts.entry(p.part).or_default();
        *count = p.count.max(*count);
    }
    counts.into_iter().map(|(part, count)| PartCount { part, count }).collect()
}

/// The parts that the faults take with odds of a half or more.
fn likely_parts(known: &Catalog, need: &Need) -> Vec<PartCount> {
    let mut odds: BTreeMap<&PartId, (u64, u32)> = BTreeMap::new();
    for f in &need.faults {
        for p in &known.faults[&f.fault].part_odds {
            let (ppm, count) = odds.entry(&p.part).or_default();
            *ppm += u64::from(f.ppm) * u64::from(p.ppm) / WHOLE;
            *count = p.count.max(*count);
        }
    }
    let likely = odds.into_iter().filter(|(_, (ppm, _))| *ppm * 2 >= WHOLE);
    likely.map(|(part, (_, count))| PartCount { part: part.clone(), count }).collect()
}

/// How long the work takes: as the caller knows, else what is usual, stretched by what was learned.
fn service(board: &Board, need: &Need) -> Span {
    need.service.unwrap_or_else(|| {
        let expected = expected(board, need);
        let learned = work_of(&board.catalog, need).filter(|_| !board.learned.is_empty());
        learned.map_or(expected, |work| board.learned.of_work(&work).stretch(expected))
    })
}

/// What the catalogue says the work takes, longer at an elderly customer's.
pub(super) fn expected(board: &Board, need: &Need) -> Span {
    let usual = usual(&board.catalog, need);
    match need.wishes.elderly_care {
        true => Span(usual.0 * i64::from(board.region.policy.elderly_permille) / 1000),
        false => usual,
    }
}

/// What kind of work a need is, where its family is known: a fault counts where it is likelier than not.
pub fn work_of(known: &Catalog, need: &Need) -> Option<Work> {
    let likely = need.faults.iter().max_by_key(|f| f.ppm).filter(|f| u64::from(f.ppm) * 2 > WHOLE);
    let fault = likely.filter(|_| need.kind == JobKind::Repair).map(|f| f.fault.clone());
    let of_fault = fault.as_ref().and_then(|f| known.faults.get(f)).map(|f| f.family.clone());
    let family = of_fault.or_else(|| need.family.clone())?;
    Some(Work { family, fault, kind: need.kind })
}

fn usual(known: &catalog::Catalog, need: &Need) -> Span {
    let family = need.family.as_ref().map(|f| &known.families[f]);
    match need.kind {
        JobKind::Repair | JobKind::Remote => mean_repair(known, need).unwrap_or(Span::hours(1)),
        JobKind::Install => family.map_or(Span::hours(1), |f| f.install),
        JobKind::Maintenance | JobKind::Inspection => family.map_or(Span::minutes(40), |f| f.maintenance),
    }
}

/// The faults' repair times weighted by their odds.
fn mean_repair(known: &Catalog, need: &Need) -> Option<Span> {
    let odds: i64 = need.faults.iter().map(|f| i64::from(f.ppm)).sum();
    let weighed = need.faults.iter().map(|f| known.faults[&f.fault].repair.0 * i64::from(f.ppm));
    (odds > 0).then(|| Span(weighed.sum::<i64>() / odds))
}
