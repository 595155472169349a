//! A server: somebody's own, the one that processes share, or a private one.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::oneshot;

use crate::cluster::Cluster;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::settings::Settings;
use crate::template::Prepared;
use crate::{leftovers, url};

/// A running PostgreSQL server, for as long as this value or a clone of it lives.
///
/// Cheap to clone. Nobody needs to stop it: the server ends and its files are deleted once the
/// last process that uses it has ended, by whatever way, `SIGKILL` included.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    url: String,
    /// `None` for the server of `DATABASE_URL`.
    cluster: Option<Cluster>,
    session: Session,
    /// In the names of this process's databases; this session holds the advisory lock of that number.
    token: u32,
    databases: AtomicU32,
    swept: AtomicBool,
    /// `STRATEGY file_copy` where it exists and the server is ours.
    strategy: &'static str,
    pub(crate) templates: Mutex<HashMap<String, Weak<Prepared>>>,
}

/// This process's shared server, once it is started.
static SHARED: Mutex<Option<Server>> = Mutex::new(None);

impl Server {
    /// The server of `DATABASE_URL` if that is set; else the private server that all processes of
    /// this user share, started if none runs.
    ///
    /// Later calls give the same server, or a new one if that has crashed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DatabaseUrl`] and [`ErrorKind::Connect`] for a `DATABASE_URL` that does not
    /// work; [`ErrorKind::NotInstalled`], [`ErrorKind::Download`], [`ErrorKind::Start`] and
    /// [`ErrorKind::Files`] for a private server that cannot be had.
    pub async fn start() -> Result<Server, Error> {
        on_a_thread(Server::start_blocking).await
    }

    /// A server of its own, listening on a Unix-domain socket only: stopped and deleted when the last
    /// clone of this value is dropped, or when the process ends. `DATABASE_URL` does not matter.
    ///
    /// # Errors
    ///
    /// As [`Server::start`], but for `DATABASE_URL`.
    pub async fn private() -> Result<Server, Error> {
        Server::private_with(Settings::new()).await
    }

    /// As [`Server::private`], but its URL is that of a free TCP port on 127.0.0.1, with a
    /// random password: for what cannot use a Unix-domain socket, a proxy for example.
    ///
    /// # Errors
    ///
    /// As [`Server::private`].
    pub async fn private_on_tcp() -> Result<Server, Error> {
        Server::private_with(Settings::new().on_tcp()).await
    }

    /// As [`Server::private`], with settings, lines of authentication and files of its own: for what a test must
    /// switch on before the server starts, TLS for example.
    ///
    /// # Errors
    ///
    /// As [`Server::private`]; a setting that the server refuses is [`ErrorKind::Start`], with the server's words.
    pub async fn private_with(settings: Settings) -> Result<Server, Error> {
        on_a_thread(move || Server::private_blocking(&settings)).await
    }

    /// The URL of a maintenance database, `postgres` on a private server. Create databases from
    /// there, keep your tables out of it.
    ///
    /// A private server's URL has the percent-encoded directory of its socket for a host.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// The process id of the server (of its postmaster), so that a test can stop or kill it;
    /// `None` for the server of `DATABASE_URL`.
    pub fn process_id(&self) -> Option<u32> {
        self.inner.cluster.as_ref().map(Cluster::pid)
    }

    /// The directory of the server's socket, data and log; `None` for the server of `DATABASE_URL`.
    /// As root it belongs to another user: the one who runs the server.
    pub fn directory(&self) -> Option<&Path> {
        self.inner.cluster.as_ref().map(Cluster::socket_dir)
    }

