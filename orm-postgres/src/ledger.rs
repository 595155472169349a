//! The books of a pool: what was opened, lent out, given back and closed; who holds what; and whom to tell.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use orm_core::Error;
use tokio::sync::Notify;

use crate::config::Config;
use crate::events::{CloseReason, OnEvent, PoolCounters, PoolEvent};

#[derive(Default)]
pub(crate) struct Ledger {
    /// How many connections there are, idle, lent out or on their way out of the pool.
    alive: AtomicUsize,
    /// How many borrowers have their turn and wait for a new connection, so that returning one mostly locks nothing.
    requests: AtomicUsize,
    connect: Times,
    connect_failed: AtomicU64,
    wait: Times,
    acquire_timed_out: AtomicU64,
    used: Times,
    closed: [AtomicU64; CloseReason::COUNT],
    /// Who holds the connections that are lent out, once for each.
    holders: Mutex<Vec<Holder>>,
    /// How many are to be idle.
    min_idle: usize,
    on_event: Option<OnEvent>,
    /// Connections closed while the queue's lock is held. The program's function may ask the pool, so it is called later.
    deferred: Mutex<Option<Vec<PoolEvent>>>,
    /// A connection has ended: maintenance looks after the pool.
    changed: Notify,
    /// The last connection has ended.
    empty: Notify,
}

/// How many times, for how long together, and the longest, in nanoseconds.
#[derive(Default)]
struct Times {
    count: AtomicU64,
    sum: AtomicU64,
    max: AtomicU64,
}

impl Times {
    fn add(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
        self.max.fetch_max(nanos, Ordering::Relaxed);
    }

    fn read(&self) -> (u64, Duration, Duration) {
        (
            self.count.load(Ordering::Relaxed),
            Duration::from_nanos(self.sum.load(Ordering::Relaxed)),
            Duration::from_nanos(self.max.load(Ordering::Relaxed)),
        )
    }
}

/// Who took a connection: a task, or a thread that is in no task (`block_on`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Task(tokio::task::Id),
    Thread(std::thread::ThreadId),
}

impl Holder {
    pub(crate) fn current() -> Self {
        tokio::task::try_id().map_or_else(|| Self::Thread(std::thread::current().id()), Self::Task)
    }
}

impl Ledger {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            min_idle: config.min_idle,
            on_event: config.on_event.clone(),
            ..Self::default()
        }
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.load(Ordering::Acquire)
    }

    pub(crate) fn born(&self) {
        self.alive.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn died(&self, reason: CloseReason, age: Duration) {
        if let Some(count) = self.closed.get(reason.index()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        tracing::debug!(target: "orm", ?reason, ?age, "closed a connection");
        self.tell_later_or_now(|| PoolEvent::Closed { reason, age });
        if self.alive.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.empty.notify_waiters();
        }
        self.has_changed();
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Acquire)
    }

    pub(crate) fn has_requests(&self, count: usize) {
        self.requests.store(count, Ordering::Release);
    }

    pub(crate) fn connected(&self, took: Duration) {
        self.connect.add(took);
        tracing::debug!(target: "orm", ?took, "opened a connection");
        self.tell(|| PoolEvent::Connected { took });
    }

    pub(crate) fn connect_failed(&self, took: Duration, error: &Error) {
        self.connect_failed.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(target: "orm", ?took, %error, "could not open a connection");
        self.tell(|| PoolEvent::ConnectFailed {
            took,
            kind: error.kind(),
            message: error.to_string(),
        });
    }

    /// A connection is lent out; it is held until the value is dropped.
    pub(crate) fn lends(self: &Arc<Self>, holder: Holder, wanted_since: Instant) -> Held {
        let now = Instant::now();
        let waited = now - wanted_since;
        self.wait.add(waited);
        let lent = {
            let mut holders = self.holders();
            holders.push(holder);
            holders.len()
        };
        if self.alive() < lent + self.min_idle {
            self.has_changed();
        }
        tracing::trace!(target: "orm", ?waited, "lent out a connection");
        self.tell(|| PoolEvent::Acquired { waited });
        Held {
            ledger: Arc::clone(self),
            holder,
            since: now,
        }
    }

    pub(crate) fn acquire_timed_out(&self, waited: Duration) {
        self.acquire_timed_out.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(target: "orm", ?waited, "no connection became free in time");
        self.tell(|| PoolEvent::AcquireTimedOut { waited });
    }

    /// How many connections this one holds.
    pub(crate) fn held_by(&self, holder: Holder) -> usize {
        self.holders().iter().filter(|other| **other == holder).count()
    }

    fn holders(&self) -> MutexGuard<'_, Vec<Holder>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection has ended, or is wanted.
    pub(crate) fn has_changed(&self) {
        self.changed.notify_one();
    }

    pub(crate) async fn until_changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until there is no connection any more.
    pub(crate) async fn until_empty(&self) {
        loop {
            let empty = self.empty.notified();
            let mut empty = std::pin::pin!(empty);
            let _ = empty.as_mut().enable();
            if self.alive() == 0 {
                return;
            }
            empty.await;
        }
    }

    pub(crate) fn counters(&self) -> PoolCounters {
        let (connected, connect_time, max_connect_time) = self.connect.read();
        let (acquired, wait_time, max_wait_time) = self.wait.read();
        let (released, use_time, max_use_time) = self.used.read();
        PoolCounters {
            connected,
            connect_failed: self.connect_failed.load(Ordering::Relaxed),
            connect_time,
            max_connect_time,
            acquired,
            acquire_timed_out: self.acquire_timed_out.load(Ordering::Relaxed),
            wait_time,
            max_wait_time,
            released,
            use_time,
            max_use_time,
            closed: std::array::from_fn(|index| {
                self.closed.get(index).map_or(0, |count| count.load(Ordering::Relaxed))
            }),
        }
    }

    /// Runs what may close connections under the queue's lock, and tells of them after it.
    pub(crate) fn telling_later(&self, work: impl FnOnce()) {
        *self.deferred() = Some(Vec::new());
        work();
        let events = self.deferred().take();
        for event in events.into_iter().flatten() {
            self.tell(|| event);
        }
    }

    fn deferred(&self) -> MutexGuard<'_, Option<Vec<PoolEvent>>> {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_later_or_now(&self, event: impl FnOnce() -> PoolEvent) {
        if self.on_event.is_none() {
            return;
        }
        let event = event();
        if let Some(events) = self.deferred().as_mut() {
            events.push(event);
            return;
        }
        self.tell(|| event);
    }

    fn tell(&self, event: impl FnOnce() -> PoolEvent) {
        if let Some(OnEvent(tell)) = &self.on_event {
            let event = event();
            // It may be called in a drop, where a panic would end the program.
            if catch_unwind(AssertUnwindSafe(|| tell(&event))).is_err() {
                tracing::error!(target: "orm", "the function given to `on_event` panicked");
            }
        }
    }
}

/// A connection that is lent out, in the books.
pub(crate) struct Held {
    ledger: Arc<Ledger>,
    holder: Holder,
    since: Instant,
}

impl Drop for Held {
    fn drop(&mut self) {
        let used = self.since.elapsed();
        self.ledger.used.add(used);
        {
            let mut holders = self.ledger.holders();
            if let Some(at) = holders.iter().position(|holder| *holder == self.holder) {
                holders.swap_remove(at);
            }
        }
        tracing::trace!(target: "orm", ?used, "a connection was given back");
        self.ledger.tell(|| PoolEvent::Released { used });
    }
}
