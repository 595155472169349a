//! Executors that choose between the primary and its replicas: for one who must see what he has written, and for loads.

use std::fmt;
use std::ops::AsyncFnOnce;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use orm_core::{
    BoxFuture, ByteStream, CopyFormat, CopySource, Error, Executor, RowSink, RowSource, Settings, Statement,
    Transaction, TransactionOptions, copy_pieces, in_transaction,
};
use tokio::sync::OnceCell;

use crate::connection::Connection;
use crate::database::Database;
use crate::replicas::Picked;
use crate::shared_reads::Counted;

/// A database as somebody sees it who sees what he has written: made by [`Database::read_your_writes`].
///
/// It is an executor. While a write through it runs or a transaction that was begun on it is open, its reads go to the primary;
/// afterwards to the replicas that show at least what was there at the end of that write. Without replicas it is the database.
#[derive(Clone)]
pub struct ReadYourWrites {
    database: Database,
    written: Arc<Written>,
}

/// When it was written last.
#[derive(Default)]
struct Written {
    last: AtomicU64,
    running: AtomicUsize,
}

impl Written {
    /// What reads must show.
    fn not_before(&self) -> u64 {
        match self.running.load(Ordering::Acquire) {
            0 => self.last.load(Ordering::Acquire),
            _ => u64::MAX,
        }
    }
}

/// A write that runs, or a transaction that is open, until dropped.
pub(crate) struct Writing {
    database: Database,
    written: Arc<Written>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        // In this order, so that a read in between sees too little rather than too much.
        self.written.last.fetch_max(self.database.now(), Ordering::AcqRel);
        self.written.running.fetch_sub(1, Ordering::AcqRel);
    }
}

impl ReadYourWrites {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            written: Arc::default(),
        }
    }

    fn writes(&self) -> Writing {
        self.written.running.fetch_add(1, Ordering::AcqRel);
        Writing {
            database: self.database.clone(),
            written: Arc::clone(&self.written),
        }
    }

    async fn begin_handle(&self, options: TransactionOptions, settings: &Settings) -> Result<Transaction, Error> {
        let handle = self.database.begin_handle(options, settings).await?;
        handle.ends_with(self.writes());
        Ok(handle.into_transaction())
    }

    /// Runs a closure in a transaction: committed when it gives `Ok`, rolled back when it gives `Err` or panics.
    ///
    /// # Errors
    /// Those of the closure and of the server.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(&Transaction) -> Result<T, Error>) -> Result<T, Error> {
        in_transaction(self, TransactionOptions::default(), work).await
    }
}

impl fmt::Debug for ReadYourWrites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadYourWrites").field(&self.database).finish()
    }
}

impl Executor for ReadYourWrites {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        if statement.only_reads {
            return self.database.run_as_of(statement, rows, self.written.not_before());
        }
        Box::pin(async move {
            let _writing = self.writes();
            self.database.run(statement, rows).await
        })
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        if statement.only_reads {
            return self.database.open_as_of(statement, self.written.not_before());
        }
        Box::pin(async move {
            let _writing = self.writes();
            self.database.open(statement).await
        })
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let _writing = self.writes();
            self.database.copy_in(copy, source).await
        })
    }

    /// On the primary, which has all that was written.
    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        self.database.copy_out(statement, format)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let _writing = self.writes();
            self.database.batch(sql).await
        })
    }

    fn one_connection<'a>(&'a self) -> BoxFuture<'a, Result<Option<Box<dyn Executor + 'a>>, Error>> {
        let not_before = self.written.not_before();
        Box::pin(async move { self.database.connection_as_of(not_before).await.map(Some) })
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move { self.begin_handle(options, &Settings::default()).await })
    }

    /// On the primary, as all that has settings.
    fn run_with_settings<'a>(
        &'a self,
        settings: &'a Settings,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let _writing = (!statement.only_reads).then(|| self.writes());
            self.database.run_with_settings(settings, statement, rows).await
        })
    }

    fn open_with_settings<'a>(
        &'a self,
        settings: &Settings,
        statement: Statement,
    ) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let writing = (!statement.only_reads).then(|| self.writes());
        let opening = self.database.open_with_settings(settings, statement);
        Box::pin(async move {
            let _writing = writing;
            opening.await
        })
    }

    fn begin_with_settings<'a>(
        &'a self,
        options: TransactionOptions,
        settings: &'a Settings,
    ) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(self.begin_handle(options, settings))
    }
}

/// A connection to a replica for statements that belong together. What is no read, or cannot be read there, goes to a
/// connection to the primary.
pub(crate) struct OnReplica<'a> {
    database: &'a Database,
    picked: Picked<'a>,
    replica: Connection,
    /// The replica could not do it.
    left: AtomicBool,
    primary: OnceCell<Connection>,
}

impl<'a> OnReplica<'a> {
    pub(crate) fn new(database: &'a Database, picked: Picked<'a>, replica: Connection) -> Self {
        Self {
            database,
            picked,
            replica,
            left: AtomicBool::new(false),
            primary: OnceCell::new(),
        }
    }

    async fn primary(&self) -> Result<&Connection, Error> {
        self.primary.get_or_try_init(|| self.database.connection()).await
    }
}

impl OnReplica<'_> {
    async fn run(
        &self,
        settings: Option<&Settings>,
        statement: &Statement,
        rows: &mut dyn RowSink,
    ) -> Result<u64, Error> {
        let mut rows = Counted::new(rows);
        if statement.only_reads && !self.left.load(Ordering::Acquire) {
            match run_on(&self.replica, settings, statement, &mut rows).await {
                Err(error) if !rows.any && self.picked.leaves_to_primary(&error) => {
                    self.left.store(true, Ordering::Release);
                }
                result => return result,
            }
        }
        run_on(self.primary().await?, settings, statement, &mut rows).await
    }
}

async fn run_on(
    connection: &Connection,
    settings: Option<&Settings>,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    match settings {
        None => connection.run(statement, rows).await,
        Some(settings) => connection.run_with_settings(settings, statement, rows).await,
    }
}

impl Executor for OnReplica<'_> {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(self.run(None, statement, rows))
    }

    fn run_with_settings<'a>(
        &'a self,
        settings: &'a Settings,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(self.run(Some(settings), statement, rows))
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        Box::pin(async move { self.primary().await?.open(statement).await })
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move { self.primary().await?.copy_in(copy, source).await })
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        copy_pieces(move |slot| async move {
            let primary = self.primary().await?;
            slot.pass_on(primary.copy_out(statement, format)).await
        })
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { self.primary().await?.batch(sql).await })
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move { self.primary().await?.begin_with(options).await })
    }
}
