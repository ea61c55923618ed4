//! Travel for files without matrices: every place is put on a model's roads, and one table is asked for.

use super::{Matrix, Place, Vroom};
use crate::geo::Point;
use crate::instance::fields::Fault;
use crate::travel::{Model, Spot, UNREACHABLE};
use std::collections::BTreeMap;

/// Seconds or metres of a way that does not exist: longer than any day.
pub const NO_WAY: u32 = 100_000_000;

impl Vroom {
    /// Whether the file leaves travel to a model.
    pub fn needs_travel(&self) -> bool {
        self.matrices.is_empty()
    }

    /// Every place of the file with its field path.
    fn places(&self) -> impl Iterator<Item = (String, Place)> {
        let ends = self.vehicles.iter().enumerate().flat_map(|(i, v)| {
            let named = move |name: &'static str| move |p| (format!("vehicles[{i}].{name}"), p);
            v.start.map(named("start")).into_iter().chain(v.end.map(named("end")))
        });
        let jobs = self.jobs.iter().enumerate().map(|(j, job)| (format!("jobs[{j}].location"), job.place));
        ends.chain(jobs)
    }

    /// Fills the matrices of every profile from `model`, for departures within `hour`. A model has one kind
    /// of vehicle, so all profiles get the same.
    ///
    /// # Errors
    /// A place that no road comes near, by its field path.
    pub fn travel_by(&mut self, model: &Model, hour: u8) -> Result<(), Fault> {
        let mut spots: BTreeMap<usize, Spot> = BTreeMap::new();
        for (path, place) in self.places() {
            if spots.contains_key(&place.index) {
                continue;
            }
            let point = place.coordinates.and_then(|[lon, lat]| Point::from_degrees(lon, lat));
            let point = point.ok_or_else(|| Fault::new(&path, "coordinates are expected"))?;
            let spot = model.snap(point).map_err(|e| Fault::new(&path, e.to_string()))?;
            spots.insert(place.index, spot);
        }
        let spots: Vec<Spot> = spots.into_values().collect();
        let table = model.table(&spots, &spots, hour);
        let reachable = |list: Vec<u32>| -> Vec<u32> {
            list.into_iter().map(|x| if x == UNREACHABLE { NO_WAY } else { x.min(NO_WAY) }).collect()
        };
        let matrix = Matrix {
            size: spots.len(),
            durations: reachable(table.seconds),
            distances: Some(reachable(table.metres)),
            costs: None,
        };
        for vehicle in &self.vehicles {
            self.matrices.insert(vehicle.profile.clone(), matrix.clone());
        }
        model.name().clone_into(&mut self.travel);
        Ok(())
    }
}
