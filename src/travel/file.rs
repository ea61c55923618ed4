//! The `.roads` file: one header, the arrays of a network, one checksum over all of it.
//!
//! Layout, little-endian: `CALLROAD`, version `u32`, length of the body `u64`, body, CRC-32 of everything
//! before it. The body is two texts and twelve arrays, each with its element count first. Never trusts
//! what it reads: every index is checked before a network is made of it.

use super::class::CLASSES;
use super::graph::CLOSED;
use super::hierarchy::{Hierarchy, NONE};
use super::network::{Network, Parts};
use crate::geo::Point;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"CALLROAD";
const VERSION: u32 = 1;
const HEADER: usize = 20;
/// Decimetres once around the Earth.
const LONGEST: u32 = 400_750_170;
/// Hundredths of a second that no delay reaches: two of them and a lane stay beneath what stands for shut.
const DELAY: u32 = 1 << 27;
/// Levels of the elimination tree. Whole countries have some thousand; paths are unpacked by recursion.
const DEEPEST: u32 = 5_000;

/// A `.roads` file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a `.roads` file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The system refused.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// It is something else.
    #[error("not a .roads file; make one with `callout roads build CITY.osm.pbf -o CITY.roads`")]
    Foreign,
    /// A newer program wrote it.
    #[error("written by a newer callout (format {0}; this one reads {VERSION}); update, or build it again")]
    Newer(u32),
    /// Its end is missing.
    #[error("cut short: {have} of {want} bytes; build or copy it again")]
    Truncated {
        /// Bytes there are.
        have: u64,
        /// Bytes there should be.
        want: u64,
    },
    /// Its content is not what was written.
    #[error("damaged: {0}; build or copy it again")]
    Damaged(&'static str),
}

/// Reads and checks a file.
pub(super) fn load(path: &Path) -> Result<Network, FileError> {
    let fail = |fault| FileError { path: path.to_owned(), fault };
    let bytes = std::fs::read(path).map_err(|e| fail(e.into()))?;
    network(&bytes).map_err(fail)
}

/// Checks the bytes of a file and makes a network of them.
pub(super) fn network(bytes: &[u8]) -> Result<Network, Fault> {
    let (parts, sum) = decode(bytes)?;
    let hierarchy = Hierarchy::assemble(parts.first_up.clone(), parts.head.clone());
    chordal(&hierarchy).map_err(Fault::Damaged)?;
    Network::from_parts(parts, hierarchy, sum).ok_or(Fault::Damaged("a lane is not in its hierarchy"))
}

/// Writes beside the target and renames, so that a reader never sees half a file.
pub(super) fn save(path: &Path, parts: &Parts) -> Result<(), FileError> {
    let fail = |e: std::io::Error| FileError { path: path.to_owned(), fault: e.into() };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut out = std::fs::File::create(&beside)?;
        out.write_all(&encode(parts))?;
        out.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        fail(e)
    })
}

/// The checksum a file of these parts carries.
pub(super) fn checksum(parts: &Parts) -> u32 {
    let bytes = encode(parts);
    u32::from_le_bytes(bytes[bytes.len() - 4..].try_into().expect("four bytes"))
}

fn encode(parts: &Parts) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.line.len() * 8 + parts.head.len() * 4 + parts.travel.len() * 24);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&[0; 8]);
    put_bytes(&mut out, parts.name.as_bytes());
    put_bytes(&mut out, parts.attribution.as_bytes());
    put_bytes(&mut out, &parts.class);
    for list in lists(parts) {
        put_count(&mut out, list.len());
        list.iter().for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
    }
    put_count(&mut out, parts.line.len());
    for point in &parts.line {
        out.extend_from_slice(&point.lon.to_le_bytes());
        out.extend_from_slice(&point.lat.to_le_bytes());
    }
    let body = (out.len() - HEADER) as u64;
    out[12..HEADER].copy_from_slice(&body.to_le_bytes());
    let sum = crc32fast::hash(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

fn lists(parts: &Parts) -> [&Vec<u32>; 10] {
    let p = parts;
    [
        &p.decimetres,
        &p.line_first,
        &p.travel,
        &p.delay,
        &p.entry,
        &p.lane_head,
        &p.tail_first,
        &p.tails,
        &p.first_up,
        &p.head,
    ]
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// The arrays and the checksum.
fn decode(bytes: &[u8]) -> Result<(Parts, u32), Fault> {
    let have = bytes.len() as u64;
    if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) || bytes.is_empty() {
        return Err(Fault::Foreign);
    }
    if bytes.len() < HEADER + 4 {
        return Err(Fault::Truncated { have, want: HEADER as u64 + 4 });
    }
    let version = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
    if version > VERSION {
        return Err(Fault::Newer(version));
    }
    let body = u64::from_le_bytes(bytes[12..HEADER].try_into().expect("eight bytes"));
    let want = body.saturating_add(HEADER as u64 + 4);
    if have < want {
        return Err(Fault::Truncated { have, want });
    }
    let (whole, sum) = bytes.split_at(bytes.len() - 4);
    let sum = u32::from_le_bytes(sum.try_into().expect("four bytes"));
    if have > want || crc32fast::hash(whole) != sum {
        return Err(Fault::Damaged("its checksum does not match its content"));
    }
    let parts = Cursor(&whole[HEADER..]).parts().ok_or(Fault::Damaged("its arrays do not add up"))?;
    check(&parts).map(|()| (parts, sum)).map_err(Fault::Damaged)
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?) as usize)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    fn numbers(&mut self) -> Option<Vec<u32>> {
        let count = self.count()?;
        let (words, _) = self.take(count.checked_mul(4)?)?.as_chunks::<4>();
        Some(words.iter().map(|w| u32::from_le_bytes(*w)).collect())
    }

    fn points(&mut self) -> Option<Vec<Point>> {
        let count = self.count()?;
        let (words, _) = self.take(count.checked_mul(8)?)?.as_chunks::<8>();
        let half = |w: &[u8]| i32::from_le_bytes(w.try_into().expect("four bytes"));
        Some(words.iter().map(|w| Point { lon: half(&w[..4]), lat: half(&w[4..]) }).collect())
    }

    fn parts(mut self) -> Option<Parts> {
        let parts = Parts {
            name: self.text()?,
            attribution: self.text()?,
            class: self.bytes()?.to_vec(),
            decimetres: self.numbers()?,
            line_first: self.numbers()?,
            travel: self.numbers()?,
            delay: self.numbers()?,
            entry: self.numbers()?,
            lane_head: self.numbers()?,
            tail_first: self.numbers()?,
            tails: self.numbers()?,
            first_up: self.numbers()?,
            head: self.numbers()?,
            line: self.points()?,
        };
        self.0.is_empty().then_some(parts)
    }
}

