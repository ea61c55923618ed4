//! Reading technicians and their routes.

use super::Look;
use crate::board::fleet::Technician;
use crate::board::id::{RegionId, TechnicianId};
use crate::board::refusal::{Noun, Refusal};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, encode, name, v1};
use std::ops::Bound;

fn technician<'d>(desk: &'d Desk, name: &str) -> Result<&'d Technician, Failure> {
    let id: TechnicianId =
        check(|at| name::anywhere(&at.field("name"), "technicians", name).map(|(_, id)| id.into()))?;
    let missing = || Refusal::NotFound { noun: Noun::Technician, id: id.to_string() }.into();
    desk.board().technicians.get(&id).ok_or_else(missing)
}

fn region_of(name: &str) -> Result<RegionId, Failure> {
    check(|at| name::anywhere(&at.field("name"), "technicians", name).map(|(region, _)| region))
}

impl Look for v1::GetTechnicianRequest {
    type Reply = v1::Technician;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.name)
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        Ok(encode::fleet::technician(desk, technician(desk, &self.name)?, now))
    }
}

impl Look for v1::ListTechniciansRequest {
    type Reply = v1::ListTechniciansResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("technicians {}", self.parent);
        let page = check(|at| Page::read(at, self.page_size, &self.page_token, &list))?;
        let after =
            page.after.as_deref().map_or(Bound::Unbounded, |k| Bound::Excluded(TechnicianId::from(k)));
        let rest = desk.board().technicians.range::<TechnicianId, _>((after, Bound::Unbounded));
        let (technicians, next_page_token) = page.take(rest.map(|(_, t)| t), |t| t.id.to_string());
        let technicians = technicians.into_iter().map(|t| encode::fleet::technician(desk, t, now)).collect();
        Ok(v1::ListTechniciansResponse { technicians, next_page_token })
    }
}

impl Look for v1::GetTechnicianRoutesRequest {
    type Reply = v1::GetTechnicianRoutesResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.name)
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let id = &technician(desk, &self.name)?.id;
        let routes = desk.board().routes.get(id).into_iter().flat_map(|r| r.values());
        let routes = routes.map(|r| encode::fleet::route(desk, id, r)).collect();
        Ok(v1::GetTechnicianRoutesResponse { routes })
    }
}
