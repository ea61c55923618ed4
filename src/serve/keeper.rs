//! The keeper: appends what the desk thread stepped and syncs once for all regions, then publishes, then
//! answers. On any error it answers that nothing is known, and ends: its handle is never used again.

use super::health::Health;
use super::improver::Improver;
use super::limits;
use super::order::{Publish, Stepped};
use super::scribe::Scribe;
use super::shelf::{Shelf, Shown, Subscribers};
use super::store::Store;
use super::watch::{Feeds, Told};
use super::writer::ADOPT;
use crate::journal::{Cursor, Fault as Trouble, Journal, Record};
use crate::wire::status::Fault;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// The keeper's thread as the desk thread sees it.
pub struct Keeper {
    hand: Option<SyncSender<Stepped>>,
    thread: Option<JoinHandle<()>>,
}

const FAILED: &str = "the journal failed while this was under way: repeat it with the same request_id";

/// Starts a keeper on the store's journal.
///
/// # Panics
/// Where the system gives no thread, or the journal was taken already.
pub fn start(store: &Store) -> Keeper {
    let (hand, queue) = sync_channel(store.in_flight());
    let mut journal = store.take_journal().expect("a store starts one keeper");
    let (shelf, feeds, scribe, improver) = (store.shelf(), store.feeds(), store.scribe(), store.improver());
    let alarm = Alarm(Some(store.health()));
    let work = move || {
        let told = Audience { shelf: &shelf, feeds: &feeds, scribe: &scribe, improver: &improver };
        if keep(journal.as_mut(), told, &queue) {
            alarm.disarm();
        }
    };
    let thread = thread::Builder::new().name("keeper".into()).spawn(work).expect("a thread can be had");
    Keeper { hand: Some(hand), thread: Some(thread) }
}

impl Keeper {
    /// Hands on a stepped order; back where the keeper has ended.
    ///
    /// # Errors
    /// The order itself.
    #[allow(clippy::result_large_err, reason = "the order comes back to be answered")]
    pub fn hand(&self, stepped: Stepped) -> Result<(), Stepped> {
        match &self.hand {
            Some(hand) => hand.send(stepped).map_err(|back| back.0),
            None => Err(stepped),
        }
    }

    /// Whether it has ended before it was told to.
    pub fn has_failed(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until all that was handed on is answered.
    pub fn finish(&mut self) {
        self.hand = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the keeper panicked");
        }
    }
}

/// Tells that the journal cannot be written when the keeper ends, by an error or a panic.
struct Alarm(Option<Health>);

impl Alarm {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.iter().for_each(|health| health.journal(false));
    }
}

/// Who is told of what is on disk.
#[derive(Clone, Copy)]
struct Audience<'a> {
    shelf: &'a Shelf,
    feeds: &'a Feeds,
    scribe: &'a Scribe,
    improver: &'a Improver,
}

/// Keeps until nobody hands on any more (true) or the journal fails (false).
fn keep(journal: &mut dyn Journal, told: Audience<'_>, queue: &Receiver<Stepped>) -> bool {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter().take(limits::BATCH - 1));
        let (records, rest): (Vec<Option<Record>>, Vec<_>) =
            batch.into_iter().map(|s| (s.record, (s.publish, s.reply))).unzip();
        let written: Vec<&Record> = records.iter().flatten().collect();
        let cursors: Vec<&Cursor> = rest.iter().filter_map(|(publish, _)| publish.cursor()).collect();
        if let Err(fault) = write(journal, &written, &cursors) {
            tracing::error!(%fault, "the journal failed");
            rest.into_iter().for_each(|(_, reply)| reply.fail(Fault::Unavailable(FAILED).into()));
            queue.try_iter().for_each(|s| s.reply.fail(Fault::Unavailable(FAILED).into()));
            return false;
        }
        for (record, (publish, reply)) in records.into_iter().zip(rest) {
            show(told, record.as_ref(), publish);
            if let Some(record) = record {
                told.feeds.push(&record.region, Told::new(record.seq, record.now, record.events));
            }
            reply.send();
        }
        if let Err(fault) = cut(journal, told.shelf, told.scribe) {
            tracing::error!(%fault, "the journal failed");
            return false;
        }
    }
    true
}

fn write(journal: &mut dyn Journal, records: &[&Record], cursors: &[&Cursor]) -> Result<(), Trouble> {
    if !records.is_empty() {
        journal.append(records)?;
    }
    if cursors.is_empty() { Ok(()) } else { journal.stand(cursors) }
}

/// Drops some of what two verified snapshots hold and no subscriber needs: a little after each commit, so that no
/// caller waits long.
fn cut(journal: &mut dyn Journal, shelf: &Shelf, scribe: &Scribe) -> Result<(), Trouble> {
    let Some((region, upto)) = scribe.due() else { return Ok(()) };
    let needed = shelf.region(&region).map_or(u64::MAX, |shown| {
        let shown = shown.read();
        // the record it stands at stays too: it is how a cursor is known to be of this journal
        let lowest = shown.subscribers.values().min().map_or(u64::MAX, |seq| seq.saturating_sub(1));
        lowest.max(shown.seq.saturating_sub(limits::OUTBOX))
    });
    if journal.cut(&region, upto.min(needed), limits::CUT)? < limits::CUT {
        tracing::info!(%region, upto, "the journal was cut");
        scribe.done(&region, upto);
    }
    Ok(())
}

/// Makes visible what is on disk now.
fn show(told: Audience<'_>, record: Option<&Record>, publish: Publish) {
    let Audience { shelf, feeds, scribe, improver } = told;
    match (publish, record) {
        (Publish::Nothing, _) | (Publish::Events(_), None) | (Publish::Region(_), None) => {}
        (Publish::Events(jobs), Some(record)) => {
            let shown = shelf.region(&record.region).expect("a region that is written is published");
            let mut shown = shown.write();
            debug_assert_eq!(shown.seq + 1, record.seq);
            shown.desk.apply(&record.events, record.now);
            shown.desk.share(jobs);
            shown.seq = record.seq;
            scribe.after(&record.region, record.seq, record.now, shown.desk.board());
            drop(shown);
            if record.kind != ADOPT {
                improver.heed(&record.region, &record.events);
            }
        }
        (Publish::Region(desk), Some(record)) => {
            let there = shelf.region(&record.region);
            let subscribers =
                there.map_or_else(|_| Subscribers::new(), |shown| shown.read().subscribers.clone());
            shelf.put(record.region.clone(), Shown { desk: *desk, seq: record.seq, subscribers });
        }
        (Publish::Cursor(cursor), _) => {
            if let Ok(shown) = shelf.region(&cursor.region) {
                let subscribers = &mut shown.write().subscribers;
                match cursor.seq {
                    Some(seq) => drop(subscribers.insert(cursor.subscriber, seq)),
                    None => drop(subscribers.remove(&cursor.subscriber)),
                }
            }
        }
        (Publish::Positions(region, now, reports), _) => {
            if let Ok(shown) = shelf.region(&region) {
                let mut shown = shown.write();
                reports.iter().for_each(|(t, p)| drop(shown.desk.report(now, t, *p)));
                drop(shown);
                feeds.sighted(&region, reports.into_iter().map(|(technician, _)| technician));
            }
        }
    }
}
