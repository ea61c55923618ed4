//! Best insertions already worked out: (job, route) by route version.
//!
//! A row a job: a slot for each technician of this worker who may serve it where those are few, else 256 that routes
//! share by number. A route's version changes with its content, so an old entry is never wrong, only missed. Undo
//! gives a route its old version back and its entries come alive again.

use super::dense::Dense;
use std::ops::Range;

/// The best place for a job in a route: what it costs and before which stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub delta: i64,
    pub at: u32,
    /// A depot to put in as well: its number plus one (0 is none), and before which stop.
    pub depot: u16,
    pub before: u16,
}

impl Place {
    pub(crate) const NONE: Place = Place { delta: i64::MAX, at: 0, depot: 0, before: 0 };

    /// Somewhere, for so much at least, where is not known; nowhere where that is without end.
    pub(crate) fn least(delta: i64) -> Place {
        if delta == i64::MAX { Place::NONE } else { Place { delta, at: u32::MAX, depot: 0, before: 0 } }
    }

    pub(crate) fn at(delta: i64, at: usize) -> Place {
        Place { delta, at: at as u32, depot: 0, before: 0 }
    }
}

/// The cost in the key of a route that has no place for the job: its entry in `places` is not even written.
const NOWHERE: i32 = i32::MAX;

/// What most looks need to know, small: whether it still holds, and the cost, cut off at the end of its range.
#[derive(Clone, Copy)]
struct Key {
    version: u32,
    delta: i32,
}

/// The table.
pub(crate) struct Cache {
    keys: Vec<Key>,
    places: Vec<Place>,
    /// By job: its first slot and the one behind its last. Rows of jobs that few may serve come first.
    rows: Vec<(u32, u32)>,
    /// Whose slot it is, in those rows: the others have no owners to write down at every laying out.
    crew: Vec<u32>,
    mask: usize,
}

/// What the table says of a job in a route.
pub(crate) enum Known {
    /// Not in the table.
    Not,
    /// No cheaper than asked for.
    Dearer,
    Cheaper,
}

impl Cache {
    /// Without rows yet.
    pub(crate) fn new(d: &Dense) -> Cache {
        let slots = d.m.next_power_of_two().clamp(1, 256);
        Cache { keys: Vec::new(), places: Vec::new(), rows: Vec::new(), crew: Vec::new(), mask: slots - 1 }
    }

    /// Lays the rows out anew for the technicians that are `mine`. No version from before may come up again: what is
    /// in the slots is of other pairs.
    pub(crate) fn lay(&mut self, d: &Dense, mine: &[bool]) {
        self.rows.clear();
        self.rows.resize(d.n, (0, 0));
        self.crew.clear();
        for j in (0..d.n).filter(|j| d.few(*j)) {
            let from = self.crew.len() as u32;
            self.crew.extend(d.able(j).iter().filter(|v| mine[**v as usize]));
            self.rows[j] = (from, self.crew.len() as u32);
        }
        let mut end = self.crew.len();
        for j in (0..d.n).filter(|j| !d.few(*j)) {
            let from = end as u32;
            end += self.mask + 1;
            self.rows[j] = (from, end as u32);
        }
        let all = self.keys.len().max(end);
        self.keys.resize(all, Key { version: 0, delta: 0 });
        self.places.resize(all, Place::NONE);
    }

    /// Where job `j` begins.
    #[inline]
    pub(crate) fn row(&self, j: usize) -> usize {
        self.rows[j].0 as usize
    }

    /// The slot of route `v` in the row of a job that many may serve.
    #[inline]
    pub(crate) fn shared(&self, row: usize, v: usize) -> usize {
        row + (v & self.mask)
    }

    /// The slots of a job that few may serve.
    #[inline]
    pub(crate) fn slots(&self, j: usize) -> Range<usize> {
        let (from, end) = self.rows[j];
        from as usize..end as usize
    }

    /// Whose slot it is, in a row of a job that few may serve.
    #[inline]
    pub(crate) fn whose(&self, slot: usize) -> u32 {
        self.crew[slot]
    }

    /// The slot of job `j` in route `v`, if it has one.
    pub(crate) fn slot(&self, d: &Dense, j: usize, v: u32) -> Option<usize> {
        let row = self.row(j);
        if d.few(j) {
            return self.crew[self.slots(j)].binary_search(&v).ok().map(|k| row + k);
        }
        Some(self.shared(row, v as usize))
    }

    /// Whether the place in `slot` is known at that version, and cheaper than `than`.
    #[inline]
    pub(crate) fn ask(&self, slot: usize, version: u32, than: i64) -> Known {
        let key = self.keys[slot];
        if key.version != version {
            Known::Not
        } else if i64::from(key.delta) >= than || key.delta == NOWHERE || self.places[slot].delta >= than {
            Known::Dearer
        } else if self.places[slot].at == u32::MAX {
            Known::Not
        } else {
            Known::Cheaper
        }
    }

    /// The first of these slots, of a job that few may serve, that need not be dearer than `than`.
    #[inline]
    pub(crate) fn next(&self, slots: Range<usize>, versions: &[u32], than: i64) -> Option<usize> {
        let than = than.clamp(i64::from(i32::MIN), i64::from(NOWHERE)) as i32;
        let asked = self.keys[slots.clone()].iter().zip(&self.crew[slots.clone()]);
        let open = |(key, v): (&Key, &u32)| key.version != versions[*v as usize] || key.delta < than;
        asked.into_iter().position(open).map(|k| slots.start + k)
    }

    #[inline]
    pub(crate) fn place(&self, slot: usize) -> Place {
        self.places[slot]
    }

    #[inline]
    pub(crate) fn put(&mut self, slot: usize, version: u32, place: Place) {
        if place == Place::NONE {
            self.keys[slot] = Key { version, delta: NOWHERE };
            return;
        }
        let delta = place.delta.clamp(i64::from(i32::MIN), i64::from(NOWHERE - 1)) as i32;
        self.keys[slot] = Key { version, delta };
        self.places[slot] = place;
    }

    pub(crate) fn clear(&mut self) {
        self.keys.iter_mut().for_each(|e| e.version = 0);
    }
}
