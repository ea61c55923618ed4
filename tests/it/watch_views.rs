//! What each watcher may see: customer, technician, who follows arrivals, and outside systems that acknowledge.

#![allow(clippy::disallowed_methods, reason = "waits for a real process")]

use crate::town::*;
use crate::watch::{end, facts, job, next, reason, told};
use callout::board::Event;
use callout::board::job::{Commitment, JobState as Stands};
use callout::journal::{self, Journal, Sqlite};
use callout::plan::{Desk, Position as Seen, Travel};
use callout::serve;
use callout::travel::{Beeline, Dayparts, Model};
use callout::units::Time;
use callout::wire::encode::event::for_customer;
use callout::wire::v1::event::Fact;
use callout::wire::v1::watch_response::Content;
use callout::wire::v1::*;
use callout::wire::watch::eta::job_eta;
use std::path::Path;
use std::time::Duration;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

fn cancel(c: &Clients, name: &str) {
    let cancel = CancelJobRequest { name: name.into(), reason: "sold".into(), ..Default::default() };
    c.rt.block_on(c.jobs().cancel_job(cancel)).unwrap();
}

#[test]
fn a_customer_sees_the_own_job_and_nobody_who_is_not_on_the_way() {
    let town = Town::new();
    let c = &town.clients;
    // open at first: access is only given later than anybody works
    let mut request = create_job("j1");
    let access = vec![window(-7200, -3600)];
    request.job.as_mut().unwrap().need.as_mut().unwrap().access_windows = access;
    let job = c.create(request).unwrap().job.unwrap();
    let ask = WatchJobRequest { name: job.name.clone(), ..Default::default() };
    let mut stream = c.rt.block_on(c.watch().watch_job(ask)).unwrap().into_inner();
    let first = next(c, &mut stream);
    let Some(Content::Job(view)) = &first.content else { panic!("{first:?}") };
    assert_eq!((view.state(), &view.visit, &view.technician), (JobState::Open, &String::new(), &None));
    c.create(create_job("another")).unwrap();
    let mut wish = job.clone();
    wish.need.as_mut().unwrap().access_windows.clear();
    let update_mask = Some(prost_types::FieldMask { paths: vec!["need.access_windows".into()] });
    let update = UpdateJobRequest { job: Some(wish), update_mask, ..Default::default() };
    let planned = c.rt.block_on(c.jobs().update_job(update)).unwrap().into_inner().visit.unwrap();
    let mut seen = vec![told(c, &mut stream)];
    assert_eq!(seen[0].sequence, c.summary().sequence, "the other job is not told");
    let has = |m: &WatchResponse, f: &dyn Fn(&Fact) -> bool| facts(m).into_iter().any(f);
    assert!(has(&seen[0], &|f| matches!(f, Fact::JobCorrected(_))));
    assert!(has(&seen[0], &|f| matches!(f, Fact::VisitPlanned(p) if p.visit == planned.name)));
    let timed = |f: &Fact| matches!(f, Fact::VisitTimed(t) if t.window.unwrap().start == planned.arrive_time);
    assert!(has(&seen[0], &timed));
    let ask = WatchJobRequest { name: job.name.clone(), ..Default::default() };
    let mut again = c.rt.block_on(c.watch().watch_job(ask)).unwrap().into_inner();
    seen.push(next(c, &mut again));
    let Some(Content::Job(view)) = &seen[1].content else { panic!("{seen:?}") };
    assert_eq!((view.visit.as_str(), view.eta.is_some()), (planned.name.as_str(), true));
    cancel(c, &job.name);
    seen.push(told(c, &mut stream));
    assert!(has(&seen[2], &|f| matches!(f, Fact::JobCancelled(_))));
    for hidden in ["technicians/", "Technician ", "another", "Ada Rossi", "pump"] {
        let said: Vec<String> = seen[..].iter().map(|m| format!("{m:?}")).collect();
        let parts_are_needs = hidden == "pump";
        assert!(parts_are_needs || said.iter().all(|m| !m.contains(hidden)), "{hidden}: {said:#?}");
    }
    let ask = WatchJobRequest { name: format!("{REGION}/jobs/none"), ..Default::default() };
    assert_eq!(c.rt.block_on(c.watch().watch_job(ask)).unwrap_err().code(), Code::NotFound);
}

