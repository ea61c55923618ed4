//! `callout offer`: visits put to technicians, and their answers.

use super::Error;
use super::job::found;
use super::line::{Line, moment, stamp, zone_of};
use super::region::full_name;
use super::told::word;
use crate::demo::names::id;
use crate::wire::v1::offer_service_client::OfferServiceClient;
use crate::wire::v1::{self, Offer, OfferState};
use clap::Subcommand;
use comfy_table::{Table, presets};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tonic::Status;
use tonic::transport::Channel;

/// Visits put to technicians before they count as taken on: list, accept, decline
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout offer list --region la-serena\n  \
    callout offer list --region la-serena --technician t007 --all --json\n  \
    callout offer accept j0001 --region la-serena\n  \
    callout offer decline j0001 --region la-serena --reason \"too far\"\n\n\
    An offer is named by its job; a job has one open offer at most. Who declines is left alone about that job for a\n\
    while and the next candidate is asked in the same step. Offers are made where the region's policy or the service\n\
    level says so. Exit code 1 where the job has no open offer.")]
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
    /// Open offers, or all that are kept
    List {
        /// Only to this technician
        #[arg(long)]
        technician: Option<String>,
        /// Only of this job
        #[arg(long)]
        job: Option<String>,
        /// Also those that are over
        #[arg(long)]
        all: bool,
    },
    /// Take a visit on, in its technician's name
    Accept {
        /// The job, or the visit's full name
        job: String,
    },
    /// Decline a visit, in its technician's name
    Decline {
        /// The job, or the visit's full name
        job: String,
        /// Why
        #[arg(long, default_value = "declined by the command line")]
        reason: String,
    },
}

/// Asks the server and prints its answer.
///
/// # Errors
/// Where the server is not there or refuses, or no such offer is open.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let Args { line, region, command } = args;
    let text = line.work(async |channel| answer(channel, &region, command, json).await)?;
    println!("{text}");
    Ok(())
}

async fn answer(channel: Channel, region: &str, command: Command, json: bool) -> Result<String, Status> {
    let mut client = OfferServiceClient::new(channel.clone());
    match command {
        Command::List { technician, job, all } => {
            let region = full_name(region);
            let zone = zone_of(&channel, &region).await?;
            let named = |of: &str, said: Option<String>| {
                said.map_or(String::new(), |said| format!("{region}/{of}/{}", id(&said)))
            };
            let wish = v1::ListOffersRequest {
                technician: named("technicians", technician),
                job: named("jobs", job),
                include_ended: all,
                ..Default::default()
            };
            let offers = list(&mut client, &region, wish).await?;
            Ok(match json {
                true => Value::from(offers.iter().map(for_programs).collect::<Vec<_>>()).to_string(),
                false if offers.is_empty() => "nobody is asked".to_owned(),
                false => for_people(&offers, &zone),
            })
        }
        Command::Accept { job } => {
            let (name, zone) = found(&channel, region, &job).await?;
            let visit = open(&mut client, name).await?;
            let request = v1::AcceptOfferRequest { visit, ..Default::default() };
            let offer = client.accept_offer(request).await?.into_inner();
            Ok(one(&offer, &zone, json))
        }
        Command::Decline { job, reason } => {
            let (name, zone) = found(&channel, region, &job).await?;
            let visit = open(&mut client, name).await?;
            let request = v1::DeclineOfferRequest { visit, reason, ..Default::default() };
            let offer = client.decline_offer(request).await?.into_inner();
            Ok(one(&offer, &zone, json))
        }
    }
}

/// The visit that is on offer, by the name of its job or its own.
async fn open(client: &mut OfferServiceClient<Channel>, job: String) -> Result<String, Status> {
    if job.contains("/visits/") {
        return Ok(job);
    }
    let region = job.split("/jobs/").next().unwrap_or_default();
    let wish = v1::ListOffersRequest { job: job.clone(), ..Default::default() };
    let open = list(client, region, wish).await?.into_iter().find(|o| o.state() == OfferState::Open);
    let missing = || Status::not_found(format!("{job} is not on offer to anybody just now"));
    open.map(|o| o.visit).ok_or_else(missing)
}

async fn list(
    client: &mut OfferServiceClient<Channel>,
    region: &str,
    wish: v1::ListOffersRequest,
) -> Result<Vec<Offer>, Status> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let (parent, page_size) = (region.to_owned(), 1000);
        let ask = v1::ListOffersRequest { parent, page_size, page_token, ..wish.clone() };
        let page = client.list_offers(ask).await?.into_inner();
        all.extend(page.offers);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

fn job_of(offer: &Offer) -> &str {
    offer.visit.split_once("/visits/").map_or(offer.visit.as_str(), |(job, _)| job)
}

fn one(offer: &Offer, zone: &TimeZone, json: bool) -> String {
    if json { for_programs(offer).to_string() } else { for_people(std::slice::from_ref(offer), zone) }
}

fn for_people(offers: &[Offer], zone: &TimeZone) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["Job", "Technician", "", "There", "Until", "Why"]);
    table.add_rows(offers.iter().map(|offer| {
        let until = if offer.end_time.is_some() { &offer.end_time } else { &offer.expire_time };
        [
            id(job_of(offer)).to_owned(),
            id(&offer.technician).to_owned(),
            word(offer.state().as_str_name(), "OFFER_STATE_").replace('_', " "),
            moment(&offer.arrive_time, zone),
            moment(until, zone),
            offer.reason.clone(),
        ]
    }));
    table.to_string()
}

fn for_programs(offer: &Offer) -> Value {
    json!({
        "job": job_of(offer), "visit": offer.visit, "technician": offer.technician,
        "state": word(offer.state().as_str_name(), "OFFER_STATE_"), "created": stamp(&offer.create_time),
        "expires": stamp(&offer.expire_time), "ended": stamp(&offer.end_time), "reason": offer.reason,
        "arrive": stamp(&offer.arrive_time),
    })
}
