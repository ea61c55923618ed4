//! A day as a map that plays in a browser: the roads, and for each policy who drove where and what became of the
//! jobs. Everything is in the page; script and style are part of the program.

use super::day::{How, Lived, live};
use super::policy::Named;
use super::scenario::Scenario;
use super::tally::JobTold;
use super::world::{Place, World, draw};
use crate::board::Board;
use crate::board::id::{JobId, TechnicianId};
use crate::city::sketch::{Sheet, roads};
use crate::geo::Cell;
use crate::units::Time;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of roads on the map.
const ROADS: usize = 900_000;
/// Bytes of all days together; policies that do not fit any more are left out, and named.
const DAYS: usize = 8_000_000;
/// Ways beyond which they are drawn straight.
const WAYS: usize = 4_000;
/// Metres that a drawn way may be off.
const THIN: f64 = 12.0;

/// Plays the days of a seed again and makes the map of them.
pub fn replay(scenario: &Scenario, place: &Place, policies: &[&Named], seed: u64) -> Value {
    let sheet = Sheet::of(&place.city);
    let world = draw(scenario, place, seed);
    let jobs: BTreeMap<&JobId, usize> = world.calls.iter().enumerate().map(|(n, c)| (&c.job.id, n)).collect();
    let crew: BTreeMap<&TechnicianId, usize> =
        world.board.technicians.keys().enumerate().map(|(n, t)| (t, n)).collect();
    let told = Told { place, sheet: &sheet, world: &world, jobs: &jobs, crew: &crew };
    let one = |p: &&Named| {
        let lived = live(&world, p.make(seed).as_mut(), How::default()).expect("nobody stops it");
        (p.name, told.day(&lived))
    };
    let played: Vec<(&str, Value)> = policies.par_iter().map(one).collect();
    let (mut bytes, mut days, mut left_out) = (0, Vec::new(), Vec::new());
    for (name, day) in played {
        let size = day.to_string().len();
        if bytes + size > DAYS && !days.is_empty() {
            left_out.push(name);
            continue;
        }
        bytes += size;
        days.push(json!({ "policy": name, "day": day }));
    }
    let from = place.day.midnight();
    json!({
        "seed": seed,
        "date": place.day.spoken(),
        "city": place.city.display_name,
        "attribution": place.city.network.attribution(),
        "span": [world.opens.0 - from, until(&world.board) - from],
        "size": sheet.size,
        "roads": roads(&place.city, &sheet, ROADS).iter().map(|(c, p)| json!([c, p])).collect::<Vec<_>>(),
        "depots": world.board.depots.values().map(|d| sheet.at(d.place)).collect::<Vec<_>>(),
        "homes": world.board.technicians.values().map(|t| json!([t.id.as_str(), sheet.at(t.start)])).collect::<Vec<_>>(),
        "cells": told.cells(),
        "jobs": told.jobs(),
        "days": days,
        "left_out": left_out,
    })
}

/// When the last shift ends, and an hour.
fn until(board: &Board) -> i64 {
    let ends = board.technicians.values().flat_map(|t| &t.shifts).map(|s| s.window.end.0);
    ends.max().unwrap_or(board.region.created.0) + 3600
}

struct Told<'a> {
    place: &'a Place,
    sheet: &'a Sheet,
    world: &'a World,
    jobs: &'a BTreeMap<&'a JobId, usize>,
    crew: &'a BTreeMap<&'a TechnicianId, usize>,
}

impl Told<'_> {
    fn since(&self, at: Time) -> i64 {
        at.0 - self.place.day.midnight()
    }

    fn cell(&self, n: usize) -> Cell {
        Cell::of(self.world.calls[n].job.need.place, self.world.board.region.grid_resolution)
    }

    /// Outline and jobs of each cell that has any.
    fn cells(&self) -> Vec<Value> {
        let mut by: BTreeMap<Cell, Vec<usize>> = BTreeMap::new();
        (0..self.world.calls.len()).for_each(|n| by.entry(self.cell(n)).or_default().push(n));
        let ring = |c: &Cell| c.outline().iter().map(|p| self.sheet.at(*p)).collect::<Vec<_>>();
        by.iter().map(|(cell, jobs)| json!([ring(cell), jobs])).collect()
    }

    /// What is the same under every policy: place, call, called off, level.
    fn jobs(&self) -> Vec<Value> {
        let one = |c: &super::world::Call| {
            let off = c.cancelled.map_or(0, |t| self.since(t));
            let level = c.job.need.level.as_str();
            json!([self.sheet.at(c.job.need.place), self.since(c.at), off, level, c.job.id.as_str()])
        };
        self.world.calls.iter().map(one).collect()
    }

    fn day(&self, lived: &Lived) -> Value {
        let straight = lived.film.ways.len() > WAYS;
        let way = |w: &super::film::Way| {
            let points = match straight {
                true => vec![w.from, w.to],
                false => self.place.city.path(w.from, w.to, w.depart.0),
            };
            json!([
                self.crew[&w.technician],
                w.job.as_ref().map_or(-1, |j| self.jobs[j] as i64),
                self.since(w.depart),
                self.since(w.arrive),
                w.cut.map_or(0, |t| self.since(t)),
                self.sheet.steps(&points, THIN),
            ])
        };
        let stay = |s: &super::film::Stay| {
            let job = s.job.as_ref().map_or(-1, |j| self.jobs[j] as i64);
            json!([self.crew[&s.technician], job, self.since(s.from), self.since(s.until)])
        };
        let shifts = lived.film.shifts.iter().map(|(t, all)| {
            let all: Vec<[i64; 2]> = all.iter().map(|(a, b)| [self.since(*a), self.since(*b)]).collect();
            json!([self.crew[t], all])
        });
        let became = self.world.calls.iter().map(|c| self.became(lived, &c.job.id));
        json!({
            "straight": straight,
            "ways": lived.film.ways.iter().map(way).collect::<Vec<_>>(),
            "stays": lived.film.stays.iter().map(stay).collect::<Vec<_>>(),
            "shifts": shifts.collect::<Vec<_>>(),
            "jobs": became.collect::<Vec<_>>(),
        })
    }

    /// Due, begun, done (0 where not), and whom it was given to when.
    fn became(&self, lived: &Lived, id: &JobId) -> Value {
        let told: &JobTold = &lived.tally.jobs[id];
        let when = |t: Option<Time>| t.map_or(0, |t| self.since(t));
        let plan = |(at, who): &(Time, Option<TechnicianId>)| {
            [self.since(*at), who.as_ref().map_or(-1, |t| self.crew[t] as i64)]
        };
        let plans: Vec<[i64; 2]> = lived.film.plans.get(id).into_iter().flatten().map(plan).collect();
        json!([when(told.by), when(told.started), when(told.done), plans])
    }
}