/// The region as it is on disk.
fn recovered(data: &Path) -> (callout::board::Board, Vec<Event>) {
    let journal = Sqlite::read_only(&data.join("journal.db")).unwrap();
    let mut events = Vec::new();
    let mut each = |s: journal::Stored| {
        events.extend(s.events);
        Ok(())
    };
    journal.read_from(&"milan".into(), 1, &mut each).unwrap();
    (journal::recover(&journal, None, &"milan".into()).unwrap().board, events)
}

#[test]
fn who_comes_is_told_once_on_the_way_to_this_customer() {
    let town = Town::new();
    town.clients.create(create_job("j1")).unwrap();
    let (mut board, events) = recovered(town.data.path());
    let region = board.region.id.clone();
    let planned = |commitment: Commitment| {
        let event = events.iter().find_map(|event| match event {
            Event::VisitPlanned { job, visit } => {
                let visit = callout::board::job::Visit { commitment, ..visit.clone() };
                Some(Event::VisitPlanned { job: job.clone(), visit })
            }
            _ => None,
        });
        match for_customer(&region, &"j1".into(), &event.unwrap()).unwrap().fact {
            Some(Fact::VisitPlanned(told)) => (told.technician, told.part_sources.len()),
            other => panic!("{other:?}"),
        }
    };
    for early in [Commitment::Planned, Commitment::Promised, Commitment::Locked] {
        assert_eq!(planned(early), (String::new(), 0));
    }
    let technician = board.jobs[&"j1".into()].visit.as_ref().unwrap().technician.clone();
    let name = format!("{REGION}/technicians/{technician}");
    assert_eq!(planned(Commitment::EnRoute).0, name);
    let travel = Travel::new(Model::Beeline(Beeline::new(1300, 30)), Dayparts::utc());
    let now = Time(NOW);
    let place = callout::geo::Point::from_degrees(9.19, 45.46).unwrap();
    let mut view = |commitment: Commitment| {
        let job = board.job_mut(&"j1".into());
        job.visit.as_mut().unwrap().commitment = commitment;
        job.state = Stands::of(commitment);
        let mut desk = Desk::open(board.clone(), travel.clone());
        desk.report(now, &technician, Seen { place, device_time: now, accuracy_metres: 5 });
        let told = job_eta(&desk, now, &"j1".into());
        assert!(told.eta.is_some());
        told.technician.map(|t| (t.name, t.position.is_some()))
    };
    assert_eq!([view(Commitment::Planned), view(Commitment::Locked)], [None, None]);
    assert_eq!(view(Commitment::EnRoute), Some((name.clone(), true)), "with the position, while on the way");
    assert_eq!(view(Commitment::OnSite), Some((name, false)));
}

#[test]
fn a_technician_sees_the_own_routes_and_their_changes() {
    let town = Town::new();
    let c = &town.clients;
    let own = c.create(create_job("j1")).unwrap().visit.unwrap().technician;
    let others = (1..=3).map(|n| format!("{REGION}/technicians/t{n}")).filter(|name| *name != own);
    let open = |name: String, resume_token: String| {
        let ask = WatchTechnicianRequest { name, resume_token };
        c.rt.block_on(c.watch().watch_technician(ask)).unwrap().into_inner()
    };
    let mut idle: Vec<_> = others.map(|name| open(name, String::new())).collect();
    let mut stream = open(own.clone(), String::new());
    let first = next(c, &mut stream);
    let Some(Content::Technician(view)) = &first.content else { panic!("{first:?}") };
    assert_eq!((&view.name, view.routes.len()), (&own, 1));
    assert!(view.routes[0].stops.iter().any(|s| s.job == format!("{REGION}/jobs/j1")));
    cancel(c, &format!("{REGION}/jobs/j1"));
    let change = told(c, &mut stream);
    let gone = |f: &Fact| matches!(f, Fact::RouteSet(set) if set.technician == own && set.route.is_none());
    assert!(facts(&change).into_iter().any(gone), "{change:?}");
    assert!(facts(&change).len() == 1, "nothing of the job itself: {change:?}");
    // a token of this view goes on in it
    let mut resumed = open(own.clone(), first.resume_token.clone());
    assert_eq!(told(c, &mut resumed), change);
    for stream in &mut idle {
        assert!(matches!(next(c, stream).content, Some(Content::Technician(_))));
        let nothing =
            c.rt.block_on(async { tokio::time::timeout(Duration::from_millis(300), stream.message()).await });
        assert!(nothing.is_err(), "{nothing:?}");
    }
}

