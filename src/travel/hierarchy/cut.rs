//! A small set of nodes that parts a piece of the graph in two: inertial flow on node capacities.
//!
//! Nodes are sorted along a direction; the first and the last quarter are source and sink of a maximum
//! flow in which each node carries one unit; where it saturates is the separator (Schild and Sommer,
//! "On balanced separators in road networks", 2015, with nodes in place of edges). Never recurses.

use super::NONE;

/// A piece of the graph: its nodes' names outside, their neighbours inside, and where they are.
pub(super) struct Piece {
    pub names: Vec<u32>,
    pub first: Vec<u32>,
    pub heads: Vec<u32>,
    pub at: Vec<[f32; 2]>,
}

impl Piece {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn around(&self, node: usize) -> &[u32] {
        &self.heads[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

/// Which part each node falls into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Left,
    Right,
    Between,
}

/// Directions that are tried: east, north and the two diagonals.
const DIRECTIONS: [[f32; 2]; 4] = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]];

/// Parts `piece` along the best of four directions: fewest nodes between for the size of the lesser part.
pub(super) fn part(piece: &Piece) -> Vec<Part> {
    let cuts = DIRECTIONS.map(|direction| along(piece, direction));
    let score = |parts: &[Part]| {
        let count = |part| parts.iter().filter(|p| **p == part).count();
        let lesser = count(Part::Left).min(count(Part::Right));
        (count(Part::Between) + 1) as f64 / (lesser as f64 + 0.5)
    };
    let best = cuts.iter().enumerate().min_by(|a, b| score(a.1).total_cmp(&score(b.1)));
    let best = best.map_or(0, |(at, _)| at);
    cuts.into_iter().nth(best).expect("four directions")
}

fn along(piece: &Piece, [x, y]: [f32; 2]) -> Vec<Part> {
    let n = piece.len();
    let mut sorted: Vec<u32> = (0..n as u32).collect();
    let key = |v: u32| piece.at[v as usize][0] * x + piece.at[v as usize][1] * y;
    sorted.sort_by(|a, b| key(*a).total_cmp(&key(*b)).then(a.cmp(b)));
    let quarter = (n / 4).max(1);
    let mut flow = Flow::new(piece, &sorted[..quarter], &sorted[n - quarter..]);
    flow.fill();
    (0..n).map(|v| flow.side(v)).collect()
}

/// A unit flow through nodes, kept as disjoint paths.
struct Flow<'a> {
    piece: &'a Piece,
    sources: &'a [u32],
    is_source: Vec<bool>,
    is_sink: Vec<bool>,
    /// Next node on the path through a node; [`END`] at a sink that ends one.
    next: Vec<u32>,
    /// Node before on the path; [`END`] at a source that begins one.
    prev: Vec<u32>,
    /// States reached: `node * 2` on its near side, `node * 2 + 1` past it.
    seen: Vec<bool>,
}

const END: u32 = u32::MAX - 1;

impl<'a> Flow<'a> {
    fn new(piece: &'a Piece, sources: &'a [u32], sinks: &[u32]) -> Flow<'a> {
        let n = piece.len();
        let marked = |set: &[u32]| {
            let mut out = vec![false; n];
            set.iter().for_each(|v| out[*v as usize] = true);
            out
        };
        let (is_source, is_sink) = (marked(sources), marked(sinks));
        let (next, prev, seen) = (vec![NONE; n], vec![NONE; n], vec![false; n * 2]);
        Flow { piece, sources, is_source, is_sink, next, prev, seen }
    }

    /// Adds paths in rounds; within a round what led nowhere is not tried again.
    fn fill(&mut self) {
        let mut path = Vec::new();
        loop {
            self.seen.fill(false);
            let mut grew = false;
            for &source in self.sources {
                if self.prev[source as usize] != END && self.search(source, &mut path) {
                    self.augment(&path);
                    grew = true;
                }
            }
            if !grew {
                return;
            }
        }
    }

    /// Looks for a way from `source` to any sink; leaves its states in `path`.
    fn search(&mut self, source: u32, path: &mut Vec<u32>) -> bool {
        path.clear();
        if std::mem::replace(&mut self.seen[source as usize * 2], true) {
            return false;
        }
        let mut cursor: Vec<usize> = vec![0];
        path.push(source * 2);
        while let Some(&state) = path.last() {
            let node = (state / 2) as usize;
            if state % 2 == 1 && self.is_sink[node] && self.next[node] != END {
                return true;
            }
            let tried = cursor.last_mut().expect("one cursor a state");
            *tried += 1;
            let Some(to) = self.move_from(state, *tried - 1) else {
                path.pop();
                cursor.pop();
                continue;
            };
            if to != NONE && !std::mem::replace(&mut self.seen[to as usize], true) {
                path.push(to);
                cursor.push(0);
            }
        }
        false
    }

    /// The `nth` residual move from a state: `None` after the last, [`NONE`] where it is not open.
    fn move_from(&self, state: u32, nth: usize) -> Option<u32> {
        let v = state / 2;
        let (node, carries) = (v as usize, self.prev[v as usize] != NONE);
        if state.is_multiple_of(2) {
            let onward = if !carries {
                v * 2 + 1
            } else if self.prev[node] == END {
                NONE
            } else {
                self.prev[node] * 2 + 1
            };
            return (nth == 0).then_some(onward);
        }
        let around = self.piece.around(node);
        match around.get(nth) {
            Some(&to) if self.next[node] != to => Some(to * 2),
            Some(_) => Some(NONE),
            None if nth == around.len() && carries => Some(v * 2),
            None => None,
        }
    }

    /// Pushes one unit along `path`: undone steps first, then the new ones.
    fn augment(&mut self, path: &[u32]) {
        let steps = || path.windows(2).filter(|w| w[0] / 2 != w[1] / 2);
        for w in steps().filter(|w| w[0] % 2 == 0) {
            self.prev[w[0] as usize / 2] = NONE;
            self.next[w[1] as usize / 2] = NONE;
        }
        for w in steps().filter(|w| w[0] % 2 == 1) {
            self.next[w[0] as usize / 2] = w[1] / 2;
            self.prev[w[1] as usize / 2] = w[0] / 2;
        }
        let (start, end) = (path[0] as usize / 2, path[path.len() - 1] as usize / 2);
        self.prev[start] = END;
        self.next[end] = END;
    }

    /// Where the full flow leaves `node`: before the narrowest place, at it, or after it.
    fn side(&self, node: usize) -> Part {
        let (near, far) = (self.seen[node * 2], self.seen[node * 2 + 1]);
        match (near, far) {
            (_, true) if self.is_sink[node] => Part::Between,
            (_, true) => Part::Left,
            (true, false) => Part::Between,
            (false, false) if self.is_source[node] => Part::Between,
            (false, false) => Part::Right,
        }
    }
}
