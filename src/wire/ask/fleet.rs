//! Adding, changing and removing technicians.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::fleet::Technician;
use crate::board::id::{RegionId, TechnicianId};
use crate::board::refusal::{Noun, Refusal};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// A technician to add.
#[derive(Debug)]
pub struct AddTechnician(Technician);

impl Ask for v1::CreateTechnicianRequest {
    const METHOD: &'static str = "CreateTechnician";
    type Write = AddTechnician;
    type Reply = v1::Technician;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<AddTechnician> {
        let id = name::new_id(&at.field("technician_id"), &self.technician_id);
        let at = at.field("technician");
        let facts = at.need(&self.technician)?;
        let technician = decode::fleet::technician(&at, desk, id.unwrap_or("unnamed").into(), facts);
        id.and(technician).map(AddTechnician)
    }
}

impl Write for AddTechnician {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::AddTechnicians(vec![self.0.clone()]))
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        encode::fleet::technician(desk, &desk.board().technicians[&self.0.id], done.now).encode_to_vec()
    }
}

/// Technicians to add, all or none.
#[derive(Debug)]
pub struct AddTechnicians(Vec<Technician>);

impl Ask for v1::BatchImportTechniciansRequest {
    const METHOD: &'static str = "BatchImportTechnicians";
    type Write = AddTechnicians;
    type Reply = v1::BatchImportTechniciansResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn only_check(&self) -> bool {
        self.validate_only
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<AddTechnicians> {
        decode::fleet::import(&at.field("technicians"), desk, &self.technicians).map(AddTechnicians)
    }
}

impl Write for AddTechnicians {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::AddTechnicians(self.0.clone()))
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let added = self.0.iter().map(|t| &desk.board().technicians[&t.id]);
        let technicians = added.map(|t| encode::fleet::technician(desk, t, done.now)).collect();
        v1::BatchImportTechniciansResponse { technicians }.encode_to_vec()
    }

    fn rehearsed(&self, desk: &Desk, now: Time) -> Vec<u8> {
        let technicians = self.0.iter().map(|t| encode::fleet::technician(desk, t, now)).collect();
        v1::BatchImportTechniciansResponse { technicians }.encode_to_vec()
    }
}

/// A change of a technician's facts, laid over them when the writer takes it.
#[derive(Debug)]
pub struct ChangeTechnician {
    id: TechnicianId,
    revision: Option<u64>,
    said: v1::Technician,
    paths: Vec<String>,
}

const TECHNICIAN_PATHS: [&str; 9] = [
    "display_name",
    "certifications",
    "shifts",
    "start_place",
    "end_place",
    "overtime_allowance",
    "languages",
    "patient",
    "partner",
];

impl Ask for v1::UpdateTechnicianRequest {
    const METHOD: &'static str = "UpdateTechnician";
    type Write = ChangeTechnician;
    type Reply = v1::Technician;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| {
            let at = at.field("technician");
            let technician = at.need(&self.technician)?;
            name::anywhere(&at.field("name"), "technicians", &technician.name).map(|(region, _)| region)
        })
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<ChangeTechnician> {
        let inner = at.field("technician");
        let said = inner.need(&self.technician)?;
        let (_, id) = name::anywhere(&inner.field("name"), "technicians", &said.name)?;
        let revision = decode::etag(&inner.field("etag"), &said.etag);
        let paths = decode::mask(&at.field("update_mask"), &self.update_mask, &TECHNICIAN_PATHS);
        let (revision, paths) = (revision?, paths?.to_vec());
        let write = ChangeTechnician { id: id.into(), revision, said: said.clone(), paths };
        if desk.board().technicians.contains_key(&write.id) {
            write.merged(&inner, desk)?;
        }
        Some(write)
    }
}

impl ChangeTechnician {
    fn merged(&self, at: &At<'_>, desk: &Desk) -> Option<Technician> {
        let had = &desk.board().technicians[&self.id];
        let mut facts = encode::fleet::technician(desk, had, Time(0));
        let wish = &self.said;
        for path in &self.paths {
            match path.as_str() {
                "display_name" => facts.display_name.clone_from(&wish.display_name),
                "certifications" => facts.certifications.clone_from(&wish.certifications),
                "shifts" => facts.shifts.clone_from(&wish.shifts),
                "start_place" => facts.start_place = wish.start_place,
                "languages" => facts.languages.clone_from(&wish.languages),
                "patient" => facts.patient = wish.patient,
                "partner" => facts.partner.clone_from(&wish.partner),
                "end_place" => facts.end_place = wish.end_place,
                // the mask was checked: nothing else is left
                _ => facts.overtime_allowance = wish.overtime_allowance,
            }
        }
        decode::fleet::technician(at, desk, self.id.clone(), &facts)
    }
}

impl Write for ChangeTechnician {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        if !desk.board().technicians.contains_key(&self.id) {
            return Err(Refusal::NotFound { noun: Noun::Technician, id: self.id.to_string() }.into());
        }
        let technician = check(|at| self.merged(&at.field("technician"), desk))?;
        Ok(Command::ChangeTechnician { technician, revision: self.revision })
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        encode::fleet::technician(desk, &desk.board().technicians[&self.id], done.now).encode_to_vec()
    }
}

/// A technician to remove.
#[derive(Debug)]
pub struct RemoveTechnician(TechnicianId);

impl Ask for v1::DeleteTechnicianRequest {
    const METHOD: &'static str = "DeleteTechnician";
    type Write = RemoveTechnician;
    type Reply = v1::DeleteTechnicianResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("name"), "technicians", &self.name).map(|(region, _)| region))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<RemoveTechnician> {
        let (_, id) = name::anywhere(&at.field("name"), "technicians", &self.name)?;
        Some(RemoveTechnician(id.into()))
    }
}

impl Write for RemoveTechnician {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::RemoveTechnician(self.0.clone()))
    }

    fn reply(&self, _desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        v1::DeleteTechnicianResponse {}.encode_to_vec()
    }
}
