//! What a day is made of: one TOML file, every field with a sensible default, unknown fields refused.

mod check;
mod read;
mod real;

pub use read::{ScenarioError, Wrong};
pub use real::{RealJob, RealTechnician, certificate, kind, moment};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A day in a city. Shares are of 1, hours are local and written 14.5 for half past two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Letters, digits and hyphens.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub about: String,
    /// How many days in a row are played; jobs called in on each of them count.
    #[serde(default = "one")]
    pub days: u32,
    /// Policies that are compared where the command line names none; the first is compared with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Seeds that are played where the command line names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// Where.
    #[serde(default)]
    pub city: CityOf,
    /// Who.
    #[serde(default)]
    pub fleet: Fleet,
    /// What is called in.
    #[serde(default)]
    pub demand: Demand,
    /// Parts.
    #[serde(default)]
    pub stock: Stock,
    /// What the dispatcher only estimates.
    #[serde(default)]
    pub truth: Truth,
    /// What things are worth to the dispatcher.
    #[serde(default)]
    pub policy: Rates,
    /// Service levels (emergency, urgent, standard, care) that differ from the built-in ones.
    #[serde(default)]
    pub level: std::collections::BTreeMap<String, Terms>,
    /// What goes wrong.
    #[serde(default)]
    pub event: Vec<Trouble>,
    /// The first day, as 2026-11-24; Tuesday 24 November 2026 where unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Technicians by name, instead of `fleet`'s.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub technician: Vec<RealTechnician>,
    /// Jobs by name, instead of `demand`'s.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub job: Vec<RealJob>,
}

/// Where the day is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CityOf {
    /// "embedded" for the city the program carries, else a `.roads` or `.osm.pbf` file, beside the scenario.
    pub roads: String,
    /// IANA zone; the city's own, or one by longitude, where empty.
    pub time_zone: String,
    /// Homes lie within so many km of the middle; everywhere where 0.
    pub radius_km: f64,
}

/// Who works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fleet {
    /// How many.
    pub technicians: usize,
    /// How many depots.
    pub depots: usize,
    /// Shares of the trades: cold, white, gas, fitter (everything but the second levels).
    pub cold: f64,
    /// Washing machines, dishwashers, ovens.
    pub white: f64,
    /// Boilers and hobs.
    pub gas: f64,
    /// Installations of all kinds.
    pub fitter: f64,
    /// Share of each trade that holds the second level of its licence.
    pub masters: f64,
    /// Share on the late shift.
    pub late: f64,
    /// First hours of the early shift.
    pub early_start: f64,
    /// First hour of the late shift.
    pub late_start: f64,
    /// Hours of a shift, its meal break of half an hour included.
    pub hours: f64,
    /// Where shifts begin and end.
    pub start: Start,
    /// Odds that a technician holds the product certificate of a brand, for each of the four brands.
    pub brands: f64,
    /// Spread of technicians' pace as a share of the usual; the dispatcher does not know it.
    pub pace_cv: f64,
}

/// What is called in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Demand {
    /// Calls a day, before what troubles add.
    pub jobs: usize,
    /// Relative rates of the 24 hours of the day at which calls come in.
    pub by_hour: Vec<f64>,
    /// Share with a target of half an hour.
    pub emergency: f64,
    /// Share with a target of two hours.
    pub urgent: f64,
    /// Share with a booked window of two hours, today; the rest is to be done within a day.
    pub booked: f64,
    /// Share of installations.
    pub install: f64,
    /// Share of maintenance.
    pub maintenance: f64,
    /// Share that lies in the busiest quarter.
    pub clustered: f64,
    /// Share called off before anybody comes.
    pub cancelled: f64,
    /// Share of booked customers who ask for another window.
    pub rescheduled: f64,
    /// Share that takes the product certificate of the appliance's brand besides the licences.
    pub branded: f64,
    /// Where calls come from, beyond `clustered`: shares of all calls; the rest as people live.
    pub quarter: Vec<Quarter>,
    /// Weights by appliance family, over the built-in ones.
    pub families: std::collections::BTreeMap<String, f64>,
}

