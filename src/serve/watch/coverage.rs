//! One stream of coverage: told as it is, then whenever it has moved. Whoever reads slowly is told the latest only.

use super::feed::{Key, Seat};
use super::pull::{Pull, Source};
use crate::serve::clock::Clock;
use crate::serve::front::{Front, grounded};
use crate::serve::limits;
use crate::serve::shelf::Shown;
use crate::wire::encode::coverage::coverage;
use crate::wire::v1::{Coverage, WatchCoverageRequest, WatchCoverageResponse};
use crate::wire::watch::coverage::{Followed, THIN};
use parking_lot::RwLock;
use std::sync::Arc;
use tonic::{Response, Status};

/// A stream of coverage.
pub struct Covered {
    followed: Followed,
    seat: Seat,
    shown: Arc<RwLock<Shown>>,
    clock: Arc<Clock>,
    told: Option<Coverage>,
}

/// Opens a stream.
///
/// # Errors
/// Where the request is malformed or its region is not there.
pub fn cover(front: &Front, request: &WatchCoverageRequest) -> Result<Response<Pull<Covered>>, Status> {
    let followed = Followed::read(request)?;
    let shown = front.shown(&followed.region)?;
    // seated before the state is read, so that nothing falls between the two
    let (seat, _) = front.watching.feeds.of(&followed.region).sit(Key::All);
    let covered = Covered { followed, seat, shown, clock: front.clock.clone(), told: None };
    Ok(Response::new(Pull::from(covered)))
}

impl Source for Covered {
    type Message = WatchCoverageResponse;

    async fn next(&mut self) -> Result<WatchCoverageResponse, Status> {
        loop {
            if self.told.is_some() {
                // by an event or by the minute; what comes in meanwhile is looked at together
                let _ = tokio::time::timeout(limits::COVERAGE_MOST, self.seat.heard()).await;
                tokio::time::sleep(limits::COVERAGE_LEAST).await;
            }
            let _ = self.seat.take();
            let now = self.clock.now();
            grounded(&self.shown, now).await;
            let new = coverage(&self.shown.read().desk, now, (THIN, self.followed.thin), false);
            if self.told.as_ref().is_none_or(|old| self.followed.differ(old, &new)) {
                self.told = Some(new.clone());
                return Ok(WatchCoverageResponse { coverage: Some(new) });
            }
        }
    }
}