/// Everything a network takes for granted, so that a file with a right checksum and wrong content (written
/// by something else) cannot make one panic.
fn check(p: &Parts) -> Result<(), &'static str> {
    let (segments, nodes) = (p.class.len(), p.first_up.len().saturating_sub(1));
    let offsets = |list: &[u32], count: usize, end: usize| {
        list.len() == count + 1
            && list[0] == 0
            && list.is_sorted()
            && list.last().is_some_and(|l| *l as usize == end)
    };
    let is_node = |v: &u32| (*v as usize) < nodes;
    let ensure = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(what) };
    ensure(segments > 0 && nodes > 0, "it holds no roads")?;
    ensure(p.class.iter().all(|c| usize::from(*c) < CLASSES), "it names an unknown class of road")?;
    ensure(p.decimetres.len() == segments, "a segment has no length")?;
    ensure(p.decimetres.iter().all(|d| *d < LONGEST), "a segment is longer than the Earth is round")?;
    ensure(offsets(&p.line_first, segments, p.line.len()), "its lines are out of order")?;
    ensure(p.line_first.windows(2).all(|w| w[1] >= w[0] + 2), "a segment has no line")?;
    ensure(
        p.line.iter().all(|q| q.lon.unsigned_abs() <= 1_800_000_000 && q.lat.unsigned_abs() <= 900_000_000),
        "a point is off the globe",
    )?;
    let lanes = [&p.travel, &p.delay, &p.entry, &p.lane_head].iter().all(|list| list.len() == segments * 2);
    ensure(lanes && offsets(&p.tail_first, segments * 2, p.tails.len()), "its lanes are out of order")?;
    ensure(p.tails.iter().all(is_node), "a lane begins nowhere")?;
    ensure(p.delay.iter().chain(&p.entry).all(|d| *d < DELAY), "a delay takes weeks")?;
    for lane in 0..segments * 2 {
        let shut = p.travel[lane] == CLOSED;
        ensure(shut == (p.lane_head[lane] == NONE), "a lane is half shut")?;
        ensure(shut || is_node(&p.lane_head[lane]) && p.travel[lane] < 1 << 28, "a lane leads nowhere")?;
        ensure(shut == (p.tail_first[lane] == p.tail_first[lane + 1]), "a lane cannot be entered")?;
    }
    ensure(offsets(&p.first_up, nodes, p.head.len()), "its hierarchy is out of order")?;
    for node in 0..nodes {
        let up = &p.head[p.first_up[node] as usize..p.first_up[node + 1] as usize];
        let above = up.iter().all(|u| *u as usize > node && (*u as usize) < nodes);
        ensure(above && up.is_sorted_by(|a, b| a < b), "its hierarchy is out of order")?;
    }
    Ok(())
}

/// What all searches rest on: a node's other upper neighbours are its lowest one's too, so that every way up
/// is a way through parents; and the tree of parents is no deeper than paths can be unpacked.
fn chordal(h: &Hierarchy) -> Result<(), &'static str> {
    let mut depth = vec![0u32; h.nodes()];
    for node in (0..h.nodes() as u32).rev() {
        let Some((&parent, rest)) = h.head[h.up(node)].split_first() else { continue };
        let mut above = h.head[h.up(parent)].iter();
        if !rest.iter().all(|other| above.any(|u| u == other)) {
            return Err("its hierarchy is not chordal");
        }
        depth[node as usize] = depth[parent as usize] + 1;
    }
    if depth.iter().any(|d| *d > DEEPEST) { Err("its hierarchy is too deep") } else { Ok(()) }
}
