//! A report as one self-contained page: a table, and for each figure a bar a policy with its interval, as SVG.

use super::report::{Bounds, Report, Row};
use std::fmt::Write;

const WIDTH: f64 = 460.0;
const BAR: f64 = 22.0;

/// The page; with a day to be played on a map where there is one.
pub fn page(report: &Report, replay: Option<&serde_json::Value>) -> String {
    let mut body = String::new();
    for row in &report.rows {
        let _ = write!(body, "<section><h2>{}</h2>{}</section>", heading(row), bars(report, row));
    }
    if let Some(bounds) = &report.bounds {
        let _ = write!(body, "<section><h2>late [%], held against</h2>{}</section>", held(report, bounds));
    }
    if let Some(staffing) = &report.staffing {
        let _ = write!(body, "<section><h2>staffing</h2><p>{}</p></section>", escape(&staffing.told()));
    }
    let seeds = report.seeds.len();
    let film = replay.map_or(String::new(), film);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style>\
         <h1>{0}</h1><p>{1}</p><p>{seeds} seed{4}, travel by {2}. Bars are means over the seeds; the number behind a bar \
         is its difference to <b>{3}</b> on the same days, with a 95 % interval.</p><main>{body}</main>{film}</html>\n",
        escape(&report.scenario),
        escape(&report.about),
        escape(&report.travel_model),
        escape(&report.policies[0]),
        if seeds == 1 { "" } else { "s" },
    )
}

const FILM_STYLE: &str = include_str!("replay/page.css");
const FILM: &str = include_str!("replay/page.js");

/// The replay: its data, its panel, its script.
fn film(replay: &serde_json::Value) -> String {
    let said = |field: &str| escape(replay[field].as_str().unwrap_or_default());
    let straight = replay["days"].as_array().is_some_and(|d| d.iter().any(|d| d["day"]["straight"] == true));
    let left_out = replay["left_out"].as_array().filter(|l| !l.is_empty());
    let left_out = left_out.map_or(String::new(), |l| {
        let names: Vec<&str> = l.iter().filter_map(|n| n.as_str()).collect();
        format!(" Too large for the page: {}.", escape(&names.join(", ")))
    });
    // inside a script element only "<" could end it
    let data = replay.to_string().replace('<', "\\u003c");
    format!(
        "<style>{FILM_STYLE}</style><section id=\"replay\"><h2>Seed {}, {}, {}: the day as it went</h2>\
         <div id=\"bar\"><button id=\"play\">Play</button><span id=\"clock\"></span>\
         <input id=\"scrub\" type=\"range\" step=\"30\" aria-label=\"time\"><label>speed <select id=\"speed\">\
         <option value=\"60\">1 min/s</option><option value=\"300\" selected>5 min/s</option>\
         <option value=\"900\">15 min/s</option><option value=\"3600\">1 h/s</option></select></label>\
         <label>left <select id=\"left\"></select></label><label>right <select id=\"right\">\
         <option value=\"\">nothing</option></select></label><label>cells <select id=\"colour\">\
         <option value=\"load\">by jobs that wait</option><option value=\"late\">by share late</option></select></label></div>\
         <div id=\"maps\"></div><p id=\"key\">Jobs:<i style=\"background:#1f6feb\"></i>wait\
         <i style=\"background:#d9332b\"></i>wait past their time<i style=\"background:#f08c00\"></i>being done\
         <i style=\"background:#8fbfa3\"></i>done<i style=\"background:#b35c56\"></i>begun late\
         <i style=\"background:#c4cad0\"></i>called off; ringed: emergencies. Triangles: technicians at work, pale while \
         free. Squares: depots.{}{left_out} Drag to move, wheel to zoom, space to play. {}</p></section>\
         <script type=\"application/json\" id=\"film\">{data}</script><script>{FILM}</script>",
        replay["seed"],
        said("city"),
        said("date"),
        if straight { " Ways are drawn straight: there are too many for their roads." } else { "" },
        said("attribution"),
    )
}

const STYLE: &str = "body{font:15px/1.4 system-ui,sans-serif;margin:2em auto;max-width:1060px;padding:0 1em;color:#222}\
    main{display:grid;grid-template-columns:repeat(auto-fill,minmax(480px,1fr));gap:1em}h1{margin:0}\
    section{border:1px solid #ddd;border-radius:6px;padding:.6em 1em}h2{font-size:1em;margin:.2em 0}\
    text{font:12px system-ui,sans-serif}.b{fill:#4a7fb5}.b0{fill:#9aa7b2}.d{fill:#666}.clear{fill:#1a7f37;font-weight:600}";

fn heading(row: &Row) -> String {
    match row.unit.as_str() {
        "" => escape(&row.figure),
        unit => format!("{} [{}]", escape(&row.figure), escape(unit)),
    }
}

/// How far each policy is from what nobody does better than, and from hindsight.
fn held(report: &Report, bounds: &Bounds) -> String {
    let mean = |all: &mut dyn Iterator<Item = f64>| {
        let all: Vec<f64> = all.collect();
        super::report::mean(&all).map_or("-".to_owned(), |m| format!("{m:.1}"))
    };
    let mut rows = String::new();
    for (p, name) in report.policies.iter().enumerate() {
        let gap = |gaps: &[Option<f64>]| gaps[p].map_or("-".to_owned(), |g| format!("{g:+.1}"));
        let (bound, plan) = (gap(&bounds.gap_to_bound), gap(&bounds.gap_to_hindsight));
        let _ = write!(rows, "<tr><td>{}<td>{bound}<td>{plan}", escape(name));
    }
    format!(
        "<p>No policy begins fewer than <b>{}</b> % late: a flow of true work over certificates and shifts, without \
         travel. A plan that knows the day beforehand begins <b>{}</b> % late; a search, so a reference and no proof. \
         Points above each:</p><table><tr><th><th>the bound<th>hindsight{rows}</table>",
        mean(&mut bounds.least_late.iter().copied()),
        mean(&mut bounds.hindsight_late.iter().flatten().copied()),
    )
}

fn bars(report: &Report, row: &Row) -> String {
    let most = row.means.iter().flatten().fold(0.0f64, |m, v| m.max(*v)).max(1e-9);
    let height = BAR * report.policies.len() as f64 + 4.0;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"100%\" role=\"img\">");
    for (i, (name, mean)) in report.policies.iter().zip(&row.means).enumerate() {
        let y = i as f64 * BAR + 2.0;
        let length = mean.map_or(0.0, |m| m / most * 170.0);
        let class = if i == 0 { "b0" } else { "b" };
        let said = mean.map_or("-".to_owned(), |m| format!("{m:.1}"));
        let _ = write!(
            svg,
            "<text x=\"0\" y=\"{0:.1}\">{1}</text><rect class=\"{class}\" x=\"95\" y=\"{y:.1}\" width=\"{length:.1}\" \
             height=\"16\"/><text x=\"{2:.1}\" y=\"{0:.1}\">{said}</text>",
            y + 13.0,
            escape(name),
            length + 100.0,
        );
        if let Some(d) = row.differences[i] {
            let class = if d.mean.abs() > d.half { "clear" } else { "d" };
            let x = length + 145.0;
            let _ = write!(
                svg,
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{:+.1} ± {:.1}</text>",
                y + 13.0,
                d.mean,
                d.half
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
