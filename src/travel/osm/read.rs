//! Reading `.osm.pbf`: which blocks hold what is left to the decoder; two passes keep memory small.
//!
//! Never judges tags itself.

use super::{Draft, Extract, judge, node};
use crate::geo::Point;
use crate::travel::Progress;
use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType, Relation};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// An extract that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", path.display(), source)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: Fault,
}

/// What can be wrong with an extract.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The decoder refused it.
    #[error(transparent)]
    Refused(#[from] osmpbf::Error),
    /// The decoder took it and fell over an object in it (a member of no known kind, a coordinate beyond all
    /// numbers).
    #[error("damaged: an object in it cannot be read; copy it again")]
    Damaged,
}

/// Reads ways and restrictions, then the nodes they use.
pub(super) fn read(path: &Path, progress: Progress) -> Result<Extract, ReadError> {
    let total = std::fs::metadata(path).map_or(0, |file| file.len());
    let told = |stage, at| progress(stage, at, total);
    both(|| BlobReader::from_path(path), &told)
        .map_err(|source| ReadError { path: path.to_owned(), source })
        .inspect(|_| told("nodes", total))
}

/// The same from bytes in memory.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Extract, Fault> {
    both(|| Ok(BlobReader::new(bytes)), &|_, _| {})
}

fn both<R: Read + Send>(
    open: impl Fn() -> osmpbf::Result<BlobReader<R>>,
    told: &dyn Fn(&'static str, u64),
) -> Result<Extract, Fault> {
    let mut draft = Draft::default();
    each_block(open()?, |at| told("ways", at), |block| ways(block, &mut draft))?;
    let mut used: Vec<i64> = draft.ways.iter().flat_map(|(_, refs, _)| refs.iter().copied()).collect();
    used.sort_unstable();
    used.dedup();
    each_block(open()?, |at| told("nodes", at), |block| nodes(block, &used, &mut draft))?;
    Ok(draft.finish())
}

fn each_block<R: Read + Send>(
    blobs: BlobReader<R>,
    told: impl Fn(u64),
    mut visit: impl FnMut(&PrimitiveBlock),
) -> Result<(), Fault> {
    for blob in blobs {
        let blob = blob?;
        told(blob.offset().map_or(0, |at| at.0));
        // the decoder trusts what is inside a block and panics where that is wrong
        let read = catch_unwind(AssertUnwindSafe(|| {
            if let BlobDecode::OsmData(block) = blob.decode()? {
                visit(&block);
            }
            Ok::<(), osmpbf::Error>(())
        }));
        read.map_err(|_| Fault::Damaged)??;
    }
    Ok(())
}

fn ways(block: &PrimitiveBlock, draft: &mut Draft) {
    for element in block.elements() {
        match element {
            Element::Way(way) => {
                let tags: Vec<(&str, &str)> = way.tags().collect();
                if let Some(drive) = judge(&tags) {
                    draft.judged(way.id(), way.refs().collect(), drive);
                }
            }
            Element::Relation(relation) => turns(&relation, draft),
            _ => {}
        }
    }
}

/// A restriction with one node as its `via`; several `from` or `to` members make several turns.
fn turns(relation: &Relation, draft: &mut Draft) {
    let tags: Vec<(&str, &str)> = relation.tags().collect();
    let Some(kind) = node::restriction(&tags) else { return };
    let (mut from, mut via, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for member in relation.members() {
        match (member.role(), member.member_type) {
            (Ok("from"), RelMemberType::Way) => from.push(member.member_id),
            (Ok("to"), RelMemberType::Way) => to.push(member.member_id),
            (Ok("via"), RelMemberType::Node) => via.push(member.member_id),
            _ => {}
        }
    }
    let [via] = via[..] else { return };
    for &from in &from {
        for &to in &to {
            draft.turn(from, via, to, kind);
        }
    }
}

fn nodes(block: &PrimitiveBlock, used: &[i64], draft: &mut Draft) {
    for element in block.elements() {
        let (id, lon, lat, tags): (_, _, _, Vec<(&str, &str)>) = match &element {
            Element::Node(n) if used.binary_search(&n.id()).is_ok() => {
                (n.id(), n.decimicro_lon(), n.decimicro_lat(), n.tags().collect())
            }
            Element::DenseNode(n) if used.binary_search(&n.id()).is_ok() => {
                (n.id(), n.decimicro_lon(), n.decimicro_lat(), n.tags().collect())
            }
            _ => continue,
        };
        // off the globe is nowhere: its ways are cut there
        if lon.unsigned_abs() <= 1_800_000_000 && lat.unsigned_abs() <= 900_000_000 {
            draft.node(id, Point { lon, lat }, &tags);
        }
    }
}
