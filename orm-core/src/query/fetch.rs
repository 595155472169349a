//! Running a query: the terminals.

use std::future::Future;

use super::parts::Parts;
use super::stream::RowStream;
use super::{Explain, explain};
use crate::driver::{Columns, Executor, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::statements::here;
use crate::types::{FromRow, PgType};

/// What runs a query. Each method sends one statement; the error of all is the server's, the driver's, or a row that the
/// Rust type cannot hold.
pub trait Fetch: Sized {
    /// What each row becomes.
    type Row: FromRow;

    #[doc(hidden)]
    fn into_parts(self) -> Parts;

    /// All rows.
    ///
    /// # Errors
    /// As the trait says.
    #[track_caller]
    fn all(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<Self::Row>, Error>> + Send {
        fetch_all(here(self.into_parts().statement()), db)
    }

    /// The first row, or `None`: `LIMIT 1`.
    ///
    /// # Errors
    /// As the trait says.
    #[track_caller]
    fn first(self, db: &dyn Executor) -> impl Future<Output = Result<Option<Self::Row>, Error>> + Send {
        let mut parts = self.into_parts();
        parts.limit = Some(parts.limit.unwrap_or(1).min(1));
        parts.ties = false;
        fetch_optional(here(parts.statement()), db)
    }

    /// The only row.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none, [`ErrorKind::TooManyRows`] if there are two (a third is not read).
    #[track_caller]
    fn one(self, db: &dyn Executor) -> impl Future<Output = Result<Self::Row, Error>> + Send {
        let mut parts = self.into_parts();
        let table = parts.table();
        if !parts.ties {
            parts.limit = Some(parts.limit.unwrap_or(2).min(2));
        }
        let rows = fetch_all(here(parts.statement()), db);
        async move { only(rows.await?, table) }
    }

    /// How many rows there are: `SELECT count(*)`, with the query's limit and offset.
    ///
    /// # Errors
    /// As the trait says.
    #[track_caller]
    fn count(self, db: &dyn Executor) -> impl Future<Output = Result<i64, Error>> + Send {
        let statement = here(self.into_parts().count_statement());
        async move { fetch_optional(statement, db).await.map(Option::unwrap_or_default) }
    }

    /// Whether there is a row: `SELECT EXISTS (…)`.
    ///
    /// # Errors
    /// As the trait says.
    #[track_caller]
    fn exists(self, db: &dyn Executor) -> impl Future<Output = Result<bool, Error>> + Send {
        let statement = here(self.into_parts().exists_statement());
        async move { fetch_optional(statement, db).await.map(Option::unwrap_or_default) }
    }

    /// The rows one after another, in bounded memory. Nothing is sent before the first is asked for.
    #[track_caller]
    fn stream(self, db: &dyn Executor) -> RowStream<'_, Self::Row> {
        RowStream::new(here(self.into_parts().statement()), db)
    }

    /// What the server plans: `EXPLAIN`, with options.
    fn explain(self) -> Explain {
        explain::explain(self.into_parts().statement())
    }

    /// The statement that would be sent: its text and its parameters' types.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidQuery`] as at sending.
    fn to_sql(self) -> Result<Statement, Error> {
        self.into_parts().statement()
    }
}

/// Decodes every row into a vector.
pub(crate) struct Collect<R> {
    pub(crate) rows: Vec<R>,
}

impl<R: FromRow> RowSink for Collect<R> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        R::check(&mut Columns::new(columns))
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        R::check(&mut Columns::expected(types)).is_ok()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.rows.push(R::from_row(row, 0)?);
        Ok(())
    }
}

/// Throws rows away.
pub(crate) struct Ignore;

impl RowSink for Ignore {
    fn columns(&mut self, _: &[ResultColumn]) -> Result<(), Error> {
        Ok(())
    }

    /// Of rows that are thrown away nothing.
    fn expected(&self, _: &mut Vec<&'static PgType>) -> bool {
        true
    }

    fn row(&mut self, _: &Row<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Keeps the first row.
struct First<R>(Option<R>);

impl<R: FromRow> RowSink for First<R> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        R::check(&mut Columns::new(columns))
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        R::check(&mut Columns::expected(types)).is_ok()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        if self.0.is_none() {
            self.0 = Some(R::from_row(row, 0)?);
        }
        Ok(())
    }
}

pub(crate) async fn fetch_all<R: FromRow>(
    statement: Result<Statement, Error>,
    db: &dyn Executor,
) -> Result<Vec<R>, Error> {
    let statement = statement?;
    let mut sink = Collect { rows: Vec::new() };
    db.run(&statement, &mut sink)
        .await
        .map_err(|error| error.with_table(statement.table))?;
    Ok(sink.rows)
}

pub(crate) async fn fetch_optional<R: FromRow>(
    statement: Result<Statement, Error>,
    db: &dyn Executor,
) -> Result<Option<R>, Error> {
    let statement = statement?;
    let mut sink = First(None);
    db.run(&statement, &mut sink)
        .await
        .map_err(|error| error.with_table(statement.table))?;
    Ok(sink.0)
}

pub(crate) async fn execute(statement: Result<Statement, Error>, db: &dyn Executor) -> Result<u64, Error> {
    let statement = statement?;
    db.run(&statement, &mut Ignore)
        .await
        .map_err(|error| error.with_table(statement.table))
}

pub(crate) fn only<R>(mut rows: Vec<R>, table: &'static crate::model::Table) -> Result<R, Error> {
    if rows.len() > 1 {
        return Err(Error::new(
            ErrorKind::TooManyRows,
            "`one` expects exactly one row, but there are more; use `first` or `all`, or filter by a unique key",
        )
        .with_table(Some(table)));
    }
    rows.pop().ok_or_else(|| not_found(table))
}

pub(crate) fn not_found(table: &'static crate::model::Table) -> Error {
    Error::new(ErrorKind::NotFound, "no row was found").with_table(Some(table))
}
