//! Every method over real gRPC.

use crate::town::*;
use callout::wire::v1::*;
use tonic::Code;
use tonic_types::StatusExt;

#[test]
fn a_job_is_taken_in_assigned_and_read_back() {
    let mut town = Town::new();
    let c = &town.clients;
    let created = c.create(create_job("j1")).unwrap();
    let decision = created.decision.as_ref().unwrap();
    assert_eq!(decision.outcome(), Outcome::Assigned, "{decision:#?}");
    let chosen = decision.chosen.as_ref().unwrap();
    let visit = created.visit.as_ref().unwrap();
    assert_eq!(chosen.technician, visit.technician);
    assert_eq!(chosen.cost_terms.iter().map(|t| t.millis).sum::<i64>(), chosen.total_cost_millis);
    assert_eq!(visit.reservations.len(), 1);
    let job = created.job.unwrap();
    assert_eq!(job.state(), JobState::Planned);
    assert_eq!(job.customer, Some(customer()));
    let before = c.summary();
    let read =
        c.rt.block_on(c.jobs().get_job(GetJobRequest { name: job.name.clone() })).unwrap().into_inner();
    assert_eq!(read, job);
    town.restart();
    let c = &town.clients;
    assert_eq!(c.summary(), before);
    let read =
        c.rt.block_on(c.jobs().get_job(GetJobRequest { name: job.name.clone() })).unwrap().into_inner();
    assert_eq!(read, job);
    let missing = c.rt.block_on(c.jobs().get_job(GetJobRequest { name: format!("{REGION}/jobs/no") }));
    let status = missing.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_details_error_info().unwrap().reason, "JOB_NOT_FOUND");
    town.running.take().unwrap().shutdown();
}

#[test]
fn a_repeated_request_has_one_effect_and_one_reply() {
    let mut town = Town::new();
    let mut request = create_job("");
    request.request_id = "order-1/attempt".into();
    let c = &town.clients;
    // at the same time, on one connection
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (mut jobs, request) = (c.jobs(), request.clone());
            c.rt.spawn(async move { jobs.create_job(request).await.unwrap().into_inner() })
        })
        .collect();
    let replies: Vec<_> = calls.into_iter().map(|call| c.rt.block_on(call).unwrap()).collect();
    assert!(replies.iter().all(|r| *r == replies[0]));
    assert_eq!(c.summary().job_counts[0].count, 1);
    let mut other = request.clone();
    other.job.as_mut().unwrap().order_number = "another".into();
    let status = c.create(other.clone()).unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    let region = CreateRegionRequest { request_id: "r".into(), ..create_region("turin") };
    let first = c.rt.block_on(c.regions().create_region(region.clone())).unwrap().into_inner();
    town.restart();
    let c = &town.clients;
    assert_eq!(c.create(request).unwrap(), replies[0]);
    assert_eq!(c.create(other).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(c.rt.block_on(c.regions().create_region(region)).unwrap().into_inner(), first);
    assert_eq!(c.summary().job_counts[0].count, 1);
}

#[test]
fn jobs_are_corrected_under_mask_and_etag_and_called_off() {
    let town = Town::new();
    let c = &town.clients;
    let mut request = create_job("j1");
    request.job.as_mut().unwrap().need.as_mut().unwrap().access_windows = vec![window(7_200, 20_000)];
    let job = c.create(request).unwrap().job.unwrap();
    let update = |job: &Job, paths: &[&str]| {
        let paths = paths.iter().map(|p| (*p).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        let ask = UpdateJobRequest { job: Some(job.clone()), update_mask, ..Default::default() };
        c.rt.block_on(c.jobs().update_job(ask)).map(tonic::Response::into_inner)
    };
    let mut wish = job.clone();
    wish.need.as_mut().unwrap().place = Some(place(9.25, 45.50));
    wish.need.as_mut().unwrap().kind = JobKind::Install.into();
    let updated = update(&wish, &["need.place"]).unwrap();
    let now = updated.job.unwrap();
    let need = now.need.as_ref().unwrap();
    assert_eq!((need.kind(), need.place), (JobKind::Repair, Some(place(9.25, 45.50))));
    assert_eq!(now.customer, job.customer);
    assert_eq!(updated.decision.unwrap().cause, "update");
    assert_ne!(now.etag, job.etag);
    let stale = update(&wish, &["order_number"]).unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    assert_eq!(stale.get_details_error_info().unwrap().reason, "STALE_ETAG");
    for (paths, field) in [(&["state"][..], "update_mask.paths[0]"), (&[], "update_mask")] {
        let status = update(&now, paths).unwrap_err();
        assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, field);
    }
    let mut wish = now.clone();
    wish.need.as_mut().unwrap().place = None;
    let status = update(&wish, &["need.place"]).unwrap_err();
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "job.need.place");
    let cancel = CancelJobRequest { name: job.name.clone(), reason: "sold".into(), ..Default::default() };
    let over = c.rt.block_on(c.jobs().cancel_job(cancel.clone())).unwrap().into_inner();
    assert_eq!((over.state(), over.cancel_reason.as_str()), (JobState::Cancelled, "sold"));
    let before = c.summary();
    c.rt.block_on(c.jobs().cancel_job(cancel)).unwrap();
    assert_eq!(c.summary(), before, "calling off again changes nothing");
    let mut late = Job { etag: String::new(), ..now };
    late.need.as_mut().unwrap().inspect_only = true;
    let status = update(&late, &["need.inspect_only"]).unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "WRONG_JOB_STATE");
    let explained = c.rt.block_on(c.jobs().explain_job(ExplainJobRequest { name: job.name })).unwrap();
    assert_eq!(explained.into_inner().decisions.len(), 2);
}

