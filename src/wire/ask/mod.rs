//! Calls that change something: from a request to a command, and from what happened to the reply.
//!
//! An [`Ask`] is a request as it came; once checked it is a [`Write`], which the region's writer turns into a
//! command on the live board and answers from it. Replies are bytes, so that a repeated request gets the very same.
//! Who called is not in those bytes: it is laid over them each time, so that it can be erased.

mod booking;
mod catalog;
mod coverage;
mod dispatch;
mod fleet;
mod manual;
mod moves;
mod offer;
mod parts;
mod progress;
mod region;
mod stock;

pub use region::NewRegion;

use super::check::{At, check};
use super::{Failure, name};
use crate::board::id::RegionId;
use crate::board::{Command, Event};
use crate::plan::Desk;
use crate::units::Time;
use std::time::Duration;

/// A request that changes something.
pub trait Ask: prost::Message {
    /// Its method, as it is journalled and as request ids are told apart.
    const METHOD: &'static str;
    /// What it is once checked.
    type Write: Write;
    /// What is answered.
    type Reply: prost::Message + Default;
    /// The region it is for.
    ///
    /// # Errors
    /// Where its name is not one.
    fn region(&self) -> Result<RegionId, Failure>;
    /// The id that makes it safe to repeat; none where empty.
    fn request_id(&self) -> &str;
    /// Whether it only wants to be checked.
    fn only_check(&self) -> bool {
        false
    }
    /// Checks it against the published board.
    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<Self::Write>;
    /// Puts in what is not kept with a reply: personal data, as the published board has it now.
    fn complete(_reply: &mut Self::Reply, _desk: &Desk) {}
}

/// A checked request, on its way to the writer.
pub trait Write: Send + 'static {
    /// What has to be worked out on the board as it is now, before there is a command.
    ///
    /// # Errors
    /// What only the live board can say.
    fn prepare(&mut self, _desk: &Desk, _now: Time) -> Result<(), Failure> {
        Ok(())
    }
    /// The command on the board as it is now.
    ///
    /// # Errors
    /// What only the live board can say.
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure>;
    /// The reply, told from the board after the command. It is kept under its request id: personal data is
    /// left out, [`Ask::complete`] puts it in on the way out.
    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8>;
    /// The reply to a request that only wants to be checked.
    fn rehearsed(&self, _desk: &Desk, _now: Time) -> Vec<u8> {
        Vec::new()
    }
}

/// The region of a name in `field`: `regions/{region}/{collection}/{id}`.
fn region_of(field: &str, collection: &str, said: &str) -> Result<RegionId, Failure> {
    check(|at| name::anywhere(&at.field(field), collection, said).map(|(region, _)| region))
}

/// The region that a `parent` is.
fn parent(said: &str) -> Result<RegionId, Failure> {
    check(|at| name::region(&at.field("parent"), said))
}

/// What a command did.
#[derive(Clone, Copy, Debug)]
pub struct Done<'a> {
    /// When.
    pub now: Time,
    /// What happened.
    pub events: &'a [Event],
    /// How long it took to decide.
    pub took: Duration,
}

/// Identifies method and body of a request; other bodies under one id are told apart by it.
pub fn digest(method: &str, request: &impl prost::Message) -> String {
    let bytes = request.encode_to_vec();
    let fnv = method.bytes().chain(bytes.iter().copied()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{fnv:016x}{:08x}{:x}", crc32fast::hash(&bytes), bytes.len())
}
