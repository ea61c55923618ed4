//! `callout solve`: an instance file in, a plan out.

use super::files::{Input, Instance, text};
use crate::instance::plan::{self, Step};
use crate::solve::{self, Answer, Budget, Dense, Options, Progress, Stop};
use clap::Args;
use std::io::IsTerminal;
use std::sync::Arc;

/// Solve an instance file.
#[derive(Clone, Debug, Args)]
pub struct Solve {
    #[command(flatten)]
    input: Input,
    /// Seconds on the wall.
    #[arg(long, conflicts_with_all = ["cpu_time", "rounds"])]
    time: Option<f64>,
    /// Seconds of this process's CPU time.
    #[arg(long, conflicts_with = "rounds")]
    cpu_time: Option<f64>,
    /// Rounds of ruin and recreate: the same plan on every machine.
    #[arg(long)]
    rounds: Option<u64>,
    /// Threads; more than one is refused for now.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=1))]
    threads: u8,
    /// Seed of the search.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A plan to start from.
    #[arg(long)]
    start: Option<std::path::PathBuf>,
    /// First and last temperature, as shares of the mean cost of a job (for tuning).
    #[arg(long, hide = true, requires = "cold")]
    hot: Option<f64>,
    #[arg(long, hide = true, requires = "hot")]
    cold: Option<f64>,
    #[arg(long, hide = true, default_value_t = 10.0)]
    mean: f64,
}

/// CPU or wall seconds against an allowance.
struct Allowed<F: FnMut() -> f64> {
    passed: F,
    seconds: f64,
}

impl<F: FnMut() -> f64> Budget for Allowed<F> {
    fn spent(&mut self) -> u64 {
        ((self.passed)() / self.seconds.max(1e-6) * 1e6) as u64
    }
}

impl Solve {
    /// Solves and prints.
    pub fn run(&self, as_json: bool) -> Result<(), String> {
        #[allow(clippy::disallowed_methods)] // the command owns the clock
        let wall = std::time::Instant::now();
        let cpu = cpu_time::ProcessTime::now();
        let instance = self.input.read()?;
        let dense = Arc::new(Dense::seal(self.input.problem(&instance)).map_err(|e| e.to_string())?);
        let start = self.start.as_ref().map(|f| begin(f, &instance, &dense)).transpose()?;
        let options = Options {
            seed: self.seed,
            threads: usize::from(self.threads),
            heat: self.hot.zip(self.cold),
            mean: self.mean,
            start,
            ..Options::default()
        };
        let mut by_cpu =
            Allowed { passed: || cpu.elapsed().as_secs_f64(), seconds: self.cpu_time.unwrap_or(10.0) };
        let mut by_wall =
            Allowed { passed: || wall.elapsed().as_secs_f64(), seconds: self.time.unwrap_or(10.0) };
        let stop = match (self.rounds, self.cpu_time) {
            (Some(n), _) => Stop::Rounds(n),
            (_, Some(_)) => Stop::Spent(&mut by_cpu),
            _ => Stop::Spent(&mut by_wall),
        };
        let show = std::io::stderr().is_terminal();
        let mut shown = 0.0;
        let answer = solve::solve(&dense, &options, stop, &mut |p: Progress| {
            let seconds = wall.elapsed().as_secs_f64();
            if show && seconds > shown + 0.2 {
                shown = seconds;
                let rate = p.rounds as f64 / seconds;
                eprint!(
                    "\r{seconds:6.1} s  cost {}  unassigned {}  {rate:.0} rounds/s  ",
                    p.cost, p.unassigned
                );
            }
        });
        if show {
            eprintln!();
        }
        let scale = instance.scale(self.input.rounding());
        if as_json {
            println!("{}", json(&dense, &instance, &answer, scale));
            return Ok(());
        }
        lines(&dense, &instance, &answer);
        let must = answer.left_price();
        let used = answer.routes.iter().filter(|r| !r.is_empty()).count() as i64;
        let cost = (answer.cost - must - used * self.input.vehicle_price()) as f64 / scale;
        println!("# cost {cost}");
        println!("# vehicles {used}");
        println!("# unassigned {}", answer.unassigned.len());
        println!("# solve_wall {:.3}", wall.elapsed().as_secs_f64());
        println!("# solve_cpu {:.3}", cpu.elapsed().as_secs_f64());
        println!("# rounds {}", answer.stats.rounds);
        println!("# epochs {}", answer.epochs);
        let expected: Vec<String> = answer.expected.iter().map(|e| format!("{}:{}", e.0, e.1)).collect();
        println!("# schedule {}", expected.join(","));
        for (j, reason) in &answer.reasons {
            println!("# left_out {} {}", instance.job_id(*j as usize), said(&instance, reason));
        }
        Ok(())
    }
}

