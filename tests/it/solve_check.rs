//! `callout check` finds every kind of violation, with its size, and nothing in a plan that holds.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary on files written into a fresh folder: the first two arguments after the command.
pub fn callout(command: &str, files: &[(&str, &str)], flags: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = Command::new(env!("CARGO_BIN_EXE_callout"));
    run.arg(command);
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        run.arg(path);
    }
    run.args(flags).output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Holds the judge to `expected` (violation lines, in any order) for a plan.
fn judged(name: &str, file: &str, plan: &str, expected: &[&str]) {
    let output = callout("check", &[(name, file), ("plan", plan)], &[]);
    let text = said(&output);
    let mut found: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    let mut wanted = expected.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{plan}\n{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(i32::from(!expected.is_empty())), "{plan}");
}

fn solomon(depot_due: i32) -> String {
    format!(
        "small\n\nVEHICLE\nNUMBER CAPACITY\n 2 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND READY DUE SERVICE\n\n\
         0 0 0 0 0 {depot_due} 0\n1 10 0 4 0 50 5\n2 20 0 4 0 60 5\n3 0 10 5 10 30 5\n"
    )
}

#[test]
fn solomon_violations_are_found() {
    let file = solomon(200);
    let is = |plan, expected: &[&str]| judged("a.txt", &file, plan, expected);
    is("Route #1: 1 2\nRoute #2: 3\n", &[]);
    is("Route #1: 1 2 3\n", &["route 1: job 3 late by 22.3", "route 1: over capacity by 3"]);
    is("Route #1: 1 2\n", &["job 3: not served"]);
    is("Route #1: 1 2\nRoute #2: 3 1\n", &["job 1: served 2 times"]);
    is("Route #1: 1 2\nRoute #2: 3 9\n", &["route 2: no job 9 in the file"]);
    is("Route #1: 1\nRoute #2: 3\nRoute #3: 2\n", &["1 more vehicles than the file has"]);
    is("Route #1: 1 2\nRoute #1: 3\n", &["route 1: written 2 times"]);
    judged("a.txt", &solomon(45), "Route #1: 1 2\nRoute #2: 3\n", &["route 1: back late by 5"]);
}

#[test]
fn cost_follows_the_objective_and_the_convention() {
    let file = solomon(200);
    let cost = |flags: &[&str]| {
        let output = callout("check", &[("a.txt", &file), ("p", "Route #1: 1 2\nRoute #2: 3\n")], flags);
        said(&output).lines().find(|l| l.starts_with("# cost")).map(str::to_owned)
    };
    assert_eq!(cost(&[]).as_deref(), Some("# cost 60"));
    // 20 + 20 on the way and 10 of service; the other leaves at 0 at the earliest, waits for nobody
    assert_eq!(cost(&["--objective", "working-time"]).as_deref(), Some("# cost 75"));
    assert_eq!(cost(&["--objective", "vehicles", "--convention", "float"]).as_deref(), Some("# cost 60"));
}

const SDVRPTW: &str = "NAME: small\nTYPE: SDVRPTW\nDIMENSION: 4\nVEHICLES: 2\nVEHICLES_MAX_DURATION: 60\n\
    NODE_COORD_SECTION\n1 0 0\n2 10 0\n3 20 0\n4 0 10\n\
    DEMAND_SECTION\n1 0\n2 4\n3 4\n4 5\nSERVICE_TIME_SECTION\n1 0\n2 5\n3 5\n4 5\n\
    TIME_WINDOW_SECTION\n1 0 200\n2 0 50\n3 0 60\n4 10 30\n\
    CAPACITY_SECTION\n1 10\n2 6\nVEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 3\n2 2 4\nEOF\n";

#[test]
fn sdvrptw_violations_are_found() {
    let is = |plan, expected: &[&str]| judged("a.vrp", SDVRPTW, plan, expected);
    is("Route #1: 1 2\nRoute #2: 3\n", &[]);
    is("Route #1: 1 2\nRoute #2:\n", &["job 3: not served"]);
    is("Route #1: 2\nRoute #2: 1 3\n", &["route 2: over capacity by 3"]);
    is(
        "Route #1: 3 1 2\nRoute #2:\n",
        &["route 1: not allowed to serve job 3", "route 1: over capacity by 3", "route 1: too long by 9.142"],
    );
    is(
        "Route #1: 1 2\nRoute #7: 3\n",
        &["route 7: no such vehicle or technician", "route 7: over capacity by 5"],
    );
}

