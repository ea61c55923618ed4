//! When a technician arrives: the planned arrival with a spread carried along the route by moments.
//!
//! Travel has a coefficient of variation of [`TRAVEL_CV`], service of [`SERVICE_CV`] (the mean of a
//! lognormal with CV 0.5, see guide/decision.md) until what was learned of such work says otherwise. Who is
//! known to take longer or less than the work usually takes moves the plan itself: see [`Pace`]. Where a stop waits for a
//! window, or a departure is kept late, the maximum of the normal law and that constant follows Clark (1961): earliness
//! is forgotten, lateness is carried on. P50 is the plan, so moved; P90 is 1.2816 deviations later.
//!
//! Work that is under way has the law of work that was not done by now: see [`Lateness::under_way`]. Breaks end by the
//! clock.

use crate::board::Board;
use crate::board::decide::{is_said, work_of};
use crate::board::decision::Eta;
use crate::board::fleet::{Errand, Stop};
use crate::board::id::TechnicianId;
use crate::board::job::Need;
use crate::board::schedule::{Origin, Sheet};
use crate::units::{Span, Time};

/// Spread of a leg's duration as a share of it.
pub const TRAVEL_CV: f64 = 0.2;
/// Spread of a service time as a share of it.
pub const SERVICE_CV: f64 = 0.5;
/// Spread of what a technician at work says is left, as a share of it: nobody knows better, and it is a guess all the same.
pub const SAID_CV: f64 = 0.2;
/// The 90 % quantile of the standard normal law.
const Z90: f64 = 1.281_551_565_545;

/// How one technician's work at one stop goes against its planned length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// So many times as long.
    pub factor: f64,
    /// Coefficient of variation.
    pub cv: f64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { factor: 1.0, cv: SERVICE_CV }
    }
}

impl Pace {
    /// What takes as long as is planned.
    const BY_THE_CLOCK: Pace = Pace { factor: 1.0, cv: 0.0 };

    /// At a stop of a route of the board.
    pub fn at(board: &Board, stop: &Stop, technician: &TechnicianId) -> Pace {
        match &stop.errand {
            Errand::Visit(job) => Pace::learned(board, &board.jobs[job].need, technician),
            Errand::Depot(_) => Pace::default(),
            Errand::Break(_) => Pace::BY_THE_CLOCK,
        }
    }

    /// What was learned of such work and of the technician.
    pub fn learned(board: &Board, need: &Need, technician: &TechnicianId) -> Pace {
        if board.learned.is_empty() {
            return Pace::default();
        }
        let factor = board.learned.of_technician(technician).permille as f64 / 1000.0;
        let work = work_of(&board.catalog, need).filter(|_| need.service.is_none());
        let cv = work.map_or(SERVICE_CV, |work| {
            // log2 in thousandths to the natural logarithm, then the lognormal law's own relation
            let variance =
                board.learned.of_work(&work).variance as f64 / 1e6 * std::f64::consts::LN_2.powi(2);
            (variance.exp() - 1.0).sqrt()
        });
        Pace { factor, cv }
    }
}

/// What is known of a coming visit's arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The quantiles.
    pub eta: Eta,
    /// Age of the position it rests on; `None` where it rests on the plan alone.
    pub position_age: Option<Span>,
    /// No position younger than [`super::FRESH`] of a technician at work.
    pub stale: bool,
    /// Stops ahead of it that are not over.
    pub stops_before: u32,
}

/// A normal law: how much later than the plan, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lateness {
    mean: f64,
    variance: f64,
    /// The median of the true law that these are the moments of.
    median: f64,
}

/// The arrival at the last of `stops`, which are all that lie ahead up to it, in order. `law` is how late the
/// technician will be free at `origin`.
pub fn arrival(origin: Origin, mut law: Lateness, stops: &[Stop], pace: &dyn Fn(&Stop) -> Pace) -> Eta {
    let last = stops.last().expect("there is a stop to arrive at");
    let mut shift = law.median;
    let mut free = origin.free;
    for stop in stops {
        law = law.at_least(stop.depart - free);
        shift = slack(shift, stop.depart - free);
        law.variance += square(stop.arrive - stop.depart, TRAVEL_CV);
        if std::ptr::eq(stop, last) {
            break;
        }
        law = law.at_least(stop.start - stop.arrive);
        shift = slack(shift, stop.start - stop.arrive);
        shift += law.work(stop.end - stop.start, pace(stop));
        free = stop.end;
    }
    let spread = (law.mean + Z90 * law.variance.sqrt()).max(shift);
    let after = |seconds: f64| last.arrive + Span(seconds.round() as i64);
    Eta { p50: after(shift), p90: after(spread) }
}