#[test]
fn a_job_nobody_fits_is_stored_open_with_reasons() {
    let town = Town::new();
    let c = &town.clients;
    let mut request = create_job("j1");
    request.job.as_mut().unwrap().need.as_mut().unwrap().access_windows = vec![window(-7200, -3600)];
    let reply = c.create(request).unwrap();
    assert_eq!(reply.job.unwrap().state(), JobState::Open);
    assert_eq!(reply.visit, None);
    let decision = reply.decision.unwrap();
    assert_eq!(decision.outcome(), Outcome::NobodyFits);
    assert!(!decision.rejections.is_empty());
    let ask = EstimateArrivalRequest { parent: REGION.into(), need: Some(need()) };
    let soon = c.rt.block_on(c.eta().estimate_arrival(ask)).unwrap().into_inner();
    assert!(soon.available && soon.soonest.is_some(), "{soon:?}");
}

#[test]
fn lists_come_in_pages_and_tokens_do_not_travel() {
    let town = Town::new();
    let c = &town.clients;
    for n in 0..7 {
        let mut request = create_job("");
        request.job.as_mut().unwrap().order_number = format!("o-{n}");
        request.job.as_mut().unwrap().need.as_mut().unwrap().inspect_only = true;
        c.create(request).unwrap();
    }
    let list = |page_token: &str, filter: Option<JobFilter>| {
        let page_token = page_token.into();
        let ask = ListJobsRequest { parent: REGION.into(), filter, page_size: 3, page_token };
        c.rt.block_on(c.jobs().list_jobs(ask)).map(tonic::Response::into_inner)
    };
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&token, None).unwrap();
        seen.extend(page.jobs.into_iter().map(|j| j.order_number));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!(seen, (0..7).map(|n| format!("o-{n}")).collect::<Vec<_>>(), "in order of creation");
    let by_number = JobFilter { order_number: "o-4".into(), ..Default::default() };
    assert_eq!(list("", Some(by_number.clone())).unwrap().jobs.len(), 1);
    let foreign = list(&token, Some(by_number)).unwrap_err();
    assert_eq!(foreign.get_details_bad_request().unwrap().field_violations[0].field, "page_token");
    let entries = |kind: CatalogKind, page_size, page_token| {
        let ask =
            ListCatalogEntriesRequest { parent: REGION.into(), kind: kind.into(), page_size, page_token };
        c.rt.block_on(c.catalog().list_catalog_entries(ask)).unwrap().into_inner()
    };
    let first = entries(CatalogKind::Unspecified, 4, String::new());
    let second = entries(CatalogKind::Unspecified, 4, first.next_page_token);
    assert_eq!((first.entries.len(), second.entries.len(), second.next_page_token.as_str()), (4, 2, ""));
    assert_eq!(entries(CatalogKind::Fault, 0, String::new()).entries.len(), 1);
}

