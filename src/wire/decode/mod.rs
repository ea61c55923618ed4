//! Inbound: generated messages to the board's nouns, every violation told.
//!
//! References are looked up on the published board, so that one answer names everything that is wrong; the
//! board checks them again when it decides, because it may have changed by then.

pub mod booking;
pub mod catalog;
pub mod fleet;
pub mod job;
pub mod progress;
pub mod region;
pub mod stock;

use super::check::At;
use super::{name, v1};
use crate::board::catalog::{EntryId, PartCount, Requirement};
use crate::board::fleet::Window;
use crate::board::id::RegionId;
use crate::geo::{Datum, Point};
use crate::plan::Desk;
use crate::units::{Span, Time};
use prost_types::{Duration, Timestamp};
use std::collections::BTreeSet;

/// Longest text for people.
pub const TEXT_MOST: usize = 200;
/// Years 1 to 9999, as `google.protobuf.Timestamp` has it.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// Longest stretch that anything here lasts.
const LONGEST: i64 = 366 * 86_400;

/// A text of at most `most` characters, without control characters.
pub fn text(at: &At<'_>, text: &str, most: usize) -> Option<String> {
    let n = text.chars().count();
    if n > most {
        return at.no(format!("has {n} characters: at most {most} are taken"));
    }
    match text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c)) {
        true => at.no("has control characters"),
        false => Some(text.to_owned()),
    }
}

/// A text as [`text`] takes it that is not blank.
pub fn label(at: &At<'_>, said: &str) -> Option<String> {
    if said.trim().is_empty() { at.no("has to be set") } else { text(at, said, TEXT_MOST) }
}

/// An instant; fractions of a second are dropped.
pub fn time(at: &At<'_>, t: &Timestamp) -> Option<Time> {
    match TIMES.contains(&t.seconds) && (0..1_000_000_000).contains(&t.nanos) {
        true => Some(Time(t.seconds)),
        false => at.no("is not a timestamp between the years 1 and 9999"),
    }
}

/// A length of time of `least` to `most` seconds; a fraction counts as a whole second.
pub fn span(at: &At<'_>, d: &Duration, least: i64, most: i64) -> Option<Span> {
    let well_formed = (-999_999_999..=999_999_999).contains(&d.nanos) && d.seconds.abs() <= 315_576_000_000;
    if !well_formed || (d.seconds > 0 && d.nanos < 0) || (d.seconds < 0 && d.nanos > 0) {
        return at.no("is not a well-formed duration");
    }
    let seconds = d.seconds + i64::from(d.nanos > 0);
    if seconds < least || d.nanos < 0 && least >= 0 {
        return at.no(if least == 1 { "has to be over 0".into() } else { format!("is under {least} s") });
    }
    if seconds > most { at.no(format!("is over {}", Span(most))) } else { Some(Span(seconds)) }
}

/// How long work takes: over zero, at most a day.
pub fn work(at: &At<'_>, d: &Duration) -> Option<Span> {
    span(at, d, 1, 86_400)
}

/// A window; its end lies after its start.
pub fn window(at: &At<'_>, w: &v1::Window) -> Option<Window> {
    let (start_at, end_at) = (at.field("start"), at.field("end"));
    let start = start_at.need(&w.start).and_then(|t| time(&start_at, t));
    let end = end_at.need(&w.end).and_then(|t| time(&end_at, t));
    let (start, end) = (start?, end?);
    match Window::new(start, end) {
        None => end_at.no("does not lie after the start"),
        Some(w) if w.length().0 > LONGEST => end_at.no("lies more than a year after the start"),
        some => some,
    }
}

/// A point in its datum.
pub fn point(at: &At<'_>, place: &v1::Place) -> Option<Point> {
    let datum = match v1::Datum::try_from(place.datum) {
        Ok(v1::Datum::Wgs84) => Some(Datum::Wgs84),
        Ok(v1::Datum::Gcj02) => Some(Datum::Gcj02),
        Ok(v1::Datum::Bd09) => Some(Datum::Bd09),
        Ok(v1::Datum::Unspecified) => at.field("datum").no("has to be named: it is never guessed"),
        Err(_) => at.field("datum").no(format!("{} is not a datum", place.datum)),
    };
    let degrees = |field: &'static str, value: f64, most: f64| {
        if !value.is_finite() {
            return at.field(field).no("is not a finite number");
        }
        if value.abs() <= most {
            Some(value)
        } else {
            at.field(field).no(format!("is not in -{most}..{most}"))
        }
    };
    let (lat, lon) =
        (degrees("latitude", place.latitude, 90.0), degrees("longitude", place.longitude, 180.0));
    let (datum, lat, lon) = (datum?, lat?, lon?);
    Point::from_datum(lon, lat, datum).or_else(|| at.no("is not on the globe"))
}

/// A point inside the region.
pub fn place(at: &At<'_>, desk: &Desk, place: &v1::Place) -> Option<Point> {
    let point = point(at, place)?;
    match desk.in_region(point) {
        Ok(()) => Some(point),
        Err(why) => at.no(why),
    }
}

/// A number of `range`; `usual` where zero.
pub fn number(at: &At<'_>, n: i32, usual: i32, range: std::ops::RangeInclusive<i32>) -> Option<u32> {
    let n = if n == 0 { usual } else { n };
    match range.contains(&n) {
        true => Some(u32::try_from(n).expect("ranges are not negative")),
        false => at.no(format!("is not in {}..{}", range.start(), range.end())),
    }
}

