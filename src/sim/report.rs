//! Policies compared on the same days: means, and paired differences with 95 % intervals.
//!
//! Days are paired by seed: both policies meet the same calls, the same truths. A difference is the mean of the
//! days' differences; its interval is Student's, with one degree of freedom less than there are days.

use super::day::play;
use super::policy::Named;
use super::scenario::Scenario;
use super::world::{Place, draw};
use rayon::prelude::*;
use serde::Serialize;
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
    let tasks: Vec<(usize, u64)> =
        seeds.iter().flat_map(|seed| (0..policies.len()).map(|p| (p, *seed))).collect();
    let done = AtomicUsize::new(0);
    let days: Vec<(Figures, [[f64; 3]; 24])> = tasks
        .par_iter()
        .map(|(p, seed)| {
            let world = draw(scenario, place, *seed);
            let tally = play(&world, policies[*p].make(*seed).as_mut());
            told(done.fetch_add(1, Ordering::Relaxed) + 1);
            (tally.figures(), tally.hours())
        })
        .collect();
    let hours =
        (0..policies.len()).map(|p| by_hour(days.iter().skip(p).step_by(policies.len()).map(|d| &d.1)));
    let hours = hours.collect();
    let played: Vec<Figures> = days.into_iter().map(|d| d.0).collect();
    let figures = played.first().map_or(0, Vec::len);
    let rows = (0..figures).map(|f| row(&played, f, policies.len())).collect();
    Report {
        scenario: scenario.name.clone(),
        about: scenario.about.clone(),
        seeds: seeds.to_vec(),
        travel_model: place.city.travel().model().name().to_owned(),
        rows,
        policies: policies.iter().map(|p| p.name.to_owned()).collect(),
        hours,
    }
}

type Figures = Vec<(&'static str, &'static str, f64)>;

fn by_hour<'d>(days: impl Iterator<Item = &'d [[f64; 3]; 24]>) -> Vec<[f64; 3]> {
    let mut sums = vec![[0.0; 3]; 24];
    for day in days {
        sums.iter_mut().flatten().zip(day.as_flattened()).for_each(|(sum, n)| *sum += n);
    }
    sums
}

fn row(played: &[Vec<(&'static str, &'static str, f64)>], f: usize, policies: usize) -> Row {
    let (figure, unit, _) = played[0][f];
    let of = |p: usize| -> Vec<Option<f64>> {
        played.iter().skip(p).step_by(policies).map(|d| Some(d[f].2).filter(|v| v.is_finite())).collect()
    };
    let days: Vec<Vec<Option<f64>>> = (0..policies).map(of).collect();
    let means = days.iter().map(|d| mean(&d.iter().flatten().copied().collect::<Vec<f64>>())).collect();
    let differences = days.iter().enumerate().map(|(p, d)| if p == 0 { None } else { paired(&days[0], d) });
    Row { figure: figure.into(), unit: unit.into(), differences: differences.collect(), means, days }
}

fn mean(values: &[f64]) -> Option<f64> {
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
