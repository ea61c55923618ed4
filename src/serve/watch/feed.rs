//! The live feed: what the keeper leaves, and who hears of it.
//!
//! The keeper puts each record, once it is on disk and published, into a bounded ring of its region and rings a
//! bell: it waits for nobody. The crier, one task, carries records from the rings into the inboxes of those who
//! listen. An inbox that is full is emptied and marked: its owner reads what it missed from the ring or the
//! journal. What waits for a watcher is thus bounded, and a watcher that takes nothing costs a look at its mark.

use crate::board::fleet::Route;
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::{Board, Event};
use crate::journal::{Stored, record};
use crate::serve::limits;
use crate::serve::shelf::Shelf;
use crate::units::Time;
use crate::wire::encode::subject::subjects;
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// A record on its way to watchers, without personal data.
#[derive(Debug)]
pub struct Told {
    /// Its sequence.
    pub seq: u64,
    /// When it was decided.
    pub now: Time,
    /// What happened.
    pub events: Vec<Event>,
    checksum: OnceLock<u32>,
}

impl Told {
    /// A record that was just written.
    pub fn new(seq: u64, now: Time, events: Vec<Event>) -> Told {
        Told { seq, now, events: record::bare(events), checksum: OnceLock::new() }
    }

    /// Checksum of its payload, worked out by the first who wants to know.
    pub fn checksum(&self) -> u32 {
        *self.checksum.get_or_init(|| crc32fast::hash(&record::payload(&self.events)))
    }
}

impl From<Stored> for Told {
    fn from(s: Stored) -> Told {
        Told { seq: s.seq, now: s.now, events: s.events, checksum: s.checksum.into() }
    }
}

/// The feeds of all regions.
#[derive(Debug, Default)]
pub struct Feeds {
    regions: RwLock<BTreeMap<RegionId, Arc<Feed>>>,
    rung: Mutex<BTreeSet<RegionId>>,
    bell: Notify,
}

/// The feed of one region.
#[derive(Debug, Default)]
pub struct Feed {
    ring: Mutex<Ring>,
    index: Mutex<Index>,
    seats: AtomicU64,
}

#[derive(Debug, Default)]
struct Ring {
    records: VecDeque<Arc<Told>>,
    /// Technicians whose positions came in.
    sighted: BTreeSet<TechnicianId>,
    /// Set where the journal was opened anew: what is published may have gone past what came by here.
    reset: Option<u64>,
}

/// Who listens to what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// To everything.
    All,
    /// To what is about a job.
    Job(JobId),
    /// To what is about a technician.
    Technician(TechnicianId),
}

#[derive(Debug, Default)]
struct Index {
    /// All up to this one has been cried out.
    cried: u64,
    /// That record, where it came by here.
    head: Option<Arc<Told>>,
    ears: BTreeMap<(Key, u64), Arc<Inbox>>,
    followers: BTreeMap<(JobId, u64), Arc<Nudges>>,
}

/// What may have moved arrivals.
#[derive(Debug, Default)]
struct Moved {
    jobs: BTreeSet<JobId>,
    technicians: BTreeSet<TechnicianId>,
}

/// Jobs whose arrivals may have moved since their follower looked: however often, each is in it once.
#[derive(Debug, Default)]
pub struct Nudges {
    jobs: Mutex<BTreeSet<JobId>>,
    wake: Notify,
}

/// A follower's place at a feed; dropping it leaves.
#[derive(Debug)]
pub struct Follower {
    feed: Arc<Feed>,
    number: u64,
    jobs: Vec<JobId>,
    nudges: Arc<Nudges>,
}

/// What waits for one watcher.
#[derive(Debug, Default)]
struct Inbox {
    waits: Mutex<Waits>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Waits {
    records: VecDeque<Arc<Told>>,
    lost: bool,
}

/// A watcher's place at a feed; dropping it leaves.
#[derive(Debug)]
pub struct Seat {
    feed: Arc<Feed>,
    key: (Key, u64),
    inbox: Arc<Inbox>,
}

/// What a watcher finds in its inbox.
#[derive(Debug)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Records, in order.
    Records(VecDeque<Arc<Told>>),
    /// Some were not kept: all up to this sequence have to be looked up.
    Lost(u64),
}

/// Where a watcher stands for whom nothing waits.
#[derive(Clone, Debug)]
pub struct Head {
    /// All up to this one that it listens to has been delivered.
    pub seq: u64,
    /// That record, where it is known here.
    pub told: Option<Arc<Told>>,
}

impl Feeds {
    /// The feed of a region.
    pub fn of(&self, region: &RegionId) -> Arc<Feed> {
        if let Some(feed) = self.regions.read().get(region) {
            return feed.clone();
        }
        self.regions.write().entry(region.clone()).or_default().clone()
    }

    /// Says that a region was read from disk up to `seq`.
    pub fn opened(&self, region: &RegionId, seq: u64) {
        *self.of(region).ring.lock() = Ring { reset: Some(seq), ..Ring::default() };
        self.ring(region);
    }

