//! Travel as the desk asks for it: a model, the region's clock, and a bounded memory of pairs already asked.
//!
//! A pair is remembered by hour of day, so that a leg asked twice costs a look-up. Nothing here decides
//! how fast a road is (that is `crate::travel`), and nothing remembered changes an answer.

use crate::board::{Leg, Legs};
use crate::coverage::Atlas;
use crate::geo::Point;
use crate::travel::{Beeline, Dayparts, Label, Model, Roads, Side, Spot, UNREACHABLE, Unreachable};
use crate::units::{Span, Time};
use parking_lot::Mutex;
use std::cell::RefCell;
#[allow(clippy::disallowed_types, reason = "looked up by key, never iterated")]
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shards of the memory, so that threads seldom wait for each other. A power of two.
const SHARDS: usize = 64;
/// Pairs a shard's younger half holds before the older half is forgotten: about 25 MB in all when full.
const PAIRS_PER_SHARD: usize = 4_096;
/// Bytes of labels that a shard's younger half holds: 128 MB in all when full.
const LABELS_PER_SHARD: usize = 1 << 20;
/// Places remembered a shard.
const PLACES_PER_SHARD: usize = 4_096;
/// Places a shard whose ways are kept beside each other.
const WAYS_PER_SHARD: usize = 16;
/// Ways that a thread has at hand: what fits into the nearer caches. A power of two.
const AT_HAND: usize = 2_048;
/// Hours looked ahead for a departure that would arrive earlier.
const HOURS_AHEAD: usize = 26;
/// A leg whose metres have not been asked for.
const UNKNOWN: u32 = u32::MAX;

/// A travel model with the region's clock. Cheap to clone; clones share what is remembered.
#[derive(Clone, Debug)]
pub struct Travel {
    model: Model,
    dayparts: Dayparts,
    /// For each hour the first one that is travelled in alike.
    like: [u8; 24],
    /// See [`Travel::at_least`]: thousandths by the hour planned and the other.
    quicker: Arc<[[u16; 24]; 24]>,
    memory: Arc<Memory>,
    /// Tells what threads have at hand of this memory from what they have of another.
    number: u64,
    atlas: Atlas,
}

/// The same travel without metres: half the work while searching. Metres are told as zero.
#[derive(Clone, Copy, Debug)]
pub struct Quick<'a>(pub &'a Travel);

/// From, to, hour.
type Pair = (Point, Point, u8);

thread_local! {
    /// By memory and way.
    static AT_HAND_HERE: RefCell<Vec<((u64, Pair), u32)>> = RefCell::new(vec![Default::default(); AT_HAND]);
}

/// What was asked of one place: seconds by the other place, side and hour.
#[allow(clippy::disallowed_types, reason = "looked up by key, never iterated but to be merged")]
pub type Ways = HashMap<(Point, u8, u8), u32, BuildHasherDefault<Mix>>;

/// By place, side and hour.
type Labels = Mutex<Halves<(Point, u8, u8), Arc<Label>>>;

#[derive(Debug, Default)]
struct Memory {
    /// Beside each other what one place was asked for: a search asks hundreds of ways of one place.
    ways: Vec<Mutex<Halves<Point, Arc<Ways>>>>,
    pairs: Vec<Mutex<Halves<Pair, Leg>>>,
    /// What makes a way that nobody asked for yet a scan, by place, side and hour.
    labels: Vec<Labels>,
    places: Vec<Mutex<Halves<Point, Result<Spot, Unreachable>>>>,
}

/// Two generations: when the younger is full it becomes the older, and the older is forgotten.
#[derive(Debug)]
#[allow(clippy::disallowed_types, reason = "looked up by key, never iterated")]
struct Halves<K, V> {
    young: HashMap<K, V, BuildHasherDefault<Mix>>,
    old: HashMap<K, V, BuildHasherDefault<Mix>>,
}

/// Multiply and rotate: keys are coordinates, not hostile strings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix(u64);

