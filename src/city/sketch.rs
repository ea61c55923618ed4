//! Lines for drawing: whole metres on a plane, thinned, written as short as an SVG path allows.

use super::City;
use crate::geo::Point;
use crate::travel::Class;
use std::fmt::Write;

/// The plane of a city: metres east and south of its north-west corner.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    corner: Point,
    /// Metres east to west and north to south.
    pub size: [i32; 2],
}

impl Sheet {
    /// The sheet of a city's roads.
    pub fn of(city: &City) -> Sheet {
        let [low, high] = city.network.bounds();
        Sheet::between(low, high)
    }

    /// The sheet between a south-western and a north-eastern corner.
    pub fn between(low: Point, high: Point) -> Sheet {
        let corner = Point { lon: low.lon, lat: high.lat };
        let [width, height] = Point { lon: high.lon, lat: low.lat }.plane_from(corner);
        Sheet { corner, size: [width.round() as i32, -height.round() as i32] }
    }

    /// A point on it.
    pub fn at(&self, point: Point) -> [i32; 2] {
        let [x, y] = point.plane_from(self.corner);
        [x.round() as i32, -y.round() as i32]
    }

    /// A line on it, thinned by `tolerance` metres.
    pub fn line(&self, points: &[Point], tolerance: f64) -> Vec<[i32; 2]> {
        let flat: Vec<[i32; 2]> = points.iter().map(|p| self.at(*p)).collect();
        let mut line = thinned(&flat, tolerance);
        line.dedup();
        line
    }

    /// As [`Sheet::line`], one list of numbers: the first point, then steps.
    pub fn steps(&self, points: &[Point], tolerance: f64) -> Vec<i32> {
        let mut last = [0, 0];
        let line = self.line(points, tolerance);
        let step = |p: [i32; 2]| {
            let step = [p[0] - last[0], p[1] - last[1]];
            last = p;
            step
        };
        line.into_iter().flat_map(step).collect()
    }
}

/// Douglas-Peucker: keeps the ends and every point farther than `tolerance` from the line without it.
fn thinned(line: &[[i32; 2]], tolerance: f64) -> Vec<[i32; 2]> {
    let mut keep = vec![false; line.len()];
    let mut open = vec![(0, line.len().saturating_sub(1))];
    while let Some((from, to)) = open.pop() {
        if line.is_empty() {
            break;
        }
        (keep[from], keep[to]) = (true, true);
        let far = |at: &usize| distance(line[*at], line[from], line[to]);
        let farthest = (from + 1..to).max_by(|a, b| far(a).total_cmp(&far(b)));
        if let Some(at) = farthest.filter(|at| far(at) > tolerance) {
            open.extend([(from, at), (at, to)]);
        }
    }
    line.iter().zip(keep).filter(|(_, keep)| *keep).map(|(p, _)| *p).collect()
}

/// From a point to a straight piece.
fn distance(p: [i32; 2], a: [i32; 2], b: [i32; 2]) -> f64 {
    let to = |q: [i32; 2]| [f64::from(q[0] - a[0]), f64::from(q[1] - a[1])];
    let (ap, ab) = (to(p), to(b));
    let length = ab[0] * ab[0] + ab[1] * ab[1];
    let along = if length == 0.0 { 0.0 } else { ((ap[0] * ab[0] + ap[1] * ab[1]) / length).clamp(0.0, 1.0) };
    (ap[0] - ab[0] * along).hypot(ap[1] - ab[1] * along)
}

/// The roads as one path a class, minor classes first; thinner, then with fewer classes, until they fit
/// into so many bytes.
pub fn roads(city: &City, sheet: &Sheet, budget: usize) -> Vec<(&'static str, String)> {
    let attempts =
        [(2.0, Class::Service), (5.0, Class::Service), (8.0, Class::Residential), (15.0, Class::Tertiary)];
    let mut drawn = Vec::new();
    for (tolerance, least) in attempts {
        drawn = classes(city, sheet, tolerance, least);
        if drawn.iter().map(|(_, path)| path.len()).sum::<usize>() <= budget {
            break;
        }
    }
    drawn
}

fn classes(city: &City, sheet: &Sheet, tolerance: f64, least: Class) -> Vec<(&'static str, String)> {
    let of = |class: Class| {
        let mut path = String::new();
        let mut pen = None;
        for (_, line) in city.network.segments().filter(|(c, _)| *c == class) {
            draw(&mut path, &mut pen, &sheet.line(line, tolerance));
        }
        (class.word(), path)
    };
    let shown = Class::ALL.into_iter().rev().filter(|c| *c <= least || *c == Class::Ferry);
    shown.map(of).filter(|(_, path)| !path.is_empty()).collect()
}

/// Adds a line to an SVG path with relative steps; a line that begins where the pen is goes on.
fn draw(path: &mut String, pen: &mut Option<[i32; 2]>, line: &[[i32; 2]]) {
    let Some(first) = line.first() else { return };
    match *pen {
        None => write!(path, "M{} {}", first[0], first[1]),
        Some(at) if at == *first => Ok(()),
        Some(at) => write!(path, "m{}", step(at, *first)),
    }
    .expect("strings take all");
    let mut at = *first;
    for (n, next) in line[1..].iter().enumerate() {
        let text = step(at, *next);
        let mark = if n == 0 {
            "l"
        } else if text.starts_with('-') {
            ""
        } else {
            " "
        };
        write!(path, "{mark}{text}").expect("strings take all");
        at = *next;
    }
    *pen = Some(at);
}

fn step(from: [i32; 2], to: [i32; 2]) -> String {
    let [x, y] = [to[0] - from[0], to[1] - from[1]];
    if y < 0 { format!("{x}{y}") } else { format!("{x} {y}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_lose_their_middle_and_paths_are_short() {
        let line = [[0, 0], [5, 1], [10, 0], [10, -20]];
        assert_eq!(thinned(&line, 2.0), [[0, 0], [10, 0], [10, -20]]);
        let (mut path, mut pen) = (String::new(), None);
        draw(&mut path, &mut pen, &line);
        draw(&mut path, &mut pen, &[[10, -20], [8, -20]]);
        draw(&mut path, &mut pen, &[[0, 0], [1, 1]]);
        assert_eq!(path, "M0 0l5 1 5-1 0-20l-2 0m-8 20l1 1");
    }
}
