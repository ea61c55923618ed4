//! Every bound of the server in one place. `callout.toml` may lower some; nothing is without one.

use std::time::Duration;

/// Writes that wait for the desk thread; one more is answered RESOURCE_EXHAUSTED at once.
pub const QUEUE: usize = 1_024;
/// Writes that may be stepped but not yet on disk.
pub const IN_FLIGHT: usize = 512;
/// Records of one commit.
pub const BATCH: usize = 256;
/// Replies kept in memory a region: more than can be in flight, so that older ones are on disk.
pub const REPLIES: usize = 4 * IN_FLIGHT;
/// Request ids remembered a region; older ones are forgotten before their day is over.
pub const RECEIPTS: usize = 500_000;
/// Regions of one server.
pub const REGIONS: usize = 1_000;
/// Records behind a region's newest snapshot before another one is made.
pub const SNAPSHOT_EVERY: u64 = 10_000;
/// Records a region that stay in the journal though two snapshots hold them, to be read by auditors.
pub const KEEP_RECORDS: u64 = 100_000;
/// Records that stay for a subscriber who has not acknowledged them; one further behind has to start anew.
pub const OUTBOX: u64 = 1_000_000;
/// Subscribers of a region.
pub const SUBSCRIBERS: usize = 100;
/// Records dropped at a time, between two commits.
pub const CUT: u64 = 500;
/// Changes that wait to be searched around; one more is forgotten.
pub const FOCI: usize = 64;
/// Orders stepped in one go beyond which advice is dropped: callers come first.
pub const SHORT: usize = 8;
/// Rounds the improver searches a patch for.
pub const ROUNDS: u64 = 2_000;
/// Snapshots that wait for their thread; one more is made later.
pub const SNAPSHOT_QUEUE: usize = 4;

/// Connections at a time; one more is closed at once.
pub const CONNECTIONS: usize = 512;
/// Calls at a time on one connection.
pub const STREAMS: u32 = 128;
/// Time for a new connection to say the HTTP/2 preface.
pub const PREFACE: Duration = Duration::from_secs(5);
/// Resets a peer may cause before it is cut off.
pub const LOCAL_RESETS: usize = 256;
/// Resets of streams not yet accepted before a peer is cut off.
pub const PENDING_RESETS: usize = 20;
/// Header bytes a call.
pub const HEADERS: u32 = 8 * 1024;
/// A silent connection is asked whether it lives.
pub const KEEPALIVE: Duration = Duration::from_secs(30);
/// It has so long to answer.
pub const KEEPALIVE_ANSWER: Duration = Duration::from_secs(10);

/// The longest a unary call may take, whatever deadline it carries.
pub const CALL: Duration = Duration::from_secs(30);
/// Streams at a time.
pub const OPEN_STREAMS: usize = 20_000;
/// The longest a stream lives.
pub const STREAM: Duration = Duration::from_secs(3600);
/// A stream whose reader has taken nothing for so long, though there was something to take, is cut.
pub const SLOW: Duration = Duration::from_secs(30);
/// A stream of events on which nothing happened for so long says where it stands.
pub const BOOKMARK: Duration = Duration::from_secs(10);
/// The newest records of a region in memory while somebody watches it; who falls behind reads the journal.
pub const RING: usize = 128;
/// Records that wait for one watcher; with one more it is sent back to the ring or the journal.
pub const INBOX: usize = 16;
/// Records read from the journal at a time for one watcher.
pub const PAGE: u32 = 64;
/// Watchers that read the journal at a time.
pub const READERS: usize = 4;
/// Time for calls to end once the server is told to stop.
pub const DRAIN: Duration = Duration::from_secs(5);

/// Slot searches worked on at a time: half of the cores, so that commands find one free.
pub fn searches() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}
/// Slot searches that wait for their turn; one more is answered RESOURCE_EXHAUSTED.
pub const SEARCHES_WAITING: usize = 62;
/// Questions of staffing worked on at a time; one more is answered RESOURCE_EXHAUSTED.
pub const STUDIES: usize = 1;
/// A staffing plan is cut short after so long.
pub const STUDY: Duration = Duration::from_secs(20);
/// A watcher of coverage is told again no sooner than this.
pub const COVERAGE_LEAST: Duration = Duration::from_millis(200);
/// Without an event it is looked at again after so long: coverage moves with the clock too.
pub const COVERAGE_MOST: Duration = Duration::from_secs(30);

/// Request bytes of most methods.
pub const MESSAGE: usize = 256 * 1024;
/// Request bytes of the administrator's imports.
pub const IMPORT: usize = 4 * 1024 * 1024;
/// Answer bytes: a page of a thousand jobs fits.
pub const ANSWER: usize = 32 * 1024 * 1024;
/// Positions taken from a stream before the writer is asked.
pub const POSITIONS: usize = 64;

/// Runs of scenarios that wait or are played; one more is answered RESOURCE_EXHAUSTED.
pub const RUNS: usize = 8;
/// Runs that are over and kept to be asked for.
pub const RUNS_KEPT: usize = 32;
/// Policies and seeds of a run.
pub const RUN_POLICIES: usize = 16;
/// As [`RUN_POLICIES`].
pub const RUN_SEEDS: usize = 100;
/// Technicians of a scenario that is run here; larger ones are for `callout simulate`.
pub const RUN_TECHNICIANS: usize = 5_000;
/// Calls a day of a scenario that is run here.
pub const RUN_JOBS: usize = 20_000;
/// Calls of all days of a run, over policies and seeds: some hours of one core.
pub const RUN_CALLS: usize = 2_000_000;
/// A simulated day rests after so much work.
pub const RUN_SLICE: Duration = Duration::from_millis(20);

/// Methods that take [`IMPORT`] bytes.
pub const IMPORTS: [&str; 4] = [
    "/callout.v1.CoverageService/SetDemand",
    "/callout.v1.CatalogService/ImportCatalog",
    "/callout.v1.FleetService/BatchImportTechnicians",
    "/callout.v1.StockService/AdjustStock",
];
/// Methods whose requests are streams: bounded message by message, in number and by [`STREAM`].
pub const STREAMED: [&str; 3] = [
    "/callout.v1.FleetService/ReportPosition",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// Methods whose answers are streams.
pub const WATCHED: [&str; 9] = [
    "/callout.v1.CoverageService/WatchCoverage",
    "/callout.v1.NotificationService/ReceiveNotifications",
    "/callout.v1.PlanningService/RunScenario",
    "/callout.v1.PlanningService/WatchRun",
    "/callout.v1.WatchService/WatchEta",
    "/callout.v1.WatchService/WatchJob",
    "/callout.v1.WatchService/WatchRegion",
    "/callout.v1.WatchService/WatchTechnician",
    "/grpc.health.v1.Health/Watch",
];
