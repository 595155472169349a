//! Every codec against a real PostgreSQL: what we send is what the server understands, and what the server sends is what
//! we read, at the edges of both sides.
//!
//! Needs the URL of a server in `ORM_TEST_URL`. Nothing is stored in it.

mod arrays;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "decimal")]
mod decimal;
mod inet;
mod interval;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
mod ranges;
mod scalars;
mod server;
#[cfg(feature = "time")]
mod time;
