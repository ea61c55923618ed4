//! Imports point one way: the table of who may name whom, held against the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may name, itself aside. ARCHITECTURE.md gives the reasons.
const MAY_NAME: [(&str, &[&str]); 17] = [
    ("units", &[]),
    ("geo", &["units"]),
    ("travel", &["geo", "units"]),
    ("board", &["geo", "units"]),
    ("solve", &["units"]),
    ("instance", &["geo", "travel", "solve", "units"]),
    ("judge", &["instance", "units"]),
    ("coverage", &["board", "travel", "geo", "units"]),
    ("plan", &["coverage", "board", "solve", "travel", "geo", "units"]),
    ("journal", &["board", "units"]),
    ("wire", &["plan", "coverage", "board", "travel", "geo", "units"]),
    ("city", &["plan", "travel", "geo", "units"]),
    ("sim", &["city", "solve", "plan", "coverage", "board", "travel", "geo", "units"]),
    ("serve", &["sim", "wire", "journal", "plan", "coverage", "board", "travel", "geo", "units"]),
    ("demo", &["serve", "wire", "city", "travel", "geo", "units"]),
    ("load", &["demo", "wire", "city", "geo"]),
    (
        "cli",
        &[
            "load", "city", "sim", "demo", "serve", "wire", "journal", "judge", "instance", "solve", "plan",
            "coverage", "board", "travel", "geo", "units",
        ],
    ),
];

fn sources(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a source names through `crate::`.
fn named(text: &str) -> Vec<&str> {
    let after = text.split("crate::").skip(1);
    after.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()).collect()
}

#[test]
fn no_room_names_one_it_may_not() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in &files {
        let path = file.strip_prefix(&src).unwrap();
        let room = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("room {room:?} is not in the table"));
            continue;
        };
        let text = fs::read_to_string(file).unwrap();
        for other in named(&text).into_iter().filter(|o| MAY_NAME.iter().any(|(name, _)| name == o)) {
            checked += 1;
            if other != room && !may.contains(&other) {
                wrong.push(format!("{} names {other}", path.display()));
            }
        }
    }
    assert!(checked > 50, "only {checked} imports seen: the test looks in the wrong place");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn generated_types_stay_in_the_rooms_that_speak_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let speaks =
        |p: &Path| ["wire", "serve", "demo", "load", "cli"].iter().any(|room| p.starts_with(src.join(room)));
    for file in files.iter().filter(|f| !speaks(f)) {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("v1::"), "{} names a generated type", file.display());
    }
}
