//! The desk thread: the only one that changes live boards. It steps what waits for all regions, in order,
//! and hands each stepped order to the keeper. It waits for no disk and owns no rule.

use super::clock::Clock;
use super::keeper::{self, Keeper};
use super::order::{Answer, Order, Publish, Reply, Request, Stepped, Told, Wish};
use super::receipts::{Known, Receipts};
use super::shelf::Subscribers;
use super::store::Store;
use super::took::{Took, Watch, instant};
use super::{Open, improver, limits};
use crate::board::command::Adoption;
use crate::board::id::{RegionId, TechnicianId};
use crate::board::refusal::{Noun, Refusal};
use crate::board::region::Region;
use crate::board::{Board, Command, Event};
use crate::journal::{Cursor, Receipt, Record};
use crate::plan::{Desk, Position, Travel};
use crate::units::Time;
use crate::wire::Failure;
use crate::wire::ask::{Done, NewRegion, Write};
use crate::wire::status::Fault;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A region as the writer knows it, ahead of the disk by what is in flight.
pub struct Live {
    /// The desk.
    pub desk: Desk,
    /// Sequence of its last record.
    pub seq: u64,
    /// The moment of its last record.
    pub now: Time,
    /// Replies by request id.
    pub receipts: Receipts,
    /// Where subscribers stand.
    pub subscribers: Subscribers,
}

/// Live regions by id.
pub type Regions = BTreeMap<RegionId, Live>;

/// The desk thread's state.
pub struct Writer {
    regions: Regions,
    clock: Arc<Clock>,
    open: Open,
    store: Store,
    keeper: Keeper,
    tried: Instant,
    /// Rounds searched around each write before it is answered; see `improver`.
    at_once: Option<u64>,
}

/// Who asks, as long as calls are not authenticated.
const ACTOR: &str = "rpc";
/// Who asks where nobody did.
const IMPROVER: &str = "improver";
/// How adoptions are journalled.
pub const ADOPT: &str = "Adopt";
/// How long to wait before a journal that would not open is tried again.
const AGAIN: Duration = Duration::from_secs(1);
const JOURNAL_DOWN: &str = "the journal cannot be written: nothing is taken on until it can";
const UNKNOWN: &str = "the journal failed while this was under way: repeat it with the same request_id";

impl Writer {
    /// A writer on a store that was just opened.
    pub fn new(
        open: Open,
        clock: Arc<Clock>,
        at_once: Option<u64>,
        (regions, store): (Regions, Store),
    ) -> Writer {
        let keeper = keeper::start(&store);
        Writer { regions, clock, open, store, keeper, tried: instant(), at_once }
    }

