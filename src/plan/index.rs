//! Every open position of every shift, flat, with what bounds the cost of inserting there from below.
//!
//! Derived from the board and kept up to date route by route; a test rebuilds it and compares. It never
//! says what fits: it says what cannot. Bounds rest on the travel model's cell table (least seconds between
//! cells at any hour), so leaving a position out never loses a better technician.

mod canonical;

use super::bands::{Bands, Owner};
use super::frame::Frame;
use super::gap::{AFTER_BREAK, AFTER_DEPOT, Gap, Hot, ceil, floor};
use super::lulls::Lulls;
use super::tiles::{cell, resolution, tile};
use super::travel::Travel;
use super::vans::{Bits, Vans};
use crate::board::Board;
use crate::board::catalog::PartCount;
use crate::board::fleet::Technician;
use crate::board::id::{CertificationKindId, Location, PartId, TechnicianId};
use crate::geo::Point;
use crate::travel::CellTable;
use crate::units::Time;
use rstar::RTree;
use rstar::primitives::GeomWithData;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// The tiles that the places of its gaps lie in; all tiles where a cell is not known.
    pub tiles: u128,
    /// What bounds what an insertion may save; `None` where nothing does.
    pub most: Option<Most>,
    /// South-west and north-east corner of all its places.
    pub corners: [Point; 2],
    /// Whether it passes a depot.
    pub depot: bool,
    first: u32,
    len: u16,
    room: u16,
}

/// The most that an insertion anywhere into a shift may save, in seconds. Its gaps come in the order of `ready`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// Travel: the longest leg.
    pub leg: u16,
    /// Waiting.
    pub lost: u16,
    /// Waiting that may be saved whatever the detour.
    pub loose: u16,
}

/// Where an idle technician was last seen, and how long the next leg from there takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Device time, seconds since 1970.
    pub at: u32,
    /// Where.
    pub place: Point,
    /// Its cell.
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
    /// Beside `rows`: the technicians' certificates, nothing for empty rows.
    held: Vec<u128>,
    /// Beside `rows`.
    lulls: Vec<Lulls>,
    free_rows: Vec<u32>,
    gaps: Vec<Gap>,
    /// The places before and after each gap, beside `gaps`.
    around: Vec<[Point; 2]>,
    free_blocks: BTreeMap<u16, Vec<u32>>,
    near: RTree<Near>,
    free_slots: Vec<u32>,
    vans: Vans,
    bands: Bands,
}

/// Most bits of a mask; kinds beyond are left to the precise check.
const MOST_BITS: usize = 127;
/// The bit of every technician who is there.
const TAKEN: u128 = 1 << MOST_BITS;

impl Index {
    /// The index of a board as it stands.
    pub fn build(board: &Board, travel: &Travel) -> Index {
        let table = travel.model().cells(resolution(board, travel));
        let mut index = Index {
            bands: Bands::new(table.cells().len()),
            table,
            bits: bits(board),
            slots: BTreeMap::new(),
            names: Vec::new(),
            masks: Vec::new(),
            owned: Vec::new(),
            places: Vec::new(),
            seen: Vec::new(),
            homes: Vec::new(),
            rows: Vec::new(),
            held: Vec::new(),
            lulls: Vec::new(),
            free_rows: Vec::new(),
            gaps: Vec::new(),
            around: Vec::new(),
            free_blocks: BTreeMap::new(),
            near: RTree::new(),
            free_slots: Vec::new(),
            vans: Vans::default(),
        };
        let mut all = Vec::new();
        for technician in board.technicians.values() {
            let slot = index.slot_for(&technician.id);
            let places = index.lay_out(slot, board, technician, travel);
            all.extend(places.into_iter().map(|place| Near::new(place, slot)));
        }
        index.near = RTree::bulk_load(all);
        for (location, part, _) in board.stock.iter() {
            index.restock(board, location, part);
        }
        for delivery in board.stock.deliveries().values() {
            delivery.parts.iter().for_each(|p| index.restock(board, &delivery.to, &p.part));
        }
        index
    }

    /// Takes note of a change of stock.
    pub fn restock(&mut self, board: &Board, location: &Location, part: &PartId) {
        let Location::Van(id) = location else { return };
        if let Some(slot) = self.slot(id) {
            self.vans.note(board, slot, location, part);
        }
    }

    /// Those whose vans hold some of each of `parts`, and those whose hold some of any.
    pub fn stocked(&self, parts: &[PartCount]) -> (Bits, Bits) {
        (self.vans.with_each(parts), self.vans.with_any(parts))
    }

    /// Takes a technician in again after its facts or routes have changed; forgets one who left.
    pub fn refresh(&mut self, board: &Board, id: &TechnicianId, travel: &Travel) {
        let Some(technician) = board.technicians.get(id) else { return self.forget(id) };
        let slot = self.slot_for(id);
        let had = self.clear(slot);
        let has = self.lay_out(slot, board, technician, travel);
        // most of the places stay
        had.iter()
            .filter(|place| has.binary_search(place).is_err())
            .for_each(|place| self.pull(*place, slot));
        for place in has.iter().filter(|place| had.binary_search(place).is_err()) {
            self.near.insert(Near::new(*place, slot));
        }
    }

