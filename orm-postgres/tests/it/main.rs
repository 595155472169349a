//! The driver against a real PostgreSQL, named by `ORM_TEST_URL`.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

mod cancellation;
mod commit;
mod connecting;
mod copying;
mod executor;
mod futures;
mod healing;
mod pool;
mod prepared;
mod retry;
mod session;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod transactions;
mod types;
