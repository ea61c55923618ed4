//! Arrivals as they are followed: which jobs, what is told of each, and when that is worth telling again.

use super::visiting;
use crate::board::id::{JobId, RegionId};
use crate::plan::Desk;
use crate::units::{Span, Time};
use crate::wire::check::check;
use crate::wire::{Failure, decode, encode, name, v1};
use prost_types::Timestamp;

/// Jobs on one stream at most.
const JOBS_MOST: usize = 100;
/// A change that is told where the caller does not say.
const USUAL: Span = Span::minutes(1);
/// The largest that may be asked for.
const MOST: i64 = 3600;

/// What is followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The region.
    pub region: RegionId,
    /// The jobs.
    pub jobs: Vec<JobId>,
    min_change: Span,
}

impl Followed {
    /// Reads a request.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn read(request: &v1::WatchEtaRequest) -> Result<Followed, Failure> {
        check(|at| {
            let region = name::region(&at.field("parent"), &request.parent)?;
            let list = at.field("jobs");
            if request.jobs.is_empty() {
                list.wrong("has to have an element");
            }
            let jobs = list.each(&request.jobs, JOBS_MOST, |at, job| {
                name::member(at, &region, "jobs", job).map(JobId::from)
            });
            let min_change = match &request.min_change {
                None => Some(USUAL),
                Some(d) => decode::span(&at.field("min_change"), d, 0, MOST),
            };
            Some(Followed { jobs: jobs?, min_change: min_change?, region })
        })
    }

    /// Checks that every job is there.
    ///
    /// # Errors
    /// Names each that is not.
    pub fn there(&self, desk: &Desk) -> Result<(), Failure> {
        check(|at| {
            let list = at.field("jobs");
            for (i, job) in self.jobs.iter().enumerate() {
                if !desk.board().jobs.contains_key(job) {
                    list.index(i).wrong(format!("there is no job {:?}", job.as_str()));
                }
            }
            Some(())
        })
    }

    /// Whether `new` is worth telling to who was told `old`.
    pub fn differ(&self, old: &v1::JobEta, new: &v1::JobEta) -> bool {
        let moved = |a: &Option<Timestamp>, b: &Option<Timestamp>| match (a, b) {
            (Some(a), Some(b)) => (a.seconds - b.seconds).abs() > self.min_change.0,
            (a, b) => a != b,
        };
        let who = |eta: &v1::JobEta| eta.technician.as_ref().map(|t| t.name.clone());
        let arrivals = match (&old.eta, &new.eta) {
            (Some(a), Some(b)) => {
                let (a_window, b_window) = (a.window.unwrap_or_default(), b.window.unwrap_or_default());
                a.visit != b.visit
                    || a.position_stale != b.position_stale
                    || moved(&a_window.p50, &b_window.p50)
                    || moved(&a_window.p90, &b_window.p90)
            }
            (a, b) => a != b,
        };
        arrivals || old.state != new.state || who(old) != who(new)
    }
}

/// When the technician of a job arrives, by what is known at `now`.
///
/// # Panics
/// Where there is no such job: jobs stay.
pub fn job_eta(desk: &Desk, now: Time, id: &JobId) -> v1::JobEta {
    let board = desk.board();
    let region = &board.region.id;
    let job = board.jobs.get(id).expect("a job that is followed stays");
    let eta = job.visit.as_ref().and_then(|visit| {
        let arrival = desk.arrival(now, id, visit.number).ok()?;
        Some(encode::job::arrival(desk, name::of_visit(region, id, visit.number), &arrival, now))
    });
    v1::JobEta {
        job: name::of_job(region, id),
        state: encode::job::state(job.state).into(),
        eta,
        technician: visiting(desk, now, id),
    }
}
