//! A patch in the optimiser's numbers: a tick is a second from now, a unit of cost a thousandth of a paid second.
//!
//! What the optimiser cannot say is said on the safe side, since the board judges what comes of it: a certificate
//! that lapses counts where it covers every moment the job may be served at; travel is that of one hour, the
//! middle of what is planned; a visit that is in time now may not become late.

use super::patch::Patch;
use crate::board::catalog::Requirement;
use crate::board::cost::{COVERED, coverage, promise_change};
use crate::board::decide::{LEAST_GAIN, fixed_stops};
use crate::board::fleet::{Certification, Errand, Route, Shift, Stop, Technician};
use crate::board::id::{DepotId, JobId, Location, PartId};
use crate::board::job::{Job, Source};
use crate::board::schedule::{Origin, PROMISE_SLACK, Sheet, idle_errands};
use crate::geo::Point;
use crate::solve::{self, Hinge, NEVER, Prize, Tick, Weights, Window, inherit};
use crate::travel::{Spot, UNREACHABLE};
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// What a leg counts for in what a visit takes from coverage.
const LEG: Span = Span::minutes(10);

/// Farther than any shift is long.
const FAR: Tick = 1_000_000;

/// One shift as the search sees it.
pub struct Member<'p> {
    pub sheet: Sheet<'p>,
    pub route: Option<&'p Route>,
    /// The whole route's errands as they are.
    pub had: Vec<Errand>,
    /// How many of them stay as they are.
    pub fixed: usize,
    /// Where and when the technician is free after those.
    pub origin: Origin,
    /// Breaks after those that are still to be taken, in order.
    pub breaks: Vec<u8>,
}

/// One visit that may move, or an open job.
pub struct Item<'p> {
    pub job: &'p Job,
    /// Whose it is now, by number of the member, with its stop.
    pub had: Option<(usize, &'p Stop)>,
    /// Its parts were picked up for it: they and it stay with the technician.
    pub bound: bool,
}

/// A patch laid out: members, items and depots by the numbers that the search uses.
pub struct Layout<'p> {
    pub patch: &'p Patch,
    pub crew: Vec<Member<'p>>,
    pub items: Vec<Item<'p>>,
    pub depots: Vec<&'p DepotId>,
    spots: Vec<Spot>,
    /// Seconds between the spots, rows from; see [`Layout::measure`].
    seconds: Vec<Tick>,
}

/// How many of a part are kept at a place.
type Kept<'a> = BTreeMap<(&'a Location, &'a PartId), u32>;

/// `None` where nothing can move.
pub fn lay_out(patch: &Patch) -> Option<Layout<'_>> {
    let mut layout =
        Layout { patch, crew: vec![], items: vec![], depots: vec![], spots: vec![], seconds: vec![] };
    let mut homes = Vec::new();
    for (id, start) in &patch.shifts {
        let technician = &patch.board.technicians[id];
        let shift = technician.shift(*start)?;
        let member = member(patch, technician, shift);
        let places: Option<Vec<Spot>> =
            [member.origin.place, technician.end].map(|p| spot(patch, p)).into_iter().collect();
        // Who is off the roads is left alone.
        let Some(places) = places else { continue };
        homes.extend(places);
        layout.take(member);
    }
    let nobody: Vec<&JobId> = patch.open.iter().collect();
    let open = nobody.into_iter().map(|id| Item { job: &patch.board.jobs[id], had: None, bound: false });
    layout.items.extend(open);
    layout.items.retain(|i| i.had.is_some() || !layout.crew.iter().all(|m| !able(patch.now, i, m, false)));
    let needs_parts = layout.items.iter().any(|i| !i.bound && !i.job.demand.parts.is_empty());
    for (id, depot) in patch.board.depots.iter().filter(|_| needs_parts) {
        let Some(at) = spot(patch, depot.place) else { continue };
        layout.depots.push(id);
        homes.push(at);
    }
    layout.spots = layout.items.iter().map(|i| spot(patch, i.job.need.place)).collect::<Option<_>>()?;
    layout.spots.extend(homes);
    layout.measure();
    (!layout.items.is_empty()).then_some(layout)
}

