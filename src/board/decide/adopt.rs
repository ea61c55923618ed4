//! Adopting better routes: all or none, every hard rule again, and only where they are worth it.
//!
//! The plan comes as orders of errands with the revisions they were made from. What has changed since makes it
//! stale; times, parts and costs are worked out here. A visit that moves keeps its number and its commitment,
//! and nothing under way or locked, nor anything before a locked visit, changes its place.

use super::settle::{breaks, total};
use super::{not_found, unchanged_since};
use crate::board::command::{Adoption, Replan, Reroute};
use crate::board::cost::coverage_of;
use crate::board::decision::{CostKind, Rule, Terms};
use crate::board::event::Event;
use crate::board::fleet::{Errand, Route, Shift, Stop};
use crate::board::id::{DepotId, JobId, Location, PartId};
use crate::board::job::{Commitment, Job, Source, Visit};
use crate::board::progress::Actual;
use crate::board::refusal::{Noun, Refusal, Violation};
use crate::board::scarcity::Holders;
use crate::board::schedule::{Miss, Sheet, frozen_stops, idle_errands, keeps_promise, schedule};
use crate::board::{Board, Legs};
use crate::units::{Cost, Span, Time};
use std::collections::BTreeMap;

/// What a change has to gain for each visit that gets another technician, and at the least: a plan that flickers
/// is worth less than what it saves.
pub const LEAST_GAIN: Cost = Span::minutes(1).paid();

/// An adoption that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What it makes happen.
    pub events: Vec<Event>,
    /// What the routes cost as they are.
    pub before: Terms,
    /// What they cost then, changed promises included.
    pub after: Terms,
    /// Visits that get another technician.
    pub moved: u32,
    /// Open jobs that get a visit.
    pub planned: u32,
}

/// One shift's route as it is and as it would be.
struct Side<'a> {
    wish: &'a Reroute,
    sheet: Sheet<'a>,
    route: Option<&'a Route>,
    /// As it would go on if nothing changed.
    before: Option<Route>,
    after: Route,
}

/// What the visits' changes are told as.
#[derive(Default)]
struct News {
    moved: Vec<(JobId, Visit)>,
    rest: Vec<Event>,
}

/// Where a visit stands in one of the sides: which side, at which stop.
type Places<'s> = BTreeMap<&'s JobId, (usize, usize)>;

/// The stops at the front of a route that no advice may change: all that is under way, and all up to the last
/// visit that a human locked.
pub fn fixed_stops(board: &Board, route: &Route, now: Time) -> usize {
    let held = |s: &Stop| match &s.errand {
        Errand::Visit(job) => {
            board.jobs[job].visit.as_ref().is_some_and(|v| v.commitment >= Commitment::Locked)
        }
        Errand::Depot(_) | Errand::Break(_) => false,
    };
    let locked = route.stops.iter().rposition(held).map_or(0, |at| at + 1);
    frozen_stops(route, now).max(locked)
}

