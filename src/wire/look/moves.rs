//! Reading moves.

use super::Look;
use super::offer::filter;
use crate::board::id::{RegionId, TechnicianId};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, encode, name, v1};
use std::collections::BTreeMap;

impl Look for v1::ListMovesRequest {
    type Reply = v1::ListMovesResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("moves {} {} {}", self.parent, self.technician, self.include_ended);
        let (technician, page) = check(|at| {
            let technician = filter(&at.field("technician"), desk, "technicians", &self.technician);
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            Some((technician?.map(TechnicianId::from), page?))
        })?;
        let (board, region) = (desk.board(), &desk.board().region.id);
        let meant = |id: &TechnicianId| technician.as_ref().is_none_or(|t| t == id);
        let key = |id: &TechnicianId, number: u32| format!("{id} {number:010}");
        let mut all: BTreeMap<String, v1::Move> = BTreeMap::new();
        for (id, open) in board.moves.all_open().filter(|(id, _)| meant(id)) {
            all.insert(key(id, open.number), encode::moves::open(region, id, open));
        }
        let past = board.moves.all_past().filter(|_| self.include_ended);
        for (id, past) in past.filter(|(id, _)| meant(id)) {
            all.insert(key(id, past.past.number), encode::moves::past(region, id, past));
        }
        let rest = all.into_iter().filter(|(key, _)| page.reaches(key));
        let (moves, next_page_token) = page.take(rest, |(key, _)| key.clone());
        Ok(v1::ListMovesResponse { moves: moves.into_iter().map(|(_, m)| m).collect(), next_page_token })
    }
}
