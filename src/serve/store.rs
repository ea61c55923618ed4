//! From the data directory to live and published regions: opening, and opening again after a failure.

use super::health::Health;
use super::improver::Improver;
use super::receipts::Receipts;
use super::roads::Roads;
use super::scribe::Scribe;
use super::shelf::{Shelf, Shown, Subscribers};
use super::watch::Feeds;
use super::writer::{Live, Regions};
use crate::board::Event;
use crate::board::id::RegionId;
use crate::journal::{Directory, Fault, Journal, Snapshots, Sqlite, recover};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::Failure;
use crate::wire::status::Fault as Ours;
use parking_lot::Mutex;
use std::sync::Arc;

/// Opens a journal for writing. Tests give one that fails.
pub type OpenJournal = Arc<dyn Fn(&std::path::Path) -> Result<Box<dyn Journal>, Fault> + Send + Sync>;

/// All that an opening needs, and keeps over openings.
pub struct Opener {
    /// The lock on the data directory.
    pub directory: Directory,
    /// Road networks by file.
    pub roads: Arc<Roads>,
    /// Where published boards go.
    pub shelf: Arc<Shelf>,
    /// Where streams hear of records.
    pub feeds: Arc<Feeds>,
    /// Who writes snapshots.
    pub scribe: Scribe,
    /// Who is told what changed.
    pub improver: Improver,
    /// How the journal is opened.
    pub journal: OpenJournal,
    /// Where it is said whether the journal can be written.
    pub health: Health,
    /// Writes that may be stepped but not yet on disk.
    pub in_flight: usize,
}

/// An open journal with what goes with it.
pub struct Store {
    journal: Mutex<Option<Box<dyn Journal>>>,
    reader: Sqlite,
    epoch: u64,
    now: Time,
    shelf: Arc<Shelf>,
    feeds: Arc<Feeds>,
    scribe: Scribe,
    improver: Improver,
    roads: Arc<Roads>,
    health: Health,
    in_flight: usize,
}

/// Why a server cannot start on its data.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] Fault),
    /// A region's roads.
    #[error("region {region} cannot be opened: {why}")]
    Roads {
        /// Which region.
        region: RegionId,
        /// Why.
        why: String,
    },
}

impl Opener {
    /// Reads every region from disk and publishes it.
    ///
    /// # Errors
    /// Where the journal or a region's roads cannot be read.
    pub fn open(&self) -> Result<(Regions, Store), OpenError> {
        let file = self.directory.journal();
        self.directory.probe()?;
        let journal = (self.journal)(&file)?;
        let snapshots = Snapshots::at(self.directory.snapshots())?;
        let (mut regions, mut now) = (Regions::new(), Time::MIN);
        let ids = journal.regions()?;
        let cursors = journal.cursors()?;
        if let Some(lost) = snapshots.regions().into_iter().find(|id| !ids.contains(id)) {
            let what = format!(
                "it knows no region {lost}, of which there are snapshots: restore journal and snapshots from one backup"
            );
            return Err(Fault::Damaged { file, what }.into());
        }
        for id in ids {
            let found = recover(journal.as_ref(), Some(&snapshots), &id)?;
            let travel = self
                .roads
                .travel(&found.board.region)
                .map_err(|why| OpenError::Roads { region: id.clone(), why: why.description })?;
            tracing::info!(region = %id, seq = found.seq, replayed = found.replayed, "a region was read");
            let own = cursors.iter().filter(|cursor| cursor.region == id);
            let subscribers: Subscribers =
                own.filter_map(|cursor| Some((cursor.subscriber.clone(), cursor.seq?))).collect();
            let desk = Desk::open(found.board.clone(), travel.clone());
            self.shelf.put(id.clone(), Shown { desk, seq: found.seq, subscribers: subscribers.clone() });
            self.feeds.opened(&id, found.seq);
            let receipts = Receipts::load(found.receipts);
            let desk = Desk::open(found.board, travel);
            let live = Live { desk, seq: found.seq, now: found.now, receipts, subscribers };
            regions.insert(id, live);
            now = now.max(found.now);
        }
        let store = Store {
            epoch: journal.epoch(),
            journal: Mutex::new(Some(journal)),
            reader: Sqlite::read_only(&file)?,
            now,
            shelf: self.shelf.clone(),
            feeds: self.feeds.clone(),
            scribe: self.scribe.clone(),
            improver: self.improver.clone(),
            roads: self.roads.clone(),
            health: self.health.clone(),
            in_flight: self.in_flight,
        };
        Ok((regions, store))
    }
}

impl Store {
    /// The journal, once.
    pub fn take_journal(&self) -> Option<Box<dyn Journal>> {
        self.journal.lock().take()
    }

    /// The published regions.
    pub fn shelf(&self) -> Arc<Shelf> {
        self.shelf.clone()
    }

    /// Where streams hear of records.
    pub fn feeds(&self) -> Arc<Feeds> {
        self.feeds.clone()
    }

    /// Who writes snapshots.
    pub fn scribe(&self) -> Scribe {
        self.scribe.clone()
    }

    /// Who is told what changed.
    pub fn improver(&self) -> Improver {
        self.improver.clone()
    }

    /// Where it is said whether the journal can be written.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Writes that may be stepped but not yet on disk.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The epoch of this opening.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The latest moment in the journal.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Two desks with new travel, where the events changed the hours of the day; positions are kept.
    pub fn rewoven(&self, now: Time, desk: &Desk, events: &[Event]) -> Option<(Desk, Desk)> {
        let set = |e: &Event| matches!(e, Event::RegionSet(_));
        events.iter().find(|e| set(e))?;
        let board = desk.board();
        let travel = self.roads.travel(&board.region).ok()?;
        let open = || {
            let mut new = Desk::open(board.clone(), travel.clone());
            for id in board.technicians.keys() {
                if let Some(position) = desk.position(id) {
                    new.report(now, id, *position);
                }
            }
            new
        };
        Some((open(), open()))
    }

    /// A reply that is on disk.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn reply(&self, region: &RegionId, request_id: &str) -> Result<Vec<u8>, Failure> {
        let found = self.reader.reply(region, request_id).ok().flatten();
        found.ok_or_else(|| Ours::Unavailable("the reply cannot be read from disk").into())
    }
}

/// The usual way to open a journal.
pub fn sqlite() -> OpenJournal {
    Arc::new(|file| Ok(Box::new(Sqlite::open(file)?)))
}