    pub(crate) fn start_blocking() -> Result<Server, Error> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.as_ref().filter(|server| server.is_alive()) {
            return Ok(server.clone());
        }
        let server = match std::env::var("DATABASE_URL") {
            Ok(given) if !given.is_empty() => Server::connected(given.clone(), &given, None)?,
            _ => Server::on_its_socket(Cluster::shared()?)?,
        };
        *shared = Some(server.clone());
        Ok(server)
    }

    /// `None` for the server of `DATABASE_URL`.
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        self.inner.cluster.as_ref()
    }

    pub(crate) fn session(&self) -> &Session {
        &self.inner.session
    }

    /// Whether this is somebody's own server, on which nothing may be left behind.
    pub(crate) fn is_foreign(&self) -> bool {
        self.inner.cluster.is_none()
    }

    pub(crate) fn templates(&self) -> &Mutex<HashMap<String, Weak<Prepared>>> {
        &self.inner.templates
    }

    /// A name that no other database has, and by which others see whether its owner lives.
    pub(crate) fn new_database_name(&self) -> String {
        let count = self.inner.databases.fetch_add(1, Ordering::Relaxed);
        leftovers::database_name(self.inner.token, count)
    }

    /// The statement that clones a database.
    ///
    /// Our own servers copy files: two to three times as fast as the default, which writes every
    /// page into the log. It takes a checkpoint, which is cheap without `fsync` but not on a server
    /// that is somebody's own. And they copy `template0`, which nobody can be connected to.
    pub(crate) fn create_statement(&self, name: &str, template: Option<&str>) -> String {
        let template = match template {
            Some(template) => format!(" TEMPLATE {template}"),
            None if self.is_foreign() => String::new(),
            None => " TEMPLATE template0".to_owned(),
        };
        format!("CREATE DATABASE {name}{template}{}", self.inner.strategy)
    }

    /// Drops, once per process and in the background, what dead processes have left.
    pub(crate) fn sweep_once(&self) {
        if self.inner.swept.swap(true, Ordering::Relaxed) {
            return;
        }
        // On a connection of its own, so that no test waits behind it.
        let session = url::parse(self.url()).and_then(|config| Session::open(config, None));
        let (Ok(session), foreign) = (session, self.is_foreign()) else {
            return;
        };
        let _ = std::thread::Builder::new()
            .name("orm-embedded sweep".to_owned())
            .spawn(move || leftovers::sweep(&session, foreign));
    }

    fn is_alive(&self) -> bool {
        self.inner.cluster.as_ref().is_none_or(Cluster::is_alive)
    }

    fn on_its_socket(cluster: Cluster) -> Result<Server, Error> {
        let url = url::of_socket(cluster.socket_dir(), cluster.port(), "postgres");
        Server::connected(url.clone(), &url, Some(cluster))
    }

    fn private_blocking(settings: &Settings) -> Result<Server, Error> {
        let cluster = Cluster::private(settings)?;
        if !settings.is_on_tcp() {
            return Server::on_its_socket(cluster);
        }
        let socket = url::of_socket(cluster.socket_dir(), cluster.port(), "postgres");
        // Anybody on this machine can reach the port, and a superuser can run programs.
        let password = random_password()?;
        let session = Session::open(url::parse(&socket)?, None)?;
        let _ = session.query_blocking(format!("ALTER ROLE postgres PASSWORD '{password}'"))?;
        let url = url::of_tcp(&password, cluster.port(), "postgres");
        Server::connected(url, &socket, Some(cluster))
    }

    /// `own_url` is for the session that makes databases; a server's settings may keep it out of `url`.
    fn connected(url: String, own_url: &str, cluster: Option<Cluster>) -> Result<Server, Error> {
        let token = random_token();
        let session = Session::open(url::parse(own_url)?, Some(leftovers::alive_statement(token)))?;
        let rows = session.query_blocking("SHOW server_version_num")?;
        let version: u32 = rows
            .first()
            .and_then(|row| row.first()?.as_deref()?.parse().ok())
            .unwrap_or(0);
        if version < 130_000 {
            let sentence = "the server of DATABASE_URL is older than PostgreSQL 13; use a newer one";
            return Err(Error::new(ErrorKind::DatabaseUrl, sentence));
        }
        let strategy = match cluster.is_none() || version < 150_000 {
            true => "",
            false => " STRATEGY file_copy",
        };
        let inner = Inner {
            url,
            cluster,
            session,
            token,
            databases: AtomicU32::new(0),
            swept: AtomicBool::new(false),
            strategy,
            templates: Mutex::default(),
        };
        Ok(Server { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL: it may hold a password.
        f.debug_struct("Server")
            .field("directory", &self.directory())
            .field("process_id", &self.process_id())
            .finish_non_exhaustive()
    }
}

/// Runs what blocks, for a second perhaps, where it holds up no runtime.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (reply, answer) = oneshot::channel();
    let _ = std::thread::Builder::new()
        .name("orm-embedded start".to_owned())
        .spawn(move || reply.send(work()).is_ok())
        .map_err(|cause| {
            let sentence = format!("could not start a thread to start the server: {cause}");
            Error::new(ErrorKind::Start, sentence).because(cause)
        })?;
    answer.await.unwrap_or_else(|_| {
        let sentence = "starting the server panicked; the panic's message is on stderr";
        Err(Error::new(ErrorKind::Start, sentence))
    })
}

/// Different in every process, which is all it is for.
fn random_token() -> u32 {
    let hash = RandomState::new().hash_one(std::process::id());
    (hash ^ (hash >> 32)) as u32
}

fn random_password() -> Result<String, Error> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 16];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|cause| Error::file("read random bytes from", source, cause))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
