//! Opens connections, and cancels what runs on them.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::ClientWrapper;
use orm_core::{Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, CancelToken, Connection, SimpleQueryMessage};

use crate::config::Config;
use crate::error;
use crate::hosts::{Endpoint, Role, TargetSessionAttrs};
use crate::ledger::Ledger;
use crate::life::Life;
use crate::link::Link;
use crate::listen::{Inbox, Inlet};
use crate::lost::LastWords;
use crate::password::Passwords;
use crate::patient_cancel::{self, Patient};
use crate::plain::Plain;
use crate::random;
use crate::tls::Tls;

/// How long a CancelRequest may take: it is one small message on a connection of its own.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// For how long a server that did not let us in is tried last.
const OUT_OF_FAVOUR: Duration = Duration::from_secs(30);

/// What is needed to connect, settled once.
pub(crate) struct Connector {
    servers: Vec<Server>,
    attrs: TargetSessionAttrs,
    random_order: bool,
    passwords: Passwords,
    tls: Option<Tls>,
    pub(crate) timeout: Option<Duration>,
    statement_cache: usize,
    max_lifetime: Option<Duration>,
    /// Whether it connects to PgBouncer in transaction mode.
    pub(crate) pgbouncer: bool,
    pub(crate) ledger: Arc<Ledger>,
}

struct Server {
    endpoint: Endpoint,
    settings: tokio_postgres::Config,
    /// `host:port/dbname as user`, for errors.
    address: String,
    /// When it was last of no use.
    failed: Mutex<Option<Instant>>,
}

impl Connector {
    /// # Errors
    /// [`ErrorKind::Config`] for what cannot be connected to as configured.
    pub(crate) fn new(config: &Config, ledger: Arc<Ledger>) -> Result<Self, Error> {
        let encrypted = config.is_encrypted()?;
        let server = |endpoint: Endpoint| Server {
            settings: config.to_server(&endpoint, encrypted),
            address: config.address_of(&endpoint),
            failed: Mutex::new(None),
            endpoint,
        };
        Ok(Self {
            servers: config.endpoints().into_iter().map(server).collect(),
            attrs: config.target_session_attrs,
            random_order: config.load_balance_hosts,
            passwords: Passwords::new(config),
            tls: if encrypted { Some(Tls::new(config)?) } else { None },
            timeout: config.connect_timeout,
            statement_cache: config.statement_cache,
            max_lifetime: config.max_lifetime,
            ledger,
            pgbouncer: config.pgbouncer,
        })
    }

    /// Opens a connection to the first server that fits.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`], [`ErrorKind::Authentication`].
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<Box<Link>, Error> {
        self.connect_for(None).await
    }

