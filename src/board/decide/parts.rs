//! Parts on the move and parts recalled: what leaves a place was free there, what arrives is booked in, and
//! visits that lose their parts are decided anew.

use super::catalog::{part_there, unknown};
use super::withdraw::Rework;
use super::{none_wrong, not_found};
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::delivery::Delivery;
use crate::board::event::Event;
use crate::board::id::{DeliveryId, JobId, Location, PartId};
use crate::board::job::{Commitment, Job, JobState, Visit};
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::board::{Board, Legs};
use crate::units::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Open jobs that are decided anew when parts arrive; more wait for the next occasion.
const DECIDED_AT_ONCE: usize = 50;

impl Board {
    /// Sends parts from one place to another, at once or to arrive later; or announces parts from outside.
    pub(super) fn send(&self, now: Time, wish: &Delivery) -> Result<Step, Refusal> {
        let mut wrong: Vec<Violation> = Vec::new();
        wrong.extend(self.no_such_place("to", &wish.to));
        wrong.extend(wish.from.as_ref().and_then(|from| self.no_such_place("from", from)));
        for (i, p) in wish.parts.iter().enumerate() {
            wrong.extend(part_there(&self.catalog, &format!("parts[{i}].part"), &p.part));
        }
        if wish.from.as_ref() == Some(&wish.to) {
            let description = "is where the parts lie already".to_owned();
            wrong.push(Violation { field: "to".into(), description });
        }
        none_wrong(wrong)?;
        if self.stock.delivery(&wish.id).is_some() {
            return Err(Refusal::AlreadyExists { noun: Noun::Delivery, id: wish.id.to_string() });
        }
        for p in &wish.parts {
            let Some(from) = &wish.from else { continue };
            let free = self.stock.free(from, &p.part);
            if free < p.count {
                let (location, part) = (from.to_string(), p.part.to_string());
                return Err(Refusal::InsufficientStock { location, part, free, wanted: p.count });
            }
        }
        let event = match &wish.from {
            Some(from) if wish.arrives <= now => {
                Event::StockTransferred { from: from.clone(), to: wish.to.clone(), parts: wish.parts.clone() }
            }
            Some(_) | None => {
                Event::DeliverySet(Delivery { sent: now, kept: BTreeMap::new(), ..wish.clone() })
            }
        };
        let owed = self.lacking(|part| wish.brings(part) > 0);
        Ok(Step { events: vec![event], owed })
    }

    fn no_such_place(&self, field: &str, location: &Location) -> Option<Violation> {
        match location {
            Location::Van(t) if !self.technicians.contains_key(t) => {
                Some(unknown(field, Noun::Technician, t.as_str()))
            }
            Location::Depot(d) if !self.depots.contains_key(d) => {
                Some(unknown(field, Noun::Depot, d.as_str()))
            }
            Location::Van(_) | Location::Depot(_) => None,
        }
    }

    /// A delivery will not come: what was sent from here is free there again, visits that wait for it are
    /// decided anew.
    pub(super) fn cancel_delivery(
        &self,
        now: Time,
        id: &DeliveryId,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let delivery = self.stock.delivery(id).ok_or_else(|| not_found(Noun::Delivery, id.as_str()))?;
        let waiting: BTreeSet<&JobId> = delivery.kept.keys().collect();
        let mut step = Step::default();
        self.take_from(now, &waiting, Cause::PartsLost, legs, &mut step);
        step.events.push(Event::DeliveryCancelled { delivery: id.clone() });
        Ok(step)
    }

    /// A delivery is there: its parts are booked in, and open jobs that lack such parts are decided anew.
    pub(super) fn deliver(&self, id: &DeliveryId) -> Step {
        let delivery = self.stock.delivery(id).expect("timers are of deliveries that are there");
        let events = vec![Event::DeliveryArrived { delivery: id.clone() }];
        Step { events, owed: self.lacking(|part| delivery.unkept(part) > 0) }
    }

    /// Open jobs that take a part of which there is more to be had, the most pressing first.
    fn lacking(&self, more: impl Fn(&PartId) -> bool) -> Vec<(JobId, Cause)> {
        let lacks = |job: &&Job| {
            matches!(job.state, JobState::Open | JobState::FollowUp)
                && job.set_aside.is_none()
                && job.need.takes_a_visit()
                && job.demand.parts.iter().any(|p| more(&p.part))
        };
        let mut waiting: Vec<&Job> = self.jobs.values().map(Arc::as_ref).filter(lacks).collect();
        waiting.sort_by_key(|job| (due(job), &job.id));
        let owed = waiting.into_iter().take(DECIDED_AT_ONCE).map(|j| (j.id.clone(), Cause::PartsArrived));
        owed.collect()
    }

    /// A part must not be used any more: what is free or on its way leaves the stock, what is kept is let go and
    /// its visits are decided anew. Where work is under way it stays.
    pub(super) fn recall(&self, now: Time, part: &PartId, legs: &dyn Legs) -> Result<Step, Refusal> {
        if !self.catalog.parts.contains_key(part) {
            return Err(not_found(Noun::Part, part.as_str()));
        }
        let draws = |visit: &Visit| visit.draws().any(|s| s.part_count.part == *part);
        let drawing = |job: &&Job| {
            // what has begun by plan, where nobody reports, is taken to be under way
            let ahead = |v: &Visit| {
                let stop = self.route(&v.technician, v.shift).and_then(|r| r.stop_of(&job.id));
                v.commitment < Commitment::OnSite && stop.is_some_and(|(_, stop)| stop.start > now)
            };
            job.visit.as_ref().is_some_and(|v| draws(v) && ahead(v))
        };
        let jobs: BTreeSet<&JobId> =
            self.jobs.values().map(Arc::as_ref).filter(drawing).map(|j| &j.id).collect();
        let mut step = Step::default();
        self.take_from(now, &jobs, Cause::PartsLost, legs, &mut step);
        step.events.push(Event::PartRecalled { part: part.clone() });
        Ok(step)
    }

    /// Takes visits away, route by route; their jobs are owed a decision, the most pressing first.
    fn take_from(&self, now: Time, jobs: &BTreeSet<&JobId>, cause: Cause, legs: &dyn Legs, step: &mut Step) {
        let mut routes: BTreeMap<_, BTreeSet<&JobId>> = BTreeMap::new();
        for id in jobs {
            let visit = self.jobs[*id].visit.as_ref().expect("only live visits keep parts");
            routes.entry((&visit.technician, visit.shift)).or_default().insert(id);
        }
        for ((technician, shift), gone) in routes {
            let route = self.route(technician, shift).expect("a live visit has its route");
            let technician = &self.technicians[technician];
            Rework { board: self, now, technician, legs }.without_all(route, &gone, step);
        }
        step.owed.extend(jobs.iter().map(|id| ((*id).clone(), cause)));
        step.owed.sort_by_key(|(id, _)| (due(&self.jobs[id]), id.clone()));
    }
}

/// When a job is due, for deciding the most pressing first.
fn due(job: &Job) -> Time {
    job.need.promised.map(|w| w.start).or(job.demand.respond_by).unwrap_or(Time::MAX)
}
