//! Straight lines, stretched by a detour factor and driven at one speed: for regions without a network.
//!
//! Off by 15 to 19 % on average where it was measured against engines on roads, so its name goes with
//! every answer. Never knows an hour: every hour is alike.

use super::{CellTable, Leg, Path, Spot, Table};
use crate::geo::{Cell, Point};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The straight-line model.
#[derive(Clone, Debug)]
pub struct Beeline(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    /// Metres of road for a thousand metres of straight line.
    permille: u32,
    kmh: u32,
    /// South-west and north-east corners of what lower bounds are kept for.
    around: Option<[Point; 2]>,
    cells: Mutex<BTreeMap<u8, Arc<CellTable>>>,
}

/// Least seconds between one place and others: a few nanoseconds each, and within a second or a thousandth
/// of the way itself over a city.
#[derive(Clone, Copy, Debug)]
pub struct Nearness {
    here: Point,
    sin: f64,
    cos: f64,
    /// Seconds by radian of a great circle.
    pace: f64,
}

/// Farther apart than this, in units of a point, nothing is said: the series below would be too short.
const NEAR: f64 = 1e7;
/// Radians of a point's unit.
const UNIT: f64 = std::f64::consts::PI / 180.0 / 1e7;

impl Nearness {
    /// Least seconds to or from another place.
    #[inline]
    pub fn seconds(&self, other: Point) -> i64 {
        let y = f64::from(other.lat) - f64::from(self.here.lat);
        let x = f64::from(other.lon) - f64::from(self.here.lon);
        if x.abs() > NEAR || y.abs() > NEAR {
            return 0;
        }
        let [x, y] = [x, y].map(|d| d * UNIT);
        // The haversine with sin(d/2) >= 0.99998 d/2 and the other cosine from below by its series.
        ((y * y + self.cos * self.least_cos(y) * x * x).sqrt() * self.pace) as i64
    }

    /// The cosine of a latitude `y` radians north of here, from below.
    #[inline]
    fn least_cos(&self, y: f64) -> f64 {
        (self.cos - self.sin * y - y * y / 2.0 - 1e-6).max(0.0)
    }

    /// Whether every place of a box (south-west, north-east corner) is more than so many seconds away.
    #[inline]
    pub fn is_beyond(&self, corners: [Point; 2], seconds: f64) -> bool {
        let [west, south] = [corners[0].lon, corners[0].lat].map(f64::from);
        let [east, north] = [corners[1].lon, corners[1].lat].map(f64::from);
        let (lon, lat) = (f64::from(self.here.lon), f64::from(self.here.lat));
        if (west - lon).abs().max((east - lon).abs()).max((south - lat).abs()).max((north - lat).abs()) > NEAR
        {
            return false;
        }
        let x = (west - lon).max(lon - east).max(0.0) * UNIT;
        let y = (south - lat).max(lat - north).max(0.0) * UNIT;
        // A cosine is least at one end of a stretch.
        let cos = self.least_cos((south - lat) * UNIT).min(self.least_cos((north - lat) * UNIT));
        let far = (seconds + 1.0).max(0.0) / self.pace;
        y * y + self.cos * cos * x * x > far * far
    }
}

/// Most cells that lower bounds are kept for.
const MOST_CELLS: usize = 4_096;

impl Beeline {
    /// Straight lines stretched by `permille` thousandths (1300 is usual in cities) at `kmh`.
    ///
    /// # Panics
    /// On a stretch below 1000 or a speed of zero: configuration is checked at the door.
    pub fn new(permille: u32, kmh: u32) -> Beeline {
        Beeline::with(permille, kmh, None)
    }

    /// As [`Beeline::new`], with lower bounds between the cells of a box (south-west, north-east corner).
    ///
    /// # Panics
    /// As [`Beeline::new`].
    pub fn around(permille: u32, kmh: u32, corners: [Point; 2]) -> Beeline {
        Beeline::with(permille, kmh, Some(corners))
    }

    fn with(permille: u32, kmh: u32, around: Option<[Point; 2]>) -> Beeline {
        assert!(permille >= 1000, "a detour is no short cut");
        assert!(kmh > 0, "something must move");
        let name = format!("beeline {}.{:02} x at {kmh} km/h", permille / 1000, permille % 1000 / 10);
        Beeline(Arc::new(Inner { name, permille, kmh, around, cells: Mutex::default() }))
    }

    /// The model's name, with its two numbers.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// A place is where it is.
    pub fn snap(&self, place: Point) -> Spot {
        Spot { asked: place, road: place, segment: u32::MAX, share: 0, gap: 0 }
    }

    /// See [`super::Model::seconds`].
    pub fn seconds(&self, from: &[Spot], to: &[Spot], out: &mut Vec<u32>) {
        out.clear();
        out.extend(from.iter().flat_map(|a| to.iter().map(|b| self.leg(a, b).seconds)));
    }

