//! The settings of the pool and of time, one by one.

use std::sync::Arc;
use std::time::Duration;

use orm_core::Isolation;

use crate::database_builder::DatabaseBuilder;
use crate::events::{OnEvent, PoolEvent};

/// # The pool
impl DatabaseBuilder {
    /// How many connections there may be. Default: 10.
    ///
    /// There is no `max_overflow` beside it: a pool of 5 that may overflow by 10 is `.min_idle(5).max_size(15)`, and
    /// what overflows is kept for the next burst until [`idle_timeout`](Self::idle_timeout) instead of being closed at
    /// once.
    pub fn max_size(mut self, connections: usize) -> Self {
        self.config.max_size = connections.max(1);
        self
    }

    /// How many connections are kept open and idle, within [`max_size`](Self::max_size), so that a burst finds them
    /// warm. [`connect`](Self::connect) opens them, and what is closed or lost is replaced in the background.
    /// Default: 0.
    pub fn min_idle(mut self, connections: usize) -> Self {
        self.config.min_idle = connections;
        self
    }

    /// The age at which a connection is replaced, once it is idle: its memory on the server is freed, and it moves on
    /// to where the name of the host points by then. Each one lives up to a tenth less, by chance, so that not all end
    /// at once. Default: 30 min.
    pub fn max_lifetime(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.max_lifetime = limit.into();
        self
    }

    /// How long a connection may be idle before it is closed, while there are more than [`min_idle`](Self::min_idle).
    /// Default: 10 min.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.idle_timeout = limit.into();
        self
    }

    /// A connection that was idle for longer than this is asked for a sign of life (one round trip) before it is handed
    /// on. Zero asks always. Default: 30 s.
    pub fn validate_after(mut self, idle: Duration) -> Self {
        self.config.validate_after = idle;
        self
    }

    /// Calls a function with what happens in the pool: connections opened, lent out, given back and closed. For counts and
    /// times by themselves there is [`Database::status`](crate::Database::status).
    ///
    /// It is called where it happens, so it must not block. A panic in it is caught.
    pub fn on_event(mut self, tell: impl Fn(&PoolEvent) + Send + Sync + 'static) -> Self {
        self.config.on_event = Some(OnEvent(Arc::new(tell)));
        self
    }
}

/// # Time limits
///
/// All are finite by default; `None` removes one. The error of each names it.
impl DatabaseBuilder {
    /// How long opening a connection to one host may take: password provider, address, TLS and authentication together.
    /// Default: 10 s.
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.connect_timeout = limit.into();
        self
    }

    /// How long to wait for a connection of the pool to become free, and for another savepoint of a transaction to end:
    /// [`ErrorKind::PoolTimeout`](orm_core::ErrorKind::PoolTimeout). Default: 10 s.
    pub fn wait_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.wait_timeout = limit.into();
        self
    }

    /// How long an idle connection may take to show that it is alive and clean before it is replaced. It is no error:
    /// whoever waits gets another connection. One that does not answer in time takes those along that have been idle for
    /// as long. Default: 5 s.
    pub fn recycle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.recycle_timeout = limit.into();
        self
    }

    /// The server's `statement_timeout`: how long one statement may run, waiting for locks included
    /// ([`ErrorKind::QueryCanceled`](orm_core::ErrorKind::QueryCanceled)). Default: 60 s.
    pub fn statement_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.statement_timeout = limit.into();
        self
    }

    /// The server's `lock_timeout`: how long a statement may wait for one lock
    /// ([`ErrorKind::LockNotAvailable`](orm_core::ErrorKind::LockNotAvailable)). Default: 30 s, half of
    /// `statement_timeout`, so that a statement which ran into somebody else's transaction says so, and is not taken for
    /// a slow one.
    pub fn lock_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.lock_timeout = limit.into();
        self
    }

    /// The server's `idle_in_transaction_session_timeout`: how long an open transaction may do nothing before the server
    /// ends it and its connection ([`ErrorKind::ConnectionLost`](orm_core::ErrorKind::ConnectionLost)). Default: 60 s.
    pub fn idle_in_transaction_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.config.idle_in_transaction_timeout = limit.into();
        self
    }

    /// After how long without traffic the kernel asks whether the other side is still there (TCP keepalives), so that a
    /// connection which is waiting for an answer finds out that none will come. `None` turns them off. Default: 60 s, and
    /// from then on every 10 s (`keepalives_interval` in the URL) until `tcp_user_timeout`, 30 s, has passed without an
    /// answer.
    pub fn keepalives(mut self, idle: impl Into<Option<Duration>>) -> Self {
        self.config.keepalives_idle = idle.into();
        self
    }
}

/// # Transactions
impl DatabaseBuilder {
    /// The isolation of transactions, and of single statements, that name none (`default_transaction_isolation`).
    /// Default: the server's, READ COMMITTED unless it was configured otherwise.
    pub fn default_isolation(mut self, isolation: Isolation) -> Self {
        self.config.default_isolation = Some(isolation);
        self
    }

    /// Whether transactions, and single statements, that do not say otherwise may not write
    /// (`default_transaction_read_only`). Default: `false`.
    pub fn default_read_only(mut self, read_only: bool) -> Self {
        self.config.default_read_only = read_only;
        self
    }
}
