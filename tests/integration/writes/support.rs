//! What the tests of writes ask and watch.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use orm::prelude::*;
use orm::{Columns, DatabaseBuilder, DbType, Param, ResultColumn, RowSink, Statement};

/// A statement of the test's own.
pub(crate) fn sql(text: impl Into<String>) -> Statement {
    Statement {
        text: text.into().into(),
        params: Vec::new(),
        operation: "SELECT",
        table: None,
        place: None,
        only_reads: false,
        options: None,
    }
}

struct FirstColumn<T>(Vec<T>);

impl<T: DbType> RowSink for FirstColumn<T> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        if columns.is_empty() {
            Ok(())
        } else {
            Columns::new(columns).next::<T>()
        }
    }

    fn row(&mut self, row: &orm::Row<'_>) -> Result<(), Error> {
        self.0.push(row.get(0)?);
        Ok(())
    }
}

/// The first column of what a text gives.
pub(crate) async fn column<T: DbType>(db: &dyn Executor, text: &str) -> Result<Vec<T>, Error> {
    let mut rows = FirstColumn(Vec::new());
    db.run(&sql(text), &mut rows).await?;
    Ok(rows.0)
}

/// The only value of what a text gives.
pub(crate) async fn scalar<T: DbType>(db: &dyn Executor, text: &str) -> T {
    let mut rows = column(db, text).await.unwrap();
    assert_eq!(rows.len(), 1, "{text}");
    rows.pop().unwrap()
}

/// Runs one statement with parameters, and throws rows away.
pub(crate) async fn run(db: &dyn Executor, text: &str, params: Vec<Param>) -> Result<u64, Error> {
    let mut statement = sql(text);
    statement.params = params;
    db.run(&statement, &mut FirstColumn::<bool>(Vec::new())).await
}

/// The settings for another pool on the database that `db` is connected to.
pub(crate) async fn builder_of(db: &Database) -> DatabaseBuilder {
    let name: String = scalar(db, "SELECT current_database()::text").await;
    let server = orm_embedded::Server::start().await.unwrap();
    Database::builder().url(server.url()).dbname(name)
}

/// Another pool on the same database.
pub(crate) async fn another(db: &Database, max_size: usize) -> Database {
    builder_of(db).await.max_size(max_size).connect().await.unwrap()
}

/// A role that may use every table, without rights above that; with the name of the database, as roles belong to the
/// whole server.
pub(crate) async fn make_role(db: &Database) -> String {
    let role: String = scalar(db, "SELECT 'r_' || current_database()::text").await;
    db.batch(&format!(
        "CREATE ROLE {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ))
    .await
    .unwrap();
    role
}

pub(crate) async fn drop_role(db: &Database, role: &str) {
    db.batch(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .unwrap();
}

/// Polls a future at most `polls` times and then drops it; its output if it was done by then.
pub(crate) async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    std::future::poll_fn(|cx| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A pool under a name of its own, and another that watches its sessions.
pub(crate) struct Watched {
    pub(crate) db: Database,
    watcher: Database,
}

impl Watched {
    pub(crate) async fn new(db: &Database, max_size: usize) -> Self {
        let watched = builder_of(db).await.application_name("watched").max_size(max_size);
        Self {
            db: watched.connect().await.unwrap(),
            watcher: another(db, 1).await,
        }
    }

    /// Waits until no session is inside a transaction or runs a statement, and sees that each connection of the pool
    /// answers what it is asked.
    pub(crate) async fn is_clean(&self) {
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'watched' \
                    AND datname = current_database() AND state <> 'idle'";
        let mut tries = 0;
        while scalar::<i64>(&self.watcher, busy).await > 0 {
            tries += 1;
            assert!(tries < 500, "a session is not idle");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut held = Vec::new();
        for n in 0..self.db.status().max_size {
            let connection = self.db.connection().await.unwrap();
            let answer: i32 = scalar(&connection, &format!("SELECT {n}")).await;
            assert_eq!(answer, n as i32);
            let level: i64 = scalar(
                &connection,
                "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'transactionid'",
            )
            .await;
            assert_eq!(level, 0, "a transaction is open");
            held.push(connection);
        }
    }
}

/// Random numbers that are the same in every run (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}
