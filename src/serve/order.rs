//! What travels between the threads: orders to the desk thread, stepped orders on to the keeper.

use crate::board::command::Adoption;
use crate::board::id::{RegionId, TechnicianId};
use crate::board::region::Region;
use crate::journal::Record;
use crate::plan::{Desk, Position, Reported, Travel};
use crate::units::Time;
use crate::wire::Failure;
use crate::wire::ask::Write;
use tokio::sync::oneshot;

/// Where a reply goes. Whoever waits may have gone; the write happens all the same.
pub type Answer<T> = oneshot::Sender<Result<T, Failure>>;

/// Makes a request safe to repeat.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's id.
    pub id: String,
    /// Method and body.
    pub digest: String,
}

/// Work for the desk thread.
pub enum Order {
    /// A change of a region that is there.
    Write {
        /// Which.
        region: RegionId,
        /// The method.
        kind: &'static str,
        /// Its id, where it has one.
        request: Option<Request>,
        /// What to do; where it was malformed, only a remembered reply can still be given.
        write: Result<Box<dyn Write>, Failure>,
        /// Where the reply goes.
        answer: Answer<Vec<u8>>,
    },
    /// A new region.
    Found {
        /// Its id.
        region: RegionId,
        /// Its request's id, where it has one.
        request: Option<Request>,
        /// The region and its travel; where it was malformed, only a remembered reply can still be given.
        founding: Result<Box<(Region, Travel)>, Failure>,
        /// Where the reply goes.
        answer: Answer<Vec<u8>>,
    },
    /// Positions of devices, not journalled.
    Positions {
        /// Which region.
        region: RegionId,
        /// In the order they came.
        reports: Vec<(TechnicianId, Position)>,
        /// Where it goes what became of each.
        answer: Answer<Vec<Reported>>,
    },
    /// Better routes: advice that nobody waits for, taken only where little else is to be done.
    Adopt {
        /// Which region.
        region: RegionId,
        /// The routes.
        adoption: Box<Adoption>,
    },
}

/// An order that was stepped: what to write, publish and answer, in this order.
pub struct Stepped {
    /// What to write down; nothing for refusals and repeated requests.
    pub record: Option<Record>,
    /// What to publish once it is written.
    pub publish: Publish,
    /// What to answer once it is published.
    pub reply: Reply,
}

/// What becomes visible.
pub enum Publish {
    /// Nothing.
    Nothing,
    /// The events of the record.
    Events,
    /// A new region.
    Region(Box<Desk>),
    /// Positions.
    Positions(RegionId, Time, Vec<(TechnicianId, Position)>),
}

/// What is answered.
pub enum Reply {
    /// A message, or why not.
    Message(Answer<Vec<u8>>, Result<Vec<u8>, Failure>),
    /// What became of positions.
    Positions(Answer<Vec<Reported>>, Vec<Reported>),
    /// Nobody asked.
    Nobody,
}

impl Reply {
    /// Sends it.
    pub fn send(self) {
        match self {
            Reply::Message(answer, reply) => drop(answer.send(reply)),
            Reply::Positions(answer, reported) => drop(answer.send(Ok(reported))),
            Reply::Nobody => {}
        }
    }

    /// Sends why not instead.
    pub fn fail(self, failure: Failure) {
        match self {
            Reply::Message(answer, _) => drop(answer.send(Err(failure))),
            Reply::Positions(answer, _) => drop(answer.send(Err(failure))),
            Reply::Nobody => {}
        }
    }
}

impl Order {
    /// The region it is for.
    pub fn region(&self) -> &RegionId {
        match self {
            Order::Write { region, .. }
            | Order::Found { region, .. }
            | Order::Positions { region, .. }
            | Order::Adopt { region, .. } => region,
        }
    }

    /// Answers without doing anything.
    pub fn fail(self, failure: Failure) {
        match self {
            Order::Write { answer, .. } | Order::Found { answer, .. } => drop(answer.send(Err(failure))),
            Order::Positions { answer, .. } => drop(answer.send(Err(failure))),
            Order::Adopt { .. } => {}
        }
    }
}
