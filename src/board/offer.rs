//! Offers: a planned visit put to its technician, who may decline it, and what is remembered of that.

use super::id::{JobId, TechnicianId};
use crate::units::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A visit put to its technician. There is at most one for a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Number of the job's visit.
    pub visit: u32,
    /// To whom.
    pub technician: TechnicianId,
    /// When it was made.
    pub made: Time,
    /// Until when it can be taken.
    pub expires: Time,
}

/// How an offer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferEnding {
    /// The technician takes it.
    Accepted,
    /// The technician does not, with the reason given.
    Declined(String),
    /// Nobody answered in time.
    TimedOut,
    /// The visit was moved, called off, or settled by a human.
    Withdrawn,
}

/// An offer that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOffer {
    /// As it was made.
    pub offer: Offer,
    /// When it ended.
    pub ended: Time,
    /// How.
    pub ending: OfferEnding,
}

/// How many past offers a job keeps.
pub const KEPT_OFFERS: usize = 10;

/// Who is asked before a visit counts as taken on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Offering {
    /// Nobody, but for levels that say so themselves.
    #[default]
    Never,
    /// Technicians of partners.
    Partners,
    /// Everybody.
    Everybody,
}

/// All offers of a region, and who is not to be asked for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    open: BTreeMap<JobId, Offer>,
    past: BTreeMap<JobId, Vec<PastOffer>>,
    cooling: BTreeMap<JobId, BTreeMap<TechnicianId, Time>>,
    paused: BTreeMap<TechnicianId, Time>,
}

impl Offers {
    /// The open offer of a job's live visit.
    pub fn open(&self, job: &JobId) -> Option<&Offer> {
        self.open.get(job)
    }

    /// All open offers, by job.
    pub fn all_open(&self) -> impl Iterator<Item = (&JobId, &Offer)> {
        self.open.iter()
    }

    /// The past offers of a job, the newest first.
    pub fn past(&self, job: &JobId) -> &[PastOffer] {
        self.past.get(job).map_or(&[], Vec::as_slice)
    }

    /// All past offers, by job.
    pub fn all_past(&self) -> impl Iterator<Item = (&JobId, &PastOffer)> {
        self.past.iter().flat_map(|(job, past)| past.iter().map(move |p| (job, p)))
    }

    /// Who is not to be asked for a job at `now`: after declining it, or having been taken off it.
    pub fn cooling(&self, job: &JobId, now: Time) -> impl Iterator<Item = &TechnicianId> {
        let all = self.cooling.get(job).into_iter().flatten();
        all.filter(move |(_, until)| **until > now).map(|(id, _)| id)
    }

    /// Who is not to be asked for anything at `now`: after letting an offer time out.
    pub fn paused(&self, now: Time) -> impl Iterator<Item = &TechnicianId> {
        self.paused.iter().filter(move |(_, until)| **until > now).map(|(id, _)| id)
    }

    /// Everybody who is or was not to be asked for a job that is not over, with until when.
    pub fn all_cooling(&self) -> impl Iterator<Item = (&JobId, &BTreeMap<TechnicianId, Time>)> {
        self.cooling.iter()
    }

    /// Whether anybody was ever not to be asked for a job, while it is not over.
    pub fn was_cooled(&self, job: &JobId) -> bool {
        self.cooling.contains_key(job)
    }

    /// When the next one may be asked for a job who may not at `now`.
    pub fn free_again(&self, job: &JobId, now: Time) -> Option<Time> {
        let all = self.cooling.get(job).into_iter().flatten().chain(&self.paused);
        all.map(|(_, until)| *until).filter(|until| *until > now).min()
    }

    /// Puts a visit to its technician.
    pub fn make(&mut self, job: &JobId, offer: &Offer) {
        let before = self.open.insert(job.clone(), offer.clone());
        debug_assert!(before.is_none(), "a job has one open offer at most");
    }

    /// Ends the open offer of a job, where there is one.
    pub fn end(&mut self, job: &JobId, ending: &OfferEnding, ended: Time) {
        let Some(offer) = self.open.remove(job) else { return };
        let past = self.past.entry(job.clone()).or_default();
        past.insert(0, PastOffer { offer, ended, ending: ending.clone() });
        past.truncate(KEPT_OFFERS);
    }

    /// Puts the offers of a job back as they were.
    pub fn put_back(&mut self, job: &JobId, open: Option<Offer>, past: Vec<PastOffer>) {
        self.open.remove(job);
        self.open.extend(open.map(|offer| (job.clone(), offer)));
        self.past.remove(job);
        self.past.extend((!past.is_empty()).then(|| (job.clone(), past)));
    }

    /// Leaves a technician alone until then: about one job, or about all where `None`.
    pub fn cool(&mut self, job: Option<&JobId>, technician: &TechnicianId, until: Time) {
        let all = match job {
            Some(job) => self.cooling.entry(job.clone()).or_default(),
            None => &mut self.paused,
        };
        all.insert(technician.clone(), until);
    }

    /// Forgets who is to be left alone about a job that is over.
    pub fn forget(&mut self, job: &JobId) {
        self.cooling.remove(job);
    }
}
