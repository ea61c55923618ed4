//! What travels between the threads: orders to the desk thread, stepped orders on to the keeper.

use super::took::Took;
use crate::board::command::Adoption;
use crate::board::id::{RegionId, TechnicianId};
use crate::board::job::Job;
use crate::board::region::Region;
use crate::journal::{Cursor, Record};
use crate::plan::{Desk, Position, Reported, Travel};
use crate::units::Time;
use crate::wire::Failure;
use crate::wire::ask::Write;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Where a reply goes. Whoever waits may have gone; the write happens all the same.
pub type Answer<T> = oneshot::Sender<Result<T, Failure>>;

/// What became of an order, and what it took.
#[derive(Debug)]
pub struct Told<T> {
    /// What is answered.
    pub reply: Result<T, Failure>,
    /// What it took of the desk thread.
    pub took: Took,
}

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
        /// When it was queued.
        asked: Instant,
        /// Its id, where it has one.
        request: Option<Request>,
        /// What to do; where it was malformed, only a remembered reply can still be given.
        write: Result<Box<dyn Write>, Failure>,
        /// Where the reply goes.
        answer: Answer<Told<Vec<u8>>>,
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
        answer: Answer<Told<Vec<u8>>>,
    },
    /// Does what is due by the clock, everywhere; answered once it is on disk.
    Wake {
        /// Where it goes that it is done.
        answer: Answer<Told<Vec<u8>>>,
    },
    /// Where a subscriber stands.
    Subscriber {
        /// Which region.
        region: RegionId,
        /// Which subscriber.
        subscriber: String,
        /// What is wished.
        wish: Wish,
        /// Where it goes where the subscriber stands then.
        answer: Answer<u64>,
    },
    /// Positions of devices, not journalled.
    Positions {
        /// Which region.
        region: RegionId,
        /// When it was queued.
        asked: Instant,
        /// In the order they came.
        reports: Vec<(TechnicianId, Position)>,
        /// Where it goes what became of each.
        answer: Answer<Told<Vec<Reported>>>,
    },
    /// Better routes: advice that nobody waits for, taken only where little else is to be done.
    Adopt {
        /// Which region.
        region: RegionId,
        /// The routes.
        adoption: Box<Adoption>,
    },
}

/// What is wished of a subscriber.
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    /// That it is there, and receives what happens from now on.
    Create,
    /// That all up to a sequence counts as taken in.
    Acknowledge(u64),
    /// That it is forgotten.
    Delete,
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
    /// The events of the record, with the jobs they changed.
    Events(Vec<Arc<Job>>),
    /// A new region.
    Region(Box<Desk>),
    /// Where a subscriber stands.
    Cursor(Cursor),
    /// Positions.
    Positions(RegionId, Time, Vec<(TechnicianId, Position)>),
}

/// What is answered.
pub enum Reply {
    /// A message, or why not.
    Message(Answer<Told<Vec<u8>>>, Told<Vec<u8>>),
    /// Where a subscriber stands.
    Subscriber(Answer<u64>, Result<u64, Failure>),
    /// What became of positions.
    Positions(Answer<Told<Vec<Reported>>>, Told<Vec<Reported>>),
    /// Nobody asked.
    Nobody,
}

impl Publish {
    /// What is to be written down of where a subscriber stands.
    pub fn cursor(&self) -> Option<&Cursor> {
        match self {
            Publish::Cursor(cursor) => Some(cursor),
            Publish::Nothing | Publish::Events(_) | Publish::Region(_) | Publish::Positions(..) => None,
        }
    }
}

impl Reply {
    /// Notes what it took.
    pub fn took(&mut self, what: Took) {
        match self {
            Reply::Message(_, told) => told.took = what,
            Reply::Positions(_, told) => told.took = what,
            Reply::Subscriber(..) | Reply::Nobody => {}
        }
    }

    /// Sends it.
    pub fn send(self) {
        match self {
            Reply::Message(answer, told) => drop(answer.send(Ok(told))),
            Reply::Subscriber(answer, seq) => drop(answer.send(seq)),
            Reply::Positions(answer, told) => drop(answer.send(Ok(told))),
            Reply::Nobody => {}
        }
    }

    /// Sends why not instead.
    pub fn fail(self, failure: Failure) {
        match self {
            Reply::Message(answer, _) => drop(answer.send(Err(failure))),
            Reply::Subscriber(answer, _) => drop(answer.send(Err(failure))),
            Reply::Positions(answer, _) => drop(answer.send(Err(failure))),
            Reply::Nobody => {}
        }
    }
}

impl Order {
    /// The region it is for, where it is for one.
    pub fn region(&self) -> Option<&RegionId> {
        match self {
            Order::Write { region, .. }
            | Order::Found { region, .. }
            | Order::Subscriber { region, .. }
            | Order::Positions { region, .. }
            | Order::Adopt { region, .. } => Some(region),
            Order::Wake { .. } => None,
        }
    }

    /// When it was queued, where somebody waits to be told what it took.
    pub fn asked(&self) -> Option<Instant> {
        match self {
            Order::Write { asked, .. } | Order::Positions { asked, .. } => Some(*asked),
            Order::Found { .. } | Order::Wake { .. } | Order::Subscriber { .. } | Order::Adopt { .. } => None,
        }
    }

    /// Answers without doing anything.
    pub fn fail(self, failure: Failure) {
        match self {
            Order::Write { answer, .. } | Order::Found { answer, .. } | Order::Wake { answer } => {
                drop(answer.send(Err(failure)))
            }
            Order::Subscriber { answer, .. } => drop(answer.send(Err(failure))),
            Order::Positions { answer, .. } => drop(answer.send(Err(failure))),
            Order::Adopt { .. } => {}
        }
    }
}
