//! Bugs that are planted on purpose are caught by what the swarm checks: `cargo test --features planted --test planted`.

#[path = "it/swarm.rs"]
mod swarm;

use callout::units::planted::{PLANTED, plant};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Worlds that are tried for each bug, until one catches it.
const SEEDS: std::ops::Range<u64> = 0..12;
const POLICIES: [&str; 3] = ["cheapest", "best-eta", "nearest-idle"];

fn trial(seed: u64) {
    let told = swarm::trial(seed, 16, POLICIES[seed as usize % POLICIES.len()]);
    assert!(told.repeats > 0, "seed {seed}: nothing came twice");
}

#[test]
fn every_planted_bug_is_caught_and_nothing_else_is() {
    plant("");
    SEEDS.for_each(trial);
    let mut missed = Vec::new();
    for (name, about) in PLANTED {
        plant(name);
        let caught = SEEDS.clone().find(|seed| catch_unwind(AssertUnwindSafe(|| trial(*seed))).is_err());
        plant("");
        match caught {
            Some(seed) => println!("{name} ({about}): caught by seed {seed}"),
            None => missed.push(name),
        }
    }
    assert!(missed.is_empty(), "planted and not caught: {missed:?}");
}
