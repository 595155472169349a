//! A statement's time limit, by the program's clock: it runs from the call on, so waiting for a connection counts.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use orm_core::{BoxFuture, Error, ErrorKind, Options, Statement, Table};
use tokio::runtime::Handle;

use crate::trace::Target;

/// Until when a statement may run.
struct Deadline {
    begun: Instant,
    limit: Duration,
    until: Instant,
    /// What set it.
    setting: &'static str,
}

impl Deadline {
    fn of(target: &Target, options: Option<&Options>) -> Option<Self> {
        let begun = Instant::now();
        if let Some(limit) = options.and_then(|options| options.timeout) {
            let until = options.and_then(|options| options.deadline);
            return Some(Self {
                begun,
                limit,
                until: until.or_else(|| begun.checked_add(limit))?,
                setting: "timeout",
            });
        }
        let limit = target.client_timeout?;
        Some(Self {
            begun,
            limit,
            until: begun.checked_add(limit)?,
            setting: "statement_timeout",
        })
    }
}

/// Has the clock of a statement run that is sent in several steps; gives what is asked of it.
pub(crate) fn start(statement: &mut Statement) -> Option<Box<Options>> {
    let options = statement.options.as_mut()?;
    if let Some(limit) = options.timeout {
        options.deadline = options.deadline.or_else(|| Instant::now().checked_add(limit));
    }
    Some(options.clone())
}

/// As [`bounded`], of a piece of a stream.
pub(crate) fn bounded_piece<'a, T: Send + 'a>(
    target: Arc<Target>,
    options: Option<&Options>,
    table: Option<&'static Table>,
    in_transaction: bool,
    running: BoxFuture<'a, Result<T, Error>>,
) -> BoxFuture<'a, Result<T, Error>> {
    match limit_of(&target, options) {
        None => running,
        Some(deadline) => Box::pin(async move {
            let ended = within(&target, &deadline, in_transaction, running).await;
            ended.map_err(|error| error.with_table(table))
        }),
    }
}

/// `running` with the statement's time limit, if it has one. When that is over `running` is dropped, which asks the server to
/// cancel what it runs, and sees to it that nobody gets the connection in that state.
pub(crate) fn bounded<'a, T: Send + 'a>(
    target: &'a Target,
    statement: &Statement,
    in_transaction: bool,
    running: BoxFuture<'a, Result<T, Error>>,
) -> BoxFuture<'a, Result<T, Error>> {
    match limit_of(target, statement.options.as_deref()) {
        None => running,
        Some(deadline) => {
            let table = statement.table;
            Box::pin(async move {
                let ended = within(target, &deadline, in_transaction, running).await;
                ended.map_err(|error| error.with_table(table))
            })
        }
    }
}

#[inline]
fn limit_of(target: &Target, options: Option<&Options>) -> Option<Deadline> {
    if options.is_none() && target.client_timeout.is_none() {
        return None;
    }
    Deadline::of(target, options)
}

async fn within<T>(
    target: &Target,
    deadline: &Deadline,
    in_transaction: bool,
    running: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let over = {
        // The program's executor need not be the connections' runtime, but the clock is that one's.
        let runtime = Handle::try_current();
        let _entered = runtime.as_ref().unwrap_or(&target.runtime).enter();
        tokio::time::sleep_until(deadline.until.into())
    };
    match select(pin!(running), pin!(over)).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => Err(deadline.passed(in_transaction)),
    }
}

impl Deadline {
    #[cold]
    fn passed(&self, in_transaction: bool) -> Error {
        let Self { limit, setting, .. } = self;
        let took = self.begun.elapsed();
        let what = if in_transaction {
            "so its transaction is aborted and will be rolled back: begin a new one"
        } else {
            "and the server was asked to cancel it"
        };
        let message = format!(
            "the statement was not done within {limit:?} (given up after {took:.1?}), {what}. The limit is `{setting}`"
        );
        Error::new(ErrorKind::Timeout, message)
    }
}
