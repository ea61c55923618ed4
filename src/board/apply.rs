//! Changing the board: one event at a time, without judgement and without failing.

use super::event::Event;
use super::id::{JobId, TechnicianId};
use super::job::{Commitment, Job, JobState, KEPT_DECISIONS, Visit};
use super::{Board, Route};
use crate::units::Time;

impl Board {
    /// Takes the event in. `now` is the moment it was decided.
    ///
    /// # Panics
    /// Where the event contradicts the board: it was not decided on this one.
    pub fn apply(&mut self, event: &Event, now: Time) {
        match event {
            Event::RegionSet(region) => self.region = region.clone(),
            Event::EntrySet(entry) => self.catalog.put(entry.clone()),
            Event::EntryRemoved(id) => self.catalog.remove(id),
            Event::TechnicianSet(t) => drop(self.technicians.insert(t.id.clone(), t.clone())),
            Event::TechnicianRemoved(id) => drop(self.technicians.remove(id)),
            Event::DepotSet(d) => drop(self.depots.insert(d.id.clone(), d.clone())),
            Event::StockAdjusted { lines, .. } => lines.iter().for_each(|l| self.stock.adjust(l)),
            Event::JobCreated(job) => self.create(job),
            Event::JobCorrected { job, order_number, need, demand } => {
                self.reorder(job, order_number.clone());
                let job = self.touch(job, now);
                job.need = need.clone();
                job.demand = demand.clone();
            }
            Event::JobCancelled { job, reason } => {
                let job = self.touch(job, now);
                job.state = JobState::Cancelled;
                job.cancel_reason = Some(reason.clone());
            }
            Event::CustomerSet { job, customer } => {
                self.touch(job, now);
                match customer {
                    Some(c) => drop(self.customers.insert(job.clone(), c.clone())),
                    None => drop(self.customers.remove(job)),
                }
            }
            Event::RouteSet { technician, shift, route } => {
                self.set_route(technician, *shift, route.as_ref())
            }
            Event::VisitPlanned { job, visit } => self.plan(job, visit, now),
            Event::VisitWithdrawn { job } => self.withdraw(job, now),
            Event::Decided { job, decision } => {
                let job = self.touch(job, now);
                job.decisions.insert(0, decision.clone());
                job.decisions.truncate(KEPT_DECISIONS);
            }
            Event::VisitsMoved { visits } => self.exchange(visits, now),
        }
        self.version += 1;
    }

    fn touch(&mut self, job: &JobId, now: Time) -> &mut Job {
        let job = self.jobs.get_mut(job).expect("events name jobs that are there");
        job.updated = now;
        job.revision += 1;
        job
    }

    fn create(&mut self, job: &Job) {
        debug_assert!(job.visit.is_none() && job.state == JobState::Open);
        if let Some(number) = &job.order_number {
            self.orders.insert(number.clone(), job.id.clone());
        }
        let before = self.jobs.insert(job.id.clone(), job.clone());
        assert!(before.is_none(), "job {} is created once", job.id);
    }

    fn reorder(&mut self, id: &JobId, number: Option<String>) {
        let job = self.jobs.get_mut(id).expect("events name jobs that are there");
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
        let job = self.touch(id, now);
        assert!(job.visit.is_none(), "job {id} has one live visit at most");
        job.visits = visit.number;
        job.state = JobState::of(visit.commitment);
        job.visit = Some(visit.clone());
    }

    fn withdraw(&mut self, id: &JobId, now: Time) {
        let job = self.touch(id, now);
        let visit = job.visit.take().expect("a visit is withdrawn once");
        debug_assert!(visit.commitment < Commitment::EnRoute);
        job.state = JobState::Open;
        visit.sources.iter().for_each(|s| self.stock.release(s));
    }

    fn exchange(&mut self, visits: &[(JobId, Visit)], now: Time) {
        for (id, visit) in visits {
            let had = self.touch(id, now).visit.replace(visit.clone()).expect("only live visits move");
            debug_assert!(had.commitment < Commitment::Locked && had.number == visit.number);
            had.sources.iter().for_each(|s| self.stock.release(s));
        }
        visits.iter().flat_map(|(_, v)| &v.sources).for_each(|s| self.stock.reserve(s));
    }
}
