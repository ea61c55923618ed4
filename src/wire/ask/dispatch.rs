//! Creating, correcting and calling off jobs.

use super::{Ask, Done, Write};
use crate::board::command::NewJob;
use crate::board::id::{JobId, RegionId};
use crate::board::job::{Customer, Need};
use crate::board::refusal::{Noun, Refusal};
use crate::board::{Command, Event};
use crate::plan::Desk;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;

/// A new job; the id is given when the writer takes it, where the caller gave none.
#[derive(Debug)]
pub struct CreateJob {
    id: Option<JobId>,
    order_number: Option<String>,
    need: Need,
    customer: Customer,
}

impl Ask for v1::CreateJobRequest {
    const METHOD: &'static str = "CreateJob";
    type Write = CreateJob;
    type Reply = v1::CreateJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<CreateJob> {
        let id = decode::job::id(&at.field("job_id"), &self.job_id);
        let at = at.field("job");
        let job = at.need(&self.job)?;
        let need_at = at.field("need");
        let need = need_at.need(&job.need).and_then(|n| decode::job::need(&need_at, desk, n));
        let customer = decode::job::customer(&at.field("customer"), &job.customer);
        let order_number = decode::job::order_number(&at.field("order_number"), &job.order_number);
        Some(CreateJob { id: id?, order_number: order_number?, need: need?, customer: customer? })
    }

    fn complete(reply: &mut v1::CreateJobResponse, desk: &Desk) {
        reply.job.iter_mut().for_each(|job| name_customer(job, desk));
    }
}

/// Says who called, as far as that is known now.
pub(super) fn name_customer(job: &mut v1::Job, desk: &Desk) {
    let id = job.name.rsplit('/').next().unwrap_or_default().into();
    job.customer = desk.board().customers.get(&id).map(encode::job::customer);
}

impl Write for CreateJob {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        let id = self.id.clone().unwrap_or_else(|| free_id(desk));
        Ok(Command::CreateJob(NewJob {
            id,
            order_number: self.order_number.clone(),
            need: self.need.clone(),
            customer: self.customer.clone(),
        }))
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let id =
            done.events.iter().find_map(|e| if let Event::JobCreated(j) = e { Some(&j.id) } else { None });
        let id = id.expect("a job that is created is journalled");
        let told = told(desk, id, done);
        v1::CreateJobResponse {
            job: told.job,
            visit: told.visit,
            decision: told.decision,
            decide_duration: told.decide_duration,
        }
        .encode_to_vec()
    }
}

/// The next id that nobody gave: they rise, so that jobs list in order of creation.
pub(super) fn free_id(desk: &Desk) -> JobId {
    let board = desk.board();
    let from = board.version;
    let free = (from..).map(|n| JobId::from(format!("j{n:09}").as_str()));
    free.into_iter().find(|id| !board.jobs.contains_key(id)).expect("there are more ids than jobs")
}

pub(super) fn told(desk: &Desk, id: &JobId, done: &Done<'_>) -> v1::UpdateJobResponse {
    let board = desk.board();
    let job = &board.jobs[id];
    let decided = done.events.iter().rev().find_map(|e| match e {
        Event::Decided { job, decision } if job == id => Some(decision),
        _ => None,
    });
    v1::UpdateJobResponse {
        job: Some(encode::job::bare(desk, job)),
        visit: job.visit.as_ref().map(|v| encode::job::visit(desk, job, v, done.now)),
        decision: decided.map(|d| encode::decision::decision(&board.region.id, d)),
        decide_duration: Some(encode::measured(done.took)),
    }
}

/// A correction: the fields to change are laid over the job as it is when the writer takes it.
#[derive(Debug)]
pub struct UpdateJob {
    id: JobId,
    revision: Option<u64>,
    said: v1::Job,
    paths: Vec<String>,
}

const JOB_PATHS: [&str; 21] = [
    "order_number",
    "customer",
    "need",
    "need.kind",
    "need.place",
    "need.service_level",
    "need.access_windows",
    "need.promised_window",
    "need.appliance_family",
    "need.faults",
    "need.required_certifications",
    "need.parts",
    "need.kits",
    "need.service_duration",
    "need.inspect_only",
    "need.excluded_technicians",
    "need.warranty",
    "need.preferred_technicians",
    "need.language",
    "need.language_required",
    "need.elderly_care",
];

impl Ask for v1::UpdateJobRequest {
    const METHOD: &'static str = "UpdateJob";
    type Write = UpdateJob;
    type Reply = v1::UpdateJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| {
            let at = at.field("job");
            let job = at.need(&self.job)?;
            name::anywhere(&at.field("name"), "jobs", &job.name).map(|(region, _)| region)
        })
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<UpdateJob> {
        let job_at = at.field("job");
        let job = job_at.need(&self.job)?;
        let (_, id) = name::anywhere(&job_at.field("name"), "jobs", &job.name)?;
        let revision = decode::etag(&job_at.field("etag"), &job.etag);
        let paths = decode::mask(&at.field("update_mask"), &self.update_mask, &JOB_PATHS);
        let (revision, paths) = (revision?, paths?.to_vec());
        let mut write = UpdateJob { id: id.into(), revision, said: job.clone(), paths };
        if desk.board().jobs.contains_key(&write.id) {
            // all that can be said now is said now; the writer looks again
            let job_at = at.field("job");
            write.merged(&job_at, desk)?;
        }
        write.said.name.clear();
        Some(write)
    }

    fn complete(reply: &mut v1::UpdateJobResponse, desk: &Desk) {
        reply.job.iter_mut().for_each(|job| name_customer(job, desk));
    }
}

