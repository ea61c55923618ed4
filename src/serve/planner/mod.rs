//! Runs of scenarios: asked for, waited for, played one after the other on a thread with a stated share of one
//! core, watched by whoever likes, kept a while. A run belongs to nobody's connection.

mod ask;
mod tell;

pub use ask::{Order, read, request};
pub use tell::{Updates, scenarios};

use super::limits;
use crate::serve::humble::step_back;
use crate::sim::policy::Named;
use crate::sim::report::{Report, compare_while};
use crate::sim::scenario::Scenario;
use crate::sim::world::Place;
use crate::units::Time;
use crate::wire::Failure;
use crate::wire::status::Fault;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often the thread looks whether the server goes down.
const LOOK: Duration = Duration::from_millis(200);

/// Where a run stands.
#[derive(Clone, Debug)]
pub enum Phase {
    /// Others are before it.
    Waiting,
    /// It is played.
    Running,
    /// Over, with a report.
    Succeeded(Arc<Report>),
    /// Over, and why.
    Failed(String),
    /// Stopped.
    Cancelled,
}

impl Phase {
    fn is_over(&self) -> bool {
        matches!(self, Phase::Succeeded(_) | Phase::Failed(_) | Phase::Cancelled)
    }
}

/// A run at a moment.
#[derive(Clone, Debug)]
pub struct Stand {
    /// Where it stands.
    pub phase: Phase,
    /// Days played.
    pub done: usize,
}

/// A run.
pub struct Run {
    /// Rises from run to run; a page goes on behind it.
    pub id: String,
    created: Time,
    /// Request id and digest, where it has one.
    request: Option<(String, String)>,
    scenario: Scenario,
    place: Place,
    policies: Vec<&'static Named>,
    seeds: Vec<u64>,
    cancelled: AtomicBool,
    stand: watch::Sender<Stand>,
}

impl Run {
    fn days(&self) -> usize {
        self.policies.len() * self.seeds.len()
    }

    fn is_over(&self) -> bool {
        self.stand.borrow().phase.is_over()
    }

    /// A word on where it stands; the last one holds.
    fn tell(&self, phase: Phase) {
        self.stand.send_if_modified(|stand| {
            let tells = !stand.phase.is_over();
            if tells {
                stand.phase = phase;
            }
            tells
        });
    }
}

/// All runs, shared by all who ask.
#[derive(Clone)]
pub struct Planner {
    runs: Arc<Mutex<Runs>>,
    queue: SyncSender<Arc<Run>>,
}

#[derive(Default)]
struct Runs {
    next: u64,
    by_id: BTreeMap<String, Arc<Run>>,
}

impl Planner {
    /// Starts the thread; it ends once `stopped` says so.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(share: f64, stopped: watch::Receiver<bool>) -> std::io::Result<(Planner, JoinHandle<()>)> {
        let (queue, orders) = sync_channel(limits::RUNS);
        let worker = Worker { share, stopped };
        let thread = thread::Builder::new().name("planner".into()).spawn(move || worker.run(&orders))?;
        Ok((Planner { runs: Arc::default(), queue }, thread))
    }

    /// The run that a repeated request started.
    ///
    /// # Errors
    /// Where its request id was used with another body.
    pub fn repeated(&self, id: &str, digest: &str) -> Result<Option<Arc<Run>>, Failure> {
        self.runs.lock().repeated(id, digest)
    }

    /// Takes a run on.
    ///
    /// # Errors
    /// Where too many wait, or the request id was used with another body.
    pub fn take_on(&self, order: Order, created: Time) -> Result<Arc<Run>, Failure> {
        let mut runs = self.runs.lock();
        if let Some((id, digest)) = &order.request
            && let Some(run) = runs.repeated(id, digest)?
        {
            return Ok(run);
        }
        if runs.by_id.values().filter(|r| !r.is_over()).count() >= limits::RUNS {
            return Err(Fault::Busy("the list of runs").into());
        }
        runs.next += 1;
        let Order { request, scenario, place, policies, seeds } = order;
        let stand = watch::Sender::new(Stand { phase: Phase::Waiting, done: 0 });
        let (id, cancelled) = (format!("r{:08}", runs.next), AtomicBool::new(false));
        let run = Run { id, created, request, scenario, place, policies, seeds, cancelled, stand };
        let run = Arc::new(run);
        match self.queue.try_send(run.clone()) {
            Ok(()) => {}
            // runs called off while they wait hold their places until their turn
            Err(TrySendError::Full(_)) => return Err(Fault::Busy("the list of runs").into()),
            Err(TrySendError::Disconnected(_)) => {
                return Err(Fault::Unavailable("the server is going down").into());
            }
        }
        runs.by_id.insert(run.id.clone(), run.clone());
        runs.forget();
        Ok(run)
    }

    /// The run of that id.
    ///
    /// # Errors
    /// Where it is not there, or was forgotten.
    pub fn run(&self, id: &str) -> Result<Arc<Run>, Failure> {
        self.runs.lock().by_id.get(id).cloned().ok_or_else(|| Failure::NoRun(id.to_owned()))
    }

    /// Runs behind an id, in order.
    pub fn after(&self, id: Option<&str>) -> Vec<Arc<Run>> {
        let runs = self.runs.lock();
        runs.by_id.values().filter(|r| id.is_none_or(|id| r.id.as_str() > id)).cloned().collect()
    }

    /// Stops a run; one that is over stays as it is.
    ///
    /// # Errors
    /// As [`Planner::run`].
    pub fn cancel(&self, id: &str) -> Result<Arc<Run>, Failure> {
        let run = self.run(id)?;
        run.cancelled.store(true, Ordering::Relaxed);
        run.tell(Phase::Cancelled);
        Ok(run)
    }
}

