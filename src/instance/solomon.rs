//! Solomon's text format: one depot, alike vehicles, capacities, time windows.

use super::fields::Fault;
use crate::solve::{Job, NEVER, Problem, Technician, Travel, Window};
use std::sync::Arc;

/// How distances are rounded; the two conventions are never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// Each distance truncated to one decimal.
    Dimacs,
    /// Double precision.
    Float,
}

/// A customer, or the depot as number 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Customer {
    pub x: f64,
    pub y: f64,
    pub demand: i32,
    pub ready: f64,
    pub due: f64,
    pub service: f64,
}

/// The file as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Solomon {
    pub name: String,
    pub vehicles: usize,
    pub capacity: i32,
    /// Number 0 is the depot.
    pub customers: Vec<Customer>,
}

/// Reads the file's text.
pub fn read(text: &str) -> Result<Solomon, Fault> {
    let name = text.lines().next().unwrap_or_default().trim().to_owned();
    let rows: Vec<(usize, Vec<f64>)> = text
        .lines()
        .enumerate()
        .filter_map(|(i, l)| {
            let row: Option<Vec<f64>> = l.split_whitespace().map(|w| w.parse().ok()).collect();
            row.filter(|r| !r.is_empty()).map(|r| (i + 1, r))
        })
        .collect();
    let Some((_, fleet)) = rows.iter().find(|(_, r)| r.len() == 2) else {
        return Err(Fault::new("VEHICLE", "no line with number and capacity"));
    };
    let mut customers = Vec::new();
    for (line, row) in rows.iter().filter(|(_, r)| r.len() == 7) {
        if row[0] != customers.len() as f64
            || row.iter().any(|x| !x.is_finite())
            || row[6] < 0.0
            || row[5] < row[4]
        {
            return Err(Fault::new(
                format!("line {line}"),
                "customers must be numbered from 0, windows not inverted",
            ));
        }
        customers.push(Customer {
            x: row[1],
            y: row[2],
            demand: row[3] as i32,
            ready: row[4],
            due: row[5],
            service: row[6],
        });
    }
    if customers.is_empty() {
        return Err(Fault::new("CUSTOMER", "no depot line"));
    }
    Ok(Solomon { name, vehicles: fleet[0] as usize, capacity: fleet[1] as i32, customers })
}

impl Solomon {
    /// Ticks a unit of distance or time.
    pub fn scale(convention: Convention) -> f64 {
        match convention {
            Convention::Dimacs => 10.0,
            Convention::Float => 10_000.0,
        }
    }

    /// The dense problem: job `j` is customer `j + 1`, the depot is the last node.
    pub fn problem(&self, convention: Convention, vehicle_price: i64) -> Problem {
        let scale = Solomon::scale(convention);
        let n = self.customers.len() - 1;
        let order: Vec<&Customer> = self.customers[1..].iter().chain(&self.customers[..1]).collect();
        let mut ticks = Vec::with_capacity((n + 1) * (n + 1));
        for a in &order {
            for b in &order {
                let d = ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).sqrt() * scale;
                ticks.push(if convention == Convention::Dimacs { d.floor() } else { d.ceil() } as i32);
            }
        }
        let tick = |x: f64| ((x * scale) as i64).clamp(0, i64::from(NEVER)) as i32;
        let jobs = self.customers[1..]
            .iter()
            .map(|c| Job {
                windows: vec![Window { open: tick(c.ready), close: tick(c.due) }],
                service: vec![tick(c.service)],
                load: vec![c.demand],
                ..Job::default()
            })
            .collect();
        let depot = &self.customers[0];
        let vehicle = Technician {
            start: Some(n as u32),
            end: Some(n as u32),
            shift: Window { open: tick(depot.ready), close: tick(depot.due) },
            capacity: vec![self.capacity],
            fixed: vehicle_price,
            ..Technician::default()
        };
        let travel = Travel { size: n + 1, time: vec![Arc::new(ticks)], turns: Vec::new(), cost: None };
        Problem { jobs, crew: vec![vehicle; self.vehicles], travel, ..Problem::default() }
    }
}
