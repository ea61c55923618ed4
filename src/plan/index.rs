//! Every open position of every shift, flat, with what bounds the cost of inserting there from below.
//!
//! Derived from the board and kept up to date route by route; a test rebuilds it and compares. It never
//! says what fits: it says what cannot. Bounds rest on the travel model's cell table (least seconds between
//! cells at any hour), so leaving a position out never loses a better technician.

use super::travel::{Quick, Travel};
use super::weigh::{LOST_WAIT, late, rate};
use crate::board::fleet::{Errand, Route, Shift, Stop, Technician};
use crate::board::id::{CertificationKindId, TechnicianId};
use crate::board::schedule::{Errands, PROMISE_SLACK};
use crate::board::{Board, Legs};
use crate::geo::Point;
use crate::travel::{CellTable, Model};
use crate::units::{Span, Time};
use rstar::RTree;
use rstar::primitives::GeomWithData;
use std::collections::BTreeMap;
use std::sync::Arc;

/// No cell: the place lies where nothing is known, which bounds nothing.
pub const NO_CELL: u16 = u16::MAX;
/// No limit, in seconds since 1970.
pub const NEVER: u32 = u32::MAX;

/// A position between two consecutive stops of a shift. Instants are seconds since 1970, rounded to the
/// generous side where they do not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// Earliest the technician leaves the stop before.
    pub ready: u32,
    /// The same at the last place before, where breaks come in between: parts may be fetched before them.
    pub since: u32,
    /// By how much both may come earlier where a depot stop before an earlier break shortens the way after it.
    pub early: u32,
    /// The stop after is departed for: the position is closed from then on.
    pub closes: u32,
    /// Latest end of an inserted visit, where a break comes right after.
    pub free_by: u32,
    /// Latest arrival at the next place after the visit, breaks between taken off.
    pub arrive_by: u32,
    /// A break that bounds `free_by` or `arrive_by` can no longer begin after this: the bounds are void then.
    pub expires: u32,
    /// Travel of the leg that is replaced, as planned.
    pub leg: u32,
    /// The same at the worst hour it may be left at: the way home waits for nothing.
    pub leg_most: u32,
    /// Lost waiting at the stops after, which an insertion can save at most.
    pub lost: u32,
    /// Cost in thousandths that others' earlier starts can save at most, where a break comes right after:
    /// it moves with the visit.
    pub relief: u32,
    /// Start of work at the next place, as planned: until then its departure may be kept back.
    pub held: u32,
    /// Latest end of the breaks right after.
    pub rest_by: u32,
    /// Cell of the stop before.
    pub from: u16,
    /// Cell of the next place after.
    pub to: u16,
    /// Before which errand of the route.
    pub at: u16,
    /// See the flags.
    pub flags: u16,
}

/// What the flat pass reads of a gap before anything else: twelve bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hot {
    /// As [`Gap::ready`].
    pub ready: u32,
    /// Seconds of the leg replaced at its worst; [`Hot::LONG`] where it is longer, or others' lateness may
    /// be relieved.
    pub leg: u16,
    /// As [`Gap::lost`]; with [`Hot::LOOSE`] where it may all be saved whatever the detour.
    pub lost: u16,
    /// As [`Gap::from`].
    pub from: u16,
    /// As [`Gap::to`].
    pub to: u16,
}

impl Hot {
    /// Look closer.
    pub const LONG: u16 = u16::MAX;
    /// See [`Hot::lost`].
    pub const LOOSE: u16 = 1 << 15;

    fn of(gap: &Gap) -> Hot {
        let leg = u16::try_from(gap.leg.max(gap.leg_most)).unwrap_or(Hot::LONG);
        let lost = u16::try_from(gap.lost).ok().filter(|l| l & Hot::LOOSE == 0);
        let simple = gap.relief == 0 && lost.is_some();
        let loose = if gap.flags & (JUMPY | BEFORE_BREAK) > 0 { Hot::LOOSE } else { 0 };
        Hot {
            ready: gap.ready,
            leg: if simple { leg } else { Hot::LONG },
            lost: lost.unwrap_or(0) | loose,
            from: gap.from,
            to: gap.to,
        }
    }
}

