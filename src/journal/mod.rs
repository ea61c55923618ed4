//! The journal: every change of every region, on disk before anybody hears of it.
//!
//! [`Journal`] is the whole interface: append a batch of records of many regions in one commit, read a
//! region's records, remember replies by request id. `sqlite` implements it. Nothing here decides
//! anything, and a handle that failed once is never used again: it is dropped and the journal opened anew.

pub mod directory;
pub mod record;
pub mod recover;
pub mod snapshot;
pub mod sqlite;

pub use directory::Directory;
pub use record::{Receipt, Record};
pub use recover::{Recovered, recover};
pub use snapshot::Snapshots;
pub use sqlite::Sqlite;

use crate::board::Event;
use crate::board::id::{JobId, RegionId};
use crate::board::job::Customer;
use crate::units::{Span, Time};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How long a reply is remembered by its request id.
pub const RECEIPTS_KEPT: Span = Span::hours(24);

/// What is wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Another process has the directory.
    #[error("data directory {} is in use by another process{}", dir.display(), pid.map_or(String::new(), |p| format!(" (pid {p})")))]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// Who, where it said so.
        pid: Option<u32>,
    },
    /// A newer process has taken over.
    #[error("the journal was taken over by epoch {found} (this one is {own})")]
    Fenced {
        /// Ours.
        own: u64,
        /// The one on disk.
        found: u64,
    },
    /// What is on disk is not what was written.
    #[error("the journal in {} is damaged: {what}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What and where.
        what: String,
    },
    /// The files of a release to come, or of something else.
    #[error("{} was written by another release (format {found}, this one reads {own})", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// Ours.
        own: i64,
    },
    /// The file system.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it said.
        error: std::io::Error,
    },
    /// The database.
    #[error("{}: {error}", file.display())]
    Database {
        /// Which file.
        file: PathBuf,
        /// What it said.
        error: rusqlite::Error,
    },
}

/// A record as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// 1 for a region's first.
    pub seq: u64,
    /// When it was decided.
    pub now: Time,
    /// What happened. Customers are left out: they are kept apart.
    pub events: Vec<Event>,
    /// Checksum of the payload as it was written.
    pub checksum: u32,
}

/// Where an outside system stands that is told what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Whose records.
    pub region: RegionId,
    /// The system's name there.
    pub subscriber: String,
    /// All up to this sequence is taken in; `None` where it is to be forgotten.
    pub seq: Option<u64>,
}

/// Takes a record; stops the reading where it says so.
pub type Each<'a> = &'a mut dyn FnMut(Stored) -> Result<(), Fault>;

/// The one interface of everything that keeps journals.
pub trait Journal: Send {
    /// The epoch of this opening: higher than all before it.
    fn epoch(&self) -> u64;
    /// Writes all records in one commit and syncs; on an error nothing is known and the handle is spent.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn append(&mut self, batch: &[&Record]) -> Result<(), Fault>;
    /// The regions there are, in order.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn regions(&self) -> Result<Vec<RegionId>, Fault>;
    /// The first and the last sequence that a region has records of.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn extent(&self, region: &RegionId) -> Result<Option<(u64, u64)>, Fault>;
    /// Reads a region's records from `seq` on, in order and without a gap.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn read_from(&self, region: &RegionId, seq: u64, each: Each<'_>) -> Result<(), Fault>;
    /// Personal data of a region as it is now.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn customers(&self, region: &RegionId) -> Result<BTreeMap<JobId, Customer>, Fault>;
    /// Receipts still remembered, oldest first, without their replies.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn receipts(&self, region: &RegionId) -> Result<Vec<Receipt>, Fault>;
    /// The reply remembered under a request id.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn reply(&self, region: &RegionId, request_id: &str) -> Result<Option<Vec<u8>>, Fault>;
    /// Where all subscribers stand.
    ///
    /// # Errors
    /// Any [`Fault`].
    fn cursors(&self) -> Result<Vec<Cursor>, Fault>;
    /// Writes where subscribers stand, in one commit.
    ///
    /// # Errors
    /// Any [`Fault`]; the handle is spent then.
    fn stand(&mut self, cursors: &[&Cursor]) -> Result<(), Fault>;
    /// Drops the oldest records up to `seq`, at most `most` of them, and tells how many went. The caller has
    /// two verified snapshots that hold what is dropped.
    ///
    /// # Errors
    /// Any [`Fault`]; the handle is spent then.
    fn cut(&mut self, region: &RegionId, seq: u64, most: u64) -> Result<u64, Fault>;
}
