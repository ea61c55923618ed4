//! Work by hand, through the real API: done where it is possible, told what it gives up, tried without effect.

use crate::town::{NOW, REGION, Town, at, create_job, lasting, place, window};
use callout::wire::v1::manual_service_client::ManualServiceClient;
use callout::wire::v1::*;
use tonic::transport::Channel;
use tonic::{Code, Status};

fn manual(town: &Town) -> ManualServiceClient<Channel> {
    ManualServiceClient::new(town.clients.channel.clone())
}

fn create(town: &Town, id: &str, east: f64) -> Job {
    let mut ask = create_job(id);
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.place = Some(place(9.19 + east, 45.46));
    need.service_duration = lasting(30);
    need.inspect_only = true;
    // nobody has left for it yet
    need.access_windows = vec![window(7200, 9 * 3600)];
    town.clients.create(ask).unwrap().job.unwrap()
}

fn assign(town: &Town, job: &Job, who: &str, only_try: bool) -> Result<AssignJobResponse, Status> {
    let ask = AssignJobRequest {
        job: job.name.clone(),
        technician: format!("{REGION}/technicians/{who}"),
        validate_only: only_try,
        ..Default::default()
    };
    town.clients.rt.block_on(manual(town).assign_job(ask)).map(tonic::Response::into_inner)
}

fn visit(town: &Town, name: &str) -> Visit {
    let ask = GetVisitRequest { name: name.into() };
    town.clients.rt.block_on(town.clients.jobs().get_visit(ask)).unwrap().into_inner()
}

fn get(town: &Town, name: &str) -> Job {
    let ask = GetJobRequest { name: name.into() };
    town.clients.rt.block_on(town.clients.jobs().get_job(ask)).unwrap().into_inner()
}

fn total(terms: &[CostTerm]) -> i64 {
    terms.iter().map(|t| t.millis).sum()
}

#[test]
fn a_human_sends_the_dearer_one_and_sees_the_price() {
    let town = Town::new();
    let job = create(&town, "a", -0.03);
    let first = visit(&town, &job.visit).technician;
    let dear = if first.ends_with("t3") { "t1" } else { "t3" };
    let before = town.clients.summary();
    let tried = assign(&town, &job, dear, true).unwrap().evaluation.unwrap();
    assert_eq!(town.clients.summary(), before, "only tried");
    let done = assign(&town, &job, dear, false).unwrap();
    let told = done.evaluation.unwrap();
    assert_eq!(tried, told);
    let now = done.visit.unwrap();
    assert!(now.technician.ends_with(dear) && now.commitment() == Commitment::Locked, "{now:?}");
    assert_eq!(told.change_millis, total(&told.after_terms) - total(&told.before_terms));
    let dearer = told.violations.iter().find(|v| v.rule() == SoftRule::NotCheapest).unwrap();
    let (chosen, cheapest) = (told.chosen.unwrap(), told.cheapest.unwrap());
    assert_eq!(dearer.cost_millis, chosen.total_cost_millis - cheapest.total_cost_millis);
    assert_eq!(cheapest.technician, first);
    // the lock costs what the choice cost more than the best
    let ask = ListLocksRequest { parent: REGION.into(), ..Default::default() };
    let locks = town.clients.rt.block_on(manual(&town).list_locks(ask)).unwrap().into_inner().locks;
    assert_eq!((locks.len(), &locks[0].visit), (1, &now.name));
    assert_eq!(locks[0].price_millis, dearer.cost_millis, "{locks:?} {chosen:?}");
    let explained = ExplainJobRequest { name: job.name.clone() };
    let explained =
        town.clients.rt.block_on(town.clients.jobs().explain_job(explained)).unwrap().into_inner();
    assert_eq!((explained.decisions[0].cause.as_str(), explained.decisions.len()), ("manual", 2));
}

