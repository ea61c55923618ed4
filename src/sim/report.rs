//! Policies compared on the same days: means, and paired differences with 95 % intervals.
//!
//! Days are paired by seed: both policies meet the same calls, the same truths. A difference is the mean of the
//! days' differences; its interval is Student's, with one degree of freedom less than there are days.

use super::day::{How, Stopwatch, live};
use super::policy::Named;
use super::scenario::Scenario;
use super::tally::{Figures, Tally};
use super::world::{Place, World, draw};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Days of several policies.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// What it is about.
    pub about: String,
    /// The seeds played, in order.
    pub seeds: Vec<u64>,
    /// How travel was measured.
    pub travel_model: String,
    /// One row a figure.
    pub rows: Vec<Row>,
    /// By policy, in the order asked for.
    pub policies: Vec<String>,
    /// By policy, by hour of the day, over all seeds: calls that want somebody within 30 min (or what their class's
    /// target is), how many were expected to be reached in time when they came in, and how many were.
    pub hours: Vec<Vec<[f64; 3]>>,
    /// By policy: what the board refused of what technicians and customers said, on all days, and how often.
    pub refused: Vec<BTreeMap<String, u32>>,
    /// By policy: how long deciding took, where it was measured. It differs from run to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Vec<Latency>>,
    /// What nobody does better than, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// How many technicians it would take, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staffing: Option<super::staffing::Staffing>,
}

/// How long it took to decide about a job.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Half of the decisions took no longer, in ms.
    pub p50: f64,
    /// 99 of 100 took no longer, in ms.
    pub p99: f64,
}

impl Latency {
    fn of(mut micros: Vec<u64>) -> Latency {
        micros.sort_unstable();
        let at = |permille: usize| {
            let n = micros.len().saturating_sub(1) * permille / 1000;
            micros.get(n).map_or(0.0, |m| *m as f64 / 1000.0)
        };
        Latency { p50: at(500), p99: at(990) }
    }
}

/// What policies are held against, day by day.
#[derive(Clone, Debug, Serialize)]
pub struct Bounds {
    /// By seed: jobs with a time to be begun by.
    pub due: Vec<usize>,
    /// By seed: the least share of them that any policy begins late (%), by [`super::bound`].
    pub least_late: Vec<f64>,
    /// By seed: the share that a plan made in hindsight begins late (%), by [`super::hindsight`]; a reference.
    pub hindsight_late: Vec<Option<f64>>,
    /// By seed: minutes of travel a job of that plan.
    pub hindsight_travel: Vec<Option<f64>>,
    /// By policy: points of late jobs above the bound, mean of the days.
    pub gap_to_bound: Vec<Option<f64>>,
    /// By policy: points above the plan in hindsight, mean of the days.
    pub gap_to_hindsight: Vec<Option<f64>>,
}

impl Report {
    /// The row of a figure.
    pub fn row(&self, figure: &str) -> Option<&Row> {
        self.rows.iter().find(|r| r.figure == figure)
    }

    /// Works out what policies are held against: a flow and a search for each seed, on all cores.
    pub fn hold_against_bounds(&mut self, scenario: &Scenario, place: &Place) {
        let one = |seed: &u64| {
            let world = draw(scenario, place, *seed);
            let (bound, plan) = (super::bound::bound(&world), super::hindsight::hindsight(&world, *seed));
            (bound, plan.map(|p| (bound.late(p.in_time), p.travel)))
        };
        let found: Vec<_> = self.seeds.par_iter().map(one).collect();
        let least_late: Vec<f64> = found.iter().map(|(b, _)| b.late(b.most)).collect();
        let hindsight_late: Vec<Option<f64>> = found.iter().map(|(_, p)| p.map(|p| p.0)).collect();
        let policies = self.row("late").map_or(&[][..], |r| &r.days);
        let above = |days: &Vec<Option<f64>>, held: &dyn Fn(usize) -> Option<f64>| {
            let gaps = days.iter().enumerate().filter_map(|(s, late)| Some((*late)? - held(s)?));
            mean(&gaps.collect::<Vec<f64>>())
        };
        self.bounds = Some(Bounds {
            due: found.iter().map(|(b, _)| b.due).collect(),
            gap_to_bound: policies.iter().map(|d| above(d, &|s| Some(least_late[s]))).collect(),
            gap_to_hindsight: policies.iter().map(|d| above(d, &|s| hindsight_late[s])).collect(),
            hindsight_travel: found.iter().map(|(_, p)| p.map(|p| p.1)).collect(),
            least_late,
            hindsight_late,
        });
    }
}

/// One figure of all policies.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What is counted.
    pub figure: String,
    /// In what; empty for plain numbers.
    pub unit: String,
    /// By policy, by seed; `None` where a day gives none.
    pub days: Vec<Vec<Option<f64>>>,
    /// By policy.
    pub means: Vec<Option<f64>>,
    /// By policy: difference to the first, and half its 95 % interval; `None` for the first and for single days.
    pub differences: Vec<Option<Difference>>,
}

/// A paired difference.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Difference {
    /// The mean over days.
    pub mean: f64,
    /// Half the width of the 95 % interval.
    pub half: f64,
}

