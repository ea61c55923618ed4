//! Edges joined into segments: a node where nothing can be decided is not a junction.
//!
//! Delays follow the measured choice in the guide: 2.0 s for a traffic signal; what turning costs is
//! `junction`'s. Never drops a road (that is `component`).

use super::edge::{Edge, Edges};
use super::{CLOSED, Segment};
use crate::travel::osm::Extract;

/// Lost at a traffic signal, in hundredths of a second.
const SIGNAL: u32 = 200;
/// Hundredths of a second that one metre takes at one km/h.
const METRE_AT_ONE_KMH: f64 = 360.0;

/// The segments of an extract; their ends are map nodes (or the dead ends that barriers make).
pub(crate) fn chains(extract: &Extract) -> Vec<Segment> {
    let edges = Edges::of(extract);
    let mut keep: Vec<bool> = (0..edges.points.len() as u32).map(|node| !passes(&edges, node)).collect();
    for turn in &extract.turns {
        keep[turn.via as usize] = true;
    }
    let mut used = vec![false; edges.list.len()];
    let mut out = Vec::new();
    for node in (0..keep.len() as u32).filter(|n| keep[*n as usize]) {
        for &edge in edges.around(node) {
            if !used[edge as usize] {
                out.push(walk(extract, &edges, &keep, &mut used, node, edge));
            }
        }
    }
    out
}

/// Whether a car at `node` can only go on: two edges, alike in class, speed and direction.
fn passes(edges: &Edges, node: u32) -> bool {
    let &[a, b] = edges.around(node) else { return false };
    let (into, onward) = (towards(edges, a, node), from(edges, b, node));
    a != b && into.class == onward.class && into.kmh == onward.kmh
}

fn from(edges: &Edges, edge: u32, node: u32) -> Edge {
    let e = edges.list[edge as usize];
    if e.ends[0] == node { e } else { e.reversed() }
}

fn towards(edges: &Edges, edge: u32, node: u32) -> Edge {
    from(edges, edge, node).reversed()
}

fn walk(
    extract: &Extract,
    edges: &Edges,
    keep: &[bool],
    used: &mut [bool],
    start: u32,
    first: u32,
) -> Segment {
    let mut edge = from(edges, first, start);
    used[first as usize] = true;
    let (opening, mut line) = (edge, vec![edges.points[start as usize]]);
    let (mut metres, mut lights) = (0.0, [0u32; 2]);
    loop {
        let node = edge.ends[1];
        metres += edge.metres;
        line.push(edges.points[node as usize]);
        if keep[node as usize] {
            break;
        }
        for (way, lost) in lights.iter_mut().enumerate() {
            *lost += signal(extract, node, &edge, way);
        }
        let Some(&next) = edges.around(node).iter().find(|e| !used[**e as usize]) else { break };
        used[next as usize] = true;
        edge = from(edges, next, node);
    }
    let end = edge.ends[1];
    let centis = |way: usize| match edge.kmh[way] {
        kmh if kmh > 0.0 => (metres * METRE_AT_ONE_KMH / kmh).round() as u32 + lights[way],
        _ => CLOSED,
    };
    Segment {
        ends: [start, end],
        class: edge.class,
        travel: [centis(0), centis(1)],
        delay: [signal(extract, end, &edge, 0), signal(extract, start, &opening, 1)],
        entry: [0; 2],
        decimetres: (metres * 10.0).round() as u32,
        line,
        ways: [opening.ways, edge.ways],
    }
}

/// What the light at `node` costs a car that arrives over `edge` in `direction`.
fn signal(extract: &Extract, node: u32, edge: &Edge, direction: usize) -> u32 {
    let lights = extract.marks.get(node as usize).map_or([false; 2], |mark| mark.signal);
    let light = if edge.drawn[direction] { lights[0] } else { lights[1] };
    if light { SIGNAL } else { 0 }
}
