//! The largest part of a graph in which every node reaches every other.
//!
//! Never keeps a lane that only leads out of it or only into it.

use super::Arc;

/// Which nodes belong to the largest strongly connected component (the first found among equals).
pub(crate) fn strongest(nodes: usize, arcs: &[Arc]) -> Vec<bool> {
    let (first, heads) = adjacency(nodes, arcs);
    let component = tarjan(&first, &heads);
    let mut size = vec![0usize; nodes];
    for &c in &component {
        size[c as usize] += 1;
    }
    let best = (0..nodes).max_by_key(|&c| (size[c], std::cmp::Reverse(c))).unwrap_or(0);
    component.iter().map(|&c| c as usize == best).collect()
}

fn adjacency(nodes: usize, arcs: &[Arc]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0u32; nodes + 1];
    for arc in arcs {
        first[arc.tail as usize + 1] += 1;
    }
    for node in 0..nodes {
        first[node + 1] += first[node];
    }
    let (mut next, mut heads) = (first.clone(), vec![0u32; arcs.len()]);
    for arc in arcs {
        heads[next[arc.tail as usize] as usize] = arc.head;
        next[arc.tail as usize] += 1;
    }
    (first, heads)
}

/// Tarjan's algorithm (1972) with the call stack made explicit; the component number of each node.
fn tarjan(first: &[u32], heads: &[u32]) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let n = first.len() - 1;
    let (mut seen, mut low, mut component) = (vec![UNSEEN; n], vec![0u32; n], vec![UNSEEN; n]);
    let (mut clock, mut found) = (0u32, 0u32);
    let (mut open, mut calls) = (Vec::new(), Vec::<(u32, u32)>::new());
    for root in 0..n as u32 {
        if seen[root as usize] != UNSEEN {
            continue;
        }
        calls.push((root, first[root as usize]));
        while let Some((v, at)) = calls.pop() {
            let node = v as usize;
            if seen[node] == UNSEEN {
                (seen[node], low[node]) = (clock, clock);
                clock += 1;
                open.push(v);
            }
            if at < first[node + 1] {
                calls.push((v, at + 1));
                let w = heads[at as usize] as usize;
                if seen[w] == UNSEEN {
                    calls.push((w as u32, first[w]));
                } else if component[w] == UNSEEN {
                    low[node] = low[node].min(seen[w]);
                }
                continue;
            }
            if let Some(&(parent, _)) = calls.last() {
                low[parent as usize] = low[parent as usize].min(low[node]);
            }
            if low[node] == seen[node] {
                while let Some(w) = open.pop() {
                    component[w as usize] = found;
                    if w == v {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_ring_wins_and_its_feeders_do_not_count() {
        let pairs = [(0, 1), (1, 2), (2, 0), (3, 0), (2, 4), (4, 5), (5, 4)];
        let arcs: Vec<Arc> = pairs.iter().map(|&(tail, head)| Arc { lane: 0, tail, head }).collect();
        assert_eq!(strongest(6, &arcs), [true, true, true, false, false, false]);
    }
}
