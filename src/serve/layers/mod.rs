//! What surrounds every call: its deadline, its size, its span, and a net under panics.

pub mod accept;
pub mod guard;

pub use guard::{GuardLayer, Panics};
