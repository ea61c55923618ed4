//! Callout: smart dispatch for home-appliance service.
//!
//! ARCHITECTURE.md is the map. The modules below stand in reading order: each may use those above it,
//! and `tests/it/imports.rs` holds the table of who may name whom.

pub mod units;

pub mod geo;

pub mod travel;

pub mod board;

pub mod coverage;

pub mod plan;

pub mod solve;

pub mod instance;

pub mod judge;

pub mod city;

pub mod sim;

pub mod wire;

pub mod journal;

pub mod serve;

pub mod demo;

pub mod load;

pub mod cli;
