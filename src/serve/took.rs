//! What a call took inside, told beside its answer as `server-timing` (W3C Server Timing, in milliseconds):
//! `wait` until it was its turn, `engine` judging, applying, settling and encoding, `cpu` the processor time in that.
//!
//! Engine without processor time is a thread that was kept from running: by other threads of a busy machine, or a lock.

use cpu_time::ThreadTime;
use std::time::{Duration, Instant};
use tonic::metadata::MetadataMap;

/// The header's name.
pub const HEADER: &str = "server-timing";

/// What a call took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// Until it was its turn.
    pub wait: Duration,
    /// From there until its answer was made.
    pub engine: Duration,
    /// Processor time of its thread in that.
    pub cpu: Duration,
}

impl Took {
    /// Tells it.
    pub fn tell(&self, to: &mut MetadataMap) {
        let ms = |d: Duration| d.as_secs_f64() * 1000.0;
        let said = [("wait", self.wait), ("engine", self.engine), ("cpu", self.cpu)]
            .map(|(name, took)| format!("{name};dur={:.3}", ms(took)));
        to.insert(HEADER, said.join(", ").parse().expect("digits and letters"));
    }
}

/// Runs while a call is worked on, on the thread that works on it.
#[derive(Debug)]
pub struct Watch {
    wait: Duration,
    began: Instant,
    cpu: Option<ThreadTime>,
}

impl Watch {
    /// It is the turn of what was asked for at `asked`.
    pub fn start(asked: Instant) -> Watch {
        let began = instant();
        // a system that does not tell threads' time is told as none
        Watch { wait: began.saturating_duration_since(asked), began, cpu: ThreadTime::try_now().ok() }
    }

    /// The answer is made.
    pub fn stop(&self) -> Took {
        let cpu = self.cpu.and_then(|cpu| cpu.try_elapsed().ok()).unwrap_or_default();
        Took { wait: self.wait, engine: self.began.elapsed(), cpu }
    }
}

/// Now, to measure from.
#[allow(clippy::disallowed_methods, reason = "measures what calls take; decides nothing")]
pub fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_in_milliseconds() {
        let mut told = MetadataMap::new();
        let us = Duration::from_micros;
        Took { wait: us(1), engine: us(12_345), cpu: us(9_000) }.tell(&mut told);
        assert_eq!(told.get(HEADER).unwrap(), "wait;dur=0.001, engine;dur=12.345, cpu;dur=9.000");
    }

    #[test]
    fn a_thread_that_sleeps_takes_time_and_no_processor() {
        let watch = Watch::start(instant());
        std::thread::sleep(Duration::from_millis(5));
        let took = watch.stop();
        assert!(took.engine >= Duration::from_millis(5) && took.cpu < took.engine, "{took:?}");
    }
}
