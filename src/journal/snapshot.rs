//! Snapshots: a region's board in a file of its own, so that a restart need not read the whole journal.
//!
//! A snapshot is written beside its place, synced, read back and compared before it counts. Personal data is
//! not in it. Two are kept for each region; records may be dropped only behind both.

use super::Fault;
use crate::board::Board;
use crate::board::id::RegionId;
use crate::units::Time;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Snapshots kept a region.
const KEPT: usize = 2;
/// First line of a snapshot.
const MAGIC: &str = "callout snapshot 1";

/// The directory of snapshots.
#[derive(Clone, Debug)]
pub struct Snapshots(PathBuf);

/// A board and where in the journal it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Sequence of the last record in it.
    pub seq: u64,
    /// When that was.
    pub now: Time,
    /// The board, without personal data.
    pub board: Board,
}

impl Snapshots {
    /// Snapshots in `dir`, which is created where it is not there.
    ///
    /// # Errors
    /// Where the directory cannot be made.
    pub fn at(dir: PathBuf) -> Result<Snapshots, Fault> {
        fs::create_dir_all(&dir).map_err(|error| Fault::File { path: dir.clone(), error })?;
        Ok(Snapshots(dir))
    }

    /// Writes, reads back and compares a snapshot, then drops those over the number kept. Answers with the
    /// sequence behind which records may be dropped: that of the older of two that hold.
    ///
    /// # Errors
    /// Where it cannot be written or does not read back.
    pub fn put(&self, mut snapshot: Snapshot) -> Result<Option<u64>, Fault> {
        snapshot.board.customers.clear();
        let region = snapshot.board.region.id.clone();
        let path = self.path(&region, snapshot.seq);
        let part = path.with_extension("part");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Fault::File { path, error }
        };
        let body = serde_json::to_vec(&snapshot).expect("boards can be written as JSON");
        let mut file = File::create(&part).map_err(failed(&part))?;
        let head = format!("{MAGIC} {:08x} {}\n", crc32fast::hash(&body), body.len());
        file.write_all(head.as_bytes()).map_err(failed(&part))?;
        file.write_all(&body).and_then(|()| file.sync_all()).map_err(failed(&part))?;
        drop(file);
        if read(&part)? != snapshot {
            return Err(Fault::Damaged { file: part, what: "it does not read back as written".into() });
        }
        fs::rename(&part, &path).map_err(failed(&path))?;
        File::open(&self.0).and_then(|dir| dir.sync_all()).map_err(failed(&self.0))?;
        let all = self.of(&region);
        for (_, old) in all.iter().rev().skip(KEPT) {
            fs::remove_file(old).map_err(failed(old))?;
        }
        Ok(all.iter().rev().nth(KEPT - 1).filter(|(_, path)| read(path).is_ok()).map(|(seq, _)| *seq))
    }

    /// The newest one that holds what it says; those that do not are passed over with a warning.
    pub fn newest(&self, region: &RegionId) -> Option<Snapshot> {
        self.of(region).into_iter().rev().find_map(|(_, path)| match read(&path) {
            Ok(snapshot) => Some(snapshot),
            Err(fault) => {
                tracing::warn!(%fault, "passed over a snapshot");
                None
            }
        })
    }

    fn path(&self, region: &RegionId, seq: u64) -> PathBuf {
        self.0.join(format!("{region}.{seq:016}.json"))
    }

    /// A region's snapshots, oldest first.
    fn of(&self, region: &RegionId) -> Vec<(u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let named = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let seq = name.strip_prefix(region.as_str())?.strip_prefix('.')?.strip_suffix(".json")?;
            Some((seq.parse().ok()?, entry.path()))
        });
        let mut all: Vec<(u64, PathBuf)> = named.collect();
        all.sort();
        all
    }
}

fn read(path: &Path) -> Result<Snapshot, Fault> {
    let damaged = |what: String| Fault::Damaged { file: path.to_owned(), what };
    let bytes = fs::read(path).map_err(|error| Fault::File { path: path.to_owned(), error })?;
    let end = bytes.iter().position(|b| *b == b'\n').ok_or_else(|| damaged("it has no head".into()))?;
    let (head, body) = (&bytes[..end], &bytes[end + 1..]);
    let expected = format!("{MAGIC} {:08x} {}", crc32fast::hash(body), body.len());
    if head != expected.as_bytes() {
        return Err(damaged("it does not match its checksum".into()));
    }
    serde_json::from_slice(body).map_err(|e| damaged(e.to_string()))
}
