//! Transactions and savepoints on a connection.
//!
//! Both are a [`Handle`]. Dropped unfinished, it sends its `ROLLBACK` without waiting; since the server runs what a
//! connection sends in order, whoever uses the connection next comes after it.
//!
//! Which handle may send what, and when, is its [`Level`]'s.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use orm_core::{
    BoxFuture, CopySource, Error, ErrorKind, Executor, Recorder, RowSink, RowSource, Settings, Statement, Transaction,
    TransactionDriver, TransactionOptions,
};

use crate::cursor::{self, Place};
use crate::in_flight::{COMMIT, InFlight};
use crate::inside::Stay;
use crate::lease::Lease;
use crate::level::{Ended, Level, Running, Turn};
use crate::opening::{self, Begin, over};
use crate::routed::Writing;
use crate::run::Committing;
use crate::trace::Work;
use crate::{batch, copy, deadline, error, run};

/// Names of ours only, so that none needs quoting and none is taken.
static NEXT_SAVEPOINT: AtomicU64 = AtomicU64::new(0);

/// The SQLSTATE of what needs a transaction, outside of one.
const NO_TRANSACTION: &str = "25P01";

/// The SQLSTATE of a transaction that did nothing for too long. It is told before the next command is read.
const IDLE_IN_TRANSACTION: &str = "25P03";

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

/// Begins a transaction: nothing is sent before its first statement.
///
/// # Errors
/// When the connection is in one already.
pub(crate) async fn begin(
    lease: Arc<Lease>,
    options: TransactionOptions,
    settings: &Settings,
) -> Result<Handle, Error> {
    begin_by(lease, Begin::new(options, settings)).await
}

/// Begins a transaction in which a stream is read at the reader's pace: one that waits for its reader is not idle.
///
/// # Errors
/// As [`begin`].
pub(crate) async fn begin_for_stream(lease: Arc<Lease>, settings: &Settings) -> Result<Handle, Error> {
    begin_by(lease, Begin::for_stream(settings)).await
}

async fn begin_by(lease: Arc<Lease>, begin: Begin) -> Result<Handle, Error> {
    begin.settings().check()?;
    lease.check_usable()?;
    refuse_in_raw_transaction(&lease).await?;
    let sender = Arc::clone(&lease);
    let _turn = sender.turn().await;
    let level = Level::new(None);
    let epoch = lease.enter_transaction(&level, begin)?;
    Ok(Handle(Arc::new(State {
        stay: Stay::new(&lease.target.inside),
        writing: OnceLock::new(),
        lease,
        epoch,
        savepoint: None,
        finished: AtomicBool::new(false),
        level,
        _turn: None,
    })))
}

/// Runs a statement in a transaction of its own, all of it in one round trip where the statement is prepared.
///
/// # Errors
/// Those of the statement and of the commit.
pub(crate) async fn run_alone(
    lease: &Arc<Lease>,
    settings: &Settings,
    statement: &Statement,
    rows: &mut dyn RowSink,
) -> Result<u64, Error> {
    let _ = lease.take_out_of_date();
    let mut healed = false;
    loop {
        let handle = begin(Arc::clone(lease), TransactionOptions::default(), settings).await?;
        let result = handle.run_and_commit(statement, rows).await;
        // It is rolled back, so it can be run again with what was prepared anew.
        if result.is_err() && !healed && lease.take_out_of_date() && lease.check_usable().is_ok() {
            healed = true;
            continue;
        }
        return result;
    }
}

