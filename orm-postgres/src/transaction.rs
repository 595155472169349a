//! Transactions and savepoints on a connection.
//!
//! Both are a [`Handle`]. Dropped unfinished, it sends its `ROLLBACK` without waiting; since the server runs what a
//! connection sends in order, whoever uses the connection next comes after it.
//!
//! Which handle may send what, and when, is its [`Level`]'s.

mod beginning;
mod ending;

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use orm_core::{
    BoxFuture, ByteStream, CopyFormat, CopySource, Error, ErrorKind, Executor, Recorder, RowSink, RowSource, Statement,
    Transaction, TransactionDriver, TransactionOptions,
};

use crate::cursor::{self, Place};
use crate::in_flight::InFlight;
use crate::inside::Stay;
use crate::lease::Lease;
use crate::level::{Ended, Level, Running, Turn};
use crate::opening::{self, over};
use crate::routed::Writing;
use crate::trace::Work;
use crate::{batch, copy, copy_out, deadline, error, run};

/// Names of ours only, so that none needs quoting and none is taken.
static NEXT_SAVEPOINT: AtomicU64 = AtomicU64::new(0);

pub(crate) use beginning::{begin, begin_for_stream, run_alone};

/// The SQLSTATE of what needs a transaction, outside of one.
const NO_TRANSACTION: &str = "25P01";

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
    /// The tasks that are in it.
    stay: Stay,
    /// Whose write it is, until it has ended.
    writing: OnceLock<Writing>,
    level: Arc<Level>,
    /// A savepoint's right to be the open one, given back after its end was sent.
    _turn: Option<Turn>,
}

impl Handle {
    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.0.lease
    }

    /// The write that this transaction is ends with it.
    pub(crate) fn ends_with(&self, writing: Writing) {
        let _ = self.0.writing.set(writing);
    }

    /// As the program holds it.
    pub(crate) fn into_transaction(self) -> Transaction {
        Transaction::new(Box::new(self))
    }

    /// Whether a serialization failure or deadlock was met in it and not dealt with: run again, it may succeed.
    pub(crate) fn is_retryable(&self) -> bool {
        self.0.level.is_in_conflict()
    }

    async fn savepoint(&self, options: TransactionOptions) -> Result<Handle, Error> {
        self.check()?;
        if options != TransactionOptions::default() {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "a savepoint has no isolation level or modes of its own; set them on the transaction",
            ));
        }
        let lease = &self.0.lease;
        let turn = self.0.level.turn(lease.target.wait_timeout, &lease.runtime).await?;
        self.check()?; // It may have ended meanwhile.
        opening::open(lease).await?;
        let name = format!("orm_s{}", NEXT_SAVEPOINT.fetch_add(1, Ordering::Relaxed));
        let text = format!("SAVEPOINT {name}");
        let handle = Handle(Arc::new(State {
            stay: Stay::new(&lease.target.inside),
            writing: OnceLock::new(),
            lease: Arc::clone(lease),
            epoch: self.0.epoch,
            savepoint: Some(name),
            finished: AtomicBool::new(false),
            level: Level::new(Some(Arc::clone(&self.0.level))),
            _turn: Some(turn),
        }));
        let begun = handle.control(&text, "SAVEPOINT").await;
        if begun.is_err() {
            handle.finish()?;
        }
        begun.map(|()| handle)
    }

    /// Marks the end of the transaction.
    fn leave(&self, how: Ended) {
        self.0.level.end(how);
        self.0.lease.leave_transaction(self.0.epoch);
    }

    /// Sends a command of transaction control.
    async fn control(&self, text: &str, operation: &str) -> Result<(), Error> {
        self.control_as(text, Work::text(text, operation)).await
    }

    async fn control_as(&self, text: &str, work: Work<'_>) -> Result<(), Error> {
        let lease = &self.0.lease;
        Recorder::sent_transaction_command();
        let sent = async {
            let in_flight = InFlight::control(lease);
            let result = lease.client.batch_execute(text).await;
            in_flight.done();
            result.map_err(|error| error::of_statement(lease, error, None))
        };
        if lease.target.is_watched() {
            lease.target.watch(work, sent).await
        } else {
            sent.await
        }
    }

    /// Refuses what comes after the end of the transaction.
    fn check(&self) -> Result<(), Error> {
        let over_by_now = self.0.finished.load(Ordering::Acquire)
            || self.0.lease.epoch() != self.0.epoch
            || self.0.level.ended().is_some();
        if over_by_now {
            return Err(over());
        }
        self.0.lease.check_usable()
    }

    /// Marks the begin of a statement.
    ///
    /// # Errors
    /// After the end of the transaction, and while a savepoint of it is open.
    fn enter(&self) -> Result<Running, Error> {
        self.check()?;
        self.0.stay.enter();
        self.0.level.run()
    }

    fn finish(&self) -> Result<(), Error> {
        if self.0.finished.swap(true, Ordering::AcqRel) {
            return Err(over());
        }
        Ok(())
    }

    /// Remembers whether the transaction, run again, may succeed.
    fn note<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        match &result {
            Ok(_) => self.0.level.has_succeeded(),
            Err(error) if error.is_retryable() => self.0.level.met_conflict(),
            Err(_) => {}
        }
        result
    }
}

