//! Names of things: ids that callers give, checked at the door and cheap to clone.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as the caller wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                debug_assert!(!id.is_empty(), "ids are not empty");
                $name(id.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A region.
    RegionId,
    /// A technician of a region.
    TechnicianId,
    /// A job of a region.
    JobId,
    /// A depot of a region.
    DepotId,
    /// A kind of certification.
    CertificationKindId,
    /// A part.
    PartId,
    /// A kit.
    KitId,
    /// An appliance family.
    FamilyId,
    /// A fault.
    FaultId,
    /// A service level.
    LevelId,
    /// A delivery of parts.
    DeliveryId,
}

/// Where parts lie: a technician's van or a depot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Location {
    /// The van of a technician.
    Van(TechnicianId),
    /// A depot.
    Depot(DepotId),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Van(t) => write!(f, "van of {t}"),
            Location::Depot(d) => write!(f, "depot {d}"),
        }
    }
}
