//! The outer tests, one binary: each module says what it holds.

mod bad_input;
mod board;
mod care;
mod contract;
mod cut;
mod day;
mod decide;
mod demo;
mod imports;
mod kill;
mod layers;
mod manual;
mod offer;
mod operate;
mod outage;
mod parts;
mod progress;
mod roads;
mod rpc;
mod rubbish;
mod solve;
mod solve_cases;
mod solve_check;
mod solve_files;
mod solve_make;
mod town;
