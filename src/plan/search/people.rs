//! Whom a search has looked at: each technician and shift is worked out once, when first asked for.

use super::Search;
use crate::plan::ask::Ask;
use crate::plan::choose::Knowledge;
use crate::plan::parts::Supply;
use crate::plan::scan::{Who, admissible};
use crate::plan::soonest::Soonest;
use crate::plan::stand::{Stand, stand};
use crate::plan::travel::Quick;
use std::sync::{Arc, OnceLock};

/// By slot.
pub(super) struct People<'a> {
    all: Vec<OnceLock<Box<Person<'a>>>>,
}

/// A technician as the question sees them.
pub(super) struct Person<'a> {
    pub(super) who: Who<'a>,
    /// Where parts come from; `None` for one who is not to be sent whatever the route.
    pub(super) supply: Option<Supply>,
    /// What sending this one costs whatever the route.
    pub(super) own: i64,
    /// Shifts that do not stand up to now are known to be so.
    shifts: Box<[OnceLock<Option<Standing<'a>>>]>,
}

/// A shift as it stands, and what bounds its times once that was asked for.
pub(super) struct Standing<'a> {
    pub(super) stand: Arc<Stand<'a>>,
    soonest: OnceLock<Soonest>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(stand: Arc<Stand<'a>>) -> Standing<'a> {
        Standing { stand, soonest: OnceLock::new() }
    }

    pub(super) fn soonest(&self, ask: &Ask<'_>, known: &Knowledge<'_>) -> &Soonest {
        self.soonest.get_or_init(|| Soonest::of(ask, &self.stand, known.index, known.travel))
    }
}

impl People<'_> {
    /// Nobody has been looked at.
    pub(super) fn new(slots: usize) -> Self {
        People { all: (0..slots).map(|_| OnceLock::new()).collect() }
    }
}

impl<'a> Search<'a, '_> {
    pub(super) fn person(&self, slot: u32) -> &Person<'a> {
        let (ask, known) = (self.ask, self.known);
        self.people.all[slot as usize].get_or_init(|| {
            let technician = &ask.board.technicians[known.index.name(slot)];
            let who = Who::of(ask, known, technician);
            let supply = admissible(ask, technician).ok();
            let shifts = technician.shifts.iter().map(|_| OnceLock::new()).collect();
            Box::new(Person { who, supply, own: who.own.least().0, shifts })
        })
    }

    /// One of the shifts of a technician as it stands; `None` where it does not stand up to now.
    pub(super) fn stand(&self, slot: u32, shift: u32) -> Option<&Standing<'a>> {
        let person = self.person(slot);
        let make = || {
            let Who { technician, position, .. } = person.who;
            let shift = &technician.shifts[shift as usize];
            let stand = stand(self.ask, technician, shift, position, &Quick(self.known.travel)).ok()?;
            Some(Standing::of(Arc::new(stand)))
        };
        person.shifts[shift as usize].get_or_init(make).as_ref()
    }
}
