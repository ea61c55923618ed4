//! The world of a scenario, drawn from a seed: the board as it opens, who comes to work, what is called in,
//! and what is true of each job. Entity by entity, so that another technician changes no other draw.

pub(super) mod calls;
mod real;
mod stock;

use super::catalog::entries;
use super::scenario::{Scenario, Start, Trouble};
use super::truth::factor;
use crate::board::catalog::{Entry, PartCount};
use crate::board::command::NewJob;
use crate::board::event::StockLine;
use crate::board::fleet::{Break, Certification, Depot, Shift, Technician, Window};
use crate::board::id::{PartId, TechnicianId};
use crate::board::region::{Network, NetworkKind, Region};
use crate::board::{Board, Command};
use crate::city::catalog::BRANDS;
use crate::city::catalog::parts::Trade;
use crate::city::chance::Chance;
use crate::city::day::Day;
use crate::city::{City, SNAP_CAP_METRES};
use crate::geo::Point;
use crate::plan::Travel;

use crate::units::{Span, Time};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One call, with the truth behind it.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it comes in.
    pub at: Time,
    /// The job.
    pub job: NewJob,
    /// How long the work really takes.
    pub service: Span,
    /// The parts it really takes.
    pub parts: Vec<PartCount>,
    /// Whether nobody opens at the first visit.
    pub absent: bool,
    /// When it is called off, where it is and nobody is there yet.
    pub cancelled: Option<Time>,
    /// When the customer asks for another window, and which.
    pub moved: Option<(Time, Window)>,
}

/// Something that befalls the region.
#[derive(Clone, Debug)]
pub enum Blow {
    /// A technician falls ill.
    Ill(TechnicianId),
    /// A part must not be used any more.
    Recalled(PartId),
    /// Depots and vans are filled up.
    Replenished,
}

/// A day ready to be played.
#[derive(Clone, Debug)]
pub struct World {
    /// The board before anybody calls.
    pub board: Board,
    /// Its travel.
    pub travel: Travel,
    /// When it opens.
    pub opens: Time,
    /// Who comes to work.
    pub present: Vec<TechnicianId>,
    /// In order of time.
    pub calls: Vec<Call>,
    /// In order of time.
    pub blows: Vec<(Time, Blow)>,
    /// The draws.
    pub chance: Chance,
    /// What the dispatcher only estimates.
    pub truth: super::scenario::Truth,
    /// Spread of technicians' pace.
    pub pace_cv: f64,
    /// What depots and vans are filled up to.
    pub opening: Vec<StockLine>,
    /// Whose positions are lost, from when until when.
    pub lost: Vec<(Time, Time, BTreeSet<TechnicianId>)>,
}

impl World {
    /// How many times as long as usual somebody takes.
    pub fn pace(&self, technician: &TechnicianId) -> f64 {
        match self.pace_cv {
            0.0 => 1.0,
            cv => factor(self.chance, technician.as_str(), "pace", cv),
        }
    }
}

/// Roads and homes, read once for all seeds.
#[derive(Debug)]
pub struct Place {
    /// The city.
    pub city: City,
    /// The first day.
    pub day: Day,
    travel: Travel,
}

impl Place {
    /// The place of a scenario.
    ///
    /// # Errors
    /// In words, where roads or zone cannot be used.
    pub fn open(scenario: &Scenario) -> Result<Place, String> {
        let zone = zone(scenario);
        let city = match scenario.city.roads.as_str() {
            "embedded" => City::embedded(zone),
            file => City::from_file(std::path::Path::new(file), zone),
        };
        Place::in_city(scenario, city.map_err(|e| e.to_string())?)
    }

    /// The place of a scenario on roads that were read before.
    ///
    /// # Errors
    /// In words, where the zone is not known.
    pub fn on(scenario: &Scenario, network: Arc<crate::travel::Network>) -> Result<Place, String> {
        let city = City::from_network(network, zone(scenario)).map_err(|e| e.to_string())?;
        Place::in_city(scenario, city)
    }

