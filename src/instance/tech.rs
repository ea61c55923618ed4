//! Generated technician days (JSON): own homes, skills, shifts, optional stock; fewest jobs left out first.

use super::fields::Fault;
use crate::solve::{Job, Prize, Problem, Technician, Travel, Window};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A technician of the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Tech {
    pub id: i64,
    pub xy: [f64; 2],
    pub skills: Vec<u32>,
    pub shift: [i32; 2],
    #[serde(default)]
    pub stock: Vec<i32>,
}

/// A job of the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    pub id: i64,
    pub xy: [f64; 2],
    pub skills: Vec<u32>,
    pub tw: [i32; 2],
    pub service: i32,
    #[serde(default)]
    pub parts: Vec<i32>,
}

/// The file as it stands.
#[derive(Clone, Debug, Deserialize)]
pub struct Day {
    pub techs: Vec<Tech>,
    pub jobs: Vec<Call>,
    #[serde(default = "thirty")]
    pub speed_kmh: f64,
    #[serde(default = "detour")]
    pub detour: f64,
}

fn thirty() -> f64 {
    30.0
}
fn detour() -> f64 {
    1.3
}

/// Reads the file's text.
pub fn read(text: &str) -> Result<Day, Fault> {
    let day: Day = serde_json::from_str(text).map_err(|e| Fault::json(&e))?;
    if !(day.detour.is_finite() && day.detour >= 0.0 && day.speed_kmh > 0.0) {
        return Err(Fault::new("speed_kmh, detour", "a positive speed and a detour that is not negative"));
    }
    let mut seen = BTreeMap::new();
    for (i, j) in day.jobs.iter().enumerate() {
        let fault = |field: &str, what: String| Err(Fault::new(format!("jobs[{i}].{field}"), what));
        if let Some(first) = seen.insert(j.id, i) {
            return fault("id", format!("{} is jobs[{first}].id too", j.id));
        }
        if j.tw[0] > j.tw[1] || j.tw[0] < 0 {
            return fault("tw", format!("[{}, {}] is negative or ends before it starts", j.tw[0], j.tw[1]));
        }
        if j.service < 0 || j.parts.iter().any(|q| *q < 0) {
            return fault("service, parts", "cannot be negative".to_owned());
        }
    }
    let mut seen = BTreeMap::new();
    for (i, t) in day.techs.iter().enumerate() {
        let fault = |field: &str, what: String| Err(Fault::new(format!("techs[{i}].{field}"), what));
        if let Some(first) = seen.insert(t.id, i) {
            return fault("id", format!("{} is techs[{first}].id too", t.id));
        }
        if t.shift[0] > t.shift[1] || t.shift[0] < 0 {
            let [from, to] = t.shift;
            return fault("shift", format!("[{from}, {to}] is negative or ends before it starts"));
        }
        if t.stock.iter().any(|q| *q < 0) {
            return fault("stock", "cannot be negative".to_owned());
        }
    }
    Ok(day)
}

impl Day {
    /// Travel seconds between two points of the file, rounded up.
    pub fn seconds(&self, a: [f64; 2], b: [f64; 2]) -> i32 {
        ((a[0] - b[0]).hypot(a[1] - b[1]) * self.detour / self.speed_kmh * 3600.0).ceil() as i32
    }

    /// The dense problem: job `j` is the file's `j`-th job, node `jobs + v` is technician `v`'s home.
    pub fn problem(&self) -> Problem {
        let points: Vec<[f64; 2]> =
            self.jobs.iter().map(|j| j.xy).chain(self.techs.iter().map(|t| t.xy)).collect();
        let size = points.len();
        let ticks = points.iter().flat_map(|a| points.iter().map(|b| self.seconds(*a, *b))).collect();
        let able = |j: &Call| {
            let fit = |t: &Tech| j.skills.iter().all(|s| t.skills.contains(s));
            (0..self.techs.len() as u32).filter(|v| fit(&self.techs[*v as usize])).collect()
        };
        let jobs = self
            .jobs
            .iter()
            .map(|j| Job {
                windows: vec![Window { open: j.tw[0], close: j.tw[1] }],
                service: vec![j.service],
                parts: j.parts.clone(),
                able: Some(able(j)),
                prize: Prize::Must,
                ..Job::default()
            })
            .collect();
        let crew = self
            .techs
            .iter()
            .enumerate()
            .map(|(v, t)| Technician {
                start: Some((self.jobs.len() + v) as u32),
                end: Some((self.jobs.len() + v) as u32),
                shift: Window { open: t.shift[0], close: t.shift[1] },
                stock: t.stock.clone(),
                ..Technician::default()
            })
            .collect();
        let travel = Travel { size, time: vec![Arc::new(ticks)], turns: Vec::new(), cost: None };
        Problem { jobs, crew, travel, ..Problem::default() }
    }
}
