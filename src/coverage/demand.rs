//! What is called in: a rate for each class, cell and hour of a weekday or weekend, learned or given.
//!
//! A learned rate is a class's calls an hour times a cell's share of the class. Single cells in single hours have seen
//! one call or none, so the two are smoothed apart (`n` calls, `e` hours seen, neighbouring hours by 1/4, 1/2, 1/4):
//!
//! | of | formula | shrunk to |
//! |---|---|---|
//! | any call, hour h | `(n(h) + 2 r) / (e(h) + 2)` | `r`: the mean of all hours |
//! | any call, hour h on weekdays or weekends | `(n(d, h) + 4 r(h)) / (e(d, h) + 4)` | the row above |
//! | class c | `(n(c, d, h) + 8 r(d, h) n(c) / n) / (e(d, h) + 8)` | the row above, by the class's share |
//! | any call, cell i | `n(i)/2 + its neighbours' halves / their neighbours + 16 / cells` | evenly over all cells |
//! | class c, cell i | the same of its own calls `+ 32 s(i)` | the row above |
//!
//! Given rates are taken as they are.

use super::classes::{Class, Weighed};
use super::grid::{Atlas, Grid};
use super::measure::{CALL, Rates};
use crate::board::Board;
use crate::board::calls::{Given, HOURS, Kind, WHOLE};
use crate::travel::Dayparts;
use crate::units::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A share of one is so much.
const SHARE: u128 = 1 << 32;
/// What the parent counts for, by row of the table above: hours, hours, hours, calls, calls.
const PRIOR: [u128; 5] = [2, 4, 8, 16, 32];

/// An hour of a kind of day, by the region's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// Saturday or Sunday.
    pub weekend: bool,
    /// 0..=23.
    pub hour: u8,
}

/// Where rates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From calls that came in.
    Learned,
    /// A planner gave them.
    Given,
}

type ByHour = [[u128; 24]; 2];

/// A region's demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    grid: Arc<Grid>,
    origin: Origin,
    classes: Vec<Class>,
    /// By class: calls an hour in parts of [`CALL`].
    profile: Vec<ByHour>,
    /// By class and cell, in parts of [`SHARE`].
    shares: Vec<Vec<u64>>,
    /// Calls seen, in parts of [`WHOLE`].
    seen: BTreeMap<(usize, u16, Slot), u64>,
    /// Hours seen, in parts of [`WHOLE`].
    hours: ByHour,
}

/// What is known of one class in one cell at one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it comes from.
    pub origin: Origin,
    /// Calls seen in that cell at that hour, in parts of [`WHOLE`], less what was forgotten.
    pub seen: u64,
    /// How often that hour was seen, in parts of [`WHOLE`].
    pub hours: u64,
    /// Calls an hour of the class in the whole region, in parts of [`CALL`].
    pub class_rate: u64,
    /// The cell's share of the class, in millionths.
    pub share_ppm: u32,
    /// Calls an hour, in parts of [`CALL`].
    pub rate: u64,
}

impl Slot {
    /// The slot of an instant.
    pub fn of(dayparts: &Dayparts, at: Time) -> Slot {
        let local = (at.0 + dayparts.offset_seconds(at)).div_euclid(3600);
        Slot::of_week(crate::board::calls::hour_of_week(local).into())
    }

    fn of_week(hour: usize) -> Slot {
        Slot { weekend: hour / 24 >= 5, hour: (hour % 24) as u8 }
    }

    /// Every slot.
    pub fn all() -> impl Iterator<Item = Slot> {
        [false, true].into_iter().flat_map(|weekend| (0..24).map(move |hour| Slot { weekend, hour }))
    }

    fn day(self) -> usize {
        usize::from(self.weekend)
    }
}

impl Demand {
    /// The demand of a board: what was given, else what was learned, by the offset of its clock at `at`.
    pub fn of(board: &Board, atlas: &Atlas, at: Time) -> Demand {
        let grid = atlas.grid(board.region.grid_resolution);
        match &board.given {
            Some(given) => Demand::given(board, grid, given),
            None => Demand::learned(board, grid, atlas.dayparts().offset_seconds(at).div_euclid(3600)),
        }
    }

