//! Reading a scenario, and saying where in its text something is wrong.

use super::Scenario;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something wrong in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The key's path, as `demand.by_hour` or `event[2].at`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// Line and column of the key, or of the table that leaves it out; from 1.
    pub at: Option<(usize, usize)>,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.at {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.what)
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
    /// What it says makes no sense.
    #[error("{}", told(path, wrong))]
    Wrong {
        /// Which.
        path: PathBuf,
        /// All that is wrong.
        wrong: Vec<Wrong>,
    },
}

fn told(path: &Path, wrong: &[Wrong]) -> String {
    let lines: Vec<String> = wrong.iter().map(|w| format!("{}: {w}", path.display())).collect();
    lines.join("\n")
}

impl Scenario {
    /// Reads and checks a scenario. A file of roads is looked for beside it.
    ///
    /// # Errors
    /// What is wrong, with line, column and key.
    pub fn read(path: &Path) -> Result<Scenario, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::File { path: path.to_owned(), source })?;
        let mut scenario =
            Scenario::of(&text).map_err(|wrong| ScenarioError::Wrong { path: path.to_owned(), wrong })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        scenario.city.roads = beside(folder, &scenario.city.roads);
        Ok(scenario)
    }

    /// Reads and checks the text of a scenario.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn of(text: &str) -> Result<Scenario, Vec<Wrong>> {
        let form = |e: toml::de::Error| {
            let at = e.span().map(|span| position(text, span.start));
            vec![Wrong { key: String::new(), what: e.message().to_owned(), at }]
        };
        let scenario: Scenario = toml::from_str(text).map_err(form)?;
        let found = scenario.wrong();
        if found.is_empty() {
            return Ok(scenario);
        }
        let table = DeTable::parse(text).map_err(form)?;
        let place = |(key, what): (String, String)| {
            let at = offset(&table, &key).map(|o| position(text, o));
            Wrong { key, what, at }
        };
        Err(found.into_iter().map(place).collect())
    }
}

/// A file named in a scenario, from where the scenario lies.
fn beside(folder: &Path, file: &str) -> String {
    if file == "embedded" {
        return file.to_owned();
    }
    folder.join(file).to_string_lossy().into_owned()
}

/// Line and column of a byte, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

/// Where a key stands, or else the last table on the way to it that is written.
fn offset(table: &Spanned<DeTable<'_>>, key: &str) -> Option<usize> {
    let steps = key.split(['.', '[', ']']).filter(|s| !s.is_empty());
    let mut found = None;
    let mut here = Here::Table(table.get_ref());
    for step in steps {
        let value = match here {
            Here::Table(table) => {
                let Some((name, value)) = table.iter().find(|(k, _)| k.get_ref().as_ref() == step) else {
                    break;
                };
                found = Some(name.span().start);
                value
            }
            Here::Value(DeValue::Array(list)) => {
                let Some(value) = step.parse::<usize>().ok().and_then(|n| list.get(n)) else { break };
                found = Some(value.span().start);
                value
            }
            Here::Value(_) => break,
        };
        here = match value.get_ref() {
            DeValue::Table(table) => Here::Table(table),
            other => Here::Value(other),
        };
    }
    found
}

enum Here<'a, 'i> {
    Table(&'a DeTable<'i>),
    Value(&'a DeValue<'i>),
}
