//! Real days from CSV: a mapping says which column is what, in which zone, with which datum; every row that cannot
//! be read is told by file, line and column.

use super::scenario::{RealJob, RealTechnician, Scenario, certificate, kind};
use crate::city::catalog::LEVELS;
use crate::city::catalog::faults::{FAMILIES, FAULTS};
use crate::geo::{Datum, Point};
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;

/// How the columns of two files are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The scenario's name.
    pub name: String,
    /// IANA zone of all moments.
    pub time_zone: String,
    /// A `.roads` or `.osm.pbf` file beside the scenario, or "embedded".
    pub roads: String,
    /// wgs-84, gcj-02 or bd-09.
    #[serde(default = "wgs")]
    pub datum: String,
    /// How moments are written, in the signs of strftime.
    #[serde(default = "usual")]
    pub moments: String,
    /// What separates columns.
    #[serde(default = "comma")]
    pub separator: char,
    /// The jobs' columns.
    pub jobs: Jobs,
    /// The technicians' columns.
    pub technicians: Technicians,
}

/// The jobs' columns by header. What has no column is `usual`'s, or is left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// The number.
    pub id: String,
    /// When it was called in.
    pub called: String,
    /// Degrees east.
    pub longitude: String,
    /// Degrees north.
    pub latitude: String,
    /// repair, install, maintenance or inspection.
    #[serde(default)]
    pub kind: Option<String>,
    /// The appliance family.
    #[serde(default)]
    pub family: Option<String>,
    /// The fault.
    #[serde(default)]
    pub fault: Option<String>,
    /// The service level.
    #[serde(default)]
    pub level: Option<String>,
    /// Begin of the promised window.
    #[serde(default)]
    pub promised_from: Option<String>,
    /// Its end.
    #[serde(default)]
    pub promised_until: Option<String>,
    /// Minutes reckoned with.
    #[serde(default)]
    pub estimate: Option<String>,
    /// Minutes it took.
    #[serde(default)]
    pub took: Option<String>,
    /// When it was called off.
    #[serde(default)]
    pub cancelled: Option<String>,
    /// What is taken where a cell is empty or there is no column: kind, family, level, fault.
    #[serde(default)]
    pub usual: BTreeMap<String, String>,
    /// For kind, family, level and fault: the files' words, and ours.
    #[serde(default)]
    pub words: BTreeMap<String, BTreeMap<String, String>>,
}

/// The technicians' columns by header; a line a shift, lines of one id are one technician.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technicians {
    /// The number.
    pub id: String,
    /// Degrees east.
    pub longitude: String,
    /// Degrees north.
    pub latitude: String,
    /// When the shift begins.
    pub from: String,
    /// When it ends.
    pub until: String,
    /// Certificates, separated by semicolons, as gas-fitter:2.
    pub certificates: String,
    /// The file's words for certificates, and ours.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
}

fn wgs() -> String {
    "wgs-84".into()
}

fn usual() -> String {
    "%Y-%m-%d %H:%M:%S".into()
}

fn comma() -> char {
    ','
}

/// Everything that is wrong, a line each, as `file:line:column: what`.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ImportError(pub Vec<String>);

/// Lines of complaint that are told at most.
const TOLD: usize = 50;

/// Reads two files into a scenario.
///
/// # Errors
/// All that cannot be read.
pub fn import(
    mapping: &Mapping,
    jobs: (&str, &mut dyn Read),
    technicians: (&str, &mut dyn Read),
) -> Result<Scenario, ImportError> {
    let datum = match mapping.datum.to_ascii_lowercase().as_str() {
        "wgs-84" => Datum::Wgs84,
        "gcj-02" => Datum::Gcj02,
        "bd-09" => Datum::Bd09,
        other => return Err(ImportError(vec![format!("datum: {other:?} is none of wgs-84, gcj-02, bd-09")])),
    };
    let mut wrong = Vec::new();
    let job = read(jobs, mapping, datum, &mut wrong, |row| job(row, &mapping.jobs));
    let crew = read(technicians, mapping, datum, &mut wrong, |row| technician(row, &mapping.technicians));
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(TOLD);
        wrong.truncate(TOLD);
        wrong.extend((more > 0).then(|| format!("and {more} more")));
        return Err(ImportError(wrong));
    }
    let mut technician: Vec<RealTechnician> = Vec::new();
    for one in crew {
        match technician.iter_mut().find(|t| t.id == one.id) {
            Some(had) => had.shifts.extend(one.shifts),
            None => technician.push(one),
        }
    }
    made(mapping, job, technician)
}

