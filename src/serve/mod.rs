//! The running server: the only room with async code, threads and a clock. It owns no rule.
//!
//! Async waits, threads work: tokio accepts, decodes, awaits and encodes; the desk thread steps every write
//! of every region; the keeper puts batches of them on disk and only then publishes and answers; the scribe
//! writes snapshots. Readers use the published boards and wait for nobody.

pub mod clock;
pub mod config;
mod front;
mod health;
mod humble;
mod improver;
mod keeper;
mod layers;
pub mod limits;
mod order;
mod planner;
mod receipts;
mod roads;
mod rpc;
mod scribe;
mod search;
mod shelf;
pub mod stop;
pub mod store;
mod study;
mod took;
mod watch;
mod writer;

pub use config::{Config, ConfigError};
pub use roads::Roads;
pub use store::OpenError;

use crate::journal::{Directory, Snapshots};
use crate::wire::DESCRIPTOR;
use clock::{Clock, Source};
use front::Front;
use health::Health;
use improver::Improver;
use layers::accept::Incoming;
use layers::{GuardLayer, Panics, Streams};
use planner::Planner;
use scribe::Scribe;
use shelf::Shelf;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use store::{OpenJournal, Opener};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch as flag;
use tonic::transport::Server;
use watch::{Feeds, Library, Watching};
use writer::Writer;

/// Reads everything from disk; called at the start and after a failure.
pub type Open = Box<dyn Fn() -> Result<(writer::Regions, store::Store), OpenError> + Send>;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its data.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its address.
    #[error("cannot listen on {listen}: {error}; name another address with --listen or in callout.toml")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(std::io::Error),
}

/// A server that runs. Dropping it stops it without waiting.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    panics: Panics,
    streams: Streams,
    stop: flag::Sender<bool>,
    drain: Duration,
    runtime: Option<Runtime>,
    server: Option<tokio::task::JoinHandle<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts a server; it answers when this returns.
///
/// # Errors
/// Where configuration, data or address cannot be used.
pub fn start(config: &Config) -> Result<Running, StartError> {
    start_on(config, store::sqlite())
}

/// As [`start`], on a journal opened by `journal`: tests give one that fails.
///
/// # Errors
/// As [`start`].
pub fn start_on(config: &Config, journal: OpenJournal) -> Result<Running, StartError> {
    config.check()?;
    let directory = Directory::hold(&config.data_dir).map_err(OpenError::from)?;
    let snapshots = Snapshots::at(directory.snapshots()).map_err(OpenError::from)?;
    snapshots.tidy();
    let l = &config.limits;
    let (scribe, scribe_thread) = Scribe::start(snapshots, l.snapshot_every, l.keep_records);
    let roads = Arc::new(Roads::in_dir(config.roads_dir.clone()));
    let shelf = Arc::new(Shelf::default());
    let health = Health::default();
    let watching = Watching {
        feeds: Arc::new(Feeds::default()),
        library: Arc::new(Library::of(directory.journal())),
        silence: Duration::from_secs(l.bookmark_seconds),
    };
    let opener = Opener {
        directory,
        roads: roads.clone(),
        shelf: shelf.clone(),
        feeds: watching.feeds.clone(),
        scribe,
        improver: Improver::none(),
        journal,
        health: health.clone(),
        in_flight: l.queue.min(limits::IN_FLIGHT),
    };
    let (tell, told) = Improver::pair();
    let thread = config.improves() && config.clock == Source::Real;
    let opener = Opener { improver: if thread { tell } else { Improver::none() }, ..opener };
    let opened = opener.open()?;
    let floor = opened.1.now();
    let clock = Arc::new(match (config.clock, config.start()) {
        (Source::Controlled, Some(start)) => Clock::starting(start, floor),
        (source, _) => Clock::new(source, floor),
    });
    let (queue, orders) = sync_channel(config.limits.queue);
    let at_once = (config.improves() && !thread).then_some(config.improver.rounds);
    let writer = Writer::new(Box::new(move || opener.open()), clock.clone(), at_once, opened);
    let desk = thread::Builder::new().name("desk".into());
    let desk = desk.spawn(move || writer.run(&orders)).map_err(StartError::Threads)?;
    let (stop, stopped) = flag::channel(false);
    let mut threads = vec![desk, scribe_thread];
    if thread {
        let (shelf, clock, queue) = (shelf.clone(), clock.clone(), queue.clone());
        let work = improver::Work { shelf, clock, queue, stopped, config: config.improver };
        threads.push(work.start(told).map_err(StartError::Threads)?);
    }
    let (planner, thread) =
        Planner::start(config.planner.share, stop.subscribe()).map_err(StartError::Threads)?;
    threads.push(thread);
    let (studies, searches) = Default::default();
    let front = Front { planner, shelf, queue, clock, roads, watching, studies, searches };
    listen(config, front, health, stop, threads)
}

