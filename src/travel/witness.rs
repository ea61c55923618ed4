//! Slow and plain: Dijkstra over lanes, and the tests that hold the fast answers against it.

use super::hierarchy::{NONE, WHOLE, Weight};
use super::network::Network;
use super::osm::Draft;
use super::weights::Weights;
use super::{Dayparts, Label, Model, Profile, Roads, Side, Spot, UNREACHABLE};
use crate::geo::Point;
use crate::units::Time;
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;
use std::sync::Arc;

/// A small stream of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }
}

/// Weight of the best way from `from` to every one of `to`, by Dijkstra's algorithm from the definition:
/// a car on a lane goes to the lane's end and from there into any lane that may be entered there.
fn dijkstra<W: Weight>(network: &Network, w: &Weights<W>, from: &Spot, to: &[Spot]) -> Vec<W> {
    let mut exits = vec![Vec::new(); network.nodes()];
    for lane in 0..network.lane_head.len() as u32 {
        network.tails_of(lane).iter().for_each(|tail| exits[*tail as usize].push(lane));
    }
    let (mut near, mut heap) = (vec![W::FAR; network.nodes()], BinaryHeap::new());
    for (lane, part) in [(from.segment * 2, WHOLE - from.share), (from.segment * 2 + 1, from.share)] {
        let lane = lane as usize;
        if network.lane_head[lane] != NONE {
            let weight = w.lane[lane].share(part).plus(W::from_centis(network.delay[lane]));
            heap.push(Reverse((weight, network.lane_head[lane])));
        }
    }
    while let Some(Reverse((weight, node))) = heap.pop() {
        if weight >= near[node as usize] {
            continue;
        }
        near[node as usize] = weight;
        for &lane in &exits[node as usize] {
            heap.push(Reverse((weight.plus(w.arc[lane as usize]), network.lane_head[lane as usize])));
        }
    }
    let reach = |to: &Spot| {
        let lanes = [(to.segment * 2, to.share), (to.segment * 2 + 1, WHOLE - to.share)];
        let over = lanes.into_iter().flat_map(|(lane, part)| {
            let (last, entry) = (w.lane[lane as usize].min(W::FAR), network.entry[lane as usize]);
            network
                .tails_of(lane)
                .iter()
                .map(move |t| (*t, last.share(part).plus(W::from_centis(entry))))
                .collect::<Vec<_>>()
        });
        let around = over.map(|(tail, last)| near[tail as usize].plus(last)).min().unwrap_or(W::FAR);
        let along = if from.segment == to.segment { w.along(network, from, to) } else { W::FAR };
        around.min(along)
    };
    to.iter().map(reach).collect()
}

