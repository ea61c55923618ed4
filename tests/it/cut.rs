//! The journal is cut only behind two snapshots that hold, and what cannot be read is told, never left out.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::kill::{Acknowledged, launch, load, request, up};
use crate::town::*;
use callout::board::id::RegionId;
use callout::journal::{Journal, Recovered, Snapshots, Sqlite, recover};
use callout::serve::{self, Config};
use callout::wire::v1::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn region() -> RegionId {
    "milan".into()
}

fn open(data: &Path) -> (Sqlite, Snapshots) {
    let journal = Sqlite::read_only(&data.join("journal.db")).unwrap();
    (journal, Snapshots::at(data.join("snapshots")).unwrap())
}

fn extent(data: &Path) -> (u64, u64) {
    open(data).0.extent(&region()).unwrap().unwrap()
}

/// A region's snapshots, oldest first: what each is of.
fn snapshots(data: &Path) -> Vec<(u64, PathBuf)> {
    let entries = std::fs::read_dir(data.join("snapshots")).unwrap().map(|e| e.unwrap().path());
    let seq = |p: &PathBuf| p.file_stem()?.to_str()?.rsplit_once('.')?.1.parse().ok();
    let mut all: Vec<_> = entries.filter_map(|p| Some((seq(&p)?, p))).collect();
    all.sort();
    all
}

fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn often(data: &Path, keep_records: u64) -> Config {
    let mut config = config(data);
    (config.limits.snapshot_every, config.limits.keep_records) = (10, keep_records);
    config
}

/// A server's data after so many jobs, and what it answered last.
fn worked(data: &Path, jobs: usize, keep_records: u64) -> RegionSummary {
    let running = serve::start(&often(data, keep_records)).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    for n in 0..jobs {
        c.create(request(0, 0, n)).unwrap();
    }
    let summary = c.summary();
    running.shutdown();
    summary
}

fn said_at_start(data: &Path) -> String {
    match serve::start(&often(data, 0)) {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_two_snapshots_hold_is_cut_and_what_is_to_be_kept_stays() {
    for (keep, some) in [(0, true), (25, true), (100_000, false)] {
        let data = tempfile::tempdir().unwrap();
        let summary = worked(data.path(), 80, keep);
        let (first, last) = extent(data.path());
        let all = snapshots(data.path());
        assert_eq!(all.len(), 2);
        assert_eq!(last, summary.sequence as u64);
        assert_eq!(first > 1, some, "keeping {keep}: the first record is {first}");
        assert!(first + keep <= all[0].0 + 1 || !some, "keeping {keep}: {first} behind {}", all[0].0);
        let running = serve::start(&often(data.path(), keep)).unwrap();
        assert_eq!(Clients::to(running.addr).summary(), summary);
    }
}

#[test]
fn a_damaged_snapshot_falls_back_to_the_older_and_two_are_told() {
    let data = tempfile::tempdir().unwrap();
    let summary = worked(data.path(), 60, 0);
    let [(older, first), (newer, second)] = &snapshots(data.path())[..] else { panic!("two are kept") };
    spoil(second);
    let (journal, kept) = open(data.path());
    let found = recover(&journal, Some(&kept), &region()).unwrap();
    assert_eq!(found.seq - found.replayed, *older, "not the {newer}");
    let log = data.path().join("log");
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2> \"$LOG\"", env!("CARGO_BIN_EXE_callout")]).env("LOG", &log);
    let process = up(launch(command, data.path(), "snapshot_every = 100000"));
    assert_eq!(process.clients.summary(), summary);
    drop(process);
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(
        said.contains("passed over a snapshot") && said.contains("does not match its checksum"),
        "{said}"
    );
    assert!(said.contains("read from an older snapshot"), "{said}");
    spoil(first);
    let said = said_at_start(data.path());
    assert!(said.contains("were cut behind snapshots that do not hold"), "{said}");
    for path in [first, second] {
        assert!(said.contains(&path.display().to_string()), "{said}");
    }
    std::fs::remove_dir_all(data.path().join("snapshots")).unwrap();
    assert!(said_at_start(data.path()).contains("there is no snapshot of them"));
}

