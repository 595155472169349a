//! WITH.
