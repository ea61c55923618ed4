//! What is done with bytes that somebody made up: each has to end in a value or an error. The targets here and
//! the tests in `tests/it/rubbish.rs` call the same functions.

use callout::geo::Point;
use callout::journal::snapshot::Snapshot;
use callout::plan::Desk;
use callout::travel::osm::Extract;
use callout::travel::{Dayparts, Network, Profile, Roads};
use callout::units::Time;
use callout::wire::ask::{Ask, Write};
use callout::wire::check::check;
use callout::wire::v1;
use std::sync::Arc;

/// A `.roads` file; what loads has to answer every question about it.
pub fn roads(bytes: &[u8]) -> Result<(), String> {
    let network = Network::from_bytes(bytes).map_err(|e| e.to_string())?;
    let roads = Roads::new(Arc::new(network), Profile::default());
    let [low, high] = roads.network().bounds();
    let between = |k: i64| {
        let mix = |a: i32, b: i32| (i64::from(a) + (i64::from(b) - i64::from(a)) * k / 6) as i32;
        Point { lon: mix(low.lon, high.lon), lat: mix(low.lat, high.lat) }
    };
    let spots: Vec<_> = (0..7).filter_map(|k| roads.snap(between(k)).ok()).collect();
    let table = roads.table(&spots, &spots, 8);
    assert_eq!(table.seconds.len(), spots.len() * spots.len());
    let parts = Dayparts::utc();
    for pair in spots.windows(2) {
        let leg = roads.leg(&pair[0], &pair[1], Time(0), &parts);
        let path = roads.path(&pair[0], &pair[1], Time(0), &parts);
        assert_eq!(leg.is_some(), path.is_some());
    }
    roads.cells(8);
    Ok(())
}

/// The same file with the length and the checksum that make the rest be read.
pub fn sealed_roads(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(body) = bytes.len().checked_sub(24) {
        bytes[..12].copy_from_slice(b"CALLROAD\x01\0\0\0");
        bytes[12..20].copy_from_slice(&(body as u64).to_le_bytes());
        let end = bytes.len() - 4;
        let sum = crc32fast::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

/// An `.osm.pbf` file; what can be read has to be built or refused.
pub fn pbf(bytes: &[u8]) -> Result<(), String> {
    let extract = Extract::from_bytes(bytes).map_err(|e| e.to_string())?;
    Network::build("made up", &extract, &|_, _, _| {}).map_err(|e| e.to_string())?;
    Ok(())
}

/// A snapshot file.
pub fn snapshot(bytes: &[u8]) -> Result<(), String> {
    Snapshot::from_bytes(bytes).map(drop)
}

/// The same file with the head that makes the rest be read.
pub fn sealed_snapshot(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("callout snapshot 1 {:08x} {}\n", crc32fast::hash(body), body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A request of one of the methods that change something, on a desk that it may change.
pub fn request(bytes: &[u8], method: u8, desk: &mut Desk, now: Time) -> Result<(), String> {
    match method % 8 {
        0 => ask::<v1::CreateJobRequest>(bytes, desk, now),
        1 => ask::<v1::UpdateJobRequest>(bytes, desk, now),
        2 => ask::<v1::CancelJobRequest>(bytes, desk, now),
        3 => ask::<v1::ImportCatalogRequest>(bytes, desk, now),
        4 => ask::<v1::BatchImportTechniciansRequest>(bytes, desk, now),
        5 => ask::<v1::CreateDepotRequest>(bytes, desk, now),
        6 => ask::<v1::AdjustStockRequest>(bytes, desk, now),
        _ => ask::<v1::UpdateTechnicianRequest>(bytes, desk, now),
    }
}

fn ask<A: Ask + Default>(bytes: &[u8], desk: &mut Desk, now: Time) -> Result<(), String> {
    let request = A::decode(bytes).map_err(|e| e.to_string())?;
    let said = |failure: callout::wire::Failure| format!("{failure:?}");
    request.region().map_err(said)?;
    let mut write = check(|at| request.read(at, desk)).map_err(said)?;
    let command = write.command(desk).map_err(said)?;
    desk.step(now, &command).map(drop).map_err(|refusal| refusal.to_string())
}
