//! Where a visit's parts come from: the van first, the rest from one depot on the way. Where that is not to be
//! had, what is on its way to either: the visit then comes after it arrives.

use super::ask::Ask;
use super::stand::Stand;
use crate::board::catalog::PartCount;
use crate::board::decision::Rule;
use crate::board::delivery::Awaited;
use crate::board::fleet::{Errand, Stop, Technician};
use crate::board::id::{DepotId, Location, PartId};
use crate::board::job::Source;
use crate::board::schedule::Miss;
use std::collections::BTreeMap;

/// What the van gives, and who can give the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// Parts from the van.
    pub van: Vec<Source>,
    /// What the van lacks.
    pub lacking: Vec<PartCount>,
    /// The depots that hold all of it, or will, by id.
    pub depots: Vec<DepotId>,
    /// Parts on their way to the van.
    pub to_van: Vec<Awaited>,
    /// Where the depots do not hold all of it yet: what each gives of its stock, and what is on its way there.
    later: BTreeMap<DepotId, (Vec<Source>, Vec<Awaited>)>,
}

/// What can be had for a visit of `technician`.
///
/// # Errors
/// [`Rule::Parts`] where van and no single depot hold all of it.
pub fn supply(ask: &Ask<'_>, technician: &Technician) -> Result<Supply, Miss> {
    let van = Location::Van(technician.id.clone());
    let mut found = Supply::default();
    let shelf = ask.board.stock.shelf(&van);
    for want in &ask.demand.parts {
        let here = ask.free_on(shelf, &van, &want.part).min(want.count);
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
    if found.depots.is_empty() && !ask.board.stock.deliveries().is_empty() {
        expect(ask, &van, &mut found);
        if found.lacking.is_empty() {
            return Ok(found);
        }
    }
    if found.depots.is_empty() {
        let lacks: Vec<String> = found.lacking.iter().map(|p| format!("{} x {}", p.count, p.part)).collect();
        let missed = format!("lacks {}, and no depot holds all of it or expects it", lacks.join(", "));
        return Err(Miss::plain(Rule::Parts, missed));
    }
    Ok(found)
}

/// Looks for what is on its way: to the van first, the rest to one depot.
fn expect(ask: &Ask<'_>, van: &Location, found: &mut Supply) {
    let to_van: Vec<Awaited> = found.lacking.iter().flat_map(|p| coming(ask, van, p)).collect();
    let brought = |part: &PartId| {
        let here = to_van.iter().map(|a| &a.source.part_count).filter(|p| p.part == *part);
        here.map(|p| p.count).sum::<u32>()
    };
    for lacking in &mut found.lacking {
        lacking.count -= brought(&lacking.part);
    }
    found.lacking.retain(|p| p.count > 0);
    found.to_van = to_van;
    for depot in ask.board.depots.keys() {
        let here = Location::Depot(depot.clone());
        let (mut sources, mut awaits) = (Vec::new(), Vec::new());
        let all = found.lacking.iter().all(|p| {
            let free = ask.free(&here, &p.part).min(p.count);
            if free > 0 {
                let part_count = PartCount { part: p.part.clone(), count: free };
                sources.push(Source { location: here.clone(), part_count });
            }
            let rest = PartCount { part: p.part.clone(), count: p.count - free };
            let expected = coming(ask, &here, &rest);
            let enough = expected.iter().map(|a| a.source.part_count.count).sum::<u32>() == rest.count;
            awaits.extend(expected);
            enough
        });
        if all && !found.lacking.is_empty() {
            found.depots.push(depot.clone());
            found.later.insert(depot.clone(), (sources, awaits));
        }
    }
}

/// As many of a part as are on their way to a place and not kept, up to the count wanted, the soonest first.
fn coming(ask: &Ask<'_>, to: &Location, wanted: &PartCount) -> Vec<Awaited> {
    let mut left = wanted.count;
    let mut all = Vec::new();
    for (delivery, arrives, unkept) in ask.board.stock.incoming(to, &wanted.part) {
        let count = unkept.min(left);
        if count == 0 {
            break;
        }
        left -= count;
        let part_count = PartCount { part: wanted.part.clone(), count };
        let source = Source { location: to.clone(), part_count };
        all.push(Awaited { delivery: delivery.clone(), source, arrives });
    }
    all
}

impl Supply {
    /// All sources, with the rest from `depot`.
    pub fn sources(&self, depot: Option<&DepotId>) -> Vec<Source> {
        if let Some((here, _)) = depot.and_then(|d| self.later.get(d)) {
            return self.van.iter().chain(here).cloned().collect();
        }
        let rest = depot.into_iter().flat_map(|d| {
            let location = Location::Depot(d.clone());
            self.lacking.iter().map(move |p| Source { location: location.clone(), part_count: p.clone() })
        });
        self.van.iter().cloned().chain(rest).collect()
    }

    /// All that is awaited, with the rest to `depot`.
    pub fn awaits(&self, depot: Option<&DepotId>) -> Vec<Awaited> {
        let there = depot.and_then(|d| self.later.get(d)).map_or(&[][..], |(_, awaits)| awaits);
        self.to_van.iter().chain(there).cloned().collect()
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
    /// Parts on their way that it waits for.
    pub awaits: Vec<Awaited>,
}

/// Where the parts of a way come from: the depot that gives them, and before which errand there is a new stop at it.
pub type Pickup<'s> = (Option<&'s DepotId>, Option<usize>);

/// Where parts may come from for a visit before errand `gap` of the present ones: one for every way to insert it.
pub fn pickups<'s>(stand: &Stand<'_>, supply: &'s Supply, gap: usize) -> Vec<Pickup<'s>> {
    let frozen = stand.sheet.frozen.len();
    debug_assert!((frozen..=stand.base.stops.len()).contains(&gap));
    if supply.lacking.is_empty() {
        return vec![(None, None)];
    }
    let mut all = Vec::new();
    for depot in &supply.depots {
        let calls = |s: &Stop| matches!(&s.errand, Errand::Depot(d) if d == depot);
        if stand.base.stops[frozen..gap].iter().any(calls) {
            all.push((Some(depot), None));
        } else {
            all.extend((frozen..=gap).map(|stop| (Some(depot), Some(stop))));
        }
    }
    all
}

/// The way to insert the visit before errand `gap` with parts from there.
pub fn way(ask: &Ask<'_>, stand: &Stand<'_>, supply: &Supply, gap: usize, (depot, stop): Pickup<'_>) -> Way {
    let mut errands = Vec::with_capacity(stand.base.stops.len() + 2);
    errands.extend(stand.base.stops.iter().map(|s| s.errand.clone()));
    errands.insert(gap, Errand::Visit(ask.job.clone()));
    if let (Some(depot), Some(stop)) = (depot, stop) {
        errands.insert(stop, Errand::Depot(depot.clone()));
    }
    let at = gap + usize::from(stop.is_some());
    Way { errands, at, depot_at: stop, depot: depot.cloned(), awaits: supply.awaits(depot) }
}
