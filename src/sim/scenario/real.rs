//! A day that was: jobs and technicians by name instead of drawn ones. `callout scenario import` writes them.

use super::Scenario;
use crate::city::catalog::faults::{FAMILIES, FAULTS};
use crate::city::catalog::{KINDS, LEVELS};
use crate::geo::Point;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A job that was called in. Moments are local, as 2026-11-24T09:30:00.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RealJob {
    /// Letters, digits and hyphens; each once.
    pub id: String,
    /// When it was called in.
    pub called: String,
    /// Longitude and latitude, WGS-84.
    pub at: [f64; 2],
    /// repair, install, maintenance or inspection.
    pub kind: String,
    /// The appliance family.
    pub family: String,
    /// What was said to be broken, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The service level.
    pub level: String,
    /// The window that was promised, first and last moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<[String; 2]>,
    /// Minutes that the dispatcher reckoned with; the catalogue's where unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// Minutes that it really took; drawn where unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<f64>,
    /// When it was called off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
}

/// A technician who worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RealTechnician {
    /// Letters, digits and hyphens; each once.
    pub id: String,
    /// Longitude and latitude of where shifts begin and end, WGS-84.
    pub at: [f64; 2],
    /// Kinds with levels, as "gas-fitter:2"; level 1 where none is said.
    pub certificates: Vec<String>,
    /// First and last moment of each shift.
    pub shifts: Vec<[String; 2]>,
}

/// A certificate as it is written: kind and level.
pub fn certificate(said: &str) -> Option<(&str, u8)> {
    let (kind, level) = said.split_once(':').unwrap_or((said, "1"));
    let level = level.parse().ok().filter(|l| (1..=9).contains(l))?;
    KINDS.iter().any(|k| k.0 == kind).then_some((kind, level))
}

/// Seconds since 1970 of a local moment.
pub fn moment(said: &str, zone: &TimeZone) -> Option<i64> {
    let local: DateTime = said.parse().ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp().as_second())
}

impl Scenario {
    /// The first day, where the scenario names one.
    pub fn first_day(&self) -> Option<Date> {
        self.date.as_ref().and_then(|d| d.parse().ok())
    }

    /// What makes no sense of the jobs and technicians by name.
    pub(super) fn wrong_real(&self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut check = |field: String, fine: bool, what: &str| {
            if !fine {
                wrong.push((field, what.to_owned()));
            }
        };
        check("date".into(), self.date.is_none() || self.first_day().is_some(), "is no date as 2026-11-24");
        let named = !self.job.is_empty() || !self.technician.is_empty();
        check("date".into(), !named || self.date.is_some(), "has to be set for jobs and technicians by name");
        let local = |said: &String| said.parse::<DateTime>().is_ok();
        let place = |[lon, lat]: [f64; 2]| Point::from_degrees(lon, lat).is_some();
        let is_id = |id: &str| {
            (1..=63).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        const MOMENT: &str = "is no moment as 2026-11-24T09:30:00";
        let mut seen = std::collections::BTreeSet::new();
        for (i, j) in self.job.iter().enumerate() {
            let at = |field: &str| format!("job[{i}].{field}");
            check(at("id"), is_id(&j.id), "has to be letters, digits and hyphens");
            check(at("id"), seen.insert(&j.id), "stands there twice");
            check(at("called"), local(&j.called), MOMENT);
            check(at("at"), place(j.at), "is no longitude and latitude");
            check(at("kind"), kind(&j.kind).is_some(), "is none of repair, install, maintenance, inspection");
            check(at("family"), FAMILIES.iter().any(|f| f.id == j.family), "is no appliance family");
            let fault = |f: &String| FAULTS.iter().any(|known| known.id == f && known.family == j.family);
            check(at("fault"), j.fault.as_ref().is_none_or(fault), "is no fault of the family");
            check(at("level"), LEVELS.iter().any(|l| l.0 == j.level), "is no service level");
            let window = j.promised.as_ref().is_none_or(|[a, b]| local(a) && local(b) && a < b);
            check(at("promised"), window, "are no two moments in order");
            let minutes = |m: Option<f64>| m.is_none_or(|m| (1.0..=1_440.0).contains(&m));
            check(at("estimate"), minutes(j.estimate), "is not in 1..1440");
            check(at("took"), minutes(j.took), "is not in 1..1440");
            check(at("cancelled"), j.cancelled.as_ref().is_none_or(local), MOMENT);
        }
        let mut seen = std::collections::BTreeSet::new();
        for (i, t) in self.technician.iter().enumerate() {
            let at = |field: &str| format!("technician[{i}].{field}");
            check(at("id"), is_id(&t.id), "has to be letters, digits and hyphens");
            check(at("id"), seen.insert(&t.id), "stands there twice");
            check(at("at"), place(t.at), "is no longitude and latitude");
            let known = t.certificates.iter().all(|c| certificate(c).is_some());
            check(
                at("certificates"),
                known,
                "names a kind that the catalogue does not know, or a level not in 1..9",
            );
            let shifts = t.shifts.iter().all(|[a, b]| local(a) && local(b) && a < b);
            check(at("shifts"), shifts, "are not pairs of moments in order");
        }
        wrong
    }
}

/// A kind of job by its word.
pub fn kind(said: &str) -> Option<crate::board::job::JobKind> {
    use crate::board::job::JobKind;
    Some(match said {
        "repair" => JobKind::Repair,
        "install" => JobKind::Install,
        "maintenance" => JobKind::Maintenance,
        "inspection" => JobKind::Inspection,
        _ => return None,
    })
}
