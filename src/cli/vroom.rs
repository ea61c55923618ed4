//! VROOM's output form: the plan as the judge times it.

use crate::instance::vroom::{Place, Route, Step, Vroom};
use crate::judge::vroom::{Kind, Stop, timetable};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// The file's own `steps` as jobs by vehicle, if it has any; what of them does not hold is told.
pub fn steps(file: &Vroom) -> Result<Option<Vec<Vec<u32>>>, String> {
    if file.vehicles.iter().all(|v| v.steps.is_empty()) {
        return Ok(None);
    }
    let mut seen = BTreeSet::new();
    let mut routes = Vec::new();
    for (i, vehicle) in file.vehicles.iter().enumerate() {
        let mut route = Vec::new();
        for id in &vehicle.steps {
            let job = file.jobs.iter().position(|j| j.id == *id);
            let job = job.ok_or_else(|| format!("vehicles[{i}].steps: there is no job {id}"))?;
            if !seen.insert(job) {
                return Err(format!("vehicles[{i}].steps: job {id} is there twice"));
            }
            route.push(job as u32);
        }
        routes.push(route);
        let steps = vehicle.steps.iter().map(|id| Step::Job { id: *id, told: None }).collect();
        let table = timetable(file, i, &Route { vehicle: vehicle.id, steps, breaks_told: false });
        for violation in table.violations {
            eprintln!("note: vehicles[{i}].steps: {violation}; the route is planned anew");
        }
    }
    Ok(Some(routes))
}

/// The answer: jobs by vehicle, and the reasons of those left out.
///
/// # Errors
/// A route that the judge finds wanting: the optimiser and the judge read the file differently.
pub fn output(
    file: &Vroom,
    plan: &[(usize, Vec<i64>)],
    left: &[(usize, String)],
    spent: [Duration; 2],
) -> Result<Value, String> {
    let mut sums = Sums::new(file);
    let mut cost = 0.0;
    let mut routes = Vec::new();
    for (v, ids) in plan {
        let steps = ids.iter().map(|id| Step::Job { id: *id, told: None }).collect();
        let vehicle = &file.vehicles[*v];
        let table = timetable(file, *v, &Route { vehicle: vehicle.id, steps, breaks_told: false });
        if let Some(first) = table.violations.first() {
            return Err(format!("the plan found does not hold, please report it with the file: {first}"));
        }
        let mut of_route = Sums::new(file);
        table.stops.iter().for_each(|s| of_route.add(file, s));
        let mut route = Map::new();
        route.insert("vehicle".to_owned(), vehicle.id.into());
        if let Some(words) = &vehicle.description {
            route.insert("description".to_owned(), words.as_str().into());
        }
        route.insert("cost".to_owned(), whole(table.cost));
        of_route.write(file, &mut route);
        route.insert(
            "steps".to_owned(),
            table.stops.iter().map(|s| step(file, *v, s, &table.stops)).collect(),
        );
        route.insert("violations".to_owned(), json!([]));
        routes.push(Value::Object(route));
        sums.join(&of_route);
        cost += table.cost;
    }
    let mut summary = Map::new();
    summary.insert("cost".to_owned(), whole(cost));
    summary.insert("routes".to_owned(), routes.len().into());
    summary.insert("unassigned".to_owned(), left.len().into());
    sums.write(file, &mut summary);
    summary.insert("violations".to_owned(), json!([]));
    let [loading, solving] = spent.map(|d| d.as_millis() as u64);
    summary
        .insert("computing_times".to_owned(), json!({"loading": loading, "solving": solving, "routing": 0}));
    summary.insert("travel_model".to_owned(), file.travel.as_str().into());
    let unassigned: Vec<Value> = left
        .iter()
        .map(|(j, reason)| {
            let job = &file.jobs[*j];
            let mut one = Map::new();
            one.insert("id".to_owned(), job.id.into());
            one.insert("type".to_owned(), "job".into());
            one.insert("reason".to_owned(), reason.as_str().into());
            describe(&mut one, job.description.as_deref(), Some(job.place));
            Value::Object(one)
        })
        .collect();
    Ok(json!({"code": 0, "summary": summary, "unassigned": unassigned, "routes": routes}))
}

/// VROOM tells whole numbers, fractions dropped; what a float lost by a hair is not a fraction.
fn whole(x: f64) -> Value {
    Value::from((x + 1e-6).floor() as i64)
}

fn second(centi: i64) -> Value {
    Value::from(centi / 100)
}

