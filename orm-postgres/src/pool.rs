//! The pool: deadpool's queue over deadpool-postgres' client, with our own proof that a connection is clean.
//!
//! deadpool-postgres' own `Manager` is not used: its recycling is one fixed text for every checkout or none, its
//! statement cache has no bound, and its object has no place for what we know of a connection's state.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use deadpool::managed::{
    self, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType, Timeouts,
    WeakPool,
};
use deadpool_postgres::Runtime;
use futures_util::TryStreamExt;
use orm_core::{Error, ErrorKind};

use crate::config::Config;
use crate::connect::Connector;
use crate::connects::Connects;
use crate::events::{CloseReason, Status};
use crate::ledger::{Held, Holder, Ledger};
use crate::link::{Cleaning, Link};
use crate::maintenance::{self, Care};

/// Connections that are lent out and given back. Clones share them.
#[derive(Clone)]
pub(crate) struct Pool {
    queue: managed::Pool<Manager>,
    ledger: Arc<Ledger>,
    max_size: usize,
}

pub(crate) struct Manager {
    connects: Arc<Connects>,
    ledger: Arc<Ledger>,
    validate_after: Duration,
    recycle_timeout: Option<Duration>,
    /// The pool that this is the manager of.
    queue: OnceLock<WeakPool<Self>>,
}

impl Pool {
    /// A pool with its first connection, and as many more as are to be idle.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] and those of connecting.
    pub(crate) async fn open(config: &Config) -> Result<Self, Error> {
        let pool = Self::new(config)?;
        // What is wrong is wrong for all: one attempt finds out.
        let mut warm = vec![pool.get().await?];
        let manager = pool.queue.manager();
        manager
            .connects
            .keep_idle(0, config.min_idle.saturating_sub(1), config.max_size);
        while warm.len() < config.min_idle {
            warm.push(pool.get().await?);
        }
        drop(warm);
        pool.look_after(config);
        Ok(pool)
    }

    /// A pool whose connections are opened when they are needed.
    ///
    /// # Errors
    /// [`ErrorKind::Config`].
    pub(crate) fn open_later(config: &Config) -> Result<Self, Error> {
        let pool = Self::new(config)?;
        pool.look_after(config);
        Ok(pool)
    }

    fn look_after(&self, config: &Config) {
        let connects = &self.queue.manager().connects;
        maintenance::start(&self.queue, Care::new(config, connects, &self.ledger));
    }

    fn new(config: &Config) -> Result<Self, Error> {
        let ledger = Arc::new(Ledger::new(config));
        let connector = Arc::new(Connector::new(config, Arc::clone(&ledger))?);
        let manager = Manager {
            connects: Arc::new(Connects::new(connector)),
            ledger: Arc::clone(&ledger),
            validate_after: config.validate_after,
            recycle_timeout: config.recycle_timeout,
            queue: OnceLock::new(),
        };
        let timeouts = Timeouts {
            wait: config.wait_timeout,
            create: None,  // `Connector` has the limit, so that it can say what took so long.
            recycle: None, // So has `Manager`.
        };
        let queue = managed::Pool::builder(manager)
            .config(PoolConfig {
                max_size: config.max_size,
                timeouts,
                // The connection that was used last is the one whose caches are warm.
                queue_mode: QueueMode::Lifo,
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Config, format!("the pool cannot be made: {error}")))?;
        let _ = queue.manager().queue.set(queue.weak());
        Ok(Self {
            queue,
            ledger,
            max_size: config.max_size,
        })
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// [`ErrorKind::PoolTimeout`], [`ErrorKind::PoolClosed`] and those of connecting.
    pub(crate) async fn get(&self) -> Result<(Object<Manager>, Held), Error> {
        let begun = Instant::now();
        match self.queue.get().await {
            Ok(object) => Ok((object, self.ledger.lends(Holder::current(), begun))),
            Err(error) => Err(self.refused(error, begun)),
        }
    }

    /// Takes a connection that is idle or may be opened; `None` if one must be waited for.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn try_get(&self) -> Result<Option<(Object<Manager>, Held)>, Error> {
        let begun = Instant::now();
        let timeouts = Timeouts {
            wait: Some(Duration::ZERO),
            ..self.queue.timeouts()
        };
        match self.queue.timeout_get(&timeouts).await {
            Ok(object) => Ok(Some((object, self.ledger.lends(Holder::current(), begun)))),
            Err(PoolError::Timeout(TimeoutType::Wait)) => Ok(None),
            Err(error) => Err(self.refused(error, begun)),
        }
    }

