//! The technicians of the demo: trades, certificates that run out, shifts with breaks, homes; and the depots
//! with their stock and the vans.
//!
//! Scarce on purpose: three hold the gas licence of level 2, two may inspect pressure vessels (until the
//! afternoon), a few product certifications lapse during the day, some parts lie in one depot only.

use super::names::{Names, at, minutes, place, window};
use crate::city::City;
use crate::city::catalog::parts::{Carried, PARTS, Shelf, Trade};
use crate::city::catalog::{BRANDS, parts};
use crate::city::chance::Chance;
use crate::city::day::{Day, Hour};
use crate::geo::Point;
use crate::wire::v1;

const FIRST: [&str; 24] = [
    "Ana",
    "Bruno",
    "Camila",
    "Diego",
    "Elena",
    "Felipe",
    "Gabriela",
    "Hugo",
    "Isidora",
    "Javier",
    "Karina",
    "Luis",
    "Marcela",
    "Nicolás",
    "Olga",
    "Pablo",
    "Rocío",
    "Sergio",
    "Tamara",
    "Ulises",
    "Valentina",
    "Walter",
    "Ximena",
    "Yerko",
];
const LAST: [&str; 20] = [
    "Araya", "Bravo", "Cortés", "Díaz", "Espinoza", "Fuentes", "Godoy", "Herrera", "Iturra", "Jara", "Lagos",
    "Morales", "Núñez", "Olivares", "Pizarro", "Rojas", "Soto", "Tapia", "Vega", "Zamora",
];

/// How many hold the gas licence of level 2.
const MASTERS: usize = 3;
/// How many may inspect pressure vessels.
const INSPECTORS: usize = 2;

/// A technician's id.
pub fn technician_id(n: usize) -> String {
    format!("t{:03}", n + 1)
}

/// The trade of the n-th technician: in each ten 3 cold, 3 white, 3 gas, 1 fitter.
pub fn trade(n: usize) -> Trade {
    [
        Trade::Cold,
        Trade::White,
        Trade::Gas,
        Trade::White,
        Trade::Cold,
        Trade::Gas,
        Trade::Fitter,
        Trade::White,
        Trade::Cold,
        Trade::Gas,
    ][n % 10]
}

/// The technicians that hold the gas licence of level 2.
pub fn masters(count: usize) -> Vec<String> {
    (0..count).filter(|n| trade(*n) == Trade::Gas).take(MASTERS).map(technician_id).collect()
}

/// Every technician, ready to import.
pub fn technicians(
    names: &Names,
    city: &City,
    day: &Day,
    chance: Chance,
    count: usize,
) -> Vec<v1::TechnicianImport> {
    let masters = masters(count);
    let one = |n: usize| {
        let id = technician_id(n);
        let technician = v1::Technician {
            display_name: display_name(chance, &id),
            certifications: certifications(names, day, chance, n, masters.contains(&id)),
            shifts: shifts(day, chance, n),
            start_place: Some(place(city.home(chance, &id))),
            ..Default::default()
        };
        v1::TechnicianImport { technician_id: id, technician: Some(technician) }
    };
    (0..count).map(one).collect()
}

fn display_name(chance: Chance, id: &str) -> String {
    format!("{} {}", chance.pick(id, "first name", &FIRST), chance.pick(id, "last name", &LAST))
}

