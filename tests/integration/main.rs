//! The ORM against a real PostgreSQL: one binary, a module per capability.

#![allow(
    clippy::needless_borrows_for_generic_args,
    reason = "values and references are both meant to work"
)]
#![allow(
    clippy::type_complexity,
    reason = "a test names the type of each column that it reads"
)]

mod groups;
mod guards;
mod loads;
mod operators;
mod queries;
mod reads;
mod sources;
mod sql_text;
mod standing;
mod statements;
mod support;
#[path = "../tpch/mod.rs"]
mod tpch;
mod writes;
