//! `callout demo`: play a day of jobs in a city and show what was decided.

use super::Error;
use super::bar::{COUNTED, bar};
use crate::demo::{self, Demo, Options, map, table};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

/// Play a day of 500 jobs in a city: decisions, figures, a map.
///
/// Starts the service on loopback with a clock that the script advances, sets a region up, and plays a day of
/// calls through the gRPC API. Without --osm it plays in La Serena and Coquimbo, which the program carries.
/// The same seed gives the same decisions.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout demo\n  callout demo --seed 7 --technicians 60 -o map.html\n  \
    callout demo --osm milan.osm.pbf --time-zone Europe/Rome\n  callout demo --keep\n  \
    callout demo --json | tail -1\n\n\
    The last line of --json is one object; within_30_min is the share (0 to 1) of urgent jobs whose\n\
    planned arrival lies within 30 minutes of the call.")]
pub struct Args {
    /// Another city: CITY.osm.pbf or CITY.roads
    #[arg(long, value_name = "FILE")]
    osm: Option<PathBuf>,
    /// Zone of another city, such as Europe/Rome [default: whole hours by longitude]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// What everything is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many technicians
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u16).range(10..=2000))]
    technicians: u16,
    /// How many calls for a job
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=20000))]
    jobs: u16,
    /// Where the map goes
    #[arg(short, long, value_name = "FILE", default_value = "callout-map.html")]
    output: PathBuf,
    /// Leave the server up afterwards, with commands to try
    #[arg(long)]
    keep: bool,
    /// Where the server listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Keep the server's data here instead of in a temporary directory; has to be empty
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Plays, prints, writes the map.
///
/// # Errors
/// Where the roads, a directory or the address cannot be used.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    if args.data.as_ref().is_some_and(|dir| dir.join("data").exists()) {
        let dir = args.data.unwrap_or_default();
        return Err(Error::unusable(format!(
            "{}: holds an earlier run: name an empty directory",
            dir.display()
        )));
    }
    let options = Options {
        roads: args.osm,
        time_zone: args.time_zone,
        seed: args.seed,
        technicians: args.technicians.into(),
        jobs: args.jobs.into(),
        data: args.data,
        listen: args.listen,
    };
    let bar = bar(json, COUNTED);
    #[expect(clippy::disallowed_methods, reason = "the stopwatch of this command")]
    let began = Instant::now();
    let told = |done: usize, all: usize, hour: &str| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(hour.to_owned());
    };
    let demo = demo::run(&options, &|| began.elapsed(), &told).map_err(Error::unusable)?;
    bar.finish_and_clear();
    let page = map::page(&demo);
    std::fs::write(&args.output, &page)
        .map_err(|e| Error::unusable(format!("{}: {e}", args.output.display())))?;
    if !json {
        println!("{}\n\n{}", table::decisions(&demo), table::summary(&demo));
        let took = began.elapsed().as_secs_f64();
        println!("\nmap: {} ({} kB)   played in {took:.1} s", args.output.display(), page.len() / 1024);
    }
    if args.keep {
        eprintln!("{}", commands(&demo));
    }
    if json {
        println!("{}", serde_json::to_string(&demo.figures).map_err(Error::unusable)?);
    }
    if args.keep {
        demo.wait();
    }
    demo.close();
    Ok(())
}

/// What to try on a server that is left up.
fn commands(demo: &Demo) -> String {
    let server = format!("http://{}", demo.running.addr);
    let (address, region) = (demo.running.addr, &demo.city.id);
    let refused = demo
        .played
        .taken
        .iter()
        .find(|t| demo::figures::deciding_rule(t).is_some() && t.answer.visit.is_none());
    let job = refused.map_or("j0001", |t| t.call.request.job_id.as_str());
    let home = demo.played.technicians.first().and_then(|t| t.start_place).unwrap_or_default();
    let (lon, lat) = (home.longitude, home.latitude);
    // as this program was called: it need not be in the path
    let callout = std::env::args().next().unwrap_or_else(|| "callout".into());
    format!(
        "\nThe server is up at {address}; its clock shows the end of the day. Try, in another terminal:\n\n  \
         {callout} region show {region} --server {server}\n  \
         {callout} job list --region {region} --state open --server {server}\n  \
         {callout} job explain {job} --region {region} --server {server}\n  \
         {callout} job create --region {region} --at {lon},{lat} --kind repair --level urgent \\\n      \
         --family washing-machine --fault washer-no-drain --server {server}\n  \
         grpcurl -plaintext {address} list\n  \
         grpcurl -plaintext -d '{{\"name\": \"regions/{region}/jobs/{job}\"}}' {address} callout.v1.DispatchService/ExplainJob\n  \
         buf curl --protocol grpc --http2-prior-knowledge \\\n      \
         -d '{{\"name\": \"regions/{region}\"}}' {server}/callout.v1.RegionService/GetRegionSummary\n\n\
         Ctrl-C ends it."
    )
}
