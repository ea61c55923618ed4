//! Slots, holds, promises and prices through the real API, on a controlled clock.

use crate::town::{NOW, REGION, Town, at, create_job, entry, lasting, need, technician, window};
use callout::units::Span;
use callout::wire::v1::booking_service_client::BookingServiceClient;
use callout::wire::v1::catalog_entry::Entry;
use callout::wire::v1::*;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

const HOUR: i64 = 3600;

fn booking(town: &Town) -> BookingServiceClient<Channel> {
    BookingServiceClient::new(town.clients.channel.clone())
}

/// Calls a method and waits for the answer.
macro_rules! call {
    ($town:expr, $client:expr, $method:ident, $request:expr) => {{
        let mut client = $client;
        $town.clients.rt.block_on(client.$method($request)).map(tonic::Response::into_inner)
    }};
}

fn named(id: &str) -> String {
    format!("{REGION}/technicians/{id}")
}

fn set_clock(town: &Town, seconds: i64) {
    call!(town, town.clients.clock(), set_clock, SetClockRequest { now: at(seconds) }).unwrap();
}

fn job(town: &Town, name: &str) -> Job {
    call!(town, town.clients.jobs(), get_job, GetJobRequest { name: name.into() }).unwrap()
}

fn visit(town: &Town, job: &Job) -> Visit {
    call!(town, town.clients.jobs(), get_visit, GetVisitRequest { name: job.visit.clone() }).unwrap()
}

fn search(town: &Town, count: i32, preferred: &[&str]) -> SearchSlotsResponse {
    let ask = SearchSlotsRequest {
        parent: REGION.into(),
        need: Some(need()),
        until_time: at(24 * HOUR),
        count,
        preferred_technicians: preferred.iter().map(|id| named(id)).collect(),
        ..Default::default()
    };
    call!(town, booking(town), search_slots, ask).unwrap()
}

fn hold(id: &str, window: Window) -> HoldSlotRequest {
    HoldSlotRequest {
        parent: REGION.into(),
        job_id: id.into(),
        job: Some(Job { need: Some(need()), ..Default::default() }),
        window: Some(window),
        ..Default::default()
    }
}

fn confirm(town: &Town, name: &str) -> Result<Job, Status> {
    let ask = ConfirmJobRequest { name: name.into(), ..Default::default() };
    call!(town, booking(town), confirm_job, ask)
}

