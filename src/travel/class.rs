//! The kinds of road the service tells apart, and the speed each is driven at when nothing better is known.
//!
//! Never reads tags (that is `osm`) and never knows an hour (that is `profile`).

use serde::{Deserialize, Serialize};

/// A kind of road. Links (slip roads) count as the road they serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Controlled-access roads between cities.
    Motorway,
    /// The most important roads that are not motorways.
    Trunk,
    /// Roads between large towns.
    Primary,
    /// Roads between towns.
    Secondary,
    /// Roads between villages and quarters.
    Tertiary,
    /// Minor through roads.
    Unclassified,
    /// Streets people live on.
    Residential,
    /// Streets shared with people on foot.
    LivingStreet,
    /// Alleys, car parks, drives, and tracks open to cars.
    Service,
    /// Ferries that carry cars.
    Ferry,
}

/// How many classes there are.
pub const CLASSES: usize = 10;

impl Class {
    /// Every class, in the order of their numbers.
    pub const ALL: [Class; CLASSES] = [
        Class::Motorway,
        Class::Trunk,
        Class::Primary,
        Class::Secondary,
        Class::Tertiary,
        Class::Unclassified,
        Class::Residential,
        Class::LivingStreet,
        Class::Service,
        Class::Ferry,
    ];

    /// The class with this number, as files store it.
    pub fn from_number(number: u8) -> Option<Class> {
        Class::ALL.get(usize::from(number)).copied()
    }

    /// The word used in files, configuration and maps.
    pub fn word(self) -> &'static str {
        match self {
            Class::Motorway => "motorway",
            Class::Trunk => "trunk",
            Class::Primary => "primary",
            Class::Secondary => "secondary",
            Class::Tertiary => "tertiary",
            Class::Unclassified => "unclassified",
            Class::Residential => "residential",
            Class::LivingStreet => "living_street",
            Class::Service => "service",
            Class::Ferry => "ferry",
        }
    }

    /// Free-flow speed in km/h where no limit is signed: what a car averages, not what it may do.
    pub fn speed_kmh(self, road: Carriageway) -> f64 {
        let (main, link) = match self {
            Class::Motorway => (90.0, 45.0),
            Class::Trunk => (85.0, 40.0),
            Class::Primary => (65.0, 30.0),
            Class::Secondary => (55.0, 25.0),
            Class::Tertiary => (40.0, 20.0),
            Class::Unclassified | Class::Residential => (25.0, 25.0),
            Class::LivingStreet => (10.0, 10.0),
            Class::Service => (15.0, 15.0),
            Class::Ferry => (5.0, 5.0),
        };
        match road {
            Carriageway::Main => main,
            Carriageway::Link => link,
        }
    }
}

/// Whether a way is the road itself or a slip road of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carriageway {
    /// The road itself.
    Main,
    /// A slip road.
    Link,
}
