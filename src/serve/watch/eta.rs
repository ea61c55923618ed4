//! One stream of arrivals: worked out by who asked, when something nudged it, and told where it moved enough.

use super::feed::Follower;
use super::pull::{Pull, Source};
use crate::board::id::JobId;
use crate::serve::clock::Clock;
use crate::serve::front::Front;
use crate::serve::shelf::Shown;
use crate::wire::v1::{JobEta, WatchEtaRequest, WatchEtaResponse};
use crate::wire::watch::eta::{Followed, job_eta};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::{Response, Status};

/// A stream of arrivals.
pub struct Etas {
    followed: Followed,
    follower: Follower,
    shown: Arc<RwLock<Shown>>,
    clock: Arc<Clock>,
    told: BTreeMap<JobId, JobEta>,
}

/// Opens a stream.
///
/// # Errors
/// Where the request is malformed or names a job that is not there.
pub fn follow(front: &Front, request: &WatchEtaRequest) -> Result<Response<Pull<Etas>>, Status> {
    let followed = Followed::read(request)?;
    let shown = front.shown(&followed.region)?;
    followed.there(&shown.read().desk)?;
    let follower = front.watching.feeds.of(&followed.region).follow(followed.jobs.clone());
    let etas = Etas { followed, follower, shown, clock: front.clock.clone(), told: BTreeMap::new() };
    Ok(Response::new(Pull::from(etas)))
}

impl Source for Etas {
    type Message = WatchEtaResponse;

    async fn next(&mut self) -> Result<WatchEtaResponse, Status> {
        loop {
            let mut etas = Vec::new();
            for job in self.follower.take().await {
                // the lock is let go between two jobs: nobody waits for a long list
                let eta = job_eta(&self.shown.read().desk, self.clock.now(), &job);
                if self.told.get(&job).is_none_or(|old| self.followed.differ(old, &eta)) {
                    self.told.insert(job, eta.clone());
                    etas.push(eta);
                }
            }
            if !etas.is_empty() {
                return Ok(WatchEtaResponse { etas });
            }
        }
    }
}
