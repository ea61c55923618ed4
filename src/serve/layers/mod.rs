//! What surrounds every call: its deadline, its size, its span, its stream's end, and a net under panics.

pub mod accept;
pub mod guard;
pub mod streams;

pub use guard::{GuardLayer, Panics};
pub use streams::{LastToken, Streams};
