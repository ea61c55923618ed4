//! What may be put to work: places, shifts and sets of certificates.

use super::super::measure::MOST_CLASSES;
use super::super::odds::GRADES;
use super::field::{Amount, Unit};

/// Costs are in thousandths of a technician with one certificate.
pub const TECHNICIAN: u64 = 1_000;

/// A shift of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// Minutes since midnight.
    pub start: u16,
    /// Its length in minutes.
    pub minutes: u16,
    /// A bit for each hour of the day at which the technician counts.
    pub hours: u32,
}

/// A set of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// A bit for each class it does.
    pub classes: u16,
    /// What a technician who holds it costs, in parts of [`TECHNICIAN`].
    pub cost: u64,
}

/// All that may be chosen.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Cells where shifts may start.
    pub places: Vec<u16>,
    /// Shifts.
    pub patterns: Vec<Pattern>,
    /// Sets of certificates.
    pub profiles: Vec<Profile>,
}

/// A choice: numbers of a place, a pattern and a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pick {
    /// Of [`Menu::places`].
    pub place: usize,
    /// Of [`Menu::patterns`].
    pub pattern: usize,
    /// Of [`Menu::profiles`].
    pub profile: usize,
}

impl Menu {
    /// Somebody at a pick: with the certificates of the profile and all kits for them.
    pub fn unit(&self, pick: Pick) -> Unit {
        let Profile { classes, .. } = self.profiles[pick.profile];
        let grade: [u8; MOST_CLASSES] = std::array::from_fn(|c| u8::from(classes >> c & 1 == 1) * GRADES);
        let hours = self.patterns[pick.pattern].hours;
        Unit { cell: self.places[pick.place], hours, grade, lacks: [0; MOST_CLASSES] }
    }

    /// What a pick costs.
    pub fn cost(&self, pick: Pick) -> u64 {
        self.profiles[pick.profile].cost
    }
}

/// What each layer gives at one place, summed by profile and shift; `hours` are the layers' hours.
pub fn sums<T: Copy + Default + std::ops::AddAssign>(
    menu: &Menu,
    (hours, classes): (&[u8], usize),
    by_layer: &[T],
    mut tell: impl FnMut(usize, usize, T),
) {
    for (profile, of) in menu.profiles.iter().enumerate() {
        let mut by_hour = [T::default(); 24];
        for (at, hour) in hours.iter().enumerate() {
            let layers = &by_layer[at * classes..(at + 1) * classes];
            let done = layers.iter().enumerate().filter(|(class, _)| of.classes >> class & 1 == 1);
            done.for_each(|(_, amount)| by_hour[usize::from(*hour)] += *amount);
        }
        for (pattern, shift) in menu.patterns.iter().enumerate() {
            let mut sum = T::default();
            (0..24).filter(|h| shift.hours >> h & 1 == 1).for_each(|h| sum += by_hour[h]);
            tell(pattern, profile, sum);
        }
    }
}

/// Whether `a` for `a_cost` is better than `b` for `b_cost`.
pub fn better(a: Amount, a_cost: u64, b: Amount, b_cost: u64) -> bool {
    u128::from(a) * u128::from(b_cost) > u128::from(b) * u128::from(a_cost)
}
