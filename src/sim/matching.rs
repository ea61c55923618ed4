//! The least-cost assignment of rows to columns: shortest augmenting paths with potentials (Kuhn, Munkres; in the
//! form of Jonker and Volgenant). O(rows^2 x columns).

/// A pair that may not be.
pub const NEVER: i64 = i64::MAX / 4;

/// For each row the column it gets, at least total cost; `None` where all its pairs are [`NEVER`] or others need
/// its columns more. Rows are left out rather than paired at [`NEVER`].
pub fn assign(cost: &[Vec<i64>]) -> Vec<Option<usize>> {
    let rows = cost.len();
    let columns = cost.first().map_or(0, Vec::len);
    // one column more stands for being left out: any number may be, each dearer than any pair
    let most = cost.iter().flatten().filter(|c| **c < NEVER).map(|c| c.abs()).max().unwrap_or(0);
    let (out, width) = ((most + 1) * 2, columns + 1);
    let at = |i: usize, j: usize| if j < columns { cost[i][j].min(NEVER) } else { out };
    let (mut u, mut v) = (vec![0i64; rows + 1], vec![0i64; width + 1]);
    let mut owner = vec![0usize; width + 1];
    let (mut least, mut came) = (vec![i64::MAX; width + 1], vec![0usize; width + 1]);
    let mut used = vec![false; width + 1];
    for row in 1..=rows {
        owner[0] = row;
        let mut column = 0;
        least.fill(i64::MAX);
        used.fill(false);
        while owner[column] != 0 {
            used[column] = true;
            let here = owner[column];
            let (mut delta, mut next) = (i64::MAX, 0);
            for j in 1..=width {
                if used[j] {
                    continue;
                }
                let reduced = at(here - 1, j - 1) - u[here] - v[j];
                if reduced < least[j] {
                    (least[j], came[j]) = (reduced, column);
                }
                if least[j] < delta {
                    (delta, next) = (least[j], j);
                }
            }
            for j in 0..=width {
                if used[j] {
                    u[owner[j]] += delta;
                    v[j] -= delta;
                } else if least[j] < i64::MAX {
                    least[j] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            owner[column] = owner[came[column]];
            column = came[column];
        }
        owner[width] = 0;
    }
    let mut pairs = vec![None; rows];
    for j in 1..=columns {
        if owner[j] > 0 && cost[owner[j] - 1][j - 1] < NEVER {
            pairs[owner[j] - 1] = Some(j - 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(cost: &[Vec<i64>], pairs: &[Option<usize>]) -> (usize, i64) {
        let paired = pairs.iter().enumerate().filter_map(|(i, j)| j.map(|j| cost[i][j]));
        (pairs.iter().flatten().count(), paired.sum())
    }

    /// Most pairs, then least cost, by trying everything.
    fn brute(cost: &[Vec<i64>], row: usize, taken: &mut Vec<bool>) -> (usize, i64) {
        if row == cost.len() {
            return (0, 0);
        }
        let better = |a: (usize, i64), b: (usize, i64)| if (b.0, -b.1) > (a.0, -a.1) { b } else { a };
        let mut best = brute(cost, row + 1, taken);
        for j in 0..taken.len() {
            if !taken[j] && cost[row][j] < NEVER {
                taken[j] = true;
                let (n, c) = brute(cost, row + 1, taken);
                taken[j] = false;
                best = better(best, (n + 1, c + cost[row][j]));
            }
        }
        best
    }

    #[test]
    fn it_is_the_least_of_all() {
        let chance = crate::city::chance::Chance::new(5);
        for case in 0..200 {
            let (rows, columns) = (1 + case % 5, 1 + case / 5 % 6);
            let cell = |i: usize, j: usize| {
                let id = format!("{case}/{i}/{j}");
                if chance.hits(&id, "never", 0.3) { NEVER } else { chance.between(&id, "cost", 0, 50) }
            };
            let cost: Vec<Vec<i64>> = (0..rows).map(|i| (0..columns).map(|j| cell(i, j)).collect()).collect();
            let found = total(&cost, &assign(&cost));
            let best = brute(&cost, 0, &mut vec![false; columns]);
            assert_eq!(found.0, best.0, "{cost:?}");
            assert_eq!(found.1, best.1, "{cost:?}");
        }
    }
}
