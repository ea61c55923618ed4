//! `callout solve`: an instance file in, a plan out.

use super::check::finding;
use super::files::{Input, Instance, Task, nodes};
use super::vroom;
use crate::judge::Violation;
use crate::solve::{self, Answer, Budget, Dense, MUST, Options, Progress, Reason, Stop};
use clap::Args;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Plan routes for an instance file
#[derive(Clone, Debug, Args)]
#[command(after_help = HELP)]
pub struct Solve {
    #[command(flatten)]
    input: Input,
    /// Stop after this many seconds on the wall [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with_all = ["cpu_time", "rounds"])]
    time: Option<f64>,
    /// Stop after this many seconds of CPU time: fair on a busy machine
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with = "rounds")]
    cpu_time: Option<f64>,
    /// Stop after this many rounds of ruin and recreate: the same plan on every machine
    #[arg(long, value_name = "N")]
    rounds: Option<u64>,
    /// Threads: the same rounds give the same plan on any number; about one for each 400 jobs can be used
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
    /// Seed of the search
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// A plan to start from, in any form that `callout check` reads [default: none; `steps` of a VROOM file]
    #[arg(long, value_name = "PLAN")]
    start: Option<PathBuf>,
    /// Keep the plan started from unless it gets cheaper by this share, or serves a job more
    #[arg(long, value_name = "PERCENT", default_value_t = 0.5, value_parser = percent)]
    adopt: f64,
    /// First and last temperature, as shares of the mean cost of a job (for tuning)
    #[arg(long, hide = true, requires = "cold")]
    hot: Option<f64>,
    #[arg(long, hide = true, requires = "hot")]
    cold: Option<f64>,
    #[arg(long, hide = true, default_value_t = 10.0)]
    mean: f64,
}

const HELP: &str = "\
Output: a line a route, then `# key value` lines.
  Route #3: 5 3 7        solomon: customers in the order they are visited, the depot left out;
                         sdvrptw: the route of vehicle 3, empty ones too, ids = file node - 1
  Tech 12: 5 D 7         trsp, tech, vroom: the jobs of technician or vehicle 12; D is a depot visit
  # cost 828.9           in the file's own unit (sdvrptw: thousandths); without the price of jobs left out
  # vehicles, unassigned, solve_wall, solve_cpu (seconds), rounds, epochs, schedule
  # left_out 17 ...      a job that nobody serves, and why
With --json: times of every visit and all cost terms; for a VROOM file, VROOM's output form.

Examples:
  callout solve R101.txt --time 10 > plan.txt && callout check R101.txt plan.txt
  callout solve R101.txt --objective vehicles --convention float --cpu-time 10
  callout solve day.json --format vroom --roads milan.roads --at 08:30 --json > answer.json
  callout solve day.json --start plan.txt --time 2

The same seed and --rounds give the same plan on every machine; a time limit stops at the end of an epoch.
docs/solve.md tells the formats, the objectives and the search.";

/// A positive number of seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|s| *s > 0.0 && s.is_finite());
    number.ok_or_else(|| "a number of seconds above 0 is expected".to_owned())
}

/// A share in percent.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|s| (0.0..=100.0).contains(s));
    number.ok_or_else(|| "a percentage from 0 to 100 is expected".to_owned())
}

/// CPU or wall seconds against an allowance.
struct Allowed<F: FnMut() -> f64> {
    passed: F,
    seconds: f64,
}

impl<F: FnMut() -> f64> Budget for Allowed<F> {
    fn spent(&mut self) -> u64 {
        ((self.passed)() / self.seconds * 1e6) as u64
    }
}

/// When the command began, by both clocks.
struct Clocks {
    wall: Instant,
    cpu: cpu_time::ProcessTime,
}

impl Solve {
    /// Solves and prints.
    pub fn run(&self, as_json: bool) -> Result<(), String> {
        #[allow(clippy::disallowed_methods)] // the command owns the clock
        let clocks = Clocks { wall: Instant::now(), cpu: cpu_time::ProcessTime::now() };
        let instance = self.input.read()?;
        let Task { mut problem, unit, ticks, notes } = self.input.task(&instance)?;
        let start = self.begin(&instance, &problem)?;
        for broken in start.iter().flat_map(|s| solve::inherit(&mut problem, s)) {
            eprintln!("note: the plan started from is {broken}: this may stay or shrink, never grow");
        }
        notes.iter().for_each(|n| eprintln!("note: {n}"));
        if let Instance::Vroom(file) = &instance {
            file.unknown.iter().for_each(|key| eprintln!("note: {key} is not known and passed over"));
        }
        let dense = Dense::seal(problem).map_err(|e| format!("{}: {e}", self.input.file.display()))?;
        let dense = Arc::new(dense);
        let loaded = clocks.wall.elapsed();
        let answer = self.search(&dense, start, unit, &clocks);
        let found = Found { d: &dense, instance: &instance, answer: &answer, unit, ticks };
        match (&instance, as_json) {
            (Instance::Vroom(file), true) => {
                let spent = [loaded, clocks.wall.elapsed() - loaded];
                println!("{}", vroom::output(file, &found.plan(), &found.left_out(), spent)?);
            }
            (_, true) => println!("{}", found.json()),
            _ => {
                found.routes();
                self.facts(&found, &clocks);
            }
        }
        Ok(())
    }

