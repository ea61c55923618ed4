//! Adding depots, adjusting stock.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::event::StockLine;
use crate::board::fleet::Depot;
use crate::board::id::RegionId;
use crate::plan::Desk;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// A depot to add.
#[derive(Debug)]
pub struct AddDepot(Depot);

impl Ask for v1::CreateDepotRequest {
    const METHOD: &'static str = "CreateDepot";
    type Write = AddDepot;
    type Reply = v1::Depot;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<AddDepot> {
        let id = name::new_id(&at.field("depot_id"), &self.depot_id);
        let at = at.field("depot");
        let facts = at.need(&self.depot)?;
        let depot = decode::stock::depot(&at, desk, id.unwrap_or("unnamed").into(), facts);
        id.and(depot).map(AddDepot)
    }
}

impl Write for AddDepot {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::AddDepot(self.0.clone()))
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        encode::stock::depot(desk, &self.0).encode_to_vec()
    }
}

/// Stock to add or take.
#[derive(Debug)]
pub struct AdjustStock {
    lines: Vec<StockLine>,
    reason: String,
}

impl Ask for v1::AdjustStockRequest {
    const METHOD: &'static str = "AdjustStock";
    type Write = AdjustStock;
    type Reply = v1::AdjustStockResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<AdjustStock> {
        let lines = decode::stock::lines(&at.field("adjustments"), desk, &self.adjustments);
        let reason = decode::text(&at.field("reason"), &self.reason, decode::TEXT_MOST);
        Some(AdjustStock { lines: lines?, reason: reason? })
    }
}

impl Write for AdjustStock {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::AdjustStock { lines: self.lines.clone(), reason: self.reason.clone() })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        let board = desk.board();
        let level = |l: &StockLine| {
            let level = board.stock.level(&l.location, &l.part);
            encode::stock::level(&board.region.id, &l.location, &l.part, level)
        };
        v1::AdjustStockResponse { levels: self.lines.iter().map(level).collect() }.encode_to_vec()
    }
}
