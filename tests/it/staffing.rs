//! Staffing: what is found lies between the bound and what brute force finds, worths are measured differences, the
//! service answers as the room does, and the command writes what it says.

use crate::town::*;
use callout::coverage::measure::{Ground as Whole, MOST_CLASSES, Measure, Rates, Standing};
use callout::coverage::odds::{GRADES, Missed, Odds};
use callout::coverage::reach::Reach;
use callout::coverage::staffing::menu::Pick;
use callout::coverage::staffing::search::Heads;
use callout::coverage::staffing::{
    Depot as Shelf, Field, Ground, Menu, Pattern, Profile, Unit, Want, bound, search,
};
use callout::units::Span;
use callout::wire::v1::coverage_service_client::CoverageServiceClient;
use callout::wire::v1::*;
use serde_json::Value;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

struct Draw(u64);

impl Draw {
    fn upto(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A street of cells some minutes apart, hours and classes with random demand.
struct Street {
    reach: Arc<Reach>,
    odds: Vec<Arc<Odds>>,
    missed: Arc<Missed>,
    rates: Vec<Rates>,
}

impl Street {
    fn new(draw: &mut Draw, (cells, classes, hours): (usize, usize, usize)) -> Street {
        let missed = Arc::new(Missed::default());
        let (target, inside) = (Span::minutes(30), Span(70));
        let steps = Odds::steps_of(target, inside);
        let apart = 240 + draw.upto(600) as u32;
        let reach = Arc::new(Reach::of(cells, steps, Span(90), |from, row| {
            row.clear();
            row.extend((0..cells).map(|to| from.abs_diff(to) as u32 * apart));
        }));
        let odds = Arc::new(Odds::of(target, steps, inside, &missed));
        let rates = (0..hours)
            .map(|_| Rates::new(cells, (0..cells * classes).map(|_| draw.upto(1 << 20) as u32).collect()))
            .collect();
        Street { reach, odds: vec![odds; classes], missed, rates }
    }

    fn ground(&self, busy: u32) -> Arc<Ground> {
        let hours: Vec<u8> = (8..8 + self.rates.len() as u8).collect();
        let layers =
            self.rates.iter().flat_map(|r| Ground::layers_of(&self.reach, &self.odds, r, busy, &self.missed));
        Arc::new(Ground::new(self.reach.cells(), hours, layers.collect(), self.missed.clone()))
    }
}

fn unit(draw: &mut Draw, cells: usize, classes: usize) -> Unit {
    let mut unit =
        Unit { hours: 1 << 8 | 1 << (8 + draw.upto(3)), ..Unit::whole(draw.upto(cells as u64) as u16) };
    for class in 0..MOST_CLASSES {
        let held = class < classes && draw.upto(3) > 0;
        unit.grade[class] = if held { draw.upto(u64::from(GRADES) + 1) as u8 } else { 0 };
        unit.lacks[class] = if held { GRADES - unit.grade[class] } else { 0 };
    }
    unit
}

#[test]
fn idle_people_with_all_kits_are_measured_as_the_live_measure_does() {
    let mut draw = Draw(5);
    let (cells, classes) = (30, 3);
    let street = Street::new(&mut draw, (cells, classes, 1));
    let mut field = Field::new(street.ground(0), Vec::new());
    let whole =
        Whole { reach: street.reach.clone(), odds: street.odds.clone(), missed: street.missed.clone() };
    let mut live = Measure::new(whole, Arc::new(street.rates[0].clone()));
    for n in 0..12 {
        let cell = draw.upto(cells as u64) as u16;
        field.add(&Unit::whole(cell));
        live.set(n, Some(Standing { cell, wait: 0, grade: [GRADES; MOST_CLASSES] }));
        assert_eq!(field.covered(), live.covered().iter().sum::<u64>());
        assert_eq!(field.share(), live.share());
    }
}

#[test]
fn a_worth_is_the_measured_difference() {
    let mut draw = Draw(9);
    let (cells, classes) = (24, 4);
    let street = Street::new(&mut draw, (cells, classes, 3));
    let ground = street.ground(600);
    let depot = |draw: &mut Draw| {
        let holds = std::array::from_fn(|_| draw.upto(u64::from(GRADES) + 1) as u8);
        Shelf { cell: draw.upto(cells as u64) as u16, holds, steps: 15 }
    };
    let depots = vec![depot(&mut draw), depot(&mut draw)];
    let units: Vec<Unit> = (0..9).map(|_| unit(&mut draw, cells, classes)).collect();
    let field = Field::of(ground.clone(), depots.clone(), &units);
    let mut fetched = 0;
    for _ in 0..40 {
        let more = unit(&mut draw, cells, classes);
        let (mut with, gain) = (field.clone(), field.gain(&more));
        with.add(&more);
        assert_eq!(with.covered() - field.covered(), gain, "a technician");
        with.remove(&more);
        assert_eq!(with.covered(), field.covered(), "and away again");

        let at = draw.upto(units.len() as u64) as usize;
        let mut better = units.clone();
        let class = draw.upto(classes as u64) as usize;
        (better[at].grade[class], better[at].lacks[class]) = (GRADES, 0);
        let after = Field::of(ground.clone(), depots.clone(), &better);
        assert_eq!(after.covered() - field.covered(), field.gain_of_change(&units[at], &better[at]), "a kit");

        let third = Shelf { holds: [GRADES; MOST_CLASSES], ..depot(&mut draw) };
        let all: Vec<Shelf> = depots.iter().copied().chain([third]).collect();
        let after = Field::of(ground.clone(), all, &units);
        let gain = field.gain_of_depot(&units, &third);
        assert_eq!(after.covered() - field.covered(), gain, "a depot");
        fetched += u32::from(gain > 0);
    }
    assert!(fetched > 5, "depots matter: {fetched}");
}

/// The fewest and the cheapest that reach the target, by trying all.
fn brute(base: &Field, menu: &Menu, want: &Want, most: usize) -> Option<(usize, u64)> {
    let mut picks = Vec::new();
    for place in 0..menu.places.len() {
        for pattern in 0..menu.patterns.len() {
            picks.extend((0..menu.profiles.len()).map(|profile| Pick { place, pattern, profile }));
        }
    }
    let goal = (u128::from(base.ground().all()) * u128::from(want.share_ppm)).div_ceil(1_000_000) as u64;
    let mut best: Option<(usize, u64)> = None;
    let mut open = vec![(base.clone(), 0usize, 0usize, 0u64)];
    while let Some((field, from, n, cost)) = open.pop() {
        if field.covered() >= goal {
            let had = best.unwrap_or((usize::MAX, u64::MAX));
            best = Some((had.0.min(n), had.1.min(cost)));
            continue;
        }
        if n == most {
            continue;
        }
        for (at, pick) in picks.iter().enumerate().skip(from) {
            let mut next = field.clone();
            next.add(&menu.unit(*pick));
            open.push((next, at, n + 1, cost + menu.cost(*pick)));
        }
    }
    best
}

#[test]
fn what_is_found_lies_between_the_bound_and_brute_force() {
    let (mut tight, mut solved) = (0, 0);
    for seed in 1..=14 {
        let mut draw = Draw(seed * 77);
        let street = Street::new(&mut draw, (9, 2, 3));
        let ground = street.ground(300 + draw.upto(300) as u32);
        let there: Vec<Unit> = (0..draw.upto(2)).map(|_| unit(&mut draw, 9, 2)).collect();
        let base = Field::of(ground, Vec::new(), &there);
        let shift = |from: u16, hours: u32| Pattern { start: from * 60, minutes: 120, hours };
        let menu = Menu {
            places: vec![1, 4, 7],
            patterns: vec![shift(8, 0b11 << 8), shift(9, 0b11 << 9)],
            profiles: vec![Profile { classes: 0b01, cost: 1000 }, Profile { classes: 0b11, cost: 1400 }],
        };
        let share_ppm = 550_000 + draw.upto(120_000) as u32;
        let heads = Arc::new(Heads::none(3));
        let want = Want { share_ppm, heads, most: 30, beyond: 0 };
        let found = search(&base, &menu, &want, &|_| true);
        let Some((fewest, cheapest)) = brute(&base, &menu, &want, 5) else { continue };
        solved += 1;
        assert!(found.reached && found.share_ppm >= share_ppm, "seed {seed}");
        let mut again = base.clone();
        found.posts.iter().for_each(|post| again.add(&menu.unit(*post)));
        assert_eq!(again.share(), Some(found.share_ppm), "seed {seed}: what it says of itself");
        assert!(found.posts.len() >= fewest && found.cost >= cheapest, "seed {seed}: better than all");
        for steps in [1, 10, 60] {
            let bound = bound(&base, &menu, &want, &found.posts, steps, &|_| true);
            assert!(bound.technicians <= fewest as u64, "seed {seed}: {bound:?} {fewest}");
            assert!(bound.cost <= cheapest, "seed {seed}: {bound:?} {cheapest}");
            if steps == 60 {
                assert!(bound.cost > 0);
                tight += u32::from(bound.technicians + 1 >= fewest as u64);
            }
        }
    }
    assert!(solved >= 8, "only {solved} could be tried out");
    assert!(tight >= solved / 2, "{tight} of {solved} bounds within one technician of the least");
}

#[test]
fn work_asks_for_people_too() {
    let mut draw = Draw(3);
    let street = Street::new(&mut draw, (9, 2, 3));
    let base = Field::new(street.ground(500), Vec::new());
    let shift = |from: u16, hours: u32| Pattern { start: from * 60, minutes: 120, hours };
    let menu = Menu {
        places: vec![4],
        patterns: vec![shift(8, 0b11 << 8), shift(9, 0b11 << 9)],
        profiles: vec![Profile { classes: 0b01, cost: 1000 }, Profile { classes: 0b11, cost: 1400 }],
    };
    // three at eight, seven at nine, three at ten; at ten two of them do the second class
    let mut heads = Heads::none(3);
    for (at, n) in [3, 7, 3].into_iter().enumerate() {
        heads.0[at][MOST_CLASSES] = n;
    }
    heads.0[2][1] = 2;
    let want = Want { share_ppm: 10_000, heads: Arc::new(heads), most: 30, beyond: 0 };
    let found = search(&base, &menu, &want, &|_| true);
    assert_eq!(
        (found.posts.len(), found.cost, found.reached),
        (7, 5 * 1000 + 2 * 1400, true),
        "{:?}",
        found.posts
    );
    let least = bound(&base, &menu, &want, &found.posts, 5, &|_| true);
    assert_eq!(
        (least.technicians, least.cost),
        (7, 7000),
        "people by the busiest hour; cost by the cheapest of them"
    );
    assert!(!search(&base, &menu, &Want { most: 4, ..want }, &|_| true).reached);
}

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
    assert!(!page.contains("http://") || !page.contains("src="), "it needs nothing else");

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
