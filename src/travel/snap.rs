//! From a place to the nearest drivable road: an R-tree over the straight pieces of all segments.
//!
//! Never decides how far is too far (that is `Roads`), never moves a place silently: the gap is returned.

use crate::geo::Point;
use rstar::RTree;
use rstar::primitives::GeomWithData;
use rstar::primitives::Line;

/// A straight piece on the plane, and which one of [`super::Network`]'s points it begins at.
type Piece = GeomWithData<Line<[f32; 2]>, (u32, u32)>;

/// All straight pieces of a network.
#[derive(Debug)]
pub(super) struct Snapper {
    origin: Point,
    tree: RTree<Piece>,
}

/// Where a place meets the road.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landing {
    /// Which segment.
    pub segment: u32,
    /// Index of the first of the two points of its line between which the place lies.
    pub piece: u32,
    /// How far between them, 0 to 1.
    pub between: f64,
    /// The place on the road.
    pub at: Point,
    /// Metres from the place asked for.
    pub gap: f64,
}

impl Snapper {
    /// Indexes the lines of all segments.
    pub(super) fn new(line_first: &[u32], line: &[Point]) -> Snapper {
        let origin = middle(line);
        let flat: Vec<[f32; 2]> = line.iter().map(|p| plane(*p, origin)).collect();
        let mut pieces = Vec::with_capacity(line.len());
        for (segment, bounds) in line_first.windows(2).enumerate() {
            for at in bounds[0]..bounds[1].saturating_sub(1) {
                let line = Line::new(flat[at as usize], flat[at as usize + 1]);
                pieces.push(GeomWithData::new(line, (segment as u32, at)));
            }
        }
        Snapper { origin, tree: RTree::bulk_load(pieces) }
    }

    /// The nearest road to `place`, however far: the caller caps it. `None` in an empty network.
    pub(super) fn nearest(&self, place: Point, line: &[Point]) -> Option<Landing> {
        let piece = self.tree.nearest_neighbor(plane(place, self.origin))?;
        let (segment, first) = piece.data;
        let (a, b) = (line[first as usize], line[first as usize + 1]);
        let ([px, py], [bx, by]) = (place.plane_from(a), b.plane_from(a));
        let square = bx * bx + by * by;
        let between = if square > 0.0 { ((px * bx + py * by) / square).clamp(0.0, 1.0) } else { 0.0 };
        let mix = |from: i32, to: i32| {
            (f64::from(from) + (f64::from(to) - f64::from(from)) * between).round() as i32
        };
        let at = Point { lon: mix(a.lon, b.lon), lat: mix(a.lat, b.lat) };
        Some(Landing { segment, piece: first, between, at, gap: place.metres_to(at) })
    }
}

fn middle(line: &[Point]) -> Point {
    let mean = |pick: fn(&Point) -> i32| {
        let sum: i64 = line.iter().map(|p| i64::from(pick(p))).sum();
        (sum / (line.len() as i64).max(1)) as i32
    };
    Point { lon: mean(|p| p.lon), lat: mean(|p| p.lat) }
}

/// Metres on a plane touching the network's middle. Differences are taken in degrees first, so that a
/// place on the other side of the globe cannot overflow.
fn plane(place: Point, origin: Point) -> [f32; 2] {
    let per_degree = 111_195.08;
    let x = (place.lon_deg() - origin.lon_deg()) * per_degree * origin.lat_deg().to_radians().cos();
    let y = (place.lat_deg() - origin.lat_deg()) * per_degree;
    [x as f32, y as f32]
}
