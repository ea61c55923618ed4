//! `callout replay` on a journal that a server wrote: the same decisions, and a job's as they were stored.

use crate::town::{NOW, Town, create_job, place};
use callout::wire::v1::{CancelJobRequest, SetClockRequest};
use std::process::Command;

#[test]
fn a_journal_is_decided_again_alike() {
    let mut town = Town::new();
    for n in 0..20 {
        let mut ask = create_job(&format!("j{n}"));
        let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
        need.place = Some(place(9.10 + f64::from(n) * 0.01, 45.46));
        town.clients.create(ask).unwrap();
        let c = &town.clients;
        let now = Some(prost_types::Timestamp { seconds: NOW + i64::from(n) * 300, nanos: 0 });
        c.rt.block_on(c.clock().set_clock(SetClockRequest { now })).unwrap();
        if n % 5 == 0 {
            let name = format!("{}/jobs/j{n}", crate::town::REGION);
            c.rt.block_on(c.jobs().cancel_job(CancelJobRequest { name, ..Default::default() })).unwrap();
        }
    }
    town.running.take().unwrap().shutdown();
    let replay = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
        command.args(["replay", "milan", "--json", "--data"]).arg(town.data.path()).args(more);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let text = String::from_utf8(out.stdout).unwrap();
        text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()).collect::<Vec<_>>()
    };
    let told = replay(&["--job", "j3"]);
    assert_eq!(told[0]["outcome"], "Assigned", "{told:?}");
    let summary = told.last().unwrap();
    assert_eq!((&summary["same"], &summary["differ"]), (&20.into(), &serde_json::json!([])), "{summary}");
    let nowhere = Command::new(env!("CARGO_BIN_EXE_callout"))
        .args(["replay", "rome", "--data"])
        .arg(town.data.path())
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
}
