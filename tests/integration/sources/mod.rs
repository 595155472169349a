//! Where rows come from: sets, CTEs, lists of values, functions, locks. What the server gives is compared with plain Rust
//! over all rows.

mod ctes;
mod functions;
mod items;
mod limits;
mod locks;
mod recursion;
mod sets;
