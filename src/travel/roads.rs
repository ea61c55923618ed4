//! A road network weighted by a day's profile: the exact travel model.
//!
//! Weights of an hour are made when first asked for and shared by all clones. Times inside are hundredths
//! of a second and rounded once, at the end. Never mixes hours within one leg (see `leg`).

use super::geometry::lane_run;
use super::hierarchy::{self, NONE, Weight, nearest, route, sweep};
use super::leg::first_in_first_out;
use super::network::Network;
use super::weights::Weights;
use super::{
    CellTable, Dayparts, Leg, Measured, Path, Profile, SNAP_CAP_METRES, Spot, Table, UNREACHABLE, Unreachable,
};
use crate::geo::Point;
use crate::units::Time;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A network, a profile, and the weights made of them so far.
#[derive(Clone, Debug)]
pub struct Roads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    network: Arc<Network>,
    profile: Profile,
    measured: Vec<Measured>,
    cap_metres: u32,
    times: [OnceLock<Weights<u32>>; 24],
    /// Times with metres beneath.
    both: [OnceLock<Weights<u64>>; 24],
    cells: Mutex<BTreeMap<u8, Arc<CellTable>>>,
}

impl Roads {
    /// `network` under `profile`, snapping within [`SNAP_CAP_METRES`].
    pub fn new(network: Arc<Network>, profile: Profile) -> Roads {
        Roads::with(network, profile, Vec::new(), SNAP_CAP_METRES)
    }