/// A rate in thousandths; `most` in ones.
pub fn permille(at: &At<'_>, rate: f64, most: f64) -> Option<u32> {
    match rate.is_finite() && (0.0..=most).contains(&rate) {
        true => Some((rate * 1000.0).round() as u32),
        false => at.no(format!("is not in 0..{most}")),
    }
}

/// Odds in parts per million; certain where zero.
pub fn odds(at: &At<'_>, probability: f64) -> Option<u32> {
    let p = if probability == 0.0 { 1.0 } else { probability };
    match p.is_finite() && p > 0.0 && p <= 1.0 {
        true => Some(((p * 1e6).round() as u32).max(1)),
        false => at.no("is not over 0 and at most 1"),
    }
}

/// What references are held against.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The region that names have to be in.
    pub region: &'a RegionId,
    /// The published board.
    pub desk: &'a Desk,
    /// Entries that the same request brings.
    pub also: Option<&'a BTreeSet<EntryId>>,
}

impl<'a> Scope<'a> {
    /// Everything has to be on the board.
    pub fn of(desk: &'a Desk) -> Scope<'a> {
        Scope { region: &desk.board().region.id, desk, also: None }
    }

    /// The id of a catalogue entry that is there.
    pub fn entry<'m>(
        &self,
        at: &At<'_>,
        collection: &str,
        said: &'m str,
        make: impl Fn(&str) -> EntryId,
    ) -> Option<&'m str> {
        let id = name::member(at, self.region, collection, said)?;
        let entry = make(id);
        let known = self.desk.board().catalog.holds(&entry) || self.also.is_some_and(|a| a.contains(&entry));
        if known { Some(id) } else { at.no(format!("there is no {said}")) }
    }

    /// Parts and how many, each part once, sorted.
    pub fn parts(&self, at: &At<'_>, list: &[v1::PartCount], most: usize) -> Option<Vec<PartCount>> {
        let mut parts = at.each_once(list, most, ("part", |p| &p.part), |at, p| self.part_count(at, p))?;
        parts.sort();
        Some(parts)
    }

    fn part_count(&self, at: &At<'_>, p: &v1::PartCount) -> Option<PartCount> {
        let part = self.entry(&at.field("part"), "parts", &p.part, |id| EntryId::Part(id.into()));
        let count = match p.count {
            1..=10_000 => Some(p.count.unsigned_abs()),
            _ => at.field("count").no("is not in 1..10000"),
        };
        Some(PartCount { part: part?.into(), count: count? })
    }

    /// Required certificates, each kind once, sorted.
    pub fn requirements(
        &self,
        at: &At<'_>,
        list: &[v1::CertificationRequirement],
    ) -> Option<Vec<Requirement>> {
        let mut all = at.each_once(list, 20, ("kind", |r| &r.kind), |at, r| {
            let kind = self.kind(&at.field("kind"), &r.kind);
            let level = number(&at.field("min_level"), r.min_level, 1, 1..=9);
            let (kind, min_level) = (kind?, level? as u8);
            self.level(&at.field("min_level"), kind, min_level)?;
            Some(Requirement { kind: kind.into(), min_level })
        })?;
        all.sort();
        Some(all)
    }

    /// The id of a kind of certification.
    pub fn kind<'m>(&self, at: &At<'_>, said: &'m str) -> Option<&'m str> {
        self.entry(at, "certificationKinds", said, |id| EntryId::CertificationKind(id.into()))
    }

    /// Whether a kind on the board has so high a level.
    pub fn level(&self, at: &At<'_>, kind: &str, level: u8) -> Option<()> {
        let brought = self.also.is_some_and(|a| a.contains(&EntryId::CertificationKind(kind.into())));
        let known = self.desk.board().catalog.certification_kinds.get(&kind.into());
        match known.filter(|_| !brought) {
            Some(k) if k.max_level < level => {
                at.no(format!("is over {}, the highest of {kind}", k.max_level))
            }
            _ => Some(()),
        }
    }
}

/// The revision that an etag stands for; not checked where empty.
pub fn etag(at: &At<'_>, etag: &str) -> Option<Option<u64>> {
    match etag {
        "" => Some(None),
        tag => tag.parse().map(Some).ok().or_else(|| at.no("is not one that this server gave")),
    }
}

/// A request id; none where empty.
pub fn request_id(at: &At<'_>, id: &str) -> Option<()> {
    let well_formed = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_graphic());
    if well_formed { Some(()) } else { at.no("has to be at most 64 visible ASCII characters") }
}

/// The paths of a mask, which has to be there and name known fields only.
pub fn mask<'m>(
    at: &At<'_>,
    mask: &'m Option<prost_types::FieldMask>,
    known: &[&str],
) -> Option<&'m [String]> {
    let paths = &at.need(mask)?.paths;
    if paths.is_empty() {
        return at.no("names no field");
    }
    let known = |path: &str| known.contains(&path);
    let list = at.field("paths");
    list.each(
        paths,
        50,
        |at, p| if known(p) { Some(()) } else { at.no(format!("{p:?} cannot be updated")) },
    )?;
    Some(paths)
}
