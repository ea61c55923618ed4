//! What a human's wish would do: the way found for it, what it costs before and after, what it gives up.
//!
//! Everything is tried on an excerpt of the board: the technicians concerned, their routes and vans. The
//! machine's own choice is told beside it, found by the usual search over everybody.

use super::ask::Ask;
use super::desk::{Desk, Question};
use super::explain::tell;
use super::parts::{Way, supply};
use super::scan::{Only, Who, best, best_at};
use super::search::search;
use super::stand::stand;
use super::travel::Quick;
use super::weigh::{late, weigh};
use super::whole::{ask_of, terms};
use crate::board::command::Assignment;
use crate::board::decision::{Candidate, Cause, CostKind, Decision, Outcome, Terms};
use crate::board::fleet::{Errand, Route};
use crate::board::id::{JobId, Location, TechnicianId};
use crate::board::job::{Commitment, Job, Need};
use crate::board::refusal::Noun;
use crate::board::schedule::{Errands, LONGEST_OVERTIME, Sheet, frozen_stops, schedule};
use crate::board::{Board, Command, Refusal};
use crate::units::{Cost, Span, Time};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many orders of a route are kept while stops are put into it.
const ORDERS: usize = 8;

/// Who shall go, as a human says.
#[derive(Clone, Debug)]
pub struct Wish {
    /// To which job.
    pub job: JobId,
    /// Who.
    pub technician: TechnicianId,
    /// In the shift that starts then; in the cheapest where `None`.
    pub shift: Option<Time>,
    /// After so many visits of the route; in the cheapest place where `None`.
    pub position: Option<u32>,
}

/// A wish that can be done, ready for the board.
#[derive(Clone, Debug)]
pub struct ByHand {
    /// Who goes and how.
    pub assignment: Assignment,
    /// What was weighed.
    pub decision: Arc<Decision>,
    /// What it does.
    pub evaluation: Evaluation,
}

/// What a change does to the routes it touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// What those routes cost now, what lies ahead of them.
    pub before: Terms,
    /// The same after the change.
    pub after: Terms,
    /// What it gives up.
    pub breaches: Vec<Breach>,
    /// The way found.
    pub chosen: Option<Candidate>,
    /// What the machine would choose, where it would choose anybody.
    pub cheapest: Option<Candidate>,
}

/// Something that a human may do and the machine would not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What kind of thing.
    pub kind: Soft,
    /// At which job's visit, where at one.
    pub job: Option<JobId>,
    /// In words.
    pub words: String,
    /// By how much time, where it is about time.
    pub by: Option<Span>,
    /// What it costs, in thousandths of a paid second, where that is known.
    pub cost: Option<Cost>,
}

/// The rules of taste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Soft {
    /// Work starts after the response target.
    Lateness,
    /// The way home ends after shift and allowance.
    Overtime,
    /// Work starts after the promised window.
    Promise,
    /// Somebody else would cost less.
    NotCheapest,
    /// A scarce certificate is spent on a common job.
    Scarcity,
}

/// What a lock costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockPrice {
    /// The job.
    pub job: JobId,
    /// What its visit costs where it is.
    pub locked: Terms,
    /// The best that the machine would make of it; `None` where nobody would fit.
    pub best: Option<Candidate>,
}

impl LockPrice {
    /// What would be saved without the lock; `None` where nothing else fits.
    pub fn price(&self) -> Option<Cost> {
        self.best.as_ref().map(|best| self.locked.total() - best.terms.total())
    }
}

