//! Whether an emergency that nobody else reaches in time is worth calling somebody away who is on the way elsewhere.
//!
//! Each of the nearest is tried on an excerpt of the board: called away, given the emergency, and the visit given up
//! planned anew, by the same technician afterwards or by anybody else. The price of that is told with the decision.

use super::ask::Ask;
use super::choose::Choice;
use super::desk::Desk;
use super::scan::{Who, best};
use super::travel::Quick;
use super::whole::ask_of;
use crate::board::command::Assignment;
use crate::board::cost::{late, promise_change, rate, risk};
use crate::board::decide::Diversion;
use crate::board::decision::{Cause, CostKind, Decision, Terms};
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Job, Need};
use crate::board::schedule::Task;
use crate::board::{Board, Command, Event};
use crate::geo::Point;
use crate::units::{Cost, Time};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many are tried at most, the nearest.
const TRIED: usize = 8;

/// A divert that is worth it.
struct Worth {
    wish: Diversion,
    /// What it costs the diverted visit, to be told with the emergency's decision.
    price: Terms,
    gain: Cost,
}

impl Desk {
    /// Settles a job that waits; where it is an emergency that nobody free makes in time, and the policy says so, by
    /// calling somebody away.
    pub(super) fn settle_or_divert(&mut self, now: Time, id: &JobId, cause: Cause) -> Vec<Event> {
        let job = &self.board().jobs[id];
        let choice = self.choice_for(now, job, cause);
        match self.worth_diverting(now, job, &choice) {
            Some(worth) => self.divert(now, worth, choice, cause),
            None => self.settle_by(now, choice, id),
        }
    }

    fn worth_diverting(&self, now: Time, job: &Job, choice: &Choice) -> Option<Worth> {
        let board = self.board();
        if !board.region.policy.divert || !board.is_urgent(job) || !job.need.takes_a_visit() {
            return None;
        }
        let due = job.need.promised.map(|w| w.end).or(job.demand.respond_by)?;
        let without = choice.decision.chosen.as_ref();
        if without.is_some_and(|c| c.start <= due) {
            return None;
        }
        let without = without.map_or(Cost::MAX, |c| c.terms.total());
        let decision = Arc::new(choice.decision.clone());
        // who declined it is left alone; who would first be asked has not agreed to give the other visit up
        let declined = self.declined(now, &job.id, &job.need);
        let may = |id: &TechnicianId| !declined.contains(id) && !board.offers_to(&job.need.level, id);
        let mut near: Vec<(u64, Diversion)> = board
            .whereabouts
            .keys()
            .filter(|id| may(id))
            .filter_map(|id| Some((id, board.divertible(id)?)))
            .map(|(id, from)| {
                let place = self.now_at(now, id, from);
                let wish =
                    Diversion { technician: id.clone(), from: from.clone(), to: job.id.clone(), place };
                (job.need.place.metres_to(place) as u64, wish)
            })
            .collect();
        near.sort_by(|a, b| (a.0, &a.1.technician).cmp(&(b.0, &b.1.technician)));
        let tried = near.into_iter().take(TRIED).filter_map(|(_, wish)| {
            let (emergency, price) = self.tried(now, job, &wish, (due, &decision))?;
            let gain = without - emergency - price.total();
            (gain > Cost::ZERO).then_some(Worth { wish, price, gain })
        });
        tried.max_by(|a, b| (a.gain, &b.wish.technician).cmp(&(b.gain, &a.wish.technician)))
    }

    /// Where somebody on the way is: by a fresh position, or by the part of the way that should be behind.
    fn now_at(&self, now: Time, technician: &TechnicianId, to: &JobId) -> Point {
        if let Some(seen) = self.position(technician).filter(|p| p.is_fresh(now)) {
            return seen.place;
        }
        let known = &self.board().whereabouts[technician];
        let stop = self.board().route(technician, known.shift).and_then(|r| r.stop_of(to));
        let (_, stop) = stop.expect("a live visit has its stop");
        let all = (stop.arrive - stop.depart).0.max(1);
        let gone = (now - stop.depart).0.clamp(0, all);
        let part = |from: i32, to: i32| (i64::from(from) + i64::from(to - from) * gone / all) as i32;
        Point { lon: part(known.place.lon, stop.place.lon), lat: part(known.place.lat, stop.place.lat) }
    }

