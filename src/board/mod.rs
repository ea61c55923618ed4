//! The ground state of a region and the rules that change it.
//!
//! [`Board`] is a fold of [`Event`]s. [`Board::decide`] judges a [`Command`] and changes nothing;
//! [`Board::apply`] changes and cannot fail. The board never reads a clock, a file or a road: time is an
//! argument and travel is asked through [`Legs`].

pub mod apply;
pub mod audit;
pub mod booking;
pub mod calls;
pub mod catalog;
pub mod clocks;
pub mod command;
pub mod cost;
pub mod decide;
pub mod decision;
pub mod delivery;
pub mod event;
pub mod excerpt;
pub mod fleet;
pub mod id;
pub mod job;
pub mod learned;
pub mod moves;
pub mod offer;
pub mod progress;
pub mod quote;
pub mod refusal;
pub mod region;
pub mod retry;
pub mod sales;
pub mod scarcity;
pub mod schedule;
pub mod stock;
pub mod timer;

pub use command::Command;
pub use event::Event;
pub use refusal::Refusal;

use crate::geo::Point;
use crate::units::Time;
use calls::{Calls, Given};
use catalog::Catalog;
use fleet::{Depot, Route, Routes, Technician};
use id::{DepotId, JobId, TechnicianId};
use job::{Commitment, Customer, Job, Visit};
use learned::Durations;
use moves::Moves;
use offer::Offers;
use progress::Whereabouts;
use quote::PriceList;
use region::Region;
use sales::Sales;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use stock::Stock;
use timer::Timers;

/// Travel from one place to another, leaving at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Whole seconds.
    pub seconds: u32,
    /// Metres of that way.
    pub metres: u32,
}

/// Travel as the board needs it: first-in-first-out, `None` where no road leads.
pub trait Legs {
    /// The way from `from` to `to`, leaving at `depart`.
    fn leg(&self, from: Point, to: Point, depart: Time) -> Option<Leg>;
}

/// All that is known of a region and was written to its journal. Positions of devices are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The region's own facts.
    pub region: Region,
    /// What there is to refer to.
    pub catalog: Catalog,
    /// By id.
    pub technicians: BTreeMap<TechnicianId, Technician>,
    /// Planned routes; technicians without any are left out.
    pub routes: BTreeMap<TechnicianId, Routes>,
    /// Of technicians who report progress, in the shift that is on.
    pub whereabouts: BTreeMap<TechnicianId, Whereabouts>,
    /// By id.
    pub depots: BTreeMap<DepotId, Depot>,
    /// Parts.
    pub stock: Stock,
    /// By id.
    pub jobs: BTreeMap<JobId, Arc<Job>>,
    /// Personal data by job, apart.
    pub customers: BTreeMap<JobId, Customer>,
    /// Jobs by the caller's own number.
    pub orders: BTreeMap<String, JobId>,
    /// Prices, where the region has a list.
    #[serde(default)]
    pub prices: Option<PriceList>,
    /// Visits put to technicians.
    pub offers: Offers,
    /// Idle technicians asked to wait elsewhere.
    #[serde(default)]
    pub moves: Moves,
    /// How long work really takes.
    pub learned: Durations,
    /// What is called in, where and when.
    #[serde(default)]
    pub calls: Calls,
    /// Rates of demand that a planner gave, in place of what was learned.
    #[serde(default)]
    pub given: Option<Given>,
    /// What falls due when.
    pub timers: Timers,
    /// How many events have been applied.
    pub version: u64,
    /// Sums of technician time.
    #[serde(skip)]
    pub sales: Sales,
}

impl Board {
    /// The board of a new region.
    pub fn new(region: Region) -> Board {
        let created = region.created;
        let mut board = Board {
            region,
            catalog: Catalog::default(),
            technicians: BTreeMap::new(),
            routes: BTreeMap::new(),
            whereabouts: BTreeMap::new(),
            depots: BTreeMap::new(),
            stock: Stock::default(),
            jobs: BTreeMap::new(),
            customers: BTreeMap::new(),
            orders: BTreeMap::new(),
            prices: None,
            offers: Offers::default(),
            moves: Moves::default(),
            learned: Durations::default(),
            calls: Calls::default(),
            given: None,
            timers: Timers::default(),
            version: 1,
            sales: Sales::default(),
        };
        board.arm_moves(created);
        board
    }

    /// What a technician has reported of the shift that starts at `shift`.
    pub fn whereabouts(&self, technician: &TechnicianId, shift: Time) -> Option<&Whereabouts> {
        self.whereabouts.get(technician).filter(|w| w.shift == shift)
    }

    /// How many breaks of a shift are over by report.
    pub fn rested(&self, technician: &TechnicianId, shift: Time) -> u8 {
        self.whereabouts(technician, shift).map_or(0, |w| w.rested)
    }

    /// From when a technician may begin the shift that starts at `shift`: not before an earlier one is over, nor what
    /// is left of one that is no more, nor what is under way in a later one.
    pub fn begins(&self, technician: &Technician, shift: Time) -> Time {
        let routes = self.routes.get(&technician.id).into_iter().flatten();
        let comes_first = |start: Time, route: &Route| {
            start < shift
                || start > shift && (technician.shift(start).is_none() || self.going(route).is_some())
        };
        let before = routes.filter(|(start, route)| comes_first(**start, route));
        before.map(|(_, route)| route.home.arrive).fold(shift, Time::max)
    }

    /// The visit of a route that is under way by report; it is the first.
    pub fn going<'a>(&'a self, route: &'a Route) -> Option<(&'a JobId, &'a Visit)> {
        let job = route.jobs().next()?;
        let visit = self.jobs.get(job)?.visit.as_ref()?;
        (visit.commitment >= Commitment::EnRoute).then_some((job, visit))
    }

    /// The planned route of a technician's shift.
    pub fn route(&self, technician: &TechnicianId, shift: Time) -> Option<&Route> {
        self.routes.get(technician)?.get(&shift)
    }
}
