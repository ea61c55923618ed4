//! `callout serve`: starts the gRPC service and runs it until told to stop.

use super::Error;
use crate::serve::clock::Source;
use crate::serve::stop::Stop;
use crate::serve::{self, Config};
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// Start the gRPC service.
///
/// Without a configuration file it listens on 127.0.0.1:7070 and keeps its data in ./callout-data. Flags win
/// over the file. CALLOUT_LOG sets what is logged to standard error, such as `info` or `callout=debug`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Configuration file; callout.toml here is read where it exists.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Directory of the journal; created where it is not there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Directory of .roads and .osm.pbf files.
    #[arg(long, value_name = "DIR")]
    roads: Option<PathBuf>,
    /// The wall clock, or one that calls set and advance (test servers only).
    #[arg(long)]
    clock: Option<Source>,
}

/// Runs until SIGINT or SIGTERM.
///
/// # Errors
/// Where the configuration, the data or the address cannot be used.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let filter = EnvFilter::try_from_env("CALLOUT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // a second subscriber in one process is no reason to stop
    let _ = if json { logs.json().try_init() } else { logs.try_init() };
    std::panic::set_hook(Box::new(|info| {
        // what a panic says may hold personal data: only its place is told
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    let config = configured(args)?;
    let stop = Stop::listen().map_err(Error::unusable)?;
    let running = serve::start(&config).map_err(Error::unusable)?;
    if json {
        println!("{}", serde_json::json!({ "listening": running.addr.to_string() }));
    } else {
        println!("listening on {}", running.addr);
    }
    let signal = stop.wait();
    tracing::info!(signal, "told to stop: calls under way are answered first");
    running.shutdown();
    Ok(())
}

fn configured(args: Args) -> Result<Config, Error> {
    let usual = PathBuf::from("callout.toml");
    let file = args.config.or_else(|| usual.exists().then_some(usual));
    let mut config = match &file {
        Some(file) => Config::read(file).map_err(Error::unusable)?,
        None => Config::default(),
    };
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    if let Some(data) = args.data {
        config.data_dir = data;
    }
    config.roads_dir = args.roads.or(config.roads_dir);
    if let Some(clock) = args.clock {
        config.clock = clock;
    }
    let from = file.map_or(String::new(), |file| format!("{}: ", file.display()));
    config.check().map_err(|wrong| Error::unusable(format!("{from}{wrong}")))?;
    Ok(config)
}
