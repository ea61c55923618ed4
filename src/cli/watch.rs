//! `callout watch`: what happens in a region of a running server, as it happens.

use super::Error;
use super::line::{Line, moment, stamp, zone_of};
use super::region::full_name;
use super::told::word;
use crate::demo::names::id;
use crate::wire::v1::event::Fact;
use crate::wire::v1::watch_response::Content;
use crate::wire::v1::watch_service_client::WatchServiceClient;
use crate::wire::v1::{self, WatchResponse};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::Write;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

/// Watch a region, a job or a technician: the state first, then every change
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout watch la-serena\n  callout watch la-serena --job j0001\n  \
    callout watch la-serena --technician t007 --json\n  callout watch la-serena --resume TOKEN\n\n\
    A line a change, until interrupted. With --json each line carries the token to go on with; where a stream\n\
    ends, the error says it.")]
pub struct Args {
    #[command(flatten)]
    line: Line,
    /// The region
    region: String,
    /// Only this job, as its customer sees it
    #[arg(long, value_name = "JOB", conflicts_with = "technician")]
    job: Option<String>,
    /// Only this technician's routes
    #[arg(long, value_name = "TECHNICIAN")]
    technician: Option<String>,
    /// Go on behind the message that this token came with
    #[arg(long, value_name = "TOKEN", default_value = "")]
    resume: String,
}

/// Prints messages until the stream ends or nobody reads any more.
///
/// # Errors
/// Where the server is not there or refuses, and with how the stream ended.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let Args { line, region, job, technician, resume } = args;
    let region = full_name(&region);
    line.work(async |channel: Channel| {
        let zone = zone_of(&channel, &region).await?;
        let mut stream = open(channel, &region, (job, technician), resume).await?;
        let mut out = std::io::stdout().lock();
        while let Some(message) = stream.message().await? {
            let line = if json { for_programs(&message).to_string() } else { for_people(&message, &zone) };
            if !line.is_empty() && writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
                break;
            }
        }
        Ok(())
    })
}

async fn open(
    channel: Channel,
    region: &str,
    (job, technician): (Option<String>, Option<String>),
    resume_token: String,
) -> Result<Streaming<WatchResponse>, Status> {
    let mut client = WatchServiceClient::new(channel);
    let member = |collection: &str, said: &str| format!("{region}/{collection}/{}", id(said));
    let opened = match (job, technician) {
        (Some(job), _) => {
            let name = member("jobs", &job);
            client.watch_job(v1::WatchJobRequest { name, resume_token }).await
        }
        (None, Some(technician)) => {
            let name = member("technicians", &technician);
            client.watch_technician(v1::WatchTechnicianRequest { name, resume_token }).await
        }
        (None, None) => {
            let parent = region.to_owned();
            client.watch_region(v1::WatchRegionRequest { parent, filter: None, resume_token }).await
        }
    };
    Ok(opened?.into_inner())
}

