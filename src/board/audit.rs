//! What must always hold of a board, derived again from nothing: the slow witness of `decide` and `apply`.
//!
//! Tests call it after every event. It shares no code with the rules it checks (certificates, times, parts
//! are compared by their own loops) and never changes anything. Numbers I1 to I16 name the invariants.

use super::Board;
use super::catalog::PartCount;
use super::clocks::{ClockKind, ClockState};
use super::fleet::{Errand, Route, Stop};
use super::id::{DeliveryId, JobId, Location, PartId, TechnicianId};
use super::job::{Commitment, Job, JobKind, JobState};
use super::stock::Level;
use super::timer::Timer;
use crate::units::Time;
use std::collections::BTreeMap;

/// Every invariant that does not hold at `now`, in words; empty on a sound board. A visit that has begun by
/// plan keeps its technician, whatever happens to the certificates.
pub fn audit(board: &Board, now: Time) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, job) in &board.jobs {
        wrong.extend(state(id, job));
        wrong.extend(visit(board, job, now));
    }
    for (technician, routes) in &board.routes {
        for (shift, route) in routes {
            wrong.extend(times(technician, route));
            wrong.extend(owners(board, technician, *shift, route));
            wrong.extend(pick_ups(board, technician, route));
        }
        wrong.extend(apart(technician, routes.values()));
    }
    wrong.extend(reserved(board));
    wrong.extend(conserved(board));
    wrong.extend(awaited(board));
    wrong.extend(orders(board));
    wrong.extend(under_way(board, now));
    board.jobs.values().for_each(|job| wrong.extend(booking(board, job)));
    wrong.extend(offers(board));
    wrong.extend(retried(board));
    wrong.extend(moves(board));
    wrong
}

/// I1, I2: a job has a live visit exactly where its state says so.
fn state(id: &JobId, job: &Job) -> Option<String> {
    let live =
        matches!(job.state, JobState::Planned | JobState::Promised | JobState::EnRoute | JobState::OnSite);
    let follows = job.visit.as_ref().is_none_or(|v| match v.commitment {
        Commitment::Planned => job.state == JobState::Planned,
        Commitment::Promised | Commitment::Locked => job.state == JobState::Promised,
        Commitment::EnRoute => job.state == JobState::EnRoute && v.actual.departed.is_some(),
        Commitment::OnSite => job.state == JobState::OnSite && v.actual.arrived.is_some(),
    });
    let sound = live == job.visit.is_some() && follows;
    (!sound).then(|| format!("I2: job {id} is {:?}, visit {:?}", job.state, job.visit))
}

/// I2, I5: the visit's stop is in its technician's route, and the technician may do it then.
fn visit(board: &Board, job: &Job, now: Time) -> Vec<String> {
    let Some(visit) = &job.visit else { return Vec::new() };
    let id = &job.id;
    let stop = board.route(&visit.technician, visit.shift).and_then(|r| r.stop_of(id));
    let Some((_, stop)) = stop else { return vec![format!("I2: job {id}'s visit is in no route")] };
    let mut wrong = Vec::new();
    if stop.place != job.need.place {
        wrong.push(format!("I2: job {id} is visited at another place"));
    }
    if job.need.excluded.contains(&visit.technician) {
        wrong.push(format!("I5: job {id} excludes {}", visit.technician));
    }
    let wishes = &job.need.wishes;
    let spoken = &board.technicians[&visit.technician].traits.languages;
    if wishes.language_required && !wishes.language.iter().all(|l| spoken.contains(l)) {
        wrong.push(format!("I5: job {id} needs {:?} of {}", wishes.language, visit.technician));
    }
    // what has begun by report is as it is
    let ahead = visit.commitment < Commitment::EnRoute;
    if ahead
        && !job.need.access.is_empty()
        && !job.need.access.iter().any(|w| w.start <= stop.start && stop.start < w.end)
    {
        wrong.push(format!("I5: job {id} starts outside access"));
    }
    if ahead && job.need.promised.is_some_and(|w| stop.start < w.start) {
        wrong.push(format!("I5: job {id} starts before its promise"));
    }
    if ahead && stop.end - stop.start != job.demand.service {
        wrong.push(format!("I5: job {id} is given another service time"));
    }
    if ahead && stop.start > now {
        wrong.extend(certificates(board, job, &visit.technician, stop));
    }
    wrong.extend(kit(job).into_iter().map(|w| format!("I4: job {id} {w}")));
    wrong
}

