//! Offers to technicians.

use super::time;
use crate::board::Board;
use crate::board::id::{JobId, RegionId};
use crate::board::offer::{Offer, OfferEnding, PastOffer};
use crate::wire::{name, v1};

/// An open offer.
pub fn open(board: &Board, job: &JobId, offer: &Offer) -> v1::Offer {
    let visit = board.jobs.get(job).and_then(|j| j.visit.as_ref());
    let route = visit.and_then(|v| board.route(&v.technician, v.shift));
    let arrive = route.and_then(|r| r.stop_of(job)).map(|(_, stop)| time(stop.arrive));
    v1::Offer { arrive_time: arrive, ..bare(&board.region.id, job, offer) }
}

/// An offer that is over.
pub fn past(region: &RegionId, job: &JobId, past: &PastOffer) -> v1::Offer {
    let (state, reason) = match &past.ending {
        OfferEnding::Accepted => (v1::OfferState::Accepted, String::new()),
        OfferEnding::Declined(reason) => (v1::OfferState::Declined, reason.clone()),
        OfferEnding::TimedOut => (v1::OfferState::TimedOut, String::new()),
        OfferEnding::Withdrawn => (v1::OfferState::Withdrawn, String::new()),
    };
    let end_time = Some(time(past.ended));
    v1::Offer { state: state.into(), reason, end_time, ..bare(region, job, &past.offer) }
}

fn bare(region: &RegionId, job: &JobId, offer: &Offer) -> v1::Offer {
    v1::Offer {
        visit: name::of_visit(region, job, offer.visit),
        technician: name::of_technician(region, &offer.technician),
        state: v1::OfferState::Open.into(),
        create_time: Some(time(offer.made)),
        expire_time: Some(time(offer.expires)),
        ..Default::default()
    }
}
