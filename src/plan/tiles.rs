//! The cells that bounds of travel rest on: how fine they are, which one a place lies in, and tiles of them.

use super::travel::Travel;
use crate::board::Board;
use crate::geo::Point;
use crate::travel::{CellTable, Model};

/// How many tiles the cells are bundled into, a bit each.
pub const TILES: usize = 128;

/// The tile of a cell: cells are in the order of their H3 numbers, in which neighbours are near.
pub fn tile(cell: usize, cells: usize) -> usize {
    bundle(cell, cells, TILES)
}

/// As [`tile`], for another number of tiles.
pub fn bundle(cell: usize, cells: usize, tiles: usize) -> usize {
    cell * tiles / cells
}

/// Most cells that bounds are kept for: twice 16 M of two bytes.
const MOST_CELLS: f64 = 4_000.0;

/// The finer the cells, the tighter the bounds. Straight lines are cheap to ask for, roads are not.
pub fn resolution(board: &Board, travel: &Travel) -> u8 {
    let grid = board.region.grid_resolution;
    let Model::Roads(roads) = travel.model() else { return grid.min(8) };
    let [low, high] = roads.network().bounds();
    let [x, y] = high.plane_from(low);
    // A cell of resolution 9 is about 0.105 km2, each coarser one seven times that.
    let cells = |finest: u8| x.abs() * y.abs() / 105_000.0 / 7f64.powi(9 - i32::from(finest));
    let fits = |r: &u8| cells(*r) <= MOST_CELLS;
    (0..=(grid + 1).min(9)).rev().find(fits).unwrap_or(0)
}

/// The slot of a place's cell; one past the last where nothing is known, which bounds nothing.
pub fn cell(table: &CellTable, place: Point, travel: &Travel) -> u16 {
    let slot = travel.spot(place).ok().and_then(|spot| table.slot(&spot));
    slot.unwrap_or(table.cells().len()).try_into().expect("a region has fewer cells than 65,535")
}