/// A fact's kind and the names in it.
fn said(fact: &Fact) -> (&'static str, Vec<&str>) {
    match fact {
        Fact::RegionSet(region) => ("region set", vec![&region.name]),
        Fact::EntrySet(entry) => ("entry set", vec![&entry.name]),
        Fact::EntryRemoved(name) => ("entry removed", vec![name]),
        Fact::TechnicianSet(technician) => ("technician set", vec![&technician.name]),
        Fact::TechnicianRemoved(name) => ("technician removed", vec![name]),
        Fact::DepotSet(depot) => ("depot set", vec![&depot.name]),
        Fact::StockAdjusted(stock) => {
            ("stock adjusted", stock.adjustments.iter().map(|line| line.location.as_str()).collect())
        }
        Fact::JobCreated(job) => ("job created", vec![&job.name]),
        Fact::JobCorrected(job) => ("job corrected", vec![&job.job]),
        Fact::JobCancelled(job) => ("job cancelled", vec![&job.job]),
        Fact::CustomerSet(job) => ("customer set", vec![job]),
        Fact::RouteSet(set) => ("route set", vec![&set.technician]),
        Fact::VisitPlanned(visit) => ("visit planned", vec![&visit.job, &visit.technician]),
        Fact::VisitWithdrawn(job) => ("visit withdrawn", vec![job]),
        Fact::JobDecided(decided) => ("job decided", vec![&decided.job]),
        Fact::VisitTimed(visit) => ("visit timed", vec![&visit.job]),
        Fact::WhereaboutsSet(at) => ("whereabouts set", vec![&at.technician]),
        Fact::VisitProgressed(visit) => ("visit progressed", vec![&visit.job]),
        Fact::PartsPickedUp(parts) => ("parts picked up", vec![&parts.job, &parts.depot]),
        Fact::VisitEnded(visit) => ("visit ended", vec![&visit.job]),
        Fact::CommitmentSet(visit) => ("commitment set", vec![&visit.job]),
        Fact::PricesSet(list) => ("prices set", vec![&list.name]),
        Fact::DemandGiven(given) if given.rates.is_empty() => ("demand is learned again", vec![]),
        Fact::DemandGiven(_) => ("demand given", vec![]),
        Fact::PromiseSet(told) => ("promise set", vec![&told.job]),
        Fact::ClockSet(clock) => ("clock set", vec![&clock.job]),
        Fact::Escalated(raised) => {
            (if raised.breach { "clock breached" } else { "clock near its end" }, vec![&raised.job])
        }
        Fact::SolutionFiled(filed) => ("solution filed", vec![&filed.job]),
        Fact::StockTransferred(moved) => ("stock transferred", vec![&moved.from, &moved.to]),
        Fact::DeliverySet(set) => ("delivery set", vec![&set.delivery]),
        Fact::DeliveryArrived(name) => ("delivery arrived", vec![name]),
        Fact::DeliveryCancelled(name) => ("delivery cancelled", vec![name]),
        Fact::PartRecalled(name) => ("part recalled", vec![name]),
        Fact::JobSetAside(aside) => ("job set aside", vec![&aside.job]),
        Fact::OfferMade(made) => ("offer made", vec![&made.job, &made.technician]),
        Fact::OfferEnded(ended) => ("offer ended", vec![&ended.job]),
        Fact::VisitDiverted(told) => {
            ("visit diverted", vec![&told.technician, &told.job, &told.emergency_job])
        }
        Fact::WindowNarrowed(told) => ("window narrowed", vec![&told.job]),
        Fact::JobRetried(job) => ("job tried again", vec![job]),
        Fact::LeftAlone(left) => ("left alone", vec![&left.technician]),
        Fact::MoveProposed(proposed) => ("move proposed", vec![&proposed.technician]),
        Fact::MoveAccepted(taken) => ("move accepted", vec![technician_of(&taken.r#move)]),
        Fact::MoveEnded(ended) => ("move ended", vec![technician_of(&ended.r#move)]),
        Fact::MovesSought(_) => ("moves sought", vec![]),
        Fact::WorkTimed(timed) => ("work timed", vec![&timed.technician]),
        Fact::VisitsMoved(moved) => ("visits moved", moved.visits.iter().map(|v| v.job.as_str()).collect()),
    }
}

/// The technician of a move.
fn technician_of(name: &str) -> &str {
    name.rsplit_once("/moves/").map_or(name, |(technician, _)| technician)
}

fn facts(change: &v1::Change) -> impl Iterator<Item = &Fact> {
    change.events.iter().filter_map(|event| event.fact.as_ref())
}

fn for_people(message: &WatchResponse, zone: &TimeZone) -> String {
    let what = match &message.content {
        Some(Content::Change(change)) => {
            let one = |fact| {
                let (kind, names) = said(fact);
                let ids: Vec<&str> = names.into_iter().map(id).filter(|id| !id.is_empty()).collect();
                format!("{kind} {}", ids.join(" "))
            };
            facts(change).map(one).collect::<Vec<_>>().join(", ")
        }
        Some(Content::Region(region)) => {
            let jobs: i32 = region.job_counts.iter().map(|count| count.count).sum();
            format!("{} technicians, {jobs} jobs", region.technicians)
        }
        Some(Content::Job(job)) => word(job.state().as_str_name(), "JOB_STATE_"),
        Some(Content::Technician(view)) => {
            let stops: usize = view.routes.iter().map(|route| route.stops.len()).sum();
            format!("{} routes, {stops} stops", view.routes.len())
        }
        Some(Content::Bookmark(_)) | None => return String::new(),
    };
    format!("{}  #{}  {what}", moment(&message.time, zone), message.sequence)
}

fn for_programs(message: &WatchResponse) -> Value {
    let mut told = json!({
        "sequence": message.sequence, "time": stamp(&message.time), "resume_token": message.resume_token,
    });
    let (content, rest) = match &message.content {
        Some(Content::Change(change)) => {
            let one = |fact| {
                let (kind, names) = said(fact);
                json!({ "kind": kind.replace(' ', "_"), "names": names })
            };
            ("change", json!(facts(change).map(one).collect::<Vec<_>>()))
        }
        Some(Content::Region(region)) => ("region", json!({ "technicians": region.technicians })),
        Some(Content::Job(job)) => {
            let state = word(job.state().as_str_name(), "JOB_STATE_");
            ("job", json!({ "state": state, "visit": job.visit }))
        }
        Some(Content::Technician(view)) => ("technician", json!({ "routes": view.routes.len() })),
        Some(Content::Bookmark(_)) | None => ("bookmark", Value::Null),
    };
    told["content"] = json!(content);
    told[if content == "change" { "events" } else { "state" }] = rest;
    told
}
