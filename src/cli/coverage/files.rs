//! The files of `-o`: pages, stills, features.

use super::super::Error;
use super::draw::escape;
use super::heat::Heat;
use super::{Found, curve};
use crate::demo::city::City;
use crate::demo::names::span;
use crate::geo::Cell;
use crate::wire::v1;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes all that was found into a directory, which is made where it is not there.
pub fn write(
    dir: &Path,
    found: &Found,
    city: Option<&City>,
    wanted: Option<f64>,
) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    let failed = |path: &Path, why: String| Error::unusable(format!("{}: {why}", path.display()));
    fs::create_dir_all(dir).map_err(|e| failed(dir, e.to_string()))?;
    let mut put = |name: &str, bytes: Vec<u8>| {
        let path = dir.join(name);
        fs::write(&path, bytes).map_err(|e| failed(&path, e.to_string()))?;
        written.push(path);
        Ok(())
    };
    if let Some(heat) = Heat::of(&found.forecast, city) {
        put("coverage.html", heat.page(&found.title).into_bytes())?;
        put("coverage.png", heat.still(&found.title).png().map_err(Error::unusable)?)?;
        put("coverage.geojson", cells(&found.forecast, &heat).to_string().into_bytes())?;
    }
    if let Some(plan) = &found.plan {
        let drawing = curve::drawing(&found.title, plan, wanted.unwrap_or(0.9));
        put("staffing.html", page(&found.title, &drawing.svg(), plan).into_bytes())?;
        put("staffing.png", drawing.png().map_err(Error::unusable)?)?;
        put("staffing.geojson", positions(plan).to_string().into_bytes())?;
    }
    Ok(written)
}

/// Cells as GeoJSON: WGS-84, rings closed, as RFC 7946 has it.
fn cells(forecast: &v1::CoverageForecast, heat: &Heat<'_>) -> Value {
    let feature = |(at, cell): (usize, &Cell)| {
        let mut ring: Vec<[f64; 2]> = cell.outline().iter().map(|p| [p.lon_deg(), p.lat_deg()]).collect();
        ring.push(ring[0]);
        let (calls, share) = heat.of_day(at);
        let by_hour = |h: &v1::HourCoverage| json!({ "hour": h.hour, "chances": h.cells[at].chances });
        json!({
            "type": "Feature",
            "id": cell.to_string(),
            "geometry": { "type": "Polygon", "coordinates": [ring] },
            "properties": {
                "cell": cell.to_string(), "calls_per_day": calls, "share": share,
                "hours": forecast.hours.iter().map(by_hour).collect::<Vec<_>>(),
            },
        })
    };
    let class = |c: &v1::ClassCoverage| c.demand_class.as_ref().map(|d| d.display_name.clone());
    json!({
        "type": "FeatureCollection",
        "date": forecast.date,
        "classes": forecast.classes.iter().map(class).collect::<Vec<_>>(),
        "features": heat.cells().iter().enumerate().map(feature).collect::<Vec<_>>(),
    })
}

/// A plan's positions as GeoJSON.
fn positions(plan: &v1::StaffingPlan) -> Value {
    let feature = |p: &v1::AddedPosition| {
        let at = p.place.unwrap_or_default();
        json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": [at.longitude, at.latitude] },
            "properties": {
                "cell": p.cell, "technicians": p.count, "description": p.description,
                "shift_start_s": span(&p.shift_start), "shift_s": span(&p.shift_duration),
                "certificates": p.certifications.iter()
                    .map(|c| json!({ "kind": c.kind, "level": c.min_level })).collect::<Vec<_>>(),
            },
        })
    };
    json!({
        "type": "FeatureCollection",
        "features": plan.positions.iter().map(feature).collect::<Vec<_>>(),
    })
}

/// The curve's page, with the plan as a table.
fn page(title: &str, svg: &str, plan: &v1::StaffingPlan) -> String {
    let rows: String = plan
        .positions
        .iter()
        .map(|p| format!("<tr><td>{}</td><td>{}</td></tr>", p.count, escape(&p.description)))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}: staffing</title><style>\
         body{{font:15px/1.4 system-ui,sans-serif;margin:2em auto;max-width:960px;padding:0 1em;color:#282c34}}\
         td{{padding:.1em .8em;border-bottom:1px solid #eee}}</style><h1>{0}: staffing</h1>{svg}\
         <p>{1} technicians cover {2:.1} % of the calls that count, busy {3:.0} % of the time. No choice of the {4} \
         places, shifts and certificates looked at does with fewer than {5}; the cost is at most {6:.1} % above the \
         least.</p><table>{rows}</table></html>\n",
        escape(title),
        plan.technicians,
        plan.share * 100.0,
        plan.busy_share * 100.0,
        plan.places,
        plan.technicians_limit,
        plan.gap * 100.0,
    )
}
