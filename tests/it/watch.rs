//! Streams of events: the state first, then every record once and in order, across drops, restarts and kills;
//! filtered, bookmarked, without personal data; readers that take nothing are cut and told where to go on.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::kill::{launch, up};
use crate::town::*;
use callout::journal::{Journal, Sqlite};
use callout::serve;
use callout::wire::v1::event::Fact;
use callout::wire::v1::watch_response::Content;
use callout::wire::v1::*;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

const PERSONAL: [&str; 4] = ["Ada Rossi", "390212345678", "Via Roma", "ring twice"];

fn watch(
    c: &Clients,
    filter: Option<EventFilter>,
    resume_token: &str,
) -> Result<Streaming<WatchResponse>, Status> {
    let ask = WatchRegionRequest { parent: REGION.into(), filter, resume_token: resume_token.into() };
    c.rt.block_on(c.watch().watch_region(ask)).map(tonic::Response::into_inner)
}

pub fn next(c: &Clients, stream: &mut Streaming<WatchResponse>) -> WatchResponse {
    let message =
        c.rt.block_on(async { tokio::time::timeout(Duration::from_secs(10), stream.message()).await });
    message.expect("a message within 10 s").unwrap().unwrap()
}

/// The next message that is no bookmark.
pub fn told(c: &Clients, stream: &mut Streaming<WatchResponse>) -> WatchResponse {
    loop {
        let message = next(c, stream);
        if !matches!(message.content, Some(Content::Bookmark(_))) {
            return message;
        }
    }
}

pub fn facts(message: &WatchResponse) -> Vec<&Fact> {
    match &message.content {
        Some(Content::Change(change)) => change.events.iter().map(|e| e.fact.as_ref().unwrap()).collect(),
        other => panic!("a change was expected: {other:?}"),
    }
}

/// Sequence and number of events of every record, as the disk has them.
fn on_disk(data: &Path) -> Vec<(i64, usize)> {
    let journal = Sqlite::read_only(&data.join("journal.db")).unwrap();
    let mut all = Vec::new();
    let mut each = |s: callout::journal::Stored| {
        all.push((s.seq as i64, s.events.len()));
        Ok(())
    };
    journal.read_from(&"milan".into(), 1, &mut each).unwrap();
    all
}

pub fn job(n: usize) -> CreateJobRequest {
    crate::kill::request(0, n % 4, n)
}

pub fn reason(status: &Status) -> (Code, String, Option<String>) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("{status:?}"));
    (status.code(), info.reason.clone(), info.metadata.get("resume_token").cloned())
}

/// The status that a stream ends with.
pub fn end(c: &Clients, stream: &mut Streaming<WatchResponse>) -> Status {
    let read = async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("a stream ends with a status"),
                Err(status) => return status,
            }
        }
    };
    c.rt.block_on(async { tokio::time::timeout(Duration::from_secs(10), read).await })
        .expect("an end within 10 s")
}