    fn forget(&mut self, id: &TechnicianId) {
        let Some(slot) = self.slots.remove(id) else { return };
        self.clear(slot).into_iter().for_each(|place| self.pull(place, slot));
        self.names[slot as usize] = None;
        self.vans.forget(slot);
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

    /// Takes a place out of the tree.
    fn pull(&mut self, place: [i64; 2], slot: u32) {
        let gone = self.near.remove(&Near::new(place, slot));
        debug_assert!(gone.is_some(), "every place kept is in the tree");
    }

    /// Frees a technician's rows; returns the places that the tree still holds.
    fn clear(&mut self, slot: u32) -> Vec<[i64; 2]> {
        // The next leg may be another one now.
        if let Some(seen) = &mut self.seen[slot as usize] {
            seen.leg_most = None;
        }
        for row in std::mem::take(&mut self.owned[slot as usize]) {
            let gone = std::mem::take(&mut self.rows[row as usize]);
            self.free_blocks.entry(gone.room).or_default().push(gone.first);
            let block = gone.first as usize..gone.first as usize + usize::from(gone.len);
            self.bands.pull(Owner { row, start: gone.start, end: gone.end }, &self.gaps[block]);
            self.held[row as usize] = 0;
            self.lulls[row as usize] = Lulls::default();
            self.free_rows.push(row);
        }
        std::mem::take(&mut self.places[slot as usize])
    }

    /// Writes a technician's rows and gaps; returns the places for the tree, in order.
    fn lay_out(
        &mut self,
        slot: u32,
        board: &Board,
        technician: &Technician,
        travel: &Travel,
    ) -> Vec<[i64; 2]> {
        self.masks[slot as usize] = mask(&self.bits, technician);
        self.homes[slot as usize] = on_plane(technician.start);
        let mut places = vec![technician.start];
        for (n, shift) in technician.shifts.iter().enumerate() {
            let route = board.route(&technician.id, shift.window.start);
            places.extend(route.iter().flat_map(|r| &r.stops).map(|s| s.place));
            places.extend(board.whereabouts(&technician.id, shift.window.start).map(|w| w.place));
            let frame = Frame { board, technician, shift, route, table: &self.table, travel };
            let (gaps, around) = frame.gaps();
            let allowance = technician.allowance(&shift.window, board.region.policy.overtime_allowance);
            let row = Row {
                technician: slot,
                shift: n as u32,
                start: floor(shift.window.start),
                end: ceil(shift.window.end + allowance),
                over: floor(shift.window.end),
                ..Row::default()
            };
            self.put_row(row, &gaps, &around);
        }
        let mut places: Vec<[i64; 2]> = places.into_iter().map(on_plane).collect();
        places.sort_unstable();
        places.dedup();
        self.places[slot as usize].clone_from(&places);
        places
    }

    fn put_row(&mut self, row: Row, gaps: &[Gap], around: &[[Point; 2]]) {
        let room = gaps.len().next_power_of_two().max(4) as u16;
        let first = self.free_blocks.get_mut(&room).and_then(Vec::pop).unwrap_or_else(|| {
            let first = self.gaps.len() as u32;
            self.gaps.resize(self.gaps.len() + usize::from(room), Gap::default());
            self.around.resize(self.gaps.len(), Default::default());
            first
        });
        let block = first as usize..first as usize + gaps.len();
        self.gaps[block.clone()].copy_from_slice(gaps);
        self.around[block].copy_from_slice(around);
        let depot = gaps.iter().any(|gap| gap.flags & AFTER_DEPOT > 0);
        let row = Row { first, len: gaps.len() as u16, room, corners: corners(around), depot, ..row };
        let row = self.summed(row, gaps);
        let number = self.free_rows.pop().unwrap_or_else(|| {
            self.rows.push(Row::default());
            self.held.push(0);
            self.lulls.push(Lulls::default());
            self.rows.len() as u32 - 1
        });
        let (place, technician) = (number as usize, row.technician as usize);
        (self.rows[place], self.held[place]) = (row, self.masks[technician]);
        self.lulls[place] = Lulls::of(row.start, row.end, gaps);
        self.bands.put(Owner { row: number, start: row.start, end: row.end }, gaps);
        self.owned[technician].push(number);
    }

    /// The row with [`Row::tiles`] and [`Row::most`].
    fn summed(&self, row: Row, gaps: &[Gap]) -> Row {
        let cells = self.table.cells().len();
        let mut ends = gaps.iter().flat_map(|gap| [gap.from, gap.to]).map(usize::from);
        let tiles =
            ends.try_fold(0, |bits: u128, cell| (cell < cells).then(|| bits | 1 << tile(cell, cells)));
        let tiles = tiles.unwrap_or(u128::MAX);
        let hot = || gaps.iter().map(Hot::of);
        let bounded = hot().all(|hot| hot.leg != Hot::LONG);
        let most = hot().fold(Most::default(), |most, hot| {
            let lost = hot.lost & !Hot::LOOSE;
            let loose = if hot.lost & Hot::LOOSE > 0 { lost } else { 0 };
            Most { leg: most.leg.max(hot.leg), lost: most.lost.max(lost), loose: most.loose.max(loose) }
        });
        Row { tiles, most: bounded.then_some(most), ..row }
    }

    /// The cell of a place.
    pub fn cell(&self, place: Point, travel: &Travel) -> u16 {
        cell(&self.table, place, travel)
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.table.cells().len()
    }

    /// By cell, the least seconds from there to a place, and from the place to there; `None` where nothing is known.
    pub fn by_cell(&self, place: Point, travel: &Travel) -> Option<(&[u16], &[u16])> {
        let here = usize::from(self.cell(place, travel));
        (here < self.table.cells().len()).then(|| (self.table.to_cell(here), self.table.from_cell(here)))
    }

    /// All shifts, in no order that matters, and the certificates of each one's technician: none for an empty row.
    pub fn rows(&self) -> (&[Row], &[u128]) {
        (&self.rows, &self.held)
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

    /// All gaps of all shifts.
    pub fn bands(&self) -> &Bands {
        &self.bands
    }

    /// The rows of those who may have nothing to do now and hold these certificates, with their numbers, in order.
    pub fn lulls(&self, now: Time, wanted: u128) -> impl Iterator<Item = (u32, &Row)> {
        let now = floor(now);
        let idle = self.lulls.iter().zip(&self.held).zip(0..).filter(move |((lulls, _), _)| lulls.holds(now));
        let held = idle.filter(move |((_, held), _)| **held & wanted == wanted);
        held.map(|(_, number)| (number, &self.rows[number as usize]))
    }

    /// The places before and after each gap of a row, as planned.
    pub fn around(&self, row: &Row) -> &[[Point; 2]] {
        &self.around[row.first as usize..row.first as usize + usize::from(row.len)]
    }

    /// The technician in a slot.
    pub fn name(&self, slot: u32) -> &TechnicianId {
        self.names[slot as usize].as_ref().expect("rows belong to technicians who are there")
    }

    /// One more than the highest slot.
    pub fn slots(&self) -> usize {
        self.names.len()
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
        self.seen[slot as usize] = Some(Seen { at: floor(at), place, cell, leg_most });
    }

    /// The first open gap of the shift that is on, where the technician is idle before it.
    fn first_open(&self, slot: u32, now: Time) -> Option<(&Row, &Gap, Point)> {
        let now = floor(now);
        let row = self.rows_of(slot).find(|r| r.start <= now && now < r.end)?;
        let gap = self.gaps(row).iter().find(|g| g.closes > now)?;
        (gap.ready <= now).then(|| (row, gap, self.around(row)[usize::from(gap.at)][1]))
    }

    /// Where a technician was last seen.
    pub fn seen(&self, slot: u32) -> Option<Seen> {
        self.seen[slot as usize]
    }

    /// The slots of all technicians, in no order that matters.
    pub fn taken(&self) -> impl Iterator<Item = u32> + '_ {
        self.masks.iter().zip(0..).filter(|(mask, _)| **mask & TAKEN > 0).map(|(_, slot)| slot)
    }

    /// The squares of how far technicians' starts are from a place, by slot, in units of no meaning.
    pub fn home_distances(&self, place: Point) -> impl Fn(u32) -> i64 + '_ {
        let [u, v] = on_plane(place);
        move |slot| {
            let [x, y] = self.homes[slot as usize];
            ((x - u) / 16).pow(2) + ((y - v) / 16).pow(2)
        }
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

    /// As [`Index::nearest`], with the squares of distances, in units of no meaning.
    pub fn nearest_first(&self, place: Point) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.near.nearest_neighbor_iter_with_distance_2(on_plane(place)).map(|(n, square)| (square, n.data))
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

/// South-west and north-east corner of all places.
fn corners(around: &[[Point; 2]]) -> [Point; 2] {
    let lons = || around.as_flattened().iter().map(|p| p.lon);
    let lats = || around.as_flattened().iter().map(|p| p.lat);
    let low = Point { lon: lons().min().unwrap_or(0), lat: lats().min().unwrap_or(0) };
    [low, Point { lon: lons().max().unwrap_or(0), lat: lats().max().unwrap_or(0) }]
}

fn on_plane(place: Point) -> [i64; 2] {
    // Degrees of longitude shrink towards the poles; a fixed factor will do for finding who is near.
    let shrink = (place.lat_deg().to_radians().cos() * 1024.0) as i64;
    [i64::from(place.lon) * shrink / 1024, i64::from(place.lat)]
}
