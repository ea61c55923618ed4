//! What surrounds the calls: sizes, queues, silent peers, shutdown, deadlines.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::town::*;
use callout::board::id::{JobId, RegionId};
use callout::board::job;
use callout::journal::{self, Each, Fault, Journal, Receipt, Record, Sqlite};
use callout::serve;
use callout::wire::v1::*;
use std::collections::BTreeMap;
use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_types::StatusExt;

#[test]
fn an_oversized_message_is_refused_and_an_import_may_be_large() {
    let town = Town::new();
    let c = &town.clients;
    let mut request = create_job("j1");
    request.job.as_mut().unwrap().customer.as_mut().unwrap().address = "x".repeat(300 << 10);
    let status = c.create(request).unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status.get_details_error_info().unwrap().reason, "MESSAGE_TOO_LARGE");
    let get = GetCatalogEntryRequest { name: "x".repeat(300 << 10) };
    let status = c.rt.block_on(c.catalog().get_catalog_entry(get)).unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "only imports of that service may be large");
    let part = |n: usize| {
        let part = catalog_entry::Entry::Part(Part { sku: "s".repeat(150) });
        entry("parts", &format!("bulk-{n}"), part)
    };
    let entries = (0..4000).map(part).collect();
    let import = ImportCatalogRequest { parent: REGION.into(), entries, ..Default::default() };
    let done = c.rt.block_on(c.catalog().import_catalog(import)).unwrap().into_inner();
    assert_eq!(done.created_count, 4000);
}

/// A journal that takes its time.
struct Slow(Sqlite, Duration);

impl Journal for Slow {
    fn epoch(&self) -> u64 {
        self.0.epoch()
    }
    fn append(&mut self, batch: &[&Record]) -> Result<(), Fault> {
        std::thread::sleep(self.1);
        self.0.append(batch)
    }
    fn regions(&self) -> Result<Vec<RegionId>, Fault> {
        self.0.regions()
    }
    fn extent(&self, region: &RegionId) -> Result<Option<(u64, u64)>, Fault> {
        self.0.extent(region)
    }
    fn read_from(&self, region: &RegionId, seq: u64, each: Each<'_>) -> Result<(), Fault> {
        self.0.read_from(region, seq, each)
    }
    fn customers(&self, region: &RegionId) -> Result<BTreeMap<JobId, job::Customer>, Fault> {
        self.0.customers(region)
    }
    fn receipts(&self, region: &RegionId) -> Result<Vec<Receipt>, Fault> {
        self.0.receipts(region)
    }
    fn reply(&self, region: &RegionId, request_id: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.0.reply(region, request_id)
    }
    fn cursors(&self) -> Result<Vec<journal::Cursor>, Fault> {
        self.0.cursors()
    }
    fn stand(&mut self, cursors: &[&journal::Cursor]) -> Result<(), Fault> {
        self.0.stand(cursors)
    }
    fn cut(&mut self, region: &RegionId, seq: u64, most: u64) -> Result<u64, Fault> {
        self.0.cut(region, seq, most)
    }
}

fn slow(by: Duration) -> serve::store::OpenJournal {
    Arc::new(move |file| Ok(Box::new(Slow(Sqlite::open(file)?, by))))
}

#[test]
fn a_full_queue_is_told_at_once_and_what_was_taken_on_is_done() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.queue = 4;
    let running = serve::start_on(&config, slow(Duration::from_millis(150))).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let calls: Vec<_> = (0..60)
        .map(|n| {
            let mut jobs = c.jobs();
            c.rt.spawn(async move {
                let began = Instant::now();
                let reply = jobs.create_job(create_job(&format!("j{n}"))).await;
                (reply, began.elapsed())
            })
        })
        .collect();
    let replies: Vec<_> = calls.into_iter().map(|call| c.rt.block_on(call).unwrap()).collect();
    let taken = replies.iter().filter(|(r, _)| r.is_ok()).count();
    assert!((4..60).contains(&taken), "{taken} of 60 were taken on");
    for (reply, took) in &replies {
        if let Err(status) = reply {
            assert_eq!(status.code(), Code::ResourceExhausted);
            let details = status.get_error_details();
            assert_eq!(details.error_info().unwrap().reason, "QUEUE_FULL");
            assert!(details.retry_info().unwrap().retry_delay.is_some());
            assert!(*took < Duration::from_millis(140), "told after {took:?}");
        }
    }
    assert_eq!(c.summary().job_counts.iter().map(|c| c.count).sum::<i32>() as usize, taken);
    running.shutdown();
}

#[test]
fn a_deadline_ends_the_call_and_not_the_write() {
    let data = tempfile::tempdir().unwrap();
    let running = serve::start_on(&config(data.path()), slow(Duration::from_millis(300))).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let mut request = tonic::Request::new(create_job("j1"));
    request.set_timeout(Duration::from_millis(50));
    let status = c.rt.block_on(c.jobs().create_job(request)).unwrap_err();
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    std::thread::sleep(Duration::from_millis(600));
    let name = format!("{REGION}/jobs/j1");
    let job = c.rt.block_on(c.jobs().get_job(GetJobRequest { name })).unwrap().into_inner();
    assert_eq!(job.state(), JobState::Planned, "the write was whole");
    running.shutdown();
}

#[test]
fn a_silent_peer_is_closed() {
    let town = Town::empty();
    let addr = town.running.as_ref().unwrap().addr;
    let began = Instant::now();
    let mut silent = TcpStream::connect(addr).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut half = TcpStream::connect(addr).unwrap();
    std::io::Write::write_all(&mut half, b"PRI * HTTP/2.0\r\n").unwrap();
    half.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    for peer in [&mut silent, &mut half] {
        // closed is the end of the stream or a reset; waiting on would be a timeout
        let kind = peer.read_to_end(&mut Vec::new()).map(drop).map_err(|e| e.kind());
        assert!(matches!(kind, Ok(()) | Err(std::io::ErrorKind::ConnectionReset)), "{kind:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[test]
fn connections_over_the_cap_are_closed_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.connections = 2;
    let running = serve::start(&config).unwrap();
    let _first = Clients::to(running.addr);
    let _second = TcpStream::connect(running.addr).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let mut third = TcpStream::connect(running.addr).unwrap();
    third.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    assert_eq!(third.read(&mut [0; 16]).unwrap_or(0), 0);
}

#[test]
fn shutdown_waits_no_longer_than_it_says() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.drain_seconds = 1;
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    // a stream that never ends keeps the connection busy
    let (sender, receiver) = tokio::sync::mpsc::channel::<ReportPositionRequest>(1);
    let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut fleet = c.fleet();
    let call = c.rt.spawn(async move { fleet.report_position(stream).await });
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    running.shutdown();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(c.rt.block_on(call).unwrap().is_err());
    drop(sender);
}
