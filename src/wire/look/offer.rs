//! Reading offers.

use super::Look;
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::offer::Offer;
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::page::Page;
use crate::wire::{Failure, encode, name, v1};
use std::collections::BTreeMap;

/// The id that a filter names; none where it is empty.
pub(super) fn filter<'m>(
    at: &At<'_>,
    desk: &Desk,
    collection: &str,
    said: &'m str,
) -> Option<Option<&'m str>> {
    match said {
        "" => Some(None),
        said => name::member(at, &desk.board().region.id, collection, said).map(Some),
    }
}

impl Look for v1::ListOffersRequest {
    type Reply = v1::ListOffersResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("offers {} {} {} {}", self.parent, self.technician, self.job, self.include_ended);
        let (technician, job, page) = check(|at| {
            let technician = filter(&at.field("technician"), desk, "technicians", &self.technician);
            let job = filter(&at.field("job"), desk, "jobs", &self.job);
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            Some((technician?.map(TechnicianId::from), job?.map(JobId::from), page?))
        })?;
        let board = desk.board();
        let meant = |id: &JobId, offer: &Offer| {
            technician.as_ref().is_none_or(|t| *t == offer.technician)
                && job.as_ref().is_none_or(|job| job == id)
        };
        let key = |id: &JobId, offer: &Offer| format!("{id} {:010}", offer.visit);
        let mut all: BTreeMap<String, v1::Offer> = BTreeMap::new();
        for (id, offer) in board.offers.all_open().filter(|(id, offer)| meant(id, offer)) {
            all.insert(key(id, offer), encode::offer::open(board, id, offer));
        }
        let past = board.offers.all_past().filter(|_| self.include_ended);
        for (id, past) in past.filter(|(id, past)| meant(id, &past.offer)) {
            let told = encode::offer::past(&board.region.id, id, past);
            all.insert(key(id, &past.offer), told);
        }
        let rest = all.into_iter().filter(|(key, _)| page.reaches(key));
        let (offers, next_page_token) = page.take(rest, |(key, _)| key.clone());
        Ok(v1::ListOffersResponse { offers: offers.into_iter().map(|(_, o)| o).collect(), next_page_token })
    }
}
