//! What is called in, where and when: counts that the demand model is smoothed from.
//!
//! Every job called in that takes a visit is counted, by what it takes, cell and hour of the week. Hours are UTC's:
//! the board knows no zone, who reads the counts lays the region's clock over them. An hour's calls count once the
//! next call of a later hour comes in, so what is counted is always whole hours and stands still within one. Each week
//! that ends leaves 15/16 of what was counted, calls and hours alike: half of the weight lies on the last eleven weeks.

use super::catalog::Requirement;
use super::id::{LevelId, Location, PartId};
use super::job::{Demand, Need};
use crate::geo::Cell;
use crate::units::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hours of a week; the first begins on Monday at 00:00 UTC.
pub const HOURS: usize = 168;
/// A call, or an hour, before anything is forgotten.
pub const WHOLE: u32 = 1024;
/// What is less than a sixteenth of a call is forgotten.
const LEAST: u32 = WHOLE / 16;
/// Weeks after which nothing is left.
const FORGOTTEN: i64 = 200;
/// Most kinds that are told apart; calls of more are counted without their parts, or not at all.
const MOST_KINDS: usize = 4_096;

/// What a call takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    /// The service level.
    pub level: LevelId,
    /// Certificates; sorted.
    pub requirements: Vec<Requirement>,
    /// Parts that are most likely needed; sorted.
    pub kit: Vec<PartId>,
}

/// All that was counted in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    kinds: Vec<Kind>,
    #[serde(with = "rows")]
    counts: BTreeMap<(u32, Cell, u8), u32>,
    /// How often each hour of the week was seen; empty before the first call.
    seen: Vec<u32>,
    /// The hour since 1970 that is being counted.
    hour: i64,
    /// Its calls.
    fresh: Vec<(u32, Cell)>,
    /// By kind: whether its kit was on vans when the hour began.
    #[serde(default)]
    carried: Vec<bool>,
}

/// Rates of demand as a planner gives them, in place of what is learned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// A row a kind and place.
    pub rates: Vec<GivenRate>,
}

/// Calls of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenRate {
    /// What they take.
    pub kind: Kind,
    /// Where they come from, evenly; all over the region where empty.
    pub cells: Vec<Cell>,
    /// Thousandths of a call an hour from all those cells together, by hour of the region's clock: on weekdays, on
    /// weekends.
    pub milli: [[u32; 24]; 2],
}

impl Kind {
    /// What a job takes; `None` where nobody has to go.
    pub fn of(need: &Need, demand: &Demand) -> Option<Kind> {
        let kit = demand.parts.iter().map(|p| p.part.clone()).collect();
        let (level, requirements) = (need.level.clone(), demand.requirements.clone());
        need.takes_a_visit().then_some(Kind { level, requirements, kit })
    }
}

impl Calls {
    /// Takes a call in; says whether an hour was over with it.
    pub fn count(&mut self, kind: Option<Kind>, cell: Cell, now: Time) -> bool {
        let Some(kind) = kind.and_then(|kind| self.number(kind)) else { return false };
        let hour = now.0.div_euclid(3600);
        if self.seen.is_empty() {
            (self.seen, self.hour) = (vec![0; HOURS], hour);
        }
        let over = hour > self.hour;
        if over {
            self.settle(hour);
        }
        self.fresh.push((kind, cell));
        over
    }

    /// Takes note of whose kits are on vans: what a kind takes that few carry has to be fetched.
    pub fn note_carried(&mut self, on_vans: impl Fn(&Kind) -> bool) {
        self.carried = self.kinds.iter().map(on_vans).collect();
    }

    /// Whether the kit of a kind was on vans when the hour began.
    pub fn carried(&self, kind: u32) -> bool {
        self.carried.get(kind as usize).copied().unwrap_or(true)
    }

    /// Counts what was called in before `hour`.
    fn settle(&mut self, hour: i64) {
        let of_week = hour_of_week(self.hour);
        for (kind, cell) in std::mem::take(&mut self.fresh) {
            *self.counts.entry((kind, cell, of_week)).or_default() += WHOLE;
        }
        let weeks = week(hour) - week(self.hour);
        if weeks > FORGOTTEN {
            *self = Calls {
                hour,
                seen: vec![0; HOURS],
                kinds: std::mem::take(&mut self.kinds),
                ..Calls::default()
            };
            return;
        }
        while self.hour < hour {
            self.seen[usize::from(hour_of_week(self.hour))] += WHOLE;
            self.hour += 1;
            if hour_of_week(self.hour) == 0 {
                self.fade();
            }
        }
    }

    fn fade(&mut self) {
        let less = |n: &mut u32| *n = *n / 16 * 15 + *n % 16 * 15 / 16;
        self.seen.iter_mut().for_each(less);
        self.counts.retain(|_, n| {
            less(n);
            *n >= LEAST
        });
    }