const TRSP: &str = "small\n\nINFO\nCREW COUNT SKILLS TOOLS SPARE PARTS\n2 3 2 2\n\nDEPOT TECHNICIANS AND REQUESTS\n\
    ID X Y TWS TWE Serv SKILLS TOOLS SPARE PARTS\n0 0 10 0 200 0 [] [] []\n1 0 0 0 100 0 [0,1] [0] [1,0]\n\
    2 40 0 0 100 0 [2] [] [0,0]\n3 10 0 0 50 5 [0] [0] [1,0]\n4 20 0 0 60 5 [1] [0] [0,0]\n5 30 0 20 40 5 [2] [] [0,0]\n";

#[test]
fn trsp_violations_are_found() {
    let is = |plan, expected: &[&str]| judged("a.txt", TRSP, plan, expected);
    is("Tech 1: 3 4\nTech 2: 5\n", &[]);
    is("Tech 1: D 3 4\nTech 2: 5\n", &[]);
    is(
        "Tech 1: 3\nTech 2: 5 4\n",
        &["route 2: job 4 needs tools [0]", "route 2: not allowed to serve job 4, which needs skills [1]"],
    );
    is(
        "Tech 1: D 3 D 4\nTech 2: 5\n",
        &["route 1: 2 depot visits, one is allowed", "route 1: job 4 late by 5.645"],
    );
    let late = TRSP.replace("4 20 0 0 60 5", "4 20 0 0 20 5");
    judged("a.txt", &late, "Tech 1: 3 4\nTech 2: 5\n", &["route 1: job 4 late by 5"]);
    let short = TRSP.replace("[0] [1,0]\n4", "[0] [3,0]\n4");
    judged("a.txt", &short, "Tech 1: 3 4\nTech 2: 5\n", &["route 1: short of part 0 by 2"]);
    let early = TRSP.replace("1 0 0 0 100 0", "1 0 0 0 40 0");
    judged("a.txt", &early, "Tech 1: 3 4\nTech 2: 5\n", &["route 1: back late by 10"]);
}

const TECH: &str = r#"{"speed_kmh": 36, "detour": 1, "parts": 1,
    "techs": [{"id": 7, "xy": [0, 0], "skills": [1], "shift": [0, 1000], "stock": [1]}],
    "jobs": [{"id": 3, "xy": [1, 0], "skills": [1], "tw": [0, 200], "service": 50, "parts": [1]},
             {"id": 4, "xy": [2, 0], "skills": [1, 2], "tw": [0, 220], "service": 700, "parts": [1]}]}"#;

#[test]
fn tech_violations_are_found() {
    judged("a.json", TECH, "Tech 7: 3\n", &[]);
    judged("a.json", TECH, "", &[]);
    judged(
        "a.json",
        TECH,
        "Tech 7: 3 4\n",
        &[
            "route 7: not allowed to serve job 4, which needs skills [2]",
            "route 7: job 4 late by 30",
            "route 7: back late by 150",
            "route 7: short of part 0 by 1",
        ],
    );
}

fn vroom(vehicle: &str, first: &str) -> String {
    format!(
        r#"{{"vehicles": [{{"id": 1, "start_index": 0, "end_index": 0, "capacity": [5], "time_window": [0, 1000],
            "breaks": [{{"id": 9, "service": 60, "time_windows": [[200, 300]]}}] {vehicle} }}],
          "jobs": [{{"id": 11, "location_index": 1, "service": 100, "delivery": [3] {first} }},
                   {{"id": 12, "location_index": 2, "service": 100, "delivery": [1], "time_windows": [[0, 500]]}}],
          "matrices": {{"car": {{"durations": [[0, 100, 200], [100, 0, 100], [200, 100, 0]],
                                "distances": [[0, 1000, 2000], [1000, 0, 1000], [2000, 1000, 0]]}}}}}}"#
    )
}

