//! The three clocks of a job through the real API: they run, warn, stand still, are met and breached.

use crate::town::{REGION, Town, at, create_job, entry, lasting};
use callout::wire::v1::booking_service_client::BookingServiceClient;
use callout::wire::v1::catalog_entry::Entry;
use callout::wire::v1::*;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

fn booking(town: &Town) -> BookingServiceClient<Channel> {
    BookingServiceClient::new(town.clients.channel.clone())
}

fn set_clock(town: &Town, seconds: i64) {
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(seconds) })).unwrap();
}

fn job(town: &Town, name: &str) -> Job {
    let c = &town.clients;
    c.rt.block_on(c.jobs().get_job(GetJobRequest { name: name.into() })).unwrap().into_inner()
}

fn clock(job: &Job, kind: ClockKind) -> JobClock {
    job.clocks.iter().find(|c| c.kind() == kind).unwrap().clone()
}

fn pause(town: &Town, name: &str, kind: ClockKind) -> Result<Job, Status> {
    let (name, reason) = (name.to_owned(), "the customer is away".to_owned());
    let ask = PauseClockRequest { name, clock: kind.into(), reason, ..Default::default() };
    town.clients.rt.block_on(booking(town).pause_clock(ask)).map(tonic::Response::into_inner)
}

fn resume(town: &Town, name: &str, kind: ClockKind) -> Result<Job, Status> {
    let ask = ResumeClockRequest { name: name.into(), clock: kind.into(), ..Default::default() };
    town.clients.rt.block_on(booking(town).resume_clock(ask)).map(tonic::Response::into_inner)
}

fn solve(town: &Town, name: &str, closes: bool) -> Result<Job, Status> {
    let text = "the filter was clogged".to_owned();
    let ask = FileSolutionRequest { name: name.into(), text, closes, ..Default::default() };
    town.clients.rt.block_on(booking(town).file_solution(ask)).map(tonic::Response::into_inner)
}

fn raised(town: &Town, breaches_only: bool) -> Vec<(ClockKind, bool, i64)> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let ask = ListEscalationsRequest { parent: REGION.into(), breaches_only, page_size: 1, page_token };
        let page = town.clients.rt.block_on(booking(town).list_escalations(ask)).unwrap().into_inner();
        let told =
            |e: &Escalation| (e.clock(), e.breach, e.raise_time.as_ref().unwrap().seconds - crate::town::NOW);
        all.extend(page.escalations.iter().map(told));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

fn forecasts(town: &Town) -> Vec<ClockForecast> {
    let ask = ListClockForecastsRequest { parent: REGION.into(), ..Default::default() };
    town.clients.rt.block_on(booking(town).list_clock_forecasts(ask)).unwrap().into_inner().forecasts
}

#[test]
fn clocks_warn_at_four_fifths_and_break_at_the_end() {
    let mut town = Town::new();
    let name = town.clients.create(create_job("a")).unwrap().job.unwrap().name;
    set_clock(&town, 143);
    assert_eq!(raised(&town, false), []);
    set_clock(&town, 144);
    assert_eq!(raised(&town, false), [(ClockKind::Confirmed, false, 144)]);
    town.restart();
    set_clock(&town, 200);
    let confirmed = (ClockKind::Confirmed, true, 180);
    assert_eq!(raised(&town, false), [(ClockKind::Confirmed, false, 144), confirmed]);
    assert_eq!(raised(&town, true), [confirmed]);
    let now = job(&town, &name);
    assert_eq!(clock(&now, ClockKind::Confirmed).state(), ClockState::Breached);
    assert_eq!(now.escalations.len(), 2);
    // told late is told: the breach stays
    let ask = ConfirmJobRequest { name: name.clone(), ..Default::default() };
    let told = town.clients.rt.block_on(booking(&town).confirm_job(ask)).unwrap().into_inner();
    let late = clock(&told, ClockKind::Confirmed);
    assert_eq!((late.state(), late.met_time), (ClockState::Breached, at(200)));
    set_clock(&town, 3 * 3600);
    assert_eq!(raised(&town, true), [confirmed, (ClockKind::Solution, true, 3 * 3600)]);
    let status = pause(&town, &name, ClockKind::Solution).unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(status.get_details_error_info().unwrap().reason, "WRONG_CLOCK_STATE");
}

