//! Road networks: against established engines, against plain Dijkstra, against damaged files.

use callout::geo::Point;
use callout::travel::osm::Draft;
use callout::travel::{Beeline, Fault, Model, Network, Profile, Roads, Spot};
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

fn p(lon: f64, lat: f64) -> Point {
    Point::from_degrees(lon, lat).unwrap()
}

/// A crossing (node 1) with four arms 500 m long, each a two-way street of its own and joined by a ring.
fn crossing(tune: impl Fn(&mut Draft)) -> Roads {
    let mut draft = Draft::default();
    let places = [(9.0, 45.0), (9.0, 45.005), (9.007, 45.0), (9.0, 44.995), (8.993, 45.0)];
    for (at, (lon, lat)) in places.iter().enumerate() {
        draft.node(at as i64 + 1, p(*lon, *lat), &[]);
    }
    let street = [("highway", "residential")];
    for arm in 2..=5 {
        draft.way(arm * 10, &[arm, 1], &street);
        draft.way(arm * 10 + 1, &[arm, if arm == 5 { 2 } else { arm + 1 }], &street);
    }
    tune(&mut draft);
    let network = Network::build("crossing", &draft.finish(), &|_, _, _| {}).unwrap();
    Roads::new(Arc::new(network), Profile::free_flow())
}

fn seconds(roads: &Roads, from: Point, to: Point) -> Option<u32> {
    roads.pair_seconds(&roads.snap(from).unwrap(), &roads.snap(to).unwrap(), 3)
}

#[test]
fn a_forbidden_turn_is_driven_around() {
    let (south, west) = (p(9.0, 44.998), p(8.997, 45.0));
    let free = seconds(&crossing(|_| {}), south, west).unwrap();
    let no_left = crossing(|draft| {
        draft.turn(40, 1, 50, "no_left_turn");
    });
    let only_straight = crossing(|draft| {
        draft.turn(40, 1, 20, "only_straight_on");
    });
    assert!(seconds(&no_left, south, west).unwrap() > free + 30);
    assert!(seconds(&only_straight, south, west).unwrap() > free + 30);
    assert_eq!(seconds(&no_left, west, south), Some(free), "the other way round stays open");
    assert_eq!(seconds(&no_left, south, p(9.0, 45.002)), seconds(&crossing(|_| {}), south, p(9.0, 45.002)));
}

#[test]
fn barriers_close_and_one_ways_bind_even_within_one_street() {
    let bollard = crossing(|draft| {
        draft.node(1, p(9.0, 45.0), &[("barrier", "bollard")]);
    });
    let gate = crossing(|draft| {
        draft.node(1, p(9.0, 45.0), &[("barrier", "gate")]);
    });
    let (south, north) = (p(9.0, 44.998), p(9.0, 45.002));
    assert!(seconds(&bollard, south, north).unwrap() > seconds(&gate, south, north).unwrap() + 60);
    let one_way = crossing(|draft| {
        draft.way(20, &[2, 1], &[("highway", "residential"), ("oneway", "yes")]);
    });
    let (up, down) = (p(9.0, 45.001), p(9.0, 45.004));
    assert!(seconds(&one_way, down, up).is_some());
    assert_eq!(seconds(&one_way, up, up), Some(0));
}

#[test]
fn a_place_off_the_roads_says_how_far() {
    let roads = crossing(|_| {});
    let near = roads.snap(p(9.001, 44.9975)).unwrap();
    assert!((60..=90).contains(&near.gap_metres()), "{}", near.gap_metres());
    let far = roads.snap(p(9.0, 45.1)).unwrap_err();
    assert_eq!(far.cap_metres, 2_000);
    assert!((10_000..=11_000).contains(&far.nearest_metres.unwrap()));
    assert!(roads.snap(p(0.0, 0.0)).unwrap_err().to_string().contains("the limit is 2000 m"));
    assert!(roads.snap(p(-170.0, -80.0)).is_err());
}

