//! How to connect: every setting, its default, and what is sent to the server for it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use orm_core::{Error, ErrorKind, Isolation};
use tokio_postgres::config as server;

use crate::events::OnEvent;
use crate::hosts::{Endpoint, TargetSessionAttrs};
use crate::password::PasswordProvider;
use crate::secret::Secret;

/// How to connect to a database. Made from a URL, from the environment or by
/// [`DatabaseBuilder`](crate::DatabaseBuilder); its Debug shows no password.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) hosts: Vec<String>,
    pub(crate) host_addresses: Vec<IpAddr>,
    pub(crate) ports: Vec<u16>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret<String>>,
    pub(crate) password_provider: Option<PasswordProvider>,
    /// `None` is `PGPASSFILE`, else `~/.pgpass`.
    pub(crate) passfile: Option<PathBuf>,
    pub(crate) dbname: Option<String>,
    pub(crate) application_name: Option<String>,
    pub(crate) options: Option<String>,
    pub(crate) ssl_mode: Option<SslMode>,
    pub(crate) direct_tls: bool,
    pub(crate) root_certificates: RootCertificates,
    pub(crate) client_certificate: Option<ClientCertificate>,
    pub(crate) allow_plaintext: bool,
    pub(crate) allow_cleartext_password: bool,
    pub(crate) channel_binding: server::ChannelBinding,
    pub(crate) target_session_attrs: TargetSessionAttrs,
    pub(crate) load_balance_hosts: bool,
    pub(crate) keepalives_idle: Option<Duration>,
    pub(crate) keepalives_interval: Option<Duration>,
    pub(crate) keepalives_count: Option<u32>,
    pub(crate) tcp_user_timeout: Option<Duration>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) wait_timeout: Option<Duration>,
    pub(crate) recycle_timeout: Option<Duration>,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) idle_in_transaction_timeout: Option<Duration>,
    pub(crate) default_isolation: Option<Isolation>,
    pub(crate) default_read_only: bool,
    pub(crate) max_size: usize,
    pub(crate) min_idle: usize,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) validate_after: Duration,
    /// Behind PgBouncer in transaction mode: no start-up options, no named statements.
    pub(crate) pgbouncer: bool,
    pub(crate) statement_cache: usize,
    pub(crate) share_reads: bool,
    pub(crate) echo: bool,
    pub(crate) n_plus_one: Option<u32>,
    pub(crate) on_event: Option<OnEvent>,
}

/// The URL's `sslmode`. All that encrypt also verify the server's certificate and name, which is stricter than libpq:
/// encryption without verification protects from nobody who can answer in the server's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// No TLS. For a host that is not this machine it is an explicit choice to send the password and all data in the
    /// clear.
    Disable,
    /// libpq's `allow` and `prefer`: here verified TLS for remote hosts (or plain text with `allow_plaintext`), and
    /// plain text for this machine.
    Prefer,
    /// libpq's `require`, `verify-ca` and `verify-full`: verified TLS.
    Require,
}

/// Whose signature on the server's certificate is trusted.
#[derive(Debug, Clone, Default)]
#[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "read by `tls` only"))]
pub(crate) enum RootCertificates {
    /// Mozilla's list.
    #[default]
    Public,
    File(PathBuf),
    Pem(Secret<Vec<u8>>),
}

/// The client's certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            host_addresses: Vec::new(),
            ports: Vec::new(),
            user: None,
            password: None,
            password_provider: None,
            passfile: None,
            dbname: None,
            application_name: None,
            options: None,
            ssl_mode: None,
            direct_tls: false,
            root_certificates: RootCertificates::Public,
            client_certificate: None,
            allow_plaintext: false,
            allow_cleartext_password: false,
            channel_binding: server::ChannelBinding::Prefer,
            target_session_attrs: TargetSessionAttrs::Any,
            load_balance_hosts: false,
            keepalives_idle: Some(Duration::from_secs(60)),
            keepalives_interval: Some(Duration::from_secs(10)),
            keepalives_count: None,
            tcp_user_timeout: Some(Duration::from_secs(30)),
            connect_timeout: Some(Duration::from_secs(10)),
            wait_timeout: Some(Duration::from_secs(10)),
            recycle_timeout: Some(Duration::from_secs(5)),
            statement_timeout: Some(Duration::from_secs(60)),
            lock_timeout: Some(Duration::from_secs(30)),
            idle_in_transaction_timeout: Some(Duration::from_secs(60)),
            default_isolation: None,
            default_read_only: false,
            max_size: 10,
            min_idle: 0,
            max_lifetime: Some(Duration::from_secs(30 * 60)),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            validate_after: Duration::from_secs(30),
            pgbouncer: false,
            statement_cache: 256,
            share_reads: true,
            echo: false,
            on_event: None,
            n_plus_one: cfg!(debug_assertions).then_some(10),
        }
    }
}

