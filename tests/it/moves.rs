//! Idle technicians asked to wait elsewhere: where it is worth the way and no rest, shift or visit stands against it;
//! taken, declined, timed out, and ended by whatever comes first.

use crate::day::{MORNING, beeline, catalog, region};
use crate::town::{self, REGION, Town, entry, lasting, requirement};
use callout::board::audit::audit;
use callout::board::calls::{Given, GivenRate, Kind};
use callout::board::catalog::Requirement;
use callout::board::command::NewJob;
use callout::board::fleet::{Break, Certification, Shift, Technician, Traits, Window};
use callout::board::id::JobId;
use callout::board::job::{Customer, JobKind, Need, Wishes};
use callout::board::moves::{Move, MoveEnding};
use callout::board::progress::Report;
use callout::board::timer::Timer;
use callout::board::{Board, Command, Event};
use callout::geo::{Cell, Point};
use callout::plan::Desk;
use callout::units::{Span, Time};
use callout::wire::v1;
use callout::wire::v1::coverage_service_client::CoverageServiceClient;
use callout::wire::v1::{
    AcceptMoveRequest, DemandRate, ImportCatalogRequest, ListMovesRequest, MoveState, Policy, Region,
    ReportProgressRequest, ServiceLevel, SetClockRequest, SetDemandRequest, ShiftStarted,
    UpdateRegionRequest, catalog_entry, progress_service_client, report_progress_request,
};
use std::process::Command as Process;
use tonic::transport::Channel;

/// When the shift begins.
const START: Time = Time(MORNING.0 + 3600);

fn at(lon: f64, lat: f64) -> Point {
    Point::from_degrees(lon, lat).unwrap()
}

/// Where people live, where half of the calls come from, and where the other half does: half an hour from home.
fn home() -> Point {
    at(-71.34, -29.99)
}

fn middle() -> Point {
    at(-71.31, -29.94)
}

fn far() -> Point {
    at(-71.27, -29.90)
}

fn technician(id: &str, hours: i64, rest: Option<(i64, i64)>) -> Technician {
    let minutes = |m: i64| START + Span::minutes(m);
    let pause = |(from, to)| Break {
        window: Window::new(minutes(from), minutes(to)).unwrap(),
        duration: Span::minutes(30),
    };
    let window = Window::new(START, START + Span::hours(hours)).unwrap();
    let held = Certification { kind: "gas".into(), level: 1, valid_from: Time::MIN, valid_to: Time::MAX };
    Technician {
        id: id.into(),
        display_name: id.into(),
        certifications: vec![held],
        shifts: vec![Shift { window, breaks: rest.map(pause).into_iter().collect() }],
        start: home(),
        end: home(),
        overtime_allowance: None,
        traits: Traits::default(),
        revision: 1,
    }
}

/// A region where so many calls an hour in a thousand come in, with these people at work since the shift began.
fn desk(milli: u32, at_once: u32, crew: &[Technician]) -> Desk {
    let mut region = region();
    region.created = START;
    region.policy.moves_at_once = at_once;
    let mut desk = Desk::open(Board::new(region), beeline());
    let requirements = vec![Requirement { kind: "gas".into(), min_level: 1 }];
    let kind = Kind { level: "urgent".into(), requirements, kit: vec![] };
    let cells = [middle(), far()].map(|p| Cell::of(p, 8)).to_vec();
    let given = Given { rates: vec![GivenRate { kind, cells, milli: [[milli; 24]; 2] }] };
    for command in [catalog(), Command::AddTechnicians(crew.to_vec()), Command::GiveDemand(Some(given))] {
        step(&mut desk, START, &command);
    }
    for technician in crew {
        report(&mut desk, START, technician.id.as_str(), Report::ShiftStarted);
    }
    desk
}

fn step(desk: &mut Desk, now: Time, command: &Command) -> Vec<Event> {
    let events = desk.step(now, command).unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert_eq!(audit(desk.board(), now), Vec::<String>::new(), "after {command:?}");
    assert!(desk.is_in_step());
    events
}

fn report(desk: &mut Desk, now: Time, technician: &str, report: Report) -> Vec<Event> {
    step(desk, now, &Command::Report { technician: technician.into(), at: now, report })
}

/// What falls due until so many minutes into the shift.
fn wait(desk: &mut Desk, minutes: i64) -> (Time, Vec<Event>) {
    let (until, mut all) = (START + Span::minutes(minutes), Vec::new());
    while let Some(due) = desk.due().filter(|due| *due <= until) {
        all.extend(desk.wake(due).unwrap());
        assert_eq!(audit(desk.board(), due), Vec::<String>::new());
    }
    (until, all)
}

