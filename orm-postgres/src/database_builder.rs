//! The settings of a database, one by one.

use std::path::Path;
use std::time::Duration;

use orm_core::Error;

use crate::config::{ClientCertificate, Config, RootCertificates};
use crate::database::Database;
use crate::hosts::TargetSessionAttrs;
use crate::password::PasswordProvider;
use crate::replicas::Replicas;
use crate::secret::Secret;

/// Settings of a [`Database`], made by [`Database::builder`]. What is not set has its default; every time limit has a
/// finite one, and `None` removes it.
#[derive(Debug, Default)]
#[must_use = "nothing is opened before `connect`"]
pub struct DatabaseBuilder {
    pub(crate) config: Config,
    /// The first setting that was wrong, told by `connect`.
    wrong: Option<Error>,
    /// Their URLs.
    replicas: Vec<Secret<String>>,
    max_replica_lag: Option<Duration>,
}

/// How far behind a replica may be that is read from, unless something else is said.
const MAX_REPLICA_LAG: Duration = Duration::from_secs(10);

impl From<Config> for DatabaseBuilder {
    fn from(config: Config) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }
}

impl DatabaseBuilder {
    /// Takes what a URL names, `postgres://user:password@host:port/dbname?parameter=value`, or libpq's string of keywords,
    /// `host=db.example.org dbname=app`. What it does not name stays as it is.
    ///
    /// Parameters of libpq, by its names and with its meaning: `host`, `hostaddr`, `port` (several of each with commas),
    /// `user`, `password`, `passfile`, `dbname`, `application_name`, `fallback_application_name`, `client_encoding` (UTF8),
    /// `options`, `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `sslnegotiation`, `gssencmode` (there is no GSSAPI),
    /// `channel_binding`, `target_session_attrs`, `load_balance_hosts`, `connect_timeout`, `keepalives`,
    /// `keepalives_idle`, `keepalives_interval`, `keepalives_count` (in seconds) and `tcp_user_timeout` (in milliseconds).
    ///
    /// Parameters of ours, named as the methods here: `wait_timeout`, `recycle_timeout`, `statement_timeout`,
    /// `lock_timeout`, `idle_in_transaction_timeout`, `max_lifetime`, `idle_timeout`, `validate_after` (with a unit:
    /// `500ms`, `30s`, `10min`, `2h`, `1d`; `0` is none), `max_size`, `min_idle`, `statement_cache`, `default_isolation`
    /// (`read-committed`, `repeatable-read`, `serializable`), `default_read_only`, `share_reads` and `pgbouncer` (`true`,
    /// `false`).
    pub fn url(mut self, url: &str) -> Self {
        if let Err(error) = self.config.read_url(url) {
            self.wrong = self.wrong.or(Some(error));
        }
        self
    }