#[test]
fn vroom_violations_are_found() {
    let is =
        |vehicle, first, plan, expected: &[&str]| judged("v.json", &vroom(vehicle, first), plan, expected);
    let both = "Tech 1: 11 12\n";
    is("", "", both, &[]);
    is("", "", "", &[]);
    is("", r#", "skills": [4]"#, both, &["route 1: not allowed to serve job 11, which needs skills [4]"]);
    is("", r#", "pickup": [4]"#, both, &[]);
    is("", r#", "pickup": [6]"#, both, &["route 1: over capacity by 2"]);
    is("", r#", "time_windows": [[0, 90]]"#, both, &["route 1: job 11 late by 10"]);
    is("", r#", "setup": 700"#, both, &["route 1: back late by 460", "route 1: job 12 late by 660"]);
    is(r#", "max_tasks": 1"#, "", both, &["route 1: 1 jobs more than it may have"]);
    is(r#", "max_travel_time": 390"#, "", both, &["route 1: over its longest travel time by 10"]);
    is(r#", "max_distance": 3000"#, "", both, &["route 1: over its longest distance by 1000"]);
    is("", "", "Tech 1: 11 12 11\n", &["job 11: served 2 times", "route 1: over capacity by 2"]);
    is("", "", "Tech 2: 11\n", &["route 2: no such vehicle or technician"]);
    is("", "", "Tech 1: 13\n", &["route 1: no job 13 in the file"]);
}

#[test]
fn vroom_output_is_judged_with_what_it_claims() {
    let file = vroom("", "");
    let plan = |steps: &str, cost: i64| {
        format!(
            r#"{{"code": 0, "summary": {{"cost": {cost}}}, "routes": [{{"vehicle": 1, "steps": [{steps}]}}]}}"#
        )
    };
    let job = |id: i64, at: i64| format!(r#"{{"type": "job", "id": {id}, "arrival": {at}}}"#);
    let pause = r#"{"type": "break", "id": 9}"#;
    let is = |steps: String, cost, expected: &[&str]| judged("v.json", &file, &plan(&steps, cost), expected);
    is(format!("{},{pause},{}", job(11, 100), job(12, 360)), 400, &[]);
    is(format!("{},{}", job(11, 100), job(12, 300)), 400, &["route 1: break 9 taken 0 times, not once"]);
    is(format!("{},{},{pause}", job(11, 100), job(12, 300)), 400, &["route 1: break 9 late by 100"]);
    is(
        format!("{},{pause},{}", job(11, 100), job(12, 300)),
        400,
        &["route 1: job 12 is said to be reached 60 earlier than it can be"],
    );
    is(
        format!("{},{pause},{}", job(11, 100), job(12, 360)),
        200,
        &["the plan is said to cost 200 less than it does"],
    );
    let loaded = file.replace(r#""id": 9,"#, r#""id": 9, "max_load": [0],"#);
    let steps = format!("{},{pause},{}", job(11, 100), job(12, 360));
    judged("v.json", &loaded, &plan(&steps, 400), &["route 1: break 9 with 1 too much on board"]);
}

#[test]
fn published_plans_hold_and_cost_what_is_published() {
    let data = std::env::var("CALLOUT_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned());
    let folder = Path::new(&data).join("sdvrptw");
    if !folder.exists() {
        eprintln!("left out: {} is not there", folder.display());
        return;
    }
    let best = std::fs::read_to_string(folder.join("BKS.csv")).expect("BKS.csv");
    for line in best.lines().skip(1) {
        let mut fields = line.split(',');
        let (name, cost) = (fields.next().unwrap(), fields.next().unwrap());
        let mut run = Command::new(env!("CARGO_BIN_EXE_callout"));
        let (file, plan) = (folder.join(format!("{name}.vrp")), folder.join(format!("{name}.sol")));
        let output = run.arg("check").arg(file).arg(plan).output().expect("the binary runs");
        assert!(output.status.success(), "{name}: {}", said(&output));
        assert!(said(&output).contains(&format!("# cost {cost}\n")), "{name}: {}", said(&output));
    }
}
