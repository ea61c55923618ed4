//! `callout simulate` and `callout scenario`: play a scenario under policies, compare them on paired days.

use super::Error;
use super::bar::bar;
use crate::sim;
use crate::sim::day::Stopwatch;
use crate::sim::import::Mapping;
use crate::sim::policy::{Named, POLICIES, named};
use crate::sim::ready::{READY, ready};
use crate::sim::replay::replay;
use crate::sim::report::{Bounds, Latency, Report, Row, compare_while, mean};
use crate::sim::scenario::{Scenario, Wrong, schema};
use crate::sim::staffing::staffing;
use crate::sim::world::{Place, draw};
use comfy_table::{CellAlignment, Table, presets};
use std::path::{Path, PathBuf};

/// Play a scenario's days under several policies and compare them.
///
/// The days of a seed are the same for every policy: the same calls, the same truth behind them. The table gives
/// means over the seeds; below each later policy stands its difference to the first one with a 95 % interval.
#[derive(Debug, clap::Args)]
#[command(after_help = examples())]
pub struct Simulate {
    /// The scenario: a TOML file, or the name of a ready one
    scenario: PathBuf,
    /// Which policies, the first is compared with
    ///
    /// [default: the scenario's, or nearest-idle,best-eta,batch,full]
    #[arg(long, value_delimiter = ',')]
    policies: Vec<String>,
    /// Which seeds: 7, 1..30 or 1,5,9 [default: the scenario's, or 1..3]
    #[arg(long)]
    seeds: Option<String>,
    /// Threads [default: all]
    #[arg(long)]
    threads: Option<usize>,
    /// Tell how far each policy is from what nobody does better than, and from a plan made in hindsight
    #[arg(long)]
    bounds: bool,
    /// Measure how long deciding takes; it differs from run to run
    #[arg(long)]
    timings: bool,
    /// Search for how many technicians the last of the policies would take to begin at most 5 % late; plays many days
    #[arg(long)]
    staffing: bool,
    /// Write a page with charts, and the first seed's day as a map that plays
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn examples() -> String {
    let mut told = "Examples:\n  callout simulate quiet-weekday\n  \
        callout simulate heat.toml --policies best-eta,batch,full --seeds 1..30 --bounds\n  \
        callout simulate heat.toml --json > heat.json\n  callout simulate heat.toml -o heat.html\n\nPolicies:"
        .to_owned();
    POLICIES.iter().for_each(|p| told.push_str(&format!("\n  {:<13} {}", p.name, p.about)));
    told.push_str("\n\nReady scenarios:");
    READY.iter().for_each(|r| told.push_str(&format!(" {}", r.name)));
    told
}

impl Simulate {
    /// Plays and prints.
    ///
    /// # Errors
    /// Where the scenario, a policy's name or the seeds cannot be used.
    pub fn run(self, json: bool) -> Result<(), Error> {
        let scenario = scenario(&self.scenario)?;
        let usual = ["nearest-idle", "best-eta", "batch", "full"].map(String::from).to_vec();
        let given = [self.policies.clone(), scenario.policies.clone(), usual];
        let names = given.into_iter().find(|names| !names.is_empty()).unwrap_or_default();
        let policies: Vec<&Named> = names.iter().map(|p| policy(p)).collect::<Result<_, _>>()?;
        let seeds = match &self.seeds {
            Some(said) => seeds(said)?,
            None if scenario.seeds.is_empty() => vec![1, 2, 3],
            None => scenario.seeds.clone(),
        };
        let place = Place::open(&scenario).map_err(Error::unusable)?;
        let bar = bar(json, "{bar:40.green/dim} {pos}/{len} days  {elapsed} left {eta}");
        bar.set_length((policies.len() * seeds.len()) as u64);
        let threads = self.threads.unwrap_or(0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::unusable)?;
        let told = |done: usize| bar.set_position(done as u64);
        let began = instant();
        let watch = || began.elapsed();
        let watch = self.timings.then_some(&watch as Stopwatch<'_>);
        let play = || compare_while(&scenario, &place, &policies, &seeds, &told, &|| true, watch);
        let mut report = pool.install(play).expect("nobody stops it");
        if self.bounds {
            pool.install(|| report.hold_against_bounds(&scenario, &place));
        }
        if self.staffing && !scenario.technician.is_empty() {
            return Err(Error::unusable("--staffing: technicians by name are as many as they are"));
        }
        if let Some(policy) = policies.last().filter(|_| self.staffing) {
            report.staffing = Some(pool.install(|| staffing(&scenario, &place, policy, &seeds)));
        }
        bar.finish_and_clear();
        if let Some(path) = &self.output {
            let film = pool.install(|| replay(&scenario, &place, &policies, seeds[0]));
            std::fs::write(path, crate::sim::chart::page(&report, Some(&film)))
                .map_err(|e| Error::unusable(format!("{}: {e}", path.display())))?;
        }
        if json {
            println!("{}", serde_json::to_string(&report).map_err(Error::unusable)?);
        } else {
            println!("{}", text(&report));
            self.output.iter().for_each(|p| println!("page: {}", p.display()));
        }
        Ok(())
    }
}

/// A scenario's file, or a ready one by its name where there is no such file.
fn scenario(said: &std::path::Path) -> Result<Scenario, Error> {
    let found = said.to_str().filter(|_| !said.exists()).and_then(ready);
    let Some(found) = found else { return Scenario::read(said).map_err(Error::unusable) };
    Scenario::of(found.text).map_err(|wrong| Error::unusable(format!("{}: {}", found.name, wrong[0])))
}

fn policy(name: &str) -> Result<&'static Named, Error> {
    let known = || POLICIES.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
    named(name).ok_or_else(|| Error::unusable(format!("--policies: {name:?} is none of {}", known())))
}

/// `7`, `1..30` (both ends) or `1,5,9`.
fn seeds(said: &str) -> Result<Vec<u64>, Error> {
    let wrong = || Error::unusable(format!("--seeds {said:?}: say 7, 1..30 or 1,5,9"));
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
    if let Some((from, to)) = said.split_once("..") {
        let (from, to) = (number(from)?, number(to.trim_start_matches('='))?);
        return if from <= to && to - from < 10_000 { Ok((from..=to).collect()) } else { Err(wrong()) };
    }
    said.split(',').map(number).collect()
}

fn text(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let mut head = vec![String::new()];
    head.extend(report.policies.iter().cloned());
    table.set_header(head);
    for row in &report.rows {
        table.add_row(cells(row));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(bounds) = &report.bounds {
        for row in bound_rows(bounds) {
            table.add_row(row);
        }
    }
    let seeds = report.seeds.len();
    if let Some(latency) = &report.latency {
        let row = |what: &str, of: fn(&Latency) -> f64| {
            std::iter::once(what.to_owned()).chain(latency.iter().map(|l| format!("{:.2}", of(l)))).collect()
        };
        let rows: [Vec<String>; 2] =
            [row("deciding P50 [ms]", |l| l.p50), row("deciding P99 [ms]", |l| l.p99)];
        rows.into_iter().for_each(|row| {
            table.add_row(row);
        });
    }
    let mut told = report.bounds.as_ref().map_or(String::new(), beside);
    told.push_str(&refused(report));
    told.push_str(&report.staffing.as_ref().map_or(String::new(), |s| format!("\n{}", s.told())));
    format!(
        "{}: {}\n{seeds} seed{}, travel by {}; differences are to {}, with 95 % intervals over paired days\n{table}{told}\n\
         calls reached in 30 min, expected at the call against simulated, in % of calls by hour\n{}",
        report.scenario,
        report.about,
        if seeds == 1 { "" } else { "s" },
        report.travel_model,
        report.policies[0],
        hours(report),
    )
}

fn hours(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let mut head = vec!["hour".to_owned(), "calls".to_owned()];
    head.extend(report.policies.iter().cloned());
    table.set_header(head);
    for hour in (0..24).filter(|h| report.hours.iter().any(|p| p[*h][0] > 0.0)) {
        let mut row = vec![format!("{hour:02}"), format!("{:.0}", report.hours[0][hour][0])];
        row.extend(report.hours.iter().map(|p| {
            let [calls, expected, came] = p[hour];
            format!("{:.1} / {:.1}", expected * 100.0 / calls, came * 100.0 / calls)
        }));
        table.add_row(row);
    }
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

/// How far each policy is from the bounds.
fn bound_rows(bounds: &Bounds) -> Vec<Vec<String>> {
    let row = |what: &str, gaps: &[Option<f64>]| {
        let said = gaps.iter().map(|g| g.map_or("-".into(), |g| format!("{g:+.1}")));
        std::iter::once(what.to_owned()).chain(said).collect()
    };
    vec![
        row("late, above what nobody beats [points]", &bounds.gap_to_bound),
        row("late, above hindsight [points]", &bounds.gap_to_hindsight),
    ]
}

fn beside(bounds: &Bounds) -> String {
    let said = |all: &[f64]| mean(all).map_or("-".into(), |m| format!("{m:.1}"));
    let known = |all: &[Option<f64>]| said(&all.iter().flatten().copied().collect::<Vec<f64>>());
    format!(
        "\nno policy begins fewer than {} % late (a flow of true work, without travel, over certificates and shifts)\n\
         a plan that knows the day beforehand begins {} % late with {} min of travel a job (a search: a reference, no proof)",
        said(&bounds.least_late),
        known(&bounds.hindsight_late),
        known(&bounds.hindsight_travel),
    )
}

/// What the board refused of what was said on the days, by policy.
fn refused(report: &Report) -> String {
    let mut told = String::new();
    for (policy, why) in report.policies.iter().zip(&report.refused).filter(|(_, why)| !why.is_empty()) {
        let said: Vec<String> = why.iter().map(|(why, n)| format!("{n} {why}")).collect();
        told.push_str(&format!("\nrefused under {policy}, on all days: {}", said.join(", ")));
    }
    told
}

#[allow(clippy::disallowed_methods, reason = "a stopwatch for --timings; decides nothing")]
fn instant() -> std::time::Instant {
    std::time::Instant::now()
}

fn cells(row: &Row) -> Vec<String> {
    let unit = if row.unit.is_empty() { String::new() } else { format!(" [{}]", row.unit) };
    let mut cells = vec![format!("{}{unit}", row.figure)];
    for (mean, difference) in row.means.iter().zip(&row.differences) {
        let mean = mean.map_or("-".into(), |m| format!("{m:.1}"));
        cells.push(match difference {
            Some(d) => format!("{mean}\n{:+.1} ±{:.1}", d.mean, d.half),
            None => mean,
        });
    }
    cells
}

/// Write, check or show a scenario.
#[derive(Debug, clap::Args)]
pub struct ScenarioArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Write a scenario with its fields' defaults, to start from; rates of `[policy]` are the service's own
    New {
        /// Where it goes
        file: PathBuf,
    },
    /// Say whether a scenario can be played
    Check {
        /// The file
        file: PathBuf,
    },
    /// Make a scenario of a real day: jobs and technicians from CSV, by a mapping of columns (docs/simulate.md)
    Import {
        /// The jobs
        #[arg(long, value_name = "CSV")]
        jobs: PathBuf,
        /// The technicians, a line a shift
        #[arg(long, value_name = "CSV")]
        technicians: PathBuf,
        /// Which column is what: a TOML file
        #[arg(long, value_name = "TOML")]
        map: PathBuf,
        /// Where the scenario goes
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Print the schema of scenarios: JSON Schema, for editors and other programs
    Schema,
    /// Show what a seed draws: technicians, calls, load
    Show {
        /// The file
        file: PathBuf,
        /// The seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

impl ScenarioArgs {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where a file cannot be used.
    pub fn run(self, json: bool) -> Result<(), Error> {
        match self.verb {
            Verb::New { file } => new(&file),
            Verb::Check { file } => {
                let scenario = scenario(&file)?;
                match json {
                    true => println!("{}", serde_json::json!({ "name": scenario.name, "ok": true })),
                    false => println!("{}: {} can be played", file.display(), scenario.name),
                }
                Ok(())
            }
            Verb::Import { jobs, technicians, map, output } => import(&jobs, &technicians, &map, &output),
            Verb::Schema => {
                println!("{}", serde_json::to_string_pretty(&schema()).map_err(Error::unusable)?);
                Ok(())
            }
            Verb::Show { file, seed } => show(&file, seed, json),
        }
    }
}

fn new(file: &std::path::Path) -> Result<(), Error> {
    if file.exists() {
        return Err(Error::unusable(format!("{}: is there already: name another file", file.display())));
    }
    let name = file.file_stem().map_or("scenario".into(), |s| s.to_string_lossy().into_owned());
    let wrong = |wrong: Vec<Wrong>| Error::unusable(format!("{}: {}", file.display(), wrong[0]));
    let scenario = Scenario::of(&format!("name = {name:?}\nabout = \"\"")).map_err(wrong)?;
    let text = toml::to_string_pretty(&scenario).map_err(Error::unusable)?;
    std::fs::write(file, text).map_err(|e| Error::unusable(format!("{}: {e}", file.display())))?;
    println!("{}: the fields have their defaults; callout simulate {}", file.display(), file.display());
    Ok(())
}

fn import(jobs: &Path, technicians: &Path, map: &Path, output: &Path) -> Result<(), Error> {
    let failed = |path: &Path, e: &dyn std::fmt::Display| Error::unusable(format!("{}: {e}", path.display()));
    let mapping = std::fs::read_to_string(map).map_err(|e| failed(map, &e))?;
    let mapping: Mapping = toml::from_str(&mapping).map_err(|e| failed(map, &e))?;
    let mut open = [jobs, technicians].map(|p| std::fs::File::open(p).map_err(|e| failed(p, &e)));
    let [first, second] = &mut open;
    let (Ok(one), Ok(two)) = (first, second) else {
        let [first, second] = open;
        return first.and(second).map(drop);
    };
    let [jobs, technicians] = [jobs, technicians].map(|p| p.to_string_lossy());
    let scenario =
        sim::import::import(&mapping, (&jobs, one), (&technicians, two)).map_err(Error::unusable)?;
    let text = toml::to_string_pretty(&scenario).map_err(Error::unusable)?;
    std::fs::write(output, text).map_err(|e| failed(output, &e))?;
    println!("{}: {} jobs, {} technicians", output.display(), scenario.job.len(), scenario.technician.len());
    Ok(())
}

fn show(file: &std::path::Path, seed: u64, json: bool) -> Result<(), Error> {
    let scenario = scenario(file)?;
    let place = Place::open(&scenario).map_err(Error::unusable)?;
    let world = draw(&scenario, &place, seed);
    let work: i64 = world.calls.iter().map(|c| c.service.0).sum();
    let shifts: i64 = world
        .present
        .iter()
        .filter_map(|t| world.board.technicians.get(t))
        .flat_map(|t| t.shifts.iter().take(scenario.days as usize))
        .map(|s| s.window.length().0)
        .sum();
    let load = work as f64 / shifts.max(1) as f64;
    let mut levels: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    world.calls.iter().for_each(|c| *levels.entry(c.job.need.level.as_str()).or_default() += 1);
    if json {
        let told = serde_json::json!({
            "name": scenario.name, "seed": seed, "technicians": world.present.len(), "calls": world.calls.len(),
            "calls_by_level": levels, "work_hours": work as f64 / 3600.0, "shift_hours": shifts as f64 / 3600.0,
            "load_without_travel": load,
        });
        println!("{told}");
        return Ok(());
    }
    println!("{}: {}", scenario.name, scenario.about);
    println!(
        "{} technicians at work, {} calls on {}",
        world.present.len(),
        world.calls.len(),
        place.day.spoken()
    );
    levels.iter().for_each(|(level, n)| println!("  {n:>6} {level}"));
    println!(
        "work {:.0} h of {:.0} h on shift: load {load:.2} without travel",
        work as f64 / 3600.0,
        shifts as f64 / 3600.0
    );
    Ok(())
}
