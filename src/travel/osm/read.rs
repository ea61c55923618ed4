//! Reading `.osm.pbf`: which blocks hold what is left to the decoder; two passes keep memory small.
//!
//! Never judges tags itself.

use super::{Draft, Extract, judge, node};
use crate::geo::Point;
use crate::travel::Progress;
use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType, Relation};
use std::path::{Path, PathBuf};

/// An extract that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", path.display(), source)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// What the decoder said.
    pub source: osmpbf::Error,
}

/// Reads ways and restrictions, then the nodes they use.
pub(super) fn read(path: &Path, progress: Progress) -> Result<Extract, ReadError> {
    let fail = |source| ReadError { path: path.to_owned(), source };
    let mut draft = Draft::default();
    each_block(path, "ways", progress, |block| ways(block, &mut draft)).map_err(fail)?;
    let mut used: Vec<i64> = draft.ways.iter().flat_map(|(_, refs, _)| refs.iter().copied()).collect();
    used.sort_unstable();
    used.dedup();
    each_block(path, "nodes", progress, |block| nodes(block, &used, &mut draft)).map_err(fail)?;
    Ok(draft.finish())
}

fn each_block(
    path: &Path,
    stage: &'static str,
    progress: Progress,
    mut visit: impl FnMut(&PrimitiveBlock),
) -> osmpbf::Result<()> {
    let total = std::fs::metadata(path).map_or(0, |file| file.len());
    for blob in BlobReader::from_path(path)? {
        let blob = blob?;
        progress(stage, blob.offset().map_or(0, |at| at.0), total);
        if let BlobDecode::OsmData(block) = blob.decode()? {
            visit(&block);
        }
    }
    progress(stage, total, total);
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
        draft.node(id, Point { lon, lat }, &tags);
    }
}
