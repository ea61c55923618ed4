//! The day as technicians report it, through the real API on a controlled clock.

use crate::town::{NOW, REGION, Town, at, create_job, lasting, place, window};
use callout::wire::v1::progress_service_client::ProgressServiceClient;
use callout::wire::v1::report_progress_request::Report;
use callout::wire::v1::*;
use tonic::{Code, Status};

fn say(town: &Town, technician: &str, report: Report) -> Result<ReportProgressResponse, Status> {
    let c = &town.clients;
    let ask = ReportProgressRequest {
        technician: format!("{REGION}/technicians/{technician}"),
        report: Some(report),
        ..Default::default()
    };
    let mut client = ProgressServiceClient::new(c.channel.clone());
    c.rt.block_on(client.report_progress(ask)).map(tonic::Response::into_inner)
}

fn set_clock(town: &Town, seconds: i64) {
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(seconds) })).unwrap();
}

fn job(town: &Town, name: &str) -> Job {
    let c = &town.clients;
    c.rt.block_on(c.jobs().get_job(GetJobRequest { name: name.into() })).unwrap().into_inner()
}

fn create_at(id: &str, place: Place) -> CreateJobRequest {
    let mut ask = create_job(id);
    ask.job.as_mut().unwrap().need.as_mut().unwrap().place = Some(place);
    ask
}

/// A job that only `t1` may do: the others are excluded.
fn for_t1(town: &Town, id: &str, east: f64) -> CreateJobResponse {
    let mut ask = create_at(id, place(9.19 + east, 45.46));
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.excluded_technicians = vec![format!("{REGION}/technicians/t2"), format!("{REGION}/technicians/t3")];
    need.service_duration = lasting(30);
    town.clients.create(ask).unwrap()
}

fn visit_of(job: &Job) -> String {
    assert!(!job.visit.is_empty(), "{job:?}");
    job.visit.clone()
}

#[test]
fn a_day_is_followed_from_departure_to_the_end() {
    let town = Town::new();
    let first = for_t1(&town, "a", 0.02).job.unwrap();
    let second = for_t1(&town, "b", 0.04).job.unwrap();
    let visit = visit_of(&first);
    set_clock(&town, 3600);
    say(&town, "t1", Report::ShiftStarted(ShiftStarted {})).unwrap();
    let said = say(&town, "t1", Report::Departed(Departed { visit: visit.clone() })).unwrap();
    assert!(said.jobs.iter().any(|j| j.name == first.name && j.state() == JobState::EnRoute), "{said:?}");
    set_clock(&town, 3600 + 900);
    say(&town, "t1", Report::Arrived(Arrived { visit: visit.clone() })).unwrap();
    assert_eq!(job(&town, &first.name).state(), JobState::OnSite);
    let planned = |town: &Town| {
        let ask = GetVisitRequest { name: job(town, &second.name).visit };
        let visit = town.clients.rt.block_on(town.clients.jobs().get_visit(ask)).unwrap().into_inner();
        visit.start_time.unwrap().seconds - NOW
    };
    let before = planned(&town);
    // the work takes an hour longer than thought: what follows moves
    let remaining = Some(prost_types::Duration { seconds: 5400, nanos: 0 });
    say(&town, "t1", Report::RemainingTime(RemainingTime { visit: visit.clone(), remaining })).unwrap();
    assert!(planned(&town) >= before + 3000, "{} after {before}", planned(&town));
    set_clock(&town, 3600 + 900 + 600);
    let end = Some(WorkEnd { note: "mended".into(), ..Default::default() });
    let said = say(&town, "t1", Report::Finished(Finished { visit: visit.clone(), end })).unwrap();
    let done = said.jobs.iter().find(|j| j.name == first.name).unwrap();
    assert_eq!(done.state(), JobState::Done);
    let past = &done.past_visits[0];
    assert_eq!((past.finished, past.note.as_str()), (true, "mended"));
    assert_eq!(past.arrive_time.unwrap().seconds, NOW + 4500);
    assert!(planned(&town) < before, "done early: the next one is sooner");
    let again = say(&town, "t1", Report::Arrived(Arrived { visit })).unwrap_err();
    assert_eq!(again.code(), Code::NotFound, "{again:?}");
}