    fn in_city(scenario: &Scenario, city: City) -> Result<Place, String> {
        let day = match scenario.first_day() {
            Some(date) => Day::on(&city.time_zone, date),
            None => Day::in_zone(&city.time_zone),
        };
        let day = day.map_err(|e| e.to_string())?;
        let travel = city.travel();
        Ok(Place { city, day, travel })
    }
}

fn zone(scenario: &Scenario) -> Option<&str> {
    Some(scenario.city.time_zone.as_str()).filter(|z| !z.is_empty())
}

/// Draws a world.
pub fn draw(scenario: &Scenario, place: &Place, seed: u64) -> World {
    let chance = Chance::new(seed);
    let maker = Maker { scenario, place, chance, middle: place.city.busiest() };
    let board = maker.board();
    let all: Vec<TechnicianId> = board.technicians.keys().cloned().collect();
    let absent: f64 = scenario
        .event
        .iter()
        .filter_map(|e| if let Trouble::Absence { share } = e { Some(*share) } else { None })
        .sum();
    let present = all.into_iter().filter(|t| !chance.hits(t.as_str(), "absent", absent)).collect();
    let mut board = board;
    maker.remember(&mut board, seed);
    let mut calls = maker.calls(&board);
    calls.sort_by(|a, b| (a.at, &a.job.id).cmp(&(b.at, &b.job.id)));
    let mut world = World {
        board,
        travel: place.travel.clone(),
        opens: maker.at(0, OPENS),
        present,
        calls,
        blows: Vec::new(),
        chance,
        truth: scenario.truth.clone(),
        pace_cv: scenario.fleet.pace_cv,
        opening: Vec::new(),
        lost: Vec::new(),
    };
    if !scenario.stock.replenish.is_empty() {
        let depots: Vec<Depot> = world.board.depots.values().cloned().collect();
        world.opening = maker.stock(&depots);
    }
    world.blows = maker.blows(&world);
    world.lost = maker.lost(&world);
    world
}

/// The hour at which a day opens.
const OPENS: f64 = 5.0;

pub(super) struct Maker<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) place: &'a Place,
    pub(super) chance: Chance,
    pub(super) middle: Point,
}

