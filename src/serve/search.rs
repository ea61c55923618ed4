//! Slot searches: a window at a time on a thread for that, so that whoever publishes waits for one window, not for all.
//! Each window is priced on the plan as it is when its turn comes.
//!
//! So many are worked on at a time and so many more wait, in the order they came; one more is refused at once. Who
//! hangs up, or is out of time, loses the place: a search ends at the next window, one that waits is never begun.

use super::front::Front;
use super::limits;
use super::stop::Waiting;
use super::took::{Took, Watch, instant};
use crate::wire::Failure;
use crate::wire::look::found;
use crate::wire::status::Fault;
use crate::wire::v1;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tonic::{Response, Status};

/// Who searches slots.
#[derive(Debug)]
pub struct Searches {
    /// One for each search that is worked on or waits.
    places: Arc<Semaphore>,
    /// One for each that is worked on.
    turns: Arc<Semaphore>,
}

impl Default for Searches {
    fn default() -> Searches {
        let of = |n| Arc::new(Semaphore::new(n));
        Searches { places: of(limits::searches() + limits::SEARCHES_WAITING), turns: of(limits::searches()) }
    }
}

impl Front {
    /// Searches slots once it is its turn, as long as somebody waits for them.
    pub async fn search(
        &self,
        request: v1::SearchSlotsRequest,
    ) -> Result<Response<v1::SearchSlotsResponse>, Status> {
        let (reply, took) = self.searched(request).await?;
        let mut response = Response::new(reply);
        took.tell(response.metadata_mut());
        Ok(response)
    }

    async fn searched(
        &self,
        request: v1::SearchSlotsRequest,
    ) -> Result<(v1::SearchSlotsResponse, Took), Failure> {
        let region = request.region()?;
        let (shown, now, asked) = (self.shelf.region(&region)?, self.clock.now(), instant());
        let Searches { places, turns } = &*self.searches;
        let place = places.clone().try_acquire_owned();
        let place = place.map_err(|_| Fault::Busy("the line of slot searches"))?;
        let turn = turns.clone().acquire_owned().await.map_err(|_| Fault::Crashed)?;
        // dropped with this future, which is what happens to a call that nobody waits for
        let (_waiting, gone) = Waiting::pair();
        let search = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            let watch = Watch::start(asked);
            let mut search = request.begin(&shown.read().desk, now)?;
            while !gone.is_set() && search.step(&shown.read().desk) {}
            Ok((found(&region, search), watch.stop()))
        });
        search.await.map_err(|_| Failure::from(Fault::Crashed))?
    }
}
