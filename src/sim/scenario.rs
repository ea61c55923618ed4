//! What a day is made of: one TOML file, every field with a sensible default, unknown fields refused.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A day in a city. Shares are of 1, hours are local and written 14.5 for half past two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// What goes wrong.
    #[serde(default)]
    pub event: Vec<Trouble>,
}

/// Where the day is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

/// What is called in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Weights by appliance family, over the built-in ones.
    pub families: std::collections::BTreeMap<String, f64>,
}

/// Parts at the start of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stock {
    /// Odds that a van carries a part that its trade usually carries.
    pub van_fill: f64,
    /// Depots' usual stock times this.
    pub depot: f64,
}

/// What really happens. Laws are lognormal about what the dispatcher estimates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

/// Exchange rates under test; the service's own where left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
            ..usual
        }
    }
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// A part is taken from depots at an hour.
    Recall {
        /// When.
        at: f64,
        /// The part.
        part: String,
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
            families: Default::default(),
        }
    }
}

impl Default for Stock {
    fn default() -> Stock {
        Stock { van_fill: 0.86, depot: 1.0 }
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
        }
    }
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML of this form; line and column are in the text.
    #[error("{}: {source}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// A field makes no sense.
    #[error("{}: {}", path.display(), wrong.join("; "))]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Field path and what is wrong, one an entry.
        wrong: Vec<String>,
    },
}

impl Scenario {
    /// Reads and checks a scenario. A file of roads is looked for beside it.
    ///
    /// # Errors
    /// What is wrong, with the field's path.
    pub fn read(path: &Path) -> Result<Scenario, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::File { path: path.to_owned(), source })?;
        Scenario::parse(&text, path)
    }

    /// As [`Scenario::read`], of text that was read from `path`.
    ///
    /// # Errors
    /// As [`Scenario::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Scenario, ScenarioError> {
        let mut scenario: Scenario = toml::from_str(text)
            .map_err(|source| ScenarioError::Form { path: path.to_owned(), source: Box::new(source) })?;
        let wrong = scenario.wrong();
        if !wrong.is_empty() {
            return Err(ScenarioError::Wrong { path: path.to_owned(), wrong });
        }
        if scenario.city.roads != "embedded" {
            let beside = path.parent().unwrap_or(Path::new(".")).join(&scenario.city.roads);
            scenario.city.roads = beside.to_string_lossy().into_owned();
        }
        Ok(scenario)
    }

    /// All that makes no sense, as "field: what".
    #[allow(clippy::too_many_lines, reason = "a line a field")]
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |field: &str, fine: bool, what: &str| {
            if !fine {
                wrong.push(format!("{field}: {what}"));
            }
        };
        let id = !self.name.is_empty() && self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        check("name", id, "has to be letters, digits and hyphens");
        check("days", (1..=14).contains(&self.days), "is not in 1..14");
        let f = &self.fleet;
        check("fleet.technicians", (1..=20_000).contains(&f.technicians), "is not in 1..20000");
        check("fleet.depots", (1..=20).contains(&f.depots), "is not in 1..20");
        check("fleet.hours", (1.0..=16.0).contains(&f.hours), "is not in 1..16");
        for (field, hour) in [("fleet.early_start", f.early_start), ("fleet.late_start", f.late_start)] {
            check(field, (0.0..24.0).contains(&hour), "is not an hour of the day");
        }
        let trades = [f.cold, f.white, f.gas, f.fitter];
        check(
            "fleet.cold",
            trades.iter().all(|t| *t >= 0.0) && trades.iter().sum::<f64>() > 0.0,
            "trades have no shares",
        );
        let d = &self.demand;
        check("demand.jobs", d.jobs <= 100_000, "is over 100000");
        check("demand.by_hour", d.by_hour.len() == 24, "has to have 24 rates");
        let rates =
            d.by_hour.iter().all(|r| r.is_finite() && *r >= 0.0) && d.by_hour.iter().sum::<f64>() > 0.0;
        check("demand.by_hour", rates, "rates have to be numbers from 0, some over 0");
        check(
            "demand.booked",
            d.emergency + d.urgent + d.booked <= 1.0,
            "emergency, urgent and booked sum to more than 1",
        );
        check(
            "demand.install",
            d.install + d.maintenance <= 1.0,
            "install and maintenance sum to more than 1",
        );
        let shares = [
            ("fleet.masters", f.masters),
            ("fleet.late", f.late),
            ("demand.emergency", d.emergency),
            ("demand.urgent", d.urgent),
            ("demand.booked", d.booked),
            ("demand.install", d.install),
            ("demand.maintenance", d.maintenance),
            ("demand.clustered", d.clustered),
            ("demand.cancelled", d.cancelled),
            ("stock.van_fill", self.stock.van_fill),
            ("truth.absent_customer", self.truth.absent_customer),
            ("truth.misdiagnosed", self.truth.misdiagnosed),
        ];
        for (field, share) in shares {
            check(field, (0.0..=1.0).contains(&share), "is not a share of 0..1");
        }
        let t = &self.truth;
        let laws = [
            ("travel_cv", t.travel_cv, 0.0),
            ("travel_mean", t.travel_mean, 0.2),
            ("service_cv", t.service_cv, 0.0),
            ("service_mean", t.service_mean, 0.2),
        ];
        for (field, value, least) in laws {
            check(
                &format!("truth.{field}"),
                (least..=5.0).contains(&value),
                &format!("is not in {least}..5"),
            );
        }
        check("stock.depot", (0.0..=100.0).contains(&self.stock.depot), "is not in 0..100");
        let p = &self.policy;
        let rates = [
            p.lateness_margin,
            p.lateness_factor,
            p.travel_rate,
            p.response_rate,
            p.waiting_rate,
            p.coverage_factor,
        ];
        check(
            "policy",
            rates.iter().flatten().all(|r| (0.0..=240.0).contains(r)),
            "has a rate that is not in 0..240",
        );
        let family = |id: &String| crate::demo::catalog::faults::FAMILIES.iter().any(|f| f.id == id);
        for (id, weight) in &d.families {
            let field = format!("demand.families.{id}");
            check(&field, family(id), "is no appliance family");
            check(&field, weight.is_finite() && *weight >= 0.0, "is not a weight from 0");
        }
        for (i, trouble) in self.event.iter().enumerate() {
            if let Some((field, what)) = trouble.wrong(&family) {
                wrong.push(format!("event[{i}].{field}: {what}"));
            }
        }
        wrong
    }
}