fn certificates(board: &Board, job: &Job, technician: &TechnicianId, stop: &Stop) -> Vec<String> {
    let held = &board.technicians[technician].certifications;
    let lacks = job.demand.requirements.iter().filter(|r| {
        let mut covering = held.iter().filter(|c| {
            c.kind == r.kind && c.level >= r.min_level && c.valid_from <= stop.start && c.valid_to >= stop.end
        });
        covering.next().is_none()
    });
    lacks.map(|r| format!("I5: {technician} lacks {} at job {}", r.kind, job.id)).collect()
}

/// I4: what is reserved for a visit is what its job takes.
fn kit(job: &Job) -> Option<String> {
    let sources: Vec<_> = job.visit.iter().flat_map(|v| v.draws()).collect();
    let away = job.visit.as_ref().is_some_and(|v| v.commitment >= Commitment::EnRoute);
    let kept = |part: &PartId| -> u32 {
        sources.iter().filter(|s| s.part_count.part == *part).map(|s| s.part_count.count).sum()
    };
    // who left before the parts were there went without them
    let short = |p: &&PartCount| kept(&p.part) != p.count && !(away && kept(&p.part) < p.count);
    if job.need.kind == JobKind::Remote {
        return Some("is remote and has a visit".into());
    }
    let extra: u32 = sources.iter().map(|s| s.part_count.count).sum();
    let wanted: u32 = job.demand.parts.iter().map(|p| p.count).sum();
    let missing = job.demand.parts.iter().find(short).map(|p| format!("is short of {}", p.part));
    missing
        .or_else(|| (extra > wanted || extra < wanted && !away).then(|| "has parts it does not take".into()))
}

/// I3: stops follow one another, travel included.
fn times(technician: &TechnicianId, route: &Route) -> Vec<String> {
    let mut free = Time::MIN;
    let mut wrong = Vec::new();
    for stop in &route.stops {
        let travels = stop.arrive - stop.depart == crate::units::Span(i64::from(stop.seconds));
        let ordered = free <= stop.depart && stop.arrive <= stop.start && stop.start <= stop.end;
        if !ordered || !travels {
            wrong.push(format!("I3: {technician}'s stop {:?} does not follow", stop.errand));
        }
        free = stop.end;
    }
    if route.home.depart < free || route.home.arrive < route.home.depart {
        wrong.push(format!("I3: {technician} goes home before being free"));
    }
    wrong
}

/// I2: each visit in a route is its job's live one; a route without a visit is not kept.
fn owners(board: &Board, technician: &TechnicianId, shift: Time, route: &Route) -> Vec<String> {
    let mut wrong = Vec::new();
    for id in route.jobs() {
        let live = board.jobs.get(id).and_then(|j| j.visit.as_ref());
        if !live.is_some_and(|v| v.technician == *technician && v.shift == shift) {
            wrong.push(format!("I2: {technician} visits job {id}, which does not know of it"));
        }
        if route.jobs().filter(|other| *other == id).count() != 1 {
            wrong.push(format!("I2: {technician} visits job {id} twice"));
        }
    }
    if route.jobs().next().is_none() {
        wrong.push(format!("I2: {technician} has a route without a visit"));
    }
    wrong
}

/// I4, I5: parts come from the own van or from a depot visited before.
fn pick_ups(board: &Board, technician: &TechnicianId, route: &Route) -> Vec<String> {
    let mut depots = Vec::new();
    let mut wrong = Vec::new();
    for stop in &route.stops {
        match &stop.errand {
            Errand::Depot(depot) => depots.push(depot),
            Errand::Break(_) => {}
            Errand::Visit(id) => {
                let visit = board.jobs.get(id).and_then(|j| j.visit.as_ref());
                for source in visit.iter().flat_map(|v| v.draws()) {
                    let at_hand = match &source.location {
                        Location::Van(owner) => owner == technician,
                        Location::Depot(depot) => depots.contains(&depot),
                    };
                    if !at_hand {
                        wrong.push(format!("I5: job {id} draws on the {}, not on the way", source.location));
                    }
                }
            }
        }
    }
    wrong
}

/// I3: the routes of one technician do not overlap.
fn apart<'a>(technician: &TechnicianId, routes: impl Iterator<Item = &'a Route>) -> Vec<String> {
    let mut free = Time::MIN;
    let mut wrong = Vec::new();
    let leaves = |r: &Route| r.stops.first().map_or(r.home.depart, |s| s.depart);
    let mut routes: Vec<(Time, &Route)> = routes.map(|r| (leaves(r), r)).collect();
    routes.sort_by_key(|(leaves, _)| *leaves);
    for (leaves, route) in routes {
        if leaves < free {
            wrong.push(format!("I3: {technician} has two routes at once"));
        }
        free = route.home.arrive;
    }
    wrong
}

