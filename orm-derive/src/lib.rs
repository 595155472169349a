//! Derive macros of the `orm` crate.
