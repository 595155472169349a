//! The levels of a transaction: the transaction itself, and each savepoint in it.
//!
//! `ROLLBACK TO` takes back everything since its `SAVEPOINT`, whoever sent it. So only the innermost level may send
//! statements: a level with an open savepoint refuses them, and its next savepoint waits until that one has ended.

use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use orm_core::{Error, ErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How a level ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Committed, or its savepoint released.
    Committed,
    RolledBack,
    /// Its end was sent, and nobody waited for the answer.
    Unknown,
}

/// No serialization failure or deadlock was met, or the one that was is dealt with.
const NO_CONFLICT: u8 = 0;
/// One was met in a savepoint that was rolled back, and nothing has succeeded since.
const CONFLICT_TAKEN_BACK: u8 = 1;
const CONFLICT: u8 = 2;

pub(crate) struct Level {
    parent: Option<Arc<Level>>,
    /// One permit, given in the order in which it was asked for: one savepoint at a time.
    turns: Arc<Semaphore>,
    /// Told when the last running statement has ended.
    idle: Notify,
    state: Mutex<State>,
    conflict: AtomicU8,
}

#[derive(Default)]
struct State {
    /// How many statements of this level itself run.
    running: usize,
    has_savepoint: bool,
    ended: Option<Ended>,
}

/// A statement of a level, while it runs.
pub(crate) struct Running(Arc<Level>);

/// The right to the one open savepoint of a level, until dropped.
pub(crate) struct Turn {
    level: Arc<Level>,
    _permit: OwnedSemaphorePermit,
}

impl Level {
    pub(crate) fn new(parent: Option<Arc<Level>>) -> Arc<Self> {
        Arc::new(Self {
            parent,
            turns: Arc::new(Semaphore::new(1)),
            idle: Notify::new(),
            state: Mutex::default(),
            conflict: AtomicU8::new(NO_CONFLICT),
        })
    }

    /// Marks the begin of a statement on this level.
    ///
    /// # Errors
    /// While a savepoint of it is open.
    pub(crate) fn run(self: &Arc<Self>) -> Result<Running, Error> {
        let mut state = self.lock();
        if state.has_savepoint {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "a savepoint of this transaction is open, and its rollback would take this statement back, too: \
                 use the savepoint's own handle, or end the savepoint first",
            ));
        }
        state.running += 1;
        drop(state);
        Ok(Running(Arc::clone(self)))
    }

    /// Waits until no other savepoint of this level is open and none of its own statements runs.
    ///
    /// # Errors
    /// When that takes longer than `limit`.
    pub(crate) async fn turn(self: &Arc<Self>, limit: Option<Duration>, runtime: &Handle) -> Result<Turn, Error> {
        let waiting = async {
            // It is never closed.
            let permit = Arc::clone(&self.turns).acquire_owned().await.ok()?;
            self.lock().has_savepoint = true;
            let turn = Turn {
                level: Arc::clone(self),
                _permit: permit,
            };
            loop {
                let idle = self.idle.notified();
                if self.lock().running == 0 {
                    return Some(turn);
                }
                idle.await;
            }
        };
        let waited = match limit {
            None => waiting.await,
            Some(limit) => {
                // The program's executor need not be the connection's runtime, but the clock is that one's.
                let limited = {
                    let _entered = runtime.enter();
                    tokio::time::sleep(limit)
                };
                match select(pin!(waiting), pin!(limited)).await {
                    Either::Left((turn, _)) => turn,
                    Either::Right(_) => None,
                }
            }
        };
        waited.ok_or_else(|| {
            let limit = limit.unwrap_or_default();
            Error::new(
                ErrorKind::Timeout,
                format!(
                    "another savepoint of this transaction was still open after {limit:?} (or one of its statements \
                     ran), and a transaction has one open at a time; inside of a savepoint begin the next one on the savepoint's own handle. The limit is \
                     `wait_timeout`"
                ),
            )
        })
    }

    /// Marks its end. The first one counts.
    pub(crate) fn end(&self, how: Ended) {
        self.lock().ended.get_or_insert(how);
    }

    /// How it ended, be it with a level around it; `None` if it is open. What was released may still be taken back
    /// with the level around it.
    pub(crate) fn ended(&self) -> Option<Ended> {
        let mut ended = None;
        let mut level = Some(self);
        while let Some(at) = level {
            match at.lock().ended {
                Some(Ended::RolledBack) => return Some(Ended::RolledBack),
                Some(how) => ended = Some(how),
                None => {}
            }
            level = at.parent.as_deref();
        }
        ended
    }

    /// Whether what was made on it (a cursor) is still there: nothing around it was rolled back, and the transaction
    /// goes on.
    pub(crate) fn is_kept(&self) -> bool {
        let own = self.lock().ended;
        match &self.parent {
            None => own.is_none(),
            Some(parent) => matches!(own, None | Some(Ended::Committed)) && parent.is_kept(),
        }
    }

    /// Remembers a serialization failure or deadlock.
    pub(crate) fn met_conflict(&self) {
        self.conflict.store(CONFLICT, Ordering::Release);
    }

    /// Something has succeeded: a conflict in a savepoint that was rolled back is dealt with.
    pub(crate) fn has_succeeded(&self) {
        let mut level = Some(self);
        while let Some(at) = level {
            if at.conflict.load(Ordering::Acquire) == CONFLICT_TAKEN_BACK {
                at.conflict.store(NO_CONFLICT, Ordering::Release);
            }
            level = at.parent.as_deref();
        }
    }

    /// Whether a conflict was met and not dealt with.
    pub(crate) fn is_in_conflict(&self) -> bool {
        self.conflict.load(Ordering::Acquire) != NO_CONFLICT
    }

    /// Tells the level around it of the conflict that was met here. It is over for that one once something succeeds
    /// after the rollback: until then the error may be on its way out of the transaction, to be tried again.
    pub(crate) fn pass_conflict_on(&self, rolled_back: bool) {
        let met = self.conflict.load(Ordering::Acquire);
        if let (Some(parent), true) = (&self.parent, met != NO_CONFLICT) {
            let passed = if rolled_back { CONFLICT_TAKEN_BACK } else { met };
            parent.conflict.fetch_max(passed, Ordering::AcqRel);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Remembers whether the transaction, run again, may succeed.
    pub(crate) fn met(&self, error: &Error) {
        if error.is_retryable() {
            self.0.met_conflict();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running -= 1;
        if state.running == 0 {
            drop(state);
            self.0.idle.notify_waiters();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.level.lock().has_savepoint = false;
    }
}
