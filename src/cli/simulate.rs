//! `callout simulate` and `callout scenario`: play a scenario under policies, compare them on paired days.

use super::Error;
use crate::sim::policy::{Named, POLICIES, named};
use crate::sim::report::{Report, Row, compare};
use crate::sim::scenario::Scenario;
use crate::sim::world::{Place, draw};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Play a scenario's days under several policies and compare them.
///
/// The days of a seed are the same for every policy: the same calls, the same truth behind them. The table gives
/// means over the seeds; below each later policy stands its difference to the first one with a 95 % interval.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout simulate fixtures/scenarios/quiet-weekday.toml\n  \
    callout simulate heat.toml --policies best-eta,batch,cheapest --seeds 1..30\n  \
    callout simulate heat.toml --json > heat.json\n  callout simulate heat.toml -o heat.html\n\nPolicies:\n  \
    random        any technician who fits\n  nearest-idle  the nearest idle one, first in first out\n  \
    own-grid      who lives nearest, at the call\n  best-eta      who gets there first, bound at the call\n  \
    batch         urgent jobs wait for an assignment every 30 s\n  cheapest      the service's own decision\n  \
    full          the same, improved all day\n  coverage      the same, what a visit takes from coverage priced")]
pub struct Simulate {
    /// The scenario: a TOML file
    scenario: PathBuf,
    /// Which policies, the first is compared with
    #[arg(long, value_delimiter = ',', default_value = "nearest-idle,best-eta,batch,cheapest")]
    policies: Vec<String>,
    /// Which seeds: 7, 1..30 or 1,5,9
    #[arg(long, default_value = "1..3")]
    seeds: String,
    /// Threads [default: all]
    #[arg(long)]
    threads: Option<usize>,
    /// Write a page with charts
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Simulate {
    /// Plays and prints.
    ///
    /// # Errors
    /// Where the scenario, a policy's name or the seeds cannot be used.
    pub fn run(self, json: bool) -> Result<(), Error> {
        let scenario = Scenario::read(&self.scenario).map_err(Error::unusable)?;
        let policies: Vec<&Named> = self.policies.iter().map(|p| policy(p)).collect::<Result<_, _>>()?;
        let seeds = seeds(&self.seeds)?;
        let scratch = scratch()?;
        let place = Place::open(&scenario, scratch.path()).map_err(Error::unusable)?;
        let bar = bar(json, policies.len() * seeds.len());
        let threads = self.threads.unwrap_or(0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::unusable)?;
        let told = |done: usize| bar.set_position(done as u64);
        let report = pool.install(|| compare(&scenario, &place, &policies, &seeds, &told));
        bar.finish_and_clear();
        if let Some(path) = &self.output {
            std::fs::write(path, crate::sim::chart::page(&report))
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

fn scratch() -> Result<crate::demo::scratch::Scratch, Error> {
    crate::demo::scratch::Scratch::new(None).map_err(Error::unusable)
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

fn bar(json: bool, length: usize) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40.green/dim} {pos}/{len} days  {elapsed} left {eta}");
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
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
    let seeds = report.seeds.len();
    format!(
        "{}: {}\n{seeds} seed{}, travel by {}; differences are to {}, with 95 % intervals over paired days\n{table}\n\
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
                let scenario = Scenario::read(&file).map_err(Error::unusable)?;
                match json {
                    true => println!("{}", serde_json::json!({ "name": scenario.name, "ok": true })),
                    false => println!("{}: {} can be played", file.display(), scenario.name),
                }
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
    let scenario =
        Scenario::parse(&format!("name = {name:?}\nabout = \"\""), file).map_err(Error::unusable)?;
    let text = toml::to_string_pretty(&scenario).map_err(Error::unusable)?;
    std::fs::write(file, text).map_err(|e| Error::unusable(format!("{}: {e}", file.display())))?;
    println!("{}: the fields have their defaults; callout simulate {}", file.display(), file.display());
    Ok(())
}

fn show(file: &std::path::Path, seed: u64, json: bool) -> Result<(), Error> {
    let scenario = Scenario::read(file).map_err(Error::unusable)?;
    let scratch = scratch()?;
    let place = Place::open(&scenario, scratch.path()).map_err(Error::unusable)?;
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
