//! What the load met with: counts, codes, and latency from the moment each call was meant to be sent.

use super::Options;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::Code;

/// What a call says that it took inside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Milliseconds until it was its turn.
    pub wait: f64,
    /// Milliseconds of judging, applying, settling and encoding.
    pub engine: f64,
    /// Milliseconds of processor time in that.
    pub cpu: f64,
}

impl Timing {
    /// The header that tells it, by the W3C's Server Timing.
    pub const HEADER: &str = "server-timing";

    /// Reads `wait;dur=0.1, engine;dur=5.2, cpu;dur=5.0`; `None` where one of them is missing.
    pub fn read(said: &str) -> Option<Timing> {
        let metric = |name: &str| {
            let of = |metric: &str| metric.trim().strip_prefix(name)?.strip_prefix(";dur=")?.parse().ok();
            said.split(',').find_map(of)
        };
        Some(Timing { wait: metric("wait")?, engine: metric("engine")?, cpu: metric("cpu")? })
    }
}

/// Counted while load is made.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<&'static str, Counts>,
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
    /// Microseconds that calls say they took inside, of those that do: waiting, in the engine, of the processor.
    inside: [Histogram<u64>; 3],
    /// Answered with no by the plan as it was then.
    declined: u64,
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
        let inside = [fresh(), fresh(), fresh()];
        Counts { sent: 0, behind: fresh(), latency: fresh(), inside, declined: 0, refused: BTreeMap::new() }
    }
}

impl Ledger {
    /// A call was sent so long after its moment.
    pub fn sent(&mut self, call: &'static str, behind: Duration) {
        let counts = self.calls.entry(call).or_default();
        counts.sent += 1;
        counts.behind.saturating_record(behind.as_micros() as u64);
    }

    /// An answer came so long after the call was meant to be sent.
    pub fn note(&mut self, call: &'static str, took: Duration, refused: Option<Code>) {
        let counts = self.calls.entry(call).or_default();
        counts.latency.saturating_record(took.as_micros() as u64);
        if matches!(refused, Some(Code::FailedPrecondition | Code::NotFound)) {
            counts.declined += 1;
        } else if let Some(code) = refused {
            *counts.refused.entry(format!("{code:?}")).or_default() += 1;
        }
    }

    /// What a call says that it took inside.
    pub fn engine(&mut self, call: &'static str, timing: Timing) {
        let Timing { wait, engine, cpu } = timing;
        let counts = self.calls.entry(call).or_default();
        for (histogram, ms) in counts.inside.iter_mut().zip([wait, engine, cpu]) {
            histogram.saturating_record((ms * 1000.0) as u64);
        }
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
    /// Meant to be sent and sent; of positions the streams are not counted here.
    pub sent: u64,
    /// Answered with OK.
    pub ok: u64,
    /// Answered with no: what was asked for is not possible, or no more, on the plan as it was then.
    pub declined: u64,
    /// Answered with another error, by code.
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
    /// What of it the engine took, judging, applying, settling and encoding; for calls that say so. Of positions the
    /// longest batch of each stream, of slots the whole search.
    pub engine: Option<Engine>,
}

/// What the engine itself took, in milliseconds: without waiting in line, the disk and the wire.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Engine {
    /// 99 of a hundred waited in line no longer.
    pub wait_p99_ms: f64,
    /// 99 of a hundred took no more processor time.
    pub cpu_p99_ms: f64,
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
            calls: ledger.calls.iter().map(|(call, counts)| line(call, counts)).collect(),
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

fn line(call: &'static str, counts: &Counts) -> Line {
    let ms = |histogram: &Histogram<u64>, q: f64| histogram.value_at_quantile(q) as f64 / 1000.0;
    let refused: u64 = counts.refused.values().sum();
    let [wait, engine, cpu] = &counts.inside;
    Line {
        call,
        sent: counts.sent,
        ok: counts.latency.len() - refused - counts.declined,
        declined: counts.declined,
        refused: counts.refused.clone(),
        lost: counts.sent.saturating_sub(counts.latency.len()),
        p50_ms: ms(&counts.latency, 0.5),
        p90_ms: ms(&counts.latency, 0.9),
        p99_ms: ms(&counts.latency, 0.99),
        max_ms: counts.latency.max() as f64 / 1000.0,
        behind_p99_ms: ms(&counts.behind, 0.99),
        engine: (!engine.is_empty()).then(|| Engine {
            wait_p99_ms: ms(wait, 0.99),
            cpu_p99_ms: ms(cpu, 0.99),
            p50_ms: ms(engine, 0.5),
            p99_ms: ms(engine, 0.99),
            max_ms: engine.max() as f64 / 1000.0,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_counts_what_was_refused_and_what_was_lost() {
        const CALL: &str = "CreateJob";
        let mut ledger = Ledger::default();
        for n in 1..=100 {
            ledger.sent(CALL, Duration::from_micros(n));
            let refused = match n {
                100 => Some(Code::ResourceExhausted),
                99 => Some(Code::FailedPrecondition),
                _ => None,
            };
            if n > 1 {
                ledger.note(CALL, Duration::from_millis(n), refused);
                let ms = n as f64 / 100.0;
                ledger.engine(CALL, Timing { wait: 1.0, engine: ms, cpu: ms / 2.0 });
            }
        }
        let counts = &ledger.calls[CALL];
        let line = line(CALL, counts);
        assert_eq!((line.sent, line.ok, line.declined, line.lost), (100, 97, 1, 1));
        assert_eq!(line.refused, BTreeMap::from([("ResourceExhausted".to_owned(), 1)]));
        assert!((98.0..101.0).contains(&line.p99_ms) && (99.0..101.0).contains(&line.max_ms), "{line:?}");
        assert!((50.0..52.0).contains(&line.p50_ms), "{line:?}");
        let engine = line.engine.unwrap();
        assert!((0.5..0.53).contains(&engine.p50_ms) && (0.99..1.01).contains(&engine.max_ms), "{engine:?}");
        assert!((0.48..0.51).contains(&engine.cpu_p99_ms) && engine.wait_p99_ms > 0.99, "{engine:?}");
    }

    #[test]
    fn timing_is_read_as_it_is_said() {
        let said = "wait;dur=0.100, engine;dur=5.250, cpu;dur=5.000";
        assert_eq!(Timing::read(said), Some(Timing { wait: 0.1, engine: 5.25, cpu: 5.0 }));
        assert_eq!(Timing::read("db;dur=53, engine;dur=1"), None);
    }
}
