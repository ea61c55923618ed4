//! What customers wish for, what partners bill, and what is learned of how long work takes; through the real API.

use crate::town::{REGION, Town, at, create_job, lasting, place, window};
use callout::wire::v1::progress_service_client::ProgressServiceClient;
use callout::wire::v1::report_progress_request::Report;
use callout::wire::v1::*;

fn named(who: &str) -> String {
    format!("{REGION}/technicians/{who}")
}

fn change(town: &Town, who: &str, facts: Technician, paths: &[&str]) {
    let technician = Some(Technician { name: named(who), ..facts });
    let paths = paths.iter().map(|p| (*p).to_owned()).collect();
    let mask = Some(prost_types::FieldMask { paths });
    let ask = UpdateTechnicianRequest { technician, update_mask: mask, ..Default::default() };
    town.clients.rt.block_on(town.clients.fleet().update_technician(ask)).unwrap();
}

fn plain() -> Need {
    let mut need = crate::town::need();
    (need.place, need.inspect_only) = (Some(place(9.19, 45.46)), true);
    (need.faults, need.service_duration) = (vec![], lasting(30));
    need.access_windows = vec![window(7200, 9 * 3600)];
    need
}

fn decide(town: &Town, need: Need) -> Decision {
    let ask = EvaluateJobRequest { parent: REGION.into(), need: Some(need) };
    town.clients.rt.block_on(town.clients.jobs().evaluate_job(ask)).unwrap().into_inner().decision.unwrap()
}

fn cost(decision: &Decision, who: &str, kind: CostKind) -> Option<i64> {
    let all = decision.chosen.iter().chain(&decision.runners_up);
    let candidate = all.into_iter().find(|c| c.technician == named(who))?;
    Some(candidate.cost_terms.iter().filter(|t| t.kind() == kind).map(|t| t.millis).sum())
}

#[test]
fn wishes_are_terms_and_a_language_may_be_needed() {
    let town = Town::new();
    let usual = decide(&town, plain()).chosen.unwrap().technician;
    let other = ["t1", "t2", "t3"].into_iter().find(|t| named(t) != usual).unwrap();
    let liked = decide(&town, Need { preferred_technicians: vec![named(other)], ..plain() });
    assert_eq!(liked.chosen.as_ref().unwrap().technician, named(other));
    let first = usual.rsplit('/').next().unwrap();
    assert_eq!(cost(&liked, first, CostKind::Preference), Some(900_000));
    assert_eq!(cost(&liked, other, CostKind::Preference), Some(0));
    // nobody speaks it: it costs something, or nobody will do
    let italian = Need { language: "it".into(), ..plain() };
    assert_eq!(cost(&decide(&town, italian.clone()), first, CostKind::Language), Some(1_200_000));
    let needed = Need { language_required: true, ..italian };
    let nobody = decide(&town, needed.clone());
    assert_eq!((nobody.outcome(), nobody.rejections[0].rule()), (Outcome::NobodyFits, Rule::Language));
    assert!(nobody.remedies[0].description.contains("spoke"), "{:?}", nobody.remedies);
    change(&town, other, Technician { languages: vec!["it".into()], ..Default::default() }, &["languages"]);
    assert_eq!(decide(&town, needed.clone()).chosen.unwrap().technician, named(other));
    // who no longer speaks it loses the visit
    let mut ask = create_job("a");
    ask.job.as_mut().unwrap().need = Some(needed);
    let made = town.clients.create(ask).unwrap().job.unwrap();
    assert_eq!(made.state(), JobState::Planned);
    change(&town, other, Technician::default(), &["languages"]);
    let ask = GetJobRequest { name: made.name };
    let now = town.clients.rt.block_on(town.clients.jobs().get_job(ask)).unwrap().into_inner();
    assert_eq!(now.state(), JobState::Open);
    let care = Need { elderly_care: true, service_duration: None, ..plain() };
    let usual_time = Need { elderly_care: false, ..care.clone() };
    let spent = |need: Need, id: &str| {
        let mut ask = create_job(id);
        ask.job.as_mut().unwrap().need = Some(need);
        town.clients.create(ask).unwrap().job.unwrap().demand.unwrap().service_duration.unwrap().seconds
    };
    assert_eq!(spent(care.clone(), "b") * 10, spent(usual_time, "c") * 13);
    change(&town, other, Technician { patient: true, ..Default::default() }, &["patient"]);
    let patient = decide(&town, care);
    assert_eq!(cost(&patient, other, CostKind::Patience), Some(0));
    assert_eq!(cost(&patient, first, CostKind::Patience), Some(600_000));
}

