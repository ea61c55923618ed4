//! Flags -> a command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    end_quietly_when_nobody_reads_on();
    callout::cli::Cli::parse().run()
}

/// `callout ... | head` closes our standard output: that is no fault, and no reason for a backtrace.
fn end_quietly_when_nobody_reads_on() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload().downcast_ref::<String>().map_or("", |s| s.as_str());
        if said.starts_with("failed printing to std") && said.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(info);
    }));
}
