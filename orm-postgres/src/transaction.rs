//! Transactions and savepoints on a connection.
//!
//! Both are a [`Handle`]. Dropped unfinished, it sends its `ROLLBACK` without waiting; since the server runs what a
//! connection sends in order, whoever uses the connection next comes after it.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use orm_core::{
    BoxFuture, CopySource, Error, ErrorKind, Executor, RowSink, RowSource, Statement, Transaction, TransactionDriver,
    TransactionOptions,
};

use crate::cursor::{self, Place};
use crate::in_flight::InFlight;
use crate::lease::Lease;
use crate::trace::Work;
use crate::{batch, copy, error, run};

/// Names of ours only, so that none needs quoting and none is taken.
static NEXT_SAVEPOINT: AtomicU64 = AtomicU64::new(0);

/// A transaction or savepoint. Clones are the same one; the last that is dropped rolls it back.
#[derive(Clone)]
pub(crate) struct Handle(Arc<State>);

struct State {
    lease: Arc<Lease>,
    /// Which transaction of the connection it is.
    epoch: u64,
    /// The savepoint's name; `None` for the transaction itself.
    savepoint: Option<String>,
    finished: AtomicBool,
    /// Whether a serialization failure or deadlock was met in the transaction.
    retryable: Arc<AtomicBool>,
}

/// Begins a transaction.
///
/// # Errors
/// When the connection is in one already, and those of the server.
pub(crate) async fn begin(lease: Arc<Lease>, options: TransactionOptions) -> Result<Handle, Error> {
    lease.check_usable()?;
    let epoch = lease.enter_transaction()?;
    // Made before `BEGIN` is sent, so that its drop rolls back whatever becomes of it.
    let handle = Handle(Arc::new(State {
        lease,
        epoch,
        savepoint: None,
        finished: AtomicBool::new(false),
        retryable: Arc::default(),
    }));
    let begun = handle.control(&begin_text(options), "BEGIN").await;
    if begun.is_err() {
        handle.finish()?;
        handle.0.lease.leave_transaction(epoch);
    }
    begun.map(|()| handle)
}

fn begin_text(options: TransactionOptions) -> Cow<'static, str> {
    if options == TransactionOptions::default() {
        return "BEGIN".into();
    }
    let mut text = "BEGIN".to_owned();
    if let Some(isolation) = options.isolation {
        text.push_str(" ISOLATION LEVEL ");
        text.push_str(isolation.sql());
    }
    if options.read_only {
        text.push_str(" READ ONLY");
    }
    if options.deferrable {
        text.push_str(" DEFERRABLE");
    }
    text.into()
}

