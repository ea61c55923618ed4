//! From disk to a board: the newest snapshot that holds what it says, then the records behind it.

use super::snapshot::Snapshot;
use super::{Fault, Journal, Receipt, Snapshots};
use crate::board::id::RegionId;
use crate::board::{Board, Event};
use crate::units::Time;

/// A region as it was when the last acknowledged change was written.
#[derive(Debug)]
pub struct Recovered {
    /// The board, personal data included.
    pub board: Board,
    /// Sequence of its last record.
    pub seq: u64,
    /// The latest moment in the journal.
    pub now: Time,
    /// Receipts still remembered, oldest first.
    pub receipts: Vec<Receipt>,
    /// How many records were read behind the snapshot.
    pub replayed: u64,
}

/// Reads a region; without `snapshots` from its very first record.
///
/// # Errors
/// Any [`Fault`]. A snapshot that does not hold is passed over with a warning; where the records that would
/// have to stand in for it were cut, and where a record does not hold, that is an error.
pub fn recover(
    journal: &dyn Journal,
    snapshots: Option<&Snapshots>,
    region: &RegionId,
) -> Result<Recovered, Fault> {
    let start = snapshots.map_or(Ok(None), |s| newest(s, journal, region))?;
    let (mut board, mut seq, mut now) = match start {
        Some(mut s) => {
            s.board.mend_retries(s.now);
            (Some(s.board), s.seq, s.now)
        }
        None => (None, 0, Time::MIN),
    };
    let from = seq;
    journal.read_from(region, seq + 1, &mut |stored| {
        for event in &stored.events {
            match (&mut board, event) {
                (Some(board), event) => board.apply(event, stored.now),
                (none, Event::RegionSet(region)) => *none = Some(Board::new(region.clone())),
                (None, _) => return Err(headless(region, stored.seq)),
            }
        }
        (seq, now) = (stored.seq, stored.now);
        Ok(())
    })?;
    let mut board = board.ok_or_else(|| headless(region, seq))?;
    board.customers = journal.customers(region)?;
    let receipts = journal.receipts(region)?;
    Ok(Recovered { board, seq, now, receipts, replayed: seq - from })
}

/// The newest snapshot that holds, where the journal goes on from it without a gap.
fn newest(
    snapshots: &Snapshots,
    journal: &dyn Journal,
    region: &RegionId,
) -> Result<Option<Snapshot>, Fault> {
    let (found, passed) = snapshots.newest(region);
    let (first, last) = journal.extent(region)?.unwrap_or((1, 0));
    let start = found.as_ref().map_or(0, |s| s.seq);
    let damaged = |what: String| Fault::Damaged { file: snapshots.dir().to_owned(), what };
    if start + 1 < first {
        let why: Vec<String> = passed.iter().map(ToString::to_string).collect();
        let why = if why.is_empty() { "there is no snapshot of them".to_owned() } else { why.join("; ") };
        return Err(damaged(format!(
            "region {region}: records {} to {} were cut behind snapshots that do not hold: {why}; restore the data directory from a backup",
            start + 1,
            first - 1,
        )));
    }
    if start > last {
        return Err(damaged(format!(
            "region {region}: the snapshot is of record {start} and the journal ends at {last}, so it is an older \
             copy that lacks acknowledged changes; restore journal and snapshots from one backup"
        )));
    }
    if !passed.is_empty() {
        tracing::warn!(%region, from = start, "the region is read from an older snapshot or its first record");
    }
    Ok(found)
}

fn headless(region: &RegionId, seq: u64) -> Fault {
    let what = format!("region {region} does not begin with its creation (record {seq})");
    Fault::Damaged { file: "journal".into(), what }
}
