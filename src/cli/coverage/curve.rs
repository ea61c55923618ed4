//! The staffing curve: technicians against the share covered, with what so many could cover at most.

use super::draw::{Anchor, Drawing, Rgb, Shape};
use crate::wire::v1;

const SIZE: [u32; 2] = [900, 520];
const FRAME: [f32; 4] = [70.0, 50.0, 860.0, 450.0];
const INK: Rgb = [40, 44, 52];
const FAINT: Rgb = [222, 225, 230];
const FOUND: Rgb = [31, 111, 178];
const LIMIT: Rgb = [200, 120, 20];
const WANTED: Rgb = [26, 127, 55];

/// The curve of a plan.
pub fn drawing(title: &str, plan: &v1::StaffingPlan, wanted: f64) -> Drawing {
    let most = plan.curve.iter().map(|p| p.technicians).max().unwrap_or(1).max(1) as f32;
    let [left, top, right, bottom] = FRAME;
    let at = |n: f32, share: f64| {
        [left + (right - left) * n / most, bottom - (bottom - top) * share.clamp(0.0, 1.0) as f32]
    };
    let mut shapes = Vec::new();
    for tenth in 0..=10 {
        let share = f64::from(tenth) / 10.0;
        shapes.push(Shape::Line(vec![at(0.0, share), at(most, share)], FAINT, 1.0));
        let [x, y] = at(0.0, share);
        let said = format!("{} %", tenth * 10);
        shapes.push(Shape::Text([x - 8.0, y + 4.0], said, INK, Anchor::End, false));
    }
    let step = step(most);
    let mut n = 0.0;
    while n <= most {
        let [x, y] = at(n, 0.0);
        shapes.push(Shape::Line(vec![[x, y], [x, y + 5.0]], INK, 1.0));
        shapes.push(Shape::Text([x, y + 20.0], format!("{n}"), INK, Anchor::Middle, false));
        n += step;
    }
    let line = |share: &dyn Fn(&v1::StaffingPoint) -> f64| {
        plan.curve.iter().map(|p| at(p.technicians as f32, share(p))).collect::<Vec<_>>()
    };
    shapes.push(Shape::Line(vec![at(0.0, wanted), at(most, wanted)], WANTED, 1.5));
    shapes.push(Shape::Line(line(&|p| p.share_limit), LIMIT, 2.0));
    shapes.push(Shape::Line(line(&|p| p.share), FOUND, 2.5));
    let found = at(plan.technicians as f32, plan.share);
    shapes.push(Shape::Dot(found, FOUND, 5.0));
    if plan.technicians_limit > 0 {
        shapes.push(Shape::Dot(at(plan.technicians_limit as f32, wanted), LIMIT, 5.0));
    }
    let said = [
        (FOUND, format!("found: {} technicians cover {:.1} %", plan.technicians, plan.share * 100.0)),
        (LIMIT, format!("at most; with the day's work no fewer than {} will do", plan.technicians_limit)),
        (WANTED, format!("wanted: {:.1} %", wanted * 100.0)),
    ];
    for (n, (colour, text)) in said.into_iter().enumerate() {
        let y = bottom - 70.0 + n as f32 * 20.0;
        shapes.push(Shape::Line(vec![[430.0, y - 4.0], [458.0, y - 4.0]], colour, 3.0));
        shapes.push(Shape::Text([466.0, y], text, INK, Anchor::Start, false));
    }
    shapes.push(Shape::Line(vec![[left, top], [left, bottom], [right, bottom]], INK, 1.0));
    let heading = format!("{title}: technicians and the share of calls reached in time");
    shapes.push(Shape::Text([left, 30.0], heading, INK, Anchor::Start, true));
    shapes.push(Shape::Text([right, bottom + 42.0], "technicians".into(), INK, Anchor::End, false));
    Drawing { size: SIZE, shapes }
}

/// Steps of the axis that are told: some five to ten of them.
fn step(most: f32) -> f32 {
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0].into_iter().find(|s| most / s <= 10.0).unwrap_or(500.0)
}
