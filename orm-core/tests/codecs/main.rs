//! Every codec against a real PostgreSQL: what we send is what the server understands, and what the server sends is what
//! we read, at the edges of both sides.
//!
//! Nothing is stored in the server.

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
mod multiranges;
mod ranges;
mod scalars;
mod search;
mod server;
#[cfg(feature = "time")]
mod time;
