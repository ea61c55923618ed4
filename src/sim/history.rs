//! The days before the day: what the dispatcher has learned of demand when it begins.

use super::world::Maker;
use super::world::calls::{Heard, Wish};
use crate::board::Board;
use crate::board::calls::Kind;
use crate::board::decide::resolve;
use crate::city::chance::Chance;
use crate::geo::Cell;
use crate::units::{Span, Time};

/// Usual days that the dispatcher has seen before.
const HISTORY: u32 = 14;

impl Maker<'_> {
    /// What was called in on the days before, drawn as usual days are: what the dispatcher has learned of demand.
    pub(super) fn remember(&self, board: &mut Board, seed: u64) {
        for day in (1..=HISTORY).rev() {
            let chance = Chance::new(seed ^ (u64::from(day) << 40));
            let maker = Maker { chance, ..*self };
            let earlier = |at: Time| at - Span::hours(24 * i64::from(day));
            let usual = 0..self.scenario.demand.jobs;
            let mut calls: Vec<Heard> =
                usual.map(|n| maker.heard(&format!("h{n:05}"), 0, &Wish::default())).collect();
            calls.sort_by_key(|c| c.at);
            for call in calls {
                let need = &call.need;
                let demand = resolve(board, need, call.at).expect("a drawn job is sound");
                let cell = Cell::of(need.place, board.region.grid_resolution);
                board.calls.count(Kind::of(need, &demand), cell, earlier(call.at));
            }
        }
        board.note_carried();
    }
}
