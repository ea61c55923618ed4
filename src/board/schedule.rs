//! The true forward pass: an order of errands becomes a route with times, or the first rule it breaks.
//!
//! This is the only place where planned times are worked out. Departures are as late as the next window
//! allows, so that an idle technician stays free for something else; travel is asked for the hour of
//! departure. Soft matters (lateness, overtime inside the allowance, waiting) are not judged here.

use super::decision::Rule;
use super::fleet::{Errand, Route, Shift, Stop, Technician, WayHome, Window};
use super::id::{DepotId, JobId};
use super::job::{Demand, Need};
use super::{Board, Leg, Legs};
use crate::geo::Point;
use crate::units::{Span, Time};

/// How far past its promised window an already promised visit may be pushed.
pub const PROMISE_SLACK: Span = Span::minutes(30);

/// How often a late departure is moved forward before leaving at once instead.
const GUESSES: usize = 8;

/// What a visit asks of a route.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// As the caller said it.
    pub need: &'a Need,
    /// Unpacked.
    pub demand: &'a Demand,
}

/// What errands refer to.
pub trait Errands {
    /// A job's task.
    fn task(&self, job: &JobId) -> Task<'_>;
    /// A depot's place and how long a pick-up takes.
    fn depot(&self, depot: &DepotId) -> (Point, Span);
    /// From when on an errand can begin for the sake of parts that are on their way; `rest` comes after it.
    fn ready(&self, errand: &Errand, rest: &[Errand]) -> Time;
}

/// The longest overtime a human may plan; what would end later belongs to another shift.
pub const LONGEST_OVERTIME: Span = Span::hours(12);

/// One technician's shift as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// Who.
    pub technician: &'a Technician,
    /// The shift.
    pub shift: &'a Shift,
    /// Stops that are under way or past: kept as they are, at the front of the errands.
    pub frozen: &'a [Stop],
    /// Where the route begins: where an idle technician was seen when it was planned, else the start place.
    pub from: Point,
    /// Where the technician is free after them.
    pub origin: Origin,
    /// Longest overtime.
    pub allowance: Span,
}

/// A place and the moment from which a technician can leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where.
    pub place: Point,
    /// From when.
    pub free: Time,
}

/// The first hard rule an order of errands breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The rule.
    pub rule: Rule,
    /// At which visit, where it is at one.
    pub job: Option<JobId>,
    /// By how much, where it is about time.
    pub by: Option<Span>,
    /// In words.
    pub missed: String,
}

impl Miss {
    /// A miss that is not about time.
    pub fn plain(rule: Rule, missed: impl Into<String>) -> Miss {
        Miss { rule, job: None, by: None, missed: missed.into() }
    }

    /// A miss by so much time.
    pub fn by(rule: Rule, by: Span, missed: impl Into<String>) -> Miss {
        Miss { rule, job: None, by: Some(by), missed: missed.into() }
    }

    /// The same miss, told of a visit.
    fn at(mut self, job: &JobId) -> Miss {
        self.job = Some(job.clone());
        self
    }
}

impl<'a> Sheet<'a> {
    /// The shift as it stands at `now`: departed stops are frozen, the technician is free after them, or at
    /// the start of the shift.
    pub fn at(
        board: &'a Board,
        now: Time,
        technician: &'a Technician,
        shift: &'a Shift,
        route: Option<&'a Route>,
    ) -> Sheet<'a> {
        let frozen = route.map_or(&[][..], |r| &r.stops[..frozen_stops(r, now)]);
        let known = board.whereabouts(&technician.id, shift.window.start);
        let begins = || board.begins(technician, shift.window.start);
        let free = frozen.last().map_or_else(begins, |s| s.end).max(now);
        let free = known.map_or(free, |w| w.free.max(free));
        let from = route.map_or(known.map_or(technician.start, |w| w.place), |r| r.from);
        let place = frozen.last().map_or(from, |s| s.place);
        let allowance = technician.allowance(&shift.window, board.region.policy.overtime_allowance);
        Sheet { technician, shift, frozen, from, origin: Origin { place, free }, allowance }
    }

    /// The same with so much overtime as a human may ask for.
    pub fn by_hand(self) -> Sheet<'a> {
        let longest = self.technician.up_to_next(&self.shift.window, LONGEST_OVERTIME);
        Sheet { allowance: self.allowance.max(longest), ..self }
    }

    /// The same, with an idle technician standing at `place`. One who is under way or off shift is where
    /// the plan says.
    pub fn seen(mut self, place: Option<Point>, now: Time) -> Sheet<'a> {
        let on_shift = self.shift.window.start <= now && now < self.shift.window.end;
        if let Some(place) = place.filter(|_| on_shift && self.origin.free == now) {
            self.origin.place = place;
            if self.frozen.is_empty() {
                self.from = place;
            }
        }
        self
    }
}