impl Travel {
    /// A model under a region's clock, with nothing remembered yet.
    pub fn new(model: Model, dayparts: Dayparts) -> Travel {
        let ways = (0..SHARDS).map(|_| Mutex::default()).collect();
        let pairs = (0..SHARDS).map(|_| Mutex::default()).collect();
        let places = (0..SHARDS).map(|_| Mutex::default()).collect();
        let labels = (0..SHARDS).map(|_| Mutex::default()).collect();
        let like = std::array::from_fn(|hour| model.like_hour(hour as u8));
        let quicker = |hour| std::array::from_fn(|other| model.quicker(hour as u8, other as u8));
        let quicker = Arc::new(std::array::from_fn(quicker));
        let atlas = Atlas::new(model.clone(), dayparts.clone());
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let memory = Memory { ways, pairs, labels, places };
        Travel { model, dayparts, like, quicker, memory: Arc::new(memory), number, atlas }
    }

    /// The model underneath.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The region's clock.
    pub fn dayparts(&self) -> &Dayparts {
        &self.dayparts
    }

    /// The cells of the region and who reaches whom, as coverage sees them.
    pub fn atlas(&self) -> &Atlas {
        &self.atlas
    }

    /// The region's wall clock at an instant, as HH:MM.
    pub fn clock(&self, at: Time) -> String {
        let second = self.dayparts.of_day(at);
        format!("{:02}:{:02}", second / 3600, second / 60 % 60)
    }

    /// How many midnights of the region's clock lie between two instants.
    pub fn days_between(&self, from: Time, to: Time) -> i64 {
        let day = |at: Time| (at.0 + self.dayparts.offset_seconds(at)).div_euclid(86_400);
        day(to) - day(from)
    }

    /// Where a place meets the road.
    ///
    /// # Errors
    /// Where no road is near enough.
    pub fn spot(&self, place: Point) -> Result<Spot, Unreachable> {
        if let Model::Beeline(line) = &self.model {
            return Ok(line.snap(place));
        }
        let shard = &self.memory.places[shard_of(&place)];
        if let Some(known) = shard.lock().get(&place) {
            return known;
        }
        let spot = self.model.snap(place);
        shard.lock().put(place, spot, PLACES_PER_SHARD);
        spot
    }

    /// What is remembered of the ways to and from a place.
    pub fn ways(&self, place: Point) -> Arc<Ways> {
        self.memory.ways[shard_of(&place)].lock().get(&place).unwrap_or_default()
    }

    /// Remembers more ways to and from a place.
    pub fn keep_ways(&self, place: Point, more: &Ways) {
        let mut shard = self.memory.ways[shard_of(&place)].lock();
        let mut all = shard.get(&place).unwrap_or_default();
        Arc::make_mut(&mut all).extend(more);
        shard.put(place, all, WAYS_PER_SHARD);
    }

    /// What leads from or to a place within an hour; `None` where no road is near enough.
    pub fn label(&self, roads: &Roads, place: Point, side: Side, hour: u8) -> Option<Arc<Label>> {
        let found = |hour: u8| {
            let key = (place, side as u8, hour);
            self.memory.labels[shard_of(&key)].lock().get(&key)
        };
        if let Some(known) = found(hour) {
            return Some(known);
        }
        let spot = self.spot(place).ok()?;
        let beside = found((hour + 23) % 24).or_else(|| found((hour + 1) % 24));
        let label = Arc::new(roads.label(&spot, side, hour, beside.as_deref()));
        let key = (place, side as u8, hour);
        let room = LABELS_PER_SHARD / label.bytes();
        self.memory.labels[shard_of(&key)].lock().put(key, label.clone(), room);
        Some(label)
    }

    /// The hour that travel is asked for when leaving at an instant.
    pub fn hour(&self, at: Time) -> u8 {
        self.like[usize::from(self.dayparts.hour(at))]
    }

    fn remember(&self, key: Pair, leg: Leg) {
        self.memory.pairs[shard_of(&key)].lock().put(key, leg, PAIRS_PER_SHARD);
    }

