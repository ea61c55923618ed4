//! What was found, as tables for people and as JSON for programs.

use super::Found;
use crate::demo::names::span;
use crate::wire::v1;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

/// Rows of a ranking that are printed.
const ROWS: usize = 5;

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn maybe(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), percent)
}

pub(super) fn table(head: Vec<String>, left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let columns = head.len();
    table.set_header(head);
    for column in left..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// For people.
pub fn text(found: &Found) -> String {
    let f = &found.forecast;
    let mut parts = vec![format!(
        "{}, {}: {} technicians at work, busy {} of the time; {} of the calls that count have somebody in time",
        found.title,
        f.date,
        f.technicians,
        percent(f.busy_share),
        percent(f.share)
    )];
    parts.push(by_class(f).to_string());
    parts.push(by_hour(f).to_string());
    parts.extend(found.worth.as_ref().map(worth));
    parts.extend(found.plan.as_ref().map(plan));
    parts.join("\n")
}

fn by_class(f: &v1::CoverageForecast) -> Table {
    let head = ["", "Class", "Within", "Calls/h", "Covered", "Worst hour"];
    let mut all = table(head.map(String::from).to_vec(), 2);
    for (at, class) in f.classes.iter().enumerate() {
        let Some(of) = &class.demand_class else { continue };
        let hours = f.hours.iter().filter_map(|h| Some((h.classes.get(at)?, h.hour)));
        let busy = hours.filter(|(c, _)| c.calls_per_hour * 4.0 >= class.calls_per_hour && c.share.is_some());
        let worst = busy.min_by(|(a, _), (b, _)| a.share.unwrap_or(1.0).total_cmp(&b.share.unwrap_or(1.0)));
        all.add_row([
            of.number.to_string(),
            of.display_name.clone(),
            format!("{:.0} min", span(&of.target) / 60.0),
            format!("{:.2}", class.calls_per_hour),
            maybe(class.share),
            worst.map_or_else(String::new, |(c, hour)| format!("{hour:02}:00 {}", maybe(c.share))),
        ]);
    }
    all
}

fn by_hour(f: &v1::CoverageForecast) -> Table {
    let mut head: Vec<String> = ["Hour", "At work", "Calls/h", "All"].map(String::from).to_vec();
    let shown: Vec<usize> = (0..f.classes.len()).filter(|c| f.classes[*c].share.is_some()).collect();
    head.extend(shown.iter().map(|c| format!("#{c}")));
    let mut all = table(head, 1);
    for hour in &f.hours {
        let mut row = vec![
            format!("{:02}:00", hour.hour),
            hour.technicians.to_string(),
            format!("{:.1}", hour.calls_per_hour),
            maybe(hour.share),
        ];
        let short = |share: Option<f64>| share.map_or_else(|| "-".into(), |s| format!("{:.0}", s * 100.0));
        row.extend(shown.iter().map(|c| short(hour.classes.get(*c).and_then(|c| c.share))));
        all.add_row(row);
    }
    all
}

fn worth(w: &v1::RankAdditionsResponse) -> String {
    let mut all = table(["One more", "What", "Covered", "Calls/day"].map(String::from).to_vec(), 2);
    let kinds = [
        ("technician", &w.technicians),
        ("certificate", &w.certificates),
        ("van kit", &w.kits),
        ("depot", &w.depots),
    ];
    for (kind, list) in kinds {
        for (n, one) in list.iter().take(ROWS).enumerate() {
            all.add_row([
                if n == 0 { kind.to_owned() } else { String::new() },
                one.description.clone(),
                format!("+{:.2} points", one.share_gain * 100.0),
                format!("+{:.2}", one.calls_per_day),
            ]);
        }
        if list.is_empty() {
            all.add_row([kind.to_owned(), "nothing would add anything".into(), String::new(), String::new()]);
        }
    }
    format!("What one more would add to the day:\n{all}")
}

fn plan(p: &v1::StaffingPlan) -> String {
    let verb = if p.reached { "reach" } else { "do not reach it: they cover" };
    let besides = if p.present_technicians > 0 {
        format!(" (the {} who have shifts now cover {})", p.present_technicians, percent(p.present_share))
    } else {
        String::new()
    };
    let mut lines = vec![format!(
        "Staffing: {} technicians {verb} {}, busy {} of the time{besides}",
        p.technicians,
        percent(p.share),
        percent(p.busy_share)
    )];
    lines.push(format!(
        "No choice of these places ({}), shifts and certificates does with fewer than {}, or for less than {:.2} \
         technicians' cost; this one costs {:.2}: at most {} above the least",
        p.places,
        p.technicians_limit,
        p.cost_limit,
        p.cost,
        percent(p.gap)
    ));
    if p.cut_short {
        lines.push("It was cut short: plan and limits hold, both could be better".into());
    }
    let mut who = table(["", "Where, when, with what"].map(String::from).to_vec(), 2);
    who.add_rows(p.positions.iter().map(|one| [format!("{} x", one.count), one.description.clone()]));
    lines.push(who.to_string());
    let mut curve = table(["Technicians", "Cover", "At most"].map(String::from).to_vec(), 0);
    let step = (p.curve.len() / 12).max(1);
    for point in p.curve.iter().step_by(step) {
        curve.add_row([point.technicians.to_string(), percent(point.share), percent(point.share_limit)]);
    }
    lines.push(curve.to_string());
    if !p.targets.is_empty() {
        let head = ["Target", "Present shifts", "Technicians it takes", "At least"];
        let mut targets = table(head.map(String::from).to_vec(), 0);
        for t in &p.targets {
            let found = if t.reached { t.technicians.to_string() } else { format!("over {}", t.technicians) };
            targets.add_row([
                format!("{:.0} min", span(&t.target) / 60.0),
                percent(t.present_share),
                found,
                t.technicians_limit.to_string(),
            ]);
        }
        lines.push(targets.to_string());
    }
    lines.join("\n")
}

/// For programs. Cells are in the files.
pub fn json(found: &Found) -> Value {
    let f = &found.forecast;
    let class = |c: &v1::ClassCoverage| {
        let of = c.demand_class.clone().unwrap_or_default();
        json!({
            "number": of.number, "name": of.display_name, "target_s": span(&of.target),
            "calls_per_hour": c.calls_per_hour, "share": c.share,
        })
    };
    let hour = |h: &v1::HourCoverage| {
        json!({
            "hour": h.hour, "share": h.share, "calls_per_hour": h.calls_per_hour, "technicians": h.technicians,
            "class_shares": h.classes.iter().map(|c| c.share).collect::<Vec<_>>(),
        })
    };
    json!({
        "title": found.title, "date": f.date, "share": f.share, "technicians": f.technicians,
        "busy_share": f.busy_share,
        "classes": f.classes.iter().map(class).collect::<Vec<_>>(),
        "hours": f.hours.iter().map(hour).collect::<Vec<_>>(),
        "worth": found.worth.as_ref().map(worth_json),
        "staffing": found.plan.as_ref().map(plan_json),
    })
}

fn worth_json(w: &v1::RankAdditionsResponse) -> Value {
    let one = |a: &v1::Addition| json!({ "what": a.description, "share_gain": a.share_gain, "calls_per_day": a.calls_per_day });
    let all = |list: &[v1::Addition]| list.iter().map(one).collect::<Vec<_>>();
    json!({
        "technicians": all(&w.technicians), "certificates": all(&w.certificates),
        "kits": all(&w.kits), "depots": all(&w.depots),
    })
}

fn plan_json(p: &v1::StaffingPlan) -> Value {
    let position = |a: &v1::AddedPosition| {
        json!({
            "count": a.count, "cell": a.cell, "place": a.place.map(|p| json!([p.longitude, p.latitude])),
            "shift_start_s": span(&a.shift_start), "shift_s": span(&a.shift_duration),
            "certificates": a.certifications.iter()
                .map(|c| json!({ "kind": c.kind, "level": c.min_level })).collect::<Vec<_>>(),
        })
    };
    let point = |c: &v1::StaffingPoint| json!({ "technicians": c.technicians, "share": c.share, "share_limit": c.share_limit });
    let target = |t: &v1::TargetStaffing| {
        json!({
            "target_s": span(&t.target), "present_share": t.present_share, "technicians": t.technicians,
            "reached": t.reached, "technicians_limit": t.technicians_limit,
        })
    };
    json!({
        "reached": p.reached, "share": p.share, "technicians": p.technicians, "cost": p.cost,
        "technicians_limit": p.technicians_limit, "cost_limit": p.cost_limit, "gap": p.gap,
        "present_share": p.present_share, "present_technicians": p.present_technicians, "busy_share": p.busy_share,
        "places": p.places, "cut_short": p.cut_short,
        "positions": p.positions.iter().map(position).collect::<Vec<_>>(),
        "curve": p.curve.iter().map(point).collect::<Vec<_>>(),
        "targets": p.targets.iter().map(target).collect::<Vec<_>>(),
    })
}
