//! Operators and functions of arrays, jsonb, ranges, text search, networks and extensions: each against a real
//! PostgreSQL, with a value that is known or computed in Rust.

mod arrays;
mod citext;

mod json;
mod network;
mod ranges;
mod search;
mod support;
mod trigrams;
