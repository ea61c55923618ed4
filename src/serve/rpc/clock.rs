//! ClockService: the clock, and setting it on a test server.

use crate::serve::front::Front;
use crate::serve::order::Order;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::v1::*;
use crate::wire::{Failure, decode, encode};
use tonic::{Request, Response, Status};

/// A clock is not set further ahead than the year 9998.
const LAST: i64 = 253_370_764_800;

impl Front {
    fn shows(&self, now: Time) -> Response<Clock> {
        Response::new(encode::region::clock(now, self.clock.is_controlled()))
    }

    /// Waits until all that is due by the clock has been done and written.
    async fn caught_up(&self) -> Result<(), Failure> {
        self.order(|answer| Order::Wake { answer }).await?.reply.map(drop)
    }
}

#[tonic::async_trait]
impl clock_service_server::ClockService for Front {
    async fn get_clock(&self, _: Request<GetClockRequest>) -> Result<Response<Clock>, Status> {
        Ok(self.shows(self.clock.now()))
    }

    async fn set_clock(&self, request: Request<SetClockRequest>) -> Result<Response<Clock>, Status> {
        if !self.clock.is_controlled() {
            return Err(Failure::ClockNotControlled.into());
        }
        let request = request.into_inner();
        let to = check(|at| {
            let at = at.field("now");
            let to = decode::time(&at, at.need(&request.now)?)?;
            if to.0 > LAST { at.no("is too far ahead") } else { Some(to) }
        })?;
        let now = self.clock.set(to)?;
        self.caught_up().await?;
        Ok(self.shows(now))
    }

    async fn advance_clock(&self, request: Request<AdvanceClockRequest>) -> Result<Response<Clock>, Status> {
        if !self.clock.is_controlled() {
            return Err(Failure::ClockNotControlled.into());
        }
        let request = request.into_inner();
        let by = check(|at| {
            let at = at.field("by");
            decode::span(&at, at.need(&request.by)?, 1, 10 * 366 * 86_400)
        })?;
        let now = self.clock.advance(by)?;
        self.caught_up().await?;
        Ok(self.shows(now))
    }
}
