//! Rows one after another, in bounded memory.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::driver::{BoxFuture, Columns, Executor, ResultColumn, Row, RowSink, RowSource, Statement};
use crate::error::Error;
use crate::types::FromRow;

/// The rows of a query, read while they arrive.
///
/// A `futures` stream of `Result<R, Error>`, and [`try_next`](Self::try_next) without that crate. On a
/// [`Database`](crate::Executor) it holds a connection of its own until it is dropped; on a transaction it reads from a
/// cursor, so other statements of the transaction may run in between. Dropped before its end, the statement is
/// cancelled. After an error it ends.
#[must_use = "a stream does nothing until it is polled"]
pub struct RowStream<'a, R> {
    state: State<'a, R>,
    piece: Option<u32>,
}

type Piece<'a, R> = Result<Option<(Box<dyn RowSource + 'a>, Queue<R>)>, Error>;

enum State<'a, R> {
    Unsent(Result<Statement, Error>, &'a dyn Executor, bool),
    Waiting(BoxFuture<'a, Piece<'a, R>>),
    Ready(Box<dyn RowSource + 'a>, Queue<R>),
    Done,
}

impl<'a, R: FromRow> RowStream<'a, R> {
    pub(crate) fn new(statement: Result<Statement, Error>, db: &'a dyn Executor) -> Self {
        Self {
            state: State::Unsent(statement, db, false),
            piece: None,
        }
    }

    /// Of a result whose names count, too.
    pub(crate) fn by_name(statement: Result<Statement, Error>, db: &'a dyn Executor) -> Self {
        Self {
            state: State::Unsent(statement, db, true),
            piece: None,
        }
    }

    /// How many rows are fetched at once, and held: at least 1. Default: 256. More save round trips where rows are small and
    /// the server is far; fewer save memory where they are large. To be said before the first row is asked for.
    pub fn chunk_size(mut self, rows: u32) -> Self {
        self.piece = Some(rows.max(1));
        self
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// The server's, the driver's, or a row that `R` cannot hold.
    pub async fn try_next(&mut self) -> Result<Option<R>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }
}

/// Rows that have arrived, and whether the names of their columns count.
struct Queue<R>(VecDeque<R>, bool);

impl<R: FromRow> RowSink for Queue<R> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        let mut columns = match self.1 {
            true => Columns::by_name(columns),
            false => Columns::new(columns),
        };
        R::check(&mut columns)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.0.push_back(R::from_row(row, 0)?);
        Ok(())
    }
}

async fn piece<'a, R: FromRow>(mut source: Box<dyn RowSource + 'a>, mut queue: Queue<R>) -> Piece<'a, R> {
    let more = source.next(&mut queue).await?;
    if !more && queue.0.is_empty() {
        return Ok(None);
    }
    Ok(Some((source, queue)))
}

impl<'a, R: FromRow> Stream for RowStream<'a, R> {
    type Item = Result<R, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Unsent(Err(error), ..) => return Poll::Ready(Some(Err(error))),
                State::Unsent(Ok(statement), db, by_name) => {
                    let rows = self.piece;
                    self.state = State::Waiting(Box::pin(async move {
                        let mut source = db.open(statement).await?;
                        if let Some(rows) = rows {
                            source.set_piece(rows);
                        }
                        piece(source, Queue(VecDeque::new(), by_name)).await
                    }));
                }
                State::Waiting(mut future) => match future.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Waiting(future);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(None)) => return Poll::Ready(None),
                    Poll::Ready(Ok(Some((source, queue)))) => self.state = State::Ready(source, queue),
                },
                State::Ready(source, mut queue) => match queue.0.pop_front() {
                    Some(row) => {
                        self.state = State::Ready(source, queue);
                        return Poll::Ready(Some(Ok(row)));
                    }
                    None => self.state = State::Waiting(Box::pin(piece(source, queue))),
                },
            }
        }
    }
}

impl<R> Unpin for RowStream<'_, R> {}

impl<R> fmt::Debug for RowStream<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowStream")
    }
}
