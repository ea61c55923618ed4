//! How soon somebody could come, before anything is booked.

use crate::board::decision::{Eta, Rejection};
use crate::board::region::Policy;
use crate::units::Span;

/// An answer to "how soon". Nobody can come where `soonest` is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The soonest arrival among all who fit, which need not be the cheapest choice.
    pub soonest: Option<Eta>,
    /// The arrival of the one who would be chosen.
    pub chosen: Option<Eta>,
    /// Age of the position the chosen one rests on.
    pub position_age: Option<Span>,
    /// Where nobody can: why, by rule.
    pub rejections: Vec<Rejection>,
}

/// A policy under which nothing counts but how soon work starts: a second is worth a thousand paid ones.
/// What others are made late by still counts at its own rate, which is seconds at most.
pub fn at_once(policy: &Policy) -> Policy {
    Policy {
        travel_permille: 0,
        overtime_permille: 0,
        waiting_permille: 0,
        promise_change: Span::ZERO,
        scarcity: Span::ZERO,
        depot_stop: Span::ZERO,
        response_permille: 1_000_000,
        lateness_margin: Span::ZERO,
        preference: Span::ZERO,
        language: Span::ZERO,
        patience: Span::ZERO,
        partner_permille: 0,
        coverage_permille: 0,
        ..policy.clone()
    }
}
