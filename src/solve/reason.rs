//! Why a job was left out: the first rule, in a fixed order, that every technician fails, by the least miss.

use super::answer::Reason;
use super::dense::Dense;
use super::insert::{room, scan};
use super::problem::Tick;
use super::route::Route;
use super::state::State;

/// The reason of every job in the bank.
pub(crate) fn reasons(state: &State) -> Vec<(u32, Reason)> {
    state.bank.iter().map(|j| (*j, reason(state, *j as usize))).collect()
}

fn reason(state: &State, j: usize) -> Reason {
    let d = &*state.d;
    let able: Vec<usize> = (0..d.m).filter(|v| d.can(j, *v)).collect();
    let Some(first) = able.first() else { return Reason::NobodyAble };
    let fits = |v: &&usize| {
        let place = scan(d, &state.routes[**v], j, **v, None);
        place.delta < i64::MAX && room(d, &state.routes[**v], j, **v)
    };
    if let Some(v) = able.iter().find(fits) {
        let cost = scan(d, &state.routes[*v], j, *v, None).delta;
        return Reason::NotWorth { technician: *v as u32, cost, price: d.prize[j] };
    }
    let mut empty = Route::default();
    let mut full: Option<(Tick, usize)> = None;
    let mut miss: Option<(Tick, bool, usize)> = None;
    for v in &able {
        empty.lay(d, *v, std::iter::empty());
        if !empty.settle(d, *v) || !room(d, &empty, j, *v) {
            continue;
        }
        if scan(d, &empty, j, *v, None).delta < i64::MAX {
            let busy = worked(d, &state.routes[*v], *v);
            full = full.min_by_key_or((busy, *v));
        } else if let Some((by, shift)) = alone(d, j, *v)
            && miss.is_none_or(|m| by < m.0)
        {
            miss = Some((by, shift, *v));
        }
    }
    match (full, miss) {
        (Some((busy, v)), _) => Reason::Full { technician: v as u32, busy },
        (None, Some((by, true, v))) => Reason::ShiftTooShort { technician: v as u32, by },
        (None, Some((by, false, v))) => Reason::OutOfReach { technician: v as u32, by },
        (None, None) => Reason::NoStock { technician: *first as u32 },
    }
}

trait Least {
    fn min_by_key_or(self, other: (Tick, usize)) -> Self;
}

impl Least for Option<(Tick, usize)> {
    fn min_by_key_or(self, other: (Tick, usize)) -> Self {
        Some(self.map_or(other, |x| x.min(other)))
    }
}

/// How much a job served alone misses by, and whether it is the shift (true) or the window (false).
fn alone(d: &Dense, j: usize, v: usize) -> Option<(Tick, bool)> {
    let crew = &d.crew[v];
    let arrive = crew.open + d.time[crew.start as usize * d.stride + j];
    if arrive > d.close[j] {
        return Some((arrive - d.close[j], false));
    }
    let start = arrive.max(d.open[j]);
    let end = start + d.service[crew.pace as usize + j] + d.time[j * d.stride + crew.end as usize];
    let over = (end - crew.close).max(end - start - crew.limit);
    (over > 0).then_some((over, true))
}

fn worked(d: &Dense, route: &Route, v: usize) -> Tick {
    route.stops.last().map_or(0, |s| s.ready) - d.crew[v].open
}
