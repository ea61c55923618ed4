//! The swarm, with kept seeds: 12 worlds, each under another policy. About 20 s of processor time in a debug build.

use crate::swarm::trial;

const POLICIES: [&str; 7] = ["cheapest", "nearest-idle", "moves", "batch", "full", "rolling", "best-eta"];

fn days(seeds: std::ops::Range<u64>) {
    let mut sum = [0; 6];
    for seed in seeds {
        let told = trial(seed, 18, POLICIES[seed as usize % POLICIES.len()]);
        let all = [told.kills, told.torn, told.repeats, told.nonsense, told.jumps, told.swaps];
        sum.iter_mut().zip(all).for_each(|(s, n)| *s += n);
    }
    assert!(sum.iter().all(|n| *n > 10), "mishaps have to happen: {sum:?}");
}

#[test]
fn a_day_goes_on_whatever_befalls_the_service() {
    days(0..6);
}

#[test]
fn another_day_goes_on_too() {
    days(6..12);
}
