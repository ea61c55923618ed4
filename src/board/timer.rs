//! What will have to be done at a known moment: timers are commands that the driver gives when they are due.

use super::id::{DeliveryId, JobId, TechnicianId};
use crate::units::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// What falls due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Timer {
    /// A technician who reports progress has not reported what was due by plan.
    Overdue(TechnicianId),
    /// A hold ends.
    Hold(JobId),
    /// A clock warns or is breached.
    Clock(JobId),
    /// Nobody has answered the open offer of a job.
    Offer(JobId),
    /// A delivery arrives.
    Delivery(DeliveryId),
    /// Nobody has answered a technician's move, or its posting is over.
    Move(TechnicianId),
    /// It is looked whether somebody had better wait elsewhere.
    Moves,
    /// A job that waits after it was declined is tried again.
    Retry(JobId),
}

/// All timers of a board: each at most once. Setting and finding the next is logarithmic in their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timers {
    due: BTreeMap<Timer, Time>,
    order: BTreeSet<(Time, Timer)>,
}

impl Timers {
    /// Sets a timer, or takes it away.
    pub fn set(&mut self, timer: Timer, due: Option<Time>) {
        if let Some(had) = self.due.remove(&timer) {
            self.order.remove(&(had, timer.clone()));
        }
        if let Some(due) = due {
            self.order.insert((due, timer.clone()));
            self.due.insert(timer, due);
        }
    }

    /// The one that falls due first; among equals the least.
    pub fn first(&self) -> Option<(Time, &Timer)> {
        self.order.first().map(|(due, timer)| (*due, timer))
    }

    /// When a timer falls due.
    pub fn due(&self, timer: &Timer) -> Option<Time> {
        self.due.get(timer).copied()
    }

    /// Jobs to be tried again, by id.
    pub fn retries(&self) -> impl Iterator<Item = (&JobId, Time)> {
        self.due.range(Timer::Moves..).filter_map(|(timer, due)| match timer {
            Timer::Retry(job) => Some((job, *due)),
            _ => None,
        })
    }

    /// All, in order of kind.
    pub fn iter(&self) -> impl Iterator<Item = (&Timer, Time)> {
        self.due.iter().map(|(timer, due)| (timer, *due))
    }
}

/// Written as rows: map keys that are not strings have no place in JSON.
impl Serialize for Timers {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(&self.due)
    }
}

impl<'de> Deserialize<'de> for Timers {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Timers, D::Error> {
        let mut timers = Timers::default();
        for (timer, due) in Vec::<(Timer, Time)>::deserialize(d)? {
            timers.set(timer, Some(due));
        }
        Ok(timers)
    }
}