impl State {
    fn rollback_text(&self) -> Cow<'static, str> {
        match &self.savepoint {
            Some(name) => format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}").into(),
            None => "ROLLBACK".into(),
        }
    }

    /// Sends the rollback without waiting.
    fn roll_back_on_drop(&self) {
        if self.lease.is_broken() {
            return;
        }
        Recorder::sent_transaction_command();
        let (text, now) = (self.rollback_text(), Instant::now());
        let _nobody_waits = self.lease.send(&text);
        self.lease.target.echo_on_drop(&text, now);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // The transaction's end is proven by its epoch, not by `finished`: a COMMIT that was dropped while it was on
        // its way is followed by this ROLLBACK, which then does nothing.
        if self.lease.epoch() != self.epoch {
            return;
        }
        let finished = self.finished.load(Ordering::Acquire);
        if self.savepoint.is_none() && self.lease.opening.is_unsent() {
            self.level.end(Ended::RolledBack);
            self.lease.leave_transaction(self.epoch);
        } else if self.savepoint.is_none() {
            self.roll_back_on_drop();
            self.level
                .end(if finished { Ended::Unknown } else { Ended::RolledBack });
            self.lease.leave_transaction(self.epoch);
        } else if finished {
            self.level.end(Ended::Unknown);
        } else if self.level.ended().is_none() {
            self.roll_back_on_drop();
            self.level.pass_conflict_on(true);
            self.level.end(Ended::RolledBack);
        }
    }
}

impl Executor for Handle {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        let lease = &self.0.lease;
        let running: BoxFuture<'a, _> = match lease.target.is_watched() {
            true => Box::pin(async move {
                let _running = self.enter()?;
                let work = Work::statement(statement);
                self.note(lease.target.watch(work, run::run(lease, statement, rows)).await)
            }),
            false => Box::pin(async move {
                let _running = self.enter()?;
                self.note(run::run(lease, statement, rows).await)
            }),
        };
        deadline::bounded(&lease.target, statement, true, running)
    }

    fn open<'a>(&'a self, mut statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        let (options, table) = (deadline::start(&mut statement), statement.table);
        let target = Arc::clone(&self.0.lease.target);
        let opening = Box::pin(async move {
            let _running = self.enter()?;
            let place = Place::Transaction(Arc::clone(&self.0.lease), Arc::clone(&self.0.level));
            let source: Box<dyn RowSource> = self.note(cursor::open(place, statement).await)?;
            Ok(source as Box<dyn RowSource + 'a>)
        });
        deadline::bounded_piece(target, options.as_deref(), table, true, opening)
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let _running = self.enter()?;
            let work = Work::text(copy, "COPY").at(source.place());
            let copying = copy::copy_in(&self.0.lease, copy, source);
            self.note(self.0.lease.target.watch(work, copying).await)
        })
    }

    fn copy_out<'a>(&'a self, statement: Statement, format: CopyFormat) -> ByteStream<'a> {
        let place = async { Ok(copy_out::Place::Transaction(Arc::clone(&self.0.lease), self.enter()?)) };
        copy_out::copy_out(place, statement, format)
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let _running = self.enter()?;
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

    fn run_and_commit<'a>(
        &'a self,
        statement: &'a Statement,
        rows: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        let running = Box::pin(Handle::run_and_commit(self, statement, rows));
        deadline::bounded(&self.0.lease.target, statement, true, running)
    }
}
