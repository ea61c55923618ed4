//! What is wrong with a file: where, and what was expected.

/// A fault of the file's writer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct Fault {
    pub place: String,
    pub fault: String,
}

impl Fault {
    pub fn new(place: impl Into<String>, fault: impl Into<String>) -> Fault {
        Fault { place: place.into(), fault: fault.into() }
    }
}
