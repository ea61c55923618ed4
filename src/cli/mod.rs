//! The command line: one file a command, this one the list of them.
//!
//! Every command prints for people by default and for programs with `--json`. Exit codes: 0 done, 1 the
//! answer is no (nobody fits, not reachable, refused), 2 the command or its input cannot be used.

mod bar;
mod booking;
pub mod check;
pub mod coverage;
pub mod demo;
pub mod files;
pub mod job;
pub mod journal;
mod line;
pub mod load;
mod need;
pub mod offer;
pub mod region;
pub mod replay;
pub mod roads;
pub mod serve;
pub mod simulate;
pub mod solve;
mod told;
mod vroom;
pub mod watch;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Smart dispatch for home-appliance service: who goes, with which parts, when.
#[derive(Debug, Parser)]
#[command(version, about, after_help = AFTER, max_term_width = 110)]
pub struct Cli {
    /// Print for programs: JSON on standard output, errors as JSON on standard error.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Start here:
  callout demo                     play a day of 500 jobs on an embedded city, write a map
  callout serve                    start the gRPC service on loopback
  callout region list              what a running server holds; `callout job` takes, books, lists, explains
  callout watch REGION             what happens there, as it happens
  callout roads build CITY.osm.pbf -o CITY.roads
  callout replay REGION            run a region's journal again, compare its decisions
  callout load                     what a server on this machine bears: latency at given rates
  callout coverage REGION          what is covered within 30 min, what it takes to cover more
  callout simulate FILE.toml       play a scenario's days under several policies, compare them

Exit codes: 0 done; 1 the answer is no; 2 the command or its input cannot be used.";

#[derive(Debug, Subcommand)]
enum Command {
    Roads(roads::Args),
    Serve(serve::Args),
    Demo(demo::Args),
    Load(load::Args),
    Region(region::Args),
    Job(job::Args),
    Offer(offer::Args),
    Watch(watch::Args),
    Journal(journal::Args),
    Solve(solve::Solve),
    Check(check::Check),
    Replay(replay::Args),
    Coverage(coverage::Args),
    Simulate(simulate::Simulate),
    Scenario(simulate::ScenarioArgs),
}

/// Why a command ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The question was answered, and the answer is no.
    #[error("{0}")]
    No(String),
    /// The command, a file or a server cannot be used; says which, where, and what to do.
    #[error("{0}")]
    Unusable(String),
}

impl Error {
    /// An [`Error::Unusable`] from anything that can be said.
    pub fn unusable(what: impl std::fmt::Display) -> Error {
        Error::Unusable(what.to_string())
    }

    fn code(&self) -> u8 {
        match self {
            Error::No(_) => 1,
            Error::Unusable(_) => 2,
        }
    }
}

impl Cli {
    /// Runs the command and says how it went.
    pub fn run(self) -> ExitCode {
        let json = self.json;
        let done: Result<(), Error> = match self.command {
            Command::Roads(args) => roads::run(args, json),
            Command::Serve(args) => serve::run(args, json),
            Command::Demo(args) => demo::run(args, json),
            Command::Load(args) => load::run(args, json),
            Command::Region(args) => region::run(args, json),
            Command::Job(args) => job::run(args, json),
            Command::Offer(args) => offer::run(args, json),
            Command::Watch(args) => watch::run(args, json),
            Command::Journal(args) => journal::run(args),
            Command::Solve(args) => args.run(json).map_err(Error::Unusable),
            Command::Check(args) => args.run(json),
            Command::Replay(args) => replay::run(args, json),
            Command::Coverage(args) => coverage::run(args, json),
            Command::Simulate(args) => args.run(json),
            Command::Scenario(args) => args.run(json),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&error, json);
                ExitCode::from(error.code())
            }
        }
    }
}

fn complain(error: &Error, json: bool) {
    if json {
        eprintln!("{}", serde_json::json!({ "error": error.to_string(), "exit_code": error.code() }));
    } else {
        eprintln!("callout: {error}");
    }
}
