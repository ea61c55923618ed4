//! What was answered under which request id: a request that is repeated gets the same reply, and no second effect.

use super::limits;
use super::order::Request;
use crate::journal::{RECEIPTS_KEPT, Receipt};
use crate::units::Time;
use crate::wire::Failure;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The receipts of one region. Ages by the times of its own records, so that a restart forgets the same ones.
#[derive(Debug, Default)]
pub struct Receipts {
    digests: BTreeMap<Arc<str>, String>,
    ages: VecDeque<(Time, Arc<str>)>,
    /// What may not be on disk yet, with the record it belongs to.
    replies: VecDeque<(u64, Arc<str>, Vec<u8>)>,
}

/// What is known of a request id.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is new.
    No,
    /// It was answered like this.
    Reply(Vec<u8>),
    /// It was answered, and the reply is on disk by now.
    OnDisk,
}

impl Receipts {
    /// Receipts as they were read from the journal, oldest first.
    pub fn load(receipts: Vec<Receipt>) -> Receipts {
        let mut all = Receipts::default();
        for r in receipts {
            let id: Arc<str> = r.request_id.as_str().into();
            all.digests.insert(id.clone(), r.digest);
            all.ages.push_back((r.at, id));
        }
        all
    }

    /// Lets go of the replies of records up to `seq`, which can be read from disk.
    pub fn on_disk(&mut self, seq: u64) {
        while self.replies.front().is_some_and(|(of, ..)| *of <= seq) {
            self.replies.pop_front();
        }
    }

    /// What is known of a request.
    ///
    /// # Errors
    /// Where its id was used with another body.
    pub fn find(&self, request: &Request) -> Result<Known, Failure> {
        match self.digests.get(request.id.as_str()) {
            None => Ok(Known::No),
            Some(digest) if *digest != request.digest => Err(Failure::RequestIdReused(request.id.clone())),
            Some(_) => {
                let kept = self.replies.iter().find(|(_, id, _)| **id == *request.id);
                Ok(kept.map_or(Known::OnDisk, |(_, _, reply)| Known::Reply(reply.clone())))
            }
        }
    }

    /// Remembers the reply of record `seq` and forgets what is too old.
    pub fn keep(&mut self, receipt: &Receipt, seq: u64) {
        let id: Arc<str> = receipt.request_id.as_str().into();
        self.digests.insert(id.clone(), receipt.digest.clone());
        self.ages.push_back((receipt.at, id.clone()));
        self.replies.push_back((seq, id, receipt.reply.clone()));
        if self.replies.len() > limits::REPLIES {
            self.replies.pop_front();
        }
        let too_old = |at: Time| at <= receipt.at - RECEIPTS_KEPT;
        while self.ages.front().is_some_and(|(at, _)| too_old(*at)) || self.ages.len() > limits::RECEIPTS {
            let Some((_, id)) = self.ages.pop_front() else { break };
            self.digests.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str, digest: &str) -> Request {
        Request { id: id.into(), digest: digest.into() }
    }

    #[test]
    fn a_reply_is_remembered_for_a_day_of_the_regions_own_time() {
        let mut receipts = Receipts::default();
        let receipt = |id: &str, at| Receipt {
            request_id: id.into(),
            digest: "d".into(),
            reply: id.into(),
            at: Time(at),
        };
        receipts.keep(&receipt("a", 0), 1);
        receipts.keep(&receipt("b", 86_399), 2);
        assert_eq!(receipts.find(&request("a", "d")).unwrap(), Known::Reply("a".into()));
        assert!(receipts.find(&request("a", "other")).is_err());
        receipts.keep(&receipt("c", 86_400), 3);
        assert_eq!(receipts.find(&request("a", "d")).unwrap(), Known::No);
        assert_eq!(receipts.find(&request("b", "d")).unwrap(), Known::Reply("b".into()));
        receipts.on_disk(2);
        assert_eq!(receipts.find(&request("b", "d")).unwrap(), Known::OnDisk);
        assert_eq!(receipts.find(&request("c", "d")).unwrap(), Known::Reply("c".into()));
    }
}