    /// The plan to start from, if there is one.
    fn begin(&self, instance: &Instance, problem: &solve::Problem) -> Result<Option<Vec<Vec<u32>>>, String> {
        match (&self.start, instance) {
            (Some(file), _) => {
                self.look_at(file, instance)?;
                nodes(file, instance, problem).map(Some)
            }
            (None, Instance::Vroom(file)) => {
                vroom::steps(file).map_err(|e| format!("{}: {e}", self.input.file.display()))
            }
            _ => Ok(None),
        }
    }

    /// Refuses a start that names a job twice; tells what else it breaks.
    fn look_at(&self, file: &Path, instance: &Instance) -> Result<(), String> {
        let found = finding(&self.input, instance, file)?.violations;
        let twice =
            found.iter().find(|v| matches!(v, Violation::Twice { .. } | Violation::RouteTwice { .. }));
        if let Some(v) = twice {
            return Err(format!("{}: {v}", file.display()));
        }
        for v in found.iter().filter(|v| !matches!(v, Violation::Missing { .. })) {
            eprintln!("note: {}: {v}", file.display());
        }
        Ok(())
    }

    fn search(&self, d: &Arc<Dense>, start: Option<Vec<Vec<u32>>>, unit: f64, clocks: &Clocks) -> Answer {
        let options = Options {
            seed: self.seed,
            threads: usize::from(self.threads),
            heat: self.hot.zip(self.cold),
            mean: self.mean,
            start,
            adopt: (self.adopt * 10_000.0) as u32,
            ..Options::default()
        };
        let wall = || clocks.wall.elapsed().as_secs_f64();
        let mut by_cpu = Allowed {
            passed: || clocks.cpu.elapsed().as_secs_f64(),
            seconds: self.cpu_time.unwrap_or_default(),
        };
        let mut by_wall = Allowed { passed: wall, seconds: self.time.unwrap_or(10.0) };
        let stop = match (self.rounds, self.cpu_time) {
            (Some(n), _) => Stop::Rounds(n),
            (_, Some(_)) => Stop::Spent(&mut by_cpu),
            _ => Stop::Spent(&mut by_wall),
        };
        if !std::io::stderr().is_terminal() {
            return solve::solve(d, &options, stop, &mut |_| {});
        }
        let price = self.input.vehicle_price();
        let must = d.all_must();
        let (begun, mut shown) = (wall(), 0.0);
        let answer = solve::solve(d, &options, stop, &mut |p| {
            if wall() > shown + 0.2 {
                shown = wall();
                eprint!("\r{}  ", progress(p, shown, shown - begun, unit, price, must));
            }
        });
        eprintln!();
        answer
    }

    /// The `# key value` lines.
    fn facts(&self, found: &Found, clocks: &Clocks) {
        let answer = found.answer;
        let used = answer.routes.iter().filter(|r| !r.is_empty()).count() as i64;
        let cost = answer.cost - answer.left_price() - used * self.input.vehicle_price();
        println!("# cost {}", cost as f64 / found.unit);
        println!("# vehicles {used}");
        println!("# unassigned {}", answer.unassigned.len());
        if let Instance::Vroom(file) = found.instance {
            println!("# travel {}", file.travel);
        }
        println!("# solve_wall {:.3}", clocks.wall.elapsed().as_secs_f64());
        println!("# solve_cpu {:.3}", clocks.cpu.elapsed().as_secs_f64());
        println!("# rounds {}", answer.stats.rounds);
        println!("# epochs {}", answer.epochs);
        let expected: Vec<String> = answer.expected.iter().map(|e| format!("{}:{}", e.0, e.1)).collect();
        println!("# schedule {}", expected.join(","));
        for (j, reason) in found.left_out() {
            println!("# left_out {} {reason}", found.instance.job_id(j));
        }
    }
}

