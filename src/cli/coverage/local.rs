//! A scenario's fleet and demand, drawn here and asked as a region of a server would be.

use super::super::Error;
use super::study;
use crate::coverage::staffing::fleet::TRAVEL;
use crate::demo::city::City;
use crate::demo::scratch::Scratch;
use crate::plan::Desk;
use crate::sim::scenario::Scenario;
use crate::sim::world::{Place, draw};
use crate::units::{Span, Time};
use crate::wire::encode::coverage::coverage;
use crate::wire::look::staffing::{Study, Taken};
use crate::wire::v1;
use indicatif::ProgressBar;
use std::path::Path;
use std::sync::Arc;

/// A scenario opened.
pub struct Local {
    scenario: Scenario,
    place: Place,
    desk: Desk,
    opens: Time,
    /// Work of a day's calls.
    work: Span,
    // the embedded extract lies there while the place is used
    _scratch: Scratch,
}

impl Local {
    /// Draws a scenario's world.
    pub fn open(file: &str, seed: u64, bar: &ProgressBar) -> Result<Local, Error> {
        let scenario = Scenario::read(Path::new(file)).map_err(Error::unusable)?;
        let scratch = Scratch::new(None).map_err(Error::unusable)?;
        bar.set_message("roads");
        let place = Place::open(&scenario, scratch.path()).map_err(Error::unusable)?;
        bar.set_message("the scenario");
        let world = draw(&scenario, &place, seed);
        let work: i64 = world.calls.iter().map(|c| c.service.0 + TRAVEL.0).sum();
        let work = Span(work / i64::from(scenario.days.max(1)));
        let (opens, desk) = (world.opens, Desk::open(world.board, world.travel));
        Ok(Local { scenario, place, desk, opens, work, _scratch: scratch })
    }

    /// Its roads.
    pub fn city(&self) -> &City {
        &self.place.city
    }

    /// What requests name.
    pub fn name(&self) -> String {
        format!("regions/{}", self.place.city.id)
    }

    /// What people call it.
    pub fn title(&self) -> String {
        self.scenario.name.clone()
    }

    /// The classes that its calls make.
    pub fn classes(&self) -> Vec<v1::ClassCoverage> {
        coverage(&self.desk, self.opens, (0, 0), false).classes
    }

    /// Answers a question.
    pub fn study<S: Study>(&self, asked: &S, bar: &ProgressBar) -> Result<S::Reply, Error> {
        let failed =
            |failure: crate::wire::Failure| super::super::line::refusal(&tonic::Status::from(failure));
        let taken = Taken::from(&self.desk, self.opens, asked.scope()).map_err(failed)?;
        let mut basis = (*taken.basis).clone();
        // the day's own calls, as they are drawn, rather than what jobs on a board tell
        basis.work = Some(self.work);
        study(&Taken { basis: Arc::new(basis), ..taken }, asked, bar)
    }
}