impl Desk {
    /// Finds the way for a human's wish and says what it does.
    ///
    /// # Errors
    /// Where the wish names what is not there, and where it is impossible: with the rule.
    pub fn assign_by_hand(&self, now: Time, wish: &Wish, locked: bool) -> Result<ByHand, Refusal> {
        let board = self.board();
        let known = self.knowledge();
        let job = board.jobs.get(&wish.job).ok_or_else(|| not_found(Noun::Job, wish.job.as_str()))?;
        let missing = |noun| not_found(noun, wish.technician.as_str());
        let technician = board.technicians.get(&wish.technician).ok_or_else(|| missing(Noun::Technician))?;
        if wish.shift.is_some_and(|start| technician.shifts.iter().all(|s| s.window.start != start)) {
            return Err(missing(Noun::Shift));
        }
        let freed = self.freed(now, job, Some(&wish.technician))?;
        let mut lenient = freed.clone();
        let usual = board.region.policy.overtime_allowance;
        let who = lenient.technicians.get_mut(&wish.technician).expect("it is in the excerpt");
        who.overtime_allowance = Some(who.overtime_allowance.unwrap_or(usual).max(LONGEST_OVERTIME));
        let unreached = self.unreached(job.need.place);
        let cover = self.stakes(now, &board.region.policy);
        let ask = Ask {
            by_hand: true,
            cover: cover.as_deref(),
            ..ask_of(&lenient, job, now, unreached.as_deref())
        };
        let only = Only { shift: wish.shift, position: wish.position };
        let who = self.who(&ask, &wish.technician);
        let found = best_at(&ask, &who, &only, &Quick(known.travel)).map_err(breaks)?;
        let parts = supply(&ask, who.technician).map_err(breaks)?;
        let told = tell(&ask, &found, &parts, known.travel);
        let cheapest = self.cheapest(now, job, &freed);
        let decision = Arc::new(self.decided(now, &told.candidate, cheapest.as_ref()));
        let place = Command::Place {
            job: job.id.clone(),
            assignment: told.assignment.clone(),
            locked,
            decision: decision.clone(),
            revision: None,
        };
        let mut evaluation = self.evaluation(now, &place)?;
        evaluation.breaches.extend(dearer(&told.candidate, cheapest.as_ref()));
        let spent = told.candidate.terms.of(CostKind::Scarcity);
        if spent > Cost::ZERO {
            let words = format!("{} holds a certificate that few hold", wish.technician);
            let cost = Some(spent);
            evaluation.breaches.push(Breach { kind: Soft::Scarcity, job: None, words, by: None, cost });
        }
        evaluation.chosen = Some(told.candidate);
        evaluation.cheapest = cheapest;
        Ok(ByHand { assignment: told.assignment, decision, evaluation })
    }

    /// What a change of routes by hand does: the routes it touches before and after, and what it gives up.
    ///
    /// # Errors
    /// The command's refusal.
    pub fn evaluation(&self, now: Time, command: &Command) -> Result<Evaluation, Refusal> {
        let board = self.board();
        let events = self.judge(now, command)?;
        let touched: BTreeSet<(TechnicianId, Time)> = events
            .iter()
            .filter_map(|e| match e {
                crate::board::Event::RouteSet { technician, shift, .. } => Some((technician.clone(), *shift)),
                _ => None,
            })
            .collect();
        let of = touched.iter().map(|(id, _)| id.clone()).collect();
        let job = match command {
            Command::Place { job, .. } | Command::Unassign { job, .. } => Some(job),
            _ => None,
        };
        let before = board.excerpt(&of, job);
        let mut after = before.clone();
        events.iter().for_each(|e| after.apply(e, now));
        let mut told = Evaluation::default();
        for (id, shift) in &touched {
            for (board, sum) in [(&before, &mut told.before), (&after, &mut told.after)] {
                if let Some(route) = board.route(id, *shift) {
                    let of_route = terms(board, self.knowledge().holders, &board.technicians[id], route, now);
                    of_route.iter().for_each(|(kind, cost)| sum.add(kind, cost));
                }
            }
            let routes = (before.route(id, *shift), after.route(id, *shift));
            told.breaches.extend(late_for_hand(&before, &after, routes, now));
            told.breaches.extend(overtime(&after, id, routes));
        }
        Ok(told)
    }