/// I4: what is reserved at each place is what live visits keep there.
fn reserved(board: &Board) -> Vec<String> {
    let mut kept: BTreeMap<(&Location, &PartId), u32> = BTreeMap::new();
    let visits = board.jobs.values().filter_map(|j| j.visit.as_ref());
    for source in visits.flat_map(|v| &v.sources) {
        *kept.entry((&source.location, &source.part_count.part)).or_default() += source.part_count.count;
    }
    let there: BTreeMap<(&Location, &PartId), u32> = board
        .stock
        .iter()
        .filter(|(_, _, l)| l.reserved > 0)
        .map(|(l, p, level)| ((l, p), level.reserved))
        .collect();
    let empty = board.stock.iter().filter(|(_, _, l)| *l == Level::default());
    let empty = empty.map(|(l, p, _)| format!("I4: the {l} keeps an empty level of {p}"));
    let differ = (kept != there).then(|| format!("I4: reserved {there:?}, kept by visits {kept:?}"));
    empty.chain(differ).collect()
}

/// I4: what was ever received lies somewhere or was consumed.
fn conserved(board: &Board) -> Vec<String> {
    let mut there: BTreeMap<&PartId, i64> = BTreeMap::new();
    for (_, part, level) in board.stock.iter() {
        *there.entry(part).or_default() += i64::from(level.free) + i64::from(level.reserved);
    }
    let stock = &board.stock;
    let consumed = |part: &PartId| stock.consumed().get(part).copied().unwrap_or_default();
    let written_off = |part: &PartId| stock.written_off().get(part).copied().unwrap_or_default();
    for delivery in stock.deliveries().values().filter(|d| d.from.is_some()) {
        delivery.parts.iter().for_each(|p| *there.entry(&p.part).or_default() += i64::from(p.count));
    }
    let lost = stock.received().iter().filter(|(part, received)| {
        let gone = consumed(part) + written_off(part);
        **received != there.get(part).copied().unwrap_or_default() + gone
    });
    let lost =
        lost.map(|(part, received)| format!("I4: {received} of {part} came in, not as many are there"));
    let unknown = there.keys().filter(|part| !stock.received().contains_key(**part));
    lost.chain(unknown.map(|part| format!("I4: {part} came from nowhere"))).collect()
}

/// I4: what visits wait for is kept of deliveries and of nothing else; nobody works before it is there.
fn awaited(board: &Board) -> Vec<String> {
    let mut kept: BTreeMap<(&DeliveryId, &JobId), Vec<PartCount>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for job in board.jobs.values() {
        let Some(visit) = &job.visit else { continue };
        let start = board.route(&visit.technician, visit.shift).and_then(|r| r.stop_of(&job.id));
        for awaited in &visit.awaits {
            let parts = kept.entry((&awaited.delivery, &job.id)).or_default();
            parts.push(awaited.source.part_count.clone());
            parts.sort();
            if start.is_some_and(|(_, stop)| stop.start < awaited.arrives) {
                wrong.push(format!("I5: job {} starts before {} is there", job.id, awaited.delivery));
            }
        }
    }
    let deliveries = board.stock.deliveries();
    let there: BTreeMap<(&DeliveryId, &JobId), Vec<PartCount>> = deliveries
        .iter()
        .flat_map(|(id, d)| d.kept.iter().map(move |(job, parts)| ((id, job), parts.clone())))
        .collect();
    if kept != there {
        wrong.push(format!("I4: kept of deliveries {there:?}, awaited {kept:?}"));
    }
    for (id, delivery) in deliveries {
        if board.timers.due(&Timer::Delivery(id.clone())) != Some(delivery.arrives) {
            wrong.push(format!("I15: delivery {id} has no timer"));
        }
        for p in delivery.kept.values().flatten() {
            let all: u32 =
                delivery.kept.values().flatten().filter(|k| k.part == p.part).map(|k| k.count).sum();
            let brought: u32 = delivery.parts.iter().filter(|b| b.part == p.part).map(|b| b.count).sum();
            if all > brought {
                wrong.push(format!("I4: {all} of {} are kept of delivery {id}, {brought} come", p.part));
            }
        }
    }
    wrong
}

