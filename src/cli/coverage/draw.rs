//! Shapes and text on a plane, told as SVG or painted as PNG.

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::ascii::{FONT_7X13, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::Drawable;
use embedded_graphics::text::{Alignment, Text};
use std::fmt::Write;
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left.
    Start,
    /// In its middle.
    Middle,
    /// At its right.
    End,
}

/// One thing that is drawn.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A filled polygon; opacity of 0..=1.
    Area(Vec<[f32; 2]>, Rgb, f32),
    /// A line and its width.
    Line(Vec<[f32; 2]>, Rgb, f32),
    /// A dot and its radius.
    Dot([f32; 2], Rgb, f32),
    /// Text on a baseline; large or not.
    Text([f32; 2], String, Rgb, Anchor, bool),
}

/// A drawing, later shapes over earlier ones.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The shapes.
    pub shapes: Vec<Shape>,
}

/// Viridis, from little to much.
const SCALE: [Rgb; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// The colour of a share.
pub fn colour(share: f32) -> Rgb {
    let at = share.clamp(0.0, 1.0) * (SCALE.len() - 1) as f32;
    let low = (at as usize).min(SCALE.len() - 2);
    let part = at - low as f32;
    std::array::from_fn(|i| {
        let (a, b) = (f32::from(SCALE[low][i]), f32::from(SCALE[low + 1][i]));
        (a + (b - a) * part).round() as u8
    })
}

/// A colour as SVG writes it.
pub fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text as markup holds it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Drawing {
    /// As an SVG element.
    pub fn svg(&self) -> String {
        let [width, height] = self.size;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             font-family=\"system-ui,sans-serif\">"
        );
        for shape in &self.shapes {
            let points = |points: &[[f32; 2]]| {
                points.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
            };
            let written = match shape {
                Shape::Area(corners, fill, opacity) => write!(
                    svg,
                    "<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{opacity:.2}\"/>",
                    points(corners),
                    hex(*fill)
                ),
                Shape::Line(line, stroke, width) => write!(
                    svg,
                    "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"/>",
                    points(line),
                    hex(*stroke)
                ),
                Shape::Dot([x, y], fill, radius) => {
                    write!(
                        svg,
                        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{}\"/>",
                        hex(*fill)
                    )
                }
                Shape::Text([x, y], text, fill, anchor, large) => write!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{}\" text-anchor=\"{}\" font-size=\"{}\">{}</text>",
                    hex(*fill),
                    anchor.svg(),
                    if *large { 20 } else { 13 },
                    escape(text)
                ),
            };
            written.expect("strings take all");
        }
        svg.push_str("</svg>");
        svg
    }

    /// As the bytes of a PNG file.
    ///
    /// # Errors
    /// Where the picture cannot be encoded.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let [width, height] = self.size;
        let mut canvas = Pixmap::new(width, height).ok_or("a picture has to have some width and height")?;
        canvas.fill(Color::WHITE);
        for shape in &self.shapes {
            match shape {
                Shape::Area(corners, fill, opacity) => {
                    let alpha = (opacity.clamp(0.0, 1.0) * 255.0) as u8;
                    if let Some(path) = path(corners, true) {
                        let (paint, rule) = (paint(*fill, alpha), FillRule::Winding);
                        canvas.fill_path(&path, &paint, rule, Transform::identity(), None);
                    }
                }
                Shape::Line(line, colour, width) => {
                    if let Some(path) = path(line, false) {
                        let stroke = Stroke { width: *width, ..Stroke::default() };
                        canvas.stroke_path(&path, &paint(*colour, 255), &stroke, Transform::identity(), None);
                    }
                }
                Shape::Dot([x, y], fill, radius) => {
                    if let Some(path) = PathBuilder::from_circle(*x, *y, *radius) {
                        let rule = FillRule::Winding;
                        canvas.fill_path(&path, &paint(*fill, 255), rule, Transform::identity(), None);
                    }
                }
                Shape::Text(at, text, colour, anchor, large) => {
                    letters(&mut canvas, *at, text, (*colour, *anchor, *large))
                }
            }
        }
        canvas.encode_png().map_err(|e| e.to_string())
    }
}

impl Anchor {
    fn svg(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

fn path(points: &[[f32; 2]], close: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (n, [x, y]) in points.iter().enumerate() {
        if n == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
    }
    if close {
        path.close();
    }
    path.finish()
}

fn paint([r, g, b]: Rgb, alpha: u8) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(r, g, b, alpha);
    paint
}

fn letters(canvas: &mut Pixmap, [x, y]: [f32; 2], text: &str, (colour, anchor, large): (Rgb, Anchor, bool)) {
    let font: &MonoFont<'_> = if large { &FONT_10X20 } else { &FONT_7X13 };
    let style = MonoTextStyle::new(font, Rgb888::new(colour[0], colour[1], colour[2]));
    let alignment = match anchor {
        Anchor::Start => Alignment::Left,
        Anchor::Middle => Alignment::Center,
        Anchor::End => Alignment::Right,
    };
    let at = Point::new(x.round() as i32, y.round() as i32);
    let Ok(_) = Text::with_alignment(text, at, style, alignment).draw(&mut Pixels(canvas));
}

/// A canvas as letters are put on it.
struct Pixels<'a>(&'a mut Pixmap);

impl OriginDimensions for Pixels<'_> {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Pixels<'_> {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        let (width, height) = (self.0.width(), self.0.height());
        for Pixel(at, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y)) else { continue };
            if x < width && y < height {
                let index = (y * width + x) as usize;
                let opaque = tiny_skia::ColorU8::from_rgba(colour.r(), colour.g(), colour.b(), 255);
                self.0.pixels_mut()[index] = opaque.premultiply();
            }
        }
        Ok(())
    }
}
