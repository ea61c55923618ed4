//! Changing the board: one event at a time, without judgement and without failing.

use super::calls::Kind;
use super::decision::{Cause, Decision, Outcome};
use super::event::Event;
use super::id::{DeliveryId, DepotId, JobId, Location, TechnicianId};
use super::job::{Commitment, Customer, Job, JobState, KEPT_DECISIONS, Source, Visit};
use super::offer::OfferEnding;
use super::progress::{Actual, Ending, KEPT_VISITS, PastVisit, Whereabouts};
use super::timer::Timer;
use super::{Board, Route};
use crate::geo::Cell;
use crate::units::Time;
use std::sync::Arc;

impl Board {
    /// Takes the event in. `now` is the moment it was decided.
    ///
    /// # Panics
    /// Where the event contradicts the board: it was not decided on this one.
    #[allow(clippy::too_many_lines, reason = "one arm an event")]
    pub fn apply(&mut self, event: &Event, now: Time) {
        match event {
            Event::RegionSet(region) => {
                self.region = region.clone();
                self.arm_moves(now);
            }
            Event::EntrySet(entry) => self.catalog.put(entry.clone()),
            Event::EntryRemoved(id) => self.catalog.remove(id),
            Event::TechnicianSet(t) => drop(self.technicians.insert(t.id.clone(), t.clone())),
            Event::TechnicianRemoved(id) => {
                self.technicians.remove(id);
                self.set_whereabouts(id, None);
                self.moves.forget(id);
                self.timers.set(Timer::Move(id.clone()), None);
            }
            Event::DepotSet(d) => drop(self.depots.insert(d.id.clone(), d.clone())),
            Event::StockAdjusted { lines, .. } => lines.iter().for_each(|l| self.stock.adjust(l)),
            Event::StockTransferred { from, to, parts } => {
                parts.iter().for_each(|p| self.stock.carry(from, to, p));
            }
            Event::DeliverySet(delivery) => {
                self.stock.send(delivery);
                self.timers.set(Timer::Delivery(delivery.id.clone()), Some(delivery.arrives));
            }
            Event::DeliveryArrived { delivery } => self.deliver_now(delivery, now),
            Event::DeliveryCancelled { delivery } => {
                let gone = self.stock.turn_back(delivery);
                debug_assert!(gone.kept.is_empty(), "nobody waits for it any more");
                self.timers.set(Timer::Delivery(delivery.clone()), None);
            }
            Event::PartRecalled { part } => self.stock.recall(part),
            Event::JobCreated(job) => {
                self.create(job);
                let cell = Cell::of(job.need.place, self.region.grid_resolution);
                if self.calls.count(Kind::of(&job.need, &job.demand), cell, now) {
                    self.note_carried();
                }
            }
            Event::JobCorrected { job, order_number, need, demand } => {
                self.reorder(job, order_number.clone());
                let job = self.touch(job, now);
                if !job.same_price(need, demand) {
                    job.booking.hold.iter_mut().for_each(|hold| hold.quote = None);
                }
                job.need = need.clone();
                job.demand = demand.clone();
                job.set_aside = None;
            }
            Event::JobCancelled { job, reason } => self.cancel(job, reason, now),
            Event::CustomerSet { job, customer } => self.set_customer(job, customer.as_ref(), now),
            Event::RouteSet { technician, shift, route } => {
                self.set_route(technician, *shift, route.as_ref());
                self.rearm(technician);
            }
            Event::VisitPlanned { job, visit } => self.plan(job, visit, now),
            Event::VisitWithdrawn { job } => self.withdraw(job, now),
            Event::WhereaboutsSet { technician, whereabouts } => {
                self.set_whereabouts(technician, whereabouts.clone());
            }
            Event::VisitProgressed { job, actual } => self.progress(job, actual, now),
            Event::PartsPickedUp { job, depot } => self.pick_up(job, depot, now),
            Event::VisitEnded { job, past } => self.end_visit(job, past, now),
            Event::CommitmentSet { job, commitment } => self.commit(job, *commitment, now),
            Event::OfferMade { job, offer } => {
                self.offers.make(job, offer);
                self.timers.set(Timer::Offer(job.clone()), Some(offer.expires));
            }
            Event::OfferEnded { job, ending } => self.end_offer(job, ending, now),
            Event::LeftAlone { job, technician, until } => {
                self.offers.cool(job.as_ref(), technician, *until);
            }
            Event::JobRetried { .. } | Event::VisitDiverted { .. } => {}
            Event::MoveProposed { technician, proposed } => {
                self.moves.propose(technician, proposed);
                self.timers.set(Timer::Move(technician.clone()), Some(proposed.expires));
            }
            Event::MoveAccepted { technician, arrives, until, .. } => {
                self.moves.accept(technician, *arrives, *until);
                self.timers.set(Timer::Move(technician.clone()), Some(*until));
            }
            Event::MoveEnded { technician, ending, rests, .. } => {
                self.moves.end(technician, ending, now, *rests);
                self.timers.set(Timer::Move(technician.clone()), None);
            }
            Event::MovesSought { next } => self.timers.set(Timer::Moves, Some(*next)),
            Event::WorkTimed(timed) => self.learned.learn(timed),
            Event::JobSetAside { job, reason } => self.touch(job, now).set_aside = Some(reason.clone()),
            Event::Decided { job, decision } => {
                let job = self.touch(job, now);
                // trying in vain again and again is kept once
                let again = |d: &Decision| d.cause == Cause::Retried && d.outcome == Outcome::NobodyFits;
                job.decisions.retain(|had| !again(had) || !again(decision));
                job.decisions.insert(0, decision.clone());
                job.decisions.truncate(KEPT_DECISIONS);
            }
            Event::VisitsMoved { visits } => self.exchange(visits, now),
            Event::PricesSet(prices) => self.prices = Some(prices.clone()),
            Event::DemandGiven(given) => self.given.clone_from(given),
            Event::PromiseSet { job, .. }
            | Event::WindowNarrowed { job, .. }
            | Event::ClockSet { job, .. }
            | Event::Escalated { job, .. }
            | Event::SolutionFiled { job, .. } => drop(self.touch(job, now)),
        }
        self.book(event, now);
        self.note_retries(event, now);
        self.note_sales(event);
        self.version += 1;
    }

