//! The driver against real servers: a database of the test run's own on `orm-embedded`'s shared server, and for TCP,
//! passwords and TLS a server of this binary's own. Nothing needs to be set up.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
// Some helpers are for tests of TLS only.
#![cfg_attr(not(feature = "tls"), allow(dead_code))]

mod certificates;
mod child;
mod proxy;
mod round_trips;
mod secure;
mod support;
mod wire;

mod advisory;
mod after_commit;
mod cancellation;
mod client;
#[cfg(feature = "tls")]
mod client_certificates;
mod commit;
mod connecting;
mod copying;
mod copying_out;
mod ddl_under_load;
mod direct;
mod downgrade;
mod echo;
mod environment;
mod executor;
mod futures;
mod healing;
mod hosts;
mod limits;
mod listening;
mod opening;
mod options;
mod overload;
mod passwords;
mod pgbouncer;
mod pool;
mod prepared;
mod recovery;
mod retry;
mod savepoints;
mod scoped;
mod session;
mod shared_reads;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod transactions;
mod types;
mod upkeep;
mod without_runtime;