/// One line for a terminal. Where every job must be served, the price of those left out and the price of a
/// vehicle are told apart from the cost as numbers of jobs and of vehicles.
fn progress(p: Progress, seconds: f64, searched: f64, unit: f64, vehicle: i64, must: bool) -> String {
    let (left, rest) = if must { (p.cost / MUST, p.cost % MUST) } else { (p.unassigned as i64, p.cost) };
    let (vehicles, rest) = match rest.checked_div(vehicle) {
        Some(v) => (format!("  vehicles {v}"), rest % vehicle),
        None => (String::new(), rest),
    };
    let rate = p.rounds as f64 / searched.max(1e-3);
    let cost = rest as f64 / unit;
    format!("{seconds:6.1} s  best cost {cost:.1}{vehicles}  unassigned {left}  {rate:.0} rounds/s")
}

/// An answer and what its numbers mean in the file.
struct Found<'a> {
    d: &'a Dense,
    instance: &'a Instance,
    answer: &'a Answer,
    unit: f64,
    ticks: f64,
}

impl Found<'_> {
    /// Jobs left out with their reasons, in the file's own ids and units.
    fn left_out(&self) -> Vec<(usize, String)> {
        self.answer.reasons.iter().map(|(j, r)| (*j as usize, self.said(r))).collect()
    }

    fn said(&self, reason: &Reason) -> String {
        let time = |t: i32| f64::from(t) / self.ticks;
        let cost = |c: i64| c as f64 / self.unit;
        let words = match *reason {
            Reason::NobodyAble | Reason::NoStock { .. } => reason.to_string(),
            Reason::OutOfReach { by, .. } => {
                format!("out of reach: its window is missed by {} at best", time(by))
            }
            Reason::ShiftTooShort { by, .. } => {
                format!("no shift is long enough: {} are missing at best", time(by))
            }
            Reason::Full { busy, .. } => {
                format!("every able technician is full; the least busy works {}", time(busy))
            }
            Reason::NotWorth { cost: more, price, .. } => {
                format!("serving it costs {}, leaving it out {}", cost(more), cost(price))
            }
        };
        match reason.technician() {
            Some(v) => format!("{words} (technician {})", self.instance.crew_id(v as usize)),
            None => words,
        }
    }

    fn id(&self, node: u32) -> Option<i64> {
        let n = self.d.jobs();
        ((node as usize) < n).then(|| self.instance.job_id(node as usize))
    }

    /// Jobs by vehicle, for the writer of VROOM's form.
    fn plan(&self) -> Vec<(usize, Vec<i64>)> {
        let ids = |r: &Vec<u32>| r.iter().filter_map(|x| self.id(*x)).collect::<Vec<i64>>();
        self.answer.routes.iter().enumerate().map(|(v, r)| (v, ids(r))).filter(|r| !r.1.is_empty()).collect()
    }

    fn routes(&self) {
        let mut k = 0;
        for (v, route) in self.answer.routes.iter().enumerate() {
            let id = |x: &u32| self.id(*x).map_or_else(|| "D".to_owned(), |i| i.to_string());
            let ids = route.iter().map(id).collect::<Vec<_>>().join(" ");
            match self.instance {
                Instance::Sdvrptw(_) => println!("{}", format!("Route #{}: {ids}", v + 1).trim_end()),
                _ if route.is_empty() => {}
                _ if self.instance.by_technician() => println!("Tech {}: {ids}", self.instance.crew_id(v)),
                _ => {
                    k += 1;
                    println!("Route #{k}: {ids}");
                }
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        let time = |t: i32| f64::from(t) / self.ticks;
        let visit = |x: &solve::Visit| {
            let id = self.id(x.node).map_or_else(|| "D".into(), serde_json::Value::from);
            serde_json::json!({
                "id": id, "arrive": time(x.arrive), "start": time(x.start), "leave": time(x.leave),
            })
        };
        let routes: Vec<_> = self
            .answer
            .schedules(self.d)
            .iter()
            .filter(|s| !s.visits.is_empty())
            .map(|s| {
                let visits: Vec<_> = s.visits.iter().map(visit).collect();
                let technician = self.instance.crew_id(s.technician as usize);
                serde_json::json!({"technician": technician, "visits": visits, "terms": terms(&s.terms)})
            })
            .collect();
        let left: Vec<_> = self
            .left_out()
            .iter()
            .map(|(j, r)| serde_json::json!({"id": self.instance.job_id(*j), "reason": r}))
            .collect();
        serde_json::json!({
            "cost": self.answer.cost, "terms": terms(&self.answer.terms(self.d)), "scale": self.unit,
            "rounds": self.answer.stats.rounds, "epochs": self.answer.epochs,
            "schedule": self.answer.expected, "routes": routes, "left_out": left,
        })
    }
}

fn terms(t: &solve::Terms) -> serde_json::Value {
    serde_json::json!({
        "travel": t.travel, "working": t.working, "vehicles": t.vehicles, "lateness": t.lateness,
        "overtime": t.overtime, "changes": t.changes, "preference": t.preference, "fairness": t.fairness,
        "left_out": t.left_out,
    })
}
