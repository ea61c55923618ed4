//! Coverage as the desk keeps it, and what it says of a decision.
//!
//! What a visit takes from coverage is the term Coverage: the minutes within the next hour that the technician is away
//! for it, times what a minute of that technician is worth ([`Cover::a_minute`]), times the policy's factor, at most
//! ten minutes of paid time. It is never below zero, so what bounds a route's cost from below bounds the whole.

use super::ask::Ask;
use crate::board::Board;
use crate::board::decision::{Candidate, CostKind};
use crate::board::fleet::Technician;
use crate::board::id::TechnicianId;
use crate::board::region::Policy;
use crate::coverage::live::{Change, Cover, Lacking, lacking};
use crate::coverage::odds::ONE;
use crate::coverage::{Atlas, words};
use crate::units::{Cost, Time};
use parking_lot::Mutex;
use std::sync::Arc;

/// The measure of the desk's board: made when first asked for, then kept up. Never an answer of its own: whoever asks
/// at a moment gets what a fresh measure of the board would be.
#[derive(Debug)]
pub struct Kept {
    atlas: Atlas,
    cover: Mutex<Option<Arc<Cover>>>,
}

impl Clone for Kept {
    fn clone(&self) -> Kept {
        Kept { atlas: self.atlas.clone(), cover: Mutex::new(self.cover.lock().clone()) }
    }
}

impl Kept {
    /// Nothing yet.
    pub fn new(atlas: Atlas) -> Kept {
        Kept { atlas, cover: Mutex::default() }
    }

    /// Takes note of a change.
    pub fn touch(&mut self, change: Change<'_>) {
        self.cover.get_mut().iter_mut().for_each(|cover| Arc::make_mut(cover).touch(change));
    }

    /// The measure of `board` at a moment.
    pub fn at(&self, board: &Board, now: Time) -> Arc<Cover> {
        let mut kept = self.cover.lock();
        let cover = kept.get_or_insert_with(|| Arc::new(Cover::of(board, &self.atlas, now)));
        if !cover.is_at(board, now) {
            Arc::make_mut(cover).bring(board, now);
        }
        cover.clone()
    }

    /// What the measure of `board` at a moment lacks.
    pub fn lacks(&self, board: &Board, now: Time) -> Option<Lacking> {
        lacking(board, &self.atlas, self.cover.lock().as_deref(), now)
    }

    /// Whether what is kept is what a fresh measure would be.
    pub fn is_in_step(&self, board: &Board) -> bool {
        let Some(cover) = self.cover.lock().clone() else { return true };
        let now = cover.minute();
        self.at(board, now).same(&Cover::of(board, &self.atlas, now))
    }
}

/// What a minute of a technician is worth by the policy; nothing where coverage has no say.
pub fn stake(cover: Option<&Cover>, policy: &Policy, technician: &TechnicianId) -> Cost {
    let permille = i64::from(policy.coverage_permille);
    cover.map_or(Cost::ZERO, |cover| Cost(cover.a_minute(technician).0 * permille / 1000))
}

/// What coverage has to say of a choice, in words; `None` where it had none.
pub fn told(ask: &Ask<'_>, chosen: &Candidate, others: &[Candidate]) -> Option<String> {
    let cover = ask.cover?;
    let spared = |c: &Candidate| c.terms.total() - c.terms.of(CostKind::Coverage);
    let name = |id: &TechnicianId| {
        ask.board.technicians.get(id).map_or(id.as_str(), |t: &Technician| t.display_name.as_str()).to_owned()
    };
    // who would have gone if coverage were worth nothing
    let instead = others.iter().filter(|c| spared(c) < spared(chosen)).min_by_key(|c| spared(c));
    if let Some(other) = instead {
        let (who, instead) = (name(&chosen.technician), name(&other.technician));
        return Some(format!(
            "chose {who} over {instead}: {instead} {}",
            needed(ask.board, cover, &other.technician)?
        ));
    }
    let spent = chosen.terms.of(CostKind::Coverage) > Cost::ZERO;
    let who =
        || Some(format!("{} {}", name(&chosen.technician), needed(ask.board, cover, &chosen.technician)?));
    if spent { who() } else { None }
}

/// What a technician is needed for where they are: "is the last refrigerant-certified technician in reach of 41
/// cells".
fn needed(board: &Board, cover: &Cover, id: &TechnicianId) -> Option<String> {
    let unit = cover.unit(id)?;
    let bare = |class: &usize| cover.measure().left_bare(unit, *class, ONE / 2);
    let most = (0..cover.classes().len()).map(|class| (bare(&class), std::cmp::Reverse(class))).max()?;
    if let (cells @ 1.., std::cmp::Reverse(class)) = most {
        let who = words::someone(&board.catalog, &cover.classes()[class]);
        let cells = if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") };
        return Some(format!("is the last {who} in reach of {cells}"));
    }
    let lost: u64 = cover.measure().loss(unit).iter().sum();
    let calls = words::calls_an_hour(lost / u64::from(ONE));
    Some(format!("covers {calls} calls an hour that nobody else would be in time for"))
}