/// The number of stops of `route` that are under way or past at `now`: they have been departed for.
pub fn frozen_stops(route: &Route, now: Time) -> usize {
    route.stops.partition_point(|s| s.depart <= now)
}

/// The errands of a shift nobody has planned yet: its breaks, less those that are over.
pub fn idle_errands(shift: &Shift, rested: u8) -> Vec<Errand> {
    (rested..shift.breaks.len() as u8).map(Errand::Break).collect()
}

/// Works out the route of `errands`, whose first are `sheet.frozen`'s.
///
/// # Errors
/// The first [`Miss`], in the order of travel.
pub fn schedule(
    sheet: &Sheet<'_>,
    errands: &[Errand],
    about: &dyn Errands,
    legs: &dyn Legs,
) -> Result<Route, Miss> {
    schedule_as(sheet, errands, &[], about, legs)
}

/// As [`schedule`], where `had`, the stops of a route of the same shift, has some of the errands in the same order, by
/// the same facts: what is left for from the same place at the same moment is there as it was, and is not asked about.
///
/// # Errors
/// As [`schedule`].
pub fn schedule_as(
    sheet: &Sheet<'_>,
    errands: &[Errand],
    had: &[Stop],
    about: &dyn Errands,
    legs: &dyn Legs,
) -> Result<Route, Miss> {
    let frozen = sheet.frozen.len();
    assert!(errands.len() >= frozen, "frozen stops stay");
    let mut stops = Vec::with_capacity(errands.len());
    stops.extend_from_slice(sheet.frozen);
    let mut at = sheet.origin;
    // how the next of those that were there before was come to
    let mut had = had.get(frozen..).unwrap_or_default().iter();
    let mut before: Option<Origin> = None;
    for (i, errand) in errands.iter().enumerate().skip(frozen) {
        let known = had.as_slice().first().filter(|stop| stop.errand == *errand);
        let came = before;
        if let Some(stop) = known {
            had.next();
            before = Some(Origin { place: stop.place, free: stop.end });
        }
        // breaks go by when the shift is seen from, depots by what is fetched there
        let same = known.filter(|_| came == Some(at) && matches!(errand, Errand::Visit(_)));
        let here = || pass(sheet, at, (errand, &errands[i + 1..]), about, legs);
        debug_assert!(same.is_none_or(|had| here().is_ok_and(|s| Stop { metres: had.metres, ..s } == *had)));
        let stop = same.map_or_else(here, |had| Ok(had.clone()))?;
        at = Origin { place: stop.place, free: stop.end };
        stops.push(stop);
    }
    let home = way_home(sheet, at, legs)?;
    Ok(Route { shift: sheet.shift.window, from: sheet.from, stops, home })
}

/// One errand of a route, `rest` coming after it.
fn pass(
    sheet: &Sheet<'_>,
    at: Origin,
    (errand, rest): (&Errand, &[Errand]),
    about: &dyn Errands,
    legs: &dyn Legs,
) -> Result<Stop, Miss> {
    let ready = about.ready(errand, rest);
    match errand {
        Errand::Visit(job) => visit(sheet, at, job, (about.task(job), ready), legs).map_err(|m| m.at(job)),
        Errand::Depot(depot) => pick_up(at, depot, about.depot(depot), ready, legs),
        Errand::Break(n) => take_break(sheet, at, *n),
    }
}

/// The leg to `to` that leaves as late as an arrival at `not_before` allows: departure, arrival, leg.
fn travel(at: Origin, to: Point, not_before: Time, legs: &dyn Legs) -> Result<(Time, Time, Leg), Miss> {
    let lost = || Miss::plain(Rule::Reach, "no road leads there");
    let now = legs.leg(at.place, to, at.free).ok_or_else(lost)?;
    let soonest = at.free + Span(i64::from(now.seconds));
    if soonest >= not_before {
        return Ok((at.free, soonest, now));
    }
    // Leaving later may meet another hour's traffic: take the latest of a few guesses that is in time.
    let mut guess = not_before - Span(i64::from(now.seconds));
    for _ in 0..GUESSES {
        let depart = guess.max(at.free);
        let leg = legs.leg(at.place, to, depart).ok_or_else(lost)?;
        let arrive = depart + Span(i64::from(leg.seconds));
        if arrive <= not_before {
            return Ok((depart, arrive, leg));
        }
        guess = depart - (arrive - not_before);
    }
    Ok((at.free, soonest, now))
}

