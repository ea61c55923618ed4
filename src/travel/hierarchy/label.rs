//! What lies above one place, with its weights, kept: a way between two places is then a scan of two short lists.
//!
//! Everything above a place is the chain from its seeds to the root of the elimination tree; two places meet in what
//! both chains share, which is all of it down to where they part. So labels are held from the root down, and the scan
//! is over two runs of numbers, beside each other (hub labels in the sense of Abraham, Delling, Goldberg and Werneck,
//! 2011, with the tree's ancestors for hubs).

use super::pair::climb;
use super::{Hierarchy, Metric, NONE, Weight};
use std::sync::Arc;

/// The least weights from one place up to everything above it (`side` 0), or down from there to it (1).
#[derive(Clone, Debug)]
pub(crate) struct Label<W> {
    above: Arc<Above>,
    near: Box<[W]>,
}

/// What lies above a place, the root first.
#[derive(Debug, PartialEq, Eq)]
struct Above {
    nodes: Box<[u32]>,
    /// So many of them lie above each of the seeds, so each but the first hangs from the one before.
    stem: usize,
}

impl<W: Weight> Label<W> {
    /// Climbs from `seeds` (node, weight between node and place).
    pub(crate) fn of(h: &Hierarchy, m: &Metric<W>, seeds: &[(u32, W)], side: usize) -> Label<W> {
        W::with_desk(|desk| {
            desk.fit(h.nodes());
            let ([near, _], [touched, _]) = (&mut desk.near, &mut desk.touched);
            climb(h, seeds, near, [touched, &mut desk.paths], |node, weight, near| {
                for edge in h.up(node) {
                    let place = &mut near[h.head[edge] as usize];
                    *place = (*place).min(weight.plus(m.both[edge][side]));
                }
            });
            let nodes: Box<[u32]> = touched.iter().rev().copied().collect();
            let label = nodes.iter().map(|node| near[*node as usize]).collect();
            desk.clear();
            let lowest = common(h, seeds);
            let stem = nodes.partition_point(|node| *node >= lowest);
            Label { above: Arc::new(Above { nodes, stem }), near: label }
        })
    }

    /// The same, sharing with `other` what lies above where that is the same.
    pub(crate) fn beside(mut self, other: &Label<W>) -> Label<W> {
        if self.above == other.above {
            self.above = other.above.clone();
        }
        self
    }

    /// The least weight of a way up from the one and down to the other; `FAR` if there is none.
    pub(crate) fn meet(&self, other: &Label<W>) -> W {
        let (mine, others) = (&self.above, &other.above);
        let stem = mine.stem.min(others.stem);
        // two chains that have parted do not meet again
        let shared = parted(&mine.nodes[..stem], &others.nodes[..stem]);
        let both = self.near[..shared].iter().zip(&other.near[..shared]);
        let mut best = both.map(|(a, b)| a.plus(*b)).fold(W::FAR, W::min);
        let (mut at, mut to) = if shared == stem { (stem, stem) } else { return best };
        while let (Some(here), Some(there)) = (mine.nodes.get(at), others.nodes.get(to)) {
            if here == there {
                best = best.min(self.near[at].plus(other.near[to]));
            }
            (at, to) = (at + usize::from(here >= there), to + usize::from(there >= here));
        }
        best
    }

    /// Bytes it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        self.near.len() * size_of::<W>() + self.above.nodes.len() * size_of::<u32>() / 4 + 128
    }
}

/// The lowest node above all of the seeds, themselves included; [`NONE`] if there is none.
fn common<W: Copy>(h: &Hierarchy, seeds: &[(u32, W)]) -> u32 {
    let mut all = seeds.iter().map(|seed| seed.0);
    let Some(mut lowest) = all.next() else { return NONE };
    for mut node in all {
        while node != lowest {
            let low = if node < lowest { &mut node } else { &mut lowest };
            *low = h.parent[*low as usize];
            if *low == NONE {
                return NONE;
            }
        }
    }
    lowest
}

/// How many nodes two chains of equal length share before they part.
fn parted(a: &[u32], b: &[u32]) -> usize {
    let (mut same, mut size) = (0, a.len());
    while size > 0 {
        let half = size / 2;
        if a[same + half] == b[same + half] {
            same += half + 1;
            size -= half + 1;
        } else {
            size = half;
        }
    }
    same
}
