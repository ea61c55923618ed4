//! The scribe: a thread of its own that writes snapshots, so that the keeper never waits for one.

use super::limits;
use crate::board::Board;
use crate::board::id::RegionId;
use crate::journal::Snapshots;
use crate::journal::snapshot::Snapshot;
use crate::units::Time;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Where the keeper leaves boards to be written.
#[derive(Clone, Debug)]
pub struct Scribe {
    desk: Option<SyncSender<Snapshot>>,
    every: u64,
}

impl Scribe {
    /// Starts the thread; it ends when the last [`Scribe`] is dropped.
    ///
    /// # Panics
    /// Where the system gives no thread.
    pub fn start(snapshots: Snapshots, every: u64) -> (Scribe, JoinHandle<()>) {
        let (desk, queue) = sync_channel::<Snapshot>(limits::SNAPSHOT_QUEUE);
        let work = move || {
            for snapshot in queue {
                let (region, seq) = (snapshot.board.region.id.clone(), snapshot.seq);
                match snapshots.put(snapshot) {
                    Ok(_) => tracing::info!(%region, seq, "a snapshot was written"),
                    Err(fault) => tracing::warn!(%region, %fault, "a snapshot could not be written"),
                }
            }
        };
        let thread = thread::Builder::new().name("scribe".into()).spawn(work).expect("a thread can be had");
        (Scribe { desk: Some(desk), every }, thread)
    }

    /// A scribe that writes nothing.
    pub fn idle() -> Scribe {
        Scribe { desk: None, every: u64::MAX }
    }

    /// Takes a copy of the board where it is time; skips it where the thread is busy.
    pub fn after(&self, region: &RegionId, seq: u64, now: Time, board: &Board) {
        let Some(desk) = &self.desk else { return };
        if !seq.is_multiple_of(self.every) {
            return;
        }
        if desk.try_send(Snapshot { seq, now, board: board.clone() }).is_err() {
            tracing::warn!(%region, seq, "a snapshot was skipped: the one before is not written yet");
        }
    }
}
