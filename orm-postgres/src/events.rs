//! What a pool tells of itself: counts, and events as they happen.

use std::fmt;
use std::time::Duration;

use orm_core::ErrorKind;

/// Why a connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// It had reached [`max_lifetime`](crate::DatabaseBuilder::max_lifetime).
    MaxLifetime = 1,
    /// It was idle for [`idle_timeout`](crate::DatabaseBuilder::idle_timeout).
    IdleTimeout = 2,
    /// The server or the network had ended it.
    Lost = 3,
    /// A statement was given up on it while it ran, or a COPY refused before its first byte.
    Abandoned = 4,
    /// It could not be shown to be alive and clean within [`recycle_timeout`](crate::DatabaseBuilder::recycle_timeout).
    Unproven = 5,
    /// Its server is no longer what [`target_session_attrs`](crate::DatabaseBuilder::target_session_attrs) asks for.
    Unfit = 6,
    /// The pool was closed, or nobody wanted it any more.
    Unneeded = 7,
}

impl CloseReason {
    pub(crate) const COUNT: usize = 7;

    pub(crate) fn from_number(number: u8) -> Self {
        match number {
            1 => Self::MaxLifetime,
            2 => Self::IdleTimeout,
            3 => Self::Lost,
            4 => Self::Abandoned,
            5 => Self::Unproven,
            6 => Self::Unfit,
            _ => Self::Unneeded,
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize - 1
    }
}

/// What happened in a pool, for [`on_event`](crate::DatabaseBuilder::on_event).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PoolEvent {
    /// A connection was opened.
    #[non_exhaustive]
    Connected {
        /// How long it took.
        took: Duration,
    },
    /// A connection could not be opened.
    #[non_exhaustive]
    ConnectFailed {
        /// How long it took to find out.
        took: Duration,
        /// The kind of the error.
        kind: ErrorKind,
        /// Its sentence, without secrets.
        message: String,
    },
    /// A connection was lent out.
    #[non_exhaustive]
    Acquired {
        /// How long the borrower waited: for its turn, for proof that the connection is alive and clean, or for a new one.
        waited: Duration,
    },
    /// No connection became free within [`wait_timeout`](crate::DatabaseBuilder::wait_timeout).
    #[non_exhaustive]
    AcquireTimedOut {
        /// How long the borrower waited.
        waited: Duration,
    },
    /// A borrower gave a connection back.
    #[non_exhaustive]
    Released {
        /// How long it was held.
        used: Duration,
    },
    /// A connection was closed.
    #[non_exhaustive]
    Closed {
        /// Why.
        reason: CloseReason,
        /// How long it lived.
        age: Duration,
    },
}

/// What a pool has done since it was made. Times are sums, beside their greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolCounters {
    /// Connections opened.
    pub connected: u64,
    /// Attempts to open one that failed.
    pub connect_failed: u64,
    /// Time spent on opening connections.
    pub connect_time: Duration,
    /// The longest.
    pub max_connect_time: Duration,
    /// Connections lent out.
    pub acquired: u64,
    /// Borrowers that got none within `wait_timeout`.
    pub acquire_timed_out: u64,
    /// Time that borrowers waited who got one.
    pub wait_time: Duration,
    /// The longest.
    pub max_wait_time: Duration,
    /// Connections given back.
    pub released: u64,
    /// Time for which they had been held.
    pub use_time: Duration,
    /// The longest.
    pub max_use_time: Duration,
    pub(crate) closed: [u64; CloseReason::COUNT],
}

impl PoolCounters {
    /// How many connections were closed for this reason.
    #[must_use]
    pub fn closed_by(&self, reason: CloseReason) -> u64 {
        self.closed.get(reason.index()).copied().unwrap_or(0)
    }

    /// How many connections were closed.
    #[must_use]
    pub fn closed(&self) -> u64 {
        self.closed.iter().sum()
    }
}

/// How a pool stands, and what it has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// How many connections there may be.
    pub max_size: usize,
    /// How many there are.
    pub size: usize,
    /// How many of them are idle.
    pub available: usize,
    /// How many tasks wait for one.
    pub waiting: usize,
    /// What the pool has done since it was made.
    pub counters: PoolCounters,
}

/// The program's function for events.
#[derive(Clone)]
pub(crate) struct OnEvent(pub(crate) std::sync::Arc<dyn Fn(&PoolEvent) + Send + Sync>);

impl fmt::Debug for OnEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
