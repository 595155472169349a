//! Executors with a scope.

use std::fmt;
use std::ops::AsyncFnOnce;
use std::sync::Arc;

use super::{Scope, Settings};
use crate::copy::{CopyFormat, pieces};
use crate::driver::{BoxFuture, ByteStream, CopySource, Executor, RowSink, RowSource, Statement};
use crate::error::Error;
use crate::transaction::{Transaction, TransactionDriver, TransactionOn, TransactionOptions, in_transaction};

/// Giving an executor a scope.
pub trait WithScope: Executor + Sized {
    /// The same with values for [`scope`](fn@crate::scope), which standing filters name, and with settings: it goes
    /// wherever `&db` goes, and so do the transactions that begin on it.
    ///
    /// With settings (`set`, `role`, `schema`), each of its statements runs in a transaction of its own that has them
    /// (`BEGIN`, `set_config`, the statement, `COMMIT`), sent together: it costs one round trip. A write is saved when it
    /// gives `Ok`; where the connection is lost before the answer, it is
    /// [`ErrorKind::CommitUnknown`](crate::ErrorKind::CommitUnknown). What a text does by `SET LOCAL` ends with it, and
    /// nothing is left for whoever uses the connection next.
    ///
    /// Scopes nest: the inner one's settings count where both have one. On a transaction that is open settings are
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery), since they would stay until its end: give them to the
    /// executor on which it begins.
    #[must_use]
    fn scoped(&self, scope: Scope) -> Scoped<'_> {
        Scoped::new(self, scope)
    }
}

impl<E: Executor> WithScope for E {}

/// An executor over another one, with a scope: made by [`WithScope::scoped`]. So are the transactions that begin on it. What
/// it has no value or setting for the other one's scope may have.
pub struct Scoped<'a> {
    inner: Inner<'a>,
    scope: Arc<Scope>,
}

enum Inner<'a> {
    Borrowed(&'a dyn Executor),
    Owned(Box<dyn Executor + 'a>),
}

impl<'a> Scoped<'a> {
    pub(crate) fn new(executor: &'a dyn Executor, scope: Scope) -> Self {
        Self {
            inner: Inner::Borrowed(executor),
            scope: Arc::new(scope),
        }
    }

    fn inner(&self) -> &dyn Executor {
        match &self.inner {
            Inner::Borrowed(executor) => *executor,
            Inner::Owned(executor) => &**executor,
        }
    }

    /// Runs a closure in a transaction with this scope, or on a transaction in a savepoint: committed when it gives `Ok`,
    /// rolled back when it gives `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure, of connecting and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }

    /// The same with an error type of one's own, an isolation level or modes. For retries give the scope to the
    /// database's own: `db.transaction_with().scope(…).retry(5)`.
    pub fn transaction_with(&self) -> TransactionOn<'_> {
        TransactionOn::new(self, TransactionOptions::default())
    }
}

impl fmt::Debug for Scoped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scoped({:?})", self.scope)
    }
}

impl Scope {
    /// Values of this scope for a transaction that has its settings already. For drivers.
    #[doc(hidden)]
    #[must_use]
    pub fn around(&self, transaction: Transaction) -> Transaction {
        if self.values.is_empty() {
            return transaction;
        }
        scoped_transaction(transaction, Arc::new(self.clone()))
    }
}

fn scoped_transaction(transaction: Transaction, scope: Arc<Scope>) -> Transaction {
    let inner = transaction.into_driver();
    Transaction::new(Box::new(ScopedTransaction { inner, scope }))
}

async fn run(
    executor: &dyn Executor,
    settings: &Settings,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    match settings.is_empty() {
        true => executor.run(statement, rows).await,
        false => executor.run_with_settings(settings, statement, rows).await,
    }
}

async fn begin(
    executor: &dyn Executor,
    scope: Arc<Scope>,
    settings: &Settings,
    options: TransactionOptions,
) -> Result<Transaction, Error> {
    let transaction = match settings.is_empty() {
        true => executor.begin_with(options).await?,
        false => executor.begin_with_settings(options, settings).await?,
    };
    Ok(scoped_transaction(transaction, scope))
}

