//! Questions of staffing: one at a time, on a thread of their own that stops once nobody waits.

use super::front::Front;
use super::limits;
use super::shelf::ground;
use super::stop::Waiting;
use crate::wire::Failure;
use crate::wire::look::staffing::{Study, Taken};
use crate::wire::status::Fault;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tonic::{Response, Status};

/// Who works on questions of staffing.
#[derive(Debug)]
pub struct Studies(Arc<Semaphore>);

impl Default for Studies {
    fn default() -> Studies {
        Studies(Arc::new(Semaphore::new(limits::STUDIES)))
    }
}

impl Front {
    /// Reads what a question takes from the published board, and works it out away from everybody else.
    pub async fn study<S: Study>(&self, study: S) -> Result<Response<S::Reply>, Status> {
        Ok(Response::new(self.studied(study).await?))
    }

    async fn studied<S: Study>(&self, study: S) -> Result<S::Reply, Failure> {
        let region = study.region()?;
        let shown = self.shelf.region(&region)?;
        study.check()?;
        let place = self.studies.0.clone().try_acquire_owned();
        let place = place.map_err(|_| Fault::Busy("the place where staffing is worked out"))?;
        let now = self.clock.now();
        let (waiting, gone) = Waiting::pair();
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            ground(&shown, now);
            let taken = Taken::from(&shown.read().desk, now, study.scope())?;
            // one thread: decisions have the others
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(|_| Fault::Crashed)?;
            pool.install(|| study.work(&taken, &|_| !gone.is_set()))
        });
        let mut work = std::pin::pin!(work);
        let done = match tokio::time::timeout(limits::STUDY, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                // what is found by then is told
                drop(waiting);
                work.await
            }
        };
        done.map_err(|_| Failure::from(Fault::Crashed))?
    }
}
