//! Reads VROOM's JSON: every value is checked where it stands, and a fault names its field.

use super::{Costs, Job, Matrix, Pause, Place, Vehicle, Vroom};
use crate::instance::fields::{Fault, Field, LATEST};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Matrices are read as numbers at once: as JSON values they would take eight times the memory.
#[derive(Deserialize)]
struct Root {
    #[serde(default)]
    jobs: Value,
    #[serde(default)]
    vehicles: Value,
    #[serde(default)]
    shipments: Value,
    #[serde(default)]
    matrices: BTreeMap<String, Rows>,
    matrix: Option<Vec<Vec<u32>>>,
    #[serde(flatten)]
    others: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Rows {
    durations: Option<Vec<Vec<u32>>>,
    distances: Option<Vec<Vec<u32>>>,
    costs: Option<Vec<Vec<u32>>>,
}

const JOB: &[&str] = &[
    "id",
    "description",
    "location",
    "location_index",
    "setup",
    "service",
    "setup_per_type",
    "service_per_type",
    "amount",
    "delivery",
    "pickup",
    "skills",
    "priority",
    "time_windows",
];
const VEHICLE: &[&str] = &[
    "id",
    "profile",
    "description",
    "start",
    "start_index",
    "end",
    "end_index",
    "capacity",
    "costs",
    "skills",
    "type",
    "time_window",
    "breaks",
    "speed_factor",
    "max_tasks",
    "max_travel_time",
    "max_distance",
    "steps",
];
const BREAK: &[&str] = &["id", "time_windows", "service", "description", "max_load"];
const COSTS: &[&str] = &["fixed", "per_hour", "per_task_hour", "per_km"];

/// Reads the file's text.
///
/// # Errors
/// The first fault, by line (not JSON) or by field path.
pub fn read(text: &str) -> Result<Vroom, Fault> {
    let root: Root = serde_json::from_str(text).map_err(|e| Fault::json(&e))?;
    if root.shipments.as_array().is_some_and(|s| !s.is_empty()) {
        return Err(Fault::new("shipments[0]", "pickup and delivery pairs are not supported: only jobs are"));
    }
    let matrices = matrices(root.matrices, root.matrix)?;
    let mut reader = Reader { custom: !matrices.is_empty(), known: Vec::new(), unknown: Vec::new() };
    reader.unknown.extend(root.others.into_keys());
    let vehicles: Vec<Vehicle> = Field::new("vehicles", &root.vehicles)
        .list()?
        .iter()
        .map(|f| reader.vehicle(f))
        .collect::<Result<_, _>>()?;
    if vehicles.is_empty() {
        return Err(Fault::new("vehicles", "at least one is expected"));
    }
    let dimensions = vehicles[0].capacity.len();
    let jobs: Vec<Job> = Field::new("jobs", &root.jobs)
        .list()?
        .iter()
        .map(|f| reader.job(f, dimensions))
        .collect::<Result<_, _>>()?;
    if jobs.is_empty() {
        return Err(Fault::new("jobs", "at least one is expected"));
    }
    distinct("jobs", jobs.iter().map(|j| j.id))?;
    distinct("vehicles", vehicles.iter().map(|v| v.id))?;
    let file = Vroom {
        jobs,
        vehicles,
        matrices,
        dimensions,
        travel: "the file's matrices".to_owned(),
        unknown: reader.unknown,
    };
    consistent(&file)?;
    Ok(file)
}

/// What has to hold between fields.
fn consistent(file: &Vroom) -> Result<(), Fault> {
    for (i, vehicle) in file.vehicles.iter().enumerate() {
        let at = |field: &str| format!("vehicles[{i}].{field}");
        if vehicle.capacity.len() != file.dimensions {
            let fault =
                format!("{} numbers, vehicles[0].capacity has {}", vehicle.capacity.len(), file.dimensions);
            return Err(Fault::new(at("capacity"), fault));
        }
        if file.matrices.is_empty() {
            continue;
        }
        let Some(matrix) = file.matrices.get(&vehicle.profile) else {
            return Err(Fault::new(at("profile"), format!("there is no matrices.{}", vehicle.profile)));
        };
        for (field, place) in [("start_index", vehicle.start), ("end_index", vehicle.end)] {
            if place.is_some_and(|p| p.index >= matrix.size) {
                return Err(Fault::new(
                    at(field),
                    format!("matrices.{} has {} rows", vehicle.profile, matrix.size),
                ));
            }
        }
        if let Some(j) = file.jobs.iter().position(|j| j.place.index >= matrix.size) {
            let fault = format!("matrices.{} has {} rows", vehicle.profile, matrix.size);
            return Err(Fault::new(format!("jobs[{j}].location_index"), fault));
        }
        let needs = vehicle.costs.per_km != 0 && matrix.costs.is_none() || vehicle.max_distance.is_some();
        if needs && matrix.distances.is_none() {
            let field = if vehicle.max_distance.is_some() { "max_distance" } else { "costs.per_km" };
            return Err(Fault::new(at(field), format!("there is no matrices.{}.distances", vehicle.profile)));
        }
        if vehicle.costs.per_hour != 3600 && matrix.costs.is_some() {
            let fault = format!("does not go with matrices.{}.costs", vehicle.profile);
            return Err(Fault::new(at("costs.per_hour"), fault));
        }
    }
    Ok(())
}

fn distinct(name: &str, ids: impl Iterator<Item = i64>) -> Result<(), Fault> {
    let mut seen = BTreeMap::new();
    for (i, id) in ids.enumerate() {
        if let Some(first) = seen.insert(id, i) {
            return Err(Fault::new(format!("{name}[{i}].id"), format!("{id} is {name}[{first}].id too")));
        }
    }
    Ok(())
}

fn matrices(
    given: BTreeMap<String, Rows>,
    old: Option<Vec<Vec<u32>>>,
) -> Result<BTreeMap<String, Matrix>, Fault> {
    let mut all = BTreeMap::new();
    if let Some(rows) = old {
        let (size, durations) = flat("matrix", rows, None)?;
        all.insert("car".to_owned(), Matrix { size, durations, distances: None, costs: None });
    }
    for (profile, rows) in given {
        let path = |kind: &str| format!("matrices.{profile}.{kind}");
        let Some(durations) = rows.durations else {
            return Err(Fault::new(path("durations"), "is expected"));
        };
        let (size, durations) = flat(&path("durations"), durations, None)?;
        let more = |kind: &str, rows: Option<Vec<Vec<u32>>>| {
            rows.map(|r| flat(&path(kind), r, Some(size)).map(|x| x.1)).transpose()
        };
        let (distances, costs) = (more("distances", rows.distances)?, more("costs", rows.costs)?);
        all.insert(profile, Matrix { size, durations, distances, costs });
    }
    Ok(all)
}

fn flat(path: &str, rows: Vec<Vec<u32>>, size: Option<usize>) -> Result<(usize, Vec<u32>), Fault> {
    let size = size.unwrap_or(rows.len());
    if rows.is_empty() || rows.len() != size {
        return Err(Fault::new(path, format!("{} rows, {} are expected", rows.len(), size.max(1))));
    }
    if let Some(i) = rows.iter().position(|r| r.len() != size) {
        return Err(Fault::new(format!("{path}[{i}]"), format!("{} numbers of {size}", rows[i].len())));
    }
    Ok((size, rows.into_iter().flatten().collect()))
}

struct Reader {
    /// The file has matrices, so that places are rows.
    custom: bool,
    /// Coordinates met so far; a place without matrices is one of these.
    known: Vec<[u64; 2]>,
    unknown: Vec<String>,
}

impl Reader {
    fn note_unknown(&mut self, field: &Field, known: &[&str]) -> Result<(), Fault> {
        field.object()?;
        for (key, value) in field.members()? {
            if !known.contains(&key) {
                self.unknown.push(value.path);
            }
        }
        Ok(())
    }