impl Handle {
    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.0.lease
    }

    /// As the program holds it.
    pub(crate) fn into_transaction(self) -> Transaction {
        Transaction::new(Box::new(self))
    }

    /// Whether a serialization failure or deadlock was met in it: run again, it may succeed.
    pub(crate) fn is_retryable(&self) -> bool {
        self.0.retryable.load(Ordering::Acquire)
    }

    /// Commits, or releases the savepoint.
    pub(crate) async fn commit(&self) -> Result<(), Error> {
        self.check()?;
        self.finish()?;
        let committed = match &self.0.savepoint {
            Some(name) => self.release(name).await,
            None => self.commit_outer().await,
        };
        self.note(committed)
    }

    /// Rolls back, or rolls back to the savepoint.
    pub(crate) async fn rollback(&self) -> Result<(), Error> {
        self.finish()?;
        if self.0.lease.is_broken() || self.0.lease.epoch() != self.0.epoch {
            return Ok(()); // The connection is closed, or the transaction around this savepoint is over.
        }
        let rolled_back = self.control(&self.0.rollback_text(), "ROLLBACK").await;
        if self.0.savepoint.is_none() && rolled_back.is_ok() {
            self.0.lease.leave_transaction(self.0.epoch);
        }
        rolled_back
    }

    async fn savepoint(&self, options: TransactionOptions) -> Result<Handle, Error> {
        self.check()?;
        if options != TransactionOptions::default() {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "a savepoint has no isolation level or modes of its own; set them on the transaction",
            ));
        }
        let name = format!("orm_s{}", NEXT_SAVEPOINT.fetch_add(1, Ordering::Relaxed));
        let text = format!("SAVEPOINT {name}");
        let handle = Handle(Arc::new(State {
            lease: Arc::clone(&self.0.lease),
            epoch: self.0.epoch,
            savepoint: Some(name),
            finished: AtomicBool::new(false),
            retryable: Arc::clone(&self.0.retryable),
        }));
        let begun = handle.control(&text, "SAVEPOINT").await;
        if begun.is_err() {
            handle.finish()?;
        }
        begun.map(|()| handle)
    }

    async fn commit_outer(&self) -> Result<(), Error> {
        let lease = &self.0.lease;
        if lease.client.is_closed() {
            lease.leave_transaction(self.0.epoch);
            return Err(Error::new(
                ErrorKind::ConnectionLost,
                format!(
                    "the connection was lost before COMMIT, so nothing was saved{}",
                    lease.last_words
                ),
            ));
        }
        // COMMIT of a failed transaction answers ROLLBACK, which the driver takes for success. A statement before it
        // in the same message fails instead, and then COMMIT is not run.
        let Err(error) = self.control("SELECT 1; COMMIT", "COMMIT").await else {
            lease.leave_transaction(self.0.epoch);
            return Ok(());
        };
        match error.kind() {
            ErrorKind::TransactionAborted | ErrorKind::QueryCanceled => {
                let _ = self.control("ROLLBACK", "ROLLBACK").await;
            }
            ErrorKind::ConnectionLost => return Err(unknown(&error)),
            _ => {}
        }
        lease.leave_transaction(self.0.epoch);
        Err(error)
    }

    async fn release(&self, name: &str) -> Result<(), Error> {
        let released = self.control(&format!("RELEASE SAVEPOINT {name}"), "RELEASE").await;
        if released.is_err() && !self.0.lease.client.is_closed() {
            let _ = self.control(&self.0.rollback_text(), "ROLLBACK").await;
        }
        released
    }

    /// Sends a command of transaction control.
    async fn control(&self, text: &str, operation: &str) -> Result<(), Error> {
        let lease = &self.0.lease;
        let sent = async {
            let in_flight = InFlight::control(lease);
            let result = lease.client.batch_execute(text).await;
            in_flight.done();
            result.map_err(|error| error::of_statement(lease, error, None))
        };
        if lease.target.is_watched() {
            lease.target.watch(Work::text(text, operation), sent).await
        } else {
            sent.await
        }
    }

    /// Refuses what comes after the end of the transaction.
    fn check(&self) -> Result<(), Error> {
        if self.0.finished.load(Ordering::Acquire) || self.0.lease.epoch() != self.0.epoch {
            return Err(over());
        }
        self.0.lease.check_usable()
    }

    fn finish(&self) -> Result<(), Error> {
        if self.0.finished.swap(true, Ordering::AcqRel) {
            return Err(over());
        }
        Ok(())
    }

    /// Remembers whether the transaction, run again, may succeed.
    fn note<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if result.as_ref().is_err_and(Error::is_retryable) {
            self.0.retryable.store(true, Ordering::Release);
        }
        result
    }
}

fn over() -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        "the transaction is over: it was committed or rolled back before this call",
    )
}

fn unknown(error: &Error) -> Error {
    Error::new(
        ErrorKind::CommitUnknown,
        format!(
            "the connection was lost during COMMIT, so the transaction may have been saved or not ({error}); \
             look whether it was before running it again"
        ),
    )
}

impl State {
    fn rollback_text(&self) -> Cow<'static, str> {
        match &self.savepoint {
            Some(name) => format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}").into(),
            None => "ROLLBACK".into(),
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // The transaction's end is proven by its epoch, not by `finished`: a COMMIT that was dropped while it was on
        // its way is followed by this ROLLBACK, which then does nothing.
        if self.lease.epoch() != self.epoch {
            return;
        }
        if self.savepoint.is_none() {
            if !self.lease.is_broken() {
                let _nobody_waits = self.lease.send("ROLLBACK");
            }
            self.lease.leave_transaction(self.epoch);
        } else if !self.finished.load(Ordering::Acquire) && !self.lease.is_broken() {
            let _nobody_waits = self.lease.send(&self.rollback_text());
        }
    }
}

impl Executor for Handle {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        let lease = &self.0.lease;
        if lease.target.is_watched() {
            return Box::pin(async move {
                self.check()?;
                let work = Work::statement(statement);
                self.note(lease.target.watch(work, run::run(lease, statement, rows)).await)
            });
        }
        Box::pin(async move {
            self.check()?;
            self.note(run::run(lease, statement, rows).await)
        })
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        Box::pin(async move {
            self.check()?;
            let place = Place::Transaction(Arc::clone(&self.0.lease));
            let source: Box<dyn RowSource> = self.note(cursor::open(place, statement).await)?;
            Ok(source as Box<dyn RowSource + 'a>)
        })
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            self.check()?;
            let work = copy::copy_in(&self.0.lease, copy, source);
            self.note(self.0.lease.target.watch(Work::text(copy, "COPY"), work).await)
        })
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.check()?;
            let work = batch::batch(&self.0.lease, sql);
            self.note(self.0.lease.target.watch(Work::text(sql, "BATCH"), work).await)
        })
    }

    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move { self.savepoint(options).await.map(Handle::into_transaction) })
    }
}

impl TransactionDriver for Handle {
    fn commit<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(Handle::commit(self))
    }

    fn rollback<'a>(&'a self) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(Handle::rollback(self))
    }
}
