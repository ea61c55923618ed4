//! Whose vans hold some of a part: a bit a technician, so that a search asks for all vans at once.

use crate::board::Board;
use crate::board::catalog::PartCount;
use crate::board::id::{Location, PartId};
use std::collections::BTreeMap;

/// For each part, the slots of the technicians with at least one free on the van or on its way to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vans(BTreeMap<PartId, Bits>);

/// A set of slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Vans {
    /// Takes note of what a van holds of a part now.
    pub fn note(&mut self, board: &Board, slot: u32, van: &Location, part: &PartId) {
        let held = board.stock.free(van, part) > 0 || board.stock.expects(van, part);
        if held {
            self.0.entry(part.clone()).or_default().set(slot);
        } else if let Some(slots) = self.0.get_mut(part) {
            slots.clear(slot);
            if slots.0.is_empty() {
                self.0.remove(part);
            }
        }
    }

    /// Forgets a slot.
    pub fn forget(&mut self, slot: u32) {
        self.0.values_mut().for_each(|slots| slots.clear(slot));
        self.0.retain(|_, slots| !slots.0.is_empty());
    }

    /// The slots of all whose vans hold some of any of `parts`.
    pub fn with_any(&self, parts: &[PartCount]) -> Bits {
        let mut all = Bits::default();
        for bits in parts.iter().filter_map(|p| self.0.get(&p.part)) {
            all.0.resize(all.0.len().max(bits.0.len()), 0);
            all.0.iter_mut().zip(&bits.0).for_each(|(a, b)| *a |= b);
        }
        all
    }

    /// The slots of all whose vans hold some of each of `parts`.
    pub fn with_each(&self, parts: &[PartCount]) -> Bits {
        let mut held = parts.iter().map(|p| self.0.get(&p.part));
        let Some(Some(first)) = held.next() else { return Bits::default() };
        let mut all = first.clone();
        for bits in held {
            let bits = bits.map_or(&[][..], |bits| &bits.0);
            all.0.truncate(bits.len());
            all.0.iter_mut().zip(bits).for_each(|(a, b)| *a &= b);
        }
        all
    }

    /// The parts with the slots that hold them, for comparing.
    pub fn iter(&self) -> impl Iterator<Item = (&PartId, impl Iterator<Item = u32> + '_)> {
        self.0.iter().map(|(part, bits)| (part, bits.iter()))
    }
}

impl Bits {
    /// Whether a slot is in the set.
    pub fn has(&self, slot: u32) -> bool {
        self.0.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 > 0)
    }

    fn set(&mut self, slot: u32) {
        let word = slot as usize / 64;
        self.0.resize(self.0.len().max(word + 1), 0);
        self.0[word] |= 1 << (slot % 64);
    }

    fn clear(&mut self, slot: u32) {
        if let Some(word) = self.0.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.0.len() as u32 * 64).filter(|slot| self.has(*slot))
    }
}
