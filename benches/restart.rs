//! How long a restart takes with 100,000 jobs that are not over: the journal is opened, the newest snapshot is
//! read, the records behind it are replayed, the desks are built, the first call is answered.
//!
//! On straight lines, and on the roads of Milan where their extract is. `cargo bench --bench restart`. The journal is made by real decisions and kept in the target
//! directory for the next run; `CALLOUT_JOBS` asks for another number of jobs.

#![allow(clippy::disallowed_methods)]

#[path = "../tests/it/town.rs"]
#[allow(dead_code, reason = "tests use more of the town than this bench")]
mod town;

use callout::board::{Board, Event};
use callout::journal::snapshot::Snapshot;
use callout::journal::{Journal, Receipt, Record, Snapshots, Sqlite, recover};
use callout::plan::{Desk, Travel};
use callout::serve::{self, Config};
use callout::travel::{Beeline, Dayparts, Model, Network, Profile, Roads};
use callout::units::Time;
use callout::wire::ask::{Ask, Done, Write};
use callout::wire::check::check;
use callout::wire::v1::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use town::*;

/// Real decisions are made for one block of technicians and jobs; the others are copies under other names.
const BLOCKS: usize = 10;
const TECHNICIANS: i32 = 200;
const DAYS: i64 = 7;
const DAY: i64 = 24 * 3600;
/// Records behind the newest snapshot: the worst that `snapshot_every` leaves.
const TAIL: u64 = 9_999;
const COMMIT: usize = 500;

fn main() {
    if std::env::args().any(|a| a == "--test") {
        return; // `cargo test --benches` only wants to know that it compiles
    }
    let jobs =
        std::env::var("CALLOUT_JOBS").map_or(100_000, |n| n.parse().expect("CALLOUT_JOBS is a number"));
    for city in [None, extract()] {
        let kind = city.as_ref().map_or("lines", |_| "roads");
        let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("restart-{jobs}-{kind}"));
        if !data.join("made").exists() {
            make(&data, jobs, city.as_deref());
        }
        println!("\n{jobs} jobs on {kind}");
        sizes(&data);
        phases(&data);
        for _ in 0..3 {
            restart(&data);
        }
        if city.is_none() && extract().is_none() {
            println!("roads: left out, there is no milan.osm.pbf (set CALLOUT_DATA)");
            return;
        }
    }
}

