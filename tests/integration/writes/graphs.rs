//! Rows with their children in one call: what is stored and given back, how many statements it takes, and that a failure
//! leaves nothing.

mod failures;
mod models;
mod random;
mod shapes;