fn reschedule(town: &Town, name: &str, window: Window) -> Result<RescheduleJobResponse, Status> {
    let ask = RescheduleJobRequest { name: name.into(), window: Some(window), ..Default::default() };
    call!(town, booking(town), reschedule_job, ask)
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

fn euros(units: i64) -> Option<Money> {
    Some(Money { currency_code: "EUR".into(), units, nanos: 500_000_000 })
}

/// Fee 30.50, labour 20.50 a quarter, the pump 80.50.
fn set_prices(town: &Town, pump: i64) -> PriceList {
    let list = PriceList {
        name: REGION.into(),
        currency_code: "EUR".into(),
        visit_fee: euros(30),
        labour_quarter_hour: euros(20),
        part_prices: vec![EntryPrice { entry: format!("{REGION}/parts/pump"), price: euros(pump) }],
        ..Default::default()
    };
    let ask = SetPriceListRequest { price_list: Some(list), ..Default::default() };
    call!(town, booking(town), set_price_list, ask).unwrap()
}

fn total(quote: &Option<Quote>) -> (i64, i32) {
    let money = quote.as_ref().unwrap().total.clone().unwrap();
    (money.units, money.nanos)
}

fn seconds(window: &Window) -> (i64, i64) {
    (window.start.as_ref().unwrap().seconds - NOW, window.end.as_ref().unwrap().seconds - NOW)
}

fn inside(window: &Window, t: &Option<prost_types::Timestamp>) -> bool {
    let (start, end) = seconds(window);
    (start..end).contains(&(t.as_ref().unwrap().seconds - NOW))
}

#[test]
fn a_slot_is_found_held_and_promised_as_it_was_said() {
    let mut town = Town::new();
    set_prices(&town, 80);
    let found = search(&town, 3, &["t3"]);
    assert_eq!(found.slots.len(), 3, "{found:?}");
    let cost = |s: &Slot| s.candidate.as_ref().unwrap().total_cost_millis;
    let least = found.slots.iter().map(cost).min().unwrap();
    let marked = |mark: SlotMark| found.slots.iter().find(|s| s.marks().any(|m| m == mark)).unwrap();
    assert_eq!(cost(marked(SlotMark::Cheapest)), least);
    assert_eq!(marked(SlotMark::PreferredTechnician).candidate.as_ref().unwrap().technician, named("t3"));
    let soonest = found.slots.iter().map(|s| seconds(s.window.as_ref().unwrap())).min().unwrap();
    assert_eq!(seconds(marked(SlotMark::Soonest).window.as_ref().unwrap()), soonest);
    for slot in &found.slots {
        let c = slot.candidate.as_ref().unwrap();
        assert!(inside(slot.window.as_ref().unwrap(), &c.start_time), "{slot:?}");
        assert_eq!(c.cost_terms.iter().map(|t| t.millis).sum::<i64>(), c.total_cost_millis);
    }
    let slot = marked(SlotMark::PreferredTechnician).clone();
    let candidate = slot.candidate.unwrap();
    let mut ask = hold("a", slot.window.unwrap());
    ask.technician = candidate.technician.clone();
    let held = call!(town, booking(&town), hold_slot, ask).unwrap();
    let (first, planned) = (held.job.unwrap(), held.visit.unwrap());
    assert_eq!(held.decision.unwrap().chosen.unwrap(), candidate, "held as it was offered");
    assert_eq!((first.state(), planned.commitment()), (JobState::Planned, Commitment::Planned));
    assert_eq!(first.hold_expire_time, at(300));
    assert_eq!(planned.reservations[0].state(), ReservationState::Held);
    // fee, three quarters of labour, the pump
    assert_eq!(total(&found.quote), (172, 500_000_000));
    assert_eq!(first.quote, found.quote);
    set_prices(&town, 90);
    let told = confirm(&town, &first.name).unwrap();
    assert_eq!((told.state(), &told.hold_expire_time), (JobState::Promised, &None));
    let promise = told.promise.clone().unwrap();
    assert_eq!((promise.window, promise.technician), (slot.window, named("t3")));
    assert_eq!((&promise.quote, &told.quote), (&found.quote, &found.quote), "the price that was said");
    assert_eq!(visit(&town, &told).reservations[0].state(), ReservationState::Committed);
    let clock = told.clocks.iter().find(|c| c.kind() == ClockKind::Confirmed).unwrap();
    assert_eq!((clock.state(), clock.met_time), (ClockState::Met, at(0)));
    assert_eq!(confirm(&town, &first.name).unwrap().promise, told.promise, "twice is once");
    town.restart();
    set_clock(&town, 600);
    assert_eq!(job(&town, &first.name).promise, told.promise);
}

#[test]
fn a_hold_that_nobody_confirms_frees_all() {
    let town = Town::new();
    let before = town.clients.summary().live_reservations;
    let held = call!(town, booking(&town), hold_slot, hold("a", window(2 * HOUR, 4 * HOUR))).unwrap();
    assert_eq!(town.clients.summary().live_reservations, before + 1);
    set_clock(&town, 299);
    assert_eq!(job(&town, &held.job.as_ref().unwrap().name).state(), JobState::Planned);
    set_clock(&town, 300);
    let gone = job(&town, &held.job.unwrap().name);
    assert_eq!((gone.state(), gone.visit.as_str()), (JobState::Cancelled, ""));
    assert!(gone.cancel_reason.contains("hold"), "{}", gone.cancel_reason);
    assert_eq!(town.clients.summary().live_reservations, before);
    assert!(gone.clocks.iter().all(|c| c.state() != ClockState::Running), "{gone:?}");
    let late = confirm(&town, &gone.name).unwrap_err();
    assert_eq!((late.code(), reason(&late).as_str()), (Code::FailedPrecondition, "WRONG_JOB_STATE"));
}

#[test]
fn many_callers_hold_the_last_part_and_the_last_slot_once() {
    let town = Town::new();
    // seven pumps in all, two of them in one van: four can be had once
    let mut last_part = hold("", window(2 * HOUR, 6 * HOUR));
    last_part.job.as_mut().unwrap().need.as_mut().unwrap().parts =
        vec![PartCount { part: format!("{REGION}/parts/pump"), count: 4 }];
    let mut last_slot = hold("", window(0, HOUR));
    let n = last_slot.job.as_mut().unwrap().need.as_mut().unwrap();
    (n.service_duration, n.inspect_only) = (lasting(210), true);
    n.excluded_technicians = vec![named("t2"), named("t3")];
    for ask in [last_part, last_slot] {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (mut client, ask) = (booking(&town), ask.clone());
                town.clients.rt.spawn(async move { client.hold_slot(ask).await })
            })
            .collect();
        let answers: Vec<_> = callers.into_iter().map(|c| town.clients.rt.block_on(c).unwrap()).collect();
        let refused: Vec<&Status> = answers.iter().filter_map(|a| a.as_ref().err()).collect();
        assert_eq!(refused.len(), 7, "{answers:?}");
        for status in refused {
            assert_eq!((status.code(), reason(status).as_str()), (Code::FailedPrecondition, "NOBODY_FITS"));
        }
    }
    let jobs: i32 = town.clients.summary().job_counts.iter().map(|c| c.count).sum();
    assert_eq!(jobs, 2, "what is refused leaves nothing behind");
}

