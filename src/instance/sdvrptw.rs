//! Site-dependent VRPTW in VRPLIB form: which vehicle may serve which client, fixed fleet, longest duration.

use super::fields::Fault;
use crate::solve::{Job, Problem, Technician, Travel, Window};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A node of the file; the first is the depot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Node {
    pub x: f64,
    pub y: f64,
    pub demand: i32,
    pub service: f64,
    pub ready: f64,
    pub due: f64,
}

/// The file as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sdvrptw {
    pub nodes: Vec<Node>,
    pub capacity: Vec<i32>,
    /// By vehicle, the file nodes (from 1) it may serve.
    pub allowed: Vec<BTreeSet<usize>>,
    pub longest: Option<f64>,
}

/// Ticks a unit of distance or time.
pub const SCALE: f64 = 1000.0;

/// Sections that a file has to have, and whether they have a row a vehicle (otherwise a row a node).
const SECTIONS: [(&str, bool); 6] = [
    ("CAPACITY_SECTION", true),
    ("VEHICLES_ALLOWED_CLIENTS_SECTION", true),
    ("NODE_COORD_SECTION", false),
    ("DEMAND_SECTION", false),
    ("SERVICE_TIME_SECTION", false),
    ("TIME_WINDOW_SECTION", false),
];

/// Reads the file's text.
pub fn read(text: &str) -> Result<Sdvrptw, Fault> {
    let mut file = Sdvrptw::default();
    let (mut section, mut vehicles) = (String::new(), 0usize);
    // rows met by section: a file that was cut short has too few
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        let place = || format!("line {}", i + 1);
        if line.is_empty() || line == "EOF" {
            continue;
        }
        if let Some((key, value)) = line.split_once(':') {
            let number =
                || value.trim().parse::<f64>().map_err(|_| Fault::new(place(), "a number is expected"));
            match key.trim() {
                "DIMENSION" => file.nodes = vec![Node::default(); number()?.clamp(1.0, 1e5) as usize],
                "VEHICLES" => vehicles = number()?.clamp(0.0, 1e5) as usize,
                "VEHICLES_MAX_DURATION" => file.longest = Some(number()?),
                _ => {}
            }
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            line.clone_into(&mut section);
            rows.entry(section.clone()).or_default();
            continue;
        }
        let row: Vec<f64> = line
            .split_whitespace()
            .map(|w| w.parse().ok().filter(|x: &f64| x.is_finite()))
            .collect::<Option<_>>()
            .ok_or_else(|| Fault::new(place(), "numbers are expected"))?;
        let met = rows.entry(section.clone()).or_default();
        *met += 1;
        if row.first().is_none_or(|x| *x != *met as f64) {
            return Err(Fault::new(place(), format!("row {met} of {section} is expected")));
        }
        enter(&mut file, &section, vehicles, &row).ok_or_else(|| {
            Fault::new(place(), format!("does not fit {section}, or is negative or inverted"))
        })?;
    }
    if file.nodes.is_empty() || vehicles == 0 {
        return Err(Fault::new("DIMENSION, VEHICLES", "are expected"));
    }
    for (name, of) in SECTIONS {
        let (found, wanted) =
            (rows.get(name).copied().unwrap_or(0), if of { vehicles } else { file.nodes.len() });
        if found != wanted {
            return Err(Fault::new(name, format!("{found} rows, {wanted} are expected")));
        }
    }
    file.allowed.resize(vehicles, BTreeSet::new());
    Ok(file)
}

fn enter(file: &mut Sdvrptw, section: &str, vehicles: usize, row: &[f64]) -> Option<()> {
    let index = (*row.first()? as usize).checked_sub(1)?;
    // a vehicle may be allowed nowhere
    let value = row.get(1).copied().unwrap_or(-1.0);
    match section {
        "CAPACITY_SECTION" if index == file.capacity.len() && index < vehicles && value >= 0.0 => {
            file.capacity.push(value as i32)
        }
        "VEHICLES_ALLOWED_CLIENTS_SECTION" if index < vehicles => {
            file.allowed.resize(vehicles, BTreeSet::new());
            file.allowed[index] = row[1..].iter().map(|x| *x as usize).collect();
        }
        "NODE_COORD_SECTION" => {
            (file.nodes.get_mut(index)?.x, file.nodes.get_mut(index)?.y) = (value, *row.get(2)?)
        }
        "DEMAND_SECTION" if value >= 0.0 => file.nodes.get_mut(index)?.demand = value as i32,
        "SERVICE_TIME_SECTION" if value >= 0.0 => file.nodes.get_mut(index)?.service = value,
        "TIME_WINDOW_SECTION" if value >= 0.0 && value <= *row.get(2)? => {
            (file.nodes.get_mut(index)?.ready, file.nodes.get_mut(index)?.due) = (value, *row.get(2)?);
        }
        _ => return None,
    }
    Some(())
}

impl Sdvrptw {
    /// Distance in thousandths, rounded to the nearest.
    pub fn ticks(&self, a: usize, b: usize) -> i32 {
        let (a, b) = (&self.nodes[a], &self.nodes[b]);
        (((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).sqrt() * SCALE).round() as i32
    }

    /// The dense problem: job `j` is file node `j + 2`, the depot the last node, technician `v` vehicle `v + 1`.
    pub fn problem(&self) -> Problem {
        let n = self.nodes.len() - 1;
        let order: Vec<usize> = (1..=n).chain([0]).collect();
        let ticks = order.iter().flat_map(|a| order.iter().map(|b| self.ticks(*a, *b))).collect();
        let tick = |x: f64| (x * SCALE).round() as i32;
        let jobs = (1..=n)
            .map(|i| {
                let node = &self.nodes[i];
                let able =
                    (0..self.allowed.len()).filter(|v| self.allowed[*v].contains(&(i + 1))).map(|v| v as u32);
                Job {
                    windows: vec![Window { open: tick(node.ready), close: tick(node.due) }],
                    service: vec![tick(node.service)],
                    load: vec![node.demand],
                    able: Some(able.collect()),
                    ..Job::default()
                }
            })
            .collect();
        let depot = &self.nodes[0];
        let crew = self
            .capacity
            .iter()
            .map(|q| Technician {
                start: Some(n as u32),
                end: Some(n as u32),
                shift: Window { open: tick(depot.ready), close: tick(depot.due) },
                limit: self.longest.map(tick),
                capacity: vec![*q],
                ..Technician::default()
            })
            .collect();
        let travel = Travel { size: n + 1, time: vec![Arc::new(ticks)], turns: Vec::new(), cost: None };
        Problem { jobs, crew, travel, ..Problem::default() }
    }
}
