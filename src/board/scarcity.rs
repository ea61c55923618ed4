//! What it costs to send the holder of a scarce certificate to a job that does not need it.
//!
//! A kind is scarce while at most 3 technicians, or at most one in 20, hold it. Each scarce kind that a
//! technician holds and the job does not ask for costs `policy.scarcity / holders`; all together at most
//! `policy.scarcity`. So the only holder costs it in full, and each of three a third.

use super::catalog::Requirement;
use super::fleet::{Certification, Technician};
use super::id::CertificationKindId;
use crate::units::{Cost, Span};
use std::collections::BTreeMap;

/// How many technicians hold each kind, at whatever level and validity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    by_kind: BTreeMap<CertificationKindId, u32>,
    technicians: u32,
    partners: u32,
}

impl Holders {
    /// The holders among all of a board's technicians.
    pub fn of(board: &super::Board) -> Holders {
        let mut holders = Holders::default();
        board.technicians.values().for_each(|t| holders.add(t));
        holders
    }

    /// Takes a technician into account.
    pub fn add(&mut self, technician: &Technician) {
        self.technicians += 1;
        self.partners += u32::from(technician.traits.partner.is_some());
        for kind in kinds(technician) {
            *self.by_kind.entry(kind.clone()).or_default() += 1;
        }
    }

    /// Forgets a technician.
    pub fn remove(&mut self, technician: &Technician) {
        self.technicians -= 1;
        self.partners -= u32::from(technician.traits.partner.is_some());
        for kind in kinds(technician) {
            let count = self.by_kind.get_mut(kind).expect("it was added");
            *count -= 1;
            if *count == 0 {
                self.by_kind.remove(kind);
            }
        }
    }

    /// How many belong to partners.
    pub fn partners(&self) -> u32 {
        self.partners
    }

    /// The cost of sending `technician` to a job that asks for `required`.
    pub fn cost(&self, technician: &Technician, required: &[Requirement], policy: Span) -> Cost {
        let spare = |kind: &&CertificationKindId| !required.iter().any(|r| r.kind == **kind);
        let each = kinds(technician).filter(spare).map(|kind| self.price(kind, policy));
        each.sum::<Cost>().min(policy.paid())
    }

    fn price(&self, kind: &CertificationKindId, policy: Span) -> Cost {
        let holders = self.by_kind.get(kind).copied().unwrap_or(1);
        if holders <= 3 || holders * 20 <= self.technicians {
            return Cost(policy.paid().0 / i64::from(holders));
        }
        Cost::ZERO
    }
}

/// Each kind once: certificates are sorted by kind.
fn kinds(technician: &Technician) -> impl Iterator<Item = &CertificationKindId> {
    let held = &technician.certifications;
    debug_assert!(held.is_sorted(), "certificates are sorted");
    let new = |(i, c): &(usize, &Certification)| *i == 0 || held[i - 1].kind != c.kind;
    held.iter().enumerate().filter(new).map(|(_, c)| &c.kind)
}
