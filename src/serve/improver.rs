//! The improver: a thread that keeps searching for better routes on a stated share of one core.
//!
//! It holds a published desk's read lock only while a patch is cut out; it searches without any lock, and hands
//! what it finds to the desk thread as the least urgent of all orders. A job that has just come in or changed is
//! searched around at once, otherwise patches are drawn over all regions in turn. What has become stale meanwhile
//! the board refuses, and nothing is lost.
//!
//! On a controlled clock there is no thread: a day that is played has to go the same way each time. Where it is
//! enabled there, the desk thread itself searches around what each write changed, a stated number of rounds,
//! before the write is answered.

use super::clock::Clock;
use super::config;
use super::humble::step_back;
use super::limits;
use super::order::Order;
use super::shelf::Shelf;
use crate::board::Event;
use crate::board::id::RegionId;
use crate::plan::improve::{Effort, Focus, Proposal};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long it rests at most where nothing is found: a region that nobody calls in is as good as it gets soon.
const IDLE: Duration = Duration::from_secs(1);
/// The first such rest; each is twice the one before.
const FIRST: Duration = Duration::from_millis(50);

/// Where the keeper tells what has changed.
#[derive(Clone, Debug)]
pub struct Improver(Option<SyncSender<(RegionId, Focus)>>);

/// All that the thread needs.
pub struct Work {
    /// Published regions.
    pub shelf: Arc<Shelf>,
    /// The clock.
    pub clock: Arc<Clock>,
    /// To the desk thread.
    pub queue: SyncSender<Order>,
    /// Set once the server goes down.
    pub stopped: watch::Receiver<bool>,
    /// How much it may do.
    pub config: config::Improver,
}

/// What the events of a write are about, where it is something to search around.
pub fn focus(events: &[Event]) -> Option<Focus> {
    let planned = events.iter().find_map(|e| match e {
        Event::VisitPlanned { job, .. } => Some(Focus::Job(job.clone())),
        _ => None,
    });
    planned.or_else(|| {
        events.iter().find_map(|e| match e {
            Event::RouteSet { technician, .. } => Some(Focus::Technician(technician.clone())),
            _ => None,
        })
    })
}

impl Improver {
    /// None: nothing is heeded.
    pub fn none() -> Improver {
        Improver(None)
    }

    /// A place to tell what has changed, and where that is heard.
    pub fn pair() -> (Improver, Receiver<(RegionId, Focus)>) {
        let (tell, told) = sync_channel(limits::FOCI);
        (Improver(Some(tell)), told)
    }

    /// Takes note of what a record changed; forgets it where too much has changed already.
    pub fn heed(&self, region: &RegionId, events: &[Event]) {
        let Some(tell) = &self.0 else { return };
        if let Some(focus) = focus(events) {
            let _ = tell.try_send((region.clone(), focus));
        }
    }
}

impl Work {
    /// Starts the thread; it ends when the server is told to stop.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(self, told: Receiver<(RegionId, Focus)>) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new().name("improver".into()).spawn(move || self.run(&told))
    }

    fn run(self, told: &Receiver<(RegionId, Focus)>) {
        step_back();
        let (mut seed, mut idle) = (0, FIRST);
        while self.goes_on() {
            let heard = match told.recv_timeout(idle) {
                Ok(heard) => Some(heard),
                Err(RecvTimeoutError::Timeout) => None,
                // Nobody is left to tell: the server goes down.
                Err(RecvTimeoutError::Disconnected) => return,
            };
            seed += 1;
            let began = instant();
            let found = self.search(heard, seed);
            let took = began.elapsed();
            idle = if found { Duration::ZERO } else { (idle * 2).clamp(FIRST, IDLE) };
            // The share is of wall time: so long at work, so long at rest, whatever there is to do.
            let mut rest = took.mul_f64((1.0 - self.config.share) / self.config.share);
            while rest > Duration::ZERO && self.goes_on() {
                thread::sleep(rest.min(FIRST));
                rest = rest.saturating_sub(FIRST);
            }
        }
    }

    fn goes_on(&self) -> bool {
        !*self.stopped.borrow() && self.stopped.has_changed().is_ok()
    }

    /// Searches one patch and hands on what it finds; whether it found any.
    fn search(&self, heard: Option<(RegionId, Focus)>, seed: u64) -> bool {
        let ids = self.shelf.ids();
        let drawn = || ids.get(seed as usize % ids.len().max(1)).map(|id| (id.clone(), None));
        let Some((region, focus)) = heard.map(|(id, focus)| (id, Some(focus))).or_else(drawn) else {
            return false;
        };
        let Ok(shown) = self.shelf.region(&region) else { return false };
        let now = self.clock.now();
        let patch = {
            let shown = shown.read();
            let focus = focus.or_else(|| shown.desk.draw(now, seed));
            focus.and_then(|focus| shown.desk.patch(now, &focus))
        };
        let Some(patch) = patch else { return false };
        let found = patch.search(&Effort { seed, rounds: self.config.rounds, threads: 1 });
        let any = !found.is_empty();
        for Proposal { adoption, .. } in found {
            let order = Order::Adopt { region: region.clone(), adoption: Box::new(adoption) };
            // A full queue has more urgent things in it.
            if let Err(TrySendError::Disconnected(_)) = self.queue.try_send(order) {
                break;
            }
        }
        any
    }
}

#[allow(clippy::disallowed_methods, reason = "measures its own share of the processor; decides nothing")]
fn instant() -> Instant {
    Instant::now()
}
