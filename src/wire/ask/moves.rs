//! What technicians answer when they are asked to wait elsewhere.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::id::{RegionId, TechnicianId};
use crate::plan::Desk;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// An answer: taken, or declined with a reason.
#[derive(Debug)]
pub struct AnswerMove {
    technician: TechnicianId,
    number: u32,
    declined: Option<String>,
}

impl Write for AnswerMove {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let (technician, number) = (self.technician.clone(), self.number);
        Ok(match &self.declined {
            None => Command::AcceptMove { technician, number },
            Some(reason) => Command::DeclineMove { technician, number, reason: reason.clone() },
        })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        let (board, region) = (desk.board(), &desk.board().region.id);
        let told = match board.moves.open(&self.technician) {
            Some(open) => encode::moves::open(region, &self.technician, open),
            None => {
                let past = board.moves.past(&self.technician).first();
                encode::moves::past(region, &self.technician, past.expect("a declined move is over"))
            }
        };
        told.encode_to_vec()
    }
}

fn region_of(name: &str) -> Result<RegionId, Failure> {
    check(|at| name::moved(&at.field("name"), name).map(|(region, ..)| region))
}

impl Ask for v1::AcceptMoveRequest {
    const METHOD: &'static str = "AcceptMove";
    type Write = AnswerMove;
    type Reply = v1::Move;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.name)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<AnswerMove> {
        let (_, technician, number) = name::moved(&at.field("name"), &self.name)?;
        Some(AnswerMove { technician, number, declined: None })
    }
}

impl Ask for v1::DeclineMoveRequest {
    const METHOD: &'static str = "DeclineMove";
    type Write = AnswerMove;
    type Reply = v1::Move;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.name)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<AnswerMove> {
        let name = name::moved(&at.field("name"), &self.name);
        let reason = decode::text(&at.field("reason"), &self.reason, decode::TEXT_MOST);
        let (_, technician, number) = name?;
        Some(AnswerMove { technician, number, declined: Some(reason?) })
    }
}