/// Parts at the start of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stock {
    /// Odds that a van carries a part that its trade usually carries.
    pub van_fill: f64,
    /// Depots' usual stock times this.
    pub depot: f64,
    /// By part, over `depot` in depots and `van_fill` in vans: how much of the usual there is, from 0 to 1.
    pub parts: std::collections::BTreeMap<String, f64>,
    /// Hours of each day at which depots and vans are filled up to what they had at the start. Where there are
    /// none, they have enough at the start for all days.
    pub replenish: Vec<f64>,
}

/// What really happens. Laws are lognormal about what the dispatcher estimates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Truth {
    /// Spread of a leg as a share of it.
    pub travel_cv: f64,
    /// Mean of a leg against the estimate.
    pub travel_mean: f64,
    /// Spread of a service time as a share of it.
    pub service_cv: f64,
    /// Mean of a service time against the estimate.
    pub service_mean: f64,
    /// Odds that nobody opens.
    pub absent_customer: f64,
    /// Odds that a fault is another one of the family than said.
    pub misdiagnosed: f64,
    /// Minutes between two positions of a technician's device; none are sent where 0.
    pub positions: f64,
}

/// Exchange rates under test; the service's own where left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Minutes that a planned start may be off either way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lateness_margin: Option<f64>,
    /// Every level's rate of lateness times this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lateness_factor: Option<f64>,
    /// Paid seconds a second of travel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel_rate: Option<f64>,
    /// Paid seconds a second between call and start, for levels with a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_rate: Option<f64>,
    /// Paid seconds a second of lost waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_rate: Option<f64>,
    /// Times what a visit takes from coverage by theory, for policies that are about coverage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_factor: Option<f64>,
    /// How many wait elsewhere for coverage at a time, for policies that are about moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves_at_once: Option<u32>,
    /// Minutes of the longest way there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_drive: Option<f64>,
}

impl Rates {
    /// The service's policy with what is said here laid over it.
    pub fn policy(&self) -> crate::board::region::Policy {
        let usual = crate::board::region::Policy::default();
        let permille = |rate: Option<f64>, usual: u32| rate.map_or(usual, |r| (r * 1000.0).round() as u32);
        crate::board::region::Policy {
            lateness_margin: self
                .lateness_margin
                .map_or(usual.lateness_margin, |m| crate::units::Span((m * 60.0).round() as i64)),
            lateness_permille: permille(self.lateness_factor, usual.lateness_permille),
            travel_permille: permille(self.travel_rate, usual.travel_permille),
            response_permille: permille(self.response_rate, usual.response_permille),
            waiting_permille: permille(self.waiting_rate, usual.waiting_permille),
            coverage_permille: permille(self.coverage_factor, usual.coverage_permille),
            moves_at_once: self.moves_at_once.unwrap_or(usual.moves_at_once),
            move_drive: self
                .move_drive
                .map_or(usual.move_drive, |m| crate::units::Span((m * 60.0).round() as i64)),
            ..usual
        }
    }
}

/// Where shifts begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At home.
    Home,
    /// At a depot, evenly.
    Depot,
}

/// A part of the city that calls come from: an H3 cell, or a ring around a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarter {
    /// Share of all calls.
    pub share: f64,
    /// An H3 cell, of any resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The middle of the ring, longitude and latitude (WGS-84); where the most people live where unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<[f64; 2]>,
    /// From so many km.
    #[serde(default)]
    pub from_km: f64,
    /// To so many km; no end where unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_km: Option<f64>,
}

