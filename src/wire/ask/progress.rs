//! What technicians report, and locking visits.

use super::{Ask, Done, Write, region_of};
use crate::board::id::{JobId, RegionId, TechnicianId};
use crate::board::progress::Report;
use crate::board::refusal::{Noun, Refusal};
use crate::board::{Command, Event};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};
use prost::Message;
use std::collections::BTreeSet;

/// A report; the visit it is about is looked up when the writer takes it.
#[derive(Debug)]
pub struct ReportProgress {
    technician: TechnicianId,
    at: Option<Time>,
    report: Report,
    visit: Option<u32>,
}

impl Ask for v1::ReportProgressRequest {
    const METHOD: &'static str = "ReportProgress";
    type Write = ReportProgress;
    type Reply = v1::ReportProgressResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of("technician", "technicians", &self.technician)
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<ReportProgress> {
        let technician = name::anywhere(&at.field("technician"), "technicians", &self.technician);
        let when = match &self.event_time {
            None => Some(None),
            Some(t) => decode::time(&at.field("event_time"), t).map(Some),
        };
        let report = decode::progress::report(at, desk, &self.report);
        let ((_, technician), (report, visit)) = (technician?, report?);
        Some(ReportProgress { technician: technician.into(), at: when?, report, visit })
    }
}

impl Write for ReportProgress {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        if let (Some(job), Some(number)) = (self.report.job(), self.visit) {
            live(desk, job, number)?;
        }
        let at = self.at.unwrap_or(Time::MAX);
        Ok(Command::Report { technician: self.technician.clone(), at, report: self.report.clone() })
    }

    fn reply(&self, desk: &Desk, done: &Done<'_>) -> Vec<u8> {
        let touched: BTreeSet<&JobId> = done.events.iter().filter_map(moved).collect();
        let route = done.events.iter().rev().find_map(|e| match e {
            Event::RouteSet { technician, route, .. } if *technician == self.technician => {
                Some(route.clone())
            }
            _ => None,
        });
        let board = desk.board();
        let kept = || {
            let shift = board.whereabouts.get(&self.technician)?.shift;
            board.route(&self.technician, shift).cloned()
        };
        let route = route.unwrap_or_else(kept);
        v1::ReportProgressResponse {
            route: route.map(|r| encode::fleet::route(desk, &self.technician, &r)),
            jobs: touched.into_iter().map(|id| encode::job::bare(desk, &board.jobs[id])).collect(),
        }
        .encode_to_vec()
    }
}

/// The job whose state or visit an event changes.
fn moved(event: &Event) -> Option<&JobId> {
    match event {
        Event::VisitProgressed { job, .. }
        | Event::VisitEnded { job, .. }
        | Event::VisitPlanned { job, .. }
        | Event::VisitWithdrawn { job }
        | Event::JobCorrected { job, .. }
        | Event::JobCancelled { job, .. }
        | Event::PromiseSet { job, .. } => Some(job),
        _ => None,
    }
}

fn live(desk: &Desk, job: &JobId, number: u32) -> Result<(), Failure> {
    let visit = desk.board().jobs.get(job).and_then(|j| j.visit.as_ref());
    match visit.filter(|v| v.number == number) {
        Some(_) => Ok(()),
        None => Err(Refusal::NotFound { noun: Noun::Visit, id: format!("{job}/visits/{number}") }.into()),
    }
}

/// Binding a visit, or loosening it.
#[derive(Debug)]
pub struct SetLock {
    job: JobId,
    visit: u32,
    locked: bool,
    revision: Option<u64>,
}

impl SetLock {
    fn read(at: &At<'_>, name: &str, etag: &str, locked: bool) -> Option<SetLock> {
        let visit = name::visit(&at.field("name"), name);
        let revision = decode::etag(&at.field("etag"), etag);
        let (_, job, visit) = visit?;
        Some(SetLock { job, visit, locked, revision: revision? })
    }
}

impl Write for SetLock {
    fn command(&mut self, desk: &Desk) -> Result<Command, Failure> {
        live(desk, &self.job, self.visit)?;
        Ok(Command::SetLock { job: self.job.clone(), locked: self.locked, revision: self.revision })
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        encode::job::bare(desk, &desk.board().jobs[&self.job]).encode_to_vec()
    }
}

macro_rules! locks {
    ($request:ident, $method:literal, $locked:literal) => {
        impl Ask for v1::$request {
            const METHOD: &'static str = $method;
            type Write = SetLock;
            type Reply = v1::Job;

            fn region(&self) -> Result<RegionId, Failure> {
                check(|at| name::visit(&at.field("name"), &self.name).map(|(region, ..)| region))
            }

            fn request_id(&self) -> &str {
                &self.request_id
            }

            fn read(&self, at: &At<'_>, _desk: &Desk) -> Option<SetLock> {
                SetLock::read(at, &self.name, &self.etag, $locked)
            }

            fn complete(reply: &mut v1::Job, desk: &Desk) {
                super::dispatch::name_customer(reply, desk);
            }
        }
    };
}

locks!(LockVisitRequest, "LockVisit", true);
locks!(UnlockVisitRequest, "UnlockVisit", false);
