//! A plan by the optimiser for a day that is known in full: every call, every true length of work. A reference to
//! compare policies with, not a bound: the search is no proof, ways take their mean, the right parts are always at
//! hand and everybody opens, nobody asks for another window; a technician may set out for a call before it comes in.

use super::world::World;
use crate::board::decide::resolve;
use crate::solve::{Dense, Job, NEVER, Options, Prize, Problem, Stop, Technician, Travel, Window, solve};
use crate::units::Time;
use std::sync::Arc;

/// Rounds of the search for each job.
const ROUNDS: u64 = 60;
/// Places beyond which the table of travel is too large.
const PLACES: usize = 5_000;
/// What a job in time is worth, in seconds of travel: more than any way.
const WORTH: i64 = 100_000;
/// Travel is taken as it is from ten.
const HOUR: u8 = 10;

/// What the plan comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hindsight {
    /// Jobs with a time to be begun by that are.
    pub in_time: usize,
    /// Minutes of travel for each of them, ways home left out.
    pub travel: f64,
}

/// Plans a day in hindsight; `None` where it is too large.
pub fn hindsight(world: &World, seed: u64) -> Option<Hindsight> {
    let (problem, jobs) = problem(world)?;
    let dense = Arc::new(Dense::seal(problem).expect("a drawn day is a sound problem"));
    let options = Options { seed, threads: 1, ..Options::default() };
    let found = solve(&dense, &options, Stop::Rounds(ROUNDS * jobs as u64), &mut |_| {});
    let served = jobs - found.unassigned.len();
    let travel = found.terms(&dense).travel as f64 / 60.0 / served.max(1) as f64;
    Some(Hindsight { in_time: served, travel })
}

/// The day as a problem, and how many jobs it has.
fn problem(world: &World) -> Option<(Problem, usize)> {
    let since = |t: Time| (t - world.opens).0.clamp(0, i64::from(NEVER) / 4) as i32;
    let crew: Vec<_> = world.present.iter().map(|id| &world.board.technicians[id]).collect();
    let mut places = Vec::new();
    let mut jobs = Vec::new();
    for call in world.calls.iter().filter(|c| c.cancelled.is_none()) {
        let need = &call.job.need;
        let demand = resolve(&world.board, need, call.at).expect("a drawn need is sound");
        let Some(by) = need.promised.map(|w| w.end).or(demand.respond_by) else { continue };
        let from = need.promised.map_or(call.at, |w| w.start.max(call.at));
        let holds = |t: &&crate::board::fleet::Technician| demand.requirements.iter().all(|r| t.holds(r));
        places.push(need.place);
        jobs.push((Window { open: since(from), close: since(by) }, call.service.0 as i32, {
            let able = crew.iter().enumerate().filter(|(_, t)| holds(t)).map(|(n, _)| n);
            able.collect::<Vec<usize>>()
        }));
    }
    let shifts: Vec<(usize, &crate::board::fleet::Shift)> =
        crew.iter().enumerate().flat_map(|(n, t)| t.shifts.iter().map(move |s| (n, s))).collect();
    let first = jobs.len();
    places.extend(crew.iter().map(|t| t.start));
    if jobs.is_empty() || places.len() > PLACES {
        return None;
    }
    let jobs: Vec<Job> = jobs
        .into_iter()
        .map(|(window, service, able)| {
            let fits = shifts.iter().zip(0u32..).filter(|((n, _), _)| able.contains(n));
            Job {
                windows: vec![window],
                service: vec![service],
                able: Some(fits.map(|(_, v)| v).collect()),
                prize: Prize::Worth(WORTH),
                ..Job::default()
            }
        })
        .collect();
    let usual = world.board.region.policy.overtime_allowance;
    let ends = |n: usize, shift: &crate::board::fleet::Window| shift.end + crew[n].allowance(shift, usual);
    let technician = |(n, shift): &(usize, &crate::board::fleet::Shift)| Technician {
        start: Some((first + n) as u32),
        shift: Window { open: since(shift.window.start), close: since(ends(*n, &shift.window)) },
        ..Technician::default()
    };
    let travel = travel(world, &places);
    let count = jobs.len();
    let problem =
        Problem { jobs, crew: shifts.iter().map(technician).collect(), travel, ..Problem::default() };
    Some((problem, count))
}

/// Mean seconds from everywhere to everywhere.
fn travel(world: &World, places: &[crate::geo::Point]) -> Travel {
    const FAR: i32 = 100_000;
    let at = |p: &crate::geo::Point| world.travel.spot(*p).expect("drawn places lie near roads");
    let spots: Vec<_> = places.iter().map(at).collect();
    let mut seconds = Vec::new();
    world.travel.model().seconds(&spots, &spots, HOUR, &mut seconds);
    let mean = world.truth.travel_mean;
    let tick = |s: u32| if s == u32::MAX { FAR } else { ((f64::from(s) * mean) as i32).min(FAR) };
    Travel::plain(places.len(), seconds.into_iter().map(tick).collect())
}
