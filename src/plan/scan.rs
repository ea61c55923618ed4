//! Everything one technician could do, weighed without any shortcut: the slow witness of the search, and
//! what explains why somebody does not fit.

use super::ask::Ask;
use super::choose::Knowledge;
use super::own::Own;
use super::parts::{Supply, Way, pickups, supply, way};
use super::position::Position;
use super::stand::{Stand, stand};
use super::weigh::{Weighed, weigh};
use crate::board::Legs;
use crate::board::catalog::Requirement;
use crate::board::decision::Rule;
use crate::board::fleet::{Certification, Errand, Shift, Technician, Window};
use crate::board::id::{DepotId, TechnicianId};
use crate::board::schedule::Miss;
use crate::units::{Cost, Span, Time};
use std::sync::Arc;

/// What is told of a technician whom the customer excludes.
pub const EXCLUDED: &str = "the customer will not have this technician";

/// What is told of a technician who is left alone for now.
pub const DECLINED: &str = "declined it, or did not answer, a moment ago";

/// A way that fits, with all that is needed to tell and to propose it.
#[derive(Clone, Debug)]
pub struct Fit<'a> {
    /// The shift as it stands.
    pub stand: Arc<Stand<'a>>,
    /// What is inserted.
    pub way: Way,
    /// What it costs.
    pub weighed: Weighed,
    /// The same as one number.
    pub cost: Cost,
}

/// What ranks fits: cost, then who, then which shift, then where, then by which depot.
pub type Rank<'f> = (Cost, &'f TechnicianId, Time, usize, Option<usize>, Option<&'f DepotId>);

impl Fit<'_> {
    /// See [`Rank`].
    pub fn rank(&self) -> Rank<'_> {
        let sheet = &self.stand.sheet;
        let (way, start) = (&self.way, sheet.shift.window.start);
        (self.cost, &sheet.technician.id, start, way.at, way.depot_at, way.depot.as_ref())
    }
}

/// What the search needs to know of one technician.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// The technician.
    pub technician: &'a Technician,
    /// The newest position, fresh or not.
    pub position: Option<&'a Position>,
    /// What sending this one rather than another costs.
    pub own: Own,
}

/// Which of a technician's positions are meant; all by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Only {
    /// Start of the shift.
    pub shift: Option<Time>,
    /// How many visits of the route come before.
    pub position: Option<u32>,
}

impl Only {
    fn means(&self, stand: &Stand<'_>, gap: usize) -> bool {
        let before = || stand.base.stops[..gap].iter().filter(|s| matches!(s.errand, Errand::Visit(_)));
        self.position.is_none_or(|n| before().count() == n as usize)
    }
}

impl<'a> Who<'a> {
    /// All that is known of a technician who might be sent.
    pub fn of(ask: &Ask<'_>, known: &Knowledge<'a>, technician: &'a Technician) -> Who<'a> {
        let own = Own::of(ask, known.holders, technician);
        Who { technician, position: known.positions.get(&technician.id), own }
    }
}

/// The cheapest way to send this technician.
///
/// # Errors
/// Where there is none: the rule of the way that came closest.
pub fn best<'a>(ask: &Ask<'a>, who: &Who<'a>, legs: &dyn Legs) -> Result<Fit<'a>, Miss> {
    best_at(ask, who, &Only::default(), legs)
}

/// As [`best`], of some positions only.
///
/// # Errors
/// As [`best`].
pub fn best_at<'a>(ask: &Ask<'a>, who: &Who<'a>, only: &Only, legs: &dyn Legs) -> Result<Fit<'a>, Miss> {
    let supply = admissible(ask, who.technician)?;
    let mut found: Option<Fit<'a>> = None;
    let mut closest: Option<Miss> = None;
    let meant = |s: &&Shift| only.shift.is_none_or(|start| s.window.start == start);
    for shift in shifts(ask, who.technician).filter(meant) {
        let mut miss = |m: Miss| closest = Some(nearer(closest.take(), m));
        let stand = match stand(ask, who.technician, shift, who.position, legs) {
            Ok(stand) => Arc::new(stand),
            Err(m) => {
                miss(m);
                continue;
            }
        };
        let gaps = stand.sheet.frozen.len()..=stand.base.stops.len();
        for gap in gaps.filter(|gap| only.means(&stand, *gap)) {
            for pickup in pickups(&stand, &supply, gap) {
                let way = way(ask, &stand, &supply, gap, pickup);
                match weigh(ask, &stand, &way, &who.own, legs) {
                    Ok(weighed) => keep(&mut found, fit(&stand, way, weighed)),
                    Err(m) => miss(m),
                }
            }
        }
    }
    found.ok_or_else(|| closest.unwrap_or_else(|| no_shift(ask, who.technician)))
}

/// A weighed way with its cost as one number.
pub fn fit<'a>(stand: &Arc<Stand<'a>>, way: Way, weighed: Weighed) -> Fit<'a> {
    let cost = weighed.terms.total();
    Fit { stand: stand.clone(), way, weighed, cost }
}