fn spot(patch: &Patch, place: Point) -> Option<Spot> {
    patch.travel.spot(place).ok()
}

fn member<'p>(patch: &'p Patch, technician: &'p Technician, shift: &'p Shift) -> Member<'p> {
    let route = patch.board.route(&technician.id, shift.window.start);
    let sheet = Sheet::at(&patch.board, patch.now, technician, shift, route);
    let sheet = sheet.seen(patch.seen.get(&technician.id).copied(), patch.now);
    let had = match route {
        Some(route) => route.stops.iter().map(|s| s.errand.clone()).collect(),
        None => idle_errands(shift, patch.board.rested(&technician.id, shift.window.start)),
    };
    let fixed = route.map_or(0, |r| fixed_stops(&patch.board, r, patch.now));
    let origin = match route.and_then(|r| r.stops[..fixed].last()).filter(|_| fixed > sheet.frozen.len()) {
        Some(stop) => Origin { place: stop.place, free: stop.end },
        None => sheet.origin,
    };
    // As the board has it: a break that could no longer begin was taken while there was nothing to do.
    let left = |n: &u8| {
        let pause = &shift.breaks[usize::from(*n)];
        sheet.origin.free <= pause.window.end - pause.duration
    };
    let breaks = had[fixed..].iter().filter_map(|e| match e {
        Errand::Break(n) => Some(*n).filter(left),
        Errand::Visit(_) | Errand::Depot(_) => None,
    });
    let breaks = breaks.collect();
    Member { sheet, route, had, fixed, origin, breaks }
}

/// Whether a technician may serve an item at whatever moment it may be served at.
fn able(now: Time, item: &Item<'_>, member: &Member<'_>, own: bool) -> bool {
    let technician = member.sheet.technician;
    // a partner is sent by decision, not by the way
    if own
        || item.bound
        || technician.traits.partner.is_some()
        || item.job.need.excluded.contains(&technician.id)
    {
        return own;
    }
    let [opens, closes] = item.hours(now);
    let from = opens.max(member.origin.free);
    let until =
        (closes + item.job.demand.service).min(member.sheet.shift.window.end + member.sheet.allowance);
    from <= until
        && item.job.demand.requirements.iter().all(|r| covering(technician, r, from, until).is_some())
}

fn covering<'t>(t: &'t Technician, r: &Requirement, from: Time, until: Time) -> Option<&'t Certification> {
    let covers =
        |c: &&Certification| c.grants(&r.kind, r.min_level) && c.valid_from <= from && until <= c.valid_to;
    t.certifications.iter().find(covers)
}

impl Item<'_> {
    /// The first and the last moment at which the visit may start: the promise or the response target held
    /// where it is held now, no later than now where it is not.
    fn hours(&self, now: Time) -> [Time; 2] {
        let (need, demand) = (&self.job.need, &self.job.demand);
        let start = self.had.map(|(_, stop)| stop.start);
        let due = need.promised.map(|w| w.end).or(demand.respond_by);
        let last = match (due, start) {
            (Some(due), Some(start)) => due.max(start),
            (Some(due), None) if need.promised.is_some() => due + PROMISE_SLACK,
            _ => Time::MAX,
        };
        let opens = need.promised.map_or(now, |w| w.start.max(now));
        [opens, last.min(start.unwrap_or(now).max(now + Span::hours(24 * 14)))]
    }
}

impl<'p> Layout<'p> {
    fn take(&mut self, member: Member<'p>) {
        let (me, patch) = (self.crew.len(), self.patch);
        let stops = member.route.map_or(&[][..], |r| &r.stops);
        let (past, ahead) = stops.split_at(member.fixed);
        let passed = |s: &Source| match &s.location {
            Location::Depot(d) => past.iter().any(|s| matches!(&s.errand, Errand::Depot(x) if x == d)),
            Location::Van(_) => false,
        };
        for stop in ahead {
            let Errand::Visit(id) = &stop.errand else { continue };
            let job = &patch.board.jobs[id];
            let bound = job.tied()
                || patch.asked.contains(id)
                || job.visit.iter().flat_map(|v| &v.sources).any(passed);
            self.items.push(Item { job, had: Some((me, stop)), bound });
        }
        self.crew.push(member);
    }

