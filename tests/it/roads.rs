//! Road networks: against established engines, against plain Dijkstra, against damaged files.

use callout::geo::Point;
use callout::travel::{Model, Network, Profile, Roads, Spot};
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

/// The shared data's folder of OpenStreetMap extracts, or `None` with a word on what is left out.
fn data(what: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CALLOUT_DATA").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    let folder = root.join("osm");
    if !folder.exists() {
        println!("left out: {what}, {} is missing (set CALLOUT_DATA)", folder.display());
        return None;
    }
    Some(folder)
}

#[derive(Deserialize)]
struct Reference {
    points_lon_lat: Vec<[f64; 2]>,
    engine_a_seconds: Vec<Vec<Option<f64>>>,
    engine_b_seconds: Vec<Vec<Option<f64>>>,
}

/// Ratio of means, median and ninetieth percentile of the absolute relative deviation.
fn deviation(ours: &[u32], theirs: &[Vec<Option<f64>>]) -> [f64; 3] {
    let n = theirs.len();
    let (mut sums, mut off) = ([0.0, 0.0], Vec::new());
    for (i, row) in theirs.iter().enumerate() {
        for (j, cell) in row.iter().enumerate().filter(|(j, _)| *j != i) {
            let Some(want) = cell.filter(|s| *s > 0.0) else { continue };
            let have = f64::from(ours[i * n + j]);
            sums = [sums[0] + have, sums[1] + want];
            off.push((have / want - 1.0).abs());
        }
    }
    off.sort_by(f64::total_cmp);
    [sums[0] / sums[1], off[off.len() / 2], off[off.len() * 9 / 10]]
}

#[test]
fn free_flow_times_agree_with_an_established_engine() {
    let Some(folder) = data("free-flow times against the reference engines") else { return };
    for city in ["milan", "jinan"] {
        let network = Network::open(&folder.join(format!("{city}.osm.pbf")), &|_, _, _| {}).unwrap();
        let model = Model::Roads(Roads::new(Arc::new(network), Profile::free_flow()));
        let text = std::fs::read_to_string(folder.join(format!("{city}.reference.json"))).unwrap();
        let reference: Reference = serde_json::from_str(&text).unwrap();
        let place = |p: &[f64; 2]| model.snap(Point::from_degrees(p[0], p[1]).unwrap()).unwrap();
        let spots: Vec<Spot> = reference.points_lon_lat.iter().map(place).collect();
        let mut seconds = Vec::new();
        model.seconds(&spots, &spots, 3, &mut seconds);
        let [ratio, median, p90] = deviation(&seconds, &reference.engine_a_seconds);
        let b = deviation(&seconds, &reference.engine_b_seconds);
        println!("{city}: engine a ratio {ratio:.4} median {median:.4} P90 {p90:.4}; engine b {b:.4?}");
        assert!((0.97..=1.03).contains(&ratio), "{city}: ratio {ratio}");
        assert!(median <= 0.025, "{city}: median deviation {median}");
        assert!(p90 <= 0.08, "{city}: P90 deviation {p90}");
    }
}
