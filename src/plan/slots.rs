//! The best windows over the coming days, each priced by its marginal cost on the plan as it is.
//!
//! Windows are cut from each day of the region's clock, from midnight on. One search a window: the visit has to
//! begin inside it, and nothing counts that would not count once it is held. A window in which nobody works
//! is not asked about.

use super::ask::UNNAMED;
use super::booking::usual_length;
use super::choose::{offer, reasons};
use super::desk::Desk;
use crate::board::booking::DayTime;
use crate::board::decide::resolve;
use crate::board::decision::{Candidate, Cause, Rule};
use crate::board::fleet::Window;
use crate::board::id::{JobId, TechnicianId};
use crate::board::job::{Demand, Need};
use crate::board::quote::Quote;
use crate::board::refusal::{Refusal, Violation};
use crate::units::{Cost, Span, Time};
use std::collections::VecDeque;

/// Windows of one question at most.
pub const WINDOWS_MOST: usize = 120;
/// Windows told with the reason why they are not on offer.
const WITHHELD_TOLD: usize = 50;

/// What is wished for.
#[derive(Clone, Debug)]
pub struct SlotWish {
    /// Windows begin at or after.
    pub from: Time,
    /// Windows begin before.
    pub until: Time,
    /// How long they are; the level's length where `None`.
    pub length: Option<Span>,
    /// How many are told.
    pub count: usize,
    /// Technicians the customer would like.
    pub preferred: Vec<TechnicianId>,
}

/// What a slot is the best in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// No other costs less.
    Cheapest,
    /// No other begins sooner.
    Soonest,
    /// One of the preferred technicians comes.
    Preferred,
}

/// A window on offer.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The window.
    pub window: Window,
    /// Who would come, and what it costs.
    pub candidate: Candidate,
    /// In order.
    pub marks: Vec<Mark>,
}

/// A window that is not on offer.
#[derive(Clone, Debug)]
pub struct Withheld {
    /// The window.
    pub window: Window,
    /// Why.
    pub reason: Refusal,
}

/// What is on offer.
#[derive(Clone, Debug)]
pub struct Slots {
    /// By start; none twice.
    pub slots: Vec<Slot>,
    /// By start; the first ones where there are many.
    pub withheld: Vec<Withheld>,
    /// The days looked at, and how much of them is sold.
    pub days: Vec<(Window, DayTime)>,
    /// One price, whichever slot it is.
    pub quote: Option<Quote>,
}

/// A search for slots under way: a window a step, each on the board as it is then.
#[derive(Clone, Debug)]
pub struct SlotSearch {
    now: Time,
    need: Need,
    demand: Demand,
    wish: SlotWish,
    /// Windows to be looked at, in order, each with why nothing of its day is sold where that is so.
    left: VecDeque<(Window, Option<Refusal>)>,
    offers: Vec<Slot>,
    told: Slots,
}

impl SlotSearch {
    /// Cuts the days into windows and sees what of each is sold.
    ///
    /// # Errors
    /// Where the need refers to what is not there, or more windows are asked for than one question may.
    pub fn begin(desk: &Desk, now: Time, need: &Need, wish: &SlotWish) -> Result<SlotSearch, Refusal> {
        let length = wish.length.unwrap_or_else(|| usual_length(desk, need));
        let held = Need { promised: Window::new(wish.from, wish.until), ..need.clone() };
        let demand = resolve(desk.board(), &held, now).map_err(Refusal::Invalid)?;
        let quote = desk.board().quote(&held, &demand);
        let mut told = Slots { slots: Vec::new(), withheld: Vec::new(), days: Vec::new(), quote };
        let worked = desk.worked();
        let mut left = VecDeque::new();
        for day in desk.days(wish) {
            told.days.push((day, desk.board().day_time(&day)));
            let kept = desk.board().may_be_sold(&held, &demand, &day, None).err();
            left.extend(desk.grid(&day, length, wish, &worked).into_iter().map(|w| (w, kept.clone())));
            if left.len() > WINDOWS_MOST {
                return Err(too_many());
            }
        }
        let (need, wish) = (need.clone(), wish.clone());
        Ok(SlotSearch { now, need, demand, wish, left, offers: Vec::new(), told })
    }

    /// Looks at the next window; false where there is none.
    pub fn step(&mut self, desk: &Desk) -> bool {
        let Some((window, kept)) = self.left.pop_front() else { return false };
        let found = match kept {
            None => desk.offers(self.now, &self.need, &self.demand, (window, &self.wish.preferred)),
            Some(kept) => Err(kept),
        };
        match found {
            Ok(found) => self.offers.extend(found),
            Err(reason) => self.told.withheld.push(Withheld { window, reason }),
        }
        true
    }

    /// What was found.
    pub fn told(mut self) -> Slots {
        self.told.withheld.truncate(WITHHELD_TOLD);
        self.told.slots = pick(self.offers, &self.wish);
        self.told
    }
}

impl Desk {
    /// The best windows for a need.
    ///
    /// # Errors
    /// As [`SlotSearch::begin`].
    pub fn slots(&self, now: Time, need: &Need, wish: &SlotWish) -> Result<Slots, Refusal> {
        let mut search = SlotSearch::begin(self, now, need, wish)?;
        while search.step(self) {}
        Ok(search.told())
    }

