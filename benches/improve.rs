//! What continuous improvement is worth: `cargo bench --bench improve -- [DAY] [ROUNDS] [ROLLING]`.
//!
//! A day is played through the service once; its journal is the recorded day. Then it is stepped again twice on the
//! same roads: by insertion only, and with a patch searched around each job that comes in and `ROLLING` patches
//! drawn over the region after every command. Travel is that of all routes, ways home included, by visit; late are
//! visits that start after their promise or target, and jobs nobody goes to.
//!
//! DAY: `la-serena` (120 technicians, 500 calls), `milan` (200, 1500; needs CALLOUT_DATA or ../shared/data) or
//! `load` (2,000 technicians, 12,000 calls on La Serena's roads: how long commands take while a thread searches).

#![allow(clippy::disallowed_methods)]

use callout::board::command::NewJob;
use callout::board::cost;
use callout::board::fleet::Errand;
use callout::board::job::{Customer, JobState};
use callout::board::scarcity::Holders;
use callout::board::schedule::{Sheet, Task};
use callout::board::{Board, Command, Event};
use callout::demo;
use callout::journal::{Journal, Sqlite};
use callout::plan::improve::{Effort, Focus};
use callout::plan::{Desk, Travel};
use callout::travel::{Dayparts, Model, Network, Profile, Roads};
use callout::units::{Cost, Span, Time};
use hdrhistogram::Histogram;
use parking_lot::RwLock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Something a caller did, as the journal has it.
enum Act {
    /// What needs no decision.
    Fact(Event),
    /// What does.
    Command(Command),
}

struct Recorded {
    acts: Vec<(Time, Act)>,
    region: callout::board::region::Region,
    travel: Travel,
}

fn record(roads: Option<PathBuf>, zone: Option<&str>, technicians: usize, jobs: usize) -> Recorded {
    let dir = tempfile::tempdir().unwrap();
    let options = demo::Options {
        roads,
        time_zone: zone.map(str::to_owned),
        seed: 1,
        technicians,
        jobs,
        data: Some(dir.path().to_owned()),
        listen: "127.0.0.1:0".parse().unwrap(),
    };
    let began = Instant::now();
    let demo = demo::run(&options, &|| began.elapsed(), &|_, _, _| {}).unwrap();
    let zone = demo.city.time_zone.clone();
    demo.close();
    let journal = Sqlite::read_only(&dir.path().join("data/journal.db")).unwrap();
    let id = journal.regions().unwrap().remove(0);
    let mut acts = Vec::new();
    let mut region = None;
    journal
        .read_from(&id, 1, &mut |stored| {
            for event in stored.events {
                match &event {
                    Event::RegionSet(set) if region.is_none() => region = Some(set.clone()),
                    _ => acts.extend(act(event).map(|act| (stored.now, act))),
                }
            }
            Ok(())
        })
        .unwrap();
    Recorded { acts, region: region.unwrap(), travel: travel(dir.path(), &id.to_string(), &zone) }
}

fn travel(dir: &Path, id: &str, zone: &str) -> Travel {
    let network = Network::load(&dir.join("roads").join(format!("{id}.roads"))).unwrap();
    let roads = Roads::new(Arc::new(network), Profile::default());
    (0..24).for_each(|hour| roads.warm(hour));
    Travel::new(Model::Roads(roads), Dayparts::of(zone).unwrap())
}

/// What the caller did to make it happen; nothing for what followed from that.
fn act(event: Event) -> Option<Act> {
    match event {
        Event::JobCreated(job) => Some(Act::Command(Command::CreateJob(NewJob {
            id: job.id,
            order_number: job.order_number,
            need: job.need,
            customer: Customer::default(),
        }))),
        Event::JobCorrected { job, order_number, need, .. } => Some(Act::Command(Command::CorrectJob {
            job,
            order_number,
            need,
            customer: None,
            revision: None,
        })),
        Event::JobCancelled { job, reason } => {
            Some(Act::Command(Command::CancelJob { job, reason, revision: None }))
        }
        Event::StockAdjusted { lines, reason } => Some(Act::Command(Command::AdjustStock { lines, reason })),
        Event::RouteSet { .. } | Event::VisitPlanned { .. } | Event::VisitWithdrawn { .. } => None,
        Event::VisitsMoved { .. } | Event::Decided { .. } | Event::CustomerSet { .. } => None,
        fact => Some(Act::Fact(fact)),
    }
}

