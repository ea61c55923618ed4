//! Technicians, their certificates and shifts, positions.

use super::job::language_code;
use super::{Scope, label, number, place, point, span, time, window, work};
use crate::board::fleet::{Break, Certification, Partner, Shift, Technician, Traits};
use crate::board::id::TechnicianId;
use crate::plan::{Desk, Position};
use crate::units::{Span, Time};
use crate::wire::check::At;
use crate::wire::{name, v1};

/// Most technicians an import.
pub const TECHNICIANS_MOST: usize = 2_000;
/// How far ahead of the server a device's clock may be.
const AHEAD_MOST: i64 = 300;
const DAY: i64 = 86_400;

/// A technician's facts.
pub fn technician(at: &At<'_>, desk: &Desk, id: TechnicianId, t: &v1::Technician) -> Option<Technician> {
    let scope = Scope::of(desk);
    let display_name = label(&at.field("display_name"), &t.display_name);
    let certifications =
        at.field("certifications").each(&t.certifications, 50, |at, c| certification(at, &scope, c));
    let shifts = shifts(&at.field("shifts"), &t.shifts);
    let start_at = at.field("start_place");
    let start = start_at.need(&t.start_place).and_then(|p| place(&start_at, desk, p));
    let end = match &t.end_place {
        None => start,
        Some(p) => place(&at.field("end_place"), desk, p),
    };
    let overtime_allowance = match &t.overtime_allowance {
        None => Some(None),
        Some(d) => span(&at.field("overtime_allowance"), d, 0, DAY / 2).map(Some),
    };
    let traits = traits(at, t);
    let mut certifications = certifications?;
    certifications.sort();
    Some(Technician {
        id,
        display_name: display_name?,
        certifications,
        shifts: shifts?,
        start: start?,
        end: end?,
        overtime_allowance: overtime_allowance?,
        traits: traits?,
        revision: 1,
    })
}

fn traits(at: &At<'_>, t: &v1::Technician) -> Option<Traits> {
    let languages_at = at.field("languages");
    let languages = languages_at.each_once(&t.languages, 20, ("", |l| l), |at, l| language_code(at, l));
    let partner = match &t.partner {
        None => Some(None),
        Some(p) => {
            let at = at.field("partner");
            let pool = label(&at.field("pool"), &p.pool);
            let price = match &p.visit_price {
                None => Some(Span::ZERO),
                Some(d) => span(&at.field("visit_price"), d, 0, 100 * DAY),
            };
            pool.zip(price).map(|(pool, visit_price)| Some(Partner { pool, visit_price }))
        }
    };
    let mut languages = languages?;
    languages.sort();
    Some(Traits { languages, patient: t.patient, partner: partner? })
}

fn certification(at: &At<'_>, scope: &Scope<'_>, c: &v1::Certification) -> Option<Certification> {
    let kind = scope.kind(&at.field("kind"), &c.kind);
    let level = number(&at.field("level"), c.level, 1, 1..=9).map(|l| l as u8);
    let instant = |field: &'static str, t: &Option<prost_types::Timestamp>, usual| match t {
        None => Some(usual),
        Some(t) => time(&at.field(field), t),
    };
    let valid_from = instant("valid_from", &c.valid_from, Time::MIN);
    let valid_to = instant("valid_to", &c.valid_to, Time::MAX);
    let (kind, level, valid_from, valid_to) = (kind?, level?, valid_from?, valid_to?);
    scope.level(&at.field("level"), kind, level)?;
    if valid_to <= valid_from {
        return at.field("valid_to").no("does not lie after valid_from: it is never valid");
    }
    Some(Certification { kind: kind.into(), level, valid_from, valid_to })
}

fn shifts(at: &At<'_>, list: &[v1::Shift]) -> Option<Vec<Shift>> {
    let mut all = at.each(list, 60, shift)?;
    for (i, s) in all.iter().enumerate() {
        if all[..i].iter().any(|other| other.window.overlaps(&s.window)) {
            return at.index(i).field("window").no("lies over another shift");
        }
    }
    all.sort_by_key(|s| s.window);
    Some(all)
}

fn shift(at: &At<'_>, s: &v1::Shift) -> Option<Shift> {
    let window_at = at.field("window");
    let whole = window_at.need(&s.window).and_then(|w| window(&window_at, w));
    let breaks_at = at.field("breaks");
    let breaks = breaks_at.each(&s.breaks, 4, |at, b| {
        let window_at = at.field("window");
        let when = window_at.need(&b.window).and_then(|w| window(&window_at, w));
        let duration_at = at.field("duration");
        let duration = duration_at.need(&b.duration).and_then(|d| work(&duration_at, d));
        let (window, duration) = (when?, duration?);
        if duration > window.length() {
            return duration_at.no("is longer than its window");
        }
        Some(Break { window, duration })
    });
    let (window, breaks) = (whole?, breaks?);
    if window.length().0 > DAY {
        return window_at.no("is longer than 24 h");
    }
    for (i, b) in breaks.iter().enumerate() {
        let at = breaks_at.index(i);
        if b.window.start < window.start || b.window.end > window.end {
            return at.field("window").no("lies outside the shift");
        }
        if i > 0 && b.window.start < breaks[i - 1].window.end {
            return at.field("window").no("starts before the break before it is over");
        }
    }
    Some(Shift { window, breaks })
}

/// The technicians of an import, each id once.
pub fn import(at: &At<'_>, desk: &Desk, list: &[v1::TechnicianImport]) -> Option<Vec<Technician>> {
    if list.is_empty() {
        return at.no("has to have an element");
    }
    at.each_once(list, TECHNICIANS_MOST, ("technician_id", |t| &t.technician_id), |at, t| {
        let id = name::new_id(&at.field("technician_id"), &t.technician_id);
        let inner = at.field("technician");
        let facts = inner.need(&t.technician)?;
        technician(&inner, desk, id.unwrap_or("unnamed").into(), facts).filter(|_| id.is_some())
    })
}

/// A device's position; `now` bounds its clock.
pub fn position(
    at: &At<'_>,
    desk: &Desk,
    now: Time,
    report: &v1::ReportPositionRequest,
) -> Option<(TechnicianId, Position)> {
    let board = desk.board();
    let name_at = at.field("technician");
    let id = name::member(&name_at, &board.region.id, "technicians", &report.technician).map(Into::into);
    let id = id.filter(|id| {
        let known = board.technicians.contains_key(id);
        if !known {
            name_at.wrong(format!("there is no {}", report.technician));
        }
        known
    });
    let inner = at.field("position");
    let said = inner.need(&report.position)?;
    let place_at = inner.field("place");
    let place = place_at.need(&said.place).and_then(|p| point(&place_at, p));
    let time_at = inner.field("device_time");
    let device_time = time_at.need(&said.device_time).and_then(|t| time(&time_at, t)).filter(|t| {
        let ahead = t.0 > now.0 + AHEAD_MOST;
        if ahead {
            time_at.wrong("is more than 5 min ahead of the server");
        }
        !ahead
    });
    let accuracy = said.accuracy_meters;
    let accuracy_metres = match accuracy.is_finite() && (0.0..=1e6).contains(&accuracy) {
        true => Some(accuracy.round() as u32),
        false => inner.field("accuracy_meters").no("is not in 0..1000000"),
    };
    Some((id?, Position { place: place?, device_time: device_time?, accuracy_metres: accuracy_metres? }))
}