impl Board {
    /// What adopting would make happen at `now`, and what it is worth; `holders` are the region's.
    ///
    /// # Errors
    /// [`Refusal::Stale`] where a route, technician or job is not as it was read, [`Refusal::NotWorth`] where the
    /// gain is too small, or the hard rule that would be broken.
    pub fn judge(
        &self,
        now: Time,
        wish: &Adoption,
        legs: &dyn Legs,
        holders: &Holders,
    ) -> Result<Judged, Refusal> {
        self.as_read(now, wish)?;
        let sides = wish.routes.iter().map(|r| self.side(now, r, legs)).collect::<Result<Vec<_>, _>>()?;
        let had = places(sides.iter().map(|s| s.route))?;
        let will = places(sides.iter().map(|s| Some(&s.after)))?;
        if let Some(lost) = had.keys().find(|j| !will.contains_key(*j)) {
            return Err(wrong(format!("the visit at job {lost} is in no route any more")));
        }
        let mut judged = Judged::default();
        for side in &sides {
            let stake = wish.stakes.get(&side.wish.technician).copied().unwrap_or_default();
            let of = |r: &Route| {
                let mut terms = self.cost(&side.sheet, r, holders);
                let ahead = &r.stops[side.sheet.frozen.len()..];
                terms.add(CostKind::Coverage, coverage_of(stake, now, ahead));
                terms
            };
            judged.before.merge(&side.before.as_ref().map(of).unwrap_or_default());
            let idle = side.after.jobs().next().is_none();
            judged.after.merge(&if idle { Terms::default() } else { of(&side.after) });
        }
        let mut news = News::default();
        for replan in &wish.visits {
            let ahead = |p: &&(usize, usize)| p.1 >= sides[p.0].sheet.frozen.len();
            let Some((side, at)) = will.get(&replan.job).filter(ahead).copied() else {
                return Err(wrong(format!("the visit at job {} is not ahead in any route", replan.job)));
            };
            let start = had.get(&replan.job).and_then(|(s, i)| Some(sides[*s].route?.stops[*i].start));
            self.replanned(now, replan, (&sides[side], at), start, (&mut judged, &mut news))?;
        }
        let ahead = sides.iter().map(|s| s.after.jobs().count() - visits_in(s.sheet.frozen)).sum::<usize>();
        if ahead != wish.visits.len() {
            return Err(wrong(format!("{ahead} visits lie ahead, {} are told of", wish.visits.len())));
        }
        self.in_stock(wish)?;
        worth(&judged)?;
        judged.events = told(&sides, news);
        Ok(judged)
    }

    /// Nothing that the plan rests on has changed since it was read.
    fn as_read(&self, now: Time, wish: &Adoption) -> Result<(), Refusal> {
        let stale = |noun, id: &str, revision| Err(Refusal::Stale { noun, id: id.into(), revision });
        for read in &wish.routes {
            let id = &read.technician;
            let there = self.technicians.get(id).ok_or_else(|| not_found(Noun::Technician, id.as_str()))?;
            unchanged_since(Some(read.revision), there.revision, Noun::Technician, id.as_str())?;
            let route = self.route(id, read.shift);
            let errands = match (route, there.shift(read.shift)) {
                (_, None) => return stale(Noun::Technician, id.as_str(), there.revision),
                (Some(route), _) => route.stops.iter().map(|s| s.errand.clone()).collect(),
                (None, Some(shift)) => idle_errands(shift, self.rested(id, shift.window.start)),
            };
            let fixed = route.map_or(0, |r| fixed_stops(self, r, now));
            if errands != read.had || read.errands.get(..fixed) != errands.get(..fixed) {
                return stale(Noun::Technician, id.as_str(), self.version);
            }
        }
        for read in &wish.visits {
            let id = read.job.as_str();
            let job = self.jobs.get(&read.job).ok_or_else(|| not_found(Noun::Job, id))?;
            unchanged_since(Some(read.revision), job.revision, Noun::Job, id)?;
        }
        Ok(())
    }

    fn side<'a>(&'a self, now: Time, wish: &'a Reroute, legs: &dyn Legs) -> Result<Side<'a>, Refusal> {
        let technician = &self.technicians[&wish.technician];
        let shift = technician.shift(wish.shift);
        let shift: &Shift = shift.expect("shifts are as they were read");
        let rests = |errands: &[Errand]| -> Vec<Errand> {
            errands.iter().filter(|e| matches!(e, Errand::Break(_))).cloned().collect()
        };
        if rests(&wish.errands) != rests(&wish.had) {
            return Err(wrong(format!("{}'s breaks are not as they were", wish.technician)));
        }
        let unknown = |e: &&Errand| matches!(e, Errand::Depot(d) if !self.depots.contains_key(d));
        if let Some(Errand::Depot(depot)) = wish.errands.iter().find(unknown) {
            return Err(not_found(Noun::Depot, depot.as_str()));
        }
        let unknown = |e: &&Errand| matches!(e, Errand::Visit(j) if !self.jobs.contains_key(j));
        if let Some(Errand::Visit(job)) = wish.errands.iter().find(unknown) {
            return Err(not_found(Noun::Job, job.as_str()));
        }
        let route = self.route(&wish.technician, wish.shift);
        let sheet = Sheet::at(self, now, technician, shift, route).seen(wish.seen_at, now);
        let before = route.map(|r| schedule(&sheet, &wish.had, self, legs).unwrap_or_else(|_| r.clone()));
        // Overtime beyond the allowance that is there already may stay, not grow.
        let over = before.as_ref().map_or(Span::ZERO, |r| r.home.arrive - shift.window.end - sheet.allowance);
        let sheet = Sheet { allowance: sheet.allowance + over.or_zero(), ..sheet };
        let after = schedule(&sheet, &wish.errands, self, legs).map_err(breaks)?;
        Ok(Side { wish, sheet, route, before, after })
    }

