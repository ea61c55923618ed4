//! Why the board does not do what was asked: a closed set that tests and callers can match.

use super::clocks::ClockKind;
use super::decision::Rule;
use super::fleet::Window;
use super::job::JobState;
use crate::units::{Cost, Span};
use std::fmt;

/// A named thing in answers and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A region.
    Region,
    /// A technician.
    Technician,
    /// A job.
    Job,
    /// A visit.
    Visit,
    /// A depot.
    Depot,
    /// A kind of certification.
    CertificationKind,
    /// A part.
    Part,
    /// A kit.
    Kit,
    /// An appliance family.
    Family,
    /// A fault.
    Fault,
    /// A service level.
    Level,
    /// An order number.
    OrderNumber,
    /// A shift.
    Shift,
    /// A break of a shift.
    Break,
    /// A subscriber of notifications.
    Subscriber,
    /// A price list.
    PriceList,
    /// An offer of a visit.
    Offer,
    /// A delivery.
    Delivery,
    /// A move of an idle technician.
    Move,
}

/// One thing wrong with a request, at a field of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request, such as `job.need.access_windows[1].end`.
    pub field: String,
    /// What is wrong and what to do.
    pub description: String,
}

/// Well-formed, but it cannot be granted. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The thing that was named to act on is not there.
    NotFound {
        /// What kind of thing.
        noun: Noun,
        /// Its id.
        id: String,
    },
    /// There is one already.
    AlreadyExists {
        /// What kind of thing.
        noun: Noun,
        /// Its id.
        id: String,
    },
    /// The request refers to things that are not there, or does not fit the region.
    Invalid(Vec<Violation>),
    /// Somebody else has written since.
    Stale {
        /// What kind of thing.
        noun: Noun,
        /// Its id.
        id: String,
        /// The revision now.
        revision: u64,
    },
    /// Something still refers to it.
    InUse {
        /// What kind of thing.
        noun: Noun,
        /// Its id.
        id: String,
        /// By what, in words.
        by: String,
    },
    /// There are not so many free parts.
    InsufficientStock {
        /// Where.
        location: String,
        /// What.
        part: String,
        /// How many are free.
        free: u32,
        /// How many were asked for.
        wanted: u32,
    },
    /// The job is past that.
    WrongState {
        /// The job.
        job: String,
        /// Its state.
        state: JobState,
    },
    /// An assignment breaks a hard rule.
    Breaks {
        /// The rule.
        rule: Rule,
        /// How, in words.
        missed: String,
        /// By how much, where it is about time.
        by: Option<Span>,
    },
    /// Another plan gains too little.
    NotWorth {
        /// What it gains.
        gain: Cost,
        /// What it would have to gain.
        least: Cost,
    },
    /// Nobody can come in the window asked for.
    NobodyFits {
        /// The window.
        window: Window,
        /// Why not, by rule, in words.
        reasons: Vec<(Rule, String)>,
    },
    /// What is left of the day is kept for emergencies.
    KeptForUrgent {
        /// The day.
        day: Window,
        /// What may still be sold; negative where more than that is sold.
        left: Span,
        /// What was asked for.
        wanted: Span,
    },
    /// The clock does not run.
    WrongClock {
        /// The job.
        job: String,
        /// Which.
        clock: ClockKind,
        /// Where it stands, in words.
        stands: &'static str,
    },
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Noun::Region => "region",
            Noun::Technician => "technician",
            Noun::Job => "job",
            Noun::Visit => "visit",
            Noun::Depot => "depot",
            Noun::CertificationKind => "certification kind",
            Noun::Part => "part",
            Noun::Kit => "kit",
            Noun::Family => "appliance family",
            Noun::Fault => "fault",
            Noun::Level => "service level",
            Noun::OrderNumber => "order number",
            Noun::Shift => "shift of",
            Noun::Break => "break left of",
            Noun::Subscriber => "subscriber",
            Noun::PriceList => "price list of region",
            Noun::Delivery => "delivery",
            Noun::Offer => "open offer of visit",
            Noun::Move => "move to be answered",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotFound { noun, id } => write!(f, "there is no {noun} {id:?}"),
            Refusal::AlreadyExists { noun, id } => write!(f, "there is a {noun} {id:?} already"),
            Refusal::Invalid(violations) => {
                let said = violations.iter().map(|v| format!("{}: {}", v.field, v.description));
                f.write_str(&said.collect::<Vec<_>>().join("; "))
            }
            Refusal::Stale { noun, id, revision } => {
                write!(
                    f,
                    "{noun} {id:?} has changed since it was read (revision {revision} now): read it again"
                )
            }
            Refusal::InUse { noun, id, by } => write!(f, "{noun} {id:?} is still in use by {by}"),
            Refusal::InsufficientStock { location, part, free, wanted } => {
                write!(f, "{location} has {free} free of part {part:?}, {wanted} were asked for")
            }
            Refusal::WrongState { job, state } => write!(f, "job {job:?} is {state:?}: too late for that"),
            Refusal::Breaks { rule, missed, .. } => write!(f, "that would break the {rule:?} rule: {missed}"),
            Refusal::NotWorth { gain, least } => {
                write!(f, "it would gain {} thousandths of a paid second, {} are needed", gain.0, least.0)
            }
            Refusal::NobodyFits { reasons, .. } => {
                let said: Vec<String> =
                    reasons.iter().map(|(rule, why)| format!("{rule:?}: {why}")).collect();
                write!(f, "nobody can come in that window: {}; search slots again", said.join("; "))
            }
            Refusal::KeptForUrgent { left, wanted, .. } => write!(
                f,
                "what is left of that day is kept for emergencies: {left} may still be sold, {wanted} are \
                 asked for; take another day or an emergency level"
            ),
            Refusal::WrongClock { job, clock, stands } => {
                write!(f, "the {clock:?} clock of job {job:?} is {stands}: only one that runs can be paused")
            }
        }
    }
}

impl std::error::Error for Refusal {}