    /// See [`super::Model::table`].
    pub fn table(&self, from: &[Spot], to: &[Spot]) -> Table {
        let legs = || from.iter().flat_map(|a| to.iter().map(|b| self.leg(a, b)));
        Table { seconds: legs().map(|l| l.seconds).collect(), metres: legs().map(|l| l.metres).collect() }
    }

    /// The stretched straight line between two places, at any hour.
    pub fn leg(&self, from: &Spot, to: &Spot) -> Leg {
        self.between(from.road, to.road)
    }

    /// The same between two points.
    pub fn between(&self, from: Point, to: Point) -> Leg {
        let metres = from.metres_to(to) * f64::from(self.0.permille) / 1000.0;
        Leg { seconds: self.seconds_of(metres).round() as u32, metres: metres.round() as u32 }
    }

    /// Lower bounds from and to one place.
    pub fn nearness(&self, here: Point) -> Nearness {
        let (sin, cos) = here.lat_deg().to_radians().sin_cos();
        // What a radian is worth by the same measure as a leg, which is rounded to the second.
        let radian = Point { lon: 0, lat: 0 }.metres_to(Point { lon: 0, lat: 10_000_000 }).to_degrees();
        let pace = self.seconds_of(radian * f64::from(self.0.permille) / 1000.0) * 0.9999;
        Nearness { here, sin, cos, pace }
    }

    /// The straight line itself.
    pub fn path(&self, from: &Spot, to: &Spot) -> Path {
        Path { leg: self.leg(from, to), line: vec![from.road, to.road] }
    }

    /// Lower bounds between the cells of the box it was given; none where it was given no box. A box of
    /// more than 4,096 cells gets coarser ones.
    ///
    /// # Panics
    /// On a resolution above 15.
    pub fn cells(&self, resolution: u8) -> Arc<CellTable> {
        let mut kept = self.0.cells.lock();
        let build = || Arc::new(self.build_cells(resolution));
        kept.entry(resolution).or_insert_with(build).clone()
    }

    fn build_cells(&self, resolution: u8) -> CellTable {
        let Some([low, high]) = self.0.around else { return CellTable::empty(resolution) };
        let cells = (0..=resolution).rev().map(|r| (r, cover(low, high, r)));
        let (resolution, cells) = cells
            .filter_map(|(r, cells)| cells.map(|cells| (r, cells)))
            .next()
            .unwrap_or_else(|| (0, Vec::new()));
        let round: Vec<(Point, f64)> = cells.iter().map(|cell| (cell.centre(), reach(*cell))).collect();
        CellTable::of_pairs(resolution, cells, |a, b| {
            let ((from, near), (to, far)) = (round[a], round[b]);
            let metres = (from.metres_to(to) - near - far).max(0.0) * f64::from(self.0.permille) / 1000.0;
            self.seconds_of(metres).floor() as u32
        })
    }

    fn seconds_of(&self, metres: f64) -> f64 {
        metres * 3.6 / f64::from(self.0.kmh)
    }
}

/// Metres from a cell's centre to its farthest corner, and a hundredth more for the roundness of the Earth.
fn reach(cell: Cell) -> f64 {
    let centre = cell.centre();
    cell.outline().into_iter().map(|corner| centre.metres_to(corner)).fold(0.0, f64::max) * 1.01
}

/// The cells of a box, or `None` where there would be too many.
fn cover(low: Point, high: Point, resolution: u8) -> Option<Vec<Cell>> {
    let middle = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
    let centre = Point { lon: middle(low.lon, high.lon), lat: middle(low.lat, high.lat) };
    let step = reach(Cell::of(centre, resolution)) / 2.0;
    let rows = ((f64::from(high.lat) - f64::from(low.lat)) / 1e7 * 111_195.0 / step).ceil().max(1.0);
    let shrink = low.lat_deg().abs().min(high.lat_deg().abs()).to_radians().cos();
    let columns =
        ((f64::from(high.lon) - f64::from(low.lon)) / 1e7 * 111_195.0 * shrink / step).ceil().max(1.0);
    if rows * columns > MOST_CELLS as f64 * 16.0 {
        return None;
    }
    let mix = |a: i32, b: i32, part: f64| (f64::from(a) + (f64::from(b) - f64::from(a)) * part) as i32;
    let mut cells = Vec::new();
    for row in 0..=rows as u32 {
        for column in 0..=columns as u32 {
            let lat = mix(low.lat, high.lat, f64::from(row) / rows);
            let lon = mix(low.lon, high.lon, f64::from(column) / columns);
            cells.push(Cell::of(Point { lon, lat }, resolution));
        }
    }
    cells.sort_unstable();
    cells.dedup();
    (cells.len() <= MOST_CELLS).then_some(cells)
}
