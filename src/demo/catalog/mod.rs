//! The catalogue of the demo's region: certificates, parts, kits, appliance families, faults, service levels.
//!
//! Turns the tables into entries of the contract; draws nothing and sends nothing.

pub mod faults;
pub mod parts;

use super::names::{Names, minutes};
use crate::wire::v1;
use crate::wire::v1::catalog_entry::Entry;

/// Kinds of certification: id, name, highest level, issuer. The last four are product certifications of
/// brands: with a licence they make the dual certification that the trade asks for.
pub const KINDS: [(&str, &str, i32, &str); 8] = [
    ("electrician", "Electrician licence", 2, "Electricity authority"),
    ("gas-fitter", "Gas licence", 2, "Gas authority"),
    ("refrigerant", "Refrigerant handling", 2, "Environment ministry"),
    ("pressure-vessel", "Pressure vessel inspection", 1, "Labour inspectorate"),
    ("product-aurora", "Product certification, Aurora", 1, "Aurora"),
    ("product-boreal", "Product certification, Boreal", 1, "Boreal"),
    ("product-cobre", "Product certification, Cobre", 1, "Cobre"),
    ("product-delta", "Product certification, Delta", 1, "Delta"),
];

/// The brands whose product certification a job may ask for.
pub const BRANDS: [&str; 4] = ["product-aurora", "product-boreal", "product-cobre", "product-delta"];

/// Service levels: id, name, minutes from call to arrival (none where 0), rate of lateness, emergency.
const LEVELS: [(&str, &str, i64, f64, bool); 4] = [
    ("emergency", "Emergency: there within 30 minutes", 30, 12.0, true),
    ("urgent", "Urgent: there within 2 hours", 120, 6.0, false),
    ("standard", "Standard: there within 24 hours", 1440, 3.0, false),
    ("care", "Planned care", 0, 2.0, false),
];

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
        let level = v1::ServiceLevel { response_target, lateness_rate, emergency, offers: false };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_tables_resolves() {
        let part = |id: &str| assert!(parts::PARTS.iter().any(|p| p.id == id), "part {id}");
        let kind = |(id, level): &faults::Needs| {
            assert!(KINDS.iter().any(|k| k.0 == *id && k.2 >= *level), "kind {id} {level}");
        };
        for (_, _, contents) in parts::KITS {
            contents.iter().for_each(|c| part(c.0));
        }
        for row in &faults::FAULTS {
            row.odds.iter().for_each(|o| part(o.0));
            row.needs.iter().for_each(kind);
            faults::family_of(row.family).needs.iter().for_each(kind);
        }
        for kit in faults::FAMILIES.iter().flat_map(|f| f.kits).filter(|k| !k.is_empty()) {
            assert!(parts::KITS.iter().any(|k| k.0 == kit), "kit {kit}");
        }
    }
}
