//! The script of the day: calls, and what comes between them: corrections, cancellations, deliveries of
//! parts, positions of technicians. A list in the order of time; sends nothing.

use super::calls::{Call, World, calls, frequent_fault};
use super::names::{id, place, point, seconds, window};
use crate::wire::v1;
use prost_types::FieldMask;

/// Something that happens at a moment.
#[derive(Clone, Debug)]
pub struct Act {
    /// When, seconds since 1970.
    pub at: i64,
    /// What.
    pub deed: Deed,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A customer calls.
    Call(Box<Call>),
    /// A job is corrected.
    Correct(Box<v1::UpdateJobRequest>),
    /// A job is called off.
    Cancel(v1::CancelJobRequest),
    /// Parts arrive or turn out broken.
    Stock(v1::AdjustStockRequest),
    /// Devices report where their technicians are.
    Positions,
}

/// The whole day.
pub fn script(world: World<'_>, jobs: usize) -> Vec<Act> {
    let mut acts = Vec::new();
    for call in calls(world, jobs) {
        acts.extend(afterwards(world, &call));
        acts.push(Act { at: call.at, deed: Deed::Call(Box::new(call)) });
    }
    acts.extend([7.0, 11.0, 15.0].map(|hour| delivery(world, hour)));
    let positions = (0..24).map(|half| 8.5 + f64::from(half) / 2.0);
    acts.extend(positions.map(|hour| Act { at: world.day.at(hour), deed: Deed::Positions }));
    acts.sort_by_key(|act| act.at);
    acts
}

/// What becomes of a job with a window before its day comes: one in forty is called off, one in thirty
/// corrected in its place, one in fifty in its fault, one in sixty put off by an hour.
fn afterwards(world: World<'_>, call: &Call) -> Option<Act> {
    let need = call.request.job.as_ref()?.need.as_ref()?;
    let start = seconds(&need.promised_window.as_ref()?.start);
    let (chance, job) = (world.chance, call.request.job_id.as_str());
    let latest = (start - 2 * 3600).max(call.at + 600);
    let at = chance.between(job, "afterwards", call.at + 300, latest);
    let name = world.names.job(job);
    let request_id = |verb: &str| format!("demo-{verb}-{job}");
    let deed = match chance.unit(job, "fate") {
        f if f < 0.025 => Deed::Cancel(v1::CancelJobRequest {
            name,
            reason: "the customer found the fuse".to_owned(),
            request_id: request_id("cancel"),
            ..Default::default()
        }),
        f if f < 0.058 => {
            let moved =
                world.city.home_near(chance, &format!("{job}/moved"), point(need.place.as_ref()?)?, 900.0);
            let need = v1::Need { place: Some(place(moved)), ..Default::default() };
            correction(name, need, "need.place", request_id("place"))
        }
        f if f < 0.078 && !need.faults.is_empty() => {
            let fault = frequent_fault(id(&need.appliance_family))?;
            let likely = v1::LikelyFault { fault: world.names.of("faults", fault.id), probability: 0.9 };
            let need = v1::Need { faults: vec![likely], ..Default::default() };
            correction(name, need, "need.faults", request_id("fault"))
        }
        f if f < 0.095 => {
            let later = window(start + 3600, start + 3 * 3600);
            let need = v1::Need { promised_window: Some(later), ..Default::default() };
            correction(name, need, "need.promised_window", request_id("window"))
        }
        _ => return None,
    };
    Some(Act { at, deed })
}

fn correction(name: String, need: v1::Need, path: &str, request_id: String) -> Deed {
    Deed::Correct(Box::new(v1::UpdateJobRequest {
        job: Some(v1::Job { name, need: Some(need), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec![path.to_owned()] }),
        request_id,
    }))
}

/// The lorry brings parts to the centre, and a broken one is taken out.
fn delivery(world: World<'_>, hour: f64) -> Act {
    let names = world.names;
    let line = |part: &str, delta: i32| v1::StockAdjustment {
        location: names.depot("centre"),
        part: names.part(part),
        delta,
    };
    let request = v1::AdjustStockRequest {
        parent: names.region(),
        adjustments: vec![line("drain-pump", 4), line("start-relay", 6), line("flue-sensor", -1)],
        reason: "delivery".to_owned(),
        request_id: format!("demo-delivery-{hour}"),
    };
    Act { at: world.day.at(hour), deed: Deed::Stock(request) }
}