#[test]
fn technicians_depots_and_stock_are_kept() {
    let town = Town::new();
    let c = &town.clients;
    let rt = &c.rt;
    let name = format!("{REGION}/technicians/t4");
    let new = CreateTechnicianRequest {
        parent: REGION.into(),
        technician_id: "t4".into(),
        technician: Some(technician(4)),
        ..Default::default()
    };
    let made = rt.block_on(c.fleet().create_technician(new.clone())).unwrap().into_inner();
    assert_eq!(made.name, name);
    let again = rt.block_on(c.fleet().create_technician(new)).unwrap_err();
    assert_eq!(again.get_details_error_info().unwrap().reason, "TECHNICIAN_ALREADY_EXISTS");
    let wish = Technician { display_name: "Li Na".into(), shifts: vec![], ..made.clone() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["display_name".into()] });
    let ask = UpdateTechnicianRequest { technician: Some(wish), update_mask, ..Default::default() };
    let changed = rt.block_on(c.fleet().update_technician(ask)).unwrap().into_inner();
    assert_eq!((changed.display_name.as_str(), changed.shifts.len()), ("Li Na", 1));
    let list = ListTechniciansRequest { parent: REGION.into(), ..Default::default() };
    assert_eq!(rt.block_on(c.fleet().list_technicians(list)).unwrap().into_inner().technicians.len(), 4);
    let delete = DeleteTechnicianRequest { name: name.clone(), ..Default::default() };
    rt.block_on(c.fleet().delete_technician(delete)).unwrap();
    assert_eq!(
        rt.block_on(c.fleet().get_technician(GetTechnicianRequest { name })).unwrap_err().code(),
        Code::NotFound
    );
    let depot = GetDepotRequest { name: format!("{REGION}/depots/north") };
    assert_eq!(rt.block_on(c.stock().get_depot(depot)).unwrap().into_inner().pickup_duration, lasting(5));
    let list = ListDepotsRequest { parent: REGION.into(), ..Default::default() };
    assert_eq!(rt.block_on(c.stock().list_depots(list)).unwrap().into_inner().depots.len(), 1);
    let created = c.create(create_job("j1")).unwrap();
    let stock = ListStockRequest { parent: REGION.into(), ..Default::default() };
    let levels = rt.block_on(c.stock().list_stock(stock)).unwrap().into_inner().levels;
    let total: i32 = levels.iter().map(|l| l.free_count + l.reserved_count).sum();
    assert_eq!((total, levels.iter().map(|l| l.reserved_count).sum::<i32>()), (7, 1));
    let kept = ListReservationsRequest { parent: REGION.into(), ..Default::default() };
    let kept = rt.block_on(c.stock().list_reservations(kept)).unwrap().into_inner().reservations;
    assert_eq!(kept, created.visit.as_ref().unwrap().reservations);
    let routes = GetTechnicianRoutesRequest { name: created.visit.as_ref().unwrap().technician.clone() };
    let routes = rt.block_on(c.fleet().get_technician_routes(routes)).unwrap().into_inner().routes;
    let visit = created.visit.unwrap();
    assert!(routes[0].stops.iter().any(|s| s.visit == visit.name && s.arrive_time == visit.arrive_time));
    let get = GetVisitRequest { name: visit.name.clone() };
    assert_eq!(rt.block_on(c.jobs().get_visit(get)).unwrap().into_inner(), visit);
    let used = DeleteCatalogEntryRequest { name: format!("{REGION}/parts/pump"), ..Default::default() };
    let status = rt.block_on(c.catalog().delete_catalog_entry(used)).unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "PART_IN_USE");
    let one = GetCatalogEntryRequest { name: format!("{REGION}/faults/leak") };
    let one = rt.block_on(c.catalog().get_catalog_entry(one)).unwrap().into_inner();
    assert_eq!(one.display_name, "LEAK");
}

#[test]
fn only_checking_changes_nothing() {
    let town = Town::new();
    let c = &town.clients;
    let before = c.summary();
    let mut entries = entries();
    entries.push(entry("parts", "valve", catalog_entry::Entry::Part(Part::default())));
    let import =
        ImportCatalogRequest { parent: REGION.into(), entries, validate_only: true, ..Default::default() };
    let counts = c.rt.block_on(c.catalog().import_catalog(import)).unwrap().into_inner();
    assert_eq!((counts.created_count, counts.updated_count), (1, 6));
    let technicians = vec![TechnicianImport { technician_id: "t1".into(), technician: Some(technician(1)) }];
    let import = BatchImportTechniciansRequest {
        parent: REGION.into(),
        technicians,
        validate_only: true,
        ..Default::default()
    };
    let status = c.rt.block_on(c.fleet().batch_import_technicians(import)).unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    let evaluate = EvaluateJobRequest { parent: REGION.into(), need: Some(need()) };
    let would = c.rt.block_on(c.jobs().evaluate_job(evaluate)).unwrap().into_inner();
    assert!(would.decide_duration.is_some());
    assert_eq!(would.decision.unwrap().outcome(), Outcome::Assigned);
    assert_eq!(c.summary(), before);
}