    fn number(&mut self, mut kind: Kind) -> Option<u32> {
        let at = |kinds: &[Kind], kind: &Kind| kinds.iter().position(|k| k == kind);
        if at(&self.kinds, &kind).is_none() && self.kinds.len() >= MOST_KINDS {
            kind.kit.clear();
        }
        let found = at(&self.kinds, &kind).or_else(|| {
            (self.kinds.len() < MOST_KINDS).then(|| {
                self.kinds.push(kind);
                self.kinds.len() - 1
            })
        });
        found.map(|n| n as u32)
    }

    /// The kinds by number.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Counts by kind, cell and hour of the week, in parts of [`WHOLE`].
    pub fn counts(&self) -> impl Iterator<Item = (u32, Cell, u8, u32)> + '_ {
        self.counts.iter().map(|((kind, cell, hour), n)| (*kind, *cell, *hour, *n))
    }

    /// How often an hour of the week was seen, in parts of [`WHOLE`].
    pub fn seen(&self, hour: u8) -> u32 {
        self.seen.get(usize::from(hour)).copied().unwrap_or(0)
    }

    /// What is counted stands still while this does: the hour since 1970 that is being counted.
    pub fn until(&self) -> i64 {
        self.hour
    }
}

/// How many technicians are asked what they carry.
const ASKED: usize = 64;

impl super::Board {
    /// Takes note of which kits are on vans: where one in five of those who hold the certificates has all of it free.
    pub fn note_carried(&mut self) {
        let step = self.technicians.len().div_ceil(ASKED).max(1);
        let (technicians, stock) = (&self.technicians, &self.stock);
        let asked: Vec<_> =
            technicians.values().step_by(step).map(|t| (t, Location::Van(t.id.clone()))).collect();
        self.calls.note_carried(|kind| {
            let able = asked.iter().filter(|(t, _)| kind.requirements.iter().all(|r| t.holds(r)));
            let (mut all, mut with) = (0, 0);
            for (_, van) in able {
                all += 1;
                with += u32::from(kind.kit.iter().all(|part| stock.free(van, part) > 0));
            }
            with * 5 >= all
        });
    }
}

/// The hour of the week of an hour since 1970, which began on a Thursday.
pub fn hour_of_week(hour: i64) -> u8 {
    (hour + 72).rem_euclid(HOURS as i64) as u8
}

fn week(hour: i64) -> i64 {
    (hour + 72).div_euclid(HOURS as i64)
}

/// Counts are written as rows: map keys that are not strings have no place in JSON.
mod rows {
    use super::{BTreeMap, Cell};
    use serde::{Deserialize, Deserializer, Serializer};

    type Counts = BTreeMap<(u32, Cell, u8), u32>;

    pub fn serialize<S: Serializer>(counts: &Counts, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(counts.iter().map(|((kind, cell, hour), n)| (kind, cell, hour, n)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Counts, D::Error> {
        let rows = Vec::<(u32, Cell, u8, u32)>::deserialize(d)?;
        Ok(rows.into_iter().map(|(kind, cell, hour, n)| ((kind, cell, hour), n)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Point;

    fn kind(level: &str) -> Option<Kind> {
        Some(Kind { level: level.into(), requirements: Vec::new(), kit: Vec::new() })
    }

    #[test]
    fn hours_count_when_they_are_over_and_weeks_fade() {
        let cell = Cell::of(Point::from_degrees(9.19, 45.46).unwrap(), 8);
        let mut calls = Calls::default();
        // 1970-01-05 was a Monday
        let monday = 4 * 24;
        assert_eq!((hour_of_week(monday), hour_of_week(monday - 1)), (0, 167));
        let at = |hour: i64| Time(hour * 3600 + 60);
        calls.count(kind("a"), cell, at(monday + 9));
        calls.count(kind("a"), cell, at(monday + 9));
        calls.count(None, cell, at(monday + 9));
        assert_eq!(calls.counts().count(), 0, "the hour is not over");
        calls.count(kind("b"), cell, at(monday + 12));
        assert_eq!(calls.counts().collect::<Vec<_>>(), [(0, cell, 9, 2 * WHOLE)]);
        assert_eq!([8, 9, 10, 11, 12].map(|h| calls.seen(h)), [0, WHOLE, WHOLE, WHOLE, 0]);
        // a week later what was counted has faded once, and text brings it back
        calls.count(kind("a"), cell, at(monday + HOURS as i64 + 1));
        assert_eq!(calls.seen(9), WHOLE / 16 * 15);
        assert_eq!(calls.counts().next().unwrap().3, WHOLE / 16 * 15 * 2);
        let text = serde_json::to_string(&calls).unwrap();
        assert_eq!(serde_json::from_str::<Calls>(&text).unwrap(), calls);
        // and after years nothing is left
        calls.count(kind("a"), cell, at(monday + 1000 * HOURS as i64));
        assert_eq!((calls.counts().count(), calls.seen(9), calls.kinds().len()), (0, 0, 2));
    }
}