/// I1, I3: at most one visit of a technician is under way by report, at the front of the route; what is
/// overdue has a timer.
fn under_way(board: &Board, now: Time) -> Vec<String> {
    let mut wrong = Vec::new();
    for (technician, routes) in &board.routes {
        for route in routes.values() {
            let going = |id: &&JobId| {
                board.jobs[*id].visit.as_ref().is_some_and(|v| v.commitment >= Commitment::EnRoute)
            };
            let going: Vec<&JobId> = route.jobs().filter(going).collect();
            if going.len() > 1 || going.first().is_some_and(|id| route.jobs().next() != Some(id)) {
                wrong.push(format!("I3: {technician} is under way to {going:?}"));
            }
        }
    }
    for (technician, known) in &board.whereabouts {
        let next = board.route(technician, known.shift).and_then(|route| {
            let id = route.jobs().find(|id| board.jobs[*id].visit.is_some())?;
            let stop = route.stop_of(id)?.1;
            Some(match board.jobs[id].state {
                JobState::EnRoute => stop.arrive,
                JobState::OnSite => stop.end,
                _ => stop.depart,
            })
        });
        if board.timers.due(&Timer::Overdue(technician.clone())) != next {
            wrong.push(format!("I15: {technician}'s timer is not set to {next:?}"));
        }
        let goes_on = |stop: &Stop| match &stop.errand {
            Errand::Visit(id) => {
                let going = matches!(board.jobs[id].state, JobState::EnRoute | JobState::OnSite);
                going && stop.end > known.heard
            }
            Errand::Depot(_) | Errand::Break(_) => false,
        };
        let elsewhere = board.routes.get(technician).into_iter().flatten();
        let elsewhere = elsewhere.filter(|(s, route)| **s != known.shift && route.stops.iter().any(goes_on));
        for (start, _) in elsewhere {
            wrong.push(format!(
                "I3: {technician} is under way in the shift of {start:?}, not known to be there"
            ));
        }
        if known.heard > now {
            wrong.push(format!("I10: {technician} was heard of after now"));
        }
    }
    wrong
}

/// I8, I15: the promise is the need's promised window, a hold has neither promise nor a job that is over, and
/// every hold and every clock that runs has its timer.
fn booking(board: &Board, job: &Job) -> Vec<String> {
    let (id, booking) = (&job.id, &job.booking);
    let mut wrong = Vec::new();
    let told = booking.promise.as_ref().map(|p| p.window);
    let over = matches!(job.state, JobState::Done | JobState::Cancelled);
    if !over && booking.hold.is_none() && told != job.need.promised {
        wrong.push(format!("I8: job {id} was told {told:?}, its need says {:?}", job.need.promised));
    }
    if booking.hold.is_some() && (over || booking.promise.is_some() || job.need.promised.is_none()) {
        wrong.push(format!("I8: job {id} is {:?} and on hold: {booking:?}", job.state));
    }
    if let Some((promised, part)) = booking.promise.as_ref().and_then(|p| Some((p.window, p.narrowed?))) {
        let on_the_way = matches!(job.state, JobState::EnRoute | JobState::OnSite);
        if !on_the_way || part.start < promised.start || part.end > promised.end || part.start >= part.end {
            wrong.push(format!("I8: job {id} is {:?}, {part:?} of {promised:?} was told", job.state));
        }
    }
    let named = booking.promise.as_ref().and_then(|p| p.technician.as_ref());
    let goes = job.visit.as_ref().map(|v| &v.technician);
    if named.is_some() && goes.is_some() && named != goes {
        wrong.push(format!("I8: job {id} was told that {named:?} comes, {goes:?} goes"));
    }
    let hold = booking.hold.as_ref().map(|h| h.expires);
    if board.timers.due(&Timer::Hold(id.clone())) != hold {
        wrong.push(format!("I15: job {id}'s hold has no timer at {hold:?}"));
    }
    let mut rings = None;
    for clock in booking.clocks.iter().filter(|c| c.state == ClockState::Running) {
        let next = clock.warns.map_or(clock.due, |at| if at < clock.due { at } else { clock.due });
        rings = Some(rings.map_or(next, |had: Time| if next < had { next } else { had }));
        if over {
            wrong.push(format!("I15: job {id} is {:?}, its {:?} clock runs", job.state, clock.kind));
        }
    }
    if board.timers.due(&Timer::Clock(id.clone())) != rings {
        wrong.push(format!("I15: job {id}'s clocks have no timer at {rings:?}"));
    }
    for clock in &booking.clocks {
        let met = matches!(clock.state, ClockState::Met);
        if met != (clock.met.is_some() && clock.state != ClockState::Breached) {
            wrong.push(format!(
                "I15: job {id}'s {:?} clock is {:?}, met {:?}",
                clock.kind, clock.state, clock.met
            ));
        }
        if clock.kind == ClockKind::Confirmed
            && booking.promise.is_some()
            && clock.state == ClockState::Running
        {
            wrong.push(format!("I15: job {id} has a promise and waits for one"));
        }
    }
    wrong
}

