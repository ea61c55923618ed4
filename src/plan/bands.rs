//! Gaps by when they begin and where they come from, so that most are left out many at a time.
//!
//! A gap belongs to the hour of its `ready`, and there to the tile of the cell that it comes from. What holds of all
//! gaps of an hour and tile is kept with them, so that one bound speaks for all.

use super::gap::{Gap, Hot};
use super::tiles;
use crate::board::fleet::Window;
use std::collections::BTreeMap;

/// How many tiles the cells are bundled into. More are looked at, fewer bound less.
const TILES: usize = 256;
/// Seconds of a band.
const BAND: u32 = 3_600;

/// A gap: what bounds it, the row it belongs to, and which of the row's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// What is read first.
    pub hot: Hot,
    /// Number of the row.
    pub row: u32,
    /// Number of the gap in the row.
    pub n: u16,
}

/// All gaps of the index.
#[derive(Clone, Debug, Default)]
pub struct Bands {
    /// By cell; the last is that of places whose cell is not known.
    tiles: Vec<u16>,
    /// By hour.
    bands: BTreeMap<u32, Band>,
}

/// The gaps that begin within an hour.
#[derive(Clone, Debug, Default)]
pub struct Band {
    /// First start and last end of any shift whose gaps were put here.
    shifts: Option<(u32, u32)>,
    gaps: usize,
    /// What holds of all gaps that ever were here.
    all: Option<Hot>,
    tiles: Vec<Tile>,
}

/// Those of them that come from one tile.
#[derive(Clone, Debug, Default)]
struct Tile {
    all: Option<Hot>,
    members: Vec<Member>,
}

/// A shift whose gaps are put in or taken out: number of its row, start and end.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub row: u32,
    pub start: u32,
    pub end: u32,
}

impl Bands {
    /// Nothing, for so many cells.
    pub fn new(cells: usize) -> Bands {
        let tile = |cell| tiles::bundle(cell, cells, TILES) as u16;
        Bands { tiles: (0..cells).map(tile).chain([TILES as u16]).collect(), bands: BTreeMap::new() }
    }

    /// Puts a shift's gaps in.
    pub fn put(&mut self, owner: Owner, gaps: &[Gap]) {
        for (gap, n) in gaps.iter().zip(0..) {
            let member = Member { hot: Hot::of(gap), row: owner.row, n };
            let band = self.bands.entry(gap.ready / BAND).or_default();
            let (start, end) = band.shifts.unwrap_or((owner.start, owner.end));
            band.shifts = Some((start.min(owner.start), end.max(owner.end)));
            band.gaps += 1;
            band.all = with(band.all, member.hot);
            band.tiles.resize_with(TILES + 1, Tile::default);
            band.tiles[usize::from(self.tiles[usize::from(gap.from)])].put(member);
        }
    }

    /// Takes them out again.
    pub fn pull(&mut self, owner: Owner, gaps: &[Gap]) {
        for (gap, n) in gaps.iter().zip(0..) {
            let key = gap.ready / BAND;
            let Some(band) = self.bands.get_mut(&key) else { continue };
            band.tiles[usize::from(self.tiles[usize::from(gap.from)])].pull(owner.row, n);
            band.gaps -= 1;
            if band.gaps == 0 {
                self.bands.remove(&key);
            }
        }
    }

    /// The tiles and the least seconds from there to a place, the nearest first, given the least by cell where it is
    /// known; nothing is known of the last tile.
    pub fn nearest_first(&self, by_cell: Option<&[u16]>) -> Vec<(u16, u16)> {
        let most = if by_cell.is_some() { u16::MAX } else { 0 };
        let mut least: Vec<(u16, u16)> = (0..TILES as u16).map(|tile| (most, tile)).collect();
        for (tile, there) in self.tiles.iter().zip(by_cell.unwrap_or_default()) {
            let (least, _) = &mut least[usize::from(*tile)];
            *least = (*least).min(*there);
        }
        least.push((0, TILES as u16));
        least.sort_unstable();
        least
    }

    /// All gaps, in no order that matters.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.bands.values().flat_map(|band| &band.tiles).flat_map(|tile| &tile.members)
    }

    /// The bands that may hold gaps of shifts which lie in a window, the soonest first.
    pub fn within(&self, asked: Window) -> impl Iterator<Item = &Band> {
        let lies =
            move |(start, end): (u32, u32)| i64::from(start) < asked.end.0 && i64::from(end) > asked.start.0;
        self.bands.values().filter(move |band| band.shifts.is_some_and(lies))
    }
}

impl Band {
    /// What holds of all its gaps.
    pub fn all(&self) -> Hot {
        self.all.unwrap_or_default()
    }

    /// The gaps that come from a tile, and what holds of all; `None` where there are none.
    pub fn from(&self, tile: u16) -> Option<(Hot, &[Member])> {
        let Tile { all, members } = &self.tiles[usize::from(tile)];
        all.map(|all| (all, &members[..]))
    }
}

impl Tile {
    fn put(&mut self, member: Member) {
        self.all = with(self.all, member.hot);
        self.members.push(member);
    }

    fn pull(&mut self, row: u32, n: u16) {
        let Some(at) = self.members.iter().position(|m| (m.row, m.n) == (row, n)) else { return };
        self.members.swap_remove(at);
        self.all = self.members.iter().fold(None, |all, member| with(all, member.hot));
    }
}

/// What holds of `all` and of one more: an insertion into any of them costs no less than one into this.
fn with(all: Option<Hot>, more: Hot) -> Option<Hot> {
    let Some(all) = all else { return Some(Hot { spare: 0, ..more }) };
    let lost = (all.lost & !Hot::LOOSE).max(more.lost & !Hot::LOOSE) | (all.lost | more.lost) & Hot::LOOSE;
    Some(Hot { ready: all.ready.min(more.ready), leg: all.leg.max(more.leg), lost, ..all })
}
