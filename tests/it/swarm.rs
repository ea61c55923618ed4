//! Random scenarios with mishaps: killed and restarted between and amid requests, repeats, nonsense, jumps of the
//! clock. Each day goes as it goes without them, nobody beats the bound, every call is accounted for.

use callout::city::chance::Chance;
use callout::sim::bound::bound;
use callout::sim::day::{How, live};
use callout::sim::mishap::Mishaps;
use callout::sim::policy::named;
use callout::sim::scenario::Scenario;
use callout::sim::world::{Place, draw};

/// A scenario of a few technicians and calls, every knob drawn.
pub fn scenario(seed: u64, jobs: i64) -> Scenario {
    let chance = Chance::new(seed);
    let share = |what: &str, most: f64| chance.unit("swarm", what) * most;
    let text = format!(
        r#"
name = "swarm-{seed}"
[fleet]
technicians = {technicians}
depots = {depots}
late = {late:.3}
late_start = 11.0
masters = {masters:.3}
start = "{start}"
pace_cv = {pace:.3}
[demand]
jobs = {jobs}
emergency = {emergency:.3}
urgent = {urgent:.3}
booked = {booked:.3}
cancelled = {cancelled:.3}
rescheduled = {moved:.3}
[stock]
van_fill = {fill:.3}
replenish = [13.0]
[truth]
travel_cv = {travel:.3}
service_cv = {service:.3}
absent_customer = {absent:.3}
misdiagnosed = {wrong:.3}
[[event]]
kind = "illness"
at = 11.5
share = {ill:.3}
[[event]]
kind = "storm"
at = 14.0
calls = {storm}
[[event]]
kind = "recall"
at = 10.5
part = "thermal-fuse"
"#,
        technicians = chance.between("swarm", "technicians", 4, 9),
        depots = chance.between("swarm", "depots", 1, 4),
        late = share("late", 0.6),
        masters = share("masters", 0.6),
        start = ["home", "depot"][chance.below("swarm", "start", 2)],
        pace = share("pace", 0.3),
        emergency = share("emergency", 0.3),
        urgent = share("urgent", 0.3),
        booked = share("booked", 0.4),
        cancelled = share("cancelled", 0.2),
        moved = share("moved", 0.4),
        fill = 0.3 + share("fill", 0.7),
        travel = share("travel", 0.5),
        service = share("service", 0.8),
        absent = share("absent", 0.2),
        wrong = share("wrong", 0.5),
        ill = share("ill", 0.3),
        storm = chance.between("swarm", "storm", 0, 6),
    );
    Scenario::of(&text).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

/// Plays a scenario with and without mishaps; what befell it.
pub fn trial(seed: u64, jobs: i64, policy: &str) -> Mishaps {
    let scenario = scenario(seed, jobs);
    let place = Place::open(&scenario).unwrap();
    let world = draw(&scenario, &place, seed);
    let make = || named(policy).unwrap().make(seed);
    let tempted = live(&world, make().as_mut(), How { mishaps: Some(seed), ..How::default() }).unwrap();
    let quiet = live(&world, make().as_mut(), How::default()).unwrap();
    let (told, same) = (tempted.tally.figures(), quiet.tally.figures());
    assert_eq!(
        format!("{told:?}"),
        format!("{same:?}"),
        "seed {seed} under {policy}: mishaps change the day"
    );
    assert_eq!(tempted.tally.refused, quiet.tally.refused, "seed {seed} under {policy}");
    let wanted = world.calls.iter().filter(|c| c.cancelled.is_none()).count();
    assert_eq!(told[0].2, wanted as f64, "seed {seed} under {policy}: calls are lost");
    let bound = bound(&world);
    let due = quiet.tally.jobs.values().filter(|j| !j.called_off && j.by.is_some());
    let in_time = due.clone().filter(|j| j.started.is_some_and(|s| j.by.is_some_and(|by| s <= by))).count();
    assert_eq!(bound.due, due.count(), "seed {seed}");
    assert!(
        in_time <= bound.most,
        "seed {seed} under {policy}: {in_time} in time, at most {} are said",
        bound.most
    );
    tempted.mishaps.unwrap()
}
