//! What was decided about a job and why, as it is stored and told.

use super::id::{DepotId, TechnicianId};
use super::job::Source;
use crate::units::{Cost, Span, Time};
use serde::{Deserialize, Serialize};

/// When a technician arrives: as likely before `p50` as after, nine of ten before `p90`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eta {
    /// Median.
    pub p50: Time,
    /// 90 % quantile.
    pub p90: Time,
}

/// What a part of a cost is for, in the order they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostKind {
    /// Travel added to the route, the way to and from a depot apart.
    Travel,
    /// Starts after promise or response target.
    Lateness,
    /// Work past the end of the shift.
    Overtime,
    /// The technician waits for a window.
    Waiting,
    /// The way to and from a depot, its handling and its fixed cost.
    PartsDetour,
    /// A promise is changed.
    PromiseChange,
    /// A scarce certificate is spent on a common job.
    Scarcity,
    /// The time from call to arrival.
    Response,
    /// Lateness to be expected of what is planned to be in time, but hardly.
    Risk,
    /// Somebody else comes than whom the customer prefers.
    Preference,
    /// The customer's language is not spoken.
    Language,
    /// An elderly customer meets somebody who is not patient.
    Patience,
    /// What a partner bills for the visit.
    Partner,
    /// Calls that nobody else would be in time for meanwhile.
    Coverage,
    /// Somebody is called away: the way begun is lost, and what the visit given up costs more.
    Divert,
}

/// Named parts of a cost; zero parts are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms(Vec<(CostKind, Cost)>);

/// A technician who could do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub technician: TechnicianId,
    /// Start of the shift.
    pub shift: Time,
    /// How many stops of the route come before the visit, a new depot stop included.
    pub position: u32,
    /// When the technician would get there.
    pub eta: Eta,
    /// When work would start, by plan.
    pub start: Time,
    /// What it costs, by name.
    pub terms: Terms,
    /// The depot on the way, where a stop is added.
    pub depot: Option<DepotId>,
    /// Where parts would come from.
    pub sources: Vec<Source>,
    /// Travel added to the route.
    pub added_travel: Span,
    /// The same in metres; negative where a changed order is shorter.
    pub added_metres: i64,
    /// Age of the position it rests on; `None` where it rests on the plan alone.
    pub position_age: Option<Span>,
}

/// A rule that decides who fits, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// A certificate is missing or its level too low.
    Certification,
    /// A certificate is not valid over the whole service time.
    CertificationValidity,
    /// The customer will not have this technician.
    Exclusion,
    /// Parts are neither on the van nor at a depot.
    Parts,
    /// No road leads there.
    Reach,
    /// No shift lies in the time asked for.
    Shift,
    /// The customer gives no access when the technician could come.
    Access,
    /// Work would end after shift and allowance.
    Overtime,
    /// A break would not fit any more.
    Break,
    /// A promise already given would be broken beyond what may be.
    Promise,
    /// The customer needs a language that is not spoken.
    Language,
    /// The technician declined it, or let an offer time out, a moment ago.
    Declined,
}

/// Why technicians do not fit, by rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The rule that failed first.
    pub rule: Rule,
    /// How many failed at it.
    pub technicians: u32,
    /// Who came closest.
    pub closest: TechnicianId,
    /// What the closest missed, in words.
    pub missed: String,
    /// Seconds missed, where the rule is about time.
    pub missed_by: Option<Span>,
}

/// A change that would make it fit; it was tried before it is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// In words.
    pub description: String,
    /// The rule it relaxes.
    pub rule: Rule,
    /// Who would come.
    pub candidate: Candidate,
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A technician is found.
    Assigned,
    /// Nobody fits.
    NobodyFits,
    /// No visit is needed.
    NoVisitNeeded,
}

/// What made it necessary to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The job came in.
    Create,
    /// The job was corrected.
    Update,
    /// Its technician changed or left.
    TechnicianChanged,
    /// The day went otherwise than planned: a visit was lost.
    Progress,
    /// A visit could not complete the work.
    FollowUp,
    /// A human chose.
    Manual,
    /// A human took the visit away and wants somebody else.
    Unassigned,
    /// The technician declined the visit, or did not answer.
    Declined,
    /// Its parts were recalled or will not come.
    PartsLost,
    /// Parts it may have waited for are there, or are announced.
    PartsArrived,
    /// Only asked, without effect.
    Evaluate,
    /// A better plan was found.
    Improved,
    /// A slot was held.
    Hold,
    /// Another window was agreed.
    Reschedule,
    /// It waited since it was declined, and was tried again.
    Retried,
    /// Its technician was called away for an emergency.
    Diverted,
}

/// What was decided and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// How it ended.
    pub outcome: Outcome,
    /// The winner; there is one exactly where the outcome is Assigned.
    pub chosen: Option<Candidate>,
    /// The next two.
    pub runners_up: Vec<Candidate>,
    /// One entry a rule that failed, in order of the rules.
    pub rejections: Vec<Rejection>,
    /// Where nobody fits, what would help.
    pub remedies: Vec<Remedy>,
    /// How travel was measured.
    pub travel_model: String,
    /// How many technicians were looked at.
    pub considered: u32,
    /// How many hold the certificates.
    pub certified: u32,
    /// When.
    pub decided: Time,
    /// Why.
    pub cause: Cause,
    /// What coverage had to say, in words.
    #[serde(default)]
    pub coverage: Option<String>,
}

impl Terms {
    /// Adds to the part of that kind.
    pub fn add(&mut self, kind: CostKind, cost: Cost) {
        if cost == Cost::ZERO {
            return;
        }
        match self.0.binary_search_by_key(&kind, |t| t.0) {
            Ok(i) => self.0[i].1 += cost,
            Err(i) => self.0.insert(i, (kind, cost)),
        }
        self.0.retain(|t| t.1 != Cost::ZERO);
    }

    /// Adds part by part.
    pub fn merge(&mut self, other: &Terms) {
        other.iter().for_each(|(kind, cost)| self.add(kind, cost));
    }

    /// What is more here than in `other`, part by part.
    pub fn less(&self, other: &Terms) -> Terms {
        let mut terms = self.clone();
        other.iter().for_each(|(kind, cost)| terms.add(kind, -cost));
        terms
    }

    /// The sum of all parts.
    pub fn total(&self) -> Cost {
        self.0.iter().map(|t| t.1).sum()
    }

    /// The part of that kind, zero where there is none.
    pub fn of(&self, kind: CostKind) -> Cost {
        self.0.iter().find(|t| t.0 == kind).map_or(Cost::ZERO, |t| t.1)
    }

    /// All parts, in order of kind.
    pub fn iter(&self) -> impl Iterator<Item = (CostKind, Cost)> + '_ {
        self.0.iter().copied()
    }
}