    /// Opens a connection that is none of the pool's, for its notifications.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub(crate) async fn connect_listening(self: &Arc<Self>, inbox: &Arc<Inbox>) -> Result<Box<Link>, Error> {
        self.connect_for(Some(inbox)).await
    }

    async fn connect_for(self: &Arc<Self>, inbox: Option<&Arc<Inbox>>) -> Result<Box<Link>, Error> {
        let mut others = Vec::new();
        let mut reasons = Vec::new();
        for server in self.in_order() {
            match self.connect_to(server, self.attrs, inbox).await {
                Ok(Ok(link)) => return Ok(link),
                Ok(Err(unfit)) => {
                    others.push(server);
                    reasons.push(unfit);
                }
                // libpq, too, asks no other server after a refused password.
                Err(error) if error.kind() == ErrorKind::Authentication => return Err(error),
                Err(error) => reasons.push(error),
            }
        }
        if self.attrs == TargetSessionAttrs::PreferStandby {
            for server in others {
                if let Ok(Ok(link)) = self.connect_to(server, TargetSessionAttrs::Any, inbox).await {
                    return Ok(link);
                }
            }
        }
        Err(none_of(reasons))
    }

    /// The servers, those last that were of no use a moment ago.
    fn in_order(&self) -> Vec<&Server> {
        let mut servers: Vec<&Server> = self.servers.iter().collect();
        if self.random_order {
            random::shuffle(&mut servers);
        }
        servers.sort_by_key(|server| server.is_out_of_favour());
        servers
    }

    /// Opens a connection to one server: password, address, TLS, authentication and role within one time limit. The
    /// inner error is of a server that is not of the kind that is wanted.
    async fn connect_to(
        self: &Arc<Self>,
        server: &Server,
        attrs: TargetSessionAttrs,
        inbox: Option<&Arc<Inbox>>,
    ) -> Result<Result<Box<Link>, Error>, Error> {
        let opening = self.open(server, attrs, inbox);
        let opened = match self.timeout {
            Some(limit) => tokio::time::timeout(limit, opening)
                .await
                .unwrap_or_else(|_| Err(server.timed_out(limit))),
            None => opening.await,
        };
        server.note(matches!(opened, Ok(Ok(_))));
        opened
    }

    async fn open(
        self: &Arc<Self>,
        server: &Server,
        attrs: TargetSessionAttrs,
        inbox: Option<&Arc<Inbox>>,
    ) -> Result<Result<Box<Link>, Error>, Error> {
        let mut settings = server.settings.clone();
        if let Some(password) = self.passwords.of(&server.endpoint).await? {
            settings.password(password.reveal());
        }
        let last_words = LastWords::default();
        // The pool's books are of the pool's connections.
        let ledger = match inbox {
            Some(_) => Arc::default(),
            None => Arc::clone(&self.ledger),
        };
        let client = self
            .start(&settings, last_words.clone(), &ledger, inbox.map(Inlet::new))
            .await
            .map_err(|error| error::of_connecting(&server.address, self.tls.is_some(), error))?;
        if attrs != TargetSessionAttrs::Any {
            let role = role(&client)
                .await
                .map_err(|error| error::of_connecting(&server.address, self.tls.is_some(), error))?;
            if !attrs.fits(role) {
                return Ok(Err(server.unfit(role, attrs)));
            }
        }
        let life = Life::new(ledger, self.max_lifetime);
        let link = Link::new(client, Arc::clone(self), last_words, self.statement_cache, life);
        if server.endpoint.is_socket() {
            link.opening.waits();
        }
        Ok(Ok(Box::new(link)))
    }

    async fn start(
        &self,
        settings: &tokio_postgres::Config,
        last_words: LastWords,
        ledger: &Arc<Ledger>,
        inlet: Option<Inlet>,
    ) -> Result<ClientWrapper, tokio_postgres::Error> {
        let ledger = Arc::clone(ledger);
        match &self.tls {
            Some(tls) => {
                let (client, connection) = settings.connect(tls.connector()).await?;
                let task = tokio::spawn(drive(connection, last_words, ledger, inlet));
                Ok(ClientWrapper::new(client, task))
            }
            None => {
                let (client, connection) = settings.connect(Plain).await?;
                let task = tokio::spawn(drive(connection, last_words, ledger, inlet));
                Ok(ClientWrapper::new(client, task))
            }
        }
    }

    /// Whether the server is (still) one of the kind that is wanted.
    pub(crate) async fn still_fits(&self, client: &ClientWrapper) -> bool {
        let any = matches!(self.attrs, TargetSessionAttrs::Any | TargetSessionAttrs::PreferStandby);
        any || role(client).await.is_ok_and(|role| self.attrs.fits(role))
    }

    /// Whether a session that turns out to be read-only is of no use here.
    pub(crate) fn wants_to_write(&self) -> bool {
        matches!(self.attrs, TargetSessionAttrs::ReadWrite | TargetSessionAttrs::Primary)
    }

    /// Asks the server to cancel what runs on a connection. Whether it did is not told: the connection is given up
    /// anyway.
    pub(crate) async fn cancel(&self, token: &CancelToken) {
        let cancelled = tokio::time::timeout(CANCEL_TIMEOUT, async {
            match &self.tls {
                Some(tls) if self.pgbouncer => token.cancel_query(Patient(tls.connector())).await.is_ok(),
                None if self.pgbouncer => {
                    let servers = self.servers.iter().map(|server| &server.settings);
                    patient_cancel::cancel(token, servers).await.is_ok()
                }
                Some(tls) => token.cancel_query(tls.connector()).await.is_ok(),
                None => token.cancel_query(Plain).await.is_ok(),
            }
        });
        if !matches!(cancelled.await, Ok(true)) {
            tracing::warn!("a dropped statement could not be cancelled; it runs on until `statement_timeout`");
        }
    }
}

impl Server {
    fn is_out_of_favour(&self) -> bool {
        let failed = *self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|failed| failed.elapsed() < OUT_OF_FAVOUR)
    }

    fn note(&self, connected: bool) {
        let failed = (!connected).then(Instant::now);
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }

    fn timed_out(&self, limit: Duration) -> Error {
        Error::new(
            ErrorKind::Connect,
            format!(
                "cannot connect to {}: no connection within {limit:?} (password provider, address, TLS and \
                 authentication together); is the server reachable and answering? The limit is `connect_timeout`",
                self.address
            ),
        )
    }

    fn unfit(&self, role: Role, attrs: TargetSessionAttrs) -> Error {
        Error::new(
            ErrorKind::Connect,
            format!(
                "{} is {role}, but `target_session_attrs={}` is asked for",
                self.address,
                attrs.word()
            ),
        )
    }
}

/// One error of those of all servers.
fn none_of(mut reasons: Vec<Error>) -> Error {
    match reasons.pop() {
        Some(only) if reasons.is_empty() => only,
        last => {
            let all: Vec<String> = reasons.iter().chain(&last).map(Error::to_string).collect();
            Error::new(
                ErrorKind::Connect,
                format!("none of {} servers can be used: {}", all.len(), all.join("; ")),
            )
        }
    }
}

/// Asks a server what it is.
async fn role(client: &ClientWrapper) -> Result<Role, tokio_postgres::Error> {
    let messages = client.simple_query(Role::QUESTION).await?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let is_on = |column| row.and_then(|row| row.get(column)) == Some("t");
    Ok(Role {
        in_recovery: is_on(0),
        read_only: is_on(1),
    })
}

/// Reads and writes the socket until the connection ends. The server's notices are not logged: a function may have
/// put values into them.
async fn drive<S, T>(mut connection: Connection<S, T>, last_words: LastWords, ledger: Arc<Ledger>, inlet: Option<Inlet>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match (message, &inlet) {
            (Err(error), _) => {
                let words = error::last_words(&error);
                tracing::debug!(reason = %words, "a connection ended");
                last_words.tell(words);
                break;
            }
            (Ok(AsyncMessage::Notification(notification)), Some(inlet)) => inlet.tell(&notification),
            (Ok(_), _) => {}
        }
    }
    drop(connection);
    ledger.has_changed();
}
