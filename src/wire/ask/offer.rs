//! What technicians answer to offers.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::id::{JobId, RegionId};
use crate::plan::Desk;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// An answer to an offer: taken, or declined with a reason.
#[derive(Debug)]
pub struct AnswerOffer {
    job: JobId,
    visit: u32,
    declined: Option<String>,
}

impl Write for AnswerOffer {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let (job, visit) = (self.job.clone(), self.visit);
        Ok(match &self.declined {
            None => Command::AcceptOffer { job, visit },
            Some(reason) => Command::DeclineOffer { job, visit, reason: reason.clone() },
        })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        let board = desk.board();
        let past = board.offers.past(&self.job).iter().find(|p| p.offer.visit == self.visit);
        let past = past.expect("an answered offer is over");
        encode::offer::past(&board.region.id, &self.job, past).encode_to_vec()
    }
}

fn region_of(visit: &str) -> Result<RegionId, Failure> {
    check(|at| name::visit(&at.field("visit"), visit).map(|(region, ..)| region))
}

impl Ask for v1::AcceptOfferRequest {
    const METHOD: &'static str = "AcceptOffer";
    type Write = AnswerOffer;
    type Reply = v1::Offer;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.visit)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<AnswerOffer> {
        let (_, job, visit) = name::visit(&at.field("visit"), &self.visit)?;
        Some(AnswerOffer { job, visit, declined: None })
    }
}

impl Ask for v1::DeclineOfferRequest {
    const METHOD: &'static str = "DeclineOffer";
    type Write = AnswerOffer;
    type Reply = v1::Offer;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.visit)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<AnswerOffer> {
        let visit = name::visit(&at.field("visit"), &self.visit);
        let reason = decode::text(&at.field("reason"), &self.reason, decode::TEXT_MOST);
        let (_, job, visit) = visit?;
        Some(AnswerOffer { job, visit, declined: Some(reason?) })
    }
}