/// What is left of being ahead or behind where time is to spare: nothing of being ahead.
fn slack(shift: f64, spare: Span) -> f64 {
    let spare = spare.or_zero().0 as f64;
    if spare == 0.0 { shift } else { (shift - spare).max(0.0) }
}

/// How much longer a lognormal time goes on that has lasted so long: mean and variance; see [`Lateness::under_way`].
fn goes_on(mean: f64, cv: f64, lasted: f64) -> (f64, f64) {
    let variance = (1.0 + cv * cv).ln();
    let deviation = variance.sqrt();
    if deviation == 0.0 || mean <= 0.0 {
        return ((mean - lasted).max(1.0), 0.0);
    }
    let (mean, middle) = (mean, mean.ln() - variance / 2.0);
    // what lasts beyond all measure goes on as what is rare: quotients of smaller tails are rounding
    let z = ((lasted.max(1.0).ln() - middle) / deviation).min(4.0);
    let tail = cumulative(-z);
    let first = mean * cumulative(deviation - z) / tail;
    let second = mean * mean * variance.exp() * cumulative(2.0 * deviation - z) / tail;
    let lasted = (middle + z * deviation).exp();
    ((first - lasted).max(1.0), (second - first * first).max(0.0))
}

fn square(length: Span, cv: f64) -> f64 {
    (length.or_zero().0 as f64 * cv).powi(2)
}

impl Lateness {
    /// How late somebody will be free who is at the last frozen stop of a sheet, or on the way there.
    ///
    /// A lognormal time `S` of mean `m` with `m^2 e^v` as its second moment that has lasted `t` goes on by
    /// `m F(s - z) / F(-z) - t` on average, and `S^2` is `m^2 e^v F(2 s - z) / F(-z)`, where `z` is the normal
    /// quantile of `t`, `v` the variance of its logarithm and `s` the root of that: the longer it has lasted, the longer
    /// it may still take. What somebody at work has said is left has [`SAID_CV`].
    pub fn under_way(board: &Board, now: Time, sheet: &Sheet<'_>) -> Lateness {
        let mut law = Lateness::default();
        let Some(stop) = sheet.frozen.last().filter(|s| s.end > now) else { return law };
        let technician = &sheet.technician.id;
        let pace = Pace::at(board, stop, technician);
        let length = stop.end - stop.start;
        if now < stop.arrive {
            law.variance += square(stop.arrive - now, TRAVEL_CV);
            law = law.at_least(stop.start - stop.arrive);
        }
        let Errand::Visit(job) = &stop.errand else {
            law.median = law.work((stop.end - now).min(length), pace);
            return law;
        };
        if now < stop.start {
            law.median = law.work(length, pace);
            return law;
        }
        let planned = board.jobs[job].demand.service;
        let slid = board.whereabouts(technician, sheet.shift.window.start).map_or(Span::ZERO, |w| w.slid);
        let left = (stop.end - now).0 as f64;
        if is_said(planned, stop, slid) {
            law.variance += square(stop.end - now, SAID_CV);
            return law;
        }
        let mean = planned.0 as f64 * pace.factor;
        let (rest, variance) = goes_on(mean, pace.cv, (now - stop.start).0 as f64);
        // as for a lognormal rest with these moments; never sooner than the plan for having just begun
        let median = rest / (1.0 + variance / (rest * rest)).sqrt();
        let slower = planned.0 as f64 * (pace.factor - 1.0);
        Lateness { mean: rest - left, variance, median: (median - left).max(slower.min(0.0)) }
    }

    /// Takes work in; returns by how much longer than planned it takes.
    fn work(&mut self, length: Span, pace: Pace) -> f64 {
        let longer = length.or_zero().0 as f64 * (pace.factor - 1.0);
        self.mean += longer;
        self.variance += square(length, pace.cv * pace.factor);
        longer
    }

