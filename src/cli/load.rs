//! `callout load`: what a server of this machine bears.

use super::Error;
use super::bar::{COUNTED, bar};
use crate::city::City;
use crate::demo::scratch::Scratch;
use crate::load::report::{Engine, Report};
use crate::load::{self, Options, process};
use comfy_table::{CellAlignment, Table, presets};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Call in jobs, ask for arrivals and report positions at given rates: how long answers take.
///
/// Starts a server of its own in a process of its own, or loads one on this machine (--server; it needs the file
/// la-serena.roads in its roads directory, or --beeline). Regions are set up in La Serena and Coquimbo at ten in the morning,
/// with people, parts and a planned day; then each call is sent at its moment, whether or not the server keeps up,
/// and its latency counts from that moment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout load\n  callout load --rate 200 --seconds 30 --p99 50\n  \
    callout load --regions 300 --technicians 100000 --rate 35 --planned 2\n  \
    callout load --regions 1 --technicians 2000 --planned 5 --engine-p99 20\n  \
    callout load --server 127.0.0.1:7070 --beeline --json\n\n\
    1,000,000 jobs a day at three times the mean rate are 35 a second. Exit code 1: --p99 was not kept, or\n\
    calls were refused or lost.")]
pub struct Args {
    /// A running server on this machine, such as 127.0.0.1:7070 [default: one of its own]
    #[arg(long, value_name = "ADDR")]
    server: Option<SocketAddr>,
    /// Travel by straight lines instead of roads
    #[arg(long)]
    beeline: bool,
    /// How many regions
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    regions: u16,
    /// How many technicians in all
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    technicians: u32,
    /// Jobs a technician has planned before load begins
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=12))]
    planned: u8,
    /// Calls for a job a second
    #[arg(long, default_value_t = 35.0, value_parser = rate)]
    rate: f64,
    /// Other commands a second: slots, holds, promises, offers, progress, work by hand [default: two for each job]
    #[arg(long, value_parser = rate)]
    mix: Option<f64>,
    /// Arrivals asked for a second [default: five for each job]
    #[arg(long, value_parser = rate)]
    eta_rate: Option<f64>,
    /// Seconds between two positions of a technician; 0 for none
    #[arg(long, default_value_t = 30.0, value_parser = rate)]
    positions_every: f64,
    /// How long load is made
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// Connections that calls go over
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    connections: u8,
    /// What everything is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End with 1 where CreateJob's 99th percentile is over so many milliseconds
    #[arg(long, value_name = "MS")]
    p99: Option<f64>,
    /// End with 1 where the engine itself took longer than so many milliseconds for any kind of command, 99 times of a
    /// hundred; searching slots changes nothing and is left out
    #[arg(long, value_name = "MS")]
    engine_p99: Option<f64>,
}

/// The file of the embedded city's network.
const ROADS: &str = "la-serena.roads";
/// The one call that says what it took and is not a command: the board is free between its windows.
const SEARCH: &str = "SearchSlots";

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if (0.0..=20_000.0).contains(&rate) { Ok(rate) } else { Err(format!("{text} is not in 0..=20000")) }
}

/// Makes load and tells what it met with.
///
/// # Errors
/// [`Error::Unusable`] where the server cannot be used, [`Error::No`] where it did not bear the load.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let bad = |e: load::LoadError| Error::unusable(e);
    let scratch = Scratch::new(None).map_err(Error::unusable)?;
    let (server, pid) = match args.server {
        Some(server) => (server, None),
        None => own_server(&scratch).map(|(server, pid)| (server, Some(pid)))?,
    };
    let options = Options {
        server,
        regions: args.regions.into(),
        technicians: (args.technicians as usize).max(args.regions.into()),
        planned: args.planned.into(),
        rate: args.rate,
        mix_rate: args.mix.unwrap_or(args.rate * 2.0),
        eta_rate: args.eta_rate.unwrap_or(args.rate * 5.0),
        positions_every: args.positions_every,
        seconds: args.seconds.into(),
        connections: args.connections.into(),
        seed: args.seed,
        roads_file: (!args.beeline).then(|| ROADS.to_owned()),
    };
    let bar = bar(json, COUNTED);
    let told = |done: u64, all: u64, what: &str| {
        bar.set_length(all);
        bar.set_position(done);
        bar.set_message(what.to_owned());
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::unusable)?;
    let report = runtime.block_on(load::run(&options, &told)).map_err(bad)?;
    let report = Report { server: pid.and_then(process::usage), ..report };
    bar.finish_and_clear();
    if json {
        println!("{}", serde_json::to_string(&report).map_err(Error::unusable)?);
    } else {
        println!("{}", table(&report));
    }
    drop(scratch);
    borne(&report, args.p99, args.engine_p99)
}

