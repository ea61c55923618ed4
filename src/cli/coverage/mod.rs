//! `callout coverage`: what a day's shifts cover, what more would add, the fewest people who reach a target.

mod asked;
mod curve;
mod draw;
mod files;
mod heat;
mod local;
mod moves;
mod told;

use super::Error;
use super::line::Line;
use super::region::full_name;
use crate::wire::look::staffing::Study;
use crate::wire::v1::{self, coverage_service_client::CoverageServiceClient};
use asked::{classes, hours, share, targets};
use indicatif::ProgressBar;
use local::Local;
use std::path::PathBuf;

/// Say what a day's shifts cover, what one more of anything would add, and how few could reach a target
///
/// Coverage is the share of calls to which somebody qualified, with the parts, comes in time: by hour of the day and
/// by class of demand (the certificates and the kit that calls take). REGION asks a running server; SCENARIO.toml is
/// worked out here, from the fleet and the calls that the scenario draws.
///
/// People count at the place where their shift starts and are busy a share of the time: by the work called in against
/// the hours at work, or as --busy says. What a van lacks is fetched from a depot on the way.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    #[command(flatten)]
    line: Line,
    /// A region of a running server, or a scenario's TOML file
    #[arg(value_name = "REGION|SCENARIO.toml")]
    subject: String,
    /// Only classes with this number, or whose name holds this text; may be said again
    #[arg(long, value_name = "CLASS")]
    class: Vec<String>,
    /// Only these hours: 14, 8..18 (both ends) or 8,9,17
    #[arg(long, value_name = "HOURS")]
    hour: Option<String>,
    /// The day, as YYYY-MM-DD [default: today; a scenario's first day]
    #[arg(long, value_name = "DATE", default_value = "")]
    date: String,
    /// How soon somebody is to be there, for all classes [default: each class's own]
    #[arg(long, value_name = "MINUTES")]
    target_minutes: Option<i64>,
    /// The share of the time that people at work are busy, such as 0.6
    #[arg(long, value_name = "SHARE")]
    busy: Option<f64>,
    /// The share of calls to be covered; exit code 1 where it is not [default with --staffing: 0.9]
    #[arg(long, value_name = "SHARE")]
    share: Option<f64>,
    /// Find the fewest people who reach the share: where, which shifts, which certificates; with a bound
    #[arg(long)]
    staffing: bool,
    /// With --staffing: those who have shifts stay, find who has to come besides
    #[arg(long, requires = "staffing")]
    keep: bool,
    /// With --staffing: what a certificate's level beyond the first costs, in technicians
    #[arg(long, value_name = "COST", default_value_t = 0.05)]
    certificate_cost: f64,
    /// With --staffing: other targets in minutes, such as 10,30,60
    #[arg(long, value_name = "MINUTES", value_delimiter = ',', requires = "staffing")]
    targets: Vec<i64>,
    /// With --staffing: people at most
    #[arg(long, value_name = "N", default_value_t = 300)]
    most: i32,
    /// Say what one more technician, certificate, kit or depot would add
    #[arg(long)]
    worth: bool,
    /// Only list who is asked to wait elsewhere, or does, and who was; of a running server's region
    #[arg(long, conflicts_with_all = ["class", "hour", "share", "staffing", "worth", "output"])]
    moves: bool,
    #[command(flatten)]
    answer: moves::Answer,
    /// Which draw of a scenario
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write pictures and figures into this directory: HTML, PNG, GeoJSON
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// With -o and a region: the roads to draw beneath, a .roads or .osm.pbf file
    #[arg(long, value_name = "FILE")]
    roads: Option<PathBuf>,
}

const HELP: &str = "\
Examples:
  callout coverage fixtures/scenarios/thin-certificates.toml
  callout coverage fixtures/scenarios/busy-city.toml --worth
  callout coverage fixtures/scenarios/busy-city.toml --staffing --targets 10,30,60 -o plan
  callout coverage la-serena --hour 8..18 --class gas --share 0.85
  callout coverage la-serena --target-minutes 60 --json
  callout coverage la-serena --moves
  callout coverage la-serena --moves --accept t007

