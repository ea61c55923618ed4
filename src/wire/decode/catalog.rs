//! Catalogue entries. They may refer to one another within an import, in any order.

use super::{Scope, label, number, odds, permille, span, text, work};
use crate::board::catalog::{
    CertificationKind, Entry, EntryId, Family, Fault, Kit, Part, PartOdds, ServiceLevel,
};
use crate::board::clocks::LevelTerms;
use crate::plan::Desk;
use crate::units::Span;
use crate::wire::check::At;
use crate::wire::{name, v1};
use v1::catalog_entry::Entry as Said;

/// Most entries an import.
pub const ENTRIES_MOST: usize = 5_000;

/// All entries of an import, each name once.
pub fn entries(at: &At<'_>, desk: &Desk, list: &[v1::CatalogEntry]) -> Option<Vec<Entry>> {
    if list.is_empty() {
        return at.no("has to have an element");
    }
    let brought = list.iter().take(ENTRIES_MOST).filter_map(|e| name::entry_of(&e.name)).collect();
    let scope = Scope { also: Some(&brought), ..Scope::of(desk) };
    at.each_once(list, ENTRIES_MOST, ("name", |e| &e.name), |at, e| entry(at, &scope, e))
}

fn entry(at: &At<'_>, scope: &Scope<'_>, said: &v1::CatalogEntry) -> Option<Entry> {
    let region = scope.region;
    let name_at = at.field("name");
    let id = name::entry(&name_at, &said.name).and_then(|(of, id)| {
        if of == *region {
            Some(id)
        } else {
            name_at.no(format!("belongs to another region than regions/{region}"))
        }
    });
    let display_name = label(&at.field("display_name"), &said.display_name);
    let Some(kind) = &said.entry else { return at.no("one of the kinds of entry has to be set") };
    let mismatch = || name_at.no("is in another collection than the kind of entry that is set");
    match kind {
        Said::CertificationKind(c) => {
            let at = at.field("certification_kind");
            let max_level = number(&at.field("max_level"), c.max_level, 1, 1..=9);
            let issuer = text(&at.field("issuer"), &c.issuer, 200);
            let EntryId::CertificationKind(id) = id? else { return mismatch() };
            let display_name = display_name?;
            let (max_level, issuer) = (max_level? as u8, issuer?);
            Some(Entry::CertificationKind(id, CertificationKind { display_name, max_level, issuer }))
        }
        Said::Part(p) => {
            let sku = text(&at.field("part").field("sku"), &p.sku, 200);
            let EntryId::Part(id) = id? else { return mismatch() };
            Some(Entry::Part(id, Part { display_name: display_name?, sku: sku? }))
        }
        Said::Kit(k) => {
            let kit_at = at.field("kit");
            let parts_at = kit_at.field("parts");
            let parts = match k.parts.is_empty() {
                true => parts_at.no("has to have an element"),
                false => scope.parts(&parts_at, &k.parts, 100),
            };
            let EntryId::Kit(id) = id? else { return mismatch() };
            Some(Entry::Kit(id, Kit { display_name: display_name?, parts: parts? }))
        }
        Said::ApplianceFamily(f) => {
            let family = family(&at.field("appliance_family"), scope, display_name, f);
            let EntryId::Family(id) = id? else { return mismatch() };
            Some(Entry::Family(id, family?))
        }
        Said::Fault(f) => {
            let fault = fault(&at.field("fault"), scope, display_name, f);
            let EntryId::Fault(id) = id? else { return mismatch() };
            Some(Entry::Fault(id, fault?))
        }
        Said::ServiceLevel(l) => {
            let level = level(&at.field("service_level"), display_name, l);
            let EntryId::Level(id) = id? else { return mismatch() };
            Some(Entry::Level(id, level?))
        }
    }
}

fn family(
    at: &At<'_>,
    scope: &Scope<'_>,
    display_name: Option<String>,
    f: &v1::ApplianceFamily,
) -> Option<Family> {
    let takes = |field: &'static str, d: &Option<prost_types::Duration>, usual: i64| match d {
        None => Some(Span::minutes(usual)),
        Some(d) => work(&at.field(field), d),
    };
    let requirements = scope.requirements(&at.field("required_certifications"), &f.required_certifications);
    let install = takes("install_duration", &f.install_duration, 60);
    let maintenance = takes("maintenance_duration", &f.maintenance_duration, 40);
    Some(Family {
        display_name: display_name?,
        requirements: requirements?,
        install: install?,
        maintenance: maintenance?,
    })
}

