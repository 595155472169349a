//! A guard over something that was sent, until its answer is complete.

use crate::link::Link;

/// Held from before the first await until the server has answered. Dropped before that (a timeout, a `select!`, a
/// client that hung up, a panic), it sees to it that nobody gets the connection in that state.
pub(crate) struct InFlight<'a> {
    link: &'a Link,
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
        Self {
            link,
            what: What::Statement,
        }
    }

    pub(crate) fn control(link: &'a Link) -> Self {
        Self {
            link,
            what: What::Control,
        }
    }

    /// The answer is complete, be it an error.
    pub(crate) fn done(mut self) {
        self.what = What::Done;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        match self.what {
            What::Statement => self.link.abandon(),
            What::Control => self.link.is_unproven(),
            What::Done => {}
        }
    }
}