impl Config {
    /// Whether connections are encrypted (and the server verified).
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when TLS is called for and this build has none.
    pub(crate) fn is_encrypted(&self) -> Result<bool, Error> {
        let encrypted = match self.ssl_mode {
            // PostgreSQL has no TLS on unix sockets, and libpq takes no notice of `sslmode` there.
            _ if self.endpoints().iter().all(Endpoint::is_socket) => false,
            Some(SslMode::Disable) => false,
            Some(SslMode::Require) => true,
            Some(SslMode::Prefer) | None => !self.allow_plaintext && self.endpoints().iter().any(Endpoint::is_remote),
        };
        if encrypted && !cfg!(feature = "tls") {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "{} needs TLS, but this program was built without the `tls` feature; turn it on, or, where the \
                     network is trusted, say `sslmode=disable` in the URL or call `.allow_plaintext()`",
                    self.address()
                ),
            ));
        }
        Ok(encrypted)
    }

    /// `host:port/dbname as user`, for errors and traces.
    pub(crate) fn address(&self) -> String {
        let endpoints: Vec<String> = self.endpoints().iter().map(Endpoint::to_string).collect();
        self.name_of(&endpoints.join(","))
    }

    /// The same of one server.
    pub(crate) fn address_of(&self, endpoint: &Endpoint) -> String {
        self.name_of(&endpoint.to_string())
    }

    fn name_of(&self, server: &str) -> String {
        let user = self.user.as_deref().unwrap_or("the operating system's user");
        let dbname = self
            .dbname
            .as_deref()
            .or(self.user.as_deref())
            .unwrap_or("the user's database");
        format!("{server}/{dbname} as {user}")
    }

    /// The settings as tokio-postgres takes them, but for the password; `encrypted` is told of the database as a whole.
    pub(crate) fn to_server(&self, endpoint: &Endpoint, encrypted: bool) -> tokio_postgres::Config {
        let mut to = tokio_postgres::Config::new();
        to.host(&endpoint.host).port(endpoint.port);
        if let Some(address) = endpoint.address {
            to.hostaddr(address);
        }
        if let Some(user) = &self.user {
            to.user(user);
        }
        if let Some(dbname) = &self.dbname {
            to.dbname(dbname);
        }
        if let Some(name) = &self.application_name {
            to.application_name(name);
        }
        self.socket_settings(&mut to);
        if !self.pgbouncer {
            to.options(self.startup_options());
        }
        let encrypted = encrypted && !endpoint.is_socket();
        let watched = endpoint.is_remote() && !self.allow_cleartext_password;
        to.ssl_mode(match encrypted || watched {
            true => server::SslMode::Require,
            false => server::SslMode::Disable,
        });
        if (encrypted && self.direct_tls) || (!encrypted && watched) {
            // Without TLS: the stream goes to `Plain` as it is.
            to.ssl_negotiation(server::SslNegotiation::Direct);
        }
        to
    }

    fn socket_settings(&self, to: &mut tokio_postgres::Config) {
        to.channel_binding(self.channel_binding);
        if self.load_balance_hosts {
            // Of the addresses behind one name; the names are shuffled by `Connector`.
            to.load_balance_hosts(server::LoadBalanceHosts::Random);
        }
        match self.keepalives_idle {
            Some(idle) => to.keepalives(true).keepalives_idle(idle),
            None => to.keepalives(false),
        };
        if let Some(interval) = self.keepalives_interval {
            to.keepalives_interval(interval);
        }
        if let Some(count) = self.keepalives_count {
            to.keepalives_retries(count);
        }
        if let Some(limit) = self.tcp_user_timeout {
            to.tcp_user_timeout(limit);
        }
        if let Some(limit) = self.connect_timeout {
            to.connect_timeout(limit);
        }
    }

    /// The server-side limits and defaults, as start-up options, so that `RESET ALL` comes back to them. The user's
    /// own options come last and win.
    fn startup_options(&self) -> String {
        let limits = [
            ("statement_timeout", self.statement_timeout),
            ("lock_timeout", self.lock_timeout),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_timeout),
        ];
        let mut options: Vec<String> = limits
            .into_iter()
            .filter_map(|(name, limit)| limit.map(|limit| format!("-c {name}={}", milliseconds(limit))))
            .collect();
        if let Some(isolation) = self.default_isolation {
            // A space in a value is escaped.
            let level = isolation.sql().to_ascii_lowercase().replace(' ', "\\ ");
            options.push(format!("-c default_transaction_isolation={level}"));
        }
        if self.default_read_only {
            options.push("-c default_transaction_read_only=on".to_owned());
        }
        options.extend(self.options.clone());
        options.join(" ")
    }
}

/// PostgreSQL's limits are whole milliseconds in an `int`, and 0 would mean none.
fn milliseconds(limit: Duration) -> u128 {
    limit.as_millis().clamp(1, 2_147_483_647)
}
