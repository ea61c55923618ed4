#![no_main]

#[path = "../swallow.rs"]
#[allow(dead_code)]
mod swallow;

use callout::board::Board;
use callout::plan::{Desk, Travel};
use callout::travel::{Beeline, Dayparts, Model};
use callout::units::Time;
use callout::wire::ask::NewRegion;
use callout::wire::v1;
use std::sync::OnceLock;

/// Monday 2026-11-23, 08:00 in Milan.
const NOW: Time = Time(1_795_417_200);

fn desk() -> Desk {
    let centre = v1::Place { latitude: 45.46, longitude: 9.19, datum: v1::Datum::Wgs84.into() };
    let beeline = v1::Beeline { center: Some(centre), radius_meters: 30_000, ..Default::default() };
    let network = v1::Network { kind: Some(v1::network::Kind::Beeline(beeline)), ..Default::default() };
    let region = v1::Region {
        display_name: "Milan".into(),
        time_zone: "Europe/Rome".into(),
        network: Some(network),
        ..Default::default()
    };
    let request =
        v1::CreateRegionRequest { region_id: "milan".into(), region: Some(region), ..Default::default() };
    let NewRegion(region) = NewRegion::read(&request).expect("this region is sound");
    let travel = Travel::new(Model::Beeline(Beeline::new(1300, 30)), Dayparts::utc());
    Desk::open(Board::new(region), travel)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static DESK: OnceLock<Desk> = OnceLock::new();
    let Some((method, rest)) = data.split_first() else { return };
    let mut desk = DESK.get_or_init(desk).clone();
    let _ = swallow::request(rest, *method, &mut desk, NOW);
});