/// How a day went.
struct Day {
    desk: Desk,
    commands: Histogram<u64>,
    searches: Histogram<u64>,
    moved: u32,
    adopted: u32,
    refused: u32,
}

/// How much is searched after each command; nothing with no rounds.
#[derive(Clone, Copy)]
struct Search {
    rounds: u64,
    rolling: u64,
}

fn step_all(day: &Recorded, search: Search) -> Day {
    let timer = || Histogram::<u64>::new(3).unwrap();
    let desk = Desk::open(Board::new(day.region.clone()), day.travel.clone());
    let mut run = Day { desk, commands: timer(), searches: timer(), moved: 0, adopted: 0, refused: 0 };
    let mut seed = 0;
    for (now, act) in &day.acts {
        let command = match act {
            Act::Fact(event) => {
                run.desk.apply(std::slice::from_ref(event), *now);
                continue;
            }
            Act::Command(command) => command,
        };
        let began = Instant::now();
        drop(run.desk.step(*now, command));
        run.commands.record(began.elapsed().as_micros() as u64).unwrap();
        if search.rounds == 0 {
            continue;
        }
        if let Command::CreateJob(job) = command {
            run.improve(*now, &Focus::Job(job.id.clone()), seed, search.rounds);
        }
        for _ in 0..search.rolling {
            seed += 1;
            if let Some(focus) = run.desk.draw(*now, seed) {
                run.improve(*now, &focus, seed, search.rounds);
            }
        }
    }
    run
}

impl Day {
    fn improve(&mut self, now: Time, focus: &Focus, seed: u64, rounds: u64) {
        let began = Instant::now();
        let Some(patch) = self.desk.patch(now, focus) else { return };
        let found = patch.search(&Effort { seed, rounds, threads: 1 });
        self.searches.record(began.elapsed().as_micros() as u64).unwrap();
        for proposal in found {
            match self.desk.step(now, &Command::Adopt(proposal.adoption)) {
                Ok(_) => {
                    self.adopted += 1;
                    self.moved += proposal.moved;
                }
                Err(_) => self.refused += 1,
            }
        }
    }
}

/// Minutes and kilometres of travel a visit, visits, late or unserved jobs, hours of cost.
fn worth(board: &Board) -> (f64, f64, usize, usize, f64) {
    let (mut seconds, mut metres, mut visits, mut late, mut total) = (0, 0, 0, 0, Cost::ZERO);
    let holders = Holders::of(board);
    for (id, routes) in &board.routes {
        for route in routes.values() {
            seconds += route.travel_seconds();
            metres += route.travel_metres();
            let technician = &board.technicians[id];
            let shift = technician.shifts.iter().find(|s| s.window == route.shift).unwrap();
            let sheet = Sheet::at(board, Time::MIN, technician, shift, None);
            total += board.cost(&sheet, route, &holders).total();
            for stop in &route.stops {
                let Errand::Visit(job) = &stop.errand else { continue };
                let job = &board.jobs[job];
                visits += 1;
                let by = cost::late(Task { need: &job.need, demand: &job.demand }, stop.start);
                late += usize::from(by > Span::ZERO);
            }
        }
    }
    let open = |j: &&callout::board::job::Job| j.state == JobState::Open && j.need.takes_a_visit();
    late += board.jobs.values().map(std::convert::AsRef::as_ref).filter(open).count();
    let per = |total: f64| total / visits as f64;
    (per(seconds as f64 / 60.0), per(metres as f64 / 1000.0), visits, late, total.0 as f64 / 3.6e6)
}

fn row(what: &str, day: &Day) {
    let (minutes, km, visits, late, hours) = worth(day.desk.board());
    let ms = |h: &Histogram<u64>, q| h.value_at_quantile(q) as f64 / 1000.0;
    println!(
        "| {what} | {visits} | {late} | {minutes:.2} | {km:.3} | {hours:.1} | {} | {} | {} | {:.2} | {:.0} |",
        day.adopted,
        day.moved,
        day.refused,
        ms(&day.commands, 0.99),
        ms(&day.searches, 0.5),
    );
}

