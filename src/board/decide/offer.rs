//! Offers to technicians: made with the visit, ended once, and what follows a decline or silence.

use super::not_found;
use super::withdraw::Rework;
use crate::board::command::Step;
use crate::board::decision::Cause;
use crate::board::event::Event;
use crate::board::id::{JobId, LevelId, TechnicianId};
use crate::board::job::{Job, Visit};
use crate::board::offer::{Offer, OfferEnding, Offering};
use crate::board::refusal::{Noun, Refusal};
use crate::board::{Board, Legs};
use crate::units::Time;

impl Board {
    /// Whether a visit of a level is put to this technician before it counts as taken on.
    pub fn offers_to(&self, level: &LevelId, technician: &TechnicianId) -> bool {
        let asked = self.catalog.levels.get(level).is_some_and(|l| l.offers);
        asked
            || match self.region.policy.offers {
                Offering::Never => false,
                Offering::Partners => self.technicians[technician].traits.partner.is_some(),
                Offering::Everybody => true,
            }
    }

    /// The offer that goes with a visit that the machine plans, where there has to be one.
    pub(super) fn offer_of(&self, now: Time, job: &Job, visit: &Visit) -> Option<Event> {
        self.offers_to(&job.need.level, &visit.technician).then(|| {
            let expires = now + self.region.policy.offer_timeout;
            let (number, technician) = (visit.number, visit.technician.clone());
            let offer = Offer { visit: number, technician, made: now, expires };
            Event::OfferMade { job: job.id.clone(), offer }
        })
    }

    /// The open offer of a visit.
    fn open_offer(&self, now: Time, job: &JobId, visit: u32) -> Result<&Offer, Refusal> {
        let offer = self.offers.open(job).filter(|o| o.visit == visit && now < o.expires);
        offer.ok_or_else(|| not_found(Noun::Offer, &format!("{job}/visits/{visit}")))
    }

    pub(super) fn accept_offer(&self, now: Time, job: &JobId, visit: u32) -> Result<Vec<Event>, Refusal> {
        self.open_offer(now, job, visit)?;
        Ok(vec![Event::OfferEnded { job: job.clone(), ending: OfferEnding::Accepted }])
    }

    pub(super) fn decline_offer(
        &self,
        now: Time,
        id: &JobId,
        visit: u32,
        reason: &str,
        legs: &dyn Legs,
    ) -> Result<Step, Refusal> {
        self.open_offer(now, id, visit)?;
        Ok(self.next_candidate(now, id, OfferEnding::Declined(reason.to_owned()), legs))
    }

    /// Nobody answered: the next one is asked, and this one is left alone for a while.
    pub(super) fn offer_timed_out(&self, now: Time, id: &JobId, legs: &dyn Legs) -> Step {
        self.next_candidate(now, id, OfferEnding::TimedOut, legs)
    }

    fn next_candidate(&self, now: Time, id: &JobId, ending: OfferEnding, legs: &dyn Legs) -> Step {
        let job = &self.jobs[id];
        let visit = job.visit.as_ref().expect("an open offer has a live visit");
        let technician = visit.technician.clone();
        let policy = &self.region.policy;
        let paused = (ending == OfferEnding::TimedOut).then(|| now + policy.timeout_pause);
        let cooled = |job, until| Event::LeftAlone { job, technician: technician.clone(), until };
        let mut step = Step::default();
        step.events.push(Event::OfferEnded { job: id.clone(), ending });
        step.events.push(cooled(Some(id.clone()), now + policy.decline_cooldown));
        step.events.extend(paused.map(|until| cooled(None, until)));
        let rework = Rework { board: self, now, technician: &self.technicians[&technician], legs };
        rework.without(id, visit, &mut step);
        step.owed.insert(0, (id.clone(), Cause::Declined));
        step
    }
}
