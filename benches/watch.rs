//! Streams of a server in a process of its own, over loopback: 10,000 clients that follow an arrival each, from the
//! moment a change is meant to be sent to the moment the client has it; and CreateJob beside 1,000 readers that
//! take nothing, against CreateJob alone.
//!
//! `cargo bench --bench watch`. Load and server share the machine.

#![allow(clippy::disallowed_methods)]

#[path = "../tests/it/town.rs"]
#[allow(dead_code, reason = "tests use more of the town than this bench")]
mod town;

use callout::wire::v1::*;
use hdrhistogram::Histogram;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tonic::transport::Channel;
use town::*;

/// Five visits each: a full day would measure how long it takes to say no.
const TECHNICIANS: usize = 2_000;
const JOBS: usize = 10_000;
const CONNECTIONS: usize = 100;
const CHANGES_PER_SECOND: u32 = 100;
const CHANGES: u32 = 2_000;
const STUCK: usize = 1_000;
const CREATES_PER_SECOND: u32 = 100;
const CREATES: u32 = 500;
/// So often each of two things compared is measured in turn: what else the machine does hits both alike.
const TURNS: usize = 4;

struct Server {
    child: Child,
    addr: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn main() {
    if std::env::args().any(|a| a == "--test") {
        return; // `cargo test --benches` only wants to know that it compiles
    }
    for part in [arrivals, beside_stuck] {
        let data = tempfile::tempdir().unwrap();
        let server = serve(data.path());
        let c = Clients::to(server.addr);
        furnish(&c);
        staff(&c);
        part(&c, &server);
    }
}

fn serve(data: &std::path::Path) -> Server {
    let file = data.join("bench.toml");
    // readers that take nothing are to stay
    let limits = "[limits]\nslow_seconds = 3600\n";
    let text = format!(
        "listen = \"127.0.0.1:0\"\nclock = \"controlled\"\nclock_start = {NOW}\ndata_dir = \"d\"\n{limits}"
    );
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
    command.args(["--json", "serve", "--config"]).arg(file).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    Server { child, addr: said["listening"].as_str().unwrap().parse().unwrap() }
}

impl Server {
    /// Megabytes of memory.
    fn memory(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

fn spot(n: usize) -> Place {
    place(9.05 + (n % 97) as f64 * 0.003, 45.36 + (n / 97 % 89) as f64 * 0.0022)
}

fn staff(c: &Clients) {
    let one = |n: usize| {
        let technician = Technician { start_place: Some(spot(n * 7)), ..technician(3) };
        TechnicianImport { technician_id: format!("b{n}"), technician: Some(technician) }
    };
    let technicians = (0..TECHNICIANS).map(one).collect();
    let import = BatchImportTechniciansRequest { parent: REGION.into(), technicians, ..Default::default() };
    c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap();
}

fn short(n: usize) -> CreateJobRequest {
    let mut request = create_job("");
    let need = request.job.as_mut().unwrap().need.as_mut().unwrap();
    (need.inspect_only, need.place, need.service_duration) = (true, Some(spot(n)), lasting(15));
    request
}

/// Job and technician of every visit planned.
fn take_jobs(c: &Clients) -> Vec<(String, String)> {
    let began = Instant::now();
    let (done, mut taken) = mpsc::unbounded_channel();
    for half in 0..8 {
        let (mut jobs, done) = (c.jobs(), done.clone());
        c.rt.spawn(async move {
            for n in (half..JOBS + 200).step_by(8) {
                let reply = jobs.create_job(short(n)).await.unwrap().into_inner();
                let visit = reply.visit.map(|v| (reply.job.unwrap().name, v.technician));
                done.send(visit).unwrap();
            }
        });
    }
    drop(done);
    let mut all = Vec::new();
    while let Some(visit) = c.rt.block_on(taken.recv()) {
        all.extend(visit);
    }
    all.truncate(JOBS);
    println!(
        "{} visits of {TECHNICIANS} technicians planned in {:.1} s",
        all.len(),
        began.elapsed().as_secs_f64()
    );
    all
}

/// Nanoseconds since the beginning at which a technician's last change was meant to be sent.
type Sent = Arc<Vec<AtomicU64>>;

fn number(technician: &str) -> Option<usize> {
    technician.rsplit('/').next()?.strip_prefix('b')?.parse().ok()
}

fn arrivals(c: &Clients, server: &Server) {
    let jobs = take_jobs(c);
    let before = server.memory();
    let began = Instant::now();
    let sent: Sent = Arc::new((0..TECHNICIANS).map(|_| AtomicU64::new(u64::MAX)).collect());
    let (got, mut seen) = mpsc::unbounded_channel();
    let open = c.rt.block_on(async {
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            let endpoint = Channel::from_shared(format!("http://{}", server.addr)).unwrap();
            channels.push(endpoint.tcp_nodelay(true).connect().await.unwrap());
        }
        let mut open = 0;
        for (n, (job, technician)) in jobs.iter().enumerate() {
            let Some(technician) = number(technician) else { continue };
            let mut client = watch_service_client::WatchServiceClient::new(channels[n % CONNECTIONS].clone());
            let min_change = Some(prost_types::Duration::default());
            let ask = WatchEtaRequest { parent: REGION.into(), jobs: vec![job.clone()], min_change };
            let mut stream = client.watch_eta(ask).await.unwrap().into_inner();
            stream.message().await.unwrap().unwrap();
            let (sent, got) = (sent.clone(), got.clone());
            tokio::spawn(async move {
                let _client = client;
                while let Ok(Some(_)) = stream.message().await {
                    let meant = sent[technician].load(Ordering::Relaxed);
                    let now = began.elapsed().as_nanos() as u64;
                    if meant != u64::MAX && got.send(now.saturating_sub(meant)).is_err() {
                        break;
                    }
                }
            });
            open += 1;
        }
        open
    });
    let after = server.memory();
    println!(
        "{open} streams on {CONNECTIONS} connections opened in {:.1} s: {:.0} MB before, {:.0} MB with them, {:.1} kB each",
        began.elapsed().as_secs_f64(),
        before,
        after,
        (after - before) * 1024.0 / open as f64,
    );
    drop(got);
    let mut took = Histogram::<u64>::new(3).unwrap();
    c.rt.block_on(async {
        let start = began.elapsed();
        for n in 0..CHANGES {
            let due = start + Duration::from_secs(1) * n / CHANGES_PER_SECOND;
            tokio::time::sleep_until((began + due).into()).await;
            let technician = n as usize * 7919 % TECHNICIANS;
            sent[technician].store(due.as_nanos() as u64, Ordering::Relaxed);
            let mut fleet = c.fleet();
            tokio::spawn(
                async move { fleet.report_position(tokio_stream::iter([report(technician, n)])).await },
            );
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        while let Ok(latency) = seen.try_recv() {
            took.record(latency / 1000).unwrap();
        }
    });
    let ms = |q: f64| took.value_at_quantile(q) as f64 / 1000.0;
    println!(
        "{CHANGES} positions at {CHANGES_PER_SECOND}/s: {} arrivals told, change to client p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        took.len(),
        ms(0.5),
        ms(0.99),
        ms(1.0),
    );
}

fn report(technician: usize, n: u32) -> ReportPositionRequest {
    let position = Position {
        place: Some(spot(technician * 7 + 300 + n as usize)),
        device_time: at(i64::from(n / TECHNICIANS as u32) + 1),
        ..Default::default()
    };
    ReportPositionRequest {
        technician: format!("{REGION}/technicians/b{technician}"),
        position: Some(position),
    }
}

/// Readers that have taken the state and take nothing more.
fn stuck(c: &Clients, server: &Server) -> Vec<tonic::Streaming<WatchResponse>> {
    c.rt.block_on(async {
        let mut open = Vec::new();
        for _ in 0..STUCK / 100 {
            let endpoint = Channel::from_shared(format!("http://{}", server.addr)).unwrap();
            let channel = endpoint.initial_stream_window_size(65_535).connect().await.unwrap();
            for _ in 0..100 {
                let mut client = watch_service_client::WatchServiceClient::new(channel.clone());
                let ask = WatchRegionRequest { parent: REGION.into(), ..Default::default() };
                open.push(client.watch_region(ask).await.unwrap().into_inner());
            }
        }
        open
    })
}

/// Creates jobs in an open loop; latency counts from the intended moment.
fn creates(c: &Clients, from: &mut usize, took: &mut Histogram<u64>) {
    let (done, mut taken) = mpsc::unbounded_channel();
    c.rt.block_on(async {
        let began = Instant::now();
        for n in 0..CREATES {
            let due = Duration::from_secs(1) * n / CREATES_PER_SECOND;
            tokio::time::sleep_until((began + due).into()).await;
            let (mut jobs, done, request) = (c.jobs(), done.clone(), short(*from));
            *from += 1;
            tokio::spawn(async move {
                jobs.create_job(request).await.unwrap();
                done.send(began.elapsed() - due).unwrap();
            });
        }
        drop(done);
        while let Some(latency) = taken.recv().await {
            took.record(latency.as_micros() as u64).unwrap();
        }
    });
}

fn beside_stuck(c: &Clients, server: &Server) {
    let histogram = || Histogram::<u64>::new(3).unwrap();
    let (mut alone, mut beside, mut from) = (histogram(), histogram(), 0);
    for turn in 0..TURNS {
        creates(c, &mut from, &mut alone);
        let before = server.memory();
        let open = stuck(c, server);
        // fills every window first, so that nothing is taken while it is measured
        creates(c, &mut from, &mut histogram());
        creates(c, &mut from, &mut beside);
        let with = server.memory();
        println!("turn {turn}: {} stuck readers, {before:.0} MB before, {with:.0} MB with them", open.len());
        drop(open);
    }
    let ms = |h: &Histogram<u64>, q: f64| h.value_at_quantile(q) as f64 / 1000.0;
    for (what, h) in [("alone", &alone), ("beside stuck readers", &beside)] {
        println!(
            "CreateJob {what}, {CREATES_PER_SECOND}/s: p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms",
            ms(h, 0.5),
            ms(h, 0.9),
            ms(h, 0.99),
        );
    }
    println!(
        "ratio p50 {:.2}, p90 {:.2}, p99 {:.2}",
        ms(&beside, 0.5) / ms(&alone, 0.5),
        ms(&beside, 0.9) / ms(&alone, 0.9),
        ms(&beside, 0.99) / ms(&alone, 0.99),
    );
}
