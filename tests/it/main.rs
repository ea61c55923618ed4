//! The outer tests, one binary: each module says what it holds.

mod board;
mod decide;
mod imports;
mod roads;