#[test]
fn silence_puts_the_plan_off_and_illness_gives_it_to_others() {
    let town = Town::new();
    let mut ask = create_at("a", place(9.21, 45.46));
    ask.job.as_mut().unwrap().need.as_mut().unwrap().promised_window = Some(window(7200, 10_800));
    let created = town.clients.create(ask).unwrap();
    let first = created.job.unwrap();
    let who = created.visit.unwrap().technician;
    let id = who.rsplit('/').next().unwrap().to_owned();
    set_clock(&town, 3600);
    say(&town, &id, Report::ShiftStarted(ShiftStarted {})).unwrap();
    // nobody says that the technician has left: the planned arrival moves behind the clock
    set_clock(&town, 9000);
    let name = job(&town, &first.name).visit;
    let c = &town.clients;
    let visit = c.rt.block_on(c.jobs().get_visit(GetVisitRequest { name })).unwrap().into_inner();
    assert!(visit.arrive_time.unwrap().seconds > NOW + 9000, "{visit:?}");
    let said = say(&town, &id, Report::Absent(Absent { until: None })).unwrap();
    assert_eq!(said.route, None);
    let now = job(&town, &first.name);
    let name = visit_of(&now);
    let visit = c.rt.block_on(c.jobs().get_visit(GetVisitRequest { name })).unwrap().into_inner();
    assert_ne!(visit.technician, who, "somebody else goes");
}

#[test]
fn overdue_work_goes_on_for_as_long_as_such_work_does_unless_somebody_said() {
    let town = Town::new();
    let visit = visit_of(&for_t1(&town, "a", 0.02).job.unwrap());
    let ends = || {
        let ask = GetVisitRequest { name: visit.clone() };
        let visit = town.clients.rt.block_on(town.clients.jobs().get_visit(ask)).unwrap().into_inner();
        visit.end_time.unwrap().seconds - NOW
    };
    set_clock(&town, 3600);
    say(&town, "t1", Report::Arrived(Arrived { visit: visit.clone() })).unwrap();
    say(&town, "t1", Report::WorkStarted(WorkStarted { visit: visit.clone() })).unwrap();
    assert_eq!(ends(), 3600 + 1800);
    // 46 % of half an hour, time and again
    set_clock(&town, 5400);
    assert_eq!(ends(), 5400 + 828);
    set_clock(&town, 5400 + 828);
    assert_eq!(ends(), 5400 + 2 * 828);
    // who says ten minutes is believed, and is a little late
    let remaining = Some(prost_types::Duration { seconds: 600, nanos: 0 });
    say(&town, "t1", Report::RemainingTime(RemainingTime { visit: visit.clone(), remaining })).unwrap();
    assert_eq!(ends(), 5400 + 828 + 600);
    set_clock(&town, 5400 + 828 + 600);
    assert_eq!(ends(), 5400 + 828 + 600 + 120);
}

#[test]
fn what_cannot_be_done_gets_a_second_visit_with_the_right_part() {
    let mut town = Town::new();
    let first = for_t1(&town, "a", 0.02).job.unwrap();
    let visit = visit_of(&first);
    set_clock(&town, 3600);
    say(&town, "t1", Report::Arrived(Arrived { visit: visit.clone() })).unwrap();
    let why = CannotComplete {
        visit: visit.clone(),
        hindrance: Hindrance::PartMissing.into(),
        end: None,
        needed_parts: vec![PartCount { part: format!("{REGION}/parts/pump"), count: 1 }],
    };
    say(&town, "t1", Report::CannotComplete(why)).unwrap();
    town.restart();
    let now = job(&town, &first.name);
    assert_eq!(now.state(), JobState::Planned, "{now:?}");
    assert_eq!(now.past_visits[0].hindrance, "PART_MISSING");
    assert!(now.visit.ends_with("/visits/2"), "{}", now.visit);
    assert_eq!(now.demand.unwrap().parts.len(), 1);
    let unset = CannotComplete { visit: now.visit.clone(), ..Default::default() };
    let wrong = say(&town, "t1", Report::CannotComplete(unset)).unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
}

#[test]
fn a_lock_is_a_humans_word() {
    let town = Town::new();
    let first = for_t1(&town, "a", 0.02).job.unwrap();
    let c = &town.clients;
    let lock = LockVisitRequest { name: first.visit.clone(), ..Default::default() };
    let locked = c.rt.block_on(c.jobs().lock_visit(lock)).unwrap().into_inner();
    assert_eq!(locked.state(), JobState::Promised);
    let ask = GetVisitRequest { name: first.visit.clone() };
    let visit = c.rt.block_on(c.jobs().get_visit(ask)).unwrap().into_inner();
    assert_eq!(visit.commitment(), Commitment::Locked);
    let unlock = UnlockVisitRequest { name: first.visit.clone(), ..Default::default() };
    assert_eq!(c.rt.block_on(c.jobs().unlock_visit(unlock)).unwrap().into_inner().state(), JobState::Planned);
}
