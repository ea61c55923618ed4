//! The outer tests, one binary: each module says what it holds.

mod board;
mod imports;
mod rpc;
mod town;
mod roads;
