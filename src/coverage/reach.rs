//! Which cells are in reach of which, and how far they are, at one hour.

use super::odds::STEP;
use crate::units::Span;

/// A cell in reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its number.
    pub cell: u16,
    /// Travel in steps of [`STEP`].
    pub step: u16,
}

/// For each cell the cells that may be reached from it in time, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    starts: Vec<u32>,
    near: Vec<Near>,
}

/// Most cells of a region.
pub const MOST_CELLS: usize = 10_000;

impl Reach {
    /// From the seconds between the middles of each cell and all others; what takes `steps` steps or longer is out
    /// of reach. Within a cell it takes at least `inside`.
    pub fn of(
        cells: usize,
        steps: usize,
        inside: Span,
        mut seconds: impl FnMut(usize, &mut Vec<u32>),
    ) -> Reach {
        assert!(cells <= usize::from(u16::MAX), "cells are numbered with 16 bits");
        let mut reach = Reach { starts: vec![0], near: Vec::new() };
        let mut row = Vec::new();
        for from in 0..cells {
            seconds(from, &mut row);
            for (to, seconds) in row.iter().enumerate() {
                let step = i64::from(*seconds).max(inside.0) / STEP;
                if step < steps as i64 {
                    reach.near.push(Near { cell: to as u16, step: step as u16 });
                }
            }
            reach.starts.push(reach.near.len() as u32);
        }
        reach
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.starts.len() - 1
    }

    /// The cells in reach of one.
    #[inline]
    pub fn from(&self, cell: u16) -> &[Near] {
        let cell = usize::from(cell);
        &self.near[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }

    /// Travel between two cells; `None` where the one is out of the other's reach.
    pub fn travel(&self, from: u16, to: u16) -> Option<Span> {
        self.step(from, to).map(|step| Span(i64::from(step) * STEP + STEP / 2))
    }

    /// The same in steps.
    pub fn step(&self, from: u16, to: u16) -> Option<u16> {
        let near = self.from(from);
        near.binary_search_by_key(&to, |n| n.cell).ok().map(|at| near[at].step)
    }
}
