//! The service over real gRPC on loopback, server and load in one process, each figure beside its floor:
//! EvaluateJob with cached travel beside an empty unary call, with fresh addresses on roads beside the time
//! that deciding takes, CreateJob at 200/s beside a bare append-and-sync loop.
//!
//! `cargo bench --bench rpc`, or only some with `-- cached`, `-- fresh`, `-- created`. Latency of CreateJob counts
//! from the moment it was meant to be sent.

#![allow(clippy::disallowed_methods)]

#[path = "../tests/it/town.rs"]
#[allow(dead_code, reason = "tests use more of the town than this bench")]
mod town;

use callout::serve;
use callout::travel::Network as RoadNetwork;
use callout::wire::v1::*;
use hdrhistogram::Histogram;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use town::*;

const TECHNICIANS: i32 = 200;
const CALLS_AT_ONCE: usize = 16;
const MEASURED: Duration = Duration::from_millis(250);
/// So often each of two things compared is measured in turn: what else the machine does hits both alike.
const TURNS: u32 = 16;
const OFFERED_PER_SECOND: u32 = 200;
/// Five a technician: more than a day's work each would measure how long it takes to say no.
const CREATES: u32 = 1_000;

fn main() {
    if std::env::args().any(|a| a == "--test") {
        return; // `cargo test --benches` only wants to know that it compiles
    }
    let data = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let config = serve::Config { roads_dir: Some(fixtures.clone()), ..config(data.path()) };
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    staff(&c);
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |word: &str| words.is_empty() || words.iter().any(|w| w == word);
    if wanted("cached") {
        ratio(&c);
    }
    if wanted("fresh") {
        fresh(&c, &fixtures);
    }
    if wanted("created") {
        synced(data.path());
        created(&c);
        synced(data.path());
    }
    running.shutdown();
}

fn staff(c: &Clients) {
    let one = |n: i32| {
        let place = place(9.10 + f64::from(n % 20) * 0.01, 45.40 + f64::from(n / 20) * 0.01);
        let technician = Technician { start_place: Some(place), ..technician(1 + n % 3) };
        TechnicianImport { technician_id: format!("b{n}"), technician: Some(technician) }
    };
    let technicians = (0..TECHNICIANS - 3).map(one).collect();
    let import = BatchImportTechniciansRequest { parent: REGION.into(), technicians, ..Default::default() };
    c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap();
}

/// Calls a second that `CALLS_AT_ONCE` callers get through in `MEASURED`.
fn throughput<F, R>(c: &Clients, call: F) -> f64
where
    F: Fn() -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let began = Instant::now();
    let callers: Vec<_> = (0..CALLS_AT_ONCE)
        .map(|_| {
            let call = call.clone();
            c.rt.spawn(async move {
                let mut n = 0_u64;
                while began.elapsed() < MEASURED {
                    call().await;
                    n += 1;
                }
                n
            })
        })
        .collect();
    let calls: u64 = callers.into_iter().map(|h| c.rt.block_on(h).unwrap()).sum();
    calls as f64 / began.elapsed().as_secs_f64()
}

