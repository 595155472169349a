//! Who counts: the recorder that is current while a future is polled.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::report::Statements;
use crate::driver::Statement;

/// How many logs there are. Relaxed is enough: whoever polls an attached future got it, and so its log, from the thread
/// that made it, by something that orders both.
static LOGS: AtomicUsize = AtomicUsize::new(0);

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Set while an attached future is polled, and only then: a task may go on on another thread.
    static CURRENT: RefCell<Option<Arc<Log>>> = const { RefCell::new(None) };
}

/// Notes the statements of the futures that are attached to it; clones note to the same list.
///
/// [`count_statements`](crate::count_statements) makes one for a future. By hand it is for what goes on in other tasks:
///
/// ```
/// # async fn work() {}
/// # async fn example() {
/// let task = tokio::spawn(orm_core::Recorder::current().attach(work()));  // counts for this block, too
/// # let _ = task.await;
/// # }
/// ```
#[derive(Clone)]
pub struct Recorder {
    /// `None` notes nothing.
    log: Option<Arc<Log>>,
}

struct Log {
    number: u64,
    statements: Mutex<Statements>,
    /// The block in which this one was begun.
    around: Option<Arc<Log>>,
}

impl Recorder {
    /// A recorder with an empty list. What it notes also counts for the block in which this is called.
    #[must_use]
    pub fn new() -> Self {
        LOGS.fetch_add(1, Ordering::Relaxed);
        Self {
            log: Some(Arc::new(Log {
                number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
                statements: Mutex::default(),
                around: current(),
            })),
        }
    }

    /// That of the innermost block in which this is called; where nobody counts, one that notes nothing.
    #[must_use]
    pub fn current() -> Self {
        Self { log: current() }
    }

    /// Runs a future; what it sends is noted, on whatever threads it is polled. It can be called more than once.
    pub async fn attach<F: Future>(self, future: F) -> F::Output {
        let mut future = pin!(future);
        match &self.log {
            None => future.await,
            Some(log) => {
                poll_fn(|context| {
                    let _entered = Entered::new(log);
                    future.as_mut().poll(context)
                })
                .await
            }
        }
    }

    /// What was noted so far.
    #[must_use]
    pub fn statements(&self) -> Statements {
        let log = self.log.as_ref();
        log.map_or_else(Statements::default, |log| log.lock(|statements| statements.clone()))
    }

    /// For drivers: notes a statement that is about to be sent.
    #[inline]
    pub fn sent(statement: &Statement) {
        if LOGS.load(Ordering::Relaxed) != 0 {
            note(|statements| statements.add(statement));
        }
    }

    /// For drivers: notes a text without parameters that is about to be sent, a COPY or a batch.
    #[inline]
    pub fn sent_text(text: &str, operation: &'static str, place: Option<&'static Location<'static>>) {
        if LOGS.load(Ordering::Relaxed) != 0 {
            note(|statements| statements.add_text(text, operation, place));
        }
    }

    /// For drivers: notes a command of transaction control that is about to be sent.
    #[inline]
    pub fn sent_transaction_command() {
        if LOGS.load(Ordering::Relaxed) != 0 {
            note(Statements::add_transaction_command);
        }
    }
}

/// A number of the outermost block in which this is called; `None` where nobody counts. For drivers.
#[doc(hidden)]
#[must_use]
pub fn counted_block() -> Option<u64> {
    let current = current()?;
    let mut log = &current;
    while let Some(around) = &log.around {
        log = around;
    }
    Some(log.number)
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Log {
    fn lock<T>(&self, work: impl FnOnce(&mut Statements) -> T) -> T {
        work(&mut self.statements.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LOGS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Nobody is current while a thread ends.
fn current() -> Option<Arc<Log>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

#[cold]
fn note(add: impl Fn(&mut Statements)) {
    let current = current();
    let mut next = &current;
    while let Some(log) = next {
        log.lock(&add);
        next = &log.around;
    }
}

/// While it lives its log is the current one; then the one before it is again, also after a panic.
struct Entered {
    before: Option<Arc<Log>>,
}

impl Entered {
    fn new(log: &Arc<Log>) -> Self {
        let now = Some(Arc::clone(log));
        Self {
            before: CURRENT.with(|current| current.replace(now)),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let _left = CURRENT.try_with(|current| current.replace(before));
    }
}