fn data(file: &str) -> Option<PathBuf> {
    let data = std::env::var_os("CALLOUT_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    Some(data.join(file)).filter(|f| f.exists())
}

/// Commands on a large region while another thread searches patches of it all the time, and without.
fn load(day: &Recorded, rounds: u64) {
    println!("| searching | open jobs | p50 ms | p99 ms | max ms | patches | copying p99 ms |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for searching in [false, true] {
        let desk = RwLock::new(Desk::open(Board::new(day.region.clone()), day.travel.clone()));
        let (over, patches) = (AtomicBool::new(false), AtomicU64::new(0));
        let clock = AtomicU64::new(0);
        let mut commands = Histogram::<u64>::new(3).unwrap();
        let mut copying = Histogram::<u64>::new(3).unwrap();
        std::thread::scope(|scope| {
            let search = || {
                let mut copying = Histogram::<u64>::new(3).unwrap();
                let mut seed = 0;
                while searching && !over.load(Ordering::Relaxed) {
                    seed += 1;
                    let now = Time(clock.load(Ordering::Relaxed) as i64);
                    let began = Instant::now();
                    let patch = {
                        let desk = desk.read();
                        desk.draw(now, seed).and_then(|focus| desk.patch(now, &focus))
                    };
                    copying.record(began.elapsed().as_micros() as u64).unwrap();
                    let Some(patch) = patch else { continue };
                    for proposal in patch.search(&Effort { seed, rounds, threads: 1 }) {
                        let now = Time(clock.load(Ordering::Relaxed) as i64);
                        drop(desk.write().step(now, &Command::Adopt(proposal.adoption)));
                    }
                    patches.fetch_add(1, Ordering::Relaxed);
                }
                copying
            };
            let thread = scope.spawn(search);
            for (n, (now, act)) in day.acts.iter().enumerate() {
                clock.store(now.0 as u64, Ordering::Relaxed);
                match act {
                    Act::Fact(event) => desk.write().apply(std::slice::from_ref(event), *now),
                    Act::Command(command) => {
                        let began = Instant::now();
                        drop(desk.write().step(*now, command));
                        // The first tenth fills an empty region.
                        if n * 10 > day.acts.len() {
                            commands.record(began.elapsed().as_micros() as u64).unwrap();
                        }
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            }
            over.store(true, Ordering::Relaxed);
            copying = thread.join().unwrap();
        });
        let open = desk.read().board().jobs.values().filter(|j| !j.state.is_over()).count();
        let ms = |h: &Histogram<u64>, q| h.value_at_quantile(q) as f64 / 1000.0;
        println!(
            "| {searching} | {open} | {:.2} | {:.2} | {:.2} | {} | {:.2} |",
            ms(&commands, 0.5),
            ms(&commands, 0.99),
            ms(&commands, 1.0),
            patches.load(Ordering::Relaxed),
            ms(&copying, 0.99)
        );
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let number = |n: usize, otherwise: u64| words.get(n).and_then(|w| w.parse().ok()).unwrap_or(otherwise);
    let (rounds, rolling) = (number(1, 2_000), number(2, 1));
    let name = words.first().map_or("la-serena", String::as_str);
    let day = match name {
        "milan" => match data("osm/milan.osm.pbf") {
            Some(file) => record(Some(file), Some("Europe/Rome"), 200, 1_500),
            None => return println!("no Milan here: set CALLOUT_DATA"),
        },
        "load" => return load(&record(None, None, 2_000, 12_000), rounds),
        _ => record(None, None, 120, 500),
    };
    println!("{name}: {rounds} rounds a patch, {rolling} patches drawn after each command\n");
    println!(
        "| plan | visits | late | travel min | km a visit | cost h | adopted | moved | refused | command p99 ms | search p50 ms |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let before = step_all(&day, Search { rounds: 0, rolling });
    row("insertion only", &before);
    let after = step_all(&day, Search { rounds, rolling });
    row("improved", &after);
    let (was, is) = (worth(before.desk.board()), worth(after.desk.board()));
    println!(
        "\ntravel a visit {:+.1} %, late {:+}",
        (is.0 / was.0 - 1.0) * 100.0,
        is.3 as i64 - was.3 as i64
    );
}
