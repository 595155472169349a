//! Groups, aggregates, grouping sets and window functions.

mod aggregates;
mod grouping_sets;
mod keys;
mod random;
mod sales;
mod windows;