#[test]
fn another_window_is_agreed_on_or_nothing_changes() {
    let town = Town::new();
    set_prices(&town, 80);
    let mut ask = create_job("a");
    ask.job.as_mut().unwrap().need.as_mut().unwrap().promised_window = Some(window(HOUR, 3 * HOUR));
    let first = town.clients.create(ask).unwrap().job.unwrap();
    assert_eq!(first.promise.as_ref().unwrap().window, Some(window(HOUR, 3 * HOUR)));
    set_prices(&town, 95);
    let before = (town.clients.summary().state_digest, job(&town, &first.name));
    let night = reschedule(&town, &first.name, window(14 * HOUR, 16 * HOUR)).unwrap_err();
    assert_eq!((night.code(), reason(&night).as_str()), (Code::FailedPrecondition, "NOBODY_FITS"));
    assert!(night.message().contains("Shift"), "{}", night.message());
    assert_eq!((town.clients.summary().state_digest, job(&town, &first.name)), before);
    let moved = reschedule(&town, &first.name, window(5 * HOUR, 7 * HOUR)).unwrap();
    let (now, planned) = (moved.job.unwrap(), moved.visit.unwrap());
    assert_eq!(now.promise.as_ref().unwrap().window, Some(window(5 * HOUR, 7 * HOUR)));
    assert_eq!(now.need.as_ref().unwrap().promised_window, Some(window(5 * HOUR, 7 * HOUR)));
    assert_eq!(now.quote, first.quote, "the price stays");
    assert!(inside(&window(5 * HOUR, 7 * HOUR), &planned.start_time), "{planned:?}");
    let again = reschedule(&town, &first.name, window(-3 * HOUR, -HOUR)).unwrap_err();
    assert_eq!(again.code(), Code::InvalidArgument);
}

#[test]
fn what_is_kept_for_emergencies_is_not_sold() {
    let town = Town::new();
    let policy = Policy { urgent_reserve_permille: Some(1000), ..Default::default() };
    let region = Region { name: REGION.into(), policy: Some(policy), ..Default::default() };
    let paths = vec!["policy.urgent_reserve_permille".to_owned()];
    let update_mask = Some(prost_types::FieldMask { paths });
    let ask = UpdateRegionRequest { region: Some(region), update_mask, ..Default::default() };
    call!(town, town.clients.regions(), update_region, ask).unwrap();
    let found = search(&town, 4, &[]);
    assert_eq!(found.slots.len(), 0);
    assert!(!found.withheld.is_empty());
    assert!(found.withheld.iter().all(|w| w.reason == "KEPT_FOR_URGENT"), "{:?}", found.withheld);
    // three shifts of nine hours less half an hour
    let day = found.days[0];
    assert_eq!((day.technician_time, day.sellable), (lasting(3 * 510), lasting(0)));
    let ask = hold("a", window(2 * HOUR, 4 * HOUR));
    let refused = call!(town, booking(&town), hold_slot, ask.clone()).unwrap_err();
    assert_eq!(reason(&refused), "KEPT_FOR_URGENT");
    let urgent = ServiceLevel { emergency: true, ..Default::default() };
    let entries = vec![entry("serviceLevels", "urgent", Entry::ServiceLevel(urgent))];
    let import = ImportCatalogRequest { parent: REGION.into(), entries, ..Default::default() };
    call!(town, town.clients.catalog(), import_catalog, import).unwrap();
    let mut ask = ask;
    ask.job.as_mut().unwrap().need.as_mut().unwrap().service_level = format!("{REGION}/serviceLevels/urgent");
    call!(town, booking(&town), hold_slot, ask).unwrap();
}

