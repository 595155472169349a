//! Rows with what belongs to them, one after another, in bounded memory.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::with::{Root, one_snapshot};
use crate::driver::{BoxFuture, Executor, Statement};
use crate::error::Error;
use crate::load::To;
use crate::transaction::TransactionOptions;

/// The rows of a query with what belongs to them, read and loaded piece by piece.
///
/// A `futures` stream of `Result<T, Error>`, and [`try_next`](Self::try_next) without that crate. On a database or a
/// connection it reads in a transaction of its own; dropped before its end it is rolled back. After an error it ends.
#[must_use = "a stream does nothing until it is polled"]
pub struct LoadStream<'a, T> {
    /// Reads a piece into the queue, then waits until that is empty.
    reading: Option<BoxFuture<'a, Result<(), Error>>>,
    queue: Queue<T>,
}

/// The rows of a piece.
struct Queue<T>(Arc<Mutex<VecDeque<T>>>);

impl<T> Queue<T> {
    fn pop(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Puts in a piece, and waits until it is taken out again: whoever takes it out polls again, so nobody is woken.
    async fn give(&self, rows: Vec<T>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rows.into();
        std::future::poll_fn(
            |_| match self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            },
        )
        .await;
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<'a, T: Send + 'static> LoadStream<'a, T> {
    pub(super) fn new(
        statement: Result<Statement, Error>,
        root: Root<T>,
        snapshot: bool,
        db: &'a dyn Executor,
    ) -> Self {
        let queue = Queue(Arc::default());
        let reading = Box::pin(read(statement, root, snapshot, db, queue.clone()));
        Self {
            reading: Some(reading),
            queue,
        }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// The server's, the driver's, or a row that `T` cannot hold.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }
}

async fn read<T: Send + 'static>(
    statement: Result<Statement, Error>,
    mut root: Root<T>,
    snapshot: bool,
    db: &dyn Executor,
    queue: Queue<T>,
) -> Result<(), Error> {
    let statement = statement?;
    if db.is_transaction() {
        return read_on(statement, &mut root, db, &queue).await;
    }
    let options = match snapshot {
        true => one_snapshot(),
        false => TransactionOptions::default(),
    };
    let transaction = db.begin_with(options).await?;
    read_on(statement, &mut root, &transaction, &queue).await?;
    transaction.commit().await
}

async fn read_on<T: Send + 'static>(
    statement: Statement,
    root: &mut Root<T>,
    db: &dyn Executor,
    queue: &Queue<T>,
) -> Result<(), Error> {
    let (table, place) = (statement.table, statement.place);
    let options = statement.options.clone().map(|options| options.of_stream());
    let in_table = |error: Error| error.with_table(table);
    let mut source = db.open(statement).await.map_err(in_table)?;
    let to = To {
        db,
        place,
        options: options.as_ref(),
    };
    while source.next(root).await.map_err(in_table)? {
        queue.give(root.load(to).await?).await;
    }
    queue.give(root.load(to).await?).await;
    Ok(())
}

impl<T: Send + 'static> Stream for LoadStream<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(row) = self.queue.pop() {
            return Poll::Ready(Some(Ok(row)));
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        match reading.as_mut().poll(context) {
            Poll::Pending => self.queue.pop().map_or(Poll::Pending, |row| Poll::Ready(Some(Ok(row)))),
            Poll::Ready(result) => {
                self.reading = None;
                Poll::Ready(result.err().map(Err))
            }
        }
    }
}

impl<T> fmt::Debug for LoadStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoadStream")
    }
}
