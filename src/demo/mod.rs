//! A day in a city, played through the public gRPC API as a call centre would: a world drawn from a seed, a
//! script of calls, figures, tables, one HTML map.
//!
//! A client like any other: it names the generated types, starts a server, and asks roads only to draw. It
//! knows nothing of boards and plans, and reads no clock (a stopwatch is lent by the caller).

pub mod call_centre;
pub mod calls;
pub mod catalog;
pub mod figures;
pub mod fleet;
pub mod map;
pub mod names;
pub mod play;
pub mod scratch;
pub mod script;
pub mod table;
pub mod trouble;

use crate::city::chance::Chance;
use crate::city::day::Day;
use crate::city::{City, CityError};
use crate::serve::clock::Source;
use crate::serve::config::Improver;
use crate::serve::{Config, Running, StartError, start};
use calls::World;
use figures::Figures;
use names::Names;
use play::{Played, Progress, Stopwatch};
use scratch::Scratch;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Rounds that the plan is searched around each call: a day is over in seconds.
const ROUNDS: u64 = 300;

/// What is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// An extract or `.roads` file; the embedded city where `None`.
    pub roads: Option<PathBuf>,
    /// IANA zone; the embedded city's, or a zone by longitude, where `None`.
    pub time_zone: Option<String>,
    /// The seed of all draws.
    pub seed: u64,
    /// How many technicians.
    pub technicians: usize,
    /// How many calls for a job.
    pub jobs: usize,
    /// Where the server keeps its data; a temporary directory, removed afterwards, where `None`.
    pub data: Option<PathBuf>,
    /// Where the server listens; port 0 takes a free one.
    pub listen: std::net::SocketAddr,
}

/// A day that was played. The server still runs.
pub struct Demo {
    /// The city.
    pub city: City,
    /// The day.
    pub day: Day,
    /// What happened.
    pub played: Played,
    /// In numbers.
    pub figures: Figures,
    /// The server; shut it down outside async code.
    pub running: Running,
    scratch: Scratch,
}

/// Why there is no day to show.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The city.
    #[error(transparent)]
    City(#[from] CityError),
    /// The zone.
    #[error(transparent)]
    Zone(#[from] jiff::Error),
    /// A directory.
    #[error("{}: {error}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server did not take the connection.
    #[error("the server just started does not answer: {0}")]
    Dial(#[from] tonic::transport::Error),
    /// The server refused what the script holds to be right.
    #[error("the server refused: {} ({:?})", .0.message(), .0.code())]
    Refused(Box<tonic::Status>),
    /// The client's runtime.
    #[error("no runtime for the client: {0}")]
    Runtime(io::Error),
}

impl From<tonic::Status> for DemoError {
    fn from(status: tonic::Status) -> DemoError {
        DemoError::Refused(Box::new(status))
    }
}

/// Sets up the city, starts a server on loopback, plays the day. Blocks.
///
/// # Errors
/// Where the roads, the directory or the port cannot be used, or the server refuses what it should not.
pub fn run(options: &Options, watch: Stopwatch<'_>, progress: Progress<'_>) -> Result<Demo, DemoError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| DemoError::Directory { path, error }
    };
    let wanted = options.data.as_deref();
    let scratch = Scratch::new(wanted).map_err(failed(wanted.unwrap_or(&std::env::temp_dir())))?;
    let roads_dir = scratch.path().join("roads");
    fs::create_dir_all(&roads_dir).map_err(failed(&roads_dir))?;
    progress(0, 0, "building the roads");
    let zone = options.time_zone.as_deref();
    let city = match &options.roads {
        Some(file) => City::from_file(file, zone)?,
        None => City::embedded(zone)?,
    };
    let roads_file = format!("{}.roads", city.id);
    city.network.save(&roads_dir.join(&roads_file)).map_err(CityError::from)?;
    let day = Day::in_zone(&city.time_zone)?;
    let running = start(&Config {
        listen: options.listen,
        data_dir: scratch.path().join("data"),
        roads_dir: Some(roads_dir),
        clock: Source::Controlled,
        clock_start: Some(call_centre::opening_time(&day)),
        improver: Improver { enabled: Some(true), rounds: ROUNDS, ..Improver::default() },
        ..Config::default()
    })?;
    let names = Names::new(&city.id);
    let chance = Chance::new(options.seed);
    let world = World { city: &city, day: &day, names: &names, chance, technicians: options.technicians };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(DemoError::Runtime)?;
    let address = format!("http://{}", running.addr);
    let (played, travel_model) = runtime.block_on(async {
        let mut centre = call_centre::CallCentre::dial(&address).await?;
        progress(0, 0, "setting up the region");
        let region = centre.set_up(world, &roads_file).await?;
        let script = script::script(world, options.jobs);
        let played = play::play(&mut centre, world, script, watch, progress).await?;
        Ok::<_, DemoError>((played, region.travel_model))
    })?;
    let figures = figures::figures(&played, options.seed, &travel_model);
    Ok(Demo { city, day, played, figures, running, scratch })
}

impl Demo {
    /// Blocks until the process is told to stop (SIGINT or SIGTERM).
    pub fn wait(&self) {
        self.scratch.wait();
    }

    /// Stops the server and, unless the caller named the directory, removes its data. Blocks.
    pub fn close(self) {
        self.running.shutdown();
        drop(self.scratch);
    }
}