fn listen(
    config: &Config,
    front: Front,
    health: Health,
    stop: flag::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
) -> Result<Running, StartError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = config.threads {
        builder.worker_threads(threads.max(1));
    }
    let runtime = builder.enable_all().thread_name("rpc").build().map_err(StartError::Threads)?;
    let failed = |error| StartError::Listen { listen: config.listen, error };
    let listener = runtime.block_on(TcpListener::bind(config.listen)).map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let stopped = stop.subscribe();
    let panics = Panics::default();
    let l = &config.limits;
    let [life, slow] = [l.stream_seconds, l.slow_seconds].map(Duration::from_secs);
    let streams = Streams::new(l.streams, life, slow);
    let guard = GuardLayer(panics.clone(), streams.clone());
    let incoming = Incoming::new(listener, config.limits.connections);
    let server = runtime.spawn(serve(front, incoming, guard, health, stopped));
    let drain = Duration::from_secs(config.limits.drain_seconds);
    let (runtime, server) = (Some(runtime), Some(server));
    Ok(Running { addr, panics, streams, stop, drain, runtime, server, threads })
}

async fn serve(
    front: Front,
    incoming: Incoming,
    guard: GuardLayer,
    health: Health,
    mut stopped: flag::Receiver<bool>,
) {
    let (reporter, health_service) = tonic_health::server::health_reporter();
    health::tell(&reporter, true).await;
    let (told, streams) = (stopped.clone(), guard.1.clone());
    tokio::spawn(streams.clone().sweep());
    tokio::spawn(front.watching.feeds.clone().cry(front.shelf.clone()));
    tokio::spawn(async move {
        health.report(reporter, told).await;
        // who watches our health has been told before the stream ends
        streams.end();
    });
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTOR)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = reflection().build_v1().expect("the descriptor that was compiled in is sound");
    let v1alpha = reflection().build_v1alpha().expect("the descriptor that was compiled in is sound");
    let routes = rpc::routes(&front).add_service(health_service).add_service(v1).add_service(v1alpha);
    drop(front);
    let server = Server::builder()
        .max_concurrent_streams(limits::STREAMS)
        .http2_max_local_error_reset_streams(Some(limits::LOCAL_RESETS))
        .http2_max_pending_accept_reset_streams(Some(limits::PENDING_RESETS))
        .http2_max_header_list_size(limits::HEADERS)
        .http2_keepalive_interval(Some(limits::KEEPALIVE))
        .http2_keepalive_timeout(Some(limits::KEEPALIVE_ANSWER))
        .layer(guard)
        .add_routes(routes);
    let done = server
        .serve_with_incoming_shutdown(incoming, async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        })
        .await;
    if let Err(error) = done {
        tracing::error!(%error, "the server ended");
    }
}

impl Running {
    /// How many calls ended in a panic.
    pub fn panics(&self) -> u64 {
        self.panics.count()
    }

    /// How many streams are open.
    pub fn streams(&self) -> usize {
        self.streams.count()
    }

    /// Stops: takes nothing on any more, lets calls end within the drain time, writes what is under way,
    /// joins the threads. Blocks; not for async code.
    pub fn shutdown(mut self) {
        self.stop.send_replace(true);
        let (runtime, server) = (self.runtime.take(), self.server.take());
        if let (Some(runtime), Some(server)) = (runtime, server) {
            let drained = runtime.block_on(async { tokio::time::timeout(self.drain, server).await });
            if drained.is_err() {
                tracing::warn!("calls were still under way at the end of the drain time");
            }
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread panicked");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