    /// A job to be changed; copies that were taken of the board stay as they are.
    ///
    /// # Panics
    /// Where there is no such job.
    pub fn job_mut(&mut self, job: &JobId) -> &mut Job {
        Arc::make_mut(self.jobs.get_mut(job).expect("events name jobs that are there"))
    }

    fn touch(&mut self, job: &JobId, now: Time) -> &mut Job {
        let job = self.job_mut(job);
        job.updated = now;
        job.revision += 1;
        job
    }

    fn create(&mut self, job: &Job) {
        debug_assert!(job.visit.is_none() && job.state == JobState::Open);
        if let Some(number) = &job.order_number {
            self.orders.insert(number.clone(), job.id.clone());
        }
        let before = self.jobs.insert(job.id.clone(), Arc::new(job.clone()));
        assert!(before.is_none(), "job {} is created once", job.id);
    }

    fn cancel(&mut self, id: &JobId, reason: &str, now: Time) {
        self.offers.forget(id);
        let job = self.touch(id, now);
        job.state = JobState::Cancelled;
        job.cancel_reason = Some(reason.to_owned());
    }

    fn set_customer(&mut self, id: &JobId, customer: Option<&Customer>, now: Time) {
        self.touch(id, now);
        match customer {
            Some(c) => drop(self.customers.insert(id.clone(), c.clone())),
            None => drop(self.customers.remove(id)),
        }
    }