    /// The host name, address, or directory of the unix socket. Default: `localhost`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.config.hosts = vec![host.into()];
        self
    }

    /// Several servers with their ports, tried in this order: one that cannot be reached is passed over, and one that
    /// could not be reached within the last half minute is tried last.
    pub fn hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = (H, u16)>) -> Self {
        (self.config.hosts, self.config.ports) = hosts.into_iter().map(|(host, port)| (host.into(), port)).unzip();
        self
    }

    /// The port. Default: 5432.
    pub fn port(mut self, port: u16) -> Self {
        self.config.ports = vec![port];
        self
    }

    /// Which of the servers will do. Default: any.
    ///
    /// Anything else asks each new connection for it (`SELECT pg_is_in_recovery(), …`, one round trip).
    pub fn target_session_attrs(mut self, attrs: TargetSessionAttrs) -> Self {
        self.config.target_session_attrs = attrs;
        self
    }

    /// Whether to try the servers, and the addresses behind one name, in random order, so that connections spread over
    /// them. Default: `false`.
    pub fn load_balance_hosts(mut self, random: bool) -> Self {
        self.config.load_balance_hosts = random;
        self
    }

    /// The role. Default: the operating system's user.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.config.user = Some(user.into());
        self
    }

    /// The password. It is never shown. Default: that of the password file, `PGPASSFILE` or else `~/.pgpass`, which
    /// is read for each new connection and, as libpq demands, only if others may not read it (mode 0600).
    ///
    /// PostgreSQL's chapter: [The Password File](https://www.postgresql.org/docs/current/libpq-pgpass.html).
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.config.password = Some(Secret::new(password.into()));
        self
    }

    /// Where passwords come from that change: tokens of a cloud's identity service, a secret store. It is asked for each
    /// new connection; its time counts in `connect_timeout`. What it gives comes before
    /// [`password`](Self::password). An error of its own fails the connection with
    /// [`ErrorKind::Connect`](orm_core::ErrorKind::Connect) and is shown, so it must hold no secret.
    ///
    /// ```no_run
    /// # async fn token_of_the_hour() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # async fn example() -> Result<(), orm_core::Error> {
    /// let db = orm_postgres::Database::builder()
    ///     .url("postgres://app@db.example.org/app")
    ///     .password_provider(async || token_of_the_hour().await)
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn password_provider<F, Fut, E>(mut self, provider: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.config.password_provider = Some(PasswordProvider::new(provider));
        self
    }

    /// The password file. Default: `PGPASSFILE`, else `~/.pgpass`.
    pub fn passfile(mut self, path: impl AsRef<Path>) -> Self {
        self.config.passfile = Some(path.as_ref().to_owned());
        self
    }

    /// The database. Default: the one named like the role.
    pub fn dbname(mut self, dbname: impl Into<String>) -> Self {
        self.config.dbname = Some(dbname.into());
        self
    }

    /// The name that `pg_stat_activity` shows.
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.config.application_name = Some(name.into());
        self
    }

    /// Whether the address is a PgBouncer's that gives each transaction another server connection (`pool_mode =
    /// transaction`); in the URL `pgbouncer=true`. Default: `false`.
    ///
    /// Then nothing is sent that PgBouncer refuses or that would stay behind on a server connection: no start-up
    /// options, so that the server's limits ([`statement_timeout`](Self::statement_timeout) and the like) are those of
    /// the role or the database (`ALTER ROLE app SET statement_timeout = '60s'`), and no named prepared statements.
    pub fn pgbouncer(mut self, pgbouncer: bool) -> Self {
        self.config.pgbouncer = pgbouncer;
        self
    }

    /// How many prepared statements a connection keeps. Default: 256.
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.config.statement_cache = statements;
        self
    }

    /// Trusts the authorities in this PEM file, instead of Mozilla's list, to sign the server's certificate.
    pub fn root_certificate_file(mut self, path: impl AsRef<Path>) -> Self {
        self.config.root_certificates = RootCertificates::File(path.as_ref().to_owned());
        self
    }

    /// Like [`root_certificate_file`](Self::root_certificate_file), from memory.
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.config.root_certificates = RootCertificates::Pem(Secret::new(pem.into()));
        self
    }

    /// Shows the server this certificate (PEM files of the certificate and of its key).
    pub fn client_certificate_files(mut self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        self.config.client_certificate = Some(ClientCertificate {
            certificate: certificate.as_ref().to_owned(),
            key: key.as_ref().to_owned(),
        });
        self
    }

    /// Sends everything, the password's proof included, **unencrypted** to other machines, unless the URL's `sslmode`
    /// requires TLS. Anyone on the way can read and change it. For networks that are protected otherwise.
    pub fn allow_plaintext(mut self) -> Self {
        self.config.allow_plaintext = true;
        self
    }

    /// A standby to read from, by its URL; what the URL does not name is as for the primary. Several are called one after another.
    ///
    /// A SELECT on `&db` that does nothing but read ([`share_reads`](Self::share_reads) says which; loads and streams, too) goes to
    /// a replica that is less than [`max_replica_lag`](Self::max_replica_lag) behind, each in its turn. All else goes to the
    /// primary: writes, transactions, connections, `sql!`, reads of a task that is inside of a transaction, and reads that the
    /// replica could not do (it is lost, or the read was in conflict with what it replays).
    /// [`Database::primary`] reads from the primary, [`Database::read_your_writes`] where one's own writes are seen.
    ///
    /// Each replica has a pool of its own with the same settings, and a connection more by which it is asked four times a
    /// second how far it is; one that cannot be reached is no error. A replica that becomes the primary is found by the next
    /// connection: the hosts of all replicas are hosts of the primary as well, with `target_session_attrs=primary` unless
    /// something else is said.
    pub fn replica(mut self, url: &str) -> Self {
        self.replicas.push(Secret::new(url.to_owned()));
        self
    }

    /// How old the state may be that a read finds on a replica, by the client's clock. Default: 10 s. A primary that cannot be
    /// asked makes all replicas older, so for so long reads go on while it is away.
    pub fn max_replica_lag(mut self, lag: Duration) -> Self {
        self.max_replica_lag = Some(lag);
        self
    }

    /// Whether reads share connections when none is idle. Default: yes.
    ///
    /// A SELECT that does nothing but read (no row locks, no data-modifying CTE, no `sql!`, no function that the program has
    /// declared) and runs on `&db` takes an idle connection. When none is idle, and none may be opened, it is sent on one where
    /// other such reads run, in the same flight, instead of waiting. Not behind a statement that has run for 3 ms or took as
    /// long before; not while a task waits for a connection; not from a task that is inside of a transaction; and one that waits
    /// for 50 ms behind others of which none ends takes a connection of its own after all. A read that is dropped while others
    /// are on its connection is not cancelled on the server.
    pub fn share_reads(mut self, share: bool) -> Self {
        self.config.share_reads = share;
        self
    }

    /// Sends the **password itself**, readable for anyone on the way, to a server that asks for it so (`password`, `ldap`,
    /// `pam` and `radius` in `pg_hba.conf`) on an unencrypted connection to another machine. Without this such a server
    /// is refused even after [`allow_plaintext`](Self::allow_plaintext) and `sslmode=disable`, which let
    /// scram-sha-256 and md5 through.
    pub fn allow_cleartext_password(mut self) -> Self {
        self.config.allow_cleartext_password = true;
        self
    }

    /// Prints the text of each statement (never its values) with its time to stderr.
    pub fn echo(mut self, echo: bool) -> Self {
        self.config.echo = echo;
        self
    }

    /// Warns of N+1: after a statement that gave so many rows or more, the same SELECT was sent so many times, from one
    /// place in the program, by one task or [counted block](orm_core::count_statements), each time with other parameters
    /// and without a pause. It is a `tracing` event at WARN (and a line of the [`echo`](Self::echo)) that names the place
    /// and the one that the rows came from, once for each place. Default: 10 in builds with `debug_assertions`, else
    /// `None`, which is off and costs nothing. Statements made by hand have no place.
    pub fn warn_n_plus_one(mut self, threshold: impl Into<Option<u32>>) -> Self {
        self.config.n_plus_one = threshold.into();
        self
    }

    /// Makes the pool and opens one connection, so that what is wrong is an error here.
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn connect(self) -> Result<Database, Error> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let replicas: Vec<Config> = self
            .replicas
            .iter()
            .map(|url| self.config.of_replica(url))
            .collect::<Result<_, _>>()?;
        let config = self.config.finish()?.fails_over_to(&replicas);
        let database = Database::open(&config).await?;
        if replicas.is_empty() {
            return Ok(database);
        }
        let replicas = Replicas::open(&config, &replicas, self.max_replica_lag.unwrap_or(MAX_REPLICA_LAG))?;
        Ok(database.with_replicas(replicas))
    }
}
