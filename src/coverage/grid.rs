//! The cells of a region, and who reaches whom among them at an hour: made once and kept.

use super::odds::{Missed, Odds};
use super::reach::{MOST_CELLS, Reach};
use crate::geo::{Cell, Point};
use crate::travel::{Dayparts, Model, Spot, UNREACHABLE};
use crate::units::{Span, Time};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cells are no finer than this: demand is too thin for more.
const FINEST: u8 = 8;
/// How far around a place outside all cells one is looked for, in steps.
const AROUND: u32 = 6;
/// Rows of a table asked for at once.
const ROWS: usize = 64;
/// Tables of hours kept.
const KEPT: usize = 6;
/// Travel within a cell of [`FINEST`] takes so long.
const INSIDE: Span = Span(90);

/// The cells of a region that can be got to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    resolution: u8,
    /// Ascending.
    cells: Vec<Cell>,
    /// The place on a road nearest each cell's middle.
    middles: Vec<Point>,
    /// Cells next to each.
    beside: Vec<Vec<u16>>,
}

/// What a measure's ground is made of. Cheap to clone: what is made is shared.
#[derive(Clone, Debug)]
pub struct Atlas(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    model: Model,
    dayparts: Dayparts,
    missed: Arc<Missed>,
    grids: Mutex<BTreeMap<u8, Arc<Grid>>>,
    reaches: Mutex<Vec<(Key, Arc<Reach>)>>,
    odds: Mutex<BTreeMap<OddsKey, Arc<Odds>>>,
}

/// Resolution, hour that is travelled in alike, steps.
type Key = (u8, u8, usize);

/// Resolution, steps, target, whether for a call that comes now.
type OddsKey = (u8, usize, Span, bool);

impl Grid {
    /// From cells with a place each, ascending.
    ///
    /// # Panics
    /// Where there are more than [`MOST_CELLS`].
    pub fn of(resolution: u8, cells: Vec<(Cell, Point)>) -> Grid {
        assert!(cells.len() <= MOST_CELLS, "the travel model was asked for no more");
        let (cells, middles): (Vec<Cell>, Vec<Point>) = cells.into_iter().unzip();
        let beside = |cell: &Cell| -> Vec<u16> {
            let near = cell.disk(1).into_iter().filter(|c| c != cell);
            let mut near: Vec<u16> =
                near.filter_map(|c| cells.binary_search(&c).ok()).map(|at| at as u16).collect();
            near.sort_unstable();
            near
        };
        let beside = cells.iter().map(beside).collect();
        Grid { resolution, cells, middles, beside }
    }

    /// H3 resolution.
    pub fn resolution(&self) -> u8 {
        self.resolution
    }

    /// The cells, ascending; a cell's number is its index.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The place on a road that stands for each.
    pub fn middles(&self) -> &[Point] {
        &self.middles
    }

    /// The numbers of the cells next to one.
    pub fn beside(&self, cell: u16) -> &[u16] {
        &self.beside[usize::from(cell)]
    }

    /// The cell of a place, or the nearest of those around it; `None` far from all.
    pub fn cell_of(&self, place: Point) -> Option<u16> {
        self.near(Cell::of(place, self.resolution))
    }

    /// The number of a cell of any resolution.
    pub fn number(&self, cell: Cell) -> Option<u16> {
        self.cells.binary_search(&cell).ok().map(|at| at as u16).or_else(|| self.cell_of(cell.centre()))
    }

    fn near(&self, cell: Cell) -> Option<u16> {
        let at = |cell: &Cell| self.cells.binary_search(cell).ok().map(|at| at as u16);
        let around = |k: u32| cell.disk(k).iter().filter_map(at).min();
        at(&cell).or_else(|| (1..=AROUND).find_map(around))
    }
}

impl Atlas {
    /// Of a travel model under a region's clock.
    pub fn new(model: Model, dayparts: Dayparts) -> Atlas {
        Atlas(Arc::new(Inner {
            model,
            dayparts,
            missed: Arc::default(),
            grids: Mutex::default(),
            reaches: Mutex::default(),
            odds: Mutex::default(),
        }))
    }

    /// The region's clock.
    pub fn dayparts(&self) -> &Dayparts {
        &self.0.dayparts
    }

    /// Shares missed.
    pub fn missed(&self) -> Arc<Missed> {
        self.0.missed.clone()
    }

    /// The cells of a region whose grid has that resolution: coarser where there are too many.
    pub fn grid(&self, resolution: u8) -> Arc<Grid> {
        let resolution = resolution.min(FINEST);
        if let Some(grid) = self.0.grids.lock().get(&resolution) {
            return grid.clone();
        }
        // nobody waits while it is made; of two who make it one is kept
        let (coarser, cells) = self.0.model.middles(resolution, MOST_CELLS);
        let made = Arc::new(Grid::of(coarser, cells));
        self.0.grids.lock().entry(resolution).or_insert(made).clone()
    }

