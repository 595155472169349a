//! Statements and sinks by hand, and what the tests ask the server about itself.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::task::Poll;
use std::time::{Duration, Instant};

use orm_core::{DbType, Error, Executor, Param, PgType, ResultColumn, Row, RowSink, Statement};
use orm_postgres::{Database, DatabaseBuilder};

/// Longer than any test waits for anything, and shorter than the driver's own `statement_timeout`.
pub(crate) const LONG: &str = "SELECT pg_sleep(50)";
const PATIENCE: Duration = Duration::from_secs(20);

/// A database that all tests of this process share, and nobody else.
pub(crate) fn url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| orm_embedded::url().unwrap());
    &URL
}

pub(crate) fn builder() -> DatabaseBuilder {
    Database::builder().url(url())
}

pub(crate) async fn database() -> Database {
    builder().max_size(4).connect().await.unwrap()
}

/// A name that no other test uses, for tables and `application_name`s.
pub(crate) fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{prefix}_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// A file in Cargo's directory for such, deleted when dropped.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(extension: &str, contents: &str) -> Self {
        let name = format!("{}.{extension}", unique("file"));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, contents).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub(crate) fn sql(text: impl Into<String>) -> Statement {
    let text = text.into();
    let operation = ["SELECT", "INSERT", "UPDATE", "DELETE"]
        .into_iter()
        .find(|word| text.starts_with(word))
        .unwrap_or("OTHER");
    Statement {
        text: text.into(),
        params: Vec::new(),
        operation,
        table: None,
        place: None,
        only_reads: false,
        options: None,
    }
}

pub(crate) fn with<T: DbType>(mut statement: Statement, value: T) -> Statement {
    statement.params.push(Param::new(&value));
    statement
}

/// Keeps the first column of each row.
pub(crate) struct First<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) columns: Vec<ResultColumn>,
}

impl<T> Default for First<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            columns: Vec::new(),
        }
    }
}

impl<T: DbType> RowSink for First<T> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        self.columns = columns.to_vec();
        orm_core::Columns::new(columns).next::<T>()
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        types.push(T::TYPE);
        true
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.rows.push(row.get(0)?);
        Ok(())
    }
}

/// Takes no notice of rows.
pub(crate) struct Ignore;

impl RowSink for Ignore {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    fn expected(&self, _: &mut Vec<&'static PgType>) -> bool {
        true
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

pub(crate) async fn all<T: DbType>(on: &dyn Executor, statement: &Statement) -> Result<Vec<T>, Error> {
    let mut sink = First::default();
    on.run(statement, &mut sink).await?;
    Ok(sink.rows)
}

pub(crate) async fn one<T: DbType>(on: &dyn Executor, text: &str) -> T {
    all(on, &sql(text)).await.unwrap().pop().unwrap()
}

pub(crate) async fn execute(on: &dyn Executor, text: &str) -> Result<u64, Error> {
    on.run(&sql(text), &mut Ignore).await
}

/// Waits until a query gives 0, as what the server does about a dropped connection takes it a moment.
pub(crate) async fn becomes_zero(on: &dyn Executor, text: &str) {
    let begun = Instant::now();
    while one::<i64>(on, text).await != 0 {
        assert!(begun.elapsed() < PATIENCE, "not 0 after {PATIENCE:?}: {text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a session of this name runs a statement with this text in it.
pub(crate) async fn becomes_active(admin: &dyn Executor, name: &str, text: &str) {
    let question = format!(
        "SELECT 1 - least(count(*), 1) FROM pg_stat_activity
         WHERE application_name = '{name}' AND state = 'active' AND query LIKE '%{text}%'"
    );
    becomes_zero(admin, &question).await;
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

/// A database of its own name in `pg_stat_activity`, and another that watches it.
pub(crate) struct Watched {
    pub(crate) db: Database,
    pub(crate) admin: Database,
    pub(crate) name: String,
}

impl Watched {
    pub(crate) async fn new(max_size: usize) -> Self {
        let name = unique("watched");
        let db = builder()
            .application_name(&name)
            .max_size(max_size)
            .connect()
            .await
            .unwrap();
        let admin = builder().max_size(1).connect().await.unwrap();
        Self { db, admin, name }
    }

    /// Waits until no session of the database is inside a transaction or runs a statement.
    pub(crate) async fn is_at_rest(&self) {
        let text = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND state <> 'idle'",
            self.name
        );
        becomes_zero(&self.admin, &text).await;
    }

    /// Waits until all connections of the pool can be borrowed at once, and each gives a right answer.
    pub(crate) async fn is_whole(&self) {
        let mut held = Vec::new();
        for n in 0..self.db.status().max_size {
            let connection = self.db.connection().await.unwrap();
            let statement = with(sql("SELECT $1"), i64::try_from(n).unwrap());
            let rows: Vec<i64> = all(&connection, &statement).await.unwrap();
            assert_eq!(rows, [i64::try_from(n).unwrap()]);
            held.push(connection);
        }
    }

    /// Waits until a statement with this text in it runs.
    pub(crate) async fn runs(&self, text: &str) {
        becomes_active(&self.admin, &self.name, text).await;
    }

    /// Ends all sessions of the database, and waits until they are gone.
    pub(crate) async fn terminate(&self) {
        let text = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{}'",
            self.name
        );
        assert!(one::<i64>(&self.admin, &text).await > 0);
        self.has_sessions(0).await;
    }

    /// Waits until there are no more sessions than these. One that the pool has closed takes the server a moment.
    pub(crate) async fn has_sessions(&self, most: usize) {
        let text = format!(
            "SELECT greatest(count(*) - {most}, 0) FROM pg_stat_activity WHERE application_name = '{}'",
            self.name
        );
        becomes_zero(&self.admin, &text).await;
    }

    /// Waits until no session of this process' database holds this advisory lock.
    pub(crate) async fn has_no_lock(&self, key: u32) {
        let text = format!(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
             WHERE datname = current_database() AND locktype = 'advisory' AND objid = {key}"
        );
        becomes_zero(&self.admin, &text).await;
    }
}
