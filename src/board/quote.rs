//! One price said by everyone: a region's price list and what a need costs by it. Money is whole millionths.
//!
//! | line | amount |
//! |---|---|
//! | visit fee | the service level's, or else the list's |
//! | labour | the family's rate, or else the list's, for each started quarter of an hour of service time |
//! | part | its price x how many; a part without a price is told as unpriced |
//! | haulage | large families on installation: the tier of the straight line from the nearest depot |
//!
//! Under warranty labour and parts cost nothing and are told as waived.

use super::Board;
use super::id::{FamilyId, LevelId, PartId};
use super::job::{Demand, JobKind, Need};
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Millionths of a currency's unit.
pub type Micros = i64;

/// What labour is counted in.
const QUARTER: Span = Span::minutes(15);

/// A region's prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    /// ISO 4217.
    pub currency: String,
    /// For coming at all.
    pub visit_fee: Micros,
    /// The same by service level.
    pub visit_fees: BTreeMap<LevelId, Micros>,
    /// For each started quarter of an hour.
    pub labour: Micros,
    /// The same by appliance family.
    pub labours: BTreeMap<FamilyId, Micros>,
    /// For one of a part.
    pub parts: BTreeMap<PartId, Micros>,
    /// Families that are hauled.
    pub large: BTreeSet<FamilyId>,
    /// By distance, rising; the last one also beyond it.
    pub haulage: Vec<Tier>,
    /// Rises by one with each change.
    pub revision: u64,
}

/// A price up to a distance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Metres.
    pub up_to_metres: u32,
    /// For the haulage.
    pub price: Micros,
}

/// What a line of a quote is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charge {
    /// Coming at all.
    VisitFee,
    /// Started quarters of an hour.
    Labour,
    /// A part.
    Part(PartId),
    /// Bringing a large appliance.
    Haulage,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    /// What for.
    pub charge: Charge,
    /// How many.
    pub count: u32,
    /// For one.
    pub price: Micros,
    /// For all; nothing where waived.
    pub amount: Micros,
    /// Warranty pays.
    pub waived: bool,
}

/// A price with its lines, which sum to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// ISO 4217.
    pub currency: String,
    /// In the order of the table above.
    pub lines: Vec<QuoteLine>,
    /// Their sum.
    pub total: Micros,
    /// Parts that the list has no price for: not in the total.
    pub unpriced: Vec<PartId>,
    /// The list's revision.
    pub revision: u64,
}

impl Board {
    /// What a need costs by the region's list as it is now; nothing is said where there is none.
    pub fn quote(&self, need: &Need, demand: &Demand) -> Option<Quote> {
        let list = self.prices.as_ref()?;
        let mut quote = Quote {
            currency: list.currency.clone(),
            lines: Vec::new(),
            total: 0,
            unpriced: Vec::new(),
            revision: list.revision,
        };
        if need.takes_a_visit() {
            let fee = list.visit_fees.get(&need.level).copied().unwrap_or(list.visit_fee);
            quote.add(Charge::VisitFee, 1, fee, false);
        }
        let rate = need.family.as_ref().and_then(|f| list.labours.get(f)).copied().unwrap_or(list.labour);
        let quarters = (demand.service.0 + QUARTER.0 - 1).div_euclid(QUARTER.0);
        quote.add(Charge::Labour, u32::try_from(quarters).unwrap_or(0), rate, need.warranty);
        for p in &demand.parts {
            match list.parts.get(&p.part) {
                Some(price) => quote.add(Charge::Part(p.part.clone()), p.count, *price, need.warranty),
                None if need.warranty => {}
                None => quote.unpriced.push(p.part.clone()),
            }
        }
        if let Some(price) = self.haulage(list, need) {
            quote.add(Charge::Haulage, 1, price, false);
        }
        Some(quote)
    }

    fn haulage(&self, list: &PriceList, need: &Need) -> Option<Micros> {
        let large = need.family.as_ref().is_some_and(|f| list.large.contains(f));
        if !large || need.kind != JobKind::Install {
            return None;
        }
        let metres = |depot: &super::fleet::Depot| depot.place.metres_to(need.place).round() as u32;
        let nearest = self.depots.values().map(metres).min()?;
        let tier = list.haulage.iter().find(|t| nearest <= t.up_to_metres).or(list.haulage.last())?;
        Some(tier.price)
    }
}

impl Quote {
    fn add(&mut self, charge: Charge, count: u32, price: Micros, waived: bool) {
        let amount = if waived { 0 } else { price * i64::from(count) };
        self.total += amount;
        self.lines.push(QuoteLine { charge, count, price, amount, waived });
    }
}