#[test]
fn a_region_is_told_first_as_it_stands_then_every_record_once() {
    let town = Town::new();
    let c = &town.clients;
    let mut stream = watch(c, None, "").unwrap();
    let first = next(c, &mut stream);
    let Some(Content::Region(region)) = &first.content else { panic!("{first:?}") };
    assert_eq!(RegionSummary { state_digest: c.summary().state_digest, ..region.clone() }, c.summary());
    assert_eq!((first.sequence, first.time), (region.sequence, at(0)));
    let made = c.create(create_job("j1")).unwrap();
    let change = told(c, &mut stream);
    assert_eq!(change.sequence, first.sequence + 1);
    let facts = facts(&change);
    let created = facts.iter().find_map(|f| if let Fact::JobCreated(job) = f { Some(job) } else { None });
    let created = created.expect("the job is told");
    let stored = made.job.clone().unwrap();
    assert_eq!((&created.name, &created.need, &created.demand), (&stored.name, &stored.need, &stored.demand));
    let route =
        facts.iter().find_map(|f| if let Fact::RouteSet(set) = f { set.route.as_ref() } else { None });
    assert!(route.unwrap().stops.iter().any(|s| s.job == stored.name && s.visit.is_empty()));
    let planned =
        facts.iter().find_map(|f| if let Fact::VisitPlanned(p) = f { Some(p) } else { None }).unwrap();
    assert_eq!(Some(&planned.technician), made.visit.as_ref().map(|v| &v.technician));
    let decided =
        facts.iter().find_map(|f| if let Fact::JobDecided(d) = f { d.decision.as_ref() } else { None });
    assert_eq!(decided, made.decision.as_ref());
    assert!(facts.iter().any(|f| matches!(f, Fact::CustomerSet(job) if *job == stored.name)));
    for personal in PERSONAL {
        assert!(!format!("{change:?}").contains(personal), "{personal}");
    }
    let cancel = CancelJobRequest { name: stored.name.clone(), reason: "sold".into(), ..Default::default() };
    c.rt.block_on(c.jobs().cancel_job(cancel)).unwrap();
    let change = told(c, &mut stream);
    assert_eq!(change.sequence, first.sequence + 2);
    assert!(self::facts(&change).iter().any(|f| matches!(f, Fact::JobCancelled(j) if j.reason == "sold")));
}

/// Reads on until record `last`, dropping the stream after every few messages and going on with its last token.
fn follow(c: &Clients, token: &mut String, seen: &mut Vec<(i64, usize)>, last: i64) {
    while seen.last().is_none_or(|(seq, _)| *seq < last) {
        let mut stream = watch(c, None, token).unwrap();
        for _ in 0..=seen.len() % 7 {
            let message = told(c, &mut stream);
            seen.push((message.sequence, facts(&message).len()));
            *token = message.resume_token;
            if message.sequence >= last {
                return;
            }
        }
    }
}

#[test]
fn streams_go_on_from_their_tokens_while_others_write_without_gap_or_repeat() {
    let mut town = Town::new();
    let first = next(&town.clients, &mut watch(&town.clients, None, "").unwrap());
    let (mut token, mut seen) = (first.resume_token, Vec::new());
    for round in 0..3 {
        let c = &town.clients;
        let mut jobs = c.jobs();
        let writer = c.rt.spawn(async move {
            for n in 0..60 {
                let mut request = job(n);
                request.request_id = format!("w{round}-{n}");
                request.job.as_mut().unwrap().order_number.clone_from(&request.request_id);
                jobs.create_job(request).await.unwrap();
            }
        });
        follow(c, &mut token, &mut seen, first.sequence + 60 * (round + 1));
        c.rt.block_on(writer).unwrap();
        // tokens survive a restart
        town.restart();
    }
    let expected = on_disk(town.data.path());
    assert_eq!(seen, expected.into_iter().filter(|(seq, _)| *seq > first.sequence).collect::<Vec<_>>());
}

#[test]
fn tokens_survive_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let start = || up(launch(Command::new(env!("CARGO_BIN_EXE_callout")), data.path(), ""));
    let mut process = start();
    furnish(&process.clients);
    let first = next(&process.clients, &mut watch(&process.clients, None, "").unwrap());
    let (mut token, mut seen) = (first.resume_token.clone(), Vec::new());
    // three times at least, and until there was something to tell, however slow the machine is
    for round in 0.. {
        if round >= 3 && seen.len() > 30 {
            break;
        }
        let stream = watch(&process.clients, None, &token).unwrap();
        // reads until the server dies under it
        let reader = process.clients.rt.spawn(read_out(stream));
        crate::kill::load(&mut process, round, Duration::from_millis(120));
        for (seq, events, next) in process.clients.rt.block_on(reader).unwrap() {
            seen.push((seq, events));
            token = next;
        }
        drop(process);
        process = start();
    }
    let last = process.clients.summary().sequence;
    follow(&process.clients, &mut token, &mut seen, last);
    let expected: Vec<_> =
        on_disk(data.path()).into_iter().filter(|(seq, _)| *seq > first.sequence).collect();
    assert_eq!(seen, expected);
}

