//! The ORM against a real PostgreSQL: one binary, a module per capability.

mod reads;
mod support;
mod writes;
