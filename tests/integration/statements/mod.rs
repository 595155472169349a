//! Counting statements, limits of tests, and the warning of N+1.

mod blocks;
mod counts;
mod limits;
mod n_plus_one;
mod options;
mod places;
mod support;
mod workers;