#[test]
fn rush_hour_is_slower_than_the_afternoon_and_the_afternoon_than_night() {
    let roads = Roads::new(crossing(|_| {}).network().clone(), Profile::default());
    let (a, b) = (roads.snap(p(9.0, 44.995)).unwrap(), roads.snap(p(9.0, 45.005)).unwrap());
    let at = |hour| roads.pair_seconds(&a, &b, hour).unwrap();
    assert!(at(8) > at(14) && at(14) > at(3));
    let model = Model::Roads(roads);
    assert_eq!(model.name(), "roads crossing");
    assert_eq!(Model::Beeline(Beeline::new(1300, 30)).name(), "beeline 1.30 x at 30 km/h");
}

#[test]
fn a_file_comes_back_whole_or_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crossing.roads");
    let roads = crossing(|_| {});
    roads.network().save(&path).unwrap();
    let again = Network::load(&path).unwrap();
    assert_eq!((again.checksum(), again.name()), (roads.network().checksum(), "crossing"));
    let again = Roads::new(Arc::new(again), Profile::free_flow());
    let (a, b) = (p(9.0, 44.998), p(8.997, 45.0));
    assert_eq!(seconds(&again, a, b), seconds(&roads, a, b));

    let bytes = std::fs::read(&path).unwrap();
    let says = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = Network::load(&path).unwrap_err();
        assert!(error.to_string().contains("crossing.roads"), "{error} names the file");
        error.fault
    };
    for cut in [4, 11, 19, 100, bytes.len() - 1] {
        assert!(matches!(says(&bytes[..cut]), Fault::Truncated { .. }), "cut to {cut}");
    }
    assert!(matches!(says(b""), Fault::Foreign));
    assert!(matches!(says(b"<html>not found</html>, and then some more"), Fault::Foreign));
    let mut newer = bytes.clone();
    newer[8] = 99;
    assert!(matches!(says(&newer), Fault::Newer(99)));
    for at in (20..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        assert!(matches!(says(&flipped), Fault::Damaged(_)), "byte {at}");
    }
    let missing = Network::load(&folder.path().join("absent.roads")).unwrap_err();
    assert!(matches!(missing.fault, Fault::System(_)));
}

fn callout(args: &[&str]) -> (Option<i32>, String, String) {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_callout")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

#[test]
fn the_command_line_builds_asks_and_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let extract = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/la-serena.osm.pbf");
    let (roads, list, bad) = (file("city.roads"), file("places.csv"), file("bad.csv"));
    let (code, out, err) = callout(&["roads", "build", extract, "-o", &roads, "--json"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("OpenStreetMap contributors"));
    std::fs::write(&list, "lon,lat\n-71.25,-29.905\n-71.27,-29.96\n-75.0,-29.9\n").unwrap();
    let (code, out, err) = callout(&["roads", "matrix", &roads, "--from", &list, "--to", &list, "--json"]);
    assert_eq!(code, Some(0), "{err}");
    let free: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(free["seconds"][0][0], 0);
    assert!(free["seconds"][0][2].is_null() && free["metres"][2][1].is_null());
    let args = ["roads", "matrix", &roads, "--from", &list, "--to", &list, "--at", "08:30", "--json"];
    let rush: serde_json::Value = serde_json::from_str(&callout(&args).1).unwrap();
    assert!(rush["seconds"][0][1].as_u64() > free["seconds"][0][1].as_u64());
    let (code, out, _) = callout(&["roads", "route", &roads, "-71.25,-29.905", "-71.27,-29.96"]);
    let feature: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &feature["geometry"]["type"]), (Some(0), &serde_json::json!("LineString")));
    assert_eq!(feature["properties"]["seconds"], free["seconds"][0][1]);
    assert_eq!(callout(&["roads", "route", &roads, "0,0", "-71.27,-29.96"]).0, Some(1));
    std::fs::write(&bad, "-71.25,-29.905\n200,10\n").unwrap();
    let (code, _, err) = callout(&["roads", "matrix", &roads, "--from", &bad, "--to", &list]);
    assert!(code == Some(2) && err.contains("bad.csv:2"), "{err}");
    let (code, _, err) = callout(&["roads", "info", &list]);
    assert!(code == Some(2) && err.contains("not a .roads file"), "{err}");
}
