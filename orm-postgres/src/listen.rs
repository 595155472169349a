//! LISTEN, on a connection of its own, which is made anew when it is lost. PostgreSQL's chapters: `LISTEN`, `NOTIFY`.

mod inbox;
mod keeper;

use std::collections::BTreeSet;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use orm_core::{BoxFuture, Error, ErrorKind, Event, check_channel, notify};
use tokio::sync::{mpsc, oneshot};

use crate::connect::Connector;
use crate::connection::Connection;
use crate::database::Database;
use inbox::over;
pub(crate) use inbox::{Inbox, Inlet};
use keeper::{Change, Command, Keeper};

impl Database {
    /// Listens to channels, on a connection that is not one of the pool's: `LISTEN "jobs"; LISTEN "mail"`.
    ///
    /// ```no_run
    /// # async fn example(db: orm_postgres::Database) -> Result<(), orm_core::Error> {
    /// use orm_core::Event;
    ///
    /// let mut listener = db.listen(["jobs", "mail"]).await?;
    /// loop {
    ///     match listener.recv().await? {
    ///         Event::Notification(told) => println!("{}: {}", told.channel(), told.payload()),
    ///         // Something may have been missed: look for yourself.
    ///         _ => println!("look again"),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of connecting; [`ErrorKind::InvalidQuery`](orm_core::ErrorKind::InvalidQuery) for a channel that cannot be.
    pub fn listen<C: Into<String>>(&self, channels: impl IntoIterator<Item = C>) -> Listen {
        Listen {
            connector: self.connector(),
            channels: channels.into_iter().map(Into::into).collect(),
            queue: 4_096,
            keepalive: Duration::from_secs(30),
            reconnect_timeout: Some(Duration::from_secs(60)),
        }
    }

    /// Sends a notification to all who listen to the channel: `SELECT pg_notify($1, $2)`. An empty payload is none. To
    /// send it only if a transaction is committed, call `notify` on that.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`](orm_core::ErrorKind::InvalidValue) for a payload of more than 7,999 bytes,
    /// [`ErrorKind::InvalidQuery`](orm_core::ErrorKind::InvalidQuery) for a channel that cannot be, and the server's.
    #[track_caller]
    pub fn notify<'a>(
        &'a self,
        channel: &str,
        payload: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<'a> {
        notify(self, channel, payload)
    }
}

impl Connection {
    /// Sends a notification, as [`Database::notify`]; in a transaction of this connection, with its commit.
    ///
    /// # Errors
    /// As [`Database::notify`].
    #[track_caller]
    pub fn notify<'a>(
        &'a self,
        channel: &str,
        payload: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<'a> {
        notify(self, channel, payload)
    }
}

/// A [`Listener`] to be: settings, and `.await`.
#[must_use = "nothing is listened to before it is awaited"]
pub struct Listen {
    connector: Arc<Connector>,
    channels: BTreeSet<String>,
    queue: usize,
    keepalive: Duration,
    reconnect_timeout: Option<Duration>,
}

impl Listen {
    /// How many notifications may wait for [`recv`](Listener::recv). What comes while so many wait is thrown away, and
    /// [`Event::Overflow`] tells how many. Default: 4,096, which with the longest payloads are 32 MB.
    pub fn queue(mut self, notifications: usize) -> Self {
        self.queue = notifications;
        self
    }

    /// After how long a silence the server is asked for a sign of life. If it gives none within
    /// `connect_timeout` (10 s by default) the connection is made anew: so a network that is gone without a word is found
    /// within these two. Default: 30 s.
    pub fn keepalive(mut self, silence: Duration) -> Self {
        self.keepalive = silence.max(Duration::from_millis(1));
        self
    }

