//! What was acknowledged is there: the real process is killed in a loop, its journal fails and panics.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::town::*;
use callout::board::Event;
use callout::board::id::{JobId, RegionId};
use callout::board::job::Customer;
use callout::journal::{self, Each, Fault, Journal, Receipt, Record, Sqlite};
use callout::serve;
use callout::wire::v1::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tonic::Code;

pub struct Process {
    pub child: Child,
    pub clients: Clients,
}

fn spawn(data: &Path) -> Child {
    launch(Command::new(env!("CARGO_BIN_EXE_callout")), data, "")
}

/// Starts what `command` says on a data directory, with `limits` in a configuration file beside it.
pub fn launch(mut command: Command, data: &Path, limits: &str) -> Child {
    let file = data.with_extension("toml");
    let text =
        format!("listen = \"127.0.0.1:0\"\nclock = \"controlled\"\nclock_start = {NOW}\n[limits]\n{limits}");
    std::fs::write(&file, text).unwrap();
    command
        .args(["--json", "serve", "--config"])
        .arg(file)
        .arg("--data")
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn start(data: &Path) -> Process {
    up(spawn(data))
}

/// Waits until it listens.
pub fn up(mut child: Child) -> Process {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| {
        let mut why = String::new();
        child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        panic!("the server did not start: {line}{why}")
    });
    let addr = said["listening"].as_str().unwrap().parse().unwrap();
    Process { child, clients: Clients::to(addr) }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn request(round: usize, client: usize, n: usize) -> CreateJobRequest {
    let mut request = create_job("");
    request.request_id = format!("r{round}-{client}-{n}");
    let job = request.job.as_mut().unwrap();
    job.order_number = request.request_id.clone();
    let need = job.need.as_mut().unwrap();
    need.inspect_only = n.is_multiple_of(2);
    need.place = Some(place(9.16 + (n % 50) as f64 * 0.001, 45.44 + client as f64 * 0.01));
    need.access_windows = vec![window(48 * 3600, 200 * 3600)];
    request
}

pub type Acknowledged = Vec<(CreateJobRequest, CreateJobResponse)>;

/// Four clients create jobs one after the other until the server dies.
pub fn load(process: &mut Process, round: usize, live: Duration) -> Acknowledged {
    let handles: Vec<_> = (0..4)
        .map(|client| {
            let mut jobs = process.clients.jobs();
            process.clients.rt.spawn(async move {
                let mut acknowledged = Vec::new();
                for n in 0.. {
                    let request = request(round, client, n);
                    match jobs.create_job(request.clone()).await {
                        Ok(reply) => acknowledged.push((request, reply.into_inner())),
                        Err(_) => break,
                    }
                }
                acknowledged
            })
        })
        .collect();
    std::thread::sleep(live);
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let rt = &process.clients.rt;
    handles.into_iter().flat_map(|handle| rt.block_on(handle).unwrap()).collect()
}

/// The digest of a region read from its very first record.
fn replayed(data: &Path) -> (u64, String) {
    let journal = Sqlite::read_only(&data.join("journal.db")).unwrap();
    let found = journal::recover(&journal, None, &"milan".into()).unwrap();
    assert_eq!(found.replayed, found.seq, "the sequence has no gap");
    let wrong = callout::board::audit::audit(&found.board, found.now);
    assert_eq!(wrong, Vec::<String>::new());
    let beeline = callout::travel::Model::Beeline(callout::travel::Beeline::new(1300, 30));
    let travel = callout::plan::Travel::new(beeline, callout::travel::Dayparts::utc());
    (found.seq, callout::plan::Desk::open(found.board, travel).digest())
}

#[test]
fn a_killed_server_comes_back_with_all_it_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    furnish(&start(data.path()).clients);
    let mut acknowledged: Acknowledged = Vec::new();
    for round in 0..8 {
        let mut process = start(data.path());
        // a time that is different in each round, without a random source
        let live = Duration::from_millis(60 + (round as u64 * 7919) % 240);
        acknowledged.extend(load(&mut process, round, live));
        drop(process);
        let process = start(data.path());
        let c = &process.clients;
        let summary = c.summary();
        let jobs: i32 = summary.job_counts.iter().map(|c| c.count).sum();
        assert!(jobs as usize >= acknowledged.len(), "{jobs} of {}", acknowledged.len());
        for (request, reply) in acknowledged.iter().rev().take(40) {
            assert_eq!(c.create(request.clone()).unwrap(), *reply, "the same reply, and no second job");
        }
        for (_, reply) in &acknowledged {
            let name = reply.job.as_ref().unwrap().name.clone();
            let job = c.rt.block_on(c.jobs().get_job(GetJobRequest { name })).unwrap().into_inner();
            assert_eq!(Some(job), reply.job);
        }
        assert_eq!(c.summary(), summary, "repeated requests changed nothing");
        drop(process);
        assert_eq!(replayed(data.path()), (summary.sequence as u64, summary.state_digest));
    }
    assert!(acknowledged.len() > 50, "only {} jobs were acknowledged in all", acknowledged.len());
}