    fn place(&mut self, coordinates: &Field, index: &Field) -> Result<Option<Place>, Fault> {
        let given = index.is_given().then(|| index.whole(0, 1 << 20, 0)).transpose()?;
        let point = match coordinates.list()?.as_slice() {
            [] if !coordinates.is_given() => None,
            [lon, lat] => {
                let (lon, lat) = (lon.number(0.0)?, lat.number(0.0)?);
                if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
                    return Err(coordinates.fault("[longitude, latitude] in degrees is expected"));
                }
                Some([lon, lat])
            }
            _ => return Err(coordinates.fault("[longitude, latitude] is expected")),
        };
        let index = match (self.custom, given, point) {
            (true, Some(i), _) => i as usize,
            (true, None, None) | (false, None, None) => return Ok(None),
            (true, None, Some(_)) => return Err(index.fault("is expected beside matrices")),
            (false, Some(_), None) => return Err(index.fault("there are no matrices")),
            (false, _, Some(p)) => {
                let bits = p.map(f64::to_bits);
                self.known.iter().position(|k| *k == bits).unwrap_or_else(|| {
                    self.known.push(bits);
                    self.known.len() - 1
                })
            }
        };
        Ok(Some(Place { index, coordinates: point, given }))
    }

    fn vehicle(&mut self, f: &Field) -> Result<Vehicle, Fault> {
        self.note_unknown(f, VEHICLE)?;
        let (start, end) = (
            self.place(&f.at("start"), &f.at("start_index"))?,
            self.place(&f.at("end"), &f.at("end_index"))?,
        );
        if start.is_none() && end.is_none() {
            return Err(f.fault("start or end is expected"));
        }
        let costs = f.at("costs");
        if costs.is_given() {
            self.note_unknown(&costs, COSTS)?;
        }
        let cost = |key: &str, or| costs.at(key).whole(0, 1 << 32, or);
        let speed = f.at("speed_factor").number(1.0)?;
        if !(speed > 0.0 && speed <= 5.0) {
            return Err(f.at("speed_factor").fault("above 0 and at most 5 is expected"));
        }
        let most = |key: &str| -> Result<Option<i64>, Fault> {
            let field = f.at(key);
            field.is_given().then(|| field.whole(0, LATEST, 0)).transpose()
        };
        let window = f.at("time_window");
        let mut breaks = Vec::new();
        for (nth, one) in f.at("breaks").list()?.iter().enumerate() {
            breaks.push(self.pause(one, nth)?);
        }
        distinct(&format!("{}.breaks", f.path), breaks.iter().map(|b: &Pause| b.id))?;
        breaks.sort_by_key(|b| {
            (b.windows.first().map_or(0, |w| w[0]), b.windows.last().map_or(LATEST, |w| w[1]))
        });
        Ok(Vehicle {
            id: id(f)?,
            description: f.at("description").text()?,
            profile: f.at("profile").text()?.unwrap_or_else(|| "car".to_owned()),
            start,
            end,
            capacity: amounts(&f.at("capacity"), None)?,
            costs: Costs {
                fixed: cost("fixed", 0)?,
                per_hour: cost("per_hour", 3600)?,
                per_task_hour: cost("per_task_hour", 0)?,
                per_km: cost("per_km", 0)?,
            },
            skills: skills(&f.at("skills"))?,
            kind: f.at("type").text()?,
            window: window.is_given().then(|| window.window()).transpose()?,
            breaks,
            pace: (100.0 / speed).round() as i64,
            max_tasks: most("max_tasks")?,
            max_travel_time: most("max_travel_time")?,
            max_distance: most("max_distance")?,
            steps: steps(&f.at("steps"))?,
        })
    }