    /// How many of the members hold an item's certificates at some time.
    pub fn certified(&self, item: &Item<'_>) -> usize {
        let required = &item.job.demand.requirements;
        let all = |m: &&Member<'_>| required.iter().all(|r| m.sheet.technician.holds(r));
        self.crew.iter().filter(all).count()
    }

    /// Forgets these open jobs, by number.
    pub fn leave_out(&mut self, numbers: &[u32]) {
        let keep = |layout: &Self, n: usize| layout.items[n].had.is_some() || !numbers.contains(&(n as u32));
        let kept: Vec<bool> = (0..self.items.len()).map(|n| keep(self, n)).collect();
        let stays = |spot: usize| kept.get(spot).is_none_or(|kept| *kept);
        let size = self.spots.len();
        let mut arcs = 0..size * size;
        self.seconds.retain(|_| arcs.next().is_some_and(|arc| stays(arc / size) && stays(arc % size)));
        let mut spots = 0..size;
        self.spots.retain(|_| spots.next().is_some_and(stays));
        let mut all = kept.iter().copied();
        self.items.retain(|_| all.next() == Some(true));
    }

    /// The node of a depot.
    pub fn depot_node(&self, depot: usize) -> u32 {
        (self.items.len() + 2 * self.crew.len() + depot) as u32
    }

    /// The problem, and the plan as it is in its nodes.
    pub fn problem(&self) -> (solve::Problem, Vec<Vec<u32>>) {
        let (parts, kept) = (self.parts(), self.kept());
        let policy = &self.patch.board.region.policy;
        let depots = self.depots.iter().enumerate().map(|(k, id)| {
            let depot = &self.patch.board.depots[*id];
            let here = Location::Depot((*id).clone());
            let has = |p: &PartId| self.there(&kept, &here, p) > 0;
            solve::Depot {
                node: self.depot_node(k),
                window: Window::ALWAYS,
                service: depot.pickup.0 as Tick,
                // How many there are the board sees to.
                parts: parts.keys().map(|p| has(p)).collect(),
                tools: 0,
            }
        });
        let mut problem = solve::Problem {
            jobs: self.items.iter().map(|i| self.job(i, &parts)).collect(),
            crew: (0..self.crew.len()).map(|v| self.technician(v, &parts, &kept)).collect(),
            travel: solve::Travel::plain(self.spots.len(), self.seconds.clone()),
            depots: depots.collect(),
            pair: self.scarcity(),
            weights: Weights { travel: policy.travel_permille.into(), working: 0, fairness: 0 },
        };
        for (v, member) in self.crew.iter().enumerate() {
            // Who is out has to go home whatever is planned: it is no cost of the next visit.
            if member.route.is_some() && member.fixed > 0 {
                let (from, to) = (self.items.len() + 2 * v, self.items.len() + 2 * v + 1);
                let home = problem.travel.time[0][from * problem.travel.size + to];
                problem.crew[v].fixed = -problem.weights.travel * i64::from(home);
            }
        }
        let start = self.start();
        inherit(&mut problem, &start);
        (problem, start)
    }

