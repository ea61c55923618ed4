//! `callout.toml`: where the server listens, where its data and roads are, which clock it runs on.

use super::clock::Source;
use crate::units::Time;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// How a server runs. Every field has a default but the data directory's place is best said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether an address that others can reach is meant: calls are not authenticated.
    pub allow_remote: bool,
    /// Where the journal is.
    pub data_dir: PathBuf,
    /// Where `.roads` and `.osm.pbf` files are; only straight lines without it.
    pub roads_dir: Option<PathBuf>,
    /// The wall clock, or one that is set.
    pub clock: Source,
    /// What a controlled clock shows first; seconds since 1970.
    pub clock_start: Option<i64>,
    /// Async threads; the machine's where unset.
    pub threads: Option<usize>,
    /// Bounds that may be lowered.
    pub limits: Limits,
    /// How the plan is kept improving.
    pub improver: Improver,
    /// How scenarios are run.
    pub planner: Planner,
}

/// How scenarios are run.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Planner {
    /// Its share of one core, over 0 up to 1; it rests the rest of the time.
    pub share: f64,
}

/// How the plan is kept improving.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Improver {
    /// Whether it is. Unset: on the wall clock only, since on a clock that is set answers should rest on calls
    /// alone.
    pub enabled: Option<bool>,
    /// Its share of one core, over 0 up to 1; it rests the rest of the time.
    pub share: f64,
    /// Rounds a patch is searched for.
    pub rounds: u64,
}

/// Bounds that a configuration may lower.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Writes that wait.
    pub queue: usize,
    /// Records between two snapshots of a region.
    pub snapshot_every: u64,
    /// Records a region that stay in the journal though two snapshots hold them.
    pub keep_records: u64,
    /// Streams at a time.
    pub streams: usize,
    /// Seconds that a stream lives at most.
    pub stream_seconds: u64,
    /// Seconds after which a stream that nobody reads is cut.
    pub slow_seconds: u64,
    /// Seconds without an event after which a stream says where it stands.
    pub bookmark_seconds: u64,
    /// Seconds for calls to end once told to stop.
    pub drain_seconds: u64,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file says something that is not understood; the text names line and column.
    #[error("{}: {text}", file.display())]
    Wrong {
        /// Which file.
        file: PathBuf,
        /// What and where.
        text: String,
    },
    /// An address that others can reach.
    #[error(
        "listen address {0} can be reached from other machines and calls are not authenticated: use a loopback address, or set allow_remote = true"
    )]
    Remote(SocketAddr),
    /// A share that is none.
    #[error("{0}.share is {1}: it has to be over 0 and at most 1")]
    Share(&'static str, f64),
    /// A bound outside what it may be.
    #[error("limits.{field} is {value}: it has to be in {least}..={most}")]
    Bound {
        /// Which.
        field: &'static str,
        /// What it says.
        value: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            allow_remote: false,
            data_dir: "callout-data".into(),
            roads_dir: None,
            clock: Source::Real,
            clock_start: None,
            threads: None,
            limits: Limits::default(),
            improver: Improver::default(),
            planner: Planner::default(),
        }
    }
}

impl Default for Planner {
    fn default() -> Planner {
        Planner { share: 0.5 }
    }
}

impl Default for Improver {
    fn default() -> Improver {
        Improver { enabled: None, share: 0.5, rounds: super::limits::ROUNDS }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: super::limits::CONNECTIONS,
            queue: super::limits::QUEUE,
            snapshot_every: super::limits::SNAPSHOT_EVERY,
            keep_records: super::limits::KEEP_RECORDS,
            streams: super::limits::OPEN_STREAMS,
            stream_seconds: super::limits::STREAM.as_secs(),
            slow_seconds: super::limits::SLOW.as_secs(),
            bookmark_seconds: super::limits::BOOKMARK.as_secs(),
            drain_seconds: super::limits::DRAIN.as_secs(),
        }
    }
}

impl Config {
    /// Reads a file. Relative paths in it are from where it lies.
    ///
    /// # Errors
    /// Where it cannot be read or understood; says file, line and what.
    pub fn read(file: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| ConfigError::Unreadable { file: file.to_owned(), error })?;
        let mut config: Config = toml::from_str(&text)
            .map_err(|e| ConfigError::Wrong { file: file.to_owned(), text: e.to_string() })?;
        let base = file.parent().unwrap_or(Path::new(""));
        config.data_dir = base.join(&config.data_dir);
        config.roads_dir = config.roads_dir.map(|dir| base.join(dir));
        Ok(config)
    }

    /// Refuses what a server should not run with.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() && !self.allow_remote {
            return Err(ConfigError::Remote(self.listen));
        }
        for (who, share) in [("improver", self.improver.share), ("planner", self.planner.share)] {
            if !(share > 0.0 && share <= 1.0) {
                return Err(ConfigError::Share(who, share));
            }
        }
        let l = &self.limits;
        let bounds = [
            ("improver.rounds", self.improver.rounds, 1, 1_000_000),
            ("connections", l.connections as u64, 1, 100_000),
            ("queue", l.queue as u64, 1, super::limits::QUEUE as u64),
            ("snapshot_every", l.snapshot_every, 1, 1_000_000),
            ("keep_records", l.keep_records, 0, u64::MAX),
            ("streams", l.streams as u64, 1, 100_000),
            ("stream_seconds", l.stream_seconds, 1, super::limits::STREAM.as_secs()),
            ("slow_seconds", l.slow_seconds, 1, super::limits::STREAM.as_secs()),
            ("bookmark_seconds", l.bookmark_seconds, 1, super::limits::STREAM.as_secs()),
            ("drain_seconds", l.drain_seconds, 1, 300),
        ];
        let wrong = bounds.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong.map_or(Ok(()), |(field, value, least, most)| {
            Err(ConfigError::Bound { field, value, least, most })
        })
    }

    /// Whether the plan is kept improving.
    pub fn improves(&self) -> bool {
        self.improver.enabled.unwrap_or(matches!(self.clock, Source::Real))
    }

    /// What a controlled clock shows first.
    pub fn start(&self) -> Option<Time> {
        self.clock_start.map(Time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_told_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("callout.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:0\"\nclok = \"real\"\n").unwrap();
        let said = Config::read(&file).unwrap_err().to_string();
        assert!(said.contains("callout.toml") && said.contains("line 2") && said.contains("clok"), "{said}");
    }

    #[test]
    fn an_address_that_others_reach_has_to_be_meant() {
        let listen = "0.0.0.0:7070".parse().unwrap();
        let config = Config { listen, ..Config::default() };
        assert!(config.check().unwrap_err().to_string().contains("allow_remote"));
        assert!(Config { allow_remote: true, ..config }.check().is_ok());
    }
}
