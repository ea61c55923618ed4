//! The desk: a board with everything derived from it, and the only way to change it.
//!
//! `serve` and `sim` hold one a region. It reads no clock and journals nothing: what [`Desk::step`] returns
//! has been applied here and is the caller's to make durable.

use super::ask::{Ask, UNNAMED};
use super::choose::{Choice, Knowledge, choose, staged, witness};
use super::cover::Kept;
use super::digest;
use super::estimate::{self, Estimate};
use super::eta::{self, Arrival, Pace};
use super::explain::Positions;
use super::index::Index;
use super::position::{AHEAD, Position, Reported};
use super::search::{Insertion, insertions};
use super::touched::{changes, touched, turned};
use super::travel::Travel;
use crate::board::booking::Around;
use crate::board::catalog::{Entry, EntryId};
use crate::board::decide::resolve;
use crate::board::decision::{Cause, Decision};
use crate::board::fleet::{Stop, Technician};
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Demand, Job, Need};
use crate::board::refusal::Noun;
use crate::board::region::Policy;
use crate::board::scarcity::Holders;
use crate::board::schedule::{Sheet, schedule};
use crate::board::timer::Timer;
use crate::board::{Board, Command, Event, Legs, Refusal};
use crate::coverage::Cover;
use crate::coverage::live::Lacking;
use crate::units::{Span, Time};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A board, its travel, the newest positions, and what is derived.
#[derive(Clone, Debug)]
pub struct Desk {
    board: Board,
    travel: Travel,
    positions: Positions,
    holders: Holders,
    index: Index,
    cover: Kept,
    /// Jobs that wait for a visit.
    waiting: BTreeSet<JobId>,
}

impl Desk {
    /// A desk over a board as it stands.
    pub fn open(mut board: Board, travel: Travel) -> Desk {
        board.keep_sales();
        let holders = Holders::of(&board);
        let index = Index::build(&board, &travel);
        let cover = Kept::new(travel.atlas().clone());
        let waiting = board.jobs.values().filter(|j| j.waits()).map(|j| j.id.clone()).collect();
        Desk { board, travel, positions: Positions::new(), holders, index, cover, waiting }
    }

    /// Puts a job back that was tried in vain.
    pub(super) fn put_back(&mut self, had: Around) {
        let id = had.job.id.clone();
        self.board.put_back(had);
        self.note_waiting(&id);
    }

    fn note_waiting(&mut self, id: &JobId) {
        if self.board.jobs.get(id).is_some_and(|job| job.waits()) {
            self.waiting.insert(id.clone());
        } else {
            self.waiting.remove(id);
        }
    }

