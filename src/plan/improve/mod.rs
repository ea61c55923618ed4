//! A plan that keeps improving: a patch of it is cut out, searched by `solve`, and what is better is proposed.
//!
//! A [`Patch`] is a small board of its own: the shifts around a seed with their visits, parts and travel. It is cut
//! out of the desk; searching and judging it needs the desk no more. A [`Proposal`]
//! is verified on the patch by the very rules that the board then applies again. Equal desks, moments, seeds and
//! rounds give equal proposals; no clock is read.

mod dense;
mod patch;
mod propose;

pub use patch::{Focus, Patch};

use super::Desk;
use crate::board::command::Adoption;
use crate::board::decision::Terms;
use crate::solve::{Answer, Dense, Options, Stop, solve};
use crate::units::{Cost, Time};
use std::sync::Arc;

/// Rounds of the short search that tells which open jobs there may be room for.
const TRIAL: u64 = 100;

/// Better routes for some shifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What the board is asked to take over.
    pub adoption: Adoption,
    /// What the routes cost as they are, term by term.
    pub before: Terms,
    /// What they would cost, changed promises included.
    pub after: Terms,
    /// Visits that get another technician.
    pub moved: u32,
    /// Open jobs that get a visit.
    pub planned: u32,
}

impl Proposal {
    /// How much cheaper it is; may be negative where an open job gets a visit.
    pub fn gain(&self) -> Cost {
        self.before.total() - self.after.total()
    }
}

/// How long and how to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// What chance is drawn from.
    pub seed: u64,
    /// Rounds of the search.
    pub rounds: u64,
    /// Threads; the result is the same on any number of them.
    pub threads: usize,
}

impl Desk {
    /// Cuts out a patch drawn by `seed`, searches it for `rounds` rounds, and tells what is better: proposals that
    /// touch no route in common, the best first. Nothing changes.
    pub fn improve(&self, now: Time, seed: u64, rounds: u64) -> Vec<Proposal> {
        self.draw(now, seed).map_or_else(Vec::new, |focus| self.improve_around(now, &focus, seed, rounds))
    }

    /// The same around a focus.
    pub fn improve_around(&self, now: Time, focus: &Focus, seed: u64, rounds: u64) -> Vec<Proposal> {
        let patch = self.patch(now, focus);
        patch.map_or_else(Vec::new, |patch| patch.search(&Effort { seed, rounds, threads: 1 }))
    }
}

impl Patch {
    /// Searches; see [`Desk::improve`].
    pub fn search(&self, effort: &Effort) -> Vec<Proposal> {
        let Some(mut layout) = dense::lay_out(self) else { return Vec::new() };
        // Whom a short search finds no room for stays out of the long one: it would give up order for nothing.
        if layout.items.iter().any(|i| i.had.is_none()) {
            let found = run(&layout, &Effort { rounds: TRIAL.min(effort.rounds), ..*effort });
            layout.leave_out(&found.unassigned);
        }
        let found = run(&layout, effort);
        propose::proposals(&layout, &layout.start(), &found.routes)
    }
}

fn run(layout: &dense::Layout<'_>, effort: &Effort) -> Answer {
    let (problem, start) = layout.problem();
    let sealed = Arc::new(Dense::seal(problem).expect("a patch is a sound problem"));
    let options = Options {
        seed: effort.seed,
        threads: effort.threads,
        start: Some(start),
        // The board says what is worth it.
        adopt: 0,
        ..Options::default()
    };
    solve(&sealed, &options, Stop::Rounds(effort.rounds), &mut |_| {})
}
