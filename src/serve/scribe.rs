//! The scribe: a thread of its own that writes snapshots, so that the keeper never waits for one, and says
//! behind which records two of them hold.

use super::limits;
use crate::board::Board;
use crate::board::id::RegionId;
use crate::journal::Snapshots;
use crate::journal::snapshot::Snapshot;
use crate::units::Time;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Where the keeper leaves boards to be written, and learns what it may cut.
#[derive(Clone, Debug)]
pub struct Scribe {
    desk: SyncSender<Snapshot>,
    every: u64,
    cuts: Arc<Mutex<BTreeMap<RegionId, u64>>>,
}

impl Scribe {
    /// Starts the thread; it ends when the last [`Scribe`] is dropped. A snapshot is due `every` so many
    /// records of a region; the `keep` newest of those that two snapshots hold are not cut.
    ///
    /// # Panics
    /// Where the system gives no thread.
    pub fn start(snapshots: Snapshots, every: u64, keep: u64) -> (Scribe, JoinHandle<()>) {
        let (desk, queue) = sync_channel::<Snapshot>(limits::SNAPSHOT_QUEUE);
        let cuts = Arc::new(Mutex::new(BTreeMap::new()));
        let found = cuts.clone();
        let work = move || {
            super::humble::step_back();
            for snapshot in queue {
                let (region, seq) = (snapshot.board.region.id.clone(), snapshot.seq);
                match snapshots.put(snapshot) {
                    Ok(held) => {
                        tracing::info!(%region, seq, "a snapshot was written");
                        if let Some(upto) = held.map(|seq| seq.saturating_sub(keep)).filter(|seq| *seq > 0) {
                            found.lock().insert(region, upto);
                        }
                    }
                    Err(fault) => tracing::warn!(%region, %fault, "a snapshot could not be written"),
                }
            }
        };
        let thread = thread::Builder::new().name("scribe".into()).spawn(work).expect("a thread can be had");
        (Scribe { desk, every, cuts }, thread)
    }

    /// Takes a copy of the board where it is time; skips it where the thread is busy.
    pub fn after(&self, region: &RegionId, seq: u64, now: Time, board: &Board) {
        if !seq.is_multiple_of(self.every) {
            return;
        }
        if self.desk.try_send(Snapshot { seq, now, board: board.clone() }).is_err() {
            tracing::warn!(%region, seq, "a snapshot was skipped: the one before is not written yet");
        }
    }

    /// A region with records to drop, and up to which: two verified snapshots hold them.
    pub fn due(&self) -> Option<(RegionId, u64)> {
        self.cuts.lock().first_key_value().map(|(region, upto)| (region.clone(), *upto))
    }

    /// That was done.
    pub fn done(&self, region: &RegionId, upto: u64) {
        let mut cuts = self.cuts.lock();
        if cuts.get(region) == Some(&upto) {
            cuts.remove(region);
        }
    }
}
