//! Advisory locks of a session, held by a guard. PostgreSQL's chapter: *Advisory Locks*.

use std::fmt;

use orm_core::{AdvisoryKey, Error, Executor, Statement, Taken};

use crate::connection::Connection;
use crate::database::Database;

/// An advisory lock, held until this is dropped or [released](Self::release), on a connection of its own.
///
/// Where a lock belongs to one transaction, [`Transaction::advisory_lock`](orm_core::Transaction::advisory_lock) is the
/// simpler one, and needs no second connection.
pub struct AdvisoryLock {
    connection: Connection,
    unlock: Statement,
}

impl Database {
    /// Takes a connection and waits for an advisory lock on it (`pg_advisory_lock`), which is held until the guard is
    /// dropped: across transactions, and on however many machines.
    ///
    /// ```no_run
    /// # async fn example(db: orm_postgres::Database) -> Result<(), orm_core::Error> {
    /// let leader = db.advisory_lock("scheduler").await?;
    /// /* … as the only one … */
    /// leader.release().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`connection`](Self::connection); the server's, as when it takes longer than `statement_timeout`.
    #[track_caller]
    pub fn advisory_lock(
        &self,
        key: impl Into<AdvisoryKey>,
    ) -> impl Future<Output = Result<AdvisoryLock, Error>> + Send {
        let key = key.into();
        self.lock_for(key.call("pg_advisory_lock"), key.call("pg_advisory_unlock"))
    }

    /// The same, shared with others that take it shared (`pg_advisory_lock_shared`).
    ///
    /// # Errors
    /// As [`advisory_lock`](Self::advisory_lock).
    #[track_caller]
    pub fn advisory_lock_shared(
        &self,
        key: impl Into<AdvisoryKey>,
    ) -> impl Future<Output = Result<AdvisoryLock, Error>> + Send {
        let key = key.into();
        self.lock_for(
            key.call("pg_advisory_lock_shared"),
            key.call("pg_advisory_unlock_shared"),
        )
    }

    /// Takes an advisory lock if it is free now (`pg_try_advisory_lock`); `None` if another session has it.
    ///
    /// # Errors
    /// Those of [`connection`](Self::connection), and the server's.
    #[track_caller]
    pub fn try_advisory_lock(
        &self,
        key: impl Into<AdvisoryKey>,
    ) -> impl Future<Output = Result<Option<AdvisoryLock>, Error>> + Send {
        let key = key.into();
        self.try_lock_for(key.call("pg_try_advisory_lock"), key.call("pg_advisory_unlock"))
    }

    /// The same, shared with others that take it shared (`pg_try_advisory_lock_shared`).
    ///
    /// # Errors
    /// As [`try_advisory_lock`](Self::try_advisory_lock).
    #[track_caller]
    pub fn try_advisory_lock_shared(
        &self,
        key: impl Into<AdvisoryKey>,
    ) -> impl Future<Output = Result<Option<AdvisoryLock>, Error>> + Send {
        let key = key.into();
        self.try_lock_for(
            key.call("pg_try_advisory_lock_shared"),
            key.call("pg_advisory_unlock_shared"),
        )
    }

    async fn lock_for(&self, lock: Statement, unlock: Statement) -> Result<AdvisoryLock, Error> {
        let connection = self.connection().await?;
        connection.run(&lock, &mut Nothing).await?;
        Ok(AdvisoryLock { connection, unlock })
    }

    async fn try_lock_for(&self, lock: Statement, unlock: Statement) -> Result<Option<AdvisoryLock>, Error> {
        let connection = self.connection().await?;
        let mut taken = Taken(false);
        connection.run(&lock, &mut taken).await?;
        Ok(taken.0.then_some(AdvisoryLock { connection, unlock }))
    }
}

impl AdvisoryLock {
    /// Lets it go, and waits for that. Dropping does so without waiting.
    ///
    /// # Errors
    /// Those of the connection: where that was lost, the lock was, too, before this call.
    pub async fn release(self) -> Result<(), Error> {
        self.connection.run(&self.unlock, &mut Nothing).await.map(|_| ())
    }

    /// Whether its connection still stands, as far as this end knows. The lock is lost with it, and another session may
    /// have it then: what must not be done twice needs a proof of its own.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let lease = self.connection.lease();
        !lease.is_broken() && !lease.client.is_closed()
    }

    /// The connection that holds it, for statements that must not be run without it: they fail once it is lost.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl fmt::Debug for AdvisoryLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdvisoryLock")
            .field("is_held", &self.is_held())
            .finish()
    }
}

struct Nothing;

impl orm_core::RowSink for Nothing {
    fn columns(&mut self, _: &[orm_core::ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, _: &orm_core::Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}
