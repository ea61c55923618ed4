//! Work by hand: assigning, taking away, reordering.

use super::dispatch::name_customer;
use super::{Ask, Done, Write, region_of};
use crate::board::Command;
use crate::board::fleet::Errand;
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::refusal::{Noun, Refusal};
use crate::plan::{ByHand, Desk, Evaluation, Wish};
use crate::units::Time;
use crate::wire::check::At;
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// A technician to send to a job; the way is found when the writer takes it.
#[derive(Debug)]
pub struct AssignJob {
    wish: Wish,
    locked: bool,
    revision: Option<u64>,
    found: Option<ByHand>,
}

impl Ask for v1::AssignJobRequest {
    const METHOD: &'static str = "AssignJob";
    type Write = AssignJob;
    type Reply = v1::AssignJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of("job", "jobs", &self.job)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn only_check(&self) -> bool {
        self.validate_only
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<AssignJob> {
        let job = name::anywhere(&at.field("job"), "jobs", &self.job);
        let region = &desk.board().region.id;
        let technician = name::member(&at.field("technician"), region, "technicians", &self.technician);
        let shift = match &self.shift_start {
            None => Some(None),
            Some(t) => decode::time(&at.field("shift_start"), t).map(Some),
        };
        let position = match self.position.map(u32::try_from) {
            None => Some(None),
            Some(Ok(n)) => Some(Some(n)),
            Some(Err(_)) => at.field("position").no("is negative"),
        };
        let revision = decode::etag(&at.field("etag"), &self.etag);
        let (job, technician) = (job?.1.into(), technician?.into());
        let wish = Wish { job, technician, shift: shift?, position: position? };
        Some(AssignJob { wish, locked: !self.unlocked, revision: revision?, found: None })
    }

    fn complete(reply: &mut v1::AssignJobResponse, desk: &Desk) {
        reply.job.iter_mut().for_each(|job| name_customer(job, desk));
    }
}

impl AssignJob {
    fn found(&self) -> &ByHand {
        self.found.as_ref().expect("the way is found before there is a command")
    }

    fn told(&self, desk: &Desk, now: Time, done: bool) -> Vec<u8> {
        let board = desk.board();
        let job = &board.jobs[&self.wish.job];
        let visit = job.visit.as_ref().filter(|_| done);
        v1::AssignJobResponse {
            job: Some(encode::job::bare(desk, job)),
            visit: visit.map(|v| encode::job::visit(desk, job, v, now)),
            evaluation: Some(encode::manual::evaluation(&board.region.id, &self.found().evaluation)),
        }
        .encode_to_vec()
    }
}

impl Write for AssignJob {
    fn prepare(&mut self, desk: &Desk, now: Time) -> Result<(), Failure> {
        self.found = Some(desk.assign_by_hand(now, &self.wish, self.locked)?);
        Ok(())
    }

    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let found = self.found();
        Ok(Command::Place {
            job: self.wish.job.clone(),
            assignment: found.assignment.clone(),
            locked: self.locked,
            decision: found.decision.clone(),
            revision: self.revision,
        })
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        self.told(desk, done.now, true)
    }

    fn rehearsed(&self, desk: &Desk, now: Time) -> Vec<u8> {
        self.told(desk, now, false)
    }
}

/// A visit to take away.
#[derive(Debug)]
pub struct UnassignJob {
    job: JobId,
    reason: String,
    replan: bool,
    revision: Option<u64>,
    found: Evaluation,
}

