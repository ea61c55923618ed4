//! What one more of anything is worth: technicians, certificates, kits, depots, and what may be chosen of them.

use super::super::classes::Class;
use super::super::measure::MOST_CLASSES;
use super::super::odds::GRADES;
use super::field::{Amount, Depot, Unit, steps};
use super::fleet::{Fleet, Member, equip, hours_of};
use super::menu::{Menu, Pattern, Pick, Profile, TECHNICIAN, better, sums};
use super::search::gains;
use crate::board::catalog::Requirement;
use crate::board::id::TechnicianId;
use crate::geo::Cell;
use crate::units::Span;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A shift's length where nobody has one, in minutes.
const SHIFT: u16 = 540;
/// Sets of certificates at most.
const PROFILES: usize = 24;
/// Handling at a depot that is not there yet.
const PICKUP: Span = Span::minutes(5);
/// Work that weighing depots may take, in units times layers times places.
const DEPOT_WORK: usize = 2_000_000;

/// What may be chosen, with what it stands for.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The numbers.
    pub menu: Menu,
    /// The certificates of each profile.
    pub certificates: Vec<Vec<Requirement>>,
}

/// Something that would add coverage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worth {
    /// What.
    pub what: Addition,
    /// What it adds.
    pub gain: Amount,
}

/// What may be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addition {
    /// A technician with all kits: where, on what shift, with which certificates.
    Technician {
        /// The cell.
        cell: Cell,
        /// The shift.
        pattern: Pattern,
        /// The certificates.
        certificates: Vec<Requirement>,
    },
    /// A certificate for somebody.
    Certificate {
        /// Who.
        technician: TechnicianId,
        /// Which.
        certificate: Requirement,
    },
    /// All that a class takes, on a van.
    Kit {
        /// Whose van.
        technician: TechnicianId,
        /// Number of the class.
        class: usize,
    },
    /// A depot that holds everything.
    Depot {
        /// The cell.
        cell: Cell,
    },
}

impl Choices {
    /// What may be chosen: at most `places` places; everybody's shifts, and the usual length from each second hour on;
    /// the certificates that classes ask for, alone and together, each level beyond the first at `certificate`
    /// thousandths of a technician.
    pub fn of(fleet: &Fleet, places: usize, certificate: u64) -> Choices {
        let (profiles, certificates) =
            profiles(fleet.basis.demand.classes(), certificate).into_iter().unzip();
        let menu = Menu { places: spread(fleet, places), patterns: patterns(fleet), profiles };
        Choices { menu, certificates }
    }

    /// A technician at a pick.
    pub fn technician(&self, fleet: &Fleet, pick: Pick) -> Addition {
        Addition::Technician {
            cell: fleet.basis.demand.grid().cells()[usize::from(self.menu.places[pick.place])],
            pattern: self.menu.patterns[pick.pattern],
            certificates: self.certificates[pick.profile].clone(),
        }
    }
}

/// Places spread over the region: of each group of cells the one with most calls, groups growing until there are no
/// more than `most`; then the cells with most calls.
fn spread(fleet: &Fleet, most: usize) -> Vec<u16> {
    let ground = fleet.field.ground();
    let mut calls = vec![0u64; ground.cells()];
    for layer in ground.layers() {
        calls.iter_mut().zip(&layer.rates).for_each(|(sum, rate)| *sum += u64::from(*rate));
    }
    let grid = fleet.basis.demand.grid();
    for resolution in (0..=grid.resolution()).rev() {
        let mut best: BTreeMap<Cell, (u64, std::cmp::Reverse<u16>)> = BTreeMap::new();
        for (number, cell) in (0u16..).zip(grid.cells()) {
            let this = (calls[usize::from(number)], std::cmp::Reverse(number));
            let group = Cell::of(cell.centre(), resolution);
            best.entry(group).and_modify(|b| *b = (*b).max(this)).or_insert(this);
        }
        if best.len() <= most.max(1) {
            let mut places: BTreeSet<u16> = best.into_values().map(|(_, number)| number.0).collect();
            // what room is left goes to where most is called in
            let mut all: Vec<u16> = (0..ground.cells() as u16).collect();
            all.sort_by_key(|cell| (std::cmp::Reverse(calls[usize::from(*cell)]), *cell));
            let more = all.into_iter().filter(|cell| !places.contains(cell)).take(most - places.len());
            let more: Vec<u16> = more.collect();
            places.extend(more);
            return places.into_iter().collect();
        }
    }
    vec![0]
}