    /// Parts that anything here takes, by number.
    fn parts(&self) -> BTreeMap<&'p PartId, usize> {
        let all = self.items.iter().filter(|i| !i.bound).flat_map(|i| &i.job.demand.parts);
        let mut parts: BTreeMap<&PartId, usize> = all.map(|p| (&p.part, 0)).collect();
        parts.values_mut().enumerate().for_each(|(n, number)| *number = n);
        parts
    }

    fn job(&self, item: &Item<'_>, parts: &BTreeMap<&PartId, usize>) -> solve::Job {
        let (job, now) = (item.job, self.patch.now);
        let own = item.had.map(|h| h.0);
        let able = (0..self.crew.len()).filter(|v| able(now, item, &self.crew[*v], own == Some(*v)));
        let mut wanted = vec![0; parts.len()];
        for p in job.demand.parts.iter().filter(|_| !item.bound) {
            wanted[parts[&p.part]] = p.count as i32;
        }
        let mut lateness = Vec::new();
        if job.demand.respond_by.is_some() {
            let rate = self.patch.board.region.policy.response_permille.into();
            lateness.push(Hinge { after: 0, rate });
        }
        let due = job.need.promised.map(|w| w.end).or(job.demand.respond_by);
        let rate: i64 = job.demand.lateness_permille.into();
        // as the board's costing has it: late, and the risk of being late
        let margin = self.patch.board.region.policy.lateness_margin;
        let hinge = |due: Time, rate: i64| Hinge { after: tick(now, due), rate };
        let parts = |due: Time| match margin {
            Span::ZERO => vec![hinge(due, rate)],
            _ => vec![hinge(due - margin, rate / 4), hinge(due, rate / 2), hinge(due + margin, rate / 4)],
        };
        lateness.extend(due.into_iter().flat_map(parts));
        lateness.retain(|h| h.rate > 0);
        // Changing the technician costs what the board asks a move to gain, and what the promise is worth.
        let promised = item.had.map(|(v, stop)| {
            let policy = self.patch.board.region.policy.promise_change;
            let told = job.need.promised.map_or(0, |_| promise_change(policy, stop.start - now).0);
            (v as u32, LEAST_GAIN.0 + told)
        });
        solve::Job {
            windows: self.windows(item),
            lateness,
            service: vec![job.demand.service.0 as Tick],
            parts: wanted,
            able: Some(able.map(|v| v as u32).collect()),
            prize: Prize::Must,
            promised,
            ..solve::Job::default()
        }
    }

    /// When service may start: access inside [`Item::hours`], and the own technician's certificates.
    fn windows(&self, item: &Item<'_>) -> Vec<Window> {
        let (job, now) = (item.job, self.patch.now);
        let [mut opens, mut closes] = item.hours(now);
        if job.need.promised.is_none() && job.need.access.is_empty() {
            let horizon = now + self.patch.board.region.policy.horizon;
            closes = closes.min(item.had.map_or(horizon, |h| h.1.start.max(horizon)));
        }
        if let Some((v, stop)) = item.had {
            let technician = self.crew[v].sheet.technician;
            for r in &job.demand.requirements {
                if let Some(held) = covering(technician, r, stop.start, stop.end) {
                    opens = opens.max(held.valid_from);
                    closes = closes.min(held.valid_to - job.demand.service);
                }
            }
        }
        let within = |from: Time, until: Time| {
            let (from, until) = (from.max(opens), until.min(closes));
            (from <= until && until >= now).then(|| Window { open: tick(now, from), close: tick(now, until) })
        };
        let access = &job.need.access;
        let mut windows: Vec<Window> = match access.is_empty() {
            true => within(Time::MIN, Time::MAX).into_iter().collect(),
            false => access.iter().filter_map(|w| within(w.start, w.end - Span(1))).collect(),
        };
        // Windows that touch are one.
        windows.dedup_by(|next, had| {
            let one = next.open <= had.close + 1;
            if one {
                had.close = had.close.max(next.close);
            }
            one
        });
        if windows.is_empty() {
            let start = tick(now, item.had.map_or(now, |h| h.1.start));
            windows.push(Window { open: start, close: start });
        }
        windows
    }

    /// How many of a part may be given away at a place: those that are free, and those kept for what may move.
    fn there(&self, kept: &Kept<'_>, location: &Location, part: &PartId) -> i32 {
        let here = kept.get(&(location, part)).copied().unwrap_or_default();
        (self.patch.board.stock.free(location, part) + here) as i32
    }

    /// What is kept for visits that may move.
    fn kept(&self) -> Kept<'_> {
        let mut kept = Kept::new();
        let sources =
            self.items.iter().filter(|i| !i.bound).flat_map(|i| &i.job.visit).flat_map(|v| &v.sources);
        for s in sources {
            *kept.entry((&s.location, &s.part_count.part)).or_default() += s.part_count.count;
        }
        kept
    }

    fn technician(&self, v: usize, parts: &BTreeMap<&PartId, usize>, kept: &Kept<'_>) -> solve::Technician {
        let (member, now) = (&self.crew[v], self.patch.now);
        let van = Location::Van(member.sheet.technician.id.clone());
        let stock = parts.keys().map(|p| self.there(kept, &van, p)).collect();
        let shift = member.sheet.shift;
        let open = tick(now, member.origin.free);
        let breaks = member.breaks.iter().map(|n| {
            let pause = &shift.breaks[usize::from(*n)];
            let (from, until) = (pause.window.start, pause.window.end - pause.duration);
            let window = Window { open: tick(now, from), close: tick(now, until) };
            solve::Break { window, length: pause.duration.0 as Tick }
        });
        let node = (self.items.len() + 2 * v) as u32;
        solve::Technician {
            start: Some(node),
            end: Some(node + 1),
            shift: Window { open, close: tick(now, shift.window.end).max(open) },
            overtime: member.sheet.allowance.0 as Tick,
            overtime_rate: self.patch.board.region.policy.overtime_permille.into(),
            breaks: breaks.collect(),
            stock,
            ..solve::Technician::default()
        }
    }

    /// What it costs to spend a scarce certificate, and to be away from where one is needed: jobs x crew. The search
    /// knows pairs, not moments, so a visit that may begin within the hour counts as begun now.
    fn scarcity(&self) -> Vec<i32> {
        let (patch, policy) = (self.patch, self.patch.board.region.policy.scarcity);
        let soon = |i: &Item<'_>| match i.had {
            Some((_, stop)) => stop.depart < patch.now + COVERED,
            None => i.job.demand.respond_by.is_some(),
        };
        let cost = |i: &Item<'_>, m: &Member<'_>| {
            let done = patch.now + if soon(i) { i.job.demand.service + LEG } else { Span::ZERO };
            let away = coverage(patch.stake(m.sheet.technician), patch.now, patch.now, done);
            (patch.holders.cost(m.sheet.technician, &i.job.demand.requirements, policy) + away).0 as i32
        };
        self.items.iter().flat_map(|i| self.crew.iter().map(move |m| cost(i, m))).collect()
    }

    /// Asks for travel from all to all within the hour in the middle of what is planned.
    fn measure(&mut self) {
        let mut starts: Vec<Time> = self.items.iter().filter_map(|i| Some(i.had?.1.start)).collect();
        starts.sort_unstable();
        let middle = starts.get(starts.len() / 2).copied().unwrap_or(self.patch.now);
        let hour = self.patch.travel.hour(middle);
        let mut seconds = Vec::new();
        self.patch.travel.model().seconds(&self.spots, &self.spots, hour, &mut seconds);
        let ticks = seconds.into_iter().map(|s| if s == UNREACHABLE { FAR } else { (s as Tick).min(FAR) });
        self.seconds = ticks.collect();
    }

    /// The plan as it is: what may move, in order, by member.
    pub fn start(&self) -> Vec<Vec<u32>> {
        let numbers: BTreeMap<&JobId, u32> =
            self.items.iter().zip(0..).map(|(i, n)| (&i.job.id, n)).collect();
        let node = |e: &Errand| match e {
            Errand::Visit(job) => numbers.get(job).copied(),
            Errand::Depot(d) => self.depots.iter().position(|x| *x == d).map(|k| self.depot_node(k)),
            Errand::Break(_) => None,
        };
        let routes = self.crew.iter();
        routes.map(|m| m.had[m.fixed..].iter().filter_map(node).collect()).collect()
    }
}

/// Seconds from now, as far as the search can count.
fn tick(now: Time, at: Time) -> Tick {
    (at - now).0.clamp(0, i64::from(NEVER) / 4) as Tick
}
