//! Reading jobs, visits, decisions and arrivals.

use super::Look;
use crate::board::decide::resolve;
use crate::board::decision::Decision;
use crate::board::id::{JobId, RegionId};
use crate::board::job::{Job, Need, Visit};
use crate::board::refusal::{Noun, Refusal};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, decode, encode, name, v1};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

fn region_of(name: &str, collection: &str) -> Result<RegionId, Failure> {
    check(|at| name::anywhere(&at.field("name"), collection, name).map(|(region, _)| region))
}

fn job<'d>(desk: &'d Desk, name: &str) -> Result<&'d Job, Failure> {
    let (_, id) = check(|at| {
        name::anywhere(&at.field("name"), "jobs", name).map(|(region, id)| (region, JobId::from(id)))
    })?;
    desk.board()
        .jobs
        .get(&id)
        .map(Arc::as_ref)
        .ok_or_else(|| Refusal::NotFound { noun: Noun::Job, id: id.to_string() }.into())
}

fn live_visit<'d>(desk: &'d Desk, name: &str) -> Result<(&'d Job, &'d Visit), Failure> {
    let (_, id, number) = check(|at| name::visit(&at.field("name"), name))?;
    let found = desk.board().jobs.get(&id).and_then(|j| Some((j.as_ref(), j.visit.as_ref()?)));
    let missing = || Refusal::NotFound { noun: Noun::Visit, id: format!("{id}/visits/{number}") }.into();
    found.filter(|(_, visit)| visit.number == number).ok_or_else(missing)
}

impl Look for v1::GetJobRequest {
    type Reply = v1::Job;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.name, "jobs")
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<v1::Job, Failure> {
        Ok(encode::job::job(desk, job(desk, &self.name)?))
    }
}

impl Look for v1::ListJobsRequest {
    type Reply = v1::ListJobsResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("jobs {} {:?}", self.parent, self.filter);
        let (filter, page) = check(|at| {
            let filter = decode::job::filter(&at.field("filter"), desk, &self.filter);
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            Some((filter?, page?))
        })?;
        let board = desk.board();
        let after = page.after.as_deref().map_or(Bound::Unbounded, |k| Bound::Excluded(JobId::from(k)));
        let (jobs, next_page_token) = match filter.number() {
            Some(number) => {
                let one = board.orders.get(number).map(|id| &board.jobs[id]);
                (one.into_iter().filter(|j| filter.holds(j)).collect(), String::new())
            }
            None => {
                let rest = board.jobs.range((after, Bound::Unbounded)).map(|(_, job)| job);
                page.take(rest.filter(|j| filter.holds(j)), |j| j.id.to_string())
            }
        };
        let jobs = jobs.into_iter().map(|j| encode::job::job(desk, j)).collect();
        Ok(v1::ListJobsResponse { jobs, next_page_token })
    }
}

impl Look for v1::GetVisitRequest {
    type Reply = v1::Visit;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::visit(&at.field("name"), &self.name).map(|(region, ..)| region))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<v1::Visit, Failure> {
        let (job, visit) = live_visit(desk, &self.name)?;
        Ok(encode::job::visit(desk, job, visit, now))
    }
}

impl Look for v1::ExplainJobRequest {
    type Reply = v1::ExplainJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        region_of(&self.name, "jobs")
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let region = &desk.board().region.id;
        let told = job(desk, &self.name)?.decisions.iter().map(|d| encode::decision::decision(region, d));
        Ok(v1::ExplainJobResponse { decisions: told.collect() })
    }
}

/// The need of a request that asks what would be.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn need(desk: &Desk, said: &Option<v1::Need>) -> Result<Need, Failure> {
    check(|at| {
        let at = at.field("need");
        decode::job::need(&at, desk, at.need(said)?)
    })
}

impl Look for v1::EvaluateJobRequest {
    type Reply = v1::EvaluateJobResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let need = need(desk, &self.need)?;
        let decision = desk.evaluate(now, &need)?;
        let (board, region) = (desk.board(), &desk.board().region.id);
        let demand = resolve(board, &need, now).map_err(Refusal::Invalid)?;
        let quote = board.quote(&need, &demand).map(|q| encode::booking::quote(region, &q));
        Ok(v1::EvaluateJobResponse { quote, ..evaluated(region, &decision) })
    }
}

/// The reply to an evaluation; the server adds how long it took.
pub fn evaluated(region: &RegionId, decision: &Decision) -> v1::EvaluateJobResponse {
    let decision = Some(encode::decision::decision(region, decision));
    v1::EvaluateJobResponse { decision, ..Default::default() }
}

impl v1::EvaluateJobResponse {
    /// Says how long deciding took.
    pub fn took(mut self, took: Duration) -> Self {
        self.decide_duration = Some(encode::measured(took));
        self
    }
}

impl Look for v1::GetEtaRequest {
    type Reply = v1::Eta;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::visit(&at.field("name"), &self.name).map(|(region, ..)| region))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<v1::Eta, Failure> {
        let (job, visit) = live_visit(desk, &self.name)?;
        let arrival = desk.arrival(now, &job.id, visit.number)?;
        Ok(encode::job::arrival(desk, self.name.clone(), &arrival, now))
    }
}

impl Look for v1::EstimateArrivalRequest {
    type Reply = v1::EstimateArrivalResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let estimate = desk.estimate(now, &need(desk, &self.need)?)?;
        let region = &desk.board().region.id;
        Ok(v1::EstimateArrivalResponse {
            available: estimate.chosen.is_some(),
            soonest: estimate.soonest.as_ref().map(encode::job::eta),
            chosen: estimate.chosen.as_ref().map(encode::job::eta),
            position_age: estimate.position_age.map(encode::span),
            travel_model: desk.travel_model().to_owned(),
            rejections: estimate.rejections.iter().map(|r| encode::decision::rejection(region, r)).collect(),
        })
    }
}
