//! `callout region`: regions of a running server.

use super::Error;
use super::line::{Line, place};
use super::told::word;
use crate::demo::names::{self, id};
use crate::geo::Point;
use crate::wire::v1::region_service_client::RegionServiceClient;
use crate::wire::v1::{self, network::Kind};
use clap::Subcommand;
use comfy_table::{Table, presets};
use serde_json::{Value, json};
use tonic::Status;
use tonic::transport::Channel;

/// Regions of a running server: list, show, create
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout region list\n  callout region show la-serena\n  \
    callout region create milan --name Milan --time-zone Europe/Rome --roads-file milan.osm.pbf\n  \
    callout region create islands --time-zone Atlantic/Canary --beeline -15.43,28.12 --radius-km 40")]
pub struct Args {
    #[command(flatten)]
    line: Line,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// All regions
    List,
    /// One region: how travel is measured, what it holds
    Show {
        /// Its id
        region: String,
    },
    /// Create a region on a road network or on straight lines
    Create(Create),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// The id to give it: a letter, then letters, digits and hyphens
    region: String,
    /// What people call it [default: the id]
    #[arg(long)]
    name: Option<String>,
    /// IANA zone, such as Europe/Rome
    #[arg(long, value_name = "ZONE")]
    time_zone: String,
    /// A .roads or .osm.pbf file in the server's roads directory
    #[arg(long, value_name = "FILE", required_unless_present = "beeline", conflicts_with = "beeline")]
    roads_file: Option<String>,
    /// Straight lines around LON,LAT instead of roads
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    beeline: Option<Point>,
    /// With --beeline: how far the region reaches
    #[arg(long, value_name = "KM", default_value_t = 50)]
    radius_km: i32,
    /// Makes a repeated call safe
    #[arg(long, value_name = "ID", default_value = "")]
    request_id: String,
}

/// Asks the server and prints its answer.
///
/// # Errors
/// Where the server is not there, or refuses.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let text = args.line.work(async |channel| answer(channel, args.command, json).await)?;
    println!("{text}");
    Ok(())
}

async fn answer(channel: Channel, command: Command, json: bool) -> Result<String, Status> {
    let mut client = RegionServiceClient::new(channel);
    match command {
        Command::List => {
            let request = v1::ListRegionsRequest { page_size: 1000, ..Default::default() };
            let regions = client.list_regions(request).await?.into_inner().regions;
            if json {
                return Ok(Value::from(regions.iter().map(region_json).collect::<Vec<_>>()).to_string());
            }
            let mut table = Table::new();
            table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["Region", "Name", "Zone", "Travel"]);
            table.add_rows(
                regions.iter().map(|r| [id(&r.name), &r.display_name, &r.time_zone, &r.travel_model]),
            );
            Ok(table.to_string())
        }
        Command::Show { region } => {
            let name = full_name(&region);
            let shown = client.get_region(v1::GetRegionRequest { name: name.clone() }).await?.into_inner();
            let request = v1::GetRegionSummaryRequest { name };
            let summary = client.get_region_summary(request).await?.into_inner();
            Ok(if json { summary_json(&shown, &summary).to_string() } else { region_text(&shown, &summary) })
        }
        Command::Create(create) => {
            let created = client.create_region(request(create)).await?.into_inner();
            let text = format!("created {}: travel by {}", created.name, created.travel_model);
            Ok(if json { region_json(&created).to_string() } else { text })
        }
    }
}

/// `regions/{region}` of an id or a name.
pub fn full_name(region: &str) -> String {
    if region.starts_with("regions/") { region.to_owned() } else { format!("regions/{region}") }
}

fn request(create: Create) -> v1::CreateRegionRequest {
    let beeline = create.beeline.map(|centre| v1::Beeline {
        center: Some(names::place(centre)),
        radius_meters: create.radius_km * 1000,
        ..Default::default()
    });
    let kind = create.roads_file.map(Kind::RoadsFile).or(beeline.map(Kind::Beeline));
    let region = v1::Region {
        display_name: create.name.unwrap_or_else(|| create.region.clone()),
        time_zone: create.time_zone,
        network: Some(v1::Network { kind, ..Default::default() }),
        ..Default::default()
    };
    v1::CreateRegionRequest { region_id: create.region, region: Some(region), request_id: create.request_id }
}

fn region_text(region: &v1::Region, summary: &v1::RegionSummary) -> String {
    let mut lines = vec![
        format!("{}  {}", region.name, region.display_name),
        format!("  tenant       {}", region.tenant),
        format!("  time zone    {}", region.time_zone),
        format!("  travel       {}", region.travel_model),
        format!("  grid         H3 resolution {}", region.grid_resolution),
        format!("  technicians  {}", summary.technicians),
    ];
    let counts = summary.job_counts.iter().map(|c| format!("{} {}", c.count, c.state.to_lowercase()));
    lines.push(format!("  jobs         {}", counts.collect::<Vec<_>>().join(", ")));
    lines.push(format!("  reservations {} live", summary.live_reservations));
    lines.push(format!("  journal      sequence {}, state {}", summary.sequence, summary.state_digest));
    lines.join("\n")
}

fn region_json(region: &v1::Region) -> Value {
    json!({
        "name": region.name, "display_name": region.display_name, "tenant": region.tenant,
        "time_zone": region.time_zone, "travel_model": region.travel_model,
        "grid_resolution": region.grid_resolution, "etag": region.etag,
    })
}

fn summary_json(region: &v1::Region, summary: &v1::RegionSummary) -> Value {
    let mut all = region_json(region);
    let jobs: serde_json::Map<String, Value> =
        summary.job_counts.iter().map(|c| (word(&c.state, ""), json!(c.count))).collect();
    all["technicians"] = json!(summary.technicians);
    all["jobs"] = Value::Object(jobs);
    all["live_reservations"] = json!(summary.live_reservations);
    all["sequence"] = json!(summary.sequence);
    all["state_digest"] = json!(summary.state_digest);
    all
}
