//! The best three technicians without looking at everybody, and without missing anybody.
//!
//! 1. Technicians with a stop near the place (R-tree) are weighed first, so that the third best is known early.
//! 2. All other open positions, by the hour in which they begin and the tile that they come from, those near the place
//!    first: what cannot fit or cannot beat the third best is left out, many at a time. Where parts may have to be
//!    fetched, and on straight lines, shift by shift.
//! 3. What is left is taken by least cost first; what the technician costs whatever the route and exact travel tighten
//!    the bound, and only when that is the least of all is the true forward pass run.
//!
//! The result does not depend on the order of anything: fits are ranked by cost, technician, shift, position.

mod near;
mod pass;
mod people;
mod queue;
mod spot;

use super::ask::Ask;
use super::bound::Bound;
use super::choose::{Knowledge, TOLD};
use super::fans::Fans;
use super::fetch::Fetch;
use super::parts::Pickup;
use super::scan::{Fit, Who, left_out};
use crate::board::fleet::Window;
use crate::board::id::TechnicianId;
use crate::units::{Cost, Time};
use people::{People, Standing};

/// Technicians near the place who are weighed first.
const SEEDS: usize = 12;
/// Tree entries looked at for them.
const LOOKED_AT: usize = 96;
/// Shifts from which the pass over shifts goes over a part of so many first.
const SHIFTS_FOR_TWO: usize = 1_024;
const PARTS: usize = 8;
/// Less than any cost: what is not known is looked at.
const UNKNOWN: i64 = i64::MIN / 2;

/// A position that may win: least cost, whether by exact travel, technician's slot, shift, before which errand,
/// whether the technician may stand where the plan is not met, and the least cost if nothing had to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    least: i64,
    exact: bool,
    slot: u32,
    shift: u32,
    at: u16,
    astray: bool,
    bare: i64,
}

/// An insertion as the search ranks it before the true forward pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// What it costs at least, by exact travel.
    pub least: Cost,
    /// Who.
    pub technician: TechnicianId,
    /// Start of the shift.
    pub shift: Time,
    /// Before which errand of the route.
    pub position: u32,
}

struct Search<'a, 'k> {
    ask: &'k Ask<'a>,
    known: &'k Knowledge<'a>,
    asked: Window,
    bound: Bound,
    wanted: u128,
    overtime: i64,
    excluded: Vec<u32>,
    people: People<'a>,
    best: Vec<(u32, Fit<'a>)>,
    /// The best by exact travel, where that is all that is asked.
    ranked: Option<Vec<Open>>,
    fans: Fans<'k>,
    fetch: Option<Fetch>,
}

/// The best technicians, the best first, each with the cheapest way.
pub fn search<'a>(ask: &Ask<'a>, known: &Knowledge<'a>) -> Vec<(Who<'a>, Fit<'a>)> {
    let Ok(here) = known.travel.spot(ask.need.place) else { return Vec::new() };
    let mut search = start(ask, known, here);
    search.run();
    let best = std::mem::take(&mut search.best);
    best.into_iter().map(|(slot, found)| (search.person(slot).who, found)).collect()
}

/// The same search without the true forward pass.
pub fn insertions(ask: &Ask<'_>, known: &Knowledge<'_>) -> Vec<Insertion> {
    let Ok(here) = known.travel.spot(ask.need.place) else { return Vec::new() };
    let mut search = Search { ranked: Some(Vec::new()), ..start(ask, known, here) };
    search.run();
    let tell = |open: Open| {
        let id = known.index.name(open.slot);
        Insertion {
            least: Cost(open.least),
            technician: id.clone(),
            shift: ask.board.technicians[id].shifts[open.shift as usize].window.start,
            position: open.at.into(),
        }
    };
    search.ranked.into_iter().flatten().map(tell).collect()
}

/// Whether the bounds of this fit's position are no higher than its cost; in words where they are.
///
/// # Errors
/// What is wrong with the bounds.
pub fn check(ask: &Ask<'_>, known: &Knowledge<'_>, found: &Fit<'_>) -> Result<(), String> {
    let here = known.travel.spot(ask.need.place).map_err(|e| e.to_string())?;
    let search = start(ask, known, here);
    let sheet = &found.stand.sheet;
    let slot = known.index.slot(&sheet.technician.id).ok_or("the technician is not in the index")?;
    let mut open = Vec::new();
    known.index.rows_of(slot).for_each(|row| search.open_in(row, i64::MAX, &mut open));
    let at = found.way.at - usize::from(found.way.depot_at.is_some());
    let shift = sheet.shift.window.start;
    let here = |o: &&Open| {
        usize::from(o.at) == at && sheet.technician.shifts[o.shift as usize].window.start == shift
    };
    let open = *open.iter().find(here).ok_or_else(|| format!("left out: {:?}", found.way))?;

    let standing = Standing::of(found.stand.clone());
    let pickup = (found.way.depot.as_ref(), found.way.depot_at);
    if [(None, None), pickup]
        .into_iter()
        .any(|pickup| !search.may_fit(&standing, usize::from(open.at), pickup))
    {
        return Err(format!("too late at the soonest: {:?} {found:?}", standing.soonest(ask, known)));
    }
    let most = found.cost.0 - search.person(slot).own;
    if open.astray {
        let least = [false, true].map(|exact| search.astray(&open, exact));
        let right = least.iter().all(|least| least.is_some_and(|least| least <= most));
        return if right {
            Ok(())
        } else {
            Err(format!("astray, {least:?} over {:?}: {found:?}", found.cost))
        };
    }
    let spot = search.spot(&open).ok_or("no spot")?;
    let bare = search.least(&spot).ok_or_else(|| format!("exact travel rules out {spot:?}"))?;
    let open = Open { bare, ..open };
    let before = search.before(&open);
    let way = search.fetched_from(&open, before.as_ref(), pickup).ok_or("no way by least travel")?;
    let fetched = search.fetched(&open).ok_or("no way by least travel to any depot")?;
    let all = [open.least, bare, fetched, way];
    if all.iter().any(|least| *least > most) {
        return Err(format!("{all:?} over {:?}: {spot:?} {:?}", found.cost, found));
    }
    Ok(())
}