impl Runs {
    fn repeated(&self, id: &str, digest: &str) -> Result<Option<Arc<Run>>, Failure> {
        let same = |r: &&Arc<Run>| r.request.as_ref().is_some_and(|(said, _)| said == id);
        let Some(run) = self.by_id.values().find(same) else { return Ok(None) };
        match run.request.as_ref().is_some_and(|(_, had)| had == digest) {
            true => Ok(Some(run.clone())),
            false => Err(Failure::RequestIdReused(id.to_owned())),
        }
    }

    /// Lets go of the oldest that are over.
    fn forget(&mut self) {
        let over: Vec<String> = self.by_id.values().filter(|r| r.is_over()).map(|r| r.id.clone()).collect();
        for id in over.iter().take(over.len().saturating_sub(limits::RUNS_KEPT)) {
            self.by_id.remove(id);
        }
    }
}

struct Worker {
    share: f64,
    stopped: watch::Receiver<bool>,
}

impl Worker {
    fn run(&self, orders: &Receiver<Arc<Run>>) {
        // one thread: what is parallel in a decision runs on it too, and takes no other core from dispatching
        let builder = rayon::ThreadPoolBuilder::new().num_threads(1).start_handler(|_| step_back());
        let pool = match builder.build() {
            Ok(pool) => pool,
            Err(error) => return tracing::error!(%error, "no thread for runs of scenarios"),
        };
        while self.goes_on() {
            match orders.recv_timeout(LOOK) {
                Ok(run) => pool.install(|| self.play(&run)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn goes_on(&self) -> bool {
        !*self.stopped.borrow() && self.stopped.has_changed().is_ok()
    }

    fn play(&self, run: &Run) {
        if run.is_over() {
            return;
        }
        run.tell(Phase::Running);
        let since = Mutex::new(instant());
        let goes_on = || {
            let worked = since.lock().elapsed();
            if worked >= limits::RUN_SLICE {
                self.rest(worked.mul_f64((1.0 - self.share) / self.share));
                *since.lock() = instant();
            }
            !run.cancelled.load(Ordering::Relaxed) && self.goes_on()
        };
        let told = |done: usize| run.stand.send_modify(|stand| stand.done = done);
        let compare =
            || compare_while(&run.scenario, &run.place, &run.policies, &run.seeds, &told, &goes_on, None);
        run.tell(match catch_unwind(AssertUnwindSafe(compare)) {
            Ok(Some(report)) => Phase::Succeeded(Arc::new(report)),
            Ok(None) if run.cancelled.load(Ordering::Relaxed) => Phase::Cancelled,
            Ok(None) => Phase::Failed("the server went down".into()),
            Err(_) => {
                tracing::error!(run = run.id, "a simulated day panicked");
                Phase::Failed("an error of the server: please report it with the scenario".into())
            }
        });
    }

    /// Sleeps, in pieces that a server that goes down does not wait for.
    fn rest(&self, mut left: Duration) {
        while left > Duration::ZERO && self.goes_on() {
            thread::sleep(left.min(LOOK));
            left = left.saturating_sub(LOOK);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "measures its own share of the processor; decides nothing")]
fn instant() -> Instant {
    Instant::now()
}
