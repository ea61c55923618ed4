//! A small day on the embedded city, played as `callout demo` does: sums, reasons, figures, the map.

use callout::demo::{Demo, Options, figures, map, run, table};
use callout::wire::v1::Outcome;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn played(seed: u64) -> Demo {
    let options = Options {
        roads: None,
        time_zone: None,
        seed,
        technicians: 30,
        jobs: 60,
        data: None,
        listen: "127.0.0.1:0".parse().unwrap(),
    };
    let beats = AtomicU64::new(0);
    let watch = || Duration::from_micros(beats.fetch_add(1, Ordering::Relaxed));
    run(&options, &watch, &|_, _, _| ()).unwrap()
}

/// Who comes and when, for every call: what two runs of one seed share.
fn decisions(demo: &Demo) -> Vec<String> {
    let line = |t: &callout::demo::play::Taken| {
        let decision = t.answer.decision.clone().unwrap_or_default();
        let chosen = decision.chosen.as_ref();
        format!(
            "{} {:?} {} {:?}",
            t.call.request.job_id,
            decision.outcome(),
            chosen.map_or("", |c| c.technician.as_str()),
            chosen.and_then(|c| c.eta),
        )
    };
    demo.played.taken.iter().map(line).collect()
}

#[test]
fn a_day_adds_up_and_every_refusal_has_its_reason() {
    let demo = played(1);
    let f = &demo.figures;
    assert_eq!((f.jobs, f.technicians), (60, 30));
    assert_eq!(f.assigned + f.refused + f.remote, f.jobs, "{f:?}");
    assert!(f.assigned >= 40, "{f:?}");
    assert!((0.0..=1.0).contains(&f.within_30_min) && f.urgent_jobs >= 5, "{f:?}");
    assert!(f.travel_km_per_job > 0.5 && f.travel_min_per_job > 1.0, "{f:?}");
    assert_eq!(f.refused_by_rule.values().sum::<usize>(), f.refused);
    let refused: Vec<_> =
        demo.played.taken.iter().filter(|t| figures::outcome(t) == Outcome::NobodyFits).collect();
    assert!(refused.len() >= 5, "the script holds jobs that cannot be done");
    for taken in &refused {
        let decision = taken.answer.decision.as_ref().unwrap();
        assert!(!decision.rejections.is_empty(), "{}", taken.call.about);
        assert!(decision.rejections.iter().all(|r| !r.missed.is_empty() && r.technician_count > 0));
        assert!(decision.remedies.iter().all(|r| !r.description.is_empty() && r.candidate.is_some()));
        assert!(!decision.remedies.is_empty(), "{}: nothing would help? {decision:?}", taken.call.about);
    }
    assert!(demo.played.declined.is_empty(), "{:?}", demo.played.declined);
    demo.close();
}

#[test]
fn one_seed_has_one_outcome_and_the_map_needs_nothing_else() {
    let (first, again) = (played(2), played(2));
    assert_eq!(decisions(&first), decisions(&again));
    let (a, b) = (&first.figures, &again.figures);
    assert_eq!((a.visits, a.travel_km_per_job, a.lost), (b.visits, b.travel_km_per_job, b.lost));
    again.close();

    let json = serde_json::to_value(&first.figures).unwrap();
    for key in [
        "jobs",
        "assigned",
        "refused",
        "within_30_min",
        "travel_km_per_job",
        "travel_min_per_job",
        "decision_ms_p50",
        "decision_ms_p99",
    ] {
        assert!(json[key].is_number(), "{key} in {json}");
    }

    let page = map::page(&first);
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "the map loads something: {outside}");
    }
    assert!(page.contains("OpenStreetMap contributors, ODbL"));
    assert!(!page.contains("Customer j0001"), "nobody's name goes into the map");

    let text = format!("{}\n{}", table::decisions(&first), table::summary(&first));
    assert!(text.contains("within 30 min") && text.contains("refused, and what would help"));
    first.close();
}
