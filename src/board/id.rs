//! Names of things: ids that callers give, checked at the door and cheap to clone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// The id as the caller wrote it.
            pub fn as_str(&self) -> &str {
                &self.0.text
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                debug_assert!(!id.is_empty(), "ids are not empty");
                $name(Text::of(id.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }
    )*};
}

/// Bytes of a text's head.
const HEAD: usize = 16;

/// A text with its first bytes at hand: maps by id compare ids all day, and most differ there already.
#[derive(Clone)]
struct Text {
    /// The first 16 bytes as numbers that order as the bytes do, zeros after the end.
    head: [u64; 2],
    text: Arc<str>,
}

impl Text {
    fn of(text: Arc<str>) -> Text {
        let mut head = [0; HEAD];
        let known = text.len().min(head.len());
        head[..known].copy_from_slice(&text.as_bytes()[..known]);
        let (first, second) = head.split_at(8);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |all, b| all << 8 | u64::from(*b));
        Text { head: [number(first), number(second)], text }
    }

    /// Whether the head is all of it.
    fn is_short(&self) -> bool {
        self.text.len() <= HEAD
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        // a text and the same with zeros behind it have one head
        self.head.cmp(&other.head).then_with(|| match self.is_short() && other.is_short() {
            true => self.text.len().cmp(&other.text.len()),
            false if Arc::ptr_eq(&self.text, &other.text) => Ordering::Equal,
            false => self.text.cmp(&other.text),
        })
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        let rest = || self.is_short() || Arc::ptr_eq(&self.text, &other.text) || self.text == other.text;
        self.head == other.head && self.text.len() == other.text.len() && rest()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        Arc::deserialize(deserializer).map(Text::of)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Ids order and equal each other as their texts do, whatever bytes they share.
        #[test]
        fn ids_order_as_their_texts(a in "[\\x00ab\u{e9}]{1,20}", b in "[\\x00ab\u{e9}]{1,20}") {
            let (one, other) = (JobId::from(a.as_str()), JobId::from(b.as_str()));
            prop_assert_eq!(one.cmp(&other), a.cmp(&b));
            prop_assert_eq!(one == other, a == b);
            prop_assert_eq!(one.cmp(&JobId::from(a.as_str())), Ordering::Equal);
        }
    }
}
