//! The heat map: odds by cell over the roads, as a page with an hour slider and as a still.

use super::draw::{Anchor, Drawing, Rgb, Shape, colour, escape, hex};
use crate::demo::city::City;
use crate::demo::map::sketch::{Sheet, roads};
use crate::geo::{Cell, Point};
use crate::travel::Class;
use crate::wire::v1;
use serde_json::json;
use std::fmt::Write;

const PAGE: &str = include_str!("heat.html");
/// Pixels of the longer side of a still.
const LONG: f32 = 1400.0;
/// Pixels above and beside the map for title and legend.
const HEAD: f32 = 70.0;
const INK: Rgb = [40, 44, 52];
const ROAD: Rgb = [120, 124, 130];
/// Levels of a share in the page's data.
const LEVELS: f32 = 90.0;

/// What is drawn: cells with outlines on a sheet.
pub struct Heat<'a> {
    forecast: &'a v1::CoverageForecast,
    cells: Vec<Cell>,
    sheet: Sheet,
    city: Option<&'a City>,
    /// Of the sheet: the part that is shown: left, top, right, bottom.
    frame: [i32; 4],
}

impl<'a> Heat<'a> {
    /// Of a forecast with its cells. `None` where there are none.
    pub fn of(forecast: &'a v1::CoverageForecast, city: Option<&'a City>) -> Option<Heat<'a>> {
        let cells: Vec<Cell> =
            forecast.hours.first()?.cells.iter().filter_map(|c| c.cell.parse().ok()).collect();
        let corners: Vec<Point> = cells.iter().flat_map(|c| c.outline()).collect();
        let lon = corners.iter().map(|p| p.lon);
        let lat = corners.iter().map(|p| p.lat);
        let low = Point { lon: lon.clone().min()?, lat: lat.clone().min()? };
        let high = Point { lon: lon.max()?, lat: lat.max()? };
        let sheet = Sheet::between(low, high);
        Some(Heat { forecast, cells, sheet, city, frame: [0, 0, sheet.size[0], sheet.size[1]] })
    }

    /// The odds of each cell at some hours, classes weighed by their calls; `None` where nothing is called in.
    fn shares(&self, hours: &[usize], class: Option<usize>) -> Vec<Option<f32>> {
        let of = |cell: usize| {
            let (mut all, mut covered) = (0.0f32, 0.0f32);
            for hour in hours {
                let here = &self.forecast.hours[*hour].cells[cell];
                for (at, (rate, chance)) in here.calls_per_hour.iter().zip(&here.chances).enumerate() {
                    if class.is_none_or(|c| c == at) {
                        all += rate;
                        covered += rate * chance;
                    }
                }
            }
            (all > 0.0).then(|| covered / all)
        };
        (0..self.cells.len()).map(of).collect()
    }

    /// Calls of a cell over all hours told, and the share of them that is covered.
    pub fn of_day(&self, cell: usize) -> (f32, Option<f32>) {
        let hours: Vec<usize> = (0..self.forecast.hours.len()).collect();
        let rates =
            hours.iter().map(|h| self.forecast.hours[*h].cells[cell].calls_per_hour.iter().sum::<f32>());
        (rates.sum(), self.shares(&hours, None)[cell])
    }

    /// The cells, in the forecast's order.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The page.
    pub fn page(&self, title: &str) -> String {
        let f = self.forecast;
        // by hour: all classes together, then each of them; a letter a cell
        let letter = |share: &Option<f32>| match share {
            None => ' ',
            Some(s) => char::from(b'#' + (s.clamp(0.0, 1.0) * LEVELS).round() as u8),
        };
        let row = |hour: usize, class: Option<usize>| -> String {
            self.shares(&[hour], class).iter().map(letter).collect::<String>().replace('\\', "~")
        };
        let classes: Vec<usize> = (0..f.classes.len()).filter(|c| f.classes[*c].share.is_some()).collect();
        let hours: Vec<serde_json::Value> = (0..f.hours.len())
            .map(|h| {
                let mut rows = vec![row(h, None)];
                rows.extend(classes.iter().map(|c| row(h, Some(*c))));
                let hour = &f.hours[h];
                let mut shares = vec![hour.share];
                shares.extend(classes.iter().map(|c| hour.classes.get(*c).and_then(|c| c.share)));
                json!({
                    "hour": hour.hour, "rows": rows, "shares": shares, "technicians": hour.technicians,
                    "calls": (hour.calls_per_hour * 100.0).round() / 100.0,
                })
            })
            .collect();
        let names: Vec<String> = classes
            .iter()
            .filter_map(|c| {
                f.classes[*c].demand_class.as_ref().map(|d| format!("{} {}", d.number, d.display_name))
            })
            .collect();
        let start = (0..f.hours.len())
            .max_by(|a, b| f.hours[*a].calls_per_hour.total_cmp(&f.hours[*b].calls_per_hour))
            .unwrap_or(0);
        let scale: Vec<String> = (0..=LEVELS as usize).map(|n| hex(colour(n as f32 / LEVELS))).collect();
        let data =
            json!({ "hours": hours, "classes": names, "start": start, "scale": scale, "levels": LEVELS });
        let data = data.to_string().replace('<', "\\u003c");
        PAGE.replace("{{title}}", &escape(title))
            .replace("{{date}}", &escape(&f.date))
            .replace("{{svg}}", &self.svg(start))
            .replace("{{data}}", &data)
    }

    fn svg(&self, start: usize) -> String {
        let [left, top, right, bottom] = self.frame;
        let mut svg = format!(
            "<svg id=\"map\" viewBox=\"{left} {top} {} {}\" role=\"img\" aria-label=\"coverage by cell\">",
            right - left,
            bottom - top
        );
        svg.push_str("<g id=\"cells\">");
        for (cell, share) in self.cells.iter().zip(self.shares(&[start], None)) {
            let corners: Vec<String> =
                cell.outline().iter().map(|p| self.sheet.at(*p)).map(|[x, y]| format!("{x},{y}")).collect();
            let fill = share.map_or_else(|| "none".to_owned(), |s| hex(colour(s)));
            write!(
                svg,
                "<polygon points=\"{}\" fill=\"{fill}\"><title>{cell}</title></polygon>",
                corners.join(" ")
            )
            .expect("strings take all");
        }
        svg.push_str("</g>");
        if let Some(city) = self.city {
            svg.push_str("<g id=\"roads\">");
            for (class, path) in roads(city, &self.sheet) {
                write!(svg, "<path class=\"{class}\" d=\"{path}\"/>").expect("strings take all");
            }
            svg.push_str("</g>");
        }
        svg.push_str("<g id=\"posts\">");
        for post in &self.forecast.posts {
            if let Some(at) = Point::from_degrees(post.longitude, post.latitude) {
                let [x, y] = self.sheet.at(at);
                write!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"120\"/>").expect("strings take all");
            }
        }
        svg.push_str("</g></svg>");
        svg
    }

    /// A still of all hours told, classes together.
    pub fn still(&self, title: &str) -> Drawing {
        let [left, top, right, bottom] = self.frame.map(|n| n as f32);
        let scale = LONG / (right - left).max(bottom - top).max(1.0);
        let at = |point: Point| {
            let [x, y] = self.sheet.at(point);
            [(x as f32 - left) * scale, (y as f32 - top) * scale + HEAD]
        };
        let width = ((right - left) * scale).max(760.0);
        let size = [width.ceil() as u32, ((bottom - top) * scale + HEAD).ceil() as u32];
        let hours: Vec<usize> = (0..self.forecast.hours.len()).collect();
        let mut shapes = Vec::new();
        for (cell, share) in self.cells.iter().zip(self.shares(&hours, None)) {
            if let Some(share) = share {
                shapes.push(Shape::Area(cell.outline().into_iter().map(at).collect(), colour(share), 0.85));
            }
        }
        if let Some(city) = self.city {
            let main = city.network.segments().filter(|(class, _)| *class <= Class::Residential);
            for (class, line) in main {
                let wide = if class <= Class::Secondary { 1.6 } else { 0.5 };
                shapes.push(Shape::Line(line.iter().map(|p| at(*p)).collect(), ROAD, wide));
            }
        }
        for post in self.forecast.posts.iter().filter_map(|p| Point::from_degrees(p.longitude, p.latitude)) {
            shapes.push(Shape::Dot(at(post), [255, 255, 255], 4.5));
            shapes.push(Shape::Dot(at(post), [200, 30, 30], 3.0));
        }
        // what lies above the map stays free of roads that lead out of it
        shapes.push(Shape::Area(
            vec![[0.0, 0.0], [width, 0.0], [width, HEAD], [0.0, HEAD]],
            [255, 255, 255],
            1.0,
        ));
        shapes.extend(self.legend(title));
        Drawing { size, shapes }
    }

    fn legend(&self, title: &str) -> Vec<Shape> {
        let hours = &self.forecast.hours;
        let span = match (hours.first(), hours.last()) {
            (Some(a), Some(b)) => format!("{:02}:00-{:02}:00", a.hour, (b.hour + 1) % 25),
            _ => String::new(),
        };
        let share = self.forecast.share * 100.0;
        let heading = format!("{title}, {} {span}: {share:.1} % of calls covered", self.forecast.date);
        let mut shapes = vec![Shape::Text([12.0, 26.0], heading, INK, Anchor::Start, true)];
        for n in 0..50 {
            let x = 12.0 + n as f32 * 5.0;
            let corners = vec![[x, 38.0], [x + 5.0, 38.0], [x + 5.0, 50.0], [x, 50.0]];
            shapes.push(Shape::Area(corners, colour((n as f32 + 0.5) / 50.0), 0.85));
        }
        let said = "0 to 100 %: the odds that somebody qualified comes in time; red: where shifts start";
        shapes.push(Shape::Text([272.0, 49.0], said.into(), INK, Anchor::Start, false));
        shapes
    }
}
