//! Advisory locks: locks on numbers whose meaning is the program's. PostgreSQL's chapter: *Advisory Locks*.

use std::panic::Location;

use sha2::{Digest, Sha256};

use crate::driver::{Columns, Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::Error;
use crate::transaction::Transaction;

/// What an advisory lock is on: a number (`i64`), two numbers (`(i32, i32)`, which never meet those of one), or a text.
///
/// Of a text the number is the first eight bytes of its SHA-256, as in SQL
/// `('x' || left(encode(sha256('the text'), 'hex'), 16))::bit(64)::int8`: the same in each version of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdvisoryKey(Numbers);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Numbers {
    One(i64),
    Two(i32, i32),
}

impl AdvisoryKey {
    /// `SELECT function($1)`, or with two parameters. For drivers.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub fn call(self, function: &'static str) -> Statement {
        let (arguments, params) = match self.0 {
            Numbers::One(key) => ("$1", vec![Param::new(&key)]),
            Numbers::Two(class, key) => ("$1, $2", vec![Param::new(&class), Param::new(&key)]),
        };
        Statement {
            text: format!("SELECT {function}({arguments})").into(),
            params,
            operation: "SELECT",
            table: None,
            place: Some(Location::caller()),
            only_reads: false,
            options: None,
        }
    }
}

impl From<i64> for AdvisoryKey {
    fn from(key: i64) -> Self {
        Self(Numbers::One(key))
    }
}

impl From<i32> for AdvisoryKey {
    fn from(key: i32) -> Self {
        Self(Numbers::One(key.into()))
    }
}

impl From<(i32, i32)> for AdvisoryKey {
    fn from((class, key): (i32, i32)) -> Self {
        Self(Numbers::Two(class, key))
    }
}

impl From<&str> for AdvisoryKey {
    fn from(text: &str) -> Self {
        let hash = Sha256::digest(text.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        Self(Numbers::One(i64::from_be_bytes(first)))
    }
}

impl From<&String> for AdvisoryKey {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl Transaction {
    /// Waits for an advisory lock and holds it to the end of the transaction (`pg_advisory_xact_lock`). Begun in a
    /// savepoint, it is let go where that is rolled back.
    ///
    /// ```
    /// # async fn example(tx: &orm_core::Transaction) -> Result<(), orm_core::Error> {
    /// tx.advisory_lock("nightly report").await?;   // one at a time, on however many machines
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server's: a deadlock with another transaction, or `lock_timeout`.
    #[track_caller]
    pub fn advisory_lock(&self, key: impl Into<AdvisoryKey>) -> impl Future<Output = Result<(), Error>> + Send {
        self.wait_for(key.into().call("pg_advisory_xact_lock"))
    }

    /// The same, shared with others that take it shared (`pg_advisory_xact_lock_shared`).
    ///
    /// # Errors
    /// As [`advisory_lock`](Self::advisory_lock).
    #[track_caller]
    pub fn advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> impl Future<Output = Result<(), Error>> + Send {
        self.wait_for(key.into().call("pg_advisory_xact_lock_shared"))
    }

    /// Takes an advisory lock if it is free now; whether it did (`pg_try_advisory_xact_lock`).
    ///
    /// # Errors
    /// The server's.
    #[track_caller]
    pub fn try_advisory_lock(&self, key: impl Into<AdvisoryKey>) -> impl Future<Output = Result<bool, Error>> + Send {
        self.try_for(key.into().call("pg_try_advisory_xact_lock"))
    }

    /// The same, shared with others that take it shared (`pg_try_advisory_xact_lock_shared`).
    ///
    /// # Errors
    /// The server's.
    #[track_caller]
    pub fn try_advisory_lock_shared(
        &self,
        key: impl Into<AdvisoryKey>,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        self.try_for(key.into().call("pg_try_advisory_xact_lock_shared"))
    }

    async fn wait_for(&self, statement: Statement) -> Result<(), Error> {
        self.run(&statement, &mut Nothing).await.map(|_| ())
    }

    async fn try_for(&self, statement: Statement) -> Result<bool, Error> {
        let mut taken = Taken(false);
        self.run(&statement, &mut taken).await.map(|_| taken.0)
    }
}

struct Nothing;

impl RowSink for Nothing {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Whether a `try` has taken it. For drivers.
#[doc(hidden)]
#[derive(Debug)]
pub struct Taken(pub bool);

impl RowSink for Taken {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        Columns::new(columns).next::<bool>()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.0 = row.get(0)?;
        Ok(())
    }
}
