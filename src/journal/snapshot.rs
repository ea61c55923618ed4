//! Snapshots: a region's board in a file of its own, so that a restart need not read the whole journal.
//!
//! A snapshot is written beside its place, synced, read back and compared before it counts. Personal data is
//! not in it. Two that hold are kept for each region; records may be dropped only behind both.

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
/// Ending of one that is being written.
const PART: &str = "part";

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

    /// Where they are.
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// Removes what a killed process left half written. Only for who holds the data directory.
    pub fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        let half = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == PART));
        half.for_each(|path| drop(fs::remove_file(path)));
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
        let part = path.with_extension(PART);
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Fault::File { path, error }
        };
        let mut file = File::create(&part).map_err(failed(&part))?;
        file.write_all(&snapshot.to_bytes()).and_then(|()| file.sync_all()).map_err(failed(&part))?;
        drop(file);
        if read(&part)? != snapshot {
            return Err(Fault::Damaged { file: part, what: "it does not read back as written".into() });
        }
        fs::rename(&part, &path).map_err(failed(&path))?;
        File::open(&self.0).and_then(|dir| dir.sync_all()).map_err(failed(&self.0))?;
        // those that do not hold are no use to anybody: they must not push out one that does
        let (sound, unsound): (Vec<_>, Vec<_>) =
            self.of(&region).into_iter().rev().partition(|(_, path)| sound(path).is_ok());
        for (_, old) in sound.iter().skip(KEPT).chain(&unsound) {
            fs::remove_file(old).map_err(failed(old))?;
        }
        Ok(sound.get(KEPT - 1).map(|(seq, _)| *seq))
    }

    /// The newest one that holds what it says, and what is wrong with those that were passed over.
    pub fn newest(&self, region: &RegionId) -> (Option<Snapshot>, Vec<Fault>) {
        let mut passed = Vec::new();
        for (_, path) in self.of(region).into_iter().rev() {
            match read(&path) {
                Ok(snapshot) => return (Some(snapshot), passed),
                Err(fault) => {
                    tracing::warn!(%fault, "passed over a snapshot");
                    passed.push(fault);
                }
            }
        }
        (None, passed)
    }

    /// The regions that there are snapshots of, in order.
    pub fn regions(&self) -> Vec<RegionId> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let region = |name: String| {
            let (region, _) = name.strip_suffix(".json")?.rsplit_once('.')?;
            Some(RegionId::from(region))
        };
        let named = entries.flatten().filter_map(|e| e.file_name().into_string().ok().and_then(region));
        let mut all: Vec<RegionId> = named.collect();
        all.sort();
        all.dedup();
        all
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
    let (bytes, body) = sound(path)?;
    Snapshot::parse(&bytes[body..]).map_err(|what| damaged(path, what))
}

/// The bytes of a file that matches its checksum, and where its body begins.
fn sound(path: &Path) -> Result<(Vec<u8>, usize), Fault> {
    let bytes = fs::read(path).map_err(|error| Fault::File { path: path.to_owned(), error })?;
    let body = body(&bytes).map_err(|what| damaged(path, what.into()))?;
    Ok((bytes, body))
}

fn damaged(path: &Path, what: String) -> Fault {
    Fault::Damaged { file: path.to_owned(), what }
}

/// Where the body begins, once the head is found to be true of it.
fn body(bytes: &[u8]) -> Result<usize, &'static str> {
    let end = bytes.iter().position(|b| *b == b'\n').ok_or("it has no head")?;
    let (head, body) = (&bytes[..end], &bytes[end + 1..]);
    let expected = format!("{MAGIC} {:08x} {}", crc32fast::hash(body), body.len());
    if head == expected.as_bytes() { Ok(end + 1) } else { Err("it does not match its checksum") }
}

impl Snapshot {
    /// From the bytes of a whole file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Snapshot, String> {
        Snapshot::parse(&bytes[body(bytes)?..])
    }

    fn parse(body: &[u8]) -> Result<Snapshot, String> {
        serde_json::from_slice(body).map_err(|e| e.to_string())
    }

    /// The bytes of a whole file.
    fn to_bytes(&self) -> Vec<u8> {
        let body = serde_json::to_vec(self).expect("boards can be written as JSON");
        let mut bytes = format!("{MAGIC} {:08x} {}\n", crc32fast::hash(&body), body.len()).into_bytes();
        bytes.extend_from_slice(&body);
        bytes
    }
}