async fn read_out(mut stream: Streaming<WatchResponse>) -> Vec<(i64, usize, String)> {
    let mut all = Vec::new();
    while let Ok(Some(message)) = stream.message().await {
        if !matches!(message.content, Some(Content::Bookmark(_))) {
            all.push((message.sequence, facts(&message).len(), message.resume_token.clone()));
        }
    }
    all
}

#[test]
fn a_token_that_is_of_no_use_says_start_anew() {
    let mut town = Town::new();
    let before = tempfile::tempdir().unwrap();
    town.running.take().unwrap().shutdown();
    for file in ["journal.db", "journal.db-wal"].map(|file| town.data.path().join(file)) {
        if file.exists() {
            std::fs::copy(&file, before.path().join(file.file_name().unwrap())).unwrap();
        }
    }
    town.restart_stopped();
    let c = &town.clients;
    (0..3).for_each(|n| drop(c.create(job(n)).unwrap()));
    let token = next(c, &mut watch(c, None, "").unwrap()).resume_token;
    let refused = |c: &Clients, filter: Option<EventFilter>, token: &str| {
        // an error before the first message may come with the head or behind it
        let status = match watch(c, filter, token) {
            Err(status) => status,
            Ok(mut stream) => end(c, &mut stream),
        };
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.metadata.get("remedy").map(String::as_str), Some("START_ANEW"), "{status:?}");
        assert!(status.message().contains("start anew"), "{status:?}");
        (status.code(), info.reason.clone())
    };
    let kinds = vec![EventKind::JobCreated.into()];
    let other = EventFilter { kinds, ..Default::default() };
    let invalid = |reason: &str| (Code::InvalidArgument, reason.to_owned());
    assert_eq!(refused(c, Some(other), &token), invalid("RESUME_TOKEN_FOREIGN"));
    assert_eq!(refused(c, None, &token.replace('0', "1")), invalid("RESUME_TOKEN_INVALID"));
    assert_eq!(refused(c, None, "rubbish"), invalid("RESUME_TOKEN_INVALID"));
    assert!(watch(c, None, &token).is_ok());
    // the journal as it was before, restored from a backup: the token is of a future that did not happen
    let running = serve::start(&config(before.path())).unwrap();
    let c = Clients::to(running.addr);
    let unknown = (Code::OutOfRange, "RESUME_TOKEN_UNKNOWN".to_owned());
    assert_eq!(refused(&c, None, &token), unknown);
    (10..14).for_each(|n| drop(c.create(job(n)).unwrap()));
    assert_eq!(refused(&c, None, &token), unknown, "another record has that number now");
}

