//! Stand-in until the plan branch lands.
use crate::board::decision::*;
use crate::board::fleet::Technician;
use crate::board::id::*;
use crate::board::job::*;
use crate::board::*;
use crate::geo::{Cell, Point};
use crate::travel::Travel;
use crate::units::*;
use std::collections::BTreeMap;
use std::sync::Arc;
#[derive(Clone, Debug)]
pub struct Position {
    pub place: Point,
    pub device_time: Time,
    pub accuracy_metres: u32,
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    Accepted,
    Stale,
    Rejected(String),
}
pub struct Snap {
    pub gap_metres: u32,
    pub reachable: bool,
}
pub struct Arrival {
    pub eta: Eta,
    pub position_age: Option<Span>,
    pub position_stale: bool,
    pub stops_before: u32,
}
pub struct Estimate {
    pub soonest: Option<Eta>,
    pub chosen: Option<Eta>,
    pub position_age: Option<Span>,
    pub rejections: Vec<Rejection>,
}
pub struct Desk {
    board: Board,
    travel: Travel,
    positions: BTreeMap<TechnicianId, Position>,
}
impl Desk {
    pub fn open(board: Board, travel: Travel) -> Desk {
        Desk { board, travel, positions: BTreeMap::new() }
    }
    pub fn board(&self) -> &Board {
        &self.board
    }
    pub fn step(&mut self, now: Time, c: &Command) -> Result<Vec<Event>, Refusal> {
        let events = match c {
            Command::SetRegion { region, .. } => vec![Event::RegionSet(region.clone())],
            Command::Import(e) => e.iter().cloned().map(Event::EntrySet).collect(),
            Command::AddTechnicians(t) => {
                t.iter().map(|t: &Technician| Event::TechnicianSet(t.clone())).collect()
            }
            Command::AddDepot(d) => vec![Event::DepotSet(d.clone())],
            Command::CreateJob(n) if self.board.jobs.contains_key(&n.id) => {
                return Err(Refusal::AlreadyExists { noun: refusal::Noun::Job, id: n.id.to_string() });
            }
            Command::CreateJob(n) => vec![
                Event::JobCreated(Job {
                    id: n.id.clone(),
                    order_number: n.order_number.clone(),
                    need: n.need.clone(),
                    demand: Demand {
                        requirements: vec![],
                        parts: vec![],
                        service: Span(3600),
                        respond_by: None,
                        lateness_permille: 0,
                    },
                    state: JobState::Open,
                    visit: None,
                    visits: 0,
                    created: now,
                    updated: now,
                    revision: 1,
                    decisions: vec![],
                    cancel_reason: None,
                }),
                Event::CustomerSet { job: n.id.clone(), customer: Some(n.customer.clone()) },
                Event::Decided { job: n.id.clone(), decision: Arc::new(self.evaluate(now, &n.need)?) },
            ],
            _ => vec![],
        };
        for e in &events {
            self.board.apply(e, now);
        }
        Ok(events)
    }
    pub fn apply(&mut self, e: &Event, now: Time) {
        self.board.apply(e, now)
    }
    pub fn evaluate(&self, now: Time, _n: &Need) -> Result<Decision, Refusal> {
        Ok(Decision {
            outcome: Outcome::NobodyFits,
            chosen: None,
            runners_up: vec![],
            rejections: vec![],
            remedies: vec![],
            travel_model: self.travel.0.clone(),
            considered: 0,
            certified: 0,
            decided: now,
            cause: Cause::Evaluate,
        })
    }
    pub fn arrival(&self, _now: Time, job: &JobId, _visit: u32) -> Result<Arrival, Refusal> {
        Err(Refusal::NotFound { noun: refusal::Noun::Visit, id: job.to_string() })
    }
    pub fn estimate(&self, _now: Time, _n: &Need) -> Result<Estimate, Refusal> {
        Ok(Estimate { soonest: None, chosen: None, position_age: None, rejections: vec![] })
    }
    pub fn report(&mut self, t: &TechnicianId, p: Position) -> Reported {
        if !self.board.technicians.contains_key(t) {
            return Reported::Rejected("unknown".into());
        }
        self.positions.insert(t.clone(), p);
        Reported::Accepted
    }
    pub fn position(&self, t: &TechnicianId) -> Option<&Position> {
        self.positions.get(t)
    }
    pub fn snap(&self, _p: Point) -> Snap {
        Snap { gap_metres: 0, reachable: true }
    }
    pub fn in_region(&self, p: Point) -> Result<(), String> {
        match self.board.region.network.kind {
            region::NetworkKind::Beeline { centre, radius_metres, .. }
                if p.metres_to(centre) > f64::from(radius_metres) =>
            {
                Err("lies outside the region: are latitude and longitude swapped?".into())
            }
            _ => Ok(()),
        }
    }
    pub fn cell(&self, p: Point) -> Cell {
        Cell::of(p, self.board.region.grid_resolution)
    }
    pub fn travel_model(&self) -> &str {
        &self.travel.0
    }
    pub fn digest(&self) -> String {
        let bytes = serde_json::to_vec(&self.board).expect("boards serialise");
        format!("{:08x}", crc32fast::hash(&bytes))
    }
}
