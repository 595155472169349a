//! Transactions with modes and retries.

use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use orm_core::{Error, Isolation, Scope, Transaction, TransactionOptions};

use crate::connection::Connection;
use crate::database::Database;
use crate::transaction::{self, Handle};

/// The first pause between two tries is at most this, each further one at most twice the last.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A transaction to be run: made by `transaction_with()` of a database or a connection.
#[must_use = "nothing is sent before `run`"]
pub struct TransactionBuilder<'a, E = Error> {
    on: On<'a>,
    options: TransactionOptions,
    retries: u32,
    scope: Scope,
    error: PhantomData<fn() -> E>,
}

pub(crate) enum On<'a> {
    Database(&'a Database),
    Connection(&'a Connection),
}

impl<'a> TransactionBuilder<'a> {
    pub(crate) fn new(on: On<'a>) -> Self {
        Self {
            on,
            options: TransactionOptions::default(),
            retries: 0,
            scope: Scope::new(),
            error: PhantomData,
        }
    }
}

impl<'a, E> TransactionBuilder<'a, E> {
    /// `ISOLATION LEVEL …`; the server's default otherwise.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.options.isolation = Some(isolation);
        self
    }

    /// `READ ONLY`: writes are errors.
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// `DEFERRABLE`: with serializable and read only, waits for a snapshot that cannot fail.
    pub fn deferrable(mut self) -> Self {
        self.options.deferrable = true;
        self
    }

    /// Runs the closure again, up to this many times, when the transaction met a serialization failure or a deadlock.
    /// Between tries it pauses for a random time, at first up to 5 ms, then up to twice the last bound, at most a
    /// second. What the closure did outside the database is done again, too.
    pub fn retry(mut self, times: u32) -> Self {
        self.retries = times;
        self
    }

    /// A scope for the transaction: as [`scoped`](orm_core::WithScope::scoped), with retries.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The closure's error type, where it is not [`Error`].
    pub fn error<F: From<Error>>(self) -> TransactionBuilder<'a, F> {
        TransactionBuilder {
            on: self.on,
            options: self.options,
            retries: self.retries,
            scope: self.scope,
            error: PhantomData,
        }
    }

    /// Runs `work` in a transaction: committed when it gives `Ok`, rolled back when it gives `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure and of the server. A commit whose outcome is unknown
    /// ([`ErrorKind::CommitUnknown`](orm_core::ErrorKind::CommitUnknown)) is never tried again.
    pub async fn run<T, F, Fut>(self, work: F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(Arc<Transaction>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut tries = 0;
        loop {
            let handle = self.begin().await?;
            let transaction = Arc::new(self.scope.around(handle.clone().into_transaction()));
            let worked = work(Arc::clone(&transaction)).await;
            let (result, again) = match worked {
                Ok(value) => match handle.commit().await {
                    Ok(()) => {
                        let actions = transaction.after_commit_actions();
                        drop((transaction, handle)); // The connection goes back before they run.
                        actions.run().await?;
                        return Ok(value);
                    }
                    Err(error) => {
                        let again = error.is_retryable();
                        (Err(E::from(error)), again)
                    }
                },
                Err(error) => {
                    // The error of the work is the one to tell; if this fails the server has rolled back by itself.
                    let _ = handle.rollback().await;
                    (Err(error), handle.is_retryable())
                }
            };
            if !again || tries >= self.retries {
                return result;
            }
            drop((transaction, handle)); // Its connection goes back before the pause.
            tokio::time::sleep(pause(tries)).await;
            tries += 1;
        }
    }

    async fn begin(&self) -> Result<Handle, Error> {
        let lease = match self.on {
            On::Database(database) => Arc::new(database.lease().await?),
            On::Connection(connection) => Arc::clone(connection.lease()),
        };
        transaction::begin(lease, self.options, self.scope.settings()).await
    }
}

/// A random pause, so that those who collided do not collide again.
fn pause(tries: u32) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << tries.min(8)).min(LONGEST_PAUSE);
    let random = RandomState::new().build_hasher().finish();
    let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX).max(1);
    Duration::from_micros(random % micros)
}

impl<E> std::fmt::Debug for TransactionBuilder<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransactionBuilder")
            .field("options", &self.options)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