#[test]
fn a_job_for_thursday_sits_on_thursdays_shift() {
    let town = Town::new();
    let thursday = 72 * HOUR;
    let mut facts = technician(2);
    facts.name = named("t2");
    let shift = |from: i64| Shift { window: Some(window(from, from + 9 * HOUR)), breaks: vec![] };
    facts.shifts = vec![shift(0), shift(thursday)];
    let update_mask = Some(prost_types::FieldMask { paths: vec!["shifts".into()] });
    let ask = UpdateTechnicianRequest { technician: Some(facts), update_mask, ..Default::default() };
    call!(town, town.clients.fleet(), update_technician, ask).unwrap();
    let ask = SearchSlotsRequest {
        parent: REGION.into(),
        need: Some(need()),
        from_time: at(thursday - 8 * HOUR),
        until_time: at(thursday + 16 * HOUR),
        ..Default::default()
    };
    let found = call!(town, booking(&town), search_slots, ask).unwrap();
    let slot = found.slots.first().unwrap();
    assert_eq!(slot.candidate.as_ref().unwrap().technician, named("t2"));
    let held = call!(town, booking(&town), hold_slot, hold("a", slot.window.unwrap())).unwrap();
    confirm(&town, &held.job.unwrap().name).unwrap();
    let ask = GetTechnicianRoutesRequest { name: named("t2") };
    let routes = call!(town, town.clients.fleet(), get_technician_routes, ask).unwrap().routes;
    assert_eq!(routes.len(), 1);
    assert_eq!(seconds(routes[0].shift.as_ref().unwrap()).0, thursday);
}

#[test]
fn a_planned_job_is_promised_what_the_plan_holds() {
    let town = Town::new();
    set_prices(&town, 80);
    let mut ask = create_job("a");
    ask.job.as_mut().unwrap().need.as_mut().unwrap().access_windows = vec![window(2 * HOUR, 9 * HOUR)];
    let first = town.clients.create(ask).unwrap();
    let ask = ConfirmJobRequest {
        name: first.job.as_ref().unwrap().name.clone(),
        name_technician: true,
        order_number: "o-1".into(),
        ..Default::default()
    };
    let told = call!(town, booking(&town), confirm_job, ask).unwrap();
    let promise = told.promise.clone().unwrap();
    let (start, end) = seconds(&promise.window.unwrap());
    assert!(end - start >= 2 * HOUR && start % 900 == 0 && end % 900 == 0, "{promise:?}");
    let planned = visit(&town, &told);
    assert!(inside(&promise.window.unwrap(), &planned.start_time));
    assert_eq!(planned.start_time, first.visit.as_ref().unwrap().start_time, "a promise moves nobody");
    assert_eq!((planned.commitment(), told.state()), (Commitment::Promised, JobState::Promised));
    assert_eq!(
        (promise.technician.as_str(), told.order_number.as_str()),
        (planned.technician.as_str(), "o-1")
    );
    // the one who was named cannot come: who comes instead is said
    let mut facts = told.clone();
    facts.need.as_mut().unwrap().excluded_technicians = vec![planned.technician.clone()];
    facts.etag.clear();
    let update_mask = Some(prost_types::FieldMask { paths: vec!["need.excluded_technicians".into()] });
    let ask = UpdateJobRequest { job: Some(facts), update_mask, ..Default::default() };
    let now = call!(town, town.clients.jobs(), update_job, ask).unwrap();
    let (promise_now, goes) = (now.job.unwrap().promise.unwrap(), now.visit.unwrap().technician);
    assert_ne!(goes, planned.technician);
    assert_eq!((promise_now.technician, promise_now.window), (goes, promise.window));
}

