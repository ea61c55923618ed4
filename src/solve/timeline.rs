//! The exact pass over a route with soft terms (to come).

use super::dense::Dense;

pub(crate) fn cost(_d: &Dense, _v: usize, _visits: impl Iterator<Item = u32>) -> Option<i64> {
    None
}
