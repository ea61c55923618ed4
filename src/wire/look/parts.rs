//! Reading what is on its way.

use super::Look;
use crate::board::id::{DeliveryId, RegionId};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, encode, name, v1};
use std::ops::Bound;

impl Look for v1::ListDeliveriesRequest {
    type Reply = v1::ListDeliveriesResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("deliveries {}", self.parent);
        let page = check(|at| Page::read(at, self.page_size, &self.page_token, &list))?;
        let after = page.after.as_deref().map_or(Bound::Unbounded, |k| Bound::Excluded(DeliveryId::from(k)));
        let board = desk.board();
        let rest = board.stock.deliveries().range((after, Bound::Unbounded)).map(|(_, d)| d);
        let (found, next_page_token) = page.take(rest, |d| d.id.to_string());
        let deliveries = found.into_iter().map(|d| encode::stock::delivery(board, d)).collect();
        Ok(v1::ListDeliveriesResponse { deliveries, next_page_token })
    }
}
