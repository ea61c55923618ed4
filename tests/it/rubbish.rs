//! Bytes that nobody should have written: valid files and requests, spoilt in many ways with kept seeds. Every
//! one ends in a value or in an error that says what is wrong; none panics. `fuzz/` calls the same functions.

use crate::town::*;
use callout::geo::Point;
use callout::journal::{Sqlite, recover, snapshot::Snapshot};
use callout::plan::{Desk, Travel};
use callout::travel::osm::Draft;
use callout::travel::{Beeline, Dayparts, Model, Network};
use callout::units::Time;
use callout::wire::v1::*;
use prost::Message;
use prost_types::FieldMask;

#[path = "../../fuzz/swallow.rs"]
mod swallow;

/// Kept: among them are those that panicked on `i32::MIN` as a longitude and on hierarchies not chordal.
const SEEDS: std::ops::Range<u64> = 0..600;

/// Steele, Lea and Flood's SplitMix64: all that spoiling needs.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Numbers that are wrong in interesting ways.
const ODD: [u32; 8] = [0, 1, 2, 0x7f, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

fn spoilt(valid: &[u8], seed: u64) -> Vec<u8> {
    let (mut bytes, mut chance) = (valid.to_vec(), Chance(seed));
    for _ in 0..=chance.below(3) {
        let at = chance.below(bytes.len());
        match chance.below(6) {
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = chance.next() as u8,
            2 if bytes.len() >= 4 => {
                let at = at.min(bytes.len() - 4) / 4 * 4;
                bytes[at..at + 4].copy_from_slice(&ODD[chance.below(8)].to_le_bytes());
            }
            3 if bytes.len() > 40 => bytes.truncate(at.max(30)),
            4 => drop(bytes.drain(at..(at + 1 + chance.below(8)).min(bytes.len()))),
            _ => {
                let again = bytes[at..(at + 1 + chance.below(16)).min(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Spoils with every seed; how many were taken, and the different things said of the others.
fn all(valid: &[u8], mut swallow: impl FnMut(Vec<u8>) -> Result<(), String>) -> (usize, Vec<String>) {
    let (mut taken, mut said) = (0, Vec::new());
    for seed in SEEDS {
        match swallow(spoilt(valid, seed)) {
            Ok(()) => taken += 1,
            Err(why) => {
                assert!(why.len() > 8, "seed {seed}: {why:?} says nothing");
                said.push(why);
            }
        }
    }
    said.sort();
    said.dedup();
    (taken, said)
}

fn crossing() -> Vec<u8> {
    let mut draft = Draft::default();
    let p = |lon, lat| Point::from_degrees(lon, lat).unwrap();
    for n in 0..16_i64 {
        draft.node(n + 1, p(9.0 + (n % 4) as f64 * 0.004, 45.0 + (n / 4) as f64 * 0.003), &[]);
    }
    for n in 0..4_i64 {
        let kind = if n % 2 == 0 { "residential" } else { "secondary" };
        draft.way(n + 1, &[n * 4 + 1, n * 4 + 2, n * 4 + 3, n * 4 + 4], &[("highway", kind)]);
        draft.way(n + 11, &[n + 1, n + 5, n + 9, n + 13], &[("highway", "tertiary")]);
    }
    draft.turn(1, 2, 12, "no_left_turn");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crossing.roads");
    Network::build("crossing", &draft.finish(), &|_, _, _| {}).unwrap().save(&path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn a_spoilt_roads_file_with_a_right_checksum_is_a_network_or_a_clear_error() {
    let valid = crossing();
    swallow::roads(&valid).unwrap();
    assert_eq!(swallow::sealed_roads(valid.clone()), valid);
    let (taken, said) = all(&valid, |bytes| swallow::roads(&swallow::sealed_roads(bytes)));
    assert!(taken > 20, "{taken} of them load: the mutations do not reach far");
    assert!(said.len() >= 8, "{said:?}");
    for word in ["out of order", "do not add up"] {
        assert!(said.iter().any(|s| s.contains(word)), "{word} is never said: {said:?}");
    }
    let (taken, _) =
        all(&valid, |bytes| if bytes == valid { Err("unchanged".into()) } else { swallow::roads(&bytes) });
    assert_eq!(taken, 0, "without a right checksum nothing loads");
}

#[test]
fn every_number_of_a_roads_file_may_be_off_by_one_or_huge() {
    let valid = crossing();
    let (mut taken, mut said) = (0, Vec::new());
    for at in (20..valid.len() - 8).step_by(4) {
        let was = u32::from_le_bytes(valid[at..at + 4].try_into().unwrap());
        // the largest promises four billion entries in a file of some kilobytes
        for wrong in [was.wrapping_add(1), was.wrapping_sub(1), u32::MAX] {
            let mut bytes = valid.clone();
            bytes[at..at + 4].copy_from_slice(&wrong.to_le_bytes());
            match swallow::roads(&swallow::sealed_roads(bytes)) {
                Ok(()) => taken += 1,
                Err(why) => said.push(why),
            }
        }
    }
    assert!(taken > 100, "{taken}");
    assert!(said.iter().any(|s| s.contains("not chordal")), "{} errors, none of the hierarchy", said.len());
}

/// The few messages of an extract, uncompressed, so that what is spoilt is what is read.
mod pbf {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Header {
        #[prost(string, tag = "1")]
        pub kind: String,
        #[prost(int32, tag = "3")]
        pub size: i32,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Blob {
        #[prost(bytes = "vec", tag = "1")]
        pub raw: Vec<u8>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Texts {
        #[prost(bytes = "vec", repeated, tag = "1")]
        pub s: Vec<Vec<u8>>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Block {
        #[prost(message, required, tag = "1")]
        pub texts: Texts,
        #[prost(message, repeated, tag = "2")]
        pub groups: Vec<Group>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Group {
        #[prost(message, repeated, tag = "1")]
        pub nodes: Vec<Node>,
        #[prost(message, optional, tag = "2")]
        pub dense: Option<Dense>,
        #[prost(message, repeated, tag = "3")]
        pub ways: Vec<Way>,
        #[prost(message, repeated, tag = "4")]
        pub relations: Vec<Relation>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Node {
        #[prost(sint64, tag = "1")]
        pub id: i64,
        #[prost(uint32, repeated, tag = "2")]
        pub keys: Vec<u32>,
        #[prost(uint32, repeated, tag = "3")]
        pub vals: Vec<u32>,
        #[prost(sint64, tag = "8")]
        pub lat: i64,
        #[prost(sint64, tag = "9")]
        pub lon: i64,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Dense {
        #[prost(sint64, repeated, tag = "1")]
        pub id: Vec<i64>,
        #[prost(sint64, repeated, tag = "8")]
        pub lat: Vec<i64>,
        #[prost(sint64, repeated, tag = "9")]
        pub lon: Vec<i64>,
        #[prost(int32, repeated, tag = "10")]
        pub keys_vals: Vec<i32>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Way {
        #[prost(int64, tag = "1")]
        pub id: i64,
        #[prost(uint32, repeated, tag = "2")]
        pub keys: Vec<u32>,
        #[prost(uint32, repeated, tag = "3")]
        pub vals: Vec<u32>,
        #[prost(sint64, repeated, tag = "8")]
        pub refs: Vec<i64>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Relation {
        #[prost(int64, tag = "1")]
        pub id: i64,
        #[prost(uint32, repeated, tag = "2")]
        pub keys: Vec<u32>,
        #[prost(uint32, repeated, tag = "3")]
        pub vals: Vec<u32>,
        #[prost(int32, repeated, tag = "8")]
        pub roles: Vec<i32>,
        #[prost(sint64, repeated, tag = "9")]
        pub members: Vec<i64>,
        #[prost(int32, repeated, tag = "10")]
        pub kinds: Vec<i32>,
    }
}

/// Eight nodes on a ladder, six ways, one turn restriction whose members are of `kind` (1 is a way).
fn extract(kind: i32) -> Vec<u8> {
    let texts = [
        "",
        "highway",
        "residential",
        "type",
        "restriction",
        "no_left_turn",
        "from",
        "via",
        "to",
        "barrier",
        "gate",
        "oneway",
        "yes",
    ];
    let (lat, lon) = (|n: i64| (45_000_000 + n / 2 * 3_000) * 10, |n: i64| (9_000_000 + n % 2 * 4_000) * 10);
    let one = |n: i64| pbf::Node { id: n + 1, lat: lat(n), lon: lon(n), ..Default::default() };
    let dense = pbf::Dense {
        id: vec![5, 1, 1, 1],
        lat: vec![lat(4), 0, 30_000, 0],
        lon: vec![lon(4), 40_000, -40_000, 40_000],
        keys_vals: vec![0, 9, 10, 0, 0, 0],
    };
    let way = |id, first: i64, step: i64, count: usize| {
        let refs = std::iter::once(first).chain(std::iter::repeat_n(step, count - 1)).collect();
        pbf::Way { id, keys: vec![1], vals: vec![2], refs }
    };
    let mut ways: Vec<_> = (0..4).map(|n| way(n + 10, n * 2 + 1, 1, 2)).collect();
    ways.extend([way(1, 1, 2, 4), way(2, 2, 2, 4)]);
    let turn = pbf::Relation {
        id: 1,
        keys: vec![3, 4],
        vals: vec![4, 5],
        roles: vec![6, 7, 8],
        members: vec![1, 2, 8],
        kinds: vec![kind, 0, kind],
    };
    let group =
        pbf::Group { nodes: (0..4).map(one).collect(), dense: Some(dense), ways, relations: vec![turn] };
    let s = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
    let block = pbf::Block { texts: pbf::Texts { s }, groups: vec![group] };
    blob("OSMData", block.encode_to_vec())
}

fn blob(kind: &str, raw: Vec<u8>) -> Vec<u8> {
    let body = pbf::Blob { raw }.encode_to_vec();
    let head = pbf::Header { kind: kind.into(), size: body.len() as i32 }.encode_to_vec();
    [&(head.len() as u32).to_be_bytes()[..], &head, &body].concat()
}

#[test]
fn a_spoilt_extract_is_roads_or_a_clear_error() {
    let valid = extract(1);
    swallow::pbf(&valid).unwrap();
    let (taken, said) = all(&valid, |bytes| swallow::pbf(&bytes));
    assert!((20..590).contains(&taken), "{taken} of them are read");
    assert!(said.len() >= 3, "{said:?}");
    // the decoder panics on a member of no kind
    let broken = swallow::pbf(&extract(7)).unwrap_err();
    assert!(broken.contains("an object in it cannot be read"), "{broken}");
    // the real thing, compressed: most of it ends in the decoder
    let real = include_bytes!("../../fixtures/la-serena.osm.pbf");
    for seed in 0..20 {
        let spoilt = spoilt(real, seed);
        let _ = callout::travel::osm::Extract::from_bytes(&spoilt);
    }
}

fn desk(town: &mut Town) -> Desk {
    town.running.take().unwrap().shutdown();
    let journal = Sqlite::read_only(&town.data.path().join("journal.db")).unwrap();
    let board = recover(&journal, None, &"milan".into()).unwrap().board;
    Desk::open(board, Travel::new(Model::Beeline(Beeline::new(1300, 30)), Dayparts::utc()))
}

#[test]
fn a_spoilt_snapshot_is_a_board_or_a_clear_error() {
    let mut town = Town::new();
    town.clients.create(create_job("j1")).unwrap();
    let board = desk(&mut town).board().clone();
    let body = serde_json::to_vec(&Snapshot { seq: 7, now: Time(NOW), board }).unwrap();
    swallow::snapshot(&swallow::sealed_snapshot(&body)).unwrap();
    let (taken, said) = all(&body, |bytes| swallow::snapshot(&swallow::sealed_snapshot(&bytes)));
    assert!(taken >= 10 && said.len() > 100, "{taken} boards, {} errors", said.len());
    let whole = swallow::sealed_snapshot(&body);
    let (taken, _) =
        all(&whole, |bytes| if bytes == whole { Err("unchanged".into()) } else { swallow::snapshot(&bytes) });
    assert_eq!(taken, 0, "without a right checksum nothing is read");
}

#[test]
fn a_spoilt_request_is_done_or_refused() {
    let mut town = Town::new();
    town.clients.create(create_job("j1")).unwrap();
    let desk = desk(&mut town);
    let name = format!("{REGION}/jobs/j1");
    let job =
        Job { name: name.clone(), need: Some(need()), customer: Some(customer()), ..Default::default() };
    let mask = FieldMask { paths: vec!["need".into(), "customer".into()] };
    let hired = |n: i32| TechnicianImport { technician_id: format!("t{n}"), technician: Some(technician(n)) };
    let line = StockAdjustment {
        location: format!("{REGION}/depots/north"),
        part: format!("{REGION}/parts/pump"),
        delta: 2,
    };
    let parent = || REGION.to_owned();
    let changed = Technician { name: format!("{REGION}/technicians/t1"), ..technician(1) };
    let there = FieldMask { paths: vec!["shifts".into(), "start_place".into()] };
    let requests = [
        create_job("j2").encode_to_vec(),
        UpdateJobRequest { job: Some(job), update_mask: Some(mask), ..Default::default() }.encode_to_vec(),
        CancelJobRequest { name, reason: "fuse".into(), ..Default::default() }.encode_to_vec(),
        ImportCatalogRequest { parent: parent(), entries: entries(), ..Default::default() }.encode_to_vec(),
        BatchImportTechniciansRequest {
            parent: parent(),
            technicians: (7..9).map(hired).collect(),
            ..Default::default()
        }
        .encode_to_vec(),
        CreateDepotRequest {
            parent: parent(),
            depot_id: "south".into(),
            depot: Some(Depot {
                display_name: "South".into(),
                place: Some(place(9.2, 45.4)),
                ..Default::default()
            }),
            ..Default::default()
        }
        .encode_to_vec(),
        AdjustStockRequest { parent: parent(), adjustments: vec![line], ..Default::default() }
            .encode_to_vec(),
        UpdateTechnicianRequest { technician: Some(changed), update_mask: Some(there), ..Default::default() }
            .encode_to_vec(),
    ];
    for (method, valid) in (0..).zip(&requests) {
        swallow::request(valid, method, &mut desk.clone(), Time(NOW)).unwrap();
        let (taken, said) =
            all(valid, |bytes| swallow::request(&bytes, method, &mut desk.clone(), Time(NOW)));
        assert!(taken > 0 && said.len() >= 5, "method {method}: {taken} {said:?}");
    }
}
