//! A guard over something that was sent, until its answer is complete.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use futures_util::{FutureExt, TryStreamExt};
use orm_core::{Error, Recorder};
use tokio_postgres::SimpleQueryStream;

use crate::error;
use crate::link::{Broken, Link};
use crate::trace::{Target, Work};

/// Held from before the first await until the server has answered. Dropped before that (a timeout, a `select!`, a
/// client that hung up, a panic), it sees to it that nobody gets the connection in that state.
pub(crate) struct InFlight<'a> {
    link: &'a Link,
    /// Its place among what the connection was sent.
    place: AtomicU64,
    what: What,
    /// What is to be sent right behind it.
    tail: Option<Tail>,
}

/// The commit that goes along with the last statement of a transaction.
#[derive(Default)]
struct Tail {
    answer: Mutex<Option<Pin<Box<SimpleQueryStream>>>>,
}

/// COMMIT of a failed transaction answers ROLLBACK, and where there is none it warns; the driver takes both for success.
/// A savepoint before it in the same message fails instead, and then COMMIT is not run.
pub(crate) const COMMIT: &str = "SAVEPOINT orm_commit; COMMIT";

enum What {
    /// A statement: it may run for long and hold locks, so it is cancelled.
    Statement,
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT: short, and a COMMIT must not be cancelled; who comes next waits for it.
    Control,
    Done,
}

impl<'a> InFlight<'a> {
    pub(crate) fn statement(link: &'a Link) -> Self {
        Self::new(link, What::Statement)
    }

    pub(crate) fn control(link: &'a Link) -> Self {
        Self::new(link, What::Control)
    }

    fn new(link: &'a Link, what: What) -> Self {
        let place = AtomicU64::new(link.enqueue());
        Self {
            link,
            place,
            what,
            tail: None,
        }
    }

    /// A statement that is followed by the commit of its transaction.
    pub(crate) fn committing(link: &'a Link) -> Self {
        let mut in_flight = Self::statement(link);
        in_flight.tail = Some(Tail::default());
        in_flight
    }

    /// Whether the commit of its transaction follows it.
    pub(crate) fn commits(&self) -> bool {
        self.tail.is_some()
    }

    /// Waits for the answer to a statement, and sends what is to follow it as soon as it was sent itself.
    pub(crate) async fn follow<T, E>(&self, statement: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let Some(tail) = &self.tail else {
            return statement.await;
        };
        let mut statement = pin!(statement);
        let sent = poll_fn(|context| Poll::Ready(statement.as_mut().poll(context))).await;
        if let Poll::Ready(Err(error)) = sent {
            return Err(error); // It could not be sent.
        }
        Recorder::sent_transaction_command();
        self.link.is_to_end();
        if let Some(Ok(answer)) = self
            .link
            .client
            .simple_query_raw(&self.link.given_out.commit(COMMIT))
            .now_or_never()
        {
            *tail.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(answer));
        }
        match sent {
            Poll::Ready(answer) => answer,
            Poll::Pending => statement.await,
        }
    }

    /// The answer to the commit; `None` if it was not sent.
    pub(crate) async fn committed(&self, target: &Target) -> Option<Result<(), Error>> {
        let tail = self.tail.as_ref()?;
        let answer = tail.answer.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let answered = async {
            let answered = answer.try_for_each(|_| std::future::ready(Ok(()))).await;
            answered.map_err(|error| error::of_statement(self.link, error, None))
        };
        Some(match target.is_watched() {
            true => target.watch(Work::text("COMMIT", "COMMIT"), answered).await,
            false => answered.await,
        })
    }

    /// One more message is about to be sent for it: it runs after what others have sent by now.
    pub(crate) fn sends_more(&self) {
        let again = self.link.enqueue_again(self.place.load(Ordering::Acquire));
        self.place.store(again, Ordering::Release);
    }

    /// Gives up a statement whose rows nobody wants, unless that costs others on the connection.
    pub(crate) fn give_up_alone(&self) -> bool {
        let others = !self.link.is_alone() || self.link.is_shared();
        let alone = !others && !self.link.in_transaction() && !self.link.has_raw_transaction();
        if alone {
            self.link.abandon();
        }
        alone
    }

    /// The answer is complete, be it an error.
    pub(crate) fn done(mut self) {
        self.what = What::Done;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let runs_now = self.link.dequeue(self.place.load(Ordering::Acquire));
        match self.what {
            // Whether it can be cancelled is known where it is known who else is there.
            What::Statement if self.link.is_shared() => self.link.is_unproven(),
            What::Statement if runs_now => self.link.abandon(),
            // It waits for another one, which a cancellation would hit. In a transaction it may have an effect later
            // that nobody has asked for any more.
            What::Statement if self.link.in_transaction() || self.link.has_raw_transaction() => {
                self.link.break_up(Broken::Abandoned)
            }
            What::Statement => self.link.is_unproven(),
            What::Control => self.link.is_unproven(),
            What::Done => {}
        }
    }
}