    /// Leaves a record that is on disk and published.
    pub fn push(&self, region: &RegionId, told: Told) {
        let feed = self.of(region);
        let mut ring = feed.ring.lock();
        if ring.records.len() == limits::RING {
            ring.records.pop_front();
        }
        ring.records.push_back(Arc::new(told));
        drop(ring);
        self.ring(region);
    }

    /// Says that positions of technicians came in and are published.
    pub fn sighted(&self, region: &RegionId, technicians: impl Iterator<Item = TechnicianId>) {
        self.of(region).ring.lock().sighted.extend(technicians);
        self.ring(region);
    }

    fn ring(&self, region: &RegionId) {
        self.rung.lock().insert(region.clone());
        self.bell.notify_one();
    }

    /// Carries what was left to who listens, for ever.
    pub async fn cry(self: Arc<Feeds>, shelf: Arc<Shelf>) {
        loop {
            self.bell.notified().await;
            loop {
                let Some(region) = self.rung.lock().pop_first() else { break };
                let feed = self.of(&region);
                let moved = feed.cry();
                if let Ok(shown) = shelf.region(&region)
                    && !moved.is_empty()
                {
                    feed.nudge(moved, shown.read().desk.board());
                }
            }
        }
    }
}

impl Feed {
    /// A seat from which all that is cried out from now on is heard, and up to where it was cried by now.
    pub fn sit(self: &Arc<Feed>, key: Key) -> (Seat, u64) {
        let key = (key, self.seats.fetch_add(1, Ordering::Relaxed));
        let inbox = Arc::new(Inbox::default());
        let mut index = self.index.lock();
        index.ears.insert(key.clone(), inbox.clone());
        let cried = index.cried;
        drop(index);
        (Seat { feed: self.clone(), key, inbox }, cried)
    }

    /// A place from which to follow arrivals at jobs; all of them wait to be looked at.
    pub fn follow(self: &Arc<Feed>, jobs: Vec<JobId>) -> Follower {
        let number = self.seats.fetch_add(1, Ordering::Relaxed);
        let nudges =
            Arc::new(Nudges { jobs: Mutex::new(jobs.iter().cloned().collect()), wake: Notify::new() });
        let mut index = self.index.lock();
        index.followers.extend(jobs.iter().map(|job| ((job.clone(), number), nudges.clone())));
        drop(index);
        Follower { feed: self.clone(), number, jobs, nudges }
    }

    /// Records in memory that follow `seq` without a gap; none where they are not there any more.
    pub fn after(&self, seq: u64) -> VecDeque<Arc<Told>> {
        let ring = self.ring.lock();
        match ring.records.front() {
            Some(first) if first.seq <= seq + 1 => {
                ring.records.iter().filter(|told| told.seq > seq).cloned().collect()
            }
            _ => VecDeque::new(),
        }
    }

    /// Carries records to inboxes; what is left to do is to tell followers.
    fn cry(&self) -> Moved {
        let mut index = self.index.lock();
        let mut ring = self.ring.lock();
        let mut moved = Moved { technicians: std::mem::take(&mut ring.sighted), jobs: BTreeSet::new() };
        let reset = ring.reset.take();
        let fresh: Vec<Arc<Told>> =
            ring.records.iter().filter(|told| reset.is_some() || told.seq > index.cried).cloned().collect();
        if index.ears.is_empty() {
            // nobody would fall back on it
            ring.records.clear();
        }
        drop(ring);
        let missed = fresh.first().is_some_and(|first| first.seq > index.cried + 1);
        if let Some(seq) = reset {
            (index.cried, index.head) = (seq, None);
        }
        if reset.is_some() || missed {
            index.ears.values().for_each(|inbox| inbox.lose());
            moved.jobs.extend(index.followers.keys().map(|(job, _)| job.clone()));
        }
        for told in fresh {
            index.hear(&told, &mut moved);
            (index.cried, index.head) = (told.seq, Some(told));
        }
        if index.followers.is_empty() { Moved::default() } else { moved }
    }

    fn nudge(&self, mut moved: Moved, board: &Board) {
        let routes = moved.technicians.iter().filter_map(|technician| board.routes.get(technician));
        moved.jobs.extend(routes.flat_map(|routes| routes.values()).flat_map(Route::jobs).cloned());
        let index = self.index.lock();
        for job in moved.jobs {
            let followers = index.followers.range((job.clone(), 0)..=(job.clone(), u64::MAX));
            followers.for_each(|(_, nudges)| nudges.put(&job));
        }
    }
}

