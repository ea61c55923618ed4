//! A lower bound on the travel time between H3 cells: the least from any place in one to any in another,
//! over all hours.
//!
//! Admissible by construction: on roads a place belongs to the cell of its segment's middle, and the bound
//! runs from any end of any segment of the one cell to any end of any segment of the other, on weights that
//! no hour goes below. Never an estimate: only for leaving out what cannot win.

use super::Spot;
use super::hierarchy::{NONE, Seeds, sweep};
use super::network::Network;
use super::weights::Weights;
use crate::geo::Cell;

/// Least whole seconds between cells, both ways round in memory. About `4 n^2` bytes for `n` cells.
#[derive(Clone, Debug)]
pub struct CellTable {
    resolution: u8,
    /// Ascending; a cell's slot is its index.
    cells: Vec<Cell>,
    /// The slot of each segment, on roads.
    of_segment: Vec<u32>,
    from: Vec<u16>,
    to: Vec<u16>,
}

impl CellTable {
    pub(super) fn empty(resolution: u8) -> CellTable {
        CellTable { resolution, cells: Vec::new(), of_segment: Vec::new(), from: Vec::new(), to: Vec::new() }
    }

    /// From a bound on each ordered pair of cells (ascending, distinct).
    pub(super) fn of_pairs(
        resolution: u8,
        cells: Vec<Cell>,
        bound: impl Fn(usize, usize) -> u32,
    ) -> CellTable {
        let mut table = CellTable { cells, ..CellTable::empty(resolution) };
        let n = table.cells.len();
        table.from = vec![0; n * n];
        table.to = vec![0; n * n];
        for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
            table.put(a, b, bound(a, b));
        }
        table
    }

    pub(super) fn of_roads(network: &Network, least: &Weights<u32>, resolution: u8) -> CellTable {
        let middle = |segment: u32| {
            let line = network.line_of(segment);
            Cell::of(line[line.len() / 2], resolution)
        };
        let home: Vec<Cell> = (0..network.class.len() as u32).map(middle).collect();
        let mut cells = home.clone();
        cells.sort_unstable();
        cells.dedup();
        let slot = |cell: &Cell| cells.binary_search(cell).expect("every home is listed") as u32;
        let of_segment: Vec<u32> = home.iter().map(slot).collect();
        let (heads, tails) = ends(network, &of_segment, cells.len());
        let mut table = CellTable { of_segment, ..CellTable::of_pairs(resolution, cells, |_, _| 0) };
        sweep(&network.hierarchy, &least.metric, &heads, &tails, |a, b, centis| {
            table.put(a, b, if a == b { 0 } else { centis / 100 });
        });
        table
    }

    fn put(&mut self, a: usize, b: usize, seconds: u32) {
        let (n, seconds) = (self.cells.len(), seconds.min(u32::from(u16::MAX)) as u16);
        self.from[a * n + b] = seconds;
        self.to[b * n + a] = seconds;
    }

    /// The H3 resolution of the cells (coarser than asked where there would have been too many).
    pub fn resolution(&self) -> u8 {
        self.resolution
    }

    /// The cells, ascending; a slot is an index into them.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The slot of a snapped place; `None` where nothing is known, which bounds nothing.
    pub fn slot(&self, spot: &Spot) -> Option<usize> {
        match self.of_segment.get(spot.segment as usize) {
            Some(slot) => Some(*slot as usize),
            None => self.slot_of(Cell::of(spot.road, self.resolution)),
        }
    }

    /// The slot of a cell, for drawing. A place's own slot is [`CellTable::slot`]: on roads its segment may
    /// have its middle next door.
    pub fn slot_of(&self, cell: Cell) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }

    /// Least seconds from the cell in slot `a` to every cell, by slot; saturated at 65,535.
    pub fn from_cell(&self, a: usize) -> &[u16] {
        let n = self.cells.len();
        &self.from[a * n..(a + 1) * n]
    }

    /// Least seconds from every cell, by slot, to the cell in slot `b`; saturated at 65,535.
    pub fn to_cell(&self, b: usize) -> &[u16] {
        let n = self.cells.len();
        &self.to[b * n..(b + 1) * n]
    }

    /// Least seconds from one place to another at any hour; 0 where nothing is known.
    pub fn bound(&self, from: &Spot, to: &Spot) -> u32 {
        match (self.slot(from), self.slot(to)) {
            (Some(a), Some(b)) => u32::from(self.from[a * self.cells.len() + b]),
            _ => 0,
        }
    }
}

/// For each cell: the nodes its segments lead to, and those they are entered from.
fn ends(network: &Network, of_segment: &[u32], cells: usize) -> (Seeds<u32>, Seeds<u32>) {
    let mut out = vec![[Vec::new(), Vec::new()]; cells];
    for (lane, head) in network.lane_head.iter().enumerate().filter(|(_, head)| **head != NONE) {
        let [heads, tails] = &mut out[of_segment[lane / 2] as usize];
        heads.push((*head, 0));
        tails.extend(network.tails_of(lane as u32).iter().map(|tail| (*tail, 0)));
    }
    let (mut all_heads, mut all_tails) = (Seeds::new(), Seeds::new());
    for [heads, tails] in &mut out {
        for (list, all) in [(heads, &mut all_heads), (tails, &mut all_tails)] {
            list.sort_unstable();
            list.dedup();
            all.push(list);
        }
    }
    (all_heads, all_tails)
}
