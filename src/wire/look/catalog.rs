//! Reading the catalogue.

use super::Look;
use crate::board::catalog::EntryId;
use crate::board::id::RegionId;
use crate::board::refusal::{Noun, Refusal};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, decode, encode, name, v1};

impl Look for v1::GetCatalogEntryRequest {
    type Reply = v1::CatalogEntry;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::entry(&at.field("name"), &self.name).map(|(region, _)| region))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let (region, id) = check(|at| name::entry(&at.field("name"), &self.name))?;
        let entry = desk.board().catalog.entry(&id);
        let missing = || Refusal::NotFound { noun: noun(&id), id: last(&self.name) };
        Ok(encode::catalog::entry(&region, &entry.ok_or_else(missing)?))
    }
}

fn last(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The place of an entry's kind in the list.
fn rank(id: &EntryId) -> u8 {
    match id {
        EntryId::CertificationKind(_) => 0,
        EntryId::Part(_) => 1,
        EntryId::Kit(_) => 2,
        EntryId::Family(_) => 3,
        EntryId::Fault(_) => 4,
        EntryId::Level(_) => 5,
    }
}

fn noun(id: &EntryId) -> Noun {
    match id {
        EntryId::CertificationKind(_) => Noun::CertificationKind,
        EntryId::Part(_) => Noun::Part,
        EntryId::Kit(_) => Noun::Kit,
        EntryId::Family(_) => Noun::Family,
        EntryId::Fault(_) => Noun::Fault,
        EntryId::Level(_) => Noun::Level,
    }
}

impl Look for v1::ListCatalogEntriesRequest {
    type Reply = v1::ListCatalogEntriesResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("entries {} {}", self.parent, self.kind);
        let (kind, page) = check(|at| {
            let kind = decode::catalog::kind(&at.field("kind"), self.kind);
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            Some((kind?, page?))
        })?;
        let board = desk.board();
        let region = &board.region.id;
        let key = |id: &EntryId| {
            let name = name::of_entry(region, id);
            let (collection, last) = (name.split('/').nth(2), last(&name));
            (kind.is_none() || collection == kind).then(|| format!("{} {last}", rank(id)))
        };
        let keyed = board.catalog.ids().filter_map(|id| Some((key(&id)?, id)));
        let rest = keyed.filter(|(key, _)| page.reaches(key));
        let (entries, next_page_token) = page.take(rest, |(key, _)| key.clone());
        let told = entries.iter().filter_map(|(_, id)| board.catalog.entry(id));
        let entries = told.map(|e| encode::catalog::entry(region, &e)).collect();
        Ok(v1::ListCatalogEntriesResponse { entries, next_page_token })
    }
}
