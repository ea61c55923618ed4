//! Sending, each call at its moment, and the stopwatch.

use super::mix::{self, Pool, Stage};
use super::plan::Plan;
use super::report::{Ledger, Report, Timing};
use super::setup::ASKED_FIRST;
use super::{Options, Progress};
use crate::demo::call_centre::CallCentre;
use crate::demo::names::{at, id, place, point};
use crate::geo::Point;
use crate::wire::v1;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tonic::{Response, Status};

/// Technicians whose devices report over one stream.
const DEVICES_A_STREAM: usize = 2_000;
/// How long answers are waited for once everything is sent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How far a device wanders between two positions, in 1e-7 degrees: some 50 m.
const STEP: i32 = 5_000;

/// What all senders share.
pub struct Shared {
    /// What was met with.
    pub ledger: Mutex<Ledger>,
    /// What commands can be about.
    pub pool: Mutex<Pool>,
    visits: Mutex<Vec<String>>,
    /// What the server's clock showed when the set-up began.
    now: i64,
    set_up: Instant,
    began: Instant,
}

impl Shared {
    /// So many seconds after the beginning.
    pub fn moment(&self, after: f64) -> Instant {
        self.began + Duration::from_secs_f64(after)
    }

    /// What the server's clock shows then.
    pub fn time(&self, moment: Instant) -> i64 {
        self.now + moment.saturating_duration_since(self.set_up).as_secs() as i64
    }

    /// Notes an answer with the time since it was meant to be asked for and what it took inside; the answer itself.
    pub fn note<T>(
        &self,
        call: &'static str,
        meant: Instant,
        answer: Result<Response<T>, Status>,
    ) -> Option<T> {
        let took = meant.elapsed();
        let metadata = answer.as_ref().map_or_else(Status::metadata, Response::metadata);
        let timing = metadata.get(Timing::HEADER).and_then(|said| Timing::read(said.to_str().ok()?));
        let mut ledger = self.ledger.lock();
        ledger.note(call, took, answer.as_ref().err().map(Status::code));
        timing.into_iter().for_each(|timing| ledger.engine(call, timing));
        drop(ledger);
        answer.ok().map(Response::into_inner)
    }
}