fn start<'a, 'k>(ask: &'k Ask<'a>, known: &'k Knowledge<'a>, here: crate::travel::Spot) -> Search<'a, 'k> {
    Search {
        ask,
        known,
        asked: ask.asked(),
        bound: Bound::of(ask, known.index, known.travel),
        wanted: known.index.wanted(&ask.demand.requirements),
        overtime: ask.policy.overtime_permille.into(),
        excluded: barred(ask, known),
        people: People::new(known.index.slots()),
        best: Vec::new(),
        ranked: None,
        fans: Fans::new(known.travel, here.point()),
        fetch: Fetch::of(ask, known.index, known.travel),
    }
}

/// The slots of technicians who are not to be asked whatever their route; sorted.
fn barred(ask: &Ask<'_>, known: &Knowledge<'_>) -> Vec<u32> {
    let named = ask.need.excluded.iter().chain(ask.declined);
    let mut all: Vec<u32> = named.filter_map(|id| known.index.slot(id)).collect();
    let partners = !ask.partners && known.holders.partners() > 0;
    if ask.need.wishes.language_required || partners {
        let out = ask.board.technicians.values().filter(|t| left_out(ask, t).is_some());
        all.extend(out.filter_map(|t| known.index.slot(&t.id)));
    }
    all.sort_unstable();
    all
}

impl<'a> Search<'a, '_> {
    fn run(&mut self) {
        let seeds = self.seeds();
        let mut near = Vec::new();
        for row in seeds.iter().flat_map(|slot| self.known.index.rows_of(*slot)) {
            self.open_in(row, i64::MAX, &mut near);
        }
        self.weigh_all(near);
        if self.fetch.is_some() || self.bound.is_close() {
            // what a few of many shifts come to rules out most of the rest
            let all = self.known.index.rows().0.len();
            let first = if all < SHIFTS_FOR_TWO { 0 } else { all / PARTS };
            for range in [0..first, first..all] {
                let found = self.pass_by_shift(&seeds, range);
                self.weigh_all(found);
            }
        } else {
            let (elsewhere, found) = self.pass_over_idle(&seeds);
            self.weigh_all(found);
            self.pass_over_bands(&seeds, &elsewhere);
        }
        self.fans.keep();
    }

    fn eligible(&self, slot: u32) -> bool {
        self.known.index.mask(slot) & self.wanted == self.wanted && !self.is_barred(slot)
    }

    fn is_barred(&self, slot: u32) -> bool {
        self.excluded.binary_search(&slot).is_ok()
    }

    /// The cost of the third best; what cannot be as good is left out.
    fn bar(&self) -> i64 {
        let third = match &self.ranked {
            Some(ranked) => ranked.get(TOLD - 1).map(|open| open.least),
            None => self.best.get(TOLD - 1).map(|best| best.1.cost.0),
        };
        third.unwrap_or(i64::MAX)
    }

    /// Eligible technicians with a stop near the place.
    fn seeds(&self) -> Vec<u32> {
        let mut seeds = Vec::with_capacity(SEEDS);
        for slot in self.known.index.nearest(self.ask.need.place).take(LOOKED_AT) {
            if self.eligible(slot) && !seeds.contains(&slot) {
                seeds.push(slot);
                if seeds.len() == SEEDS {
                    break;
                }
            }
        }
        seeds
    }

    /// Whether the visit may be in time before errand `at`, with parts from there.
    fn may_fit(&self, standing: &Standing<'_>, at: usize, (depot, stop): Pickup<'_>) -> bool {
        let frozen = standing.stand.sheet.frozen.len();
        let fetch = || Some((self.fetch.as_ref()?, depot?, stop? - frozen));
        standing.soonest(self.ask, self.known).may_fit(&self.bound, at - frozen, fetch())
    }

    /// Keeps the best way of each technician, and the best technicians.
    fn keep(&mut self, slot: u32, found: Fit<'a>) {
        if let Some(had) = self.best.iter().position(|b| b.0 == slot) {
            if self.best[had].1.rank() <= found.rank() {
                return;
            }
            self.best.remove(had);
        }
        let place = self.best.partition_point(|b| b.1.rank() < found.rank());
        self.best.insert(place, (slot, found));
        self.best.truncate(TOLD);
    }

    /// Keeps the best position of each technician, and the best technicians.
    fn rank(&mut self, open: Open) {
        let ranked = self.ranked.get_or_insert_default();
        ranked.retain(|had| had.slot != open.slot || *had < open);
        if ranked.iter().all(|had| had.slot != open.slot) {
            ranked.push(open);
        }
        ranked.sort_unstable();
        ranked.truncate(TOLD);
    }
}