fn quiet(_: &'static str, _: u64, _: u64) {}

/// A street grid with holes, one-ways, lights, limits and forbidden turns.
fn random_city(seed: u64, side: usize) -> Option<Network> {
    let mut dice = Dice(seed);
    let mut draft = Draft::default();
    let id = |row: usize, column: usize| (row * side + column) as i64 + 1;
    for row in 0..side {
        for column in 0..side {
            let wobble = [dice.below(4000) as i32, dice.below(4000) as i32];
            let (lon, lat) = (91_900_000 + column as i32 * 20_000, 454_600_000 + row as i32 * 15_000);
            let light: &[(&str, &str)] =
                if dice.below(9) == 0 { &[("highway", "traffic_signals")] } else { &[] };
            draft.node(id(row, column), Point { lon: lon + wobble[0], lat: lat + wobble[1] }, light);
        }
    }
    let mut way = 0;
    let mut street = |draft: &mut Draft, dice: &mut Dice, a: i64, b: i64| {
        way += 1;
        let kind = ["primary", "residential", "service", "tertiary"][dice.below(4)];
        let oneway = ["no", "no", "yes", "-1"][dice.below(4)];
        let limit = ["30", "50", "70", "none"][dice.below(4)];
        if dice.below(6) != 0 {
            draft.way(way, &[a, b], &[("highway", kind), ("oneway", oneway), ("maxspeed", limit)]);
        }
    };
    for row in 0..side {
        for column in 0..side {
            if column + 1 < side {
                street(&mut draft, &mut dice, id(row, column), id(row, column + 1));
            }
            if row + 1 < side {
                street(&mut draft, &mut dice, id(row, column), id(row + 1, column));
            }
        }
    }
    let ways = (2 * side * side) as i64;
    for _ in 0..side * side * 4 {
        let (from, to) = (dice.below(ways as usize) as i64, dice.below(ways as usize) as i64);
        let via = dice.below(side * side) as i64 + 1;
        draft.turn(from, via, to, ["no_left_turn", "only_straight_on"][dice.below(2)]);
    }
    Network::build("grid", &draft.finish(), &quiet).ok()
}

fn random_spots(network: &Network, dice: &mut Dice, count: usize) -> Vec<Spot> {
    let place = |_| {
        let segment = dice.below(network.class.len()) as u32;
        let share = [0, WHOLE, dice.below(WHOLE as usize + 1) as u32][dice.below(3)];
        let on = network.line_of(segment)[0];
        Spot { asked: on, road: on, segment, share, gap: 0 }
    };
    (0..count).map(place).collect()
}

fn la_serena() -> Arc<Network> {
    static CITY: std::sync::OnceLock<Arc<Network>> = std::sync::OnceLock::new();
    let build = || {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/la-serena.osm.pbf");
        Arc::new(Network::open(&path, &quiet).expect("the embedded city builds"))
    };
    CITY.get_or_init(build).clone()
}

/// Every fast answer between `from` and `to` equals the slow one.
fn agrees(roads: &Roads, from: &[Spot], to: &[Spot], hour: u8) {
    let (mut seconds, table) = (Vec::new(), roads.table(from, to, hour));
    roads.seconds(from, to, hour, &mut seconds);
    assert_eq!(seconds, table.seconds);
    let (times, both) = (roads.times(hour), roads.both(hour));
    let first = roads.label(&from[0], Side::From, (hour + 1) % 24, None);
    let labels = |side, spots: &[Spot]| -> Vec<Label> {
        spots.iter().map(|spot| roads.label(spot, side, hour, Some(&first))).collect()
    };
    let labels = [labels(Side::From, from), labels(Side::To, to)];
    for (row, start) in from.iter().enumerate() {
        let slow = dijkstra(roads.network(), times, start, to);
        let slow_both = dijkstra(roads.network(), both, start, to);
        for (column, end) in to.iter().enumerate() {
            let at = row * to.len() + column;
            let want = if slow[column] >= u32::FAR { UNREACHABLE } else { (slow[column] + 50) / 100 };
            assert_eq!(seconds[at], want, "{start:?} -> {end:?}");
            assert_eq!(roads.pair_seconds(start, end, hour).unwrap_or(UNREACHABLE), want);
            let between = roads.between(&labels[0][row], &labels[1][column], hour);
            assert_eq!(between.unwrap_or(UNREACHABLE), want, "by labels: {start:?} -> {end:?}");
            let metres = (slow_both[column] as u32 + 5) / 10;
            assert!(want == UNREACHABLE || table.metres[at] == metres, "{start:?} -> {end:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_cities_are_exact(seed in any::<u64>(), side in 2usize..14, few in 1usize..40, many in 1usize..40) {
        let Some(network) = random_city(seed, side) else { return Ok(()) };
        let mut dice = Dice(seed);
        let (from, to) = (random_spots(&network, &mut dice, few), random_spots(&network, &mut dice, many));
        agrees(&Roads::new(Arc::new(network), Profile::default()), &from, &to, (seed % 24) as u8);
    }
}

#[test]
fn a_real_city_is_exact() {
    let (network, mut dice) = (la_serena(), Dice(7));
    let (from, to) = (random_spots(&network, &mut dice, 12), random_spots(&network, &mut dice, 150));
    let roads = Roads::new(network, Profile::default());
    agrees(&roads, &from, &to, 8);
    agrees(&roads, &to[..30], &from[..2], 3);
}

#[test]
fn leaving_later_never_arrives_earlier() {
    let (network, mut dice) = (la_serena(), Dice(11));
    let spots = random_spots(&network, &mut dice, 40);
    // A day that falls off a cliff each hour is the hardest: waiting would pay if it were not counted.
    let mut steep = std::collections::BTreeMap::new();
    for class in super::Class::ALL {
        steep.insert(class, (0..24).map(|h| if h % 2 == 0 { 4000 } else { 1000 }).collect::<Vec<u16>>());
    }
    let roads = Roads::new(network, Profile::try_from(steep).unwrap());
    let parts = Dayparts::of("Europe/Rome").unwrap();
    for pair in spots.windows(2) {
        let spring = 1_774_742_400 + dice.below(86_400) as i64;
        let mut last = Time::MIN;
        for step in 0..60 {
            let depart = Time(spring + step * 157);
            let leg = roads.leg(&pair[0], &pair[1], depart, &parts).expect("all is connected");
            assert_eq!(roads.leg_seconds(&pair[0], &pair[1], depart, &parts), Some(leg.seconds));
            let arrive = Time(depart.0 + i64::from(leg.seconds));
            assert!(arrive >= last, "leaving at {depart:?} arrives at {arrive:?}, before {last:?}");
            last = arrive;
        }
    }
}

#[test]
fn cell_bounds_are_never_above_the_exact_time() {
    let (network, mut dice) = (la_serena(), Dice(5));
    let spots = random_spots(&network, &mut dice, 120);
    let box_ = network.bounds();
    let line = super::Beeline::around(1300, 30, box_);
    for model in [Model::Roads(Roads::new(network, Profile::default())), Model::Beeline(line)] {
        let cells = model.cells(8);
        let (mut seconds, mut useful) = (Vec::new(), 0);
        for hour in [0, 3, 8, 14, 18] {
            model.seconds(&spots, &spots, hour, &mut seconds);
            for (at, exact) in seconds.iter().enumerate() {
                let (a, b) = (&spots[at / spots.len()], &spots[at % spots.len()]);
                let bound = cells.bound(a, b);
                assert!(bound <= *exact, "{}: {bound} > {exact}", model.name());
                let (from, to) = (cells.slot(a).unwrap(), cells.slot(b).unwrap());
                assert_eq!(cells.from_cell(from)[to], cells.to_cell(to)[from]);
                useful += usize::from(bound * 2 > *exact);
            }
        }
        assert!(useful * 3 > seconds.len() * 5, "{}: bounds say little ({useful})", model.name());
    }
}

#[test]
fn a_path_is_as_long_as_its_leg_and_joins_its_ends() {
    let (network, mut dice) = (la_serena(), Dice(3));
    let roads = Roads::new(network.clone(), Profile::default());
    let parts = Dayparts::utc();
    for _ in 0..150 {
        let [from, to] = [(); 2].map(|()| {
            let line = network.line_of(dice.below(network.class.len()) as u32);
            roads.snap(line[dice.below(line.len())]).unwrap()
        });
        let path = roads.path(&from, &to, Time(30_000), &parts).unwrap();
        assert_eq!(Some(path.leg), roads.leg(&from, &to, Time(30_000), &parts));
        assert_eq!((path.line[0], path.line[path.line.len() - 1]), (from.on_road(), to.on_road()));
        let drawn: f64 = path.line.windows(2).map(|w| w[0].metres_to(w[1])).sum();
        let said = f64::from(path.leg.metres);
        assert!((drawn - said).abs() <= 3.0 + said * 0.004, "drawn {drawn:.0} m, said {said} m");
    }
}

#[test]
fn measured_speeds_replace_free_flow_in_their_hour_only() {
    let network = la_serena();
    let slow = |segment| super::Measured { hour: 9, segment, against: false, kmh_tenths: 10 };
    let longest = (0..network.class.len()).max_by_key(|s| network.decimetres[*s]).unwrap() as u32;
    let along = network.lane_head[longest as usize * 2] != NONE;
    let lane = if along { slow(longest) } else { super::Measured { against: true, ..slow(longest) } };
    let roads = Roads::with(network.clone(), Profile::free_flow(), vec![lane], 500);
    let on = network.line_of(longest)[0];
    let spot = |share| Spot { asked: on, road: on, segment: longest, share, gap: 0 };
    let (a, b) = if along { (0, WHOLE) } else { (WHOLE, 0) };
    let at = |hour| roads.pair_seconds(&spot(a), &spot(b), hour).unwrap();
    assert!(at(9) > at(8), "{} against {}", at(9), at(8));
    assert_eq!(at(8), at(10));
}