    /// How long connecting again may fail before [`recv`](Listener::recv) gives the error, and again after each such time.
    /// It goes on trying all the same. `None`: for ever, without a word. Default: 60 s.
    pub fn reconnect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.reconnect_timeout = limit.into();
        self
    }

    async fn start(self) -> Result<Listener, Error> {
        for channel in &self.channels {
            check_channel(channel)?;
        }
        if self.connector.pgbouncer {
            return Err(Error::new(
                ErrorKind::InvalidQuery,
                "PgBouncer in transaction mode has no LISTEN: listen on a database that is connected to past it",
            ));
        }
        let inbox = Inbox::new(self.queue);
        let connecting = keeper::connect(Arc::clone(&self.connector), Arc::clone(&inbox), &self.channels);
        let connected = connecting.await?;
        let (sender, commands) = mpsc::channel(1);
        let keeper = Keeper {
            connector: self.connector,
            inbox: Arc::clone(&inbox),
            commands,
            channels: self.channels,
            keepalive: self.keepalive,
            reconnect_timeout: self.reconnect_timeout,
        };
        // It ends when the listener, which holds the sender, is dropped.
        let _detached = tokio::spawn(keeper.run(connected));
        Ok(Listener {
            inbox,
            commands: sender,
        })
    }
}

impl IntoFuture for Listen {
    type Output = Result<Listener, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl fmt::Debug for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Listen");
        debug.field("channels", &self.channels).finish_non_exhaustive()
    }
}

/// Notifications, as they come: made by [`Database::listen`]. Also a `futures` stream of `Result<Event, Error>`.
///
/// A notification comes **at most once**: PostgreSQL keeps none for those who are not connected. So it says that
/// something may be to do, and what is to do is in a table. Look there first of all, right after `listen` has answered,
/// and again at [`Event::Reconnected`] and [`Event::Overflow`]: the channels are listened to before either is told, so
/// that nothing falls in between.
///
/// A lost connection is made anew, with pauses that grow up to 10 s and are random, so that a fleet does not come back
/// all at once. Dropped, it closes its connection. PgBouncer in transaction mode has no LISTEN: connect past it.
pub struct Listener {
    inbox: Arc<Inbox>,
    commands: mpsc::Sender<Command>,
}

impl Listener {
    /// Waits for the next event. Dropped before (a timeout, a `select!`), nothing is lost.
    ///
    /// # Errors
    /// That of connecting again, once it has failed for [`reconnect_timeout`](Listen::reconnect_timeout), and at once if the
    /// server refuses the password. The listener goes on trying: call this again to wait on.
    /// [`ErrorKind::ConnectionLost`](orm_core::ErrorKind::ConnectionLost) when the runtime in which it was opened has ended.
    pub async fn recv(&mut self) -> Result<Event, Error> {
        poll_fn(|context| self.inbox.poll_next(context))
            .await
            .unwrap_or_else(|| Err(over()))
    }

    /// Listens to more channels: `LISTEN "…"`. While there is no connection this is noted for the next one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`](orm_core::ErrorKind::InvalidQuery) for a channel that cannot be, and the server's.
    pub async fn listen<C: Into<String>>(&self, channels: impl IntoIterator<Item = C>) -> Result<(), Error> {
        self.command(Change::Listen, channels.into_iter().map(Into::into).collect())
            .await
    }

    /// Listens to these channels no more: `UNLISTEN "…"`. What has come from them by now is still received.
    ///
    /// # Errors
    /// As [`listen`](Self::listen).
    pub async fn unlisten<C: Into<String>>(&self, channels: impl IntoIterator<Item = C>) -> Result<(), Error> {
        self.command(Change::Unlisten, channels.into_iter().map(Into::into).collect())
            .await
    }

    /// Whether there is a connection at this moment, as far as is known.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.inbox.is_connected()
    }

    async fn command(&self, what: Change, channels: Vec<String>) -> Result<(), Error> {
        for channel in &channels {
            check_channel(channel)?;
        }
        let (done, answer) = oneshot::channel();
        let command = Command { what, channels, done };
        self.commands.send(command).await.map_err(|_| over())?;
        answer.await.map_err(|_| over())?
    }
}

impl Stream for Listener {
    type Item = Result<Event, Error>;

    /// Ends only when [`recv`](Listener::recv) would say that the runtime has ended.
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inbox.poll_next(context)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Listener");
        debug
            .field("is_connected", &self.is_connected())
            .finish_non_exhaustive()
    }
}