impl Executor for Scoped<'_> {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        self.run_with_settings(&NO_SETTINGS, statement, rows)
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        self.open_with_settings(&NO_SETTINGS, statement)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        if self.scope.settings.is_empty() {
            return self.inner().copy_in(copy, source);
        }
        Box::pin(self.transaction(async move |tx| tx.copy_in(copy, source).await))
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        let statement = self.scope.fill(&statement).unwrap_or(statement);
        if self.scope.settings.is_empty() {
            return self.inner().copy_out(statement, format);
        }
        pieces(move |slot| async move {
            let transaction = self.begin().await?;
            // It goes at the pace of its reader.
            transaction.batch("SET LOCAL statement_timeout = 0").await?;
            slot.pass_on(transaction.copy_out(statement, format)).await?;
            transaction.commit().await
        })
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        if self.scope.settings.is_empty() {
            return self.inner().batch(sql);
        }
        Box::pin(self.transaction(async move |tx| tx.batch(sql).await))
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        self.begin_with_settings(options, &NO_SETTINGS)
    }

    fn run_with_settings<'a>(
        &'a self,
        settings: &'a Settings,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let settings = settings.over(&self.scope.settings);
            match self.scope.fill(statement) {
                Some(filled) => run(self.inner(), &settings, &filled, rows).await,
                None => run(self.inner(), &settings, statement, rows).await,
            }
        })
    }

    fn open_with_settings<'a>(
        &'a self,
        settings: &Settings,
        statement: Statement,
    ) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let statement = self.scope.fill(&statement).unwrap_or(statement);
        let settings = settings.over(&self.scope.settings);
        match settings.is_empty() {
            true => self.inner().open(statement),
            // The settings are the executor's by then: it has cloned them before it gave the future.
            false => self.inner().open_with_settings(&settings, statement),
        }
    }

    fn begin_with_settings<'a>(
        &'a self,
        options: TransactionOptions,
        settings: &'a Settings,
    ) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move {
            let settings = settings.over(&self.scope.settings);
            begin(self.inner(), Arc::clone(&self.scope), &settings, options).await
        })
    }

    /// With settings it is a transaction that has them, so that they are sent once: rolled back in the end, since what
    /// belongs together this way only reads.
    fn one_connection<'a>(&'a self) -> BoxFuture<'a, Result<Option<Box<dyn Executor + 'a>>, Error>> {
        Box::pin(async move {
            if !self.scope.settings.is_empty() {
                let transaction: Box<dyn Executor> = Box::new(self.begin().await?);
                return Ok(Some(transaction as Box<dyn Executor + 'a>));
            }
            let connection = self.inner().one_connection().await?;
            let scoped = |connection| -> Box<dyn Executor + 'a> {
                Box::new(Scoped {
                    inner: Inner::Owned(connection),
                    scope: Arc::clone(&self.scope),
                })
            };
            Ok(connection.map(scoped))
        })
    }

    fn is_transaction(&self) -> bool {
        self.inner().is_transaction()
    }
}

static NO_SETTINGS: Settings = Settings::none();

/// A transaction with the values of a scope.
struct ScopedTransaction {
    inner: Box<dyn TransactionDriver>,
    scope: Arc<Scope>,
}

impl Executor for ScopedTransaction {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            match self.scope.fill(statement) {
                Some(filled) => self.inner.run(&filled, rows).await,
                None => self.inner.run(statement, rows).await,
            }
        })
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let filled = self.scope.fill(&statement);
        self.inner.open(filled.unwrap_or(statement))
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        self.inner.copy_in(copy, source)
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        let filled = self.scope.fill(&statement);
        self.inner.copy_out(filled.unwrap_or(statement), format)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.batch(sql)
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move {
            let savepoint = self.inner.begin_with(options).await?;
            Ok(scoped_transaction(savepoint, Arc::clone(&self.scope)))
        })
    }

    fn is_transaction(&self) -> bool {
        true
    }
}

impl TransactionDriver for ScopedTransaction {
    fn commit<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.commit()
    }

    fn rollback<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.rollback()
    }

    fn run_and_commit<'a>(
        &'a self,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            match self.scope.fill(statement) {
                Some(filled) => self.inner.run_and_commit(&filled, rows).await,
                None => self.inner.run_and_commit(statement, rows).await,
            }
        })
    }
}
