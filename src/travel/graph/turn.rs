//! Turn restrictions: the few nodes that have them are split, one copy for each set of forbidden turns.
//!
//! A lane that may not take some way out leads to a copy of its node from which that way out is missing.
//! Restrictions over a whole way (`via` a way) are not modelled; they are rare and cost an edge-based graph.
//! Never removes a node that stays reachable.

use super::{Arc, CLOSED, Segment};
use crate::travel::osm::Turn;
use std::collections::BTreeMap;

/// Arcs of all open lanes, and the map node that each graph node stands for.
pub(crate) fn arcs(segments: &[Segment], turns: &[Turn]) -> (Vec<Arc>, Vec<u32>) {
    let (mut heads, tails, mut nodes) = number(segments);
    let mut exits: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
    for (lane, tail) in tails.iter().enumerate().filter(|(lane, _)| open(segments, *lane)) {
        exits[*tail as usize].push(lane as u32);
    }
    for (lane, forbidden) in forbidden(segments, turns, &heads, &exits) {
        let home = heads[lane as usize];
        let left: Vec<u32> =
            exits[home as usize].iter().copied().filter(|e| !forbidden.contains(e)).collect();
        heads[lane as usize] = nodes.len() as u32;
        nodes.push(nodes[home as usize]);
        exits.push(left);
    }
    let mut arcs = Vec::new();
    for (tail, exits) in exits.iter().enumerate() {
        arcs.extend(exits.iter().map(|&lane| Arc { lane, tail: tail as u32, head: heads[lane as usize] }));
    }
    arcs.sort_unstable();
    (arcs, nodes)
}

fn open(segments: &[Segment], lane: usize) -> bool {
    segments[lane / 2].travel[lane % 2] != CLOSED
}

/// Junctions numbered densely: the head and tail of each lane, and the map node of each junction.
fn number(segments: &[Segment]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut nodes: Vec<u32> = segments.iter().flat_map(|s| s.ends).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let index = |node: u32| nodes.binary_search(&node).expect("ends are listed") as u32;
    let mut heads = Vec::with_capacity(segments.len() * 2);
    let mut tails = Vec::with_capacity(segments.len() * 2);
    for [a, b] in segments.iter().map(|s| s.ends.map(index)) {
        heads.extend([b, a]);
        tails.extend([a, b]);
    }
    (heads, tails, nodes)
}

/// For each lane that may not turn everywhere: the lanes it may not turn into.
fn forbidden(
    segments: &[Segment],
    turns: &[Turn],
    heads: &[u32],
    exits: &[Vec<u32>],
) -> BTreeMap<u32, Vec<u32>> {
    let mut at: BTreeMap<u32, Vec<&Turn>> = BTreeMap::new();
    for turn in turns {
        at.entry(turn.via as u32).or_default().push(turn);
    }
    let mut out = BTreeMap::new();
    for (lane, head) in heads.iter().enumerate().filter(|(lane, _)| open(segments, *lane)) {
        let Some(turns) = at.get(&segments[lane / 2].ends[1 - lane % 2]) else { continue };
        let closed = closed_exits(segments, lane as u32, turns, &exits[*head as usize]);
        if !closed.is_empty() {
            out.insert(lane as u32, closed);
        }
    }
    out
}

fn closed_exits(segments: &[Segment], lane: u32, turns: &[&Turn], exits: &[u32]) -> Vec<u32> {
    let arrives = |lane: u32| segments[lane as usize / 2].ways[1 - lane as usize % 2][lane as usize % 2];
    let leaves = |lane: u32| segments[lane as usize / 2].ways[lane as usize % 2][lane as usize % 2];
    let ours = |turn: &&&Turn| turn.from == arrives(lane);
    let takes = |turn: &Turn, exit: u32| {
        let same_road = exit / 2 == lane / 2;
        leaves(exit) == turn.to && (turn.from != turn.to || same_road)
    };
    let must: Vec<&&Turn> = turns.iter().filter(ours).filter(|t| t.only).collect();
    let bound = exits.iter().any(|&exit| must.iter().any(|t| takes(t, exit)));
    let shut = |exit: u32| {
        let not_the_one = bound && !must.iter().any(|t| takes(t, exit));
        not_the_one || turns.iter().filter(ours).any(|t| !t.only && takes(t, exit))
    };
    exits.iter().copied().filter(|&exit| shut(exit)).collect()
}
