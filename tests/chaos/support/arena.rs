//! A database of a test's own, whoever watches it, and the proof that nothing is left over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use orm::prelude::*;
use orm::{Connection, DatabaseBuilder};
use orm_embedded::{Server, Settings, TestDatabase};
use tokio::sync::MutexGuard;
use tokio_postgres::{Client, NoTls};

use super::resources::Resources;
use super::{PATIENCE, Proxy};

/// One test's database. While one test has its arena, the others of this process wait: what it uses is counted.
pub(crate) struct Arena {
    /// Not one of ours: it must see what is wrong with these.
    observer: Client,
    proxies: Mutex<Vec<Arc<Proxy>>>,
    before: Resources,
    database: TestDatabase,
    _turn: MutexGuard<'static, ()>,
}

/// Waits until no other test of this process counts what is in use.
pub(crate) async fn turn() -> MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}

/// The sessions of this database that are not the observer's.
const OTHERS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
     AND backend_type = 'client backend'";

impl Arena {
    /// An empty database on the shared server.
    pub(crate) async fn new() -> Self {
        let turn = turn().await;
        let database = TestDatabase::create().await.unwrap();
        Self::of(database, turn).await
    }

    /// An empty database on a server of the test's own, and that.
    pub(crate) async fn with_server(settings: Settings) -> (Self, Server) {
        let turn = turn().await;
        let server = Server::private_with(settings).await.unwrap();
        let arena = Self::of(server.create_database().await.unwrap(), turn).await;
        (arena, server)
    }

    async fn of(database: TestDatabase, turn: MutexGuard<'static, ()>) -> Self {
        Self {
            observer: connect(database.url()).await,
            proxies: Mutex::default(),
            before: Resources::at_rest().await,
            database,
            _turn: turn,
        }
    }

    /// A pool that connects to the database itself.
    pub(crate) fn builder(&self) -> DatabaseBuilder {
        Database::builder().url(self.database.url())
    }

    /// The URL of the same database for another role, over TCP, at a port of 127.0.0.1 or else the server's own.
    pub(crate) fn url_of(&self, role: &str, password: &str, port: Option<u16>) -> String {
        let config: tokio_postgres::Config = self.database.url().parse().unwrap();
        let port = port.unwrap_or_else(|| config.get_ports()[0]);
        format!("postgres://{role}:{password}@127.0.0.1:{port}/{}", self.database.name())
    }

    /// A proxy before the database, gone at the arena's end.
    pub(crate) async fn proxy(&self) -> Arc<Proxy> {
        let proxy = Arc::new(Proxy::before(self.database.url()).await);
        let mut proxies = self.proxies.lock().unwrap_or_else(PoisonError::into_inner);
        proxies.push(Arc::clone(&proxy));
        proxy
    }

    /// A pool that connects through a proxy.
    pub(crate) fn through(&self, proxy: &Proxy) -> DatabaseBuilder {
        self.builder().host("127.0.0.1").port(proxy.port())
    }

    /// Runs text beside the pool: what the test needs in the database.
    pub(crate) async fn run(&self, text: &str) {
        self.observer.batch_execute(text).await.unwrap();
    }

    /// Connects the observer again, if its connection has ended.
    pub(crate) async fn reconnect(&mut self) {
        if self.observer.batch_execute("").await.is_err() {
            self.observer = connect(self.database.url()).await;
        }
    }

    /// Two numbers in each row.
    pub(crate) async fn pairs(&self, query: &str) -> Vec<(i64, i64)> {
        let rows = self.observer.query(query, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// A number that the server gives, asked beside the pool.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.observer.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Waits until a query gives this number.
    pub(crate) async fn becomes(&self, number: i64, query: &str) {
        let begun = Instant::now();
        loop {
            let now = self.number(query).await;
            if now == number {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{now} and not {number} after {PATIENCE:?}: {query}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends a session at random, of those that are not the observer's.
    pub(crate) async fn kill_one(&self) -> bool {
        let text = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid {OTHERS} ORDER BY random() LIMIT 1) one_of_them"
        );
        self.number(&text).await == 1
    }

    /// Waits until no session runs a statement or is inside of a transaction.
    pub(crate) async fn is_at_rest(&self) {
        self.becomes(0, &format!("SELECT count(*) {OTHERS} AND state <> 'idle'"))
            .await;
    }

    /// Waits until all connections of the pool can be borrowed at once, and each answers what it was asked.
    pub(crate) async fn is_whole(&self, db: &Database) {
        let begun = Instant::now();
        while let Err(error) = borrow_all(db).await {
            assert!(
                begun.elapsed() < PATIENCE,
                "the pool is not whole after {PATIENCE:?}: {error}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let status = db.status();
        assert_eq!((status.available, status.waiting), (status.max_size, 0), "{status:?}");
    }

    /// Waits until the pools are whole and nothing is left over: no transaction, no advisory lock, and then, with the
    /// pools closed, no session, task or socket.
    pub(crate) async fn ends_clean(self, pools: impl IntoIterator<Item = Database>) {
        let proxies = std::mem::take(&mut *self.proxies.lock().unwrap_or_else(PoisonError::into_inner));
        proxies.iter().for_each(|proxy| proxy.heal());
        let pools: Vec<Database> = pools.into_iter().collect();
        for db in &pools {
            self.is_whole(db).await;
        }
        self.is_at_rest().await;
        let locks = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
             WHERE datname = current_database() AND locktype = 'advisory'";
        self.becomes(0, locks).await;
        for db in pools {
            db.close();
        }
        self.becomes(0, &format!("SELECT count(*) {OTHERS}")).await;
        for proxy in &proxies {
            proxy.stop().await;
        }
        drop(proxies);
        self.before.come_back().await;
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    drop(tokio::spawn(connection));
    client
}

async fn borrow_all(db: &Database) -> Result<(), Error> {
    let mut held: Vec<Connection> = Vec::new();
    for number in 0..i64::try_from(db.status().max_size).unwrap() {
        let connection = db.connection().await?;
        let answer: i64 = sql!("SELECT {number}").one(&connection).await?;
        assert_eq!(answer, number, "a connection gave somebody else's answer");
        held.push(connection);
    }
    Ok(())
}
