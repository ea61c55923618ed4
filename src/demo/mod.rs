//! A day in a city, played through the public API as a call centre would.
pub mod calls;
pub mod catalog;
pub mod chance;
pub mod city;
pub mod day;
pub mod fleet;
pub mod names;
pub mod script;
pub mod trouble;
