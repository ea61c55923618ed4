//! Simulated days: every invariant after every event (the driver audits in debug), nothing depends on threads,
//! every call is accounted for, and what a scenario gets wrong is told by its field.

use callout::sim::policy::{Named, POLICIES};
use callout::sim::report::compare;
use callout::sim::scenario::Scenario;
use callout::sim::world::{Place, draw};
use std::path::Path;

const SMALL: &str = r#"
name = "small"
[fleet]
technicians = 12
[demand]
jobs = 60
emergency = 0.2
urgent = 0.3
booked = 0.3
[truth]
absent_customer = 0.1
misdiagnosed = 0.3
[[event]]
kind = "illness"
at = 11.0
share = 0.2
[[event]]
kind = "storm"
at = 14.0
calls = 6
[[event]]
kind = "recall"
at = 10.5
part = "drain-pump"
"#;

fn small() -> (Scenario, Place) {
    let scenario = Scenario::of(SMALL).unwrap();
    let place = Place::open(&scenario).unwrap();
    (scenario, place)
}

#[test]
fn a_day_is_the_same_on_any_number_of_threads_and_every_call_is_counted() {
    let (scenario, place) = small();
    let policies: Vec<&Named> = POLICIES.iter().collect();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compare(&scenario, &place, &policies, &[1, 2], &|_| ()))
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&two).unwrap());
    let of = |figure: &str| one.rows.iter().find(|r| r.figure == figure).unwrap();
    let wanted = draw(&scenario, &place, 1).calls.iter().filter(|c| c.cancelled.is_none()).count();
    for (p, policy) in policies.iter().enumerate() {
        assert_eq!(of("jobs").days[p][0], Some(wanted as f64), "{}", policy.name);
        assert!(of("done").means[p].unwrap() > 70.0, "{}: {:?}", policy.name, of("done"));
        let fixed = of("first-time fix").means[p].unwrap();
        assert!((40.0..99.0).contains(&fixed), "{}: parts and absence matter, {fixed}", policy.name);
    }
    let travel = of("travel a job");
    let by = |name: &str| travel.means[policies.iter().position(|p| p.name == name).unwrap()].unwrap();
    assert!(by("cheapest") < by("random"), "{travel:?}");
}

#[test]
fn ready_scenarios_can_be_played_and_wrong_ones_say_where() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios");
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let scenario = Scenario::read(&path).unwrap();
        assert_eq!(Some(scenario.name.as_str()), path.file_stem().and_then(|s| s.to_str()));
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
    let said = |text: &str| {
        let wrong = Scenario::of(text).unwrap_err();
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(said("name = 1").contains("line 1"), "{}", said("name = 1"));
    let unknown = said("name = \"a\"\n[fleet]\ntechnician = 3");
    assert!(unknown.contains("technician") && unknown.contains("line 3"), "{unknown}");
    let wrong = said(
        "name = \"a b\"\n[demand]\nbooked = 1.2\n[[event]]\nkind = \"surge\"\nfrom = 9.0\nto = 8.0\nfactor = 2.0\nfamily = \"x\"",
    );
    for field in
        ["line 1, column 1: name:", "line 3, column 1: demand.booked:", "line 6, column 1: event[0].from:"]
    {
        assert!(wrong.contains(field), "{field} in {wrong}");
    }
}