/// Drives the load and waits for what is under way. The server's clock showed `now`, seconds since 1970, at
/// `set_up`.
pub async fn drive(
    options: &Options,
    plan: Plan,
    planned: Vec<String>,
    (now, set_up): (i64, Instant),
    lines: &[CallCentre],
    progress: Progress<'_>,
) -> Report {
    let before = planned.len();
    let shared = Arc::new(Shared {
        ledger: Mutex::new(Ledger::default()),
        pool: Mutex::new(Pool::default()),
        visits: Mutex::new(planned.clone()),
        now,
        set_up,
        began: Instant::now() + Duration::from_millis(200),
    });
    for visit in planned {
        shared.pool.lock().put(Stage::Planned, job_of(&visit));
    }
    let devices = devices(options, &plan.homes, lines, &shared);
    let mix = mix::commands(plan.mix, plan.needs, options.seed, lines, &shared);
    let senders = [jobs(plan.during, lines, &shared), etas(plan.etas, lines, &shared), mix];
    let end = shared.moment(options.seconds);
    while Instant::now() < end {
        let gone = Instant::now().saturating_duration_since(shared.began);
        progress(gone.as_secs(), options.seconds as u64, "under load");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for sender in senders {
        let under_way: Vec<JoinHandle<()>> = sender.await.unwrap_or_default();
        for call in under_way {
            let _ = tokio::time::timeout(PATIENCE, call).await;
        }
    }
    for device in devices {
        let _ = tokio::time::timeout(PATIENCE, device).await;
    }
    let ledger = shared.ledger.lock().clone();
    Report::of(options, before, &ledger)
}

/// A task that starts each call at its moment and hands back those under way.
type Sender = JoinHandle<Vec<JoinHandle<()>>>;

/// The job of a visit's name.
fn job_of(visit: &str) -> String {
    visit.split("/visits/").next().unwrap_or(visit).to_owned()
}

/// Where a job stands once it has a visit: levels that ask first put it to the technician.
fn stage(request: &v1::CreateJobRequest) -> Stage {
    let need = request.job.as_ref().and_then(|job| job.need.as_ref());
    let asks = need.is_some_and(|need| ASKED_FIRST.contains(&id(&need.service_level)));
    if asks { Stage::Offered } else { Stage::Planned }
}

fn jobs(all: Vec<(f64, v1::CreateJobRequest)>, lines: &[CallCentre], shared: &Arc<Shared>) -> Sender {
    let (lines, shared) = (lines.to_vec(), shared.clone());
    tokio::spawn(async move {
        let mut under_way = Vec::with_capacity(all.len());
        for (n, (after, request)) in all.into_iter().enumerate() {
            let meant = shared.moment(after);
            sleep_until(meant).await;
            shared.ledger.lock().sent("CreateJob", meant.elapsed());
            let stage = stage(&request);
            let (mut line, shared) = (lines[n % lines.len()].clone(), shared.clone());
            under_way.push(tokio::spawn(async move {
                let answer = line.dispatch.create_job(request).await;
                let Some(answer) = shared.note("CreateJob", meant, answer) else { return };
                let visit = answer.visit.map(|v| v.name);
                shared.ledger.lock().decided(visit.is_some());
                if let Some(visit) = visit {
                    shared.pool.lock().put(stage, job_of(&visit));
                    shared.visits.lock().push(visit);
                }
            }));
        }
        under_way
    })
}

/// Arrivals of visits that were planned, in turn by a large stride, so that all regions are asked.
fn etas(all: Vec<f64>, lines: &[CallCentre], shared: &Arc<Shared>) -> Sender {
    let (lines, shared) = (lines.to_vec(), shared.clone());
    tokio::spawn(async move {
        let mut under_way = Vec::with_capacity(all.len());
        for (n, after) in all.into_iter().enumerate() {
            let meant = shared.moment(after);
            sleep_until(meant).await;
            let name = {
                let visits = shared.visits.lock();
                if visits.is_empty() {
                    continue;
                }
                visits[n * 7919 % visits.len()].clone()
            };
            shared.ledger.lock().sent("GetEta", meant.elapsed());
            let (mut line, shared) = (lines[n % lines.len()].clone(), shared.clone());
            under_way.push(tokio::spawn(async move {
                let answer = line.eta.get_eta(v1::GetEtaRequest { name }).await;
                shared.note("GetEta", meant, answer);
            }));
        }
        under_way
    })
}

/// Streams of positions: each device reports once in every period, evenly spread over it.
fn devices(
    options: &Options,
    homes: &[(String, v1::Place)],
    lines: &[CallCentre],
    shared: &Arc<Shared>,
) -> Vec<JoinHandle<()>> {
    if options.positions_every <= 0.0 {
        return Vec::new();
    }
    let (period, seconds) = (options.positions_every, options.seconds);
    let stream = |(n, homes): (usize, &[(String, v1::Place)])| {
        let (homes, shared) = (homes.to_vec(), shared.clone());
        let mut line = lines[n % lines.len()].clone();
        tokio::spawn(async move {
            let (send, receive) = mpsc::channel(256);
            let sender = tokio::spawn(report(homes, period, seconds, shared.clone(), send));
            let answer =
                line.fleet.report_position(tokio_stream::wrappers::ReceiverStream::new(receive)).await;
            let sent = sender.await.unwrap_or(0);
            let metadata = answer.as_ref().map_or_else(Status::metadata, Response::metadata);
            let longest = metadata.get(Timing::HEADER).and_then(|said| Timing::read(said.to_str().ok()?));
            let mut ledger = shared.ledger.lock();
            ledger.positions(sent, answer.map(|a| a.into_inner().accepted_count));
            longest.into_iter().for_each(|timing| ledger.engine("ReportPosition", timing));
        })
    };
    homes.chunks(DEVICES_A_STREAM).enumerate().map(stream).collect()
}

/// Sends a stream's positions; how many.
async fn report(
    homes: Vec<(String, v1::Place)>,
    period: f64,
    seconds: f64,
    shared: Arc<Shared>,
    send: mpsc::Sender<v1::ReportPositionRequest>,
) -> u64 {
    let mut sent = 0;
    for n in 0_usize.. {
        let after = n as f64 * period / homes.len() as f64;
        let meant = shared.moment(after);
        if after >= seconds {
            break;
        }
        sleep_until(meant).await;
        let (technician, home) = homes[n % homes.len()].clone();
        let wandered = (n / homes.len()) as i32 % 8 * STEP;
        let here = point(&home).map(|p| place(Point { lon: p.lon + wandered, ..p }));
        let device_time = Some(at(shared.now + after as i64));
        let position = v1::Position { place: here, device_time, accuracy_meters: 15.0, age: None };
        if send.send(v1::ReportPositionRequest { technician, position: Some(position) }).await.is_err() {
            break;
        }
        sent += 1;
    }
    sent
}