/// The next place is the way home.
pub const HOMEWARD: u16 = 1;
/// A later stop has several access windows: waiting may move between stops.
pub const JUMPY: u16 = 2;
/// The errand after is a break.
pub const BEFORE_BREAK: u16 = 8;
/// The errand before is a break: it is taken wherever the technician is.
pub const AFTER_BREAK: u16 = 4;

/// One shift of one technician, with its gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The technician's slot.
    pub technician: u32,
    /// Number of the shift among the technician's.
    pub shift: u32,
    /// Start of the shift.
    pub start: u32,
    /// End of the shift, allowance included.
    pub end: u32,
    /// End of the shift.
    pub over: u32,
    first: u32,
    len: u16,
    room: u16,
    /// Whether a depot stop is planned.
    pub depots: bool,
}

/// Where an idle technician was last seen, and how long the next leg from there takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Device time, seconds since 1970.
    pub at: u32,
    /// Cell of the place.
    pub cell: u16,
    /// Seconds to the next place at the worst hour; `None` where that has not been worked out.
    pub leg_most: Option<u32>,
}

type Near = GeomWithData<[i64; 2], u32>;

/// The derived index.
#[derive(Clone, Debug)]
pub struct Index {
    table: Arc<CellTable>,
    bits: BTreeMap<(CertificationKindId, u8), u32>,
    slots: BTreeMap<TechnicianId, u32>,
    names: Vec<Option<TechnicianId>>,
    /// Certificates held, a bit for each kind and level, by slot.
    masks: Vec<u128>,
    owned: Vec<Vec<u32>>,
    places: Vec<Vec<[i64; 2]>>,
    seen: Vec<Option<Seen>>,
    homes: Vec<[i64; 2]>,
    rows: Vec<Row>,
    free_rows: Vec<u32>,
    gaps: Vec<Gap>,
    /// Beside `gaps`.
    hot: Vec<Hot>,
    /// The places before and after each gap, beside `gaps`.
    around: Vec<[Point; 2]>,
    free_blocks: BTreeMap<u16, Vec<u32>>,
    near: RTree<Near>,
    free_slots: Vec<u32>,
}

/// Most bits of a mask; kinds beyond are left to the precise check.
const MOST_BITS: usize = 127;
/// The bit of every technician who is there.
const TAKEN: u128 = 1 << MOST_BITS;

impl Index {
    /// The index of a board as it stands.
    pub fn build(board: &Board, travel: &Travel) -> Index {
        let mut index = Index {
            table: travel.model().cells(resolution(board, travel)),
            bits: bits(board),
            slots: BTreeMap::new(),
            names: Vec::new(),
            masks: Vec::new(),
            owned: Vec::new(),
            places: Vec::new(),
            seen: Vec::new(),
            homes: Vec::new(),
            rows: Vec::new(),
            free_rows: Vec::new(),
            gaps: Vec::new(),
            hot: Vec::new(),
            around: Vec::new(),
            free_blocks: BTreeMap::new(),
            near: RTree::new(),
            free_slots: Vec::new(),
        };
        let mut all = Vec::new();
        for technician in board.technicians.values() {
            let slot = index.slot_for(&technician.id);
            all.extend(index.lay_out(slot, board, technician, travel));
        }
        index.near = RTree::bulk_load(all);
        index
    }

    /// Takes a technician in again after its facts or routes have changed; forgets one who left.
    pub fn refresh(&mut self, board: &Board, id: &TechnicianId, travel: &Travel) {
        let Some(technician) = board.technicians.get(id) else { return self.forget(id) };
        let slot = self.slot_for(id);
        self.clear(slot);
        for point in self.lay_out(slot, board, technician, travel) {
            self.near.insert(point);
        }
    }