    #[cold]
    fn refused(&self, error: PoolError<Error>, begun: Instant) -> Error {
        match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => Error::new(ErrorKind::PoolClosed, "the database was closed by `close()`"),
            PoolError::Timeout(TimeoutType::Wait) => {
                self.ledger.acquire_timed_out(begun.elapsed());
                self.timed_out()
            }
            other => Error::new(ErrorKind::Connect, format!("the pool gave no connection: {other}")),
        }
    }

    /// For a connection that is none of the pool's.
    pub(crate) fn connector(&self) -> Arc<Connector> {
        Arc::clone(self.queue.manager().connects.connector())
    }

    /// Whether tasks wait for a connection.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.queue.status().waiting > 0
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    #[cold]
    fn timed_out(&self) -> Error {
        let status = self.queue.status();
        let limit = self.queue.timeouts().wait.unwrap_or(Duration::ZERO);
        let advice = match self.ledger.held_by(Holder::current()) {
            0 => {
                "shorten what holds them (open transactions, connections kept across other awaits, a task that takes a \
                  second one while it holds the first), or raise `max_size`"
                    .to_owned()
            }
            own => format!(
                "this task holds {own} of them itself, and waits for one more: inside a transaction pass `&tx`, with a \
                 connection in hand `&connection`, where `&db` is passed now. If it must hold several at once, let \
                 fewer tasks do so at a time than `max_size` allows"
            ),
        };
        Error::new(
            ErrorKind::PoolTimeout,
            format!(
                "no connection became free within {limit:?}: {} of {} are in use and {} more tasks wait; {advice}. The \
                 limit is `wait_timeout`",
                status.size.saturating_sub(status.available),
                self.max_size,
                status.waiting,
            ),
        )
    }

    pub(crate) fn status(&self) -> Status {
        let queue = self.queue.status();
        Status {
            max_size: queue.max_size,
            size: self.ledger.alive(),
            available: queue.available + self.queue.manager().connects.spare(),
            waiting: queue.waiting,
            counters: self.ledger.counters(),
        }
    }

    /// Closes what is idle, and the rest when it is given back.
    pub(crate) fn close(&self) {
        drop(self.queue.manager().connects.close());
        self.ledger.telling_later(|| self.queue.close());
    }

    /// Closes the pool and waits until no connection is left.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`].
    pub(crate) async fn close_within(&self, limit: Duration) -> Result<(), Error> {
        self.close();
        let emptied = tokio::time::timeout(limit, self.ledger.until_empty()).await;
        emptied.map_err(|_| {
            let left = self.ledger.alive();
            Error::new(
                ErrorKind::Timeout,
                format!(
                    "{left} connections were still in use {limit:?} after the pool was closed; each is closed when it is \
                     given back. End what holds them first (requests, open transactions, streams), or wait for longer"
                ),
            )
        })
    }
}

/// Links are boxed, and what is seldom awaited, too: the futures of the queue hold several of each and are moved about.
impl managed::Manager for Manager {
    type Type = Box<Link>;
    type Error = Error;

    async fn create(&self) -> Result<Box<Link>, Error> {
        loop {
            let mut link = self.connects.get().await?;
            // A spare one may have waited for long.
            match self.prove(&mut link).await {
                Ok(()) => return Ok(link),
                Err(reason) => link.life.ends(reason),
            }
        }
    }

    /// Proves a connection alive and clean before it is handed on. One that was given back clean a moment ago costs no
    /// round trip.
    async fn recycle(&self, link: &mut Box<Link>, _: &Metrics) -> RecycleResult<Error> {
        self.prove(link).await.map_err(|reason| {
            link.life.ends(reason);
            RecycleError::message("the connection is not handed on")
        })
    }
}

/// What is not known of a connection.
struct Doubt {
    cleaning: Option<Cleaning>,
    is_asked: bool,
    unfit: bool,
    idle: Duration,
}

impl Manager {
    /// Gives a connection to the first who waits for a new one.
    pub(crate) fn hand_over(&self, link: Box<Link>) {
        self.connects.hand_over(link);
    }

    async fn prove(&self, link: &mut Link) -> Result<(), CloseReason> {
        match self.doubt(link)? {
            None => Ok(()),
            Some(doubt) => Box::pin(self.resolve(link, doubt)).await,
        }
    }

    /// What must be asked before a connection is handed on.
    ///
    /// # Errors
    /// Why it cannot be.
    fn doubt(&self, link: &mut Link) -> Result<Option<Doubt>, CloseReason> {
        if link.client.is_closed() || link.is_broken() || link.given_out.is() {
            return Err(CloseReason::Lost);
        }
        let age = link.life.age();
        if link.life.is_over_at(age) {
            return Err(CloseReason::MaxLifetime);
        }
        let idle = link.life.idle_at(age);
        let (cleaning, unproven) = link.take_unproven();
        let unfit = link.may_be_unfit();
        let is_asked = idle >= self.validate_after || (unproven && cleaning.is_none());
        let is_clear = cleaning.is_none() && !unfit && !is_asked;
        Ok((!is_clear).then_some(Doubt {
            cleaning,
            is_asked,
            unfit,
            idle,
        }))
    }

    async fn resolve(&self, link: &Link, doubt: Doubt) -> Result<(), CloseReason> {
        let idle = doubt.idle;
        let proof = async {
            if let Some(answer) = doubt.cleaning {
                let end = answer.try_for_each(|_| std::future::ready(Ok(()))).await;
                end.map_err(|_| CloseReason::Unproven)?;
            }
            if doubt.is_asked {
                let alive = link.client.check_connection().await;
                alive.map_err(|_| CloseReason::Unproven)?;
            }
            if doubt.unfit && !link.connector.still_fits(&link.client).await {
                return Err(CloseReason::Unfit);
            }
            Ok(())
        };
        let Some(limit) = self.recycle_timeout else {
            return proof.await;
        };
        tokio::time::timeout(limit, proof).await.unwrap_or_else(|_| {
            tracing::warn!(
                target: "orm",
                "a connection that was idle for {idle:?} did not answer within {limit:?} (`recycle_timeout`); it is \
                 replaced, and so are those that have been idle for longer"
            );
            self.close_idle_for(idle);
            Err(CloseReason::Unproven)
        })
    }

    /// Closes the connections that have been idle for this long: the server is as far away for them. Else each one would
    /// have to be waited for by itself.
    fn close_idle_for(&self, idle: Duration) {
        let remains = |link: &Link| {
            let remains = link.life.idle_for() < idle;
            if !remains {
                link.life.ends(CloseReason::Unproven);
            }
            remains
        };
        drop(self.connects.take_spare(remains));
        if let Some(queue) = self.queue.get().and_then(WeakPool::upgrade) {
            drop(queue.retain(|link, _| remains(link)));
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        drop(self.connects.close());
        // The task that looks after the pool finds that it is gone.
        self.ledger.has_changed();
    }
}
