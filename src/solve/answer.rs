//! The plan found, with times, cost terms and the reason of every job left out.

use super::anneal::Expected;
use super::dense::Dense;
use super::problem::Tick;
use super::search::Stats;
use super::timeline::{self, Terms, Visit};
use std::fmt;

/// The best plan found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Nodes by technician: jobs, and depots at or above the number of jobs.
    pub routes: Vec<Vec<u32>>,
    pub cost: i64,
    pub unassigned: Vec<u32>,
    /// Why each unassigned job is left out.
    pub reasons: Vec<(u32, Reason)>,
    pub epochs: u32,
    /// The schedule to replay with.
    pub expected: Expected,
    pub stats: Stats,
    pub(crate) left: i64,
}

/// Why a job is left out, with how far the best technician got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody is certified or allowed.
    NobodyAble,
    /// Somebody is, but even an empty van has not the room or parts.
    NoStock { technician: u32 },
    /// Even on an empty day the window is missed by this many ticks.
    OutOfReach { technician: u32, by: Tick },
    /// Even on an empty day the shift or its limit ends too early by this many ticks.
    ShiftTooShort { technician: u32, by: Tick },
    /// It would fit an empty day, but every able technician is busy; the one who comes nearest.
    Full { technician: u32, busy: Tick },
    /// It fits, but costs more than leaving it out.
    NotWorth { technician: u32, cost: i64, price: i64 },
}

impl Reason {
    /// The technician the reason speaks of.
    pub fn technician(&self) -> Option<u32> {
        match *self {
            Reason::NobodyAble => None,
            Reason::NoStock { technician }
            | Reason::OutOfReach { technician, .. }
            | Reason::ShiftTooShort { technician, .. }
            | Reason::Full { technician, .. }
            | Reason::NotWorth { technician, .. } => Some(technician),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Reason::NobodyAble => write!(f, "nobody is certified for it"),
            Reason::NoStock { .. } => write!(f, "no van carries enough for it"),
            Reason::OutOfReach { by, .. } => {
                write!(f, "out of reach: its window is missed by {by} ticks at best")
            }
            Reason::ShiftTooShort { by, .. } => {
                write!(f, "no shift is long enough: {by} ticks are missing at best")
            }
            Reason::Full { busy, .. } => {
                write!(f, "every able technician is full; the least busy works {busy} ticks")
            }
            Reason::NotWorth { cost, price, .. } => {
                write!(f, "serving it costs {cost}, leaving it out {price}")
            }
        }
    }
}

/// One technician's day.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub technician: u32,
    pub visits: Vec<Visit>,
    pub terms: Terms,
}

impl Answer {
    /// The price of what is left out, as it stands in `cost`.
    pub fn left_price(&self) -> i64 {
        self.left
    }

    /// Times and cost terms of every technician.
    pub fn schedules(&self, d: &Dense) -> Vec<Schedule> {
        let one = |(v, nodes): (usize, &Vec<u32>)| {
            let own: Vec<u32> = nodes.iter().map(|x| d.order.own(*x)).collect();
            let (mut visits, terms) = timeline::schedule(d, v, &own);
            visits.iter_mut().for_each(|x| x.node = d.order.given(x.node));
            Schedule { technician: v as u32, visits, terms }
        };
        self.routes.iter().enumerate().map(one).collect()
    }

    /// Cost terms of the whole plan; their sum is `cost`.
    pub fn terms(&self, d: &Dense) -> Terms {
        let mut sum = Terms { left_out: self.left, ..Terms::default() };
        for s in self.schedules(d) {
            sum.add(&s.terms);
        }
        sum
    }
}
