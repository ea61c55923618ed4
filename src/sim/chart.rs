//! A report as one self-contained page: a table, and for each figure a bar a policy with its interval, as SVG.

use super::report::{Report, Row};
use std::fmt::Write;

const WIDTH: f64 = 460.0;
const BAR: f64 = 22.0;

/// The page.
pub fn page(report: &Report) -> String {
    let mut body = String::new();
    for row in &report.rows {
        let _ = write!(body, "<section><h2>{}</h2>{}</section>", heading(row), bars(report, row));
    }
    let seeds = report.seeds.len();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style>\
         <h1>{0}</h1><p>{1}</p><p>{seeds} seeds, travel by {2}. Bars are means over the seeds; the number behind a bar \
         is its difference to <b>{3}</b> on the same days, with a 95 % interval.</p><main>{body}</main></html>\n",
        escape(&report.scenario),
        escape(&report.about),
        escape(&report.travel_model),
        escape(&report.policies[0]),
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
