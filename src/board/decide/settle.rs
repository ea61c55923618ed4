//! Settling an open job: the planner proposes, every hard rule is checked again here.

use super::finish::sum;
use super::not_found;
use crate::board::catalog::PartCount;
use crate::board::command::Assignment;
use crate::board::decision::{Decision, Rule};
use crate::board::delivery::{Awaited, ready};
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Technician};
use crate::board::id::{DepotId, JobId, Location, TechnicianId};
use crate::board::job::{Commitment, Job, Source, Visit};
use crate::board::progress::Actual;
use crate::board::refusal::{Noun, Refusal};
use crate::board::schedule::{Errands, Miss, Sheet, Task, idle_errands, keeps_promise, schedule};
use crate::board::{Board, Legs};
use crate::geo::Point;
use crate::units::{Span, Time};
use std::sync::Arc;

/// Whose word an assignment is, and how firmly it binds the visit.
#[derive(Clone, Copy)]
pub(super) struct By {
    pub human: bool,
    pub commitment: Commitment,
}

impl Errands for Board {
    fn task(&self, job: &JobId) -> Task<'_> {
        let job = &self.jobs[job];
        Task { need: &job.need, demand: &job.demand }
    }

    fn depot(&self, depot: &DepotId) -> (Point, Span) {
        let depot = &self.depots[depot];
        (depot.place, depot.pickup)
    }

    fn ready(&self, errand: &Errand, rest: &[Errand]) -> Time {
        if self.stock.deliveries().is_empty() {
            return Time::MIN;
        }
        let awaits = |job: &JobId| -> &[Awaited] {
            self.jobs.get(job).and_then(|j| j.visit.as_ref()).map_or(&[], |v| &v.awaits)
        };
        ready(errand, rest, &awaits)
    }
}

/// The board with one more visit, which waits for parts.
struct Proposed<'a> {
    board: &'a Board,
    job: &'a JobId,
    awaits: &'a [Awaited],
}

impl Errands for Proposed<'_> {
    fn task(&self, job: &JobId) -> Task<'_> {
        self.board.task(job)
    }

    fn depot(&self, depot: &DepotId) -> (Point, Span) {
        self.board.depot(depot)
    }

    fn ready(&self, errand: &Errand, rest: &[Errand]) -> Time {
        let own = |job: &JobId| if job == self.job { self.awaits } else { &[] };
        self.board.ready(errand, rest).max(ready(errand, rest, &own))
    }
}

impl Board {
    pub(super) fn settle(
        &self,
        now: Time,
        id: &JobId,
        assignment: Option<&Assignment>,
        decision: &Arc<Decision>,
        legs: &dyn Legs,
    ) -> Result<Vec<Event>, Refusal> {
        let job = self.jobs.get(id).ok_or_else(|| not_found(Noun::Job, id.as_str()))?;
        if !job.waits() {
            return Err(Refusal::WrongState { job: id.to_string(), state: job.state });
        }
        let decided = Event::Decided { job: id.clone(), decision: decision.clone() };
        let Some(wish) = assignment else { return Ok(vec![decided]) };
        let commitment = job.unlocked();
        self.planned(now, job, (wish, decision), By { human: false, commitment }, legs)
    }

    /// What happens where the assignment is taken.
    pub(super) fn planned(
        &self,
        now: Time,
        job: &Job,
        (wish, decision): (&Assignment, &Arc<Decision>),
        by: By,
        legs: &dyn Legs,
    ) -> Result<Vec<Event>, Refusal> {
        let id = &job.id;
        let decided = Event::Decided { job: id.clone(), decision: decision.clone() };
        let route = self.admit(now, job, wish, by, legs)?;
        let visit = Visit {
            number: job.visits + 1,
            technician: wish.technician.clone(),
            shift: wish.shift,
            commitment: by.commitment,
            sources: wish.sources.clone(),
            awaits: wish.awaits.clone(),
            actual: Actual::default(),
            pinned: false,
        };
        let technician = wish.technician.clone();
        let offer = self.offer_of(now, job, &visit).filter(|_| !by.human);
        let mut events = vec![
            Event::RouteSet { technician, shift: wish.shift, route: Some(route) },
            Event::VisitPlanned { job: id.clone(), visit },
        ];
        events.extend(self.other_than_named(now, job, &wish.technician));
        events.extend(offer);
        events.push(decided);
        Ok(events)
    }

    /// The route that the assignment makes, once every hard rule holds.
    fn admit(
        &self,
        now: Time,
        job: &Job,
        wish: &Assignment,
        by: By,
        legs: &dyn Legs,
    ) -> Result<Route, Refusal> {
        let id = &wish.technician;
        let technician = self.technicians.get(id).ok_or_else(|| not_found(Noun::Technician, id.as_str()))?;
        let shift = technician.shift(wish.shift);
        let shift =
            shift.ok_or_else(|| breaks(Miss::plain(Rule::Shift, format!("{id} has no such shift"))))?;
        if job.need.excluded.contains(id) {
            return Err(breaks(Miss::plain(Rule::Exclusion, format!("the customer excludes {id}"))));
        }
        if !technician.speaks(&job.need.wishes) {
            return Err(breaks(Miss::plain(Rule::Language, format!("{id} does not speak the language"))));
        }
        let route = self.route(id, wish.shift);
        let mut sheet = Sheet::at(self, now, technician, shift, route).seen(wish.seen_at, now);
        if by.human {
            sheet = sheet.by_hand();
        }
        let front = sheet.frozen.iter().map(|s| &s.errand);
        if !wish.errands.iter().take(sheet.frozen.len()).eq(front) {
            return Err(Refusal::Stale {
                noun: Noun::Technician,
                id: id.to_string(),
                revision: self.version,
            });
        }
        self.keeps_order(job, wish, shift, route)?;
        self.has_parts(job, technician, wish, sheet.frozen.len())?;
        let proposed = Proposed { board: self, job: &job.id, awaits: &wish.awaits };
        let after = schedule(&sheet, &wish.errands, &proposed, legs).map_err(breaks)?;
        if !by.human {
            self.keeps_promises(route, &after).map_err(breaks)?;
        }
        self.keeps_apart(id, &after)?;
        Ok(after)
    }

