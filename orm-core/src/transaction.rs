//! Transactions and savepoints, as the program holds them.

mod advisory;
mod after_commit;
mod and_commit;

use std::fmt;
use std::marker::PhantomData;
use std::ops::AsyncFnOnce;
use std::sync::Arc;

pub use advisory::{AdvisoryKey, Taken};
use after_commit::Actions;
pub use after_commit::{AfterCommit, AfterCommitOutput};
pub use and_commit::AndCommit;

use crate::copy::CopyFormat;
use crate::driver::{BoxFuture, ByteStream, CopySource, Executor, RowSink, RowSource, Statement};
use crate::error::Error;
use crate::scope::{Scope, Scoped};

/// A transaction, or on a transaction a savepoint. Dropped without [`commit`](Self::commit) it is rolled back.
///
/// It is an [`Executor`]: pass `&tx` wherever `&db` goes. PostgreSQL's chapter: *Transactions*, `BEGIN`, `SAVEPOINT`.
pub struct Transaction {
    driver: Box<dyn TransactionDriver>,
    actions: Arc<Actions>,
}

/// What a driver gives for a transaction. Dropped unfinished, it must roll back without being waited for.
pub trait TransactionDriver: Executor {
    /// Commits, or releases the savepoint.
    fn commit<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>>;
    /// Rolls back, or rolls back to the savepoint.
    fn rollback<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>>;
    /// Runs a statement and commits if it succeeds, in one round trip where the driver can; else rolls back.
    fn run_and_commit<'a>(
        &'a self,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            match self.run(statement, rows).await {
                Ok(count) => self.commit().await.map(|()| count),
                Err(error) => {
                    let _ = self.rollback().await; // As in `in_transaction`.
                    Err(error)
                }
            }
        })
    }
}

impl Transaction {
    /// A transaction over a driver's.
    #[must_use]
    pub fn new(driver: Box<dyn TransactionDriver>) -> Self {
        Self {
            driver,
            actions: Arc::default(),
        }
    }

    /// The driver's transaction.
    pub(crate) fn into_driver(self) -> Box<dyn TransactionDriver> {
        self.driver
    }

    /// Commits (`COMMIT`, or `RELEASE SAVEPOINT`).
    ///
    /// # Errors
    /// [`ErrorKind::TransactionAborted`](crate::ErrorKind::TransactionAborted) when a statement in it had failed:
    /// nothing was saved. [`ErrorKind::CommitUnknown`](crate::ErrorKind::CommitUnknown) when the connection was lost
    /// before the server's answer: it may have been saved. Else the server's own, such as a deferred constraint or a
    /// serialization failure. [`ErrorKind::AfterCommit`](crate::ErrorKind::AfterCommit) when it is committed and one of
    /// its [actions](Self::after_commit) has failed.
    pub async fn commit(self) -> Result<(), Error> {
        self.driver.commit().await?;
        let actions = self.after_commit_actions();
        drop(self); // The connection goes back before they run.
        actions.run().await
    }

    /// The end of the transaction in the round trip of its last statement: an executor for one more query, whose success
    /// commits.
    ///
    /// ```
    /// # use orm_core::{Executor, Transaction};
    /// # async fn example(tx: Transaction) -> Result<(), orm_core::Error> {
    /// tx.and_commit().batch("UPDATE accounts SET n = n + 1").await?;   // saved, if this is `Ok`
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It sends the statement and `COMMIT` together. Where the statement fails, nothing is committed and its error is
    /// told; where the commit does, that is told as by [`commit`](Self::commit). What the program makes of the rows comes
    /// later: that `one` found no row, or that a row cannot be decoded, is told of a transaction that is committed.
    ///
    /// A query of several statements (`insert_many` of very many, a graph) commits with its last. Dropped unused, the
    /// transaction is rolled back.
    #[must_use = "the transaction is rolled back unless a query runs on it"]
    pub fn and_commit(self) -> AndCommit {
        AndCommit::new(self)
    }

    /// Has something done once the transaction is committed for certain: `tx.after_commit(async move || …)`, such as to
    /// send a mail or to wake a worker.
    ///
    /// It is run by the commit, after the connection was given back, in the order of these calls, one after the other. It
    /// is not run when the transaction is rolled back, nor when it is not known whether it was committed
    /// ([`ErrorKind::CommitUnknown`](crate::ErrorKind::CommitUnknown)). That of a savepoint is run with the transaction,
    /// unless the savepoint was rolled back. A program that ends in between, or drops the commit's future, does not run
    /// it: what must happen belongs into a table that the transaction writes.
    ///
    /// An action that fails or panics does not undo anything: the others are run, and then the commit gives
    /// [`ErrorKind::AfterCommit`](crate::ErrorKind::AfterCommit) with the first one's error.
    pub fn after_commit<F, Fut>(&self, action: F)
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: AfterCommitOutput> + Send + 'static,
    {
        self.actions.add(action);
    }

    /// Its actions, after its commit was proven. For drivers.
    #[doc(hidden)]
    pub fn after_commit_actions(&self) -> AfterCommit {
        self.actions.committed()
    }

    /// Rolls back (`ROLLBACK`, or `ROLLBACK TO SAVEPOINT`) and waits for it. Dropping does so without waiting.
    ///
    /// # Errors
    /// Those of the connection; the server rolls back then, too. [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery)
    /// for a savepoint whose work was committed with what is around it.
    pub async fn rollback(self) -> Result<(), Error> {
        self.driver.rollback().await
    }

