//! Whom to ask to wait elsewhere: coverage says who and where, the board whether it can be.

use super::Desk;
use crate::board::command::MoveWish;
use crate::board::decide::Idle;
use crate::board::moves::{DWELL, LEAST_STAY};
use crate::coverage::moves::{Free, Terms, best};
use crate::units::Time;

impl Desk {
    /// The move that is worth most at a moment and that the board would propose; `None` where none is worth its way
    /// or the policy wants no more. The same on equal boards at equal moments.
    pub fn best_move(&self, now: Time) -> Option<MoveWish> {
        let board = self.board();
        let policy = &board.region.policy;
        if board.moves.all_open().len() >= policy.moves_at_once as usize {
            return None;
        }
        let idle: Vec<Idle<'_>> = board.whereabouts.keys().filter_map(|id| board.idle(now, id)).collect();
        if idle.is_empty() {
            return None;
        }
        let cover = self.coverage(now);
        let measure = cover.measure();
        let stands =
            |idle: &Idle<'_>| cover.unit(&idle.technician.id).filter(|unit| measure.unit(*unit).is_some());
        let who: Vec<(&Idle<'_>, usize)> = idle.iter().filter_map(|i| Some((i, stands(i)?))).collect();
        let free: Vec<Free> =
            who.iter().map(|(idle, unit)| Free { unit: *unit, left: idle.until - now }).collect();
        let lateness: Vec<u32> = cover.classes().iter().map(|c| c.lateness_permille).collect();
        let terms = Terms {
            lateness_permille: &lateness,
            drive: policy.move_drive,
            travel_permille: policy.travel_permille,
            stay: DWELL,
            least_stay: LEAST_STAY,
        };
        best(measure, &free, &terms).into_iter().find_map(|found| {
            let (idle, to) = (who[found.who].0, cover.grid().middles()[usize::from(found.cell)]);
            let posting = board.posting(now, idle, to, self.travel()).ok()?;
            let technician = idle.technician.id.clone();
            let wish = MoveWish { technician, to, gain: found.gain, a_minute: found.a_minute };
            posting.pays(wish.a_minute).then_some(wish)
        })
    }
}
