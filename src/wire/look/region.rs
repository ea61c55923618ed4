//! Reading a region.

use super::Look;
use crate::board::id::RegionId;
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::{Failure, encode, name, v1};

impl Look for v1::GetRegionRequest {
    type Reply = v1::Region;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<v1::Region, Failure> {
        Ok(encode::region::region(desk))
    }
}

impl Look for v1::GetRegionSummaryRequest {
    type Reply = v1::RegionSummary;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn answer(&self, desk: &Desk, _now: Time, sequence: u64) -> Result<Self::Reply, Failure> {
        Ok(encode::region::summary(desk, sequence))
    }
}