impl Trouble {
    fn wrong(&self, family: &dyn Fn(&String) -> bool) -> Option<(&'static str, &'static str)> {
        let hour = |h: &f64| (0.0..=24.0).contains(h);
        let share = |s: &f64| (0.0..=1.0).contains(s);
        match self {
            Trouble::Surge { from, to, .. } if !hour(from) || !hour(to) || from >= to => {
                Some(("from", "from and to are not hours in order"))
            }
            Trouble::Surge { factor, .. } if !(1.0..=20.0).contains(factor) => {
                Some(("factor", "is not in 1..20"))
            }
            Trouble::Surge { family: id, .. } if !family(id) => Some(("family", "is no appliance family")),
            Trouble::Storm { at, .. } | Trouble::Illness { at, .. } | Trouble::Recall { at, .. }
                if !hour(at) =>
            {
                Some(("at", "is not an hour of the day"))
            }
            Trouble::Storm { calls, .. } if *calls > 10_000 => Some(("calls", "is over 10000")),
            Trouble::Absence { share: s } | Trouble::Illness { share: s, .. } if !share(s) => {
                Some(("share", "is not a share of 0..1"))
            }
            Trouble::Recall { part, .. }
                if !crate::demo::catalog::parts::PARTS.iter().any(|p| p.id == part) =>
            {
                Some(("part", "is no part of the catalogue"))
            }
            _ => None,
        }
    }
}
