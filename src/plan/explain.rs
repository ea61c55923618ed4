//! Turning fits and misses into what is told: candidates with their terms, and why others do not fit.

use super::ask::Ask;
use super::eta::{self, Lateness, Pace};
use super::parts::Supply;
use super::position::Position;
use super::scan::{Fit, missing};
use super::stand::Stand;
use super::travel::Travel;
use crate::board::Legs;
use crate::board::command::Assignment;
use crate::board::decision::{Candidate, Rejection, Rule};
use crate::board::fleet::{Errand, Route, Stop, Technician};
use crate::board::schedule::{Errands, Miss};
use crate::geo::Point;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// A candidate as it is told, and the proposal that makes it so.
#[derive(Clone, Debug)]
pub struct Told {
    /// What is told.
    pub candidate: Candidate,
    /// What is proposed to the board.
    pub assignment: Assignment,
}

/// Works a fit out in full, metres and quantiles included.
pub fn tell(ask: &Ask<'_>, found: &Fit<'_>, supply: &Supply, travel: &Travel) -> Told {
    let (stand, after, way) = (&found.stand, &found.weighed.after, &found.way);
    let sources = supply.sources(way.depot.as_ref());
    let candidate = Candidate {
        technician: stand.sheet.technician.id.clone(),
        shift: stand.sheet.shift.window.start,
        position: way.at as u32,
        eta: expected(ask, found),
        start: found.weighed.stop().start,
        terms: found.weighed.terms.clone(),
        depot: way.depot_at.and(way.depot.clone()),
        sources: sources.clone(),
        added_travel: Span(after.travel_seconds() as i64 - stand.base.travel_seconds() as i64),
        added_metres: added_metres(stand, after, travel),
        position_age: stand.age,
    };
    let assignment = Assignment {
        technician: candidate.technician.clone(),
        shift: candidate.shift,
        errands: way.errands.clone(),
        sources,
        awaits: way.awaits.clone(),
        seen_at: stand.seen_at,
    };
    debug_assert_eq!(candidate.terms.total(), found.cost);
    Told { candidate, assignment }
}

/// A leg as it is driven: from, to, departure, seconds.
type Driven = (Point, Point, Time, u32);

/// Metres added to the route. Legs that take as long before and after lead the same way and are not asked for.
fn added_metres(stand: &Stand<'_>, after: &Route, travel: &Travel) -> i64 {
    let (mut had, mut new) = (driven(stand, &stand.base), driven(stand, after));
    new.retain(|n| {
        let same = had.iter().position(|h| (h.0, h.1, h.3) == (n.0, n.1, n.3));
        same.is_none_or(|at| {
            had.swap_remove(at);
            false
        })
    });
    let metres = |legs: &[Driven]| -> i64 {
        legs.iter().filter_map(|l| travel.leg(l.0, l.1, l.2)).map(|l| i64::from(l.metres)).sum()
    };
    metres(&new) - metres(&had)
}

/// The legs ahead.
fn driven(stand: &Stand<'_>, route: &Route) -> Vec<Driven> {
    let mut from = stand.sheet.origin.place;
    let mut legs = Vec::with_capacity(route.stops.len() + 1);
    for stop in &route.stops[stand.sheet.frozen.len()..] {
        legs.push((from, stop.place, stop.depart, stop.seconds));
        from = stop.place;
    }
    legs.push((from, stand.sheet.technician.end, route.home.depart, route.home.seconds));
    legs
}

/// The visit's arrival with its spread.
fn expected(ask: &Ask<'_>, found: &Fit<'_>) -> crate::board::decision::Eta {
    let sheet = &found.stand.sheet;
    let ahead = &found.weighed.after.stops[sheet.frozen.len()..=found.weighed.at];
    let technician = &sheet.technician.id;
    let pace = |stop: &Stop| match &stop.errand {
        Errand::Visit(job) => Pace::learned(ask.board, ask.task(job).need, technician),
        Errand::Depot(_) | Errand::Break(_) => Pace::at(ask.board, stop, technician),
    };
    eta::arrival(sheet.origin, Lateness::under_way(ask.board, ask.now, sheet), ahead, &pace)
}

/// One entry a rule that failed, in order of the rules; the closest is the one least short.
pub fn rejections(ask: &Ask<'_>, misses: &[(&Technician, Miss)]) -> Vec<Rejection> {
    let mut by_rule: BTreeMap<Rule, Vec<&(&Technician, Miss)>> = BTreeMap::new();
    for entry in misses {
        by_rule.entry(entry.1.rule).or_default().push(entry);
    }
    let tell = |(rule, mut all): (Rule, Vec<&(&Technician, Miss)>)| {
        all.sort_by_cached_key(|(t, m)| closeness(ask, t, m));
        let (technician, miss) = all[0];
        Rejection {
            rule,
            technicians: all.len() as u32,
            closest: technician.id.clone(),
            missed: miss.missed.clone(),
            missed_by: miss.by,
        }
    };
    by_rule.into_iter().map(tell).collect()
}

/// Who came closer: fewer certificates missing, less time missing, nearer to the place, the id.
pub fn closeness<'t>(
    ask: &Ask<'_>,
    technician: &'t Technician,
    miss: &Miss,
) -> (usize, Option<Span>, u32, &'t str) {
    let lacking = if miss.rule == Rule::Certification { missing(ask, technician).count() } else { 0 };
    let metres = technician.start.metres_to(ask.need.place) as u32;
    (lacking, miss.by, metres, technician.id.as_str())
}

/// The position of a technician, where any is known.
pub type Positions = BTreeMap<crate::board::id::TechnicianId, Position>;