fn made(
    mapping: &Mapping,
    job: Vec<RealJob>,
    technician: Vec<RealTechnician>,
) -> Result<Scenario, ImportError> {
    let date = |moment: &String| moment.parse::<DateTime>().ok().map(|m| m.date());
    let moments = job.iter().map(|j| &j.called);
    let shifts = technician.iter().flat_map(|t| &t.shifts).flatten();
    let first: Option<Date> = moments.clone().chain(shifts).filter_map(date).min();
    let last = moments.filter_map(date).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Err(ImportError(vec!["there are no jobs, or no technicians".into()]));
    };
    let days = first.until(last).map_or(0, |span| i64::from(span.get_days())) + 1;
    let mut scenario = Scenario::of(&format!("name = {:?}", mapping.name))
        .map_err(|wrong| ImportError(wrong.iter().map(|w| format!("mapping: {w}")).collect()))?;
    scenario.about =
        format!("{} jobs and {} technicians as they were, from {first}.", job.len(), technician.len());
    scenario.days = u32::try_from(days).unwrap_or(u32::MAX);
    scenario.date = Some(first.to_string());
    scenario.city.roads.clone_from(&mapping.roads);
    scenario.city.time_zone.clone_from(&mapping.time_zone);
    scenario.fleet.technicians = technician.len();
    scenario.demand.jobs = job.len() / scenario.days.max(1) as usize;
    (scenario.job, scenario.technician) = (job, technician);
    let wrong = scenario.wrong();
    match wrong.is_empty() {
        true => Ok(scenario),
        false => {
            Err(ImportError(wrong.iter().take(TOLD).map(|(key, what)| format!("{key}: {what}")).collect()))
        }
    }
}

/// One row, and where complaints about it go.
struct Row<'a> {
    file: &'a str,
    line: u64,
    headers: &'a csv::StringRecord,
    cells: &'a csv::StringRecord,
    mapping: &'a Mapping,
    datum: Datum,
    wrong: &'a mut Vec<String>,
}

fn read<T>(
    (file, from): (&str, &mut dyn Read),
    mapping: &Mapping,
    datum: Datum,
    wrong: &mut Vec<String>,
    one: impl Fn(&mut Row<'_>) -> Option<T>,
) -> Vec<T> {
    let separator = u8::try_from(mapping.separator).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(from);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => {
            wrong.push(format!("{file}:1:1: {error}"));
            return Vec::new();
        }
    };
    let mut all = Vec::new();
    for record in reader.records() {
        match record {
            Ok(cells) => {
                let line = cells.position().map_or(0, csv::Position::line);
                all.extend(one(&mut Row {
                    file,
                    line,
                    headers: &headers,
                    cells: &cells,
                    mapping,
                    datum,
                    wrong,
                }));
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                wrong.push(format!("{file}:{line}:1: {error}"));
            }
        }
    }
    all
}