fn fault(at: &At<'_>, scope: &Scope<'_>, display_name: Option<String>, f: &v1::Fault) -> Option<Fault> {
    let family_at = at.field("appliance_family");
    let family =
        scope.entry(&family_at, "applianceFamilies", &f.appliance_family, |id| EntryId::Family(id.into()));
    let requirements = scope.requirements(&at.field("required_certifications"), &f.required_certifications);
    let repair_at = at.field("repair_duration");
    let repair = repair_at.need(&f.repair_duration).and_then(|d| work(&repair_at, d));
    let odds_at = at.field("part_odds");
    let part_odds = odds_at.each_once(&f.part_odds, 100, ("part", |o| &o.part), |at, o| {
        let part = scope.entry(&at.field("part"), "parts", &o.part, |id| EntryId::Part(id.into()));
        let count = number(&at.field("count"), o.count, 1, 1..=1000);
        let ppm = match o.probability == 0.0 {
            true => at.field("probability").no("is not over 0 and at most 1"),
            false => odds(&at.field("probability"), o.probability),
        };
        Some(PartOdds { part: part?.into(), count: count?, ppm: ppm? })
    });
    let mut part_odds = part_odds?;
    part_odds.sort_by(|a, b| a.part.cmp(&b.part));
    Some(Fault {
        display_name: display_name?,
        family: family?.into(),
        requirements: requirements?,
        repair: repair?,
        part_odds,
    })
}

fn level(at: &At<'_>, display_name: Option<String>, l: &v1::ServiceLevel) -> Option<ServiceLevel> {
    let response_target = match &l.response_target {
        None => Some(None),
        Some(d) => span(&at.field("response_target"), d, 1, 30 * 86_400).map(Some),
    };
    let rate = if l.lateness_rate == 0.0 { 3.0 } else { l.lateness_rate };
    let lateness_permille = permille(&at.field("lateness_rate"), rate, 1000.0);
    let terms = level_terms(at, l);
    let coverage_target = match &l.coverage_target {
        None => Some(None),
        Some(d) => span(&at.field("coverage_target"), d, 300, 3600).map(Some),
    };
    Some(ServiceLevel {
        display_name: display_name?,
        response_target: response_target?,
        lateness_permille: lateness_permille?,
        emergency: l.emergency,
        offers: l.offers,
        coverage_target: coverage_target?,
        terms: terms?,
    })
}

/// The promised window and the clocks of a level.
fn level_terms(at: &At<'_>, l: &v1::ServiceLevel) -> Option<LevelTerms> {
    let usual = LevelTerms::default();
    let target = |field: &'static str, said: &Option<prost_types::Duration>, usual: Option<Span>| match said {
        None => Some(usual),
        Some(d) => span(&at.field(field), d, 0, 366 * 86_400).map(|s| Some(s).filter(|s| *s > Span::ZERO)),
    };
    let window = match &l.promised_window_duration {
        None => Some(usual.window),
        Some(d) => span(&at.field("promised_window_duration"), d, 900, 86_400),
    };
    let confirm = target("confirm_target", &l.confirm_target, usual.confirm);
    let solution = target("solution_target", &l.solution_target, usual.solution);
    let close = target("close_target", &l.close_target, usual.close);
    let share = if l.warning_share == 0.0 { 0.8 } else { l.warning_share };
    let warn_permille = permille(&at.field("warning_share"), share, 1.0);
    Some(LevelTerms {
        window: window?,
        confirm: confirm?,
        solution: solution?,
        close: close?,
        warn_permille: warn_permille?.max(1),
    })
}

/// A kind of entry to list; `None` for all.
pub fn kind(at: &At<'_>, kind: i32) -> Option<Option<&'static str>> {
    match v1::CatalogKind::try_from(kind) {
        Ok(v1::CatalogKind::Unspecified) => Some(None),
        Ok(v1::CatalogKind::Certification) => Some(Some("certificationKinds")),
        Ok(v1::CatalogKind::Part) => Some(Some("parts")),
        Ok(v1::CatalogKind::Kit) => Some(Some("kits")),
        Ok(v1::CatalogKind::ApplianceFamily) => Some(Some("applianceFamilies")),
        Ok(v1::CatalogKind::Fault) => Some(Some("faults")),
        Ok(v1::CatalogKind::ServiceLevel) => Some(Some("serviceLevels")),
        Err(_) => at.no(format!("{kind} is not a kind of entry")),
    }
}