    /// The order of errands that brings a route's visits into the order said: depot stops and breaks go where
    /// they cost least.
    ///
    /// # Errors
    /// Where the visits are not those that lie ahead, and where no such order is possible.
    pub fn reordered(
        &self,
        now: Time,
        (id, shift): (&TechnicianId, Time),
        visits: &[JobId],
    ) -> Result<Vec<Errand>, Refusal> {
        let board = self.board();
        let missing = |noun| not_found(noun, id.as_str());
        let technician = board.technicians.get(id).ok_or_else(|| missing(Noun::Technician))?;
        let route = board.route(id, shift).ok_or_else(|| missing(Noun::Shift))?;
        let frozen = frozen_stops(route, now);
        let (past, ahead) = route.stops.split_at(frozen);
        let mut wanted: Vec<&JobId> = visits.iter().collect();
        let mut had: Vec<&JobId> = ahead.iter().filter_map(|s| visited(&s.errand)).collect();
        wanted.sort();
        had.sort();
        if wanted != had {
            let named = had.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            let description = format!("has to name each visit that lies ahead once: {named}");
            return Err(Refusal::Invalid(vec![crate::board::refusal::Violation {
                field: "visits".into(),
                description,
            }]));
        }
        let mut errands: Vec<Errand> = past.iter().map(|s| s.errand.clone()).collect();
        errands.extend(visits.iter().cloned().map(Errand::Visit));
        let shift_of = technician.shift(shift);
        let shift_of = shift_of.ok_or_else(|| missing(Noun::Shift))?;
        let sheet = Sheet::at(board, now, technician, shift_of, Some(route)).by_hand();
        let stops: Vec<&Errand> = ahead.iter().map(|s| &s.errand).filter(|e| visited(e).is_none()).collect();
        let cost = |errands: &[Errand]| {
            let after = schedule(&sheet, errands, board, self.knowledge().travel).map_err(breaks)?;
            Ok(terms(board, self.knowledge().holders, technician, &after, now).total())
        };
        self.among(errands, stops, frozen, &cost)
    }

    /// Puts depot stops and breaks among visits whose order is given, one at a time, and goes on with the few
    /// cheapest orders: depots first, each before the first visit that draws on it.
    fn among(
        &self,
        visits: Vec<Errand>,
        mut stops: Vec<&Errand>,
        frozen: usize,
        cost: &dyn Fn(&[Errand]) -> Result<Cost, Refusal>,
    ) -> Result<Vec<Errand>, Refusal> {
        stops.sort_by_key(|e| matches!(e, Errand::Break(_)));
        let mut all = vec![(cost(&visits)?, visits)];
        for stop in stops {
            let (mut next, mut refused) = (Vec::new(), None);
            for (_, errands) in &all {
                for at in frozen..=self.latest(errands, stop, frozen) {
                    let mut with = errands.clone();
                    with.insert(at, stop.clone());
                    match cost(&with) {
                        Ok(cost) => next.push((cost, with)),
                        Err(refusal) => refused = Some(refusal),
                    }
                }
            }
            next.sort();
            next.dedup();
            next.truncate(ORDERS);
            all = next;
            if let (true, Some(refusal)) = (all.is_empty(), refused) {
                return Err(refusal);
            }
        }
        Ok(all.swap_remove(0).1)
    }

    /// The last place for a stop: a depot comes before the first visit that draws on it, a break after the
    /// break before it.
    fn latest(&self, errands: &[Errand], stop: &Errand, frozen: usize) -> usize {
        let Errand::Depot(depot) = stop else { return errands.len() };
        let from = Location::Depot(depot.clone());
        let draws = |e: &Errand| {
            let visit = visited(e).and_then(|id| self.board().jobs[id].visit.as_ref());
            visit.is_some_and(|v| v.draws().any(|s| s.location == from))
        };
        let passed = errands[frozen..].contains(stop);
        let first = errands[frozen..].iter().position(draws).filter(|_| !passed);
        first.map_or(errands.len(), |n| frozen + n)
    }

    /// What each locked visit that may still be moved costs against the machine's best.
    pub fn lock_price(&self, now: Time, job: &Job) -> Option<LockPrice> {
        let visit = job.visit.as_ref().filter(|v| v.commitment == Commitment::Locked)?;
        let freed = self.freed(now, job, None).ok()?;
        let locked = self.as_it_stands(now, job, &freed)?;
        debug_assert!(freed.technicians.contains_key(&visit.technician));
        Some(LockPrice { job: job.id.clone(), locked, best: self.cheapest(now, job, &freed) })
    }

