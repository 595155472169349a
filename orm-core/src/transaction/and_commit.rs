//! The last statement of a transaction, with its COMMIT in the same round trip.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Transaction;
use crate::driver::{BoxFuture, CopySource, Executor, ResultColumn, Row, RowSink, RowSource, Statement};
use crate::error::{Error, ErrorKind};
use crate::transaction::TransactionOptions;

/// The end of a transaction: an executor for one more query, whose success commits. Made by
/// [`Transaction::and_commit`].
pub struct AndCommit {
    /// `None` once it was used.
    transaction: Mutex<Option<Transaction>>,
}

impl AndCommit {
    pub(super) fn new(transaction: Transaction) -> Self {
        Self {
            transaction: Mutex::new(Some(transaction)),
        }
    }

    fn take(&self) -> Result<Transaction, Error> {
        let taken = self.transaction.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidQuery,
                "`and_commit` is for the last statement of a transaction, which ended with the one before: run all but \
                 the last on the transaction itself",
            )
        })
    }
}

impl fmt::Debug for AndCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AndCommit")
    }
}

#[diagnostic::do_not_recommend]
impl Executor for AndCommit {
    fn run<'a>(&'a self, statement: &'a Statement, rows: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let transaction = self.take()?;
            let mut rows = Rows { rows, failed: None };
            let count = transaction.driver.run_and_commit(statement, &mut rows).await?;
            transaction.after_commit_actions().run().await?;
            rows.failed.map_or(Ok(count), Err)
        })
    }

    /// A stream is read after it was opened, so it cannot be the end.
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn RowSource + 'a>, Error>> {
        Box::pin(async move {
            Err(Error::new(
                ErrorKind::InvalidQuery,
                "a stream cannot end a transaction: read it on the transaction, and then call `commit`",
            )
            .with_table(statement.table))
        })
    }

    fn copy_in<'a>(&'a self, copy: &'a str, source: &'a mut dyn CopySource) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let transaction = self.take()?;
            let count = transaction.copy_in(copy, source).await?;
            transaction.commit().await.map(|()| count)
        })
    }

    fn batch<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let transaction = self.take()?;
            transaction.batch(sql).await?;
            transaction.commit().await
        })
    }

    /// The transaction itself, for a query that takes several statements and commits after the last.
    fn begin_with<'a>(&'a self, options: TransactionOptions) -> BoxFuture<'a, Result<Transaction, Error>> {
        Box::pin(async move {
            if options != TransactionOptions::default() {
                return Err(Error::new(
                    ErrorKind::InvalidQuery,
                    "the transaction has begun, and its isolation level and modes with it",
                ));
            }
            self.take()
        })
    }
}

/// Keeps the first error of a row, since the statement is saved all the same.
struct Rows<'a> {
    rows: &'a mut dyn RowSink,
    failed: Option<Error>,
}

impl RowSink for Rows<'_> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.rows.columns(columns)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        if self.failed.is_none() {
            self.failed = self.rows.row(row).err();
        }
        Ok(())
    }
}
