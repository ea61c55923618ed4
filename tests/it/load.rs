//! `callout load` against a server of its own and against one that runs: what it sends is what it counts.

use crate::town::config;
use callout::serve;
use serde_json::Value;
use std::process::{Command, Output};

fn load(args: &[&str]) -> Output {
    let callout = env!("CARGO_BIN_EXE_callout");
    Command::new(callout).args(["load", "--json"]).args(args).output().unwrap()
}

const SMALL: [&str; 10] =
    ["--regions", "2", "--technicians", "24", "--rate", "20", "--seconds", "2", "--planned", "1"];

#[test]
fn a_server_of_its_own_is_loaded_and_every_call_accounted_for() {
    let output = load(&[&SMALL[..], &["--positions-every", "1"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let calls = report["calls"].as_array().unwrap();
    let call = |name: &str| calls.iter().find(|c| c["call"] == name).unwrap();
    let (jobs, etas) = (call("CreateJob"), call("GetEta"));
    // 20 a second for two seconds, and five times as many, each a Poisson count
    assert!((15..=75).contains(&jobs["sent"].as_u64().unwrap()), "{report}");
    assert!((140..=270).contains(&etas["sent"].as_u64().unwrap()), "{report}");
    for line in calls.iter().filter(|line| line["call"] != "ReportPosition") {
        let count = |key: &str| line[key].as_u64().unwrap();
        assert_eq!((count("sent"), count("lost")), (count("ok") + count("declined"), 0), "{report}");
        let ms = |key: &str| line[key].as_f64().unwrap();
        assert!(
            0.0 < ms("p50_ms") && ms("p50_ms") <= ms("p99_ms") && ms("p99_ms") <= ms("max_ms"),
            "{report}"
        );
    }
    assert_eq!(jobs["declined"], 0);
    for told in ["CreateJob", "ConfirmJob", "SearchSlots", "ReportPosition"] {
        let engine = |key: &str| call(told)["engine"][key].as_f64().unwrap();
        assert!(0.0 < engine("p50_ms") && engine("p50_ms") <= engine("p99_ms"), "{told}: {report}");
        assert!(engine("p99_ms") <= engine("max_ms") && engine("wait_p99_ms") >= 0.0, "{told}: {report}");
    }
    assert!(etas["engine"].is_null(), "a read says nothing of the engine");
    let decided = report["assigned"].as_u64().unwrap() + report["open"].as_u64().unwrap();
    assert_eq!(Some(decided), jobs["ok"].as_u64());
    assert!(report["assigned"].as_u64().unwrap() * 2 > decided, "{report}");
    assert_eq!(report["positions"], serde_json::json!({"sent": 48, "accepted": 48, "streams_failed": 0}));
    assert!((15..=24).contains(&report["planned"].as_u64().unwrap()), "{report}");
    let server = &report["server"];
    assert!(server["peak_memory_mb"].as_f64().unwrap() > 10.0 && server["cpu_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_limit_that_is_not_kept_and_a_server_elsewhere_end_it_with_a_reason() {
    let data = tempfile::tempdir().unwrap();
    let running = serve::start(&config(data.path())).unwrap();
    let address = running.addr.to_string();
    let here = ["--server", &address, "--beeline", "--p99", "0.001"];
    let output = load(&[&SMALL[..], &here].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("CreateJob: p99") && said.contains("over 0.001 ms"), "{said}");
    running.shutdown();

    for (server, why) in [("10.0.0.1:7070", "loopback only"), (address.as_str(), "no server answers")] {
        let output = load(&[&SMALL[..], &["--server", server]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(why), "{said}");
    }
}
