//! Opens connections, and cancels what runs on them.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use orm_core::{Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{CancelToken, Connection, NoTls};

use crate::config::Config;
use crate::error;
use crate::link::Link;
use crate::lost::LastWords;
use crate::tls::Tls;

/// How long a CancelRequest may take: it is one small message on a connection of its own.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// What is needed to connect, settled once.
pub(crate) struct Connector {
    server: tokio_postgres::Config,
    tls: Option<Tls>,
    timeout: Option<Duration>,
    statement_cache: usize,
    /// `host:port/dbname as user`, for errors.
    address: String,
}

impl Connector {
    /// # Errors
    /// [`ErrorKind::Config`] for what cannot be connected to as configured.
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let encrypted = config.is_encrypted()?;
        Ok(Self {
            server: config.to_server(encrypted),
            tls: if encrypted { Some(Tls::new(config)?) } else { None },
            timeout: config.connect_timeout,
            statement_cache: config.statement_cache,
            address: config.address(),
        })
    }

    /// Opens a connection: address, TLS and authentication within one time limit.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`], [`ErrorKind::Authentication`].
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<Link, Error> {
        let last_words = LastWords::default();
        let connecting = self.open(last_words.clone());
        let client = match self.timeout {
            Some(limit) => tokio::time::timeout(limit, connecting)
                .await
                .map_err(|_| self.timed_out(limit))?,
            None => connecting.await,
        };
        let client = client.map_err(|error| error::of_connecting(&self.address, self.tls.is_some(), error))?;
        Ok(Link::new(client, Arc::clone(self), last_words, self.statement_cache))
    }

    async fn open(&self, last_words: LastWords) -> Result<ClientWrapper, tokio_postgres::Error> {
        match &self.tls {
            Some(tls) => {
                let (client, connection) = self.server.connect(tls.connector()).await?;
                Ok(ClientWrapper::new(client, tokio::spawn(drive(connection, last_words))))
            }
            None => {
                let (client, connection) = self.server.connect(NoTls).await?;
                Ok(ClientWrapper::new(client, tokio::spawn(drive(connection, last_words))))
            }
        }
    }

    fn timed_out(&self, limit: Duration) -> Error {
        Error::new(
            ErrorKind::Connect,
            format!(
                "cannot connect to {}: no connection within {limit:?} (address, TLS and authentication together); \
                 is the server reachable and answering? The limit is `connect_timeout`",
                self.address
            ),
        )
    }

    /// Asks the server to cancel what runs on a connection. Whether it did is not told: the connection is given up
    /// anyway.
    pub(crate) async fn cancel(&self, token: &CancelToken) {
        let cancelled = tokio::time::timeout(CANCEL_TIMEOUT, async {
            match &self.tls {
                Some(tls) => token.cancel_query(tls.connector()).await,
                None => token.cancel_query(NoTls).await,
            }
        });
        if !matches!(cancelled.await, Ok(Ok(()))) {
            tracing::warn!("a dropped statement could not be cancelled; it runs on until `statement_timeout`");
        }
    }
}

/// Reads and writes the socket until the connection ends. The server's notices are not logged: a function may have
/// put values into them.
async fn drive<S, T>(mut connection: Connection<S, T>, last_words: LastWords)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let Err(error) = message {
            let words = error::last_words(&error);
            tracing::debug!(reason = %words, "a connection ended");
            last_words.tell(words);
            return;
        }
    }
}