    /// As [`Roads::new`] with measured speeds and an own cap in metres; measurements of segments that the
    /// network does not have are ignored.
    pub fn with(
        network: Arc<Network>,
        profile: Profile,
        mut measured: Vec<Measured>,
        cap_metres: u32,
    ) -> Roads {
        let segments = network.class.len();
        measured.retain(|m| m.hour < 24 && (m.segment as usize) < segments && m.kmh_tenths > 0);
        measured.sort_unstable();
        let inner = Inner {
            name: format!("roads {}", network.name()),
            network,
            profile,
            measured,
            cap_metres,
            times: Default::default(),
            both: Default::default(),
            cells: Mutex::default(),
        };
        Roads(Arc::new(inner))
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The network beneath.
    pub fn network(&self) -> &Arc<Network> {
        &self.0.network
    }

    /// The profile it is weighted by.
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// See [`super::Model::snap`].
    ///
    /// # Errors
    /// When no road is within the cap.
    pub fn snap(&self, place: Point) -> Result<Spot, Unreachable> {
        let (network, cap_metres) = (&self.0.network, self.0.cap_metres);
        let landing = network.snapper.nearest(place, &network.line);
        let landing = landing.ok_or(Unreachable { nearest_metres: None, cap_metres })?;
        let gap = landing.gap.round() as u32;
        if gap > cap_metres {
            return Err(Unreachable { nearest_metres: Some(gap), cap_metres });
        }
        let share = network.share_of(landing.segment, landing.piece, landing.between);
        Ok(Spot { asked: place, road: landing.at, segment: landing.segment, share, gap })
    }

    /// Where the nearest road passes, however far it is; `None` where there is no road at all.
    pub fn nearest_road(&self, place: Point) -> Option<Point> {
        self.0.network.snapper.nearest(place, &self.0.network.line).map(|landing| landing.at)
    }

    /// Makes the weights of an hour now rather than when first asked for.
    pub fn warm(&self, hour: u8) {
        self.times(hour);
    }

    /// See [`super::Model::seconds`].
    pub fn seconds(&self, from: &[Spot], to: &[Spot], hour: u8, out: &mut Vec<u32>) {
        out.clear();
        out.resize(from.len() * to.len(), UNREACHABLE);
        self.fill(self.times(hour), from, to, |at, centis| out[at] = whole_seconds(centis));
    }

    /// See [`super::Model::table`].
    pub fn table(&self, from: &[Spot], to: &[Spot], hour: u8) -> Table {
        let blank = vec![UNREACHABLE; from.len() * to.len()];
        let mut table = Table { seconds: blank.clone(), metres: blank };
        self.fill(self.both(hour), from, to, |at, both| {
            if both < u64::FAR {
                table.seconds[at] = whole_seconds((both >> 32) as u32);
                table.metres[at] = whole_metres(both as u32);
            }
        });
        table
    }

    /// See [`super::Model::leg`].
    pub fn leg(&self, from: &Spot, to: &Spot, depart: Time, parts: &Dayparts) -> Option<Leg> {
        let (seconds, metres) = first_in_first_out(depart, parts, |hour| {
            let both = self.pair(self.both(hour), from, to);
            (both < u64::FAR).then(|| (whole_seconds((both >> 32) as u32), whole_metres(both as u32)))
        })?;
        Some(Leg { seconds, metres })
    }

    /// See [`super::Model::leg_seconds`].
    pub fn leg_seconds(&self, from: &Spot, to: &Spot, depart: Time, parts: &Dayparts) -> Option<u32> {
        let trip = |hour| {
            let centis = self.pair(self.times(hour), from, to);
            (centis < u32::FAR).then(|| (whole_seconds(centis), ()))
        };
        first_in_first_out(depart, parts, trip).map(|(seconds, ())| seconds)
    }

    /// Whole seconds of one pair within one hour, as in [`Roads::seconds`].
    pub fn pair_seconds(&self, from: &Spot, to: &Spot, hour: u8) -> Option<u32> {
        let centis = self.pair(self.times(hour), from, to);
        (centis < u32::FAR).then(|| whole_seconds(centis))
    }

    /// As [`Roads::pair_seconds`], with the metres.
    pub fn pair_leg(&self, from: &Spot, to: &Spot, hour: u8) -> Option<Leg> {
        let both = self.pair(self.both(hour), from, to);
        let leg = || Leg { seconds: whole_seconds((both >> 32) as u32), metres: whole_metres(both as u32) };
        (both < u64::FAR).then(leg)
    }

    /// One place to be asked about with others, one after the other, within one hour; what it shares with `beside`,
    /// a label of the same place, is held once.
    pub fn label(&self, place: &Spot, side: Side, hour: u8, beside: Option<&Label>) -> Label {
        let (network, w) = (&self.0.network, self.times(hour));
        let mut seeds = Vec::with_capacity(8);
        match side {
            Side::From => w.leaving(network, place, &mut seeds),
            Side::To => w.arriving(network, place, &mut seeds),
        }
        let label = hierarchy::Label::of(&network.hierarchy, &w.metric, &seeds, side as usize);
        let label = match beside {
            Some(beside) => label.beside(&beside.label),
            None => label,
        };
        Label { place: *place, label }
    }

    /// Whole seconds of the way from one place to another, by the labels of the first's side [`Side::From`] and the
    /// other's [`Side::To`] within an hour, as in [`Roads::pair_seconds`].
    pub fn between(&self, from: &Label, to: &Label, hour: u8) -> Option<u32> {
        let mut centis = from.label.meet(&to.label);
        if from.place.segment == to.place.segment {
            centis = centis.min(self.times(hour).along(&self.0.network, &from.place, &to.place));
        }
        (centis < u32::FAR).then(|| whole_seconds(centis))
    }

    /// See [`super::Model::path`].
    pub fn path(&self, from: &Spot, to: &Spot, depart: Time, parts: &Dayparts) -> Option<Path> {
        let (seconds, (metres, hour)) = first_in_first_out(depart, parts, |hour| {
            let both = self.pair(self.both(hour), from, to);
            (both < u64::FAR).then(|| (whole_seconds((both >> 32) as u32), (whole_metres(both as u32), hour)))
        })?;
        let line = self.line(from, to, self.both(hour))?;
        Some(Path { leg: Leg { seconds, metres }, line })
    }

    /// See [`super::Model::cells`].
    ///
    /// # Panics
    /// On a resolution above 15.
    pub fn cells(&self, resolution: u8) -> Arc<CellTable> {
        let mut kept = self.0.cells.lock();
        let build = || Arc::new(CellTable::of_roads(&self.0.network, &self.least(), resolution));
        kept.entry(resolution).or_insert_with(build).clone()
    }

    pub(super) fn times(&self, hour: u8) -> &Weights<u32> {
        let hour = self.metric_of(hour);
        self.0.times[usize::from(hour)]
            .get_or_init(|| Weights::new(&self.0.network, self.lane_times(hour).collect()))
    }

    pub(super) fn both(&self, hour: u8) -> &Weights<u64> {
        let hour = self.metric_of(hour);
        let with_metres = |(lane, centis): (usize, u32)| match centis {
            u32::FAR => u64::FAR,
            open => u64::from(open) << 32 | u64::from(self.0.network.decimetres[lane / 2]),
        };
        self.0.both[usize::from(hour)].get_or_init(|| {
            Weights::new(&self.0.network, self.lane_times(hour).enumerate().map(with_metres).collect())
        })
    }

    /// The hour whose weights serve `hour`: hours with equal multipliers share theirs.
    pub fn metric_of(&self, hour: u8) -> u8 {
        let hour = hour % 24;
        if self.0.measured.is_empty() { self.0.profile.twin(hour) } else { hour }
    }

    /// See [`super::Model::quicker`]. Of measured speeds nothing is known in general.
    pub(super) fn quicker(&self, hour: u8, other: u8) -> u16 {
        match self.0.measured.is_empty() {
            true => self.0.profile.quicker(hour, other),
            false => 0,
        }
    }

    /// Hundredths of a second that each lane takes within an hour.
    fn lane_times(&self, hour: u8) -> impl Iterator<Item = u32> {
        let network = &self.0.network;
        let first = self.0.measured.partition_point(|m| m.hour < hour);
        let mut measured = self.0.measured[first..].iter().filter(move |m| m.hour == hour).peekable();
        network.travel.iter().enumerate().map(move |(lane, free)| {
            let here = |m: &&&Measured| m.segment as usize * 2 + usize::from(m.against) <= lane;
            let speed = std::iter::from_fn(|| measured.next_if(|m| here(&m))).last();
            match (network.lane_head[lane], speed) {
                (NONE, _) => u32::FAR,
                (_, Some(m)) => network.decimetres[lane / 2] * 360 / u32::from(m.kmh_tenths),
                (_, None) => scaled(*free, self.0.profile.permille(network.class[lane / 2], hour)),
            }
        })
    }

    /// Weights no hour goes below, lane by lane.
    fn least(&self) -> Weights<u32> {
        let network = &self.0.network;
        let least = if self.0.measured.is_empty() {
            let time = |(lane, free): (usize, &u32)| match network.lane_head[lane] {
                NONE => u32::FAR,
                _ => scaled(*free, self.0.profile.least(network.class[lane / 2])),
            };
            network.travel.iter().enumerate().map(time).collect()
        } else {
            let mut least = vec![u32::FAR; network.travel.len()];
            for hour in 0..24 {
                least.iter_mut().zip(self.lane_times(hour)).for_each(|(a, b)| *a = b.min(*a));
            }
            least
        };
        Weights::new(network, least)
    }

    /// One pair under given weights.
    fn pair<W: Weight>(&self, w: &Weights<W>, from: &Spot, to: &Spot) -> W {
        let network = &self.0.network;
        let (mut out, mut back) = (Vec::with_capacity(2), Vec::with_capacity(8));
        w.leaving(network, from, &mut out);
        w.arriving(network, to, &mut back);
        let around = nearest(&network.hierarchy, &w.metric, &out, &back);
        if from.segment == to.segment { around.min(w.along(network, from, to)) } else { around }
    }

    /// Many pairs under given weights; `put` gets the index into a row-major table.
    fn fill<W: Weight>(&self, w: &Weights<W>, from: &[Spot], to: &[Spot], mut put: impl FnMut(usize, W)) {
        let network = &self.0.network;
        let leaving = w.seeds(from, |w, spot, out| w.leaving(network, spot, out));
        let arriving = w.seeds(to, |w, spot, out| w.arriving(network, spot, out));
        let columns = to.len();
        sweep(&network.hierarchy, &w.metric, &leaving, &arriving, |row, column, weight| {
            put(row * columns + column, weight);
        });
        for (row, column) in on_one_segment(from, to) {
            let along = w.along(network, &from[row], &to[column]);
            let around = self.pair(w, &from[row], &to[column]);
            put(row * columns + column, along.min(around));
        }
    }

    /// The line driven between two spots under given weights.
    fn line(&self, from: &Spot, to: &Spot, w: &Weights<u64>) -> Option<Vec<Point>> {
        let network = &self.0.network;
        let (mut out, mut back) = (Vec::new(), Vec::new());
        w.leaving(network, from, &mut out);
        w.arriving(network, to, &mut back);
        let way = route(&network.hierarchy, &w.metric, [&out, &back], &|slot, weight| {
            network.lane_in(slot, |lane| w.arc[lane as usize] == weight)
        });
        let along = if from.segment == to.segment { w.along(network, from, to) } else { u64::FAR };
        let mut line = vec![from.road];
        match way {
            Some(way) if way.weight < along => {
                let part = |lane: u32, part: u32| w.lane[lane as usize].share(part);
                let first = network.leaving_lane(from, way.ends[0], part);
                let last = network.arriving_lane(to, way.ends[1], part);
                network.draw(&mut line, from.segment, [from.share, lane_run(first)[1]]);
                way.arcs.iter().for_each(|lane| network.draw(&mut line, lane / 2, lane_run(*lane)));
                network.draw(&mut line, to.segment, [lane_run(last)[0], to.share]);
            }
            _ if along < u64::FAR => {
                network.draw(&mut line, from.segment, [from.share, to.share]);
            }
            _ => return None,
        }
        line.push(to.road);
        line.dedup();
        Some(line)
    }
}

/// Which end of the ways a [`Label`]'s place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Ways lead from it.
    From = 0,
    /// Ways lead to it.
    To = 1,
}

