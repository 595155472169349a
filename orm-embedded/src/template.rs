//! A database that is set up once and then copied for every test.

use std::env;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, Weak};

use sha2::{Digest, Sha256};

use crate::database;
use crate::error::{Error, ErrorKind};
use crate::leftovers::{self, TEMPLATE_BUILT, TEMPLATE_IN_USE};
use crate::server::Server;
use crate::session::Session;
use crate::url;

/// A complete template database; see [`Server::template`].
#[derive(Debug, Clone)]
pub struct Template {
    pub(crate) prepared: Arc<Prepared>,
}

/// This process's part in a template: while it lives, nobody drops the database.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) name: String,
    number: u32,
    ready: AtomicBool,
    /// On somebody's own server: holds the lock that keeps the template, in a session of its own
    /// because PostgreSQL's locks never stand in the way of the session that has them.
    keeper: Option<Session>,
}

/// What a `setup` may fail with.
pub type SetupError = Box<dyn std::error::Error + Send + Sync>;

impl Server {
    /// A template database, built by the first who asks and copied from then on, by all tests of one
    /// test binary, also when each runs in its own process.
    ///
    /// `setup` gets the URL of an empty database, creates tables and whatever else every test needs, and
    /// should close its connections; what is still open when it returns is disconnected. `key` tells
    /// the templates of one test binary apart; a rebuilt binary builds its templates anew.
    ///
    /// On the server of `DATABASE_URL` the template is dropped with its last database.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Setup`] when `setup` fails (its error is the source; the next call tries again),
    /// [`ErrorKind::Statement`] when the server refuses to make the database, [`ErrorKind::Connect`].
    pub async fn template(
        &self,
        key: &str,
        setup: impl AsyncFnOnce(&str) -> Result<(), SetupError>,
    ) -> Result<Template, Error> {
        let prepared = self.prepared(&hash_of(key)).await?;
        if !prepared.ready.load(Ordering::Acquire) {
            build(self, &prepared, key, setup).await?;
            prepared.ready.store(true, Ordering::Release);
        }
        Ok(Template { prepared })
    }

    /// This process's part in the template of that hash, made where it is missing.
    async fn prepared(&self, hash: &str) -> Result<Arc<Prepared>, Error> {
        let number = leftovers::template_number(hash).unwrap_or(0);
        let fresh = Arc::new(Prepared {
            name: leftovers::template_name(hash),
            number,
            ready: AtomicBool::new(false),
            keeper: self.is_foreign().then(|| keeper(self, number)).transpose()?,
        });
        if let Some(keeper) = &fresh.keeper {
            let _ = keeper.query("SELECT 1").await?;
        }
        let mut templates = self.templates().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = templates.get(hash).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let _ = templates.insert(hash.to_owned(), Arc::downgrade(&fresh));
        Ok(fresh)
    }
}

/// A session that takes the template's lock as soon as it is connected.
fn keeper(server: &Server, number: u32) -> Result<Session, Error> {
    let lock = format!(
        "SELECT pg_advisory_lock_shared({TEMPLATE_IN_USE}, {})",
        leftovers::key(number)
    );
    Session::open(url::parse(server.url())?, Some(lock))
}

impl Drop for Prepared {
    fn drop(&mut self) {
        let Some(keeper) = &self.keeper else { return };
        let key = leftovers::key(self.number);
        let release = format!("SELECT pg_advisory_unlock_shared({TEMPLATE_IN_USE}, {key})");
        let mut statements = vec![release];
        statements.extend(leftovers::drop_unused_template(&self.name, self.number));
        database::finish(keeper, statements);
    }
}

/// Builds the template unless it is there, while all other processes that want it wait.
async fn build(
    server: &Server,
    prepared: &Prepared,
    key: &str,
    setup: impl AsyncFnOnce(&str) -> Result<(), SetupError>,
) -> Result<(), Error> {
    // A session of its own: the lock ends with it, whatever happens in `setup`.
    let session = Session::open(url::parse(server.url())?, None)?;
    let lock = leftovers::key(prepared.number);
    let _ = session
        .query(format!("SELECT pg_advisory_lock({TEMPLATE_BUILT}, {lock})"))
        .await?;
    let name = &prepared.name;
    let found = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    if !session.query(found).await?.is_empty() {
        return Ok(());
    }
    let building = format!("{name}_building");
    let discard = format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)");
    let _ = session.query(&discard).await?;
    let _ = session.query(server.create_statement(&building, None)).await?;
    if let Err(cause) = setup(&url::with_database(server.url(), &building)?).await {
        let _ = session.query(&discard).await?;
        let sentence = format!("the setup of the template database {key:?} failed: {cause}");
        return Err(Error::new(ErrorKind::Setup, sentence).because(cause));
    }
    seal(&session, &building, name).await
}

/// Closes the database to everybody, for PostgreSQL copies none that somebody is connected to
/// (55006), and gives it its final name, which says that it is complete.
async fn seal(session: &Session, building: &str, name: &str) -> Result<(), Error> {
    let close = format!("ALTER DATABASE {building} WITH ALLOW_CONNECTIONS false");
    let _ = session.query(close).await?;
    let connected = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = '{building}' AND usename = current_user"
    );
    for _ in 0..200 {
        if session.query(&connected).await?.is_empty() {
            break;
        }
        let _ = session.query("SELECT pg_sleep(0.005)").await?;
    }
    let rename = format!("ALTER DATABASE {building} RENAME TO {name}");
    session.query(rename).await.map(|_| ())
}

/// Of the key and this executable: two test binaries may use one key for different setups, and
/// a server lives on for a moment after a run, in which the next run may be of changed code.
fn hash_of(key: &str) -> String {
    let mut hash = Sha256::new();
    if let Ok(executable) = env::current_exe() {
        hash.update(executable.as_os_str().as_encoded_bytes());
        if let Ok(meta) = fs::metadata(&executable) {
            hash.update(meta.len().to_ne_bytes());
            hash.update(format!("{:?}", meta.modified().ok()));
        }
    }
    hash.update([0]);
    hash.update(key);
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
