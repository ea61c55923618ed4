//! From a plan found to proposals: routes that changed together are one proposal, judged as the board will.

use super::Proposal;
use super::dense::{Layout, Member};
use crate::board::catalog::PartCount;
use crate::board::command::{Adoption, Replan, Reroute};
use crate::board::cost;
use crate::board::decision::{Candidate, Cause, CostKind, Decision, Outcome, Terms};
use crate::board::fleet::{Errand, Route, Stop};
use crate::board::id::{DepotId, JobId, Location};
use crate::board::job::Source;
use crate::board::schedule::{Sheet, Task, schedule};
use crate::plan::eta;
use crate::units::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where each visit's parts come from.
type Drawn = BTreeMap<JobId, Vec<Source>>;

/// What of `found` is better than `start`, both in nodes by member; the best first.
pub fn proposals(layout: &Layout<'_>, start: &[Vec<u32>], found: &[Vec<u32>]) -> Vec<Proposal> {
    let groups = together(layout, start, found);
    let mut all: Vec<Proposal> = groups.iter().filter_map(|g| proposal(layout, found, g)).collect();
    all.sort_by_key(|p| std::cmp::Reverse((p.planned, p.gain())));
    all
}

/// Members whose routes differ, those that exchange visits in one group.
fn together(layout: &Layout<'_>, start: &[Vec<u32>], found: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..found.len()).collect();
    for (v, nodes) in found.iter().enumerate() {
        for item in nodes.iter().filter_map(|n| layout.items.get(*n as usize)) {
            let Some((had, _)) = item.had else { continue };
            let (keep, gone) = (group[had].min(group[v]), group[had].max(group[v]));
            group.iter_mut().filter(|g| **g == gone).for_each(|g| *g = keep);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for v in (0..found.len()).filter(|v| start[*v] != found[*v]) {
        groups.entry(group[v]).or_default().push(v);
    }
    groups.into_values().collect()
}

fn proposal(layout: &Layout<'_>, found: &[Vec<u32>], group: &[usize]) -> Option<Proposal> {
    let patch = layout.patch;
    let mut adoption = Adoption::default();
    let mut late = 0;
    for v in group {
        let member = &layout.crew[*v];
        let technician = member.sheet.technician;
        let stake = patch.stakes.get_key_value(&technician.id);
        adoption.stakes.extend(stake.map(|(id, stake)| (id.clone(), *stake)));
        let (errands, drawn) = change(layout, *v, &found[*v])?;
        let after = lay(layout, member, &errands)?;
        late += late_in(layout, member, &after) - member.route.map_or(0, |r| late_in(layout, member, r));
        for errand in &errands[member.sheet.frozen.len()..] {
            let Errand::Visit(id) = errand else { continue };
            let job = &patch.board.jobs[id];
            let other = job.visit.as_ref().is_none_or(|v| v.technician != technician.id);
            let kept = || job.visit.iter().flat_map(|v| v.sources.clone()).collect();
            let sources = drawn.get(id).cloned().unwrap_or_else(kept);
            let decision =
                if other { Some(Arc::new(decision(layout, member, &after, id, &sources)?)) } else { None };
            adoption.visits.push(Replan { job: id.clone(), revision: job.revision, sources, decision });
        }
        adoption.routes.push(Reroute {
            technician: technician.id.clone(),
            shift: member.sheet.shift.window.start,
            revision: technician.revision,
            had: member.had.clone(),
            errands,
            seen_at: patch.seen.get(&technician.id).copied(),
        });
    }
    let judged = patch.board.judge(patch.now, &adoption, &patch.travel, &patch.holders).ok()?;
    let (before, after, moved, planned) = (judged.before, judged.after, judged.moved, judged.planned);
    // What is cheaper by letting one more customer wait too long is not better.
    (late <= 0).then_some(Proposal { adoption, before, after, moved, planned })
}

/// How many visits ahead start late.
fn late_in(layout: &Layout<'_>, member: &Member<'_>, route: &Route) -> i32 {
    let late = |s: &&Stop| match &s.errand {
        Errand::Visit(id) => {
            let job = &layout.patch.board.jobs[id];
            job.visit.is_some()
                && cost::late(Task { need: &job.need, demand: &job.demand }, s.start) > Span::ZERO
        }
        Errand::Depot(_) | Errand::Break(_) => false,
    };
    route.stops[member.sheet.frozen.len()..].iter().filter(late).count() as i32
}

/// A member's errands as found, breaks where they cost least, and where parts come from.
fn change(layout: &Layout<'_>, v: usize, nodes: &[u32]) -> Option<(Vec<Errand>, Drawn)> {
    let member = &layout.crew[v];
    let drawn = drawn(layout, v, nodes)?;
    let draws =
        |depot: &DepotId| drawn.values().flatten().any(|s| s.location == Location::Depot(depot.clone()));
    let (fixed, rest) = member.had.split_at(member.fixed);
    let taken = rest.iter().filter(|e| matches!(e, Errand::Break(n) if !member.breaks.contains(n)));
    let mut errands: Vec<Errand> = fixed.iter().chain(taken).cloned().collect();
    let mut from = errands.len();
    errands.extend(nodes.iter().filter_map(|node| match layout.items.get(*node as usize) {
        Some(item) => Some(Errand::Visit(item.job.id.clone())),
        None => depot_of(layout, *node).filter(|d| draws(d)).map(|d| Errand::Depot(d.clone())),
    }));
    for n in &member.breaks {
        let at = (from..=errands.len()).filter_map(|at| {
            let mut tried = errands.clone();
            tried.insert(at, Errand::Break(*n));
            let route = lay(layout, member, &tried)?;
            Some((price(layout, member, &route).total(), at))
        });
        let at = at.min()?.1;
        errands.insert(at, Errand::Break(*n));
        from = at + 1;
    }
    Some((errands, drawn))
}

fn depot_of<'p>(layout: &Layout<'p>, node: u32) -> Option<&'p DepotId> {
    (0..layout.depots.len()).find(|k| layout.depot_node(*k) == node).map(|k| layout.depots[k])
}