    /// Begins a savepoint in this transaction.
    ///
    /// While it is open, statements go through the savepoint's own handle: those on this one are refused, since the
    /// savepoint's rollback would take them back, too. Another savepoint of this handle waits until this one has ended,
    /// so those begun at the same time (`join!`) run one after the other.
    ///
    /// # Errors
    /// Those of the server. [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when another savepoint stays open for
    /// longer than the pool's `wait_timeout`.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        Executor::begin(self).await
    }

    /// Runs a closure in a savepoint: released when it gives `Ok`, rolled back when it gives `Err` or panics. Inside of
    /// it use what the closure is given, not this handle, as for [`begin`](Self::begin).
    ///
    /// # Errors
    /// Those of the closure and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }

    /// A savepoint with an error type of one's own: `tx.transaction_with().error::<AppError>().run(async |sp| …)`, where
    /// `sp` is an `Arc<Transaction>`, so pass `&sp`.
    pub fn transaction_with(&self) -> TransactionOn<'_> {
        TransactionOn::new(self, TransactionOptions::default())
    }
}

/// A transaction, or on a transaction a savepoint, to be run: made by `transaction_with()` of a `&dyn Executor` or a
/// [`Transaction`].
///
/// It is not run again after a conflict, since it may be a savepoint, and a conflict undoes the whole transaction: whoever
/// began that can retry it.
#[must_use = "nothing is sent before `run`"]
pub struct TransactionOn<'a, E = Error> {
    executor: &'a dyn Executor,
    options: TransactionOptions,
    error: PhantomData<fn() -> E>,
}

impl<'a, E> TransactionOn<'a, E> {
    pub(crate) fn new(executor: &'a dyn Executor, options: TransactionOptions) -> Self {
        Self {
            executor,
            options,
            error: PhantomData,
        }
    }

    /// `ISOLATION LEVEL …`; the server's default otherwise. A savepoint has none: then it is
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery).
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.options.isolation = Some(isolation);
        self
    }

    /// `READ ONLY`: writes are errors. Not for a savepoint, as [`isolation`](Self::isolation).
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// `DEFERRABLE`: with serializable and read only, waits for a snapshot that cannot fail. Not for a savepoint, as
    /// [`isolation`](Self::isolation).
    pub fn deferrable(mut self) -> Self {
        self.options.deferrable = true;
        self
    }

    /// The closure's error type, where it is not [`Error`].
    pub fn error<F: From<Error>>(self) -> TransactionOn<'a, F> {
        TransactionOn::new(self.executor, self.options)
    }

    /// Runs `work` in it: committed when it gives `Ok`, rolled back when it gives `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure, of connecting and of the server.
    pub async fn run<T, F, Fut>(self, work: F) -> Result<T, E>
    where
        E: From<Error>,
        F: FnOnce(Arc<Transaction>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let transaction = Arc::new(self.executor.begin_with(self.options).await?);
        match work(Arc::clone(&transaction)).await {
            Ok(value) => {
                transaction.driver.commit().await?;
                let actions = transaction.after_commit_actions();
                drop(transaction); // As in `commit`.
                actions.run().await.map(|()| Ok(value))?
            }
            Err(error) => {
                let _ = transaction.driver.rollback().await; // As in `in_transaction`.
                Err(error)
            }
        }
    }
}

impl<E> fmt::Debug for TransactionOn<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("TransactionOn");
        debug.field("options", &self.options).finish_non_exhaustive()
    }
}

/// Begins a transaction on `executor`, runs `work` in it, and commits; rolls back on `Err`.
///
/// # Errors
/// Those of `work` and of the server.
pub async fn in_transaction<T>(
    executor: &dyn Executor,
    options: TransactionOptions,
    work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>,
) -> Result<T, Error> {
    let transaction = executor.begin_with(options).await?;
    match work(&transaction).await {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // The error of the work is the one to tell; a failed rollback means that the connection is gone, and
            // then the server has rolled back by itself.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

impl dyn Executor + '_ {
    /// The same with the values of a scope: as [`WithScope::scoped`](crate::WithScope::scoped).
    #[must_use]
    pub fn scoped(&self, scope: Scope) -> Scoped<'_> {
        Scoped::new(self, scope)
    }

    /// Runs a closure in a transaction, or on a transaction in a savepoint: committed when it gives `Ok`, rolled back
    /// when it gives `Err` or panics. So a service that takes `&dyn Executor` is atomic wherever it runs.
    ///
    /// # Errors
    /// Those of the closure, of connecting and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }

    /// The same with an error type of one's own, an isolation level or modes:
    /// `db.transaction_with().error::<AppError>().run(async |tx| …)`, where `tx` is an `Arc<Transaction>`, so pass `&tx`.
    pub fn transaction_with(&self) -> TransactionOn<'_> {
        TransactionOn::new(self, TransactionOptions::default())
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}

impl Executor for Transaction {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        self.driver.run(statement, rows)
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        self.driver.open(statement)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.driver.copy_in(copy, source)
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        self.driver.copy_out(statement, format)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.driver.batch(sql)
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move {
            let mut savepoint = self.driver.begin_with(options).await?;
            savepoint.actions = Actions::inside(&self.actions);
            Ok(savepoint)
        })
    }

    fn is_transaction(&self) -> bool {
        true
    }
}

/// How a transaction begins. On a savepoint, which has no modes of its own, they must be left at their defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// `ISOLATION LEVEL`; `None` is the server's default.
    pub isolation: Option<Isolation>,
    /// `READ ONLY`.
    pub read_only: bool,
    /// `DEFERRABLE`: with serializable and read only, waits for a snapshot that cannot fail.
    pub deferrable: bool,
}

/// PostgreSQL's transaction isolation levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// All statements see what was committed before the first one began.
    RepeatableRead,
    /// As if transactions ran one after another; may fail with a serialization failure and is then run again.
    Serializable,
}

impl Isolation {
    /// The level as SQL writes it.
    #[must_use]
    pub const fn sql(self) -> &'static str {
        match self {
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}
