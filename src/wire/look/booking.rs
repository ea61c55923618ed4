//! Reading slots, escalations, forecasts and prices.

use super::Look;
use super::dispatch::need;
use crate::board::id::{JobId, RegionId};
use crate::board::refusal::{Noun, Refusal};
use crate::plan::{Desk, SlotSearch};
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, decode, encode, name, v1};

impl v1::SearchSlotsRequest {
    /// The region it is for.
    ///
    /// # Errors
    /// Where its name is not one.
    pub fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    /// Begins the search; the caller steps it, with the board free in between.
    ///
    /// # Errors
    /// Where the request is malformed or what it names is not there.
    pub fn begin(&self, desk: &Desk, now: Time) -> Result<SlotSearch, Failure> {
        let unpromised = self.need.clone().map(|n| v1::Need { promised_window: None, ..n });
        let need = need(desk, &unpromised)?;
        let wish = check(|at| decode::booking::wish(at, desk, now, self))?;
        Ok(SlotSearch::begin(desk, now, &need, &wish)?)
    }
}

/// What a search found.
pub fn found(region: &RegionId, search: SlotSearch) -> v1::SearchSlotsResponse {
    encode::booking::slots(region, &search.told())
}

/// Where a page starts in a list by job: the job and how many of its elements are told already.
fn begins(page: &Page) -> Option<(JobId, usize)> {
    let (job, n) = page.after.as_deref()?.rsplit_once('/')?;
    Some((job.into(), n.parse().ok()?))
}

impl Look for v1::ListEscalationsRequest {
    type Reply = v1::ListEscalationsResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("escalations {} {}", self.parent, self.breaches_only);
        let page = check(|at| Page::read(at, self.page_size, &self.page_token, &list))?;
        let board = desk.board();
        let begins = begins(&page);
        let raised = board.jobs.values().flat_map(|job| {
            job.booking.escalations.iter().enumerate().map(move |(i, e)| ((job.id.clone(), i), e))
        });
        let rest = raised
            .filter(|(key, e)| (e.breach || !self.breaches_only) && begins.as_ref().is_none_or(|b| key > b));
        let (told, next_page_token) = page.take(rest, |((job, i), _)| format!("{job}/{i}"));
        let region = &board.region.id;
        let told = told.into_iter().map(|((job, _), e)| encode::booking::escalation(region, &job, e));
        Ok(v1::ListEscalationsResponse { escalations: told.collect(), next_page_token })
    }
}

impl Look for v1::ListClockForecastsRequest {
    type Reply = v1::ListClockForecastsResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("forecasts {} {:?}", self.parent, self.until_time);
        let (page, until) = check(|at| {
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            let until = match &self.until_time {
                None => Some(Time::MAX),
                Some(t) => decode::time(&at.field("until_time"), t),
            };
            Some((page?, until?))
        })?;
        let begins = begins(&page);
        let key = |f: &crate::plan::Forecast| (f.job.clone(), f.clock as usize);
        let rest = desk.forecasts(now, until).into_iter();
        let rest = rest.filter(|f| begins.as_ref().is_none_or(|b| key(f) > *b));
        let (told, next_page_token) = page.take(rest, |f| format!("{}/{}", f.job, f.clock as usize));
        let region = &desk.board().region.id;
        let forecasts = told.iter().map(|f| encode::booking::forecast(region, f)).collect();
        Ok(v1::ListClockForecastsResponse { forecasts, next_page_token })
    }
}

impl Look for v1::GetPriceListRequest {
    type Reply = v1::PriceList;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let region = &desk.board().region.id;
        let missing = || Refusal::NotFound { noun: Noun::PriceList, id: region.to_string() };
        let prices = desk.board().prices.as_ref().ok_or_else(missing)?;
        Ok(encode::booking::prices(region, prices))
    }
}