#[test]
fn a_second_process_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let first = start(data.path());
    let second = spawn(data.path()).wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("is in use by another process"), "{said}");
    assert!(said.contains(&format!("pid {}", first.child.id())), "{said}");
}

#[test]
fn a_damaged_journal_is_a_clear_error() {
    let data = tempfile::tempdir().unwrap();
    furnish(&start(data.path()).clients);
    let file = data.path().join("journal.db");
    drop(Sqlite::open(&file).unwrap());
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute(
        "update journal set payload = cast(replace(payload, 'PUMP', 'BUMP') as blob) where seq = 2",
        [],
    )
    .unwrap();
    drop(db);
    let refused = spawn(data.path()).wait_with_output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("journal.db is damaged: record"), "{said}");
    std::fs::write(&file, vec![7; 40_000]).unwrap();
    let _ = std::fs::remove_file(data.path().join("journal.db-wal"));
    let refused = spawn(data.path()).wait_with_output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("journal.db is damaged"), "{said}");
}

/// What a journal does at its n-th append.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    FailsBefore,
    FailsAfter,
    Panics,
}

/// A journal that gets into trouble once.
struct Troubled {
    inner: Sqlite,
    appends: Arc<AtomicU64>,
    at: u64,
    trouble: Trouble,
}

impl Journal for Troubled {
    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }
    fn append(&mut self, batch: &[&Record]) -> Result<(), Fault> {
        let failed = || Fault::Damaged { file: "disk".into(), what: "no space left on device".into() };
        if self.appends.fetch_add(1, Ordering::SeqCst) + 1 != self.at {
            return self.inner.append(batch);
        }
        match self.trouble {
            Trouble::FailsBefore => Err(failed()),
            Trouble::FailsAfter => self.inner.append(batch).and(Err(failed())),
            Trouble::Panics => panic!("on purpose"),
        }
    }
    fn regions(&self) -> Result<Vec<RegionId>, Fault> {
        self.inner.regions()
    }
    fn extent(&self, region: &RegionId) -> Result<Option<(u64, u64)>, Fault> {
        self.inner.extent(region)
    }
    fn read_from(&self, region: &RegionId, seq: u64, each: Each<'_>) -> Result<(), Fault> {
        self.inner.read_from(region, seq, each)
    }
    fn customers(&self, region: &RegionId) -> Result<BTreeMap<JobId, Customer>, Fault> {
        self.inner.customers(region)
    }
    fn receipts(&self, region: &RegionId) -> Result<Vec<Receipt>, Fault> {
        self.inner.receipts(region)
    }
    fn reply(&self, region: &RegionId, request_id: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.inner.reply(region, request_id)
    }
    fn cursors(&self) -> Result<Vec<journal::Cursor>, Fault> {
        self.inner.cursors()
    }
    fn stand(&mut self, cursors: &[&journal::Cursor]) -> Result<(), Fault> {
        self.inner.stand(cursors)
    }
    fn cut(&mut self, region: &RegionId, seq: u64, most: u64) -> Result<u64, Fault> {
        self.inner.cut(region, seq, most)
    }
}