    fn pause(&mut self, f: &Field, nth: usize) -> Result<Pause, Fault> {
        self.note_unknown(f, BREAK)?;
        let load = f.at("max_load");
        Ok(Pause {
            id: id(f)?,
            description: f.at("description").text()?,
            service: f.at("service").whole(0, LATEST, 0)?,
            windows: windows(&f.at("time_windows"))?,
            max_load: load.is_given().then(|| amounts(&load, None)).transpose()?,
            nth,
        })
    }

    fn job(&mut self, f: &Field, dimensions: usize) -> Result<Job, Fault> {
        self.note_unknown(f, JOB)?;
        let Some(place) = self.place(&f.at("location"), &f.at("location_index"))? else {
            let field = if self.custom { "location_index" } else { "location" };
            return Err(f.at(field).fault("is expected"));
        };
        let per_type = |key: &str| -> Result<BTreeMap<String, i64>, Fault> {
            let members = f.at(key).members()?;
            members.into_iter().map(|(k, v)| Ok((k.to_owned(), v.whole(0, LATEST, 0)?))).collect()
        };
        // `amount` is the old word for `delivery`
        let delivery = if f.at("delivery").is_given() { f.at("delivery") } else { f.at("amount") };
        Ok(Job {
            id: id(f)?,
            description: f.at("description").text()?,
            place,
            setup: f.at("setup").whole(0, LATEST, 0)?,
            service: f.at("service").whole(0, LATEST, 0)?,
            setup_per_type: per_type("setup_per_type")?,
            service_per_type: per_type("service_per_type")?,
            delivery: amounts(&delivery, Some(dimensions))?,
            pickup: amounts(&f.at("pickup"), Some(dimensions))?,
            skills: skills(&f.at("skills"))?,
            priority: f.at("priority").whole(0, 100, 0)?,
            windows: windows(&f.at("time_windows"))?,
        })
    }
}

