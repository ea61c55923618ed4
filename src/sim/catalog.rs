//! The built-in catalogue as entries of the board. Draws nothing.

use crate::board::catalog::{
    CertificationKind, Entry, Family, Fault, Kit, Part, PartCount, PartOdds, Requirement, ServiceLevel,
};
use crate::city::catalog::faults::{FAMILIES, FAULTS};
use crate::city::catalog::parts::{KITS, PARTS};
use crate::city::catalog::{KINDS, LEVELS};
use crate::units::Span;

/// The built-in catalogue as entries of the board.
pub fn entries() -> Vec<Entry> {
    let required = |needs: &[(&str, i32)]| -> Vec<Requirement> {
        let one = |(kind, level): &(&str, i32)| Requirement { kind: (*kind).into(), min_level: *level as u8 };
        let mut all: Vec<Requirement> = needs.iter().map(one).collect();
        all.sort();
        all
    };
    let ppm = |odds: f64| (odds * 1e6).round() as u32;
    let kinds = KINDS.iter().map(|(id, name, most, issuer)| {
        let kind = CertificationKind {
            display_name: (*name).into(),
            max_level: *most as u8,
            issuer: (*issuer).into(),
        };
        Entry::CertificationKind((*id).into(), kind)
    });
    let parts = PARTS
        .iter()
        .map(|p| Entry::Part(p.id.into(), Part { display_name: p.name.into(), sku: p.id.to_uppercase() }));
    let kits = KITS.iter().map(|(id, name, contents)| {
        let count = |(part, n): &(&str, i32)| PartCount { part: (*part).into(), count: *n as u32 };
        let mut parts: Vec<PartCount> = contents.iter().map(count).collect();
        parts.sort();
        Entry::Kit((*id).into(), Kit { display_name: (*name).into(), parts })
    });
    let families = FAMILIES.iter().map(|f| {
        let family = Family {
            display_name: f.name.into(),
            requirements: required(f.needs),
            install: Span::minutes(f.minutes[0]),
            maintenance: Span::minutes(f.minutes[1]),
        };
        Entry::Family(f.id.into(), family)
    });
    let faults = FAULTS.iter().map(|f| {
        let odds = |(part, count, odds): &(&str, i32, f64)| PartOdds {
            part: (*part).into(),
            count: *count as u32,
            ppm: ppm(*odds),
        };
        let mut part_odds: Vec<PartOdds> = f.odds.iter().map(odds).collect();
        part_odds.sort_by(|a, b| a.part.cmp(&b.part));
        let fault = Fault {
            display_name: f.name.into(),
            family: f.family.into(),
            requirements: required(f.needs),
            repair: Span::minutes(f.minutes),
            part_odds,
        };
        Entry::Fault(f.id.into(), fault)
    });
    let levels = LEVELS.iter().map(|(id, name, target, rate, emergency)| {
        let level = ServiceLevel {
            display_name: (*name).into(),
            response_target: (*target > 0).then(|| Span::minutes(*target)),
            lateness_permille: (rate * 1000.0) as u32,
            emergency: *emergency,
            terms: Default::default(),
            offers: false,
            coverage_target: None,
        };
        Entry::Level((*id).into(), level)
    });
    kinds.chain(parts).chain(kits).chain(families).chain(faults).chain(levels).collect()
}
