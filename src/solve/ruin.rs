//! Removal of strings of stops from neighbouring routes (SISR: Christiaens and Vanden Berghe, 2020).

use super::random::Random;
use super::state::{AWAY, BANK, State};

/// Shape of the removal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ruin {
    /// Mean number of jobs removed.
    pub mean: f64,
    /// Longest string.
    pub longest: f64,
    /// Chance in 65,536 of the variant that keeps a stretch inside the string.
    pub split: u32,
    /// Chance in 65,536 that the kept stretch stops growing.
    pub stop: u32,
}

impl Default for Ruin {
    fn default() -> Ruin {
        Ruin { mean: 10.0, longest: 10.0, split: 32_768, stop: 655 }
    }
}

/// Longest string, of the mean route, where not everybody may serve everything: shorter ones from more routes.
const PICKY: f64 = 0.8;

/// Removes strings around job `seed`. False if a cut route is not feasible: the round is to be undone.
pub(crate) fn strings(state: &mut State, random: &mut Random, shape: &Ruin, seed: usize) -> bool {
    let d = state.d.clone();
    let mean_length = state.served as f64 / state.used.max(1) as f64;
    let longest = shape.longest.min(mean_length * if d.picky { PICKY } else { 1.0 }).max(1.0);
    let most = 4.0 * shape.mean / (1.0 + longest) - 1.0;
    let strings = (random.unit() * most + 1.0) as usize;
    let mut cut = 0;
    let own = state.route_of[seed];
    for c in std::iter::once(seed as u32).chain(d.near.ruin(seed).iter().copied()) {
        let v = state.route_of[c as usize];
        if v == BANK || v == AWAY || state.is_touched(v as usize) {
            continue;
        }
        // strings that can't change hands with the seed's are cut in vain
        let apart = |own: u32| !d.can(seed, v as usize) && (own >= AWAY || !d.can(c as usize, own as usize));
        if d.picky && cut > 0 && apart(own) {
            continue;
        }
        if !string(state, random, shape, v as usize, c, longest) {
            return false;
        }
        cut += 1;
        if cut >= strings {
            break;
        }
    }
    true
}

/// Removes one string holding job `c` from route `v`.
fn string(state: &mut State, random: &mut Random, shape: &Ruin, v: usize, c: u32, longest: f64) -> bool {
    let route = &state.routes[v];
    let first = 1 + route.pinned as usize;
    let len = route.stops.len() - 1 - first;
    let Some(at) = route.stops[first..].iter().position(|s| s.node == c) else { return true };
    debug_assert!(at < len);
    let cap = longest.min(len as f64);
    let take = ((random.unit() * cap) as usize + 1).min(len);
    let mut kept = 0;
    if take > 1 && take < len && random.chance(shape.split) {
        kept = 1;
        while take + kept < len && !random.chance(shape.stop) {
            kept += 1;
        }
    }
    let span = take + kept;
    // the string is any window of `span` stops that holds `at`
    let low = (at + 1).saturating_sub(span);
    let high = at.min(len - span);
    let begin = low + random.below(high - low + 1);
    // the kept stretch is any of `kept` stops inside
    let hole = if kept == 0 { 0 } else { begin + 1 + random.below(take.saturating_sub(1).max(1)) };
    state.remove(v, |i, _| {
        let i = i - first;
        i >= begin && i < begin + span && !(kept > 0 && i >= hole && i < hole + kept)
    })
}
