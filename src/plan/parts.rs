//! Where a visit's parts come from: the van first, the rest from one depot on the way.

use super::ask::Ask;
use super::stand::Stand;
use crate::board::catalog::PartCount;
use crate::board::decision::Rule;
use crate::board::fleet::{Errand, Stop, Technician};
use crate::board::id::{DepotId, Location};
use crate::board::job::Source;
use crate::board::schedule::Miss;

/// What the van gives, and who can give the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Parts from the van.
    pub van: Vec<Source>,
    /// What the van lacks.
    pub lacking: Vec<PartCount>,
    /// The depots that hold all of it, by id.
    pub depots: Vec<DepotId>,
}

/// What can be had for a visit of `technician`.
///
/// # Errors
/// [`Rule::Parts`] where van and no single depot hold all of it.
pub fn supply(ask: &Ask<'_>, technician: &Technician) -> Result<Supply, Miss> {
    let van = Location::Van(technician.id.clone());
    let mut found = Supply { van: Vec::new(), lacking: Vec::new(), depots: Vec::new() };
    for want in &ask.demand.parts {
        let here = ask.free(&van, &want.part).min(want.count);
        if here > 0 {
            let part_count = PartCount { part: want.part.clone(), count: here };
            found.van.push(Source { location: van.clone(), part_count });
        }
        if here < want.count {
            found.lacking.push(PartCount { part: want.part.clone(), count: want.count - here });
        }
    }
    if found.lacking.is_empty() {
        return Ok(found);
    }
    let holds = |d: &&DepotId| ask.has(&Location::Depot((*d).clone()), &found.lacking);
    found.depots = ask.board.depots.keys().filter(holds).cloned().collect();
    if found.depots.is_empty() {
        let lacks: Vec<String> = found.lacking.iter().map(|p| format!("{} x {}", p.count, p.part)).collect();
        let missed = format!("lacks {}, and no depot holds all of it", lacks.join(", "));
        return Err(Miss::plain(Rule::Parts, missed));
    }
    Ok(found)
}

impl Supply {
    /// All sources, with the rest from `depot`.
    pub fn sources(&self, depot: Option<&DepotId>) -> Vec<Source> {
        let rest = depot.into_iter().flat_map(|d| {
            let location = Location::Depot(d.clone());
            self.lacking.iter().map(move |p| Source { location: location.clone(), part_count: p.clone() })
        });
        self.van.iter().cloned().chain(rest).collect()
    }
}

/// A way to insert a visit: before which errand, and with which new depot stop where one is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The errands with everything inserted.
    pub errands: Vec<Errand>,
    /// The visit's place in them.
    pub at: usize,
    /// The new depot stop's place in them.
    pub depot_at: Option<usize>,
    /// The depot that gives parts, new stop or not.
    pub depot: Option<DepotId>,
}

/// Every way to insert the visit before errand `gap` of the present ones, parts in reach.
pub fn ways(ask: &Ask<'_>, stand: &Stand<'_>, supply: &Supply, gap: usize) -> Vec<Way> {
    let frozen = stand.sheet.frozen.len();
    debug_assert!((frozen..=stand.base.stops.len()).contains(&gap));
    let plain = |depot: Option<&DepotId>| {
        let mut errands = stand.errands();
        errands.reserve(2);
        errands.insert(gap, Errand::Visit(ask.job.clone()));
        Way { errands, at: gap, depot_at: None, depot: depot.cloned() }
    };
    if supply.lacking.is_empty() {
        return vec![plain(None)];
    }
    let mut all = Vec::new();
    for depot in &supply.depots {
        let calls = |s: &Stop| matches!(&s.errand, Errand::Depot(d) if d == depot);
        if stand.base.stops[frozen..gap].iter().any(calls) {
            all.push(plain(Some(depot)));
            continue;
        }
        all.extend((frozen..=gap).map(|stop| {
            let mut way = plain(Some(depot));
            way.errands.insert(stop, Errand::Depot(depot.clone()));
            Way { at: gap + 1, depot_at: Some(stop), ..way }
        }));
    }
    all
}
