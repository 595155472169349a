//! Statements and sinks by hand, and what the tests ask the server about itself.

use std::time::Duration;

use orm_core::{DbType, Error, Executor, Param, ResultColumn, Row, RowSink, Statement};
use orm_postgres::{Database, DatabaseBuilder};

pub(crate) fn url() -> String {
    std::env::var("ORM_TEST_URL").expect("set ORM_TEST_URL to a PostgreSQL for tests")
}

pub(crate) fn builder() -> DatabaseBuilder {
    Database::builder().url(&url())
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
    for _ in 0..200 {
        if one::<i64>(on, text).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never became 0: {text}");
}