/// A text of the user's may have begun a transaction here, and our COMMIT would save it. The server knows: outside of
/// one there are no savepoints.
async fn refuse_in_raw_transaction(lease: &Lease) -> Result<(), Error> {
    if !lease.has_raw_transaction() || lease.in_transaction() {
        return Ok(());
    }
    let in_flight = InFlight::control(lease);
    let asked = lease
        .client
        .batch_execute("SAVEPOINT orm_probe; RELEASE SAVEPOINT orm_probe")
        .await;
    in_flight.done();
    let asked = asked.map_err(|error| error::of_statement(lease, error, None));
    match asked {
        Err(error) if error.sqlstate() == Some(NO_TRANSACTION) => {
            lease.is_in_no_raw_transaction();
            Ok(())
        }
        Err(error) if error.kind() != ErrorKind::TransactionAborted => Err(error),
        _ => Err(Error::new(
            ErrorKind::InvalidQuery,
            "this connection is in a transaction that SQL text of the program's own began (`BEGIN`): end it the same \
             way first, or begin all transactions by `begin`",
        )),
    }
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

    /// Commits, or releases the savepoint.
    pub(crate) async fn commit(&self) -> Result<(), Error> {
        self.check()?;
        self.finish()?;
        if self.end_unsent(Ended::Committed) {
            return Ok(());
        }
        self.is_to_end();
        let committed = match &self.0.savepoint {
            Some(name) => self.release(name).await,
            None => self.commit_outer().await,
        };
        if committed.as_ref().is_err_and(Error::is_retryable) {
            self.0.level.met_conflict();
        }
        committed
    }

    /// Rolls back, or rolls back to the savepoint.
    pub(crate) async fn rollback(&self) -> Result<(), Error> {
        self.finish()?;
        match self.0.level.ended() {
            Some(Ended::RolledBack) => return Ok(()), // With what is around it.
            Some(Ended::Committed | Ended::Unknown) => return Err(over()),
            None => {}
        }
        if self.end_unsent(Ended::RolledBack) {
            return Ok(());
        }
        if self.0.lease.is_broken() {
            self.0.level.end(Ended::RolledBack); // The server does, as the connection is closed.
            return Ok(());
        }
        self.is_to_end();
        let rolled_back = self.control(&self.0.rollback_text(), "ROLLBACK").await;
        self.0.level.pass_conflict_on(rolled_back.is_ok());
        if rolled_back.is_ok() {
            self.0.level.end(Ended::RolledBack);
            if self.0.savepoint.is_none() {
                self.leave(Ended::RolledBack);
            }
        }
        rolled_back
    }

    /// Marks that the end of the transaction is sent next.
    fn is_to_end(&self) {
        if self.0.savepoint.is_none() && self.0.lease.epoch() == self.0.epoch {
            self.0.lease.is_to_end();
        }
    }

    /// Ends a transaction of which nothing was sent.
    fn end_unsent(&self, how: Ended) -> bool {
        let unsent = self.0.savepoint.is_none() && self.0.lease.opening.is_unsent();
        if unsent {
            self.leave(how);
        }
        unsent
    }

    /// Runs a statement and commits if it succeeds, in one round trip where it is prepared; else rolls back.
    async fn run_and_commit(&self, statement: &Statement, rows: &mut dyn RowSink) -> Result<u64, Error> {
        if self.0.savepoint.is_some() {
            return self.run_and_release(statement, rows).await;
        }
        let running = self.enter()?;
        self.finish()?;
        let lease = &self.0.lease;
        let Committing { statement: ran, commit } = run::run_committing(lease, statement, rows).await;
        drop(running);
        let ran = self.note(ran);
        let result = match (ran, commit) {
            (Ok(count), Some(committed)) => self.settle(committed).await.map(|()| count),
            // It could not go along.
            (Ok(count), None) => self.commit_outer().await.map(|()| count),
            (Err(error), Some(Ok(()))) => {
                self.leave(Ended::Committed); // What came of its rows is no matter of the server's.
                Err(error)
            }
            (Err(error), Some(Err(_))) if is_lost_unheard(lease, &error) => {
                self.leave(Ended::Unknown);
                Err(unknown(&error))
            }
            (Err(error), _) => {
                if !self.end_unsent(Ended::RolledBack) {
                    self.roll_back_failed().await;
                }
                Err(error)
            }
        };
        if result.as_ref().is_err_and(Error::is_retryable) {
            self.0.level.met_conflict();
        }
        result
    }

    async fn run_and_release(&self, statement: &Statement, rows: &mut dyn RowSink) -> Result<u64, Error> {
        match Executor::run(self, statement, rows).await {
            Ok(count) => self.commit().await.map(|()| count),
            Err(error) => {
                let _ = self.rollback().await; // The error of the statement is the one to tell.
                Err(error)
            }
        }
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

    async fn commit_outer(&self) -> Result<(), Error> {
        let lease = &self.0.lease;
        if lease.client.is_closed() {
            self.leave(Ended::RolledBack);
            return Err(lost_before_commit(lease));
        }
        let committed = self.control_as(COMMIT, Work::text("COMMIT", "COMMIT")).await;
        self.settle(committed).await
    }

    /// What became of the transaction, by the answer to its COMMIT.
    async fn settle(&self, committed: Result<(), Error>) -> Result<(), Error> {
        let lease = &self.0.lease;
        let Err(error) = committed else {
            self.leave(Ended::Committed);
            return Ok(());
        };
        // Also an answer that was not understood: it may have been of success.
        let unanswered = error.kind() == ErrorKind::ConnectionLost || error.sqlstate().is_none();
        if unanswered && lease.is_broken() {
            if error.sqlstate() == Some(IDLE_IN_TRANSACTION) {
                self.leave(Ended::RolledBack);
                return Err(error);
            }
            self.leave(Ended::Unknown);
            return Err(unknown(&error));
        }
        if error.sqlstate() == Some(NO_TRANSACTION) {
            self.leave(Ended::Unknown);
            return Err(ended_by_text());
        }
        self.roll_back_failed().await;
        Err(error)
    }

    /// Whatever failed: nothing of it stays open.
    async fn roll_back_failed(&self) {
        if !self.0.lease.client.is_closed() && !self.0.lease.is_broken() {
            let _ = self.control("ROLLBACK", "ROLLBACK").await;
        }
        self.leave(Ended::RolledBack);
    }

    async fn release(&self, name: &str) -> Result<(), Error> {
        let released = self.control(&format!("RELEASE SAVEPOINT {name}"), "RELEASE").await;
        match &released {
            Ok(()) => {
                self.0.level.end(Ended::Committed);
                self.0.level.pass_conflict_on(false);
            }
            Err(_) if self.0.lease.client.is_closed() => {}
            Err(error) => {
                if error.is_retryable() {
                    self.0.level.met_conflict();
                }
                let rolled_back = self.control(&self.0.rollback_text(), "ROLLBACK").await;
                self.0.level.pass_conflict_on(rolled_back.is_ok());
                if rolled_back.is_ok() {
                    self.0.level.end(Ended::RolledBack);
                }
            }
        }
        released
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

fn lost_before_commit(lease: &Lease) -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        format!(
            "the connection was lost before COMMIT, so nothing was saved{}",
            lease.last_words
        ),
    )
}

/// Whether a connection was lost with a statement and a COMMIT on their way, and no word of the server's on either.
fn is_lost_unheard(lease: &Lease, error: &Error) -> bool {
    error.kind() == ErrorKind::ConnectionLost && lease.is_broken() && error.sqlstate().is_none()
}

fn ended_by_text() -> Error {
    Error::new(
        ErrorKind::InvalidQuery,
        "the transaction had been ended before by SQL text of the program's own (`COMMIT` or `ROLLBACK`), so this \
         commit saved nothing; end it by `commit` or `rollback` only",
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
