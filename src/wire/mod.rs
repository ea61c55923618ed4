//! The contract at the door: generated messages in, the board's nouns out, and back.
//!
//! `decode` checks and collects every violation, `encode` tells; `ask` joins the two for calls that change
//! something, `look` for calls that only read, `watch` for streams; `status` maps errors. Nothing here waits, reads a clock or owns a rule of dispatch.

pub mod ask;
pub mod check;
pub mod decode;
pub mod encode;
pub mod look;
pub mod name;
pub mod page;
pub mod status;
pub mod token;
pub mod watch;

pub use status::Failure;

/// The generated contract.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("callout.v1");
}

/// The contract as a serialised `FileDescriptorSet`, for reflection.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/callout.v1.bin"));
