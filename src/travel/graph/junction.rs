//! What a turn costs, shared out between the lane a car comes from and the lane it takes.
//!
//! Turning takes up to 7.5 s by its angle, after the logistic curve of the established open engine's car
//! profile. A graph of nodes cannot hold a cost for each pair of lanes, so each junction's costs are fitted
//! as a sum of one number for coming and one for going (weighted least squares, never negative): exact
//! where a side street meets a through road, near elsewhere. Never touches a node of fewer than three roads.

use super::{CLOSED, Segment};
use crate::geo::Point;

/// The most a turn costs, in hundredths of a second.
const MOST: f64 = 750.0;
/// How much easier a right turn is than a left one where traffic keeps right.
const BIAS: f64 = 1.075;
/// How many times likelier a car goes straight on than it takes any one turn.
const STRAIGHT: f64 = 10.0;
/// Metres over which a lane's bearing at a junction is taken.
const BEARING_OVER: f64 = 15.0;

/// A lane at a junction: which, its unit bearing in driving direction, how much it is driven.
struct Arm {
    lane: usize,
    bearing: [f64; 2],
    traffic: f64,
}

/// Sets what turning costs at every junction of `segments`.
pub(crate) fn charge(segments: &mut [Segment]) {
    let mut ends: Vec<(u32, usize)> = Vec::with_capacity(segments.len() * 2);
    for (at, segment) in segments.iter().enumerate() {
        ends.extend([(segment.ends[0], at * 2), (segment.ends[1], at * 2 + 1)]);
    }
    ends.sort_unstable();
    for junction in ends.chunk_by(|a, b| a.0 == b.0).filter(|junction| junction.len() > 2) {
        let (ins, outs) = arms(segments, junction);
        let (coming, going) = fit(&ins, &outs);
        for (arm, cost) in ins.iter().zip(coming) {
            segments[arm.lane / 2].delay[arm.lane % 2] += cost.round() as u32;
        }
        for (arm, cost) in outs.iter().zip(going) {
            segments[arm.lane / 2].entry[arm.lane % 2] += cost.round() as u32;
        }
    }
}

/// The open lanes that lead to a junction, and those that lead away.
fn arms(segments: &[Segment], junction: &[(u32, usize)]) -> (Vec<Arm>, Vec<Arm>) {
    let (mut ins, mut outs) = (Vec::new(), Vec::new());
    for &(_, end) in junction {
        let (segment, last) = (&segments[end / 2], end % 2 == 1);
        let [x, y] = outward(&segment.line, last);
        let (toward, away) = if last { (0, 1) } else { (1, 0) };
        let speed = |way: usize| f64::from(segment.decimetres.max(1)) / f64::from(segment.travel[way].max(1));
        // Fast roads carry most trips: taken to grow as the square of the speed.
        let traffic = |way: usize| speed(way).powi(2);
        let arm = |way: usize, bearing| Arm { lane: end / 2 * 2 + way, bearing, traffic: traffic(way) };
        if segment.travel[toward] != CLOSED {
            ins.push(arm(toward, [-x, -y]));
        }
        if segment.travel[away] != CLOSED {
            outs.push(arm(away, [x, y]));
        }
    }
    (ins, outs)
}

/// The bearing of a line away from one of its ends.
fn outward(line: &[Point], last: bool) -> [f64; 2] {
    let n = line.len();
    let point = |at: usize| if last { line[n - 1 - at] } else { line[at] };
    let mut bearing = [1.0, 0.0];
    for at in 1..n {
        let [x, y] = point(at).plane_from(point(0));
        let length = x.hypot(y);
        if length > 0.0 {
            bearing = [x / length, y / length];
        }
        if length >= BEARING_OVER {
            break;
        }
    }
    bearing
}

/// Cost of turning from one bearing into another, in hundredths of a second.
fn cost(from: [f64; 2], into: [f64; 2]) -> f64 {
    let (along, across) = (from[0] * into[0] + from[1] * into[1], from[0] * into[1] - from[1] * into[0]);
    let half_turns = across.atan2(along).abs() / std::f64::consts::PI;
    let bias = if across > 0.0 { BIAS } else { 1.0 / BIAS };
    MOST / (1.0 + (6.5 / bias - 13.0 * bias * half_turns).exp())
}

/// One cost for each lane in and each lane out whose sums come nearest to the turns' own.
fn fit(ins: &[Arm], outs: &[Arm]) -> (Vec<f64>, Vec<f64>) {
    let (mut coming, mut going) = (vec![0.0; ins.len()], vec![0.0; outs.len()]);
    let pair = |i: usize, o: usize| {
        let back = ins[i].lane / 2 == outs[o].lane / 2;
        let cost = cost(ins[i].bearing, outs[o].bearing);
        let straight = if cost < MOST / 10.0 { STRAIGHT } else { 1.0 };
        let weight = if back { 0.0 } else { straight * ins[i].traffic * outs[o].traffic };
        (cost, weight)
    };
    let turns: Vec<Vec<(f64, f64)>> =
        (0..ins.len()).map(|i| (0..outs.len()).map(|o| pair(i, o)).collect()).collect();
    for _ in 0..30 {
        for (i, cost) in coming.iter_mut().enumerate() {
            *cost = nearest((0..outs.len()).map(|o| (turns[i][o], going[o])));
        }
        for (o, cost) in going.iter_mut().enumerate() {
            *cost = nearest((0..ins.len()).map(|i| (turns[i][o], coming[i])));
        }
    }
    (coming, going)
}

/// The weighted mean of what is left of each cost, or nothing.
fn nearest(pairs: impl Iterator<Item = ((f64, f64), f64)>) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for ((cost, weight), other) in pairs {
        sum += weight * (cost - other);
        weights += weight;
    }
    if weights > 0.0 { (sum / weights).max(0.0) } else { 0.0 }
}
