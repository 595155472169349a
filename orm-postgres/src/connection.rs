//! One connection of the pool, held by the program.

use std::fmt;
use std::ops::AsyncFnOnce;
use std::sync::Arc;

use orm_core::{
    BoxFuture, ByteStream, CopyFormat, CopySource, Error, Executor, RowSink, RowSource, Settings, Statement,
    Transaction, TransactionOptions, in_transaction,
};

use crate::cursor::{self, Place};
use crate::lease::Lease;
use crate::trace::Work;
use crate::transaction::{self, Handle};
use crate::transaction_builder::{On, TransactionBuilder};
use crate::{batch, copy, copy_out, deadline, run};

/// A connection of the pool, held until it is dropped: for what belongs to one session, such as temporary tables,
/// advisory locks or `SET`, and for many statements in a row without asking the pool for each.
///
/// It is an executor: pass `&connection` wherever `&db` goes. Given back, it is reset if text of the program's own
/// may have changed the session. If a statement is dropped while it runs (a timeout, a `select!`), the server is asked
/// to cancel it and the connection refuses whatever comes after: take a new one.
pub struct Connection {
    lease: Arc<Lease>,
}

impl Connection {
    pub(crate) fn new(lease: Lease) -> Self {
        Self { lease: Arc::new(lease) }
    }

    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// Begins a transaction on this connection (`BEGIN`). Statements on the connection itself then run inside of it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`](orm_core::ErrorKind::InvalidQuery) when it is in one already, and the server's.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(TransactionOptions::default()).await
    }

    /// Like [`begin`](Self::begin), with an isolation level and modes.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        let _settings = self.lease.settings.read().await;
        let handle = transaction::begin(Arc::clone(&self.lease), options, &Settings::default()).await?;
        Ok(handle.into_transaction())
    }

    /// Runs a closure in a transaction on this connection: committed when it gives `Ok`, rolled back when it gives
    /// `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }

    /// A transaction on this connection with an isolation level, modes or retries.
    pub fn transaction_with(&self) -> TransactionBuilder<'_> {
        TransactionBuilder::new(On::Connection(self))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl Executor for Connection {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        let running = async move {
            let _settings = self.lease.settings.read().await;
            let _running = self.lease.run_in_level()?;
            run::run(&self.lease, statement, rows).await
        };
        let target = &self.lease.target;
        let running: BoxFuture<'a, _> = match target.is_watched() {
            true => Box::pin(target.watch(Work::statement(statement), running)),
            false => Box::pin(running),
        };
        deadline::bounded(target, statement, self.lease.in_transaction(), running)
    }

    /// Like a transaction's, by a cursor. Outside of a transaction the server keeps the whole result first
    /// (`WITH HOLD`), so that other statements of this connection stay out of the stream's transaction; for a large
    /// result open it on the database or a transaction.
    fn open<'a>(&'a self, mut statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let (options, table) = (deadline::start(&mut statement), statement.table);
        let (target, in_transaction) = (Arc::clone(&self.lease.target), self.lease.in_transaction());
        let opening = Box::pin(async move {
            let lease = Arc::clone(&self.lease);
            let _settings = self.lease.settings.read().await;
            let _running = lease.run_in_level()?;
            let place = match lease.level() {
                Some(level) => Place::Transaction(lease, level),
                None => Place::Held(lease),
            };
            let source: Box<dyn RowSource> = cursor::open(place, statement).await?;
            Ok(source as Box<dyn RowSource + 'a>)
        });
        deadline::bounded_piece(target, options.as_deref(), table, in_transaction, opening)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        let work = Work::text(copy, "COPY").at(source.place());
        let copying = async move {
            let _settings = self.lease.settings.read().await;
            let _running = self.lease.run_in_level()?;
            copy::copy_in_alone(Arc::clone(&self.lease), copy, source).await
        };
        Box::pin(self.lease.target.watch(work, copying))
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        let place = async {
            let lease = Arc::clone(&self.lease);
            drop(self.lease.settings.read().await);
            match lease.run_in_level()? {
                Some(running) => Ok(copy_out::Place::Transaction(lease, running)),
                None => {
                    let begun = transaction::begin_for_stream(lease, &Settings::default()).await;
                    begun.map(copy_out::Place::Own)
                }
            }
        };
        copy_out::copy_out(place, statement, format)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let running = async move {
            let _settings = self.lease.settings.read().await;
            let _running = self.lease.run_in_level()?;
            batch::batch(&self.lease, sql).await
        };
        Box::pin(self.lease.target.watch(Work::text(sql, "BATCH"), running))
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move { self.begin_with(options).await })
    }

    fn run_with_settings<'a>(
        &'a self,
        settings: &'a Settings,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        let running = Box::pin(async move {
            // Nothing else of this connection runs in between, for it would have the settings, too.
            let _alone = self.lease.settings.write().await;
            transaction::run_alone(&self.lease, settings, statement, rows).await
        });
        deadline::bounded(&self.lease.target, statement, false, running)
    }

    fn begin_with_settings<'a>(
        &'a self,
        options: TransactionOptions,
        settings: &'a Settings,
    ) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move {
            let _alone = self.lease.settings.write().await;
            let begun = transaction::begin(Arc::clone(&self.lease), options, settings).await;
            begun.map(Handle::into_transaction)
        })
    }

    fn is_transaction(&self) -> bool {
        self.lease.in_transaction()
    }
}
