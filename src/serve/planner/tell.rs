//! Runs and reports as the contract tells them, and the stream of a run.

use super::{Phase, Run, Stand};
use crate::sim::policy::POLICIES;
use crate::sim::ready::READY;
use crate::sim::report::{Report, Row};
use crate::sim::scenario::Scenario;
use crate::wire::encode;
use crate::wire::v1::*;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use tokio_stream::Stream;
use tokio_stream::wrappers::WatchStream;
use tonic::Status;

/// A run as it is told whenever it got on; over behind its last word.
pub struct Updates {
    run: Arc<Run>,
    stands: Option<WatchStream<Stand>>,
}

impl Updates {
    /// The stream of a run: first as it stands.
    pub fn of(run: Arc<Run>) -> Updates {
        let stands = Some(WatchStream::new(run.stand.subscribe()));
        Updates { run, stands }
    }
}

impl Stream for Updates {
    type Item = Result<crate::wire::v1::Run, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stands) = self.stands.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready(stand) = Pin::new(stands).poll_next(cx) else { return Poll::Pending };
        let Some(stand) = stand else { return Poll::Ready(None) };
        if stand.phase.is_over() {
            self.stands = None;
        }
        Poll::Ready(Some(Ok(self.run.told_at(&stand, true))))
    }
}

impl Run {
    /// The run as it stands; with its report where that is wanted.
    pub fn told(&self, report: bool) -> crate::wire::v1::Run {
        let stand = self.stand.borrow().clone();
        self.told_at(&stand, report)
    }

    fn told_at(&self, stand: &Stand, report: bool) -> crate::wire::v1::Run {
        let (state, done, failure) = match &stand.phase {
            Phase::Waiting => (RunState::Waiting, None, None),
            Phase::Running => (RunState::Running, None, None),
            Phase::Succeeded(done) => (RunState::Succeeded, Some(done), None),
            Phase::Failed(why) => (RunState::Failed, None, Some(why)),
            Phase::Cancelled => (RunState::Cancelled, None, None),
        };
        crate::wire::v1::Run {
            name: format!("runs/{}", self.id),
            state: state.into(),
            scenario: self.scenario.name.clone(),
            policies: self.policies.iter().map(|p| p.name.to_owned()).collect(),
            seeds: self.seeds.clone(),
            days_done: encode::int(stand.done),
            days_total: encode::int(self.days()),
            create_time: Some(encode::time(self.created)),
            report: done.filter(|_| report).map(|r| simulation(r)),
            failure: failure.cloned().unwrap_or_default(),
        }
    }
}

fn simulation(report: &Report) -> SimulationReport {
    SimulationReport {
        about: report.about.clone(),
        travel_model: report.travel_model.clone(),
        figures: report.rows.iter().map(|row| figure(report, row)).collect(),
    }
}

fn figure(report: &Report, row: &Row) -> SimulatedFigure {
    let policy = |(p, name): (usize, &String)| PolicyFigure {
        policy: name.clone(),
        mean: row.means[p],
        difference: row.differences[p].map(|d| PairedDifference { mean: d.mean, half_width: d.half }),
        days: report.seeds.iter().zip(&row.days[p]).map(|(s, v)| DayFigure { seed: *s, value: *v }).collect(),
    };
    SimulatedFigure {
        figure: row.figure.clone(),
        unit: row.unit.clone(),
        policies: report.policies.iter().enumerate().map(policy).collect(),
    }
}

/// What can be run; the ready scenarios are read once.
pub fn scenarios() -> ListScenariosResponse {
    static TOLD: LazyLock<ListScenariosResponse> = LazyLock::new(all);
    TOLD.clone()
}

fn all() -> ListScenariosResponse {
    let about = |text: &str| Scenario::of(text).expect("ready scenarios can be read").about;
    let ready = READY.iter().map(|r| ReadyScenario {
        ready: r.name.to_owned(),
        about: about(r.text),
        text: r.text.to_owned(),
    });
    let policies =
        POLICIES.iter().map(|p| DispatchPolicy { policy: p.name.to_owned(), about: p.about.to_owned() });
    ListScenariosResponse { scenarios: ready.collect(), policies: policies.collect() }
}