    /// The leg of a car that leaves within `hour`, `None` where there is no way.
    fn within(&self, from: Point, to: Point, hour: u8, want_metres: bool) -> Option<Leg> {
        if let Model::Beeline(line) = &self.model {
            return Some(straight(line, from, to));
        }
        let key = (from, to, hour);
        if want_metres {
            return self.remembered(key, true);
        }
        // One decision asks for the same ways many times over.
        let seconds = AT_HAND_HERE.with_borrow_mut(|ways| {
            let whole = (self.number, key);
            let way = &mut ways[hand_of(&key)];
            if way.0 != whole {
                let leg = self.remembered(key, false);
                *way = (whole, leg.map_or(UNREACHABLE, |leg| leg.seconds));
            }
            way.1
        });
        (seconds != UNREACHABLE).then_some(Leg { seconds, metres: UNKNOWN })
    }

    /// Takes note of a way that this thread is about to ask for.
    pub fn at_hand(&self, from: Point, to: Point, hour: u8, seconds: u32) {
        let key = (from, to, hour);
        AT_HAND_HERE.with_borrow_mut(|ways| {
            ways[hand_of(&key)] = ((self.number, key), seconds);
        });
    }

    fn remembered(&self, key: Pair, want_metres: bool) -> Option<Leg> {
        let known = self.memory.pairs[shard_of(&key)].lock().get(&key);
        let leg = match known {
            Some(leg) if leg.seconds == UNREACHABLE => return None,
            Some(leg) if !want_metres || leg.metres != UNKNOWN => leg,
            Some(_) | None => self.ask(key, want_metres)?,
        };
        Some(leg)
    }

    /// The most that the way may take when left between two instants; `None` where there is no way.
    pub fn most(&self, from: Point, to: Point, since: Time, until: Time) -> Option<u32> {
        if from == to {
            return Some(0);
        }
        if let Model::Beeline(line) = &self.model {
            return Some(line.between(from, to).seconds);
        }
        let mut most = 0;
        for hour in self.hours(since, until) {
            most = self.within(from, to, hour, false)?.seconds.max(most);
        }
        Some(most)
    }

    /// The least that a way may take when left between two instants, given its seconds by hour; `None`
    /// where there is no way.
    pub fn least(&self, since: Time, until: Time, mut within: impl FnMut(u8) -> Option<u32>) -> Option<u32> {
        let mut least = within(self.hour(since))?;
        if let Model::Beeline(_) = &self.model {
            return Some(least);
        }
        let mut start = self.dayparts.next(since);
        // Who leaves late in an hour may wait for the next one.
        while start.0 < until.0 + i64::from(least) && start.0 - since.0 < 86_400 {
            least = within(self.hour(start))?.min(least);
            start = self.dayparts.next(start);
        }
        Some(least)
    }

    /// As [`Travel::least`] or a little less, by what is asked of one hour, where that tells enough of the others.
    pub fn least_by_one(
        &self,
        since: Time,
        until: Time,
        mut within: impl FnMut(u8) -> Option<u32>,
    ) -> Option<u32> {
        let first = within(self.hour(since))?;
        let least = self.at_least(first, since, since, until - since).0;
        if least >= i64::from(first) / 2 {
            return Some(least as u32);
        }
        self.least(since, until, within)
    }

    /// What a leg of `seconds`, left at `planned`, takes at least if it is left between `since` and `later` after
    /// `planned` instead, without asking for it.
    pub fn at_least(&self, seconds: u32, planned: Time, since: Time, later: Span) -> Span {
        let hour = usize::from(self.dayparts.hour(planned));
        // Who leaves late in an hour may wait for the next one.
        let until = planned + later + Span(seconds.into());
        let permille = self.hours(since, until).map(|other| self.quicker[hour][usize::from(other)]).min();
        match permille.unwrap_or(1000) {
            1000 => Span(seconds.into()),
            // Each lane is rounded, and so is their sum.
            permille => Span(i64::from(seconds) * i64::from(permille) / 1000 * 49 / 50 - 2).or_zero(),
        }
    }