/// See [`Roads::label`].
#[derive(Clone, Debug)]
pub struct Label {
    place: Spot,
    label: hierarchy::Label<u32>,
}

impl Label {
    /// Bytes of memory that it takes, about.
    pub fn bytes(&self) -> usize {
        self.label.bytes() + size_of::<Label>()
    }
}

/// Index pairs of places that lie on the same segment.
fn on_one_segment(from: &[Spot], to: &[Spot]) -> Vec<(usize, usize)> {
    let mut starts: Vec<(u32, usize)> = from.iter().enumerate().map(|(at, s)| (s.segment, at)).collect();
    starts.sort_unstable();
    let mut pairs = Vec::new();
    for (column, spot) in to.iter().enumerate() {
        let first = starts.partition_point(|(segment, _)| *segment < spot.segment);
        let same = starts[first..].iter().take_while(|(segment, _)| *segment == spot.segment);
        pairs.extend(same.map(|(_, row)| (*row, column)));
    }
    pairs
}

fn scaled(centis: u32, permille: u16) -> u32 {
    // a weight that fits with any delay beneath what stands for shut
    ((u64::from(centis) * u64::from(permille) + 500) / 1000).min(u64::from(u32::FAR / 2)) as u32
}

/// Rounded to the nearest; [`UNREACHABLE`] where there is no way.
#[inline(always)]
fn whole_seconds(centis: u32) -> u32 {
    if centis >= u32::FAR { UNREACHABLE } else { (centis + 50) / 100 }
}

fn whole_metres(decimetres: u32) -> u32 {
    decimetres.saturating_add(5) / 10
}
