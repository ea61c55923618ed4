//! How few could do at best: a bound that no staffing of a menu can beat.
//!
//! With `x_j` technicians at pick j the measure is `F(x) = sum over i of a_i (1 - exp(-(u_i + sum over j of u_ij x_j)))`,
//! i running over cells, classes and hours, `a_i` its share of all calls, `u_i` the terms of who is there anyway. As
//! `1 - exp(-U)` is concave it lies below each of its tangents: for any `t_i >= 0`
//!
//! ```text
//! F(x) <= sum a_i (1 - exp(-t_i) (1 + t_i - u_i)) + sum over j of w_j x_j      w_j = sum a_i exp(-t_i) u_ij
//! ```
//!
//! So a staffing that reaches a share s has `sum w_j x_j >= R(t)`, R(t) being s less the first sum, and whatever picks
//! cost `c_j`, `sum c_j x_j >= R(t) / max_j (w_j / c_j)`. That holds for every t, for whole and for broken numbers of
//! technicians: it is the dual of the measure's relaxation to broken numbers, bound by bound, and the best t is that of
//! the relaxation's optimum. t is climbed towards it by shifting weight to picks that give more for their cost; where
//! it stops, the bound holds as well. The measure itself is told in whole numbers: a share missed is rounded to within
//! 0.51 / 65,536, which is taken off s first. Numbers are rounded up less a millionth, far more than what the sums of
//! doubles can be off by.
//!
//! The people whom the day's work takes bound the same staffing from another side: over a stretch of hours H in all are
//! wanted, pick j gives `h_j` of them, so `sum h_j x_j >= H` and `sum c_j x_j >= H / max_j (h_j / c_j)`. Both hold, so
//! the larger does. And people wanted at hours no two of which one shift covers are as many
//! different ones.

use super::super::measure::MOST_CLASSES;
use super::super::odds::{NAT, ONE};
use super::field::Field;
use super::menu::{Menu, Pick, Profile, TECHNICIAN, sums};
use super::search::Want;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What a share missed may be rounded by.
const ROUNDING: f64 = 0.51 / ONE as f64;
/// How much doubles may be off by at most, in technicians.
const SLACK: f64 = 1e-6;
/// Weights below this are let go.
const LEAST: f64 = 1e-4;
/// The first step: a weight that gives twice the mean grows by a factor of e to this.
const PACE: f64 = 0.3;
/// Of all weight, so much times the pace goes to what is not used yet.
const SEED: f64 = 0.05;

/// What no staffing can beat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// Technicians.
    pub technicians: u64,
    /// Cost, in thousandths of a technician.
    pub cost: u64,
    /// Tangents that bound the share which so many technicians cover: a constant, and what each adds at most.
    pub lines: Vec<(f64, f64)>,
}

/// A tangent of the measure: constant, and what each pick adds by it.
struct Tangent {
    rest: f64,
    /// By place and layer.
    worth: Vec<Vec<f64>>,
}

/// Bounds a staffing besides who is in `base` from below, starting from one that was found, in so many steps.
pub fn bound(
    base: &Field,
    menu: &Menu,
    want: &Want,
    found: &[Pick],
    steps: usize,
    told: &(dyn Fn(usize) -> bool + Sync),
) -> Bound {
    let target = f64::from(want.share_ppm) / 1e6 - ROUNDING;
    let mut best = [0.0f64; 2];
    let mut lines = Vec::new();
    for counted in [true, false] {
        let price = |pick: Pick| if counted { 1.0 } else { menu.cost(pick) as f64 / TECHNICIAN as f64 };
        let mut climb = Climb::new(base, menu, found, &price);
        best[usize::from(!counted)] = climb.run(target, steps, told);
        if counted {
            lines = climb.lines;
        }
    }
    let hours = by_hours(base, menu, want);
    let up = |exact: f64, hours: f64| (exact.max(hours) - SLACK).ceil().max(0.0);
    let technicians = up(best[0], hours[0]) as u64;
    let cost = up(best[1] * TECHNICIAN as f64, hours[1] * TECHNICIAN as f64) as u64;
    Bound { technicians, cost, lines }
}

