//! A guard over something that was sent, until its answer is complete.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::link::{Broken, Link};

/// Held from before the first await until the server has answered. Dropped before that (a timeout, a `select!`, a
/// client that hung up, a panic), it sees to it that nobody gets the connection in that state.
pub(crate) struct InFlight<'a> {
    link: &'a Link,
    /// Its place among what the connection was sent.
    place: AtomicU64,
    what: What,
}

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
        Self { link, place, what }
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
