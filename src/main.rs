//! Flags to a command; nothing else.

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "callout", version, about)]
struct Callout {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Solve(callout::cli::solve::Solve),
}

fn main() -> std::process::ExitCode {
    let Callout { command } = Callout::parse();
    let done = match command {
        Command::Solve(solve) => solve.run(),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("callout: {fault}");
            std::process::ExitCode::from(2)
        }
    }
}
