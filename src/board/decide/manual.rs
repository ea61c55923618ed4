//! Manual work: what a human says is refused where it cannot be, never for taste.
//!
//! Lateness, a promise, the overtime allowance and the price are the human's to weigh. Certificates, parts,
//! roads, shifts, breaks, access and the customer's exclusions are not.

use super::settle::By;
use super::{not_found, unchanged_since};
use crate::board::command::{Assignment, Step};
use crate::board::decision::{Cause, Decision, Rule};
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route};
use crate::board::id::{DepotId, JobId, Location, TechnicianId};
use crate::board::job::{Commitment, Job};
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::board::schedule::{Miss, Sheet, schedule};
use crate::board::{Board, Legs};
use crate::units::Time;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A job's visit as a human wants it.
pub(super) struct Placing<'a> {
    pub job: &'a JobId,
    pub assignment: &'a Assignment,
    pub locked: bool,
    pub decision: &'a Arc<Decision>,
    pub revision: Option<u64>,
}

impl Board {
    /// Binds a visit to its technician, or loosens it: time does not.
    pub(super) fn set_lock(&self, id: &JobId, locked: bool, revision: Option<u64>) -> Result<Step, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        let wrong = || Refusal::WrongState { job: id.to_string(), state: job.state };
        let visit = job.visit.as_ref().ok_or_else(wrong)?;
        let free = job.unlocked();
        let commitment = match (visit.commitment, locked) {
            (Commitment::EnRoute | Commitment::OnSite, _) => return Err(wrong()),
            (_, true) => Commitment::Locked,
            (Commitment::Locked, false) => free,
            (as_it_is, false) => as_it_is,
        };
        let changed = commitment != visit.commitment;
        let event = Event::CommitmentSet { job: id.clone(), commitment };
        Ok(Step { events: changed.then_some(event).into_iter().collect(), owed: Vec::new() })
    }

    pub(super) fn place(&self, now: Time, wish: &Placing<'_>, legs: &dyn Legs) -> Result<Step, Refusal> {
        let job = self.movable(now, wish.job, wish.revision)?;
        if !job.need.takes_a_visit() {
            let description = "is solved from afar: nobody is sent".to_owned();
            return Err(Refusal::Invalid(vec![Violation { field: "job".into(), description }]));
        }
        let mut step = Step::default();
        self.take_back(now, job, legs, &mut step);
        let old = job.visit.as_ref().map(|v| v.technician.clone());
        let of: BTreeSet<TechnicianId> =
            old.into_iter().chain([wish.assignment.technician.clone()]).collect();
        let mut after = self.excerpt(&of, Some(wish.job));
        step.events.iter().for_each(|e| after.apply(e, now));
        let commitment = match (wish.locked, job.need.promised) {
            (true, _) => Commitment::Locked,
            (false, Some(_)) => Commitment::Promised,
            (false, None) => Commitment::Planned,
        };
        let by = By { human: true, commitment };
        step.events.extend(after.planned(
            now,
            &after.jobs[wish.job],
            (wish.assignment, wish.decision),
            by,
            legs,
        )?);
        Ok(step)
    }

    /// A job whose visit may still be moved: nobody is there or on the way.
    fn movable(&self, now: Time, id: &JobId, revision: Option<u64>) -> Result<&Job, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        unchanged_since(revision, job.revision, Noun::Job, id.as_str())?;
        self.not_too_late(job, now)?;
        Ok(job)
    }

    pub(super) fn unassign(
        &self,
        now: Time,
        id: &JobId,
        (reason, replan): (&str, bool),
        revision: Option<u64>,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let job = self.movable(now, id, revision)?;
        if job.visit.is_none() {
            return Err(Refusal::WrongState { job: id.to_string(), state: job.state });
        }
        let mut step = Step::default();
        self.take_back(now, job, legs, &mut step);
        if replan {
            let technician = job.visit.as_ref().expect("it has one").technician.clone();
            let until = now + self.region.policy.decline_cooldown;
            step.events.push(Event::LeftAlone { job: Some(id.clone()), technician, until });
            step.owed.insert(0, (id.clone(), Cause::Unassigned));
        } else {
            let reason = reason.to_owned();
            step.events.push(Event::JobSetAside { job: id.clone(), reason });
        }
        Ok(step)
    }

    pub(super) fn reorder_route(
        &self,
        now: Time,
        (id, start): (&TechnicianId, Time),
        errands: &[Errand],
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        let technician = self.technicians.get(id).ok_or_else(|| not_found(Noun::Technician, id.as_str()))?;
        let shift = technician.shift(start);
        let (shift, route) =
            shift.zip(self.route(id, start)).ok_or_else(|| not_found(Noun::Shift, id.as_str()))?;
        let sheet = Sheet::at(self, now, technician, shift, Some(route)).by_hand();
        if !same_errands(route, errands, sheet.frozen.len()) {
            return Err(Refusal::Stale {
                noun: Noun::Technician,
                id: id.to_string(),
                revision: self.version,
            });
        }
        self.parts_come_first(errands, sheet.frozen.len())?;
        let after = schedule(&sheet, errands, self, legs).map_err(super::settle::breaks)?;
        if after == *route {
            return Ok(Step::default());
        }
        let technician = id.clone();
        Ok(Step::of(vec![Event::RouteSet { technician, shift: start, route: Some(after) }]))
    }

    /// Every depot that a visit draws on is passed before it.
    fn parts_come_first(&self, errands: &[Errand], frozen: usize) -> Result<(), Refusal> {
        let mut passed: BTreeSet<&DepotId> = BTreeSet::new();
        for (i, errand) in errands.iter().enumerate() {
            match errand {
                Errand::Depot(depot) => drop(passed.insert(depot)),
                Errand::Break(_) => {}
                Errand::Visit(_) if i < frozen => {}
                Errand::Visit(job) => {
                    let visit = self.jobs[job].visit.as_ref().expect("a route's visits are live");
                    let missing = visit.draws().find_map(|s| match &s.location {
                        Location::Depot(depot) if !passed.contains(depot) => Some(depot),
                        Location::Depot(_) | Location::Van(_) => None,
                    });
                    if let Some(depot) = missing {
                        let missed = format!("the visit at job {job} needs parts from depot {depot} first");
                        return Err(super::settle::breaks(Miss::plain(Rule::Parts, missed)));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether these are the errands of the route, what is past or under way still in front.
fn same_errands(route: &Route, errands: &[Errand], frozen: usize) -> bool {
    let had: Vec<&Errand> = route.stops.iter().map(|s| &s.errand).collect();
    let new: Vec<&Errand> = errands.iter().collect();
    if new.len() != had.len() || new[..frozen] != had[..frozen] {
        return false;
    }
    let sorted = |mut all: Vec<&'_ Errand>| {
        all.sort();
        all.into_iter().cloned().collect::<Vec<_>>()
    };
    sorted(had) == sorted(new)
}
