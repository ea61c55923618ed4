//! Importing and removing catalogue entries.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::catalog::{Entry, EntryId};
use crate::board::id::RegionId;
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, name, v1};
use prost::Message;

/// Entries to write.
#[derive(Debug)]
pub struct Import {
    entries: Vec<Entry>,
    known: usize,
}

impl Ask for v1::ImportCatalogRequest {
    const METHOD: &'static str = "ImportCatalog";
    type Write = Import;
    type Reply = v1::ImportCatalogResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn only_check(&self) -> bool {
        self.validate_only
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<Import> {
        let entries = decode::catalog::entries(&at.field("entries"), desk, &self.entries)?;
        Some(Import { entries, known: 0 })
    }
}

impl Import {
    fn counts(&self) -> Vec<u8> {
        let created_count = crate::wire::encode::int(self.entries.len() - self.known);
        let updated_count = crate::wire::encode::int(self.known);
        v1::ImportCatalogResponse { created_count, updated_count }.encode_to_vec()
    }
}

impl Write for Import {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        self.known = self.entries.iter().filter(|e| desk.board().catalog.holds(&e.id())).count();
        Ok(Command::Import(self.entries.clone()))
    }

    fn reply(&self, _desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        self.counts()
    }

    fn rehearsed(&self, _desk: &Desk, _now: Time) -> Vec<u8> {
        self.counts()
    }
}

/// An entry to remove.
#[derive(Debug)]
pub struct RemoveEntry(EntryId);

impl Ask for v1::DeleteCatalogEntryRequest {
    const METHOD: &'static str = "DeleteCatalogEntry";
    type Write = RemoveEntry;
    type Reply = v1::DeleteCatalogEntryResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::entry(&at.field("name"), &self.name).map(|(region, _)| region))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<RemoveEntry> {
        name::entry(&at.field("name"), &self.name).map(|(_, id)| RemoveEntry(id))
    }
}

impl Write for RemoveEntry {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::RemoveEntry(self.0.clone()))
    }

    fn reply(&self, _desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        v1::DeleteCatalogEntryResponse {}.encode_to_vec()
    }
}
