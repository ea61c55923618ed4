//! What technicians report.

use super::{Scope, TEXT_MOST, span, text, time};
use crate::board::id::JobId;
use crate::board::progress::{Finish, Hindrance, Report};
use crate::plan::Desk;
use crate::wire::check::At;
use crate::wire::{name, v1};
use v1::report_progress_request::Report as Said;

/// Most kinds of parts of one report.
const PARTS_MOST: usize = 50;

/// A report with the number of the visit it names, where it is about one.
pub fn report(at: &At<'_>, desk: &Desk, said: &Option<Said>) -> Option<(Report, Option<u32>)> {
    let Some(said) = said else { return at.field("report").no("has to be set") };
    let plain = |report| Some((report, None));
    match said {
        Said::ShiftStarted(_) => plain(Report::ShiftStarted),
        Said::ShiftEnded(_) => plain(Report::ShiftEnded),
        Said::BreakStarted(_) => plain(Report::BreakStarted),
        Said::BreakEnded(_) => plain(Report::BreakEnded),
        Said::Absent(a) => match &a.until {
            None => plain(Report::Absent(None)),
            Some(t) => {
                let until = time(&at.field("absent").field("until"), t)?;
                plain(Report::Absent(Some(until)))
            }
        },
        Said::Departed(d) => about(&at.field("departed"), desk, &d.visit, Report::Departed),
        Said::Arrived(a) => about(&at.field("arrived"), desk, &a.visit, Report::Arrived),
        Said::WorkStarted(w) => about(&at.field("work_started"), desk, &w.visit, Report::Started),
        Said::RemainingTime(r) => {
            let at = at.field("remaining_time");
            let left_at = at.field("remaining");
            let left = left_at.need(&r.remaining).and_then(|d| span(&left_at, d, 0, 86_400))?;
            about(&at, desk, &r.visit, |job| Report::Remaining(job, left))
        }
        Said::PartsUsed(p) => {
            let at = at.field("parts_used");
            let parts = Scope::of(desk).parts(&at.field("parts"), &p.parts, PARTS_MOST)?;
            about(&at, desk, &p.visit, |job| Report::PartsUsed(job, parts))
        }
        Said::Finished(f) => {
            let at = at.field("finished");
            let end = end(&at.field("end"), desk, &f.end)?;
            about(&at, desk, &f.visit, |job| Report::Finished(job, end))
        }
        Said::CannotComplete(c) => cannot(&at.field("cannot_complete"), desk, c),
    }
}

fn cannot(at: &At<'_>, desk: &Desk, c: &v1::CannotComplete) -> Option<(Report, Option<u32>)> {
    let why = hindrance(&at.field("hindrance"), c.hindrance);
    let end = end(&at.field("end"), desk, &c.end);
    let needed = Scope::of(desk).parts(&at.field("needed_parts"), &c.needed_parts, PARTS_MOST);
    let (why, end, needed) = (why?, end?, needed?);
    about(at, desk, &c.visit, |job| Report::CannotComplete(job, why, end, needed))
}

fn about(
    at: &At<'_>,
    desk: &Desk,
    visit: &str,
    make: impl FnOnce(JobId) -> Report,
) -> Option<(Report, Option<u32>)> {
    let at = at.field("visit");
    let (region, job, number) = name::visit(&at, visit)?;
    if region != desk.board().region.id {
        return at.no("belongs to another region than the technician");
    }
    Some((make(job), Some(number)))
}

fn end(at: &At<'_>, desk: &Desk, end: &Option<v1::WorkEnd>) -> Option<Finish> {
    let Some(end) = end else { return Some(Finish::default()) };
    let used = Scope::of(desk).parts(&at.field("used_parts"), &end.used_parts, PARTS_MOST);
    let note = text(&at.field("note"), &end.note, TEXT_MOST);
    let used = used?;
    let known = end.parts_known || !used.is_empty();
    Some(Finish { used: known.then_some(used), note: note? })
}

fn hindrance(at: &At<'_>, said: i32) -> Option<Hindrance> {
    match v1::Hindrance::try_from(said) {
        Ok(v1::Hindrance::PartMissing) => Some(Hindrance::PartMissing),
        Ok(v1::Hindrance::NoAccess) => Some(Hindrance::NoAccess),
        Ok(v1::Hindrance::WrongSkill) => Some(Hindrance::WrongSkill),
        Ok(v1::Hindrance::CustomerRefuses) => Some(Hindrance::CustomerRefuses),
        Ok(v1::Hindrance::AccessoryNeeded) => Some(Hindrance::AccessoryNeeded),
        Ok(v1::Hindrance::TechnicianLeft) => Some(Hindrance::TechnicianLeft),
        Ok(v1::Hindrance::Unspecified) => at.no("has to be set"),
        Err(_) => at.no(format!("{said} is not a hindrance")),
    }
}
