//! What of a shift lies too late or too far to be as good as the bar, told from a few numbers of it.
//!
//! Whatever the position, `cost >= travel x (there + onward - leg) - waiting x lost + response x (ready + there
//! - called) + lateness x (ready - late)`, with the longest leg and the most waiting of the shift. So there is
//! an instant after which no `ready` will do, and a way that is too long for any of what comes before.

use crate::plan::bound::Bound;
use crate::plan::index::{Most, Row};
use crate::plan::tiles::TILES;
use crate::travel::Nearness;

/// How late and how far an insertion may be.
pub(super) struct Near {
    /// By half minutes of the way, the tiles that are no farther; none where there are no cells.
    within: Option<[u128; STEPS]>,
    lines: Option<Nearness>,
    bar: f64,
    /// Cost of a second of travel, of waiting, of response, of lateness.
    rates: [f64; 4],
    /// Seconds that a unit of cost buys: of the way there and back, of the same less the waiting it saves, of response,
    /// of lateness, of both. Multiplied by, for every shift is asked about.
    seconds: [f64; 5],
    /// Now, when the call came, from when on it is late, after which it is not allowed.
    instants: [f64; 4],
    /// See [`Bound::strict`].
    service: Option<f64>,
}

const STEPS: usize = 96;
/// Seconds of one step.
const STEP: f64 = 30.0;

impl Near {
    pub(super) fn of(bound: &Bound, bar: i64) -> Near {
        let service = bound.strict().map(|seconds| seconds as f64);
        let instants = bound.instants().map(|at| at as f64);
        let within = bound.by_tile().map(|least| within(&least));
        let rates = bound.rates();
        let [travel, waiting, response, lateness] = rates;
        let costs = [
            2.0 * travel + response,
            2.0 * (travel - waiting) + response,
            response,
            lateness,
            lateness + response,
        ];
        let seconds = costs.map(|cost| 1.0 / cost);
        Near { within, lines: bound.lines(), bar: bar as f64, rates, seconds, instants, service }
    }

    /// The last `ready` of a shift at which a position may be as good as the bar; `None` where there is no
    /// such position, by the tiles of its places.
    pub(super) fn until(&self, row: &Row) -> Option<u32> {
        let Some(most) = row.most else { return Some(u32::MAX) };
        let [leg, lost] = [most.leg, most.lost].map(f64::from);
        let [travel, waiting, ..] = self.rates;
        let begins = f64::from(row.start).max(self.instants[0]);
        let left = self.bar + travel * leg + waiting * lost;
        let until = self.latest(left);
        if until < begins {
            return None;
        }
        let tiles = row.tiles[usize::from(until >= f64::from(row.later))];
        self.is_near(row, most, self.bar, tiles).then_some(until as u32)
    }

    /// Whether a position of a shift that goes as planned may be as good as the bar where fetching parts
    /// costs `cheapest` at least.
    pub(super) fn may_fetch(&self, row: &Row, cheapest: i64) -> bool {
        // A depot stop before a break may save all waiting after it.
        let most = row.most.map(|m| Most { loose: if m.loose > 0 { m.lost } else { 0 }, ..m });
        most.is_none_or(|most| self.is_near(row, most, self.bar - cheapest as f64, row.tiles[1]))
    }

    fn is_near(&self, row: &Row, most: Most, bar: f64, tiles: u128) -> bool {
        let [leg, lost, loose] = [most.leg, most.lost, most.loose].map(f64::from);
        let [travel, waiting, response, _] = self.rates;
        let [now, called, ..] = self.instants;
        let [there_and_back, less_waiting, ..] = self.seconds;
        if !there_and_back.is_finite() {
            return true;
        }
        let begins = f64::from(row.start).max(now);
        let since = response * (begins - called).max(0.0);
        let mut far = (bar + travel * leg + waiting * lost - since) * there_and_back;
        // Where the waiting saved is no more than the service and the detour, or all that may be saved anyway.
        if let Some(service) = self.service.filter(|_| travel > waiting) {
            let left = bar + (travel - waiting) * leg + waiting * service.max(loose + leg);
            far = far.min((left - since) * less_waiting);
        }
        if far < 0.0 {
            return false;
        }
        if let Some(lines) = &self.lines {
            return !lines.is_beyond(row.corners, far);
        }
        let Some(within) = &self.within else { return true };
        within.get(((far / STEP) as usize).saturating_add(1)).is_none_or(|near| near & tiles > 0)
    }

    /// The last start that costs no more than `left` by itself, or a second later.
    fn latest(&self, left: f64) -> f64 {
        let [_, _, response, lateness] = self.rates;
        let [_, called, late, last] = self.instants;
        let [.., by_response, by_lateness, by_both] = self.seconds;
        if left < 0.0 {
            return f64::MIN;
        }
        let mut latest = last;
        if response > 0.0 {
            latest = latest.min(called + left * by_response);
        }
        if lateness > 0.0 && latest > late {
            let both = (left + lateness * late + response * called) * by_both;
            latest = latest.min(both.max(late).max(called)).min(late + left * by_lateness);
        }
        latest + 1.0
    }
}

fn within(least: &[u16; TILES]) -> [u128; STEPS] {
    let mut within = [0; STEPS];
    for (tile, least) in least.iter().enumerate() {
        if let Some(step) = within.get_mut((f64::from(*least) / STEP).ceil() as usize) {
            *step |= 1 << tile;
        }
    }
    for step in 1..STEPS {
        within[step] |= within[step - 1];
    }
    within
}
