//! Odds as whole numbers: logarithms of what is missed, and the odds of being there in time.
//!
//! A log term is `-ln(1 - p)` in units of 1/[`NAT`], so that terms add and subtract exactly and any order of
//! changes ends at the same sums. Tables are made once, of additions, multiplications and divisions alone, which
//! IEEE 754 fixes to the bit; nothing rests on a platform's mathematical library.

use crate::units::Span;

/// Log terms a natural logarithm.
pub const NAT: u32 = 256;
/// One, as a share.
pub const ONE: u32 = 1 << 16;
/// The most that one unit counts for: p is clipped at 0.98.
const CLIP: f64 = 0.98;
/// The log term from which nothing is missed any more: `exp(-LAST / NAT)` is under half of `1 / ONE`.
pub const LAST: u32 = 3_024;

/// Seconds of travel a step.
pub const STEP: i64 = 20;
/// Seconds of waiting a step.
pub const WAIT: i64 = 120;
/// Steps of waiting that are told apart; who is free later is away.
pub const WAITS: usize = 32;
/// Added to the steps of a wait that is no estimate: until a shift begins.
pub const SURE: u8 = WAITS as u8;
/// Waits by number: uncertain ones, then sure ones.
const ROWS: usize = 2 * WAITS;
/// Grades of how well a unit is equipped; 0 cannot do it at all.
pub const GRADES: u8 = 8;

/// The stretch of time from which a request may come, as in the formula of the measure: 15 min, evenly.
const AHEAD: f64 = 900.0;
/// Spread of a leg as a share of it.
const TRAVEL_CV: f64 = 0.2;
/// Spread of a wait as a share of it.
const WAIT_CV: f64 = 0.5;
/// Odds below this count as none: beyond it a cell is out of reach.
const LEAST: f64 = 0.05;

/// `exp(-n / NAT)` in shares of [`ONE`], for every n to [`LAST`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed(Vec<u32>);

impl Default for Missed {
    fn default() -> Missed {
        // exp(-1/256) by its series, with 62 binary digits after the point
        let (mut term, mut sum) = (1i128 << 62, 1i128 << 62);
        for k in 1..12 {
            term = -term / (256 * k);
            sum += term;
        }
        let mut value = 1i128 << 62;
        let mut table = Vec::with_capacity(LAST as usize + 1);
        for _ in 0..=LAST {
            table.push(((value + (1 << 45)) >> 46) as u32);
            value = (value * sum) >> 62;
        }
        Missed(table)
    }
}

impl Missed {
    /// The share that is missed at a sum of log terms.
    #[inline(always)]
    pub fn at(&self, log: u32) -> u32 {
        self.0[log.min(LAST) as usize]
    }

    /// The table itself, for loops that have clamped their index.
    #[inline(always)]
    pub fn table(&self) -> &[u32; LAST as usize + 1] {
        self.0.as_slice().try_into().expect("its length is known")
    }

    /// The log term of odds.
    fn log(&self, p: f64) -> u16 {
        let missed = ((1.0 - p.min(CLIP)) * f64::from(ONE)) as u32;
        // the first that is no more than what is missed, or the one before where that is nearer
        let at = self.0.partition_point(|m| *m > missed);
        let nearer = at > 0 && self.0[at - 1] - missed < missed - self.0[at].min(missed);
        (at - usize::from(nearer)) as u16
    }
}

/// The odds of being there within a target, by wait and travel, as log terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odds {
    steps: usize,
    /// By grade from 1, wait, step.
    logs: Vec<u16>,
}

impl Odds {
    /// Of a target over zero: P(wait + travel <= target) for a unit that is free after `wait` (expected; uncertain by
    /// half of it unless it is [`SURE`]) when a request comes evenly within the next 15 min; travel is off by a fifth
    /// of itself and by `inside` for where in their cells both ends are. `steps` is how far the longest target's table
    /// goes, so that tables of several targets can be read alike.
    pub fn of(target: Span, steps: usize, inside: Span, missed: &Missed) -> Odds {
        Odds::over(AHEAD, target, steps, inside, missed)
    }

    /// The same for a request that comes now: nobody's wait has become any shorter.
    pub fn at_call(target: Span, steps: usize, inside: Span, missed: &Missed) -> Odds {
        Odds::over(0.0, target, steps, inside, missed)
    }

    fn over(ahead: f64, target: Span, steps: usize, inside: Span, missed: &Missed) -> Odds {
        let mut logs = Vec::with_capacity(usize::from(GRADES) * ROWS * steps);
        let normal = Normal::default();
        let chances: Vec<f64> = (0..ROWS)
            .flat_map(|wait| (0..steps).map(move |step| (wait, step)))
            .map(|(wait, step)| in_time((target, inside), ahead, wait, step, &normal))
            .collect();
        for grade in 1..=GRADES {
            let share = f64::from(grade) / f64::from(GRADES);
            logs.extend(chances.iter().map(|p| missed.log(p * share)));
        }
        Odds { steps, logs }
    }

    /// The steps of travel within which somebody who is free may still be in time.
    pub fn steps_of(target: Span, inside: Span) -> usize {
        let normal = Normal::default();
        (0..)
            .find(|step| in_time((target, inside), AHEAD, 0, *step, &normal) == 0.0)
            .expect("far enough is out of reach")
    }

