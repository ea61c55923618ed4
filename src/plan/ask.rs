//! The question put to the desk: a job that is there, or a need that is only asked about.

use crate::board::Board;
use crate::board::catalog::PartCount;
use crate::board::fleet::{Errand, Window};
use crate::board::id::{DepotId, JobId};
use crate::board::id::{Location, PartId, TechnicianId};
use crate::board::job::{Demand, Need, Source};
use crate::board::region::Policy;
use crate::board::schedule::{Errands, PROMISE_SLACK, Task};
use crate::board::stock::Shelf;
use crate::coverage::Cover;
use crate::geo::Point;
use crate::units::{Span, Time};

/// The name a need goes by while it is no job. No caller can give it: brackets are not allowed in ids.
pub const UNNAMED: &str = "(asked)";

/// How far ahead a human may plan.
const FAR: Span = Span::hours(24 * 60);

/// One need on one board at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The board as it stands.
    pub board: &'a Board,
    /// What things are worth.
    pub policy: &'a Policy,
    /// Now.
    pub now: Time,
    /// The job, or [`UNNAMED`].
    pub job: &'a JobId,
    /// As the caller said it.
    pub need: &'a Need,
    /// Unpacked.
    pub demand: &'a Demand,
    /// When the call came.
    pub called: Time,
    /// Why no road reaches the place, where that is so.
    pub unreached: Option<&'a str>,
    /// Parts taken to lie there beyond the board's, for a what-if.
    pub granted: &'a [Source],
    /// Technicians who are to be left alone about it for now; sorted.
    pub declined: &'a [TechnicianId],
    /// Whether partners' technicians may be sent.
    pub partners: bool,
    /// Whether a human asks for one technician: promises, horizon and allowance are theirs to break.
    pub by_hand: bool,
    /// Coverage, where it has a say.
    pub cover: Option<&'a Cover>,
}

impl Ask<'_> {
    /// The stretch of time in which the visit may start: inside the access windows and the promise with
    /// [`PROMISE_SLACK`], or within the policy's horizon where neither is given.
    pub fn asked(&self) -> Window {
        let promised = self.need.promised;
        if self.by_hand {
            let access = (self.need.access.first(), self.need.access.last());
            let start = [promised.map(|w| w.start), access.0.map(|w| w.start)].into_iter().flatten();
            let start = start.fold(self.now, Time::max);
            let end = access.1.map_or(start + FAR, |w| w.end);
            return Window { start, end };
        }
        let access = (self.need.access.first(), self.need.access.last());
        let from = [promised.map(|w| w.start), access.0.map(|w| w.start), Some(self.now)];
        let until = [promised.map(|w| w.end + PROMISE_SLACK + Span(1)), access.1.map(|w| w.end)];
        let until = until.into_iter().flatten().min();
        Window {
            start: from.into_iter().flatten().max().expect("now is one of them"),
            end: until.unwrap_or(self.now + self.policy.horizon),
        }
    }

    /// How many of a part are free at a place, what is granted included.
    pub fn free(&self, location: &Location, part: &PartId) -> u32 {
        self.free_on(self.board.stock.shelf(location), location, part)
    }

    /// The same of a place whose shelf is at hand.
    pub fn free_on(&self, shelf: Shelf<'_>, location: &Location, part: &PartId) -> u32 {
        let extra = self.granted.iter().filter(|s| s.location == *location && s.part_count.part == *part);
        shelf.free(part) + extra.map(|s| s.part_count.count).sum::<u32>()
    }

    /// Whether some of a part is free at a place or expected there.
    pub fn may_give(&self, location: &Location, part: &PartId) -> bool {
        self.free(location, part) > 0 || self.board.stock.expects(location, part)
    }

    /// Whether all of `parts` are free at a place.
    pub fn has(&self, location: &Location, parts: &[PartCount]) -> bool {
        let shelf = self.board.stock.shelf(location);
        parts.iter().all(|p| self.free_on(shelf, location, &p.part) >= p.count)
    }
}

impl Errands for Ask<'_> {
    fn task(&self, job: &JobId) -> Task<'_> {
        if job == self.job {
            return Task { need: self.need, demand: self.demand };
        }
        self.board.task(job)
    }

    fn depot(&self, depot: &DepotId) -> (Point, Span) {
        self.board.depot(depot)
    }

    fn ready(&self, errand: &Errand, rest: &[Errand]) -> Time {
        self.board.ready(errand, rest)
    }
}
