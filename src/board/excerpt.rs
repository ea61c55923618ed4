//! A board cut down to a few technicians, to try something on without copying a region.

use super::Board;
use super::calls::Calls;
use super::catalog::Catalog;
use super::id::{JobId, Location, TechnicianId};
use super::moves::Moves;
use super::offer::Offers;
use super::sales::Sales;
use super::timer::Timers;
use std::collections::{BTreeMap, BTreeSet};

impl Board {
    /// The board of these technicians alone: their routes and vans, the jobs on those and one more, all depots.
    /// Everything else is left out, so it answers nothing about others.
    pub fn excerpt(&self, of: &BTreeSet<TechnicianId>, job: Option<&JobId>) -> Board {
        let mine = |location: &Location| match location {
            Location::Van(owner) => of.contains(owner),
            Location::Depot(_) => true,
        };
        let routes: BTreeMap<_, _> = picked(&self.routes, of);
        let planned = routes.values().flat_map(|routes| routes.values()).flat_map(|route| route.jobs());
        let jobs = planned.chain(job).filter_map(|id| self.jobs.get_key_value(id));
        let jobs = jobs.map(|(id, job)| (id.clone(), job.clone())).collect();
        Board {
            region: self.region.clone(),
            catalog: Catalog::default(),
            technicians: picked(&self.technicians, of),
            whereabouts: picked(&self.whereabouts, of),
            depots: self.depots.clone(),
            stock: self.stock.excerpt(mine),
            jobs,
            routes,
            customers: BTreeMap::new(),
            orders: BTreeMap::new(),
            offers: Offers::default(),
            moves: Moves::default(),
            learned: self.learned.clone(),
            calls: Calls::default(),
            given: None,
            prices: None,
            timers: Timers::default(),
            version: self.version,
            sales: Sales::default(),
        }
    }
}

fn picked<V: Clone>(
    all: &BTreeMap<TechnicianId, V>,
    of: &BTreeSet<TechnicianId>,
) -> BTreeMap<TechnicianId, V> {
    of.iter().filter_map(|id| Some((id.clone(), all.get(id)?.clone()))).collect()
}
