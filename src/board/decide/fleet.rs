//! Technicians: adding, changing, removing; a change takes back the visits it makes impossible.

use super::catalog::kind_there;
use super::withdraw::Rework;
use super::{none_wrong, not_found, unchanged_since};
use crate::board::command::Step;
use crate::board::event::Event;
use crate::board::fleet::Technician;
use crate::board::id::{Location, TechnicianId};
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::board::{Board, Legs};
use crate::units::Time;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Board {
    pub(super) fn add_technicians(&self, now: Time, all: &[Technician]) -> Result<Vec<Event>, Refusal> {
        let each = all.iter().enumerate();
        let wrong = each.flat_map(|(i, t)| self.uncertifiable(now, &format!("technicians[{i}]"), t));
        none_wrong(wrong.collect())?;
        let mut seen = BTreeSet::new();
        for t in all {
            if self.technicians.contains_key(&t.id) || !seen.insert(&t.id) {
                return Err(Refusal::AlreadyExists { noun: Noun::Technician, id: t.id.to_string() });
            }
        }
        Ok(all.iter().map(|t| Event::TechnicianSet(Technician { revision: 1, ..t.clone() })).collect())
    }

    /// Certificates of unknown kinds or levels, and new ones that have lapsed already.
    fn uncertifiable(&self, now: Time, at: &str, technician: &Technician) -> Vec<Violation> {
        let had = self.technicians.get(&technician.id).map_or(&[][..], |t| &t.certifications);
        let each = technician.certifications.iter().enumerate();
        each.filter_map(|(i, c)| {
            let field = format!("{at}.certifications[{i}]");
            let lapsed = (c.valid_to <= now && !had.contains(c)).then(|| Violation {
                field: format!("{field}.valid_to"),
                description: "the certificate has lapsed already: give the one that replaces it".into(),
            });
            kind_there(&self.catalog, &field, &c.kind, ("level", c.level)).or(lapsed)
        })
        .collect()
    }

    pub(super) fn change_technician(
        &self,
        now: Time,
        technician: &Technician,
        revision: Option<u64>,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let id = &technician.id;
        let had = self.technicians.get(id).ok_or_else(|| not_found(Noun::Technician, id.as_str()))?;
        unchanged_since(revision, had.revision, Noun::Technician, id.as_str())?;
        none_wrong(self.uncertifiable(now, "technician", technician))?;
        let changed = Technician { revision: had.revision + 1, ..technician.clone() };
        let mut step = Step { events: vec![Event::TechnicianSet(changed.clone())], owed: Vec::new() };
        let rework = Rework { board: self, now, technician: &changed, legs };
        for route in self.routes.get(id).into_iter().flat_map(|routes| routes.values()) {
            rework.again(route, &mut step);
        }
        Ok(step)
    }

    pub(super) fn remove_technician(&self, id: &TechnicianId) -> Result<Vec<Event>, Refusal> {
        if !self.technicians.contains_key(id) {
            return Err(not_found(Noun::Technician, id.as_str()));
        }
        let in_use = |by: String| Refusal::InUse { noun: Noun::Technician, id: id.to_string(), by };
        let mut visits = self.routes.get(id).into_iter().flat_map(|r| r.values()).flat_map(|r| r.jobs());
        if let Some(job) = visits.next() {
            return Err(in_use(format!("the visit at job {:?}", job.as_str())));
        }
        if let Some((part, _)) = self.stock.at(&Location::Van(id.clone())).next() {
            return Err(in_use(format!("part {:?} in the van", part.as_str())));
        }
        let van = Location::Van(id.clone());
        let mut coming = self.stock.deliveries().values();
        if let Some(d) = coming.find(|d| d.to == van || d.from.as_ref() == Some(&van)) {
            return Err(in_use(format!("delivery {:?}", d.id.as_str())));
        }
        let named = |j: &&crate::board::job::Job| {
            let need = &j.need;
            !j.state.is_over() && (need.excluded.contains(id) || need.wishes.preferred.contains(id))
        };
        if let Some(job) = self.jobs.values().map(Arc::as_ref).find(named) {
            return Err(in_use(format!("the customer's wish at job {:?}", job.id.as_str())));
        }
        Ok(vec![Event::TechnicianRemoved(id.clone())])
    }
}
