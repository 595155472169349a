//! The PostgreSQL driver of the `orm` crate, and its only crate that opens a socket.
//!
//! A [`Database`] is a pool of connections; a [`Connection`] is one of them, held; a transaction comes from either.
//! All are executors of `orm_core`'s statements.
//!
//! What it must never do: hand a connection to the next borrower in a state that the last one left, say `Ok` to a
//! commit that saved nothing, or show a password or a value of a row in an error, a log or a trace.

mod batch;
mod cells;
mod config;
mod connect;
mod connection;
mod copy;
mod cursor;
mod database;
mod database_builder;
mod environment;
mod error;
mod in_flight;
mod lease;
mod link;
mod lost;
mod oids;
mod param;
mod pool;
mod prepare;
mod run;
mod secret;
mod session_state;
mod statement_cache;
mod tls;
mod trace;
mod transaction;
mod transaction_builder;
mod url;

pub use config::{Config, SslMode};
pub use connection::Connection;
pub use database::{Database, Status};
pub use database_builder::DatabaseBuilder;
pub use transaction_builder::TransactionBuilder;
