//! The published boards: what readers see, which is never ahead of the disk.
//!
//! Each region has a second desk here that is folded from the same events after they were synced.

use crate::board::id::RegionId;
use crate::board::refusal::{Noun, Refusal};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::Failure;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A region's published desk and the sequence of the last record in it.
pub struct Shown {
    /// The desk.
    pub desk: Desk,
    /// The sequence.
    pub seq: u64,
    /// Where subscribers stand: all up to there is acknowledged.
    pub subscribers: Subscribers,
}

/// Has the tables made that a region's coverage rests on, with its board free meanwhile: whoever publishes would wait.
pub fn ground(shown: &RwLock<Shown>, now: Time) {
    // the hour may turn between two of them; whoever asks makes what is lacking then
    for _ in 0..3 {
        let Some(lacking) = shown.read().desk.coverage_lacks(now) else { return };
        lacking.make();
    }
}

/// Acknowledged sequences by subscriber.
pub type Subscribers = BTreeMap<String, u64>;

/// All published regions.
#[derive(Default)]
pub struct Shelf(RwLock<BTreeMap<RegionId, Arc<RwLock<Shown>>>>);

impl Shelf {
    /// A region.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn region(&self, id: &RegionId) -> Result<Arc<RwLock<Shown>>, Failure> {
        let missing = || Refusal::NotFound { noun: Noun::Region, id: id.to_string() }.into();
        self.0.read().get(id).cloned().ok_or_else(missing)
    }

    /// Whether there is such a region.
    pub fn holds(&self, id: &RegionId) -> bool {
        self.0.read().contains_key(id)
    }

    /// Puts a region up, in place of the one there.
    pub fn put(&self, id: RegionId, shown: Shown) {
        let mut all = self.0.write();
        match all.get(&id) {
            Some(there) => *there.write() = shown,
            None => drop(all.insert(id, Arc::new(RwLock::new(shown)))),
        }
    }

    /// All ids, in order.
    pub fn ids(&self) -> Vec<RegionId> {
        self.0.read().keys().cloned().collect()
    }
}