fn open<'d>(desk: &'d Desk, technician: &str) -> Option<&'d Move> {
    desk.board().moves.open(&technician.into())
}

fn answer(desk: &mut Desk, now: Time, technician: &str, accepts: bool) -> Vec<Event> {
    let number = open(desk, technician).expect("somebody was asked").number;
    let technician = technician.into();
    let command = match accepts {
        true => Command::AcceptMove { technician, number },
        false => Command::DeclineMove { technician, number, reason: "lunch".into() },
    };
    step(desk, now, &command)
}

fn ending(event: &Event) -> Option<&MoveEnding> {
    match event {
        Event::MoveEnded { ending, .. } => Some(ending),
        _ => None,
    }
}

fn ended(events: &[Event]) -> Vec<&MoveEnding> {
    events.iter().filter_map(ending).collect()
}

fn proposals(events: &[Event]) -> usize {
    events.iter().filter(|e| matches!(e, Event::MoveProposed { .. })).count()
}

fn need(place: Point, promised: Option<(i64, i64)>) -> Need {
    let minutes = |m: i64| START + Span::minutes(m);
    Need {
        kind: JobKind::Repair,
        place,
        level: if promised.is_some() { "standard" } else { "urgent" }.into(),
        access: vec![],
        promised: promised.map(|(from, to)| Window::new(minutes(from), minutes(to)).unwrap()),
        family: None,
        faults: vec![],
        requirements: vec![Requirement { kind: "gas".into(), min_level: 1 }],
        parts: vec![],
        kits: vec![],
        service: Some(Span::minutes(30)),
        inspect_only: false,
        excluded: vec![],
        warranty: false,
        wishes: Wishes::default(),
    }
}

fn call(id: &str, need: Need) -> Command {
    let customer = Customer::default();
    Command::CreateJob(NewJob { id: id.into(), order_number: None, need, customer })
}

fn starts(desk: &Desk, id: &str) -> Time {
    let id = JobId::from(id);
    let visit = desk.board().jobs[&id].visit.as_ref().expect("it is planned");
    desk.board().route(&visit.technician, visit.shift).unwrap().stop_of(&id).unwrap().1.start
}

#[test]
fn who_waits_where_calls_come_from_is_in_time_for_them() {
    let mut desk = desk(8_000, 1, &[technician("ann", 8, None)]);
    let (now, events) = wait(&mut desk, 5);
    assert_eq!(proposals(&events), 1, "{events:?}");
    let asked = open(&desk, "ann").unwrap().clone();
    assert_eq!((asked.from, asked.number, asked.expires), (home(), 1, now + Span(60)));
    assert!(asked.gain > 0 && i64::from(asked.seconds) <= 18 * 60, "{asked:?}");
    assert!(asked.a_minute.0 * 60 > asked.cost.0, "an hour there is worth the way: {asked:?}");
    let covered = |desk: &Desk, now| desk.coverage(now).measure().share().unwrap();
    let (before, stayed) = (covered(&desk, now), desk.clone());
    answer(&mut desk, now, "ann", true);
    let taken = open(&desk, "ann").unwrap();
    let arrives = taken.arrives.unwrap();
    assert_eq!(arrives, now + Span(taken.seconds.into()));
    assert_eq!(desk.board().whereabouts[&"ann".into()].place, asked.to);
    let (later, events) = wait(&mut desk, 30);
    assert_eq!(proposals(&events), 0, "one at a time");
    let after = covered(&desk, later);
    // the measure comes to what was said of it, rates and odds as they are
    let promised = before + (asked.gain / 8) as u32;
    assert!(after.abs_diff(promised) < 10_000, "{before} + {} of 8 calls an hour is not {after}", asked.gain);
    let arrives = |desk: &mut Desk| {
        step(desk, later, &call("a", need(far(), None)));
        starts(desk, "a") - later
    };
    assert!(arrives(&mut stayed.clone()) > Span::minutes(30), "from home it takes half an hour");
    assert!(arrives(&mut desk) < Span::minutes(20));
    // the call has ended the posting
    let past = &desk.board().moves.past(&"ann".into())[0];
    assert_eq!((past.ending.clone(), past.ended), (MoveEnding::Withdrawn, later));
}

