//! `callout replay`: runs a region's journal again, decides anew what was decided, and compares.

use super::{Error, told};
use crate::board::Board;
use crate::board::Event;
use crate::board::decision::{Cause, Decision};
use crate::board::id::{JobId, RegionId};
use crate::journal::{Journal, Snapshots, Sqlite, Stored};
use crate::plan::{Desk, Travel};
use crate::serve::Roads;
use crate::wire::encode;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::sync::Arc;

/// Run a region's journal again: same events, same decisions.
///
/// Folds the records into a board, decides each new job anew where the record did, and compares with what was
/// decided then. A decision that rested on a device's position cannot be made again (positions are not kept) and is
/// counted apart. Where early records were cut, it begins at the newest snapshot. No server may be needed; one may run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  callout replay milan --data callout-data --roads roads\n  \
    callout replay milan --job j0001      # that job's decisions with their candidates and costs, as they were\n\n\
    Exit codes: 0 all decisions are the same, 1 some differ, 2 the data cannot be used.")]
pub struct Args {
    /// The region
    region: String,
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = "callout-data")]
    data: PathBuf,
    /// Where the region's road file lies
    #[arg(long, value_name = "DIR")]
    roads: Option<PathBuf>,
    /// Show this job's decisions as they were stored
    #[arg(long, value_name = "JOB")]
    job: Option<String>,
}

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    records: u64,
    decisions: u64,
    same: u64,
    on_positions: u64,
    differ: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// Where the journal or the roads cannot be used, and (exit code 1) where a decision is another one now.
pub fn run(args: Args, json: bool) -> Result<(), Error> {
    let file = args.data.join("journal.db");
    if !file.exists() {
        return Err(Error::unusable(format!("{}: there is no journal here", args.data.display())));
    }
    let journal = Sqlite::read_only(&file).map_err(Error::unusable)?;
    let region = RegionId::from(args.region.as_str());
    let Some((first, last)) = journal.extent(&region).map_err(Error::unusable)? else {
        return Err(Error::unusable(format!("the journal knows no region {region}")));
    };
    let roads = Arc::new(Roads::in_dir(args.roads.clone()));
    let mut replay =
        Replay { roads, desk: None, waiting: None, job: args.job.as_deref().map(Into::into), json };
    let start = match first {
        1 => 0,
        _ => {
            let snapshots = Snapshots::at(args.data.join("snapshots")).map_err(Error::unusable)?;
            let found = snapshots.newest(&region).0;
            let found =
                found.ok_or_else(|| Error::unusable("the first records were cut and no snapshot holds"))?;
            replay.desk = Some(Desk::open(found.board.clone(), replay.travel(&found.board)?));
            found.seq
        }
    };
    let mut count = Count::default();
    let mut failed = None;
    journal
        .read_from(&region, start + 1, &mut |stored| {
            if failed.is_none() {
                failed = replay.record(&stored, &mut count).err();
            }
            Ok(())
        })
        .map_err(Error::unusable)?;
    if let Some(error) = failed {
        return Err(error);
    }
    summary(&region, [start + 1, last], &count, &replay, json);
    match count.differ.len() {
        0 => Ok(()),
        n => Err(Error::No(format!("{n} decisions are other ones now: {}", count.differ.join(", ")))),
    }
}

struct Replay {
    roads: Arc<Roads>,
    desk: Option<Desk>,
    /// A job that came in with this record and is not decided yet.
    waiting: Option<JobId>,
    job: Option<JobId>,
    json: bool,
}

impl Replay {
    fn travel(&self, board: &Board) -> Result<Travel, Error> {
        self.roads.travel(&board.region).map_err(|why| {
            Error::unusable(format!("{}: {}; name the directory with --roads", why.field, why.description))
        })
    }

    fn record(&mut self, stored: &Stored, count: &mut Count) -> Result<(), Error> {
        count.records += 1;
        let mut again: Option<Decision> = None;
        for event in &stored.events {
            if let (None, Event::RegionSet(region)) = (&self.desk, event) {
                let board = Board::new(region.clone());
                let travel = self.travel(&board)?;
                self.desk = Some(Desk::open(board, travel));
                continue;
            }
            let desk = self
                .desk
                .as_mut()
                .ok_or_else(|| Error::unusable("the journal does not begin with the region"))?;
            match event {
                Event::JobCreated(job) => self.waiting = Some(job.id.clone()),
                Event::CustomerSet { .. } | Event::PromiseSet { .. } => {}
                _ => {
                    // the board is now as it was when the job was decided
                    if let Some(job) = self.waiting.take() {
                        again = desk.decision(stored.now, &job);
                    }
                }
            }
            if let Event::Decided { job, decision } = event {
                count.decisions += 1;
                compare(job, decision, again.take(), count);
                if self.job.as_ref() == Some(job) {
                    show(desk, decision, self.json);
                }
            }
            desk.apply(std::slice::from_ref(event), stored.now);
        }
        self.waiting = None;
        Ok(())
    }
}

fn compare(job: &JobId, then: &Decision, now: Option<Decision>, count: &mut Count) {
    let Some(now) = now.filter(|_| then.cause == Cause::Create) else { return };
    let told = |d: &Decision| d.chosen.as_ref().map(|c| (c.technician.clone(), c.start, c.terms.total()));
    let seen = then.chosen.iter().chain(&then.runners_up).any(|c| c.position_age.is_some());
    if told(then) == told(&now) && then.outcome == now.outcome {
        count.same += 1;
    } else if seen {
        count.on_positions += 1;
    } else {
        count.differ.push(job.to_string());
    }
}

fn show(desk: &Desk, decision: &Decision, json: bool) {
    if json {
        println!("{}", serde_json::to_string(decision).unwrap_or_default());
        return;
    }
    let zone = TimeZone::get(&desk.board().region.time_zone).unwrap_or(TimeZone::UTC);
    println!("{}", told::decision(&encode::decision::decision(&desk.board().region.id, decision), &zone));
}

fn summary(region: &RegionId, [first, last]: [u64; 2], count: &Count, replay: &Replay, json: bool) {
    let version = replay.desk.as_ref().map_or(0, |d| d.board().version);
    let again = count.same + count.on_positions + count.differ.len() as u64;
    if json {
        let told = serde_json::json!({
            "region": region.as_str(), "first": first, "last": last, "records": count.records,
            "decisions": count.decisions, "decided_again": again, "same": count.same,
            "rested_on_positions": count.on_positions, "differ": count.differ, "version": version,
        });
        println!("{told}");
        return;
    }
    println!(
        "{region}: records {first} to {last}, {} decisions; {again} new jobs decided again: {} the same, {} rested on \
         positions that are not kept, {} differ",
        count.decisions,
        count.same,
        count.on_positions,
        count.differ.len()
    );
}
