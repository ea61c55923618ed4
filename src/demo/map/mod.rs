//! The map of a day: one HTML file that needs nothing else. Script and style are part of the program.

mod facts;
pub mod sketch;

use super::Demo;
use facts::Facts;
use serde_json::json;
use sketch::Sheet;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPTS: [&str; 3] = [include_str!("sheet.js"), include_str!("panel.js"), include_str!("page.js")];

/// The page.
pub fn page(demo: &Demo) -> String {
    let sheet = Sheet::of(&demo.city);
    let facts = Facts { demo, sheet: &sheet };
    let roads = sketch::roads(&demo.city, &sheet);
    let day = json!({
        "city": demo.city.display_name,
        "date": demo.day.spoken(),
        "zone": demo.city.time_zone,
        "attribution": demo.city.network.attribution(),
        "size": sheet.size,
        "roads": roads.iter().map(|(class, path)| json!({ "class": class, "path": path })).collect::<Vec<_>>(),
        "cells": facts.cells(),
        "depots": facts.depots(),
        "technicians": facts.technicians(),
        "jobs": facts.jobs(),
        "figures": demo.figures,
    });
    // inside a script element only "<" could end it
    let data = day.to_string().replace('<', "\\u003c");
    let title = format!("Callout: {}", demo.city.display_name).replace('&', "&amp;").replace('<', "&lt;");
    PAGE.replace("{{title}}", &title)
        .replace("{{style}}", STYLE)
        .replace("{{script}}", &SCRIPTS.concat())
        .replace("{{data}}", &data)
}