#[test]
fn who_declines_or_does_not_answer_is_left_alone_for_an_hour() {
    for accepts in [Some(false), None] {
        let mut desk = desk(8_000, 1, &[technician("ann", 8, None)]);
        let (now, _) = wait(&mut desk, 5);
        let (events, ending) = match accepts {
            Some(accepts) => (answer(&mut desk, now, "ann", accepts), MoveEnding::Declined("lunch".into())),
            None => (wait(&mut desk, 6).1, MoveEnding::TimedOut),
        };
        assert_eq!(ended(&events), [&ending]);
        assert_eq!(open(&desk, "ann"), None);
        let again = Command::AcceptMove { technician: "ann".into(), number: 1 };
        assert!(desk.step(now, &again).is_err(), "a move ends once");
        assert_eq!(proposals(&wait(&mut desk, 64).1), 0);
        assert_eq!(proposals(&wait(&mut desk, 71).1), 1);
        assert_eq!(desk.board().moves.next_number(&"ann".into()), 3, "that was the second");
        // all of it comes back from the disk
        let text = serde_json::to_string(desk.board()).unwrap();
        assert_eq!(serde_json::from_str::<Board>(&text).unwrap(), *desk.board());
    }
}

#[test]
fn one_is_asked_at_a_look_and_so_many_at_a_time() {
    let crew = ["ann", "bob", "cay"].map(|id| technician(id, 8, None));
    let mut desk = desk(300_000, 2, &crew);
    for minutes in [5, 10, 15] {
        let (now, events) = wait(&mut desk, minutes);
        assert!(proposals(&events) <= 1);
        let asked = desk.board().moves.all_open().find(|(_, m)| m.arrives.is_none());
        if let Some(id) = asked.map(|(id, _)| id.to_string()) {
            answer(&mut desk, now, &id, true);
        }
    }
    assert_eq!(desk.board().moves.all_open().len(), 2);
    let posts: Vec<Point> = desk.board().moves.all_open().map(|(_, m)| m.to).collect();
    let (_, events) = wait(&mut desk, 60);
    assert_eq!(proposals(&events), 0, "two at a time, at {posts:?}");
    // nothing that is taken lasts for ever
    let (_, events) = wait(&mut desk, 8 * 60);
    assert!(ended(&events).contains(&&MoveEnding::Over), "{events:?}");
}

#[test]
fn what_is_not_worth_the_way_is_not_proposed() {
    assert_eq!(proposals(&wait(&mut desk(100, 1, &[technician("ann", 8, None)]), 120).1), 0);
    let mut off = desk(8_000, 0, &[technician("ann", 8, None)]);
    assert_eq!(off.board().timers.due(&Timer::Moves), None);
    assert_eq!(wait(&mut off, 120).1, []);
    // and switched on later it is looked for
    let mut on = off.board().region.clone();
    on.policy.moves_at_once = 1;
    let (now, _) = wait(&mut off, 120);
    step(&mut off, now, &Command::SetRegion { region: on.clone(), revision: None });
    assert_eq!(proposals(&wait(&mut off, 125).1), 1);
    on.policy.moves_at_once = 0;
    let (now, _) = wait(&mut off, 125);
    step(&mut off, now, &Command::SetRegion { region: on, revision: None });
    assert_eq!(off.board().timers.due(&Timer::Moves), None);
}

#[test]
fn breaks_and_the_end_of_the_shift_are_kept() {
    // half an hour's break that has to begin within 12 min: the way takes longer
    let mut resting = desk(8_000, 1, &[technician("ann", 8, Some((0, 45)))]);
    assert_eq!(proposals(&wait(&mut resting, 14).1), 0);
    let (now, _) = wait(&mut resting, 14);
    report(&mut resting, now, "ann", Report::BreakStarted);
    assert_eq!(proposals(&wait(&mut resting, 43).1), 0, "at rest");
    assert_eq!(proposals(&wait(&mut resting, 50).1), 1);
    // a quarter of an hour there, one back: an hour and a half leaves enough, an hour does not
    assert_eq!(proposals(&wait(&mut desk(8_000, 1, &[technician("ann", 1, None)]), 60).1), 0);
    let mut short = desk(8_000, 1, &[technician("ann", 2, None)]);
    let (now, events) = wait(&mut short, 5);
    assert_eq!(proposals(&events), 1);
    answer(&mut short, now, "ann", true);
    let until = open(&short, "ann").unwrap().until;
    assert!(until <= START + Span::minutes(120 - 10), "home at the end of the shift: {until:?}");
    // who is gone waits nowhere
    let (now, _) = wait(&mut short, 30);
    assert_eq!(ended(&report(&mut short, now, "ann", Report::ShiftEnded)), [&MoveEnding::Withdrawn]);
    assert_eq!(proposals(&wait(&mut short, 120).1), 0);
}

