//! One file a command.

pub mod check;
pub mod files;
pub mod solve;
