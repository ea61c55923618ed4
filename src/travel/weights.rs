//! A network's lanes and hierarchy under one hour's travel times.
//!
//! Never decides the times: it is handed one for each lane.

use super::Spot;
use super::hierarchy::{Metric, NONE, Seeds, WHOLE, Weight};
use super::network::Network;

/// The weights of one hour.
#[derive(Debug)]
pub(super) struct Weights<W> {
    /// Driving each lane from end to end, its end's delay left out; `FAR` where shut.
    pub lane: Vec<W>,
    /// The same with turning in and the delay at the end: what an arc weighs.
    pub arc: Vec<W>,
    /// The hierarchy's.
    pub metric: Metric<W>,
}

impl<W: Weight> Weights<W> {
    /// `lane` gives what driving each lane takes.
    pub(super) fn new(network: &Network, lane: Vec<W>) -> Weights<W> {
        let with_delay = |(lane, weight): (usize, &W)| match *weight {
            shut if shut >= W::FAR => W::FAR,
            open => open.plus(W::from_centis(network.entry[lane] + network.delay[lane])),
        };
        let arc: Vec<W> = lane.iter().enumerate().map(with_delay).collect();
        let arcs = (0..arc.len()).flat_map(|lane| {
            let entries = network.tail_first[lane] as usize..network.tail_first[lane + 1] as usize;
            let weight = arc[lane];
            network.slots[entries].iter().filter(|slot| **slot != NONE).map(move |slot| (*slot, weight))
        });
        let metric = Metric::customise(&network.hierarchy, arcs);
        Weights { lane, arc, metric }
    }

    /// The nodes a car at `spot` can reach first, and the weight to each.
    pub(super) fn leaving(&self, network: &Network, spot: &Spot, out: &mut Vec<(u32, W)>) {
        for (lane, part) in ways(spot, WHOLE - spot.share) {
            if network.lane_head[lane] != NONE {
                let delay = W::from_centis(network.delay[lane]);
                out.push((network.lane_head[lane], self.lane[lane].share(part).plus(delay)));
            }
        }
    }

    /// The nodes a car can come to `spot` from last, and the weight from each.
    pub(super) fn arriving(&self, network: &Network, spot: &Spot, out: &mut Vec<(u32, W)>) {
        for (lane, part) in ways(spot, spot.share) {
            if network.lane_head[lane] != NONE {
                let weight = self.lane[lane].share(part).plus(W::from_centis(network.entry[lane]));
                out.extend(network.tails_of(lane as u32).iter().map(|tail| (*tail, weight)));
            }
        }
    }

    /// The weight between two spots of the same segment without leaving it; `FAR` where there is none.
    pub(super) fn along(&self, network: &Network, from: &Spot, to: &Spot) -> W {
        debug_assert_eq!(from.segment, to.segment);
        let open = |lane: usize| network.lane_head[lane] != NONE;
        let (lane, part) = match from.share.cmp(&to.share) {
            std::cmp::Ordering::Equal => return W::ZERO,
            std::cmp::Ordering::Less => (from.segment as usize * 2, to.share - from.share),
            std::cmp::Ordering::Greater => (from.segment as usize * 2 + 1, from.share - to.share),
        };
        if open(lane) { self.lane[lane].share(part) } else { W::FAR }
    }

    /// Seeds of many spots at once.
    pub(super) fn seeds(&self, spots: &[Spot], list: impl Fn(&Self, &Spot, &mut Vec<(u32, W)>)) -> Seeds<W> {
        let (mut seeds, mut one) = (Seeds::new(), Vec::new());
        for spot in spots {
            one.clear();
            list(self, spot, &mut one);
            seeds.push(&one);
        }
        seeds
    }
}

/// Both lanes of a spot's segment, with `part` of the one along and the rest of the one against.
fn ways(spot: &Spot, part: u32) -> [(usize, u32); 2] {
    let lane = spot.segment as usize * 2;
    [(lane, part), (lane + 1, WHOLE - part)]
}