#[test]
fn what_is_promised_stands_and_a_job_comes_first() {
    let mut desk = desk(8_000, 1, &[technician("ann", 8, None)]);
    step(&mut desk, START, &call("late", need(home(), Some((180, 240)))));
    let before = starts(&desk, "late");
    let (now, events) = wait(&mut desk, 5);
    assert_eq!(proposals(&events), 1, "three hours are long enough");
    // a job that takes the technician away takes the question away
    let mut taken = desk.clone();
    let events = step(&mut taken, now, &call("now", need(home(), None)));
    assert_eq!(ended(&events), [&MoveEnding::Withdrawn]);
    assert_eq!(open(&taken, "ann"), None);
    // one for later does not
    let mut kept = desk.clone();
    assert_eq!(
        ended(&step(&mut kept, now, &call("then", need(home(), Some((300, 360)))))),
        Vec::<&MoveEnding>::new()
    );
    answer(&mut desk, now, "ann", true);
    let posted = open(&desk, "ann").unwrap().clone();
    assert_eq!(starts(&desk, "late"), before, "the promise is kept to the second");
    let (_, route) = desk.board().routes[&"ann".into()].first_key_value().unwrap();
    assert_eq!((route.from, route.stops[0].depart), (posted.to, posted.until));
    // the posting ends when it is time to go, and a while later somebody may be asked again
    let (_, events) = wait(&mut desk, (posted.until - START).0 / 60 + 1);
    assert_eq!(ended(&events), [&MoveEnding::Over]);
    // too short a wait is none
    let mut short = self::desk(8_000, 1, &[technician("ann", 8, None)]);
    step(&mut short, START, &call("soon", need(home(), Some((60, 90)))));
    assert_eq!(proposals(&wait(&mut short, 20).1), 0);
}

#[test]
fn better_routes_that_take_somebody_away_withdraw_the_move() {
    // who may not serve those calls is asked for no move, and drives far for what anybody may do
    let bo = Technician { start: far(), end: far(), certifications: vec![], ..technician("bo", 8, None) };
    let mut desk = desk(8_000, 1, &[bo]);
    let anybody = Need { requirements: vec![], ..need(home(), Some((90, 150))) };
    step(&mut desk, START, &call("soon", anybody));
    // who lives there comes to the region only now
    step(&mut desk, START, &Command::AddTechnicians(vec![technician("ann", 8, None)]));
    report(&mut desk, START, "ann", Report::ShiftStarted);
    let (now, _) = wait(&mut desk, 5);
    assert!(open(&desk, "ann").is_some(), "she has nothing to do");
    let proposals = desk.improve(now, 1, 2_000);
    let [proposal] = &proposals[..] else { panic!("one way is better: {proposals:?}") };
    let events = step(&mut desk, now, &Command::Adopt(proposal.adoption.clone()));
    assert_eq!(desk.board().jobs[&"soon".into()].visit.as_ref().unwrap().technician, "ann".into());
    assert_eq!(ended(&events), [&MoveEnding::Withdrawn]);
    assert_eq!(open(&desk, "ann"), None);
}

#[test]
fn equal_boards_make_equal_proposals() {
    let crew: Vec<Technician> = (0..12).map(|n| technician(&format!("t{n}"), 8, None)).collect();
    let mut desk = desk(20_000, 5, &crew);
    for minutes in (5..60).step_by(5) {
        let text = serde_json::to_string(desk.board()).unwrap();
        let again = Desk::open(serde_json::from_str(&text).unwrap(), beeline());
        let due = desk.due().unwrap();
        assert_eq!(again.best_move(due), desk.best_move(due), "{minutes} min");
        let (now, _) = wait(&mut desk, minutes);
        let asked = desk.board().moves.all_open().find(|(_, m)| m.arrives.is_none());
        if let Some(id) = asked.map(|(id, _)| id.to_string()) {
            answer(&mut desk, now, &id, minutes % 15 > 0);
        }
    }
}

