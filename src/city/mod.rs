//! A city to play in: its roads, where people live, its trade's tables, and the draws.
//!
//! The embedded city draws homes by population; any other extract by the length of its residential streets.
//! Every home is near a road that cars can use. Never knows a job.

pub mod catalog;
pub mod chance;
pub mod day;
pub mod sketch;

use crate::geo::{Cell, Point};
use crate::travel::osm::Extract;
use crate::travel::{Class, Dayparts, Model, Network, Profile, Roads, Spot};
use crate::units::Time;
use chance::Chance;
use day::nautical_zone;
use std::path::Path;
use std::sync::{Arc, OnceLock};

const EXTRACT: &[u8] = include_bytes!("../../fixtures/la-serena.osm.pbf");
const ZONES: &str = include_str!("../../fixtures/la-serena.zones.csv");

/// Metres from a road within which a home is taken as drawn.
const NEAR: u32 = 80;
/// Metres from a place to a road beyond which the region is out of reach.
pub const SNAP_CAP_METRES: u32 = 1_000;

/// A city.
#[derive(Debug)]
pub struct City {
    /// Its region's id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Its roads.
    pub network: Arc<Network>,
    model: Model,
    dayparts: Dayparts,
    homes: Vec<Quarter>,
}

/// A disc that people live in.
#[derive(Clone, Copy, Debug)]
struct Quarter {
    centre: Point,
    radius: f64,
    weight: f64,
}

