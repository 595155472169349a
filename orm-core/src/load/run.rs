//! Sending the statements of levels.

use std::any::Any;
use std::future::poll_fn;
use std::panic::Location;
use std::sync::Arc;
use std::task::Poll;

use super::child_query::ChildQuery;
use crate::driver::{BoxFuture, Executor, Param, RowSink, Statement};
use crate::error::Error;
use crate::options::Options;

/// A level that waits for the rows above it.
pub trait Pending: Send {
    /// The statements for the rows above, and what takes their rows.
    ///
    /// # Errors
    /// What cannot be sent.
    fn begin(&mut self) -> Result<Box<dyn Delivery>, Error>;
    /// The statement for the rows above before these have come, by the keys of the rows above those; `None` where it must
    /// wait for them.
    ///
    /// # Errors
    /// What cannot be sent.
    fn begin_along(&mut self, above: &Above) -> Result<Option<Box<dyn Delivery>>, Error>;
    /// Compares what came along with the rows above, which have come now: what belongs to rows above that the statement
    /// has not seen is asked for next.
    ///
    /// # Errors
    /// What cannot be sent.
    fn meet(&mut self, delivery: &mut dyn Delivery) -> Result<(), Error>;
    /// Takes what has come, after all levels below it have.
    fn end(&mut self, delivery: Box<dyn Delivery>);
    /// The statements of it and the levels below it, without keys.
    ///
    /// # Errors
    /// What cannot be sent.
    fn describe(&mut self, statements: &mut Vec<Statement>) -> Result<(), Error>;
}

/// A level on its way.
pub trait Delivery: Send {
    /// What to send next.
    fn next(&mut self) -> Option<Statement>;
    /// What takes its rows.
    fn sink(&mut self) -> &mut dyn RowSink;
    /// The levels below it.
    fn loads<'a>(&'a mut self, loads: &mut Vec<&'a mut dyn Pending>);
    /// How those below it can find their rows without waiting for it.
    fn above(&self) -> Option<Above>;
    /// Itself.
    fn as_any(&mut self) -> &mut dyn Any;
    /// Itself.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// A level that was sent: what it asks for, by which keys.
pub struct Above {
    pub(super) query: Arc<ChildQuery>,
    pub(super) keys: Param,
}

impl std::fmt::Debug for Above {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Above")
    }
}

/// Runs levels that do not depend on each other at the same time.
pub(crate) async fn run_all(pending: Vec<&mut dyn Pending>, to: To<'_>) -> Result<(), Error> {
    all(pending.into_iter().map(|pending| run(pending, None, to)).collect()).await
}

/// Where statements are sent, and for which line of the program.
#[derive(Clone, Copy)]
pub(crate) struct To<'a> {
    pub(crate) db: &'a dyn Executor,
    pub(crate) place: Option<&'static Location<'static>>,
    /// What is asked of each of them.
    pub(crate) options: Option<&'a Options>,
}

/// Runs a level, which may have begun, and all below it.
fn run<'a>(
    pending: &'a mut dyn Pending,
    begun: Option<Box<dyn Delivery>>,
    to: To<'a>,
) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let mut delivery = match begun {
            Some(delivery) => delivery,
            None => pending.begin()?,
        };
        let mut along = send_along(&mut *delivery, to).await?;
        let mut below = Vec::new();
        delivery.loads(&mut below);
        along.resize_with(below.len(), || None);
        let below = below.into_iter().zip(along);
        all(below.map(|(pending, begun)| run(pending, begun, to)).collect()).await?;
        pending.end(delivery);
        Ok(())
    })
}

/// Sends a level, and along with it those below it that need not wait.
async fn send_along(delivery: &mut dyn Delivery, to: To<'_>) -> Result<Vec<Option<Box<dyn Delivery>>>, Error> {
    let Some(above) = delivery.above() else {
        send(delivery, to).await?;
        return Ok(Vec::new());
    };
    let mut below = Vec::new();
    delivery.loads(&mut below);
    let begun = below.into_iter().map(|pending| pending.begin_along(&above));
    let mut along = begun.collect::<Result<Vec<_>, _>>()?;
    let mut sent: Vec<BoxFuture<'_, _>> = vec![Box::pin(send(delivery, to))];
    for other in along.iter_mut().flatten() {
        sent.push(Box::pin(send(&mut **other, to)));
    }
    all(sent).await?;
    if along.iter().any(Option::is_some) {
        let mut below = Vec::new();
        delivery.loads(&mut below);
        for (pending, other) in below.into_iter().zip(&mut along) {
            if let Some(other) = other {
                pending.meet(&mut **other)?;
            }
        }
    }
    Ok(along)
}

/// The error that says more: in a transaction that one has aborted, others are told no more than that.
fn first(one: Option<Error>, other: Option<Error>) -> Option<Error> {
    const ABORTED: &str = "25P02";
    let says_more = |error: &Error| error.sqlstate() != Some(ABORTED);
    match (one, other) {
        (Some(one), Some(other)) if !says_more(&one) && says_more(&other) => Some(other),
        (one, other) => one.or(other),
    }
}

async fn send(delivery: &mut dyn Delivery, to: To<'_>) -> Result<(), Error> {
    while let Some(mut statement) = delivery.next() {
        statement.place = to.place;
        statement.options = to.options.cloned().map(Box::new);
        let sent = to.db.run(&statement, delivery.sink()).await;
        sent.map_err(|error| error.with_table(statement.table))?;
    }
    Ok(())
}

/// Runs futures at the same time, all to their end: one that is dropped while its statement runs would cost a connection. The
/// error is the first one that came.
async fn all(mut running: Vec<BoxFuture<'_, Result<(), Error>>>) -> Result<(), Error> {
    if running.len() == 1
        && let Some(only) = running.pop()
    {
        return only.await;
    }
    let mut failed = None;
    poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(result) => {
                failed = first(failed.take(), result.err());
                false
            }
        });
        match running.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    failed.map_or(Ok(()), Err)
}