    /// No other route of the technician is driven at the same time: one may be left of a shift that was changed.
    fn keeps_apart(&self, id: &TechnicianId, new: &Route) -> Result<(), Refusal> {
        let mut others = self.routes.get(id).into_iter().flat_map(|r| r.values());
        match others.find(|r| r.shift.start != new.shift.start && r.meets(new)) {
            None => Ok(()),
            Some(_) => Err(breaks(Miss::plain(Rule::Shift, format!("{id} drives another route then")))),
        }
    }

    /// The proposal leaves the route's errands in order and adds this visit and depot stops only.
    fn keeps_order(
        &self,
        job: &Job,
        wish: &Assignment,
        shift: &Shift,
        route: Option<&Route>,
    ) -> Result<(), Refusal> {
        let had = match route {
            Some(route) => route.stops.iter().map(|s| s.errand.clone()).collect(),
            None => idle_errands(shift, self.rested(&wish.technician, wish.shift)),
        };
        let mut left = had.iter().peekable();
        let mut visits = 0;
        for errand in &wish.errands {
            if left.peek() == Some(&errand) {
                left.next();
                continue;
            }
            match errand {
                Errand::Visit(j) if *j == job.id => visits += 1,
                Errand::Depot(d) if self.depots.contains_key(d) => {}
                Errand::Visit(_) | Errand::Depot(_) | Errand::Break(_) => visits = 2,
            }
        }
        if left.next().is_none() && visits == 1 {
            return Ok(());
        }
        let id = wish.technician.to_string();
        // The route has changed since it was read: the proposal is stale, not wrong.
        Err(Refusal::Stale { noun: Noun::Technician, id, revision: self.version })
    }

    fn has_parts(
        &self,
        job: &Job,
        technician: &Technician,
        wish: &Assignment,
        frozen: usize,
    ) -> Result<(), Refusal> {
        let awaited = wish.awaits.iter().map(|a| &a.source);
        if total(wish.sources.iter().chain(awaited.clone())) != job.demand.parts {
            let missed = "the sources are not what the job takes";
            return Err(breaks(Miss::plain(Rule::Parts, missed)));
        }
        let visit = wish.errands.iter().position(|e| matches!(e, Errand::Visit(j) if *j == job.id));
        let before = &wish.errands[frozen.min(visit.unwrap_or(0))..visit.unwrap_or(0)];
        for source in wish.sources.iter().chain(awaited) {
            let reached = match &source.location {
                Location::Van(owner) => *owner == technician.id,
                Location::Depot(depot) => before.contains(&Errand::Depot(depot.clone())),
            };
            if !reached {
                let missed = format!("the {} is not on the way", source.location);
                return Err(breaks(Miss::plain(Rule::Parts, missed)));
            }
        }
        for source in &wish.sources {
            let (part, wanted) = (&source.part_count.part, source.part_count.count);
            let free = self.stock.free(&source.location, part);
            if free < wanted {
                let location = source.location.to_string();
                return Err(Refusal::InsufficientStock { location, part: part.to_string(), free, wanted });
            }
        }
        wish.awaits.iter().try_for_each(|awaited| self.is_coming(awaited))
    }

    /// A delivery brings what is awaited of it, there and then, and nobody keeps it.
    fn is_coming(&self, awaited: &Awaited) -> Result<(), Refusal> {
        let Awaited { delivery, source, arrives } = awaited;
        let coming = self.stock.delivery(delivery).filter(|d| {
            let enough = d.unkept(&source.part_count.part) >= source.part_count.count;
            d.to == source.location && d.arrives == *arrives && enough
        });
        if coming.is_some() {
            return Ok(());
        }
        let missed = format!(
            "delivery {delivery} does not bring {} to the {}",
            source.part_count.part, source.location
        );
        Err(breaks(Miss::plain(Rule::Parts, missed)))
    }

    /// No visit of the adopted route breaks what was promised.
    fn keeps_promises(&self, before: Option<&Route>, after: &Route) -> Result<(), Miss> {
        let Some(before) = before else { return Ok(()) };
        let start = |r: &Route, job: &JobId| r.stop_of(job).map_or(Time::MAX, |(_, s)| s.start);
        let mut all = before.jobs();
        all.try_for_each(|j| keeps_promise(j, &self.jobs[j].need, start(before, j), start(after, j)))
    }
}

/// What all sources give together, sorted by part.
pub(super) fn total<'a>(sources: impl Iterator<Item = &'a Source>) -> Vec<PartCount> {
    sum(sources.map(|s| &s.part_count))
}

pub(super) fn breaks(miss: Miss) -> Refusal {
    Refusal::Breaks { rule: miss.rule, missed: miss.missed, by: miss.by }
}
