//! A road network ready to be weighted: segments with their geometry, lanes, arcs, and the hierarchy.
//!
//! Nodes are named by rank in the hierarchy. A lane is a direction of a segment, `segment * 2` along its
//! drawing and `+ 1` against. Never knows an hour: times here are free flow, in hundredths of a second.

use super::class::Class;
use super::graph::{self, CLOSED, Segment};
use super::hierarchy::{Hierarchy, NONE, order};
use super::osm::Extract;
use super::snap::Snapper;
use super::{Progress, file, osm};
use crate::geo::{Cell, Point};
use std::collections::BTreeMap;
use std::path::Path;

/// Who must be named wherever the roads are shown.
pub const ATTRIBUTION: &str = "(c) OpenStreetMap contributors, ODbL 1.0";

/// A road network. Build or load one, share it, weight it with a profile (`Roads`).
#[derive(Debug)]
pub struct Network {
    pub(super) name: String,
    pub(super) attribution: String,
    pub(super) class: Vec<Class>,
    pub(super) decimetres: Vec<u32>,
    /// Where each segment's line begins in `line`, and the end of all.
    pub(super) line_first: Vec<u32>,
    pub(super) line: Vec<Point>,
    /// For each lane: free-flow hundredths of a second ([`CLOSED`] where shut), and what its end costs.
    pub(super) travel: Vec<u32>,
    pub(super) delay: Vec<u32>,
    /// For each lane: what turning into it costs, in hundredths of a second.
    pub(super) entry: Vec<u32>,
    /// For each lane: the node it leads to, [`NONE`] where shut.
    pub(super) lane_head: Vec<u32>,
    /// For each lane: where the nodes it may be entered from begin in `tails`, and the end of all.
    pub(super) tail_first: Vec<u32>,
    pub(super) tails: Vec<u32>,
    pub(super) hierarchy: Hierarchy,
    /// For each entry of `tails`: the slot of the hierarchy it is laid on, [`NONE`] for a loop.
    pub(super) slots: Vec<u32>,
    /// Entries of `tails` sorted by slot, loops left out.
    pub(super) by_slot: Vec<u32>,
    pub(super) snapper: Snapper,
    pub(super) checksum: u32,
}

/// The parts of a [`Network`] that a file stores; the rest follows from them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parts {
    pub name: String,
    pub attribution: String,
    pub class: Vec<u8>,
    pub decimetres: Vec<u32>,
    pub line_first: Vec<u32>,
    pub line: Vec<Point>,
    pub travel: Vec<u32>,
    pub delay: Vec<u32>,
    pub entry: Vec<u32>,
    pub lane_head: Vec<u32>,
    pub tail_first: Vec<u32>,
    pub tails: Vec<u32>,
    pub first_up: Vec<u32>,
    pub head: Vec<u32>,
}

/// An extract in which no car can go from anywhere to anywhere.
#[derive(Debug, thiserror::Error)]
#[error("no drivable roads in it")]
pub struct NoRoads;

