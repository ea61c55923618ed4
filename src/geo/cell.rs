//! H3 cells: the grid that decisions, coverage and reports speak in.

use super::Point;
use h3o::{CellIndex, LatLng, Resolution};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One H3 cell. Resolution 8 is about 0.74 km2, resolution 9 about 0.1 km2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Cell(CellIndex);

impl Cell {
    /// The cell that holds `point` at `resolution` (0..=15).
    ///
    /// # Panics
    /// On a resolution above 15: the door has checked it.
    pub fn of(point: Point, resolution: u8) -> Cell {
        let resolution = Resolution::try_from(resolution).expect("resolution is at most 15");
        let place = LatLng::new(point.lat_deg(), point.lon_deg()).expect("points are finite");
        Cell(place.to_cell(resolution))
    }

    /// The middle of the cell.
    pub fn centre(self) -> Point {
        let at = LatLng::from(self.0);
        Point::from_degrees(at.lng(), at.lat()).expect("cell centres are on the globe")
    }

    /// The corners in order, not closed.
    pub fn outline(self) -> Vec<Point> {
        let corner = |v: &LatLng| Point::from_degrees(v.lng(), v.lat()).expect("on the globe");
        self.0.boundary().iter().map(corner).collect()
    }

    /// Whether a point lies in it.
    pub fn holds(self, point: Point) -> bool {
        Cell::of(point, self.0.resolution().into()) == self
    }

    /// All cells within `k` steps, this one included.
    pub fn disk(self, k: u32) -> Vec<Cell> {
        self.0.grid_disk::<Vec<_>>(k).into_iter().map(Cell).collect()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cell {
    type Err = h3o::error::InvalidCellIndex;
    fn from_str(text: &str) -> Result<Cell, Self::Err> {
        text.parse().map(Cell)
    }
}

impl From<Cell> for u64 {
    fn from(cell: Cell) -> u64 {
        cell.0.into()
    }
}

impl TryFrom<u64> for Cell {
    type Error = h3o::error::InvalidCellIndex;
    fn try_from(bits: u64) -> Result<Cell, Self::Error> {
        CellIndex::try_from(bits).map(Cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_its_centre_and_its_neighbours_are_six() {
        let cell = Cell::of(Point::from_degrees(9.19, 45.46).unwrap(), 8);
        assert_eq!(Cell::of(cell.centre(), 8), cell);
        assert_eq!(cell.disk(1).len(), 7);
        assert_eq!(cell.outline().len(), 6);
        assert_eq!(Cell::try_from(u64::from(cell)).unwrap(), cell);
        assert_eq!(cell.to_string().parse(), Ok(cell));
        assert!(
            cell.holds(cell.centre()) && cell.disk(1).iter().filter(|c| c.holds(cell.centre())).count() == 1
        );
    }
}