#[test]
fn a_damaged_snapshot_does_not_push_out_one_that_holds() {
    let data = tempfile::tempdir().unwrap();
    worked(data.path(), 60, 0);
    let [(older, _), (_, newer)] = &snapshots(data.path())[..] else { panic!("two are kept") };
    spoil(newer);
    let running = serve::start(&often(data.path(), 0)).unwrap();
    let c = Clients::to(running.addr);
    (100..110).for_each(|n| drop(c.create(request(0, 0, n)).unwrap()));
    let summary = c.summary();
    running.shutdown();
    let all: Vec<u64> = snapshots(data.path()).into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(all[0], *older, "{all:?}");
    assert!(extent(data.path()).0 <= older + 1);
    let running = serve::start(&often(data.path(), 0)).unwrap();
    assert_eq!(Clients::to(running.addr).summary(), summary);
}

#[test]
fn a_journal_older_than_its_snapshots_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let old = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &Path| {
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            let _ = std::fs::remove_file(to.join(name));
            if from.join(name).exists() {
                std::fs::copy(from.join(name), to.join(name)).unwrap();
            }
        }
    };
    worked(data.path(), 3, 0);
    copy(data.path(), old.path());
    let running = serve::start(&often(data.path(), 0)).unwrap();
    let c = Clients::to(running.addr);
    (10..40).for_each(|n| drop(c.create(request(0, 0, n)).unwrap()));
    running.shutdown();
    copy(old.path(), data.path());
    let said = said_at_start(data.path());
    assert!(said.contains("it is an older copy that lacks acknowledged changes"), "{said}");
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(name));
    }
    let said = said_at_start(data.path());
    assert!(said.contains("it knows no region milan, of which there are snapshots"), "{said}");
}

/// What the data directory says, by the newest snapshot and by the one before it.
fn both_ways(data: &Path) -> Vec<Recovered> {
    let (journal, kept) = open(data);
    let newest = recover(&journal, Some(&kept), &region()).unwrap();
    let Some((_, path)) = snapshots(data).pop().filter(|_| snapshots(data).len() == 2) else {
        return vec![newest];
    };
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).unwrap();
    let older = recover(&journal, Some(&kept), &region()).unwrap();
    std::fs::rename(&aside, &path).unwrap();
    vec![newest, older]
}

#[test]
fn a_server_killed_while_it_writes_snapshots_and_cuts_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let limits = "snapshot_every = 12\nkeep_records = 0\n";
    let start = || up(launch(Command::new(env!("CARGO_BIN_EXE_callout")), data.path(), limits));
    furnish(&start().clients);
    let mut acknowledged: Acknowledged = Vec::new();
    let (mut cuts, mut half) = (0, 0);
    for round in 0..12 {
        let live = Duration::from_millis(80 + (round as u64 * 7919) % 200);
        acknowledged.extend(load(&mut start(), round, live));
        let ending =
            |e: &'static str| move |f: &std::fs::DirEntry| f.path().extension().is_some_and(|x| x == e);
        let files = || std::fs::read_dir(data.path().join("snapshots")).unwrap().flatten();
        half += files().filter(ending("part")).count();
        let found = both_ways(data.path());
        for one in &found[1..] {
            assert_eq!((&one.board, one.seq), (&found[0].board, found[0].seq));
        }
        let wrong = callout::board::audit::audit(&found[0].board, found[0].now);
        assert_eq!(wrong, Vec::<String>::new());
        let (first, _) = extent(data.path());
        assert!(
            first == 1 || first <= snapshots(data.path())[0].0 + 1,
            "cut further than two snapshots hold"
        );
        cuts += usize::from(first > 1);
        for (_, reply) in &acknowledged {
            let job = reply.job.as_ref().unwrap();
            let id = job.name.rsplit('/').next().unwrap().into();
            assert_eq!(found[0].board.jobs[&id].revision.to_string(), job.etag);
        }
        let process = start();
        assert_eq!(files().filter(ending("part")).count(), 0, "what was half written is tidied up");
        for (request, reply) in acknowledged.iter().rev().take(10) {
            assert_eq!(process.clients.create(request.clone()).unwrap(), *reply);
        }
    }
    assert!(cuts >= 6, "only {cuts} of 12 rounds had a journal that was cut");
    println!("{} jobs, {cuts} rounds with a cut journal, {half} snapshots half written", acknowledged.len());
}