    fn forget(&mut self, id: &TechnicianId) {
        let Some(slot) = self.slots.remove(id) else { return };
        self.clear(slot);
        self.names[slot as usize] = None;
        self.masks[slot as usize] = 0;
        self.seen[slot as usize] = None;
        self.free_slots.push(slot);
    }

    fn slot_for(&mut self, id: &TechnicianId) -> u32 {
        if let Some(slot) = self.slots.get(id) {
            return *slot;
        }
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.names.push(None);
            self.masks.push(0);
            self.owned.push(Vec::new());
            self.places.push(Vec::new());
            self.seen.push(None);
            self.homes.push([0; 2]);
            self.names.len() as u32 - 1
        });
        self.names[slot as usize] = Some(id.clone());
        self.seen[slot as usize] = None;
        self.slots.insert(id.clone(), slot);
        slot
    }

    fn clear(&mut self, slot: u32) {
        // The next leg may be another one now.
        if let Some(seen) = &mut self.seen[slot as usize] {
            seen.leg_most = None;
        }
        for place in std::mem::take(&mut self.places[slot as usize]) {
            let gone = self.near.remove(&Near::new(place, slot));
            debug_assert!(gone.is_some(), "every place kept is in the tree");
        }
        for row in std::mem::take(&mut self.owned[slot as usize]) {
            let Row { first, room, .. } = self.rows[row as usize];
            self.free_blocks.entry(room).or_default().push(first);
            self.rows[row as usize] = Row::default();
            self.free_rows.push(row);
        }
    }

    /// Writes a technician's rows and gaps; returns the places for the tree.
    fn lay_out(&mut self, slot: u32, board: &Board, technician: &Technician, travel: &Travel) -> Vec<Near> {
        self.masks[slot as usize] = mask(&self.bits, technician);
        self.homes[slot as usize] = on_plane(technician.start);
        let mut places = vec![technician.start];
        for (n, shift) in technician.shifts.iter().enumerate() {
            let route = board.route(&technician.id, shift.window.start);
            places.extend(route.iter().flat_map(|r| &r.stops).map(|s| s.place));
            let frame = Frame { board, technician, shift, route, table: &self.table, travel };
            let (gaps, around) = frame.gaps();
            let allowance = technician.overtime_allowance.unwrap_or(board.region.policy.overtime_allowance);
            let row = Row {
                technician: slot,
                shift: n as u32,
                start: floor(shift.window.start),
                end: ceil(shift.window.end + allowance),
                over: floor(shift.window.end),
                depots: route.is_some_and(|r| r.stops.iter().any(|s| matches!(s.errand, Errand::Depot(_)))),
                ..Row::default()
            };
            self.put_row(row, &gaps, &around);
        }
        let mut places: Vec<[i64; 2]> = places.into_iter().map(on_plane).collect();
        places.sort_unstable();
        places.dedup();
        self.places[slot as usize].clone_from(&places);
        places.into_iter().map(|p| Near::new(p, slot)).collect()
    }

    fn put_row(&mut self, row: Row, gaps: &[Gap], around: &[[Point; 2]]) {
        let room = gaps.len().next_power_of_two().max(4) as u16;
        let first = self.free_blocks.get_mut(&room).and_then(Vec::pop).unwrap_or_else(|| {
            let first = self.gaps.len() as u32;
            self.gaps.resize(self.gaps.len() + usize::from(room), Gap::default());
            self.around.resize(self.gaps.len(), Default::default());
            self.hot.resize(self.gaps.len(), Hot::default());
            first
        });
        let block = first as usize..first as usize + gaps.len();
        self.gaps[block.clone()].copy_from_slice(gaps);
        self.around[block.clone()].copy_from_slice(around);
        self.hot[block].iter_mut().zip(gaps).for_each(|(hot, gap)| *hot = Hot::of(gap));
        let row = Row { first, len: gaps.len() as u16, room, ..row };
        let owner = row.technician as usize;
        let place = match self.free_rows.pop() {
            Some(free) => {
                self.rows[free as usize] = row;
                free
            }
            None => {
                self.rows.push(row);
                self.rows.len() as u32 - 1
            }
        };
        self.owned[owner].push(place);
    }

    /// The cell table that bounds travel.
    pub fn table(&self) -> &CellTable {
        &self.table
    }

    /// The cell of a place.
    pub fn cell(&self, place: Point, travel: &Travel) -> u16 {
        cell(&self.table, place, travel)
    }

    /// All shifts, in no order that matters; empty rows have an end of zero.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of one technician.
    pub fn rows_of(&self, slot: u32) -> impl Iterator<Item = &Row> {
        self.owned[slot as usize].iter().map(|r| &self.rows[*r as usize])
    }

    /// One row.
    pub fn row(&self, slot: u32, shift: u32) -> &Row {
        self.rows_of(slot).find(|r| r.shift == shift).expect("the shift is in the index")
    }

    /// The gaps of a row, in order.
    pub fn gaps(&self, row: &Row) -> &[Gap] {
        &self.gaps[row.first as usize..row.first as usize + usize::from(row.len)]
    }

    /// Beside [`Index::gaps`].
    pub fn hot(&self, row: &Row) -> &[Hot] {
        &self.hot[row.first as usize..row.first as usize + usize::from(row.len)]
    }

    /// The places before and after a gap, as planned.
    pub fn around(&self, row: &Row, gap: &Gap) -> [Point; 2] {
        self.around[row.first as usize + usize::from(gap.at)]
    }

    /// The technician in a slot.
    pub fn name(&self, slot: u32) -> &TechnicianId {
        self.names[slot as usize].as_ref().expect("rows belong to technicians who are there")
    }

    /// The slot of a technician.
    pub fn slot(&self, id: &TechnicianId) -> Option<u32> {
        self.slots.get(id).copied()
    }

    /// Takes note of where a technician is. Worked out from the shift that is on and its first open gap.
    pub fn sight(&mut self, id: &TechnicianId, place: Point, at: Time, now: Time, travel: &Travel) {
        let Some(slot) = self.slot(id) else { return };
        let leg_most = self.first_open(slot, now).and_then(|(row, gap, to)| {
            let same =
                self.gaps(row)[usize::from(gap.at) + 1..].iter().take_while(|g| g.flags & AFTER_BREAK > 0);
            let until = same.last().unwrap_or(gap).closes.min(row.end);
            travel.most(place, to, now, Time(until.into()))
        });
        let cell = self.cell(place, travel);
        self.seen[slot as usize] = Some(Seen { at: floor(at), cell, leg_most });
    }

    /// The first open gap of the shift that is on, where the technician is idle before it.
    fn first_open(&self, slot: u32, now: Time) -> Option<(&Row, &Gap, Point)> {
        let now = floor(now);
        let row = self.rows_of(slot).find(|r| r.start <= now && now < r.end)?;
        let gap = self.gaps(row).iter().find(|g| g.closes > now)?;
        (gap.ready <= now).then(|| (row, gap, self.around(row, gap)[1]))
    }

    /// Where a technician was last seen.
    pub fn seen(&self, slot: u32) -> Option<Seen> {
        self.seen[slot as usize]
    }

    /// The slots of all technicians, in no order that matters.
    pub fn taken(&self) -> impl Iterator<Item = u32> + '_ {
        self.masks.iter().zip(0..).filter(|(mask, _)| **mask & TAKEN > 0).map(|(_, slot)| slot)
    }

    /// The square of how far a technician's start is from a place, in units of no meaning.
    pub fn home_distance(&self, slot: u32, place: Point) -> i64 {
        let ([x, y], [u, v]) = (self.homes[slot as usize], on_plane(place));
        ((x - u) / 16).pow(2) + ((y - v) / 16).pow(2)
    }

    /// The certificate bits of a technician.
    pub fn mask(&self, slot: u32) -> u128 {
        self.masks[slot as usize]
    }

    /// The bits a job asks for; what has no bit is left to the precise check.
    pub fn wanted(&self, required: &[crate::board::catalog::Requirement]) -> u128 {
        let bit = |r: &crate::board::catalog::Requirement| self.bits.get(&(r.kind.clone(), r.min_level));
        required.iter().filter_map(bit).fold(TAKEN, |mask, bit| mask | 1 << bit)
    }

    /// Technicians with a stop or start near a place, nearest first; a technician may come up again.
    pub fn nearest(&self, place: Point) -> impl Iterator<Item = u32> + '_ {
        self.near.nearest_neighbor_iter(on_plane(place)).map(|n| n.data)
    }

    /// What is kept, by technician and shift, to compare two ways of having come by it.
    pub fn canonical(&self) -> Canonical {
        let shift_rows = |slot: u32| {
            let mut rows: Vec<_> =
                self.rows_of(slot).map(|r| (r.shift, r.end, self.gaps(r).to_vec())).collect();
            rows.sort_by_key(|r| r.0);
            rows
        };
        let one = |(id, slot): (&TechnicianId, &u32)| {
            let mut near: Vec<_> = self.near.iter().filter(|n| n.data == *slot).map(|n| *n.geom()).collect();
            near.sort_unstable();
            (id.clone(), self.masks[*slot as usize], shift_rows(*slot), near)
        };
        self.slots.iter().map(one).collect()
    }
}