/// A network that could not be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The extract could not be read.
    #[error(transparent)]
    Extract(#[from] osm::ReadError),
    /// The extract holds no roads.
    #[error("{}: {NoRoads}", .0.display())]
    Empty(std::path::PathBuf),
    /// The `.roads` file could not be used.
    #[error(transparent)]
    File(#[from] file::FileError),
}

impl Network {
    /// Builds a network called `name` from an extract.
    ///
    /// # Errors
    /// [`NoRoads`] when no two places are connected both ways.
    pub fn build(name: &str, extract: &Extract, progress: Progress) -> Result<Network, NoRoads> {
        progress("graph", 0, 1);
        let mut segments = graph::chains(extract);
        graph::charge(&mut segments);
        let (arcs, nodes) = graph::arcs(&segments, &extract.turns);
        let inside = graph::strongest(nodes.len(), &arcs);
        let arcs: Vec<_> =
            arcs.into_iter().filter(|a| inside[a.tail as usize] && inside[a.head as usize]).collect();
        if arcs.is_empty() {
            return Err(NoRoads);
        }
        progress("graph", 1, 1);
        let mut dense = vec![NONE; nodes.len()];
        let kept: Vec<usize> = (0..nodes.len()).filter(|v| inside[*v]).collect();
        kept.iter().enumerate().for_each(|(at, v)| dense[*v] = at as u32);
        let arcs: Vec<graph::Arc> = arcs
            .iter()
            .map(|a| graph::Arc { tail: dense[a.tail as usize], head: dense[a.head as usize], ..*a })
            .collect();
        progress("order", 0, 1);
        let at = places(&segments, &arcs, kept.len());
        let edges: Vec<(u32, u32)> = arcs.iter().map(|a| (a.tail, a.head)).collect();
        let (hierarchy, rank) = Hierarchy::contract(&order(&edges, &at), &edges);
        progress("order", 1, 1);
        Ok(Network::made(assemble(name, &segments, &arcs, &rank, &hierarchy), hierarchy))
    }

    /// Opens a `.roads` file, or builds from an `.osm.pbf` in memory, by the file's name.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, foreign or newer than this program, or holds no roads.
    pub fn open(path: &Path, progress: Progress) -> Result<Network, OpenError> {
        if !path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("pbf")) {
            return Ok(Network::load(path)?);
        }
        let stem = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let name = stem.split('.').next().unwrap_or_default();
        let extract = Extract::read(path, progress)?;
        Network::build(name, &extract, progress).map_err(|NoRoads| OpenError::Empty(path.to_owned()))
    }

    /// Loads a `.roads` file.
    ///
    /// # Errors
    /// [`file::FileError`] names the file and what is wrong with it.
    pub fn load(path: &Path) -> Result<Network, file::FileError> {
        file::load(path)
    }

    /// From the bytes of a `.roads` file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Network, file::Fault> {
        file::network(bytes)
    }

    /// Saves a `.roads` file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), file::FileError> {
        file::save(path, &self.parts())
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same roads under another name.
    pub fn renamed(&self, name: String) -> Network {
        let parts = Parts { name, ..self.parts() };
        Network::made(parts, self.hierarchy.clone())
    }

    /// Who must be named where the roads are shown.
    pub fn attribution(&self) -> &str {
        &self.attribution
    }

    /// A number that stands for these very roads: the checksum of their file.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// South-west and north-east corners.
    pub fn bounds(&self) -> [Point; 2] {
        let fold = |pick: fn(i32, i32) -> i32, from: Point| {
            self.line.iter().fold(from, |a, b| Point { lon: pick(a.lon, b.lon), lat: pick(a.lat, b.lat) })
        };
        [fold(i32::min, self.line[0]), fold(i32::max, self.line[0])]
    }

    /// How many junctions there are (copies made for turn restrictions included).
    pub fn nodes(&self) -> usize {
        self.hierarchy.nodes()
    }

    /// How many edges the hierarchy has.
    pub fn hierarchy_edges(&self) -> usize {
        self.hierarchy.head.len()
    }

    /// Every segment: its class and its line, for drawing.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = (Class, &[Point])> {
        (0..self.class.len()).map(|s| (self.class[s], self.line_of(s as u32)))
    }

    /// Length of a segment in metres.
    pub fn segment_metres(&self, segment: usize) -> f64 {
        f64::from(self.decimetres[segment]) / 10.0
    }

    /// The cells that segments have their middles in, ascending, each with the middle nearest its own.
    pub(super) fn middles(&self, resolution: u8) -> Vec<(Cell, Point)> {
        let mut nearest: BTreeMap<Cell, (i64, Point)> = BTreeMap::new();
        for segment in 0..self.class.len() as u32 {
            let line = self.line_of(segment);
            let middle = line[line.len() / 2];
            let cell = Cell::of(middle, resolution);
            let away = (cell.centre().metres_to(middle) * 10.0) as i64;
            let kept = nearest.entry(cell).or_insert((away, middle));
            *kept = (*kept).min((away, middle));
        }
        nearest.into_iter().map(|(cell, (_, middle))| (cell, middle)).collect()
    }

    pub(super) fn line_of(&self, segment: u32) -> &[Point] {
        let segment = segment as usize;
        &self.line[self.line_first[segment] as usize..self.line_first[segment + 1] as usize]
    }

    /// The nodes a lane may be entered from.
    pub(super) fn tails_of(&self, lane: u32) -> &[u32] {
        let lane = lane as usize;
        &self.tails[self.tail_first[lane] as usize..self.tail_first[lane + 1] as usize]
    }

    /// The lane of each entry of `tails`.
    pub(super) fn lane_of_entry(&self, entry: u32) -> u32 {
        self.tail_first.partition_point(|first| *first <= entry) as u32 - 1
    }

    /// Of parts that were made here.
    fn made(parts: Parts, hierarchy: Hierarchy) -> Network {
        let checksum = file::checksum(&parts);
        Network::from_parts(parts, hierarchy, checksum).expect("every lane was contracted")
    }

    /// The rest follows from the parts; `None` where a lane is not in the hierarchy.
    pub(super) fn from_parts(parts: Parts, hierarchy: Hierarchy, checksum: u32) -> Option<Network> {
        let slots = slots(&parts, &hierarchy)?;
        let mut by_slot: Vec<u32> = (0..slots.len() as u32).filter(|e| slots[*e as usize] != NONE).collect();
        by_slot.sort_by_key(|entry| slots[*entry as usize]);
        let known = |number: &u8| Class::from_number(*number).expect("files are checked for unknown classes");
        let class: Vec<Class> = parts.class.iter().map(known).collect();
        let snapper = Snapper::new(&parts.line_first, &parts.line);
        Some(Network {
            class,
            hierarchy,
            slots,
            by_slot,
            snapper,
            checksum,
            name: parts.name,
            attribution: parts.attribution,
            decimetres: parts.decimetres,
            line_first: parts.line_first,
            line: parts.line,
            travel: parts.travel,
            delay: parts.delay,
            entry: parts.entry,
            lane_head: parts.lane_head,
            tail_first: parts.tail_first,
            tails: parts.tails,
        })
    }

    fn parts(&self) -> Parts {
        Parts {
            name: self.name.clone(),
            attribution: self.attribution.clone(),
            class: self.class.iter().map(|c| *c as u8).collect(),
            decimetres: self.decimetres.clone(),
            line_first: self.line_first.clone(),
            line: self.line.clone(),
            travel: self.travel.clone(),
            delay: self.delay.clone(),
            entry: self.entry.clone(),
            lane_head: self.lane_head.clone(),
            tail_first: self.tail_first.clone(),
            tails: self.tails.clone(),
            first_up: self.hierarchy.first_up.clone(),
            head: self.hierarchy.head.clone(),
        }
    }
}