/// Keeps the better of the two.
pub fn keep<'a>(best: &mut Option<Fit<'a>>, new: Fit<'a>) {
    if best.as_ref().is_none_or(|b| new.rank() < b.rank()) {
        *best = Some(new);
    }
}

/// What can be known of the pair before any route is looked at: certificates, exclusion, parts.
///
/// # Errors
/// The first rule that fails, in the order of [`Rule`].
pub fn admissible(ask: &Ask<'_>, technician: &Technician) -> Result<Supply, Miss> {
    for r in &ask.demand.requirements {
        if !technician.holds(r) {
            let missing: Vec<String> = missing(ask, technician).map(named).collect();
            return Err(Miss::plain(Rule::Certification, format!("holds no {}", missing.join(", no "))));
        }
    }
    let asked = ask.asked();
    let valid = |r: &Requirement| {
        let covers = |c: &Certification| {
            c.grants(&r.kind, r.min_level) && c.valid_from < asked.end && asked.start < c.valid_to
        };
        technician.certifications.iter().any(covers)
    };
    if let Some(r) = ask.demand.requirements.iter().find(|r| !valid(r)) {
        let by = lapsed(technician, r, &asked);
        let missed = format!("{} of level {} is not valid at that time", r.kind, r.min_level);
        return Err(Miss::by(Rule::CertificationValidity, by, missed));
    }
    if ask.need.excluded.contains(&technician.id) {
        return Err(Miss::plain(Rule::Exclusion, EXCLUDED));
    }
    if let Some(miss) = left_out(ask, technician) {
        return Err(miss);
    }
    let supply = supply(ask, technician)?;
    match ask.unreached {
        Some(why) => Err(Miss::plain(Rule::Reach, why)),
        None => Ok(supply),
    }
}

/// Why a technician is not to be asked, whatever the route: language, a decline, partners kept back.
pub fn left_out(ask: &Ask<'_>, technician: &Technician) -> Option<Miss> {
    if !technician.speaks(&ask.need.wishes) {
        let language = ask.need.wishes.language.as_deref().unwrap_or_default();
        return Some(Miss::plain(Rule::Language, format!("does not speak {language:?}")));
    }
    if !ask.by_hand && ask.declined.binary_search(&technician.id).is_ok() {
        return Some(Miss::plain(Rule::Declined, DECLINED));
    }
    let kept_back = !ask.partners && technician.traits.partner.is_some();
    kept_back.then(|| Miss::plain(Rule::Declined, "partners are asked when nobody else is in time"))
}

/// How far the nearest validity of what grants `r` is from the time asked for.
fn lapsed(technician: &Technician, r: &Requirement, asked: &Window) -> Span {
    let held = technician.certifications.iter().filter(|c| c.grants(&r.kind, r.min_level));
    let by = held.map(|c| (asked.start - c.valid_to).max(c.valid_from - asked.end)).min();
    by.unwrap_or(Span::ZERO).or_zero() + Span(1)
}

/// The certificates asked for that a technician does not hold, whenever.
pub fn missing<'a>(ask: &Ask<'a>, technician: &'a Technician) -> impl Iterator<Item = &'a Requirement> {
    ask.demand.requirements.iter().filter(|r| !technician.holds(r))
}

/// A required certificate in words.
pub fn named(r: &Requirement) -> String {
    format!("{} of level {}", r.kind, r.min_level)
}

/// The shifts in which the visit could start.
pub fn shifts<'a>(ask: &Ask<'a>, technician: &'a Technician) -> impl Iterator<Item = &'a Shift> {
    let asked = ask.asked();
    let usual = ask.policy.overtime_allowance;
    let ends = move |s: &Shift| s.window.end + technician.allowance(&s.window, usual);
    let fits = move |s: &&Shift| s.window.start < asked.end && asked.start < ends(s);
    technician.shifts.iter().filter(fits)
}

/// Of two misses the one that came closer: later rules are only met when earlier ones hold, so what is
/// short by time and least comes first.
pub fn nearer(had: Option<Miss>, new: Miss) -> Miss {
    let key = |m: &Miss| (m.by.is_none(), m.by, m.rule);
    match had {
        Some(had) if key(&had) <= key(&new) => had,
        Some(_) | None => new,
    }
}

/// Why no shift of a technician will do.
pub fn no_shift(ask: &Ask<'_>, technician: &Technician) -> Miss {
    let asked = ask.asked();
    let away = |s: &Shift| (s.window.start - asked.end).max(asked.start - s.window.end).or_zero() + Span(1);
    match technician.shifts.iter().map(away).min() {
        Some(by) => Miss::by(Rule::Shift, by, format!("the nearest shift is {by} from the time asked for")),
        None => Miss::plain(Rule::Shift, "has no shift at all"),
    }
}
