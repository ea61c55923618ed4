//! Demand classes: few, of certificates and kit, each with a target.
//!
//! Kinds of calls that count are those of levels with a target of their own (`coverage_target`), or with a response
//! target of two hours at most, which get the policy's. They become classes in three steps:
//!
//! 1. Kinds of one target and the same certificates are one class, with whatever kits they take mixed; those whose kits
//!    hardly anybody who could come has on the van (`board::calls`) are one apart, since vans lack them together.
//! 2. Where that makes too many, the rarest class is merged into the kept one that dominates it (same target, its
//!    certificates at their levels and perhaps more) with the fewest certificates beyond; where none dominates it,
//!    into the one that lacks the fewest of its certificates, then has the fewest beyond, then is called in most.
//!    Merging makes demand look harder to meet, never easier, but where nothing dominates.
//! 3. What room is left goes to the kits called for most, each with at least a twentieth of all calls: they become
//!    classes of their own, whose vans either hold all of the kit or do not count. A mixed class counts a van by the
//!    share of its calls whose kits it holds, in eighths.

use super::measure::MOST_CLASSES;
use crate::board::Board;
use crate::board::calls::Kind;
use crate::board::catalog::{Requirement, ServiceLevel};
use crate::board::id::PartId;
use crate::units::Span;
use std::collections::BTreeMap;

/// A response target up to this makes a level count.
const ON_DEMAND: Span = Span::hours(2);
/// A kit with less than one call in so many gets no class of its own.
const COMMON: u64 = 20;

/// Parts a class takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kit {
    /// These, all of them.
    Parts(Vec<PartId>),
    /// Now these, now those: kits with their calls, most called for first. An empty one takes nothing.
    Mixed(Vec<(Vec<PartId>, u64)>),
}

/// A class of demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Certificates; sorted.
    pub requirements: Vec<Requirement>,
    /// Parts.
    pub kit: Kit,
    /// How soon somebody is to be there.
    pub target: Span,
    /// What a second of lateness costs, in thousandths of a paid second: the mean of its calls.
    pub lateness_permille: u32,
    /// Whether its kits are usually on vans.
    pub carried: bool,
    /// Numbers of the kinds that it is made of.
    pub kinds: Vec<u32>,
    /// Calls it was made of, in the counts' own parts.
    pub calls: u64,
    /// Certificates of calls that were merged into it.
    pub merged: Vec<Vec<Requirement>>,
}

/// A kind of calls with how many there were.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    /// Its number.
    pub number: u32,
    /// What it takes.
    pub kind: &'a Kind,
    /// How often it was called in.
    pub calls: u64,
    /// Whether its kit is usually on vans.
    pub carried: bool,
}

/// The target of calls of a level; `None` where they do not count.
pub fn target(level: &ServiceLevel, usual: Span) -> Option<Span> {
    let on_demand = level.response_target.is_some_and(|t| t <= ON_DEMAND);
    level.coverage_target.or(on_demand.then_some(usual))
}

/// The class that calls of a kind count for: of its target and certificates, with its very kit or else with mixed
/// ones; where there is none, the one that would have taken it in. `None` where such calls do not count.
pub fn class_of(board: &Board, classes: &[Class], kind: &Kind) -> Option<usize> {
    let target = target(board.catalog.levels.get(&kind.level)?, board.region.policy.coverage_target)?;
    let number = board.calls.kinds().iter().position(|k| k == kind);
    let carried = board.given.is_some() || number.is_none_or(|n| board.calls.carried(n as u32));
    let weighed = Weighed { number: 0, kind, calls: 0, carried };
    let one = Class::one(&weighed, target, 0);
    let other = |c: &Class| matches!(&c.kit, Kit::Parts(kit) if *kit != kind.kit);
    let mixed = |c: &Class| matches!(c.kit, Kit::Mixed(_));
    let rank = |at: &usize| (closeness(&one, &classes[*at], 0), mixed(&classes[*at]), *at);
    (0..classes.len()).filter(|at| !other(&classes[*at])).min_by_key(rank)
}

