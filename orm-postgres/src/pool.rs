//! The pool: deadpool's queue over deadpool-postgres' client, with our own proof that a connection is clean.
//!
//! deadpool-postgres' own `Manager` is not used: its recycling is one fixed text for every checkout or none, its
//! statement cache has no bound, and its object has no place for what we know of a connection's state.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{
    self, Metrics, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType, Timeouts,
};
use deadpool_postgres::Runtime;
use futures_util::TryStreamExt;
use orm_core::{Error, ErrorKind};

use crate::config::Config;
use crate::connect::Connector;
use crate::link::Link;

pub(crate) type Pool = managed::Pool<Manager>;

pub(crate) struct Manager {
    connector: Arc<Connector>,
}

/// A pool without connections yet.
///
/// # Errors
/// [`ErrorKind::Config`].
pub(crate) fn new(config: &Config) -> Result<Pool, Error> {
    let manager = Manager {
        connector: Arc::new(Connector::new(config)?),
    };
    let timeouts = Timeouts {
        wait: config.wait_timeout,
        create: None, // `Connector` has the limit, so that it can say what took so long.
        recycle: config.recycle_timeout,
    };
    Pool::builder(manager)
        .config(PoolConfig {
            max_size: config.max_size,
            timeouts,
            // The connection that was used last is the one whose caches are warm.
            queue_mode: QueueMode::Lifo,
        })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Error::new(ErrorKind::Config, format!("the pool cannot be made: {error}")))
}

impl managed::Manager for Manager {
    type Type = Link;
    type Error = Error;

    async fn create(&self) -> Result<Link, Error> {
        self.connector.connect().await
    }

    /// Proves a connection clean before it is handed on. One that was given back clean costs no round trip.
    async fn recycle(&self, link: &mut Link, _: &Metrics) -> RecycleResult<Error> {
        if link.client.is_closed() || link.is_broken() {
            return Err(RecycleError::message("the connection has ended"));
        }
        let (cleaning, unproven) = link.take_unproven();
        let clean = match cleaning {
            Some(answer) => answer.try_for_each(|_| std::future::ready(Ok(()))).await,
            None if unproven => link.client.check_connection().await,
            None => Ok(()),
        };
        clean.map_err(|_| RecycleError::message("the connection could not be made clean"))
    }
}

/// Takes a connection from the pool.
///
/// # Errors
/// [`ErrorKind::PoolTimeout`], [`ErrorKind::PoolClosed`] and those of connecting.
pub(crate) async fn get(pool: &Pool) -> Result<managed::Object<Manager>, Error> {
    pool.get().await.map_err(|error| of_pool(pool, error))
}

/// Takes a connection that is idle or may be opened; `None` if one must be waited for.
///
/// # Errors
/// [`ErrorKind::PoolClosed`] and those of connecting.
pub(crate) async fn try_get(pool: &Pool) -> Result<Option<managed::Object<Manager>>, Error> {
    let timeouts = Timeouts {
        wait: Some(Duration::ZERO),
        ..pool.timeouts()
    };
    match pool.timeout_get(&timeouts).await {
        Ok(object) => Ok(Some(object)),
        Err(PoolError::Timeout(TimeoutType::Wait)) => Ok(None),
        Err(error) => Err(of_pool(pool, error)),
    }
}

fn of_pool(pool: &Pool, error: PoolError<Error>) -> Error {
    match error {
        PoolError::Backend(error) => error,
        PoolError::Closed => Error::new(ErrorKind::PoolClosed, "the database was closed by `close()`"),
        PoolError::Timeout(TimeoutType::Wait) => timed_out(pool),
        other => Error::new(ErrorKind::Connect, format!("the pool gave no connection: {other}")),
    }
}

fn timed_out(pool: &Pool) -> Error {
    let status = pool.status();
    let limit = pool.timeouts().wait.unwrap_or(Duration::ZERO);
    Error::new(
        ErrorKind::PoolTimeout,
        format!(
            "no connection became free within {limit:?}: {} of {} are in use and {} more tasks wait; shorten what \
             holds them (open transactions, connections kept across other awaits, a task that takes a second one \
             while it holds the first), or raise `max_size`. The limit is `wait_timeout`",
            status.size.saturating_sub(status.available),
            status.max_size,
            status.waiting,
        ),
    )
}
