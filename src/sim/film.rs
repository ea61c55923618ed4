//! What there was to see of a day: where technicians drove, rested and worked, and what became of each job.

use crate::board::id::{JobId, TechnicianId};
use crate::geo::Point;
use crate::units::Time;
use std::collections::BTreeMap;

/// A way that was driven.
#[derive(Clone, Debug)]
pub struct Way {
    /// Who.
    pub technician: TechnicianId,
    /// To which job; to a depot, or to wait elsewhere, where `None`.
    pub job: Option<JobId>,
    /// From where.
    pub from: Point,
    /// To where.
    pub to: Point,
    /// When it began.
    pub depart: Time,
    /// When it ended, or would have.
    pub arrive: Time,
    /// When it was broken off, because somebody else goes.
    pub cut: Option<Time>,
}

impl Way {
    /// Where one is on it: on the straight line.
    pub fn at(&self, now: Time) -> Point {
        let part = (now - self.depart).0 as f64 / (self.arrive - self.depart).0.max(1) as f64;
        let part = part.clamp(0.0, 1.0);
        let between = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as i32;
        Point { lon: between(self.from.lon, self.to.lon), lat: between(self.from.lat, self.to.lat) }
    }
}

/// Time spent on a job, or at rest.
#[derive(Clone, Debug)]
pub struct Stay {
    /// Who.
    pub technician: TechnicianId,
    /// On which job; a break where `None`.
    pub job: Option<JobId>,
    /// From.
    pub from: Time,
    /// Until.
    pub until: Time,
}

/// A day.
#[derive(Clone, Debug, Default)]
pub struct Film {
    /// Ways, in the order they began.
    pub ways: Vec<Way>,
    /// Stays, in the order they began.
    pub stays: Vec<Stay>,
    /// Shifts of those who came: from and until they were at work.
    pub shifts: BTreeMap<TechnicianId, Vec<(Time, Time)>>,
    /// Whom each job was given to, when; `None` where it was taken away again.
    pub plans: BTreeMap<JobId, Vec<(Time, Option<TechnicianId>)>>,
}

impl Film {
    /// The job is somebody's now, or nobody's.
    pub fn plan(&mut self, at: Time, job: &JobId, technician: Option<&TechnicianId>) {
        self.plans.entry(job.clone()).or_default().push((at, technician.cloned()));
    }

    /// The newest way of somebody.
    pub fn last_way(&self, technician: &TechnicianId) -> Option<&Way> {
        self.ways.iter().rev().find(|w| w.technician == *technician)
    }

    /// Breaks off the way that somebody is on.
    pub fn cut(&mut self, technician: &TechnicianId, now: Time) {
        let last = self.ways.iter_mut().rev().find(|w| w.technician == *technician);
        if let Some(way) = last.filter(|w| w.arrive > now) {
            way.cut = Some(now);
        }
    }

    /// Ends the shift of somebody who leaves.
    pub fn leave(&mut self, technician: &TechnicianId, now: Time) {
        self.cut(technician, now);
        if let Some((_, until)) = self.shifts.get_mut(technician).and_then(|all| all.last_mut()) {
            *until = now;
        }
    }
}