#[test]
fn a_clock_that_stands_still_does_not_count() {
    let town = Town::new();
    let name = town.clients.create(create_job("a")).unwrap().job.unwrap().name;
    set_clock(&town, 100);
    let paused = clock(&pause(&town, &name, ClockKind::Confirmed).unwrap(), ClockKind::Confirmed);
    assert_eq!((paused.state(), paused.pause_time), (ClockState::Paused, at(100)));
    assert_eq!(paused.pause_reason, "the customer is away");
    set_clock(&town, 1000);
    assert_eq!(raised(&town, false), []);
    let running = clock(&resume(&town, &name, ClockKind::Confirmed).unwrap(), ClockKind::Confirmed);
    assert_eq!((running.state(), running.due_time), (ClockState::Running, at(180 + 900)));
    set_clock(&town, 1079);
    assert_eq!(raised(&town, false), [(ClockKind::Confirmed, false, 144 + 900)]);
    set_clock(&town, 1080);
    assert_eq!(raised(&town, true), [(ClockKind::Confirmed, true, 1080)]);
    let unset = PauseClockRequest { name, ..Default::default() };
    let wrong = town.clients.rt.block_on(booking(&town).pause_clock(unset)).unwrap_err();
    let fields: Vec<String> =
        wrong.get_details_bad_request().unwrap().field_violations.into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["clock", "reason"]);
}

#[test]
fn a_remote_job_is_done_with_its_solution() {
    let town = Town::new();
    let mut ask = create_job("far");
    ask.job.as_mut().unwrap().need.as_mut().unwrap().kind = JobKind::Remote.into();
    let far = town.clients.create(ask).unwrap().job.unwrap();
    assert_eq!(
        far.clocks.iter().map(JobClock::kind).collect::<Vec<_>>(),
        [ClockKind::Solution, ClockKind::Closed]
    );
    let near = town.clients.create(create_job("near")).unwrap().job.unwrap();
    set_clock(&town, 60);
    let done = solve(&town, &far.name, true).unwrap();
    assert_eq!(done.state(), JobState::Done);
    assert_eq!(done.solution.as_ref().unwrap().text, "the filter was clogged");
    assert!(done.clocks.iter().all(|c| c.state() == ClockState::Met && c.met_time == at(60)), "{done:?}");
    let refused = solve(&town, &near.name, true).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let filed = solve(&town, &near.name, false).unwrap();
    assert_eq!(clock(&filed, ClockKind::Solution).state(), ClockState::Met);
    assert_eq!(clock(&filed, ClockKind::Closed).state(), ClockState::Running);
    set_clock(&town, 4 * 3600);
    assert!(raised(&town, true).iter().all(|(clock, ..)| *clock == ClockKind::Confirmed));
}

#[test]
fn a_level_sets_its_clocks_and_the_plan_foretells_their_breach() {
    let town = Town::new();
    let level = ServiceLevel {
        confirm_target: lasting(0),
        solution_target: lasting(60),
        close_target: lasting(60),
        warning_share: 0.5,
        ..Default::default()
    };
    let entries = vec![entry("serviceLevels", "hour", Entry::ServiceLevel(level))];
    let import = ImportCatalogRequest { parent: REGION.into(), entries, ..Default::default() };
    town.clients.rt.block_on(town.clients.catalog().import_catalog(import)).unwrap();
    let create = |id: &str, minutes: i64| {
        let mut ask = create_job(id);
        let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
        need.service_level = format!("{REGION}/serviceLevels/hour");
        need.service_duration = lasting(minutes);
        town.clients.create(ask).unwrap().job.unwrap()
    };
    let (short, long) = (create("short", 5), create("long", 90));
    assert_eq!(long.clocks.len(), 2, "{:?}", long.clocks);
    let told = forecasts(&town);
    let of = |name: &str| {
        told.iter().filter(|f| f.job == name).map(|f| (f.clock(), f.certain)).collect::<Vec<_>>()
    };
    assert_eq!(of(&long.name), [(ClockKind::Solution, false), (ClockKind::Closed, true)], "{told:?}");
    assert_eq!(of(&short.name), [], "{told:?}");
    assert!(told[0].expect_time.as_ref().unwrap().seconds > told[0].due_time.as_ref().unwrap().seconds);
    set_clock(&town, 1800);
    assert_eq!(raised(&town, false).len(), 4, "two jobs, two clocks, half of the hour");
    assert_eq!(raised(&town, true), []);
}