    /// What becomes of one visit ahead: nothing, another technician or other parts, or a first visit.
    fn replanned(
        &self,
        now: Time,
        wish: &Replan,
        (side, at): (&Side<'_>, usize),
        had: Option<Time>,
        (judged, news): (&mut Judged, &mut News),
    ) -> Result<(), Refusal> {
        let job = &self.jobs[&wish.job];
        let (id, stop) = (&side.wish.technician, &side.after.stops[at]);
        let same = job.visit.as_ref().filter(|v| v.technician == *id && v.shift == side.wish.shift);
        if same.is_none() && job.need.excluded.contains(id) {
            return Err(breaks(Miss::plain(Rule::Exclusion, format!("the customer excludes {id}"))));
        }
        if same.is_none() && !self.technicians[id].speaks(&job.need.wishes) {
            let missed = "does not speak the language that the customer cannot do without";
            return Err(breaks(Miss::plain(Rule::Exclusion, missed)));
        }
        let asked = self.offers.open(&job.id).is_some();
        if same.is_none() && job.visit.is_some() && (asked || job.tied()) {
            let missed = "its technician was named, its parts are on their way, or it was offered";
            return Err(breaks(Miss::plain(Rule::Promise, missed)));
        }
        self.in_time(now, job, had, stop.start).map_err(breaks)?;
        self.reached(job, wish, (side, at), same)?;
        let other = job.visit.as_ref().is_some_and(|v| v.technician != *id);
        judged.moved += u32::from(other);
        if let Some(had) = had {
            judged
                .after
                .add(CostKind::PromiseChange, self.changed_promise(now, &job.id, had, stop.start, other));
        }
        let (technician, shift, sources) = (id.clone(), side.wish.shift, wish.sources.clone());
        match &job.visit {
            Some(v) if same.is_some() && v.sources == sources => return Ok(()),
            Some(v) => {
                news.moved.push((job.id.clone(), Visit { technician, shift, sources, ..v.clone() }));
            }
            None if job.waits() && job.need.takes_a_visit() => {
                judged.planned += 1;
                let told = job.need.promised.is_some();
                let commitment = if told { Commitment::Promised } else { Commitment::Planned };
                let (number, actual) = (job.visits + 1, Actual::default());
                let awaits = Vec::new();
                let visit =
                    Visit { number, technician, shift, commitment, sources, awaits, actual, pinned: false };
                news.rest.push(Event::VisitPlanned { job: job.id.clone(), visit });
            }
            None => return Err(Refusal::WrongState { job: job.id.to_string(), state: job.state }),
        }
        match &wish.decision {
            Some(decision) => {
                news.rest.push(Event::Decided { job: job.id.clone(), decision: decision.clone() });
            }
            None if same.is_some() => {}
            None => return Err(wrong(format!("job {} is given to another without a reason", job.id))),
        }
        Ok(())
    }

    /// No promise is broken beyond what may be, unless it was, and nothing is put off beyond the horizon.
    fn in_time(&self, now: Time, job: &Job, had: Option<Time>, start: Time) -> Result<(), Miss> {
        keeps_promise(&job.id, &job.need, had.unwrap_or(Time::MIN), start)?;
        let horizon = had.unwrap_or(Time::MIN).max(now + self.region.policy.horizon);
        if job.need.promised.is_none() && job.need.access.is_empty() && start > horizon {
            let missed = "it would be put off beyond the policy's horizon";
            return Err(Miss::by(Rule::Shift, start - horizon, missed));
        }
        Ok(())
    }

    /// The parts are what the job takes, and on the van or picked up on the way.
    fn reached(
        &self,
        job: &Job,
        wish: &Replan,
        (side, at): (&Side<'_>, usize),
        same: Option<&Visit>,
    ) -> Result<(), Refusal> {
        let awaits = job.visit.iter().flat_map(|v| &v.awaits).map(|a| &a.source);
        if total(wish.sources.iter().chain(awaits)) != job.demand.parts {
            return Err(breaks(Miss::plain(Rule::Parts, "the sources are not what the job takes")));
        }
        let frozen = side.sheet.frozen.len();
        let calls = |stops: &[Stop], depot: &DepotId| {
            stops.iter().any(|s| matches!(&s.errand, Errand::Depot(d) if d == depot))
        };
        let at_hand = |s: &Source| match &s.location {
            Location::Van(owner) => *owner == side.wish.technician,
            // What was picked up already is on the van, for this visit.
            Location::Depot(d) => {
                calls(&side.after.stops[frozen..at.max(frozen)], d)
                    || same.is_some_and(|v| v.sources.contains(s)) && calls(&side.after.stops[..at], d)
            }
        };
        match wish.sources.iter().find(|s| !at_hand(s)) {
            None => Ok(()),
            Some(s) => Err(breaks(Miss::plain(Rule::Parts, format!("the {} is not on the way", s.location)))),
        }
    }

    /// All that is to be kept is free, counting what these visits give back.
    fn in_stock(&self, wish: &Adoption) -> Result<(), Refusal> {
        let mut net: BTreeMap<(&Location, &PartId), i64> = BTreeMap::new();
        for replan in &wish.visits {
            let had = self.jobs[&replan.job].visit.as_ref().map_or(&[][..], |v| &v.sources);
            let signed = had.iter().map(|s| (s, -1)).chain(replan.sources.iter().map(|s| (s, 1)));
            for (s, sign) in signed {
                *net.entry((&s.location, &s.part_count.part)).or_default() +=
                    sign * i64::from(s.part_count.count);
            }
        }
        for ((location, part), more) in net {
            let free = self.stock.free(location, part);
            if more > i64::from(free) {
                let (location, part) = (location.to_string(), part.to_string());
                return Err(Refusal::InsufficientStock { location, part, free, wanted: more as u32 });
            }
        }
        Ok(())
    }
}

/// Where each visit ahead of now or past stands.
fn places<'r>(routes: impl Iterator<Item = Option<&'r Route>>) -> Result<Places<'r>, Refusal> {
    let mut places = Places::new();
    for (side, route) in routes.enumerate() {
        for (at, stop) in route.into_iter().flat_map(|r| &r.stops).enumerate() {
            let Errand::Visit(job) = &stop.errand else { continue };
            if places.insert(job, (side, at)).is_some() {
                return Err(wrong(format!("the visit at job {job} comes twice")));
            }
        }
    }
    Ok(places)
}

