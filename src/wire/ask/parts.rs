//! Parts on the move and parts recalled.

use super::{Ask, Done, Write, parent};
use crate::board::delivery::Delivery;
use crate::board::id::{DeliveryId, JobId, Location, PartId, RegionId};
use crate::board::{Command, Event};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};

/// Parts to move; the id is given when the writer takes it, where the caller gave none.
#[derive(Debug)]
pub struct Transfer(Delivery);

impl Ask for v1::TransferStockRequest {
    const METHOD: &'static str = "TransferStock";
    type Write = Transfer;
    type Reply = v1::TransferStockResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        parent(&self.parent)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<Transfer> {
        let from = decode::stock::location(&at.field("from"), desk, &self.from);
        let to = decode::stock::location(&at.field("to"), desk, &self.to);
        let parts = decode::stock::moved(&at.field("parts"), desk, &self.parts);
        let arrives = match &self.arrive_time {
            None => Some(Time::MIN),
            Some(t) => decode::time(&at.field("arrive_time"), t),
        };
        let id = match self.delivery_id.as_str() {
            "" => Some(UNNAMED),
            id => name::new_id(&at.field("delivery_id"), id),
        };
        Some(Transfer(planned(id?, Some(from?), to?, parts?, arrives?)))
    }
}

/// The name of a delivery that has none yet: brackets are not allowed in ids.
const UNNAMED: &str = "(unnamed)";

fn planned(
    id: &str,
    from: Option<Location>,
    to: Location,
    parts: Vec<crate::board::catalog::PartCount>,
    arrives: Time,
) -> Delivery {
    Delivery { id: id.into(), from, to, parts, sent: Time::MIN, arrives, kept: BTreeMap::new() }
}

impl Write for Transfer {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        if self.0.id.as_str() == UNNAMED {
            let board = desk.board();
            let free = (board.version..).map(|n| DeliveryId::from(format!("d{n:09}").as_str()));
            let mut free = free.filter(|id| board.stock.delivery(id).is_none());
            self.0.id = free.next().expect("there are more ids than deliveries");
        }
        Ok(Command::Send(self.0.clone()))
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        let board = desk.board();
        let region = &board.region.id;
        let places = self.0.from.iter().chain([&self.0.to]);
        let level = |place: &Location, part: &PartId| {
            encode::stock::level(region, place, part, board.stock.level(place, part))
        };
        let levels = places.flat_map(|place| self.0.parts.iter().map(move |p| level(place, &p.part)));
        let delivery = board.stock.delivery(&self.0.id).map(|d| encode::stock::delivery(board, d));
        v1::TransferStockResponse { levels: levels.collect(), delivery }.encode_to_vec()
    }
}

/// Parts to announce.
#[derive(Debug)]
pub struct Announce(Delivery);

impl Ask for v1::CreateDeliveryRequest {
    const METHOD: &'static str = "CreateDelivery";
    type Write = Announce;
    type Reply = v1::Delivery;

    fn region(&self) -> Result<RegionId, Failure> {
        parent(&self.parent)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<Announce> {
        let id = name::new_id(&at.field("delivery_id"), &self.delivery_id);
        let at = at.field("delivery");
        let said = at.need(&self.delivery)?;
        let to = decode::stock::location(&at.field("to"), desk, &said.to);
        let parts = decode::stock::moved(&at.field("parts"), desk, &said.parts);
        let time_at = at.field("arrive_time");
        let arrives = time_at.need(&said.arrive_time).and_then(|t| decode::time(&time_at, t));
        Some(Announce(planned(id?, None, to?, parts?, arrives?)))
    }
}

impl Write for Announce {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::Send(self.0.clone()))
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        let board = desk.board();
        let made = board.stock.delivery(&self.0.id).expect("it was just announced");
        encode::stock::delivery(board, made).encode_to_vec()
    }
}

/// The jobs whose visit was taken back.
fn taken_back(region: &RegionId, done: &Done<'_>) -> Vec<String> {
    let jobs: BTreeSet<&JobId> = done
        .events
        .iter()
        .filter_map(|e| match e {
            Event::VisitWithdrawn { job } => Some(job),
            _ => None,
        })
        .collect();
    jobs.into_iter().map(|job| name::of_job(region, job)).collect()
}

/// A delivery that will not come.
#[derive(Debug)]
pub struct CancelDelivery(DeliveryId);

impl Ask for v1::CancelDeliveryRequest {
    const METHOD: &'static str = "CancelDelivery";
    type Write = CancelDelivery;
    type Reply = v1::CancelDeliveryResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("name"), "deliveries", &self.name).map(|(region, _)| region))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<CancelDelivery> {
        let (_, id) = name::anywhere(&at.field("name"), "deliveries", &self.name)?;
        Some(CancelDelivery(id.into()))
    }
}

impl Write for CancelDelivery {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::CancelDelivery(self.0.clone()))
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let jobs = taken_back(&desk.board().region.id, done);
        v1::CancelDeliveryResponse { jobs }.encode_to_vec()
    }
}

/// A part to take out of use.
#[derive(Debug)]
pub struct RecallPart {
    part: PartId,
    had: i64,
}

impl Ask for v1::RecallPartRequest {
    const METHOD: &'static str = "RecallPart";
    type Write = RecallPart;
    type Reply = v1::RecallPartResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("part"), "parts", &self.part).map(|(region, _)| region))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<RecallPart> {
        let (_, part) = name::anywhere(&at.field("part"), "parts", &self.part)?;
        Some(RecallPart { part: part.into(), had: 0 })
    }
}

impl RecallPart {
    fn written_off(&self, desk: &Desk) -> i64 {
        desk.board().stock.written_off().get(&self.part).copied().unwrap_or_default()
    }
}

impl Write for RecallPart {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        self.had = self.written_off(desk);
        Ok(Command::RecallPart(self.part.clone()))
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let board = desk.board();
        let region = &board.region.id;
        let here = board.stock.iter().filter(|(_, part, _)| **part == self.part);
        v1::RecallPartResponse {
            written_off_count: self.written_off(desk) - self.had,
            jobs: taken_back(region, done),
            left: here.map(|(place, part, level)| encode::stock::level(region, place, part, level)).collect(),
        }
        .encode_to_vec()
    }
}