/// The most that `n` technicians could cover, in millionths, by a bound's tangents and those at some fields: the
/// least is taken.
pub fn most_covered(bound: &Bound, marks: &[Field], base: &Field, menu: &Menu, n: &[usize]) -> Vec<u32> {
    let line = |mark: &Field| {
        let tangent = Tangent::at(base, menu, &sums_of(mark));
        let by_place = tangent.by_place(base, menu, &|_| 1.0);
        (tangent.rest, by_place.iter().flatten().map(|(_, worth)| *worth).fold(0.0, f64::max))
    };
    let lines: Vec<(f64, f64)> = marks.iter().map(line).chain(bound.lines.iter().copied()).collect();
    let at = |n: &usize| {
        let least = lines.iter().map(|(rest, worth)| rest + worth * *n as f64).fold(1.0f64, f64::min);
        ((least + ROUNDING).min(1.0) * 1e6).ceil() as u32
    };
    n.iter().map(at).collect()
}

/// What the people wanted at work ask for: technicians, cost in technicians. Over every stretch of hours, for every
/// class: people times hours wanted, by what one pick gives of them at most.
fn by_hours(base: &Field, menu: &Menu, want: &Want) -> [f64; 2] {
    let hours = base.ground().hours();
    let mut least = [0.0f64; 2];
    for class in 0..=MOST_CLASSES {
        let does = |p: &&Profile| class == MOST_CLASSES || p.classes >> class & 1 == 1;
        let cheapest = menu.profiles.iter().filter(does).map(|p| p.cost).min();
        let Some(cheapest) = cheapest else { continue };
        let wanted: Vec<u32> = want.heads.0.iter().map(|heads| heads[class]).collect();
        let apart = f64::from(apart(hours, menu, &wanted));
        least = [least[0].max(apart), least[1].max(apart * cheapest as f64 / TECHNICIAN as f64)];
        for from in 0..hours.len() {
            let (mut bits, mut wanted) = (0u32, 0u32);
            for (hour, heads) in hours.iter().zip(&want.heads.0).skip(from) {
                bits |= 1 << hour;
                wanted += heads[class];
                let longest = menu.patterns.iter().map(|p| (p.hours & bits).count_ones()).max().unwrap_or(0);
                if longest > 0 {
                    let technicians = f64::from(wanted) / f64::from(longest);
                    let cost = technicians * cheapest as f64 / TECHNICIAN as f64;
                    least = [least[0].max(technicians), least[1].max(cost)];
                }
            }
        }
    }
    least
}

/// The most people wanted at hours no two of which one shift covers: each of them is somebody else.
fn apart(hours: &[u8], menu: &Menu, wanted: &[u32]) -> u32 {
    let together = |a: usize, b: usize| {
        menu.patterns.iter().any(|p| p.hours >> hours[a] & 1 == 1 && p.hours >> hours[b] & 1 == 1)
    };
    // by the last hour taken: the best set that ends there
    let mut best: Vec<(u32, Vec<usize>)> = Vec::new();
    for (last, people) in wanted.iter().enumerate().take(hours.len()) {
        let free = |set: &&(u32, Vec<usize>)| set.1.iter().all(|at| !together(*at, last));
        let (sum, mut set) = best.iter().filter(free).max_by_key(|set| set.0).cloned().unwrap_or_default();
        set.push(last);
        best.push((sum + people, set));
    }
    best.into_iter().map(|(sum, _)| sum).max().unwrap_or(0)
}

fn sums_of(field: &Field) -> Vec<Vec<f64>> {
    let sums = |layer: usize| field.logs(layer).iter().map(|log| f64::from(*log) / f64::from(NAT)).collect();
    (0..field.ground().layers().len()).map(sums).collect()
}

impl Tangent {
    /// The tangent at sums of terms `t`, by layer and cell.
    fn at(base: &Field, menu: &Menu, t: &[Vec<f64>]) -> Tangent {
        let ground = base.ground();
        let all = ground.all() as f64 / f64::from(ONE);
        let layers: Vec<(f64, Vec<f64>)> = (0..ground.layers().len())
            .into_par_iter()
            .map(|layer| {
                let mut rest = 0.0;
                let rates = ground.layers()[layer].rates.iter();
                let steep = rates.zip(&t[layer]).zip(base.logs(layer)).map(|((rate, t), log)| {
                    let (share, there) = (f64::from(*rate) / all, f64::from(*log) / f64::from(NAT));
                    let slope = share * (-t).exp();
                    rest += share - slope * (1.0 + t - there);
                    slope / f64::from(NAT)
                });
                let steep = steep.collect();
                (rest, steep)
            })
            .collect();
        let rest = layers.iter().map(|(rest, _)| rest).sum();
        let worth = menu.places.par_iter().map(|cell| worths(base, *cell, &layers)).collect();
        Tangent { rest, worth }
    }

