//! Reading depots, stock and reservations.

use super::Look;
use crate::board::id::{DepotId, Location, PartId, RegionId};
use crate::board::job::{Job, Source};
use crate::board::refusal::{Noun, Refusal};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, decode, encode, name, v1};
use std::ops::Bound;
use std::sync::Arc;

impl Look for v1::GetDepotRequest {
    type Reply = v1::Depot;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::anywhere(&at.field("name"), "depots", &self.name).map(|(region, _)| region))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<v1::Depot, Failure> {
        let id: DepotId =
            check(|at| name::anywhere(&at.field("name"), "depots", &self.name).map(|(_, id)| id.into()))?;
        let missing = || Refusal::NotFound { noun: Noun::Depot, id: id.to_string() };
        Ok(encode::stock::depot(desk, desk.board().depots.get(&id).ok_or_else(missing)?))
    }
}

impl Look for v1::ListDepotsRequest {
    type Reply = v1::ListDepotsResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("depots {}", self.parent);
        let page = check(|at| Page::read(at, self.page_size, &self.page_token, &list))?;
        let after = page.after.as_deref().map_or(Bound::Unbounded, |k| Bound::Excluded(DepotId::from(k)));
        let rest = desk.board().depots.range::<DepotId, _>((after, Bound::Unbounded)).map(|(_, d)| d);
        let (depots, next_page_token) = page.take(rest, |d| d.id.to_string());
        let depots = depots.into_iter().map(|d| encode::stock::depot(desk, d)).collect();
        Ok(v1::ListDepotsResponse { depots, next_page_token })
    }
}

impl Look for v1::ListStockRequest {
    type Reply = v1::ListStockResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("stock {} {} {}", self.parent, self.location, self.part);
        let (location, part, page) = check(|at| {
            let scope = decode::Scope::of(desk);
            let location = place(at, desk, &self.location);
            let part = match self.part.as_str() {
                "" => Some(None),
                said => {
                    let make = |id: &str| crate::board::catalog::EntryId::Part(id.into());
                    scope.entry(&at.field("part"), "parts", said, make).map(Some)
                }
            };
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            Some((location?, part?, page?))
        })?;
        let board = desk.board();
        let here = |l: &Location| location.as_ref().is_none_or(|only| only == l);
        let meant =
            board.stock.iter().filter(|(l, p, _)| here(l) && part.is_none_or(|only| p.as_str() == only));
        let keyed =
            meant.map(|(l, p, level)| (key(l, p), encode::stock::level(&board.region.id, l, p, level)));
        let (levels, next_page_token) =
            page.take(keyed.filter(|(key, _)| page.reaches(key)), |(key, _)| key.clone());
        let levels = levels.into_iter().map(|(_, level)| level).collect();
        Ok(v1::ListStockResponse { levels, next_page_token })
    }
}

fn place(at: &crate::wire::check::At<'_>, desk: &Desk, said: &str) -> Option<Option<Location>> {
    if said.is_empty() {
        return Some(None);
    }
    decode::stock::location(&at.field("location"), desk, said).map(Some)
}

/// Rises along the list: vans before depots, by id, by part. A space is less than any letter of an id.
fn key(location: &Location, part: &PartId) -> String {
    match location {
        Location::Van(technician) => format!("0 {technician} {part}"),
        Location::Depot(depot) => format!("1 {depot} {part}"),
    }
}

impl Look for v1::ListReservationsRequest {
    type Reply = v1::ListReservationsResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let board = desk.board();
        let region = &board.region.id;
        let list = format!("reservations {} {} {}", self.parent, self.job, self.location);
        let (job, location, page) = check(|at| {
            let job_at = at.field("job");
            let job = match self.job.as_str() {
                "" => Some(None),
                said => name::member(&job_at, region, "jobs", said).map(Some),
            };
            let location = place(at, desk, &self.location);
            let page = Page::read(at, self.page_size, &self.page_token, &list);
            Some((job?, location?, page?))
        })?;
        let meant = |j: &&Job| job.is_none_or(|only| j.id.as_str() == only);
        let kept = |j: &'_ Job| -> Vec<(String, v1::Reservation)> {
            let Some(visit) = &j.visit else { return Vec::new() };
            let here = |s: &Source| location.as_ref().is_none_or(|only| *only == s.location);
            let key = |s: &Source| format!("{} {}", j.id, key(&s.location, &s.part_count.part));
            let there = visit.sources.iter().filter(|s| here(s));
            let there = there.map(|s| (key(s), encode::job::reservation(region, j, visit.number, s)));
            let coming = visit.awaits.iter().filter(|a| here(&a.source)).map(|a| {
                let key = format!("{} {}", key(&a.source), a.delivery);
                (key, encode::job::awaited(region, &j.id, visit.number, a))
            });
            let mut all: Vec<_> = there.chain(coming).collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all
        };
        let keyed = board.jobs.values().map(Arc::as_ref).filter(meant).flat_map(kept);
        let (reservations, next_page_token) =
            page.take(keyed.filter(|(key, _)| page.reaches(key)), |(key, _)| key.clone());
        let reservations = reservations.into_iter().map(|(_, r)| r).collect();
        Ok(v1::ListReservationsResponse { reservations, next_page_token })
    }
}
