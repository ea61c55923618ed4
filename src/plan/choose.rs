//! The decision: everybody is looked at, the best three are told, or why nobody fits.

use super::ask::Ask;
use super::cover;
use super::explain::{Positions, Told, rejections, tell};
use super::index::Index;
use super::parts::supply;
use super::remedy::remedies;
use super::scan::{Fit, Who, best};
use super::search::{check, search};
use super::travel::{Quick, Travel};
use super::unfit::{at_a_glance, misses};
use crate::board::decision::{Cause, Decision, Outcome, Rule};
use crate::board::fleet::Technician;
use crate::board::id::TechnicianId;
use crate::board::scarcity::Holders;
use crate::board::schedule::Miss;

/// How many candidates are told: the winner and the next two.
pub const TOLD: usize = 3;

/// What deciding rests on besides the question.
#[derive(Clone, Copy, Debug)]
pub struct Knowledge<'a> {
    /// Travel times.
    pub travel: &'a Travel,
    /// Newest positions.
    pub positions: &'a Positions,
    /// Holders of certificates.
    pub holders: &'a Holders,
    /// Open positions.
    pub index: &'a Index,
}

/// A decision with the proposals that go with it, the best first.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is told.
    pub decision: Decision,
    /// One a candidate.
    pub told: Vec<Told>,
}

/// Decides with one's own people first, where the policy keeps partners back: they are only looked at where
/// nobody of one's own could start soon enough after the call.
pub fn staged<'a>(
    ask: &Ask<'a>,
    known: &Knowledge<'a>,
    decide: impl Fn(&Ask<'a>, &Knowledge<'a>) -> Choice,
) -> Choice {
    let Some(within) = ask.policy.partner_after.filter(|_| known.holders.partners() > 0) else {
        return decide(ask, known);
    };
    let own = decide(&Ask { partners: false, ..*ask }, known);
    let soon =
        own.decision.chosen.as_ref().is_some_and(|c| c.start <= ask.called.max(ask.asked().start) + within);
    if soon { own } else { decide(ask, known) }
}

/// Decides.
pub fn choose<'a>(ask: &Ask<'a>, known: &Knowledge<'a>, cause: Cause) -> Choice {
    if !ask.need.takes_a_visit() {
        return Choice { decision: blank(ask, known, cause, Outcome::NoVisitNeeded), told: Vec::new() };
    }
    let fits = search(ask, known);
    if fits.is_empty() {
        return nobody(ask, known, cause, &misses(ask, known));
    }
    assigned(ask, known, cause, &fits)
}

/// As [`choose`], without a word where nobody fits.
pub fn offer<'a>(ask: &Ask<'a>, known: &Knowledge<'a>, cause: Cause) -> Option<Choice> {
    let fits = search(ask, known);
    (!fits.is_empty()).then(|| assigned(ask, known, cause, &fits))
}

/// Why nobody fits, without what would help.
pub fn reasons(ask: &Ask<'_>, known: &Knowledge<'_>) -> Vec<(Rule, String)> {
    let told = rejections(ask, &misses(ask, known));
    told.into_iter().map(|r| (r.rule, r.missed)).collect()
}

/// Decides by weighing every way of everybody: the slow witness of [`choose`].
pub fn witness<'a>(ask: &Ask<'a>, known: &Knowledge<'a>, cause: Cause) -> Choice {
    if !ask.need.takes_a_visit() {
        return Choice { decision: blank(ask, known, cause, Outcome::NoVisitNeeded), told: Vec::new() };
    }
    let (fits, misses) = everybody(ask, known);
    if fits.is_empty() { nobody(ask, known, cause, &misses) } else { assigned(ask, known, cause, &fits) }
}

/// Decides for one technician; `None` where the job does not fit there.
pub fn choose_one<'a>(
    ask: &Ask<'a>,
    known: &Knowledge<'a>,
    technician: &TechnicianId,
    cause: Cause,
) -> Option<Choice> {
    let technician = ask.board.technicians.get(technician).filter(|_| ask.need.takes_a_visit())?;
    let who = Who::of(ask, known, technician);
    let found = best(ask, &who, &Quick(known.travel)).ok()?;
    Some(assigned(ask, known, cause, &[(who, found)]))
}

fn assigned<'a>(ask: &Ask<'a>, known: &Knowledge<'a>, cause: Cause, fits: &[(Who<'a>, Fit<'a>)]) -> Choice {
    let tell = |(who, found): &(Who<'a>, Fit<'a>)| {
        let supply = supply(ask, who.technician).expect("what fits has its parts");
        tell(ask, found, &supply, known.travel)
    };
    let told: Vec<Told> = fits.iter().map(tell).collect();
    let mut decision = blank(ask, known, cause, Outcome::Assigned);
    let mut candidates = told.iter().map(|t| t.candidate.clone());
    decision.chosen = candidates.next();
    decision.runners_up = candidates.collect();
    let Decision { chosen, runners_up, .. } = &decision;
    decision.coverage = chosen.as_ref().and_then(|chosen| cover::told(ask, chosen, runners_up));
    decision.rejections = at_a_glance(ask, known);
    Choice { decision, told }
}

fn nobody(ask: &Ask<'_>, known: &Knowledge<'_>, cause: Cause, misses: &[(&Technician, Miss)]) -> Choice {
    let mut decision = blank(ask, known, cause, Outcome::NobodyFits);
    decision.rejections = rejections(ask, misses);
    decision.remedies = remedies(ask, misses, known.positions, known.holders, known.travel);
    Choice { decision, told: Vec::new() }
}

fn blank(ask: &Ask<'_>, known: &Knowledge<'_>, cause: Cause, outcome: Outcome) -> Decision {
    let wanted = known.index.wanted(&ask.demand.requirements);
    let held = known.index.taken().filter(|slot| known.index.mask(*slot) & wanted == wanted);
    Decision {
        outcome,
        chosen: None,
        runners_up: Vec::new(),
        rejections: Vec::new(),
        remedies: Vec::new(),
        travel_model: known.travel.model().name().to_owned(),
        considered: ask.board.technicians.len() as u32,
        certified: held.count() as u32,
        decided: ask.now,
        cause,
        coverage: None,
    }
}

type Everybody<'a> = (Vec<(Who<'a>, Fit<'a>)>, Vec<(&'a Technician, Miss)>);

/// The best three technicians, and why each of the others does not fit.
fn everybody<'a>(ask: &Ask<'a>, known: &Knowledge<'a>) -> Everybody<'a> {
    let mut fits: Vec<(Who<'a>, Fit<'a>)> = Vec::new();
    let mut misses = Vec::new();
    for technician in ask.board.technicians.values() {
        let who = Who::of(ask, known, technician);
        match best(ask, &who, &Quick(known.travel)) {
            Ok(found) => {
                debug_assert_eq!(check(ask, known, &found), Ok(()), "bounds are no higher than costs");
                let place = fits.partition_point(|(_, f)| f.rank() < found.rank());
                fits.insert(place, (who, found));
                fits.truncate(TOLD);
            }
            Err(miss) => misses.push((technician, miss)),
        }
    }
    (fits, misses)
}