/// The roads of Milan, where they are.
fn extract() -> Option<PathBuf> {
    let data = std::env::var_os("CALLOUT_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    Some(data.join("osm/milan.osm.pbf")).filter(|file| file.exists())
}

fn settings(data: &Path) -> Config {
    Config { roads_dir: Some(data.join("roads")), ..config(data) }
}

fn make(data: &Path, jobs: usize, city: Option<&Path>) {
    let began = Instant::now();
    let _ = std::fs::remove_dir_all(data);
    std::fs::create_dir_all(data.join("roads")).unwrap();
    if let Some(city) = city {
        Network::open(city, &|_, _, _| {}).unwrap().save(&roads(data)).unwrap();
    }
    let running = serve::start(&settings(data)).unwrap();
    found(&Clients::to(running.addr), city.is_some());
    running.shutdown();
    let journal = Sqlite::open(&data.join("journal.db")).unwrap();
    let found = recover(&journal, None, &"milan".into()).unwrap();
    let mut desk = Desk::open(found.board.clone(), travel(data));
    let block: Vec<Record> = (0..jobs / BLOCKS).map(|n| taken(&mut desk, n)).collect();
    eprintln!("{} decisions after {:.0} s", block.len(), began.elapsed().as_secs_f64());
    let mut made = Made { journal, board: found.board, seq: found.seq, waiting: Vec::new() };
    let hired = made.board.technicians.values().cloned().map(Event::TechnicianSet).collect::<Vec<_>>();
    for n in 1..BLOCKS {
        let events = renamed(&hired, n);
        made.write(Record { kind: "BatchImportTechnicians", events, receipt: None, ..block[0].clone() });
    }
    let snapshots = Snapshots::at(data.join("snapshots")).unwrap();
    let last = made.seq + (block.len() * BLOCKS) as u64;
    for record in &block {
        for n in 0..BLOCKS {
            made.write(copy(record, n));
            if [TAIL, TAIL + 10_000].contains(&(last - made.seq)) {
                let (seq, now, board) = (made.seq, record.now, made.board.clone());
                snapshots.put(Snapshot { seq, now, board }).unwrap();
            }
        }
    }
    made.flush();
    std::fs::write(data.join("made"), "").unwrap();
    eprintln!("made in {:.0} s", began.elapsed().as_secs_f64());
}

/// A journal that is written without a server.
struct Made {
    journal: Sqlite,
    board: Board,
    seq: u64,
    waiting: Vec<Record>,
}

impl Made {
    fn write(&mut self, record: Record) {
        self.seq += 1;
        record.events.iter().for_each(|e| self.board.apply(e, record.now));
        self.waiting.push(Record { seq: self.seq, ..record });
        if self.waiting.len() == COMMIT {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.journal.append(&self.waiting.iter().collect::<Vec<_>>()).unwrap();
        self.waiting.clear();
    }
}

fn copy(record: &Record, n: usize) -> Record {
    let receipt =
        record.receipt.clone().map(|r| Receipt { request_id: r.request_id + &format!("-{n}"), ..r });
    Record { events: renamed(&record.events, n), receipt, ..record.clone() }
}

fn renamed(events: &[Event], n: usize) -> Vec<Event> {
    let mut text = serde_json::to_string(events).unwrap();
    for kind in ["b", "job", "order"] {
        text = text.replace(&format!("\"{kind}-0-"), &format!("\"{kind}-{n}-"));
    }
    serde_json::from_str(&text).unwrap()
}

/// The region, its catalogue, and technicians with a week of shifts each.
fn found(c: &Clients, roads: bool) {
    let mut request = create_region("milan");
    if roads {
        let kind = Some(network::Kind::RoadsFile("milan.roads".into()));
        request.region.as_mut().unwrap().network =
            Some(callout::wire::v1::Network { kind, ..Default::default() });
    }
    c.rt.block_on(c.regions().create_region(request)).unwrap();
    let import = ImportCatalogRequest { parent: REGION.into(), entries: entries(), ..Default::default() };
    c.rt.block_on(c.catalog().import_catalog(import)).unwrap();
    let one = |n: i32| {
        let place = place(9.08 + f64::from(n % 20) * 0.01, 45.40 + f64::from(n / 20) * 0.01);
        let shift = |d: i64| Shift { window: Some(window(d * DAY, d * DAY + 9 * 3600)), breaks: Vec::new() };
        let shifts = (0..DAYS).map(shift).collect();
        let technician = Technician { start_place: Some(place), shifts, ..technician(1 + n % 3) };
        TechnicianImport { technician_id: format!("b-0-{n}"), technician: Some(technician) }
    };
    let technicians = (0..TECHNICIANS).map(one).collect();
    let import = BatchImportTechniciansRequest { parent: REGION.into(), technicians, ..Default::default() };
    c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap();
}

/// One job as the server takes it. More want the first day than it has room for: those stay without a visit.
fn taken(desk: &mut Desk, n: usize) -> Record {
    let mut request = create_job(&format!("job-0-{n}"));
    request.request_id = format!("request-{n}");
    let job = request.job.as_mut().unwrap();
    job.order_number = format!("order-0-{n}");
    let need = job.need.as_mut().unwrap();
    need.inspect_only = true;
    need.place =
        Some(place(9.08 + (n * 7919 % 2003) as f64 * 1e-4, 45.40 + (n * 104_729 % 1009) as f64 * 1e-4));
    let day = if n.is_multiple_of(4) { 0 } else { (n as i64 * 31) % DAYS };
    need.access_windows = vec![window(day * DAY + 3600, day * DAY + 9 * 3600)];
    let now = Time(NOW + n as i64 / 4);
    let mut write = check(|at| request.read(at, desk)).unwrap();
    let command = write.command(desk).unwrap();
    let events: Vec<Event> = desk.step(now, &command).unwrap();
    let reply = write.reply(desk, &Done { now, events: &events, took: Duration::ZERO });
    let digest = callout::wire::ask::digest("CreateJob", &request);
    let receipt = Some(Receipt { request_id: request.request_id, digest, reply, at: now });
    let region = desk.board().region.id.clone();
    Record { region, seq: 0, now, actor: "rpc", tenant: String::new(), kind: "CreateJob", events, receipt }
}

fn roads(data: &Path) -> PathBuf {
    data.join("roads/milan.roads")
}

fn travel(data: &Path) -> Travel {
    let model = match roads(data).exists() {
        true => Model::Roads(Roads::new(Arc::new(Network::load(&roads(data)).unwrap()), Profile::default())),
        false => Model::Beeline(Beeline::new(1300, 30)),
    };
    Travel::new(model, Dayparts::of("Europe/Rome").unwrap())
}

fn sizes(data: &Path) {
    let mb = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len()) >> 20;
    println!("journal {} MB", mb(&data.join("journal.db")));
    for entry in std::fs::read_dir(data.join("snapshots")).unwrap().flatten() {
        println!("snapshot {} MB: {}", mb(&entry.path()), entry.file_name().display());
    }
}

fn phases(data: &Path) {
    let began = Instant::now();
    let journal = Sqlite::open(&data.join("journal.db")).unwrap();
    let regions = journal.regions().unwrap();
    println!("journal opened, {} region(s): {:.2} s", regions.len(), began.elapsed().as_secs_f64());
    let began = Instant::now();
    let snapshots = Snapshots::at(data.join("snapshots")).unwrap();
    let newest = snapshots.newest(&regions[0]);
    println!("newest snapshot read: {:.2} s", began.elapsed().as_secs_f64());
    drop(newest);
    let began = Instant::now();
    let found = recover(&journal, Some(&snapshots), &regions[0]).unwrap();
    let (all, tail) = (began.elapsed().as_secs_f64(), found.replayed);
    println!("recovered: {all:.2} s with a tail of {tail} records, {} receipts", found.receipts.len());
    let over = found.board.jobs.values().filter(|j| j.state.is_over()).count();
    let open = found.board.jobs.values().filter(|j| j.visit.is_none()).count();
    println!("{} jobs: {over} over, {open} without a visit", found.board.jobs.len());
    let travel = travel(data);
    let began = Instant::now();
    let copy = found.board.clone();
    println!("board copied: {:.2} s", began.elapsed().as_secs_f64());
    let began = Instant::now();
    drop(Desk::open(copy, travel));
    println!("one desk opened (and dropped): {:.2} s", began.elapsed().as_secs_f64());
}

fn restart(data: &Path) {
    let began = Instant::now();
    let running = serve::start(&settings(data)).unwrap();
    let started = began.elapsed().as_secs_f64();
    let c = Clients::to(running.addr);
    let name = format!("{REGION}/jobs/job-0-7");
    c.rt.block_on(c.jobs().get_job(GetJobRequest { name })).unwrap();
    println!(
        "restart: {started:.2} s to the start, {:.2} s to the first answer",
        began.elapsed().as_secs_f64()
    );
    running.shutdown();
}