fn describe(into: &mut Map<String, Value>, words: Option<&str>, place: Option<Place>) {
    if let Some(words) = words {
        into.insert("description".to_owned(), words.into());
    }
    if let Some(coordinates) = place.and_then(|p| p.coordinates) {
        into.insert("location".to_owned(), json!(coordinates));
    }
    if let Some(index) = place.and_then(|p| p.given) {
        into.insert("location_index".to_owned(), index.into());
    }
}

fn step(file: &Vroom, v: usize, stop: &Stop, all: &[Stop]) -> Value {
    let vehicle = &file.vehicles[v];
    // a route without a start or an end begins or ends at its first or last task
    let job_place = |s: &Stop| if let Kind::Job(j) = s.kind { Some(file.jobs[j].place) } else { None };
    let (kind, id, words, place) = match stop.kind {
        Kind::Start => ("start", None, None, vehicle.start.or_else(|| all.iter().find_map(job_place))),
        Kind::End => ("end", None, None, vehicle.end.or_else(|| all.iter().rev().find_map(job_place))),
        Kind::Job(j) => {
            ("job", Some(file.jobs[j].id), file.jobs[j].description.as_deref(), Some(file.jobs[j].place))
        }
        Kind::Break(b) => {
            ("break", Some(vehicle.breaks[b].id), vehicle.breaks[b].description.as_deref(), None)
        }
    };
    let mut one = Map::new();
    one.insert("type".to_owned(), kind.into());
    if let Some(id) = id {
        one.insert("id".to_owned(), id.into());
        if kind == "job" {
            one.insert("job".to_owned(), id.into());
        }
    }
    describe(&mut one, words, place);
    one.insert("arrival".to_owned(), second(stop.arrival));
    one.insert("duration".to_owned(), second(stop.travel));
    one.insert("setup".to_owned(), second(stop.setup));
    one.insert("service".to_owned(), second(stop.service));
    one.insert("waiting_time".to_owned(), second(stop.waiting));
    if file.dimensions > 0 {
        one.insert("load".to_owned(), json!(stop.load));
    }
    if file.matrices[&vehicle.profile].distances.is_some() {
        one.insert("distance".to_owned(), stop.metres.into());
    }
    one.insert("violations".to_owned(), json!([]));
    Value::Object(one)
}

/// What routes and the summary both add up.
struct Sums {
    setup: i64,
    service: i64,
    waiting: i64,
    travel: i64,
    metres: i64,
    priority: i64,
    delivery: Vec<i64>,
    pickup: Vec<i64>,
}

impl Sums {
    fn new(file: &Vroom) -> Sums {
        let none = vec![0; file.dimensions];
        Sums {
            setup: 0,
            service: 0,
            waiting: 0,
            travel: 0,
            metres: 0,
            priority: 0,
            delivery: none.clone(),
            pickup: none,
        }
    }

    fn add(&mut self, file: &Vroom, stop: &Stop) {
        self.setup += stop.setup;
        self.service += stop.service;
        self.waiting += stop.waiting;
        match stop.kind {
            Kind::Job(j) => {
                let job = &file.jobs[j];
                self.priority += job.priority;
                self.delivery.iter_mut().zip(&job.delivery).for_each(|(a, b)| *a += b);
                self.pickup.iter_mut().zip(&job.pickup).for_each(|(a, b)| *a += b);
            }
            // what was travelled is told up to each stop
            Kind::End => (self.travel, self.metres) = (stop.travel, stop.metres),
            Kind::Start | Kind::Break(_) => {}
        }
    }

    fn join(&mut self, o: &Sums) {
        self.setup += o.setup;
        self.service += o.service;
        self.waiting += o.waiting;
        self.travel += o.travel;
        self.metres += o.metres;
        self.priority += o.priority;
        self.delivery.iter_mut().zip(&o.delivery).for_each(|(a, b)| *a += b);
        self.pickup.iter_mut().zip(&o.pickup).for_each(|(a, b)| *a += b);
    }

    fn write(&self, file: &Vroom, into: &mut Map<String, Value>) {
        if file.dimensions > 0 {
            into.insert("delivery".to_owned(), json!(self.delivery));
            into.insert("amount".to_owned(), json!(self.delivery));
            into.insert("pickup".to_owned(), json!(self.pickup));
        }
        into.insert("setup".to_owned(), second(self.setup));
        into.insert("service".to_owned(), second(self.service));
        into.insert("duration".to_owned(), second(self.travel));
        into.insert("waiting_time".to_owned(), second(self.waiting));
        into.insert("priority".to_owned(), self.priority.into());
        if file.matrices.values().any(|m| m.distances.is_some()) {
            into.insert("distance".to_owned(), self.metres.into());
        }
    }
}
