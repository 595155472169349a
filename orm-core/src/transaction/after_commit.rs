//! What is to be done once a transaction is saved for certain.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use crate::driver::BoxFuture;
use crate::error::{Error, ErrorKind};

/// What an action after a commit gives: nothing, or a `Result`.
#[diagnostic::on_unimplemented(
    message = "an action after a commit gives `()` or `Result<(), orm::Error>`, and this one gives `{Self}`",
    label = "gives `{Self}`"
)]
pub trait AfterCommitOutput: Send {
    #[doc(hidden)]
    fn into_result(self) -> Result<(), Error>;
}

#[diagnostic::do_not_recommend]
impl AfterCommitOutput for () {
    fn into_result(self) -> Result<(), Error> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl AfterCommitOutput for Result<(), Error> {
    fn into_result(self) -> Result<(), Error> {
        self
    }
}

type Action = Box<dyn FnOnce() -> BoxFuture<'static, Result<(), Error>> + Send>;

/// The actions of a transaction, or of a savepoint until it is released.
#[derive(Default)]
pub(crate) struct Actions {
    list: Mutex<Vec<Action>>,
    /// Those of the transaction or savepoint around it.
    around: Option<Arc<Actions>>,
}

impl Actions {
    pub(crate) fn inside(around: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            list: Mutex::default(),
            around: Some(Arc::clone(around)),
        })
    }

    pub(crate) fn add<F, Fut>(&self, action: F)
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: AfterCommitOutput> + Send + 'static,
    {
        let action: Action = Box::new(|| {
            let future = action();
            Box::pin(async move { future.await.into_result() })
        });
        self.lock().push(action);
    }

    /// After the end was proven: those of a savepoint wait for what is around it, those of a transaction are to be run.
    pub(crate) fn committed(&self) -> AfterCommit {
        let actions = std::mem::take(&mut *self.lock());
        match &self.around {
            Some(around) => {
                around.lock().extend(actions);
                AfterCommit(Vec::new())
            }
            None => AfterCommit(actions),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Action>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actions({})", self.lock().len())
    }
}

/// Actions whose transaction is saved. For drivers.
#[doc(hidden)]
#[must_use = "they are run by `run`"]
pub struct AfterCommit(Vec<Action>);

impl AfterCommit {
    /// Runs them one after the other, each also when one before it has failed.
    ///
    /// # Errors
    /// [`ErrorKind::AfterCommit`] with the first one's.
    pub async fn run(self) -> Result<(), Error> {
        let mut failed = None;
        for action in self.0 {
            let Err(reason) = run(action).await else { continue };
            if failed.is_none() {
                failed = Some(reason);
            }
        }
        failed.map_or(Ok(()), |reason| Err(told(reason)))
    }
}

impl fmt::Debug for AfterCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AfterCommit({})", self.0.len())
    }
}

enum Failure {
    Error(Error),
    /// Its text was printed by then, and may hold anything.
    Panic,
}

/// A panic of it is caught: the transaction is saved, and the actions behind it are others' business.
async fn run(action: Action) -> Result<(), Failure> {
    let mut future: Pin<Box<_>> = catch_unwind(AssertUnwindSafe(action)).map_err(|_| Failure::Panic)?;
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map_err(Failure::Error),
            Err(_) => Poll::Ready(Err(Failure::Panic)),
        },
    )
    .await
}

fn told(reason: Failure) -> Error {
    const COMMITTED: &str = "the transaction is committed, but an action after it";
    match reason {
        Failure::Error(error) => {
            Error::new(ErrorKind::AfterCommit, format!("{COMMITTED} failed: {error}")).with_source(error)
        }
        Failure::Panic => Error::new(ErrorKind::AfterCommit, format!("{COMMITTED} panicked")),
    }
}