    /// The days of the region's clock that windows may begin in.
    fn days(&self, wish: &SlotWish) -> Vec<Window> {
        let mut days = Vec::new();
        let mut at = wish.from;
        while at < wish.until {
            let day = self.day_of(at);
            days.push(day);
            at = day.end;
        }
        days
    }

    /// The windows of a day that somebody works in.
    fn grid(&self, day: &Window, length: Span, wish: &SlotWish, worked: &[Window]) -> Vec<Window> {
        // the clocks may change at midnight, never at noon
        let noon = day.start + Span::hours(12);
        let shown = noon.0 + self.travel().dayparts().offset_seconds(noon);
        let midnight = shown.div_euclid(86_400) * 86_400;
        let starts = (0..).map(|n| midnight + n * length.0).take_while(|s| *s < midnight + 86_400);
        let mut windows: Vec<Window> = starts
            .map(|shown| self.by_wall_clock(shown))
            .filter_map(|start| Window::new(start, start + length))
            .filter(|w| wish.from <= w.start && w.start < wish.until.min(day.end))
            .filter(|w| overlaps_one(worked, w))
            .collect();
        windows.dedup();
        windows
    }

    /// When somebody works: apart from one another, in order.
    fn worked(&self) -> Vec<Window> {
        let shifts = self.board().technicians.values().flat_map(|t| &t.shifts);
        let mut all: Vec<Window> = shifts.map(|s| s.window).collect();
        all.sort();
        let mut apart: Vec<Window> = Vec::new();
        for shift in all {
            match apart.last_mut().filter(|last| shift.start <= last.end) {
                Some(last) => last.end = last.end.max(shift.end),
                None => apart.push(shift),
            }
        }
        apart
    }

    /// The cheapest visit in a window, and the cheapest by somebody preferred where that is another one.
    fn offers(
        &self,
        now: Time,
        need: &Need,
        demand: &Demand,
        (window, preferred): (Window, &[TechnicianId]),
    ) -> Result<Vec<Slot>, Refusal> {
        let id = JobId::from(UNNAMED);
        let nobody = |reasons| Refusal::NobodyFits { window, reasons };
        let Some(asked) = self.slot_need(need, window, &[]) else {
            let why = "the customer gives no access in that window".to_owned();
            return Err(nobody(vec![(Rule::Access, why)]));
        };
        let question = self.question(&id, &asked, demand, now);
        let best = self.by(now, &question, |ask, known| {
            let choice = offer(ask, known, Cause::Evaluate).ok_or_else(|| nobody(reasons(ask, known)))?;
            choice.decision.chosen.ok_or_else(|| nobody(Vec::new()))
        })?;
        let slot = |candidate| Slot { window, candidate, marks: Vec::new() };
        let named: Vec<&TechnicianId> = preferred.iter().collect();
        let mut found = Vec::new();
        if !named.is_empty() && !named.contains(&&best.technician) {
            let asked = self.slot_need(need, window, &named).expect("there was access before");
            let question = self.question(&id, &asked, demand, now);
            let choice = self.by(now, &question, |ask, known| offer(ask, known, Cause::Evaluate));
            found.extend(choice.and_then(|c| c.decision.chosen).map(slot));
        }
        found.insert(0, slot(best));
        Ok(found)
    }
}

fn overlaps_one(apart: &[Window], window: &Window) -> bool {
    let after = apart.partition_point(|w| w.end <= window.start);
    apart.get(after).is_some_and(|w| w.overlaps(window))
}

fn cost(slot: &Slot) -> (Cost, Time, TechnicianId) {
    (slot.candidate.terms.total(), slot.window.start, slot.candidate.technician.clone())
}

fn sooner(slot: &Slot) -> (Time, Cost, TechnicianId) {
    let (cost, start, technician) = cost(slot);
    (start, cost, technician)
}

/// The cheapest, among them the soonest and the cheapest by somebody preferred, with their marks.
fn pick(mut offers: Vec<Slot>, wish: &SlotWish) -> Vec<Slot> {
    offers.sort_by_cached_key(cost);
    let preferred = |slot: &Slot| wish.preferred.contains(&slot.candidate.technician);
    let soonest = (0..offers.len()).min_by_key(|i| sooner(&offers[*i]));
    let liked = offers.iter().position(preferred);
    let mut taken: Vec<usize> = [Some(0).filter(|_| !offers.is_empty()), liked, soonest]
        .into_iter()
        .flatten()
        .chain(0..offers.len())
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    taken.retain(|i| seen.insert(*i));
    taken.truncate(wish.count);
    for i in &taken {
        let mark = |mark, is: bool| is.then_some(mark);
        offers[*i].marks = [
            mark(Mark::Cheapest, *i == 0),
            mark(Mark::Soonest, Some(*i) == soonest),
            mark(Mark::Preferred, preferred(&offers[*i])),
        ]
        .into_iter()
        .flatten()
        .collect();
    }
    let mut slots: Vec<Slot> = taken.into_iter().map(|i| offers[i].clone()).collect();
    slots.sort_by_cached_key(sooner);
    slots
}

fn too_many() -> Refusal {
    let description = format!("takes over {WINDOWS_MOST} windows: ask for longer slots or fewer days");
    Refusal::Invalid(vec![Violation { field: "slot_duration".into(), description }])
}
