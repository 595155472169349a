//! The PostgreSQL driver of the `orm` crate, and its only crate that opens a socket.
//!
//! A [`Database`] is a pool of connections; a [`Connection`] is one of them, held; a transaction comes from either.
//! All are executors of `orm_core`'s statements.
//!
//! ```no_run
//! # async fn example() -> Result<(), orm_core::Error> {
//! use orm_core::{Executor, Isolation};
//! use orm_postgres::Database;
//!
//! let db = Database::connect("postgres://app:secret@db.example.org/app").await?;
//! db.transaction(async |tx| tx.batch("CREATE TABLE notes (id int8 PRIMARY KEY)").await).await?;
//! db.transaction_with()
//!     .isolation(Isolation::Serializable)
//!     .retry(5)
//!     .run(|tx| async move { tx.batch("UPDATE notes SET id = id + 1").await })
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! What it must never do: hand a connection to the next borrower in a state that the last one left, say `Ok` to a
//! commit that saved nothing, or show a password or a value of a row in an error, a log or a trace.

mod advisory_lock;
mod batch;
mod cells;
mod client;
mod config;
mod connect;
mod connection;
mod connects;
mod copy;
mod copy_out;
mod cursor;
mod database;
mod database_builder;
mod deadline;
mod direct;
mod environment;
mod error;
mod events;
mod hosts;
mod in_flight;
mod inside;
mod keywords;
mod known;
mod lease;
mod ledger;
mod level;
mod life;
mod limits;
mod link;
mod listen;
mod lookups;
mod lost;
mod maintenance;
mod n_plus_one;
mod oids;
mod opening;
mod param;
mod parameters;
mod password;
mod patient_cancel;
mod pgbouncer;
mod plain;
mod pool;
mod prepare;
mod random;
mod replicas;
mod routed;
mod run;
mod secret;
mod session_state;
mod shared_reads;
mod statement_cache;
mod tls;
mod trace;
mod transaction;
mod transaction_builder;
mod url;

pub use advisory_lock::AdvisoryLock;
pub use config::{Config, SslMode};
pub use connection::Connection;
pub use database::Database;
pub use database_builder::DatabaseBuilder;
pub use events::{CloseReason, PoolCounters, PoolEvent, Status};
pub use hosts::TargetSessionAttrs;
pub use listen::{Listen, Listener};
pub use replicas::ReplicaStatus;
pub use routed::ReadYourWrites;
pub use transaction_builder::TransactionBuilder;
