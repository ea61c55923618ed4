//! Bad input: a row for each kind of it, with the code and every field path, and nothing changed.

use crate::town::*;
use callout::wire::v1::*;
use tonic::{Code, Status};
use tonic_types::StatusExt;

fn paths(status: &Status) -> Vec<String> {
    let told = status.get_details_bad_request();
    told.into_iter().flat_map(|t| t.field_violations).map(|v| v.field).collect()
}

type Spoil = fn(&mut Need);

/// What is spoilt in a need, and the paths that are told.
fn needs() -> Vec<(&'static str, Spoil, Vec<&'static str>)> {
    vec![
        ("no kind", |n| n.kind = 0, vec!["kind"]),
        ("unknown kind", |n| n.kind = 77, vec!["kind"]),
        ("no place", |n| n.place = None, vec!["place"]),
        ("no datum", |n| n.place.as_mut().unwrap().datum = 0, vec!["place.datum"]),
        ("unknown datum", |n| n.place.as_mut().unwrap().datum = 9, vec!["place.datum"]),
        ("NaN", |n| n.place.as_mut().unwrap().latitude = f64::NAN, vec!["place.latitude"]),
        (
            "infinite and off the globe",
            |n| n.place = Some(place(f64::INFINITY, 91.0)),
            vec!["place.latitude", "place.longitude"],
        ),
        ("swapped", |n| n.place = Some(place(45.47, 9.19)), vec!["place"]),
        ("out of the region", |n| n.place = Some(place(12.5, 41.9)), vec!["place"]),
        ("empty level", |n| n.service_level.clear(), vec!["service_level"]),
        ("unknown level", |n| n.service_level = format!("{REGION}/serviceLevels/no"), vec!["service_level"]),
        (
            "foreign level",
            |n| n.service_level = "regions/rome/serviceLevels/standard".into(),
            vec!["service_level"],
        ),
        ("inverted window", |n| n.promised_window = Some(window(60, 60)), vec!["promised_window.end"]),
        (
            "windows without ends and over each other",
            |n| {
                n.access_windows = vec![Window { start: at(0), end: None }, window(9, 5)];
            },
            vec!["access_windows[0].end", "access_windows[1].end"],
        ),
        (
            "windows over each other",
            |n| n.access_windows = vec![window(0, 100), window(50, 150)],
            vec!["access_windows[1]"],
        ),
        ("10,000 windows", |n| n.access_windows = vec![window(0, 1); 10_000], vec!["access_windows"]),
        ("odds", |n| n.faults[0].probability = -0.5, vec!["faults[0].probability"]),
        (
            "unknown fault, level over the highest",
            |n| {
                n.faults[0].fault = format!("{REGION}/faults/none");
                n.required_certifications = vec![requirement(9)];
            },
            vec!["faults[0].fault", "required_certifications[0].min_level"],
        ),
        (
            "negative and zero counts",
            |n| {
                let part = |count| PartCount { part: format!("{REGION}/parts/pump"), count };
                n.parts = vec![part(-1), PartCount { part: format!("{REGION}/parts/no"), count: 0 }];
            },
            vec!["parts[0].count", "parts[1].part", "parts[1].count"],
        ),
        ("empty kit", |n| n.kits = vec![String::new()], vec!["kits[0]"]),
        ("no time at all", |n| n.service_duration = lasting(0), vec!["service_duration"]),
        ("negative time", |n| n.service_duration = lasting(-5), vec!["service_duration"]),
        (
            "unknown technician",
            |n| n.excluded_technicians = vec![format!("{REGION}/technicians/nobody")],
            vec!["excluded_technicians[0]"],
        ),
    ]
}

#[test]
fn every_violation_of_a_need_is_told_and_nothing_changes() {
    let town = Town::new();
    let c = &town.clients;
    let before = c.summary();
    for (what, spoil, expected) in needs() {
        let mut request = create_job("j1");
        spoil(request.job.as_mut().unwrap().need.as_mut().unwrap());
        let need = request.job.as_ref().unwrap().need.clone();
        let status = c.create(request).expect_err(what);
        assert_eq!(status.code(), Code::InvalidArgument, "{what}: {status:?}");
        let at = |prefix: &str| expected.iter().map(|p| format!("{prefix}{p}")).collect::<Vec<_>>();
        let sorted = |mut paths: Vec<String>| {
            paths.sort();
            paths
        };
        assert_eq!(sorted(paths(&status)), sorted(at("job.need.")), "{what}: {}", status.message());
        assert_eq!(status.get_details_error_info().unwrap().reason, "INVALID_REQUEST");
        let ask = EvaluateJobRequest { parent: REGION.into(), need };
        let status = c.rt.block_on(c.jobs().evaluate_job(ask)).unwrap_err();
        assert_eq!(sorted(paths(&status)), sorted(at("need.")), "{what}");
    }
    assert_eq!(c.summary(), before);
}

