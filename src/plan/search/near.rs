//! What of a shift lies too far to be as good as the bar, told from a few numbers of it.
//!
//! Whatever the position, `cost >= travel x (there + onward - leg) - waiting x lost + response x (ready + there
//! - called)`, with the longest leg and the most waiting of the shift. So there is a way that is too long for any.

use crate::plan::bound::Bound;
use crate::plan::index::{Most, Row};
use crate::plan::tiles::TILES;
use crate::travel::Nearness;

/// How far an insertion may be.
pub(super) struct Near {
    /// By half minutes of the way, the tiles that are no farther; none where there are no cells.
    within: Option<[u128; STEPS]>,
    lines: Option<Nearness>,
    bar: f64,
    /// Cost of a second of travel, of waiting, of response.
    rates: [f64; 3],
    /// Seconds that a unit of cost buys: of the way there and back, of the same less the waiting it saves. Multiplied
    /// by, for every shift is asked about.
    seconds: [f64; 2],
    /// Now, and when the call came.
    instants: [f64; 2],
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
        let [travel, waiting, response] = rates;
        let seconds = [2.0 * travel + response, 2.0 * (travel - waiting) + response].map(|cost| 1.0 / cost);
        Near { within, lines: bound.lines(), bar: bar as f64, rates, seconds, instants, service }
    }

    /// Whether a position of a shift that goes as planned may be as good as the bar.
    pub(super) fn may(&self, row: &Row) -> bool {
        row.most.is_none_or(|most| self.is_near(row, most, self.bar))
    }

    /// The same where fetching parts costs `cheapest` at least.
    pub(super) fn may_fetch(&self, row: &Row, cheapest: i64) -> bool {
        // A depot stop before a break may save all waiting after it.
        let most = row.most.map(|m| Most { loose: if m.loose > 0 { m.lost } else { 0 }, ..m });
        most.is_none_or(|most| self.is_near(row, most, self.bar - cheapest as f64))
    }

    fn is_near(&self, row: &Row, most: Most, bar: f64) -> bool {
        let [leg, lost, loose] = [most.leg, most.lost, most.loose].map(f64::from);
        let [travel, waiting, response] = self.rates;
        let [now, called] = self.instants;
        let [there_and_back, less_waiting] = self.seconds;
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
        within.get(((far / STEP) as usize).saturating_add(1)).is_none_or(|near| near & row.tiles > 0)
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