    /// Jobs that wait for a visit, by id.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Job> {
        debug_assert_eq!(self.waiting.len(), self.board.jobs.values().filter(|j| j.waits()).count());
        self.waiting.iter().map(|id| &*self.board.jobs[id])
    }

    /// How travel is measured, and the region's clock.
    pub fn travel(&self) -> &Travel {
        &self.travel
    }

    /// Who holds what.
    pub(super) fn holders(&self) -> &Holders {
        &self.holders
    }

    /// The board.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// How travel is measured, to be told with answers.
    pub fn travel_model(&self) -> &str {
        self.travel.model().name()
    }

    /// Judges a command without effect.
    ///
    /// # Errors
    /// As [`Desk::step`].
    pub fn judge(&self, now: Time, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.board.decide(now, command, &self.travel).map(|step| step.events)
    }

    /// Does what is due first, where something is due at `now`. Call it until there is nothing: each step is
    /// one record, at the moment it was due or as soon after as the board's time allows.
    pub fn wake(&mut self, now: Time) -> Option<Vec<Event>> {
        let (_, timer) = self.board.timers.first().filter(|(due, _)| *due <= now)?;
        let command = match timer {
            Timer::Moves => Command::SeekMoves(self.best_move(now)),
            _ => Command::Wake,
        };
        Some(self.step(now, &command).expect("what is due can be done"))
    }

    /// When something falls due next.
    pub fn due(&self) -> Option<Time> {
        self.board.timers.first().map(|(due, _)| due)
    }

    /// Takes events in, in their order, and keeps what is derived up to date.
    pub fn apply(&mut self, events: &[Event], now: Time) {
        // one technician's route and whereabouts change several times in a step, and are laid out once
        let changed: BTreeSet<TechnicianId> =
            events.iter().filter_map(|event| self.take_in(event, now)).collect();
        changed.iter().for_each(|id| self.reindex(id, now));
    }

    /// The jobs whose visit or state events have changed, as they stand after them: see [`Desk::share`]. What changes a
    /// job otherwise (a promise, a clock) leaves two copies of it until then.
    pub fn changed(&self, events: &[Event]) -> Vec<Arc<Job>> {
        let ids: BTreeSet<&JobId> = events.iter().flat_map(turned).collect();
        ids.into_iter().filter_map(|id| self.board.jobs.get(id).cloned()).collect()
    }

    /// Keeps jobs of another desk that has taken in the same events in place of its own, which are equal: two desks of
    /// one region keep one copy.
    pub fn share(&mut self, jobs: Vec<Arc<Job>>) {
        for job in jobs {
            if let Some(own) = self.board.jobs.get_mut(&job.id) {
                debug_assert_eq!(*own, job, "equal events make equal jobs");
                *own = job;
            }
        }
    }

    /// Takes an event in; returns whose routes are to be laid out anew.
    fn take_in(&mut self, event: &Event, now: Time) -> Option<TechnicianId> {
        if let Event::TechnicianSet(Technician { id, .. }) | Event::TechnicianRemoved(id) = event {
            self.board.technicians.get(id).into_iter().for_each(|had| self.holders.remove(had));
        }
        let stock = touched(&self.board, event);
        self.board.apply(event, now);
        turned(event).into_iter().for_each(|job| self.note_waiting(job));
        stock.iter().for_each(|(place, part)| self.index.restock(&self.board, place, part));
        changes(&self.board, event, &stock).into_iter().for_each(|change| self.cover.touch(change));
        match event {
            Event::TechnicianSet(t) => {
                self.holders.add(t);
                self.reindex(&t.id, now);
            }
            Event::TechnicianRemoved(id) => {
                self.positions.remove(id);
                self.reindex(id, now);
            }
            Event::WhereaboutsSet { .. } if crate::units::planted::is("index-stale") => {}
            Event::RouteSet { technician, .. } | Event::WhereaboutsSet { technician, .. } => {
                return Some(technician.clone());
            }
            Event::PromiseSet { job, .. } | Event::JobCorrected { job, .. } => {
                return self.board.jobs[job].visit.as_ref().map(|v| v.technician.clone());
            }
            Event::RegionSet(_)
            | Event::EntrySet(Entry::CertificationKind(..))
            | Event::EntryRemoved(EntryId::CertificationKind(_)) => self.rebuild(now),
            Event::EntrySet(_)
            | Event::EntryRemoved(_)
            | Event::DepotSet(_)
            | Event::JobCreated(_)
            | Event::JobCancelled { .. }
            | Event::CustomerSet { .. }
            | Event::CommitmentSet { .. }
            | Event::PricesSet(_)
            | Event::DemandGiven(_)
            | Event::ClockSet { .. }
            | Event::Escalated { .. }
            | Event::SolutionFiled { .. }
            | Event::JobSetAside { .. }
            | Event::OfferMade { .. }
            | Event::OfferEnded { .. }
            | Event::LeftAlone { .. }
            | Event::JobRetried { .. }
            | Event::WindowNarrowed { .. }
            | Event::VisitDiverted { .. }
            | Event::MoveProposed { .. }
            | Event::MoveAccepted { .. }
            | Event::MoveEnded { .. }
            | Event::MovesSought { .. }
            | Event::WorkTimed(_)
            | Event::VisitPlanned { .. }
            | Event::VisitWithdrawn { .. }
            | Event::VisitProgressed { .. }
            | Event::VisitEnded { .. }
            | Event::PartsPickedUp { .. }
            | Event::StockAdjusted { .. }
            | Event::StockTransferred { .. }
            | Event::DeliverySet(_)
            | Event::DeliveryArrived { .. }
            | Event::DeliveryCancelled { .. }
            | Event::PartRecalled { .. }
            | Event::VisitsMoved { .. }
            | Event::Decided { .. } => {}
        }
        None
    }

    pub(super) fn reindex(&mut self, id: &TechnicianId, now: Time) {
        self.index.refresh(&self.board, id, &self.travel);
        if let Some(p) = self.positions.get(id) {
            self.index.sight(id, p.place, p.device_time, now, &self.travel);
        }
    }

    fn rebuild(&mut self, now: Time) {
        self.index = Index::build(&self.board, &self.travel);
        for (id, p) in &self.positions {
            self.index.sight(id, p.place, p.device_time, now, &self.travel);
        }
    }

    /// Whether what is derived equals what a fresh desk would derive; for tests.
    pub fn is_in_step(&self) -> bool {
        let fresh = Desk::open(self.board.clone(), self.travel.clone());
        fresh.holders == self.holders
            && fresh.index.canonical() == self.index.canonical()
            && fresh.waiting == self.waiting
            && self.board.sales_are_right()
            && self.cover.is_in_step(&self.board)
    }

    pub(super) fn choice_for(&self, now: Time, job: &Job, cause: Cause) -> Choice {
        let question = self.question(&job.id, &job.need, &job.demand, job.created);
        self.choice(now, &question, cause)
    }

    pub(super) fn choice(&self, now: Time, question: &Question<'_>, cause: Cause) -> Choice {
        self.by(now, question, |ask, known| staged(ask, known, |ask, known| choose(ask, known, cause)))
    }

    /// The decision by weighing every way of every technician: slow, for tests to compare with.
    ///
    /// # Errors
    /// As [`Desk::evaluate`].
    pub fn evaluate_all(&self, now: Time, need: &Need) -> Result<Decision, Refusal> {
        let demand = resolve(&self.board, need, now).map_err(Refusal::Invalid)?;
        let job = JobId::from(UNNAMED);
        let question = self.question(&job, need, &demand, now);
        Ok(self
            .by(now, &question, |ask, known| {
                staged(ask, known, |ask, known| witness(ask, known, Cause::Evaluate))
            })
            .decision)
    }

    pub(super) fn question<'a>(
        &'a self,
        job: &'a JobId,
        need: &'a Need,
        demand: &'a Demand,
        called: Time,
    ) -> Question<'a> {
        Question { policy: &self.board.region.policy, job, need, demand, called }
    }

    /// Puts a question to `decide`.
    pub(super) fn by<'a, R>(
        &'a self,
        now: Time,
        question: &Question<'a>,
        decide: impl FnOnce(&Ask<'_>, &Knowledge<'_>) -> R,
    ) -> R {
        let unreached = self.unreached(question.need.place);
        let declined = self.declined(now, question.job, question.need);
        let cover = self.stakes(now, question.policy);
        let ask = Ask {
            board: &self.board,
            policy: question.policy,
            now,
            job: question.job,
            need: question.need,
            demand: question.demand,
            called: question.called,
            unreached: unreached.as_deref(),
            granted: &[],
            declined: &declined,
            partners: true,
            by_hand: false,
            cover: cover.as_deref(),
        };
        decide(&ask, &self.knowledge())
    }

    /// Coverage at a moment, down to the minute: the same whatever was asked before.
    pub fn coverage(&self, now: Time) -> Arc<Cover> {
        self.cover.at(&self.board, now)
    }

    /// A table that [`Desk::coverage`] would make first: to be made where nobody waits for this desk, and asked again.
    pub fn coverage_lacks(&self, now: Time) -> Option<Lacking> {
        self.cover.lacks(&self.board, now)
    }

    /// Coverage, where a policy gives it a say.
    pub(super) fn stakes(&self, now: Time, policy: &Policy) -> Option<Arc<Cover>> {
        (policy.coverage_permille > 0).then(|| self.coverage(now))
    }

    /// Who is to be left alone about a job for now: after declining it, or any after letting an offer time out.
    pub(super) fn declined(&self, now: Time, job: &JobId, need: &Need) -> Vec<TechnicianId> {
        let offers = &self.board.offers;
        let asked = |t: &&TechnicianId| {
            self.board.technicians.contains_key(*t) && self.board.offers_to(&need.level, t)
        };
        let mut all: Vec<_> =
            offers.cooling(job, now).chain(offers.paused(now).filter(asked)).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// What deciding rests on.
    pub(super) fn knowledge(&self) -> Knowledge<'_> {
        Knowledge {
            travel: &self.travel,
            positions: &self.positions,
            holders: &self.holders,
            index: &self.index,
        }
    }

    /// The decision that would be made for a need now, without effect.
    ///
    /// # Errors
    /// Where the need refers to what is not there.
    pub fn evaluate(&self, now: Time, need: &Need) -> Result<Decision, Refusal> {
        let demand = resolve(&self.board, need, now).map_err(Refusal::Invalid)?;
        let job = JobId::from(UNNAMED);
        let question = self.question(&job, need, &demand, now);
        Ok(self.choice(now, &question, Cause::Evaluate).decision)
    }

    /// The cheapest insertions, one a technician, by exact travel into routes as they are planned: what the
    /// search ranks before the true forward pass. Cost in thousandths of a paid second; never above what
    /// [`Desk::evaluate`] tells of the same position.
    ///
    /// # Errors
    /// Where the need refers to what is not there.
    pub fn insertions(&self, now: Time, need: &Need) -> Result<Vec<Insertion>, Refusal> {
        let demand = resolve(&self.board, need, now).map_err(Refusal::Invalid)?;
        let job = JobId::from(UNNAMED);
        let question = self.question(&job, need, &demand, now);
        Ok(self.by(now, &question, insertions))
    }

    /// How soon somebody could come for a need.
    ///
    /// # Errors
    /// Where the need refers to what is not there.
    pub fn estimate(&self, now: Time, need: &Need) -> Result<Estimate, Refusal> {
        let decision = self.evaluate(now, need)?;
        let at_once = estimate::at_once(&self.board.region.policy);
        let demand = resolve(&self.board, need, now).map_err(Refusal::Invalid)?;
        let demand = Demand { respond_by: Some(now), lateness_permille: 0, ..demand };
        let job = JobId::from(UNNAMED);
        let question = Question { policy: &at_once, ..self.question(&job, need, &demand, now) };
        let soonest = match decision.chosen {
            Some(_) => self.choice(now, &question, Cause::Evaluate).decision.chosen,
            None => None,
        };
        Ok(Estimate {
            soonest: soonest.map(|c| c.eta),
            chosen: decision.chosen.as_ref().map(|c| c.eta),
            position_age: decision.chosen.as_ref().and_then(|c| c.position_age),
            rejections: decision.rejections,
        })
    }

    /// When the technician of a job's live visit arrives, by all that is known now.
    ///
    /// # Errors
    /// Where there is no such job or it has no such live visit.
    pub fn arrival(&self, now: Time, id: &JobId, visit: u32) -> Result<Arrival, Refusal> {
        let missing = |noun, id: &str| Refusal::NotFound { noun, id: id.to_owned() };
        let job = self.board.jobs.get(id).ok_or_else(|| missing(Noun::Job, id.as_str()))?;
        let live = job.visit.as_ref().filter(|v| v.number == visit);
        let live = live.ok_or_else(|| missing(Noun::Visit, &format!("{id}/visits/{visit}")))?;
        let technician = &self.board.technicians[&live.technician];
        let route = self.board.route(&live.technician, live.shift).expect("a live visit has its route");
        let (at, stop) = route.stop_of(id).expect("a live visit has its stop");
        let shift = technician.shift(live.shift);
        let position = self.positions.get(&technician.id);
        let fresh = position.filter(|p| p.is_fresh(now));
        let stale = fresh.is_none() && route.shift.start <= now && now < route.shift.end;
        let mut told = Arrival { eta: eta::certain(stop.arrive), position_age: None, stale, stops_before: 0 };
        let Some(shift) = shift else { return Ok(told) };
        let planned = Sheet::at(&self.board, now, technician, shift, Some(route));
        let frozen = planned.frozen.len();
        told.stops_before =
            (frozen.saturating_sub(1)..at).filter(|i| route.stops[*i].end > now).count() as u32;
        // On the way somewhere: the device knows better than the plan when the technician gets there.
        let heading = planned.frozen.last().filter(|s| s.arrive > now);
        let remaining = heading.zip(fresh).and_then(|(s, p)| self.travel.leg(p.place, s.place, now));
        let behind = remaining.zip(heading).map(|(leg, s)| now + Span(i64::from(leg.seconds)) - s.arrive);
        if at < frozen {
            if stop.arrive > now {
                let p50 = behind.map_or(stop.arrive, |b| (stop.arrive + b).max(now));
                let spread = (p50 - now).0 as f64 * eta::TRAVEL_CV * 1.2816;
                told.eta = crate::board::decision::Eta { p50, p90: p50 + Span(spread as i64) };
                told.position_age = behind.and(fresh).map(|p| p.age(now));
            }
            return Ok(told);
        }
        let mut sheet = planned.seen(fresh.map(|p| p.place), now);
        let seen = fresh.filter(|p| sheet.origin.place == p.place || behind.is_some());
        if let Some(behind) = behind {
            sheet.origin.free = (sheet.origin.free + behind.or_zero()).max(now);
        }
        let errands: Vec<_> = route.stops.iter().map(|s| s.errand.clone()).collect();
        let route = schedule(&sheet, &errands, &self.board, &self.travel).unwrap_or_else(|_| route.clone());
        let pace = |stop: &Stop| Pace::at(&self.board, stop, &technician.id);
        let law = eta::Lateness::under_way(&self.board, now, &sheet);
        told.eta = eta::arrival(sheet.origin, law, &route.stops[frozen..=at], &pace);
        told.position_age = seen.map(|p| p.age(now));
        Ok(told)
    }

    /// Takes a device's word for where a technician is. The newest device time wins.
    pub fn report(&mut self, now: Time, technician: &TechnicianId, position: Position) -> Reported {
        if !self.board.technicians.contains_key(technician) {
            return Reported::Rejected(format!("there is no technician {:?}", technician.as_str()));
        }
        let ahead = position.device_time - now;
        if ahead > AHEAD {
            return Reported::Rejected(format!("the device's clock is {ahead} ahead"));
        }
        if let Err(why) = self.in_region(position.place) {
            return Reported::Rejected(why);
        }
        let had = self.positions.get(technician);
        if had.is_some_and(|p| p.device_time >= position.device_time) {
            return Reported::Stale;
        }
        self.index.sight(technician, position.place, position.device_time, now, &self.travel);
        self.positions.insert(technician.clone(), position);
        Reported::Accepted
    }

    /// The newest position of a technician.
    pub fn position(&self, technician: &TechnicianId) -> Option<&Position> {
        self.positions.get(technician)
    }

    /// A checksum of the board: equal on equal boards.
    pub fn digest(&self) -> String {
        digest::digest(&self.board)
    }
}

/// A need with all that it is asked under.
pub(super) struct Question<'a> {
    pub policy: &'a Policy,
    pub job: &'a JobId,
    pub need: &'a Need,
    pub demand: &'a Demand,
    pub called: Time,
}