impl Ask for v1::UnassignJobRequest {
    const METHOD: &'static str = "UnassignJob";
    type Write = UnassignJob;
    type Reply = v1::UnassignJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of("job", "jobs", &self.job)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn only_check(&self) -> bool {
        self.validate_only
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<UnassignJob> {
        let job = name::anywhere(&at.field("job"), "jobs", &self.job);
        let reason = decode::text(&at.field("reason"), &self.reason, decode::TEXT_MOST);
        let revision = decode::etag(&at.field("etag"), &self.etag);
        let (job, reason, revision) = (job?.1.into(), reason?, revision?);
        Some(UnassignJob { job, reason, replan: self.replan, revision, found: Evaluation::default() })
    }

    fn complete(reply: &mut v1::UnassignJobResponse, desk: &Desk) {
        reply.job.iter_mut().for_each(|job| name_customer(job, desk));
    }
}

impl UnassignJob {
    fn told(&self, desk: &Desk) -> Vec<u8> {
        let board = desk.board();
        v1::UnassignJobResponse {
            job: Some(encode::job::bare(desk, &board.jobs[&self.job])),
            evaluation: Some(encode::manual::evaluation(&board.region.id, &self.found)),
        }
        .encode_to_vec()
    }
}

impl Write for UnassignJob {
    fn prepare(&mut self, desk: &Desk, now: Time) -> Result<(), Failure> {
        self.found = desk.evaluation(now, &self.command(desk)?)?;
        Ok(())
    }

    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let (job, reason, replan) = (self.job.clone(), self.reason.clone(), self.replan);
        Ok(Command::Unassign { job, reason, replan, revision: self.revision })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        self.told(desk)
    }

    fn rehearsed(&self, desk: &Desk, _now: Time) -> Vec<u8> {
        self.told(desk)
    }
}

/// A route to put into another order.
#[derive(Debug)]
pub struct ReorderRoute {
    technician: TechnicianId,
    shift: Time,
    visits: Vec<(JobId, u32)>,
    errands: Vec<Errand>,
    found: Evaluation,
}

impl Ask for v1::ReorderRouteRequest {
    const METHOD: &'static str = "ReorderRoute";
    type Write = ReorderRoute;
    type Reply = v1::ReorderRouteResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of("technician", "technicians", &self.technician)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn only_check(&self) -> bool {
        self.validate_only
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<ReorderRoute> {
        let technician = name::anywhere(&at.field("technician"), "technicians", &self.technician);
        let start_at = at.field("shift_start");
        let shift = start_at.need(&self.shift_start).and_then(|t| decode::time(&start_at, t));
        let visits = at.field("visits").each_once(&self.visits, 200, ("", |v| v), |at, said| {
            let (region, job, number) = name::visit(at, said)?;
            if region != desk.board().region.id {
                return at.no("belongs to another region than the technician");
            }
            Some((job, number))
        });
        let (technician, shift, visits) = (technician?.1.into(), shift?, visits?);
        let (errands, found) = (Vec::new(), Evaluation::default());
        Some(ReorderRoute { technician, shift, visits, errands, found })
    }
}

impl ReorderRoute {
    fn told(&self, desk: &Desk) -> Vec<u8> {
        let board = desk.board();
        let route = board.route(&self.technician, self.shift);
        v1::ReorderRouteResponse {
            route: route.map(|r| encode::fleet::route(desk, &self.technician, r)),
            evaluation: Some(encode::manual::evaluation(&board.region.id, &self.found)),
        }
        .encode_to_vec()
    }
}

impl Write for ReorderRoute {
    fn prepare(&mut self, desk: &Desk, now: Time) -> Result<(), Failure> {
        let board = desk.board();
        for (job, number) in &self.visits {
            let visit = board.jobs.get(job).and_then(|j| j.visit.as_ref());
            if visit.is_none_or(|v| v.number != *number) {
                let id = format!("{job}/visits/{number}");
                return Err(Refusal::NotFound { noun: Noun::Visit, id }.into());
            }
        }
        let jobs: Vec<JobId> = self.visits.iter().map(|(job, _)| job.clone()).collect();
        self.errands = desk.reordered(now, (&self.technician, self.shift), &jobs)?;
        self.found = desk.evaluation(now, &self.command(desk)?)?;
        Ok(())
    }

    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let (technician, errands) = (self.technician.clone(), self.errands.clone());
        Ok(Command::Reorder { technician, shift: self.shift, errands })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        self.told(desk)
    }

    fn rehearsed(&self, desk: &Desk, _now: Time) -> Vec<u8> {
        self.told(desk)
    }
}