fn patterns(fleet: &Fleet) -> Vec<Pattern> {
    let mut lengths: BTreeMap<u16, usize> = BTreeMap::new();
    let mut all: BTreeSet<(u16, u16)> = BTreeSet::new();
    for member in &fleet.basis.members {
        *lengths.entry(member.pattern.minutes).or_default() += 1;
        all.insert((member.pattern.start, member.pattern.minutes));
    }
    let usual = lengths.iter().max_by_key(|(_, n)| **n).map_or(SHIFT, |(minutes, _)| *minutes);
    let mut own: Vec<Pattern> = Vec::new();
    for member in &fleet.basis.members {
        if !own.contains(&member.pattern) && own.len() < 24 {
            own.push(member.pattern);
        }
    }
    let starts = (0..24).step_by(2).map(|h| h * 60).filter(|start| !all.contains(&(*start, usual)));
    let more = starts.map(|start| {
        // breaks are not at work, yet the shift is longer by them
        let hours = hours_of(start, usual + 30, fleet.basis.allowance);
        Pattern { start, minutes: usual, hours }
    });
    own.extend(more);
    let wanted = fleet.field.ground().hours().iter().fold(0u32, |bits, h| bits | 1 << h);
    own.retain(|p| p.hours & wanted != 0);
    own.sort_unstable();
    own
}

/// Sets of certificates that classes ask for, alone and in unions; none that another one makes needless.
fn profiles(classes: &[Class], certificate: u64) -> Vec<(Profile, Vec<Requirement>)> {
    let mut sets: BTreeSet<Vec<Requirement>> = classes.iter().map(|c| c.requirements.clone()).collect();
    let single: Vec<Vec<Requirement>> = sets.iter().cloned().collect();
    for _ in 0..single.len().min(4) {
        let had: Vec<Vec<Requirement>> = sets.iter().cloned().collect();
        for (a, b) in had.iter().flat_map(|a| single.iter().map(move |b| (a, b))) {
            sets.insert(union(a, b));
        }
        if sets.len() > 4 * PROFILES {
            break;
        }
    }
    sets.insert(single.iter().fold(Vec::new(), |all, one| union(&all, one)));
    let of = |set: Vec<Requirement>| {
        let does = |c: &Class| {
            c.requirements.iter().all(|r| set.iter().any(|s| s.kind == r.kind && s.min_level >= r.min_level))
        };
        let classes =
            classes.iter().enumerate().filter(|(_, c)| does(c)).fold(0, |bits, (at, _)| bits | 1 << at);
        let levels: u64 = set.iter().map(|r| u64::from(r.min_level)).sum();
        (Profile { classes, cost: TECHNICIAN + certificate * levels.saturating_sub(1) }, set)
    };
    let mut all: Vec<(Profile, Vec<Requirement>)> = sets.into_iter().map(of).collect();
    all.sort_by(|(a, x), (b, y)| (a.cost, !a.classes, x).cmp(&(b.cost, !b.classes, y)));
    let mut kept: Vec<(Profile, Vec<Requirement>)> = Vec::new();
    for (profile, set) in all {
        let needless = |(k, _): &(Profile, Vec<Requirement>)| k.classes | profile.classes == k.classes;
        if profile.classes != 0 && !kept.iter().any(needless) {
            kept.push((profile, set));
        }
    }
    // whoever can do most stays, whatever is dropped
    while kept.len() > PROFILES {
        kept.remove(PROFILES / 2);
    }
    kept
}

fn union(a: &[Requirement], b: &[Requirement]) -> Vec<Requirement> {
    let mut levels = BTreeMap::new();
    for r in a.iter().chain(b) {
        let level = levels.entry(r.kind.clone()).or_insert(r.min_level);
        *level = r.min_level.max(*level);
    }
    levels.into_iter().map(|(kind, min_level)| Requirement { kind, min_level }).collect()
}