    /// How many steps of travel there are.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The log terms by step of travel, of a grade over 0 and a wait.
    #[inline]
    pub fn row(&self, grade: u8, wait: u8) -> &[u16] {
        let at = ((usize::from(grade) - 1) * ROWS + usize::from(wait)) * self.steps;
        &self.logs[at..at + self.steps]
    }
}

fn in_time((target, inside): (Span, Span), ahead: f64, wait: usize, step: usize, normal: &Normal) -> f64 {
    let spread_of_wait = if wait < WAITS { WAIT_CV } else { 0.0 };
    let wait = (wait % WAITS) as f64 * WAIT as f64;
    let leg = (step as f64 + 0.5) * STEP as f64;
    const PARTS: u32 = 6;
    let mut sum = 0.0;
    for part in 0..PARTS {
        let passed = (f64::from(part) + 0.5) / f64::from(PARTS) * ahead;
        let left = (wait - passed).max(0.0);
        let square = |x: f64| x * x;
        let spread = square(leg * TRAVEL_CV) + square(left * spread_of_wait) + square(inside.0 as f64);
        sum += normal.below((target.0 as f64 - left - leg) / spread.sqrt());
    }
    let p = sum / f64::from(PARTS);
    if p < LEAST { 0.0 } else { p }
}

/// The normal law's distribution, by table.
struct Normal(Vec<f64>);

impl Default for Normal {
    fn default() -> Normal {
        // 1/2 + (z - z^3/6 + z^5/40 - ...) / sqrt(2 pi), alternating, exact to 1e-10 up to four deviations
        let phi = |z: f64| {
            let (mut term, mut sum) = (z, z);
            for k in 1..60 {
                term *= -z * z / (2.0 * f64::from(k));
                sum += term / f64::from(2 * k + 1);
            }
            0.5 + sum * 0.398_942_280_401_432_7
        };
        Normal((0..=256).map(|n| phi(f64::from(n) / 64.0)).collect())
    }
}

impl Normal {
    fn below(&self, z: f64) -> f64 {
        let at = (z.abs() * 64.0).min(256.0);
        let low = (at as usize).min(255);
        let part = at - low as f64;
        let p = self.0[low] + (self.0[low + 1] - self.0[low]) * part;
        if z < 0.0 { 1.0 - p } else { p }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIDE: Span = Span(70);

    #[test]
    fn what_is_missed_is_the_exponential_of_the_textbook() {
        let missed = Missed::default();
        for log in [0, 1, 17, 256, 1000, LAST] {
            let exact = (-f64::from(log) / f64::from(NAT)).exp() * f64::from(ONE);
            assert!((f64::from(missed.at(log)) - exact).abs() <= 0.51, "{log}: {} {exact}", missed.at(log));
        }
        assert_eq!(missed.at(LAST * 7), 0);
        for p in [0.0, 0.01, 0.3, 0.5, 0.9, 0.98, 0.999] {
            let exact = -(1.0 - f64::min(p, CLIP)).ln() * f64::from(NAT);
            assert!((f64::from(missed.log(p)) - exact).abs() <= 0.75, "{p}: {} {exact}", missed.log(p));
        }
    }

    #[test]
    fn odds_fall_with_travel_and_wait_and_rise_with_the_grade_and_the_target() {
        let missed = Missed::default();
        let target = Span::minutes(30);
        let steps = Odds::steps_of(Span::minutes(60), INSIDE);
        let odds = Odds::of(target, steps, INSIDE, &missed);
        for wait in 0..WAITS as u8 {
            assert!(odds.row(GRADES, wait).is_sorted_by(|a, b| a >= b), "wait {wait}");
            let later = odds.row(GRADES, (wait + 1).min(WAITS as u8 - 1));
            assert!(odds.row(GRADES, wait).iter().zip(later).all(|(a, b)| a >= b), "wait {wait}");
        }
        assert!(odds.row(1, 0).iter().zip(odds.row(GRADES, 0)).all(|(a, b)| a <= b));
        let longer = Odds::of(Span::minutes(60), steps, INSIDE, &missed);
        assert!(odds.row(GRADES, 3).iter().zip(longer.row(GRADES, 3)).all(|(a, b)| a <= b));
        // at the target itself as likely as not; next door as sure as may be
        let p = |log: u16| 1.0 - f64::from(missed.at(log.into())) / f64::from(ONE);
        let half = p(odds.row(GRADES, 0)[(target.0 / STEP) as usize]);
        assert!((0.45..0.55).contains(&half), "{half}");
        assert!((p(odds.row(GRADES, 0)[0]) - 0.98).abs() < 0.002);
        assert_eq!(odds.row(GRADES, 0)[Odds::steps_of(target, INSIDE)], 0);
    }

    #[test]
    fn the_normal_law_is_that_of_the_tables() {
        let normal = Normal::default();
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_345), (-1.645, 0.049_985), (2.326, 0.989_990), (9.0, 1.0)] {
            assert!((normal.below(z) - p).abs() < 1e-4, "{z}: {}", normal.below(z));
        }
    }
}
