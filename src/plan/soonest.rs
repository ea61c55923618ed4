//! From below: when a shift with a visit put in gets home at the soonest, and whether it can keep to its hours at all.
//!
//! A forward pass as `board::schedule` does it, over numbers and by least travel: what comes too late here comes too
//! late there. It costs a small part of that, and most ways that are tried in a full shift come too late.

use super::ask::Ask;
use super::bound::{Bound, Ends};
use super::fetch::Fetch;
use super::index::Index;
use super::stand::Stand;
use super::travel::Travel;
use crate::board::fleet::{Errand, Stop};
use crate::board::id::DepotId;
use crate::board::schedule::{PROMISE_SLACK, Task};
use crate::geo::Point;
use crate::units::{Span, Time};

/// Nothing that is done later than planned is left for earlier than this before.
const EARLIER: Span = Span::minutes(30);
/// Two ways rounded to seconds may be shorter than the one they go round by.
const ROUNDING: i64 = 5;

/// An errand ahead, as it bounds what comes after it.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    /// Least seconds of the way to it; none to a break, which is taken where the technician is.
    leg: Option<i64>,
    opens: i64,
    /// Last start.
    by: i64,
    takes: i64,
}

/// A shift's errands ahead.
#[derive(Clone, Debug)]
pub struct Soonest {
    free: i64,
    ahead: Vec<Ahead>,
    /// Before each errand ahead and before the way home: the last place, and the next.
    ends: Vec<Ends>,
    home: i64,
    home_by: i64,
}

impl Soonest {
    /// What is ahead of a shift as it stands.
    pub fn of(ask: &Ask<'_>, stand: &Stand<'_>, index: &Index, travel: &Travel) -> Soonest {
        let (sheet, frozen) = (&stand.sheet, stand.sheet.frozen.len());
        let stops = &stand.base.stops[frozen..];
        let free = sheet.origin.free;
        let home_by = sheet.shift.window.end + sheet.allowance;
        let least = |seconds: u32, depart: Time| {
            let since = free.max(depart - EARLIER).min(depart);
            travel.at_least(seconds, depart, since, (home_by - depart).or_zero()).0
        };
        let adopted = stand.route.map(|route| &route.stops[frozen..]);
        let one = |(n, stop): (usize, &Stop)| match &stop.errand {
            Errand::Break(number) => {
                let pause = &sheet.shift.breaks[usize::from(*number)];
                let last = pause.window.end - pause.duration;
                // one that can no longer begin was taken meanwhile
                let (by, takes) = if free > last { (i64::MAX, 0) } else { (last.0, pause.duration.0) };
                Ahead { leg: None, opens: pause.window.start.0, by, takes }
            }
            Errand::Visit(_) | Errand::Depot(_) => {
                let leg = Some(least(stop.seconds, stop.depart));
                let plain = Ahead { leg, opens: i64::MIN, by: i64::MAX, takes: (stop.end - stop.start).0 };
                let task = stand.tasks[n];
                let had = adopted.and_then(|stops| stops.get(n)).map(|had| had.start);
                task.map_or(plain, |task| Ahead {
                    takes: task.demand.service.0,
                    ..visit(ask, task, had, plain)
                })
            }
        };
        let ahead = stops.iter().enumerate().map(one).collect();
        let place = |stop: &Stop| (!matches!(stop.errand, Errand::Break(_))).then_some(stop.place);
        let mut next = sheet.technician.end;
        let mut after: Vec<Point> = vec![next];
        for stop in stops.iter().rev() {
            next = place(stop).unwrap_or(next);
            after.push(next);
        }
        after.reverse();
        let mut last = sheet.origin.place;
        let mut before = vec![last];
        for stop in stops {
            last = place(stop).unwrap_or(last);
            before.push(last);
        }
        let cell = |place| index.cell(place, travel);
        let ends = |(from, to)| Ends { cells: [cell(from), cell(to)], places: [from, to] };
        let ends = before.into_iter().zip(after).map(ends).collect();
        let home = least(stand.base.home.seconds, stand.base.home.depart);
        Soonest { free: free.0, ahead, ends, home, home_by: home_by.0 }
    }

    /// Whether a visit before errand `at` of those ahead may be in time, with all that comes after it; with parts from a
    /// new stop at a depot before one errand, where one is needed.
    pub fn may_fit(&self, bound: &Bound, at: usize, fetch: Option<(&Fetch, &DepotId, usize)>) -> bool {
        let mut now = self.free;
        // the way on from what was put in, and from a depot to the visit
        let (mut onward, mut to_visit) = (None, None);
        for n in 0..=self.ahead.len() {
            let ends = &self.ends[n];
            if let Some((fetch, depot, _)) = fetch.filter(|(_, _, stop)| *stop == n) {
                let Some(way) = fetch.by_way(depot, ends) else { return true };
                now += way.there + way.handling;
                (onward, to_visit) = (Some(way.onward), Some(way.to_visit));
            }
            if n == at {
                let (there, on) = bound.least(ends);
                let Some(end) = bound.ends(now + to_visit.unwrap_or(there) - ROUNDING) else { return false };
                (now, onward) = (end, Some(on));
            }
            let Some(next) = self.ahead.get(n) else { break };
            if let Some(leg) = next.leg {
                now += onward.take().unwrap_or(leg);
                to_visit = None;
            }
            let start = now.max(next.opens);
            if start - ROUNDING > next.by {
                return false;
            }
            now = start + next.takes;
        }
        now + onward.unwrap_or(self.home) <= self.home_by + ROUNDING
    }
}

/// When a visit ahead may begin; `had` is its start as adopted.
fn visit(ask: &Ask<'_>, task: Task<'_>, had: Option<Time>, plain: Ahead) -> Ahead {
    let need = task.need;
    let promised = need.promised.map_or(Time::MIN, |w| w.start);
    let open = need.access.first().map_or(Time::MIN, |w| w.start);
    let closes = need.access.last().map_or(i64::MAX, |w| w.end.0 - 1);
    let kept = need.promised.zip(had).filter(|_| !ask.by_hand);
    let kept = kept.map_or(i64::MAX, |(w, had)| had.max(w.end + PROMISE_SLACK).0);
    Ahead { opens: promised.max(open).0, by: closes.min(kept), ..plain }
}
