//! What an operator meets: ports, configuration files, signals, logs, erasure.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::kill::{launch, request, up};
use crate::town::*;
use callout::wire::v1::*;
use prost_types::FieldMask;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tonic::Code;

const PERSONAL: [&str; 4] = ["Ada Rossi", "390212345678", "Via Roma", "ring twice"];

fn callout() -> Command {
    Command::new(env!("CARGO_BIN_EXE_callout"))
}

fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

fn refused(output: Output) -> String {
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

#[test]
fn an_occupied_port_is_told_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let said =
        refused(callout().args(["serve", "--listen", &addr, "--data"]).arg(data.path()).output().unwrap());
    assert!(said.contains(&addr) && said.contains("in use") && said.contains("--listen"), "{said}");
}

#[test]
fn a_bad_configuration_is_told_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("callout.toml");
    let cases = [
        ("data_dir = \"d\"\n[limits]\nqueue = \"many\"\n", ["line 3", "queue"]),
        ("[limits]\nqueue = 0\n", ["limits.queue is 0", "1..="]),
        ("listen = \"0.0.0.0:0\"\n", ["0.0.0.0:0", "allow_remote"]),
        ("clock = \"moon\"\n", ["line 1", "controlled"]),
        ("data_dir = \n", ["line 1", "data_dir"]),
    ];
    for (text, expected) in cases {
        std::fs::write(&file, text).unwrap();
        let said = refused(callout().args(["serve", "--config"]).arg(&file).output().unwrap());
        assert!(said.contains("callout.toml"), "{text}: {said}");
        expected.iter().for_each(|e| assert!(said.contains(e), "{text}: {said}"));
    }
    let said = refused(callout().args(["serve", "--config", "no-such.toml"]).output().unwrap());
    assert!(said.contains("no-such.toml"), "{said}");
}

#[test]
fn told_to_stop_it_answers_what_is_under_way_and_ends_in_peace() {
    let data = tempfile::tempdir().unwrap();
    let mut process = up(launch(callout(), data.path(), ""));
    let c = &process.clients;
    furnish(c);
    let calls: Vec<_> = (0..40)
        .map(|n| {
            let mut jobs = c.jobs();
            c.rt.spawn(async move { (n, jobs.create_job(request(0, 0, n)).await) })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(15));
    signal("-TERM", process.child.id());
    let answers: Vec<_> = calls.into_iter().map(|call| c.rt.block_on(call).unwrap()).collect();
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
    let again = up(launch(callout(), data.path(), ""));
    let mut taken = 0;
    for (n, answer) in answers {
        match answer {
            Ok(reply) => {
                taken += 1;
                assert_eq!(again.clients.create(request(0, 0, n)).unwrap(), reply.into_inner());
            }
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status:?}"),
        }
    }
    assert!(taken > 0, "none was under way");
}

#[test]
fn logs_are_structured_and_name_no_customer() {
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2> \"$LOG\"", env!("CARGO_BIN_EXE_callout")]);
    command.env("LOG", &log).env("CALLOUT_LOG", "trace");
    let mut process = up(launch(command, data.path(), "snapshot_every = 10"));
    let c = &process.clients;
    furnish(c);
    (0..12).for_each(|n| drop(c.create(request(0, 0, n)).unwrap()));
    let mut bad = create_job("bad id");
    bad.job.as_mut().unwrap().customer.as_mut().unwrap().phone = "+39 0212345678".into();
    assert_eq!(c.create(bad).unwrap_err().code(), Code::InvalidArgument);
    signal("-TERM", process.child.id());
    process.child.wait().unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    let ours = |l: &&str| l.contains("\"target\":\"callout");
    assert!(said.lines().filter(ours).count() > 12, "{said}");
    for line in said.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(line["level"].is_string() && line["target"].is_string(), "{line}");
    }
    PERSONAL.iter().for_each(|p| assert!(!said.contains(p), "the log tells {p}"));
}

/// The files of a data directory in which one of the personal texts can be read.
fn telling(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(telling(&entry.path()));
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        let holds = |p: &str| bytes.windows(p.len()).any(|w| w == p.as_bytes());
        found.extend(
            PERSONAL.iter().filter(|p| holds(p)).map(|p| format!("{p} in {}", entry.path().display())),
        );
    }
    found
}

#[test]
fn an_erased_customer_is_in_no_file_and_in_no_repeated_reply() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.limits.snapshot_every = 4;
    let running = callout::serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let created = c.create(request(0, 0, 0)).unwrap();
    let job = created.job.clone().unwrap();
    assert_eq!(job.customer, Some(customer()));
    assert_eq!(c.create(request(0, 0, 0)).unwrap(), created, "a repeated reply names the customer");
    let cancel = CancelJobRequest { name: job.name.clone(), request_id: "c".into(), ..Default::default() };
    let cancelled = c.rt.block_on(c.jobs().cancel_job(cancel.clone())).unwrap().into_inner();
    assert_eq!(cancelled.customer, Some(customer()));
    assert!(!telling(data.path()).is_empty(), "until then it is stored");

    let erase = UpdateJobRequest {
        job: Some(Job { name: job.name.clone(), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["customer".into()] }),
        request_id: "e".into(),
    };
    let erased = c.rt.block_on(c.jobs().update_job(erase.clone())).unwrap().into_inner();
    assert_eq!(erased.job.as_ref().unwrap().customer, None);
    assert_eq!(c.rt.block_on(c.jobs().update_job(erase)).unwrap().into_inner(), erased);
    let again = c.create(request(0, 0, 0)).unwrap();
    assert_eq!(again.job.unwrap(), Job { customer: None, ..job.clone() });
    let again = c.rt.block_on(c.jobs().cancel_job(cancel)).unwrap().into_inner();
    assert_eq!(again, Job { customer: None, ..cancelled });
    assert_eq!(telling(data.path()), Vec::<String>::new());
    running.shutdown();
    let running = callout::serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    let got = c.rt.block_on(c.jobs().get_job(GetJobRequest { name: job.name })).unwrap().into_inner();
    assert_eq!(got.customer, None);
    running.shutdown();
    assert_eq!(telling(data.path()), Vec::<String>::new());
}

#[test]
fn an_interrupted_demo_leaves_nothing_behind() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["-INT", "-TERM"] {
        let mut demo = callout()
            .args(["demo", "--json", "--jobs", "5000", "-o"])
            .arg(scratch.path().join("map.html"))
            .env("TMPDIR", scratch.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let inside = || std::fs::read_dir(scratch.path()).unwrap().flatten().next();
        while !inside().is_some_and(|dir| dir.path().join("data/journal.db").exists()) {
            assert!(began.elapsed() < Duration::from_secs(30), "the demo does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        signal(name, demo.id());
        let code = if name == "-INT" { 130 } else { 143 };
        assert_eq!(demo.wait().unwrap().code(), Some(code));
        assert!(inside().is_none(), "{:?} is left", inside());
    }
}