impl Row<'_> {
    /// A cell by its column's header; empty where there is none, which is told where it has to be there.
    fn cell(&mut self, header: &str) -> Option<String> {
        let Some(at) = self.headers.iter().position(|h| h == header) else {
            let told = format!("{}:1:1: has no column {header:?}", self.file);
            if !self.wrong.contains(&told) {
                self.wrong.push(told);
            }
            return None;
        };
        Some(self.cells.get(at).unwrap_or_default().to_owned())
    }

    fn no<T>(&mut self, header: &str, what: impl std::fmt::Display) -> Option<T> {
        let column = self.headers.iter().position(|h| h == header).map_or(1, |at| at + 1);
        self.wrong.push(format!("{}:{}:{column}: {header}: {what}", self.file, self.line));
        None
    }

    fn id(&mut self, header: &str) -> Option<String> {
        let said = self.cell(header)?;
        let kept: String =
            said.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(63).collect();
        if said.is_empty() { self.no(header, "is empty") } else { Some(kept) }
    }

    /// A moment as the scenario writes it.
    fn moment(&mut self, header: &str) -> Option<String> {
        let said = self.cell(header)?;
        match DateTime::strptime(&self.mapping.moments, &said) {
            Ok(moment) => Some(moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
            Err(_) => {
                let like = self.mapping.moments.clone();
                self.no(header, format!("{said:?} is no moment written as {like:?}"))
            }
        }
    }

    /// A moment where the column is named and the cell is not empty.
    fn moment_if(&mut self, header: Option<&String>) -> Option<Option<String>> {
        match header {
            None => Some(None),
            Some(header) if self.cell(header)?.is_empty() => Some(None),
            Some(header) => self.moment(header).map(Some),
        }
    }

    fn degrees(&mut self, header: &str) -> Option<f64> {
        let said = self.cell(header)?;
        match said.parse::<f64>() {
            Ok(degrees) if degrees.is_finite() => Some(degrees),
            _ => self.no(header, format!("{said:?} is no number of degrees")),
        }
    }

    fn place(&mut self, longitude: &str, latitude: &str) -> Option<[f64; 2]> {
        let (lon, lat) = (self.degrees(longitude), self.degrees(latitude));
        let (lon, lat) = (lon?, lat?);
        match Point::from_datum(lon, lat, self.datum) {
            Some(point) => Some([point.lon_deg(), point.lat_deg()]),
            None => self.no(longitude, format!("{lon}, {lat} is off the globe; are the two swapped?")),
        }
    }

    fn minutes(&mut self, header: Option<&String>) -> Option<Option<f64>> {
        let Some(header) = header else { return Some(None) };
        let said = self.cell(header)?;
        match said.parse::<f64>() {
            _ if said.is_empty() => Some(None),
            Ok(minutes) if (1.0..=1_440.0).contains(&minutes) => Some(Some(minutes)),
            _ => self.no(header, format!("{said:?} are no minutes in 1..1440")),
        }
    }

    /// A word of ours, by the mapping's list of words; `None` where the cell is empty and nothing is usual.
    fn word(
        &mut self,
        field: &str,
        header: Option<&String>,
        jobs: &Jobs,
        known: impl Fn(&str) -> bool,
    ) -> Option<Option<String>> {
        let usual = jobs.usual.get(field).cloned();
        let said = match header {
            Some(header) => self.cell(header)?,
            None => String::new(),
        };
        let ours = match said.is_empty() {
            true => usual,
            false => Some(jobs.words.get(field).and_then(|w| w.get(&said)).cloned().unwrap_or(said.clone())),
        };
        match ours {
            Some(word) if !known(&word) => {
                let said = if said.is_empty() { &word } else { &said };
                let what = format!("{said:?} is no {field}; say which it is under [jobs.words.{field}]");
                self.no(header.map_or(field, String::as_str), what)
            }
            word => Some(word),
        }
    }

    fn must(&mut self, field: &str, header: Option<&String>, word: Option<String>) -> Option<String> {
        word.or_else(|| {
            let what = format!("is empty: name a column or a usual {field} under [jobs.usual]");
            self.no(header.map_or(field, String::as_str), what)
        })
    }
}

fn job(row: &mut Row<'_>, c: &Jobs) -> Option<RealJob> {
    let (id, called) = (row.id(&c.id), row.moment(&c.called));
    let at = row.place(&c.longitude, &c.latitude);
    let kind = row.word("kind", c.kind.as_ref(), c, |k| kind(k).is_some());
    let family = row.word("family", c.family.as_ref(), c, |f| FAMILIES.iter().any(|k| k.id == f));
    let level = row.word("level", c.level.as_ref(), c, |l| LEVELS.iter().any(|k| k.0 == l));
    let fault = row.word("fault", c.fault.as_ref(), c, |f| FAULTS.iter().any(|k| k.id == f));
    let kind = kind.and_then(|w| row.must("kind", c.kind.as_ref(), w));
    let family = family.and_then(|w| row.must("family", c.family.as_ref(), w));
    let level = level.and_then(|w| row.must("level", c.level.as_ref(), w));
    let (from, until) = (row.moment_if(c.promised_from.as_ref()), row.moment_if(c.promised_until.as_ref()));
    let (estimate, took) = (row.minutes(c.estimate.as_ref()), row.minutes(c.took.as_ref()));
    let cancelled = row.moment_if(c.cancelled.as_ref());
    let promised = match (from?, until?) {
        (Some(from), Some(until)) if from < until => Some([from, until]),
        (None, None) => None,
        _ => {
            let header = c.promised_until.clone().or(c.promised_from.clone()).unwrap_or_default();
            return row.no(&header, "the promised window has no end after its begin");
        }
    };
    Some(RealJob {
        id: id?,
        called: called?,
        at: at?,
        kind: kind?,
        family: family?,
        fault: fault?,
        level: level?,
        promised,
        estimate: estimate?,
        took: took?,
        cancelled: cancelled?,
    })
}

