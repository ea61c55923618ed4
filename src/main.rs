//! Flags to a command; nothing else.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "callout", version, about)]
struct Callout {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Solve(callout::cli::solve::Solve),
    Check(callout::cli::check::Check),
}

fn main() -> ExitCode {
    let done = match Callout::parse().command {
        Command::Solve(solve) => solve.run().map(|()| true),
        Command::Check(check) => check.run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            eprintln!("callout: {fault}");
            ExitCode::from(2)
        }
    }
}