    /// The pick at each place that adds most for its price, and how much.
    fn by_place(
        &self,
        base: &Field,
        menu: &Menu,
        price: &(dyn Fn(Pick) -> f64 + Sync),
    ) -> Vec<Option<(Pick, f64)>> {
        let ground = base.ground();
        let of = |place: usize| {
            let mut best: Option<(Pick, f64)> = None;
            sums(menu, (ground.hours(), ground.classes()), &self.worth[place], |pattern, profile, sum| {
                let pick = Pick { place, pattern, profile };
                let ratio = sum / price(pick);
                if best.is_none_or(|(_, b)| ratio > b) {
                    best = Some((pick, ratio));
                }
            });
            best
        };
        (0..menu.places.len()).into_par_iter().map(of).collect()
    }

    /// What a pick adds.
    fn worth(&self, base: &Field, menu: &Menu, pick: Pick) -> f64 {
        let ground = base.ground();
        let unit = menu.unit(pick);
        let layers = self.worth[pick.place].iter().enumerate();
        let counts = |layer: usize| {
            let (hour, class) = (ground.hours()[layer / ground.classes()], layer % ground.classes());
            unit.hours >> hour & 1 == 1 && unit.grade[class] > 0
        };
        layers.filter(|(layer, _)| counts(*layer)).map(|(_, worth)| worth).sum()
    }
}

/// What somebody with everything adds at a place by a tangent, layer by layer.
fn worths(base: &Field, cell: u16, layers: &[(f64, Vec<f64>)]) -> Vec<f64> {
    let ground = base.ground();
    let of = |(layer, (_, steep)): (&super::field::Layer, &(f64, Vec<f64>))| {
        let near = layer.reach.from(cell).iter();
        near.map(|n| steep[usize::from(n.cell)] * f64::from(ground.log(layer.chance[usize::from(n.step)])))
            .sum()
    };
    ground.layers().iter().zip(layers).map(of).collect()
}

/// Broken numbers of technicians on their way to the relaxation's optimum.
struct Climb<'a> {
    base: &'a Field,
    menu: &'a Menu,
    price: &'a (dyn Fn(Pick) -> f64 + Sync),
    weights: BTreeMap<Pick, f64>,
    /// Constants of the tangents met and the most that a pick gives by them.
    lines: Vec<(f64, f64)>,
}

