//! Work at a customer's: somebody gets there, works as long as it takes, and does with the parts at hand what the
//! appliance really needs.

use super::{Day, Doing, NOTICE, Turn, WAIT};
use crate::board::catalog::PartCount;
use crate::board::id::{JobId, Location, TechnicianId};
use crate::board::progress::{Finish, Hindrance, Report};
use crate::sim::policy::Policy;
use crate::sim::truth::lognormal;
use crate::units::Span;

impl Day<'_> {
    pub(super) fn there(&mut self, id: &TechnicianId, policy: &mut dyn Policy) {
        let Doing::Driving(job) = self.agents[id].doing.clone() else { return };
        let now = self.driver.now();
        let stamp = self.now_doing(id, Doing::Working(job.clone()));
        self.report(id, Report::Arrived(job.clone()), policy);
        let told = &self.driver.board().jobs[&job];
        let first = told.past.is_empty();
        let call = self.calls[&job];
        if call.absent && first {
            self.stays(id, Some(&job), WAIT);
            return self.at(now + WAIT, Turn::Done(id.clone(), stamp));
        }
        // who is early waits for the window, as planned
        let start = told.need.promised.map_or(now, |w| w.start.max(now));
        let service = match first {
            true => call.service,
            false => {
                let entity = format!("{job}/{}", told.visits);
                lognormal(
                    self.world.chance,
                    &entity,
                    "service",
                    told.demand.service,
                    self.world.truth.service_cv,
                )
            }
        };
        let service = Span((service.0 as f64 * self.world.pace(id)).round().max(1.0) as i64);
        let ends = start + service;
        self.stays(id, Some(&job), ends - now);
        *self.tally.work.entry(id.clone()).or_default() += service.0;
        if start == now {
            self.report(id, Report::Started(job), policy);
        }
        if service > NOTICE {
            self.at(ends - NOTICE, Turn::Notice(id.clone(), stamp));
        }
        self.at(ends, Turn::Done(id.clone(), stamp));
    }

    pub(super) fn done(&mut self, id: &TechnicianId, policy: &mut dyn Policy) {
        let Doing::Working(job) = self.agents[id].doing.clone() else { return };
        self.now_doing(id, Doing::Idle);
        let call = self.calls[&job];
        let told = &self.driver.board().jobs[&job];
        let first = told.past.is_empty();
        let none = || Finish { used: Some(Vec::new()), note: String::new() };
        let at_hand = self.at_hand(id, &job, &call.parts);
        if first && !call.absent {
            self.tally.opened[0] += 1;
            self.tally.opened[1] += u32::from(at_hand);
        }
        if !at_hand || call.absent && first {
            self.tally.vain += self.film.last_way(id).map_or(0, |w| (w.arrive - w.depart).0);
        }
        let report = if call.absent && first {
            Report::CannotComplete(job, Hindrance::NoAccess, none(), Vec::new())
        } else if at_hand {
            Report::Finished(job, Finish { used: Some(call.parts.clone()), note: String::new() })
        } else {
            Report::CannotComplete(job, Hindrance::PartMissing, none(), call.parts.clone())
        };
        self.report(id, report, policy);
    }

    /// Whether what the appliance really needs is in the van, kept for the visit or free.
    fn at_hand(&self, id: &TechnicianId, job: &JobId, parts: &[PartCount]) -> bool {
        let board = self.driver.board();
        let van = Location::Van(id.clone());
        let sources = board.jobs[job].visit.as_ref().map_or(&[][..], |v| &v.sources);
        parts.iter().all(|p| {
            let kept = sources.iter().filter(|s| s.part_count.part == p.part && s.location == van);
            kept.map(|s| s.part_count.count).sum::<u32>() + board.stock.free(&van, &p.part) >= p.count
        })
    }
}