fn id(f: &Field) -> Result<i64, Fault> {
    if !f.at("id").is_given() {
        return Err(f.at("id").fault("is expected"));
    }
    f.at("id").whole(0, i64::MAX, 0)
}

/// Amounts; where `dimensions` is told and nothing is given, zeros.
fn amounts(f: &Field, dimensions: Option<usize>) -> Result<Vec<i64>, Fault> {
    let list: Vec<i64> = f.list()?.iter().map(|x| x.whole(0, 1 << 30, 0)).collect::<Result<_, _>>()?;
    match dimensions {
        Some(n) if !f.is_given() => Ok(vec![0; n]),
        Some(n) if list.len() != n => {
            Err(f.fault(format!("{} numbers, the vehicles' capacity has {n}", list.len())))
        }
        _ => Ok(list),
    }
}

fn skills(f: &Field) -> Result<Vec<i64>, Fault> {
    f.list()?.iter().map(|x| x.whole(0, i64::MAX, 0)).collect()
}

fn windows(f: &Field) -> Result<Vec<[i64; 2]>, Fault> {
    let windows: Vec<[i64; 2]> = f.list()?.iter().map(Field::window).collect::<Result<_, _>>()?;
    if let Some(i) = windows.windows(2).position(|w| w[0][1] >= w[1][0]) {
        return Err(f.fault(format!("[{i}] and [{}] overlap or are not in order", i + 1)));
    }
    if f.is_given() && windows.is_empty() {
        return Err(f.fault("at least one window is expected"));
    }
    Ok(windows)
}

fn steps(f: &Field) -> Result<Vec<i64>, Fault> {
    let mut jobs = Vec::new();
    for step in f.list()? {
        match step.at("type").text()?.as_deref() {
            Some("job") => jobs.push(id(&step)?),
            Some("start" | "end" | "break") => {}
            _ => return Err(step.at("type").fault("start, job, break or end is expected")),
        }
    }
    Ok(jobs)
}