#[test]
fn the_clock_is_set_on_test_servers_only_and_positions_move_arrivals() {
    let town = Town::new();
    let c = &town.clients;
    let rt = &c.rt;
    let clock = rt.block_on(c.clock().get_clock(GetClockRequest {})).unwrap().into_inner();
    assert_eq!((clock.now, clock.controlled), (at(0), true));
    let visit = c.create(create_job("j1")).unwrap().visit.unwrap();
    rt.block_on(c.clock().advance_clock(AdvanceClockRequest { by: lasting(1) })).unwrap();
    let back = rt.block_on(c.clock().set_clock(SetClockRequest { now: at(0) })).unwrap_err();
    assert_eq!(back.get_details_bad_request().unwrap().field_violations[0].field, "now");
    let report = |technician: &str, seconds, longitude| ReportPositionRequest {
        technician: technician.into(),
        position: Some(Position {
            place: Some(place(longitude, 45.46)),
            device_time: at(seconds),
            ..Default::default()
        }),
    };
    let nobody = format!("{REGION}/technicians/nobody");
    let reports = vec![
        report(&visit.technician, 50, 9.20),
        report(&visit.technician, 40, 9.21),
        report(&nobody, 50, 9.20),
        report(&visit.technician, 9_999, 9.20),
        report(&visit.technician, 55, f64::NAN),
    ];
    let told = rt.block_on(c.fleet().report_position(tokio_stream::iter(reports))).unwrap().into_inner();
    assert_eq!((told.accepted_count, told.stale_count, told.rejected_count), (1, 1, 3), "{told:?}");
    assert!(told.rejections[0].starts_with("2: "), "{told:?}");
    let eta = rt.block_on(c.eta().get_eta(GetEtaRequest { name: visit.name.clone() })).unwrap().into_inner();
    assert_eq!(eta.as_of_time, at(60));
    assert!(eta.travel_model.starts_with("beeline"), "{eta:?}");
    let get = GetTechnicianRequest { name: visit.technician.clone() };
    let technician = rt.block_on(c.fleet().get_technician(get)).unwrap().into_inner();
    assert_eq!(technician.position.unwrap().age.unwrap().seconds, 10);
    let data = tempfile::tempdir().unwrap();
    let real = callout::serve::Config {
        clock: callout::serve::clock::Source::Real,
        clock_start: None,
        ..config(data.path())
    };
    let running = callout::serve::start(&real).unwrap();
    let c = Clients::to(running.addr);
    let status = c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(0) })).unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(status.get_details_error_info().unwrap().reason, "CLOCK_NOT_CONTROLLED");
}

#[test]
fn regions_are_listed_and_their_policy_changed() {
    let town = Town::new();
    let c = &town.clients;
    let rt = &c.rt;
    rt.block_on(c.regions().create_region(create_region("turin"))).unwrap();
    let list = |page_token: String| {
        let ask = ListRegionsRequest { page_size: 1, page_token, ..Default::default() };
        rt.block_on(c.regions().list_regions(ask)).unwrap().into_inner()
    };
    let first = list(String::new());
    let second = list(first.next_page_token);
    assert_eq!((first.regions[0].name.as_str(), second.regions[0].name.as_str()), (REGION, "regions/turin"));
    assert_eq!(second.next_page_token, "");
    let mut wish =
        rt.block_on(c.regions().get_region(GetRegionRequest { name: REGION.into() })).unwrap().into_inner();
    wish.policy.as_mut().unwrap().scarcity_cost = Some(60.0);
    wish.policy.as_mut().unwrap().travel_rate = Some(7.0);
    wish.network.as_mut().unwrap().dayparts =
        vec![DaypartMultiplier { hour: 8, permille: 2000, ..Default::default() }];
    let paths = vec!["policy.scarcity_cost".into(), "network.dayparts".into()];
    let update_mask = Some(prost_types::FieldMask { paths });
    let ask = UpdateRegionRequest { region: Some(wish.clone()), update_mask, ..Default::default() };
    let changed = rt.block_on(c.regions().update_region(ask.clone())).unwrap().into_inner();
    let policy = changed.policy.unwrap();
    assert_eq!((policy.scarcity_cost, policy.travel_rate), (Some(60.0), Some(1.0)));
    assert_eq!(changed.network.unwrap().dayparts.len(), 1);
    let stale = rt.block_on(c.regions().update_region(ask)).unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    c.create(create_job("j1")).unwrap();
}
