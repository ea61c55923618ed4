//! A position between two stops, as small as it can be kept: what bounds the cost of an insertion there.

use super::push::Push;
use crate::units::Time;

/// No limit, in seconds since 1970.
pub const NEVER: u32 = u32::MAX;

/// A position between two consecutive stops of a shift. Instants are seconds since 1970, rounded to the
/// generous side where they do not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// Earliest the technician leaves the stop before.
    pub ready: u32,
    /// The same at the last place before, where breaks come in between: parts may be fetched before them.
    pub since: u32,
    /// By how much both may come earlier where a depot stop before an earlier break shortens the way after it.
    pub early: u32,
    /// The stop after is departed for: the position is closed from then on.
    pub closes: u32,
    /// Latest end of an inserted visit, where a break comes right after.
    pub free_by: u32,
    /// Latest arrival at the next place after the visit, breaks between taken off.
    pub arrive_by: u32,
    /// A break that bounds `free_by` or `arrive_by` can no longer begin after this: the bounds are void then.
    pub expires: u32,
    /// Travel of the leg that is replaced, as planned.
    pub leg: u32,
    /// The same at the worst hour it may be left at: the way home waits for nothing.
    pub leg_most: u32,
    /// Lost waiting at the stops after, which an insertion can save at most.
    pub lost: u32,
    /// Who sets off for the errand after before this waits for more than what counts as lost: time that a
    /// visit may take for nothing. Zero where there is none.
    pub spare: u32,
    /// Cost in thousandths that others' earlier starts can save at most, where a break comes right after:
    /// it moves with the visit.
    pub relief: u32,
    /// Start of work at the next place, as planned: until then its departure may be kept back.
    pub held: u32,
    /// Latest end of the breaks right after.
    pub rest_by: u32,
    /// What it costs others at least that the next place is reached later.
    pub push: Push,
    /// Cell of the stop before.
    pub from: u16,
    /// Cell of the next place after.
    pub to: u16,
    /// Before which errand of the route.
    pub at: u16,
    /// See the flags.
    pub flags: u16,
}

impl Gap {
    /// The leg that is replaced: at its worst where it may be left later than planned.
    pub fn leg_from(&self, now: Time) -> u32 {
        if Time(self.ready.into()) < now { self.leg_most } else { self.leg }
    }
}

/// What a search reads of a gap before anything else: sixteen bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hot {
    /// As [`Gap::ready`].
    pub ready: u32,
    /// As [`Gap::spare`].
    pub spare: u32,
    /// Seconds of the leg replaced at its worst; [`Hot::LONG`] where it is longer, or others' lateness may
    /// be relieved.
    pub leg: u16,
    /// As [`Gap::lost`]; with [`Hot::LOOSE`] where it may all be saved whatever the detour.
    pub lost: u16,
    /// As [`Gap::from`].
    pub from: u16,
    /// As [`Gap::to`].
    pub to: u16,
}

impl Hot {
    /// Look closer.
    pub const LONG: u16 = u16::MAX;
    /// See [`Hot::lost`].
    pub const LOOSE: u16 = 1 << 15;

    /// The part of a gap that is read first.
    pub fn of(gap: &Gap) -> Hot {
        let leg = u16::try_from(gap.leg.max(gap.leg_most)).unwrap_or(Hot::LONG);
        let lost = u16::try_from(gap.lost).ok().filter(|l| l & Hot::LOOSE == 0);
        let simple = gap.relief == 0 && lost.is_some();
        let loose = if gap.flags & (JUMPY | BEFORE_BREAK) > 0 { Hot::LOOSE } else { 0 };
        Hot {
            ready: gap.ready,
            spare: gap.spare,
            leg: if simple { leg } else { Hot::LONG },
            lost: lost.unwrap_or(0) | loose,
            from: gap.from,
            to: gap.to,
        }
    }
}

/// The next place is the way home.
pub const HOMEWARD: u16 = 1;
/// A later stop has several access windows: waiting may move between stops.
pub const JUMPY: u16 = 2;
/// The errand after is a break.
pub const BEFORE_BREAK: u16 = 8;
/// The errand before is a depot stop.
pub const AFTER_DEPOT: u16 = 16;
/// When the technician leaves the stop before is not known: it may be sooner or later than planned.
pub const ADRIFT: u16 = 32;
/// The errand before is a break: it is taken wherever the technician is.
pub const AFTER_BREAK: u16 = 4;

/// Seconds since 1970, no later than the instant.
pub fn floor(at: Time) -> u32 {
    at.0.clamp(0, i64::from(NEVER) - 1) as u32
}

/// Seconds since 1970, no earlier than the instant where there is a limit at all.
pub fn ceil(at: Time) -> u32 {
    at.0.clamp(0, i64::from(NEVER)) as u32
}
