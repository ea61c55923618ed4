//! What certificates, parts, kits, appliances, faults and service levels there are.

use super::clocks::LevelTerms;
use super::id::{CertificationKindId, FamilyId, FaultId, KitId, LevelId, PartId};
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A required certificate: the kind at `min_level` or above.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Requirement {
    /// What kind.
    pub kind: CertificationKindId,
    /// 1..=9.
    pub min_level: u8,
}

/// So many of a part; the count is at least 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartCount {
    /// The part.
    pub part: PartId,
    /// At least 1.
    pub count: u32,
}

/// A kind of certification with levels 1..=max_level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificationKind {
    /// What people call it.
    pub display_name: String,
    /// 1..=9.
    pub max_level: u8,
    /// Who issues it.
    pub issuer: String,
}

/// A stock-keeping unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What people call it.
    pub display_name: String,
    /// The maker's number.
    pub sku: String,
}

/// Parts that travel together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kit {
    /// What people call it.
    pub display_name: String,
    /// Sorted by part, each once.
    pub parts: Vec<PartCount>,
}

/// A family of appliances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// What people call it.
    pub display_name: String,
    /// What any work on it takes; sorted by kind, each once.
    pub requirements: Vec<Requirement>,
    /// How long an installation takes.
    pub install: Span,
    /// How long maintenance or an inspection takes.
    pub maintenance: Span,
}

/// The odds that a fault takes a part, in parts per million (1..=1_000_000).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOdds {
    /// The part.
    pub part: PartId,
    /// How many when it does.
    pub count: u32,
    /// Parts per million.
    pub ppm: u32,
}

/// A fault of a family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What people call it.
    pub display_name: String,
    /// Whose fault.
    pub family: FamilyId,
    /// Beyond the family's; sorted by kind, each once.
    pub requirements: Vec<Requirement>,
    /// How long mending takes.
    pub repair: Span,
    /// Sorted by part, each once.
    pub part_odds: Vec<PartOdds>,
}

/// A named class of service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLevel {
    /// What people call it.
    pub display_name: String,
    /// From the call to arrival.
    pub response_target: Option<Span>,
    /// Cost of a second of lateness in thousandths of a paid second (3000: three paid seconds).
    pub lateness_permille: u32,
    /// May take capacity kept for emergencies.
    pub emergency: bool,
    /// The promised window's length and the clocks.
    #[serde(default)]
    pub terms: LevelTerms,
    /// Its visits are put to their technicians before they count as taken on.
    pub offers: bool,
    /// How soon somebody is to be there for coverage; where `None`, the policy's target for levels with a response
    /// target of two hours at most, and others do not count.
    #[serde(default)]
    pub coverage_target: Option<Span>,
}

/// One entry with its id, as it is imported and journalled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A kind of certification.
    CertificationKind(CertificationKindId, CertificationKind),
    /// A part.
    Part(PartId, Part),
    /// A kit.
    Kit(KitId, Kit),
    /// An appliance family.
    Family(FamilyId, Family),
    /// A fault.
    Fault(FaultId, Fault),
    /// A service level.
    Level(LevelId, ServiceLevel),
}

/// Which entry is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EntryId {
    /// A kind of certification.
    CertificationKind(CertificationKindId),
    /// A part.
    Part(PartId),
    /// A kit.
    Kit(KitId),
    /// An appliance family.
    Family(FamilyId),
    /// A fault.
    Fault(FaultId),
    /// A service level.
    Level(LevelId),
}

/// The catalogue of a region. Every reference inside it resolves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// By id.
    pub certification_kinds: BTreeMap<CertificationKindId, CertificationKind>,
    /// By id.
    pub parts: BTreeMap<PartId, Part>,
    /// By id.
    pub kits: BTreeMap<KitId, Kit>,
    /// By id.
    pub families: BTreeMap<FamilyId, Family>,
    /// By id.
    pub faults: BTreeMap<FaultId, Fault>,
    /// By id.
    pub levels: BTreeMap<LevelId, ServiceLevel>,
}

