//! How a transaction ends, and what is told of that: saved, not saved, unknown. Never a false `Ok`.

use orm_core::{Error, ErrorKind, Executor, RowSink, Statement};

use super::{Handle, NO_TRANSACTION, over};
use crate::client;
use crate::in_flight::COMMIT;
use crate::lease::Lease;
use crate::level::Ended;
use crate::run::{self, Committing};
use crate::trace::Work;

/// The SQLSTATE of a transaction that did nothing for too long. It is told before the next command is read.
const IDLE_IN_TRANSACTION: &str = "25P03";

impl Handle {
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
    pub(super) async fn run_and_commit(&self, statement: &Statement, rows: &mut dyn RowSink) -> Result<u64, Error> {
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

    async fn commit_outer(&self) -> Result<(), Error> {
        let lease = &self.0.lease;
        if lease.client.is_closed() {
            self.leave(Ended::RolledBack);
            return Err(lost_before_commit(lease));
        }
        let committed = self
            .control_as(&lease.given_out.commit(COMMIT), Work::text("COMMIT", "COMMIT"))
            .await;
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
        if client::is_another_transaction(&error) {
            let _ = self.control("ROLLBACK", "ROLLBACK").await;
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
