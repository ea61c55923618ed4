//! Coverage as it is followed: what is asked, and when it has moved enough to be told again.

use crate::board::id::RegionId;
use crate::wire::check::check;
use crate::wire::look::coverage::{share, thin};
use crate::wire::{Failure, name, v1};

/// A change that is told where the caller does not say.
const USUAL: f64 = 0.01;
/// A cell is told as thin where more of its calls than this are missed, in millionths.
pub const THIN: u32 = 500_000;

/// What is followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The region.
    pub region: RegionId,
    /// Thin cells told at most.
    pub thin: usize,
    min_change: f64,
}

impl Followed {
    /// Reads a request.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn read(request: &v1::WatchCoverageRequest) -> Result<Followed, Failure> {
        check(|at| {
            let region = name::region(&at.field("name"), &request.name);
            let min_change = share(&at.field("min_change"), request.min_change, USUAL);
            let thin = thin(&at.field("thin_cells"), request.thin_cells);
            Some(Followed { region: region?, thin: thin?, min_change: f64::from(min_change?) / 1e6 })
        })
    }

    /// Whether `new` is worth telling to who was told `old`.
    pub fn differ(&self, old: &v1::Coverage, new: &v1::Coverage) -> bool {
        let moved = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() >= self.min_change,
            (a, b) => a.is_some() != b.is_some(),
        };
        let classes = |c: &v1::Coverage| -> Vec<String> {
            c.classes.iter().flat_map(|c| &c.demand_class).map(|c| c.display_name.clone()).collect()
        };
        moved(old.share, new.share)
            || classes(old) != classes(new)
            || old.classes.iter().zip(&new.classes).any(|(a, b)| moved(a.share, b.share))
    }
}