/// Repeats as UNAVAILABLE asks for: while the journal is opened anew another call may meet the failed one.
fn until_taken(c: &Clients, request: &CreateJobRequest) -> CreateJobResponse {
    for _ in 0..50 {
        match c.create(request.clone()) {
            Ok(taken) => return taken,
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the journal was not opened again within a second");
}

#[test]
fn after_trouble_with_the_disk_nothing_is_lost_and_nothing_done_twice() {
    for trouble in [Trouble::FailsBefore, Trouble::FailsAfter, Trouble::Panics] {
        let data = tempfile::tempdir().unwrap();
        let appends = Arc::new(AtomicU64::new(0));
        let open = move |file: &Path| {
            let journal = Troubled { inner: Sqlite::open(file)?, appends: appends.clone(), at: 7, trouble };
            Ok(Box::new(journal) as Box<dyn Journal>)
        };
        let running = serve::start_on(&config(data.path()), Arc::new(open)).unwrap();
        let c = Clients::to(running.addr);
        furnish(&c);
        let before = c.create(request(0, 0, 0)).unwrap();
        let seen = c.summary();
        let failed = c.create(request(0, 0, 1)).unwrap_err();
        assert_eq!(failed.code(), Code::Unavailable, "{trouble:?}: {failed:?}");
        assert_eq!(c.summary().state_digest, seen.state_digest, "what is not on disk is not shown");
        let after = until_taken(&c, &request(0, 0, 1));
        assert_eq!(c.create(request(0, 0, 1)).unwrap(), after);
        assert_eq!(c.create(request(0, 0, 0)).unwrap(), before);
        let summary = c.summary();
        assert_eq!(summary.job_counts.iter().map(|c| c.count).sum::<i32>(), 2, "{trouble:?}");
        running.shutdown();
        assert_eq!(replayed(data.path()), (summary.sequence as u64, summary.state_digest));
    }
}

#[test]
fn snapshots_shorten_the_restart_and_change_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.snapshot_every = 10;
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    for n in 0..40 {
        c.create(request(0, 0, n)).unwrap();
    }
    let summary = c.summary();
    running.shutdown();
    let kept = std::fs::read_dir(data.path().join("snapshots")).unwrap().count();
    assert_eq!(kept, 2);
    let open = || Sqlite::read_only(&data.path().join("journal.db")).unwrap();
    let snapshots = journal::Snapshots::at(data.path().join("snapshots")).unwrap();
    let (journal, region) = (open(), RegionId::from("milan"));
    let short = journal::recover(&journal, Some(&snapshots), &region).unwrap();
    let long = journal::recover(&journal, None, &region).unwrap();
    assert!(short.replayed < 10 && long.replayed > 40, "{} {}", short.replayed, long.replayed);
    assert_eq!((short.board, short.seq), (long.board, long.seq));
    // a snapshot that was damaged is passed over
    for file in std::fs::read_dir(data.path().join("snapshots")).unwrap() {
        let path = file.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let began = Instant::now();
    let running = serve::start(&config).unwrap();
    assert_eq!(Clients::to(running.addr).summary(), summary);
    assert!(began.elapsed() < Duration::from_secs(5));
    // nothing personal is in the journal or the snapshots
    let mut personal = 0;
    open()
        .read_from(&region, 1, &mut |stored| {
            let set = |e: &&Event| matches!(e, Event::CustomerSet { customer: Some(_), .. });
            personal += stored.events.iter().filter(set).count();
            Ok(())
        })
        .unwrap();
    assert_eq!(personal, 0);
    running.shutdown();
}
