//! Reading what was learned of how long work takes.

use super::Look;
use crate::board::id::RegionId;
use crate::board::learned::{Learned, Subject};
use crate::plan::Desk;
use crate::units::Time;
use crate::wire::check::check;
use crate::wire::page::Page;
use crate::wire::{Failure, encode, name, v1};

impl Look for v1::ListDurationEstimatesRequest {
    type Reply = v1::ListDurationEstimatesResponse;

    fn region(&self) -> Result<RegionId, Failure> {
        check(|at| name::region(&at.field("parent"), &self.parent))
    }

    fn answer(&self, desk: &Desk, _now: Time, _sequence: u64) -> Result<Self::Reply, Failure> {
        let list = format!("durations {}", self.parent);
        let page = check(|at| Page::read(at, self.page_size, &self.page_token, &list))?;
        let board = desk.board();
        let keyed = board.learned.all().map(|(of, learned)| (key(of), of, learned));
        let rest = keyed.filter(|(key, ..)| page.reaches(key));
        let (found, next_page_token) = page.take(rest, |(key, ..)| key.clone());
        let region = &board.region.id;
        let estimates = found.into_iter().map(|(_, of, learned)| estimate(region, of, &learned)).collect();
        Ok(v1::ListDurationEstimatesResponse { estimates, next_page_token })
    }
}

/// Rises along the list.
fn key(of: Subject<'_>) -> String {
    match of {
        Subject::Family(id) => format!("0 {id}"),
        Subject::Kind(id, kind) => format!("1 {id} {}", kind as u8),
        Subject::Fault(id) => format!("2 {id}"),
        Subject::Technician(id) => format!("3 {id}"),
    }
}

fn estimate(region: &RegionId, of: Subject<'_>, learned: &Learned) -> v1::DurationEstimate {
    let mut told = v1::DurationEstimate {
        visit_count: learned.count,
        factor: learned.permille as f64 / 1000.0,
        log_deviation: (learned.variance as f64 / 1e6).sqrt() * std::f64::consts::LN_2,
        ..Default::default()
    };
    match of {
        Subject::Family(id) => told.appliance_family = format!("regions/{region}/applianceFamilies/{id}"),
        Subject::Kind(id, kind) => {
            told.appliance_family = format!("regions/{region}/applianceFamilies/{id}");
            told.kind = encode::job::kind(kind).into();
        }
        Subject::Fault(id) => told.fault = format!("regions/{region}/faults/{id}"),
        Subject::Technician(id) => told.technician = name::of_technician(region, id),
    }
    told
}