/// The van first, the rest from the depot that was called at before; `None` where that is not enough.
fn drawn(layout: &Layout<'_>, v: usize, nodes: &[u32]) -> Option<Drawn> {
    let board = &layout.patch.board;
    let van = Location::Van(layout.crew[v].sheet.technician.id.clone());
    let own = layout.items.iter().filter(|i| !i.bound).flat_map(|i| i.job.visit.iter());
    let mut there: BTreeMap<_, u32> = board.stock.at(&van).map(|(part, level)| (part, level.free)).collect();
    for source in own.flat_map(|v| &v.sources).filter(|s| s.location == van) {
        *there.entry(&source.part_count.part).or_default() += source.part_count.count;
    }
    let mut drawn = Drawn::new();
    let mut depot = None;
    for node in nodes {
        let Some(item) = layout.items.get(*node as usize) else {
            depot = depot_of(layout, *node);
            continue;
        };
        if item.bound {
            continue;
        }
        let mut sources = Vec::new();
        for want in &item.job.demand.parts {
            let held = there.entry(&want.part).or_default();
            let here = want.count.min(*held);
            *held -= here;
            let of = |count| PartCount { part: want.part.clone(), count };
            if here > 0 {
                sources.push(Source { location: van.clone(), part_count: of(here) });
            }
            if here < want.count {
                let location = Location::Depot(depot?.clone());
                sources.push(Source { location, part_count: of(want.count - here) });
            }
        }
        drawn.insert(item.job.id.clone(), sources);
    }
    Some(drawn)
}

/// The route that the errands make, overtime as much as there is already.
fn lay(layout: &Layout<'_>, member: &Member<'_>, errands: &[Errand]) -> Option<Route> {
    let sheet = member.sheet;
    let over = member.route.map_or(Span::ZERO, |r| r.home.arrive - r.shift.end);
    let sheet = Sheet { allowance: sheet.allowance.max(over), ..sheet };
    schedule(&sheet, errands, &layout.patch.board, &layout.patch.travel).ok()
}

/// What is ahead costs this; nothing where nobody is visited.
fn price(layout: &Layout<'_>, member: &Member<'_>, route: &Route) -> Terms {
    if route.jobs().next().is_none() {
        return Terms::default();
    }
    let patch = layout.patch;
    let mut terms = patch.board.cost(&member.sheet, route, &patch.holders);
    let ahead = &route.stops[member.sheet.frozen.len()..];
    terms.add(CostKind::Coverage, cost::coverage_of(patch.stake(member.sheet.technician), patch.now, ahead));
    terms
}

/// Why a visit goes to this member: what it costs there, and as the runner-up what it costs where it was.
fn decision(
    layout: &Layout<'_>,
    member: &Member<'_>,
    after: &Route,
    id: &JobId,
    sources: &[Source],
) -> Option<Decision> {
    let patch = layout.patch;
    let item = layout.items.iter().find(|i| i.job.id == *id)?;
    let mut chosen = candidate(layout, member, after, id, sources)?;
    let mut runners_up = Vec::new();
    if let Some((was, stop)) = item.had {
        let promise = patch.board.changed_promise(patch.now, id, stop.start, chosen.start, true);
        chosen.terms.add(CostKind::PromiseChange, promise);
        let (was, visit) = (&layout.crew[was], item.job.visit.as_ref()?);
        runners_up.extend(candidate(layout, was, was.route?, id, &visit.sources));
    }
    Some(Decision {
        outcome: Outcome::Assigned,
        chosen: Some(chosen),
        runners_up,
        rejections: Vec::new(),
        remedies: Vec::new(),
        travel_model: patch.travel.model().name().to_owned(),
        considered: layout.crew.len() as u32,
        certified: layout.certified(item) as u32,
        decided: patch.now,
        cause: Cause::Improved,
        coverage: None,
    })
}

/// A visit in a route, by what the route costs with it and without it.
fn candidate(
    layout: &Layout<'_>,
    member: &Member<'_>,
    route: &Route,
    id: &JobId,
    sources: &[Source],
) -> Option<Candidate> {
    let (at, stop) = route.stop_of(id)?;
    let others =
        route.stops.iter().map(|s| s.errand.clone()).filter(|e| !matches!(e, Errand::Visit(j) if j == id));
    let without = lay(layout, member, &others.collect::<Vec<_>>())?;
    let (sheet, now) = (&member.sheet, layout.patch.now);
    let board = &layout.patch.board;
    let law = eta::Lateness::under_way(board, now, sheet);
    let pace = |stop: &Stop| eta::Pace::at(board, stop, &sheet.technician.id);
    let alone = without.jobs().next().is_none();
    let [seconds, metres] = if alone { [0; 2] } else { [without.travel_seconds(), without.travel_metres()] };
    Some(Candidate {
        technician: sheet.technician.id.clone(),
        shift: sheet.shift.window.start,
        position: at as u32,
        eta: eta::arrival(sheet.origin, law, &route.stops[sheet.frozen.len()..=at], &pace),
        start: stop.start,
        terms: price(layout, member, route).less(&price(layout, member, &without)),
        depot: sources.iter().find_map(|s| match &s.location {
            Location::Depot(depot) => Some(depot.clone()),
            Location::Van(_) => None,
        }),
        sources: sources.to_vec(),
        added_travel: Span(route.travel_seconds() as i64 - seconds as i64),
        added_metres: route.travel_metres() as i64 - metres as i64,
        position_age: None,
    })
}
