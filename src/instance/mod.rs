//! Instance files of other people's benchmarks and tools, read as they stand, and their dense problems.
//!
//! A reader keeps the file's own words; `problem` translates. The judge reads the same structs and never
//! sees the dense problem.

pub mod fields;
pub mod plan;
pub mod sdvrptw;
pub mod solomon;
pub mod tech;
pub mod trsp;
pub mod vroom;
