//! Many places to many: sixteen at a time climb, then one pass down over what the others can be reached by.
//!
//! The restricted pass is RPHAST's (Delling, Goldberg and Werneck, 2011) over the elimination tree's
//! closure of the larger side, copied into one run of memory. Lanes are plain arrays, so that the compiler
//! turns the inner loop into vector instructions. Never starts a thread.

use super::{Hierarchy, Metric, NONE, Weight};

/// For each place, the nodes it is entered or left by, and the weight between.
#[derive(Clone, Debug)]
pub(crate) struct Seeds<W> {
    first: Vec<u32>,
    items: Vec<(u32, W)>,
}

impl<W: Weight> Seeds<W> {
    /// No places yet.
    pub(crate) fn new() -> Seeds<W> {
        Seeds { first: vec![0], items: Vec::new() }
    }

    /// Adds a place.
    pub(crate) fn push(&mut self, seeds: &[(u32, W)]) {
        self.items.extend_from_slice(seeds);
        self.first.push(self.items.len() as u32);
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.first.len() - 1
    }

    fn of(&self, place: usize) -> &[(u32, W)] {
        &self.items[self.first[place] as usize..self.first[place + 1] as usize]
    }
}

/// Calls `put(from, to, weight)` for every pair of places; `FAR` and above means there is no way.
pub(crate) fn sweep<W: Weight>(
    h: &Hierarchy,
    m: &Metric<W>,
    from: &Seeds<W>,
    to: &Seeds<W>,
    mut put: impl FnMut(usize, usize, W),
) {
    if from.len() <= to.len() {
        half::<W, 0>(h, m, from, to, &mut put);
    } else {
        half::<W, 1>(h, m, to, from, &mut |a, b, weight| put(b, a, weight));
    }
}

/// `few` climb over side `UP` of each edge, and the other side leads down to `many`.
fn half<W: Weight, const UP: usize>(
    h: &Hierarchy,
    m: &Metric<W>,
    few: &Seeds<W>,
    many: &Seeds<W>,
    put: &mut impl FnMut(usize, usize, W),
) {
    let mut order: Vec<u32> = (0..few.len() as u32).collect();
    order.sort_by_key(|place| few.of(*place as usize).first().map_or(NONE, |seed| seed.0));
    let field = Field::of(h, m, many, 1 - UP);
    let mut climb = Climb { place: vec![0; h.nodes()], nodes: Vec::new() };
    let mut rest = &order[..];
    while !rest.is_empty() {
        let batch;
        (batch, rest) = rest.split_at(rest.len().min(16));
        match batch.len() {
            1 => lanes::<W, 1, UP>(h, m, few, batch, &field, &mut climb, put),
            2..=4 => lanes::<W, 4, UP>(h, m, few, batch, &field, &mut climb, put),
            5..=8 => lanes::<W, 8, UP>(h, m, few, batch, &field, &mut climb, put),
            _ => lanes::<W, 16, UP>(h, m, few, batch, &field, &mut climb, put),
        }
    }
}

/// Everything above a set of places, highest first, with its edges and weights in one run.
struct Field<W> {
    /// Position of each node in the run; [`NONE`] outside.
    position: Vec<u32>,
    nodes: usize,
    first: Vec<u32>,
    edges: Vec<(u32, W)>,
    seeds: Seeds<W>,
}

impl<W: Weight> Field<W> {
    fn of(h: &Hierarchy, m: &Metric<W>, places: &Seeds<W>, side: usize) -> Field<W> {
        let mut inside = vec![false; h.nodes()];
        let mut size = 0;
        for &(seed, _) in &places.items {
            let mut node = seed;
            while node != NONE && !std::mem::replace(&mut inside[node as usize], true) {
                size += 1;
                node = h.parent[node as usize];
            }
        }
        let mut position = vec![NONE; h.nodes()];
        let (mut first, mut edges) = (Vec::with_capacity(size + 1), Vec::with_capacity(size * 6));
        first.push(0);
        for node in (0..h.nodes()).rev().filter(|v| inside[*v]) {
            position[node] = first.len() as u32 - 1;
            for edge in h.up(node as u32) {
                let weight = m.both[edge][side];
                if weight < W::FAR {
                    edges.push((position[h.head[edge] as usize], weight));
                }
            }
            first.push(edges.len() as u32);
        }
        let mut seeds = places.clone();
        seeds.items.iter_mut().for_each(|seed| seed.0 = position[seed.0 as usize]);
        Field { position, nodes: size, first, edges, seeds }
    }
}

/// Everything above one batch, lowest first.
struct Climb {
    /// Position of each node in `nodes`, plus one; zero outside.
    place: Vec<u32>,
    nodes: Vec<u32>,
}

impl Climb {
    fn collect<W: Weight>(&mut self, h: &Hierarchy, few: &Seeds<W>, batch: &[u32]) {
        self.nodes.drain(..).for_each(|v| self.place[v as usize] = 0);
        for &(seed, _) in batch.iter().flat_map(|place| few.of(*place as usize)) {
            let mut node = seed;
            while node != NONE && self.place[node as usize] == 0 {
                self.place[node as usize] = 1;
                self.nodes.push(node);
                node = h.parent[node as usize];
            }
        }
        self.nodes.sort_unstable();
        for (at, node) in self.nodes.iter().enumerate() {
            self.place[*node as usize] = at as u32 + 1;
        }
    }
}

fn lanes<W: Weight, const L: usize, const UP: usize>(
    h: &Hierarchy,
    m: &Metric<W>,
    few: &Seeds<W>,
    batch: &[u32],
    field: &Field<W>,
    climb: &mut Climb,
    put: &mut impl FnMut(usize, usize, W),
) {
    climb.collect(h, few, batch);
    let mut near = vec![[W::FAR; L]; climb.nodes.len()];
    for (lane, place) in batch.iter().enumerate() {
        for &(node, weight) in few.of(*place as usize) {
            let label = &mut near[climb.place[node as usize] as usize - 1][lane];
            *label = weight.min(*label);
        }
    }
    let mut down = vec![[W::FAR; L]; field.nodes];
    for (at, &node) in climb.nodes.iter().enumerate() {
        let label = near[at];
        for edge in h.up(node) {
            let weight = m.both[edge][UP];
            if weight < W::FAR {
                lower(&mut near[climb.place[h.head[edge] as usize] as usize - 1], &label, weight);
            }
        }
        if let Some(label_down) = down.get_mut(field.position[node as usize] as usize) {
            *label_down = label;
        }
    }
    for node in 0..field.nodes {
        let mut label = down[node];
        for &(above, weight) in &field.edges[field.first[node] as usize..field.first[node + 1] as usize] {
            lower(&mut label, &down[above as usize], weight);
        }
        down[node] = label;
    }
    for other in 0..field.seeds.len() {
        let mut label = [W::FAR; L];
        for &(node, weight) in field.seeds.of(other) {
            lower(&mut label, &down[node as usize], weight);
        }
        for (lane, place) in batch.iter().enumerate() {
            put(*place as usize, other, label[lane]);
        }
    }
}

/// Lane by lane, the lesser of `label` and `from + weight`.
#[inline(always)]
fn lower<W: Weight, const L: usize>(label: &mut [W; L], from: &[W; L], weight: W) {
    for lane in 0..L {
        label[lane] = label[lane].min(from[lane].plus(weight));
    }
}
