//! Weights on the hierarchy: base arcs laid onto its edges, then every lower triangle relaxed.
//!
//! After this, the shortest way between any two nodes goes up and then down. Never changes the structure.

use super::{Hierarchy, NONE};
use std::cell::RefCell;

/// What a path is measured in: a number that adds and compares, with an infinity that adds safely once.
pub(crate) trait Weight: Copy + Ord + Send + Sync + 'static {
    /// Nothing at all.
    const ZERO: Self;
    /// More than any path; two of them add without overflow.
    const FAR: Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// A time in hundredths of a second, over no distance.
    fn from_centis(centis: u32) -> Self;
    /// The part `share / WHOLE` of it.
    fn share(self, share: u32) -> Self;
    /// Lends this thread's working memory.
    fn with_desk<R>(work: impl FnOnce(&mut Desk<Self>) -> R) -> R;
}

/// What [`Weight::share`] counts in.
pub(crate) const WHOLE: u32 = 1 << 20;

/// Working memory of one thread, grown to the largest hierarchy it has seen and clean between uses.
pub(crate) struct Desk<W> {
    /// Best known from the start, and to the end, at each node: [`Weight::FAR`] between uses.
    pub near: [Vec<W>; 2],
    /// Nodes written to.
    pub touched: [Vec<u32>; 2],
    /// Where each seed's climb stands.
    pub paths: Vec<u32>,
}

impl<W: Weight> Desk<W> {
    const fn new() -> Desk<W> {
        Desk { near: [Vec::new(), Vec::new()], touched: [Vec::new(), Vec::new()], paths: Vec::new() }
    }

    /// Room for `nodes` nodes.
    pub(crate) fn fit(&mut self, nodes: usize) {
        for side in &mut self.near {
            if side.len() < nodes {
                side.resize(nodes, W::FAR);
            }
        }
    }

    /// Cleans what was written.
    pub(crate) fn clear(&mut self) {
        for (near, touched) in self.near.iter_mut().zip(&mut self.touched) {
            touched.drain(..).for_each(|v| near[v as usize] = W::FAR);
        }
    }
}

/// Hundredths of a second.
impl Weight for u32 {
    const ZERO: u32 = 0;
    const FAR: u32 = 1 << 30;
    #[inline(always)]
    fn plus(self, other: u32) -> u32 {
        self + other
    }
    fn from_centis(centis: u32) -> u32 {
        centis
    }
    #[inline(always)]
    fn share(self, share: u32) -> u32 {
        (u64::from(self) * u64::from(share) / u64::from(WHOLE)) as u32
    }
    fn with_desk<R>(work: impl FnOnce(&mut Desk<u32>) -> R) -> R {
        thread_local!(static DESK: RefCell<Desk<u32>> = const { RefCell::new(Desk::new()) });
        DESK.with_borrow_mut(work)
    }
}

/// Hundredths of a second in the upper half, decimetres in the lower: the fastest way, then the shortest.
impl Weight for u64 {
    const ZERO: u64 = 0;
    const FAR: u64 = 1 << 62;
    #[inline(always)]
    fn plus(self, other: u64) -> u64 {
        self + other
    }
    fn from_centis(centis: u32) -> u64 {
        u64::from(centis) << 32
    }
    #[inline(always)]
    fn share(self, share: u32) -> u64 {
        let (time, length) = ((self >> 32) as u32, self as u32);
        u64::from(time.share(share)) << 32 | u64::from(length.share(share))
    }
    fn with_desk<R>(work: impl FnOnce(&mut Desk<u64>) -> R) -> R {
        thread_local!(static DESK: RefCell<Desk<u64>> = const { RefCell::new(Desk::new()) });
        DESK.with_borrow_mut(work)
    }
}

/// Weights of every edge: upward and downward.
#[derive(Clone, Debug)]
pub(crate) struct Metric<W> {
    /// `[up, down]` for each edge of the hierarchy.
    pub both: Vec<[W; 2]>,
}

impl<W: Weight> Metric<W> {
    /// Weights from base arcs: each is `(slot, weight)` with `slot = edge * 2 + (0 up, 1 down)`.
    pub(crate) fn customise(hierarchy: &Hierarchy, arcs: impl Iterator<Item = (u32, W)>) -> Metric<W> {
        let mut both = vec![[W::FAR; 2]; hierarchy.head.len()];
        for (slot, weight) in arcs {
            let place = &mut both[slot as usize / 2][slot as usize % 2];
            *place = weight.min(*place);
        }
        let mut edge_to = vec![NONE; hierarchy.nodes()];
        for middle in 0..hierarchy.nodes() as u32 {
            relax(hierarchy, middle, &mut edge_to, &mut both);
        }
        Metric { both }
    }
}

/// All triangles whose middle corner is `middle`: low -> middle -> high against low -> high.
fn relax<W: Weight>(hierarchy: &Hierarchy, middle: u32, edge_to: &mut [u32], both: &mut [[W; 2]]) {
    let up = hierarchy.up(middle);
    for edge in up.clone() {
        edge_to[hierarchy.head[edge] as usize] = (edge - up.start) as u32;
    }
    let (lower, upper) = both.split_at_mut(up.start);
    let mine = &mut upper[..up.len()];
    for &(low, first) in hierarchy.below(middle) {
        let [to_middle, from_middle] = lower[first as usize];
        let rest = first as usize + 1..hierarchy.first_up[low as usize + 1] as usize;
        for (high, [to_high, from_high]) in hierarchy.head[rest.clone()].iter().zip(&lower[rest]) {
            let [up, down] = &mut mine[edge_to[*high as usize] as usize];
            *up = (*up).min(from_middle.plus(*to_high));
            *down = (*down).min(from_high.plus(to_middle));
        }
    }
}
