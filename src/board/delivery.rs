//! Parts on their way to a place, and what is kept of them for visits that come after they arrive.

use super::catalog::PartCount;
use super::fleet::Errand;
use super::id::{DeliveryId, JobId, Location, PartId};
use super::job::Source;
use crate::units::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Parts that arrive at a place at a moment. Parts that come from a place of the region left its stock when
/// they were sent; others count as received when they arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The id.
    pub id: DeliveryId,
    /// Where they come from, where that is a place of the region.
    pub from: Option<Location>,
    /// Where they arrive.
    pub to: Location,
    /// What; sorted, each once.
    pub parts: Vec<PartCount>,
    /// When they were sent or announced.
    pub sent: Time,
    /// When they are there.
    pub arrives: Time,
    /// What is kept of them, by job; sorted, each once.
    pub kept: BTreeMap<JobId, Vec<PartCount>>,
}

/// Parts of a delivery that a visit waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Awaited {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// What, and where it will lie.
    pub source: Source,
    /// When it is there.
    pub arrives: Time,
}

impl Delivery {
    /// How many of a part it brings.
    pub fn brings(&self, part: &PartId) -> u32 {
        self.parts.iter().find(|p| p.part == *part).map_or(0, |p| p.count)
    }

    /// How many of a part nobody keeps.
    pub fn unkept(&self, part: &PartId) -> u32 {
        let kept = self.kept.values().flatten().filter(|p| p.part == *part);
        self.brings(part) - kept.map(|p| p.count).sum::<u32>()
    }
}

/// The first moment at which an errand can begin for the sake of what is awaited there: a visit for what comes
/// to the van, a depot stop for what the visits after it draw on there, up to the next stop at that depot.
pub fn ready<'a>(errand: &Errand, rest: &[Errand], awaits: &dyn Fn(&JobId) -> &'a [Awaited]) -> Time {
    let latest = |job: &JobId, there: &dyn Fn(&Location) -> bool| {
        let here = awaits(job).iter().filter(|a| there(&a.source.location));
        here.map(|a| a.arrives).max().unwrap_or(Time::MIN)
    };
    match errand {
        Errand::Break(_) => Time::MIN,
        Errand::Visit(job) => latest(job, &|l| matches!(l, Location::Van(_))),
        Errand::Depot(depot) => {
            let here = |l: &Location| matches!(l, Location::Depot(d) if d == depot);
            let until_next = rest.iter().take_while(|e| *e != errand);
            let jobs = until_next.filter_map(|e| match e {
                Errand::Visit(job) => Some(job),
                Errand::Depot(_) | Errand::Break(_) => None,
            });
            jobs.map(|job| latest(job, &here)).max().unwrap_or(Time::MIN)
        }
    }
}
