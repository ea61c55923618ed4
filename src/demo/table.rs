//! The day as text for a terminal: a table of decisions and a summary.

use super::Demo;
use super::figures::{deciding_rule, decisive, is_urgent, level, outcome, said};
use super::names::{id, seconds, span};
use super::play::Taken;
use crate::wire::v1::{Candidate, CostKind, Decision, Outcome};
use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};

/// Every this many, an ordinary assignment is shown.
const SAMPLE: usize = 40;

/// What a cost term is for, as people say it.
pub fn cost_word(kind: CostKind) -> &'static str {
    match kind {
        CostKind::Unspecified => "other",
        CostKind::Travel => "travel",
        CostKind::Lateness => "lateness",
        CostKind::Overtime => "overtime",
        CostKind::Waiting => "waiting",
        CostKind::PartsDetour => "parts detour",
        CostKind::PromiseChange => "promise change",
        CostKind::Scarcity => "scarcity",
        CostKind::Response => "response",
        CostKind::Risk => "risk",
        CostKind::Preference => "preference",
        CostKind::Language => "language",
        CostKind::Patience => "patience",
        CostKind::Partner => "partner",
        CostKind::Coverage => "coverage",
        CostKind::Divert => "divert",
    }
}

/// Minutes of cost, with one decimal.
pub fn cost_minutes(millis: i64) -> String {
    format!("{:.1}", millis as f64 / 60_000.0)
}

/// Cost terms as "travel 9.1 + response 0.6", in minutes of paid time.
pub fn terms(candidate: &Candidate) -> String {
    let term = |t: &crate::wire::v1::CostTerm| format!("{} {}", cost_word(t.kind()), cost_minutes(t.millis));
    let told: Vec<String> = candidate.cost_terms.iter().map(term).collect();
    if told.is_empty() { "no extra cost".to_owned() } else { told.join(" + ") }
}

/// Why: the winner's cost and the next, or what nobody could and what would help.
pub fn why(decision: &Decision) -> String {
    match decision.outcome() {
        Outcome::Assigned => {
            let Some(chosen) = &decision.chosen else { return String::new() };
            let next = decision.runners_up.first().map(|next| {
                let more = next.total_cost_millis - chosen.total_cost_millis;
                format!("; next {} +{}", id(&next.technician), cost_minutes(more))
            });
            let depot = Some(id(&chosen.depot)).filter(|d| !d.is_empty()).map(|d| format!("; parts via {d}"));
            format!("{}{}{}", terms(chosen), depot.unwrap_or_default(), next.unwrap_or_default())
        }
        Outcome::NobodyFits => {
            let why = decisive(decision)
                .map(|r| format!("{}: {} ({})", said(r.rule()), r.missed, id(&r.closest_technician)));
            let help = decision.remedies.first().map(|r| format!("; fits {}", r.description));
            format!("{}{}", why.unwrap_or_default(), help.unwrap_or_default())
        }
        Outcome::NoVisitNeeded => "solved from afar".to_owned(),
        Outcome::Unspecified => String::new(),
    }
}

/// Every urgent and every refused job, and one in forty of the others.
pub fn decisions(demo: &Demo) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(160);
    }
    let heads = ["Called", "Job", "About", "Level", "Cell", "Who", "Arrives", "Cost", "Why"];
    table.set_header(heads.map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
    let shown =
        demo.played.taken.iter().enumerate().filter(|(n, taken)| {
            is_urgent(taken) || outcome(taken) == Outcome::NobodyFits || n % SAMPLE == 0
        });
    for (_, taken) in shown {
        table.add_row(row(demo, taken));
    }
    table
}

