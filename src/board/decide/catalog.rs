//! The catalogue: every reference in it resolves, nothing referred to is removed.

use super::{none_wrong, not_found};
use crate::board::Board;
use crate::board::catalog::{Catalog, Entry, EntryId, Requirement};
use crate::board::event::Event;
use crate::board::id::{CertificationKindId, PartId};
use crate::board::refusal::{Noun, Refusal, Violation};
use std::sync::Arc;

impl Board {
    pub(super) fn import(&self, entries: &[Entry]) -> Result<Vec<Event>, Refusal> {
        let mut after = self.catalog.clone();
        entries.iter().for_each(|e| after.put(e.clone()));
        let wrong =
            entries.iter().enumerate().flat_map(|(i, e)| dangling(&after, &format!("entries[{i}]"), e));
        none_wrong(wrong.collect())?;
        Ok(entries.iter().cloned().map(Event::EntrySet).collect())
    }

    pub(super) fn remove_entry(&self, id: &EntryId) -> Result<Vec<Event>, Refusal> {
        let (noun, name) = naming(id);
        if !self.catalog.holds(id) {
            return Err(not_found(noun, &name));
        }
        match self.user_of(id) {
            Some(by) => Err(Refusal::InUse { noun, id: name, by }),
            None => Ok(vec![Event::EntryRemoved(id.clone())]),
        }
    }

    /// Something that refers to the entry, in words.
    fn user_of(&self, id: &EntryId) -> Option<String> {
        self.user_in_catalog(id).or_else(|| self.user_in_fleet(id)).or_else(|| self.user_in_jobs(id))
    }

    fn user_in_catalog(&self, id: &EntryId) -> Option<String> {
        let mut after = self.catalog.clone();
        after.remove(id);
        let others = self.catalog.ids().filter(|other| other != id);
        let broken = others.filter_map(|o| self.catalog.entry(&o).map(|entry| (o, entry)));
        let mut users = broken.filter(|(_, entry)| !dangling(&after, "", entry).is_empty());
        users.next().map(|(user, _)| {
            let (noun, name) = naming(&user);
            format!("{noun} {name:?}")
        })
    }

    fn user_in_fleet(&self, id: &EntryId) -> Option<String> {
        match id {
            EntryId::CertificationKind(kind) => {
                let holds =
                    |t: &&crate::board::fleet::Technician| t.certifications.iter().any(|c| c.kind == *kind);
                self.technicians.values().find(holds).map(|t| format!("technician {:?}", t.id.as_str()))
            }
            EntryId::Part(part) => {
                let lies = self.stock.iter().find(|(_, p, _)| *p == part);
                let comes = || self.stock.deliveries().values().find(|d| d.brings(part) > 0);
                lies.map(|(l, _, _)| format!("stock in the {l}"))
                    .or_else(|| comes().map(|d| format!("delivery {:?}", d.id.as_str())))
            }
            EntryId::Kit(_) | EntryId::Family(_) | EntryId::Fault(_) | EntryId::Level(_) => None,
        }
    }

    fn user_in_jobs(&self, id: &EntryId) -> Option<String> {
        let uses = |job: &&crate::board::job::Job| {
            let (need, demand) = (&job.need, &job.demand);
            match id {
                EntryId::CertificationKind(kind) => demand.requirements.iter().any(|r| r.kind == *kind),
                EntryId::Part(part) => demand.parts.iter().any(|p| p.part == *part),
                EntryId::Kit(kit) => need.kits.contains(kit),
                EntryId::Family(family) => need.family.as_ref() == Some(family),
                EntryId::Fault(fault) => need.faults.iter().any(|f| f.fault == *fault),
                EntryId::Level(level) => need.level == *level,
            }
        };
        let live = self.jobs.values().map(Arc::as_ref).filter(|j| !j.state.is_over());
        live.into_iter().find(uses).map(|j| format!("job {:?}", j.id.as_str()))
    }
}

/// What an entry refers to that is not in `catalog`.
fn dangling(catalog: &Catalog, at: &str, entry: &Entry) -> Vec<Violation> {
    let mut wrong = Vec::new();
    match entry {
        Entry::CertificationKind(..) | Entry::Part(..) | Entry::Level(..) => {}
        Entry::Kit(_, kit) => {
            for (i, p) in kit.parts.iter().enumerate() {
                wrong.extend(part_there(catalog, &format!("{at}.kit.parts[{i}].part"), &p.part));
            }
        }
        Entry::Family(_, family) => {
            let field = format!("{at}.appliance_family.required_certifications");
            wrong.extend(requirements_there(catalog, &field, &family.requirements));
        }
        Entry::Fault(_, fault) => {
            if !catalog.families.contains_key(&fault.family) {
                wrong.push(unknown(
                    &format!("{at}.fault.appliance_family"),
                    Noun::Family,
                    fault.family.as_str(),
                ));
            }
            let field = format!("{at}.fault.required_certifications");
            wrong.extend(requirements_there(catalog, &field, &fault.requirements));
            for (i, p) in fault.part_odds.iter().enumerate() {
                wrong.extend(part_there(catalog, &format!("{at}.fault.part_odds[{i}].part"), &p.part));
            }
        }
    }
    wrong
}

/// A violation that says what is not known.
pub(super) fn unknown(field: &str, noun: Noun, id: &str) -> Violation {
    Violation { field: field.into(), description: format!("there is no {noun} {id:?}") }
}

pub(super) fn part_there(catalog: &Catalog, field: &str, part: &PartId) -> Option<Violation> {
    (!catalog.parts.contains_key(part)).then(|| unknown(field, Noun::Part, part.as_str()))
}

/// A kind that is not known, or a level that it does not have.
pub(super) fn kind_there(
    catalog: &Catalog,
    at: &str,
    kind: &CertificationKindId,
    (level_field, level): (&str, u8),
) -> Option<Violation> {
    let Some(known) = catalog.certification_kinds.get(kind) else {
        return Some(unknown(&format!("{at}.kind"), Noun::CertificationKind, kind.as_str()));
    };
    (level > known.max_level).then(|| Violation {
        field: format!("{at}.{level_field}"),
        description: format!("{kind:?} has levels 1 to {}, not {level}", known.max_level),
    })
}

pub(super) fn requirements_there(catalog: &Catalog, at: &str, all: &[Requirement]) -> Vec<Violation> {
    let each = all.iter().enumerate();
    each.filter_map(|(i, r)| kind_there(catalog, &format!("{at}[{i}]"), &r.kind, ("min_level", r.min_level)))
        .collect()
}

fn naming(id: &EntryId) -> (Noun, String) {
    match id {
        EntryId::CertificationKind(id) => (Noun::CertificationKind, id.to_string()),
        EntryId::Part(id) => (Noun::Part, id.to_string()),
        EntryId::Kit(id) => (Noun::Kit, id.to_string()),
        EntryId::Family(id) => (Noun::Family, id.to_string()),
        EntryId::Fault(id) => (Noun::Fault, id.to_string()),
        EntryId::Level(id) => (Noun::Level, id.to_string()),
    }
}
