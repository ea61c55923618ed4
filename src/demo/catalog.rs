//! The catalogue of the demo's region, as entries of the contract. Draws nothing and sends nothing.

use super::names::{Names, minutes};
use crate::city::catalog::{KINDS, LEVELS, faults, parts};
use crate::wire::v1;
use crate::wire::v1::catalog_entry::Entry;

/// Every entry of the catalogue.
pub fn entries(names: &Names) -> Vec<v1::CatalogEntry> {
    let mut all = Vec::new();
    let mut put = |collection: &str, id: &str, name: &str, entry: Entry| {
        let (name, display_name) = (names.of(collection, id), name.to_owned());
        all.push(v1::CatalogEntry { name, display_name, entry: Some(entry) });
    };
    for (id, name, max_level, issuer) in KINDS {
        let kind = v1::CertificationKind { max_level, issuer: issuer.to_owned() };
        put("certificationKinds", id, name, Entry::CertificationKind(kind));
    }
    for (n, part) in parts::PARTS.iter().enumerate() {
        put("parts", part.id, part.name, Entry::Part(v1::Part { sku: format!("CP-{:04}", 1000 + n * 37) }));
    }
    for (id, name, contents) in parts::KITS {
        let parts = contents.iter().map(|c| names.count(*c)).collect();
        put("kits", id, name, Entry::Kit(v1::Kit { parts }));
    }
    for row in &faults::FAMILIES {
        put("applianceFamilies", row.id, row.name, family(names, row));
    }
    for row in &faults::FAULTS {
        put("faults", row.id, row.name, fault(names, row));
    }
    for (id, name, target, lateness_rate, emergency) in LEVELS {
        let response_target = (target > 0).then(|| minutes(target));
        let level = v1::ServiceLevel { response_target, lateness_rate, emergency, ..Default::default() };
        put("serviceLevels", id, name, Entry::ServiceLevel(level));
    }
    all
}

fn family(names: &Names, row: &faults::FamilyRow) -> Entry {
    Entry::ApplianceFamily(v1::ApplianceFamily {
        required_certifications: row.needs.iter().map(|n| names.requirement(*n)).collect(),
        install_duration: Some(minutes(row.minutes[0])),
        maintenance_duration: Some(minutes(row.minutes[1])),
    })
}

fn fault(names: &Names, row: &faults::FaultRow) -> Entry {
    let odds = row.odds.iter().map(|(part, count, probability)| v1::PartOdds {
        part: names.part(part),
        count: *count,
        probability: *probability,
    });
    Entry::Fault(v1::Fault {
        appliance_family: names.of("applianceFamilies", row.family),
        required_certifications: row.needs.iter().map(|n| names.requirement(*n)).collect(),
        repair_duration: Some(minutes(row.minutes)),
        part_odds: odds.collect(),
    })
}
