//! All that the index keeps, in an order of its own, to compare two ways of having come by it.

use super::{Gap, Hot, Index, Lulls, PartId, TechnicianId};

impl Index {
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
        let named = |slots: Vec<u32>| slots.into_iter().map(|s| self.name(s).clone()).collect();
        let vans = self.vans.iter().map(|(part, slots)| {
            let mut names: Vec<TechnicianId> = named(slots.collect());
            names.sort_unstable();
            (part.clone(), names)
        });
        let mut found: Vec<Found> = self
            .bands
            .members()
            .map(|member| {
                let row = &self.rows[member.row as usize];
                let lulls = self.lulls[member.row as usize];
                (self.name(row.technician).clone(), row.shift, member.n, member.hot, lulls)
            })
            .collect();
        found.sort_unstable();
        (self.slots.iter().map(one).collect(), vans.collect(), found)
    }
}

type Laid = (TechnicianId, u128, Vec<(u32, u32, Vec<Gap>)>, Vec<[i64; 2]>);
type Found = (TechnicianId, u32, u16, Hot, Lulls);
/// See [`Index::canonical`].
pub type Canonical = (Vec<Laid>, Vec<(PartId, Vec<TechnicianId>)>, Vec<Found>);