fn certifications(
    names: &Names,
    day: &Day,
    chance: Chance,
    n: usize,
    master: bool,
) -> Vec<v1::Certification> {
    let id = technician_id(n);
    let held = |kind: &str, level: i32, until: Option<Hour>| v1::Certification {
        kind: names.kind(kind),
        level,
        valid_from: Some(at(day.at(-24.0 * 400.0))),
        valid_to: until.map(|hour| at(day.at(hour))),
    };
    let electrician = if n.is_multiple_of(3) || trade(n) == Trade::Fitter { 2 } else { 1 };
    let mut all = vec![held("electrician", electrician, None)];
    match trade(n) {
        Trade::Cold => {
            let level = if chance.hits(&id, "refrigerant", 0.4) || n == 0 { 2 } else { 1 };
            all.push(held("refrigerant", level, None));
        }
        Trade::Gas => all.push(held("gas-fitter", if master { 2 } else { 1 }, None)),
        Trade::Fitter => {
            all.push(held("refrigerant", 1, None));
            all.push(held("gas-fitter", 1, None));
        }
        Trade::White => {}
    }
    if (n / 10) < INSPECTORS && n % 10 == 7 {
        all.push(held("pressure-vessel", 1, Some(13.0)));
    }
    // two or three brands each; every eighth technician's last one lapses at three in the afternoon
    let first = (n + n / 4) % BRANDS.len();
    let brands = 2 + usize::from(chance.hits(&id, "third brand", 0.5));
    for k in 0..brands {
        let lapses = k + 1 == brands && n % 8 == 5;
        all.push(held(BRANDS[(first + k) % BRANDS.len()], 1, lapses.then_some(15.0)));
    }
    all
}

/// Today's and tomorrow's shift: early, day, or (every fourth) late, each with a meal break.
fn shifts(day: &Day, chance: Chance, n: usize) -> Vec<v1::Shift> {
    let late = n % 4 == 3;
    let early = [7.5, 8.0, 8.0, 8.5, 9.0][chance.below(&technician_id(n), "shift", 5)];
    let (start, length, meal) = if late { (13.0, 9.0, 17.5) } else { (early, 9.0, 12.0) };
    let shift = |midnight: Hour| v1::Shift {
        window: Some(window(day.at(midnight + start), day.at(midnight + start + length))),
        breaks: vec![v1::Break {
            window: Some(window(day.at(midnight + meal), day.at(midnight + meal + 2.5))),
            duration: Some(minutes(45)),
        }],
    };
    [0.0, 24.0].map(shift).into()
}

/// Three depots, south to north: the middles of three equal shares of where people live.
pub fn depots(city: &City, chance: Chance) -> Vec<(&'static str, &'static str, Point)> {
    let mut homes: Vec<Point> = (0..150).map(|i| city.home(chance, &format!("depot/{i}"))).collect();
    homes.sort_by_key(|p| (p.lat, p.lon));
    let middle = |share: &[Point]| -> Point {
        let far = |p: &Point| share.iter().map(|q| p.metres_to(*q)).sum::<f64>();
        *share.iter().min_by(|a, b| far(a).total_cmp(&far(b))).expect("a share is not empty")
    };
    let named = [("south", "South depot"), ("centre", "Centre depot"), ("north", "North depot")];
    let placed = named.iter().zip(homes.chunks(50)).map(|((id, name), share)| (*id, *name, middle(share)));
    placed.collect()
}

/// What lies in depots and vans when the day begins.
pub fn stock(names: &Names, chance: Chance, depots: &[&str], count: usize) -> Vec<v1::StockAdjustment> {
    let mut lines = Vec::new();
    let mut put = |location: String, part: &str, delta: i32| {
        lines.push(v1::StockAdjustment { location, part: names.part(part), delta });
    };
    for part in &PARTS {
        for (n, depot) in depots.iter().enumerate() {
            let here = match part.shelf {
                Shelf::All => true,
                Shelf::Only(one) => one == n,
                Shelf::Nowhere => false,
            };
            if here {
                put(names.depot(depot), part.id, part.depot_count);
            }
        }
    }
    for id in (0..count).map(|n| (n, technician_id(n))) {
        let carried = parts::PARTS.iter().filter(|p| match p.carried {
            Carried::All => true,
            Carried::By(by) => by == trade(id.0) || (by == Trade::Gas && trade(id.0) == Trade::Fitter),
            Carried::Nobody => false,
        });
        // a van is never full: one line in seven is missing
        for part in carried.filter(|p| !chance.hits(&id.1, p.id, 1.0 / 7.0)) {
            put(names.technician(&id.1), part.id, chance.between(&id.1, part.name, 1, 4) as i32);
        }
    }
    lines
}