    fn hours(&self, since: Time, until: Time) -> impl Iterator<Item = u8> + '_ {
        let starts = std::iter::successors(Some(since), |at| Some(self.dayparts.next(*at)));
        starts.take_while(move |at| *at <= until || *at == since).take(24).map(|at| self.hour(at))
    }

    fn ask(&self, key: Pair, want_metres: bool) -> Option<Leg> {
        let asked = match &self.model {
            Model::Roads(roads) if !want_metres => {
                let from = self.label(roads, key.0, Side::From, key.2)?;
                let seconds = roads.between(&from, &*self.label(roads, key.1, Side::To, key.2)?, key.2);
                seconds.map(|seconds| Leg { seconds, metres: UNKNOWN })
            }
            Model::Roads(_) | Model::Beeline(_) => {
                let (from, to) = (self.spot(key.0).ok()?, self.spot(key.1).ok()?);
                let leg = self.model.pair(&from, &to, key.2);
                leg.map(|l| Leg { seconds: l.seconds, metres: l.metres })
            }
        };
        let leg = asked.unwrap_or(Leg { seconds: UNREACHABLE, metres: UNKNOWN });
        self.remember(key, leg);
        (leg.seconds != UNREACHABLE).then_some(leg)
    }

    /// First-in-first-out over hour buckets: the least of leaving now, or when a later hour begins.
    fn fifo(&self, from: Point, to: Point, depart: Time, want_metres: bool) -> Option<Leg> {
        if from == to {
            return Some(Leg { seconds: 0, metres: 0 });
        }
        if let Model::Beeline(line) = &self.model {
            // Alike at every hour, and worked out sooner than looked up.
            return Some(straight(line, from, to));
        }
        let mut best = self.within(from, to, self.hour(depart), want_metres)?;
        let mut start = self.dayparts.next(depart);
        for _ in 1..HOURS_AHEAD {
            let waited = start - depart;
            if waited.0 >= i64::from(best.seconds) {
                break;
            }
            let later = self.within(from, to, self.hour(start), want_metres)?;
            let total = later.seconds.saturating_add(waited.0 as u32);
            if total < best.seconds {
                best = Leg { seconds: total, metres: later.metres };
            }
            start = self.dayparts.next(start);
        }
        Some(best)
    }
}

impl Legs for Travel {
    fn leg(&self, from: Point, to: Point, depart: Time) -> Option<Leg> {
        self.fifo(from, to, depart, true)
    }
}

impl Legs for Quick<'_> {
    fn leg(&self, from: Point, to: Point, depart: Time) -> Option<Leg> {
        let leg = self.0.fifo(from, to, depart, false)?;
        Some(Leg { metres: 0, ..leg })
    }
}

impl<K: Eq + std::hash::Hash + Copy, V: Clone> Halves<K, V> {
    fn get(&mut self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    fn put(&mut self, key: K, value: V, room: usize) {
        if self.young.len() >= room && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

impl<K, V> Default for Halves<K, V> {
    fn default() -> Self {
        Halves { young: Default::default(), old: Default::default() }
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }
    fn write_u8(&mut self, v: u8) {
        self.write_u64(u64::from(v));
    }
    fn write_i32(&mut self, v: i32) {
        self.write_u64(u64::from(v as u32));
    }
    fn write_u64(&mut self, v: u64) {
        self.0 = (self.0.rotate_left(23) ^ v).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

fn straight(line: &Beeline, from: Point, to: Point) -> Leg {
    let leg = line.between(from, to);
    Leg { seconds: leg.seconds, metres: leg.metres }
}

fn hand_of(key: &Pair) -> usize {
    (mixed(key) >> 16) as usize % AT_HAND
}

fn shard_of<K: std::hash::Hash>(key: &K) -> usize {
    (mixed(key) >> 40) as usize % SHARDS
}

fn mixed<K: std::hash::Hash>(key: &K) -> u64 {
    let mut mix = Mix(0x51_7C);
    key.hash(&mut mix);
    mix.finish()
}