    /// Steps orders until nobody can send any more, then waits for the keeper.
    pub fn run(mut self, queue: &Receiver<Order>) {
        loop {
            let first = match queue.recv_timeout(AGAIN) {
                Ok(first) => first,
                // a balancer that reads our health sends nothing: the disk is tried without being asked
                Err(RecvTimeoutError::Timeout) if self.keeper.has_failed() => {
                    self.reopen();
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.wake(self.clock.now());
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let waiting = std::iter::once(first).chain(queue.try_iter().take(limits::BATCH));
            let (advice, batch): (Vec<Order>, Vec<Order>) =
                waiting.partition(|order| matches!(order, Order::Adopt { .. }));
            // Read after all of the batch was sent: no order is stepped at a time before it was asked for.
            let now = self.clock.now();
            self.wake(now);
            let busy = batch.len() > limits::SHORT;
            batch.into_iter().for_each(|order| self.take(now, order));
            advice.into_iter().filter(|_| !busy).for_each(|order| self.take(now, order));
        }
        self.keeper.finish();
    }

    fn take(&mut self, now: Time, order: Order) {
        if self.keeper.has_failed() && !self.reopen() {
            return order.fail(Fault::Unavailable(JOURNAL_DOWN).into());
        }
        let region = order.region().cloned();
        let watch = order.asked().map(Watch::start);
        match catch_unwind(AssertUnwindSafe(|| self.steps(now, region.as_ref(), order))) {
            Ok(all) => {
                let took = watch.map(|watch| watch.stop()).unwrap_or_default();
                for mut stepped in all {
                    stepped.reply.took(took);
                    if let Err(stepped) = self.keeper.hand(stepped) {
                        stepped.reply.fail(Fault::Unavailable(UNKNOWN).into());
                    }
                }
            }
            Err(_) => {
                // the live board may be half changed: what is on disk is not
                tracing::error!(?region, "a step panicked; the regions are read again from disk");
                self.keeper.finish();
                self.reopen();
            }
        }
    }

    /// Does what is due in every region, each thing at its own moment.
    fn wake(&mut self, now: Time) {
        if self.keeper.has_failed() {
            return;
        }
        let woken = catch_unwind(AssertUnwindSafe(|| {
            for live in self.regions.values_mut() {
                while let Some(due) = live.desk.due().filter(|due| *due <= now) {
                    let at = due.max(live.now);
                    let Some(events) = live.desk.wake(at) else { break };
                    let publish = Publish::Events(live.desk.changed(&events));
                    let record = live.record(at, "Wake", events, None, &[]);
                    let step = Stepped { record, publish, reply: Reply::Nobody };
                    if self.keeper.hand(step).is_err() {
                        return;
                    }
                }
            }
        }));
        if woken.is_err() {
            tracing::error!("a step that was due panicked; the regions are read again from disk");
            self.keeper.finish();
            self.reopen();
        }
    }

    /// Everything anew from disk. The old handle is never used again.
    fn reopen(&mut self) -> bool {
        if instant() - self.tried < AGAIN && self.keeper.has_failed() && self.regions.is_empty() {
            return false;
        }
        self.tried = instant();
        self.keeper.finish();
        self.regions.clear();
        match (self.open)() {
            Ok((regions, store)) => {
                (self.regions, self.store) = (regions, store);
                self.keeper = keeper::start(&self.store);
                self.store.health().journal(true);
                tracing::warn!(epoch = self.store.epoch(), "the journal was opened again");
                true
            }
            Err(fault) => {
                self.store.health().journal(false);
                tracing::error!(%fault, "the journal cannot be opened");
                false
            }
        }
    }

    /// The order, and on a controlled clock what is better around what it changed. The caller is answered with the
    /// last of it: what is read next is the same each time.
    fn steps(&mut self, now: Time, region: Option<&RegionId>, order: Order) -> Vec<Stepped> {
        let mut all = vec![self.step(now, order)];
        let Some(region) = region else { return all };
        let events = all[0].record.as_ref().filter(|r| r.kind != ADOPT).map(|r| &r.events[..]);
        let focus = events.and_then(improver::focus);
        let (Some(rounds), Some(focus), Some(live)) = (self.at_once, focus, self.regions.get(region)) else {
            return all;
        };
        for proposal in live.desk.improve_around(now, &focus, live.seq, rounds) {
            let better = self.adopt(now, region, proposal.adoption);
            if better.record.is_some() {
                let last = all.last_mut().expect("the order itself");
                let reply = std::mem::replace(&mut last.reply, Reply::Nobody);
                all.push(Stepped { reply, ..better });
            }
        }
        all
    }

    /// Takes better routes over; what is refused has become stale, and is forgotten.
    fn adopt(&mut self, now: Time, region: &RegionId, adoption: Adoption) -> Stepped {
        let nothing = Stepped { record: None, publish: Publish::Nothing, reply: Reply::Nobody };
        let Some(live) = self.regions.get_mut(region) else { return nothing };
        match live.desk.step(now, &Command::Adopt(adoption)) {
            Ok(events) => {
                let publish = Publish::Events(live.desk.changed(&events));
                let record = live.record(now, ADOPT, events, None, &[]);
                let record = record.map(|record| Record { actor: IMPROVER, ..record });
                Stepped { record, publish, reply: Reply::Nobody }
            }
            Err(refusal) => {
                tracing::debug!(%region, %refusal, "better routes were not taken");
                nothing
            }
        }
    }

    fn step(&mut self, now: Time, order: Order) -> Stepped {
        match order {
            Order::Write { region, kind, request, write, answer, .. } => {
                let result = self.write(now, &region, kind, request.as_ref(), write);
                stepped(answer, result)
            }
            Order::Found { region, request, founding, answer } => {
                let result = self.found(now, &region, request.as_ref(), founding);
                stepped(answer, result)
            }
            Order::Subscriber { region, subscriber, wish, answer } => {
                let stood = self.subscribed(&region, &subscriber, wish);
                let (publish, reply) = match stood {
                    Ok((seq, stands)) => {
                        (Publish::Cursor(Cursor { region, subscriber, seq: stands }), Ok(seq))
                    }
                    Err(failure) => (Publish::Nothing, Err(failure)),
                };
                Stepped { record: None, publish, reply: Reply::Subscriber(answer, reply) }
            }
            Order::Positions { region, reports, answer, .. } => self.positions(now, region, reports, answer),
            Order::Wake { answer } => stepped(answer, Ok((None, Publish::Nothing, Vec::new()))),
            Order::Adopt { region, adoption } => self.adopt(now, &region, *adoption),
        }
    }

    fn write(
        &mut self,
        now: Time,
        region: &RegionId,
        kind: &'static str,
        request: Option<&Request>,
        write: Result<Box<dyn Write>, Failure>,
    ) -> Result<(Option<Record>, Publish, Vec<u8>), Failure> {
        let missing = || Failure::from(Refusal::NotFound { noun: Noun::Region, id: region.to_string() });
        let live = self.regions.get_mut(region).ok_or_else(missing)?;
        if let Some(reply) = remembered(live, &self.store, region, request)? {
            return Ok((None, Publish::Nothing, reply));
        }
        let mut write = write?;
        write.prepare(&live.desk, now)?;
        let command = write.command(&live.desk)?;
        let began = instant();
        let events = live.desk.step(now, &command)?;
        let took = began.elapsed();
        let reply = write.reply(&live.desk, &Done { now, events: &events, took });
        let publish = match self.store.rewoven(now, &live.desk, &events) {
            None => Publish::Events(live.desk.changed(&events)),
            Some((desk, copy)) => {
                live.desk = desk;
                Publish::Region(Box::new(copy))
            }
        };
        let record = live.record(now, kind, events, request, &reply);
        // whoever publishes just now has the same done with the next
        let shown = self.store.shelf().region(region).ok();
        let on_disk = shown.and_then(|shown| shown.try_read().map(|shown| shown.seq));
        on_disk.into_iter().for_each(|seq| live.receipts.on_disk(seq));
        Ok((record, publish, reply))
    }

    fn found(
        &mut self,
        now: Time,
        id: &RegionId,
        request: Option<&Request>,
        founding: Result<Box<(Region, Travel)>, Failure>,
    ) -> Result<(Option<Record>, Publish, Vec<u8>), Failure> {
        if let Some(live) = self.regions.get(id) {
            if let Some(reply) = remembered(live, &self.store, id, request)? {
                return Ok((None, Publish::Nothing, reply));
            }
            return Err(Refusal::AlreadyExists { noun: Noun::Region, id: id.to_string() }.into());
        }
        let (region, travel) = *founding?;
        if self.regions.len() >= limits::REGIONS {
            return Err(Fault::Busy("the list of regions").into());
        }
        let region = Region { created: now, ..region };
        let desk = || Desk::open(Board::new(region.clone()), travel.clone());
        let mut live = Live {
            desk: desk(),
            seq: 0,
            now,
            receipts: Receipts::default(),
            subscribers: Subscribers::new(),
        };
        let reply = NewRegion::reply(&live.desk);
        let events = vec![Event::RegionSet(region.clone())];
        let record = live.record(now, "CreateRegion", events, request, &reply);
        self.regions.insert(id.clone(), live);
        Ok((record, Publish::Region(Box::new(desk())), reply))
    }

    /// Where a subscriber stands once its wish is granted, and what is to be written of that.
    fn subscribed(
        &mut self,
        region: &RegionId,
        subscriber: &str,
        wish: Wish,
    ) -> Result<(u64, Option<u64>), Failure> {
        let missing = |noun, id: &str| Failure::from(Refusal::NotFound { noun, id: id.to_owned() });
        let live = self.regions.get_mut(region).ok_or_else(|| missing(Noun::Region, region.as_str()))?;
        let stands = live.subscribers.get(subscriber).copied();
        let seq = match wish {
            Wish::Delete => {
                live.subscribers.remove(subscriber);
                return Ok((stands.unwrap_or_default(), None));
            }
            Wish::Create if stands.is_none() && live.subscribers.len() >= limits::SUBSCRIBERS => {
                return Err(Fault::Busy("the list of subscribers").into());
            }
            Wish::Create => stands.unwrap_or(live.seq),
            Wish::Acknowledge(seq) => {
                let stands = stands.ok_or_else(|| missing(Noun::Subscriber, subscriber))?;
                // what was not given out yet cannot have been taken in
                stands.max(seq.min(live.seq))
            }
        };
        live.subscribers.insert(subscriber.to_owned(), seq);
        Ok((seq, Some(seq)))
    }

    fn positions(
        &mut self,
        now: Time,
        region: RegionId,
        reports: Vec<(TechnicianId, Position)>,
        answer: Answer<Told<Vec<crate::plan::Reported>>>,
    ) -> Stepped {
        let live = self.regions.get_mut(&region);
        let reported = match live {
            Some(live) => reports.iter().map(|(t, p)| live.desk.report(now, t, *p)).collect(),
            None => Vec::new(),
        };
        let publish = Publish::Positions(region, now, reports);
        let told = Told { reply: Ok(reported), took: Took::default() };
        Stepped { record: None, publish, reply: Reply::Positions(answer, told) }
    }
}

type Result3 = Result<(Option<Record>, Publish, Vec<u8>), Failure>;

fn stepped(answer: Answer<Told<Vec<u8>>>, result: Result3) -> Stepped {
    let told = |reply| Told { reply, took: Took::default() };
    match result {
        Ok((record, publish, reply)) => {
            let publish = if record.is_some() { publish } else { Publish::Nothing };
            Stepped { record, publish, reply: Reply::Message(answer, told(Ok(reply))) }
        }
        Err(failure) => {
            let reply = Reply::Message(answer, told(Err(failure)));
            Stepped { record: None, publish: Publish::Nothing, reply }
        }
    }
}

fn remembered(
    live: &Live,
    store: &Store,
    region: &RegionId,
    request: Option<&Request>,
) -> Result<Option<Vec<u8>>, Failure> {
    let Some(request) = request else { return Ok(None) };
    match live.receipts.find(request)? {
        Known::No => Ok(None),
        Known::Reply(reply) => Ok(Some(reply)),
        Known::OnDisk => store.reply(region, &request.id).map(Some),
    }
}

impl Live {
    /// The record of a change; none where nothing happened and nothing is to be remembered.
    fn record(
        &mut self,
        now: Time,
        kind: &'static str,
        events: Vec<Event>,
        request: Option<&Request>,
        reply: &[u8],
    ) -> Option<Record> {
        if events.is_empty() && request.is_none() {
            return None;
        }
        let receipt = request.map(|r| Receipt {
            request_id: r.id.clone(),
            digest: r.digest.clone(),
            reply: reply.to_vec(),
            at: now,
        });
        self.seq += 1;
        if let Some(receipt) = &receipt {
            self.receipts.keep(receipt, self.seq);
        }
        self.now = now;
        let region = &self.desk.board().region;
        let (tenant, region) = (region.tenant.clone(), region.id.clone());
        Some(Record { region, seq: self.seq, now, actor: ACTOR, tenant, kind, events, receipt })
    }
}