/// Why there is no city.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// The file could not be used.
    #[error(transparent)]
    Roads(#[from] crate::travel::OpenError),
    /// The roads could not be saved.
    #[error(transparent)]
    Save(#[from] crate::travel::FileError),
    /// The zone is not known.
    #[error(transparent)]
    Zone(#[from] crate::travel::UnknownZone),
}

impl City {
    /// La Serena and Coquimbo, which the program carries.
    ///
    /// # Errors
    /// When the zone is not known.
    ///
    /// # Panics
    /// Never: the extract that is compiled in is sound.
    pub fn embedded(zone: Option<&str>) -> Result<City, CityError> {
        static NETWORK: OnceLock<Arc<Network>> = OnceLock::new();
        let network = NETWORK.get_or_init(|| {
            let extract = Extract::from_bytes(EXTRACT).expect("the embedded extract is sound");
            Arc::new(Network::build("la-serena", &extract, &|_, _, _| ()).expect("it has roads"))
        });
        let zone = zone.unwrap_or("America/Santiago");
        City::on(network.clone(), "la-serena", "La Serena and Coquimbo", zone, populated_zones())
    }

    /// The city of an extract or a `.roads` file.
    ///
    /// # Errors
    /// When the file cannot be used or the zone is not known.
    pub fn from_file(path: &Path, zone: Option<&str>) -> Result<City, CityError> {
        City::from_network(Arc::new(Network::open(path, &|_, _, _| ())?), zone)
    }

    /// The city of a network.
    ///
    /// # Errors
    /// When the zone is not known.
    pub fn from_network(network: Arc<Network>, zone: Option<&str>) -> Result<City, CityError> {
        let [south_west, north_east] = network.bounds();
        let zone = zone.map_or_else(
            || nautical_zone((south_west.lon_deg() + north_east.lon_deg()) / 2.0),
            str::to_owned,
        );
        let name = network.name().to_owned();
        let homes = streets(&network);
        City::on(network, &region_id(&name), &name, &zone, homes)
    }

    fn on(
        network: Arc<Network>,
        id: &str,
        display_name: &str,
        zone: &str,
        homes: Vec<Quarter>,
    ) -> Result<City, CityError> {
        let roads = Roads::with(network.clone(), Profile::default(), Vec::new(), SNAP_CAP_METRES);
        Ok(City {
            id: id.to_owned(),
            display_name: display_name.to_owned(),
            time_zone: zone.to_owned(),
            network,
            model: Model::Roads(roads),
            dayparts: Dayparts::of(zone)?,
            homes,
        })
    }

    /// Its travel, under a clock of its zone, with nothing remembered yet.
    pub fn travel(&self) -> crate::plan::Travel {
        crate::plan::Travel::new(self.model.clone(), self.dayparts.clone())
    }

    /// A home of an entity: where people live, near a road.
    pub fn home(&self, chance: Chance, entity: &str) -> Point {
        self.drawn(chance, entity, &self.homes, |_| true)
    }

    /// A home within `metres` of a place; any home where the city has none there.
    pub fn home_near(&self, chance: Chance, entity: &str, centre: Point, metres: f64) -> Point {
        let close = |q: &Quarter| q.centre.is_within(metres + q.radius, centre);
        self.home_in(chance, entity, close, |home| home.is_within(metres, centre))
    }

    /// A home so many metres away from a place, from and to; any home where the city has none there.
    pub fn home_between(&self, chance: Chance, entity: &str, centre: Point, [from, to]: [f64; 2]) -> Point {
        let near = |q: &Quarter| {
            let away = q.centre.metres_to(centre);
            away < to + q.radius && away > from - q.radius
        };
        self.home_in(chance, entity, near, |home| (from..to).contains(&home.metres_to(centre)))
    }

    /// A home in an H3 cell; any home where the city has none there.
    pub fn home_in_cell(&self, chance: Chance, entity: &str, cell: Cell) -> Point {
        let centre = cell.centre();
        let reach = cell.outline().iter().map(|p| p.metres_to(centre)).fold(0.0, f64::max);
        let near = |q: &Quarter| q.centre.is_within(reach + q.radius, centre);
        self.home_in(chance, entity, near, |home| cell.holds(home))
    }

    fn home_in(
        &self,
        chance: Chance,
        entity: &str,
        near: impl Fn(&Quarter) -> bool,
        wanted: impl Fn(Point) -> bool,
    ) -> Point {
        let quarters: Vec<Quarter> = self.homes.iter().filter(|q| near(q)).copied().collect();
        let quarters = if quarters.is_empty() { &self.homes } else { &quarters };
        self.drawn(chance, entity, quarters, wanted)
    }

    fn drawn(
        &self,
        chance: Chance,
        entity: &str,
        quarters: &[Quarter],
        wanted: impl Fn(Point) -> bool,
    ) -> Point {
        let mut fallback = quarters[0].centre;
        for attempt in 0..400 {
            let entity = format!("{entity}/{attempt}");
            let quarter = quarters[chance.weigh(&entity, "quarter", quarters, |q| q.weight)];
            let Some(home) = within(chance, &entity, quarter) else { continue };
            let Ok(spot) = self.model.snap(home) else { continue };
            fallback = home;
            if spot.gap_metres() <= NEAR && wanted(home) {
                return home;
            }
        }
        self.model.snap(fallback).map_or(fallback, |spot| spot.on_road())
    }

    /// The quarter where most people live: where the storm hits.
    pub fn busiest(&self) -> Point {
        let within = |centre: Point| -> f64 {
            self.homes.iter().filter(|q| q.centre.is_within(1_500.0, centre)).map(|q| q.weight).sum()
        };
        let sample = self.homes.iter().step_by((self.homes.len() / 200).max(1));
        let busiest = sample.max_by(|a, b| within(a.centre).total_cmp(&within(b.centre)));
        busiest.map_or(self.homes[0].centre, |q| q.centre)
    }

    /// The place inside the city's bounds that is farthest from any road, where that is out of reach.
    pub fn off_the_roads(&self) -> Option<Point> {
        let [low, high] = self.network.bounds();
        let step = |low: i32, high: i32, n: i32| low + (high - low) / 40 * n;
        let grid = (1..40).flat_map(|x| (1..40).map(move |y| (x, y)));
        let places =
            grid.map(|(x, y)| Point { lon: step(low.lon, high.lon, x), lat: step(low.lat, high.lat, y) });
        let gap = |p: Point| self.model.snap(p).err().and_then(|miss| miss.nearest_metres).unwrap_or(0);
        places.map(|p| (gap(p), p)).filter(|(gap, _)| *gap > SNAP_CAP_METRES).max().map(|(_, p)| p)
    }

    /// The line driven from place to place, leaving at a moment; straight where no road is known.
    pub fn path(&self, from: Point, to: Point, depart: i64) -> Vec<Point> {
        let spots: Option<[Spot; 2]> =
            self.model.snap(from).ok().zip(self.model.snap(to).ok()).map(Into::into);
        let path = spots.and_then(|[a, b]| self.model.path(&a, &b, Time(depart), &self.dayparts));
        path.map_or_else(|| vec![from, to], |path| path.line)
    }
}

/// A point of the disc: even, drawn by rejection, since sines differ between machines.
fn within(chance: Chance, entity: &str, quarter: Quarter) -> Option<Point> {
    let [x, y] = ["x", "y"].map(|axis| chance.unit(entity, axis) * 2.0 - 1.0);
    if x * x + y * y > 1.0 {
        return None;
    }
    let per_degree = 111_195.0;
    let narrow =
        quarter.centre.plane_from(Point { lon: quarter.centre.lon - 10_000_000, ..quarter.centre })[0];
    let lon = quarter.centre.lon_deg() + x * quarter.radius / narrow.max(1.0);
    Point::from_degrees(lon, quarter.centre.lat_deg() + y * quarter.radius / per_degree)
}

/// The zones of the embedded city that have homes.
fn populated_zones() -> Vec<Quarter> {
    let zone = |line: &str| -> Option<Quarter> {
        let columns: Vec<f64> = line.split(',').map(|c| c.parse().unwrap_or(f64::NAN)).collect();
        let &[_, _, _, weight, _, lon, lat, radius, _] = &columns[..] else { return None };
        Point::from_degrees(lon, lat).map(|centre| Quarter { centre, radius, weight })
    };
    ZONES.lines().skip(1).filter_map(zone).collect()
}

/// The middles of residential streets, by length; of all streets where none are residential.
fn streets(network: &Network) -> Vec<Quarter> {
    let lived_in = |class: Class| matches!(class, Class::Residential | Class::LivingStreet);
    let discs = |taken: &dyn Fn(Class) -> bool| -> Vec<Quarter> {
        let segments = network.segments().enumerate().filter(|(_, (class, _))| taken(*class));
        let disc = |(at, (_, line)): (usize, (Class, &[Point]))| {
            let metres = network.segment_metres(at);
            Quarter { centre: line[line.len() / 2], radius: (metres / 3.0).clamp(25.0, 60.0), weight: metres }
        };
        segments.map(disc).collect()
    };
    let residential = discs(&lived_in);
    if residential.is_empty() { discs(&|_| true) } else { residential }
}

/// A region id from a file's name.
fn region_id(name: &str) -> String {
    let kept = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let id: String = kept.take(40).collect();
    if id.starts_with(|c: char| c.is_ascii_alphabetic()) { id } else { format!("city-{id}") }
}