/// A town whose calls come from two places in the east, and whose people are asked to go there.
fn asking() -> Town {
    let town = Town::new();
    let c = &town.clients;
    let level = ServiceLevel { response_target: lasting(60), ..Default::default() };
    let level = entry("serviceLevels", "standard", catalog_entry::Entry::ServiceLevel(level));
    let import = ImportCatalogRequest { parent: REGION.into(), entries: vec![level], ..Default::default() };
    c.rt.block_on(c.catalog().import_catalog(import)).unwrap();
    let cell = |lon: f64| Cell::of(at(lon, 45.46), 8).to_string();
    let rate = DemandRate {
        service_level: format!("{REGION}/serviceLevels/standard"),
        required_certifications: vec![requirement(2)],
        parts: vec![],
        cells: vec![cell(9.28), cell(9.38)],
        weekday_calls: vec![40.0; 24],
        weekend_calls: vec![40.0; 24],
    };
    let set = SetDemandRequest { name: REGION.into(), rates: vec![rate], ..Default::default() };
    c.rt.block_on(coverage(&town).set_demand(set)).unwrap();
    let policy = Policy { moves_at_once: Some(1), offer_timeout: lasting(4), ..Default::default() };
    let paths = ["policy.moves_at_once", "policy.offer_timeout"].map(str::to_owned).to_vec();
    let ask = UpdateRegionRequest {
        region: Some(Region { name: REGION.into(), policy: Some(policy), ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..Default::default()
    };
    let told = c.rt.block_on(c.regions().update_region(ask)).unwrap().into_inner().policy.unwrap();
    assert_eq!((told.moves_at_once, told.move_drive), (Some(1), lasting(18)));
    let started = report_progress_request::Report::ShiftStarted(ShiftStarted {});
    let technician = format!("{REGION}/technicians/t3");
    let ask = ReportProgressRequest { technician, report: Some(started), ..Default::default() };
    let mut progress = progress_service_client::ProgressServiceClient::new(c.channel.clone());
    c.rt.block_on(progress.report_progress(ask)).unwrap();
    town
}

fn coverage(town: &Town) -> CoverageServiceClient<Channel> {
    CoverageServiceClient::new(town.clients.channel.clone())
}

fn listed(town: &Town, include_ended: bool) -> Vec<v1::Move> {
    let ask = ListMovesRequest { parent: REGION.into(), include_ended, ..Default::default() };
    town.clients.rt.block_on(coverage(town).list_moves(ask)).unwrap().into_inner().moves
}

fn set_clock(town: &Town, seconds: i64) {
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: town::at(seconds) })).unwrap();
}

/// `callout coverage milan --moves` and more words: whether it went well, and what it said.
fn asked_by_command(town: &Town, words: &[&str]) -> (bool, String) {
    let server = town.running.as_ref().unwrap().addr.to_string();
    let mut command = Process::new(env!("CARGO_BIN_EXE_callout"));
    let said =
        command.args(["coverage", "milan", "--moves", "--server", &server]).args(words).output().unwrap();
    let text = [said.stdout, said.stderr].concat();
    (said.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_move_is_told_taken_and_survives_a_restart() {
    let mut town = asking();
    assert_eq!(listed(&town, true), []);
    set_clock(&town, 300);
    let asked = listed(&town, false).remove(0);
    assert_eq!((asked.state(), asked.expire_time), (MoveState::Proposed, town::at(540)));
    assert_eq!(asked.name, format!("{REGION}/technicians/t3/moves/1"));
    assert!(asked.calls_per_hour_gain > 1.0 && asked.gain_rate * 60.0 > asked.cost, "{asked:?}");
    town.restart();
    assert_eq!(listed(&town, false), std::slice::from_ref(&asked));
    let (fine, said) = asked_by_command(&town, &["--decline", "t2"]);
    assert!(!fine && said.contains("t2 is not asked"), "{said}");
    let (fine, said) = asked_by_command(&town, &["--accept", "t3"]);
    assert!(fine && said.contains("t3") && said.contains("accepted"), "{said}");
    let taken = listed(&town, false).remove(0);
    let arrives = taken.arrive_time.unwrap().seconds;
    assert_eq!(
        (taken.state(), arrives),
        (MoveState::Accepted, town::NOW + 300 + asked.drive_duration.unwrap().seconds)
    );
    town.restart();
    assert_eq!(listed(&town, false), std::slice::from_ref(&taken));
    // a call at the far end is reached in time from there
    set_clock(&town, 1800);
    let mut ask = town::create_job("east");
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.place = Some(town::place(9.38, 45.46));
    (need.service_duration, need.inspect_only) = (lasting(30), true);
    let visit = town.clients.create(ask).unwrap().visit.unwrap();
    assert!(visit.technician.ends_with("/t3"), "{visit:?}");
    assert!(visit.arrive_time.unwrap().seconds < town::NOW + 1800 + 30 * 60, "{visit:?}");
    let over = listed(&town, true).remove(0);
    assert_eq!((over.state(), over.end_time), (MoveState::Withdrawn, town::at(1800)));
    let again = AcceptMoveRequest { name: over.name, ..Default::default() };
    let status = town.clients.rt.block_on(coverage(&town).accept_move(again)).unwrap_err();
    assert_eq!(status.code(), tonic::Code::NotFound);
    let (fine, said) = asked_by_command(&town, &["--json"]);
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(fine && told[0]["state"] == "withdrawn" && told.as_array().unwrap().len() == 1, "{said}");
}