#[test]
fn a_partner_bills_and_is_kept_back_where_the_policy_says_so() {
    let town = Town::new();
    let usual = decide(&town, plain()).chosen.unwrap().technician;
    let first = usual.rsplit('/').next().unwrap().to_owned();
    let visit_price = Some(prost_types::Duration { seconds: 100, nanos: 0 });
    let partner = Some(Partner { pool: "north".into(), visit_price });
    change(&town, &first, Technician { partner, ..Default::default() }, &["partner"]);
    assert_eq!(cost(&decide(&town, plain()), &first, CostKind::Partner), Some(100_000));
    let policy = Policy { partner_after: lasting(240), ..Default::default() };
    let region = Some(Region { name: REGION.into(), policy: Some(policy), ..Default::default() });
    let update_mask = Some(prost_types::FieldMask { paths: vec!["policy.partner_after".into()] });
    let ask = UpdateRegionRequest { region, update_mask, ..Default::default() };
    town.clients.rt.block_on(town.clients.regions().update_region(ask)).unwrap();
    let own = decide(&town, plain());
    assert_ne!(own.chosen.as_ref().unwrap().technician, usual, "one's own are in time");
    let others = ["t1", "t2", "t3"].into_iter().map(named).filter(|t| *t != usual).collect();
    let alone = decide(&town, Need { excluded_technicians: others, ..plain() });
    assert_eq!(alone.chosen.unwrap().technician, usual, "nobody of one's own will do");
}

#[test]
fn work_teaches_how_long_it_takes() {
    let mut town = Town::new();
    let say = |town: &Town, report: Report| {
        let ask =
            ReportProgressRequest { technician: named("t1"), report: Some(report), ..Default::default() };
        let mut client = ProgressServiceClient::new(town.clients.channel.clone());
        town.clients.rt.block_on(client.report_progress(ask)).unwrap();
    };
    let create = |town: &Town, id: &str| {
        let mut ask = create_job(id);
        let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
        need.inspect_only = true;
        need.excluded_technicians = vec![named("t2"), named("t3")];
        town.clients.create(ask).unwrap().job.unwrap()
    };
    let mut clock = 600;
    let mut set = |town: &Town, by: i64| {
        clock += by;
        let ask = SetClockRequest { now: at(clock) };
        town.clients.rt.block_on(town.clients.clock().set_clock(ask)).unwrap();
    };
    let expected = create(&town, "a").demand.unwrap().service_duration.unwrap().seconds;
    for id in ["a", "b", "c"] {
        let visit = if id == "a" { format!("{REGION}/jobs/a/visits/1") } else { create(&town, id).visit };
        set(&town, 60);
        say(&town, Report::Arrived(Arrived { visit: visit.clone() }));
        say(&town, Report::WorkStarted(WorkStarted { visit: visit.clone() }));
        set(&town, expected * 2);
        say(&town, Report::Finished(Finished { visit, end: None }));
    }
    town.restart();
    let ask = ListDurationEstimatesRequest { parent: REGION.into(), ..Default::default() };
    let c = &town.clients;
    let told = c.rt.block_on(c.eta().list_duration_estimates(ask)).unwrap().into_inner().estimates;
    assert_eq!(told.len(), 3, "family, fault, technician: {told:?}");
    assert!(told.iter().all(|e| e.visit_count == 3 && e.factor > 1.0), "{told:?}");
    let fault = told.iter().find(|e| !e.fault.is_empty()).unwrap();
    // three visits of twice the time, shrunk twice: 2 ^ (3/13 + 10/13 x 3/13)
    assert!((fault.factor - 1.327).abs() < 0.01, "{fault:?}");
    let next = create(&town, "d").demand.unwrap().service_duration.unwrap().seconds;
    assert_eq!(next, (expected as f64 * fault.factor) as i64);
}
