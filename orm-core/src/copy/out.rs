//! The rows of a query as bytes: `COPY (…) TO STDOUT`.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::CopyFormat;
use crate::driver::{ByteStream, Executor, Statement};
use crate::error::Error;
use crate::query::{Fetch, Sql};
use crate::statements::here;

/// Queries whose rows come as bytes: CSV for a file or a download, without a Rust value for any of them.
pub trait CopyOut: Sized {
    #[doc(hidden)]
    fn into_copied(self) -> Result<Statement, Error>;

    /// The rows as CSV with a line of column names: `COPY (SELECT …) TO STDOUT (FORMAT csv, HEADER)`.
    ///
    /// As [`copy_out`](Self::copy_out).
    #[track_caller]
    fn copy_csv(self, db: &dyn Executor) -> CopyStream<'_> {
        CopyStream::new(here(self.into_copied()), CopyFormat::csv(), db)
    }

    /// The rows in this format: `COPY (SELECT …) TO STDOUT (…)`. Nothing is sent before the stream is polled.
    ///
    /// COPY takes no parameters, and values are never written into its text: they are put into settings of the transaction
    /// (`set_config('orm.copy_1', $1, true)`), and the text has `current_setting('orm.copy_1')::int8` in their place. So the
    /// server's log and statistics hold no values, either.
    ///
    /// On a database or a connection it runs in a transaction of its own, and no statement timeout applies, since it goes at
    /// the pace of its reader: set a limit of yours around it. In a transaction of yours that one's `statement_timeout`
    /// does. While it is read, other statements of its connection are refused.
    #[track_caller]
    fn copy_out(self, format: CopyFormat, db: &dyn Executor) -> CopyStream<'_> {
        CopyStream::new(here(self.into_copied()), format, db)
    }
}

impl<Q: Fetch> CopyOut for Q {
    fn into_copied(self) -> Result<Statement, Error> {
        self.to_sql()
    }
}

impl Sql {
    /// The rows as CSV with a line of column names. As [`CopyOut::copy_csv`].
    #[track_caller]
    pub fn copy_csv(self, db: &dyn Executor) -> CopyStream<'_> {
        CopyStream::new(here(Ok(self.to_sql())), CopyFormat::csv(), db)
    }

    /// The rows in this format. As [`CopyOut::copy_out`].
    #[track_caller]
    pub fn copy_out(self, format: CopyFormat, db: &dyn Executor) -> CopyStream<'_> {
        CopyStream::new(here(Ok(self.to_sql())), format, db)
    }
}

/// The rows of a query as bytes, while they arrive: made by [`CopyOut`].
///
/// A `futures` stream of `Result<Bytes, Error>`, and [`try_next`](Self::try_next) without that crate. Its pieces are of some
/// 64 KiB, cut anywhere. Memory stays flat: who reads slowly slows the server down. Dropped before its end, the server is
/// asked to cancel, and the connection is closed; a transaction that it was read in is rolled back. After an error it ends.
#[must_use = "a stream does nothing until it is polled"]
pub struct CopyStream<'a> {
    state: State<'a>,
}

enum State<'a> {
    Invalid(Error),
    Reading(ByteStream<'a>),
    Done,
}

impl<'a> CopyStream<'a> {
    fn new(statement: Result<Statement, Error>, format: CopyFormat, db: &'a dyn Executor) -> Self {
        let state = match statement {
            Ok(statement) => State::Reading(db.copy_out(statement, format)),
            Err(error) => State::Invalid(error),
        };
        Self { state }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The server's and the driver's.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }
}

impl Stream for CopyStream<'_> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Reading(stream) = &mut self.state {
            let next = stream.as_mut().poll_next(context);
            if !matches!(next, Poll::Pending | Poll::Ready(Some(Ok(_)))) {
                self.state = State::Done;
            }
            return next;
        }
        match std::mem::replace(&mut self.state, State::Done) {
            State::Invalid(error) => Poll::Ready(Some(Err(error))),
            _ => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for CopyStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyStream")
    }
}
