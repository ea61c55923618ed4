//! Technician routing with skills, tools and spare parts (Pillac, Gueret, Medaglia 2013).
//!
//! A technician starts and ends at home with own tools and parts; one visit to the depot gives every tool
//! and any number of parts from then on. Cost: sum of working time, each departure chosen to make it least.

use super::fields::Fault;
use crate::solve::{Depot, Job, Problem, Technician, Travel, Weights, Window};
use std::sync::Arc;

/// A line of the file: depot, technician or request.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub id: u32,
    pub x: f64,
    pub y: f64,
    pub open: f64,
    pub close: f64,
    pub service: f64,
    pub skills: Vec<u32>,
    pub tools: Vec<u32>,
    pub parts: Vec<i32>,
}

/// The file as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Trsp {
    pub depot: Line,
    pub crew: Vec<Line>,
    pub requests: Vec<Line>,
    /// Kinds of part.
    pub parts: usize,
}

/// Ticks a unit of distance or time; distances are rounded up.
pub const SCALE: f64 = 10_000.0;

/// Reads the file's text.
pub fn read(text: &str) -> Result<Trsp, Fault> {
    let mut counts = None;
    let mut lines = Vec::new();
    for (i, raw) in text.lines().enumerate() {
        let place = || format!("line {}", i + 1);
        if counts.is_none() {
            let row: Option<Vec<usize>> = raw.split_whitespace().map(|w| w.parse().ok()).collect();
            counts = row.filter(|r| r.len() == 4);
        } else if raw.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            let expected =
                "id x y open close service [skills] [tools] [parts], nothing negative, no window inverted";
            let one = line(raw).ok_or_else(|| Fault::new(place(), expected))?;
            if one.id as usize != lines.len() {
                return Err(Fault::new(place(), format!("id {}, {} is expected", one.id, lines.len())));
            }
            let parts = counts.as_ref().map_or(0, |c: &Vec<usize>| c[3]);
            if !lines.is_empty() && one.parts.len() != parts {
                return Err(Fault::new(place(), format!("{} parts, {parts} are expected", one.parts.len())));
            }
            lines.push(one);
        }
    }
    let counts = counts.ok_or_else(|| Fault::new("INFO", "no line with crew, skills, tools, spare parts"))?;
    if lines.len() < counts[0] + 1 {
        let fault = format!("{} lines, a depot and {} technicians are expected", lines.len(), counts[0]);
        return Err(Fault::new("ID", fault));
    }
    let requests = lines.split_off(counts[0] + 1);
    let crew = lines.split_off(1);
    Ok(Trsp { depot: lines.remove(0), crew, requests, parts: counts[3] })
}

fn line(raw: &str) -> Option<Line> {
    let mut pieces = raw.split('[');
    let head: Vec<f64> = pieces.next()?.split_whitespace().map(|w| w.parse().ok()).collect::<Option<_>>()?;
    let mut list = || -> Option<Vec<i32>> {
        let inside = pieces.next()?.split(']').next()?;
        inside.split(',').map(str::trim).filter(|w| !w.is_empty()).map(|w| w.parse().ok()).collect()
    };
    let (skills, tools, parts) = (list()?, list()?, list()?);
    let bits = |v: Vec<i32>| {
        v.into_iter().map(|x| u32::try_from(x).ok().filter(|x| *x < 64)).collect::<Option<Vec<_>>>()
    };
    let &[id, x, y, open, close, service] = head.as_slice() else { return None };
    let whole = id >= 0.0 && id.fract() == 0.0 && parts.iter().all(|q| *q >= 0);
    let sane = whole && head.iter().all(|v| v.is_finite()) && 0.0 <= open && open <= close && service >= 0.0;
    sane.then_some(Line {
        id: id as u32,
        x,
        y,
        open,
        close,
        service,
        skills: bits(skills)?,
        tools: bits(tools)?,
        parts,
    })
}

impl Line {
    /// Straight distance.
    pub fn distance(&self, to: &Line) -> f64 {
        ((self.x - to.x) * (self.x - to.x) + (self.y - to.y) * (self.y - to.y)).sqrt()
    }
}

fn bits(list: &[u32]) -> u64 {
    list.iter().fold(0, |b, x| b | 1 << x)
}

impl Trsp {
    /// The dense problem: jobs are requests in order, then nodes for homes, then the depot.
    pub fn problem(&self) -> Problem {
        let order: Vec<&Line> = self.requests.iter().chain(&self.crew).chain([&self.depot]).collect();
        let size = order.len();
        let ticks =
            order.iter().flat_map(|a| order.iter().map(|b| (a.distance(b) * SCALE).ceil() as i32)).collect();
        let tick = |x: f64| (x * SCALE).round() as i32;
        let window = |l: &Line| Window { open: tick(l.open), close: tick(l.close) };
        let able = |r: &Line| {
            let fit = |t: &Line| r.skills.iter().all(|s| t.skills.contains(s));
            (0..self.crew.len() as u32).filter(|v| fit(&self.crew[*v as usize])).collect()
        };
        let jobs = self
            .requests
            .iter()
            .map(|r| Job {
                windows: vec![window(r)],
                service: vec![tick(r.service)],
                parts: r.parts.clone(),
                tools: bits(&r.tools),
                able: Some(able(r)),
                ..Job::default()
            })
            .collect();
        let n = self.requests.len();
        let crew = self
            .crew
            .iter()
            .enumerate()
            .map(|(v, t)| Technician {
                start: Some((n + v) as u32),
                end: Some((n + v) as u32),
                shift: window(t),
                stock: t.parts.clone(),
                tools: bits(&t.tools),
                ..Technician::default()
            })
            .collect();
        let depot = Depot {
            node: (size - 1) as u32,
            window: window(&self.depot),
            service: 0,
            parts: vec![true; self.parts],
            tools: u64::MAX,
        };
        let travel = Travel { size, time: vec![Arc::new(ticks)], turns: Vec::new(), cost: None };
        let weights = Weights { travel: 0, working: 1, fairness: 0 };
        Problem { jobs, crew, travel, depots: vec![depot], weights, ..Problem::default() }
    }
}