    fn learned(board: &Board, grid: Arc<Grid>, offset: i64) -> Demand {
        let local = |utc: u8| Slot::of_week((i64::from(utc) + offset).rem_euclid(HOURS as i64) as usize);
        let mut hours = ByHour::default();
        for utc in 0..HOURS as u8 {
            let slot = local(utc);
            hours[slot.day()][usize::from(slot.hour)] += u128::from(board.calls.seen(utc));
        }
        let mut weights = vec![0u64; board.calls.kinds().len()];
        board.calls.counts().for_each(|(kind, _, _, n)| weights[kind as usize] += u64::from(n));
        let (classes, of_kind) = classes(board, board.calls.kinds(), &weights, |n| board.calls.carried(n));
        let mut seen = BTreeMap::new();
        for (kind, cell, utc, n) in board.calls.counts() {
            let (Some(class), Some(cell)) = (of_kind[kind as usize], grid.number(cell)) else { continue };
            *seen.entry((class, cell, local(utc))).or_default() += u64::from(n);
        }
        let profile = profiles(classes.len(), &seen, &hours);
        let shares = shares(classes.len(), &seen, &grid);
        Demand { grid, origin: Origin::Learned, classes, profile, shares, seen, hours }
    }

    fn given(board: &Board, grid: Arc<Grid>, given: &Given) -> Demand {
        let kinds: Vec<Kind> = given.rates.iter().map(|r| r.kind.clone()).collect();
        let sum = |r: &crate::board::calls::GivenRate| r.milli.iter().flatten().map(|m| u64::from(*m)).sum();
        let weights: Vec<u64> = given.rates.iter().map(sum).collect();
        let (classes, of_kind) = classes(board, &kinds, &weights, |_| true);
        let cells = grid.cells().len();
        let mut profile = vec![ByHour::default(); classes.len()];
        let mut by_cell = vec![vec![0u128; cells]; classes.len()];
        for (rate, class) in given.rates.iter().zip(of_kind) {
            let Some(class) = class else { continue };
            let numbers: Vec<u16> = rate.cells.iter().filter_map(|c| grid.number(*c)).collect();
            let (over, each) = match numbers.len() {
                0 => (0..cells as u16, cells.max(1)),
                n => (0..0, n),
            };
            let weight = u128::from(sum(rate)) * SHARE / each as u128;
            over.chain(numbers).for_each(|cell| by_cell[class][usize::from(cell)] += weight);
            for (slot, milli) in Slot::all().zip(rate.milli.as_flattened()) {
                profile[class][slot.day()][usize::from(slot.hour)] +=
                    u128::from(*milli) * u128::from(CALL) / 1000;
            }
        }
        let shares = by_cell.iter().map(|weights| normal(weights)).collect();
        let (seen, hours) = (BTreeMap::new(), ByHour::default());
        Demand { grid, origin: Origin::Given, classes, profile, shares, seen, hours }
    }

    /// The cells.
    pub fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// The classes.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Where the rates come from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Rates at an hour.
    pub fn rates(&self, slot: Slot) -> Rates {
        let mut rates = Vec::with_capacity(self.classes.len() * self.grid.cells().len());
        for (profile, shares) in self.profile.iter().zip(&self.shares) {
            let rate = profile[slot.day()][usize::from(slot.hour)];
            rates.extend(shares.iter().map(|s| (rate * u128::from(*s) / SHARE).min(u32::MAX.into()) as u32));
        }
        Rates::new(self.grid.cells().len(), rates)
    }

    /// What is known of a class in a cell at an hour.
    pub fn known(&self, class: usize, cell: u16, slot: Slot) -> Known {
        let at = (slot.day(), usize::from(slot.hour));
        let (rate, share) = (self.profile[class][at.0][at.1], self.shares[class][usize::from(cell)]);
        Known {
            origin: self.origin,
            seen: self.seen.get(&(class, cell, slot)).copied().unwrap_or(0),
            hours: self.hours[at.0][at.1] as u64,
            class_rate: rate as u64,
            share_ppm: (u128::from(share) * 1_000_000 / SHARE) as u32,
            rate: (rate * u128::from(share) / SHARE) as u64,
        }
    }
}

