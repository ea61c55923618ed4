//! The journal read for watchers, beside its writer: a few connections of their own, off the async threads.

use super::feed::Told;
use crate::board::id::RegionId;
use crate::journal::{Fault as Trouble, Sqlite};
use crate::serve::limits;
use crate::wire::Failure;
use crate::wire::status::Fault;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Reads the journal for watchers.
#[derive(Debug)]
pub struct Library {
    file: PathBuf,
    idle: Mutex<Vec<Sqlite>>,
    places: Semaphore,
}

const UNREADABLE: &str = "the journal cannot be read: open the stream again";

impl Library {
    /// Reads this journal.
    pub fn of(file: PathBuf) -> Library {
        Library { file, idle: Mutex::default(), places: Semaphore::new(limits::READERS) }
    }

    /// The records of a region that follow `seq`, a page of them; none where the next one is not there any more.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn after(
        self: &Arc<Self>,
        region: &RegionId,
        seq: u64,
    ) -> Result<VecDeque<Arc<Told>>, Failure> {
        let region = region.clone();
        let page = self.read(move |journal| journal.page(&region, seq + 1, limits::PAGE)).await?;
        Ok(page.into_iter().map(|stored| Arc::new(stored.into())).collect())
    }

    /// The checksum of a record; `None` where it is not there.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn checksum(self: &Arc<Self>, region: &RegionId, seq: u64) -> Result<Option<u32>, Failure> {
        let region = region.clone();
        self.read(move |journal| journal.checksum(&region, seq)).await
    }

    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Sqlite) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = self.places.acquire().await.map_err(|_| Fault::Unavailable(UNREADABLE))?;
        let library = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let idle = library.idle.lock().pop();
            let journal = idle.map_or_else(|| Sqlite::read_only(&library.file), Ok)?;
            let found = work(&journal)?;
            // one that failed is not used again
            library.idle.lock().push(journal);
            Ok::<T, Trouble>(found)
        });
        let read = read.await;
        drop(place);
        match read {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(trouble)) => {
                tracing::error!(%trouble, "the journal could not be read for a watcher");
                Err(Fault::Unavailable(UNREADABLE).into())
            }
            Err(_) => Err(Fault::Crashed.into()),
        }
    }
}