/// What one more technician adds at each place, with the shift and certificates that add most for what they cost.
pub fn technicians(fleet: &Fleet, choices: &Choices) -> Vec<Worth> {
    let (menu, ground) = (&choices.menu, fleet.field.ground());
    let of = |place: usize| {
        let gains = gains(&fleet.field, menu.places[place]);
        let mut best: Option<(Pick, Amount)> = None;
        sums(menu, (ground.hours(), ground.classes()), &gains, |pattern, profile, gain| {
            let pick = Pick { place, pattern, profile };
            let beats = |(b, most): &(Pick, Amount)| better(gain, menu.cost(pick), *most, menu.cost(*b));
            if gain > 0 && best.as_ref().is_none_or(beats) {
                best = Some((pick, gain));
            }
        });
        best.map(|(pick, gain)| Worth { what: choices.technician(fleet, pick), gain })
    };
    let all: Vec<Option<Worth>> = (0..menu.places.len()).into_par_iter().map(of).collect();
    sorted(all.into_iter().flatten().collect())
}

/// What one more certificate adds for each technician: the levels that classes ask for.
pub fn certificates(fleet: &Fleet) -> Vec<Worth> {
    let classes = fleet.basis.demand.classes();
    let asked: BTreeSet<Requirement> = classes.iter().flat_map(|c| c.requirements.iter().cloned()).collect();
    let of = |m: &Member| -> Vec<Worth> {
        let lacks =
            |r: &&Requirement| !m.certificates.iter().any(|c| c.kind == r.kind && c.min_level >= r.min_level);
        let with = |r: &Requirement| {
            let held = union(&m.certificates, std::slice::from_ref(r));
            let does = |c: &Class| {
                let has =
                    |r: &Requirement| held.iter().any(|h| h.kind == r.kind && h.min_level >= r.min_level);
                c.requirements.iter().all(has)
            };
            let held: [u8; MOST_CLASSES] =
                std::array::from_fn(|c| u8::from(classes.get(c).is_some_and(does)));
            let gain = fleet.field.gain_of_change(&m.unit, &equip(m.unit, &held, &m.kit));
            Worth { what: Addition::Certificate { technician: m.id.clone(), certificate: r.clone() }, gain }
        };
        asked.iter().filter(lacks).map(with).collect()
    };
    sorted(fleet.basis.members.par_iter().flat_map_iter(of).collect())
}

/// What one more kit on each van adds: all that a class takes whose certificates its technician holds.
pub fn kits(fleet: &Fleet) -> Vec<Worth> {
    let of = |m: &Member| -> Vec<Worth> {
        let lacking = (0..fleet.basis.demand.classes().len()).filter(|c| m.unit.lacks[*c] > 0);
        let with = |class: usize| {
            let mut unit: Unit = m.unit;
            (unit.grade[class], unit.lacks[class]) = (GRADES, 0);
            let gain = fleet.field.gain_of_change(&m.unit, &unit);
            Worth { what: Addition::Kit { technician: m.id.clone(), class }, gain }
        };
        lacking.map(with).collect()
    };
    sorted(fleet.basis.members.par_iter().flat_map_iter(of).collect())
}

/// What one more depot that holds everything adds at each place. Vans fetch from it what they lack.
pub fn depots(fleet: &Fleet, places: usize) -> Vec<Worth> {
    let units: Vec<Unit> = fleet.basis.members.iter().map(|m| m.unit).collect();
    let each = units.len().max(1) * fleet.field.ground().layers().len();
    let cells = fleet.basis.demand.grid().cells();
    let of = |cell: &u16| {
        let depot = Depot { cell: *cell, holds: [GRADES; MOST_CLASSES], steps: steps(PICKUP) };
        let gain = fleet.field.gain_of_depot(&units, &depot);
        Worth { what: Addition::Depot { cell: cells[usize::from(*cell)] }, gain }
    };
    let most = places.min((DEPOT_WORK / each).max(8));
    // half of them where shifts start, since vans pass there; the rest where calls come from
    let starts: BTreeSet<u16> = units.iter().map(|u| u.cell).collect();
    let mut places: BTreeSet<u16> = starts.into_iter().take(most.div_ceil(2)).collect();
    places.extend(spread(fleet, most - places.len()));
    let places: Vec<u16> = places.into_iter().collect();
    sorted(places.par_iter().map(of).collect())
}

/// What adds most first; what adds nothing is left out.
fn sorted(mut all: Vec<Worth>) -> Vec<Worth> {
    all.retain(|w| w.gain > 0);
    all.sort_by_key(|w| std::cmp::Reverse(w.gain));
    all
}
