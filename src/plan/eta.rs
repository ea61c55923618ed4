//! When a technician arrives: the planned arrival with a spread carried along the route by moments.
//!
//! Travel has a coefficient of variation of [`TRAVEL_CV`], service of [`SERVICE_CV`] (the mean of a
//! lognormal with CV 0.5, see guide/decision.md) until what was learned of such work says otherwise. Who is
//! known to take longer or less than the work usually takes moves the plan itself: see [`Pace`]. Where a stop waits for a window, or a departure is kept
//! late, the maximum of the normal law and that constant follows Clark (1961): earliness is forgotten,
//! lateness is carried on. P50 is the plan, so moved; P90 is 1.2816 deviations later.

use crate::board::Board;
use crate::board::decide::work_of;
use crate::board::decision::Eta;
use crate::board::fleet::Stop;
use crate::board::id::TechnicianId;
use crate::board::job::Need;
use crate::board::schedule::Origin;
use crate::units::{Span, Time};

/// Spread of a leg's duration as a share of it.
pub const TRAVEL_CV: f64 = 0.2;
/// Spread of a service time as a share of it.
pub const SERVICE_CV: f64 = 0.5;
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
#[derive(Clone, Copy, Debug)]
struct Lateness {
    mean: f64,
    variance: f64,
}

/// The arrival at the last of `stops`, which are all that lie ahead up to it, in order. `under_way` is
/// what the technician is still at before being free at `origin`: how long by plan, and its pace.
pub fn arrival(origin: Origin, under_way: (Span, Pace), stops: &[Stop], pace: &dyn Fn(&Stop) -> Pace) -> Eta {
    let last = stops.last().expect("there is a stop to arrive at");
    let (length, own) = under_way;
    let mut law = Lateness { mean: 0.0, variance: 0.0 };
    let mut shift = law.work(length, own);
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

fn square(length: Span, cv: f64) -> f64 {
    (length.or_zero().0 as f64 * cv).powi(2)
}

impl Lateness {
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
            return Lateness { mean: mean.max(0.0), variance: 0.0 };
        }
        let alpha = mean / deviation;
        let (below, density) = (cumulative(alpha), density(alpha));
        let first = mean * below + deviation * density;
        let second = (mean * mean + self.variance) * below + mean * deviation * density;
        Lateness { mean: first.max(0.0), variance: (second - first * first).max(0.0) }
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
    use crate::board::fleet::Errand;
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
        let (idle, usual) = ((Span::ZERO, Pace::default()), |_: &Stop| Pace::default());
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
}
