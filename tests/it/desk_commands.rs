//! Bookings and offers by the command line, as a call centre's people type them.

use crate::offer::asking;
use crate::town::Town;
use serde_json::Value;
use std::process::{Command, Output};

const NEED: [&str; 10] = [
    "--at=9.19,45.47",
    "--kind",
    "repair",
    "--level",
    "standard",
    "--family",
    "boiler",
    "--fault",
    "leak",
    "--inspect-only",
];

fn callout(town: &Town, words: &[&str]) -> Output {
    let server = town.running.as_ref().unwrap().addr.to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_callout"));
    command.args(words).args(["--region", "milan", "--server", &server]).output().unwrap()
}

/// What it says to people.
fn said(town: &Town, words: &[&str]) -> String {
    let output = callout(town, words);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{words:?}: {text}");
    text
}

/// What it says to programs.
fn told(town: &Town, words: &[&str]) -> Value {
    serde_json::from_str(&said(town, &[words, &["--json"]].concat())).unwrap()
}

/// The error of what is refused.
fn refused(town: &Town, words: &[&str]) -> String {
    let output = callout(town, words);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{words:?}: {text}");
    text
}

fn with_need<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &NEED].concat()
}

fn window(slot: &Value) -> String {
    format!("{}/{}", slot["start"].as_str().unwrap(), slot["end"].as_str().unwrap())
}

#[test]
fn a_slot_is_found_kept_promised_and_changed() {
    let town = Town::new();
    let found = told(&town, &with_need(&["job", "slots", "--count", "3", "--length", "120"]));
    let slots = found["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 3, "{found}");
    assert!(slots.iter().any(|s| s["marks"].as_array().unwrap().contains(&"cheapest".into())), "{found}");
    let text = said(&town, &with_need(&["job", "slots", "--prefer", "t3"]));
    for word in ["soonest", "preferred technician", "keep one with `callout job hold`", "h sold"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let (last, other) = (window(&slots[2]), window(&slots[1]));
    let kept = told(&town, &with_need(&["job", "hold", "--id", "b1", "--order", "A-7", "--window", &last]));
    let (job, chosen) = (&kept["job"], &kept["decision"]["chosen"]);
    assert_eq!((&job["state"], &job["promise"]), (&"planned".into(), &Value::Null), "{kept}");
    assert!(job["hold_expires"].is_string() && chosen["technician"].is_string(), "{kept}");
    assert!(said(&town, &["job", "show", "b1"]).contains("held "));
    let told_to = told(&town, &["job", "confirm", "b1", "--name-technician"]);
    assert_eq!(told_to["promise"]["start"], slots[2]["start"], "{told_to}");
    assert_eq!(
        (&told_to["promise"]["technician"], &told_to["state"]),
        (&chosen["technician"], &"promised".into())
    );
    let moved = told(&town, &["job", "reschedule", "b1", "--window", &other]);
    assert_eq!(moved["job"]["promise"]["end"], slots[1]["end"], "{moved}");
    let text = said(&town, &["job", "show", "b1"]);
    assert!(text.contains("promised Mon 23 Nov") && text.contains("was named"), "{text}");
    // what cannot be is refused, and everything stays as it was
    let night = "2026-11-23T22:00:00Z/2026-11-23T23:00:00Z";
    for words in
        [with_need(&["job", "hold", "--window", night]), vec!["job", "reschedule", "b1", "--window", night]]
    {
        let why = refused(&town, &words);
        assert!(why.contains("NOBODY_FITS"), "{why}");
    }
    assert_eq!(told(&town, &["job", "show", "b1"])["promise"], moved["job"]["promise"]);
    let nobody = callout(
        &town,
        &with_need(&["job", "slots", "--from", "2026-11-23T20:00:00Z", "--until", "2026-11-24T03:00:00Z"]),
    );
    assert_eq!(nobody.status.code(), Some(1), "nobody works then");
    let help = callout(&town, &["job", "--help"]);
    assert!(String::from_utf8(help.stdout).unwrap().contains("callout job hold --region la-serena"));
}

#[test]
fn an_offer_is_listed_declined_and_taken() {
    let town = asking();
    assert_eq!(said(&town, &["offer", "list"]).trim(), "nobody is asked");
    let access = "2026-11-23T09:00:00Z/2026-11-23T15:00:00Z";
    let created = told(&town, &with_need(&["job", "create", "--id", "o1", "--access", access]));
    let first = created["decision"]["chosen"]["technician"].clone();
    let open = told(&town, &["offer", "list", "--job", "o1"]);
    assert_eq!((&open[0]["state"], &open[0]["technician"]), (&"open".into(), &first), "{open}");
    let over = told(&town, &["offer", "decline", "o1", "--reason", "too far"]);
    assert_eq!((&over["state"], &over["reason"]), (&"declined".into(), &"too far".into()), "{over}");
    let text = said(&town, &["offer", "accept", "o1"]);
    assert!(text.contains("accepted") && text.contains("o1"), "{text}");
    assert!(refused(&town, &["offer", "accept", "o1"]).contains("o1 is not on offer"));
    let all = told(&town, &["offer", "list", "--all"]);
    let states: Vec<&Value> = all.as_array().unwrap().iter().map(|o| &o["state"]).collect();
    assert_eq!(states, ["declined", "accepted"], "{all}");
    let own = told(&town, &["offer", "list", "--all", "--technician", first.as_str().unwrap()]);
    assert_eq!(own.as_array().unwrap().len(), 1, "{own}");
}