/// In Santiago the clocks go on at midnight, which is then never shown, and back to the hour before it.
#[test]
fn days_follow_one_another_where_clocks_change_at_midnight() {
    let mut dice = crate::day::dice(7);
    let desk = crate::day::open(crate::day::beeline(), &mut dice, 3);
    let mut at = crate::day::MORNING;
    let mut lengths = std::collections::BTreeMap::<i64, u32>::new();
    for _ in 0..730 {
        let day = desk.day_of(at);
        assert!(day.start <= at && at < day.end, "{at:?} in {day:?}");
        assert_eq!(desk.day_of(day.end - Span(1)), day);
        *lengths.entry(day.length().0).or_default() += 1;
        at = day.end;
    }
    assert_eq!(lengths, [(23 * HOUR, 2), (24 * HOUR, 726), (25 * HOUR, 2)].into());
}

#[test]
fn everyone_says_the_same_price() {
    let town = Town::new();
    let missing = GetPriceListRequest { name: REGION.into() };
    let status = call!(town, booking(&town), get_price_list, missing.clone()).unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "PRICE_LIST_NOT_FOUND"));
    let list = set_prices(&town, 80);
    assert_eq!(call!(town, booking(&town), get_price_list, missing).unwrap(), list);
    let evaluate = |need| {
        let ask = EvaluateJobRequest { parent: REGION.into(), need: Some(need) };
        call!(town, town.clients.jobs(), evaluate_job, ask).unwrap().quote
    };
    let first = town.clients.create(create_job("a")).unwrap().job.unwrap();
    assert_eq!(total(&first.quote), (172, 500_000_000));
    assert_eq!((evaluate(need()), search(&town, 1, &[]).quote), (first.quote.clone(), first.quote.clone()));
    let waived = evaluate(Need { warranty: true, ..need() });
    assert_eq!(total(&waived), (30, 500_000_000), "the fee is left");
    let lines = waived.unwrap().lines;
    assert_eq!(lines.iter().map(|l| l.waived).collect::<Vec<_>>(), [false, true, true]);
    // a large appliance is hauled by distance from the nearest depot
    let tier = |up_to_meters, units| HaulageTier { up_to_meters, price: euros(units) };
    let family = format!("{REGION}/applianceFamilies/boiler");
    let mut hauled = list.clone();
    hauled.large_families = vec![family];
    hauled.haulage_tiers = vec![tier(2_000, 10), tier(5_000, 20), tier(20_000, 60)];
    let ask = SetPriceListRequest { price_list: Some(hauled.clone()), ..Default::default() };
    call!(town, booking(&town), set_price_list, ask.clone()).unwrap();
    let install = evaluate(Need { kind: JobKind::Install.into(), faults: vec![], ..need() });
    // fee, an hour of labour, and 3.4 km
    assert_eq!(total(&install), (133, 0), "{install:?}");
    let stale = call!(town, booking(&town), set_price_list, ask).unwrap_err();
    assert_eq!(reason(&stale), "STALE_ETAG");
    hauled.etag.clear();
    hauled.part_prices[0].entry = format!("{REGION}/parts/nothing");
    hauled.visit_fee = Some(Money { currency_code: "USD".into(), units: -1, nanos: 0 });
    let ask = SetPriceListRequest { price_list: Some(hauled), ..Default::default() };
    let wrong = call!(town, booking(&town), set_price_list, ask).unwrap_err();
    let fields: Vec<String> =
        wrong.get_details_bad_request().unwrap().field_violations.into_iter().map(|v| v.field).collect();
    assert!(fields.contains(&"price_list.part_prices[0].entry".to_owned()), "{fields:?}");
    assert!(fields.contains(&"price_list.visit_fee.currency_code".to_owned()), "{fields:?}");
}

