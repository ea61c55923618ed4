//! How fast travel times come: one core, Milan. `cargo bench --bench roads`.
//!
//! Every figure is the best and the median of several runs; the machine is shared, so read the best.

#![allow(clippy::disallowed_methods)]

use callout::geo::Point;
use callout::travel::{Dayparts, Model, Network, Profile, Roads, Spot};
use callout::units::Time;
use comfy_table::Table;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let data = std::env::var_os("CALLOUT_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    let extract = data.join("osm/milan.osm.pbf");
    if !extract.exists() {
        println!("roads: left out, {} is missing (set CALLOUT_DATA)", extract.display());
        return;
    }
    let mut table = Table::new();
    table.set_header(["what", "best", "median", "goal"]);
    let network = Arc::new(files(&extract, &mut table));
    weights(&network, &mut table);
    let model = Roads::new(network.clone(), Profile::default());
    let spots = places(&model, 3_000);
    pairs(&model, &spots, &mut table);
    tables(&model, &spots, &mut table);
    println!(
        "{}: {} nodes, {} hierarchy edges, {} segments",
        network.name(),
        network.nodes(),
        network.hierarchy_edges(),
        network.segments().len()
    );
    println!("{table}");
}

/// Milliseconds of each of `runs` runs, fastest first.
fn time<T>(runs: usize, mut run: impl FnMut() -> T) -> Vec<f64> {
    let mut took: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took
}

fn add(table: &mut Table, what: &str, took: &[f64], goal: &str) {
    let say = |ms: f64| if ms < 0.5 { format!("{:.1} us", ms * 1e3) } else { format!("{ms:.2} ms") };
    table.add_row([what, &say(took[0]), &say(took[took.len() / 2]), goal]);
}

fn files(extract: &std::path::Path, table: &mut Table) -> Network {
    let quiet = |_: &'static str, _, _| {};
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    let build = || one.install(|| Network::open(extract, &quiet).expect("Milan builds"));
    add(table, "build from .osm.pbf", &time(3, build), "3 s");
    let network = build();
    let file = std::env::temp_dir().join(format!("callout-bench-{}.roads", std::process::id()));
    network.save(&file).expect("the temporary directory can be written");
    add(table, "load .roads", &time(5, || Network::load(&file).expect("it loads")), "well under 1 s");
    let _ = std::fs::remove_file(&file);
    network
}

fn weights(network: &Arc<Network>, table: &mut Table) {
    let mut hour = 0;
    let reweigh = || {
        hour += 1;
        Roads::new(network.clone(), Profile::default()).warm(hour)
    };
    add(table, "re-weight an hour", &time(15, reweigh), "15 ms");
    let bounds = || Roads::new(network.clone(), Profile::default()).cells(8);
    let took = time(5, bounds);
    add(table, &format!("cell table, resolution 8 ({} cells)", bounds().cells().len()), &took, "1 s");
}

/// Places drawn evenly over the network's segments, by a fixed stride.
fn places(model: &Roads, count: usize) -> Vec<Spot> {
    let lines: Vec<Point> = model.network().segments().map(|(_, line)| line[line.len() / 2]).collect();
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        lines[(state % lines.len() as u64) as usize]
    };
    (0..count).map(|_| model.snap(draw()).expect("on the road")).collect()
}

fn pairs(model: &Roads, spots: &[Spot], table: &mut Table) {
    let some = |spots: &[Spot], work: &dyn Fn(&Spot, &Spot)| {
        let took = time(9, || (0..500).for_each(|i| work(&spots[i], &spots[i + 500])));
        took.iter().map(|ms| ms / 500.0).collect::<Vec<f64>>()
    };
    let (utc, noon) = (Dayparts::utc(), Time(1_780_000_000));
    add(
        table,
        "one pair, seconds",
        &some(spots, &|a, b| {
            std::hint::black_box(model.pair_seconds(a, b, 14));
        }),
        "40 us",
    );
    add(
        table,
        "one leg, first-in-first-out, seconds",
        &some(spots, &|a, b| {
            std::hint::black_box(model.leg_seconds(a, b, noon, &utc));
        }),
        "",
    );
    add(
        table,
        "one leg with metres",
        &some(spots, &|a, b| {
            std::hint::black_box(model.leg(a, b, noon, &utc));
        }),
        "",
    );
    add(
        table,
        "one path with its line",
        &some(spots, &|a, b| {
            std::hint::black_box(model.path(a, b, noon, &utc));
        }),
        "",
    );
    let points: Vec<Point> = spots.iter().map(|s| s.point()).collect();
    let snap = time(9, || points.iter().filter(|p| model.snap(**p).is_ok()).count());
    add(table, "snap", &snap.iter().map(|ms| ms / points.len() as f64).collect::<Vec<f64>>(), "");
}

fn tables(model: &Roads, spots: &[Spot], table: &mut Table) {
    let mut out = Vec::new();
    let mut square = |from: usize, to: usize, runs: usize| {
        time(runs, || model.seconds(&spots[..from], &spots[3_000 - to..], 8, &mut out))
    };
    add(table, "1 x 200", &square(1, 200, 41), "");
    add(table, "20 x 500", &square(20, 500, 41), "1.5 ms");
    add(table, "500 x 20", &square(500, 20, 41), "1.5 ms");
    for (side, goal) in [(100, ""), (300, ""), (1_000, "40 ms"), (3_000, "")] {
        let took = square(side, side, if side > 1_000 { 5 } else { 15 });
        let per = took[0] * 1e6 / (side * side) as f64;
        add(table, &format!("{side} x {side} ({per:.0} ns a pair)"), &took, goal);
    }
    let both = time(5, || Model::Roads(model.clone()).table(&spots[..1_000], &spots[2_000..], 8));
    add(table, "1000 x 1000 with metres", &both, "");
}