/// See [`Index::canonical`].
pub type Canonical = Vec<(TechnicianId, u128, Vec<(u32, u32, Vec<Gap>)>, Vec<[i64; 2]>)>;

/// The finer the cells, the tighter the bounds. Straight lines are cheap to ask for, roads are not.
fn resolution(board: &Board, travel: &Travel) -> u8 {
    let grid = board.region.grid_resolution;
    match travel.model() {
        Model::Beeline(_) => grid.min(8),
        Model::Roads(_) => (grid + 1).min(9),
    }
}

/// A bit for each kind and level of the catalogue, as many as there is room for.
fn bits(board: &Board) -> BTreeMap<(CertificationKindId, u8), u32> {
    let kinds = board.catalog.certification_kinds.iter();
    let levels = kinds.flat_map(|(id, kind)| (1..=kind.max_level).map(move |l| (id.clone(), l)));
    levels.take(MOST_BITS).zip(0..).collect()
}

fn mask(bits: &BTreeMap<(CertificationKindId, u8), u32>, technician: &Technician) -> u128 {
    let held = technician.certifications.iter();
    let granted = held.flat_map(|c| (1..=c.level).filter_map(|l| bits.get(&(c.kind.clone(), l))));
    granted.fold(TAKEN, |mask, bit| mask | 1 << bit)
}