#[test]
fn what_is_wrong_with_a_wish_is_told_by_field() {
    let town = Town::new();
    let before = town.clients.summary();
    let told = |status: Status| {
        let told = status.get_details_bad_request().unwrap().field_violations;
        (status.code(), told.into_iter().map(|v| v.field).collect::<Vec<_>>())
    };
    let ask = SearchSlotsRequest {
        parent: REGION.into(),
        need: Some(need()),
        until_time: at(-1),
        count: 11,
        preferred_technicians: vec![named("t1"), named("nobody")],
        slot_duration: lasting(1),
        ..Default::default()
    };
    let wrong = call!(town, booking(&town), search_slots, ask).unwrap_err();
    let fields = ["slot_duration", "count", "preferred_technicians[1]"];
    let (code, paths) = told(wrong);
    assert_eq!((code, paths.len()), (Code::InvalidArgument, 4), "{paths:?}");
    assert!(paths[0] == "until_time" && fields.iter().all(|f| paths.contains(&(*f).to_owned())), "{paths:?}");
    let ask = HoldSlotRequest { job_id: "a b".into(), technician: named("nobody"), ..hold("", window(5, 4)) };
    let wrong = call!(town, booking(&town), hold_slot, ask).unwrap_err();
    assert_eq!(
        told(wrong),
        (Code::InvalidArgument, vec!["job_id".into(), "window.end".into(), "technician".into()])
    );
    let past = call!(town, booking(&town), hold_slot, hold("a", window(-2 * HOUR, -HOUR))).unwrap_err();
    assert_eq!(told(past), (Code::InvalidArgument, vec!["window.end".into()]));
    let nobody = confirm(&town, &format!("{REGION}/jobs/none")).unwrap_err();
    assert_eq!((nobody.code(), reason(&nobody).as_str()), (Code::NotFound, "JOB_NOT_FOUND"));
    assert_eq!(town.clients.summary(), before, "nothing has changed");
}

#[test]
fn a_shift_that_is_all_breaks_is_no_time_to_sell() {
    let town = Town::new();
    let resting = |id: &str| {
        let hour = Some(window(HOUR, 2 * HOUR));
        let rest = Break { window: hour, duration: lasting(60) };
        let shifts = vec![Shift { window: hour, breaks: vec![rest] }];
        TechnicianImport {
            technician_id: id.into(),
            technician: Some(Technician { shifts, ..technician(1) }),
        }
    };
    let technicians = vec![resting("x"), resting("y")];
    let before = search(&town, 1, &[]).days;
    let import = BatchImportTechniciansRequest { parent: REGION.into(), technicians, ..Default::default() };
    call!(town, town.clients.fleet(), batch_import_technicians, import).unwrap();
    // whoever goes takes nothing of what is counted for the other
    for id in ["x", "y"] {
        assert_eq!(search(&town, 1, &[]).days, before);
        let gone = DeleteTechnicianRequest { name: named(id), ..Default::default() };
        call!(town, town.clients.fleet(), delete_technician, gone).unwrap();
    }
    assert_eq!(search(&town, 1, &[]).days, before);
}

/// Searches of many windows at once, each begun by a caller of its own; how they ended.
fn searches(town: &Town, count: usize) -> Vec<tokio::task::JoinHandle<Result<(), Status>>> {
    let begin = |n: usize| {
        let mut client = booking(town);
        let ask = SearchSlotsRequest {
            parent: REGION.into(),
            need: Some(need()),
            from_time: at(60 + n as i64),
            until_time: at(24 * HOUR),
            slot_duration: lasting(15),
            ..Default::default()
        };
        town.clients.rt.spawn(async move { client.search_slots(ask).await.map(drop) })
    };
    (0..count).map(begin).collect()
}

fn ended(town: &Town, all: Vec<tokio::task::JoinHandle<Result<(), Status>>>) -> (usize, Vec<Status>) {
    let (mut done, mut refused) = (0, Vec::new());
    for search in all {
        match town.clients.rt.block_on(search).unwrap() {
            Ok(()) => done += 1,
            Err(status) => refused.push(status),
        }
    }
    (done, refused)
}

#[test]
fn slot_searches_wait_in_a_line_that_ends_and_who_hangs_up_leaves_it() {
    let town = Town::new();
    let most = callout::serve::limits::searches() + callout::serve::limits::SEARCHES_WAITING;
    let (done, refused) = ended(&town, searches(&town, 120));
    assert!(done >= most, "{done} of those that found a place were answered");
    assert!(done + refused.len() == 120 && !refused.is_empty(), "{done} of 120 were answered");
    for status in &refused {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert!(status.message().contains("slot searches"), "{status:?}");
    }
    // the places of those who hang up are free again
    let all = searches(&town, 100);
    all.iter().for_each(|search| search.abort());
    drop(all);
    std::thread::sleep(std::time::Duration::from_secs(1));
    let (done, refused) = ended(&town, searches(&town, most));
    assert_eq!((done, refused.len()), (most, 0), "{refused:?}");
}
