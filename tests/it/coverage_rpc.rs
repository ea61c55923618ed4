//! Coverage and staffing asked for over gRPC and on the command line.

use crate::town::*;
use callout::wire::v1::coverage_service_client::CoverageServiceClient;
use callout::wire::v1::*;
use serde_json::Value;
use std::process::{Command, Output};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

fn coverage(c: &Clients) -> CoverageServiceClient<Channel> {
    CoverageServiceClient::new(c.channel.clone()).max_decoding_message_size(64 << 20)
}

/// Half a call an hour of gas work in need of a pump, all over the region.
fn rates() -> DemandRate {
    DemandRate {
        service_level: format!("{REGION}/serviceLevels/standard"),
        required_certifications: vec![requirement(2)],
        parts: vec![format!("{REGION}/parts/pump")],
        cells: Vec::new(),
        weekday_calls: vec![0.5; 24],
        weekend_calls: vec![0.25; 24],
    }
}

/// Has calls of the standard level count, and gives rates of them.
fn give_demand(c: &Clients) -> DemandRates {
    let level = ServiceLevel { response_target: lasting(60), ..Default::default() };
    let level = entry("serviceLevels", "standard", catalog_entry::Entry::ServiceLevel(level));
    let import = ImportCatalogRequest { parent: REGION.into(), entries: vec![level], ..Default::default() };
    c.rt.block_on(c.catalog().import_catalog(import)).unwrap();
    let set = SetDemandRequest { name: REGION.into(), rates: vec![rates()], request_id: "d-1".into() };
    c.rt.block_on(coverage(c).set_demand(set)).unwrap().into_inner()
}

/// Puts pumps on vans.
fn pumps(c: &Clients, technicians: &[&str]) {
    let pumps = |technician: &&str| StockAdjustment {
        location: format!("{REGION}/technicians/{technician}"),
        part: format!("{REGION}/parts/pump"),
        delta: 3,
    };
    let adjustments = technicians.iter().map(pumps).collect();
    let adjust = AdjustStockRequest { parent: REGION.into(), adjustments, ..Default::default() };
    c.rt.block_on(c.stock().adjust_stock(adjust)).unwrap();
}

fn fields(status: &tonic::Status) -> Vec<String> {
    let details = status.get_error_details();
    details.bad_request().iter().flat_map(|b| &b.field_violations).map(|v| v.field.clone()).collect()
}

#[test]
fn the_service_tells_what_demand_and_coverage_rest_on() {
    let town = Town::new();
    let c = &town.clients;
    let get = |include_cells| {
        let ask = GetCoverageRequest { name: REGION.into(), include_cells, ..Default::default() };
        c.rt.block_on(coverage(c).get_coverage(ask)).unwrap().into_inner()
    };
    assert_eq!(get(false).share, None, "nothing is called in yet");
    assert_eq!(give_demand(c).rates, vec![rates()]);
    let kept = GetDemandRequest { name: REGION.into() };
    assert_eq!(c.rt.block_on(coverage(c).get_demand(kept)).unwrap().into_inner().rates, vec![rates()]);
    assert_eq!(get(false).share, Some(0.0), "who holds level 2 has no pump, who has pumps does not hold it");
    pumps(c, &["t2"]);
    let now = get(true);
    let share = now.share.expect("calls are expected");
    assert!(share > 0.0 && share < 0.9, "one is far from some: {share}");
    assert_eq!(now.classes.len(), 1);
    assert!((now.classes[0].calls_per_hour - 0.5).abs() < 0.01);
    let summed: f32 = now.cells.iter().map(|cell| cell.calls_per_hour[0]).sum();
    assert!((summed - 0.5).abs() < 0.01, "{summed}");
    let weighed: f32 = now.cells.iter().map(|cell| cell.calls_per_hour[0] * cell.chances[0]).sum();
    assert!((f64::from(weighed / summed) - share).abs() < 0.01, "{weighed} {summed} {share}");
    assert!(
        !now.thin_cells.is_empty() && now.thin_cells[0].description.contains("gas-2-certified technician"),
        "{:?}",
        now.thin_cells[0]
    );

    let ask = ExplainDemandRequest {
        name: REGION.into(),
        cell: now.cells[0].cell.clone(),
        hour: 9,
        ..Default::default()
    };
    let told = c.rt.block_on(coverage(c).explain_demand(ask.clone())).unwrap().into_inner();
    assert!(told.given && told.calls_per_hour > 0.0 && told.description.contains("planner"), "{told:?}");
    let wrong = ExplainDemandRequest { cell: "nowhere".into(), class_number: 7, hour: 24, ..ask };
    let status = c.rt.block_on(coverage(c).explain_demand(wrong)).unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(fields(&status), ["class_number", "cell", "hour"]);
    let wrong =
        DemandRate { weekday_calls: vec![1.0; 3], parts: vec![format!("{REGION}/parts/none")], ..rates() };
    let set = SetDemandRequest { name: REGION.into(), rates: vec![wrong], ..Default::default() };
    let status = c.rt.block_on(coverage(c).set_demand(set)).unwrap_err();
    assert_eq!(fields(&status), ["rates[0].parts[0]", "rates[0].weekday_calls"]);
    let learn = SetDemandRequest { name: REGION.into(), ..Default::default() };
    assert!(c.rt.block_on(coverage(c).set_demand(learn)).unwrap().into_inner().rates.is_empty());
    assert_eq!(get(false).share, None, "learned again: nothing was called in");
}