/// What is asked: how many may serve it, and whether a part has to be fetched by all but one.
fn needs() -> [(&'static str, Need); 3] {
    let plain = || Need { inspect_only: true, ..need() };
    let third = Need { required_certifications: vec![requirement(3)], ..plain() };
    [("no part", third), ("no part", plain()), ("a part to fetch", need())]
}

fn ratio(c: &Clients) {
    let clock = c.clock();
    let empty = move || {
        let mut clock = clock.clone();
        async move { drop(clock.get_clock(GetClockRequest {}).await.unwrap()) }
    };
    for (told, need) in needs() {
        let ask = EvaluateJobRequest { parent: REGION.into(), need: Some(need) };
        let alone = || c.rt.block_on(c.jobs().evaluate_job(ask.clone())).unwrap().into_inner();
        (0..200).for_each(|_| drop(alone()));
        let reply = alone();
        let (decision, spent) = (reply.decision.unwrap(), reply.decide_duration.unwrap());
        let (jobs, ask) = (c.jobs(), ask.clone());
        let evaluate = move || {
            let (mut jobs, ask) = (jobs.clone(), ask.clone());
            async move { drop(jobs.evaluate_job(ask).await.unwrap()) }
        };
        for round in 1..=3 {
            let (mut floor, mut reached) = (0.0, 0.0);
            for _ in 0..TURNS {
                floor += throughput(c, empty.clone()) / f64::from(TURNS);
                reached += throughput(c, evaluate.clone()) / f64::from(TURNS);
            }
            println!(
                "round {round}: empty call {floor:.0}/s, EvaluateJob {reached:.0}/s, ratio {:.2} ({} technicians, {} certified, {told}, {:.0} us of deciding alone, {CALLS_AT_ONCE} callers)",
                reached / floor,
                decision.technicians_considered,
                decision.technicians_certified,
                f64::from(spent.nanos) / 1000.0,
            );
        }
    }
}

/// A second region, on the roads of La Serena: as many technicians, and each call asks about another place.
fn fresh(c: &Clients, fixtures: &Path) {
    let places = Arc::new(city(c, fixtures));
    let asked = Arc::new(AtomicUsize::new(0));
    let ask = move || {
        let at = places[asked.fetch_add(1, Ordering::Relaxed) % places.len()];
        let level = format!("{CITY}/serviceLevels/standard");
        let plain = Need { kind: JobKind::Repair.into(), service_level: level, ..Default::default() };
        let need = Need { place: Some(at), service_duration: lasting(35), ..plain };
        EvaluateJobRequest { parent: CITY.into(), need: Some(need) }
    };
    let alone = |_| {
        let reply = c.rt.block_on(c.jobs().evaluate_job(ask())).unwrap().into_inner();
        f64::from(reply.decide_duration.unwrap().nanos) / 1e9
    };
    let _warm: f64 = (0..500).map(alone).sum();
    for round in 1..=3 {
        let (mut mean, mut reached) = (0.0, 0.0);
        for _ in 0..TURNS {
            mean += (0..100).map(alone).sum::<f64>() / 100.0 / f64::from(TURNS);
            let (jobs, ask) = (c.jobs(), ask.clone());
            let evaluate = move || {
                let (mut jobs, ask) = (jobs.clone(), ask());
                async move { drop(jobs.evaluate_job(ask).await.unwrap()) }
            };
            reached += throughput(c, evaluate) / f64::from(TURNS);
        }
        println!(
            "round {round}: fresh address on roads: deciding {:.0} us, so {:.0}/s; EvaluateJob {reached:.0}/s, ratio {:.2} ({TECHNICIANS} technicians, all eligible and idle, {CALLS_AT_ONCE} callers)",
            mean * 1e6,
            1.0 / mean,
            reached * mean,
        );
    }
}

const CITY: &str = "regions/serena";

/// Sets the city up; returns the middles of all its road segments, shuffled by a stride.
fn city(c: &Clients, fixtures: &Path) -> Vec<Place> {
    const FILE: &str = "la-serena.osm.pbf";
    let network = RoadNetwork::open(&fixtures.join(FILE), &|_, _, _| {}).unwrap();
    let middle = |line: &[callout::geo::Point]| {
        let p = line[line.len() / 2];
        place(p.lon_deg(), p.lat_deg())
    };
    let all: Vec<Place> = network.segments().map(|(_, line)| middle(line)).collect();
    let places: Vec<Place> = (0..all.len()).map(|n| all[n * 7919 % all.len()]).collect();
    let roads = network::Kind::RoadsFile(FILE.into());
    let region = Region {
        display_name: "La Serena".into(),
        time_zone: "America/Santiago".into(),
        network: Some(Network { kind: Some(roads), ..Default::default() }),
        ..Default::default()
    };
    let create =
        CreateRegionRequest { region_id: "serena".into(), region: Some(region), ..Default::default() };
    c.rt.block_on(c.regions().create_region(create)).unwrap();
    let level = ServiceLevel { response_target: lasting(240), ..Default::default() };
    let name = format!("{CITY}/serviceLevels/standard");
    let entry = catalog_entry::Entry::ServiceLevel(level);
    let level = CatalogEntry { name, display_name: "Standard".into(), entry: Some(entry) };
    let import = ImportCatalogRequest { parent: CITY.into(), entries: vec![level], ..Default::default() };
    c.rt.block_on(c.catalog().import_catalog(import)).unwrap();
    let one = |n: i32| {
        let home = places[places.len() - 1 - n as usize];
        let technician = Technician { start_place: Some(home), certifications: vec![], ..technician(1) };
        TechnicianImport { technician_id: format!("s{n}"), technician: Some(technician) }
    };
    let technicians = (0..TECHNICIANS).map(one).collect();
    let import = BatchImportTechniciansRequest { parent: CITY.into(), technicians, ..Default::default() };
    c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap();
    places
}

/// Creates jobs in an open loop and tells the latency from the intended moment.
fn created(c: &Clients) {
    let (done, mut taken) = mpsc::unbounded_channel();
    let mut took = Histogram::<u64>::new(3).unwrap();
    let mut decided = Histogram::<u64>::new(3).unwrap();
    c.rt.block_on(async {
        let began = Instant::now();
        for n in 0..CREATES {
            let due = Duration::from_secs(1) * n / OFFERED_PER_SECOND;
            tokio::time::sleep_until((began + due).into()).await;
            let (mut jobs, done) = (c.jobs(), done.clone());
            let mut request = create_job("");
            request.request_id = format!("bench-{n}");
            let need = request.job.as_mut().unwrap().need.as_mut().unwrap();
            need.inspect_only = true;
            need.place = Some(place(9.11 + f64::from(n % 97) * 0.002, 45.41 + f64::from(n % 89) * 0.002));
            tokio::spawn(async move {
                let reply = jobs.create_job(request).await.unwrap().into_inner();
                let spent = reply.decide_duration.unwrap();
                let took = began.elapsed() - due;
                done.send((took, spent.seconds as u64 * 1_000_000_000 + spent.nanos as u64)).unwrap();
            });
        }
        drop(done);
        while let Some((latency, decide)) = taken.recv().await {
            took.record(latency.as_micros() as u64).unwrap();
            decided.record(decide / 1000).unwrap();
        }
    });
    let ms = |h: &Histogram<u64>, q: f64| h.value_at_quantile(q) as f64 / 1000.0;
    println!(
        "CreateJob, {OFFERED_PER_SECOND}/s offered, {CREATES} jobs: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms; deciding p50 {:.2} ms, p99 {:.2} ms",
        ms(&took, 0.5),
        ms(&took, 0.99),
        ms(&took, 1.0),
        ms(&decided, 0.5),
        ms(&decided, 0.99),
    );
}

/// The floor: append four kilobytes and sync, over and over.
fn synced(dir: &std::path::Path) {
    let mut file = std::fs::File::create(dir.join("floor")).unwrap();
    let mut took = Histogram::<u64>::new(3).unwrap();
    for _ in 0..500 {
        let began = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        took.record(began.elapsed().as_micros() as u64).unwrap();
    }
    let ms = |q: f64| took.value_at_quantile(q) as f64 / 1000.0;
    println!("append 4 kB and sync: p50 {:.2} ms, p99 {:.2} ms", ms(0.5), ms(0.99));
}