#[test]
fn a_token_older_than_the_journal_reaches_says_start_anew() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    (config.limits.snapshot_every, config.limits.keep_records) = (10, 0);
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let token = next(&c, &mut watch(&c, None, "").unwrap()).resume_token;
    let began = Instant::now();
    let refused = (0..).find_map(|n| {
        assert!(began.elapsed() < Duration::from_secs(30), "the journal is never cut");
        c.create(job(n)).unwrap();
        watch(&c, None, &token).err()
    });
    let (code, reason, _) = reason(&refused.unwrap());
    assert_eq!((code, reason.as_str()), (Code::OutOfRange, "RESUME_TOKEN_TOO_OLD"));
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let town = Town::new();
    let c = &town.clients;
    let made = c.create(create_job("j1")).unwrap();
    let own = made.job.clone().unwrap();
    let mut far = create_job("far");
    far.job.as_mut().unwrap().need.as_mut().unwrap().place = Some(place(9.30, 45.55));
    let named = |filter: EventFilter| watch(c, Some(filter), "").unwrap();
    let mut by_kind =
        named(EventFilter { kinds: vec![EventKind::JobCancelled.into()], ..Default::default() });
    let mut by_job = named(EventFilter { jobs: vec![own.name.clone()], ..Default::default() });
    let mut by_cell = named(EventFilter { cells: vec![own.cell.clone()], ..Default::default() });
    let technicians = vec![made.visit.clone().unwrap().technician];
    let mut by_technician = named(EventFilter { technicians, ..Default::default() });
    for stream in [&mut by_kind, &mut by_job, &mut by_cell, &mut by_technician] {
        assert!(matches!(next(c, stream).content, Some(Content::Region(_))));
    }
    let far = c.create(far).unwrap();
    let cancel = |name: &str| {
        let cancel = CancelJobRequest { name: name.into(), reason: "sold".into(), ..Default::default() };
        c.rt.block_on(c.jobs().cancel_job(cancel)).unwrap();
    };
    cancel(&far.job.unwrap().name);
    cancel(&own.name);
    let last = c.summary().sequence;
    let cancelled = told(c, &mut by_kind);
    assert_eq!((cancelled.sequence, facts(&cancelled).len()), (last - 1, 1));
    for stream in [&mut by_job, &mut by_cell] {
        let mut change = told(c, stream);
        while change.sequence < last {
            // the other job's visit may lie in a route with this one
            assert!(
                facts(&change).iter().all(|f| matches!(f, Fact::RouteSet(_) | Fact::JobDecided(_))),
                "{change:?}"
            );
            change = told(c, stream);
        }
        assert!(facts(&change).iter().any(|f| matches!(f, Fact::JobCancelled(j) if j.job == own.name)));
    }
    let mut change = told(c, &mut by_technician);
    while change.sequence < last {
        change = told(c, &mut by_technician);
    }
    assert!(facts(&change).iter().any(|f| matches!(f, Fact::RouteSet(_))));
    for (filter, field) in [
        (EventFilter { kinds: vec![0], ..Default::default() }, "filter.kinds[0]"),
        (EventFilter { jobs: vec!["regions/rome/jobs/1".into()], ..Default::default() }, "filter.jobs[0]"),
        (EventFilter { cells: vec!["nowhere".into()], ..Default::default() }, "filter.cells[0]"),
        (EventFilter { technicians: vec!["x".into(); 1001], ..Default::default() }, "filter.technicians"),
    ] {
        let status = watch(c, Some(filter), "").unwrap_err();
        assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, field);
    }
    let ask = WatchRegionRequest { parent: "regions/rome".into(), ..Default::default() };
    assert_eq!(c.rt.block_on(c.watch().watch_region(ask)).unwrap_err().code(), Code::NotFound);
}

#[test]
fn where_nothing_matches_the_token_moves_on() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.bookmark_seconds = 1;
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let filter = || Some(EventFilter { jobs: vec![format!("{REGION}/jobs/none")], ..Default::default() });
    let mut stream = watch(&c, filter(), "").unwrap();
    let first = next(&c, &mut stream);
    for n in 0..200 {
        c.create(job(n)).unwrap();
    }
    let mut mark = next(&c, &mut stream);
    while mark.sequence < first.sequence + 200 {
        assert!(matches!(mark.content, Some(Content::Bookmark(_))), "{mark:?}");
        mark = next(&c, &mut stream);
    }
    let idle = next(&c, &mut stream);
    assert_eq!((idle.sequence, &idle.resume_token), (mark.sequence, &mark.resume_token));
    drop(stream);
    // one that is opened with the old token reads past all that does not match
    let mut stream = watch(&c, filter(), &first.resume_token).unwrap();
    assert_eq!(next(&c, &mut stream).resume_token, mark.resume_token);
}

/// Clients whose streams have room for 64 kB each: the usual 2 MB would hide a reader that takes nothing.
fn narrow(addr: std::net::SocketAddr) -> Clients {
    let mut c = Clients::to(addr);
    let endpoint = tonic::transport::Channel::from_shared(format!("http://{addr}")).unwrap();
    c.channel = c.rt.block_on(endpoint.initial_stream_window_size(65_535).connect()).unwrap();
    c
}

