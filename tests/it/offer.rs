//! Offers to technicians, through the real API: taken, declined, timed out, and what the next decision knows.

use crate::town::{NOW, REGION, Town, at, create_job, lasting, place, window};
use callout::board::audit::audit;
use callout::board::{Board, Event};
use callout::journal::{Journal, Sqlite, recover};
use callout::units::Time;
use callout::wire::v1::offer_service_client::OfferServiceClient;
use callout::wire::v1::*;
use tonic::transport::Channel;
use tonic::{Code, Status};

fn offers(town: &Town) -> OfferServiceClient<Channel> {
    OfferServiceClient::new(town.clients.channel.clone())
}

fn list(town: &Town, include_ended: bool) -> Vec<Offer> {
    let ask = ListOffersRequest { parent: REGION.into(), include_ended, ..Default::default() };
    town.clients.rt.block_on(offers(town).list_offers(ask)).unwrap().into_inner().offers
}

fn accept(town: &Town, offer: &Offer) -> Result<Offer, Status> {
    let ask = AcceptOfferRequest { visit: offer.visit.clone(), ..Default::default() };
    town.clients.rt.block_on(offers(town).accept_offer(ask)).map(tonic::Response::into_inner)
}

fn decline(town: &Town, offer: &Offer) -> Offer {
    let ask =
        DeclineOfferRequest { visit: offer.visit.clone(), reason: "too far".into(), ..Default::default() };
    town.clients.rt.block_on(offers(town).decline_offer(ask)).unwrap().into_inner()
}

fn job(town: &Town, id: &str) -> Job {
    let ask = GetJobRequest { name: format!("{REGION}/jobs/{id}") };
    town.clients.rt.block_on(town.clients.jobs().get_job(ask)).unwrap().into_inner()
}

/// Everybody is asked before a visit counts as taken on.
pub fn asking() -> Town {
    let town = Town::new();
    let policy = Policy { offers: Offering::Everybody.into(), ..Default::default() };
    let region = Region { name: REGION.into(), policy: Some(policy), ..Default::default() };
    let paths = vec!["policy.offers".to_owned()];
    let ask = UpdateRegionRequest {
        region: Some(region),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..Default::default()
    };
    let done = town.clients.rt.block_on(town.clients.regions().update_region(ask)).unwrap().into_inner();
    assert_eq!(done.policy.unwrap().offers(), Offering::Everybody);
    town
}

fn create(town: &Town, id: &str) -> Job {
    let mut ask = create_job(id);
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.place = Some(place(9.19, 45.46));
    (need.service_duration, need.inspect_only) = (lasting(30), true);
    need.access_windows = vec![window(7200, 9 * 3600)];
    town.clients.create(ask).unwrap().job.unwrap()
}

#[test]
fn a_decline_and_silence_give_the_job_to_the_next() {
    let mut town = asking();
    create(&town, "a");
    let first = list(&town, false).remove(0);
    assert_eq!(
        (first.state(), first.expire_time.unwrap().seconds),
        (OfferState::Open, at(60).unwrap().seconds)
    );
    assert!(first.arrive_time.is_some());
    let ended = decline(&town, &first);
    assert_eq!((ended.state(), ended.reason.as_str()), (OfferState::Declined, "too far"));
    let second = list(&town, false).remove(0);
    assert_ne!(second.technician, first.technician);
    assert!(second.visit.ends_with("/visits/2"), "{second:?}");
    // the restarted server knows of the offer and of the decline
    town.restart();
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(59) })).unwrap();
    assert_eq!(list(&town, false), std::slice::from_ref(&second));
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(60) })).unwrap();
    let third = list(&town, false).remove(0);
    assert!(![&first.technician, &second.technician].contains(&&third.technician), "{third:?}");
    let taken = accept(&town, &third).unwrap();
    assert_eq!(taken.state(), OfferState::Accepted);
    assert_eq!(accept(&town, &third).unwrap_err().code(), Code::NotFound, "an offer ends once");
    assert_eq!(accept(&town, &second).unwrap_err().code(), Code::NotFound);
    assert_eq!(list(&town, false), []);
    let states: Vec<OfferState> = list(&town, true).iter().map(Offer::state).collect();
    assert_eq!(states, [OfferState::Declined, OfferState::TimedOut, OfferState::Accepted]);
    assert_eq!(job(&town, "a").state(), JobState::Planned);
    // who let one time out is left alone about the next job too
    create(&town, "b");
    assert_ne!(list(&town, false)[0].technician, second.technician);
}

#[test]
fn when_all_have_declined_the_job_is_open_and_says_why() {
    let mut town = asking();
    let name = create(&town, "a").name;
    for _ in 0..3 {
        let offer = list(&town, false).remove(0);
        decline(&town, &offer);
    }
    assert_eq!((list(&town, false), job(&town, "a").state()), (vec![], JobState::Open));
    let c = &town.clients;
    let ask = ExplainJobRequest { name: name.clone() };
    let decision = c.rt.block_on(c.jobs().explain_job(ask)).unwrap().into_inner().decisions.remove(0);
    assert_eq!((decision.cause.as_str(), decision.outcome()), ("declined", Outcome::NobodyFits));
    let told = &decision.rejections[0];
    assert_eq!((told.rule(), told.technician_count), (Rule::Declined, 3));
    assert!(decision.remedies[0].description.contains("asked again"), "{decision:?}");
    // once the cool-down is over they are asked again, by itself, also by a server that was restarted meanwhile
    town.restart();
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(4 * 3600 - 1) })).unwrap();
    assert_eq!(job(&town, "a").state(), JobState::Open);
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(4 * 3600) })).unwrap();
    assert_eq!(job(&town, "a").state(), JobState::Planned);
    let ask = ExplainJobRequest { name };
    let decision = c.rt.block_on(c.jobs().explain_job(ask)).unwrap().into_inner().decisions.remove(0);
    assert_eq!((decision.cause.as_str(), decision.outcome()), ("retried", Outcome::Assigned));
    let offer = list(&town, false).remove(0);
    let off = CancelJobRequest { name: format!("{REGION}/jobs/a"), ..Default::default() };
    c.rt.block_on(c.jobs().cancel_job(off)).unwrap();
    assert_eq!(accept(&town, &offer).unwrap_err().code(), Code::NotFound, "called off is called off");
    assert_eq!(list(&town, true).last().unwrap().state(), OfferState::Withdrawn);
}