/// A reason with the file's own ids.
fn said(instance: &Instance, reason: &solve::Reason) -> String {
    match reason.technician() {
        Some(v) => format!("{reason} (technician {})", instance.crew_id(v as usize)),
        None => reason.to_string(),
    }
}

/// The start plan as nodes by technician.
fn begin(file: &std::path::Path, instance: &Instance, d: &Dense) -> Result<Vec<Vec<u32>>, String> {
    let written = plan::read(&text(file)?).map_err(|e| format!("{}: {e}", file.display()))?;
    let p = d.problem();
    let mut routes = vec![Vec::new(); p.crew.len()];
    for (k, route) in written.iter().enumerate() {
        let v = match instance {
            Instance::Solomon(_) => k,
            _ => (0..routes.len())
                .find(|v| instance.crew_id(*v) == route.label)
                .ok_or_else(|| format!("{}: no technician {}", file.display(), route.label))?,
        };
        let slot =
            routes.get_mut(v).ok_or_else(|| format!("{}: more routes than vehicles", file.display()))?;
        for step in &route.steps {
            slot.push(match step {
                Step::Depot => p.depots.first().map(|x| x.node).ok_or("a depot visit, but no depot")?,
                Step::Job(id) => (0..p.jobs.len())
                    .find(|j| instance.job_id(*j) == *id)
                    .ok_or_else(|| format!("{}: no job {id}", file.display()))?
                    as u32,
            });
        }
    }
    Ok(routes)
}

fn ids(d: &Dense, instance: &Instance, route: &[u32]) -> String {
    let n = d.problem().jobs.len();
    let id =
        |x: &u32| if (*x as usize) < n { instance.job_id(*x as usize).to_string() } else { "D".to_owned() };
    route.iter().map(id).collect::<Vec<_>>().join(" ")
}

fn lines(d: &Dense, instance: &Instance, answer: &Answer) {
    let mut k = 0;
    for (v, route) in answer.routes.iter().enumerate() {
        let ids = ids(d, instance, route);
        match instance {
            Instance::Sdvrptw(_) => println!("{}", format!("Route #{}: {ids}", v + 1).trim_end()),
            _ if route.is_empty() => {}
            _ if instance.by_technician() => println!("Tech {}: {ids}", instance.crew_id(v)),
            _ => {
                k += 1;
                println!("Route #{k}: {ids}");
            }
        }
    }
}

fn json(d: &Dense, instance: &Instance, answer: &Answer, scale: f64) -> serde_json::Value {
    let n = d.problem().jobs.len();
    let tick = |t: i32| f64::from(t) / scale;
    let routes: Vec<_> = answer
        .schedules(d)
        .into_iter()
        .filter(|s| !s.visits.is_empty())
        .map(|s| {
            let visits: Vec<_> = s
                .visits
                .iter()
                .map(|x| {
                    let id = if (x.node as usize) < n { instance.job_id(x.node as usize).into() } else { "D".into() };
                    let id: serde_json::Value = id;
                    serde_json::json!({"id": id, "arrive": tick(x.arrive), "start": tick(x.start), "leave": tick(x.leave)})
                })
                .collect();
            serde_json::json!({"technician": instance.crew_id(s.technician as usize), "visits": visits, "terms": terms(&s.terms)})
        })
        .collect();
    let left: Vec<_> = answer
        .reasons
        .iter()
        .map(|(j, r)| serde_json::json!({"id": instance.job_id(*j as usize), "reason": said(instance, r)}))
        .collect();
    serde_json::json!({
        "cost": answer.cost, "terms": terms(&answer.terms(d)), "scale": scale, "rounds": answer.stats.rounds,
        "epochs": answer.epochs, "schedule": answer.expected, "routes": routes, "left_out": left,
    })
}

fn terms(t: &solve::Terms) -> serde_json::Value {
    serde_json::json!({
        "travel": t.travel, "working": t.working, "vehicles": t.vehicles, "lateness": t.lateness,
        "overtime": t.overtime, "changes": t.changes, "preference": t.preference, "fairness": t.fairness,
        "left_out": t.left_out,
    })
}
