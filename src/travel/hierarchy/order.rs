//! The order in which nodes are contracted: nested dissection, the separators last.
//!
//! Nodes of degree one and two go first, since removing them adds no edge; what is left is cut in two
//! again and again. Never looks at weights, so one order serves every hour of day.

use super::cut::{Part, Piece, part};
use std::collections::VecDeque;

/// Pieces of at most this many nodes are ordered greedily.
const SMALL: usize = 12;
/// Pieces of at least this many nodes are worth a second thread.
const LARGE: usize = 2_000;

/// An elimination order of the nodes `0..at.len()` joined by `edges`; `at` is where they are on a plane.
pub(crate) fn order(edges: &[(u32, u32)], at: &[[f32; 2]]) -> Vec<u32> {
    let mut around = neighbours(edges, at.len());
    let mut out = peel(&mut around);
    let mut gone = vec![false; at.len()];
    out.iter().for_each(|v| gone[*v as usize] = true);
    let names: Vec<u32> = (0..at.len() as u32).filter(|v| !gone[*v as usize]).collect();
    let core = piece(names, |v| &around[v as usize], |v| at[v as usize], at.len());
    out.extend(dissect(core));
    out
}

fn neighbours(edges: &[(u32, u32)], nodes: usize) -> Vec<Vec<u32>> {
    let mut around = vec![Vec::new(); nodes];
    for &(a, b) in edges.iter().filter(|(a, b)| a != b) {
        around[a as usize].push(b);
        around[b as usize].push(a);
    }
    for list in &mut around {
        list.sort_unstable();
        list.dedup();
    }
    around
}

/// Takes out nodes of degree at most two until none is left, joining what they joined.
fn peel(around: &mut [Vec<u32>]) -> Vec<u32> {
    let mut waiting: VecDeque<u32> = (0..around.len() as u32).collect();
    let (mut out, mut gone) = (Vec::new(), vec![false; around.len()]);
    while let Some(v) = waiting.pop_front() {
        if gone[v as usize] || around[v as usize].len() > 2 {
            continue;
        }
        gone[v as usize] = true;
        out.push(v);
        let ends = std::mem::take(&mut around[v as usize]);
        for &end in &ends {
            around[end as usize].retain(|u| *u != v);
            waiting.push_back(end);
        }
        if let [a, b] = ends[..] {
            for (x, y) in [(a, b), (b, a)] {
                if let Err(slot) = around[x as usize].binary_search(&y) {
                    around[x as usize].insert(slot, y);
                }
            }
        }
    }
    out
}

/// The part of a graph that `names` (ascending) induce.
fn piece<'a>(
    names: Vec<u32>,
    around: impl Fn(u32) -> &'a [u32],
    at: impl Fn(u32) -> [f32; 2],
    nodes: usize,
) -> Piece {
    let mut inside = vec![super::NONE; nodes];
    for (i, v) in names.iter().enumerate() {
        inside[*v as usize] = i as u32;
    }
    let (mut first, mut heads) = (vec![0], Vec::new());
    for &v in &names {
        heads.extend(around(v).iter().map(|u| inside[*u as usize]).filter(|u| *u != super::NONE));
        first.push(heads.len() as u32);
    }
    let at = names.iter().map(|v| at(*v)).collect();
    Piece { names, first, heads, at }
}

fn dissect(whole: Piece) -> Vec<u32> {
    if whole.len() <= SMALL {
        return greedy(&whole);
    }
    let parts = part(&whole);
    let side = |wanted: Part| {
        let inside: Vec<u32> = (0..whole.len() as u32).filter(|v| parts[*v as usize] == wanted).collect();
        let mut sub = piece(inside, |v| whole.around(v as usize), |v| whole.at[v as usize], whole.len());
        sub.names.iter_mut().for_each(|v| *v = whole.names[*v as usize]);
        sub
    };
    let (left, right, between) = (side(Part::Left), side(Part::Right), side(Part::Between));
    let large = whole.len() >= LARGE;
    drop(parts);
    let (mut out, rest) = match large {
        true => rayon::join(|| dissect(left), || dissect(right)),
        false => (dissect(left), dissect(right)),
    };
    out.extend(rest);
    out.extend(greedy(&between));
    out
}

/// Fewest neighbours first, joining what each leaves behind.
fn greedy(piece: &Piece) -> Vec<u32> {
    let n = piece.len();
    if n > 64 {
        return piece.names.clone();
    }
    let bits = |v: usize| piece.around(v).iter().fold(0u64, |set, u| set | 1 << u) & !(1 << v);
    let mut around: Vec<u64> = (0..n).map(bits).collect();
    let mut left: Vec<usize> = (0..n).collect();
    let mut out = Vec::with_capacity(n);
    while !left.is_empty() {
        let best = (0..left.len()).min_by_key(|i| (around[left[*i]].count_ones(), left[*i]));
        let v = left.remove(best.expect("some are left"));
        out.push(piece.names[v]);
        let joined = around[v];
        for &u in left.iter().filter(|u| joined >> **u & 1 == 1) {
            around[u] = (around[u] | joined) & !(1 << u) & !(1 << v);
        }
    }
    out
}
