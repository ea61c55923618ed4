//! Reading coverage and demand.

use super::Look;
use crate::board::id::RegionId;
use crate::coverage::Slot;
use crate::geo::Cell;
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::{At, check};
use crate::wire::{Failure, decode, encode, name, v1};

/// Thin cells told where the caller does not say.
const THIN: i32 = 20;

/// A share over 0 and at most 1 in parts per million; `usual` where zero.
pub fn share(at: &At<'_>, said: f64, usual: f64) -> Option<u32> {
    let said = if said == 0.0 { usual } else { said };
    match said > 0.0 && said <= 1.0 {
        true => Some((said * 1e6).round() as u32),
        false => at.no("is not over 0 and at most 1"),
    }
}

/// How many thin cells are told.
pub fn thin(at: &At<'_>, said: i32) -> Option<usize> {
    decode::number(at, said, THIN, 1..=1000).map(|n| n as usize)
}

impl Look for v1::GetCoverageRequest {
    type Reply = v1::Coverage;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<v1::Coverage, Failure> {
        let thin = check(|at| {
            let share = share(&at.field("thin_share"), self.thin_share, 0.5);
            let most = thin(&at.field("thin_cells"), self.thin_cells);
            Some((share?, most?))
        })?;
        Ok(encode::coverage::coverage(desk, now, thin, self.include_cells))
    }
}

impl Look for v1::ExplainDemandRequest {
    type Reply = v1::DemandExplanation;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn answer(&self, desk: &Desk, now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let cover = desk.coverage(now);
        let demand = cover.demand();
        let (class, cell, hour) = check(|at| {
            let classes = demand.classes().len();
            let number = usize::try_from(self.class_number).ok().filter(|n| *n < classes);
            let class = number.or_else(|| {
                at.field("class_number").no(match classes {
                    0 => "no calls of any class have come in, and no rates are given".to_owned(),
                    _ => format!("is not in 0..{}", classes - 1),
                })
            });
            let place = at.field("cell");
            let cell = match self.cell.parse::<Cell>() {
                Ok(cell) => demand.grid().number(cell).or_else(|| place.no("lies outside the region")),
                Err(_) => place.no("has to be the index of an H3 cell, such as 88b2c5a0d5fffff"),
            };
            let hour = u8::try_from(self.hour).ok().filter(|h| *h < 24);
            let hour = hour.or_else(|| at.field("hour").no("is not in 0..23"));
            Some((class?, cell?, hour?))
        })?;
        let slot = Slot { weekend: self.weekend, hour };
        Ok(encode::coverage::explained(desk.board(), demand, class, cell, slot))
    }
}

impl Look for v1::GetDemandRequest {
    type Reply = v1::DemandRates;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        Ok(demand_rates(desk))
    }
}

/// The rates given to a region.
pub fn demand_rates(desk: &Desk) -> v1::DemandRates {
    let board = desk.board();
    let told = encode::event::demand(&board.region.id, board.given.as_ref());
    v1::DemandRates { name: name::of(&board.region.id), rates: told.rates }
}
