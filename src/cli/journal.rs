//! `callout journal`: reading the journal without a server.

use super::Error;
use crate::journal::Sqlite;
use std::io::Write;
use std::path::PathBuf;

/// Read the journal of a data directory.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print every record as a JSON line. Personal data is not in it.
    Export {
        /// The data directory; a server may be running on it.
        #[arg(long, value_name = "DIR", default_value = "callout-data")]
        data: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// Where there is no journal, or it is damaged.
pub fn run(args: Args) -> Result<(), Error> {
    let Command::Export { data } = args.command;
    let file = data.join("journal.db");
    if !file.exists() {
        return Err(Error::unusable(format!("{}: there is no journal here", data.display())));
    }
    let journal = Sqlite::read_only(&file).map_err(Error::unusable)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut closed = false;
    let mut print = |line: serde_json::Value| closed |= writeln!(out, "{line}").is_err();
    journal.export(&mut print).map_err(Error::unusable)
}