fn on_plane(place: Point) -> [i64; 2] {
    // Degrees of longitude shrink towards the poles; a fixed factor will do for finding who is near.
    let shrink = (place.lat_deg().to_radians().cos() * 1024.0) as i64;
    [i64::from(place.lon) * shrink / 1024, i64::from(place.lat)]
}

fn cell(table: &CellTable, place: Point, travel: &Travel) -> u16 {
    let slot = travel.spot(place).ok().and_then(|spot| table.slot(&spot));
    slot.and_then(|s| u16::try_from(s).ok()).unwrap_or(NO_CELL)
}

fn floor(at: Time) -> u32 {
    at.0.clamp(0, i64::from(NEVER) - 1) as u32
}

fn ceil(at: Time) -> u32 {
    at.0.clamp(0, i64::from(NEVER)) as u32
}

fn after_break(stops: &[Stop], at: usize) -> u16 {
    match at.checked_sub(1).map(|i| &stops[i].errand) {
        Some(Errand::Break(_)) => AFTER_BREAK,
        Some(Errand::Visit(_) | Errand::Depot(_)) | None => 0,
    }
}

/// One shift while its gaps are worked out.
struct Frame<'a> {
    board: &'a Board,
    technician: &'a Technician,
    shift: &'a Shift,
    route: Option<&'a Route>,
    table: &'a CellTable,
    travel: &'a Travel,
}