fn visit(
    sheet: &Sheet<'_>,
    at: Origin,
    job: &JobId,
    (task, ready): (Task<'_>, Time),
    legs: &dyn Legs,
) -> Result<Stop, Miss> {
    let (need, service) = (task.need, task.demand.service);
    let floor = need.promised.map_or(Time::MIN, |w| w.start).max(ready);
    let at_once = travel(at, need.place, Time::MIN, legs)?;
    let opens = opening(need, at_once.1.max(floor))?;
    let kept_back = opens > at_once.1;
    let (depart, arrive, leg) = if kept_back { travel(at, need.place, opens, legs)? } else { at_once };
    let start = opening(need, arrive.max(opens))?;
    let stop = Stop {
        errand: Errand::Visit(job.clone()),
        place: need.place,
        depart,
        arrive,
        start,
        end: start + service,
        seconds: leg.seconds,
        metres: leg.metres,
    };
    certified(sheet.technician, task.demand, &Window { start: stop.start, end: stop.end })?;
    Ok(stop)
}

/// The first moment at or after `ready` at which the customer gives access.
fn opening(need: &Need, ready: Time) -> Result<Time, Miss> {
    if need.access.is_empty() {
        return Ok(ready);
    }
    let open = need.access.iter().find(|w| ready < w.end);
    open.map(|w| ready.max(w.start)).ok_or_else(|| {
        let by = ready - need.access.last().expect("not empty").end + Span(1);
        Miss::by(Rule::Access, by, format!("there {by} after access ends"))
    })
}

/// Whether every certificate is held over all of `span`.
///
/// # Errors
/// [`Rule::Certification`] where one is missing whenever, [`Rule::CertificationValidity`] where it is not valid then.
pub fn certified(technician: &Technician, demand: &Demand, span: &Window) -> Result<(), Miss> {
    for r in &demand.requirements {
        let held = &technician.certifications;
        if held.iter().any(|c| c.covers(&r.kind, r.min_level, span)) {
            continue;
        }
        let (kind, level) = (&r.kind, r.min_level);
        let Some(last) = held.iter().filter(|c| c.grants(kind, level)).map(|c| c.valid_to).max() else {
            let missed = format!("holds no {kind} of level {level}");
            return Err(Miss::plain(Rule::Certification, missed));
        };
        let missed = format!("{kind} is not valid over the whole service time");
        let by = (span.end - last).or_zero();
        return Err(Miss::by(Rule::CertificationValidity, by, missed));
    }
    Ok(())
}

/// No visit already promised is pushed past its window by more than [`PROMISE_SLACK`], unless it was before:
/// `adopted` is the start of the visit at `job` by the adopted route.
///
/// # Errors
/// [`Rule::Promise`], with the job and by how much.
pub fn keeps_promise(job: &JobId, need: &Need, adopted: Time, start: Time) -> Result<(), Miss> {
    let Some(window) = need.promised else { return Ok(()) };
    let late = start - adopted.max(window.end + PROMISE_SLACK);
    if late > Span::ZERO {
        let missed = format!("the visit promised at job {job} would start {late} too late");
        return Err(Miss::by(Rule::Promise, late, missed).at(job));
    }
    Ok(())
}

fn pick_up(
    at: Origin,
    depot: &DepotId,
    (place, takes): (Point, Span),
    ready: Time,
    legs: &dyn Legs,
) -> Result<Stop, Miss> {
    let (depart, arrive, leg) = travel(at, place, ready, legs)?;
    let start = arrive.max(ready);
    Ok(Stop {
        errand: Errand::Depot(depot.clone()),
        place,
        depart,
        arrive,
        start,
        end: start + takes,
        seconds: leg.seconds,
        metres: leg.metres,
    })
}

/// A break that could no longer begin when this shift's remaining errands did was taken while the
/// technician had nothing to do: it takes no more time.
fn take_break(sheet: &Sheet<'_>, at: Origin, number: u8) -> Result<Stop, Miss> {
    let pause = &sheet.shift.breaks[usize::from(number)];
    let taken = sheet.origin.free > pause.window.end - pause.duration;
    let duration = if taken { Span::ZERO } else { pause.duration };
    let start = at.free.max(pause.window.start);
    let late = start + duration - pause.window.end;
    if late > Span::ZERO && !taken {
        return Err(Miss::by(Rule::Break, late, format!("the break would end {late} too late")));
    }
    Ok(Stop {
        errand: Errand::Break(number),
        place: at.place,
        depart: start,
        arrive: start,
        start,
        end: start + duration,
        seconds: 0,
        metres: 0,
    })
}

fn way_home(sheet: &Sheet<'_>, at: Origin, legs: &dyn Legs) -> Result<WayHome, Miss> {
    let (depart, arrive, leg) = travel(at, sheet.technician.end, Time::MIN, legs)?;
    let late = arrive - (sheet.shift.window.end + sheet.allowance);
    if late > Span::ZERO {
        return Err(Miss::by(Rule::Overtime, late, format!("home {late} after the shift and its allowance")));
    }
    Ok(WayHome { depart, arrive, seconds: leg.seconds, metres: leg.metres })
}
