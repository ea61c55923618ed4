//! Best insertions already worked out: (job, route) by route version.
//!
//! Direct-mapped, 256 routes a job: a route's version changes with its content, so an old entry is never
//! wrong, only missed. Undo gives a route its old version back and its entries come alive again.

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

    pub(crate) fn at(delta: i64, at: usize) -> Place {
        Place { delta, at: at as u32, depot: 0, before: 0 }
    }
}

#[derive(Clone, Copy)]
struct Entry {
    place: Place,
    version: u32,
}

/// The table.
pub(crate) struct Cache {
    entries: Vec<Entry>,
    slots: usize,
}

impl Cache {
    pub(crate) fn new(jobs: usize, routes: usize) -> Cache {
        let slots = routes.next_power_of_two().clamp(1, 256);
        Cache { entries: vec![Entry { place: Place::NONE, version: 0 }; jobs * slots], slots }
    }

    #[inline]
    pub(crate) fn get(&self, j: usize, v: usize, version: u32) -> Option<Place> {
        let e = &self.entries[j * self.slots + (v & (self.slots - 1))];
        (e.version == version).then_some(e.place)
    }

    #[inline]
    pub(crate) fn put(&mut self, j: usize, v: usize, version: u32, place: Place) {
        let slot = j * self.slots + (v & (self.slots - 1));
        self.entries[slot] = Entry { place, version };
    }

    pub(crate) fn clear(&mut self) {
        self.entries.iter_mut().for_each(|e| e.version = 0);
    }
}
