//! How much technician time each shift has and how much of it is sold, kept as events come: a day's sum is asked once a
//! day and slot, and counting it anew looks at every stop of the region.

use super::Board;
use super::booking::DayTime;
use super::catalog::Entry;
use super::event::Event;
use super::fleet::{Errand, Technician, Window};
use super::id::TechnicianId;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// Time of shifts, less their breaks, and what of it is work and travel to it for levels that are not for emergencies.
type Sold = (Span, Span);

/// Sums by the start of the shift. Derived: equal boards have equal sums, so they are neither stored nor compared.
#[derive(Clone, Debug, Default)]
pub struct Sales {
    /// `None` where nobody asked that they be kept.
    kept: Option<Kept>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    by_start: BTreeMap<Time, Sold>,
    /// What of it is each technician's, to be taken away again.
    own: BTreeMap<TechnicianId, Vec<(Time, Sold)>>,
}

impl PartialEq for Sales {
    fn eq(&self, _: &Sales) -> bool {
        true
    }
}

impl Eq for Sales {}

impl Kept {
    fn take_in(&mut self, id: &TechnicianId, mut shifts: Vec<(Time, Sold)>) {
        // a shift that is all breaks adds nothing: a sum is gone once it is nothing
        shifts.retain(|(_, share)| *share != Sold::default());
        for (start, (time, sold)) in &shifts {
            let sum = self.by_start.entry(*start).or_default();
            *sum = (sum.0 + *time, sum.1 + *sold);
        }
        if !shifts.is_empty() {
            self.own.insert(id.clone(), shifts);
        }
    }

    fn take_out(&mut self, id: &TechnicianId) {
        for (start, (time, sold)) in self.own.remove(id).unwrap_or_default() {
            let sum = self.by_start.get_mut(&start).expect("it was added");
            *sum = (sum.0 - time, sum.1 - sold);
            if *sum == Sold::default() {
                self.by_start.remove(&start);
            }
        }
    }
}

impl Board {
    /// Keeps the sums from now on.
    pub fn keep_sales(&mut self) {
        self.sales.kept = Some(self.counted());
    }

    /// Whether the sums that are kept are what counting them anew gives; for tests.
    pub fn sales_are_right(&self) -> bool {
        self.sales.kept.as_ref().is_none_or(|kept| *kept == self.counted())
    }

    fn counted(&self) -> Kept {
        let mut all = Kept::default();
        self.technicians.values().for_each(|t| all.take_in(&t.id, self.sold_of(t)));
        all
    }

    fn sold_of(&self, technician: &Technician) -> Vec<(Time, Sold)> {
        let one = |shift: &super::fleet::Shift| {
            let rest: Span = shift.breaks.iter().map(|b| b.duration).sum();
            let route = self.route(&technician.id, shift.window.start);
            let work = route.into_iter().flat_map(|r| &r.stops).filter_map(|stop| match &stop.errand {
                Errand::Visit(job) if !self.is_urgent(&self.jobs[job]) => {
                    Some(stop.end - stop.start + Span(i64::from(stop.seconds)))
                }
                Errand::Visit(_) | Errand::Depot(_) | Errand::Break(_) => None,
            });
            (shift.window.start, (shift.window.length() - rest, work.sum()))
        };
        technician.shifts.iter().map(one).collect()
    }

    /// Takes an event in that was applied.
    pub(super) fn note_sales(&mut self, event: &Event) {
        if self.sales.kept.is_none() {
            return;
        }
        match event {
            Event::TechnicianSet(Technician { id, .. })
            | Event::TechnicianRemoved(id)
            | Event::RouteSet { technician: id, .. } => self.recount(id),
            Event::JobCorrected { job, .. } => {
                let goes = self.jobs[job].visit.as_ref().map(|v| v.technician.clone());
                goes.iter().for_each(|id| self.recount(id));
            }
            Event::EntrySet(Entry::Level(..)) => self.keep_sales(),
            _ => {}
        }
    }

    fn recount(&mut self, id: &TechnicianId) {
        let anew = self.technicians.get(id).map(|t| self.sold_of(t)).unwrap_or_default();
        if let Some(kept) = &mut self.sales.kept {
            kept.take_out(id);
            kept.take_in(id, anew);
        }
    }

    /// How much of the day is sold. A shift counts to the day it begins in; the policy's urgent reserve is
    /// left out of what may be sold.
    pub fn day_time(&self, day: &Window) -> DayTime {
        let sum = |kept: &Kept| {
            let all = kept.by_start.range(day.start..day.end);
            all.fold(Sold::default(), |sum, (_, s)| (sum.0 + s.0, sum.1 + s.1))
        };
        let (capacity, sold) = match &self.sales.kept {
            Some(kept) => sum(kept),
            None => sum(&self.counted()),
        };
        let open = 1000 - i64::from(self.region.policy.urgent_reserve_permille.min(1000));
        DayTime { capacity, sold, sellable: Span(capacity.0 * open / 1000) }
    }
}