#[test]
fn the_service_forecasts_ranks_and_plans() {
    let town = Town::new();
    let c = &town.clients;
    let forecast = |scope: CoverageScope| {
        let ask = ForecastCoverageRequest { name: REGION.into(), scope: Some(scope), include_cells: false };
        c.rt.block_on(coverage(c).forecast_coverage(ask)).map(tonic::Response::into_inner)
    };
    let status = forecast(CoverageScope::default()).unwrap_err();
    assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["scope".to_owned()]));
    give_demand(c);
    let day = forecast(CoverageScope::default()).unwrap();
    assert_eq!((day.date.as_str(), day.hours.len(), day.technicians), ("2026-11-23", 24, 3));
    let share = |hour: i32| day.hours.iter().find(|h| h.hour == hour).unwrap().share.unwrap();
    assert!(share(10) > 0.0 && share(3) == 0.0, "{} {}", share(10), share(3));
    assert_eq!(day.hours[10].technicians, 3);
    // less busy, more in time; a longer target as well
    let with =
        |busy_share, minutes| CoverageScope { busy_share, target: lasting(minutes), ..Default::default() };
    let shares = [with(0.9, 30), with(0.3, 30), with(0.3, 60)].map(|scope| forecast(scope).unwrap().share);
    assert!(shares.is_sorted() && shares[0] < shares[2], "{shares:?}");
    let wrong = CoverageScope {
        date: "soon".into(),
        hours: vec![3, 3, 30],
        class_numbers: vec![5],
        busy_share: 1.5,
        target: lasting(1),
    };
    let status = forecast(wrong).unwrap_err();
    let said = [
        "scope.date",
        "scope.hours[1]",
        "scope.hours[2]",
        "scope.class_numbers[0]",
        "scope.target",
        "scope.busy_share",
    ];
    assert_eq!(fields(&status), said);

    let scope = Some(CoverageScope { busy_share: 0.5, hours: (8..17).collect(), ..Default::default() });
    let rank = RankAdditionsRequest { name: REGION.into(), scope: scope.clone(), ..Default::default() };
    let ranked = c.rt.block_on(coverage(c).rank_additions(rank)).unwrap().into_inner();
    let gains: Vec<f64> = ranked.technicians.iter().map(|a| a.share_gain).collect();
    assert!(gains[0] > 0.0 && gains.is_sorted_by(|a, b| a >= b), "{gains:?}");
    // t1 has pumps but level 1 only; t2 and t3 have the level but no pump
    let what = |a: &Addition| a.description.clone();
    assert!(what(&ranked.certificates[0]).contains("level 2 for Technician 1"), "{:?}", ranked.certificates);
    assert!(ranked.kits.iter().all(|a| !what(a).contains("Technician 1")), "{:?}", ranked.kits);
    assert!(ranked.kits.len() == 2 && !ranked.depots.is_empty(), "{:?}", ranked.depots);

    let ask = PlanStaffingRequest {
        name: REGION.into(),
        scope: scope.clone(),
        share: 0.6,
        most_places: 30,
        bound_steps: 20,
        targets: vec![lasting(60).unwrap()],
        ..Default::default()
    };
    let plan = c.rt.block_on(coverage(c).plan_staffing(ask.clone())).unwrap().into_inner();
    assert!(plan.reached && plan.share >= 0.6 && !plan.cut_short, "{plan:?}");
    assert!(plan.technicians_limit >= 1 && plan.technicians_limit <= plan.technicians, "{plan:?}");
    assert!(plan.cost_limit <= plan.cost && plan.cost <= plan.cost_limit * (1.0 + plan.gap) + 1e-9);
    assert_eq!(plan.positions.iter().map(|p| p.count).sum::<i32>(), plan.technicians);
    assert!(plan.curve.iter().all(|p| p.share <= p.share_limit), "{:?}", plan.curve);
    assert!(plan.targets[0].reached && plan.targets[0].technicians <= plan.technicians, "{:?}", plan.targets);
    let server = format!("http://{}", town.running.as_ref().unwrap().addr);
    let said = callout(&[
        "coverage", "milan", "--server", &server, "--hour", "9..11", "--class", "gas", "--share", "0.99",
    ]);
    let (out, why) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert_eq!(said.status.code(), Some(1), "{why}");
    assert!(out.contains("gas-2") && out.contains("10:00") && why.contains("99.0 % wanted"), "{out} {why}");
    let wrong = PlanStaffingRequest { share: 1.0, most_places: -1, bound_steps: 500, ..ask };
    let status = c.rt.block_on(coverage(c).plan_staffing(wrong)).unwrap_err();
    assert_eq!(fields(&status), ["share", "most_places", "bound_steps"]);
}

