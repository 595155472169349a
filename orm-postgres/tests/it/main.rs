//! The driver against a real PostgreSQL, named by `ORM_TEST_URL`.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

mod executor;
