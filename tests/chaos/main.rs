//! The driver under faults: real servers, and between them and the pool a proxy of ours that delays, loses and cuts.
//!
//! Each test works in an [`Arena`](support::Arena), and ends with [`ends_clean`](support::Arena::ends_clean): the pool is
//! whole, nothing is idle in a transaction, no advisory lock, session, task or socket is left over.
//!
//! It takes seconds. `CHAOS_ROUNDS=100 cargo test --test chaos` does each test's work a hundred times over.
//!
//! No test looks at how fast something is: it waits for what must come to be, with a bound of many seconds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod borrowers;
mod canary;
mod cancels;
mod commits;
mod hostile;
mod increments;
mod kills;
mod misuse;
mod outages;
mod panics;
mod polls;
mod proxied;
mod replication;
mod support;
