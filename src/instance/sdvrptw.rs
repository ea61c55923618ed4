//! Site-dependent VRPTW in VRPLIB form: which vehicle may serve which client, fixed fleet, longest duration.

use super::fields::Fault;
use crate::solve::{Job, Problem, Technician, Travel, Window};
use std::collections::BTreeSet;
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

/// Reads the file's text.
pub fn read(text: &str) -> Result<Sdvrptw, Fault> {
    let mut file = Sdvrptw::default();
    let (mut section, mut vehicles) = (String::new(), 0usize);
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
            continue;
        }
        let row: Vec<f64> = line
            .split_whitespace()
            .map(|w| w.parse().ok().filter(|x: &f64| x.is_finite()))
            .collect::<Option<_>>()
            .ok_or_else(|| Fault::new(place(), "numbers are expected"))?;
        enter(&mut file, &section, vehicles, &row)
            .ok_or_else(|| Fault::new(place(), format!("does not fit {section}")))?;
    }
    if file.nodes.is_empty() || file.capacity.len() != vehicles {
        return Err(Fault::new("DIMENSION, CAPACITY_SECTION", "missing or of another length than stated"));
    }
    file.allowed.resize(vehicles, BTreeSet::new());
    Ok(file)
}

fn enter(file: &mut Sdvrptw, section: &str, vehicles: usize, row: &[f64]) -> Option<()> {
    let index = (*row.first()? as usize).checked_sub(1)?;
    let value = *row.get(1)?;
    match section {
        "CAPACITY_SECTION" if index == file.capacity.len() && index < vehicles => {
            file.capacity.push(value as i32)
        }
        "VEHICLES_ALLOWED_CLIENTS_SECTION" if index < vehicles => {
            file.allowed.resize(vehicles, BTreeSet::new());
            file.allowed[index] = row[1..].iter().map(|x| *x as usize).collect();
        }
        "NODE_COORD_SECTION" => {
            (file.nodes.get_mut(index)?.x, file.nodes.get_mut(index)?.y) = (value, *row.get(2)?)
        }
        "DEMAND_SECTION" => file.nodes.get_mut(index)?.demand = value as i32,
        "SERVICE_TIME_SECTION" => file.nodes.get_mut(index)?.service = value,
        "TIME_WINDOW_SECTION" => {
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
