//! Ways cut into edges between neighbouring map nodes, and which edges meet at each node.
//!
//! Never merges edges into longer ones (that is `chain`).

use crate::geo::Point;
use crate::travel::class::Class;
use crate::travel::osm::{Extract, MISSING, Way};

/// A straight piece of road between two map nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub ends: [u32; 2],
    pub class: Class,
    pub metres: f64,
    /// Free-flow km/h along and against; zero where closed.
    pub kmh: [f64; 2],
    /// Way ids that carry it along and against.
    pub ways: [i64; 2],
    /// Whether driving along, and against, is driving the way as it is drawn.
    pub drawn: [bool; 2],
}

impl Edge {
    /// The same edge seen from its other end.
    pub(super) fn reversed(self) -> Edge {
        let flip = |[a, b]: [f64; 2]| [b, a];
        let [a, b] = self.ends;
        Edge {
            ends: [b, a],
            kmh: flip(self.kmh),
            ways: [self.ways[1], self.ways[0]],
            drawn: [self.drawn[1], self.drawn[0]],
            ..self
        }
    }
}

/// Edges, the nodes they join, and the edges at each node.
pub(super) struct Edges {
    pub points: Vec<Point>,
    pub list: Vec<Edge>,
    first: Vec<u32>,
    at: Vec<u32>,
}

impl Edges {
    /// Cuts every way; a blocked node ends each edge that reaches it in a dead end of its own.
    pub(super) fn of(extract: &Extract) -> Edges {
        let mut points = extract.points.clone();
        let mut list = Vec::new();
        for way in &extract.ways {
            cut(extract, way, &mut points, &mut list);
        }
        let list = pair(list);
        let (first, at) = incidence(points.len(), &list);
        Edges { points, list, first, at }
    }

    /// The edges that meet at `node`.
    pub(super) fn around(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.at[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

fn cut(extract: &Extract, way: &Way, points: &mut Vec<Point>, list: &mut Vec<Edge>) {
    let length = |a: u32, b: u32| extract.points[a as usize].metres_to(extract.points[b as usize]);
    let known = |w: &&[u32]| w[0] != MISSING && w[1] != MISSING && w[0] != w[1];
    let whole: f64 = way.refs.windows(2).filter(known).map(|w| length(w[0], w[1])).sum();
    let timed = way.drive.minutes.map(|minutes| (whole / 1000.0 / (minutes / 60.0)).max(0.1));
    let kmh = way.drive.kmh.map(|kmh| kmh.map_or(0.0, |kmh| timed.unwrap_or(kmh)));
    let mut own = |node: u32| {
        if !extract.marks[node as usize].blocked {
            return node;
        }
        points.push(points[node as usize]);
        points.len() as u32 - 1
    };
    for pair in way.refs.windows(2).filter(known) {
        let metres = length(pair[0], pair[1]);
        let ends = [own(pair[0]), own(pair[1])];
        list.push(Edge {
            ends,
            class: way.drive.class,
            metres,
            kmh,
            ways: [way.id; 2],
            drawn: [true, false],
        });
    }
}

/// Joins edges drawn twice between the same nodes into one, the faster speed in each direction: some
/// extracts draw each direction of a street as a way of its own.
fn pair(list: Vec<Edge>) -> Vec<Edge> {
    let mut list: Vec<Edge> =
        list.into_iter().map(|e| if e.ends[0] > e.ends[1] { e.reversed() } else { e }).collect();
    list.sort_by_key(|e| (e.ends, e.class));
    list.dedup_by(|next, kept| {
        let same = next.ends == kept.ends && next.class == kept.class;
        if same {
            for way in 0..2 {
                if next.kmh[way] > kept.kmh[way] {
                    (kept.kmh[way], kept.ways[way]) = (next.kmh[way], next.ways[way]);
                    kept.drawn[way] = next.drawn[way];
                }
            }
        }
        same
    });
    list
}

fn incidence(nodes: usize, list: &[Edge]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0u32; nodes + 1];
    for node in list.iter().flat_map(|e| e.ends) {
        first[node as usize + 1] += 1;
    }
    for node in 0..nodes {
        first[node + 1] += first[node];
    }
    let (mut next, mut at) = (first.clone(), vec![0u32; list.len() * 2]);
    for (edge, e) in list.iter().enumerate() {
        for node in e.ends {
            at[next[node as usize] as usize] = edge as u32;
            next[node as usize] += 1;
        }
    }
    (first, at)
}
