//! What is asked to be run: checked before it is taken on.

use crate::serve::limits;
use crate::serve::roads::Roads;
use crate::sim::policy::{Named, POLICIES, named};
use crate::sim::ready::{READY, ready};
use crate::sim::scenario::{Scenario, Wrong};
use crate::sim::world::Place;
use crate::wire::ask::digest;
use crate::wire::check::{At, check};
use crate::wire::v1::RunScenarioRequest;
use crate::wire::v1::run_scenario_request::Scenario as Source;
use crate::wire::{Failure, decode};
use std::collections::BTreeSet;

/// A run to be taken on.
#[derive(Debug)]
pub struct Order {
    /// Request id and digest, where there is one.
    pub request: Option<(String, String)>,
    /// What is played.
    pub scenario: Scenario,
    /// Where.
    pub place: Place,
    /// What is compared.
    pub policies: Vec<&'static Named>,
    /// On which days.
    pub seeds: Vec<u64>,
}

/// Request id and digest of a request, where it has one.
pub fn request(asked: &RunScenarioRequest) -> Option<(String, String)> {
    (!asked.request_id.is_empty()).then(|| (asked.request_id.clone(), digest("RunScenario", asked)))
}

/// Reads a request, whose id and digest are [`request`]'s; may read a file of roads, so never on an async thread.
///
/// # Errors
/// All that is wrong with it, by field.
pub fn read(
    asked: &RunScenarioRequest,
    request: Option<(String, String)>,
    roads: &Roads,
) -> Result<Order, Failure> {
    check(|at| {
        let id = decode::request_id(&at.field("request_id"), &asked.request_id);
        let policies = policies(&at.field("policies"), &asked.policies);
        let seeds = seeds(&at.field("seeds"), &asked.seeds);
        let scenario = scenario(at, asked);
        let (_, policies, seeds, scenario) = (id?, policies?, seeds?, scenario?);
        let days = policies.len() * seeds.len() * scenario.days as usize;
        if scenario.calls_a_day().saturating_mul(days) > limits::RUN_CALLS {
            return at.field("seeds").no(format!(
                "make more than {} calls with these policies: ask for fewer, or use callout simulate",
                limits::RUN_CALLS
            ));
        }
        let place = place(at, &scenario, roads)?;
        Some(Order { request, scenario, place, policies, seeds })
    })
}

fn policies(at: &At<'_>, said: &[String]) -> Option<Vec<&'static Named>> {
    if said.is_empty() {
        return at.no("has to name a policy");
    }
    let known = || POLICIES.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
    let one = |at: &At<'_>, name: &String| named(name).or_else(|| at.no(format!("is none of {}", known())));
    at.each(said, limits::RUN_POLICIES, one)
}

fn seeds(at: &At<'_>, said: &[u64]) -> Option<Vec<u64>> {
    if said.is_empty() {
        return at.no("has to hold a seed");
    }
    let seen = std::cell::RefCell::new(BTreeSet::new());
    at.each(said, limits::RUN_SEEDS, |at, seed| {
        if seen.borrow_mut().insert(*seed) { Some(*seed) } else { at.no("stands there twice") }
    })
}

fn scenario(at: &At<'_>, asked: &RunScenarioRequest) -> Option<Scenario> {
    let text = match &asked.scenario {
        None => return at.field("text").no("has to be set, or `ready`"),
        Some(Source::Text(text)) => text.as_str(),
        Some(Source::Ready(name)) => match ready(name) {
            Some(found) => found.text,
            None => {
                let known: Vec<&str> = READY.iter().map(|r| r.name).collect();
                return at.field("ready").no(format!("is none of {}", known.join(", ")));
            }
        },
    };
    match Scenario::of(text) {
        Ok(scenario) => Some(scenario).filter(|s| small(&at.field("text"), s)),
        Err(wrong) => {
            wrong.iter().for_each(|w| tell(&at.field("text"), w));
            None
        }
    }
}

/// Tells what is wrong in a text at its key.
fn tell(text: &At<'_>, wrong: &Wrong) {
    let place = wrong.at.map_or(String::new(), |(line, column)| format!("line {line}, column {column}: "));
    let said = format!("{place}{}", wrong.what);
    if wrong.key.is_empty() { text.wrong(said) } else { text.field(&wrong.key).wrong(said) }
}

/// Whether it is small enough to be run by a server that dispatches too.
fn small(text: &At<'_>, scenario: &Scenario) -> bool {
    let bounds = [
        ("fleet.technicians", scenario.crew(), limits::RUN_TECHNICIANS),
        ("demand.jobs", scenario.calls_a_day(), limits::RUN_JOBS),
    ];
    let over = bounds.into_iter().filter(|(_, value, most)| value > most);
    over.map(|(key, _, most)| {
        let all = "with those by name and what events add";
        text.field(key).wrong(format!("is over {most} {all}: a server runs no more; use callout simulate"));
    })
    .count()
        == 0
}

fn place(at: &At<'_>, scenario: &Scenario, roads: &Roads) -> Option<Place> {
    let wrong = |why: String| at.field("text").field("city.roads").no(why);
    match scenario.city.roads.as_str() {
        "embedded" => Place::open(scenario).map_or_else(wrong, Some),
        file => match roads.network(file) {
            Ok(network) => Place::on(scenario, network).map_or_else(wrong, Some),
            Err(why) => wrong(why),
        },
    }
}
