//! One place against others, one after the other: its climb is kept, so that each costs one climb, not two.

use super::pair::climb;
use super::{Hierarchy, Metric, Weight};

/// The least weights from one place up to everything above it (`side` 0), or down from there to it (1).
#[derive(Clone, Debug)]
pub(crate) struct Fan<W> {
    near: Vec<W>,
    side: usize,
}

impl<W: Weight> Fan<W> {
    /// Climbs from `seeds` (node, weight between node and place).
    pub(crate) fn of(h: &Hierarchy, m: &Metric<W>, seeds: &[(u32, W)], side: usize) -> Fan<W> {
        let mut near = vec![W::FAR; h.nodes()];
        let (mut touched, mut paths) = (Vec::new(), Vec::new());
        climb(h, seeds, &mut near, [&mut touched, &mut paths], |node, weight, near| {
            raise(h, m, side, node, weight, near);
        });
        Fan { near, side }
    }

    /// The least weight of the way between the place and any of `seeds`; `FAR` if there is none.
    pub(crate) fn nearest(&self, h: &Hierarchy, m: &Metric<W>, seeds: &[(u32, W)]) -> W {
        W::with_desk(|desk| {
            desk.fit(h.nodes());
            let mut best = W::FAR;
            let ([near, _], [touched, _]) = (&mut desk.near, &mut desk.touched);
            climb(h, seeds, near, [touched, &mut desk.paths], |node, weight, near| {
                best = best.min(weight.plus(self.near[node as usize]));
                if weight < best {
                    raise(h, m, 1 - self.side, node, weight, near);
                }
            });
            desk.clear();
            best
        })
    }
}

#[inline(always)]
fn raise<W: Weight>(h: &Hierarchy, m: &Metric<W>, side: usize, node: u32, weight: W, near: &mut [W]) {
    for edge in h.up(node) {
        let place = &mut near[h.head[edge] as usize];
        *place = (*place).min(weight.plus(m.both[edge][side]));
    }
}
