//! Reading locks and what they cost.

use super::Look;
use crate::board::id::{JobId, RegionId};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, encode, name, v1};
use std::ops::Bound;

impl Look for v1::ListLocksRequest {
    type Reply = v1::ListLocksResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("locks {}", self.parent);
        let page = check(|at| Page::read(at, self.page_size, &self.page_token, &list))?;
        let after = page.after.as_deref().map_or(Bound::Unbounded, |k| Bound::Excluded(JobId::from(k)));
        let board = desk.board();
        let rest = board.jobs.range((after, Bound::Unbounded));
        let rest = rest.filter_map(|(_, job)| Some((job, desk.lock_price(now, job)?)));
        let (locks, next_page_token) = page.take(rest, |(job, _)| job.id.to_string());
        let told = locks.iter().filter_map(|(job, price)| encode::manual::lock(&board.region.id, job, price));
        Ok(v1::ListLocksResponse { locks: told.collect(), next_page_token })
    }
}
