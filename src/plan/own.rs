//! What it costs to send one technician rather than another, whatever the route.
//!
//! | term | formula |
//! |---|---|
//! | Scarcity | see `scarcity` |
//! | Preference | `policy.preference`, where the customer prefers somebody and it is not this one |
//! | Language | `policy.language`, where the customer's language is not spoken |
//! | Patience | `policy.patience`, where an elderly customer meets somebody who is not patient |
//! | Partner | `policy.partner_permille x` the partner's price of a visit |
//! | Coverage | see `cover`: a minute's worth is the technician's, how long it takes the route's |
//!
//! What is wished for makes the others dearer rather than the wished one cheaper: no term is below zero, so
//! what bounds a route's cost from below bounds the whole.

use super::ask::Ask;
use super::cover::stake;
use super::weigh::rate;
use crate::board::decision::{CostKind, Terms};
use crate::board::fleet::Technician;
use crate::board::scarcity::Holders;
use crate::units::Cost;

/// The terms of one technician.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    terms: [Cost; KINDS.len()],
    /// What a minute of the technician is worth to coverage.
    pub stake: Cost,
}

const KINDS: [CostKind; 5] =
    [CostKind::Scarcity, CostKind::Preference, CostKind::Language, CostKind::Patience, CostKind::Partner];

impl Own {
    /// Of a technician who might be sent.
    pub fn of(ask: &Ask<'_>, holders: &Holders, technician: &Technician) -> Own {
        let (policy, wishes, traits) = (ask.policy, &ask.need.wishes, &technician.traits);
        let unless = |fine: bool, cost: Cost| if fine { Cost::ZERO } else { cost };
        let liked = wishes.preferred.is_empty() || wishes.preferred.contains(&technician.id);
        let understood = wishes.language.as_ref().is_none_or(|l| traits.languages.contains(l));
        let patient = !wishes.elderly_care || traits.patient;
        let price = traits.partner.as_ref().map(|p| rate(policy.partner_permille, p.visit_price));
        let terms = [
            holders.cost(technician, &ask.demand.requirements, policy.scarcity),
            unless(liked, policy.preference.paid()),
            unless(understood, policy.language.paid()),
            unless(patient, policy.patience.paid()),
            price.unwrap_or(Cost::ZERO),
        ];
        Own { terms, stake: stake(ask.cover, ask.policy, &technician.id) }
    }

    /// What no route costs less than.
    pub fn least(&self) -> Cost {
        self.terms.into_iter().sum()
    }

    /// Adds the terms that are the same whatever the route.
    pub fn tell(&self, terms: &mut Terms) {
        KINDS.into_iter().zip(self.terms).for_each(|(kind, cost)| terms.add(kind, cost));
    }
}