fn quiet(c: &Clients, stream: &mut Streaming<WatchEtaResponse>) {
    let message =
        c.rt.block_on(async { tokio::time::timeout(Duration::from_millis(400), stream.message()).await });
    assert!(message.is_err(), "{message:?}");
}

#[test]
fn arrivals_are_told_when_they_move_and_only_then() {
    let town = Town::new();
    let c = &town.clients;
    let visit = c.create(create_job("j1")).unwrap().visit.unwrap();
    let follow = |jobs: Vec<String>| {
        let ask = WatchEtaRequest { parent: REGION.into(), jobs, min_change: None };
        c.rt.block_on(c.watch().watch_eta(ask)).map(tonic::Response::into_inner)
    };
    let one = |stream: &mut Streaming<WatchEtaResponse>| {
        let message =
            c.rt.block_on(async { tokio::time::timeout(Duration::from_secs(10), stream.message()).await });
        let mut etas = message.expect("within 10 s").unwrap().unwrap().etas;
        assert_eq!(etas.len(), 1);
        etas.remove(0)
    };
    let name = format!("{REGION}/jobs/j1");
    let mut stream = follow(vec![name.clone()]).unwrap();
    let first = one(&mut stream);
    assert_eq!(
        (first.job.as_str(), first.state(), &first.technician),
        (name.as_str(), JobState::Planned, &None)
    );
    let get =
        || c.rt.block_on(c.eta().get_eta(GetEtaRequest { name: visit.name.clone() })).unwrap().into_inner();
    assert_eq!(first.eta, Some(get()));
    c.rt.block_on(c.clock().advance_clock(AdvanceClockRequest { by: lasting(1) })).unwrap();
    // the clock alone is no reason
    quiet(c, &mut stream);
    let report = |seconds, longitude| {
        let position =
            Position { place: Some(place(longitude, 45.46)), device_time: at(seconds), ..Default::default() };
        let report = ReportPositionRequest { technician: visit.technician.clone(), position: Some(position) };
        let told = c.rt.block_on(c.fleet().report_position(tokio_stream::iter([report]))).unwrap();
        assert_eq!(told.into_inner().accepted_count, 1);
    };
    report(50, 9.36);
    let moved = one(&mut stream);
    let p50 = |eta: &JobEta| eta.eta.as_ref().unwrap().window.unwrap().p50.unwrap().seconds;
    assert!((p50(&moved) - p50(&first)).abs() > 60, "{first:?} {moved:?}");
    assert_eq!(moved.eta, Some(get()));
    report(55, 9.3601);
    quiet(c, &mut stream);
    cancel(c, &name);
    let over = one(&mut stream);
    assert_eq!((over.state(), over.eta), (JobState::Cancelled, None));
    let refused = follow(vec![name, format!("{REGION}/jobs/none")]).unwrap_err();
    assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, "jobs[1]");
    for jobs in [vec![], vec![format!("{REGION}/jobs/j1"); 101]] {
        let refused = follow(jobs).unwrap_err();
        assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, "jobs");
    }
}

const OUTSIDE: &str = "regions/milan/subscribers/billing";

fn receive(c: &Clients) -> Streaming<WatchResponse> {
    let ask = ReceiveNotificationsRequest { name: OUTSIDE.into(), filter: None };
    c.rt.block_on(c.notifications().receive_notifications(ask)).unwrap().into_inner()
}

fn acknowledge(c: &Clients, sequence: i64) -> Result<i64, tonic::Status> {
    let ask = AcknowledgeNotificationsRequest { name: OUTSIDE.into(), sequence };
    let said = c.rt.block_on(c.notifications().acknowledge_notifications(ask));
    said.map(|s| s.into_inner().acknowledged_sequence)
}