/// The classes, and which each kind belongs to.
fn classes(
    board: &Board,
    kinds: &[Kind],
    weights: &[u64],
    carried: impl Fn(u32) -> bool,
) -> (Vec<Class>, Vec<Option<usize>>) {
    let all = kinds.iter().zip(weights).zip(0..);
    let weighed: Vec<Weighed<'_>> = all
        .map(|((kind, calls), number)| Weighed { number, kind, calls: *calls, carried: carried(number) })
        .collect();
    let classes = Class::of(board, &weighed);
    let mut of_kind = vec![None; kinds.len()];
    for (at, class) in classes.iter().enumerate() {
        class.kinds.iter().for_each(|kind| of_kind[*kind as usize] = Some(at));
    }
    (classes, of_kind)
}

/// Neighbouring hours by a quarter, a half, a quarter; times four.
fn around(hours: &[u128; 24], h: usize) -> u128 {
    hours[(h + 23) % 24] + 2 * hours[h] + hours[(h + 1) % 24]
}

/// Calls an hour of each class, in parts of [`CALL`].
fn profiles(classes: usize, seen: &BTreeMap<(usize, u16, Slot), u64>, hours: &ByHour) -> Vec<ByHour> {
    let (call, whole) = (u128::from(CALL), u128::from(WHOLE) * 4);
    let mut own = vec![ByHour::default(); classes];
    let mut all = ByHour::default();
    for ((class, _, slot), n) in seen {
        own[*class][slot.day()][usize::from(slot.hour)] += u128::from(*n);
        all[slot.day()][usize::from(slot.hour)] += u128::from(*n);
    }
    let total: u128 = all.as_flattened().iter().sum();
    let mean = total * call / hours.as_flattened().iter().sum::<u128>().max(1);
    let both = |of: &ByHour| -> [u128; 24] { std::array::from_fn(|h| of[0][h] + of[1][h]) };
    let (any, any_hours) = (both(&all), both(hours));
    let shrunk = |n: u128, e: u128, prior: u128, parent: u128| {
        (n * call + prior * whole * parent) / (e + prior * whole)
    };
    let usual: [u128; 24] =
        std::array::from_fn(|h| shrunk(around(&any, h), around(&any_hours, h), PRIOR[0], mean));
    let by_day: ByHour = std::array::from_fn(|d| {
        std::array::from_fn(|h| shrunk(around(&all[d], h), around(&hours[d], h), PRIOR[1], usual[h]))
    });
    let of_class = |own: &ByHour| -> ByHour {
        let calls: u128 = own.as_flattened().iter().sum();
        let parent = |d: usize, h: usize| by_day[d][h] * calls / total.max(1);
        std::array::from_fn(|d| {
            std::array::from_fn(|h| shrunk(around(&own[d], h), around(&hours[d], h), PRIOR[2], parent(d, h)))
        })
    };
    own.iter().map(of_class).collect()
}

/// Each cell's share of each class, in parts of [`SHARE`].
fn shares(classes: usize, seen: &BTreeMap<(usize, u16, Slot), u64>, grid: &Grid) -> Vec<Vec<u64>> {
    let cells = grid.cells().len();
    let mut own = vec![vec![0u128; cells]; classes];
    let mut all = vec![0u128; cells];
    for ((class, cell, _), n) in seen {
        own[*class][usize::from(*cell)] += u128::from(*n);
        all[usize::from(*cell)] += u128::from(*n);
    }
    // thousandfold, so that what is shared out among neighbours stays whole
    let spread = |counts: &[u128]| {
        let mut out = vec![0u128; cells];
        for (cell, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            let beside = grid.beside(cell as u16);
            let each = n * 500 / beside.len().max(1) as u128;
            out[cell] += n * 1000 - each * beside.len() as u128;
            beside.iter().for_each(|b| out[usize::from(*b)] += each);
        }
        out
    };
    let whole = u128::from(WHOLE) * 1000;
    let evenly = PRIOR[3] * whole / cells.max(1) as u128;
    let usual = normal(&spread(&all).into_iter().map(|n| n + evenly).collect::<Vec<_>>());
    let of_class = |own: &Vec<u128>| {
        let parent = usual.iter().map(|s| PRIOR[4] * whole * u128::from(*s) / SHARE);
        normal(&spread(own).into_iter().zip(parent).map(|(n, p)| n + p).collect::<Vec<_>>())
    };
    own.iter().map(of_class).collect()
}

/// Weights as parts of [`SHARE`].
fn normal(weights: &[u128]) -> Vec<u64> {
    let sum: u128 = weights.iter().sum::<u128>().max(1);
    weights.iter().map(|w| (w * SHARE / sum) as u64).collect()
}
