//! Runs of scenarios through the contract: progress, one report, reconnects, stops, bounds, and errors that name
//! the key in the scenario's text.

use crate::town::*;
use crate::watch::reason;
use callout::sim::policy::named;
use callout::sim::report::compare;
use callout::sim::scenario::Scenario;
use callout::sim::world::Place;
use callout::wire::v1::run_scenario_request::Scenario as Source;
use callout::wire::v1::*;
use std::time::Duration;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

const TEXT: &str =
    "name = \"tiny\"\nabout = \"A tiny day.\"\n[fleet]\ntechnicians = 6\n[demand]\njobs = 20\n";

fn ask(text: &str, request_id: &str, seeds: &[u64]) -> RunScenarioRequest {
    RunScenarioRequest {
        scenario: Some(Source::Text(text.into())),
        policies: vec!["nearest-idle".into(), "cheapest".into()],
        seeds: seeds.to_vec(),
        request_id: request_id.into(),
    }
}

fn run(c: &Clients, ask: RunScenarioRequest) -> Result<Streaming<Run>, Status> {
    c.rt.block_on(c.planning().run_scenario(ask)).map(tonic::Response::into_inner)
}

fn next(c: &Clients, stream: &mut Streaming<Run>) -> Option<Run> {
    let waits = async { tokio::time::timeout(Duration::from_secs(120), stream.message()).await };
    c.rt.block_on(waits).expect("it gets on within two minutes").unwrap()
}

fn last(c: &Clients, stream: &mut Streaming<Run>) -> Run {
    let mut told: Option<Run> = None;
    while let Some(run) = next(c, stream) {
        assert!(told.as_ref().is_none_or(|t| t.days_done <= run.days_done && t.name == run.name));
        told = Some(run);
    }
    told.expect("a stream tells at least where a run stands")
}

fn get(c: &Clients, name: &str) -> Result<Run, Status> {
    let ask = GetRunRequest { name: name.into() };
    c.rt.block_on(c.planning().get_run(ask)).map(tonic::Response::into_inner)
}

#[test]
fn a_run_goes_on_without_its_client_and_tells_what_the_command_line_would() {
    let town = Town::empty();
    let c = &town.clients;
    let mut stream = run(c, ask(TEXT, "once", &[1, 2])).unwrap();
    let first = next(c, &mut stream).unwrap();
    assert_eq!((first.days_total, first.report.is_some()), (4, false));
    drop(stream);
    // the same request comes back to the same run, and so does its name
    let mut again = run(c, ask(TEXT, "once", &[1, 2])).unwrap();
    let over = last(c, &mut again);
    assert_eq!((over.name.as_str(), over.state()), (first.name.as_str(), RunState::Succeeded));
    assert_eq!(over.days_done, 4);
    let watch = WatchRunRequest { name: first.name.clone() };
    let mut watched = c.rt.block_on(c.planning().watch_run(watch)).unwrap().into_inner();
    assert_eq!(last(c, &mut watched), over);
    assert_eq!(get(c, &first.name).unwrap(), over);
    let listed = c.rt.block_on(c.planning().list_runs(ListRunsRequest::default())).unwrap().into_inner().runs;
    assert_eq!(listed, [Run { report: None, ..over.clone() }]);

    let scenario = Scenario::of(TEXT).unwrap();
    let policies = ["nearest-idle", "cheapest"].map(|p| named(p).unwrap());
    let local = compare(&scenario, &Place::open(&scenario).unwrap(), &policies, &[1, 2], &|_| ());
    let report = over.report.unwrap();
    assert_eq!(report.figures.len(), local.rows.len());
    for (told, row) in report.figures.iter().zip(&local.rows) {
        assert_eq!(told.figure, row.figure);
        for (p, policy) in told.policies.iter().enumerate() {
            assert_eq!(policy.mean, row.means[p]);
            assert_eq!(policy.difference.map(|d| d.half_width), row.differences[p].map(|d| d.half));
            assert_eq!(policy.days.iter().map(|d| d.value).collect::<Vec<_>>(), row.days[p]);
        }
    }
    let other = run(c, ask(TEXT, "once", &[3])).unwrap_err();
    assert_eq!(reason(&other).1, "REQUEST_ID_REUSED");
}