impl<'a> Climb<'a> {
    fn new(
        base: &'a Field,
        menu: &'a Menu,
        found: &[Pick],
        price: &'a (dyn Fn(Pick) -> f64 + Sync),
    ) -> Climb<'a> {
        let mut weights = BTreeMap::new();
        found.iter().for_each(|pick| *weights.entry(*pick).or_default() += 1.0);
        Climb { base, menu, price, weights, lines: Vec::new() }
    }

    /// The best bound of so many steps. A step that makes the target dearer is taken back and halved.
    fn run(&mut self, target: f64, steps: usize, told: &(dyn Fn(usize) -> bool + Sync)) -> f64 {
        let (mut best, mut pace) = (0.0f64, PACE);
        let mut last: Option<(f64, State)> = None;
        for step in 0..steps.max(1) {
            if !told(step) {
                break;
            }
            let tangent = Tangent::at(self.base, self.menu, &self.sums());
            let by_place = tangent.by_place(self.base, self.menu, self.price);
            let Some((_, top)) = by_place.iter().flatten().max_by(|a, b| a.1.total_cmp(&b.1)).copied() else {
                return best;
            };
            if top > 0.0 {
                best = best.max((target - tangent.rest) / top);
                self.lines.push((tangent.rest, top));
            }
            let state = self.state(tangent, by_place);
            let takes = state.takes(target);
            let worse = last.as_ref().is_some_and(|(before, _)| takes > *before);
            pace = if worse { pace / 2.0 } else { (pace * 1.3).min(1.0) };
            if !worse {
                last = Some((takes, state));
            }
            let (takes, state) = last.as_ref().expect("the first is kept");
            self.weights = state.stepped(self.price, pace, *takes);
        }
        best
    }

    fn state(&self, tangent: Tangent, by_place: Vec<Option<(Pick, f64)>>) -> State {
        let with = |(pick, x): (&Pick, &f64)| (*pick, *x, tangent.worth(self.base, self.menu, *pick));
        let weights: Vec<(Pick, f64, f64)> = self.weights.iter().map(with).collect();
        let spent = weights.iter().map(|(pick, x, _)| x * (self.price)(*pick)).sum();
        let gives = weights.iter().map(|(_, x, worth)| x * worth).sum();
        State { weights, spent, gives, tangent, by_place }
    }

    /// Sums of terms, by layer and cell.
    fn sums(&self) -> Vec<Vec<f64>> {
        let ground = self.base.ground();
        let classes = ground.classes();
        // what is at each place in each layer, so that each place's reach is walked once
        let mut at: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (pick, weight) in &self.weights {
            let unit = self.menu.unit(*pick);
            let here = at.entry(pick.place).or_insert_with(|| vec![0.0; ground.layers().len()]);
            for (layer, sum) in here.iter_mut().enumerate() {
                let on = unit.hours >> ground.hours()[layer / classes] & 1 == 1;
                *sum += if on && unit.grade[layer % classes] > 0 { *weight } else { 0.0 };
            }
        }
        let of = |layer: usize| {
            let mut sums: Vec<f64> = self.base.logs(layer).iter().map(|log| f64::from(*log)).collect();
            let on = &ground.layers()[layer];
            for (place, by_layer) in at.iter().filter(|(_, by_layer)| by_layer[layer] > 0.0) {
                for near in on.reach.from(self.menu.places[*place]) {
                    let term = f64::from(ground.log(on.chance[usize::from(near.step)]));
                    sums[usize::from(near.cell)] += by_layer[layer] * term;
                }
            }
            sums.iter_mut().for_each(|sum| *sum /= f64::from(NAT));
            sums
        };
        (0..ground.layers().len()).into_par_iter().map(of).collect()
    }
}

/// Where a climb stands: weights with what each is worth, what they cost and give.
struct State {
    weights: Vec<(Pick, f64, f64)>,
    spent: f64,
    gives: f64,
    tangent: Tangent,
    by_place: Vec<Option<(Pick, f64)>>,
}

impl State {
    fn mean(&self) -> f64 {
        if self.spent > 0.0 { self.gives / self.spent } else { 0.0 }
    }

    /// What the target takes at this mix, by what it gives on average.
    fn takes(&self, target: f64) -> f64 {
        let short = target - self.tangent.rest - self.gives;
        if self.mean() > 0.0 { (self.spent + short / self.mean()).max(self.spent / 2.0) } else { 1.0 }
    }

    /// Weights shifted to where they give more for their price, at a pace, `takes` in all.
    fn stepped(&self, price: &dyn Fn(Pick) -> f64, pace: f64, takes: f64) -> BTreeMap<Pick, f64> {
        let mean = self.mean();
        let push = |r: f64| (pace * (r / mean.max(f64::MIN_POSITIVE) - 1.0)).clamp(-1.0, 1.0);
        let kept = self.weights.iter().map(|(pick, x, worth)| (*pick, x * push(worth / price(*pick)).exp()));
        let mut next: BTreeMap<Pick, f64> = kept.collect();
        let better: Vec<(Pick, f64)> =
            self.by_place.iter().flatten().filter(|(_, r)| *r > mean).copied().collect();
        let seed = SEED * pace * self.spent.max(1.0) / better.len().max(1) as f64;
        for (pick, _) in better {
            *next.entry(pick).or_insert(0.0) += seed / price(pick);
        }
        next.retain(|_, x| *x > LEAST);
        let total: f64 = next.iter().map(|(pick, x)| x * price(*pick)).sum();
        next.values_mut().for_each(|x| *x *= takes / total.max(f64::MIN_POSITIVE));
        next
    }
}
