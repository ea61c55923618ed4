//! One pair of places: both ends climb the elimination tree and meet; the way is unpacked on request.
//!
//! Never allocates on the way to a plain answer.

use super::metric::Desk;
use super::{Hierarchy, Metric, NONE, Weight};

/// The least weight from any of `from` to any of `to` (node, weight to or from it); `FAR` if none.
pub(crate) fn nearest<W: Weight>(h: &Hierarchy, m: &Metric<W>, from: &[(u32, W)], to: &[(u32, W)]) -> W {
    W::with_desk(|desk| {
        desk.fit(h.nodes());
        let (best, _) = search(h, m, from, to, desk);
        desk.clear();
        best
    })
}

/// A least-weight way between two places.
pub(crate) struct Way<W> {
    /// Its weight, the seeds' included.
    pub weight: W,
    /// The node it begins at and the node it ends at: which seeds it used.
    pub ends: [u32; 2],
    /// Base arcs in driving order, as the caller's `base` names them.
    pub arcs: Vec<u32>,
}

/// As [`nearest`], with the way: `base(slot, weight)` names the base arc of that weight in a slot, if any.
pub(crate) fn route<W: Weight>(
    h: &Hierarchy,
    m: &Metric<W>,
    [from, to]: [&[(u32, W)]; 2],
    base: &dyn Fn(u32, W) -> Option<u32>,
) -> Option<Way<W>> {
    let (weight, ends, slots) = W::with_desk(|desk| {
        desk.fit(h.nodes());
        let (weight, meet) = search(h, m, from, to, desk);
        let found = (weight < W::FAR).then(|| {
            let (start, mut slots) = descend(h, m, desk, meet, 0);
            slots.reverse();
            let (end, rest) = descend(h, m, desk, meet, 1);
            slots.extend(rest);
            (weight, [start, end], slots)
        });
        desk.clear();
        found
    })?;
    let mut arcs = Vec::new();
    slots.into_iter().for_each(|slot| unpack(h, m, slot, base, &mut arcs));
    Some(Way { weight, ends, arcs })
}

/// Both climbs; the least weight and where they meet.
fn search<W: Weight>(
    h: &Hierarchy,
    m: &Metric<W>,
    from: &[(u32, W)],
    to: &[(u32, W)],
    desk: &mut Desk<W>,
) -> (W, u32) {
    let Desk { near: [ahead, behind], touched: [out, back], paths } = desk;
    climb(h, to, behind, [back, paths], |node, weight, behind| {
        for edge in h.up(node) {
            let place = &mut behind[h.head[edge] as usize];
            *place = (*place).min(weight.plus(m.both[edge][1]));
        }
    });
    let (mut best, mut meet) = (W::FAR, NONE);
    climb(h, from, ahead, [out, paths], |node, weight, ahead| {
        let whole = weight.plus(behind[node as usize]);
        if whole < best {
            (best, meet) = (whole, node);
        }
        if weight >= best {
            return;
        }
        for edge in h.up(node) {
            let place = &mut ahead[h.head[edge] as usize];
            *place = (*place).min(weight.plus(m.both[edge][0]));
        }
    });
    (best, meet)
}

/// Visits every ancestor of the seeds once, lowest first.
#[inline(always)]
pub(super) fn climb<W: Weight>(
    h: &Hierarchy,
    seeds: &[(u32, W)],
    near: &mut [W],
    [touched, paths]: [&mut Vec<u32>; 2],
    mut visit: impl FnMut(u32, W, &mut [W]),
) {
    for &(node, weight) in seeds {
        near[node as usize] = weight.min(near[node as usize]);
    }
    paths.clear();
    paths.extend(seeds.iter().map(|seed| seed.0));
    loop {
        let node = paths.iter().copied().min().unwrap_or(NONE);
        if node == NONE {
            return;
        }
        touched.push(node);
        visit(node, near[node as usize], near);
        let parent = h.parent[node as usize];
        paths.iter_mut().filter(|path| **path == node).for_each(|path| *path = parent);
    }
}

/// Follows the labels of one side from `meet` down to a seed; slots in the order met.
fn descend<W: Weight>(
    h: &Hierarchy,
    m: &Metric<W>,
    desk: &Desk<W>,
    meet: u32,
    side: usize,
) -> (u32, Vec<u32>) {
    let (near, mut node, mut slots) = (&desk.near[side], meet, Vec::new());
    loop {
        let weight = near[node as usize];
        let came = |&&(low, edge): &&(u32, u32)| {
            near[low as usize] < W::FAR && near[low as usize].plus(m.both[edge as usize][side]) == weight
        };
        let Some(&(low, edge)) = h.below(node).iter().find(came) else { return (node, slots) };
        slots.push(edge * 2 + side as u32);
        node = low;
    }
}

/// Replaces a slot by base arcs: its own where one has its weight, else those of a triangle below it.
fn unpack<W: Weight>(
    h: &Hierarchy,
    m: &Metric<W>,
    slot: u32,
    base: &dyn Fn(u32, W) -> Option<u32>,
    arcs: &mut Vec<u32>,
) {
    let (edge, side) = (slot as usize / 2, slot as usize % 2);
    let weight = m.both[edge][side];
    if let Some(arc) = base(slot, weight) {
        arcs.push(arc);
        return;
    }
    let low = h.first_up.partition_point(|first| *first as usize <= edge) as u32 - 1;
    let ends = [[low, h.head[edge]], [h.head[edge], low]][side];
    let triangle = h.below(low).iter().find_map(|&(under, _)| {
        let edges = [h.edge(under, ends[0])?, h.edge(under, ends[1])?];
        let sum = m.both[edges[0]][1].plus(m.both[edges[1]][0]);
        (sum == weight).then_some(edges)
    });
    let [first, second] = triangle.expect("a weight comes from an arc or from a triangle");
    unpack(h, m, first as u32 * 2 + 1, base, arcs);
    unpack(h, m, second as u32 * 2, base, arcs);
}