/// Plays every policy on every seed, on all cores. `told` is called after each day with how many are done.
pub fn compare(
    scenario: &Scenario,
    place: &Place,
    policies: &[&Named],
    seeds: &[u64],
    told: &(dyn Fn(usize) + Sync),
) -> Report {
    compare_while(scenario, place, policies, seeds, told, &|| true, None).expect("nobody stops it")
}

/// As [`compare`], asking again and again whether to go on; `None` where not.
pub fn compare_while(
    scenario: &Scenario,
    place: &Place,
    policies: &[&Named],
    seeds: &[u64],
    told: &(dyn Fn(usize) + Sync),
    goes_on: &(dyn Fn() -> bool + Sync),
    watch: Option<Stopwatch<'_>>,
) -> Option<Report> {
    let done = AtomicUsize::new(0);
    let one = |world: &World, policy: &Named, seed: u64| {
        let how = How { goes_on: &|| goes_on(), watch, mishaps: None };
        let lived = live(world, policy.make(seed).as_mut(), how)?;
        told(done.fetch_add(1, Ordering::Relaxed) + 1);
        Some((lived.tally.figures(), lived.tally))
    };
    // a seed's world is drawn once and lived under every policy
    let days = |seed: &u64| -> Option<Vec<(Figures, Tally)>> {
        let world = goes_on().then(|| draw(scenario, place, *seed))?;
        policies.par_iter().map(|policy| one(&world, policy, *seed)).collect()
    };
    let lived: Option<Vec<Vec<(Figures, Tally)>>> = seeds.par_iter().map(days).collect();
    let mut refused = vec![BTreeMap::new(); policies.len()];
    let mut latency = vec![Vec::new(); policies.len()];
    let mut hours = vec![vec![[0.0; 3]; 24]; policies.len()];
    let mut played = Vec::new();
    for (p, (figures, tally)) in lived?.into_iter().flat_map(|days| days.into_iter().enumerate()) {
        let day = tally.hours();
        hours[p].iter_mut().flatten().zip(day.as_flattened()).for_each(|(sum, n)| *sum += n);
        tally.refused.into_iter().for_each(|(why, n)| *refused[p].entry(why).or_default() += n);
        latency[p].extend(tally.latency);
        played.push(figures);
    }
    let figures = played.first().map_or(0, Vec::len);
    let rows = (0..figures).map(|f| row(&played, f, policies.len())).collect();
    Some(Report {
        scenario: scenario.name.clone(),
        about: scenario.about.clone(),
        seeds: seeds.to_vec(),
        travel_model: place.city.travel().model().name().to_owned(),
        rows,
        policies: policies.iter().map(|p| p.name.to_owned()).collect(),
        hours,
        refused,
        latency: watch.map(|_| latency.into_iter().map(Latency::of).collect()),
        bounds: None,
        staffing: None,
    })
}

fn row(played: &[Figures], f: usize, policies: usize) -> Row {
    let (figure, unit, _) = played[0][f];
    let of = |p: usize| -> Vec<Option<f64>> {
        played.iter().skip(p).step_by(policies).map(|d| Some(d[f].2).filter(|v| v.is_finite())).collect()
    };
    let days: Vec<Vec<Option<f64>>> = (0..policies).map(of).collect();
    let means = days.iter().map(|d| mean(&d.iter().flatten().copied().collect::<Vec<f64>>())).collect();
    let differences = days.iter().enumerate().map(|(p, d)| if p == 0 { None } else { paired(&days[0], d) });
    Row { figure: figure.into(), unit: unit.into(), differences: differences.collect(), means, days }
}

/// The mean, where there is anything.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The paired difference of `new` to `base`; `None` with fewer than two days that give both.
pub fn paired(base: &[Option<f64>], new: &[Option<f64>]) -> Option<Difference> {
    let pairs = base.iter().zip(new).filter_map(|(a, b)| Some((*b)? - (*a)?));
    let all: Vec<f64> = pairs.collect();
    let n = all.len();
    if n < 2 {
        return None;
    }
    let mean = all.iter().sum::<f64>() / n as f64;
    let variance = all.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    Some(Difference { mean, half: student(n - 1) * (variance / n as f64).sqrt() })
}

/// The 97.5 % quantile of Student's law: by table to ten degrees, then by Cornish and Fisher's expansion.
fn student(degrees: usize) -> f64 {
    const TABLE: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    if let Some(t) = degrees.checked_sub(1).and_then(|i| TABLE.get(i)) {
        return *t;
    }
    let (z, v) = (1.959_963_985_f64, degrees as f64);
    z + (z.powi(3) + z) / (4.0 * v) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * v * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_paired_day_by_day() {
        let base = [Some(10.0), Some(20.0), Some(30.0), None];
        let new = [Some(9.0), Some(18.5), Some(29.5), Some(1.0)];
        let d = paired(&base, &new).unwrap();
        assert!((d.mean + 1.0).abs() < 1e-9);
        // deviations 0, -0.5, 0.5: variance 0.25, t of two degrees
        assert!((d.half - 4.303 * (0.25f64 / 3.0).sqrt()).abs() < 1e-9, "{d:?}");
        assert!((student(29) - 2.0452).abs() < 1e-3);
        assert!(paired(&base[..1], &new[..1]).is_none());
    }
}