/// Starts a server in a process of its own; it ends with the scratch directory.
fn own_server(scratch: &Scratch) -> Result<(SocketAddr, u32), Error> {
    let roads = scratch.path().join("roads");
    std::fs::create_dir_all(&roads).map_err(Error::unusable)?;
    City::embedded(None)
        .map_err(Error::unusable)?
        .network
        .save(&roads.join(ROADS))
        .map_err(Error::unusable)?;
    let program: PathBuf = std::env::current_exe().map_err(Error::unusable)?;
    let (child, address) =
        process::start(&program, &scratch.path().join("data"), &roads).map_err(Error::unusable)?;
    let pid = child.id();
    scratch.adopt(child);
    Ok((address, pid))
}

fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header([
        "call",
        "sent",
        "ok",
        "no",
        "refused",
        "lost",
        "p50 ms",
        "p99",
        "max",
        "sent late p99",
        "waited p99",
        "engine p50",
        "p99",
        "max",
        "its cpu p99",
    ]);
    for line in &report.calls {
        let refused: Vec<String> = line.refused.iter().map(|(code, n)| format!("{n} {code}")).collect();
        let ms = |v: f64| format!("{v:.1}");
        let engine = |of: &dyn Fn(&Engine) -> f64| line.engine.as_ref().map_or("-".to_owned(), |e| ms(of(e)));
        table.add_row([
            line.call.to_owned(),
            line.sent.to_string(),
            line.ok.to_string(),
            line.declined.to_string(),
            if refused.is_empty() { "0".to_owned() } else { refused.join(", ") },
            line.lost.to_string(),
            ms(line.p50_ms),
            ms(line.p99_ms),
            ms(line.max_ms),
            ms(line.behind_p99_ms),
            engine(&|e| e.wait_p99_ms),
            engine(&|e| e.p50_ms),
            engine(&|e| e.p99_ms),
            engine(&|e| e.max_ms),
            engine(&|e| e.cpu_p99_ms),
        ]);
    }
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    let positions = report.positions;
    let mut told = format!(
        "{} regions, {} technicians, {} visits planned before; {} jobs/s offered for {} s\n\n{table}\n\n\
         {} new jobs assigned, {} not; {} of {} positions taken",
        report.regions,
        report.technicians,
        report.planned,
        report.rate,
        report.seconds,
        report.assigned,
        report.open,
        positions.accepted,
        positions.sent,
    );
    if let Some(server) = report.server {
        told.push_str(&format!(
            "\nserver: {:.0} MB at most, {:.1} s of processor time, the set-up's included",
            server.peak_memory_mb, server.cpu_s
        ));
    }
    told
}

/// Whether the load was borne.
fn borne(report: &Report, p99: Option<f64>, engine_p99: Option<f64>) -> Result<(), Error> {
    for line in &report.calls {
        let refused: u64 = line.refused.values().sum();
        if refused + line.lost > 0 {
            let (call, sent, lost) = (line.call, line.sent, line.lost);
            return Err(Error::No(format!("{call}: of {sent} calls {refused} were refused, {lost} lost")));
        }
    }
    let line = report.line("CreateJob");
    let reached = line.map_or(0.0, |line| line.p99_ms);
    if let Some(most) = p99.filter(|most| reached > *most) {
        return Err(Error::No(format!("CreateJob: p99 {reached:.1} ms, over {most} ms")));
    }
    let changes = report.calls.iter().filter(|line| line.call != SEARCH);
    let engines = changes.filter_map(|line| Some((line.call, line.engine?.p99_ms)));
    let worst = engines.max_by(|a, b| a.1.total_cmp(&b.1));
    match (worst, engine_p99) {
        (Some((call, p99)), Some(most)) if p99 > most => {
            Err(Error::No(format!("{call}: the engine's p99 {p99:.1} ms, over {most} ms")))
        }
        _ => Ok(()),
    }
}