fn technician(row: &mut Row<'_>, c: &Technicians) -> Option<RealTechnician> {
    let (id, at) = (row.id(&c.id), row.place(&c.longitude, &c.latitude));
    let (from, until) = (row.moment(&c.from), row.moment(&c.until));
    let said = row.cell(&c.certificates)?;
    let mut certificates = Vec::new();
    for word in said.split(';').map(str::trim).filter(|w| !w.is_empty()) {
        let ours = c.words.get(word).map_or(word, String::as_str);
        match certificate(ours) {
            Some(_) => certificates.push(ours.to_owned()),
            None => {
                let what = format!("{word:?} is no certificate; say which it is under [technicians.words]");
                row.no::<()>(&c.certificates, what);
            }
        }
    }
    let (from, until) = (from?, until?);
    if from >= until {
        return row.no(&c.until, "the shift does not end after it begins");
    }
    Some(RealTechnician { id: id?, at: at?, certificates, shifts: vec![[from, until]] })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = r#"
name = "monday"
time_zone = "America/Santiago"
roads = "embedded"
datum = "gcj-02"
moments = "%d.%m.%Y %H:%M"
separator = ";"
[jobs]
id = "No"
called = "Call"
longitude = "X"
latitude = "Y"
family = "Appliance"
level = "Prio"
promised_from = "From"
promised_until = "To"
took = "Min"
[jobs.usual]
kind = "repair"
[jobs.words.family]
Kessel = "boiler"
[jobs.words.level]
"1" = "emergency"
"2" = "standard"
[technicians]
id = "No"
longitude = "X"
latitude = "Y"
from = "From"
until = "To"
certificates = "Held"
[technicians.words]
Gas = "gas-fitter:2"
"#;
    const CREW: &str = "No;X;Y;From;To;Held\nA 1;-71.25;-29.90;23.11.2026 08:00;23.11.2026 17:00;\"Gas;electrician\"\n\
                        A 1;-71.25;-29.90;24.11.2026 08:00;24.11.2026 17:00;\"Gas;electrician\"\n";

    fn read(jobs: &str) -> Result<Scenario, String> {
        let mapping: Mapping = toml::from_str(MAPPING).unwrap();
        import(&mapping, ("J.csv", &mut jobs.as_bytes()), ("T.csv", &mut CREW.as_bytes()))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn rows_become_a_scenario_that_reads_back() {
        let scenario = read(
            "No;Call;X;Y;Appliance;Prio;From;To;Min\n\
             7/1;23.11.2026 09:05;-71.24;-29.91;Kessel;2;23.11.2026 14:00;23.11.2026 16:00;55\n\
             8;24.11.2026 10:00;-71.26;-29.92;oven;1;;;\n",
        )
        .unwrap();
        assert_eq!((scenario.days, scenario.date.as_deref()), (2, Some("2026-11-23")));
        assert_eq!(scenario.technician.len(), 1);
        assert_eq!(scenario.technician[0].shifts.len(), 2);
        assert_eq!(scenario.technician[0].certificates, ["gas-fitter:2", "electrician"]);
        let first = &scenario.job[0];
        assert_eq!((first.id.as_str(), first.family.as_str(), first.took), ("7-1", "boiler", Some(55.0)));
        assert_eq!(first.promised.as_ref().unwrap()[0], "2026-11-23T14:00:00");
        // outside China the two datums are one
        assert!((first.at[0] + 71.24).abs() < 1e-6);
        let text = toml::to_string_pretty(&scenario).unwrap();
        assert_eq!(Scenario::of(&text).unwrap(), scenario);
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        let said = read(
            "No;Call;X;Y;Appliance;Prio;From;To;Min\n\
             1;2026-11-23;-71.24;-29.91;Kessel;2;;;\n\
             2;23.11.2026 09:00;east;-29.91;Ofen;2;23.11.2026 14:00;;\n",
        )
        .unwrap_err();
        for line in [
            "J.csv:2:2: Call: \"2026-11-23\" is no moment",
            "J.csv:3:3: X: \"east\"",
            "J.csv:3:5: Appliance: \"Ofen\" is no family",
            "J.csv:3:8: To: the promised window",
        ] {
            assert!(said.contains(line), "{line} in\n{said}");
        }
        let none = read("No;Call\n1;23.11.2026 09:00\n").unwrap_err();
        assert!(none.contains("J.csv:1:1: has no column \"X\""), "{none}");
    }
}
