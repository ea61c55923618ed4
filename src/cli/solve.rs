//! `callout solve`: an instance file in, a plan out.

use crate::instance::{solomon, tech};
use crate::solve::{self, Answer, Budget, Dense, Options, Stop};
use clap::Args;
use std::sync::Arc;

/// Solve an instance file.
#[derive(Debug, Args)]
pub struct Solve {
    file: std::path::PathBuf,
    #[arg(long)]
    format: Option<String>,
    #[arg(long)]
    time: Option<f64>,
    #[arg(long)]
    cpu_time: Option<f64>,
    #[arg(long)]
    rounds: Option<u64>,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 0.1)]
    hot: f64,
    #[arg(long, default_value_t = 0.001)]
    cold: f64,
    #[arg(long, default_value_t = 10.0)]
    mean: f64,
    #[arg(long, default_value_t = 10.0)]
    longest: f64,
    #[arg(long)]
    trace: bool,
}

struct Cpu {
    start: cpu_time::ProcessTime,
    seconds: f64,
}

impl Budget for Cpu {
    fn spent(&mut self) -> u64 {
        (self.start.elapsed().as_secs_f64() / self.seconds * 1e6) as u64
    }
}

struct Wall {
    start: std::time::Instant,
    seconds: f64,
}

impl Budget for Wall {
    fn spent(&mut self) -> u64 {
        (self.start.elapsed().as_secs_f64() / self.seconds * 1e6) as u64
    }
}

impl Solve {
    pub fn run(&self) -> Result<(), String> {
        #[allow(clippy::disallowed_methods)] // the command owns the clock
        let wall = std::time::Instant::now();
        let cpu = cpu_time::ProcessTime::now();
        let text = std::fs::read_to_string(&self.file).map_err(|e| e.to_string())?;
        let is_tech = self.file.extension().is_some_and(|e| e == "json");
        let problem = if is_tech {
            tech::read(&text).map_err(|e| e.to_string())?.problem()
        } else {
            solomon::read(&text).map_err(|e| e.to_string())?.problem(solomon::Convention::Dimacs, 0)
        };
        let dense = Arc::new(Dense::seal(problem).map_err(|e| e.to_string())?);
        let options = Options {
            seed: self.seed,
            threads: self.threads,
            hot: self.hot,
            cold: self.cold,
            mean: self.mean,
            longest: self.longest,
        };
        let mut by_cpu = Cpu { start: cpu, seconds: self.cpu_time.unwrap_or(10.0) };
        let mut by_wall = Wall { start: wall, seconds: self.time.unwrap_or(10.0) };
        let stop = match (self.rounds, self.time) {
            (Some(n), _) => Stop::Rounds(n),
            (_, Some(_)) => Stop::Spent(&mut by_wall),
            _ => Stop::Spent(&mut by_cpu),
        };
        let trace = self.trace;
        let mut last = 0;
        let answer = solve::solve(&dense, &options, stop, &mut |p| {
            if trace && p.epoch >= last + last / 10 + 1 {
                last = p.epoch;
                eprintln!(
                    "{:.3} epoch {} cost {} unassigned {} rounds {}",
                    cpu.elapsed().as_secs_f64(),
                    p.epoch,
                    p.cost,
                    p.unassigned,
                    p.rounds
                );
            }
        });
        print(&answer, is_tech);
        println!("# cpu {:.3}", cpu.elapsed().as_secs_f64());
        Ok(())
    }
}

fn print(answer: &Answer, tech: bool) {
    let mut k = 0;
    for (v, route) in answer.routes.iter().enumerate().filter(|r| !r.1.is_empty()) {
        k += 1;
        let ids: Vec<String> = route.iter().map(|j| (j + 1).to_string()).collect();
        if tech {
            println!("Tech {}: {}", v + 1, ids.join(" "));
        } else {
            println!("Route #{k}: {}", ids.join(" "));
        }
    }
    println!("# cost {}", answer.cost);
    println!("# unassigned {}", answer.unassigned.len());
    println!("# rounds {}", answer.stats.rounds);
    println!("# accepted {} improved {}", answer.stats.accepted, answer.stats.improved);
}