    /// The law of `max(self - slack, 0)` by Clark's moments: slack swallows lateness, earliness is lost.
    fn at_least(self, slack: Span) -> Lateness {
        let slack = slack.or_zero().0 as f64;
        if slack == 0.0 {
            return self;
        }
        let (mean, deviation) = (self.mean - slack, self.variance.sqrt());
        if deviation == 0.0 {
            return Lateness { mean: mean.max(0.0), variance: 0.0, ..self };
        }
        let alpha = mean / deviation;
        let (below, density) = (cumulative(alpha), density(alpha));
        let first = mean * below + deviation * density;
        let second = (mean * mean + self.variance) * below + mean * deviation * density;
        Lateness { mean: first.max(0.0), variance: (second - first * first).max(0.0), ..self }
    }
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

/// The normal law's distribution function, Abramowitz and Stegun 26.2.17: off by less than 7.5e-8.
fn cumulative(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = density(x) * poly;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

/// An arrival that has happened or is as good as certain.
pub fn certain(at: Time) -> Eta {
    Eta { p50: at, p90: at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Point;

    fn stop(depart: i64, arrive: i64, start: i64, end: i64) -> Stop {
        Stop {
            errand: Errand::Break(0),
            place: Point::default(),
            depart: Time(depart),
            arrive: Time(arrive),
            start: Time(start),
            end: Time(end),
            seconds: (arrive - depart) as u32,
            metres: 0,
        }
    }

    #[test]
    fn spread_grows_along_a_tight_route_and_slack_swallows_it() {
        let origin = Origin { place: Point::default(), free: Time(0) };
        let first = stop(0, 600, 600, 4200);
        let (idle, usual) = (Lateness::default(), |_: &Stop| Pace::default());
        let near = arrival(origin, idle, std::slice::from_ref(&first), &usual);
        assert_eq!(near.p50, Time(600));
        assert_eq!(near.p90, Time(600 + 154));
        let next = [first.clone(), stop(4200, 4800, 4800, 8400)];
        let tight = arrival(origin, idle, &next, &usual);
        let slack = arrival(origin, idle, &[first, stop(9600, 10200, 10200, 13800)], &usual);
        assert!(tight.p90 - tight.p50 > Span(2000), "{tight:?}");
        assert!(slack.p90 - slack.p50 < Span(400), "{slack:?}");
        // who takes half as long again is behind by half an hour after an hour's work, and who is sure spreads less
        let slow = arrival(origin, idle, &next, &|_| Pace { factor: 1.5, cv: 0.1 });
        assert_eq!(slow.p50, tight.p50 + Span::minutes(30));
        assert!(slow.p90 - slow.p50 < Span(900), "{slow:?}");
    }

    #[test]
    fn what_lasts_goes_on_as_the_law_says() {
        // the law by a sum over the normal one in small steps
        let (variance, step) = (1.25_f64.ln(), 1e-3);
        let time = |z: f64| 3600.0 * (z * variance.sqrt() - variance / 2.0).exp();
        let steps: Vec<f64> = (-8_000..8_000).map(|n| f64::from(n) * step).collect();
        for lasted in [0.0, 1200.0, 2400.0, 3600.0, 5400.0, 9000.0] {
            let sum = |power: i32| -> f64 {
                let left = steps.iter().filter(|z| time(**z) > lasted);
                left.map(|z| density(*z) * (time(*z) - lasted).powi(power)).sum()
            };
            let (all, mean, square) = (sum(0), sum(1) / sum(0), sum(2) / sum(0));
            assert!(all > 0.0);
            let deviation = (square - mean * mean).sqrt();
            let (told, variance) = goes_on(3600.0, 0.5, lasted);
            assert!((told / mean - 1.0).abs() < 0.01, "{lasted}: {told} for {mean}");
            assert!((variance.sqrt() / deviation - 1.0).abs() < 0.01, "{lasted}: {variance} for {deviation}");
        }
        // no longer a number where tails are rounding
        let (told, variance) = goes_on(60.0, 0.5, 1e6);
        assert!(told > 0.0 && told < 600.0 && variance.is_finite(), "{told} {variance}");
    }
}
