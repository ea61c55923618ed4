//! The disk takes no more: the system refuses the process's writes (a limit on file size, as a full disk
//! would), and lets them through again later.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::kill::{launch, request, up};
use crate::town::*;
use callout::wire::v1::*;
use std::process::Command;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

/// The most bytes that a file of the process may have from now on.
fn limit(pid: u32, bytes: &str) {
    let done =
        Command::new("prlimit").arg(format!("--fsize={bytes}:")).args(["--pid", &pid.to_string()]).status();
    assert!(done.unwrap().success());
}

fn health(c: &Clients, service: &str) -> ServingStatus {
    let mut health = HealthClient::new(c.channel.clone());
    let ask = HealthCheckRequest { service: service.into() };
    c.rt.block_on(health.check(ask)).unwrap().into_inner().status()
}

fn watched(c: &Clients) -> tonic::Streaming<tonic_health::pb::HealthCheckResponse> {
    let mut health = HealthClient::new(c.channel.clone());
    let ask = HealthCheckRequest { service: String::new() };
    c.rt.block_on(health.watch(ask)).unwrap().into_inner()
}

#[test]
fn while_the_disk_takes_nothing_writes_are_unavailable_and_health_says_so() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // ignored, so that a refused write is an error of the call and not the end of the process
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_callout")]);
    let mut process = up(launch(command, data.path(), ""));
    let c = &process.clients;
    furnish(c);
    let mut told = watched(c);
    let mut next = || c.rt.block_on(async { told.message().await.unwrap().unwrap().status() });
    assert_eq!(next(), ServingStatus::Serving);
    let before = c.create(request(0, 0, 0)).unwrap();
    let seen = c.summary();

    limit(process.child.id(), "16384");
    let refused = c.create(request(0, 0, 1)).unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    assert_eq!(next(), ServingStatus::NotServing);
    for service in ["", "callout.v1.DispatchService"] {
        assert_eq!(health(c, service), ServingStatus::NotServing);
    }
    for n in 1..4 {
        let refused = c.create(request(0, 0, n)).unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "UNAVAILABLE");
        assert!(details.retry_info().unwrap().retry_delay.is_some());
        assert!(refused.message().contains("journal"), "{refused:?}");
    }
    // what is on disk can still be read, and nothing else is shown
    assert_eq!(c.summary(), seen);
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(health(c, ""), ServingStatus::NotServing, "it was tried again meanwhile");

    limit(process.child.id(), "unlimited");
    // nobody has to write for the server to find out
    let began = Instant::now();
    assert_eq!(next(), ServingStatus::Serving);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(c.summary().state_digest, seen.state_digest, "what was refused left no trace");
    let after = c.create(request(0, 0, 1)).unwrap();
    assert_eq!(c.create(request(0, 0, 1)).unwrap(), after);
    assert_eq!(c.create(request(0, 0, 0)).unwrap(), before);
    let summary = c.summary();
    assert_eq!(summary.job_counts.iter().map(|c| c.count).sum::<i32>(), 2);
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let again = up(launch(Command::new(env!("CARGO_BIN_EXE_callout")), data.path(), ""));
    assert_eq!(again.clients.summary(), summary);
}

#[test]
fn a_full_disk_at_the_start_is_told() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new("prlimit");
    command.args([
        "--fsize=65536:",
        "sh",
        "-c",
        "trap '' XFSZ; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_callout"),
    ]);
    let ended = launch(command, data.path(), "").wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("ROOM") && said.contains("File too large"), "{said}");
}

#[test]
fn streams_are_counted_and_end_with_a_status_that_says_why() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    (config.limits.streams, config.limits.stream_seconds) = (2, 1);
    let running = callout::serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    let ended = |mut stream: tonic::Streaming<tonic_health::pb::HealthCheckResponse>| {
        c.rt.block_on(async {
            loop {
                match stream.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("it ended without a word"),
                    Err(status) => return status,
                }
            }
        })
    };
    let (first, _second) = (watched(&c), watched(&c));
    assert_eq!(running.streams(), 2);
    let mut health = HealthClient::new(c.channel.clone());
    let full = c.rt.block_on(health.watch(HealthCheckRequest::default())).unwrap_err();
    assert_eq!(full.code(), Code::ResourceExhausted);
    assert_eq!(full.get_details_error_info().unwrap().reason, "QUEUE_FULL");
    let began = Instant::now();
    let status = ended(first);
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.get_details_error_info().unwrap().reason, "STREAM_ENDED");
    assert!((500..3_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    // a position stream that says nothing has the same life
    let (sender, receiver) = tokio::sync::mpsc::channel::<ReportPositionRequest>(1);
    let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let status = c.rt.block_on(c.fleet().report_position(stream)).unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "STREAM_ENDED");
    drop(sender);
    for _ in 0..50 {
        if running.streams() == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(running.streams(), 0, "places are given back");
    running.shutdown();
}

#[test]
fn who_watches_health_is_told_before_the_server_goes_down() {
    let data = tempfile::tempdir().unwrap();
    let running = callout::serve::start(&config(data.path())).unwrap();
    let c = Clients::to(running.addr);
    let mut told = watched(&c);
    let watching = c.rt.spawn(async move {
        let mut heard = Vec::new();
        loop {
            match told.message().await {
                Ok(Some(reply)) => heard.push(reply.status()),
                Ok(None) => panic!("it ended without a word"),
                Err(status) => return (heard, status),
            }
        }
    });
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    running.shutdown();
    assert!(began.elapsed() < Duration::from_secs(3), "a stream does not hold the server up");
    let (heard, status) = c.rt.block_on(watching).unwrap();
    assert_eq!(heard, [ServingStatus::Serving, ServingStatus::NotServing]);
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(status.message().contains("going down"), "{status:?}");
}
