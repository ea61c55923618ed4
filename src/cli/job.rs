//! `callout job`: jobs of a running server.

use super::Error;
use super::booking::{self, Confirm, Hold, Reschedule, Slots};
use super::line::{Line, moment, window, zone_of};
use super::need::{NameArgs, NeedArgs};
use super::region::full_name;
use super::told::{self, word};
use crate::demo::names::{Names, id};
use crate::wire::v1::dispatch_service_client::DispatchServiceClient;
use crate::wire::v1::{self, JobState, Outcome};
use clap::Subcommand;
use comfy_table::{Table, presets};
use serde_json::Value;
use tonic::Status;
use tonic::transport::Channel;

/// Jobs of a running server: take, book, show, list, explain, cancel
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callout job create --region la-serena --at=-71.2519,-29.9045 --kind repair --level urgent \\\n      \
    --family washing-machine --fault washer-no-drain\n  \
    callout job list --region la-serena --state open\n  \
    callout job explain j0001 --region la-serena\n  \
    callout job cancel j0001 --region la-serena --reason \"found the fuse\"\n\n\
    A booking: windows on offer, one of them kept for minutes, then promised, later changed:\n  \
    callout job slots --region la-serena --at=-71.2519,-29.9045 --kind repair --level standard\n  \
    callout job hold --region la-serena --at=-71.2519,-29.9045 --kind repair --level standard \\\n      \
    --id j0002 --window 2026-11-24T13:00:00Z/2026-11-24T15:00:00Z\n  \
    callout job confirm j0002 --region la-serena --name-technician\n  \
    callout job reschedule j0002 --region la-serena --window 2026-11-25T13:00:00Z/2026-11-25T15:00:00Z\n\n\
    Ids may be given bare, with --region, or in full: regions/la-serena/jobs/j0001.\n\
    Exit code 1 where the server refuses, nothing is on offer, or nobody fits (`create` stores the job open then;\n    \
    `hold` and `reschedule` change nothing).")]
pub struct Args {
    #[command(flatten)]
    line: Line,
    /// The region
    #[arg(long, global = true, default_value = "")]
    region: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take a job; says at once who comes, when and why, or why nobody fits
    Create(Box<Create>),
    /// The best windows of the coming days for a need, what each costs, what is not on offer and why
    Slots(Box<Slots>),
    /// Keep a window for some minutes, with a technician and the parts; a job that confirm promises
    Hold(Box<Hold>),
    /// Promise what the plan holds: a hold its window, a planned visit the window it can keep
    Confirm(Confirm),
    /// Agree on another window; where nobody fits everything stays as it was
    Reschedule(Reschedule),
    /// One job and its visit
    Show {
        /// Its id
        job: String,
    },
    /// Jobs, all or by state, order number, technician, level
    List(List),
    /// What was decided about a job and why: winner and runners-up with their costs, or what would help
    Explain {
        /// Its id
        job: String,
    },
    /// Call a job off; its parts are free again
    Cancel {
        /// Its id
        job: String,
        /// Why
        #[arg(long, default_value = "called off")]
        reason: String,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    #[command(flatten)]
    need: NeedArgs,
    /// The promised window, RFC 3339
    #[arg(long, value_name = "START/END", value_parser = window)]
    window: Option<v1::Window>,
    #[command(flatten)]
    names: NameArgs,
    /// Only ask what would be decided; nothing is stored
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only in this state: open, planned, promised, en_route, on_site, done, follow_up, cancelled
    #[arg(long, value_parser = state)]
    state: Option<JobState>,
    /// Only with this order number
    #[arg(long, default_value = "")]
    order: String,
    /// Only visits of this technician
    #[arg(long)]
    technician: Option<String>,
    /// Only of this service level
    #[arg(long)]
    level: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: i32,
}

fn state(text: &str) -> Result<JobState, String> {
    let name = format!("JOB_STATE_{}", text.to_uppercase().replace('-', "_"));
    JobState::from_str_name(&name).ok_or_else(|| format!("{text:?} is no state of a job"))
}

/// Asks the server and prints its answer.
///
/// # Errors
/// Where the server is not there, refuses, or nobody fits.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let Args { line, region, command } = args;
    let (text, outcome) = line.work(async |channel| answer(channel, &region, command, json).await)?;
    println!("{text}");
    if outcome == Outcome::NobodyFits { Err(Error::No("nobody fits".to_owned())) } else { Ok(()) }
}