#[test]
fn a_reader_that_takes_nothing_is_cut_and_told_where_to_go_on() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.slow_seconds = 1;
    let running = serve::start(&config).unwrap();
    let c = narrow(running.addr);
    furnish(&c);
    let mut stuck = watch(&c, None, "").unwrap();
    let first = next(&c, &mut stuck);
    // more than the windows and buffers between the two take
    let mut last = 0;
    for n in 0..400 {
        last = n;
        c.create(job(n)).unwrap();
    }
    let began = Instant::now();
    while running.streams() > 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "its place is never free again");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (mut seen, mut token) = (Vec::new(), first.resume_token);
    let status = c.rt.block_on(async {
        loop {
            match stuck.message().await {
                Ok(message) => {
                    let message = message.expect("a stream ends with a status");
                    token.clone_from(&message.resume_token);
                    seen.push(message.sequence);
                }
                Err(status) => return status,
            }
        }
    });
    let (code, reason, resume) = reason(&status);
    assert_eq!((code, reason.as_str()), (Code::ResourceExhausted, "SLOW_READER"));
    assert_eq!(resume.as_ref(), Some(&token), "the token of the last message");
    assert!(!seen.is_empty() && seen.len() < last, "{} of {last}", seen.len());
    let mut stream = watch(&c, None, &token).unwrap();
    while seen.len() <= last {
        seen.push(told(&c, &mut stream).sequence);
    }
    let expected: Vec<i64> = (first.sequence + 1..).take(last + 1).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_stream_ends_with_its_token_when_its_life_is_over_and_when_the_server_goes_down() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.stream_seconds = 1;
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let mut stream = watch(&c, None, "").unwrap();
    let token = next(&c, &mut stream).resume_token;
    let ended = (Code::Unavailable, "STREAM_ENDED".to_owned(), Some(token));
    assert_eq!(reason(&end(&c, &mut stream)), ended);
    let mut town = Town::new();
    let c = &town.clients;
    let mut stream = watch(c, None, "").unwrap();
    let token = next(c, &mut stream).resume_token;
    let running = town.running.take().unwrap();
    let down = std::thread::spawn(move || running.shutdown());
    assert_eq!(reason(&end(c, &mut stream)), (Code::Unavailable, "UNAVAILABLE".to_owned(), Some(token)));
    down.join().unwrap();
}

#[test]
fn a_large_record_is_told_in_parts_and_not_half() {
    let town = Town::new();
    let c = &town.clients;
    let mut stream = watch(c, None, "").unwrap();
    let first = next(c, &mut stream);
    let part = |n: usize| {
        let part = catalog_entry::Entry::Part(Part { sku: "s".repeat(190) });
        entry("parts", &format!("bulk-{n}-{}", "x".repeat(50)), part)
    };
    let entries = (0..5000).map(part).collect();
    let import = ImportCatalogRequest { parent: REGION.into(), entries, ..Default::default() };
    c.rt.block_on(c.catalog().import_catalog(import)).unwrap();
    let half = told(c, &mut stream);
    let Some(Content::Change(change)) = &half.content else { panic!("{half:?}") };
    assert!(change.more && change.events.len() < 5000, "{}", change.events.len());
    assert_eq!((half.sequence, &half.resume_token), (first.sequence + 1, &first.resume_token));
    // who goes on from half of it gets all of it
    let mut again = watch(c, None, &half.resume_token).unwrap();
    let (mut events, mut last) = (0, half.clone());
    while events == 0 || matches!(&last.content, Some(Content::Change(change)) if change.more) {
        last = told(c, &mut again);
        assert_eq!(last.sequence, half.sequence);
        events += facts(&last).len();
    }
    assert_eq!(events, 5000);
    c.create(create_job("j1")).unwrap();
    assert_eq!(told(c, &mut again).sequence, half.sequence + 1);
    assert_eq!(told(c, &mut stream).sequence, half.sequence);
}
