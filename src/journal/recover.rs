//! From disk to a board: the newest snapshot that holds what it says, then the records behind it.

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
/// Any [`Fault`]; a snapshot that does not hold is passed over, a record that does not is an error.
pub fn recover(
    journal: &dyn Journal,
    snapshots: Option<&Snapshots>,
    region: &RegionId,
) -> Result<Recovered, Fault> {
    let start = snapshots.and_then(|s| s.newest(region));
    let (mut board, mut seq, mut now) = match start {
        Some(s) => (Some(s.board), s.seq, s.now),
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

fn headless(region: &RegionId, seq: u64) -> Fault {
    let what = format!("region {region} does not begin with its creation (record {seq})");
    Fault::Damaged { file: "journal".into(), what }
}