#[test]
fn runs_are_stopped_bounded_and_do_not_hold_up_the_service() {
    let town = Town::new();
    let c = &town.clients;
    let long = TEXT.replace("jobs = 20", "jobs = 2000").replace("technicians = 6", "technicians = 200");
    let mut streams: Vec<_> = (0..8).map(|_| run(c, ask(&long, "", &[1, 2])).unwrap()).collect();
    let (code, why, _) = reason(&run(c, ask(&long, "", &[1])).unwrap_err());
    assert_eq!((code, why.as_str()), (Code::ResourceExhausted, "QUEUE_FULL"));
    c.create(create_job("meanwhile")).unwrap();
    let names: Vec<String> = streams.iter_mut().map(|s| next(c, s).unwrap().name).collect();
    for name in &names {
        let ask = CancelRunRequest { name: name.clone() };
        let run = c.rt.block_on(c.planning().cancel_run(ask)).unwrap().into_inner();
        assert_eq!(run.state(), RunState::Cancelled);
    }
    for mut stream in streams {
        assert_eq!(last(c, &mut stream).state(), RunState::Cancelled);
    }
    let mut page = ListRunsRequest { page_size: 3, ..Default::default() };
    let mut seen = Vec::new();
    loop {
        let told = c.rt.block_on(c.planning().list_runs(page.clone())).unwrap().into_inner();
        seen.extend(told.runs.into_iter().map(|r| r.name));
        page.page_token = told.next_page_token;
        if page.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, names);
    assert_eq!(reason(&get(c, "runs/r99999999").unwrap_err()).1, "RUN_NOT_FOUND");
}

#[test]
fn what_is_wrong_is_told_by_field_and_by_key() {
    let town = Town::empty();
    let c = &town.clients;
    let fields = |ask: RunScenarioRequest| {
        let status = run(c, ask).unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        let told = status.get_error_details().bad_request().unwrap().field_violations.clone();
        told.into_iter().map(|v| (v.field, v.description)).collect::<Vec<_>>()
    };
    let wrong = fields(ask("name = \"a\"\n[demand]\njobs = -3\n", "", &[1]));
    assert!(wrong[0].0 == "text" && wrong[0].1.starts_with("line 3, column 8: "), "{wrong:?}");
    let wrong = fields(ask("name = \"a\"\n[fleet]\nhours = 40.0\n[demand]\nbooked = 2.0\n", "", &[1]));
    let keys: Vec<&str> = wrong.iter().map(|w| w.0.as_str()).collect();
    assert_eq!(keys, ["text.fleet.hours", "text.demand.booked", "text.demand.booked"]);
    assert!(wrong[0].1.starts_with("line 3, column 1: "), "{wrong:?}");
    let big = fields(ask("name = \"a\"\n[fleet]\ntechnicians = 6000\n", "", &[1]));
    assert_eq!(big[0].0, "text.fleet.technicians");
    let storms = "[[event]]\nkind = \"storm\"\nat = 12.0\ncalls = 9000\n".repeat(3);
    let more = fields(ask(&format!("{TEXT}{storms}"), "", &[1]));
    assert_eq!(more[0].0, "text.demand.jobs", "events count too: {more:?}");
    let mut odd = ask(TEXT, "", &[1, 1]);
    odd.policies = vec!["best".into()];
    odd.scenario = Some(Source::Ready("nowhere".into()));
    let keys: Vec<String> = fields(odd).into_iter().map(|w| w.0).collect();
    assert_eq!(keys, ["policies[0]", "seeds[1]", "ready"]);
    let roads = fields(ask(&format!("{TEXT}[city]\nroads = \"../x.roads\"\n"), "", &[1]));
    assert_eq!(roads[0].0, "text.city.roads");
    let known = c.rt.block_on(c.planning().list_scenarios(ListScenariosRequest {})).unwrap().into_inner();
    for ready in &known.scenarios {
        assert_eq!(Scenario::of(&ready.text).unwrap().name, ready.ready);
        assert!(!ready.about.is_empty());
    }
    assert!(known.policies.iter().any(|p| p.policy == "full"));
}
