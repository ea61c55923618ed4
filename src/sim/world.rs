//! The world of a scenario, drawn from a seed: the board as it opens, who comes to work, what is called in,
//! and what is true of each job. Entity by entity, so that another technician changes no other draw.

use super::catalog::entries;
use super::scenario::{Scenario, Trouble};
use super::truth::lognormal;
use crate::board::catalog::PartCount;
use crate::board::command::NewJob;
use crate::board::event::StockLine;
use crate::board::fleet::{Break, Certification, Depot, Shift, Technician, Window};
use crate::board::id::{JobId, Location, PartId, TechnicianId};
use crate::board::job::{Customer, JobKind, LikelyFault, Need};
use crate::board::region::{Network, NetworkKind, Region};
use crate::board::{Board, Command};
use crate::demo::catalog::faults::{FAMILIES, FAULTS, FamilyRow, FaultRow, family_of};
use crate::demo::catalog::parts::{Carried, KITS, PARTS, Shelf, Trade};
use crate::demo::chance::Chance;
use crate::demo::city::{City, SNAP_CAP_METRES};
use crate::demo::day::Day;
use crate::geo::Point;
use crate::plan::Travel;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

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
}

/// Something that befalls the region.
#[derive(Clone, Debug)]
pub enum Blow {
    /// A technician falls ill.
    Ill(TechnicianId),
    /// A part is taken from every depot.
    Recalled(PartId),
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
    /// The place of a scenario; `scratch` is a directory for the embedded extract.
    ///
    /// # Errors
    /// In words, where roads or zone cannot be used.
    pub fn open(scenario: &Scenario, scratch: &std::path::Path) -> Result<Place, String> {
        let zone = Some(scenario.city.time_zone.as_str()).filter(|z| !z.is_empty());
        let city = match scenario.city.roads.as_str() {
            "embedded" => City::embedded(scratch, zone),
            file => City::from_file(std::path::Path::new(file), zone),
        };
        let city = city.map_err(|e| e.to_string())?;
        let day = Day::in_zone(&city.time_zone).map_err(|e| e.to_string())?;
        let travel = city.travel();
        Ok(Place { city, day, travel })
    }
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
        opens: Time(place.day.at(5.0)),
        present,
        calls,
        blows: Vec::new(),
        chance,
        truth: scenario.truth.clone(),
    };
    world.blows = maker.blows(&world);
    world
}

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
        let opens = self.at(0, 5.0);
        let mut board = Board::new(self.region(opens));
        let depots = self.depots();
        let technicians: Vec<Technician> =
            (0..self.scenario.fleet.technicians).map(|n| self.technician(n)).collect();
        let lines = self.stock(&depots, technicians.len());
        let mut commands = vec![Command::Import(entries()), Command::AddTechnicians(technicians)];
        commands.extend(depots.into_iter().map(Command::AddDepot));
        commands.push(Command::AdjustStock { lines, reason: "opening".into() });
        for command in commands {
            let step = board.decide(opens, &command, &self.place.travel).expect("a drawn world is sound");
            step.events.iter().for_each(|e| board.apply(e, opens));
        }
        board
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
        let home = self.home(&id);
        let trade = self.trade(n);
        let level = 1 + u8::from(self.chance.hits(&id, "master", self.scenario.fleet.masters));
        let mut held = vec![("electrician", if trade == Trade::Fitter { 2 } else { level })];
        match trade {
            Trade::Cold => held.push(("refrigerant", level)),
            Trade::Gas => held.push(("gas-fitter", level)),
            Trade::Fitter => held.extend([("refrigerant", 1), ("gas-fitter", 1)]),
            Trade::White => {}
        }
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
        let meal = Window::new(self.at(day, start + 3.5), self.at(day, start + 6.0)).expect("in order");
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

    fn stock(&self, depots: &[Depot], technicians: usize) -> Vec<StockLine> {
        let mut lines = Vec::new();
        let days = f64::from(self.scenario.days);
        for part in &PARTS {
            for (n, depot) in depots.iter().enumerate() {
                let here = match part.shelf {
                    Shelf::All => true,
                    Shelf::Only(one) => one % depots.len() == n,
                    Shelf::Nowhere => false,
                };
                let scale = (technicians as f64 / 40.0).max(1.0) * days * self.scenario.stock.depot;
                let delta = (f64::from(part.depot_count) * scale).round() as i32;
                if here && delta > 0 {
                    let location = Location::Depot(depot.id.clone());
                    lines.push(StockLine { location, part: part.id.into(), delta });
                }
            }
        }
        for n in 0..technicians {
            let (id, trade) = (format!("t{:04}", n + 1), self.trade(n));
            let carries = |c: Carried| match c {
                Carried::All => true,
                Carried::By(by) => by == trade || trade == Trade::Fitter,
                Carried::Nobody => false,
            };
            for part in PARTS.iter().filter(|p| carries(p.carried)) {
                if self.chance.hits(&id, part.id, self.scenario.stock.van_fill) {
                    let delta = self.chance.between(&id, part.name, 1, 4) as i32 * self.scenario.days as i32;
                    let location = Location::Van(id.as_str().into());
                    lines.push(StockLine { location, part: part.id.into(), delta });
                }
            }
        }
        lines
    }

    fn calls(&self, board: &Board) -> Vec<Call> {
        let mut calls = Vec::new();
        for day in 0..self.scenario.days {
            for n in 0..self.scenario.demand.jobs {
                let id = format!("j{day}-{n:05}");
                calls.push(self.call(board, &id, day, &Wish::default()));
            }
            for (k, trouble) in self.scenario.event.iter().enumerate() {
                self.troubled(board, day, k, trouble, &mut calls);
            }
        }
        calls
    }

    fn troubled(&self, board: &Board, day: u32, k: usize, trouble: &Trouble, calls: &mut Vec<Call>) {
        match trouble {
            Trouble::Surge { from, to, factor, family } => {
                let d = &self.scenario.demand;
                let rate: f64 = d.by_hour.iter().sum();
                let within = (0..24).filter(|h| f64::from(*h) >= *from && f64::from(*h) < *to);
                let share = within.map(|h| d.by_hour[h as usize]).sum::<f64>() / rate;
                let weights: f64 = FAMILIES.iter().map(|f| self.weight(f)).sum();
                let weight = self.weight(family_of(family)) / weights;
                let extra = (d.jobs as f64 * share * weight * (factor - 1.0)).round() as usize;
                let wish = Wish { family: Some(family), hours: Some([*from, *to]), ..Wish::default() };
                calls
                    .extend((0..extra).map(|n| self.call(board, &format!("j{day}-s{k}-{n:05}"), day, &wish)));
            }
            Trouble::Storm { at, calls: n } => {
                let wish = Wish { hours: Some([*at, at + 1.0]), near: true, urgent: true, ..Wish::default() };
                calls.extend((0..*n).map(|n| self.call(board, &format!("j{day}-w{k}-{n:05}"), day, &wish)));
            }
            Trouble::Absence { .. } | Trouble::Illness { .. } | Trouble::Recall { .. } => {}
        }
    }

    fn weight(&self, family: &FamilyRow) -> f64 {
        self.scenario.demand.families.get(family.id).copied().unwrap_or(family.weight)
    }

    fn moment(&self, id: &str, day: u32, wish: &Wish<'_>) -> Time {
        if let Some([from, to]) = wish.hours {
            return Time(self.chance.between(id, "call", self.at(day, from).0, self.at(day, to).0));
        }
        let rates: Vec<f64> = self.scenario.demand.by_hour.clone();
        let hour = self.chance.weigh(id, "hour", &rates, |r| *r);
        Time(self.chance.between(id, "call", self.at(day, hour as f64).0, self.at(day, hour as f64 + 1.0).0))
    }

    pub(super) fn call(&self, board: &Board, id: &str, day: u32, wish: &Wish<'_>) -> Call {
        let (chance, d) = (self.chance, &self.scenario.demand);
        let at = self.moment(id, day, wish);
        let near = wish.near || chance.hits(id, "clustered", d.clustered);
        let home = match near {
            true => self.place.city.home_near(chance, id, self.middle, 1500.0),
            false => self.home(id),
        };
        let family = match wish.family {
            Some(family) => family_of(family),
            None => &FAMILIES[chance.weigh(id, "family", &FAMILIES, |f| self.weight(f))],
        };
        let kind = match chance.unit(id, "kind") {
            u if u < d.install => JobKind::Install,
            u if u < d.install + d.maintenance => JobKind::Maintenance,
            _ => JobKind::Repair,
        };
        let class = match chance.unit(id, "class") {
            _ if wish.urgent => Class::Urgent,
            u if u < d.emergency => Class::Emergency,
            u if u < d.emergency + d.urgent => Class::Urgent,
            u if u < d.emergency + d.urgent + d.booked => Class::Booked,
            _ => Class::Standard,
        };
        let class = if kind != JobKind::Repair && class < Class::Booked { Class::Standard } else { class };
        let (need, parts, estimate) = self.need(board, id, at, (family, kind, class), home);
        let law = &self.scenario.truth;
        let mean = Span((estimate.0 as f64 * law.service_mean) as i64);
        let cancelled = chance.hits(id, "cancelled", d.cancelled);
        Call {
            at,
            job: NewJob { id: JobId::from(id), order_number: None, need, customer: Customer::default() },
            service: lognormal(chance, id, "service", mean, law.service_cv),
            parts,
            absent: chance.hits(id, "nobody home", law.absent_customer),
            cancelled: cancelled.then(|| Time(chance.between(id, "called off", at.0 + 300, at.0 + 7200))),
        }
    }

    /// The need as it is told, the parts it really takes, and how long it is thought to take.
    fn need(
        &self,
        board: &Board,
        id: &str,
        at: Time,
        (family, kind, class): (&FamilyRow, JobKind, Class),
        place: Point,
    ) -> (Need, Vec<PartCount>, Span) {
        let chance = self.chance;
        let faults: Vec<&FaultRow> =
            FAULTS.iter().filter(|f| f.family == family.id && f.weight > 0.0).collect();
        let mut need = Need {
            kind,
            place,
            level: class.level().into(),
            access: Vec::new(),
            promised: None,
            family: Some(family.id.into()),
            faults: Vec::new(),
            requirements: Vec::new(),
            parts: Vec::new(),
            kits: Vec::new(),
            service: None,
            inspect_only: false,
            warranty: false,
            wishes: Default::default(),
            excluded: Vec::new(),
        };
        let mut really: BTreeMap<PartId, u32> = BTreeMap::new();
        match kind {
            JobKind::Repair if !faults.is_empty() => {
                let said = faults[chance.weigh(id, "fault", &faults, |f| f.weight)];
                let wrong = chance.hits(id, "misdiagnosed", self.scenario.truth.misdiagnosed);
                let other = faults[chance.weigh(id, "other fault", &faults, |f| f.weight)];
                let truly = if wrong { other } else { said };
                need.faults.push(LikelyFault { fault: said.id.into(), ppm: 850_000 });
                for (part, count, odds) in truly.odds {
                    if chance.hits(id, part, *odds) {
                        really.insert((*part).into(), *count as u32);
                    }
                }
            }
            _ => {
                let kit = family.kits[usize::from(kind == JobKind::Maintenance)];
                if let Some((id, _, contents)) = KITS.iter().find(|k| k.0 == kit) {
                    need.kits.push((*id).into());
                    really.extend(contents.iter().map(|(part, n)| ((*part).into(), *n as u32)));
                }
            }
        }
        if class == Class::Booked {
            need.promised = Some(self.window(id, at));
        }
        let demand =
            crate::board::decide::resolve(board, &need, at).expect("the catalogue holds what is named");
        let parts = really.into_iter().map(|(part, count)| PartCount { part, count }).collect();
        (need, parts, demand.service)
    }

    /// A window of two hours on the even hours from 8 to 18, today if it is still early enough, else tomorrow.
    fn window(&self, id: &str, at: Time) -> Window {
        let fits = |day: u32| {
            let starts = [8.0, 10.0, 12.0, 14.0, 16.0].map(|h| self.at(day, h));
            starts.into_iter().filter(|s| *s >= at + Span::hours(1)).collect::<Vec<Time>>()
        };
        let day = ((at.0 - self.place.day.midnight()) / 86_400) as u32;
        let today = fits(day);
        let list = if today.is_empty() { fits(day + 1) } else { today };
        let start = *self.chance.pick(id, "window", &list);
        Window { start, end: start + Span::hours(2) }
    }

    fn blows(&self, world: &World) -> Vec<(Time, Blow)> {
        let mut blows = Vec::new();
        for (k, trouble) in self.scenario.event.iter().enumerate() {
            match trouble {
                Trouble::Illness { at, share } => {
                    let ill = world
                        .present
                        .iter()
                        .filter(|t| self.chance.hits(t.as_str(), &format!("ill/{k}"), *share));
                    blows.extend(ill.map(|t| (self.at(0, *at), Blow::Ill(t.clone()))));
                }
                Trouble::Recall { at, part } => {
                    blows.push((self.at(0, *at), Blow::Recalled(part.as_str().into())));
                }
                Trouble::Surge { .. } | Trouble::Storm { .. } | Trouble::Absence { .. } => {}
            }
        }
        blows.sort_by_key(|b| b.0);
        blows
    }
}

/// What a trouble wishes of a call beyond the usual draws.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish<'a> {
    family: Option<&'a str>,
    hours: Option<[f64; 2]>,
    near: bool,
    urgent: bool,
}

/// What was agreed with the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Emergency,
    Urgent,
    Booked,
    Standard,
}

impl Class {
    fn level(self) -> &'static str {
        match self {
            Class::Emergency => "emergency",
            Class::Urgent => "urgent",
            Class::Booked => "standard",
            Class::Standard => "standard",
        }
    }
}