#[test]
fn taste_is_told_and_the_impossible_refused() {
    let town = Town::new();
    let mut ask = create_job("strict");
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.required_certifications = vec![crate::town::requirement(3)];
    let job = town.clients.create(ask).unwrap().job.unwrap();
    let refused = assign(&town, &job, "t1", true).unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    assert!(refused.message().contains("Certification"), "{refused:?}");
    let nobody = assign(&town, &job, "nobody", true).unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);
    // promised for the first hour, and the technician is taken all morning by a human's word
    let mut ask = create_job("promised");
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    (need.promised_window, need.service_duration) = (Some(window(0, 3600)), lasting(30));
    need.inspect_only = true;
    let promised = town.clients.create(ask).unwrap().job.unwrap();
    let mut ask = create_job("long");
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    (need.service_duration, need.inspect_only) = (lasting(200), true);
    let long = town.clients.create(ask).unwrap().job.unwrap();
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(1) })).unwrap();
    let who = visit(&town, &promised.visit).technician;
    let ask = AssignJobRequest {
        job: long.name.clone(),
        technician: who.clone(),
        position: Some(0),
        validate_only: true,
        ..Default::default()
    };
    let told = c.rt.block_on(manual(&town).assign_job(ask)).map(tonic::Response::into_inner);
    match told {
        Ok(told) => {
            let broken = told.evaluation.unwrap().violations;
            let promise = broken.iter().find(|v| v.rule() == SoftRule::Promise).unwrap();
            assert_eq!(promise.job, promised.name, "{broken:?}");
        }
        // the technician has left for the promised one already: nothing comes before it
        Err(refused) => {
            assert!(visit(&town, &promised.visit).arrive_time.unwrap().seconds < NOW + 1800, "{refused:?}")
        }
    }
}

#[test]
fn an_unassigned_job_waits_for_a_human_and_a_route_goes_in_the_order_said() {
    let mut town = Town::new();
    let jobs: Vec<Job> =
        ["a", "b", "c"].iter().zip([0.01, 0.02, 0.03]).map(|(id, e)| create(&town, id, e)).collect();
    for job in &jobs {
        assign(&town, job, "t2", false).unwrap();
    }
    let names: Vec<String> = jobs.iter().map(|j| get(&town, &j.name).visit).collect();
    let order = vec![names[2].clone(), names[0].clone(), names[1].clone()];
    let ask = ReorderRouteRequest {
        technician: format!("{REGION}/technicians/t2"),
        shift_start: at(0),
        visits: order.clone(),
        ..Default::default()
    };
    let c = &town.clients;
    let done = c.rt.block_on(manual(&town).reorder_route(ask.clone())).unwrap().into_inner();
    let stops = done.route.unwrap().stops;
    let seen: Vec<&String> = stops.iter().map(|s| &s.visit).filter(|v| !v.is_empty()).collect();
    assert_eq!(seen, order.iter().collect::<Vec<_>>());
    assert!(stops.iter().any(|s| s.is_break), "the break stays");
    let short = ReorderRouteRequest { visits: order[..2].to_vec(), ..ask };
    let refused = c.rt.block_on(manual(&town).reorder_route(short)).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");

    let away = UnassignJobRequest {
        job: jobs[0].name.clone(),
        reason: "customer asked".into(),
        ..Default::default()
    };
    let done = c.rt.block_on(manual(&town).unassign_job(away.clone())).unwrap().into_inner();
    assert!(done.evaluation.unwrap().change_millis < 0, "a visit less costs less");
    town.restart();
    let now = get(&town, &jobs[0].name);
    assert_eq!((now.state(), now.set_aside_reason.as_str()), (JobState::Open, "customer asked"));
    let c = &town.clients;
    let again = c.rt.block_on(manual(&town).unassign_job(away)).unwrap_err();
    assert_eq!(again.code(), Code::FailedPrecondition);
    let other = UnassignJobRequest { job: jobs[1].name.clone(), replan: true, ..Default::default() };
    let done = c.rt.block_on(manual(&town).unassign_job(other)).unwrap().into_inner();
    assert_eq!(done.job.unwrap().state(), JobState::Planned);
}
