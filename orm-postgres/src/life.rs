//! How old a connection is, for how long it has been idle, and why it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::events::CloseReason;
use crate::ledger::Ledger;
use crate::random;

/// The life of one connection. Made with it and dropped with it, which the ledger counts.
pub(crate) struct Life {
    born: Instant,
    /// The age at which it is replaced.
    limit: Option<Duration>,
    /// The age in milliseconds at which it was last seen to be alive and given back.
    rests_since: AtomicU64,
    /// A [`CloseReason`]; its discriminants begin at 1.
    reason: AtomicU8,
    ledger: Arc<Ledger>,
}

impl Life {
    pub(crate) fn new(ledger: Arc<Ledger>, max_lifetime: Option<Duration>) -> Self {
        ledger.born();
        Self {
            born: Instant::now(),
            limit: max_lifetime.map(random::up_to_a_tenth_less),
            rests_since: AtomicU64::new(0),
            reason: AtomicU8::new(0),
            ledger,
        }
    }

    pub(crate) fn age(&self) -> Duration {
        self.born.elapsed()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over_at(self.age())
    }

    pub(crate) fn is_over_at(&self, age: Duration) -> bool {
        self.limit.is_some_and(|limit| age >= limit)
    }

    /// It is given back now.
    pub(crate) fn rests(&self) {
        let age = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.rests_since.store(age, Ordering::Relaxed);
    }

    pub(crate) fn idle_for(&self) -> Duration {
        self.idle_at(self.age())
    }

    pub(crate) fn idle_at(&self, age: Duration) -> Duration {
        age.saturating_sub(Duration::from_millis(self.rests_since.load(Ordering::Relaxed)))
    }

    /// Says why it will be closed. The first reason is the one that is told.
    pub(crate) fn ends(&self, reason: CloseReason) {
        let _ = self
            .reason
            .compare_exchange(0, reason as u8, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let reason = CloseReason::from_number(*self.reason.get_mut());
        self.ledger.died(reason, self.born.elapsed());
    }
}
