//! Giving rates of demand.

use super::{Ask, Done, Write};
use crate::board::Command;
use crate::board::calls::{Given, GivenRate, Kind};
use crate::board::catalog::EntryId;
use crate::board::id::RegionId;
use crate::geo::Cell;
use crate::plan::Desk;
use crate::wire::check::{At, check};
use crate::wire::decode::Scope;
use crate::wire::look::demand_rates;
use crate::wire::{Failure, name, v1};
use prost::Message;

/// Most rows, and most cells or parts of one.
const ROWS: usize = 10_000;
/// Most calls an hour of a row.
const CALLS: f64 = 100_000.0;

/// Rates to be given.
#[derive(Debug)]
pub struct GiveDemand(Option<Given>);

impl Ask for v1::SetDemandRequest {
    const METHOD: &'static str = "SetDemand";
    type Write = GiveDemand;
    type Reply = v1::DemandRates;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("name"), &self.name))
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn read(&self, at: &At<'_>, desk: &Desk) -> Option<GiveDemand> {
        let scope = Scope::of(desk);
        let rates = at.field("rates").each(&self.rates, ROWS, |at, said| rate(at, &scope, said))?;
        Some(GiveDemand((!rates.is_empty()).then_some(Given { rates })))
    }
}

fn rate(at: &At<'_>, scope: &Scope<'_>, said: &v1::DemandRate) -> Option<GivenRate> {
    let level = at.field("service_level");
    let level = scope.entry(&level, "serviceLevels", &said.service_level, |id| EntryId::Level(id.into()));
    let requirements =
        scope.requirements(&at.field("required_certifications"), &said.required_certifications);
    let part = |at: &At<'_>, part: &String| {
        scope.entry(at, "parts", part, |id| EntryId::Part(id.into())).map(|id| id.into())
    };
    let kit = at.field("parts").each_once(&said.parts, ROWS, ("", |p| p), part);
    let cell = |at: &At<'_>, cell: &String| {
        cell.parse::<Cell>().ok().or_else(|| at.no("has to be the index of an H3 cell"))
    };
    let cells = at.field("cells").each_once(&said.cells, ROWS, ("", |c| c), cell);
    let weekdays = by_hour(&at.field("weekday_calls"), &said.weekday_calls);
    let weekends = by_hour(&at.field("weekend_calls"), &said.weekend_calls);
    let mut kit = kit?;
    kit.sort();
    let kind = Kind { level: level?.into(), requirements: requirements?, kit };
    Some(GivenRate { kind, cells: cells?, milli: [weekdays?, weekends?] })
}

fn by_hour(at: &At<'_>, said: &[f64]) -> Option<[u32; 24]> {
    let rate = |at: &At<'_>, rate: &f64| match (0.0..=CALLS).contains(rate) {
        true => Some((rate * 1000.0).round() as u32),
        false => at.no("is not in 0..100000"),
    };
    let all = at.each(said, 24, rate)?;
    all.try_into().ok().or_else(|| at.no("has to have 24 rates, one an hour"))
}

impl Write for GiveDemand {
    fn command(&mut self, _desk: &Desk) -> Result<Command, Failure> {
        Ok(Command::GiveDemand(self.0.clone()))
    }

    fn reply(&self, desk: &Desk, _done: &Done<'_>) -> Vec<u8> {
        demand_rates(desk).encode_to_vec()
    }
}