/// A service level's terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Minutes from call to arrival; none where 0.
    pub minutes: f64,
    /// Paid seconds a second of lateness; the built-in level's where unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness_rate: Option<f64>,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Trouble {
    /// Calls about one family come so many times as often between two hours.
    Surge {
        /// First hour.
        from: f64,
        /// Last hour.
        to: f64,
        /// How many times as often.
        factor: f64,
        /// Of this family.
        family: String,
    },
    /// So many more urgent calls within a km and a half of the busiest quarter in one hour.
    Storm {
        /// When.
        at: f64,
        /// How many calls.
        calls: usize,
    },
    /// A share of technicians does not come.
    Absence {
        /// The share.
        share: f64,
    },
    /// A share of technicians falls ill at an hour.
    Illness {
        /// When.
        at: f64,
        /// The share.
        share: f64,
    },
    /// A part must not be used any more from an hour on: it leaves depots and vans, visits that keep it are decided anew.
    Recall {
        /// When.
        at: f64,
        /// The part.
        part: String,
    },
    /// Devices of a share of technicians send no positions between two hours.
    PositionsLost {
        /// First hour.
        from: f64,
        /// Last hour.
        to: f64,
        /// The share.
        share: f64,
    },
}

fn one() -> u32 {
    1
}

impl Default for CityOf {
    fn default() -> CityOf {
        CityOf { roads: "embedded".into(), time_zone: String::new(), radius_km: 0.0 }
    }
}

impl Default for Fleet {
    fn default() -> Fleet {
        Fleet {
            technicians: 60,
            depots: 3,
            cold: 0.3,
            white: 0.3,
            gas: 0.3,
            fitter: 0.1,
            masters: 0.3,
            late: 0.25,
            early_start: 8.0,
            late_start: 13.0,
            hours: 9.0,
            start: Start::Home,
            brands: 0.0,
            pace_cv: 0.0,
        }
    }
}

impl Default for Demand {
    fn default() -> Demand {
        let by_hour = [
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 8.0, 9.0, 8.0, 7.0, 5.0, 5.0, 6.0, 6.0, 5.0, 4.0, 2.0,
            1.0, 0.0, 0.0, 0.0, 0.0,
        ];
        Demand {
            jobs: 300,
            by_hour: by_hour.to_vec(),
            emergency: 0.15,
            urgent: 0.25,
            booked: 0.5,
            install: 0.1,
            maintenance: 0.15,
            clustered: 0.2,
            cancelled: 0.03,
            rescheduled: 0.0,
            branded: 0.0,
            quarter: Vec::new(),
            families: Default::default(),
        }
    }
}

impl Default for Stock {
    fn default() -> Stock {
        Stock { van_fill: 0.86, depot: 1.0, parts: Default::default(), replenish: Vec::new() }
    }
}

impl Default for Truth {
    fn default() -> Truth {
        Truth {
            travel_cv: 0.2,
            travel_mean: 1.0,
            service_cv: 0.5,
            service_mean: 1.0,
            absent_customer: 0.03,
            misdiagnosed: 0.1,
            positions: 0.0,
        }
    }
}

impl Scenario {
    /// How many technicians there are, drawn or by name.
    pub fn crew(&self) -> usize {
        if self.technician.is_empty() { self.fleet.technicians } else { self.technician.len() }
    }

    /// Calls a day at most, drawn or by name, with what events add.
    pub fn calls_a_day(&self) -> usize {
        let jobs = if self.job.is_empty() { self.demand.jobs } else { self.job.len() };
        let more = |event: &Trouble| match event {
            Trouble::Storm { calls, .. } => *calls,
            Trouble::Surge { factor, .. } => (self.demand.jobs as f64 * (factor - 1.0).max(0.0)) as usize,
            Trouble::Absence { .. }
            | Trouble::Illness { .. }
            | Trouble::Recall { .. }
            | Trouble::PositionsLost { .. } => 0,
        };
        self.event.iter().map(more).fold(jobs, usize::saturating_add)
    }
}

/// The schema of scenarios, as JSON Schema: from the very types that are read.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Scenario);
    schema.insert("title".into(), "A scenario of callout simulate, as TOML".into());
    schema.to_value()
}