#[test]
fn an_outside_system_receives_again_what_it_has_not_acknowledged() {
    let mut town = Town::new();
    let c = &town.clients;
    assert_eq!(acknowledge(c, 1).unwrap_err().code(), Code::NotFound);
    let create = || CreateSubscriberRequest { parent: REGION.into(), subscriber_id: "billing".into() };
    let made = c.rt.block_on(c.notifications().create_subscriber(create())).unwrap().into_inner();
    let start = c.summary().sequence;
    assert_eq!((made.name.as_str(), made.acknowledged_sequence), (OUTSIDE, start));
    (0..6).for_each(|n| drop(c.create(job(n)).unwrap()));
    let sequences = |c: &Clients, n: usize| {
        let mut stream = receive(c);
        (0..n)
            .map(|_| told(c, &mut stream))
            .inspect(|m| drop(facts(m)))
            .map(|m| m.sequence)
            .collect::<Vec<_>>()
    };
    let all: Vec<i64> = (start + 1..=start + 6).collect();
    assert_eq!(sequences(c, 6), all);
    assert_eq!(sequences(c, 6), all, "nothing was acknowledged");
    assert_eq!(acknowledge(c, start + 2).unwrap(), start + 2);
    assert_eq!(sequences(c, 4), all[2..]);
    town.restart();
    let c = &town.clients;
    assert_eq!(sequences(c, 4), all[2..], "after a restart too");
    assert_eq!(acknowledge(c, start).unwrap(), start + 2, "what was said is not taken back");
    assert_eq!(acknowledge(c, start + 1000).unwrap(), start + 6, "nor said of what is to come");
    assert_eq!(
        c.rt.block_on(c.notifications().create_subscriber(create()))
            .unwrap()
            .into_inner()
            .acknowledged_sequence,
        start + 6
    );
    c.create(job(6)).unwrap();
    assert_eq!(sequences(c, 1), [start + 7]);
    let ask = ListSubscribersRequest { parent: REGION.into() };
    let list = c.rt.block_on(c.notifications().list_subscribers(ask)).unwrap().into_inner().subscribers;
    assert_eq!(list, [Subscriber { name: OUTSIDE.into(), acknowledged_sequence: start + 6 }]);
    let delete = DeleteSubscriberRequest { name: OUTSIDE.into() };
    c.rt.block_on(c.notifications().delete_subscriber(delete)).unwrap();
    town.restart();
    let gone = acknowledge(&town.clients, start + 7).unwrap_err();
    assert_eq!((gone.code(), reason(&gone).1.as_str()), (Code::NotFound, "SUBSCRIBER_NOT_FOUND"));
}

#[test]
fn what_an_outside_system_still_needs_is_not_cut() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    (config.limits.snapshot_every, config.limits.keep_records) = (10, 0);
    let running = serve::start(&config).unwrap();
    let c = Clients::to(running.addr);
    furnish(&c);
    let create = CreateSubscriberRequest { parent: REGION.into(), subscriber_id: "billing".into() };
    let start = c.rt.block_on(c.notifications().create_subscriber(create)).unwrap();
    let start = start.into_inner().acknowledged_sequence;
    (0..90).for_each(|n| drop(c.create(job(n)).unwrap()));
    let first = |c: &Clients| {
        let mut stream = receive(c);
        (next(c, &mut stream).sequence, stream)
    };
    assert_eq!(first(&c).0, start + 1);
    assert_eq!(acknowledge(&c, start + 60).unwrap(), start + 60);
    (90..130).for_each(|n| drop(c.create(job(n)).unwrap()));
    let (seq, mut stream) = first(&c);
    assert_eq!(seq, start + 61);
    let journal = Sqlite::read_only(&data.path().join("journal.db")).unwrap();
    let (oldest, _) = journal.extent(&"milan".into()).unwrap().unwrap();
    assert!(oldest as i64 > start && oldest as i64 <= start + 61, "the journal reaches back to {oldest}");
    let down = std::thread::spawn(move || running.shutdown());
    assert_eq!(end(&c, &mut stream).code(), Code::Unavailable);
    down.join().unwrap();
}
