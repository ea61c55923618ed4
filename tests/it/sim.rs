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
    let policies: Vec<&Named> = POLICIES.iter().filter(|p| p.name != "rolling").collect();
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

/// Ready scenarios at a size that tests can play: what each is about has to show all the same.
fn reduced(name: &str, by: usize) -> (Scenario, Place) {
    let mut scenario = Scenario::of(callout::sim::ready::ready(name).unwrap().text).unwrap();
    scenario.fleet.technicians = (scenario.fleet.technicians / by).max(4);
    scenario.demand.jobs = (scenario.demand.jobs / by).max(8);
    scenario.event.iter_mut().for_each(|e| {
        if let callout::sim::scenario::Trouble::Storm { calls, .. } = e {
            *calls /= by.min(5);
        }
    });
    let place = Place::open(&scenario).unwrap();
    (scenario, place)
}

fn figure(report: &callout::sim::report::Report, name: &str) -> f64 {
    report.row(name).unwrap().means[0].unwrap()
}

#[test]
fn every_ready_scenario_shows_what_its_name_says() {
    let cheapest = [callout::sim::policy::named("cheapest").unwrap()];
    for ready in callout::sim::ready::READY {
        let by = match ready.name {
            "ac-peak" => 300,
            "night-emergency" | "dual-gas" => 4,
            _ => 12,
        };
        let (scenario, place) = reduced(ready.name, by);
        let world = draw(&scenario, &place, 1);
        let report = compare(&scenario, &place, &cheapest, &[1], &|_| ());
        let done = figure(&report, "done");
        assert!(done > 40.0, "{}: {done} % done", ready.name);
        let calls = &world.calls;
        let share = |test: &dyn Fn(&callout::sim::world::Call) -> bool| {
            calls.iter().filter(|c| test(c)).count() as f64 / calls.len() as f64
        };
        let family =
            |id: &'static str| share(&|c| c.job.need.family.as_ref().is_some_and(|f| f.as_str() == id));
        let kind = |kind| share(&|c| c.job.need.kind == kind);
        use callout::board::job::JobKind;
        match ready.name {
            "ac-peak" => assert!(family("air-conditioner") == 1.0 && kind(JobKind::Install) == 1.0),
            "install-campaign" => assert!(kind(JobKind::Install) > 0.7 && scenario.days == 3),
            "night-emergency" => {
                let night = |c: &callout::sim::world::Call| {
                    let hour = (c.at.0 - place.day.midnight()).rem_euclid(86_400) / 3600;
                    !(7..19).contains(&hour)
                };
                assert!(share(&night) > 0.5);
                assert!(share(&|c| c.job.need.level.as_str() == "emergency") > 0.3);
            }
            "part-shortage" => {
                use callout::board::id::{Location, PartId};
                let pumps = world.board.depots.keys().map(|d| {
                    world.board.stock.free(&Location::Depot(d.clone()), &PartId::from("drain-pump"))
                });
                assert!(pumps.sum::<u32>() < 12);
                assert!(figure(&report, "parts at hand") < 95.0, "{report:?}");
            }
            "filter-season" => assert!(family("water-purifier") > 0.6 && kind(JobKind::Maintenance) > 0.6),
            "dual-gas" => {
                let both = |c: &callout::sim::world::Call| {
                    let gas = c
                        .job
                        .need
                        .family
                        .as_ref()
                        .is_some_and(|f| ["boiler", "gas-hob"].contains(&f.as_str()));
                    gas && c.job.need.requirements.iter().any(|r| r.kind.as_str().starts_with("product-"))
                };
                assert!(share(&both) > 0.2);
            }
            "two-depots" => {
                assert_eq!(world.board.depots.len(), 2);
                let starts: std::collections::BTreeSet<_> =
                    world.board.technicians.values().map(|t| (t.start.lon, t.start.lat)).collect();
                assert_eq!(starts.len(), 2);
            }
            "rural-fringe" => {
                let middle = place.city.busiest();
                assert!(share(&|c| c.job.need.place.metres_to(middle) > 8_000.0) > 0.3);
                assert_eq!(world.lost.len(), 1);
            }
            "heat-wave" => assert!(family("air-conditioner") > 0.1),
            _ => {}
        }
    }
}

#[test]
fn the_page_carries_its_days_and_the_bounds_hold() {
    let (scenario, place) = reduced("busy-city", 12);
    let policies: Vec<&Named> =
        ["nearest-idle", "cheapest", "random"].map(|n| callout::sim::policy::named(n).unwrap()).into();
    let mut report = compare(&scenario, &place, &policies, &[1, 2], &|_| ());
    report.hold_against_bounds(&scenario, &place);
    let bounds = report.bounds.as_ref().unwrap();
    for gap in bounds.gap_to_bound.iter().flatten() {
        assert!(*gap >= 0.0, "nobody beats the bound: {bounds:?}");
    }
    for (least, plan) in bounds.least_late.iter().zip(&bounds.hindsight_late) {
        assert!(plan.unwrap() + 1e-9 >= *least, "a plan is no better than the bound: {bounds:?}");
    }
    let film = callout::sim::replay::replay(&scenario, &place, &policies, 1);
    assert_eq!(film["days"].as_array().unwrap().len(), 3);
    let world = draw(&scenario, &place, 1);
    assert_eq!(film["jobs"].as_array().unwrap().len(), world.calls.len());
    let day = &film["days"][1]["day"];
    // whoever works at a job has been driven there before, by a way that leads to it
    for stay in day["stays"].as_array().unwrap().iter().filter(|s| s[1] != -1) {
        let led = |w: &&serde_json::Value| w[0] == stay[0] && w[1] == stay[1] && w[3] == stay[2];
        assert!(day["ways"].as_array().unwrap().iter().any(|w| led(&w)), "{stay} came from nowhere");
    }
    let page = callout::sim::chart::page(&report, Some(&film));
    assert!(page.len() < 4_000_000 && !page.contains("http"), "{} bytes", page.len());
    let more = callout::sim::staffing::staffing(&scenario, &place, policies[1], &[1]);
    assert!(more.enough.is_none_or(|e| more.at_least.is_some_and(|a| a <= e)), "{more:?}");
}

#[test]
fn ready_scenarios_can_be_played_and_wrong_ones_say_where() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios");
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let scenario = Scenario::read(&path).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(Some(scenario.name.as_str()), path.file_stem().and_then(|s| s.to_str()));
        seen += 1;
    }
    assert_eq!(seen, callout::sim::ready::READY.len());
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
