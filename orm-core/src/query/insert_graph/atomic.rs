//! The transaction around a graph.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::driver::{Executor, Statement};
use crate::error::Error;
use crate::query::fetch::execute;
use crate::transaction::Transaction;

/// A transaction of the graph's own, or the one that it is inserted in.
///
/// There it takes no savepoint, for the reason that `insert_many` takes none: what runs beside it (`join!`) would be refused
/// while the savepoint is open, or rolled back with it after its `Ok`.
pub struct Atomic<'d> {
    db: &'d dyn Executor,
    own: Option<Transaction>,
    /// The line of the program that it is inserted for.
    place: &'static Location<'static>,
    /// Whether something was stored already, so that a failure must undo it.
    has_written: AtomicBool,
}

impl<'d> Atomic<'d> {
    pub(super) async fn begin(db: &'d dyn Executor, place: &'static Location<'static>) -> Result<Self, Error> {
        let own = match db.is_transaction() {
            true => None,
            false => Some(db.begin().await?),
        };
        Ok(Self {
            db,
            own,
            place,
            has_written: AtomicBool::new(false),
        })
    }

    pub(super) fn executor(&self) -> &dyn Executor {
        match &self.own {
            Some(transaction) => transaction,
            None => self.db,
        }
    }

    pub(super) fn place(&self) -> &'static Location<'static> {
        self.place
    }

    pub(super) fn has_written(&self) {
        self.has_written.store(true, Ordering::Relaxed);
    }

    /// Commits what went well, and leaves nothing of what did not.
    pub(super) async fn end<T: Send>(self, result: Result<T, Error>) -> Result<T, Error> {
        match (result, self.own) {
            (Ok(value), Some(own)) => {
                own.commit().await?;
                Ok(value)
            }
            (Err(error), Some(own)) => {
                // The error is the one to tell; where the rollback fails the connection is gone, and the server rolls back.
                let _ = own.rollback().await;
                Err(error)
            }
            (Err(error), None) if error.sqlstate().is_none() && self.has_written.into_inner() => {
                abort(self.db).await;
                Err(error)
            }
            (result, None) => result,
        }
    }
}

/// Aborts the user's transaction, in which the parents of a row that could not be sent or read are stored already. The server
/// knows no command for it, so this is a mistake; it stands in the server's log, which is why it says what happened.
async fn abort(db: &dyn Executor) {
    let statement = Statement {
        text: "SELECT 'the rest of these rows could not be stored, so this transaction is aborted'::int4".into(),
        params: Vec::new(),
        operation: "SELECT",
        table: None,
        place: None,
        only_reads: false,
        options: None,
    };
    let _ = execute(Ok(statement), db).await;
}
