//! How soon somebody could come, before anything is booked.

use crate::board::decision::{Eta, Rejection};
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
