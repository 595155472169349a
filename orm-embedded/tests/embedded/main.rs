//! What the embedded server promises, against real servers and real processes.
//!
//! A test that ends processes on purpose starts this same binary again as its child; see `child`.

mod child;
mod database_url;
mod databases;
mod ending;
mod private;
mod sharing;
mod support;
mod templates;
