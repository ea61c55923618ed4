//! What is needed, as flags: shared by whoever asks for a visit.

use super::line::{pair, place, window};
use crate::demo::names::{self, Names};
use crate::geo::Point;
use crate::wire::v1::{self, JobKind};

/// A need.
#[derive(Debug, clap::Args)]
pub struct NeedArgs {
    /// Where, LON,LAT in degrees
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    at: Point,
    /// The datum of --at: wgs84, gcj02 or bd09
    #[arg(long, default_value = "wgs84", value_parser = ["wgs84", "gcj02", "bd09"])]
    datum: String,
    /// repair, install, maintenance, inspection or remote
    #[arg(long, value_parser = ["repair", "install", "maintenance", "inspection", "remote"])]
    kind: String,
    /// Service level
    #[arg(long)]
    level: String,
    /// Appliance family
    #[arg(long)]
    family: Option<String>,
    /// A likely fault, with its odds where not certain; may be repeated
    #[arg(long, value_name = "ID[=ODDS]", value_parser = pair)]
    fault: Vec<(String, Option<f64>)>,
    /// A part beyond the faults', with its count; may be repeated
    #[arg(long, value_name = "ID[=COUNT]", value_parser = pair)]
    part: Vec<(String, Option<f64>)>,
    /// A certificate beyond family's and faults', with its least level; may be repeated
    #[arg(long, value_name = "ID[=LEVEL]", value_parser = pair)]
    certificate: Vec<(String, Option<f64>)>,
    /// When the customer gives access; may be repeated
    #[arg(long, value_name = "START/END", value_parser = window)]
    access: Vec<v1::Window>,
    /// Minutes of work [default: from family and faults]
    #[arg(long)]
    minutes: Option<i64>,
    /// A technician the customer will not have; may be repeated
    #[arg(long, value_name = "ID")]
    exclude: Vec<String>,
    /// A visit without parts will do
    #[arg(long)]
    inspect_only: bool,
}

/// How a job that is taken is named, and the call with it.
#[derive(Debug, clap::Args)]
pub struct NameArgs {
    /// The id to give the job [default: the server's choice]
    #[arg(long, default_value = "")]
    pub id: String,
    /// Your own order number
    #[arg(long, default_value = "")]
    pub order: String,
    /// Makes a repeated call safe
    #[arg(long, value_name = "ID", default_value = "")]
    pub request_id: String,
}

impl NeedArgs {
    /// The message, with names of the region `parent`.
    pub fn message(&self, parent: &str) -> v1::Need {
        let names = Names::new(parent.trim_start_matches("regions/"));
        let kind = JobKind::from_str_name(&format!("JOB_KIND_{}", self.kind.to_uppercase()));
        let datum = v1::Datum::from_str_name(&format!("DATUM_{}", self.datum.to_uppercase()));
        let whole = |value: &Option<f64>| value.unwrap_or(1.0) as i32;
        v1::Need {
            kind: kind.unwrap_or_default().into(),
            place: Some(v1::Place { datum: datum.unwrap_or_default().into(), ..names::place(self.at) }),
            service_level: names.of("serviceLevels", &self.level),
            access_windows: self.access.clone(),
            appliance_family: self
                .family
                .as_ref()
                .map_or(String::new(), |f| names.of("applianceFamilies", f)),
            faults: self
                .fault
                .iter()
                .map(|(fault, odds)| v1::LikelyFault {
                    fault: names.of("faults", fault),
                    probability: odds.unwrap_or_default(),
                })
                .collect(),
            required_certifications: self
                .certificate
                .iter()
                .map(|(kind, level)| names.requirement((kind, whole(level))))
                .collect(),
            parts: self.part.iter().map(|(part, count)| names.count((part, whole(count)))).collect(),
            service_duration: self.minutes.map(names::minutes),
            inspect_only: self.inspect_only,
            excluded_technicians: self.exclude.iter().map(|t| names.technician(t)).collect(),
            ..Default::default()
        }
    }
}