#[test]
fn ground_that_is_freed_is_offered_to_who_waits() {
    let town = asking();
    let only = |id: &str, excluded: &[&str], minutes: i64| {
        let mut ask = create_job(id);
        let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
        need.place = Some(place(9.19, 45.46));
        (need.service_duration, need.inspect_only) = (lasting(minutes), true);
        need.access_windows = vec![window(7200, 7800)];
        need.excluded_technicians = excluded.iter().map(|t| format!("{REGION}/technicians/{t}")).collect();
        town.clients.create(ask).unwrap().job.unwrap()
    };
    let long = only("long", &["t1", "t2"], 60);
    accept(&town, &list(&town, false)[0]).unwrap();
    only("short", &["t1"], 30);
    decline(&town, &list(&town, false)[0]);
    assert_eq!((job(&town, "short").state(), list(&town, false)), (JobState::Open, vec![]));
    let c = &town.clients;
    let off = CancelJobRequest { name: long.name, ..Default::default() };
    c.rt.block_on(c.jobs().cancel_job(off)).unwrap();
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(59) })).unwrap();
    assert_eq!(job(&town, "short").state(), JobState::Open);
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(60) })).unwrap();
    let offer = list(&town, false).remove(0);
    assert!(offer.technician.ends_with("t3") && offer.visit.contains("/short/"), "{offer:?}");
}

/// A job that everybody has declined, and the events of its region once its clock has been set.
fn declined_until(seconds: i64) -> (Board, Vec<Event>) {
    let mut town = asking();
    let mut ask = create_job("a");
    let need = ask.job.as_mut().unwrap().need.as_mut().unwrap();
    need.place = Some(place(9.19, 45.46));
    (need.service_duration, need.inspect_only) = (lasting(30), true);
    need.access_windows = vec![window(7200, 7800)];
    town.clients.create(ask).unwrap();
    while let Some(offer) = list(&town, false).first() {
        decline(&town, offer);
    }
    let c = &town.clients;
    c.rt.block_on(c.clock().set_clock(SetClockRequest { now: at(seconds) })).unwrap();
    assert_eq!(job(&town, "a").state(), JobState::Open);
    town.running.take().unwrap().shutdown();
    let journal = Sqlite::read_only(&town.data.path().join("journal.db")).unwrap();
    let mut events = Vec::new();
    let mut each = |stored: callout::journal::Stored| {
        events.extend(stored.events);
        Ok(())
    };
    journal.read_from(&"milan".into(), 1, &mut each).unwrap();
    (recover(&journal, None, &"milan".into()).unwrap().board, events)
}

#[test]
fn who_waits_in_vain_is_tried_ever_more_seldom_and_told_nothing_new() {
    let (_, events) = declined_until(28 * 3600);
    let retried = events.iter().filter(|e| matches!(e, Event::JobRetried { .. })).count();
    let decided = events.iter().filter(|e| matches!(e, Event::Decided { .. })).count();
    // 24 hours from the end of the cool-down on: after 15 and 30 minutes, 1, 2 and 4 hours, then each 4 hours; decided
    // when it came in, by three declines, and where another rule stands against it than before
    assert!((6..=20).contains(&retried), "{retried} of 96 quarters of an hour");
    assert!((5..=8).contains(&decided), "{decided}");
}

#[test]
fn a_snapshot_of_before_there_were_retries_is_mended() {
    let (board, _) = declined_until(60);
    let mut told = serde_json::to_value(&board).unwrap();
    let timers = told["timers"].as_array_mut().unwrap();
    let had = timers.len();
    timers.retain(|timer| timer[0].get("Retry").is_none());
    assert_eq!(timers.len() + 1, had);
    let mut old: Board = serde_json::from_value(told).unwrap();
    let now = Time(NOW + 60);
    assert!(!audit(&old, now).is_empty(), "a job that nobody will look at again");
    old.mend_retries(now);
    assert_eq!(audit(&old, now), Vec::<String>::new());
    assert_eq!(old.timers.retries().map(|(job, due)| (job.as_str(), due)).collect::<Vec<_>>(), [("a", now)]);
    let mut new = board.clone();
    new.mend_retries(now);
    assert_eq!(new, board, "nothing is mended that is whole");
}

#[test]
fn an_offer_outlives_a_reschedule_that_nobody_can_meet() {
    let town = asking();
    create(&town, "a");
    let offer = list(&town, false).remove(0);
    let mut booking = booking_service_client::BookingServiceClient::new(town.clients.channel.clone());
    let night = Some(window(14 * 3600, 16 * 3600));
    let ask = RescheduleJobRequest { name: format!("{REGION}/jobs/a"), window: night, ..Default::default() };
    let refused = town.clients.rt.block_on(booking.reschedule_job(ask)).unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    assert_eq!(list(&town, false), std::slice::from_ref(&offer));
    assert_eq!(accept(&town, &offer).unwrap().state(), OfferState::Accepted);
    assert_eq!(list(&town, true).len(), 1);
}
