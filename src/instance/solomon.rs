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
    let mut fleet = None;
    let mut customers = Vec::new();
    for (i, line) in text.lines().enumerate() {
        // lines that begin with a word are headings
        if !line.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            continue;
        }
        let fault = |what: &str| Fault::new(format!("line {}", i + 1), what);
        let row: Option<Vec<f64>> =
            line.split_whitespace().map(|w| w.parse().ok().filter(|x: &f64| x.is_finite())).collect();
        let row = row.ok_or_else(|| fault("numbers are expected"))?;
        if fleet.is_none() {
            let &[vehicles, capacity] = row.as_slice() else {
                return Err(fault("number and capacity of the vehicles are expected"));
            };
            if vehicles.min(capacity) < 0.0 || vehicles > 1e5 || capacity > 1e9 {
                return Err(fault("from 0 to 100,000 vehicles and a capacity from 0 to 1e9 are expected"));
            }
            fleet = Some((vehicles as usize, capacity as i32));
        } else {
            customers.push(customer(&row, customers.len()).map_err(|what| fault(&what))?);
        }
    }
    let Some((vehicles, capacity)) = fleet else {
        return Err(Fault::new("VEHICLE", "no line with number and capacity"));
    };
    if customers.is_empty() {
        return Err(Fault::new("CUSTOMER", "no depot line"));
    }
    Ok(Solomon { name, vehicles, capacity, customers })
}

fn customer(row: &[f64], number: usize) -> Result<Customer, String> {
    let &[id, x, y, demand, ready, due, service] = row else {
        return Err(format!("{} numbers, a customer has 7", row.len()));
    };
    if id != number as f64 {
        return Err(format!("customer {id}, number {number} is expected"));
    }
    if !(0.0..=1e9).contains(&demand) || service < 0.0 {
        return Err(format!("customer {id}: demand and service cannot be negative"));
    }
    if ready < 0.0 || due < ready {
        return Err(format!(
            "customer {id}: the window [{ready}, {due}] is negative or ends before it starts"
        ));
    }
    Ok(Customer { x, y, demand: demand as i32, ready, due, service })
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