A staffing is found by adding who covers most for the cost, then by exchanges. The limit below it is a bound: no choice
of the places, shifts and certificates looked at does with fewer. Unless --busy says how busy people are, it follows
from the plan's own hours: more people are each less busy.

Files of -o: coverage.html (a map with an hour slider and a class picker), coverage.png, coverage.geojson; with
--staffing also staffing.html, staffing.png and staffing.geojson.

Exit codes: 0 done; 1 the share asked for is not reached; 2 the command or its input cannot be used.";

/// All that was worked out.
pub(super) struct Found {
    forecast: v1::CoverageForecast,
    worth: Option<v1::RankAdditionsResponse>,
    plan: Option<v1::StaffingPlan>,
    title: String,
}

/// Works out, prints and writes.
///
/// # Errors
/// [`Error::No`] where a share that was asked for is not reached.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    if args.moves {
        return match args.subject.ends_with(".toml") {
            true => {
                Err(Error::unusable("--moves: a scenario is nobody's day: ask a running server's region"))
            }
            false => moves::run(&args.line, &args.subject, &args.answer, json),
        };
    }
    let wanted = args.share.or(args.staffing.then_some(0.9)).map(share).transpose()?;
    let bar = spinner(json);
    let local = match args.subject.ends_with(".toml") {
        true => Some(Local::open(&args.subject, args.seed, &bar)?),
        false => None,
    };
    let found = match &local {
        Some(local) => asked_here(&args, local, &bar)?,
        None => asked_there(&args, &bar)?,
    };
    bar.finish_and_clear();
    if json {
        println!("{}", told::json(&found));
    } else {
        println!("{}", told::text(&found));
    }
    if let Some(dir) = &args.output {
        let opened = match &args.roads {
            Some(file) => Some(crate::city::City::from_file(file, None).map_err(Error::unusable)?),
            None => None,
        };
        let city = opened.as_ref().or(local.as_ref().map(Local::city));
        let written = files::write(dir, &found, city, wanted)?;
        written.iter().filter(|_| !json).for_each(|path| println!("wrote {}", path.display()));
    }
    judged(&found, wanted)
}

fn judged(found: &Found, wanted: Option<f64>) -> Result<(), Error> {
    let Some(wanted) = wanted else { return Ok(()) };
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    match &found.plan {
        Some(plan) if plan.reached => Ok(()),
        Some(plan) => Err(Error::No(format!(
            "{} technicians cover {} of the {} wanted: allow more with --most, or a longer target",
            plan.technicians,
            percent(plan.share),
            percent(wanted)
        ))),
        None if found.forecast.share >= wanted => Ok(()),
        None => Err(Error::No(format!(
            "{} is covered of the {} wanted: --worth says what would add most, --staffing what it takes",
            percent(found.forecast.share),
            percent(wanted)
        ))),
    }
}

impl Args {
    fn scope(&self, known: &[v1::ClassCoverage]) -> Result<v1::CoverageScope, Error> {
        let minutes = |m: i64| prost_types::Duration { seconds: m.saturating_mul(60), nanos: 0 };
        Ok(v1::CoverageScope {
            date: self.date.clone(),
            hours: self.hour.as_deref().map(hours).transpose()?.unwrap_or_default(),
            class_numbers: classes(&self.class, known)?,
            target: self.target_minutes.map(minutes),
            busy_share: self.busy.unwrap_or(0.0),
        })
    }

    fn forecast(&self, name: &str, scope: v1::CoverageScope) -> v1::ForecastCoverageRequest {
        v1::ForecastCoverageRequest {
            name: name.into(),
            scope: Some(scope),
            include_cells: self.output.is_some(),
        }
    }

