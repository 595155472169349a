//! A statement as SQL text: what `sql!` gives.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;

use super::explain::{Explain, explain};
use super::fetch::Ignore;
use super::stream::RowStream;
use crate::__private::SqlText;
use crate::driver::{Columns, Executor, Param, ResultColumn, Row, RowSink, Statement};
use crate::error::{Error, ErrorKind};
use crate::options::{Options, Tune};
use crate::sql::push_cast;
use crate::statements::here;
use crate::types::{FromRow, PgType};

/// A statement as SQL text with its captured values as parameters. Made by `sql!`; see there for the text.
///
/// What a row becomes is up to the caller: a model, a `#[derive(Row)]` struct, a tuple of these, or a single value. The
/// result's columns are read by position, and checked before anything is executed: there must be enough, and each of a type
/// that its field can hold. A column that fills a field of a model or row must have the field's name (for a model, its
/// column's), because columns of one type are easily swapped; in a tuple there are no names to go by. Columns that are
/// left over are not read. NULL in a field that is no `Option` is [`ErrorKind::Decode`].
///
/// The text is sent as it is. On a parameter of a type known by name (an enum, a composite) a cast is added, as in the
/// typed queries: `$1::"mood"`.
#[derive(Clone)]
#[must_use = "a statement does nothing until it is run, by `.all(&db)` for instance"]
pub struct Sql {
    statement: Statement,
}

impl Sql {
    /// A text of the macro's with the values of its captures.
    #[doc(hidden)]
    pub fn new(text: &'static SqlText, params: Vec<Param>) -> Self {
        let statement = Statement {
            text: with_casts(text, &params),
            params,
            operation: text.operation,
            table: None,
            place: None,
            only_reads: false,
            options: None,
        };
        Self { statement }
    }

    /// All rows, in the statement's order.
    ///
    /// # Errors
    /// The server's, the driver's, or a result that `R` cannot hold.
    #[track_caller]
    pub fn all<R: ResultRow>(self, db: &dyn Executor) -> impl Future<Output = Result<Vec<R>, Error>> + Send {
        rows(here(Ok(self.statement)), usize::MAX, db)
    }

    /// The first row, or `None`. The rest is read and thrown away: write `LIMIT 1` where there can be much.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    #[track_caller]
    pub fn first<R: ResultRow>(self, db: &dyn Executor) -> impl Future<Output = Result<Option<R>, Error>> + Send {
        let rows = rows(here(Ok(self.statement)), 1, db);
        async move { Ok(rows.await?.pop()) }
    }

    /// The only row.
    ///
    /// # Errors
    /// As [`all`](Self::all); [`ErrorKind::NotFound`] if there is none, [`ErrorKind::TooManyRows`] if there are more. A
    /// statement that writes has written by then, but in a transaction the error rolls it back.
    #[track_caller]
    pub fn one<R: ResultRow>(self, db: &dyn Executor) -> impl Future<Output = Result<R, Error>> + Send {
        let rows = rows(here(Ok(self.statement)), 2, db);
        async move { only(rows.await?) }
    }

    /// Runs it; gives the number of rows that the server tells: written by a write, found by a SELECT. Rows of a result
    /// are thrown away.
    ///
    /// # Errors
    /// The server's and the driver's.
    #[track_caller]
    pub fn execute(self, db: &dyn Executor) -> impl Future<Output = Result<u64, Error>> + Send {
        let statement = here(Ok(self.statement));
        async move { db.run(&statement?, &mut Ignore).await }
    }

    /// The rows one after another, in bounded memory; nothing is sent before the first is asked for. The rows of a
    /// statement that writes (`RETURNING`) are kept until they are read.
    #[track_caller]
    pub fn stream<R: ResultRow>(self, db: &dyn Executor) -> RowStream<'_, R> {
        RowStream::by_name(here(Ok(self.statement)), db)
    }

    /// What the server plans: `EXPLAIN`, with options.
    pub fn explain(self) -> Explain {
        explain(Ok(self.statement))
    }

    /// The statement that is sent: its text and its parameters' types.
    pub fn to_sql(self) -> Statement {
        self.statement
    }
}

impl Tune for Sql {
    fn options_mut(&mut self) -> &mut Options {
        self.statement.options_mut()
    }
}

/// What a row of a [`Sql`] can become: whatever a query's row can.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be read from a row",
    label = "not a model, a `#[derive(Row)]` struct, a column's type or a tuple of these",
    note = "derive `Row` for it, or read a tuple"
)]
pub trait ResultRow: FromRow {}

#[diagnostic::do_not_recommend]
impl<R: FromRow> ResultRow for R {}

/// The text and the parameters' types; values are never printed.
impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.statement).finish()
    }
}

/// The text and the parameters' types, as of the [`Statement`]; values are never printed.
impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statement.fmt(f)
    }
}

/// The text, which is the static one unless there are types that the server cannot infer everywhere.
fn with_casts(text: &'static SqlText, params: &[Param]) -> Cow<'static, str> {
    if params.iter().all(|param| param.ty.oid != 0) {
        return Cow::Borrowed(text.text);
    }
    let mut cast = String::with_capacity(text.text.len() + 64);
    let mut from = 0;
    for (end, index) in text.places {
        cast.push_str(&text.text[from..*end]);
        push_cast(&mut cast, params[*index].ty);
        from = *end;
    }
    cast.push_str(&text.text[from..]);
    Cow::Owned(cast)
}

/// Keeps rows, and no more than are asked for.
struct Rows<R> {
    rows: Vec<R>,
    most: usize,
}

impl<R: FromRow> RowSink for Rows<R> {
    fn columns(&mut self, columns: &[ResultColumn]) -> Result<(), Error> {
        R::check(&mut Columns::by_name(columns))
    }

    fn expected(&self, types: &mut Vec<&'static PgType>) -> bool {
        R::check(&mut Columns::expected(types)).is_ok()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        if self.rows.len() < self.most {
            self.rows.push(R::from_row(row, 0)?);
        }
        Ok(())
    }
}

async fn rows<R: FromRow>(
    statement: Result<Statement, Error>,
    most: usize,
    db: &dyn Executor,
) -> Result<Vec<R>, Error> {
    let rows = Vec::new();
    let mut sink = Rows { rows, most };
    db.run(&statement?, &mut sink).await?;
    Ok(sink.rows)
}

fn only<R>(mut rows: Vec<R>) -> Result<R, Error> {
    if rows.len() > 1 {
        return Err(Error::new(
            ErrorKind::TooManyRows,
            "`one` expects exactly one row, but there are more; use `first` or `all`, or a condition that only one meets",
        ));
    }
    rows.pop()
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "no row was found"))
}
