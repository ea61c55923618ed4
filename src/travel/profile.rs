//! How much longer each class of road takes at each hour of the day.
//!
//! Never holds a network: one profile serves any.

use super::class::{CLASSES, Class};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Travel time by class and local hour, in thousandths of free flow.
///
/// In configuration it is a table of classes, 24 numbers each; a class left out runs at free flow:
/// `primary = [1000, 1000, ..., 1450, ...]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Class, Vec<u16>>", into = "BTreeMap<Class, Vec<u16>>")]
pub struct Profile {
    permille: [[u16; 24]; CLASSES],
}

/// A profile that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProfile {
    /// Not one number an hour.
    #[error("{0}: expected 24 numbers, one an hour, found {1}")]
    Hours(&'static str, usize),
    /// Not a sensible factor.
    #[error("{0}: {1} at hour {2}: expected 200 to 10000 thousandths of free flow")]
    Factor(&'static str, u16, usize),
}

/// A measured speed, which replaces free flow and multiplier on one direction of one segment in one hour.
/// Segments are those of the network with the checksum it was measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Measured {
    /// Local hour, 0..=23.
    pub hour: u8,
    /// Index of the segment in the network.
    pub segment: u32,
    /// Whether it was driven against the segment's drawing direction.
    pub against: bool,
    /// Speed in tenths of km/h, at least 1.
    pub kmh_tenths: u16,
}

impl Default for Profile {
    /// A working day in a city: free flow at night, the morning peak at 8, the evening peak at 18, main
    /// roads hit harder than streets (half again the free-flow time at the peaks). A plausible shape, not
    /// fitted to any measurement: calibrate it on finished trips.
    fn default() -> Profile {
        const MAIN: [u16; 24] = [
            1000, 1000, 1000, 1000, 1000, 1020, 1100, 1350, 1500, 1380, 1250, 1230, 1250, 1270, 1250, 1280,
            1340, 1450, 1500, 1380, 1200, 1100, 1050, 1020,
        ];
        let scaled = |share: u32| MAIN.map(|m| (1000 + (u32::from(m) - 1000) * share / 100) as u16);
        let permille = Class::ALL.map(|class| match class {
            Class::Motorway | Class::Trunk => scaled(90),
            Class::Primary | Class::Secondary => scaled(100),
            Class::Tertiary => scaled(80),
            Class::Unclassified | Class::Residential => scaled(50),
            Class::LivingStreet | Class::Service | Class::Ferry => scaled(0),
        });
        Profile { permille }
    }
}

impl Profile {
    /// Free flow at every hour.
    pub fn free_flow() -> Profile {
        Profile { permille: [[1000; 24]; CLASSES] }
    }

    /// Thousandths of free-flow time on `class` at `hour` (taken modulo 24).
    pub fn permille(&self, class: Class, hour: u8) -> u16 {
        self.permille[class as usize][usize::from(hour % 24)]
    }

    /// The first hour with the same multipliers as `hour`: they can share one metric.
    pub(super) fn twin(&self, hour: u8) -> u8 {
        let alike =
            |other: &u8| Class::ALL.iter().all(|c| self.permille(*c, *other) == self.permille(*c, hour));
        (0..hour).find(alike).unwrap_or(hour)
    }

    /// The least ratio of two hours' multipliers over all classes, in thousandths, 1000 at most.
    pub(super) fn quicker(&self, hour: u8, other: u8) -> u16 {
        let permille = |class: &Class, hour| u32::from(self.permille(*class, hour));
        let ratio = |class| permille(class, other) * 1000 / permille(class, hour);
        Class::ALL.iter().map(ratio).min().map_or(1000, |least| least.min(1000) as u16)
    }

    /// The least multiplier of a class over the day.
    pub(super) fn least(&self, class: Class) -> u16 {
        self.permille[class as usize].iter().copied().min().unwrap_or(1000)
    }
}

impl TryFrom<BTreeMap<Class, Vec<u16>>> for Profile {
    type Error = BadProfile;
    fn try_from(map: BTreeMap<Class, Vec<u16>>) -> Result<Profile, BadProfile> {
        let mut profile = Profile::free_flow();
        for (class, hours) in map {
            if let Some((hour, bad)) = hours.iter().enumerate().find(|(_, m)| !(200..=10_000).contains(*m)) {
                return Err(BadProfile::Factor(class.word(), *bad, hour));
            }
            let count = hours.len();
            profile.permille[class as usize] =
                hours.try_into().map_err(|_| BadProfile::Hours(class.word(), count))?;
        }
        Ok(profile)
    }
}

impl From<Profile> for BTreeMap<Class, Vec<u16>> {
    fn from(profile: Profile) -> Self {
        Class::ALL.iter().map(|c| (*c, profile.permille[*c as usize].to_vec())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_day_is_slow_at_half_past_eight_and_free_at_three() {
        let day = Profile::default();
        let at = |hour| day.permille(Class::Primary, hour);
        assert!(at(8) > at(14) && at(14) > at(3) && at(3) == 1000);
        assert_eq!((day.twin(3), day.twin(8), day.twin(18)), (0, 8, 8));
    }

    #[test]
    fn configuration_goes_round_and_nonsense_is_refused() {
        let text = serde_json::to_string(&Profile::default()).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), Profile::default());
        let read = |text: &str| serde_json::from_str::<Profile>(text).map_err(|e| e.to_string());
        assert_eq!(read("{}"), Ok(Profile::free_flow()));
        assert!(read(r#"{"primary": [1000]}"#).unwrap_err().contains("expected 24 numbers"));
        assert!(read(r#"{"goat_track": []}"#).unwrap_err().contains("goat_track"));
    }
}