/// Where each node is, in metres on a plane.
fn places(segments: &[Segment], arcs: &[graph::Arc], nodes: usize) -> Vec<[f32; 2]> {
    let origin = segments[0].line[0];
    let mut at = vec![[0.0; 2]; nodes];
    for arc in arcs {
        let line = &segments[arc.lane as usize / 2].line;
        let [x, y] = line[if arc.lane % 2 == 0 { 0 } else { line.len() - 1 }].plane_from(origin);
        at[arc.tail as usize] = [x as f32, y as f32];
    }
    at
}

/// Segments that kept a lane, in the order of the places they join, so that near roads lie near in memory.
fn assemble(
    name: &str,
    segments: &[Segment],
    arcs: &[graph::Arc],
    rank: &[u32],
    hierarchy: &Hierarchy,
) -> Parts {
    let mut entries: Vec<Vec<&graph::Arc>> = vec![Vec::new(); segments.len() * 2];
    arcs.iter().for_each(|arc| entries[arc.lane as usize].push(arc));
    let key = |s: usize| entries[s * 2].first().or(entries[s * 2 + 1].first()).map(|a| rank[a.tail as usize]);
    let mut kept: Vec<usize> = (0..segments.len()).filter(|s| key(*s).is_some()).collect();
    kept.sort_by_key(|s| key(*s));
    let mut parts = Parts {
        name: name.to_owned(),
        attribution: ATTRIBUTION.to_owned(),
        line_first: vec![0],
        tail_first: vec![0],
        first_up: hierarchy.first_up.clone(),
        head: hierarchy.head.clone(),
        ..Parts::default()
    };
    for &s in &kept {
        let segment = &segments[s];
        parts.class.push(segment.class as u8);
        parts.decimetres.push(segment.decimetres);
        parts.line.extend_from_slice(&segment.line);
        parts.line_first.push(parts.line.len() as u32);
        for way in 0..2 {
            let entries = &entries[s * 2 + way];
            let head = entries.first().map(|arc| rank[arc.head as usize]);
            parts.travel.push(head.map_or(CLOSED, |_| segment.travel[way]));
            parts.delay.push(segment.delay[way]);
            parts.entry.push(segment.entry[way]);
            parts.lane_head.push(head.unwrap_or(NONE));
            parts.tails.extend(entries.iter().map(|arc| rank[arc.tail as usize]));
            parts.tail_first.push(parts.tails.len() as u32);
        }
    }
    parts
}

fn slots(parts: &Parts, hierarchy: &Hierarchy) -> Option<Vec<u32>> {
    let mut slots = Vec::with_capacity(parts.tails.len());
    for (lane, head) in parts.lane_head.iter().enumerate() {
        for &tail in &parts.tails[parts.tail_first[lane] as usize..parts.tail_first[lane + 1] as usize] {
            let slot = |edge: usize| edge as u32 * 2 + u32::from(tail > *head);
            slots.push(if tail == *head { NONE } else { hierarchy.edge(tail, *head).map(slot)? });
        }
    }
    Some(slots)
}