    fn rank(&self, name: &str, scope: v1::CoverageScope) -> v1::RankAdditionsRequest {
        let certificate_cost = self.certificate_cost;
        v1::RankAdditionsRequest { name: name.into(), scope: Some(scope), most: 10, certificate_cost }
    }

    fn plan(&self, name: &str, scope: v1::CoverageScope) -> Result<v1::PlanStaffingRequest, Error> {
        Ok(v1::PlanStaffingRequest {
            name: name.into(),
            scope: Some(scope),
            share: self.share.unwrap_or(0.9),
            keep_shifts: self.keep,
            certificate_cost: Some(self.certificate_cost),
            most_technicians: self.most,
            targets: targets(&self.targets)?,
            ..Default::default()
        })
    }
}

fn asked_here(args: &Args, local: &Local, bar: &ProgressBar) -> Result<Found, Error> {
    let scope = args.scope(&local.classes())?;
    let name = local.name();
    bar.set_message("coverage");
    let forecast = local.study(&args.forecast(&name, scope.clone()), bar)?;
    let worth = args.worth.then(|| local.study(&args.rank(&name, scope.clone()), bar)).transpose()?;
    let plan = match args.staffing {
        true => Some(local.study(&args.plan(&name, scope)?, bar)?),
        false => None,
    };
    Ok(Found { forecast, worth, plan, title: local.title() })
}

fn asked_there(args: &Args, bar: &ProgressBar) -> Result<Found, Error> {
    let name = full_name(&args.subject);
    let plan = args.staffing.then(|| args.plan(&name, v1::CoverageScope::default())).transpose()?;
    args.scope(&[])
        .or_else(|error| if args.class.is_empty() { Err(error) } else { Ok(Default::default()) })?;
    args.line.work(async |channel| {
        // every cell of every hour is more than messages usually hold
        let mut client = CoverageServiceClient::new(channel).max_decoding_message_size(64 << 20);
        bar.set_message("coverage");
        let classes = match args.class.is_empty() {
            true => Vec::new(),
            false => {
                let request = v1::GetCoverageRequest { name: name.clone(), ..Default::default() };
                client.get_coverage(request).await?.into_inner().classes
            }
        };
        let scope = match args.scope(&classes) {
            Ok(scope) => scope,
            Err(error) => return Ok(Err(error)),
        };
        let forecast = client.forecast_coverage(args.forecast(&name, scope.clone())).await?.into_inner();
        let mut found = Found { forecast, worth: None, plan: None, title: args.subject.clone() };
        if args.worth {
            bar.set_message("what more would add");
            found.worth = Some(client.rank_additions(args.rank(&name, scope.clone())).await?.into_inner());
        }
        if let Some(plan) = plan {
            bar.set_message("staffing");
            let request = v1::PlanStaffingRequest { scope: Some(scope), ..plan };
            found.plan = Some(client.plan_staffing(request).await?.into_inner());
        }
        Ok(Ok(found))
    })?
}

/// A question that is worked out here as a server would.
fn study<S: Study>(
    taken: &crate::wire::look::staffing::Taken,
    study: &S,
    bar: &ProgressBar,
) -> Result<S::Reply, Error> {
    use crate::coverage::staffing::report::Stage;
    let told = |stage: Stage| {
        match stage {
            Stage::Settling => bar.set_message("settling how busy people are"),
            Stage::Searching(n) => bar.set_message(format!("staffing: {n} technicians")),
            Stage::Bounding(step) => bar.set_message(format!("the bound: step {step}")),
            Stage::Target(target) => bar.set_message(format!("the target of {target}")),
        }
        true
    };
    let failed = |failure: crate::wire::Failure| super::line::refusal(&tonic::Status::from(failure));
    study.check().map_err(failed)?;
    study.work(taken, &told).map_err(failed)
}

/// For work that has no length.
fn spinner(json: bool) -> ProgressBar {
    let bar = super::bar::bar(json, "{spinner} {elapsed} {msg}");
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}
