//! Greedy insertion of the bank with blinks, jobs in a drawn order, routes limited to likely ones.

use super::cache::{Known, Place};
use super::insert::{below, room};
use super::random::Random;
use super::state::{AWAY, BANK, State};

/// Chance in 65,536 that a remembered best place is overlooked.
const BLINK: u32 = 655;
/// Above this many classes the technicians at home are looked up by nearness instead of by class.
const FEW: usize = 13;

/// Scratch space of a recreate: which routes a job has looked at.
#[derive(Default)]
pub(crate) struct Recreate {
    seen: Vec<u32>,
    mark: u32,
    order: Vec<(i64, u32)>,
    /// What opening a route counts for, in percent of its cost: less than 100 begins with more routes.
    pub opening: i64,
    /// One job opens a route for its own sake.
    pub opens: bool,
}

impl Recreate {
    pub(crate) fn new() -> Recreate {
        Recreate { opening: 100, ..Recreate::default() }
    }

    /// Puts as much of the bank into routes as fits, cheapest place each, until routed cost passes `bound`.
    pub(crate) fn run(&mut self, state: &mut State, random: &mut Random, bound: i64) {
        if state.bank.is_empty() {
            return;
        }
        self.seen.resize(state.d.m, 0);
        self.sort(state, random);
        let mut order = std::mem::take(&mut self.order);
        state.bank.clear();
        // now and then one job opens a route of its own: greedy insertion alone hardly ever pays for one
        let mut opener = if self.opens { random.below(order.len()) } else { usize::MAX };
        for (k, (_, j)) in order.iter().enumerate() {
            if state.routed > bound {
                state.bank.extend(order[k..].iter().map(|o| o.1));
                break;
            }
            let (mut place, mut v) = (Place::NONE, BANK);
            if k == opener {
                opener = usize::MAX;
                let mut best = (Place::NONE, BANK);
                at_home(state, random, *j as usize, &mut best);
                (place, v) = best;
            }
            if v == BANK {
                (place, v) = self.best(state, random, *j as usize);
            }
            let price = state.d.prize[*j as usize];
            if v == BANK || place.delta >= price {
                state.bank.push(*j);
            } else {
                state.insert(*j as usize, v as usize, place);
            }
        }
        std::mem::swap(&mut self.order, &mut order);
    }

    /// Random 4, scarce 4, far 2, close 1, narrow 2, early 2, late 2.
    fn sort(&mut self, state: &State, random: &mut Random) {
        let d = &*state.d;
        self.order.clear();
        let depot = |j: usize| i64::from(d.cost[d.crew[0].start as usize * d.stride + j]);
        let scarce = d.dims > 0;
        let pick = random.below(17);
        for j in &state.bank {
            let i = *j as usize;
            let key = match pick {
                0..4 => random.next() as i64,
                4..8 if d.able_count[i] as usize != d.m || !scarce => i64::from(d.able_count[i]),
                4..8 => -d.needs(i).iter().map(|n| i64::from(n.1)).sum::<i64>(),
                8..10 => -depot(i),
                10 => depot(i),
                11..13 => i64::from(d.close[i] - d.open[i]),
                13..15 => i64::from(d.open[i]),
                _ => -i64::from(d.close[i]),
            };
            self.order.push((key, *j));
        }
        if pick >= 4 {
            self.order.sort_unstable();
        } else {
            self.order.sort_unstable_by_key(|o| o.0);
        }
    }

    fn best(&mut self, state: &mut State, random: &mut Random, j: usize) -> (Place, u32) {
        let d = state.d.clone();
        let mut best = (Place::NONE, BANK);
        if d.few(j) {
            // where costing takes long, routes that this round changed come last: they are costed anew, and by then
            // it is known what to beat
            for last in [false, true].into_iter().take(1 + usize::from(d.rich)) {
                let mut slots = state.cache.slots(j);
                while let Some(slot) = state.cache.next(slots.clone(), &state.versions, best.0.delta) {
                    slots.start = slot + 1;
                    let v = state.cache.whose(slot);
                    if last == (d.rich && state.is_touched(v as usize)) {
                        look(state, random, j, v, slot, &mut best);
                    }
                }
            }
            return best;
        }
        let row = state.cache.row(j);
        self.mark = self.mark.wrapping_add(1);
        let first = |recreate: &mut Recreate, v: u32| {
            let seen = &mut recreate.seen[v as usize];
            std::mem::replace(seen, recreate.mark) != recreate.mark
        };
        for c in d.near.insert(j) {
            let v = state.route_of[*c as usize];
            if v < AWAY && first(self, v) {
                let slot = state.cache.shared(row, v as usize);
                look(state, random, j, v, slot, &mut best);
            }
        }
        for v in d.near.crew(j) {
            if first(self, *v) {
                let slot = state.cache.shared(row, *v as usize);
                look(state, random, j, *v, slot, &mut best);
            }
        }
        if d.class_at.len() <= FEW {
            if self.opening == 100 {
                at_home(state, random, j, &mut best);
            } else {
                let mut first = (Place::NONE, BANK);
                at_home(state, random, j, &mut first);
                if first.1 != BANK && first.0.delta / 100 * self.opening < best.0.delta {
                    best = first;
                }
            }
        }
        if best.1 == BANK {
            for v in d.able(j) {
                if first(self, *v) {
                    let slot = state.cache.shared(row, *v as usize);
                    look(state, random, j, *v, slot, &mut best);
                }
            }
        }
        best
    }
}

/// One technician at home of each class.
fn at_home(state: &mut State, random: &mut Random, j: usize, best: &mut (Place, u32)) {
    let mut from = 0;
    while let Some(p) = state.at_home(from) {
        let v = state.d.by_class[p];
        from = state.d.class_at[state.d.crew[v as usize].class as usize + 1] as usize;
        if let Some(slot) = state.cache.slot(&state.d, j, v) {
            look(state, random, j, v, slot, best);
        }
    }
}

/// Looks at route `v` for job `j`: from memory where the route has not changed, else by a scan.
#[inline]
fn look(state: &mut State, random: &mut Random, j: usize, v: u32, slot: usize, best: &mut (Place, u32)) {
    match state.cache.ask(slot, state.versions[v as usize], best.0.delta) {
        Known::Dearer => {}
        Known::Cheaper if random.chance(BLINK) => {}
        Known::Cheaper => *best = (state.cache.place(slot), v),
        Known::Not => fresh(state, random, j, v, slot, best),
    }
}

fn fresh(state: &mut State, random: &mut Random, j: usize, v: u32, slot: usize, best: &mut (Place, u32)) {
    let i = v as usize;
    let route = &state.routes[i];
    let open = state.mine[i] && state.d.can(j, i) && room(&state.d, route, j, i);
    // a route that this round changed is not looked at again as it is: its places are overlooked one by one
    let touched = state.is_touched(i);
    let place = match open {
        true => below(&state.d, route, j, i, touched.then_some(&mut *random), best.0.delta),
        false => Place::NONE,
    };
    if !touched {
        state.cache.put(slot, state.versions[i], place);
        if place.delta < best.0.delta && random.chance(BLINK) {
            return;
        }
    }
    if place.delta < best.0.delta {
        *best = (place, v);
    }
}
