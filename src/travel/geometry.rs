//! Where along a segment: shares of its length, the lane that joins two nodes, the line of a stretch.
//!
//! Never weighs a way against another.

use super::Spot;
use super::hierarchy::WHOLE;
use super::network::Network;
use crate::geo::Point;

impl Network {
    /// The share of a segment's length, in [`WHOLE`]ths, at which a place between two of its points lies.
    pub(super) fn share_of(&self, segment: u32, piece: u32, between: f64) -> u32 {
        let ends = self.point_shares(segment);
        let at = (piece - self.line_first[segment as usize]) as usize;
        let share = ends[at] + (ends[at + 1] - ends[at]) * between;
        ((share * f64::from(WHOLE)).round() as u32).min(WHOLE)
    }

    /// The share of the length, 0 to 1, at which each point of a segment's line lies.
    fn point_shares(&self, segment: u32) -> Vec<f64> {
        let line = self.line_of(segment);
        let mut shares = vec![0.0];
        let mut length = 0.0;
        for pair in line.windows(2) {
            let [x, y] = pair[1].plane_from(pair[0]);
            length += x.hypot(y);
            shares.push(length);
        }
        if length > 0.0 {
            shares.iter_mut().for_each(|share| *share /= length);
        }
        shares
    }

    /// The first lane laid on a slot of the hierarchy for which `fits` holds.
    pub(super) fn lane_in(&self, slot: u32, fits: impl Fn(u32) -> bool) -> Option<u32> {
        let first = self.by_slot.partition_point(|entry| self.slots[*entry as usize] < slot);
        let laid = self.by_slot[first..].iter().take_while(|entry| self.slots[**entry as usize] == slot);
        laid.map(|entry| self.lane_of_entry(*entry)).find(|lane| fits(*lane))
    }

    /// The lane on which a car leaves `spot` for `node`: the lighter where both lead there.
    pub(super) fn leaving_lane(&self, spot: &Spot, node: u32, weight: impl Fn(u32, u32) -> u64) -> u32 {
        let lanes = [(spot.segment * 2, WHOLE - spot.share), (spot.segment * 2 + 1, spot.share)];
        let fits = lanes.into_iter().filter(|(lane, _)| self.lane_head[*lane as usize] == node);
        fits.min_by_key(|(lane, part)| weight(*lane, *part)).map_or(spot.segment * 2, |(lane, _)| lane)
    }

    /// The lane on which a car comes to `spot` from `node`: the lighter where both do.
    pub(super) fn arriving_lane(&self, spot: &Spot, node: u32, weight: impl Fn(u32, u32) -> u64) -> u32 {
        let lanes = [(spot.segment * 2, spot.share), (spot.segment * 2 + 1, WHOLE - spot.share)];
        let fits = lanes.into_iter().filter(|(lane, _)| self.tails_of(*lane).contains(&node));
        fits.min_by_key(|(lane, part)| weight(*lane, *part)).map_or(spot.segment * 2, |(lane, _)| lane)
    }

    /// Adds to `line` the points of `segment` from one share of it to another, in that direction.
    pub(super) fn draw(&self, line: &mut Vec<Point>, segment: u32, [from, to]: [u32; 2]) {
        let shares = self.point_shares(segment);
        let (low, high) = (f64::from(from.min(to)), f64::from(from.max(to)));
        let inside = |share: &f64| (low..=high).contains(&(share * f64::from(WHOLE)));
        let points = self.line_of(segment).iter().zip(&shares).filter(|(_, s)| inside(s)).map(|(p, _)| *p);
        if from <= to {
            line.extend(points);
        } else {
            let at = line.len();
            line.extend(points);
            line[at..].reverse();
        }
    }
}

/// The shares at which a lane begins and ends.
pub(super) fn lane_run(lane: u32) -> [u32; 2] {
    if lane.is_multiple_of(2) { [0, WHOLE] } else { [WHOLE, 0] }
}
