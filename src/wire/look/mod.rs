//! Calls that only read: answered from the published board, in one room.

mod booking;
mod catalog;
pub mod coverage;
mod dispatch;
mod fleet;
mod learned;
mod manual;
mod moves;
mod offer;
mod parts;
mod region;
pub mod staffing;
mod stock;

pub use booking::found;
pub use coverage::demand_rates;
pub use dispatch::evaluated;

use super::Failure;
use crate::board::id::RegionId;
use crate::plan::Desk;
use crate::units::Time;

/// A request that only reads.
pub trait Look: prost::Message {
    /// What is answered.
    type Reply: prost::Message;
    /// The region it is for.
    ///
    /// # Errors
    /// Where its name is not one.
    fn region(&self) -> Result<RegionId, Failure>;
    /// The answer; `sequence` is the region's in the journal.
    ///
    /// # Errors
    /// Where the request is malformed or what it names is not there.
    fn answer(&self, desk: &Desk, now: Time, sequence: u64) -> Result<Self::Reply, Failure>;
}