/// I7: an open offer is of the live visit and has a timer; a visit has one offer at most, open or over.
fn offers(board: &Board) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (id, offer) in board.offers.all_open() {
        let visit = board.jobs.get(id).and_then(|j| j.visit.as_ref());
        let live = visit.is_some_and(|v| {
            v.number == offer.visit && v.technician == offer.technician && v.commitment < Commitment::Locked
        });
        if !live {
            wrong.push(format!("I7: job {id} has an offer of no live visit: {offer:?}"));
        }
        if board.timers.due(&Timer::Offer(id.clone())) != Some(offer.expires) {
            wrong.push(format!("I15: the offer of job {id} has no timer"));
        }
        seen.insert((id, offer.visit));
    }
    for (id, past) in board.offers.all_past() {
        if !seen.insert((id, past.offer.visit)) {
            wrong.push(format!("I7: visit {} of job {id} was offered twice", past.offer.visit));
        }
    }
    let idle = board.timers.iter().filter_map(|(timer, _)| match timer {
        Timer::Offer(job) if board.offers.open(job).is_none() => Some(job),
        _ => None,
    });
    wrong.extend(idle.map(|job| format!("I15: a timer runs for job {job} without an offer")));
    wrong
}

/// I15: a job that waits since somebody would not take it is tried again by a timer, unless a human set it aside; no
/// other job is.
fn retried(board: &Board) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, job) in &board.jobs {
        let open =
            matches!(job.state, JobState::Open | JobState::FollowUp) && job.need.kind != JobKind::Remote;
        let declined = board.offers.all_cooling().any(|(cooled, _)| cooled == id);
        let said = job
            .decisions
            .first()
            .is_some_and(|d| d.rejections.iter().any(|r| matches!(r.rule, super::decision::Rule::Declined)));
        let wanted = open && job.set_aside.is_none() && (declined || said);
        let due = board.timers.due(&Timer::Retry(id.clone()));
        if due.is_some() != wanted {
            wrong.push(format!(
                "I15: job {id} is {:?}, to be tried again: {wanted}, timer {due:?}",
                job.state
            ));
        }
    }
    wrong
}

/// I15, I16: an open move is of somebody at work by report, who has nothing under way and is known to be there where
/// it was taken; it has its timer, and so has looking for more where the policy wants any.
fn moves(board: &Board) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, open) in board.moves.all_open() {
        let known = board.whereabouts.get(id).filter(|w| w.shift == open.shift);
        if !known.is_some_and(|w| open.arrives.is_none() || w.place == open.to) {
            wrong.push(format!("I16: {id} is not where the open move says: {open:?}"));
        }
        let visits = board.route(id, open.shift).into_iter().flat_map(Route::jobs);
        let mut visits = visits.filter_map(|job| board.jobs[job].visit.as_ref());
        if visits.any(|v| v.commitment >= Commitment::EnRoute) {
            wrong.push(format!("I16: {id} has an open move and a visit under way"));
        }
        let rings = if open.arrives.is_some() { open.until } else { open.expires };
        if board.timers.due(&Timer::Move(id.clone())) != Some(rings) {
            wrong.push(format!("I15: the move of {id} has no timer at {rings:?}"));
        }
        if board.moves.past(id).iter().any(|p| p.past.number >= open.number) {
            wrong.push(format!("I16: {id} was asked for move {} before", open.number));
        }
    }
    let idle = board.timers.iter().filter_map(|(timer, _)| match timer {
        Timer::Move(id) if board.moves.open(id).is_none() => Some(id),
        _ => None,
    });
    wrong.extend(idle.map(|id| format!("I15: a timer runs for {id} without a move")));
    let sought = board.timers.due(&Timer::Moves).is_some();
    if sought != (board.region.policy.moves_at_once > 0) {
        wrong.push(format!("I15: moves are looked for: {sought}, against the policy"));
    }
    wrong
}

/// Order numbers point at their jobs and back.
fn orders(board: &Board) -> Option<String> {
    let told: BTreeMap<&String, &JobId> =
        board.jobs.values().filter_map(|j| j.order_number.as_ref().map(|n| (n, &j.id))).collect();
    let known: BTreeMap<&String, &JobId> = board.orders.iter().collect();
    (told != known).then(|| "order numbers and jobs disagree".to_string())
}