impl UpdateJob {
    fn merged(&self, at: &At<'_>, desk: &Desk) -> Option<Command> {
        let board = desk.board();
        let job = &board.jobs[&self.id];
        let mut need = encode::job::need(&board.region.id, &job.need);
        let wish = self.said.need.clone().unwrap_or_default();
        for path in &self.paths {
            lay_over(&mut need, &wish, path);
        }
        // who left since is excluded for good
        let there = |name: &String| {
            let id = name.rsplit('/').next().unwrap_or_default();
            board.technicians.contains_key(&id.into())
        };
        if !self.paths.iter().any(|p| p == "need" || p == "need.excluded_technicians") {
            need.excluded_technicians.retain(there);
        }
        if !self.paths.iter().any(|p| p == "need" || p == "need.preferred_technicians") {
            need.preferred_technicians.retain(there);
        }
        let whole = self.paths.iter().any(|p| p == "need") && self.said.need.is_none();
        let touched = self.paths.iter().any(|p| p.starts_with("need"));
        let need_at = at.field("need");
        let need = match (whole, touched) {
            (true, _) => need_at.no("has to be set"),
            (_, true) => decode::job::need(&need_at, desk, &need),
            (_, false) => Some(job.need.clone()),
        };
        let masked = |path: &str| self.paths.iter().any(|p| p == path);
        let customer = match masked("customer") {
            true => decode::job::customer(&at.field("customer"), &self.said.customer).map(Some),
            false => Some(None),
        };
        let order_number = match masked("order_number") {
            true => decode::job::order_number(&at.field("order_number"), &self.said.order_number),
            false => Some(job.order_number.clone()),
        };
        Some(Command::CorrectJob {
            job: self.id.clone(),
            order_number: order_number?,
            need: need?,
            customer: customer?,
            revision: self.revision,
        })
    }
}

fn lay_over(need: &mut v1::Need, wish: &v1::Need, path: &str) {
    match path {
        "need" => need.clone_from(wish),
        "need.kind" => need.kind = wish.kind,
        "need.place" => need.place = wish.place,
        "need.service_level" => need.service_level.clone_from(&wish.service_level),
        "need.access_windows" => need.access_windows.clone_from(&wish.access_windows),
        "need.promised_window" => need.promised_window = wish.promised_window,
        "need.appliance_family" => need.appliance_family.clone_from(&wish.appliance_family),
        "need.faults" => need.faults.clone_from(&wish.faults),
        "need.required_certifications" => {
            need.required_certifications.clone_from(&wish.required_certifications);
        }
        "need.parts" => need.parts.clone_from(&wish.parts),
        "need.kits" => need.kits.clone_from(&wish.kits),
        "need.service_duration" => need.service_duration = wish.service_duration,
        "need.warranty" => need.warranty = wish.warranty,
        "need.preferred_technicians" => {
            need.preferred_technicians.clone_from(&wish.preferred_technicians);
        }
        "need.language" => need.language.clone_from(&wish.language),
        "need.language_required" => need.language_required = wish.language_required,
        "need.elderly_care" => need.elderly_care = wish.elderly_care,
        "need.inspect_only" => need.inspect_only = wish.inspect_only,
        "need.excluded_technicians" => need.excluded_technicians.clone_from(&wish.excluded_technicians),
        // `customer` and `order_number`; the mask was checked
        _ => {}
    }
}

impl Write for UpdateJob {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        if !desk.board().jobs.contains_key(&self.id) {
            return Err(Refusal::NotFound { noun: Noun::Job, id: self.id.to_string() }.into());
        }
        check(|at| self.merged(&at.field("job"), desk))
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        told(desk, &self.id, done).encode_to_vec()
    }
}

/// Calling a job off.
#[derive(Debug)]
pub struct CancelJob {
    id: JobId,
    reason: String,
    revision: Option<u64>,
}

impl Ask for v1::CancelJobRequest {
    const METHOD: &'static str = "CancelJob";
    type Write = CancelJob;
    type Reply = v1::Job;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("name"), "jobs", &self.name).map(|(region, _)| region))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<CancelJob> {
        let name = name::anywhere(&at.field("name"), "jobs", &self.name);
        let reason = decode::text(&at.field("reason"), &self.reason, decode::TEXT_MOST);
        let revision = decode::etag(&at.field("etag"), &self.etag);
        Some(CancelJob { id: name?.1.into(), reason: reason?, revision: revision? })
    }

    fn complete(reply: &mut v1::Job, desk: &Desk) {
        name_customer(reply, desk);
    }
}

impl Write for CancelJob {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        let (job, reason) = (self.id.clone(), self.reason.clone());
        Ok(Command::CancelJob { job, reason, revision: self.revision })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        encode::job::bare(desk, &desk.board().jobs[&self.id]).encode_to_vec()
    }
}