    fn reorder(&mut self, id: &JobId, number: Option<String>) {
        let job = self.job_mut(id);
        if let Some(old) = std::mem::replace(&mut job.order_number, number.clone()) {
            self.orders.remove(&old);
        }
        if let Some(new) = number {
            self.orders.insert(new, id.clone());
        }
    }

    fn set_route(&mut self, technician: &TechnicianId, shift: Time, route: Option<&Route>) {
        let routes = self.routes.entry(technician.clone()).or_default();
        match route {
            Some(route) => drop(routes.insert(shift, route.clone())),
            None => drop(routes.remove(&shift)),
        }
        if routes.is_empty() {
            self.routes.remove(technician);
        }
    }

    fn plan(&mut self, id: &JobId, visit: &Visit, now: Time) {
        visit.sources.iter().for_each(|s| self.stock.reserve(s));
        self.stock.keep(id, &visit.awaits);
        let job = self.touch(id, now);
        assert!(job.visit.is_none(), "job {id} has one live visit at most");
        job.visits = visit.number;
        job.set_aside = None;
        job.state = JobState::of(visit.commitment);
        job.visit = Some(visit.clone());
        self.rearm(&visit.technician);
    }

    fn withdraw(&mut self, id: &JobId, now: Time) {
        let job = self.touch(id, now);
        let visit = job.visit.take().expect("a visit is withdrawn once");
        debug_assert!(visit.commitment < Commitment::OnSite);
        job.state = JobState::Open;
        self.end_offer(id, &OfferEnding::Withdrawn, now);
        visit.sources.iter().for_each(|s| self.stock.release(s));
        self.stock.unkeep(id, &visit.awaits);
    }

    /// What was kept of a delivery is reserved where it lies now.
    fn deliver_now(&mut self, id: &DeliveryId, now: Time) {
        self.timers.set(Timer::Delivery(id.clone()), None);
        let delivery = self.stock.arrive(id);
        for job in delivery.kept.keys() {
            let visit = self.live(job, now);
            let awaits = std::mem::take(&mut visit.awaits);
            let (here, later): (Vec<_>, Vec<_>) = awaits.into_iter().partition(|a| a.delivery == *id);
            visit.awaits = later;
            let here: Vec<Source> = here.into_iter().map(|a| a.source).collect();
            for new in &here {
                let same =
                    |s: &&mut Source| s.location == new.location && s.part_count.part == new.part_count.part;
                match visit.sources.iter_mut().find(same) {
                    Some(had) => had.part_count.count += new.part_count.count,
                    None => visit.sources.push(new.clone()),
                }
            }
            here.iter().for_each(|source| self.stock.reserve(source));
        }
    }

    fn end_offer(&mut self, job: &JobId, ending: &OfferEnding, now: Time) {
        self.offers.end(job, ending, now);
        self.timers.set(Timer::Offer(job.clone()), None);
    }

    fn set_whereabouts(&mut self, technician: &TechnicianId, whereabouts: Option<Whereabouts>) {
        match whereabouts {
            Some(w) => drop(self.whereabouts.insert(technician.clone(), w)),
            None => drop(self.whereabouts.remove(technician)),
        }
        self.rearm(technician);
    }

    fn live(&mut self, job: &JobId, now: Time) -> &mut Visit {
        self.touch(job, now).visit.as_mut().expect("only live visits get on")
    }

    fn commit(&mut self, id: &JobId, commitment: Commitment, now: Time) {
        let visit = self.live(id, now);
        visit.commitment = commitment;
        visit.pinned &= commitment >= Commitment::EnRoute;
        let technician = visit.technician.clone();
        // who is on the way has taken it; what a human bound is asked of nobody
        match commitment {
            Commitment::Planned | Commitment::Promised => {}
            Commitment::Locked => self.end_offer(id, &OfferEnding::Withdrawn, now),
            Commitment::EnRoute | Commitment::OnSite => self.end_offer(id, &OfferEnding::Accepted, now),
        }
        self.job_mut(id).state = JobState::of(commitment);
        self.rearm(&technician);
    }