async fn answer(
    channel: Channel,
    region: &str,
    command: Command,
    json: bool,
) -> Result<(String, Outcome), Status> {
    let mut client = DispatchServiceClient::new(channel.clone());
    let plain = |text: String| Ok((text, Outcome::Unspecified));
    match command {
        Command::Create(create) => self::create(channel, region, *create, json).await,
        Command::Slots(wish) => {
            let (text, any) = booking::slots(channel, full_name(region), *wish, json).await?;
            Ok((text, if any { Outcome::Assigned } else { Outcome::NobodyFits }))
        }
        Command::Hold(wish) => plain(booking::hold(channel, full_name(region), *wish, json).await?),
        Command::Confirm(wish) => {
            let found = found(&channel, region, &wish.job).await?;
            plain(booking::confirm(channel, found, wish, json).await?)
        }
        Command::Reschedule(wish) => {
            let found = found(&channel, region, &wish.job).await?;
            plain(booking::reschedule(channel, found, wish, json).await?)
        }
        Command::Show { job } => {
            let (name, zone) = found(&channel, region, &job).await?;
            let job = client.get_job(v1::GetJobRequest { name }).await?.into_inner();
            let visit = visit_of(&mut client, &job).await?;
            plain(told::one(&job, visit.as_ref(), &zone, json))
        }
        Command::List(list) => plain(self::list(channel, region, list, json).await?),
        Command::Explain { job } => {
            let (name, zone) = found(&channel, region, &job).await?;
            let decisions = client.explain_job(v1::ExplainJobRequest { name }).await?.into_inner().decisions;
            let told: Vec<Value> = decisions.iter().map(told::decision_json).collect();
            let said = decisions.iter().map(|d| told::decision(d, &zone)).collect::<Vec<_>>().join("\n\n");
            plain(if json { Value::from(told).to_string() } else { said })
        }
        Command::Cancel { job, reason } => {
            let (name, zone) = found(&channel, region, &job).await?;
            let request = v1::CancelJobRequest { name, reason, ..Default::default() };
            let job = client.cancel_job(request).await?.into_inner();
            plain(told::one(&job, None, &zone, json))
        }
    }
}

/// The full name of a job, or of its visit where that is given in full, and the zone of its region.
pub async fn found(
    channel: &Channel,
    region: &str,
    job: &str,
) -> Result<(String, jiff::tz::TimeZone), Status> {
    let name = if job.starts_with("regions/") {
        job.to_owned()
    } else {
        format!("{}/jobs/{job}", full_name(region))
    };
    let region = name.split("/jobs/").next().unwrap_or_default();
    let zone = zone_of(channel, region).await?;
    Ok((name, zone))
}

async fn visit_of(
    client: &mut DispatchServiceClient<Channel>,
    job: &v1::Job,
) -> Result<Option<v1::Visit>, Status> {
    if job.visit.is_empty() {
        return Ok(None);
    }
    client.get_visit(v1::GetVisitRequest { name: job.visit.clone() }).await.map(|v| Some(v.into_inner()))
}

async fn create(
    channel: Channel,
    region: &str,
    create: Create,
    json: bool,
) -> Result<(String, Outcome), Status> {
    let parent = full_name(region);
    let zone = zone_of(&channel, &parent).await?;
    let mut client = DispatchServiceClient::new(channel);
    let need = v1::Need { promised_window: create.window, ..create.need.message(&parent) };
    if create.dry_run {
        let request = v1::EvaluateJobRequest { parent, need: Some(need) };
        let decision = client.evaluate_job(request).await?.into_inner().decision.unwrap_or_default();
        let text =
            if json { told::decision_json(&decision).to_string() } else { told::decision(&decision, &zone) };
        return Ok((text, decision.outcome()));
    }
    let NameArgs { id: job_id, order: order_number, request_id } = create.names;
    let job = v1::Job { order_number, need: Some(need), ..Default::default() };
    let request = v1::CreateJobRequest { parent, job_id, job: Some(job), request_id };
    let answer = client.create_job(request).await?.into_inner();
    let (job, decision) = (answer.job.unwrap_or_default(), answer.decision.unwrap_or_default());
    let text = told::decided(&job, answer.visit.as_ref(), &decision, &zone, json);
    Ok((text, decision.outcome()))
}

async fn list(channel: Channel, region: &str, list: List, json: bool) -> Result<String, Status> {
    let parent = full_name(region);
    let zone = zone_of(&channel, &parent).await?;
    let names = Names::new(parent.trim_start_matches("regions/"));
    let filter = v1::JobFilter {
        states: list.state.map(Into::into).into_iter().collect(),
        order_number: list.order,
        technician: list.technician.map_or(String::new(), |t| names.technician(&t)),
        service_level: list.level.map_or(String::new(), |l| names.of("serviceLevels", &l)),
        ..Default::default()
    };
    let request =
        v1::ListJobsRequest { parent, filter: Some(filter), page_size: list.limit, ..Default::default() };
    let page = DispatchServiceClient::new(channel).list_jobs(request).await?.into_inner();
    if json {
        let jobs: Vec<Value> = page.jobs.iter().map(|j| told::job_json(j, None)).collect();
        return Ok(Value::from(jobs).to_string());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["Job", "State", "Kind", "Level", "Called", "Order", "Cell"]);
    table.add_rows(page.jobs.iter().map(|job| {
        let need = job.need.clone().unwrap_or_default();
        [
            id(&job.name).to_owned(),
            word(job.state().as_str_name(), "JOB_STATE_"),
            word(need.kind().as_str_name(), "JOB_KIND_"),
            id(&need.service_level).to_owned(),
            moment(&job.create_time, &zone),
            job.order_number.clone(),
            job.cell.clone(),
        ]
    }));
    let more = if page.next_page_token.is_empty() { "" } else { "\nthere are more: raise --limit" };
    Ok(format!("{table}{more}"))
}