impl Entry {
    /// Which entry this is.
    pub fn id(&self) -> EntryId {
        match self {
            Entry::CertificationKind(id, _) => EntryId::CertificationKind(id.clone()),
            Entry::Part(id, _) => EntryId::Part(id.clone()),
            Entry::Kit(id, _) => EntryId::Kit(id.clone()),
            Entry::Family(id, _) => EntryId::Family(id.clone()),
            Entry::Fault(id, _) => EntryId::Fault(id.clone()),
            Entry::Level(id, _) => EntryId::Level(id.clone()),
        }
    }
}

impl Catalog {
    /// Whether the entry is there.
    pub fn holds(&self, id: &EntryId) -> bool {
        match id {
            EntryId::CertificationKind(id) => self.certification_kinds.contains_key(id),
            EntryId::Part(id) => self.parts.contains_key(id),
            EntryId::Kit(id) => self.kits.contains_key(id),
            EntryId::Family(id) => self.families.contains_key(id),
            EntryId::Fault(id) => self.faults.contains_key(id),
            EntryId::Level(id) => self.levels.contains_key(id),
        }
    }

    /// One entry, cloned.
    pub fn entry(&self, id: &EntryId) -> Option<Entry> {
        Some(match id {
            EntryId::CertificationKind(id) => {
                Entry::CertificationKind(id.clone(), self.certification_kinds.get(id)?.clone())
            }
            EntryId::Part(id) => Entry::Part(id.clone(), self.parts.get(id)?.clone()),
            EntryId::Kit(id) => Entry::Kit(id.clone(), self.kits.get(id)?.clone()),
            EntryId::Family(id) => Entry::Family(id.clone(), self.families.get(id)?.clone()),
            EntryId::Fault(id) => Entry::Fault(id.clone(), self.faults.get(id)?.clone()),
            EntryId::Level(id) => Entry::Level(id.clone(), self.levels.get(id)?.clone()),
        })
    }

    /// Every entry's id: certification kinds, parts, kits, families, faults, levels; each by id.
    pub fn ids(&self) -> impl Iterator<Item = EntryId> + '_ {
        let kinds = self.certification_kinds.keys().cloned().map(EntryId::CertificationKind);
        let parts = self.parts.keys().cloned().map(EntryId::Part);
        let kits = self.kits.keys().cloned().map(EntryId::Kit);
        let families = self.families.keys().cloned().map(EntryId::Family);
        let faults = self.faults.keys().cloned().map(EntryId::Fault);
        let levels = self.levels.keys().cloned().map(EntryId::Level);
        kinds.chain(parts).chain(kits).chain(families).chain(faults).chain(levels)
    }

    /// Adds the entry or replaces the one there.
    pub fn put(&mut self, entry: Entry) {
        match entry {
            Entry::CertificationKind(id, v) => drop(self.certification_kinds.insert(id, v)),
            Entry::Part(id, v) => drop(self.parts.insert(id, v)),
            Entry::Kit(id, v) => drop(self.kits.insert(id, v)),
            Entry::Family(id, v) => drop(self.families.insert(id, v)),
            Entry::Fault(id, v) => drop(self.faults.insert(id, v)),
            Entry::Level(id, v) => drop(self.levels.insert(id, v)),
        }
    }

    /// Takes the entry out.
    pub fn remove(&mut self, id: &EntryId) {
        match id {
            EntryId::CertificationKind(id) => drop(self.certification_kinds.remove(id)),
            EntryId::Part(id) => drop(self.parts.remove(id)),
            EntryId::Kit(id) => drop(self.kits.remove(id)),
            EntryId::Family(id) => drop(self.families.remove(id)),
            EntryId::Fault(id) => drop(self.faults.remove(id)),
            EntryId::Level(id) => drop(self.levels.remove(id)),
        }
    }
}