    fn progress(&mut self, id: &JobId, actual: &Actual, now: Time) {
        let unlocked = self.jobs[id].unlocked();
        let visit = self.live(id, now);
        visit.actual = actual.clone();
        visit.pinned |= visit.commitment == Commitment::Locked;
        let unlocked = if visit.pinned { Commitment::Locked } else { unlocked };
        // who goes before the parts are there goes without them
        let awaits = match actual.departed.or(actual.arrived) {
            Some(_) => std::mem::take(&mut visit.awaits),
            None => Vec::new(),
        };
        let commitment = match (actual.arrived, actual.departed) {
            (Some(_), _) => Commitment::OnSite,
            (None, Some(_)) => Commitment::EnRoute,
            (None, None) => unlocked,
        };
        self.stock.unkeep(id, &awaits);
        self.commit(id, commitment, now);
    }

    fn pick_up(&mut self, id: &JobId, depot: &DepotId, now: Time) {
        let visit = self.live(id, now);
        let van = Location::Van(visit.technician.clone());
        let from = Location::Depot(depot.clone());
        let mut moved = Vec::new();
        for source in visit.sources.iter_mut().filter(|s| s.location == from) {
            moved.push(source.clone());
            source.location = van.clone();
        }
        for source in moved {
            self.stock.release(&source);
            self.stock.carry(&from, &van, &source.part_count);
            self.stock.reserve(&Source { location: van.clone(), ..source });
        }
    }

    fn end_visit(&mut self, id: &JobId, past: &PastVisit, now: Time) {
        let job = self.touch(id, now);
        let visit = job.visit.take().expect("a visit ends once");
        // parts may have been picked up since the event was decided: as it was is as it is
        let visit = Visit { actual: past.visit.actual.clone(), ..visit };
        self.end_offer(id, &OfferEnding::Accepted, now);
        self.offers.forget(id);
        let job = self.job_mut(id);
        job.state = match past.ending {
            Ending::Finished => JobState::Done,
            Ending::Incomplete(_) => JobState::FollowUp,
        };
        job.past.insert(0, PastVisit { visit: visit.clone(), ..past.clone() });
        job.past.truncate(KEPT_VISITS);
        visit.sources.iter().for_each(|s| self.stock.release(s));
        self.stock.unkeep(id, &visit.awaits);
        let van = Location::Van(visit.technician.clone());
        past.used.iter().for_each(|used| self.stock.consume(&van, used));
    }

    /// When what is next by plan is overdue, of a technician who reports.
    fn rearm(&mut self, technician: &TechnicianId) {
        let due = self.overdue(technician);
        self.timers.set(Timer::Overdue(technician.clone()), due);
    }

    pub(super) fn overdue(&self, technician: &TechnicianId) -> Option<Time> {
        let route = self.route(technician, self.whereabouts.get(technician)?.shift)?;
        let mut visits = route.jobs().filter_map(|id| {
            let visit = self.jobs[id].visit.as_ref()?;
            Some((visit.commitment, route.stop_of(id)?.1))
        });
        let (commitment, stop) = visits.next()?;
        Some(match commitment {
            Commitment::Planned | Commitment::Promised | Commitment::Locked => stop.depart,
            Commitment::EnRoute => stop.arrive,
            Commitment::OnSite => stop.end,
        })
    }

    fn exchange(&mut self, visits: &[(JobId, Visit)], now: Time) {
        for (id, visit) in visits {
            let had = self.touch(id, now).visit.replace(visit.clone()).expect("only live visits move");
            debug_assert!(had.commitment < Commitment::Locked && had.number == visit.number);
            had.sources.iter().for_each(|s| self.stock.release(s));
            self.rearm(&had.technician);
        }
        visits.iter().for_each(|(_, v)| self.rearm(&v.technician));
        visits.iter().flat_map(|(_, v)| &v.sources).for_each(|s| self.stock.reserve(s));
    }
}
