//! Clocks that the plan as it stands will breach, before they do.

use super::desk::Desk;
use crate::board::clocks::{Clock, ClockKind, ClockState};
use crate::board::id::JobId;
use crate::board::job::Job;
use crate::units::Time;

/// A breach that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The job.
    pub job: JobId,
    /// The clock.
    pub clock: ClockKind,
    /// When it is breached.
    pub due: Time,
    /// When the plan has it met, by the median; `None` where nothing is planned.
    pub expected: Option<Time>,
    /// Even as planned it is too late; only likely where not.
    pub certain: bool,
}

impl Desk {
    /// Running clocks that end before `until` and are not met before by the plan: by its ends of visits, or by
    /// the latest of nine in ten; where nobody is planned it is likely. A solution can be filed from
    /// afar, so that one is never certain to be late.
    pub fn forecasts(&self, now: Time, until: Time) -> Vec<Forecast> {
        let jobs = self.board().jobs.values().filter(|job| !job.state.is_over());
        jobs.flat_map(|job| self.forecasts_of(now, until, job)).collect()
    }

    fn forecasts_of(&self, now: Time, until: Time, job: &Job) -> Vec<Forecast> {
        let running = |c: &&Clock| c.state == ClockState::Running && c.due < until;
        let clocks: Vec<&Clock> = job.booking.clocks.iter().filter(running).collect();
        if clocks.is_empty() {
            return Vec::new();
        }
        let ends = self.ends(now, job);
        let breach = |clock: &Clock| {
            let forecast = |expected, certain| {
                Some(Forecast { job: job.id.clone(), clock: clock.kind, due: clock.due, expected, certain })
            };
            match (clock.kind, ends) {
                (ClockKind::Confirmed, Some(_)) => None,
                (_, None) => forecast(None, false),
                (kind, Some((median, late))) => {
                    let certain = median > clock.due && kind == ClockKind::Closed;
                    let likely = late > clock.due;
                    if certain || likely { forecast(Some(median), certain) } else { None }
                }
            }
        };
        clocks.into_iter().filter_map(breach).collect()
    }

    /// When the live visit ends: by the median, and by nine in ten.
    fn ends(&self, now: Time, job: &Job) -> Option<(Time, Time)> {
        let visit = job.visit.as_ref()?;
        let (_, stop) = self.board().route(&visit.technician, visit.shift)?.stop_of(&job.id)?;
        let eta = self.arrival(now, &job.id, visit.number).ok()?.eta;
        let late = (eta.p50 - stop.arrive).or_zero();
        Some((stop.end + late, stop.end + late + (eta.p90 - eta.p50)))
    }
}
