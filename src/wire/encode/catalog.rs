//! Catalogue entries.

use super::job::{parts, requirements};
use super::{int, odds, rate, span};
use crate::board::catalog::{Entry, PartOdds};
use crate::board::id::RegionId;
use crate::units::Span;
use crate::wire::{name, v1};
use v1::catalog_entry::Entry as Told;

/// An entry.
pub fn entry(region: &RegionId, entry: &Entry) -> v1::CatalogEntry {
    let (display_name, told) = match entry {
        Entry::CertificationKind(_, k) => {
            let told = v1::CertificationKind { max_level: k.max_level.into(), issuer: k.issuer.clone() };
            (&k.display_name, Told::CertificationKind(told))
        }
        Entry::Part(_, p) => (&p.display_name, Told::Part(v1::Part { sku: p.sku.clone() })),
        Entry::Kit(_, k) => (&k.display_name, Told::Kit(v1::Kit { parts: parts(region, &k.parts) })),
        Entry::Family(_, f) => {
            let told = v1::ApplianceFamily {
                required_certifications: requirements(region, &f.requirements),
                install_duration: Some(span(f.install)),
                maintenance_duration: Some(span(f.maintenance)),
            };
            (&f.display_name, Told::ApplianceFamily(told))
        }
        Entry::Fault(_, f) => {
            let told = v1::Fault {
                appliance_family: format!("regions/{region}/applianceFamilies/{}", f.family),
                required_certifications: requirements(region, &f.requirements),
                repair_duration: Some(span(f.repair)),
                part_odds: f.part_odds.iter().map(|o| part_odds(region, o)).collect(),
            };
            (&f.display_name, Told::Fault(told))
        }
        Entry::Level(_, l) => {
            let told = v1::ServiceLevel {
                response_target: l.response_target.map(span),
                lateness_rate: rate(l.lateness_permille),
                emergency: l.emergency,
                promised_window_duration: Some(span(l.terms.window)),
                confirm_target: Some(span(l.terms.confirm.unwrap_or(Span::ZERO))),
                solution_target: Some(span(l.terms.solution.unwrap_or(Span::ZERO))),
                close_target: Some(span(l.terms.close.unwrap_or(Span::ZERO))),
                warning_share: rate(l.terms.warn_permille),
                offers: l.offers,
                coverage_target: l.coverage_target.map(span),
            };
            (&l.display_name, Told::ServiceLevel(told))
        }
    };
    v1::CatalogEntry {
        name: name::of_entry(region, &entry.id()),
        display_name: display_name.clone(),
        entry: Some(told),
    }
}

fn part_odds(region: &RegionId, o: &PartOdds) -> v1::PartOdds {
    v1::PartOdds {
        part: format!("regions/{region}/parts/{}", o.part),
        count: int(o.count),
        probability: odds(o.ppm),
    }
}