    /// What a visit costs where it is: its route with it against its route without.
    fn as_it_stands(&self, now: Time, job: &Job, freed: &Board) -> Option<Terms> {
        let visit = job.visit.as_ref()?;
        let route = self.board().route(&visit.technician, visit.shift)?;
        let unreached = self.unreached(job.need.place);
        let cover = self.stakes(now, &self.board().region.policy);
        let ask =
            Ask { by_hand: true, cover: cover.as_deref(), ..ask_of(freed, job, now, unreached.as_deref()) };
        let who = self.who(&ask, &visit.technician);
        let shift = who.technician.shift(visit.shift)?;
        let quick = Quick(self.knowledge().travel);
        let mut stand = stand(&ask, who.technician, shift, who.position, &quick).ok()?;
        stand.sheet = stand.sheet.by_hand();
        let errands: Vec<Errand> = route.stops.iter().map(|s| s.errand.clone()).collect();
        let awaits = visit.awaits.clone();
        let way = Way { awaits, ..way_of(&errands, &stand.errands(), &job.id)? };
        weigh(&ask, &stand, &way, &who.own, &quick).ok().map(|weighed| weighed.terms)
    }

    /// The board of a job's technician and another, without the job's visit.
    fn freed(&self, now: Time, job: &Job, other: Option<&TechnicianId>) -> Result<Board, Refusal> {
        let board = self.board();
        let old = job.visit.as_ref().map(|v| &v.technician);
        let of = old.into_iter().chain(other).cloned().collect();
        let mut after = board.excerpt(&of, Some(&job.id));
        if job.visit.is_some() {
            let (job, reason) = (job.id.clone(), String::new());
            let events =
                self.judge(now, &Command::Unassign { job, reason, replan: false, revision: None })?;
            events.iter().for_each(|e| after.apply(e, now));
        }
        Ok(after)
    }

    fn who<'a>(&'a self, ask: &Ask<'a>, id: &TechnicianId) -> Who<'a> {
        Who::of(ask, &self.knowledge(), &ask.board.technicians[id])
    }

    /// What the machine would choose were the job open: the best of the others, or the technician it is with.
    fn cheapest(&self, now: Time, job: &Job, freed: &Board) -> Option<Candidate> {
        let board = self.board();
        let known = self.knowledge();
        let visit = job.visit.as_ref();
        let mut excluded = job.need.excluded.clone();
        excluded.extend(visit.map(|v| v.technician.clone()));
        excluded.sort();
        excluded.dedup();
        let need = Need { excluded, ..job.need.clone() };
        let question = Question {
            policy: &board.region.policy,
            job: &job.id,
            need: &need,
            demand: &job.demand,
            called: job.created,
        };
        let granted = visit.map_or(&[][..], |v| &v.sources);
        let mut all: Vec<Candidate> = self.by(now, &question, |ask, known| {
            let ask = Ask { granted, ..*ask };
            let fits = search(&ask, known);
            let told = fits.first().and_then(|(who, found)| {
                let parts = supply(&ask, who.technician).ok()?;
                Some(tell(&ask, found, &parts, known.travel).candidate)
            });
            told.into_iter().collect()
        });
        if let Some(visit) = visit {
            let unreached = self.unreached(job.need.place);
            let cover = self.stakes(now, &board.region.policy);
            let ask = Ask { cover: cover.as_deref(), ..ask_of(freed, job, now, unreached.as_deref()) };
            let who = self.who(&ask, &visit.technician);
            let found = best(&ask, &who, &Quick(known.travel)).ok();
            all.extend(found.and_then(|found| {
                let parts = supply(&ask, who.technician).ok()?;
                Some(tell(&ask, &found, &parts, known.travel).candidate)
            }));
        }
        all.into_iter().min_by_key(|c| (c.terms.total(), c.technician.clone()))
    }

    /// The decision as it is stored: the human's choice, and what the machine would have done.
    fn decided(&self, now: Time, chosen: &Candidate, cheapest: Option<&Candidate>) -> Decision {
        let other = cheapest.filter(|c| *c != chosen).cloned();
        Decision {
            outcome: Outcome::Assigned,
            chosen: Some(chosen.clone()),
            runners_up: other.into_iter().collect(),
            rejections: Vec::new(),
            remedies: Vec::new(),
            travel_model: self.travel_model().to_owned(),
            considered: 1,
            certified: 1,
            decided: now,
            cause: Cause::Manual,
            coverage: None,
        }
    }
}