fn row(demo: &Demo, taken: &Taken) -> [String; 9] {
    let decision = taken.answer.decision.clone().unwrap_or_default();
    let visit = taken.answer.visit.as_ref();
    let who = match outcome(taken) {
        Outcome::Assigned => visit.map_or(String::new(), |v| id(&v.technician).to_owned()),
        Outcome::NobodyFits => "nobody".to_owned(),
        _ => "phone".to_owned(),
    };
    let arrives = visit.map_or(String::new(), |v| demo.day.clock(seconds(&v.arrive_time)));
    let cost = decision.chosen.as_ref().map_or(String::new(), |c| cost_minutes(c.total_cost_millis));
    let cell = taken.answer.job.as_ref().map_or(String::new(), |j| short_cell(&j.cell));
    [
        demo.day.clock(taken.call.at),
        taken.call.request.job_id.clone(),
        taken.call.about.clone(),
        level(taken).to_owned(),
        cell,
        who,
        arrives,
        cost,
        why(&decision),
    ]
}

/// An H3 cell without the digits that all cells of its resolution end in.
pub fn short_cell(cell: &str) -> String {
    cell.trim_end_matches('f').to_owned()
}

/// The figures, a line each.
pub fn summary(demo: &Demo) -> String {
    let f = &demo.figures;
    let mut lines = vec![
        format!(
            "{}, {}: {} technicians, {} jobs",
            demo.city.display_name,
            demo.day.spoken(),
            f.technicians,
            f.jobs
        ),
        format!("  travel model     {}", f.travel_model),
        format!("  assigned         {} ({} solved from afar, {} refused)", f.assigned, f.remote, f.refused),
        format!(
            "  within 30 min    {} of {} urgent jobs ({:.0} %); emergencies {} of {}  (planned arrival, from the call)",
            f.urgent_within_30_min,
            f.urgent_jobs,
            f.within_30_min * 100.0,
            f.emergency_within_30_min,
            f.emergency_jobs
        ),
        format!(
            "  windows          {} of {} booked visits begin inside theirs",
            f.booked_in_window, f.booked_jobs
        ),
        format!(
            "  travel per job   {:.1} km, {:.1} min  ({} visits, ways home included)",
            f.travel_km_per_job, f.travel_min_per_job, f.visits
        ),
        format!("  kept improving   {} visits went to another technician before departure", f.moved),
        format!("  decision         p50 {:.2} ms, p99 {:.2} ms", f.decision_ms_p50, f.decision_ms_p99),
        format!("  CreateJob        p50 {:.1} ms, p99 {:.1} ms  (durable)", f.rpc_ms_p50, f.rpc_ms_p99),
        format!(
            "  in between       {} corrected, {} called off, {} positions",
            f.corrected, f.cancelled, demo.played.positions
        ),
    ];
    lines.push("  refused, and what would help".to_owned());
    lines.extend(refusals(demo));
    lines.join("\n")
}

/// Refused jobs by rule, each with the first remedy of one of them.
fn refusals(demo: &Demo) -> Vec<String> {
    let refused: Vec<&Taken> =
        demo.played.taken.iter().filter(|t| outcome(t) == Outcome::NobodyFits).collect();
    let by_rule = demo.figures.refused_by_rule.iter();
    let line = |(rule, count): (&String, &usize)| {
        let of_rule = refused.iter().filter(|t| said(deciding_rule(t).unwrap_or_default()) == rule);
        let remedy = of_rule.filter_map(|t| t.answer.decision.as_ref()?.remedies.first()).next();
        let help = remedy.map_or("no single change would".to_owned(), |r| {
            let who = r.candidate.as_ref().map_or(String::new(), |c| format!(" -> {}", id(&c.technician)));
            format!("{}{who}", r.description)
        });
        format!("    {count:>3}  {rule:<34} {help}")
    };
    by_rule.map(line).collect()
}

/// Minutes and kilometres that a candidate adds.
pub fn added(candidate: &Candidate) -> String {
    let minutes = span(&candidate.added_travel) / 60.0;
    format!("{minutes:.0} min, {:.1} km", candidate.added_meters as f64 / 1e3)
}
