//! The raw door: tokio-postgres' client, under the rules of the pool.
//!
//! What goes through it is not seen. So from then on everything counts as possible: a transaction, a setting, a lock, a
//! statement that nobody waits for. A connection whose client was given out goes back to the pool when the server has
//! answered a reset, and is cancelled and closed when it does not answer soon.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use orm_core::{Error, ErrorKind, quote};
use tokio_postgres::SimpleQueryMessage;

use crate::connection::Connection;
use crate::error;
use crate::in_flight::InFlight;
use crate::link::Link;
use crate::opening;
use crate::session_state::ROLLBACK_AND_RESET;

/// How long the reset of a connection may take before what still runs on it is cancelled.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prepared before the client is given out. Gone when it comes back, so are all others (`DEALLOCATE ALL`), of which the
/// driver believes that they are there.
const SENTINEL: &str = "SELECT 'orm_sentinel'";

/// Marks a transaction of ours whose client was given out: in another one there is no such savepoint.
const MARK: &str = "SAVEPOINT orm_client";

/// What is known of a connection whose client may have been given out.
#[derive(Default)]
pub(crate) struct GivenOut {
    is: AtomicBool,
    /// [`MARK`] was sent in the transaction that goes on.
    is_marked: AtomicBool,
    sentinel: Mutex<Option<tokio_postgres::Statement>>,
}

impl GivenOut {
    /// Whether it was, and what was done with it is not proven undone.
    pub(crate) fn is(&self) -> bool {
        self.is.load(Ordering::Acquire)
    }

    /// What begins a transaction of ours: marked, where the client may end it.
    pub(crate) fn begin<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.is() {
            return Cow::Borrowed(text);
        }
        self.is_marked.store(true, Ordering::Release);
        Cow::Owned(format!("{text}; {MARK}"))
    }

    /// What commits a transaction of ours, and fails in another one.
    pub(crate) fn commit(&self, text: &'static str) -> Cow<'static, str> {
        match self.is_marked.load(Ordering::Acquire) {
            true => Cow::Owned(format!("RELEASE {MARK}; {text}")),
            false => Cow::Borrowed(text),
        }
    }

    pub(crate) fn leaves_transaction(&self) {
        self.is_marked.store(false, Ordering::Release);
    }

    fn sentinel(&self) -> MutexGuard<'_, Option<tokio_postgres::Statement>> {
        self.sentinel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// tokio-postgres' own client of this connection, for what has no method here.
    ///
    /// ```no_run
    /// # async fn example(db: orm_postgres::Database) -> Result<(), Box<dyn std::error::Error>> {
    /// let connection = db.connection().await?;
    /// let client = connection.client().await?;
    /// let rows = client.query("SELECT $1::int4 + 1", &[&41]).await?;
    /// assert_eq!(rows[0].get::<_, i32>(0), 42);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// To name its types, depend on tokio-postgres 0.7 as well. It is not re-exported: with its `Transaction` and `Statement` in
    /// reach, rustc would write out the paths of ours in every error.
    ///
    /// In a transaction of this connection what it sends is part of that. When the connection is given back, whatever was
    /// left behind is undone: a transaction that is open is rolled back; settings, roles, locks, temporary tables,
    /// channels and statements by `PREPARE` are reset. Where that is not proven within a second (a future was dropped while
    /// its statement ran, a stream was left half read), what runs is cancelled, and the connection is closed.
    ///
    /// Do not end a transaction that [`begin`](Self::begin) began (`COMMIT`, `ROLLBACK`) through it: its `commit` finds that
    /// out and says so, also where another one was begun since. Statements here and those of this connection are
    /// pipelined, as they are sent.
    ///
    /// # Errors
    /// When the connection must not be used any more, while a savepoint of its transaction is open, and the server's.
    pub async fn client(&self) -> Result<&tokio_postgres::Client, Error> {
        let lease = self.lease();
        lease.check_usable()?;
        if lease.is_pooled() {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "behind PgBouncer in transaction mode the session of a connection is others', too, so its client is not \
                 given out",
            ));
        }
        let running = lease.run_in_level()?;
        lease.given_out.is.store(true, Ordering::Release);
        if lease.given_out.sentinel().is_none() {
            let in_flight = InFlight::statement(lease);
            let prepared = lease.client.prepare(SENTINEL).await;
            in_flight.done();
            let prepared = prepared.map_err(|error| error::of_statement(lease, error, None))?;
            *lease.given_out.sentinel() = Some(prepared);
        }
        opening::open(lease).await?;
        if running.is_some() && !lease.given_out.is_marked.swap(true, Ordering::AcqRel) {
            let in_flight = InFlight::control(lease);
            let marked = lease.client.batch_execute(MARK).await;
            in_flight.done();
            marked.map_err(|error| error::of_statement(lease, error, None))?;
        }
        Ok(&lease.client)
    }
}

/// Makes a connection clean whose client was given out; whether it is.
pub(crate) async fn is_clean(link: &Link) -> bool {
    matches!(tokio::time::timeout(PATIENCE, clean(link)).await, Ok(Ok(true)))
}

async fn clean(link: &Link) -> Result<bool, tokio_postgres::Error> {
    link.forget_user_types();
    link.client.batch_execute(ROLLBACK_AND_RESET).await?;
    let text = "SELECT name, from_sql, statement FROM pg_catalog.pg_prepared_statements";
    let mut deallocate = String::new();
    let mut has_sentinel = false;
    for message in link.client.simple_query(text).await? {
        let SimpleQueryMessage::Row(row) = message else {
            continue;
        };
        let (name, from_sql) = (row.get(0).unwrap_or_default(), row.get(1) == Some("t"));
        if from_sql {
            deallocate.push_str("DEALLOCATE ");
            quote(&mut deallocate, name);
            deallocate.push(';');
        } else {
            has_sentinel |= row.get(2) == Some(SENTINEL);
        }
    }
    if !has_sentinel {
        return Ok(false);
    }
    if !deallocate.is_empty() {
        link.client.batch_execute(&deallocate).await?;
    }
    link.is_reset();
    link.given_out.is.store(false, Ordering::Release);
    Ok(true)
}

/// The transaction was ended through the client, and another one begun.
pub(crate) fn is_another_transaction(error: &Error) -> bool {
    error.sqlstate() == Some("3B001")
}
