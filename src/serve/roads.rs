//! Road networks: each file is read once, off the async threads, and shared by all regions on it; regions whose
//! travel is the same share its metrics, its cell table and what it remembers too.

use crate::board::refusal::Violation;
use crate::board::region::{DaypartMultiplier, Network as Measure, NetworkKind, Region};
use crate::geo::Point;
use crate::plan::Travel;
use crate::travel::{Beeline, Class, Dayparts, Model, Network, Profile, Roads as Woven};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The roads directory and what was read from it.
#[derive(Debug)]
pub struct Roads {
    dir: Option<PathBuf>,
    read: Mutex<BTreeMap<String, Arc<Network>>>,
    /// What was made for regions so far: how travel is measured there, the zone, and the travel.
    made: Mutex<Vec<(Measure, String, Travel)>>,
}

impl Roads {
    /// Roads in `dir`; only straight lines where there is none.
    pub fn in_dir(dir: Option<PathBuf>) -> Roads {
        Roads { dir, read: Mutex::default(), made: Mutex::default() }
    }

    /// The travel of a region. May read a file: never on an async thread.
    ///
    /// # Errors
    /// What is wrong, at a field of the region.
    pub fn travel(&self, region: &Region) -> Result<Travel, Violation> {
        // held while reading, as below
        let mut made = self.made.lock();
        let same = |(network, zone, _): &&(Measure, String, Travel)| {
            *network == region.network && *zone == region.time_zone
        };
        if let Some((.., travel)) = made.iter().find(same) {
            return Ok(travel.clone());
        }
        let travel = self.make(region)?;
        made.push((region.network.clone(), region.time_zone.clone(), travel.clone()));
        Ok(travel)
    }

    fn make(&self, region: &Region) -> Result<Travel, Violation> {
        let wrong = |field: &str, description: String| Violation { field: field.into(), description };
        let dayparts =
            Dayparts::of(&region.time_zone).map_err(|e| wrong("region.time_zone", e.to_string()))?;
        let model = match &region.network.kind {
            NetworkKind::Beeline { detour_permille, speed_metres_per_hour, centre, radius_metres } => {
                let kmh = ((speed_metres_per_hour + 500) / 1000).max(1);
                let corners = corners(*centre, *radius_metres);
                Model::Beeline(Beeline::around(*detour_permille, kmh, corners))
            }
            NetworkKind::Roads { file } => {
                let network = self.network(file).map_err(|why| wrong("region.network.roads_file", why))?;
                let profile = profile(&region.network.dayparts)?;
                let cap = region.network.snap_cap_metres;
                Model::Roads(Woven::with(network, profile, Vec::new(), cap))
            }
        };
        Ok(Travel::new(model, dayparts))
    }

    /// The network of a file in the directory. May read it: never on an async thread.
    ///
    /// # Errors
    /// In words, where there is no such file or it cannot be used.
    pub fn network(&self, file: &str) -> Result<Arc<Network>, String> {
        // held while reading: two regions on one file read it once
        let mut read = self.read.lock();
        if let Some(network) = read.get(file) {
            return Ok(network.clone());
        }
        let dir = self.dir.as_ref().ok_or("this server has no roads directory: start it with --roads DIR")?;
        let path = dir.join(file);
        let inside =
            std::fs::canonicalize(dir).and_then(|dir| Ok(std::fs::canonicalize(&path)?.starts_with(dir)));
        match inside {
            Ok(true) => {}
            Ok(false) => return Err(format!("{file} leads out of the roads directory")),
            Err(_) => return Err(format!("there is no {file} in the roads directory")),
        }
        let network = Network::open(&path, &|_, _, _| {}).map_err(|e| bare(&e.to_string(), &path, file))?;
        let network = Arc::new(network);
        read.insert(file.to_owned(), network.clone());
        Ok(network)
    }
}

/// Says the file's name, not where the server keeps it.
fn bare(said: &str, path: &std::path::Path, file: &str) -> String {
    said.replace(&path.display().to_string(), file)
}

fn corners(centre: Point, radius_metres: u32) -> [Point; 2] {
    let degrees = f64::from(radius_metres) / 111_000.0;
    let wide = degrees / centre.lat_deg().to_radians().cos().max(0.05);
    let corner = |sign: f64| {
        let lon = (centre.lon_deg() + sign * wide).clamp(-180.0, 180.0);
        let lat = (centre.lat_deg() + sign * degrees).clamp(-90.0, 90.0);
        Point::from_degrees(lon, lat).expect("clamped to the globe")
    };
    [corner(-1.0), corner(1.0)]
}

fn profile(overrides: &[DaypartMultiplier]) -> Result<Profile, Violation> {
    let mut hours: BTreeMap<Class, Vec<u16>> = Profile::default().into();
    for (i, d) in overrides.iter().enumerate() {
        let permille = u16::try_from(d.permille).unwrap_or(u16::MAX);
        let meant = |c: &Class| d.road_class.as_deref().is_none_or(|word| word == c.word());
        let mut hit = false;
        for class in Class::ALL.iter().filter(|c| meant(c)) {
            hours.entry(*class).or_insert_with(|| vec![1000; 24])[usize::from(d.hour)] = permille;
            hit = true;
        }
        if !hit {
            let field = format!("region.network.dayparts[{i}].road_class");
            let words: Vec<&str> = Class::ALL.iter().map(|c| c.word()).collect();
            return Err(Violation { field, description: format!("is not one of {}", words.join(", ")) });
        }
    }
    Profile::try_from(hours)
        .map_err(|e| Violation { field: "region.network.dayparts".into(), description: e.to_string() })
}
