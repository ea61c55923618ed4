//! What befalls a day beside its routes: illness, recalls, other wishes, silent devices; and what is refused, in words.

use super::{Agent, Day, Doing, Turn};
use crate::board::Command;
use crate::board::event::StockLine;
use crate::board::id::TechnicianId;
use crate::board::progress::Report;
use crate::geo::Point;
use crate::sim::policy::Policy;
use crate::sim::world::Blow;
use crate::units::Span;

/// A refused command and why, in a word each.
pub(super) fn said(command: &Command, refusal: &crate::board::Refusal) -> String {
    let what = match command {
        Command::Report { report, .. } => format!("{report:?}"),
        other => format!("{other:?}"),
    };
    let word = |text: &str| text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
    format!("{}: {}", word(&what), word(&format!("{refusal:?}")))
}

impl Day<'_> {
    pub(super) fn befall(&mut self, n: usize, policy: &mut dyn Policy) {
        match &self.world.blows[n].1 {
            Blow::Ill(id) => {
                if self.agents.remove(id).is_some() {
                    self.film.leave(id, self.driver.now());
                    self.report(&id.clone(), Report::Absent(None), policy);
                }
            }
            Blow::Recalled(part) => {
                self.give(&Command::RecallPart(part.clone()), policy);
            }
            Blow::Replenished => {
                let stock = &self.driver.board().stock;
                let line = |line: &StockLine| {
                    let delta = line.delta - stock.free(&line.location, &line.part) as i32;
                    (delta > 0).then(|| StockLine { delta, ..line.clone() })
                };
                let lines: Vec<StockLine> = self.world.opening.iter().filter_map(line).collect();
                if !lines.is_empty() {
                    self.give(&Command::AdjustStock { lines, reason: "replenished".into() }, policy);
                }
            }
        }
    }

    /// The customer asks for another window; refused where it is too late for that.
    pub(super) fn ask_other_window(&mut self, n: usize, policy: &mut dyn Policy) {
        let call = &self.world.calls[n];
        let Some((_, window)) = call.moved else { return };
        let day = self.driver.desk().day_of(window.start);
        let job = call.job.id.clone();
        let ask = Command::Reschedule { job: job.clone(), window, technician: None, day, revision: None };
        if self.give(&ask, policy) {
            self.tally.moved(&job, window);
        }
    }

    /// Devices send where they are, but those that are silent.
    pub(super) fn sight(&mut self) {
        let now = self.driver.now();
        let every = Span((self.world.truth.positions * 60.0).round() as i64);
        self.at(now + every, Turn::Sight);
        let lost = |id: &TechnicianId| {
            self.world.lost.iter().any(|(from, to, who)| *from <= now && now < *to && who.contains(id))
        };
        let seen: Vec<(TechnicianId, Point)> = self
            .agents
            .iter()
            .filter(|(id, _)| !lost(id))
            .map(|(id, a)| (id.clone(), self.stands(id, a)))
            .collect();
        seen.into_iter().for_each(|(id, place)| self.driver.sight(&id, place));
    }

    /// Where somebody is: on the straight line between two places while driving.
    fn stands(&self, id: &TechnicianId, agent: &Agent) -> Point {
        let way = match agent.doing {
            Doing::Driving(_) | Doing::Fetching(_) | Doing::Posting => self.film.last_way(id),
            Doing::Idle | Doing::Working(_) | Doing::Resting => None,
        };
        way.map_or_else(|| self.place(id), |way| way.at(self.driver.now()))
    }
}
