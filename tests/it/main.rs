//! Outer tests, one binary.
mod roads;
