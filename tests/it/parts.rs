//! Parts on the move, through the real API: transferred, announced, waited for, recalled.

use crate::town::{NOW, REGION, Town, at, create_job, lasting, place};
use callout::wire::v1::*;

fn pumps(count: i32) -> Vec<PartCount> {
    vec![PartCount { part: format!("{REGION}/parts/pump"), count }]
}

fn create(town: &Town, id: &str, count: i32) -> CreateJobResponse {
    let mut ask = create_job(id);
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.faults.clear();
    (need.parts, need.service_duration) = (pumps(count), lasting(30));
    need.place = Some(place(9.19, 45.47));
    town.clients.create(ask).unwrap()
}

fn job(town: &Town, id: &str) -> Job {
    let ask = GetJobRequest { name: format!("{REGION}/jobs/{id}") };
    town.clients.rt.block_on(town.clients.jobs().get_job(ask)).unwrap().into_inner()
}

fn visit(town: &Town, id: &str) -> Visit {
    let ask = GetVisitRequest { name: job(town, id).visit };
    town.clients.rt.block_on(town.clients.jobs().get_visit(ask)).unwrap().into_inner()
}

fn announce(town: &Town, id: &str, to: &str, count: i32, after: i64) -> Delivery {
    let to = format!("{REGION}/{to}");
    let delivery = Delivery { to, parts: pumps(count), arrive_time: at(after), ..Default::default() };
    let ask = CreateDeliveryRequest {
        parent: REGION.into(),
        delivery_id: id.into(),
        delivery: Some(delivery),
        ..Default::default()
    };
    town.clients.rt.block_on(town.clients.stock().create_delivery(ask)).unwrap().into_inner()
}

fn levels(town: &Town) -> (i32, i32) {
    let ask = ListStockRequest { parent: REGION.into(), ..Default::default() };
    let levels = town.clients.rt.block_on(town.clients.stock().list_stock(ask)).unwrap().into_inner().levels;
    (levels.iter().map(|l| l.free_count).sum(), levels.iter().map(|l| l.reserved_count).sum())
}

fn states(visit: &Visit) -> Vec<(ReservationState, i32)> {
    visit.reservations.iter().map(|r| (r.state(), r.part_count.as_ref().unwrap().count)).collect()
}

#[test]
fn a_job_whose_part_is_nowhere_is_planned_after_it_arrives() {
    let mut town = Town::new();
    assert_eq!(create(&town, "a", 8).decision.unwrap().outcome(), Outcome::NobodyFits);
    // north has five: three more are announced, and the open job is planned for when they are there
    let made = announce(&town, "tuesday", "depots/north", 4, 7200);
    assert_eq!(made.name, format!("{REGION}/deliveries/tuesday"));
    assert_eq!(job(&town, "a").state(), JobState::Planned);
    let planned = visit(&town, "a");
    let start = planned.start_time.unwrap().seconds;
    assert!(start > NOW + 7200, "{planned:?}");
    let kept = states(&planned);
    assert!(
        kept.iter().any(|(s, n)| (*s, *n) == (ReservationState::Awaited, 8 - 5)) || kept.len() > 1,
        "{kept:?}"
    );
    let away = CancelDeliveryRequest { name: made.name, ..Default::default() };
    let c = &town.clients;
    let gone = c.rt.block_on(c.stock().cancel_delivery(away)).unwrap().into_inner();
    assert_eq!((gone.jobs, job(&town, "a").state()), (vec![format!("{REGION}/jobs/a")], JobState::Open));
    assert_eq!(levels(&town), (7, 0));
    announce(&town, "wednesday", "depots/north", 4, 7200);
    town.restart();
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(7200) })).unwrap();
    let there = visit(&town, "a");
    assert!(states(&there).iter().all(|(s, _)| *s == ReservationState::Committed), "{there:?}");
    assert_eq!(levels(&town), (3, 8), "all that came in lies somewhere");
    let ask = ListDeliveriesRequest { parent: REGION.into(), ..Default::default() };
    let left = c.rt.block_on(c.stock().list_deliveries(ask)).unwrap().into_inner().deliveries;
    assert_eq!(left, []);
}

#[test]
fn a_transfer_takes_its_time_and_a_recall_takes_all() {
    let town = Town::new();
    let c = &town.clients;
    let ask = TransferStockRequest {
        parent: REGION.into(),
        from: format!("{REGION}/depots/north"),
        to: format!("{REGION}/technicians/t2"),
        parts: pumps(2),
        ..Default::default()
    };
    let now = c.rt.block_on(c.stock().transfer_stock(ask.clone())).unwrap().into_inner();
    assert_eq!(now.levels.iter().map(|l| l.free_count).collect::<Vec<_>>(), [3, 2]);
    let later = TransferStockRequest { arrive_time: at(3600), parts: pumps(1), ..ask.clone() };
    let sent = c.rt.block_on(c.stock().transfer_stock(later)).unwrap().into_inner();
    assert_eq!(sent.levels.iter().map(|l| l.free_count).collect::<Vec<_>>(), [2, 2]);
    assert!(sent.delivery.is_some());
    assert_eq!(levels(&town), (6, 0), "one is on its way");
    let more = TransferStockRequest { parts: pumps(9), ..ask };
    let refused = c.rt.block_on(c.stock().transfer_stock(more)).unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    let planned = create(&town, "a", 1).job.unwrap();
    assert_eq!(planned.state(), JobState::Planned);
    let recall = RecallPartRequest { part: format!("{REGION}/parts/pump"), ..Default::default() };
    let done = c.rt.block_on(c.stock().recall_part(recall)).unwrap().into_inner();
    assert_eq!((done.written_off_count, done.left.len()), (7, 0), "six that lay there, one on its way");
    assert_eq!((done.jobs, job(&town, "a").state()), (vec![planned.name.clone()], JobState::Open));
    assert_eq!(levels(&town), (0, 0));
    let ask = ExplainJobRequest { name: planned.name };
    let why = c.rt.block_on(c.jobs().explain_job(ask)).unwrap().into_inner().decisions.remove(0);
    assert_eq!((why.cause.as_str(), why.rejections[0].rule()), ("parts lost", Rule::Parts));
}
