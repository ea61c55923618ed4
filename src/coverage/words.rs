//! Coverage in words: what a class takes, where it is thin.

use super::classes::{Class, Kit};
use super::live::Cover;
use super::measure::CALL;
use super::odds::ONE;
use crate::board::Board;
use crate::board::catalog::{Catalog, Requirement};
use crate::board::id::PartId;
use crate::geo::Cell;

/// Odds below this count as nobody being there.
const NOBODY: u32 = ONE / 20;

/// A cell where calls of a class are not covered as they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thin {
    /// Number of the class.
    pub class: usize,
    /// The cell.
    pub cell: Cell,
    /// The odds that somebody is there in time, in shares of [`ONE`].
    pub chance: u32,
    /// Calls an hour, in parts of [`CALL`].
    pub rate: u64,
    /// In words.
    pub words: String,
}

impl Cover {
    /// The cells where calls of a class are missed by more than `share` of [`ONE`], those that miss most calls
    /// first, at most `most`.
    pub fn thin(&self, board: &Board, share: u32, most: usize) -> Vec<Thin> {
        let measure = self.measure();
        let mut found = Vec::new();
        for class in 0..self.classes().len() {
            for (cell, rate) in measure.rates().of(class).iter().enumerate().filter(|(_, r)| **r > 0) {
                let chance = measure.chance(class, cell as u16);
                if ONE - chance > share {
                    found.push((u64::from(*rate) * u64::from(ONE - chance), class, cell, chance, *rate));
                }
            }
        }
        found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        found.truncate(most);
        let tell = |(_, class, cell, chance, rate): (u64, usize, usize, u32, u32)| {
            let at = self.grid().cells()[cell];
            let words = self.thin_words(board, &self.classes()[class], at, chance);
            Thin { class, cell: at, chance, rate: rate.into(), words }
        };
        found.into_iter().map(tell).collect()
    }

    fn thin_words(&self, board: &Board, class: &Class, cell: Cell, chance: u32) -> String {
        let (who, target) = (someone(&board.catalog, class), class.target);
        let hour = self.slot().hour;
        let when = format!("{hour:02}:00-{:02}:00", (hour + 1) % 24);
        if chance < NOBODY {
            format!("no {who} within {target} of {cell}, {when}")
        } else {
            let percent = u64::from(chance) * 100 / u64::from(ONE);
            format!("a {who} within {target} of {cell} in {percent} of 100 cases only, {when}")
        }
    }
}

/// Who can do a class: "gas-fitter-2-certified technician with an ignition kit".
pub fn someone(catalog: &Catalog, class: &Class) -> String {
    let held: Vec<String> = class.requirements.iter().map(certificate).collect();
    let who = if held.is_empty() {
        "technician".into()
    } else {
        format!("{}-certified technician", held.join(" and "))
    };
    match &class.kit {
        Kit::Parts(parts) => format!("{who} with {}", kit(catalog, parts)),
        Kit::Mixed(kits) if kits.iter().all(|(parts, _)| parts.is_empty()) => who,
        Kit::Mixed(_) if !class.carried => format!("{who} with parts that few carry"),
        Kit::Mixed(_) => format!("{who} with the usual parts"),
    }
}

/// A class in a few words: certificates and kit.
pub fn name(catalog: &Catalog, class: &Class) -> String {
    let held: Vec<String> = class.requirements.iter().map(certificate).collect();
    let held = if held.is_empty() { "no certificate".into() } else { held.join(" + ") };
    match &class.kit {
        Kit::Parts(parts) => format!("{held}, {}", kit(catalog, parts)),
        Kit::Mixed(kits) if kits.iter().all(|(parts, _)| parts.is_empty()) => held,
        Kit::Mixed(_) if !class.carried => format!("{held}, parts that few carry"),
        Kit::Mixed(_) => format!("{held}, usual parts"),
    }
}

/// The first level goes without saying.
fn certificate(r: &Requirement) -> String {
    if r.min_level > 1 { format!("{}-{}", r.kind, r.min_level) } else { r.kind.to_string() }
}

/// A kit of the catalogue by its name, other parts by theirs.
fn kit(catalog: &Catalog, parts: &[PartId]) -> String {
    let same = |k: &&crate::board::catalog::Kit| k.parts.iter().map(|p| &p.part).eq(parts);
    if let Some(kit) = catalog.kits.values().find(same) {
        return format!("the kit {:?}", kit.display_name);
    }
    let named = |part: &PartId| {
        let known = catalog.parts.get(part);
        known.map_or_else(|| part.to_string(), |p| p.display_name.to_lowercase())
    };
    let names: Vec<String> = parts.iter().map(named).collect();
    names.join(" and ")
}

/// Calls an hour with two digits after the point.
pub fn calls_an_hour(rate: u64) -> String {
    let hundredths = (rate * 100 + CALL / 2) / CALL;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
