//! What the load met with: counts, codes, and latency from the moment each call was meant to be sent.

use super::Options;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::Code;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// A job is called in.
    CreateJob,
    /// An arrival is asked for.
    GetEta,
}

/// Counted while load is made.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<Call, Counts>,
    assigned: u64,
    open: u64,
    positions: Positions,
}

#[derive(Clone, Debug)]
struct Counts {
    sent: u64,
    /// Microseconds by which sending itself was late: what the generator, not the server, took.
    behind: Histogram<u64>,
    /// Microseconds to the answer, refusals too.
    latency: Histogram<u64>,
    /// Microseconds that the engine says it took to decide, of calls that it decides.
    engine: Histogram<u64>,
    refused: BTreeMap<String, u64>,
}

/// Positions reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Positions {
    /// Given to streams.
    pub sent: u64,
    /// Taken as the newest.
    pub accepted: u64,
    /// Streams that ended with an error.
    pub streams_failed: u64,
}

impl Default for Counts {
    fn default() -> Counts {
        // from a microsecond to ten minutes
        let fresh = || Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are sound");
        Counts { sent: 0, behind: fresh(), latency: fresh(), engine: fresh(), refused: BTreeMap::new() }
    }
}

impl Ledger {
    /// A call was sent so long after its moment.
    pub fn sent(&mut self, call: Call, behind: Duration) {
        let counts = self.calls.entry(call).or_default();
        counts.sent += 1;
        counts.behind.saturating_record(behind.as_micros() as u64);
    }

    /// An answer came so long after the call was meant to be sent.
    pub fn note(&mut self, call: Call, took: Duration, refused: Option<Code>) {
        let counts = self.calls.entry(call).or_default();
        counts.latency.saturating_record(took.as_micros() as u64);
        if let Some(code) = refused {
            *counts.refused.entry(format!("{code:?}")).or_default() += 1;
        }
    }

    /// The engine took so long to decide.
    pub fn engine(&mut self, call: Call, took: Duration) {
        self.calls.entry(call).or_default().engine.saturating_record(took.as_micros() as u64);
    }

    /// A job was given to somebody, or is open.
    pub fn decided(&mut self, assigned: bool) {
        if assigned { self.assigned += 1 } else { self.open += 1 }
    }

    /// A stream of positions ended.
    pub fn positions(&mut self, sent: u64, accepted: Result<i64, tonic::Status>) {
        self.positions.sent += sent;
        match accepted {
            Ok(accepted) => self.positions.accepted += accepted.max(0) as u64,
            Err(_) => self.positions.streams_failed += 1,
        }
    }
}

/// One kind of call, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Its name.
    pub call: &'static str,
    /// Meant to be sent and sent.
    pub sent: u64,
    /// Answered with OK.
    pub ok: u64,
    /// Answered with an error, by code.
    pub refused: BTreeMap<String, u64>,
    /// Never answered.
    pub lost: u64,
    /// Half were answered within, from the moment they were meant to be sent.
    pub p50_ms: f64,
    /// Nine of ten.
    pub p90_ms: f64,
    /// 99 of a hundred.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// 99 of a hundred were sent no later than so long after their moment.
    pub behind_p99_ms: f64,
    /// What of it the engine took, judging, applying and settling the command; for calls that are decided.
    pub engine: Option<Engine>,
}

/// What the engine itself took, in milliseconds: without waiting in line, the disk and the wire.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Engine {
    /// Half took no longer.
    pub p50_ms: f64,
    /// 99 of a hundred.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

/// What the load met with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Regions.
    pub regions: usize,
    /// Technicians in all.
    pub technicians: usize,
    /// Visits that were planned before.
    pub planned: usize,
    /// Seconds.
    pub seconds: f64,
    /// Jobs a second that were offered.
    pub rate: f64,
    /// Each kind of call.
    pub calls: Vec<Line>,
    /// New jobs given to somebody.
    pub assigned: u64,
    /// New jobs left open, or in need of no visit.
    pub open: u64,
    /// Positions.
    pub positions: Positions,
    /// The server's process, where it could be looked at.
    pub server: Option<super::process::Usage>,
}

impl Report {
    /// From what was counted.
    pub fn of(options: &Options, planned: usize, ledger: &Ledger) -> Report {
        Report {
            regions: options.regions,
            technicians: options.technicians,
            planned,
            seconds: options.seconds,
            rate: options.rate,
            calls: ledger.calls.iter().map(|(call, counts)| line(*call, counts)).collect(),
            assigned: ledger.assigned,
            open: ledger.open,
            positions: ledger.positions,
            server: None,
        }
    }

    /// The line of a call.
    pub fn line(&self, call: &str) -> Option<&Line> {
        self.calls.iter().find(|line| line.call == call)
    }
}

fn line(call: Call, counts: &Counts) -> Line {
    let ms = |histogram: &Histogram<u64>, q: f64| histogram.value_at_quantile(q) as f64 / 1000.0;
    let refused: u64 = counts.refused.values().sum();
    Line {
        call: match call {
            Call::CreateJob => "CreateJob",
            Call::GetEta => "GetEta",
        },
        sent: counts.sent,
        ok: counts.latency.len() - refused,
        refused: counts.refused.clone(),
        lost: counts.sent - counts.latency.len(),
        p50_ms: ms(&counts.latency, 0.5),
        p90_ms: ms(&counts.latency, 0.9),
        p99_ms: ms(&counts.latency, 0.99),
        max_ms: counts.latency.max() as f64 / 1000.0,
        behind_p99_ms: ms(&counts.behind, 0.99),
        engine: (!counts.engine.is_empty()).then(|| Engine {
            p50_ms: ms(&counts.engine, 0.5),
            p99_ms: ms(&counts.engine, 0.99),
            max_ms: counts.engine.max() as f64 / 1000.0,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_counts_what_was_refused_and_what_was_lost() {
        let mut ledger = Ledger::default();
        for n in 1..=100 {
            ledger.sent(Call::CreateJob, Duration::from_micros(n));
            let refused = (n == 100).then_some(Code::ResourceExhausted);
            if n > 1 {
                ledger.note(Call::CreateJob, Duration::from_millis(n), refused);
                ledger.engine(Call::CreateJob, Duration::from_micros(10 * n));
            }
        }
        let counts = &ledger.calls[&Call::CreateJob];
        let line = line(Call::CreateJob, counts);
        assert_eq!((line.sent, line.ok, line.lost), (100, 98, 1));
        assert_eq!(line.refused, BTreeMap::from([("ResourceExhausted".to_owned(), 1)]));
        assert!((98.0..101.0).contains(&line.p99_ms) && (99.0..101.0).contains(&line.max_ms), "{line:?}");
        assert!((50.0..52.0).contains(&line.p50_ms), "{line:?}");
        let engine = line.engine.unwrap();
        assert!((0.5..0.53).contains(&engine.p50_ms) && (0.99..1.01).contains(&engine.max_ms), "{engine:?}");
    }
}