#[test]
fn a_watcher_is_told_when_coverage_moves() {
    let town = Town::new();
    let c = &town.clients;
    give_demand(c);
    let ask = WatchCoverageRequest { name: REGION.into(), ..Default::default() };
    let mut stream = c.rt.block_on(coverage(c).watch_coverage(ask)).unwrap().into_inner();
    let told = |stream: &mut Streaming<WatchCoverageResponse>| {
        let message =
            c.rt.block_on(async { tokio::time::timeout(Duration::from_secs(20), stream.message()).await });
        message.expect("within 20 s").unwrap().unwrap().coverage.unwrap()
    };
    let first = told(&mut stream);
    assert!(first.share.is_some() && first.cells.is_empty());
    // a job without a visit in reach of coverage changes nothing
    let quiet =
        c.rt.block_on(async { tokio::time::timeout(Duration::from_millis(700), stream.message()).await });
    assert!(quiet.is_err(), "{quiet:?}");
    pumps(c, &["t2", "t3"]);
    let second = told(&mut stream);
    assert!(second.share.unwrap() > first.share.unwrap() + 0.01, "{:?} {:?}", first.share, second.share);
    let wrong = WatchCoverageRequest { name: REGION.into(), min_change: 2.0, thin_cells: 5000 };
    let status = c.rt.block_on(coverage(c).watch_coverage(wrong)).unwrap_err();
    assert_eq!(fields(&status), ["min_change", "thin_cells"]);
}

fn callout(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callout")).args(args).output().unwrap()
}

#[test]
fn the_command_writes_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("town.toml");
    let text = "name = \"town\"\n[city]\nradius_km = 4.0\n[fleet]\ntechnicians = 14\n[demand]\njobs = 60\n";
    std::fs::write(&file, text).unwrap();
    let (file, out) = (file.to_str().unwrap(), dir.path().join("out"));
    let hours = ["--hour", "9..11"];
    let done = callout(
        &[
            &[
                "--json",
                "coverage",
                file,
                "--worth",
                "--staffing",
                "--share",
                "0.5",
                "-o",
                out.to_str().unwrap(),
            ],
            &hours[..],
        ]
        .concat(),
    );
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["hours"].as_array().unwrap().len(), 3);
    assert_eq!(told["technicians"], 14);
    let staffing = &told["staffing"];
    assert!(staffing["technicians_limit"].as_u64().unwrap() <= staffing["technicians"].as_u64().unwrap());
    assert!(!told["worth"]["technicians"].as_array().unwrap().is_empty());
    let read = |name: &str| std::fs::read(out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for name in ["coverage.png", "staffing.png"] {
        let picture = tiny_skia::Pixmap::decode_png(&read(name)).unwrap();
        let colours: std::collections::BTreeSet<_> =
            picture.pixels().iter().map(|p| (p.red(), p.green(), p.blue())).collect();
        assert!(picture.width() > 400 && colours.len() > 20, "{name}: {} colours", colours.len());
    }
    for (name, kind) in [("coverage.geojson", "Polygon"), ("staffing.geojson", "Point")] {
        let features: Value = serde_json::from_slice(&read(name)).unwrap();
        let features = features["features"].as_array().unwrap();
        assert!(!features.is_empty() && features.iter().all(|f| f["geometry"]["type"] == kind), "{name}");
    }
    let cells: Value = serde_json::from_slice(&read("coverage.geojson")).unwrap();
    let ring = cells["features"][0]["geometry"]["coordinates"][0].as_array().unwrap();
    assert_eq!(ring.first(), ring.last(), "rings are closed");
    let page = String::from_utf8(read("coverage.html")).unwrap();
    let data = page.split("<script id=\"data\" type=\"application/json\">").nth(1).unwrap();
    let data: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    let cells = cells["features"].as_array().unwrap().len();
    for hour in data["hours"].as_array().unwrap() {
        for row in hour["rows"].as_array().unwrap() {
            assert_eq!(row.as_str().unwrap().chars().count(), cells, "a letter a cell");
        }
    }
    for elsewhere in ["src=\"http", "href=\"http"] {
        assert!(!page.contains(elsewhere), "it needs nothing else, yet has {elsewhere}");
    }

    let short = callout(&[&["coverage", file, "--share", "0.9999"], &hours[..]].concat());
    assert_eq!(short.status.code(), Some(1), "{short:?}");
    let (said, why) = (String::from_utf8_lossy(&short.stdout), String::from_utf8_lossy(&short.stderr));
    assert!(said.contains("10:00") && why.contains("of the 100.0 % wanted"), "{said} {why}");
    let unknown = callout(&["coverage", file, "--class", "plumber"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&unknown.stderr).contains("there is no such class; there are: 0 "),
        "{unknown:?}"
    );
}