fn not_found(noun: Noun, id: &str) -> Refusal {
    Refusal::NotFound { noun, id: id.to_owned() }
}

fn breaks(miss: crate::board::schedule::Miss) -> Refusal {
    Refusal::Breaks { rule: miss.rule, missed: miss.missed, by: miss.by }
}

fn visited(errand: &Errand) -> Option<&JobId> {
    match errand {
        Errand::Visit(job) => Some(job),
        Errand::Depot(_) | Errand::Break(_) => None,
    }
}

/// The way that leads from a route without the visit to the one with it; `None` where more than the visit and
/// a depot stop differ.
fn way_of(with: &[Errand], without: &[Errand], job: &JobId) -> Option<Way> {
    let (mut at, mut depot_at, mut depot) = (None, None, None);
    let mut left = without.iter().peekable();
    for (i, errand) in with.iter().enumerate() {
        if left.peek() == Some(&errand) {
            left.next();
            continue;
        }
        match errand {
            Errand::Visit(id) if id == job && at.is_none() => at = Some(i),
            Errand::Depot(id) if depot_at.is_none() => (depot_at, depot) = (Some(i), Some(id.clone())),
            Errand::Visit(_) | Errand::Depot(_) | Errand::Break(_) => return None,
        }
    }
    let at = at.filter(|_| left.next().is_none())?;
    Some(Way { errands: with.to_vec(), at, depot_at, depot, awaits: Vec::new() })
}

/// Visits that start late by the change, or later than they did.
fn late_for_hand(
    before: &Board,
    after: &Board,
    (had, new): (Option<&Route>, Option<&Route>),
    now: Time,
) -> Vec<Breach> {
    let Some(route) = new else { return Vec::new() };
    let ahead = route.stops[frozen_stops(route, now)..].iter();
    let told = ahead.filter_map(|stop| {
        let id = visited(&stop.errand)?;
        let task = after.task(id);
        let by = late(task, stop.start);
        let was = had.and_then(|r| r.stop_of(id)).map_or(Span::ZERO, |(_, s)| late(before.task(id), s.start));
        if by <= was {
            return None;
        }
        let (kind, what) = match task.need.promised {
            Some(_) => (Soft::Promise, "the promised window ends"),
            None => (Soft::Lateness, "the response target"),
        };
        let words = format!("work at job {id} starts {by} after {what}");
        let cost = Some(super::weigh::rate(task.demand.lateness_permille, by - was));
        Some(Breach { kind, job: Some(id.clone()), words, by: Some(by), cost })
    });
    told.collect()
}

/// Overtime beyond what the machine may plan, where the change makes it or adds to it.
fn overtime(
    after: &Board,
    id: &TechnicianId,
    (had, new): (Option<&Route>, Option<&Route>),
) -> Option<Breach> {
    let technician = &after.technicians[id];
    let usual = after.region.policy.overtime_allowance;
    let allowance = new.or(had).map_or(usual, |r| technician.allowance(&r.shift, usual));
    let beyond = |r: &Route| (r.home.arrive - (r.shift.end + allowance)).or_zero();
    let (was, by) = (had.map_or(Span::ZERO, beyond), new.map_or(Span::ZERO, beyond));
    (by > was).then(|| {
        let words = format!("{id} is home {by} after the shift and its allowance of {allowance}");
        Breach { kind: Soft::Overtime, job: None, words, by: Some(by), cost: None }
    })
}

fn dearer(chosen: &Candidate, cheapest: Option<&Candidate>) -> Option<Breach> {
    let best = cheapest?;
    let by = chosen.terms.total() - best.terms.total();
    (by > Cost::ZERO).then(|| {
        let seconds = Span(by.0 / 1000);
        let words = format!("{} would cost {seconds} of paid time less", best.technician);
        Breach { kind: Soft::NotCheapest, job: None, words, by: None, cost: Some(by) }
    })
}
