//! Flags -> a command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    callout::cli::Cli::parse().run()
}