/// Serving one more open job is always worth it; otherwise a minute for each visit that moves, and one at least.
fn worth(judged: &Judged) -> Result<(), Refusal> {
    let gain = judged.before.total() - judged.after.total();
    let least = Cost(LEAST_GAIN.0 * i64::from(judged.moved.max(1)));
    if judged.planned > 0 || gain >= least { Ok(()) } else { Err(Refusal::NotWorth { gain, least }) }
}

/// Routes, then moves in one event, then first visits and reasons. What one visit gives back another may keep:
/// that is why moves are one event.
fn told(sides: &[Side<'_>], news: News) -> Vec<Event> {
    let mut events = Vec::new();
    for side in sides {
        let (technician, shift) = (side.wish.technician.clone(), side.wish.shift);
        let route = Some(side.after.clone()).filter(|r| r.jobs().next().is_some());
        if route.as_ref() != side.route {
            events.push(Event::RouteSet { technician, shift, route });
        }
    }
    if !news.moved.is_empty() {
        events.push(Event::VisitsMoved { visits: news.moved });
    }
    events.extend(news.rest);
    events
}

fn visits_in(stops: &[Stop]) -> usize {
    stops.iter().filter(|s| matches!(s.errand, Errand::Visit(_))).count()
}

fn wrong(description: String) -> Refusal {
    Refusal::Invalid(vec![Violation { field: "adoption".into(), description }])
}
