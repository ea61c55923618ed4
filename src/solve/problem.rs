//! What is to be solved: jobs, technicians, travel, and what everything costs, as dense numbers.
//!
//! The caller's nouns end here: a job is an index, a technician is an index, node `j` of the travel
//! matrix is job `j`, and nodes from `jobs.len()` on are start, end and depot places. A tick is whatever
//! the caller says (1 s on boards). This file only holds the values; `dense` checks them.

use std::sync::Arc;

/// An instant or a span, in the caller's ticks. Hard limit: 500,000,000, so that sums fit.
pub type Tick = i32;
/// Later than any instant.
pub const NEVER: Tick = 500_000_000;

/// A closed interval `[open, close]` of instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub open: Tick,
    pub close: Tick,
}

impl Window {
    pub const ALWAYS: Window = Window { open: 0, close: NEVER };
}

/// One kink of a convex lateness cost: every tick the service starts after `after` costs `rate` more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hinge {
    pub after: Tick,
    pub rate: i64,
}

/// What it costs to leave a job out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prize {
    /// More than any plan: the job is left out only when it cannot be served.
    Must,
    /// This much, in cost units.
    Worth(i64),
}

/// One job.
#[derive(Clone, Debug)]
pub struct Job {
    /// When service may start; ascending, disjoint, at least one.
    pub windows: Vec<Window>,
    /// Soft lateness on the start of service.
    pub lateness: Vec<Hinge>,
    /// Ticks of service by the technician's `pace` (one value: the same for all).
    pub service: Vec<Tick>,
    /// Units taken of each counted dimension (capacity), by dimension.
    pub load: Vec<i32>,
    /// Parts used, by part.
    pub parts: Vec<i32>,
    /// Tools needed, as bits.
    pub tools: u64,
    /// Who may serve it (certifications, exclusions, locks): `None` is anybody.
    pub able: Option<Vec<u32>>,
    pub prize: Prize,
    /// Whom the customer was told, and what changing that costs.
    pub promised: Option<(u32, i64)>,
}

impl Default for Job {
    fn default() -> Job {
        Job {
            windows: vec![Window::ALWAYS],
            lateness: Vec::new(),
            service: vec![0],
            load: Vec::new(),
            parts: Vec::new(),
            tools: 0,
            able: None,
            prize: Prize::Must,
            promised: None,
        }
    }
}

/// A break of `length`, starting inside `window`, taken between visits, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    pub window: Window,
    pub length: Tick,
}

/// One technician for one shift.
#[derive(Clone, Debug)]
pub struct Technician {
    /// Start and end nodes; `None` costs no travel.
    pub start: Option<u32>,
    pub end: Option<u32>,
    pub shift: Window,
    /// Ticks allowed past the shift's end, and the price of each.
    pub overtime: Tick,
    pub overtime_rate: i64,
    pub breaks: Vec<Break>,
    /// Longest time from departure to return.
    pub limit: Option<Tick>,
    /// Most jobs in the route.
    pub most: Option<u32>,
    pub capacity: Vec<i32>,
    /// Parts on the van.
    pub stock: Vec<i32>,
    pub tools: u64,
    /// Which entry of `Job::service` applies.
    pub pace: u32,
    /// Cost of going out at all.
    pub fixed: i64,
    /// Jobs that come first, in this order, and never move.
    pub pinned: Vec<u32>,
}

impl Default for Technician {
    fn default() -> Technician {
        Technician {
            start: None,
            end: None,
            shift: Window::ALWAYS,
            overtime: 0,
            overtime_rate: 0,
            breaks: Vec::new(),
            limit: None,
            most: None,
            capacity: Vec::new(),
            stock: Vec::new(),
            tools: 0,
            pace: 0,
            fixed: 0,
            pinned: Vec::new(),
        }
    }
}

/// Where parts and tools can be picked up: one visit gives all of `tools` and any number of `parts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot {
    pub node: u32,
    pub window: Window,
    pub service: Tick,
    /// Which parts it has, by part.
    pub parts: Vec<bool>,
    pub tools: u64,
}

/// Travel between nodes: `size` x `size`, row = from. Asymmetric is fine.
#[derive(Clone, Debug)]
pub struct Travel {
    pub size: usize,
    /// Ticks, by daypart; the last daypart runs to the end.
    pub time: Vec<Arc<Vec<Tick>>>,
    /// Where each daypart after the first begins (ascending; one fewer than `time`).
    pub turns: Vec<Tick>,
    /// What a hop costs; `None`: its ticks in the first daypart.
    pub cost: Option<Arc<Vec<i32>>>,
}

impl Travel {
    /// One matrix that is time and cost at once.
    pub fn plain(size: usize, ticks: Vec<Tick>) -> Travel {
        Travel { size, time: vec![Arc::new(ticks)], turns: Vec::new(), cost: None }
    }
}

/// Exchange rates into cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Per unit of travel cost.
    pub travel: i64,
    /// Per tick between departure and return, the departure chosen to make it least.
    pub working: i64,
    /// Fairness: `fairness * (busy / 1024)^2` a route, busy = travel and service ticks. Even loads are least.
    pub fairness: i64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { travel: 1, working: 0, fairness: 0 }
    }
}

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    pub jobs: Vec<Job>,
    pub crew: Vec<Technician>,
    pub travel: Travel,
    pub depots: Vec<Depot>,
    /// Cost of a pair, `jobs x crew` row by job: expected revisits, preference, coverage. Empty is none.
    pub pair: Vec<i32>,
    pub weights: Weights,
}

impl Default for Travel {
    fn default() -> Travel {
        Travel::plain(0, Vec::new())
    }
}
