//! The chordal supergraph along an order, and its elimination tree.
//!
//! Ranks are a depth-first post-order of that tree, so that neighbours in space are neighbours in memory.
//! Never holds a weight.

use super::NONE;

/// Structure shared by all metrics of a network. Nodes are named by rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hierarchy {
    /// Lowest neighbour above each node; [`NONE`] at a root.
    pub parent: Vec<u32>,
    /// Where each node's upward edges begin, and the end of all.
    pub first_up: Vec<u32>,
    /// Upper end of each edge, ascending for each node.
    pub head: Vec<u32>,
    /// Where each node's downward edges begin, and the end of all.
    pub first_down: Vec<u32>,
    /// Lower end and number of each edge that reaches a node from below, ascending.
    pub down: Vec<(u32, u32)>,
}

impl Hierarchy {
    /// Contracts along `order` (first to go first); also the rank of each node.
    pub(crate) fn contract(order: &[u32], edges: &[(u32, u32)]) -> (Hierarchy, Vec<u32>) {
        let n = order.len();
        let mut place = vec![NONE; n];
        order.iter().enumerate().for_each(|(rank, v)| place[*v as usize] = rank as u32);
        let above = fill(n, edges.iter().map(|&(a, b)| (place[a as usize], place[b as usize])));
        let rank = post_order(&above);
        let mut lists = vec![Vec::new(); n];
        for (v, list) in above.into_iter().enumerate() {
            let mut list: Vec<u32> = list.iter().map(|u| rank[*u as usize]).collect();
            list.sort_unstable();
            lists[rank[v] as usize] = list;
        }
        let (mut first_up, mut head) = (vec![0], Vec::new());
        for list in &lists {
            head.extend_from_slice(list);
            first_up.push(head.len() as u32);
        }
        let ranks = place.iter().map(|p| rank[*p as usize]).collect();
        (Hierarchy::assemble(first_up, head), ranks)
    }

    /// The rest of the structure from its upward edges.
    pub(crate) fn assemble(first_up: Vec<u32>, head: Vec<u32>) -> Hierarchy {
        let n = first_up.len() - 1;
        let mut first_down = vec![0u32; n + 1];
        head.iter().for_each(|u| first_down[*u as usize + 1] += 1);
        (0..n).for_each(|v| first_down[v + 1] += first_down[v]);
        let (mut next, mut down) = (first_down.clone(), vec![(0, 0); head.len()]);
        let mut parent = vec![NONE; n];
        for v in 0..n {
            let edges = first_up[v] as usize..first_up[v + 1] as usize;
            parent[v] = head[edges.clone()].first().copied().unwrap_or(NONE);
            for edge in edges {
                let slot = &mut next[head[edge] as usize];
                down[*slot as usize] = (v as u32, edge as u32);
                *slot += 1;
            }
        }
        Hierarchy { parent, first_up, head, first_down, down }
    }

    /// How many nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.parent.len()
    }

    /// The numbers of the edges that lead up from `node`.
    pub(crate) fn up(&self, node: u32) -> std::ops::Range<usize> {
        self.first_up[node as usize] as usize..self.first_up[node as usize + 1] as usize
    }

    /// The lower end and number of the edges that come from below `node`.
    pub(crate) fn below(&self, node: u32) -> &[(u32, u32)] {
        &self.down[self.first_down[node as usize] as usize..self.first_down[node as usize + 1] as usize]
    }

    /// The edge between two nodes, if there is one.
    pub(crate) fn edge(&self, a: u32, b: u32) -> Option<usize> {
        let up = self.up(a.min(b));
        self.head[up.clone()].binary_search(&a.max(b)).ok().map(|at| up.start + at)
    }
}

/// For each node in order, all later neighbours once every earlier node has joined its own.
fn fill(n: usize, edges: impl Iterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let mut above: Vec<Vec<u32>> = vec![Vec::new(); n];
    for (a, b) in edges.filter(|(a, b)| a != b) {
        above[a.min(b) as usize].push(a.max(b));
    }
    for v in 0..n {
        let mut list = std::mem::take(&mut above[v]);
        list.sort_unstable();
        list.dedup();
        if let Some((&parent, rest)) = list.split_first() {
            above[parent as usize].extend_from_slice(rest);
        }
        above[v] = list;
    }
    above
}

/// Numbers the elimination tree's nodes so that each subtree is one run, its root last.
fn post_order(above: &[Vec<u32>]) -> Vec<u32> {
    let n = above.len();
    let mut size = vec![1u32; n];
    for v in 0..n {
        if let Some(&parent) = above[v].first() {
            size[parent as usize] += size[v];
        }
    }
    // From the top down: a node's run ends where its parent says; children take runs in order.
    let mut taken = vec![0u32; n];
    let (mut rank, mut roots) = (vec![0u32; n], 0u32);
    for v in (0..n).rev() {
        let start = match above[v].first() {
            Some(&parent) => {
                let parent = parent as usize;
                let begin = rank[parent] + 1 - size[parent] + taken[parent];
                taken[parent] += size[v];
                begin
            }
            None => {
                roots += size[v];
                roots - size[v]
            }
        };
        rank[v] = start + size[v] - 1;
    }
    rank
}