impl Class {
    /// The classes of kinds of calls, at most [`MOST_CLASSES`], those called in most first.
    pub fn of(board: &Board, kinds: &[Weighed<'_>]) -> Vec<Class> {
        let usual = board.region.policy.coverage_target;
        let mut classes: Vec<Class> = Vec::new();
        let all: u64 = kinds.iter().map(|w| w.calls).sum();
        for w in kinds.iter().filter(|w| w.calls > 0) {
            let Some(level) = board.catalog.levels.get(&w.kind.level) else { continue };
            let Some(target) = target(level, usual) else { continue };
            let rate =
                u64::from(level.lateness_permille) * u64::from(board.region.policy.lateness_permille) / 1000;
            let alike = |c: &&mut Class| {
                c.target == target && c.carried == w.carried && c.requirements == w.kind.requirements
            };
            match classes.iter_mut().find(alike) {
                Some(class) => class.take(&Class::one(w, target, rate)),
                None => classes.push(Class::one(w, target, rate)),
            }
        }
        classes.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.key().cmp(&b.key())));
        while classes.len() > MOST_CLASSES {
            let rare = classes.pop().expect("there are some");
            let into = (0..classes.len()).min_by_key(|at| closeness(&rare, &classes[*at], *at));
            let into = &mut classes[into.expect("there are others")];
            into.take(&rare);
            into.merged.push(rare.requirements);
            into.merged.extend(rare.merged);
        }
        split(&mut classes, kinds, all);
        classes.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.key().cmp(&b.key())));
        classes
    }

    fn one(w: &Weighed<'_>, target: Span, rate: u64) -> Class {
        Class {
            requirements: w.kind.requirements.clone(),
            kit: Kit::Mixed(vec![(w.kind.kit.clone(), w.calls)]),
            target,
            lateness_permille: rate as u32,
            kinds: vec![w.number],
            calls: w.calls,
            carried: w.carried,
            merged: Vec::new(),
        }
    }

    fn take(&mut self, other: &Class) {
        let of = |c: &Class| u128::from(c.lateness_permille) * u128::from(c.calls);
        let sum = of(self) + of(other);
        self.calls += other.calls;
        self.lateness_permille = (sum / u128::from(self.calls.max(1))) as u32;
        self.kinds.extend(&other.kinds);
        let (Kit::Mixed(kits), Kit::Mixed(more)) = (&mut self.kit, &other.kit) else {
            unreachable!("kits get classes of their own last")
        };
        for (kit, calls) in more {
            match kits.iter_mut().find(|(had, _)| had == kit) {
                Some((_, had)) => *had += calls,
                None => kits.push((kit.clone(), *calls)),
            }
        }
        kits.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }

    fn key(&self) -> (Span, &[Requirement], Option<&[PartId]>, bool) {
        let kit = if let Kit::Parts(parts) = &self.kit { Some(&parts[..]) } else { None };
        (self.target, &self.requirements, kit, self.carried)
    }
}

/// How well a class takes another in, the least best: targets apart, kits otherwise on vans, certificates lacking,
/// certificates beyond, rank.
fn closeness(rare: &Class, kept: &Class, rank: usize) -> (i64, bool, usize, usize, usize) {
    let grants =
        |r: &&Requirement| kept.requirements.iter().any(|k| k.kind == r.kind && k.min_level >= r.min_level);
    let granted = rare.requirements.iter().filter(grants).count();
    let lacking = rare.requirements.len() - granted;
    let apart = (rare.target.0 - kept.target.0).abs();
    (apart, rare.carried != kept.carried, lacking, kept.requirements.len().saturating_sub(granted), rank)
}

/// Gives kits that are called for often classes of their own.
fn split(classes: &mut Vec<Class>, kinds: &[Weighed<'_>], all: u64) {
    let mut common: BTreeMap<(u64, usize, Vec<PartId>), ()> = BTreeMap::new();
    for (at, class) in classes.iter().enumerate() {
        let Kit::Mixed(kits) = &class.kit else { continue };
        let often = |(kit, calls): &&(Vec<PartId>, u64)| !kit.is_empty() && calls * COMMON >= all;
        let own = kits.iter().filter(often).filter(|_| kits.len() > 1);
        common.extend(own.map(|(kit, calls)| ((u64::MAX - calls, at, kit.clone()), ())));
    }
    let room = MOST_CLASSES - classes.len();
    for (less, at, kit) in common.into_keys().take(room) {
        let calls = u64::MAX - less;
        let class = &mut classes[at];
        let takes = |n: &u32| kinds.iter().any(|w| w.number == *n && w.kind.kit == kit);
        let (own, rest): (Vec<u32>, Vec<u32>) = class.kinds.iter().copied().partition(takes);
        let Kit::Mixed(kits) = &mut class.kit else { continue };
        if kits.len() == 1 {
            continue;
        }
        kits.retain(|(had, _)| *had != kit);
        class.kinds = rest;
        class.calls -= calls;
        let one = Class { kit: Kit::Parts(kit), kinds: own, calls, ..class.clone() };
        classes.push(one);
    }
}