#[test]
fn all_parts_of_a_request_are_told_in_one_answer() {
    let town = Town::new();
    let c = &town.clients;
    let mut request = create_job("not an id");
    request.request_id = "x".repeat(65);
    let job = request.job.as_mut().unwrap();
    job.order_number = "n".repeat(300);
    job.customer.as_mut().unwrap().phone = "call me".into();
    job.need.as_mut().unwrap().kind = 0;
    let status = c.create(request).unwrap_err();
    let expected = ["request_id", "job_id", "job.need.kind", "job.customer.phone", "job.order_number"];
    assert_eq!(paths(&status), expected);
    let status = c.create(CreateJobRequest { parent: REGION.into(), ..Default::default() }).unwrap_err();
    assert_eq!(paths(&status), ["job"]);
    let status = c.create(CreateJobRequest { parent: "milan".into(), ..Default::default() }).unwrap_err();
    assert_eq!(paths(&status), ["parent"]);
    let status = c.create(CreateJobRequest { parent: "regions/rome".into(), ..create_job("j") }).unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_details_error_info().unwrap().reason, "REGION_NOT_FOUND");
}

#[test]
fn bad_technicians_and_stock_are_refused_whole() {
    let town = Town::new();
    let c = &town.clients;
    let before = c.summary();
    let mut spoilt = technician(1);
    spoilt.display_name = " ".into();
    spoilt.certifications[0].kind = format!("{REGION}/certificationKinds/magic");
    spoilt.certifications.push(Certification {
        kind: format!("{REGION}/certificationKinds/gas"),
        level: 1,
        valid_from: at(100),
        valid_to: at(50),
    });
    spoilt.shifts[0].breaks[0].window = Some(window(-3600, 60));
    spoilt.start_place = Some(place(45.46, 9.19));
    let technicians = vec![
        TechnicianImport { technician_id: "t9".into(), technician: Some(technician(1)) },
        TechnicianImport { technician_id: "9t".into(), technician: Some(spoilt) },
        TechnicianImport { technician_id: "t9".into(), technician: None },
    ];
    let import = BatchImportTechniciansRequest { parent: REGION.into(), technicians, ..Default::default() };
    let status = c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap_err();
    let mut told = paths(&status);
    told.sort();
    let expected = [
        "technicians[1].technician.certifications[0].kind",
        "technicians[1].technician.certifications[1].valid_to",
        "technicians[1].technician.display_name",
        "technicians[1].technician.shifts[0].breaks[0].window",
        "technicians[1].technician.start_place",
        "technicians[1].technician_id",
        "technicians[2].technician",
        "technicians[2].technician_id",
    ];
    assert_eq!(told, expected);
    let many = vec![TechnicianImport::default(); 10_000];
    let import =
        BatchImportTechniciansRequest { parent: REGION.into(), technicians: many, ..Default::default() };
    let status = c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(paths(&status).contains(&"technicians".to_owned()));
    let line = |location: &str, part: &str, delta| StockAdjustment {
        location: format!("{REGION}/{location}"),
        part: format!("{REGION}/parts/{part}"),
        delta,
    };
    let adjust = |adjustments| {
        let ask = AdjustStockRequest { parent: REGION.into(), adjustments, ..Default::default() };
        c.rt.block_on(c.stock().adjust_stock(ask)).unwrap_err()
    };
    let lines =
        vec![line("depots/south", "pump", 1), line("depots/north", "no", 0), line("jobs/x", "pump", 1)];
    let mut told = paths(&adjust(lines));
    told.sort();
    let expected =
        ["adjustments[0].location", "adjustments[1].delta", "adjustments[1].part", "adjustments[2].location"];
    assert_eq!(told, expected);
    let status = adjust(vec![line("technicians/t1", "pump", 1), line("depots/north", "pump", -6)]);
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(status.get_details_error_info().unwrap().reason, "INSUFFICIENT_STOCK");
    assert_eq!(c.summary(), before);
}

#[test]
fn bad_regions_are_refused() {
    let town = Town::new();
    let c = &town.clients;
    let refused = |spoil: fn(&mut CreateRegionRequest)| {
        let mut request = create_region("rome");
        spoil(&mut request);
        c.rt.block_on(c.regions().create_region(request)).unwrap_err()
    };
    fn with(r: &mut CreateRegionRequest, file: &str) {
        let network = r.region.as_mut().unwrap().network.as_mut().unwrap();
        network.kind = Some(network::Kind::RoadsFile(file.into()));
    }
    for spoil in [
        (|r| with(r, "../../etc/passwd")) as fn(&mut CreateRegionRequest),
        |r| with(r, ""),
        |r| with(r, "none.roads"),
        |r| with(r, "/etc/x.roads"),
    ] {
        assert_eq!(paths(&refused(spoil)), ["region.network.roads_file"]);
    }
    let status = refused(|r| {
        r.region_id = "9".into();
        let region = r.region.as_mut().unwrap();
        region.time_zone = "Mars/Olympus".into();
        region.grid_resolution = 12;
        region.display_name.clear();
        let dayparts = vec![DaypartMultiplier { hour: 24, permille: 100, ..Default::default() }];
        region.network.as_mut().unwrap().dayparts = dayparts;
        region.policy = Some(Policy { travel_rate: Some(f64::NAN), ..Default::default() });
    });
    let mut told = paths(&status);
    told.sort();
    let expected = [
        "region.display_name",
        "region.grid_resolution",
        "region.network.dayparts[0].hour",
        "region.network.dayparts[0].permille",
        "region.policy.travel_rate",
        "region.time_zone",
        "region_id",
    ];
    assert_eq!(told, expected);
    let status = c.rt.block_on(c.regions().create_region(create_region("milan"))).unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(status.get_details_error_info().unwrap().reason, "REGION_ALREADY_EXISTS");
}