    /// What the emergency costs in time by this divert, and what the visit that is given up then costs more.
    fn tried(
        &self,
        now: Time,
        job: &Job,
        wish: &Diversion,
        (due, decision): (Time, &Arc<Decision>),
    ) -> Option<(Cost, Terms)> {
        let board = self.board();
        let policy = &board.region.policy;
        let given_up = &board.jobs[&wish.from];
        let had = given_up.visit.as_ref()?;
        let (_, stop) = board.route(&had.technician, had.shift)?.stop_of(&given_up.id)?;
        let mut tried = board.excerpt(&BTreeSet::from([wish.technician.clone()]), Some(&job.id));
        let step = tried.called_away(now, wish, self.travel());
        if step.owed.len() > 2 {
            return None; // others of the route would be given up too
        }
        step.events.iter().for_each(|e| tried.apply(e, now));
        let (emergency, start, assignment) = self.alone(&tried, now, &wish.technician, job)?;
        if start > due {
            return None;
        }
        let command =
            Command::Settle { job: job.id.clone(), assignment: Some(assignment), decision: decision.clone() };
        let settled = tried.decide(now, &command, self.travel()).ok()?;
        settled.events.iter().for_each(|e| tried.apply(e, now));
        let after = self.alone(&tried, now, &wish.technician, &tried.jobs[&given_up.id].clone());
        let after = after.map(|(cost, ..)| cost);
        let mut excluded = given_up.need.excluded.clone();
        excluded.push(wish.technician.clone());
        excluded.sort();
        let need = Need { excluded, ..given_up.need.clone() };
        let question = self.question(&given_up.id, &need, &given_up.demand, given_up.created);
        let other = self.choice(now, &question, Cause::Evaluate).decision.chosen;
        let change = given_up
            .need
            .promised
            .map_or(Cost::ZERO, |_| promise_change(policy.promise_change, stop.start - now));
        let other = other.map(|c| c.terms.total() + change);
        let anew = after.into_iter().chain(other).min()?;
        let task = Task { need: &given_up.need, demand: &given_up.demand };
        let as_is = rate(policy.travel_permille, (stop.arrive - now).or_zero())
            + rate(given_up.demand.lateness_permille, late(task, stop.start))
            + risk(task, stop.start, policy.lateness_margin);
        let lost = rate(policy.travel_permille, (now - stop.depart).or_zero());
        let mut price = Terms::default();
        let changes = after.is_none_or(|after| other.is_some_and(|other| other < after));
        let change = if changes { change } else { Cost::ZERO };
        price.add(CostKind::PromiseChange, change);
        price.add(CostKind::Divert, anew - change - as_is + lost);
        Some((emergency, price))
    }

    /// What a job costs with one technician of a small board, when work starts, and how it is done.
    fn alone(
        &self,
        board: &Board,
        now: Time,
        technician: &TechnicianId,
        job: &Job,
    ) -> Option<(Cost, Time, Assignment)> {
        let known = self.knowledge();
        let unreached = self.unreached(job.need.place);
        let cover = self.stakes(now, &board.region.policy);
        let ask = Ask { cover: cover.as_deref(), ..ask_of(board, job, now, unreached.as_deref()) };
        let who = Who::of(&ask, &known, &board.technicians[technician]);
        let found = best(&ask, &who, &Quick(known.travel)).ok()?;
        let parts = super::parts::supply(&ask, who.technician).ok()?;
        let told = super::explain::tell(&ask, &found, &parts, known.travel);
        Some((found.cost, told.candidate.start, told.assignment))
    }

    fn divert(&mut self, now: Time, worth: Worth, without: Choice, cause: Cause) -> Vec<Event> {
        let Worth { wish, price, .. } = worth;
        let (to, from, technician) = (wish.to.clone(), wish.from.clone(), wish.technician.clone());
        let step = self.board().decide(now, &Command::Divert(wish), self.travel());
        let mut events = step.expect("it was tried").events;
        self.apply(&events, now);
        let waiting = &self.board().jobs[&to];
        let question = self.question(&to, &waiting.need, &waiting.demand, waiting.created);
        let chosen =
            self.by(now, &question, |ask, known| super::choose::choose_one(ask, known, &technician, cause));
        let choice = match chosen {
            Some(mut choice) => {
                let others = without.decision.chosen.into_iter().chain(without.decision.runners_up);
                choice.decision.runners_up = others.take(2).collect();
                choice.told.truncate(1);
                let told = choice.told.iter_mut().map(|t| &mut t.candidate);
                told.chain(&mut choice.decision.chosen).for_each(|c| c.terms.merge(&price));
                choice
            }
            None => self.choice_for(now, waiting, cause),
        };
        events.extend(self.settle_by(now, choice, &to));
        events.extend(self.settle_now(now, &from, Cause::Diverted));
        events
    }
}
