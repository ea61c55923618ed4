//! The trade's tables: certificates, parts, kits, appliance families, faults, service levels. Tables only.

pub mod faults;
pub mod parts;

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
pub const LEVELS: [(&str, &str, i64, f64, bool); 4] = [
    ("emergency", "Emergency: there within 30 minutes", 30, 12.0, true),
    ("urgent", "Urgent: there within 2 hours", 120, 6.0, false),
    ("standard", "Standard: there within 24 hours", 1440, 3.0, false),
    ("care", "Planned care", 0, 2.0, false),
];

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