impl Index {
    fn hear(&self, told: &Arc<Told>, moved: &mut Moved) {
        if self.ears.is_empty() && self.followers.is_empty() {
            return;
        }
        let (mut jobs, mut technicians) = (BTreeSet::new(), BTreeSet::new());
        for event in &told.events {
            let about = subjects(event);
            jobs.extend(about.jobs.into_iter().cloned());
            technicians.extend(about.technicians.into_iter().cloned());
        }
        moved.jobs.extend(jobs.iter().cloned());
        moved.technicians.extend(technicians.iter().cloned());
        let keys = jobs.into_iter().map(Key::Job).chain(technicians.into_iter().map(Key::Technician));
        for key in std::iter::once(Key::All).chain(keys) {
            let ears = self.ears.range((key.clone(), 0)..=(key, u64::MAX));
            ears.for_each(|(_, inbox)| inbox.put(told));
        }
    }
}

impl Inbox {
    fn put(&self, told: &Arc<Told>) {
        let mut waits = self.waits.lock();
        if waits.lost {
            return;
        }
        if waits.records.len() == limits::INBOX {
            drop(waits);
            return self.lose();
        }
        waits.records.push_back(told.clone());
        drop(waits);
        self.wake.notify_one();
    }

    fn lose(&self) {
        *self.waits.lock() = Waits { records: VecDeque::new(), lost: true };
        self.wake.notify_one();
    }
}

impl Seat {
    /// Takes what waits.
    pub fn take(&self) -> Found {
        let mut waits = self.inbox.waits.lock();
        if !waits.lost {
            let records = std::mem::take(&mut waits.records);
            return if records.is_empty() { Found::Nothing } else { Found::Records(records) };
        }
        drop(waits);
        // under the index, so that what is not kept and what was cried out agree
        let index = self.feed.index.lock();
        *self.inbox.waits.lock() = Waits::default();
        Found::Lost(index.cried)
    }

    /// Done once something may wait.
    pub async fn heard(&self) {
        self.inbox.wake.notified().await;
    }

    /// Up to where all was delivered; `None` where something waits.
    pub fn head(&self) -> Option<Head> {
        let index = self.feed.index.lock();
        let waits = self.inbox.waits.lock();
        let idle = waits.records.is_empty() && !waits.lost;
        idle.then(|| Head { seq: index.cried, told: index.head.clone() })
    }

    /// The feed it is at.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }
}

impl Moved {
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.technicians.is_empty()
    }
}

impl Nudges {
    fn put(&self, job: &JobId) {
        self.jobs.lock().insert(job.clone());
        self.wake.notify_one();
    }
}

impl Follower {
    /// Takes the jobs to look at, in order; waits until there is one.
    pub async fn take(&self) -> BTreeSet<JobId> {
        loop {
            let jobs = std::mem::take(&mut *self.nudges.jobs.lock());
            if !jobs.is_empty() {
                return jobs;
            }
            self.nudges.wake.notified().await;
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut index = self.feed.index.lock();
        for job in self.jobs.drain(..) {
            index.followers.remove(&(job, self.number));
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.feed.index.lock().ears.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(feeds: &Feeds, seqs: std::ops::RangeInclusive<u64>, job: &str) {
        for seq in seqs {
            let event = Event::VisitWithdrawn { job: job.into() };
            feeds.push(&"milan".into(), Told::new(seq, Time(0), vec![event]));
        }
    }

    fn seqs(found: &Found) -> Vec<u64> {
        match found {
            Found::Records(records) => records.iter().map(|told| told.seq).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_hears_what_it_listens_to_and_who_falls_behind_is_sent_back() {
        let feeds = Feeds::default();
        feeds.opened(&"milan".into(), 10);
        let feed = feeds.of(&"milan".into());
        feed.cry();
        let ((all, from), (one, _)) = (feed.sit(Key::All), feed.sit(Key::Job("a".into())));
        assert_eq!(from, 10);
        left(&feeds, 11..=12, "a");
        left(&feeds, 13..=13, "b");
        feed.cry();
        assert_eq!((seqs(&all.take()), seqs(&one.take())), (vec![11, 12, 13], vec![11, 12]));
        // nothing waits: it stands where all was cried out, past what it does not listen to
        assert_eq!(one.head().map(|head| head.seq), Some(13));
        let most = limits::INBOX as u64;
        left(&feeds, 14..=14 + most, "b");
        feed.cry();
        assert!(all.head().is_none());
        assert!(matches!(all.take(), Found::Lost(goal) if goal == 14 + most));
        assert!(matches!(one.take(), Found::Nothing));
        let near = feed.after(13);
        assert_eq!((near.front().unwrap().seq, near.len() as u64), (14, most + 1));
        // more than the ring holds before anybody looks: the crier itself has missed some
        let last = 200 + limits::RING as u64;
        left(&feeds, 15 + most..=last, "b");
        feed.cry();
        assert!(matches!(one.take(), Found::Lost(goal) if goal == last));
        assert!(feed.after(100).is_empty(), "that is in the journal alone");
        // the journal was opened anew and knows more than came by here
        feeds.opened(&"milan".into(), last + 5);
        left(&feeds, last + 6..=last + 6, "a");
        feed.cry();
        assert!(matches!(one.take(), Found::Lost(goal) if goal == last + 6));
    }
}
