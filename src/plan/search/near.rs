//! Whole shifts that lie too far are left out by one test of bits.

use crate::plan::bound::Bound;
use crate::plan::index::{Row, TILES};

/// Which tiles are near enough for an insertion to be as good as the bar: by how much a shift's own legs and
/// waiting can make up for the way.
pub(super) struct Near {
    /// By minutes of the way, the tiles that are no farther.
    within: [u128; 64],
    bar: f64,
    /// Cost of a second of detour less the waiting that it saves, of waiting, of response.
    rates: [f64; 3],
    /// Now, when the call came, the service.
    since: [i64; 3],
}

impl Near {
    pub(super) fn of(bound: &Bound, by_tile: &[u16; TILES], bar: i64) -> Option<Near> {
        let tiles = |minutes: usize| {
            let near = |(_, least): &(usize, &u16)| usize::from(**least) <= minutes * 60;
            by_tile.iter().enumerate().filter(near).fold(0, |bits, (tile, _)| bits | 1 << tile)
        };
        let ([travel, waiting, response], since) = bound.rates()?;
        let rates = [travel - waiting, waiting, response];
        let within = || std::array::from_fn(tiles);
        (travel > waiting).then(|| Near { within: within(), bar: bar as f64, rates, since })
    }

    /// Whether any position of a shift may be as good as the bar. Whatever the position, both its ways take
    /// as long as to the nearest tile at least, and replace no more than the longest leg; the waiting saved
    /// is no more than the service and the detour, or all there is where that may be saved.
    pub(super) fn reaches(&self, row: &Row) -> bool {
        let ([detour, waiting, response], [now, called, service]) = (self.rates, self.since);
        let [leg, lost] = row.most.map(i64::from);
        let since = (i64::from(row.start).max(now) - called).max(0);
        let most = [leg, service.max(lost + leg), since].map(|seconds| seconds as f64);
        let left = self.bar + detour * most[0] + waiting * most[1] - response * most[2];
        if row.tiles == u128::MAX {
            return true;
        }
        let minutes = left / ((2.0 * detour + response) * 60.0);
        minutes >= 0.0 && self.within.get(minutes as usize + 1).is_none_or(|tiles| tiles & row.tiles > 0)
    }
}