/// What holds of everything from one errand on.
#[derive(Clone, Copy)]
struct After {
    place: Point,
    cell: u16,
    leg: u32,
    arrive_by: Time,
    free_by: Time,
    expires: Time,
    lost: Span,
    flags: u16,
    /// Cost that earlier starts from here on can save.
    relief: i64,
    rest_by: Time,
    held: Time,
}

impl Frame<'_> {
    /// From the back: each gap's bounds rest on those of the gap after.
    fn gaps(&self) -> (Vec<Gap>, Vec<[Point; 2]>) {
        let stops = self.stops();
        let mut after = self.home(&stops);
        let mut gaps = Vec::with_capacity(stops.len() + 1);
        let mut around = Vec::with_capacity(stops.len() + 1);
        for at in (0..=stops.len()).rev() {
            if let Some(stop) = stops.get(at) {
                after = self.before(&stops, at, stop, after);
            }
            let (place, ready) = match at.checked_sub(1) {
                // A break nobody has planned may turn out to be over already.
                Some(i) if self.route.is_none() => (stops[i].place, stops[i].start),
                Some(i) => (stops[i].place, stops[i].end),
                None => (self.technician.start, self.shift.window.start),
            };
            let closes = stops.get(at).filter(|_| self.route.is_some()).map_or(Time::MAX, |s| s.depart);
            around.push([place, after.place]);
            let resting = after.flags & BEFORE_BREAK > 0;
            gaps.push(Gap {
                ready: floor(ready),
                since: floor(ready),
                early: 0,
                relief: if resting { after.relief.clamp(0, i64::from(NEVER)) as u32 } else { 0 },
                held: ceil(after.held),
                rest_by: ceil(after.rest_by),
                closes: ceil(closes),
                free_by: ceil(after.free_by),
                arrive_by: ceil(after.arrive_by),
                expires: ceil(after.expires),
                leg: after.leg,
                leg_most: self.leg_most(&after, place, ready),
                lost: after.lost.0.clamp(0, i64::from(NEVER)) as u32,
                from: cell(self.table, place, self.travel),
                to: after.cell,
                at: at as u16,
                flags: after.flags | after_break(&stops, at),
            });
        }
        gaps.reverse();
        around.reverse();
        for i in 1..gaps.len() {
            let before = gaps[i - 1];
            gaps[i].early = before.early;
            if gaps[i].flags & AFTER_BREAK > 0 {
                gaps[i].since = before.since;
            } else if before.flags & AFTER_BREAK > 0 {
                gaps[i].early += before.leg;
            }
        }
        (gaps, around)
    }

    fn leg_most(&self, after: &After, from: Point, ready: Time) -> u32 {
        if after.flags & HOMEWARD == 0 {
            return after.leg;
        }
        let until = after.arrive_by.max(ready);
        let most = self.travel.most(from, after.place, ready, until);
        most.map_or(after.leg, |m| m.max(after.leg))
    }

    /// The planned stops, or the breaks of a shift nobody has planned yet.
    fn stops(&self) -> Vec<Stop> {
        if let Some(route) = self.route {
            return route.stops.clone();
        }
        let pauses = self.shift.breaks.iter().enumerate();
        let stop = |(n, b): (usize, &crate::board::fleet::Break)| Stop {
            errand: Errand::Break(n as u8),
            place: self.technician.start,
            depart: b.window.start,
            arrive: b.window.start,
            start: b.window.start,
            end: b.window.start + b.duration,
            seconds: 0,
            metres: 0,
        };
        pauses.map(stop).collect()
    }

    fn home(&self, stops: &[Stop]) -> After {
        let policy = &self.board.region.policy;
        let allowance = self.technician.overtime_allowance.unwrap_or(policy.overtime_allowance);
        let end = self.technician.end;
        let (from, depart) =
            stops.last().map_or((self.technician.start, self.shift.window.start), |s| (s.place, s.end));
        let leg = match self.route {
            Some(route) if route.home.depart == depart => route.home.seconds,
            Some(_) | None => Quick(self.travel).leg(from, end, depart).map_or(0, |l| l.seconds),
        };
        After {
            place: end,
            cell: cell(self.table, end, self.travel),
            leg,
            arrive_by: self.shift.window.end + allowance,
            free_by: Time::MAX,
            expires: Time::MAX,
            lost: Span::ZERO,
            flags: HOMEWARD,
            relief: self
                .route
                .map_or(0, |r| rate(policy.overtime_permille, (r.home.arrive - r.shift.end).or_zero()).0),
            rest_by: Time::MIN,
            held: Time::MIN,
        }
    }

    fn before(&self, stops: &[Stop], at: usize, stop: &Stop, after: After) -> After {
        let free = at.checked_sub(1).map_or(self.shift.window.start, |i| stops[i].end);
        let wait = (stop.start - free - Span(i64::from(stop.seconds))).or_zero().min(LOST_WAIT);
        let lost = after.lost + wait;
        let takes = stop.end - stop.start;
        if let Errand::Break(n) = &stop.errand {
            let pause = self.shift.breaks.get(usize::from(*n));
            let rest_by = after.rest_by.max(pause.map_or(stop.end, |b| b.window.end.max(stop.end)));
            let flags = after.flags | BEFORE_BREAK;
            if takes == Span::ZERO {
                return After { lost, flags, rest_by, ..after };
            }
            let latest = pause.map_or(Time::MAX, |b| b.window.end - b.duration);
            return After {
                free_by: latest.min(after.free_by - takes),
                arrive_by: after.arrive_by - takes,
                expires: latest.min(after.expires),
                lost,
                flags,
                rest_by,
                ..after
            };
        }
        let here = cell(self.table, stop.place, self.travel);
        let onward = self.onward(here, after.cell);
        let leave_by = after.free_by.min(after.arrive_by - onward);
        let (start_by, jumpy) = self.start_by(stop);
        After {
            place: stop.place,
            cell: here,
            leg: stop.seconds,
            arrive_by: start_by.min(leave_by - takes),
            free_by: Time::MAX,
            expires: after.expires,
            lost,
            flags: (after.flags & JUMPY) | jumpy,
            relief: after.relief + self.lateness(stop),
            rest_by: Time::MIN,
            held: stop.start,
        }
    }

    /// The latest start of a stop by its own rules, and whether it has several access windows.
    fn start_by(&self, stop: &Stop) -> (Time, u16) {
        let Errand::Visit(job) = &stop.errand else { return (Time::MAX, 0) };
        let need = &self.board.jobs[job].need;
        let access = need.access.last().map_or(Time::MAX, |w| w.end);
        let promise = need.promised.map_or(Time::MAX, |w| (w.end + PROMISE_SLACK).max(stop.start));
        (access.min(promise), if need.access.len() > 1 { JUMPY } else { 0 })
    }

    /// What a stop's lateness costs as planned.
    fn lateness(&self, stop: &Stop) -> i64 {
        let Errand::Visit(job) = &stop.errand else { return 0 };
        let task = self.board.task(job);
        rate(task.demand.lateness_permille, late(task, stop.start)).0
    }

    fn onward(&self, from: u16, to: u16) -> Span {
        if from == NO_CELL || to == NO_CELL {
            return Span::ZERO;
        }
        Span(i64::from(self.table.from_cell(from.into())[usize::from(to)]))
    }
}