    /// Whether a grid of that resolution is kept.
    pub fn has_grid(&self, resolution: u8) -> bool {
        self.0.grids.lock().contains_key(&resolution.min(FINEST))
    }

    /// Whether the table of an hour is kept that serves these targets, the longest of them.
    pub fn has_reach(&self, grid: &Grid, hour: u8, longest: Span) -> bool {
        let key = (grid.resolution, hour, Odds::steps_of(longest, spread(grid.resolution)));
        self.0.reaches.lock().iter().any(|(k, _)| *k == key)
    }

    /// Makes the table of an hour that serves targets up to `longest`.
    pub fn make(&self, grid: &Grid, hour: u8, longest: Span) {
        self.reach(grid, hour, Odds::steps_of(longest, spread(grid.resolution)));
    }

    /// The hour whose travel serves an instant.
    pub fn hour(&self, at: Time) -> u8 {
        self.0.model.like_hour(self.0.dayparts.hour(at))
    }

    /// The odds tables of targets, one each in their order, all as long as the longest needs.
    pub fn odds(&self, grid: &Grid, targets: &[Span]) -> Vec<Arc<Odds>> {
        let Some(longest) = targets.iter().max() else { return Vec::new() };
        let spread = spread(grid.resolution);
        let mut kept = self.0.odds.lock();
        let steps = Odds::steps_of(*longest, spread);
        let mut table = |target: &Span| {
            let key = (grid.resolution, steps, *target, false);
            let make = || Arc::new(Odds::of(*target, steps, spread, &self.0.missed));
            kept.entry(key).or_insert_with(make).clone()
        };
        targets.iter().map(&mut table).collect()
    }

    /// As [`Odds::at_call`], of so many steps.
    pub fn odds_at_call(&self, grid: &Grid, target: Span, steps: usize) -> Arc<Odds> {
        let key = (grid.resolution, steps, target, true);
        let make = || Arc::new(Odds::at_call(target, steps, spread(grid.resolution), &self.0.missed));
        self.0.odds.lock().entry(key).or_insert_with(make).clone()
    }

    /// Who reaches whom within so many steps at an hour: from the travel model's own times between the middles of
    /// cells, not from its lower bounds, which would make everybody look nearer than they are.
    pub fn reach(&self, grid: &Grid, hour: u8, steps: usize) -> Arc<Reach> {
        let key = (grid.resolution, hour, steps);
        let found = |kept: &mut Vec<(Key, Arc<Reach>)>| {
            let at = kept.iter().position(|(k, _)| *k == key)?;
            // the one asked for last stays longest
            let found = kept.remove(at);
            kept.push(found.clone());
            Some(found.1)
        };
        if let Some(reach) = found(&mut self.0.reaches.lock()) {
            return reach;
        }
        // nobody waits while it is made; of two who make it one is kept
        let made = Arc::new(self.make_reach(grid, hour, steps));
        let mut kept = self.0.reaches.lock();
        if let Some(reach) = found(&mut kept) {
            return reach;
        }
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((key, made.clone()));
        made
    }

    fn make_reach(&self, grid: &Grid, hour: u8, steps: usize) -> Reach {
        let spots: Vec<Option<Spot>> = grid.middles.iter().map(|m| self.0.model.snap(*m).ok()).collect();
        let to: Vec<Spot> = spots.iter().flatten().copied().collect();
        let column: Vec<Option<usize>> = spots
            .iter()
            .scan(0, |next, s| {
                *next += usize::from(s.is_some());
                Some(s.map(|_| *next - 1))
            })
            .collect();
        let (mut block, mut first) = (Vec::new(), usize::MAX);
        let inside = Span(INSIDE.0 * i64::from(scale(grid.resolution)) / 1000);
        Reach::of(grid.cells.len(), steps, inside, |from, row| {
            row.clear();
            row.resize(grid.cells.len(), UNREACHABLE);
            row[from] = 0;
            let Some(at) = column[from] else { return };
            if first == usize::MAX || !(first..first + ROWS).contains(&at) {
                first = at;
                let last = (at + ROWS).min(to.len());
                self.0.model.seconds(&to[first..last], &to, hour, &mut block);
            }
            let times = &block[(at - first) * to.len()..(at - first + 1) * to.len()];
            for (out, column) in row.iter_mut().zip(&column) {
                column.iter().for_each(|column| *out = times[*column]);
            }
        })
    }
}

/// How much wider than one of [`FINEST`] a cell is, in thousandths: each coarser one is the root of seven times.
fn scale(resolution: u8) -> u32 {
    let mut scale = 1000;
    (resolution..FINEST).for_each(|_| scale = scale * 2_646 / 1000);
    scale
}

/// Seconds that a leg is off for where in their cells both places are: 250 m each in a cell of [`FINEST`], at 25 km/h
/// with a detour of 1.3.
fn spread(resolution: u8) -> Span {
    Span(70 * i64::from(scale(resolution)) / 1000)
}