impl Maker<'_> {
    fn at(&self, day: u32, hour: f64) -> Time {
        Time(self.place.day.at(hour + 24.0 * f64::from(day)))
    }

    fn home(&self, entity: &str) -> Point {
        match self.scenario.city.radius_km {
            km if km > 0.0 => self.place.city.home_near(self.chance, entity, self.middle, km * 1000.0),
            _ => self.place.city.home(self.chance, entity),
        }
    }

    fn board(&self) -> Board {
        let opens = self.at(0, OPENS);
        let mut board = Board::new(self.region(opens));
        let depots = self.depots();
        let technicians: Vec<Technician> = match self.scenario.technician.is_empty() {
            true => (0..self.scenario.fleet.technicians).map(|n| self.technician(n)).collect(),
            false => self.scenario.technician.iter().map(|t| self.real_technician(t)).collect(),
        };
        let lines = self.stock(&depots);
        let mut commands = vec![Command::Import(self.entries()), Command::AddTechnicians(technicians)];
        commands.extend(depots.into_iter().map(Command::AddDepot));
        commands.push(Command::AdjustStock { lines, reason: "opening".into() });
        for command in commands {
            let step = board.decide(opens, &command, &self.place.travel).expect("a drawn world is sound");
            step.events.iter().for_each(|e| board.apply(e, opens));
        }
        board
    }

    /// The catalogue, with the scenario's terms of service levels.
    fn entries(&self) -> Vec<Entry> {
        let mut all = entries();
        for entry in &mut all {
            let Entry::Level(id, level) = entry else { continue };
            let Some(terms) = self.scenario.level.get(id.as_str()) else { continue };
            let target = Span((terms.minutes * 60.0).round() as i64);
            level.response_target = (target.0 > 0).then_some(target);
            if let Some(rate) = terms.lateness_rate {
                level.lateness_permille = (rate * 1000.0).round() as u32;
            }
        }
        all
    }

    fn region(&self, created: Time) -> Region {
        Region {
            id: self.place.city.id.as_str().into(),
            display_name: self.place.city.display_name.clone(),
            tenant: "planner".into(),
            time_zone: self.place.city.time_zone.clone(),
            network: Network {
                kind: NetworkKind::Roads { file: format!("{}.roads", self.place.city.id) },
                snap_cap_metres: SNAP_CAP_METRES,
                dayparts: Vec::new(),
            },
            grid_resolution: 8,
            policy: self.scenario.policy.policy(),
            created,
            revision: 1,
        }
    }

    fn trade(&self, n: usize) -> Trade {
        let f = &self.scenario.fleet;
        let shares =
            [(Trade::Cold, f.cold), (Trade::White, f.white), (Trade::Gas, f.gas), (Trade::Fitter, f.fitter)];
        // exact shares, spread evenly: the n-th gets the trade that is furthest behind its share
        let total: f64 = shares.iter().map(|s| s.1).sum();
        let mut given = [0usize; 4];
        let mut last = 0;
        for i in 0..=n {
            let behind = |k: usize| shares[k].1 / total * (i + 1) as f64 - given[k] as f64;
            last =
                (0..4).max_by(|a, b| behind(*a).total_cmp(&behind(*b)).then(b.cmp(a))).expect("four trades");
            given[last] += 1;
        }
        shares[last].0
    }

    fn technician(&self, n: usize) -> Technician {
        let id = format!("t{:04}", n + 1);
        let home = match self.scenario.fleet.start {
            Start::Home => self.home(&id),
            Start::Depot => self.home(&format!("depot/{}", n % self.scenario.fleet.depots)),
        };
        let trade = self.trade(n);
        let level = 1 + u8::from(self.chance.hits(&id, "master", self.scenario.fleet.masters));
        let mut held = vec![("electrician", if trade == Trade::Fitter { 2 } else { level })];
        match trade {
            Trade::Cold => held.push(("refrigerant", level)),
            Trade::Gas => held.push(("gas-fitter", level)),
            Trade::Fitter => held.extend([("refrigerant", 1), ("gas-fitter", 1)]),
            Trade::White => {}
        }
        held.extend(
            BRANDS.iter().filter(|b| self.chance.hits(&id, b, self.scenario.fleet.brands)).map(|b| (*b, 1)),
        );
        let certificate = |(kind, level): (&str, u8)| Certification {
            kind: kind.into(),
            level,
            valid_from: Time::MIN,
            valid_to: Time::MAX,
        };
        let mut certifications: Vec<Certification> = held.into_iter().map(certificate).collect();
        certifications.sort();
        Technician {
            id: id.as_str().into(),
            display_name: format!("Technician {}", n + 1),
            certifications,
            shifts: (0..self.scenario.days + 1).map(|day| self.shift(&id, day)).collect(),
            start: home,
            end: home,
            overtime_allowance: None,
            traits: Default::default(),
            revision: 1,
        }
    }

    fn shift(&self, id: &str, day: u32) -> Shift {
        let f = &self.scenario.fleet;
        let start = if self.chance.hits(id, "late", f.late) { f.late_start } else { f.early_start };
        let window =
            Window::new(self.at(day, start), self.at(day, start + f.hours)).expect("hours are over 0");
        self.with_meal(window)
    }

    /// A shift with its meal break, where it is long enough.
    fn with_meal(&self, window: Window) -> Shift {
        let from = window.start + Span::minutes(210);
        let meal = Window { start: from, end: from + Span::minutes(150) };
        let inside = meal.end <= window.end;
        let breaks = inside.then_some(Break { window: meal, duration: Span::minutes(30) });
        Shift { window, breaks: breaks.into_iter().collect() }
    }

    fn depots(&self) -> Vec<Depot> {
        let depot = |n: usize| Depot {
            id: format!("d{}", n + 1).as_str().into(),
            display_name: format!("Depot {}", n + 1),
            place: self.home(&format!("depot/{n}")),
            pickup: Span::minutes(5),
        };
        (0..self.scenario.fleet.depots).map(depot).collect()
    }
}
